//! Putting pictures through a network as they are and made worse, and the figures of both.

use crate::domain::recipe::Greys;
use crate::domain::{
    Annotation, AnswerKind, BoxThresholds, ClassList, Findings, ImageFile, ImageId, ImageRecord, NamedThresholds,
    Perturbation, RobustPoint, Robustness, Split, Temperatures, TrueBox,
};
use crate::domain::{PredictedBox, performance::main_class};
use crate::evaluation::bootstrap::{Bootstrap, FEWEST_GROUPS, Groups};
use crate::evaluation::boxes::{JudgedBoxes, boxes_under_change};
use crate::evaluation::performance::{HeldTruths, Judged, findings_under_change, under_change};
use crate::evaluation::temperature;
use crate::imaging::{self, DecodedImage};
use crate::inference::{Model, Output, PredictOptions};
use crate::session::project::robustness::pictures::{gets_what_is_shown, moved, perturbed};
use crate::session::project::truth::known_findings;
use crate::session::protocol::words;
use rayon::prelude::*;
use std::collections::HashMap;

/// Pictures that are held at a time.
const TOGETHER: usize = 8;

/// The images that a model is measured on, and how its answers are taken.
#[derive(Clone, Debug)]
pub struct Subject {
    pub split: Split,
    images: Vec<ImageFile>,
    groups: Vec<Option<String>>,
    truth: Truth,
    /// Images of the split without a known truth.
    unknown: usize,
    classes: ClassList,
    /// From where on its words count.
    pub thresholds: BoxThresholds,
    /// By what logits are divided.
    pub temperatures: Temperatures,
}

/// What is known of the images, one entry an image.
#[derive(Clone, Debug)]
enum Truth {
    Classes(Vec<usize>),
    Findings(Vec<Findings>),
    Boxes(Vec<Vec<TrueBox>>),
}

impl Truth {
    fn none(kind: AnswerKind) -> Self {
        match kind {
            AnswerKind::Class => Self::Classes(Vec::new()),
            AnswerKind::Findings => Self::Findings(Vec::new()),
            AnswerKind::Boxes => Self::Boxes(Vec::new()),
        }
    }

    /// Takes what is known of one more image; whether anything is.
    fn push(&mut self, said: &Annotation, classes: &ClassList) -> bool {
        match self {
            Self::Classes(all) => said.label.map(|label| all.push(label)).is_some(),
            Self::Findings(all) => known_findings(said, classes).map(|said| all.push(said)).is_some(),
            Self::Boxes(all) => said.boxes_known(classes).then(|| all.push(said.true_boxes())).is_some(),
        }
    }
}

/// What is asked.
#[derive(Clone, Debug)]
pub struct Asked {
    pub kinds: Vec<Perturbation>,
    pub options: PredictOptions,
    /// Draws and seed; the noise is drawn from the seed, too.
    pub how: Bootstrap,
}

impl Asked {
    /// These ways, one view of each picture, intervals as in every evaluation.
    pub fn plain(kinds: Vec<Perturbation>) -> Self {
        Self { kinds, options: PredictOptions::plain(TOGETHER), how: Bootstrap::default() }
    }
}

impl Subject {
    /// The images of a split that are there and of which the truth is known: a class, a finding, or what boxes they have.
    pub fn of<'a>(
        split: Split,
        kind: AnswerKind,
        images: impl Iterator<Item = (&'a ImageRecord, Option<&'a Annotation>)>,
        classes: &ClassList,
    ) -> Self {
        let (mut files, mut groups, mut unknown) = (Vec::new(), Vec::new(), 0);
        let mut truth = Truth::none(kind);
        for (image, said) in images.filter(|(image, _)| image.split == split) {
            if said.is_some_and(|said| truth.push(said, classes)) {
                files.push(image.file());
                groups.push(image.group.clone());
            } else {
                unknown += 1;
            }
        }
        Self {
            split,
            images: files,
            groups,
            truth,
            unknown,
            classes: classes.clone(),
            thresholds: BoxThresholds::default(),
            temperatures: Temperatures::None,
        }
    }

    /// How many images there are to look at.
    pub fn len(&self) -> usize {
        self.images.len()
    }

    /// Whether there is none.
    pub fn is_empty(&self) -> bool {
        self.images.is_empty()
    }
}

/// A way and a strength; `None` for the pictures as they are.
type Change = Option<(Perturbation, f64)>;

