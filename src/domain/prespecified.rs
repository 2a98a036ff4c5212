//! Whether a model's threshold was fixed before its test images were looked at, as the log alone shows it.

use super::decision::{Decision, DecisionEvent, ThresholdBy, score_at, threshold_at};
use super::ids::{EventId, ModelId};
use serde::{Deserialize, Serialize};

/// Thresholds that differ by less were moved with the temperature, which rounds.
const SAME: f64 = 1e-9;
/// The same of scores of boxes, which are in single precision.
const SAME_SCORE: f64 = 1e-6;

/// An event that something hangs on.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Mark {
    pub event: EventId,
    /// Milliseconds since 1970-01-01 UTC.
    pub time_ms: i64,
    /// Its hash in the log.
    pub hash: String,
}

impl Mark {
    fn of(event: &DecisionEvent) -> Self {
        Self { event: event.id, time_ms: event.time_ms, hash: event.hash.clone() }
    }
}

/// What the log shows.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Standing {
    /// The threshold was fixed before the model's test figures were first seen, or nobody has seen any.
    Fixed,
    /// It was chosen or taken away after they were seen.
    Exploratory,
    /// Nobody ever chose one.
    NotChosen,
}

/// The events that say so.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Prespecified {
    pub standing: Standing,
    /// The threshold in force as the log has it; of a model in whose file there is one, that where nobody chose another.
    pub threshold: Option<f64>,
    /// The event that fixed it, or took one away.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub fixed: Option<Mark>,
    /// Training wrote it to the model's file; nobody chose it.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub from_training: bool,
    /// The goal that it was chosen for, on which images, and what it came to there.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub chosen: Option<ThresholdBy>,
    /// It was there when the project began to log such choices: when it was chosen is not known.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub earlier: bool,
    /// The event that moved it with the temperature since.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub moved: Option<Mark>,
    /// When the test split was first opened for this model.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub opened: Option<Mark>,
    /// When it was first opened for another model, where that was before the threshold was fixed.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub opened_for_other: Option<Mark>,
}

/// Reads it off the decisions of the log, the oldest first.
pub fn prespecified(log: &[DecisionEvent], model: ModelId) -> Prespecified {
    of_class(log, model, None)
}

/// The same of each class that ever had a threshold of its own, in the order in which they first had one.
pub fn prespecified_classes(log: &[DecisionEvent], model: ModelId) -> Vec<(String, Prespecified)> {
    let mut names: Vec<&str> = Vec::new();
    for event in log {
        if let Decision::ClassThreshold { model: of, class, .. } = &event.decision
            && *of == model
            && !names.contains(&class.as_str())
        {
            names.push(class);
        }
    }
    names.into_iter().map(|name| (name.to_owned(), of_class(log, model, Some(name)))).collect()
}

/// Of the threshold of the model, or of one class's own.
fn of_class(log: &[DecisionEvent], model: ModelId, class: Option<&str>) -> Prespecified {
    let opening = |of_this: bool| {
        log.iter().find(|event| match &event.decision {
            Decision::TestOpened { model: of, .. } => (*of == Some(model)) == of_this,
            Decision::Registered { .. }
            | Decision::Threshold { .. }
            | Decision::ClassThreshold { .. }
            | Decision::Temperature { .. }
            | Decision::Scores { .. }
            | Decision::Answers { .. }
            | Decision::FindingTemperatures { .. }
            | Decision::FindingRules { .. }
            | Decision::ReportWritten { .. }
            | Decision::ReadingMode { .. }
            | Decision::Assignment { .. }
            | Decision::ReaderDescribed { .. }
            | Decision::Study { .. }
            | Decision::Promoted { .. } => false,
        })
    };
    let opened = opening(true);
    let (mut registered, mut of_file) = (None, None);
    let (mut in_force, mut chosen, mut moved) = (None, None, None);
    for event in log.iter().filter(|event| event.decision.model() == Some(model)) {
        match &event.decision {
            Decision::Registered { threshold, .. } => {
                (registered, of_file) = (Some(event), threshold.filter(|_| class.is_none()));
            }
            Decision::Threshold { .. } if class.is_some() => {}
            Decision::ClassThreshold { class: of, .. } if class != Some(of) => {}
            Decision::Threshold { old, new, by, .. } | Decision::ClassThreshold { old, new, by, .. } => {
                chosen = *new;
                // Where nobody chose, the one in the file was moved.
                if is_move(old.or(of_file), new.or(of_file), by) {
                    moved = new.is_some().then_some(event);
                } else {
                    (in_force, moved) = (Some(event), None);
                }
            }
            Decision::Temperature { .. }
            | Decision::Scores { .. }
            | Decision::Answers { .. }
            | Decision::FindingTemperatures { .. }
            | Decision::FindingRules { .. }
            | Decision::TestOpened { .. }
            | Decision::ReportWritten { .. }
            | Decision::ReadingMode { .. }
            | Decision::Assignment { .. }
            | Decision::ReaderDescribed { .. }
            | Decision::Study { .. }
            | Decision::Promoted { .. } => {}
        }
    }
    let after = |event: &DecisionEvent| opened.is_some_and(|opened| opened.id < event.id);
    let is_earlier = |event: &DecisionEvent| {
        matches!(&event.decision, Decision::Threshold { by: ThresholdBy::Earlier, .. }) && event.undoes.is_none()
    };
    let (standing, fixed) = match in_force {
        Some(event) if after(event) || is_earlier(event) => (Standing::Exploratory, Some(event)),
        Some(event) if chosen.is_some() => (Standing::Fixed, Some(event)),
        Some(_) | None if of_file.is_some() => (Standing::Fixed, registered),
        Some(_) | None => (Standing::NotChosen, None),
    };
    let before_it = |event: &&DecisionEvent| fixed.is_some_and(|fixed| event.id < fixed.id);
    Prespecified {
        standing,
        threshold: chosen.or(of_file),
        fixed: fixed.map(Mark::of),
        from_training: of_file.is_some()
            && fixed.is_some()
            && fixed.map(|event| event.id) == registered.map(|event| event.id),
        chosen: fixed.and_then(goal_of),
        earlier: fixed.is_some_and(is_earlier),
        moved: moved.map(Mark::of),
        opened: opened.map(Mark::of),
        opened_for_other: opening(false).filter(before_it).map(Mark::of),
    }
}

