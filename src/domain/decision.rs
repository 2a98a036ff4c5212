//! What is decided about models, and when their test images were first looked at: events of the log that are about no image.

use super::annotation::AnnotationEvent;
use super::assignment::{AssignmentPlan, AssignmentState};
use super::ids::{EventId, ModelId};
use super::image::Split;
use super::not_sure::FindingRules;
use super::reader_role::ReaderDescription;
use super::reading_mode::ReadingMode;
use super::temperatures::FindingTemperature;
use serde::{Deserialize, Serialize};

/// The name under which the program logs what it finds in projects that are older than such events.
pub const PROGRAM_READER: &str = "overread";

/// The images that something was chosen on.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Basis {
    pub split: Split,
    pub images: usize,
    /// Of these, with the finding; absent where there is not one finding.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub positives: Option<usize>,
}

/// A share of images with its 95 % interval (Wilson).
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct Share {
    pub value: f64,
    pub low: f64,
    pub high: f64,
}

/// What a threshold comes to on the images that it was chosen on.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct Reached {
    pub sensitivity: Share,
    pub specificity: Share,
}

/// Where a threshold comes from.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ThresholdBy {
    /// It serves a goal best on these images; the goal as `overread evaluate --choose` takes it.
    Goal {
        goal: String,
        on: Basis,
        #[serde(default, skip_serializing_if = "Option::is_none")]
        reached: Option<Reached>,
    },
    /// A person set it, or took it away.
    Hand,
    /// It follows a change of the temperature, so that the same images are called as before.
    Temperature { from: Option<f64>, to: Option<f64> },
    /// It follows a change of how the scores of boxes are calibrated, so that the same boxes count as before.
    Scores { from: Option<BetaMap>, to: Option<BetaMap> },
    /// It came with the file of a model that was imported.
    ModelFile,
    /// It was there before thresholds were logged.
    Earlier,
}

impl ThresholdBy {
    /// Where a threshold comes from that takes this one back.
    fn inverse(self) -> Self {
        match self {
            Self::Temperature { from, to } => Self::Temperature { from: to, to: from },
            Self::Scores { from, to } => Self::Scores { from: to, to: from },
            by @ (Self::Goal { .. } | Self::Hand | Self::ModelFile | Self::Earlier) => by,
        }
    }
}

/// From which probability on a class belongs to an answer that may name several (split conformal prediction).
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct AnswerRule {
    /// The share of answers that may miss the truth.
    pub miss: f64,
    /// From this probability on a class belongs to the answer.
    pub least: f64,
    /// Images that it was chosen on.
    pub images: usize,
}

/// How scores of boxes become the share of right boxes among those of such a score (beta calibration; Kull, Silva Filho and
/// Flach 2017): the log odds are `a ln(s) - b ln(1 - s) + c`. `a` and `b` are not negative, and not both 0, so that the order of
/// the boxes stays.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct BetaMap {
    pub a: f64,
    pub b: f64,
    pub c: f64,
    /// Boxes that it was fitted on.
    pub boxes: usize,
}

impl BetaMap {
    /// Whether it can be used.
    pub fn makes_sense(&self) -> bool {
        let Self { a, b, c, .. } = self;
        [a, b, c].iter().all(|v| v.is_finite()) && *a >= 0.0 && *b >= 0.0 && a + b > 0.0
    }

    /// What a score becomes.
    pub fn of(&self, score: f64) -> f64 {
        let score = score.clamp(f64::EPSILON, 1.0 - f64::EPSILON);
        let odds = self.a * score.ln() - self.b * (-score).ln_1p() + self.c;
        1.0 / (1.0 + (-odds).exp())
    }

    /// The score that becomes this one, found by halving; 0 or 1 where none does.
    pub fn back(&self, calibrated: f64) -> f64 {
        let (mut low, mut high) = (0.0, 1.0);
        for _ in 0..80 {
            let middle = (low + high) / 2.0;
            if self.of(middle) < calibrated {
                low = middle;
            } else {
                high = middle;
            }
        }
        (low + high) / 2.0
    }
}

