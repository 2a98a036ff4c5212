//! What follows from orders of events.

use super::*;

const MODEL: ModelId = ModelId(3);

fn log(decisions: Vec<Decision>) -> Vec<DecisionEvent> {
    let event = |(at, decision)| DecisionEvent {
        id: EventId(10 + at),
        time_ms: at,
        reader: "ada".into(),
        decision,
        undoes: None,
        hash: format!("h{at}"),
    };
    (0..).zip(decisions).map(event).collect()
}

fn chosen(old: Option<f64>, new: Option<f64>) -> Decision {
    Decision::Threshold { model: MODEL, name: "a".into(), class: None, old, new, by: ThresholdBy::Hand }
}

fn moved(old: f64, new: f64, to: f64) -> Decision {
    let by = ThresholdBy::Temperature { from: None, to: Some(to) };
    Decision::Threshold { model: MODEL, name: "a".into(), class: None, old: Some(old), new: Some(new), by }
}

fn opened(model: i64) -> Decision {
    Decision::TestOpened { model: Some(ModelId(model)), name: String::new(), images: 9, earlier: false }
}

fn registered(threshold: Option<f64>) -> Decision {
    Decision::Registered { model: MODEL, name: "a".into(), threshold }
}

/// Standing, threshold, number of the event that fixed it, and of the opening.
fn of(decisions: Vec<Decision>) -> (Standing, Option<f64>, Option<i64>, Option<i64>) {
    let found = prespecified(&log(decisions), MODEL);
    let number = |mark: &Option<Mark>| mark.as_ref().map(|mark| mark.event.0);
    (found.standing, found.threshold, number(&found.fixed), number(&found.opened))
}

#[test]
fn what_is_chosen_before_the_test_is_opened_is_fixed_and_after_it_exploratory() {
    use Standing::{Exploratory, Fixed, NotChosen};
    assert_eq!(of(vec![]), (NotChosen, None, None, None));
    assert_eq!(of(vec![registered(None), opened(3)]), (NotChosen, None, None, Some(11)));
    assert_eq!(of(vec![chosen(None, Some(0.3))]), (Fixed, Some(0.3), Some(10), None));
    assert_eq!(of(vec![chosen(None, Some(0.3)), opened(3)]), (Fixed, Some(0.3), Some(10), Some(11)));
    assert_eq!(of(vec![opened(3), chosen(None, Some(0.3))]), (Exploratory, Some(0.3), Some(11), Some(10)));
    let changed = vec![chosen(None, Some(0.3)), opened(3), chosen(Some(0.3), Some(0.4)), opened(3)];
    assert_eq!(of(changed), (Exploratory, Some(0.4), Some(12), Some(11)));
    let taken_away = vec![chosen(None, Some(0.3)), opened(3), chosen(Some(0.3), None)];
    assert_eq!(of(taken_away), (Exploratory, None, Some(12), Some(11)), "to take it away is a choice, too");
    assert_eq!(of(vec![chosen(None, Some(0.3)), chosen(Some(0.3), None), opened(3)]).0, NotChosen);
}

#[test]
fn what_was_there_before_it_was_logged_is_never_fixed_before() {
    let by = ThresholdBy::Earlier;
    let there = Decision::Threshold { model: MODEL, name: "a".into(), class: None, old: None, new: Some(0.3), by };
    let found = prespecified(&log(vec![there, opened(3)]), MODEL);
    assert_eq!((found.standing, found.earlier, found.threshold), (Standing::Exploratory, true, Some(0.3)));
}

#[test]
fn other_models_are_told_and_do_not_count_against_this_one() {
    let found = prespecified(&log(vec![opened(1), chosen(None, Some(0.3)), opened(3)]), MODEL);
    assert_eq!(found.standing, Standing::Fixed);
    assert_eq!(found.opened_for_other.unwrap().event, EventId(10));
    let found = prespecified(&log(vec![chosen(None, Some(0.3)), opened(1), opened(3)]), MODEL);
    assert_eq!(found.opened_for_other, None, "after it was fixed it does no harm");
}

