//! What Enter confirms on an image. It confirms what somebody said of it, and takes the model's word only where nobody has
//! said anything. The words of its button, the sentence under it and what is sent come from one place, so that they agree.

use super::current::Current;
use crate::domain::BoxThresholds;
use crate::domain::prediction::top_class;
use crate::domain::{ClassList, Findings, Rect};
use crate::session::{Edit, findings_in_words, takeable};

/// The model is undecided where its two likeliest classes are nearer to each other than this.
const UNDECIDED: f32 = 0.1;

/// What is there to be confirmed.
#[derive(Clone, Debug, PartialEq)]
pub enum Stated {
    /// A class somebody gave.
    Label(usize),
    /// What is known of findings; of `open` others nobody has said anything.
    Findings { known: Findings, open: usize },
    /// The same with what the model says where nobody has said anything; it is not sure of the findings at the places `open`,
    /// of which nothing is said then either.
    ModelFindings { after: Findings, known: Findings, open: Vec<usize> },
    /// So many boxes of readers or of an import.
    Boxes(usize),
    /// Somebody found nothing.
    Nothing,
    /// Nobody has said anything: the model's class.
    Model(usize),
    /// The same: what the model's boxes from this score on come to.
    ModelBoxes { count: usize, threshold: f64 },
}

/// The model's word beside what somebody said, to be taken on its own.
#[derive(Clone, Debug, PartialEq)]
pub enum Offer {
    /// Its class in place of another.
    Replace { label: usize, class: usize },
    /// Its class where none is given.
    Class(usize),
    /// Its answer in place of all that was said of findings.
    Findings(Findings),
    /// Its boxes that are not there yet, class and rectangle.
    Boxes(Vec<(usize, Rect)>),
}

impl Stated {
    /// What the button says.
    pub fn button(&self, classes: &ClassList, goes_on: bool) -> String {
        let text = match self {
            Stated::Label(class) => format!("Confirm {}", classes.name(*class)),
            Stated::Findings { known, .. } => format!("Confirm {}", findings_in_words(known, classes)),
            Stated::ModelFindings { after, open, .. } => {
                let leaves = match open.as_slice() {
                    [] => String::new(),
                    [one] => format!(", leave {} open", classes.name(*one)),
                    several => format!(", leave {} open", several.len()),
                };
                format!("Accept {}{leaves}", findings_in_words(after, classes))
            }
            Stated::Boxes(count) => format!("Confirm {}", boxes(*count)),
            Stated::Nothing => "Confirm: nothing here".to_owned(),
            Stated::Model(class) => format!("Accept {}", classes.name(*class)),
            Stated::ModelBoxes { count: 0, .. } => "Accept: nothing here".to_owned(),
            Stated::ModelBoxes { count, .. } => format!("Accept {}", boxes(*count)),
        };
        with_next(text, goes_on)
    }

    /// What is sent.
    pub fn edit(&self) -> Edit {
        match self {
            Stated::Label(_) | Stated::Findings { .. } | Stated::Boxes(_) | Stated::Nothing => Edit::Confirm,
            Stated::Model(_) | Stated::ModelFindings { .. } => Edit::Accept,
            Stated::ModelBoxes { threshold, .. } => Edit::AcceptBoxes { threshold: *threshold },
        }
    }

