//! Where a threshold comes from, and what the log shows of when it was fixed.

use super::{EvaluationReport, Judged};
use crate::domain::thresholds::RULE;
use crate::domain::{ModelCard, ModelRecord, NamedThresholds};
use crate::session::protocol::claim::{Claim, LogEnd};
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

    /// What it is and where it comes from, as sentences.
    fn sentences(self, threshold: Option<f64>, own: &NamedThresholds, claim: Option<&Claim>) -> String {
        let number = crate::session::drawing::numbers::number;
        let all = threshold.map(number).into_iter();
        let own = own.iter().map(|(class, own)| format!("for {class} {}", number(*own)));
        let scores: Vec<String> = all.chain(own).collect();
        let score = if scores.is_empty() { "not known".to_owned() } else { scores.join(", ") };
        let what = match self {
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
        };
        let shown = match (claim, self) {
            (Some(claim), _) => claim.sentence.as_str(),
            (None, Self::MostProbable) => "No threshold was chosen, on these images or on others.",
            (None, Self::Given | Self::ChosenNow | Self::Project) => EXPLORATORY,
            (None, Self::ModelFile | Self::Default) => "",
        };
        format!("{what} {shown}").trim_end().to_owned()
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

/// The sentences of the block, of the model and of the one beside it.
pub(super) fn sentences(of: &EvaluationReport) -> Vec<String> {
    let of_model = |judged: &Judged, claim: &Option<Claim>| {
        judged.threshold_from.sentences(judged.threshold, &judged.class_thresholds, claim.as_ref())
    };
    let mut lines = vec![of_model(&of.judged, &of.prespecification)];
    if let (Some(_), None, Some(second)) = (of.judged.threshold, &of.judged.report.detection, of.study.classes.get(1)) {
        lines.push(format!("It is the probability from which {second} is called."));
    }
    if !of.judged.class_thresholds.is_empty() {
        lines.push(match &of.judged.report.detection {
            Some(_) => "Boxes of a class that has a score of its own count from that on.".to_owned(),
            None => format!(
                "{RULE} What a threshold was chosen for is told of it alone, against all other classes: where several classes \
                 reach theirs, fewer images are called."
            ),
        });
    }
    if let Some(against) = &of.against {
        let name = &against.judged.model;
        lines.push(format!("{name}: {}", of_model(&against.judged, &of.prespecification_against)));
    }
    for (one, claim) in of.beside.iter().zip(&of.prespecification_beside) {
        lines.push(format!("{}: {}", one.judged.model, of_model(&one.judged, claim)));
    }
    if of.prespecification.is_some() {
        lines.push(
            if of.bound_to_log {
                "Anybody who has the project or its exported log can check this, and that no figure was altered since, with: \
                 overread verify --report report.html."
            } else {
                "Anybody who has the project or its exported log can check this with: overread verify --report report.json."
            }
            .to_owned(),
        );
    }
    lines
}

/// Whether figures at the threshold are exploratory.
pub(super) fn is_exploratory(of: &EvaluationReport) -> bool {
    of.judged.threshold_from.is_exploratory(of.prespecification.as_ref())
}

/// What the table of figures has of it: name, value and sentence.
pub(super) fn rows(of: &EvaluationReport) -> Vec<(&'static str, Option<f64>, String)> {
    let claim = of.prespecification.as_ref();
    let number = |mark: Option<&crate::domain::Mark>| mark.map(|mark| mark.event.0 as f64);
    vec![
        (
            "threshold",
            of.judged.threshold,
            of.judged.threshold_from.sentences(of.judged.threshold, &of.judged.class_thresholds, claim),
        ),
        ("threshold_fixed_event", number(claim.and_then(|claim| claim.shown.fixed.as_ref())), String::new()),
        ("test_opened_event", number(claim.and_then(|claim| claim.shown.opened.as_ref())), String::new()),
    ]
}
