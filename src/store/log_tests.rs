//! The log refuses what does not follow, keeps what it has, and notices what was done to it.

use super::*;
use crate::domain::Rect;
use crate::domain::{MapMethod, MeasurementId, ModelId, ShownMap};
use crate::store::ChainSummary;
use crate::store::sample::{self, Sample};
use std::collections::HashMap;

fn refusal(project: &mut Sample, change: Change) -> String {
    project.store.append("ada", project.images[0], change, None, None, None).unwrap_err().to_string()
}

#[test]
fn an_event_is_read_back_as_it_was_acknowledged() {
    let mut project = sample::project(2);
    let shown = ShownPrediction {
        model: ModelId(7),
        probabilities: vec![0.1, 0.7, 0.2],
        boxes: Vec::new(),
        threshold: None,
        learned_from: None,
        planted: false,
    };
    let seen = |method, model| ShownMap { method, class: 1, model, layer: Some(2), empty: false };
    let display = DisplayState {
        window: Some((100.5, 33.0)),
        preset: 0,
        inverted: true,
        turned: 270,
        mirrored: true,
        heat_map: Some(1),
        heat_box: None,
        maps: vec![seen(MapMethod::GradCam, None), seen(MapMethod::Occlusion, Some(ModelId(4)))],
        looked_ms: Some(1200),
    };
    let first = project.say(1, Change::Flag { old: false, new: true });
    let second = project
        .store
        .append("grace", project.images[0], sample::label(None, false, 1), Some(shown), Some(display), None)
        .unwrap();
    assert_eq!((first.id, second.id), (EventId(1), EventId(2)));
    assert_eq!((first.previous_hash.as_str(), &second.previous_hash), ("0".repeat(64).as_str(), &first.hash));
    let mut project = project.reopen();
    assert_eq!(project.store.events(project.images[0]).unwrap(), std::slice::from_ref(&second));
    assert_eq!(project.store.event(first.id).unwrap(), first);
    let third = project.say(1, Change::Flag { old: true, new: false });
    assert_eq!(third.previous_hash, second.hash);
    assert_eq!(project.store.verify_chain().unwrap(), ChainSummary { events: 3, head: third.hash });
    let labels = project.store.last_labels().unwrap();
    assert_eq!(labels, HashMap::from([(project.images[0], ("grace".to_owned(), second.time_ms))]));
}

#[test]
fn a_change_of_what_is_no_longer_so_is_refused() {
    let mut project = sample::project(1);
    project.say(0, sample::label(None, false, 1));
    let id = project.store.allocate_box_id();
    project.say(0, sample::draw(id, 5.0));
    let Change::Box { new: drawn, .. } = sample::draw(id, 5.0) else { unreachable!() };
    let (_, rect) = drawn.unwrap();
    let elsewhere = Some((1, Rect { xmin: 4.0, ..rect }));
    let label = Change::Label { old: Some(1), new: Some(0), old_reviewed: false, new_reviewed: true, accepted: false };
    // (change, part of the sentence)
    let table = [
        (sample::label(None, false, 0), "the label of image 1"),
        (label, "the label of image 1"),
        (Change::Flag { old: true, new: false }, "the flag of image 1"),
        (Change::KeyImage { old: true, new: false }, "the mark of a key image of image 1"),
        (Change::Note { old: "x".into(), new: "y".into() }, "the note of image 1"),
        (Change::Box { id, old: elsewhere, new: None }, "the box of image 1"),
        (sample::draw(id, 7.0), "the box of image 1"),
        (Change::Box { id: BoxId(9), old: None, new: None }, "cannot be deleted"),
        (sample::measured(MeasurementId(id.0), 1.0), "that of something else"),
        (sample::measured(MeasurementId(9), f64::INFINITY), "not a number"),
        (sample::label(Some(1), true, 3), "no class 3"),
        (Change::Box { id: BoxId(9), old: None, new: Some((8, rect)) }, "no class 8"),
        (Change::Box { id: BoxId(9), old: None, new: Some((0, Rect { xmin: f64::NAN, ..rect })) }, "not a number"),
        (Change::Box { id: BoxId(9), old: None, new: Some((0, Rect { xmin: 99.0, ..rect })) }, "wrong order"),
    ];
    for (change, part) in table {
        let text = refusal(&mut project, change.clone());
        assert!(text.contains(part), "{change:?}: {text}");
    }
    let unknown = project.store.append("ada", ImageId(77), sample::label(None, false, 0), None, None, None);
    assert!(unknown.unwrap_err().to_string().contains("image 77"));
    assert_eq!(project.store.verify_chain().unwrap().events, 2);
    project.say(0, Change::Box { id, old: drawn, new: None });
}