    /// How it stands with this image, and what confirming it does by `key`; without one only how it stands.
    pub fn sentence(&self, current: &Current<'_>, key: Option<&str>) -> String {
        let classes = &current.project.classes;
        let (stands, does) = match self {
            Stated::Label(_) | Stated::Boxes(_) if current.is_reviewed() => return "Reviewed.".to_owned(),
            Stated::Nothing => return "Reviewed: nothing was found here.".to_owned(),
            Stated::Findings { open, .. } if current.is_reviewed() => return reviewed_findings(*open),
            Stated::Findings { .. } => (
                "These findings were imported and nobody has confirmed them yet.".to_owned(),
                "confirms them".to_owned(),
            ),
            Stated::ModelFindings { known, open, .. } if known.is_empty() => (
                "Nobody has said anything yet.".to_owned(),
                format!("takes what the model says{}", left_open(open, classes)),
            ),
            Stated::ModelFindings { after, known, open } => {
                let unsaid: Vec<usize> = after.iter().map(|(f, _)| f).filter(|f| known.get(*f).is_none()).collect();
                let stands = match unsaid.as_slice() {
                    [one] => format!("Nobody has said anything of {} yet.", classes.name(*one)),
                    several => format!("Nobody has said anything of {} findings yet.", several.len()),
                };
                (stands, format!("takes what the model says there{}", left_open(open, classes)))
            }
            Stated::Label(_) => {
                ("This label was imported and nobody has confirmed it yet.".to_owned(), "confirms it".to_owned())
            }
            Stated::Boxes(_) => (
                "These boxes were imported or drawn, and nobody has confirmed them yet.".to_owned(),
                "confirms them".to_owned(),
            ),
            Stated::Model(class) => {
                let name = classes.name(*class);
                let torn = current.probabilities().filter(|_| current.project.class_thresholds.is_empty());
                let stands = match torn.and_then(undecided) {
                    Some(other) => format!(
                        "Nobody has said anything yet, and the model is undecided between {name} and {}.",
                        classes.name(other)
                    ),
                    None => "Nobody has said anything yet.".to_owned(),
                };
                (stands, format!("takes the model's {name}"))
            }
            Stated::ModelBoxes { count: 0, .. } => (
                "Nobody has said yet what is here, and the model finds nothing.".to_owned(),
                "says that nothing is here".to_owned(),
            ),
            Stated::ModelBoxes { .. } => {
                ("Nobody has said yet what is here.".to_owned(), "takes the model's boxes".to_owned())
            }
        };
        key.map_or(stands.clone(), |key| format!("{stands} {key} {does}."))
    }
}

/// What the button says where there is nothing to confirm.
pub fn empty_button(goes_on: bool) -> String {
    with_next("Confirm".to_owned(), goes_on)
}

impl Offer {
    /// What its button says.
    pub fn button(&self, classes: &ClassList) -> String {
        match self {
            Offer::Replace { label, class } => {
                format!("Replace {} by the model's {}", classes.name(*label), classes.name(*class))
            }
            Offer::Class(class) => format!("Take the model's {}", classes.name(*class)),
            Offer::Findings(answered) => format!("Take the model's: {}", findings_in_words(answered, classes)),
            Offer::Boxes(new) => format!("Add {} of the model", boxes(new.len())),
        }
    }

    /// What is sent.
    pub fn edit(self) -> Edit {
        match self {
            Offer::Replace { .. } | Offer::Class(_) | Offer::Findings(_) => Edit::Replace,
            Offer::Boxes(boxes) => Edit::DrawBoxes(boxes),
        }
    }
}