/// The score from which the same boxes count under one way of calibrating as did under another; `None` for the model's own
/// scores. In single precision, as scores are.
pub fn score_at(threshold: f64, from: Option<BetaMap>, to: Option<BetaMap>) -> f64 {
    if from == to || threshold <= 0.0 || threshold >= 1.0 {
        return threshold;
    }
    let own = from.map_or(threshold, |map| f64::from(map.back(threshold) as f32));
    to.map_or(own, |map| f64::from(map.of(own) as f32))
}

/// What is decided. `model` is its number in the project, `name` what it is called there.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(tag = "what", rename_all = "snake_case")]
pub enum Decision {
    /// The model came into the project; `threshold` is the one in its file, from which its boxes count where nobody chose
    /// another.
    Registered { model: ModelId, name: String, threshold: Option<f64> },
    /// From which score its boxes count, or from which probability `class`, the second of two, is called; `None` for what
    /// holds where nobody chose.
    Threshold {
        model: ModelId,
        name: String,
        #[serde(default, skip_serializing_if = "Option::is_none")]
        class: Option<String>,
        old: Option<f64>,
        new: Option<f64>,
        by: ThresholdBy,
    },
    /// From which probability `class` of more than two is called, or from which score boxes of it count; `None` for what holds
    /// where nobody chose.
    ClassThreshold { model: ModelId, name: String, class: String, old: Option<f64>, new: Option<f64>, by: ThresholdBy },
    /// By what its logits are divided before they become probabilities; `None` for not at all.
    Temperature {
        model: ModelId,
        name: String,
        old: Option<f64>,
        new: Option<f64>,
        #[serde(default, skip_serializing_if = "Option::is_none")]
        on: Option<Basis>,
    },
    /// How the scores of its boxes are calibrated; `None` for not at all.
    Scores {
        model: ModelId,
        name: String,
        old: Option<BetaMap>,
        new: Option<BetaMap>,
        #[serde(default, skip_serializing_if = "Option::is_none")]
        on: Option<Basis>,
    },
    /// By what rule it answers with several classes where it is not sure; `None` for not at all.
    Answers { model: ModelId, name: String, old: Option<AnswerRule>, new: Option<AnswerRule> },
    /// By what the logit of each finding is divided before it becomes a probability; none for not at all.
    FindingTemperatures {
        model: ModelId,
        name: String,
        old: Vec<FindingTemperature>,
        new: Vec<FindingTemperature>,
        #[serde(default, skip_serializing_if = "Option::is_none")]
        on: Option<Basis>,
    },
    /// By what rule it says of a finding that it is not sure; `None` for never.
    FindingRules { model: ModelId, name: String, old: Option<FindingRules>, new: Option<FindingRules> },
    /// Figures of the model on the test split were shown for the first time. `model` is absent for a mere file; `earlier`
    /// for figures that were there before this was logged.
    TestOpened {
        model: Option<ModelId>,
        name: String,
        images: usize,
        #[serde(default, skip_serializing_if = "is_false")]
        earlier: bool,
    },
    /// A report of the model's figures was written: by its hash the log shows that it is still the one. `model` is absent for a
    /// mere file.
    ReportWritten {
        model: Option<ModelId>,
        name: String,
        /// SHA-256 of `report.json` and of `report.html`, hexadecimal.
        sha256: String,
        page_sha256: String,
    },
    /// The reader, or with `everyone` all who did not choose otherwise, sees that much of what the model and others say from
    /// now on.
    ReadingMode {
        before: ReadingMode,
        mode: ReadingMode,
        #[serde(default, skip_serializing_if = "is_false")]
        everyone: bool,
    },
    /// A plan of readings was made, ended, deleted or taken up again. Its lists are kept beside the log under `digest`, the
    /// SHA-256 of plan and lists.
    Assignment {
        digest: String,
        plan: Box<AssignmentPlan>,
        /// Images of each reader's list, in the order of the plan's readers.
        images: Vec<usize>,
        /// Absent while it is not there, or no more.
        old: Option<AssignmentState>,
        new: Option<AssignmentState>,
        /// When it was decided, in ms since 1970-01-01 UTC, where that was in another copy.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        decided_ms: Option<i64>,
    },
    /// As what a reader reads from now on, and what qualifies for it. Kept as it was said: nobody is asked to prove it.
    ReaderDescribed {
        /// As people call the reader.
        reader: String,
        old: ReaderDescription,
        new: ReaderDescription,
        /// When it was said, here or in the copy that it came from, in milliseconds since 1970-01-01 UTC.
        at_ms: i64,
    },
    /// A study began, or ended: so many images are shown with a wrong answer of the model while it runs. Which images these are
    /// and with which answers is kept beside the log under `digest`, the SHA-256 of that list.
    Study { digest: String, model: ModelId, name: String, images: usize, seed: u64, running: bool },
    /// The model became the active one; `None` for none.
    Promoted { model: Option<ModelId>, name: String, before: Option<ModelId> },
}