/// Something besides thresholds that is decided of a model and moves its figures.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Besides {
    /// How its probabilities or scores are calibrated.
    Calibration,
    /// By what rule it says that it is not sure.
    NotSure,
}

/// What was decided of a model besides thresholds after its test images were first looked at, each with the last event
/// that did so.
pub fn late_besides(log: &[DecisionEvent], model: ModelId) -> Vec<(Besides, Mark)> {
    let mut opened = false;
    let (mut calibration, mut not_sure) = (None, None);
    for event in log.iter().filter(|event| event.decision.model() == Some(model)) {
        let of = match &event.decision {
            Decision::TestOpened { .. } => {
                opened = true;
                continue;
            }
            Decision::Temperature { .. } | Decision::Scores { .. } | Decision::FindingTemperatures { .. } => {
                &mut calibration
            }
            Decision::Answers { .. } | Decision::FindingRules { .. } => &mut not_sure,
            Decision::Registered { .. }
            | Decision::Threshold { .. }
            | Decision::ClassThreshold { .. }
            | Decision::ReportWritten { .. }
            | Decision::ReadingMode { .. }
            | Decision::Assignment { .. }
            | Decision::ReaderDescribed { .. }
            | Decision::Study { .. }
            | Decision::Promoted { .. } => continue,
        };
        if opened {
            *of = Some(Mark::of(event));
        }
    }
    let of = |what, mark: Option<Mark>| Some((what, mark?));
    of(Besides::Calibration, calibration).into_iter().chain(of(Besides::NotSure, not_sure)).collect()
}

/// What a threshold was chosen for; what undo brought back was chosen before.
fn goal_of(event: &DecisionEvent) -> Option<ThresholdBy> {
    match &event.decision {
        Decision::Threshold { by: by @ ThresholdBy::Goal { .. }, new: Some(_), .. }
        | Decision::ClassThreshold { by: by @ ThresholdBy::Goal { .. }, new: Some(_), .. } => {
            Some(by.clone()).filter(|_| event.undoes.is_none())
        }
        Decision::Threshold { .. }
        | Decision::ClassThreshold { .. }
        | Decision::Registered { .. }
        | Decision::Temperature { .. }
        | Decision::Scores { .. }
        | Decision::Answers { .. }
        | Decision::FindingTemperatures { .. }
        | Decision::FindingRules { .. }
        | Decision::TestOpened { .. }
        | Decision::ReportWritten { .. }
        | Decision::ReadingMode { .. }
        | Decision::Assignment { .. }
        | Decision::ReaderDescribed { .. }
        | Decision::Study { .. }
        | Decision::Promoted { .. } => None,
    }
}

/// Whether a threshold is but the one before at another temperature, or with scores calibrated otherwise.
fn is_move(old: Option<f64>, new: Option<f64>, by: &ThresholdBy) -> bool {
    match (by, old, new) {
        (ThresholdBy::Temperature { from, to }, Some(old), Some(new)) => {
            (threshold_at(old, *from, *to) - new).abs() < SAME
        }
        (ThresholdBy::Scores { from, to }, Some(old), Some(new)) => {
            (score_at(old, *from, *to) - new).abs() < SAME_SCORE
        }
        (ThresholdBy::Temperature { .. } | ThresholdBy::Scores { .. }, _, _)
        | (ThresholdBy::Goal { .. } | ThresholdBy::Hand | ThresholdBy::ModelFile | ThresholdBy::Earlier, _, _) => false,
    }
}

#[cfg(test)]
#[path = "prespecified_tests.rs"]
mod tests;