#[test]
fn a_threshold_that_training_chose_is_fixed_with_the_model() {
    let log = log(vec![registered(Some(0.2)), opened(3)]);
    let found = prespecified(&log, MODEL);
    assert_eq!((found.standing, found.threshold, found.from_training), (Standing::Fixed, Some(0.2), true));
    assert_eq!(of(vec![registered(Some(0.2)), opened(3), chosen(None, Some(0.3))]).0, Standing::Exploratory);
    let back = vec![registered(Some(0.2)), chosen(None, Some(0.3)), chosen(Some(0.3), None), opened(3)];
    assert_eq!(of(back), (Standing::Fixed, Some(0.2), Some(10), Some(13)));
}

#[test]
fn moving_with_the_temperature_is_no_choice_and_a_false_move_is_one() {
    let right = threshold_at(0.3, None, Some(2.0));
    let found = prespecified(&log(vec![chosen(None, Some(0.3)), opened(3), moved(0.3, right, 2.0)]), MODEL);
    assert_eq!((found.standing, found.threshold), (Standing::Fixed, Some(right)));
    assert_eq!((found.fixed.unwrap().event.0, found.moved.unwrap().event.0), (10, 12));
    let wrong = vec![chosen(None, Some(0.3)), opened(3), moved(0.3, 0.35, 2.0)];
    assert_eq!(of(wrong).0, Standing::Exploratory);
}

#[test]
fn a_threshold_of_a_file_that_moved_with_the_scores_is_still_the_files() {
    use crate::domain::decision::{BetaMap, score_at};
    let map = BetaMap { a: 0.0, b: 14.0, c: -5.3, boxes: 311 };
    let calibrated = score_at(0.2, None, Some(map));
    let by = |from, to| ThresholdBy::Scores { from, to };
    let step = |old, new, by| Decision::Threshold { model: MODEL, name: "a".into(), class: None, old, new, by };
    let there = step(None, Some(calibrated), by(None, Some(map)));
    let back = step(Some(calibrated), None, by(Some(map), None));
    let found = prespecified(&log(vec![registered(Some(0.2)), opened(3), there.clone()]), MODEL);
    assert_eq!((found.standing, found.moved.map(|mark| mark.event)), (Standing::Fixed, Some(EventId(12))));
    let found = prespecified(&log(vec![registered(Some(0.2)), opened(3), there, back]), MODEL);
    assert_eq!((found.standing, found.moved), (Standing::Fixed, None));
    let other = step(None, Some(calibrated + 0.1), by(None, Some(map)));
    let found = prespecified(&log(vec![registered(Some(0.2)), opened(3), other]), MODEL);
    assert_eq!(found.standing, Standing::Exploratory, "another threshold is a choice");
}

#[test]
fn each_class_s_own_threshold_has_a_standing_of_its_own() {
    let own = |class: &str, new| Decision::ClassThreshold {
        model: MODEL,
        name: "a".into(),
        class: class.into(),
        old: None,
        new: Some(new),
        by: ThresholdBy::Hand,
    };
    let events = log(vec![registered(None), own("b", 0.3), opened(3), own("c", 0.2)]);
    assert_eq!(prespecified(&events, MODEL).standing, Standing::NotChosen, "of the model itself none was chosen");
    let of: Vec<(String, Standing, Option<f64>)> = prespecified_classes(&events, MODEL)
        .into_iter()
        .map(|(class, shown)| (class, shown.standing, shown.threshold))
        .collect();
    let expected = [("b".to_owned(), Standing::Fixed, Some(0.3)), ("c".to_owned(), Standing::Exploratory, Some(0.2))];
    assert_eq!(of, expected);
    assert!(prespecified_classes(&events, ModelId(9)).is_empty());
}