/// What was said of the images under one change, in the order of those that could be read.
#[derive(Default)]
struct Heard {
    probabilities: Vec<Vec<f32>>,
    boxes: Vec<Vec<PredictedBox>>,
    /// Where the boxes that are there lie then.
    there: Vec<Vec<TrueBox>>,
}

/// Measures a model. `progress` is told how many of how many looks are done, and answers whether to go on; `None` is where it
/// said no.
///
/// # Errors
/// As a sentence: where no image can be used, or the network gives up.
pub fn measure(
    model: &Model,
    on: &Subject,
    asked: &Asked,
    progress: &mut dyn FnMut(usize, usize, &str) -> bool,
) -> Result<Option<Vec<Robustness>>, String> {
    let changes: Vec<Change> = std::iter::once(None)
        .chain(asked.kinds.iter().flat_map(|kind| kind.strengths().iter().map(|at| Some((*kind, *at)))))
        .collect();
    let mut heard: Vec<Heard> = changes.iter().map(|_| Heard::default()).collect();
    let (mut read, mut why) = (Vec::new(), None);
    // The figures take about as long as a look at every fiftieth image.
    let figures = (on.len() / 50).max(1);
    let total = on.len() * changes.len() + figures * (changes.len() - 1);
    let mut done = 0;
    if !progress(0, total, "reading images") {
        return Ok(None);
    }
    let places: Vec<usize> = (0..on.len()).collect();
    for places in places.chunks(TOGETHER) {
        let mut images: Vec<(usize, DecodedImage)> = Vec::new();
        for (at, image) in decoded(model, on, places) {
            match image {
                Ok(image) => images.push((at, image)),
                Err(sentence) => {
                    tracing::warn!("{sentence}");
                    why.get_or_insert(sentence);
                }
            }
        }
        read.extend(images.iter().map(|(at, _)| *at));
        for (change, heard) in changes.iter().zip(&mut heard) {
            look(model, on, asked, &images, (*change, heard))?;
            done += places.len();
            let text = change.map_or("unchanged", |(kind, _)| kind.title());
            if !progress(done, total, text) {
                return Ok(None);
            }
        }
    }
    if read.is_empty() {
        let none = || format!("no image of the {} split has a known truth: label some", on.split.name());
        return Err(why.unwrap_or_else(none));
    }
    let judged = Taken::of(on, &read);
    let Some((unchanged, rest)) = heard.split_first() else { return Ok(None) };
    let mut rest = rest.iter();
    let base = judged.point(unchanged, None, asked.how);
    let mut all = Vec::new();
    for kind in &asked.kinds {
        let mut points = vec![RobustPoint { strength: kind.none(), ..base.clone() }];
        for (strength, heard) in kind.strengths().iter().zip(rest.by_ref()) {
            let point = judged.point(heard, Some(unchanged), asked.how);
            points.push(RobustPoint { strength: *strength, ..point });
            done += figures;
            if !progress(done, total, "intervals") {
                return Ok(None);
            }
        }
        points.sort_by(|a, b| a.strength.total_cmp(&b.strength));
        all.push(judged.robustness(*kind, points, asked.how));
    }
    Ok(Some(all))
}

/// Pictures with their places, or a sentence why one is not used.
fn decoded(model: &Model, on: &Subject, places: &[usize]) -> Vec<(usize, Result<DecodedImage, String>)> {
    let p = &model.card().preprocessing;
    let one = |at: &usize| {
        let file = on.images.get(*at).ok_or_else(|| "there is no such image".to_owned());
        let image = file.and_then(|file| {
            let image = imaging::read(file).map_err(|error| error.to_string())?;
            if gets_what_is_shown(&image, p) {
                return Ok(image);
            }
            let (path, greys) = (file.path.display(), Greys::FullDepth.sentence());
            Err(format!("{path} has 16 bits, and the model gets {greys}: train it again to make such pictures worse"))
        });
        (*at, image)
    };
    places.par_iter().map(one).collect()
}