impl Stated {
    /// What Enter confirms, or why there is nothing. With the threshold of the model's boxes, where it draws any; `drawing`: a
    /// new box is on its way, and is drawn before anything that is said now.
    pub fn of(current: &Current<'_>, threshold: Option<BoxThresholds>, drawing: bool) -> Result<Self, &'static str> {
        let project = current.project;
        let drawn = current.drawn() + usize::from(drawing);
        if project.classes.findings
            && let Some(of_findings) = Self::of_findings(current, drawn)
        {
            return of_findings;
        }
        let label = current.label().map(Stated::Label);
        let drawn = (drawn > 0).then_some(Stated::Boxes(drawn));
        let said = if project.is_about_boxes() { drawn.or(label) } else { label.or(drawn) };
        if let Some(said) = said.or(current.is_reviewed().then_some(Stated::Nothing)) {
            return Ok(said);
        }
        if let Some(threshold) = threshold {
            if !current.row.boxes.seen {
                return Err(
                    "There is nothing to confirm: the model has not looked at this image yet. Draw what is there.",
                );
            }
            let Some(boxes) = new_boxes(current, &threshold) else {
                return Err("What the model says of this image is on its way.");
            };
            return Ok(Stated::ModelBoxes { count: boxes.len(), threshold: threshold.all });
        }
        let of_findings = project.classes.findings;
        match current.predicted().filter(|class| *class < project.classes.len() && !of_findings) {
            _ if project.reading.is_own() && !current.is_revealed() => Err("You have said nothing of this image yet."),
            _ if of_findings && project.finding_thresholds.is_some() => {
                Err("There is nothing to confirm: the model has not looked at this image yet. Say what is present.")
            }
            _ if of_findings => {
                Err("There is nothing to confirm: say of a finding whether it is present, or that there is none.")
            }
            Some(class) if project.active.is_some() => Ok(Stated::Model(class)),
            _ if project.is_about_boxes() => {
                Err("There is nothing to confirm: draw a box, or say that nothing is here.")
            }
            _ if project.active.is_some() => {
                Err("There is nothing to confirm: the model has not looked at this image yet. Choose a class.")
            }
            _ => Err("There is nothing to confirm: no label, and no model yet. Choose a class."),
        }
    }
}

impl Stated {
    /// The same of findings, with so many boxes drawn; `None` where nothing is known of any and the model says nothing of them.
    fn of_findings(current: &Current<'_>, drawn: usize) -> Option<Result<Self, &'static str>> {
        let known = current.findings();
        if let Some(answered) = current.answered() {
            let after = known.clone().filled_with(&answered);
            let open = current.project.classes.finding_places().filter(|place| after.get(*place).is_none()).collect();
            return Some(match (after == known, known.is_empty()) {
                (true, true) if drawn == 0 => {
                    Err("There is nothing to accept: the model is not sure of any finding. Say what is present.")
                }
                (true, _) => Ok(Self::Findings { known, open: Vec::len(&open) }),
                (false, _) => Ok(Self::ModelFindings { after, known, open }),
            });
        }
        let open = current.project.classes.finding_places().filter(|place| known.get(*place).is_none()).count();
        // Boxes alone are confirmed as boxes.
        let more = current.detail.is_none_or(|detail| !detail.annotation.findings.is_empty());
        (!known.is_empty() && (more || drawn == 0)).then_some(Ok(Self::Findings { known, open }))
    }
}

impl Offer {
    /// The model's word where somebody has said something else; see [`Stated::of`].
    pub fn of(current: &Current<'_>, threshold: Option<BoxThresholds>, drawing: bool) -> Option<Self> {
        match Stated::of(current, threshold.clone(), drawing).ok()? {
            Stated::Model(_) | Stated::ModelBoxes { .. } => return None,
            Stated::Label(_)
            | Stated::Findings { .. }
            | Stated::ModelFindings { .. }
            | Stated::Boxes(_)
            | Stated::Nothing => {}
        }
        if let Some(answered) = current.answered() {
            let known = current.findings();
            let differ = answered.iter().any(|(finding, said)| known.get(finding).is_some_and(|known| known != said));
            return differ.then_some(Offer::Findings(answered));
        }
        if let Some(threshold) = threshold {
            let new = new_boxes(current, &threshold).filter(|new| !new.is_empty() && !drawing);
            return new.map(Offer::Boxes);
        }
        current.project.active?;
        let class = current.predicted().filter(|class| *class < current.project.classes.len())?;
        match current.label() {
            Some(label) if label == class => None,
            Some(label) => Some(Offer::Replace { label, class }),
            None => Some(Offer::Class(class)),
        }
    }
}

/// The model's boxes from the threshold on that are not drawn yet, by the session's rule; absent while it is not known what
/// the model says.
fn new_boxes(current: &Current<'_>, thresholds: &BoxThresholds) -> Option<Vec<(usize, Rect)>> {
    let detail = current.detail?;
    let said = &detail.prediction.as_ref()?.boxes;
    Some(takeable(&detail.annotation.boxes, said, thresholds, current.project.classes.len(), current.size()))
}

/// The likeliest class after the first, where the model is undecided between the two.
pub fn undecided(probabilities: &[f32]) -> Option<usize> {
    let top = top_class(probabilities)?;
    let value = |class: usize| probabilities.get(class).copied().unwrap_or_default();
    let second = (0..probabilities.len()).filter(|&c| c != top).max_by(|&a, &b| value(a).total_cmp(&value(b)))?;
    (value(top) - value(second) < UNDECIDED).then_some(second)
}

/// ", and leaves Mass open, of which it is not sure"; nothing where it is sure of all.
fn left_open(open: &[usize], classes: &ClassList) -> String {
    match open {
        [] => String::new(),
        [one] => format!(", and leaves {} open, of which it is not sure", classes.name(*one)),
        several => format!(", and leaves {} open, of which it is not sure", several.len()),
    }
}

fn reviewed_findings(open: usize) -> String {
    match open {
        0 => "Reviewed.".to_owned(),
        1 => "Reviewed. Of 1 finding nothing is said.".to_owned(),
        several => format!("Reviewed. Of {several} findings nothing is said."),
    }
}

fn boxes(count: usize) -> String {
    if count == 1 { "1 box".to_owned() } else { format!("{count} boxes") }
}

fn with_next(text: String, goes_on: bool) -> String {
    if goes_on { text + " and next" } else { text }
}
