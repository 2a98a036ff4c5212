//! Which thresholds a model had when something was said, told from the decisions of the log.

use super::decision::{Decision, DecisionEvent, ThresholdBy};
use super::ids::EventId;
use super::model::{ModelRecord, thresholds_of};
use super::thresholds::{ClassThresholds, NamedThresholds};
use std::collections::BTreeSet;

/// Those of a model at an event.
#[derive(Clone, Debug, PartialEq)]
pub struct ThresholdsThen {
    pub thresholds: ClassThresholds,
    /// One was there before such choices were logged, and it is not known since when: it is taken to have been there then.
    pub unsure: bool,
}

/// A change of the threshold of a class, or without a class of the model's.
struct Step<'a> {
    class: Option<&'a str>,
    event: EventId,
    old: Option<f64>,
    new: Option<f64>,
    by: &'a ThresholdBy,
}

impl ModelRecord {
    /// The thresholds by which its classes or findings were called when the event was logged. `log` has the decisions, the oldest
    /// first.
    pub fn thresholds_then(&self, log: &[DecisionEvent], event: EventId) -> ThresholdsThen {
        let steps: Vec<Step<'_>> = log.iter().filter_map(|one| self.step(one)).collect();
        let mut unsure = false;
        let mut at = |class: Option<&str>, now: Option<f64>| {
            let of_class = |step: &&Step<'_>| step.class == class;
            let before = steps.iter().rev().filter(of_class).find(|step| step.event < event);
            let after = steps.iter().filter(of_class).find(|step| step.event > event);
            match (before, after) {
                (Some(before), _) => before.new,
                (None, Some(Step { by: ThresholdBy::Earlier, new, .. })) => {
                    unsure = true;
                    *new
                }
                (None, Some(after)) => after.old,
                // Nobody ever changed it.
                (None, None) => now,
            }
        };
        let second = at(None, self.threshold);
        let changed = steps.iter().filter_map(|step| step.class);
        let names: BTreeSet<&str> = changed.chain(self.class_thresholds.keys().map(String::as_str)).collect();
        let named: NamedThresholds = names
            .into_iter()
            .filter_map(|name| Some((name.to_owned(), at(Some(name), self.class_thresholds.get(name).copied())?)))
            .collect();
        ThresholdsThen { thresholds: thresholds_of(&self.card, second, &named), unsure }
    }

    fn step<'a>(&self, one: &'a DecisionEvent) -> Option<Step<'a>> {
        let event = one.id;
        if let Decision::Threshold { model, old, new, by, .. } = &one.decision {
            return (*model == self.id).then_some(Step { class: None, event, old: *old, new: *new, by });
        }
        if let Decision::ClassThreshold { model, class, old, new, by, .. } = &one.decision {
            return (*model == self.id).then_some(Step { class: Some(class), event, old: *old, new: *new, by });
        }
        None
    }
}

#[cfg(test)]
mod tests {
    use super::super::recipe::Architecture;
    use super::super::{ClassList, ModelCard, ModelId, ModelStatus, Preprocessing};
    use super::*;

    fn model(classes: &[&str]) -> ModelRecord {
        let card = ModelCard {
            format: ModelCard::FORMAT,
            name: "a".into(),
            architecture: Architecture::default(),
            classes: ClassList::from_names(classes, false).unwrap(),
            preprocessing: Preprocessing::default(),
            recipe: None,
            head: None,
            data_digest: String::new(),
            threshold: None,
            decided: None,
            created_ms: 0,
        };
        ModelRecord {
            id: ModelId(7),
            card,
            file: "a".into(),
            status: ModelStatus::Promoted,
            active: true,
            parent: None,
            run: None,
            test: None,
            threshold: Some(0.9),
            tested: None,
            temperature: None,
            answers: None,
            scores: None,
            class_thresholds: NamedThresholds::new(),
            finding_temperatures: Vec::new(),
            finding_rules: None,
            note: String::new(),
            deleted: false,
        }
    }

    fn decided(id: i64, decision: Decision) -> DecisionEvent {
        let (reader, hash) = ("ann".to_owned(), String::new());
        DecisionEvent { id: EventId(id), time_ms: id, reader, decision, undoes: None, hash }
    }

    fn threshold(id: i64, model: i64, old: Option<f64>, new: Option<f64>, by: ThresholdBy) -> DecisionEvent {
        decided(id, Decision::Threshold { model: ModelId(model), name: "a".into(), class: None, old, new, by })
    }

    #[test]
    fn the_threshold_of_then_is_the_last_before_or_what_the_first_after_replaced() {
        let of = model(&["no", "yes"]);
        let log = [
            threshold(3, 7, Some(0.2), Some(0.4), ThresholdBy::Hand),
            threshold(4, 8, None, Some(0.1), ThresholdBy::Hand),
            threshold(6, 7, Some(0.4), None, ThresholdBy::Hand),
            threshold(8, 7, None, Some(0.9), ThresholdBy::Hand),
        ];
        let at = |event| of.thresholds_then(&log, EventId(event));
        let second = |event| at(event).thresholds.of(1);
        assert_eq!([1, 5, 7, 9].map(second), [Some(0.2), Some(0.4), None, Some(0.9)]);
        assert!(!at(1).unsure);
        assert_eq!(of.thresholds_then(&[], EventId(1)).thresholds.of(1), Some(0.9), "nobody ever changed it");
        let earlier = [threshold(3, 7, None, Some(0.9), ThresholdBy::Earlier)];
        let found = of.thresholds_then(&earlier, EventId(1));
        assert_eq!((found.thresholds.of(1), found.unsure), (Some(0.9), true));
        assert!(!of.thresholds_then(&earlier, EventId(4)).unsure);
    }

    #[test]
    fn each_class_has_a_history_of_its_own() {
        let of = ModelRecord {
            threshold: None,
            class_thresholds: [("c".to_owned(), 0.3)].into(),
            ..model(&["a", "b", "c"])
        };
        let step = |id, class: &str, old, new| {
            let (model, name, class, by) = (ModelId(7), "a".into(), class.to_owned(), ThresholdBy::Hand);
            decided(id, Decision::ClassThreshold { model, name, class, old, new, by })
        };
        let log = [step(2, "b", None, Some(0.6)), step(5, "b", Some(0.6), None)];
        let at = |event| [1, 2].map(|class| of.thresholds_then(&log, EventId(event)).thresholds.of(class));
        assert_eq!([1, 3, 6].map(at), [[None, Some(0.3)], [Some(0.6), Some(0.3)], [None, Some(0.3)]]);
    }
}
