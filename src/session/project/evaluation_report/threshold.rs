//! Where a threshold comes from, and what the log shows of when it was fixed.

use super::html::{Html, MANY};
use super::{EvaluationReport, Judged, items};
use crate::domain::thresholds::{RULE, RULE_OF_BOXES, RULE_OF_FINDINGS};
use crate::domain::{Mark, ModelCard, ModelRecord, Standing};
use crate::session::drawing::numbers::number;
use crate::session::protocol::claim::{Claim, LogEnd, sentence as fixed_since};
use crate::session::protocol::error::SessionError;
use crate::store::Store;
use serde::Serialize;

/// Where the score comes from that calls are made by.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum ThresholdFrom {
    /// None: the most probable class is called.
    MostProbable,
    /// It was given for this evaluation.
    Given,
    /// It was chosen on the validation images for this evaluation.
    ChosenNow,
    /// Training chose it on the validation images and wrote it to the model's file.
    ModelFile,
    /// It was set for the model in the project, by a person or on the validation images.
    Project,
    /// Nobody and nothing chose one.
    Default,
}

impl ThresholdFrom {
    /// Where the score comes from that boxes of a model count from when none is given.
    pub fn of_boxes(card: &ModelCard, record: Option<&ModelRecord>) -> Self {
        let own = record.is_some_and(|record| !record.class_thresholds.is_empty());
        match (record.and_then(|record| record.threshold), card.threshold) {
            _ if own => Self::Project,
            (Some(_), _) => Self::Project,
            (None, Some(_)) => Self::ModelFile,
            (None, None) => Self::Default,
        }
    }

    /// Where the thresholds of a model's findings come from when none is given: `own` is whether any has one of its own, `known`
    /// whether the project knows the model.
    pub fn of_findings(own: bool, known: bool) -> Self {
        match (own, known) {
            (false, _) => Self::Default,
            (true, false) => Self::ModelFile,
            (true, true) => Self::Project,
        }
    }

    /// What it is and where it comes from.
    fn what(self, judged: &Judged) -> String {
        if let Some(findings) = &judged.report.findings {
            return self.what_of_findings(judged, findings.per_finding.len());
        }
        let all = judged.threshold.map(number).into_iter();
        let own = judged.class_thresholds.iter().map(|(class, own)| format!("for {class} {}", number(*own)));
        let scores: Vec<String> = all.chain(own).collect();
        let score = if scores.is_empty() { "not known".to_owned() } else { scores.join(", ") };
        match self {
            Self::MostProbable => {
                "The most probable class is called; of two classes that is a probability of 0.5.".to_owned()
            }
            Self::Given => format!("The threshold is {score}. It was given for this evaluation."),
            Self::ChosenNow => format!("The threshold is {score}. It was chosen on the validation images."),
            Self::ModelFile => format!(
                "The threshold is {score}. Training chose it on the validation images and wrote it to the model's file, which \
                 does not change any more."
            ),
            Self::Project => format!(
                "The threshold is {score}. It was set for the model in the project, by a person or on the validation images."
            ),
            Self::Default => format!("The threshold is {score}, which is taken where nobody and nothing chose one."),
        }
    }

    /// The same where each of so many findings has its own threshold or that of all.
    fn what_of_findings(self, judged: &Judged, findings: usize) -> String {
        let all = number(judged.threshold.unwrap_or(ModelRecord::THRESHOLD));
        let own: Vec<String> =
            judged.class_thresholds.iter().map(|(finding, own)| format!("{finding} {}", number(*own))).collect();
        if own.is_empty() {
            return format!(
                "A finding is said to be present from a probability of {all} on, which is taken where nobody and nothing chose \
                 another."
            );
        }
        let others = match findings.saturating_sub(own.len()) {
            0 => String::new(),
            _ => format!("; every other from {all} on"),
        };
        let own = own.join(", ");
        let whence = match self {
            Self::MostProbable | Self::Default => "",
            Self::Given => " The thresholds were given for this evaluation.",
            Self::ChosenNow => " The thresholds were chosen on the validation images.",
            Self::ModelFile => " The thresholds stand in the model's file.",
            Self::Project => {
                " The thresholds were set for the model in the project, by a person or on the validation images."
            }
        };
        format!("A finding is said to be present from its own threshold on: {own}{others}.{whence}")
    }