fn is_false(value: &bool) -> bool {
    !*value
}

impl Decision {
    /// The model that it is about.
    pub fn model(&self) -> Option<ModelId> {
        match self {
            Self::Registered { model, .. }
            | Self::Threshold { model, .. }
            | Self::ClassThreshold { model, .. }
            | Self::Temperature { model, .. }
            | Self::Scores { model, .. }
            | Self::Answers { model, .. }
            | Self::FindingTemperatures { model, .. }
            | Self::FindingRules { model, .. }
            | Self::Study { model, .. } => Some(*model),
            Self::ReadingMode { .. } | Self::Assignment { .. } | Self::ReaderDescribed { .. } => None,
            Self::TestOpened { model, .. } | Self::ReportWritten { model, .. } | Self::Promoted { model, .. } => *model,
        }
    }

    /// The decision that takes this one back; `None` for what has happened and cannot be taken back.
    pub fn inverse(&self) -> Option<Self> {
        match self.clone() {
            Self::Threshold { model, name, class, old, new, by } => {
                Some(Self::Threshold { model, name, class, old: new, new: old, by: by.inverse() })
            }
            Self::ClassThreshold { model, name, class, old, new, by } => {
                Some(Self::ClassThreshold { model, name, class, old: new, new: old, by: by.inverse() })
            }
            Self::Temperature { model, name, old, new, on } => {
                Some(Self::Temperature { model, name, old: new, new: old, on })
            }
            Self::Scores { model, name, old, new, on } => Some(Self::Scores { model, name, old: new, new: old, on }),
            Self::Answers { model, name, old, new } => Some(Self::Answers { model, name, old: new, new: old }),
            Self::FindingTemperatures { model, name, old, new, on } => {
                Some(Self::FindingTemperatures { model, name, old: new, new: old, on })
            }
            Self::FindingRules { model, name, old, new } => {
                Some(Self::FindingRules { model, name, old: new, new: old })
            }
            Self::Assignment { digest, plan, images, old, new, .. } => {
                Some(Self::Assignment { digest, plan, images, old: new, new: old, decided_ms: None })
            }
            Self::Registered { .. }
            | Self::TestOpened { .. }
            | Self::ReportWritten { .. }
            | Self::ReadingMode { .. }
            | Self::ReaderDescribed { .. }
            | Self::Study { .. }
            | Self::Promoted { .. } => None,
        }
    }
}

/// An event of the log that is about no image.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct DecisionEvent {
    pub id: EventId,
    /// When it was logged, in milliseconds since 1970-01-01 UTC.
    pub time_ms: i64,
    pub reader: String,
    pub decision: Decision,
    /// The event that this one takes back.
    pub undoes: Option<EventId>,
    /// SHA-256 of this event and, with it, of all before; hexadecimal.
    pub hash: String,
}

/// Any event of the log.
#[derive(Clone, Debug, PartialEq)]
pub enum LoggedEvent {
    /// About an image.
    Image(AnnotationEvent),
    /// About a model.
    Decision(DecisionEvent),
}

impl LoggedEvent {
    pub fn id(&self) -> EventId {
        match self {
            Self::Image(event) => event.id,
            Self::Decision(event) => event.id,
        }
    }

    pub fn reader(&self) -> &str {
        match self {
            Self::Image(event) => &event.reader,
            Self::Decision(event) => &event.reader,
        }
    }
}