/// Makes pictures worse and asks the model about them.
fn look(
    model: &Model,
    on: &Subject,
    asked: &Asked,
    images: &[(usize, DecodedImage)],
    (change, heard): (Change, &mut Heard),
) -> Result<(), String> {
    let p = &model.card().preprocessing;
    let unchanged = (Perturbation::Noise, Perturbation::Noise.none());
    let wanted = change.unwrap_or(unchanged);
    let worse: Vec<DecodedImage> =
        images.par_iter().map(|(_, image)| perturbed(image, wanted, p, asked.how.seed)).collect();
    let outputs = model.predict(&worse, asked.options).map_err(|error| error.to_string())?;
    for ((at, image), Output { logits, probabilities, boxes, .. }) in images.iter().zip(outputs) {
        heard.probabilities.push(temperature::calibrated(probabilities, &logits, &on.temperatures));
        heard.boxes.push(boxes);
        if let Truth::Boxes(all) = &on.truth {
            let there = all.get(*at).map(Vec::as_slice).unwrap_or_default();
            heard.there.push(moved(there, wanted, [image.width, image.height]));
        }
    }
    Ok(())
}

/// The images that could be read.
struct Taken<'a> {
    on: &'a Subject,
    groups: Vec<Option<String>>,
    /// Of a classifier; of one that draws boxes none.
    truth: HeldTruths,
}

impl<'a> Taken<'a> {
    fn of(on: &'a Subject, read: &[usize]) -> Self {
        let truth = match &on.truth {
            Truth::Classes(all) => HeldTruths::Classes(read.iter().filter_map(|at| all.get(*at).copied()).collect()),
            Truth::Findings(all) => HeldTruths::Findings(read.iter().filter_map(|at| all.get(*at).cloned()).collect()),
            Truth::Boxes(_) => HeldTruths::Classes(Vec::new()),
        };
        let groups = read.iter().map(|at| on.groups.get(*at).cloned().flatten()).collect();
        Self { on, groups, truth }
    }

    /// The figures at one strength, which the caller says.
    fn point<'h>(&'h self, of: &'h Heard, unchanged: Option<&'h Heard>, how: Bootstrap) -> RobustPoint {
        let classes = &self.on.classes;
        let judged = |heard: &'h Heard| Judged {
            truth: self.truth.lent(),
            probabilities: &heard.probabilities,
            groups: &self.groups,
            classes,
            thresholds: &self.on.thresholds.each,
        };
        match &self.on.truth {
            Truth::Classes(_) => {
                let values = under_change(judged(of), unchanged.map(judged), how);
                RobustPoint { values, ..RobustPoint::default() }
            }
            Truth::Findings(_) => {
                let (values, findings) = findings_under_change(judged(of), unchanged.map(judged), how);
                RobustPoint { values, findings, ..RobustPoint::default() }
            }
            Truth::Boxes(_) => {
                let with = |heard: &'h Heard| JudgedBoxes {
                    truth: &heard.there,
                    found: &heard.boxes,
                    groups: &self.groups,
                    classes,
                    thresholds: &self.on.thresholds,
                };
                let values = boxes_under_change(with(of), unchanged.map(with), how);
                RobustPoint { values, ..RobustPoint::default() }
            }
        }
    }

    fn robustness(&self, kind: Perturbation, points: Vec<RobustPoint>, how: Bootstrap) -> Robustness {
        let names = self.on.classes.names();
        let main = main_class(&names.iter().map(String::as_str).collect::<Vec<_>>());
        let groups = Groups::new(self.groups.iter().map(Option::as_ref)).len();
        let two = matches!(self.on.truth, Truth::Classes(_)) && names.len() == 2;
        Robustness {
            kind,
            split: self.on.split,
            images: self.groups.len(),
            groups,
            left_out: self.on.unknown + self.on.len() - self.groups.len(),
            draws: if groups < FEWEST_GROUPS { 0 } else { how.draws },
            seed: how.seed,
            finding: names.get(main).filter(|_| two).cloned(),
            threshold: match self.on.truth {
                Truth::Boxes(_) => Some(self.on.thresholds.all),
                Truth::Classes(_) => self.on.thresholds.each.of(1).filter(|_| two),
                Truth::Findings(_) => None,
            },
            class_thresholds: if two { NamedThresholds::new() } else { self.on.thresholds.each.with_names(&names) },
            points,
            made_ms: words::now_ms(),
        }
    }
}

/// What is said of images, by them.
pub fn said<'a>(
    images: &'a [ImageRecord],
    annotations: &'a HashMap<ImageId, Annotation>,
) -> impl Iterator<Item = (&'a ImageRecord, Option<&'a Annotation>)> {
    images.iter().map(|image| (image, annotations.get(&image.id)))
}

#[cfg(test)]
#[path = "measure_tests.rs"]
mod tests;