    /// What is said of it where the log has nothing to show.
    fn unproven(self) -> &'static str {
        match self {
            Self::MostProbable => "No threshold was chosen, on these images or on others.",
            Self::Given | Self::ChosenNow | Self::Project => EXPLORATORY,
            Self::ModelFile | Self::Default => "",
        }
    }

    /// What it is, where it comes from and what the log shows of it, as sentences.
    fn sentences(self, judged: &Judged, claim: Option<&Claim>) -> String {
        let shown = claim.map_or(self.unproven(), |claim| claim.sentence.as_str());
        format!("{} {shown}", self.what(judged)).trim_end().to_owned()
    }

    /// Whether nothing shows that it was fixed before the images were looked at.
    fn is_exploratory(self, claim: Option<&Claim>) -> bool {
        match (claim, self) {
            (Some(claim), _) => claim.is_exploratory(),
            (None, Self::Given | Self::ChosenNow | Self::Project) => true,
            (None, Self::MostProbable | Self::ModelFile | Self::Default) => false,
        }
    }
}

const EXPLORATORY: &str =
    "Exploratory: the project's log does not show that it was fixed before the images judged here were opened.";

/// What the log shows of a model's threshold; `None` where it is not the log's: given for this evaluation, or of a mere file.
pub(super) fn claim(store: &Store, judged: &Judged) -> Result<Option<Claim>, SessionError> {
    let Some(record) = &judged.record else { return Ok(None) };
    match judged.threshold_from {
        ThresholdFrom::Given => Ok(None),
        ThresholdFrom::MostProbable
        | ThresholdFrom::ChosenNow
        | ThresholdFrom::ModelFile
        | ThresholdFrom::Project
        | ThresholdFrom::Default => {
            let (event, head) = store.log_end()?;
            Ok(Some(Claim::of(&store.decisions()?, record.id, LogEnd { event, head })))
        }
    }
}

/// The block, of the model and of those beside it.
pub(super) fn section(page: &mut Html, of: &EvaluationReport) {
    page.heading("threshold", "Threshold", Some(items::THRESHOLD));
    of_model(page, "", &of.judged, of.prespecification.as_ref());
    if let (Some(_), None, None, Some(second)) =
        (of.judged.threshold, &of.judged.report.detection, &of.judged.report.findings, of.study.classes.get(1))
    {
        page.paragraph(&format!("It is the probability from which {second} is called."));
    }
    match (&of.judged.report.detection, &of.judged.report.findings) {
        _ if of.judged.class_thresholds.is_empty() => {}
        (Some(_), _) => page.paragraph(RULE_OF_BOXES),
        (None, Some(_)) => page.paragraph(RULE_OF_FINDINGS),
        (None, None) => page.paragraph(&format!(
            "{RULE} What a threshold was chosen for is told of it alone, against all other classes: where several classes \
             reach theirs, fewer images are called."
        )),
    }
    let claims = std::iter::once(&of.prespecification_against).chain(&of.prespecification_beside);
    for (one, claim) in of.others().zip(claims) {
        of_model(page, &format!("{}: ", one.judged.model), &one.judged, claim.as_ref());
    }
    if of.prespecification.is_some() {
        page.paragraph(if of.bound_to_log {
            "Anybody who has the project or its exported log can check this, and that no figure was altered since, with: \
             overread verify --project PROJECT --report report.html."
        } else {
            "Anybody who has the project or its exported log can check this with: overread verify --project PROJECT --report report.json."
        });
    }
}

