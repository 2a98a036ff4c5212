//! What is decided about models, in words.

use crate::domain::{AssignmentState, Decision};

/// What is said where there is nothing more to say of a decision.
pub const HAPPENED: &str = "what has happened";

/// What undo would take back: "threshold of small-cnn-3".
pub fn undo(decision: &Decision) -> String {
    let (what, name) = match decision {
        Decision::Threshold { name, .. } => ("threshold", name),
        Decision::ClassThreshold { name, class, .. } => return format!("threshold of {class} of {name}"),
        Decision::Temperature { name, .. } => ("calibration", name),
        Decision::Scores { name, .. } => ("calibration of the scores", name),
        Decision::FindingTemperatures { name, .. } => ("calibration", name),
        Decision::Answers { name, .. } | Decision::FindingRules { name, .. } => ("\"not sure\"", name),
        Decision::Registered { name, .. } => ("arrival", name),
        Decision::TestOpened { name, .. } => ("opening of the test split", name),
        Decision::ReportWritten { name, .. } => ("report", name),
        Decision::ReaderDescribed { reader, new, .. } => return format!("{reader} described: {}", new.in_words()),
        Decision::ReadingMode { mode, .. } => return format!("reading mode: {}", mode.name()),
        Decision::Assignment { plan, .. } => return format!("readings of {}", plan.readers.join(", ")),
        Decision::Study { name, .. } => ("study", name),
        Decision::Promoted { name, .. } => ("promotion", name),
    };
    format!("{what} of {name}")
}

/// What undo (`back`) or redo just did, from the decisions that it made: "Undid: threshold of small-cnn-3, back to 0.310".
pub fn stepped(back: bool, made: &[&Decision]) -> String {
    let verb = if back { "Undid" } else { "Redid" };
    // Of several the first that was made is what the person did; the others followed from it.
    let Some(first) = (if back { made.last() } else { made.first() }) else { return verb.to_owned() };
    let direction = if back { "back to" } else { "again" };
    format!("{verb}: {}, {direction} {}", undo(first), now(first))
}

/// What a decision brings about.
pub fn now(decision: &Decision) -> String {
    match decision {
        Decision::Threshold { new: Some(new), .. } | Decision::ClassThreshold { new: Some(new), .. } => number(*new),
        Decision::ClassThreshold { new: None, .. } => "none of its own".to_owned(),
        Decision::Threshold { class: Some(_), new: None, .. } => "the more probable class".to_owned(),
        Decision::Threshold { class: None, new: None, .. } => "the one in its file".to_owned(),
        Decision::Temperature { new: Some(new), .. } => format!("a temperature of {}", number(*new)),
        Decision::Temperature { new: None, .. } => "its own probabilities".to_owned(),
        Decision::Scores { new: Some(_), .. } => "calibrated scores".to_owned(),
        Decision::Scores { new: None, .. } => "its own scores".to_owned(),
        Decision::Answers { new: Some(rule), .. } => {
            format!("answers that miss at most {:.0} % of the truths", 100.0 * rule.miss)
        }
        Decision::Answers { new: None, .. } => "one class an image".to_owned(),
        Decision::FindingTemperatures { new, .. } if new.is_empty() => "its own probabilities".to_owned(),
        Decision::FindingTemperatures { new, .. } => {
            let each: Vec<String> =
                new.iter().map(|one| format!("{} of {}", number(one.temperature), one.finding)).collect();
            format!("temperatures of {}", each.join(", "))
        }
        Decision::FindingRules { new: Some(rules), .. } => {
            format!("answers that miss at most {:.0} % of the truths of each finding", 100.0 * rules.miss)
        }
        Decision::FindingRules { new: None, .. } => "present or absent of each finding".to_owned(),
        Decision::Assignment { new: None, .. } => "deleted".to_owned(),
        Decision::Assignment { new: Some(AssignmentState::Open), .. } => "open".to_owned(),
        Decision::Assignment { new: Some(AssignmentState::Ended), .. } => "ended".to_owned(),
        Decision::Study { running: true, .. } => "runs".to_owned(),
        Decision::Study { running: false, .. } => "ended".to_owned(),
        Decision::Registered { .. }
        | Decision::TestOpened { .. }
        | Decision::ReportWritten { .. }
        | Decision::ReadingMode { .. }
        | Decision::ReaderDescribed { .. }
        | Decision::Promoted { .. } => HAPPENED.to_owned(),
    }
}

/// A threshold or temperature to read; one that three digits after the point would make 0 or 1 in full.
fn number(value: f64) -> String {
    let short = format!("{value:.3}");
    if (short == "0.000" && value > 0.0) || (short == "1.000" && value != 1.0) { value.to_string() } else { short }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::{ModelId, ThresholdBy};

    #[test]
    fn steps_say_of_which_model_and_to_what() {
        let threshold = |old, new| Decision::Threshold {
            model: ModelId(1),
            name: "a".into(),
            class: Some("broken".into()),
            old,
            new,
            by: ThresholdBy::Hand,
        };
        let said = |back, decision: &Decision| stepped(back, &[decision]);
        assert_eq!(undo(&threshold(None, Some(0.3))), "threshold of a");
        assert_eq!(said(true, &threshold(Some(0.4), Some(0.31))), "Undid: threshold of a, back to 0.310");
        assert_eq!(said(true, &threshold(Some(0.4), None)), "Undid: threshold of a, back to the more probable class");
        assert_eq!(said(false, &threshold(None, Some(0.4))), "Redid: threshold of a, again 0.400");
        let of = Decision::Temperature { model: ModelId(1), name: "a".into(), old: None, new: Some(1.5), on: None };
        let back = [&threshold(Some(0.4), Some(0.3)), &of.inverse().unwrap()];
        assert_eq!(stepped(true, &back), "Undid: calibration of a, back to its own probabilities");
    }
}