/// The threshold at a temperature that calls the same of two classes as this one did at another; `None` for no temperature,
/// which is 1.
pub fn threshold_at(threshold: f64, from: Option<f64>, to: Option<f64>) -> f64 {
    let (from, to) = (from.unwrap_or(1.0), to.unwrap_or(1.0));
    if from == to || threshold <= 0.0 || threshold >= 1.0 {
        return threshold;
    }
    let odds = (threshold / (1.0 - threshold)).ln() * from / to;
    1.0 / (1.0 + (-odds).exp())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn taking_back_twice_is_the_same_and_what_happened_stays() {
        let (model, name) = (ModelId(1), "a".to_owned());
        let by = ThresholdBy::Temperature { from: None, to: Some(2.0) };
        let threshold = Decision::Threshold {
            model,
            name: name.clone(),
            class: Some("b".into()),
            old: Some(0.3),
            new: Some(0.4),
            by,
        };
        let back = threshold.inverse().unwrap();
        assert_eq!(back.inverse().unwrap(), threshold);
        let Decision::Threshold { old: Some(0.4), new: Some(0.3), by, .. } = back else { panic!("{back:?}") };
        assert_eq!(by, ThresholdBy::Temperature { from: Some(2.0), to: None });
        let of_class = Decision::ClassThreshold {
            model,
            name: name.clone(),
            class: "b".into(),
            old: None,
            new: Some(0.4),
            by: ThresholdBy::Hand,
        };
        assert_eq!(of_class.inverse().unwrap().inverse().unwrap(), of_class);
        for stays in [
            Decision::Registered { model, name: name.clone(), threshold: None },
            Decision::TestOpened { model: Some(model), name: name.clone(), images: 3, earlier: false },
            Decision::Promoted { model: Some(model), name, before: None },
        ] {
            assert_eq!(stays.inverse(), None);
        }
    }

    #[test]
    fn the_same_boxes_count_under_another_way_of_calibrating_and_back() {
        let map = BetaMap { a: 0.7, b: 1.9, c: -0.4, boxes: 30 };
        let scores = [0.05f32, 0.3, 0.300_000_1, 0.55, 0.97];
        let counts = |threshold: f64, map: Option<BetaMap>| {
            scores.map(|s| map.map_or(s, |map| map.of(s.into()) as f32)).map(|s| f64::from(s) >= threshold)
        };
        // A threshold that was chosen is the score of a box.
        for threshold in scores.map(f64::from) {
            let moved = score_at(threshold, None, Some(map));
            assert_ne!(moved, threshold);
            assert_eq!(counts(threshold, None), counts(moved, Some(map)), "{threshold}");
            assert!((score_at(moved, Some(map), None) - threshold).abs() < 1e-6, "{threshold}");
        }
        assert_eq!((score_at(0.0, None, Some(map)), score_at(1.0, None, Some(map))), (0.0, 1.0));
        assert!((map.of(map.back(0.42)) - 0.42).abs() < 1e-12 && map.makes_sense());
        assert!(!BetaMap { a: 0.0, b: 0.0, ..map }.makes_sense() && !BetaMap { a: -0.1, ..map }.makes_sense());
    }

    #[test]
    fn a_threshold_moves_with_the_temperature_and_back() {
        let calls = |threshold: f64, temperature: f64| {
            let odds = [-3.0, -0.9, -0.8, 0.0, 2.0];
            odds.map(|odds: f64| 1.0 / (1.0 + (-odds / temperature).exp()) >= threshold)
        };
        let moved = threshold_at(0.3, None, Some(2.5));
        assert!((moved - 0.416_072).abs() < 1e-6, "{moved}");
        assert_eq!(calls(0.3, 1.0), calls(moved, 2.5));
        assert!((threshold_at(moved, Some(2.5), None) - 0.3).abs() < 1e-12);
        assert_eq!((threshold_at(0.0, None, Some(2.0)), threshold_at(1.0, None, Some(2.0))), (0.0, 1.0));
        assert_eq!(threshold_at(0.3, None, Some(1.0)), 0.3);
    }
}