/// What a model's thresholds are and what the log shows of each; `name` stands before it.
fn of_model(page: &mut Html, name: &str, judged: &Judged, claim: Option<&Claim>) {
    let Some(claim) = claim.filter(|claim| !claim.classes.is_empty()) else {
        return page.paragraph(&format!("{name}{}", judged.threshold_from.sentences(judged, claim)));
    };
    page.paragraph(format!("{name}{} {}", judged.threshold_from.what(judged), tally(claim)).trim_end());
    let summary = format!("{name}What the log shows of each threshold");
    page.fold_if(claim.classes.len() > MANY, &summary, |page| page.list(&claim.sentences()));
}

/// How many of the classes' own thresholds were fixed before the test split was opened, where there are several.
fn tally(claim: &Claim) -> String {
    let late: Vec<&str> = claim.exploratory_classes().collect();
    let fixed = claim.classes.iter().filter(|of| of.shown.standing == Standing::Fixed).count();
    match (claim.classes.len(), late.as_slice()) {
        (0 | 1, _) => String::new(),
        (2, []) if fixed == 2 => "Both were fixed before the test split was first opened.".to_owned(),
        (all, []) if fixed == all => format!("All {all} were fixed before the test split was first opened."),
        (all, []) => {
            format!("{fixed} of {all} were fixed before the test split was first opened, the others taken away.")
        }
        (all, late) => {
            format!(
                "{fixed} of {all} were fixed before the test split was first opened; exploratory: {}.",
                late.join(", ")
            )
        }
    }
}

/// That figures at the threshold are exploratory, where they are.
pub(super) fn limit(of: &EvaluationReport) -> Option<String> {
    let claim = of.prespecification.as_ref();
    let besides = claim.is_some_and(|claim| !claim.late.is_empty()).then(|| {
        "What was calibrated, or chosen for “not sure”, after the test split was opened is exploratory.".to_owned()
    });
    match (threshold_limit(of, claim), besides) {
        (Some(threshold), Some(besides)) => Some(format!("{threshold} {besides}")),
        (threshold, besides) => threshold.or(besides),
    }
}

fn threshold_limit(of: &EvaluationReport, claim: Option<&Claim>) -> Option<String> {
    if !of.judged.threshold_from.is_exploratory(claim) {
        return None;
    }
    let late: Vec<&str> = claim.into_iter().flat_map(Claim::exploratory_classes).collect();
    let of_model = claim.is_none_or(|claim| claim.shown.standing == Standing::Exploratory);
    Some(match late.as_slice() {
        late if of_model || late.is_empty() => "Figures at the threshold are exploratory.".to_owned(),
        late => format!("Figures at the threshold of {} are exploratory.", late.join(", ")),
    })
}

/// What the table of figures has of it: the class (none of all together), name, value and sentence.
pub(super) fn rows(of: &EvaluationReport) -> Vec<(&str, &'static str, Option<f64>, String)> {
    let claim = of.prespecification.as_ref();
    let number = |mark: Option<&Mark>| mark.map(|mark| mark.event.0 as f64);
    let mut rows = vec![
        ("", "threshold", of.judged.threshold, of.judged.threshold_from.sentences(&of.judged, claim)),
        ("", "threshold_fixed_event", number(claim.and_then(|claim| claim.shown.fixed.as_ref())), String::new()),
        ("", "test_opened_event", number(claim.and_then(|claim| claim.shown.opened.as_ref())), String::new()),
    ];
    let own = of.judged.class_thresholds.iter();
    rows.extend(own.map(|(class, own)| (class.as_str(), "threshold", Some(*own), String::new())));
    let of_classes = claim.into_iter().flat_map(|claim| &claim.classes);
    rows.extend(of_classes.map(|of| {
        (of.class.as_str(), "threshold_fixed_event", number(of.shown.fixed.as_ref()), fixed_since(&of.shown))
    }));
    rows
}