#[test]
fn box_numbers_are_never_used_twice() {
    let mut project = sample::project(2);
    let (first, second) = (project.store.allocate_box_id(), project.store.allocate_box_id());
    project.say(0, sample::draw(second, 1.0));
    project.say(0, sample::draw(first, 2.0));
    let Change::Box { new, .. } = sample::draw(second, 1.0) else { unreachable!() };
    project.say(0, Change::Box { id: second, old: new, new: None });
    assert!(refusal(&mut project, sample::draw(second, 3.0)).contains("that of something else"));
    let taken = project.store.append("ada", project.images[1], sample::draw(first, 3.0), None, None, None);
    assert!(taken.is_err());
    project.store.undo("ada").unwrap().expect("the deletion is undone");
    let mut project = project.reopen();
    assert_eq!(project.store.allocate_box_id(), BoxId(3));
    assert_eq!(project.store.annotation(project.images[0]).unwrap().boxes.len(), 2);
}

#[test]
fn corners_of_any_digits_replay_to_themselves() {
    let mut project = sample::project(1);
    let mut x = 0.1f64;
    for _ in 0..300 {
        // Wanders through numbers that need 17 digits.
        x = (x * 997.123_456_789 + 0.777).rem_euclid(4096.0);
        let id = project.store.allocate_box_id();
        let event = project.say(0, sample::draw(id, x));
        let Change::Box { new: Some((_, rect)), .. } = event.change else { unreachable!() };
        assert!((rect.xmin - x).abs() < 1e-9);
        project
            .say(0, Change::Box { id, old: Some((1, rect)), new: Some((0, Rect { ymin: rect.ymin / 3.0, ..rect })) });
    }
    assert_eq!(project.store.replay().unwrap(), project.store.annotations().unwrap());
}

#[test]
fn an_import_is_all_or_nothing() {
    let mut project = sample::project(3);
    let mut labels: Vec<_> = project.images.iter().map(|image| (*image, sample::imported(0))).collect();
    labels.push((project.images[0], sample::imported(1)));
    assert!(project.store.append_many("import", &labels).is_err());
    assert_eq!(project.store.annotations().unwrap(), HashMap::new());
    labels.pop();
    assert_eq!(project.store.append_many("import", &labels).unwrap().len(), 3);
    assert_eq!(project.store.verify_chain().unwrap().events, 3);
}

#[test]
fn the_log_cannot_be_changed_through_sql() {
    let mut project = sample::project(1);
    project.say(0, sample::label(None, false, 1));
    for statement in [
        "UPDATE events SET reader = 'eve'",
        "DELETE FROM events",
        "INSERT OR REPLACE INTO events SELECT id, 0, 'eve', image, change, shown, display, undoes, previous_hash, hash
         FROM events",
        "DELETE FROM images",
    ] {
        let refused = project.store.db.execute(statement, []);
        assert!(refused.is_err(), "{statement}");
    }
    project.store.verify_chain().unwrap();
}

#[test]
fn tampering_past_the_triggers_is_found_at_the_first_event_touched() {
    // (what is done to a log of five events, the event named)
    let table = [
        ("UPDATE events SET reader = 'eve' WHERE id = 2", 2),
        ("UPDATE events SET change = replace(change, '\"new\":1', '\"new\":0') WHERE id = 3", 3),
        ("UPDATE events SET time_ms = time_ms - 1 WHERE id = 1", 1),
        ("UPDATE events SET shown = '' WHERE id = 4", 4),
        ("DELETE FROM events WHERE id = 3", 3),
        ("DELETE FROM events WHERE id = 5", 5),
        ("DELETE FROM events", 1),
        ("UPDATE events SET hash = previous_hash WHERE id = 4", 4),
    ];
    for (statement, named) in table {
        let mut project = sample::project(5);
        for image in 0..5 {
            project.say(image, sample::label(None, false, 1));
        }
        let path = project.path.clone();
        drop(project.store);
        let by_hand = Connection::open(path.join("project.db")).unwrap();
        by_hand.execute_batch("DROP TRIGGER events_keep; DROP TRIGGER events_stay").unwrap();
        assert!(by_hand.execute(statement, []).unwrap() > 0, "{statement}");
        by_hand.close().unwrap();
        let store = Store::open(&path, crate::store::Access::ReadOnly).unwrap();
        match store.verify_chain() {
            Err(StoreError::ChainBroken { event, .. }) => assert_eq!(event, EventId(named), "{statement}"),
            other => panic!("{statement}: {other:?}"),
        }
    }
}
