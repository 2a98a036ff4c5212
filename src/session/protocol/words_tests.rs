//! What changes, readings and steps are called.

use super::*;
use crate::domain::change::Seeing;
use crate::domain::{BoxId, Rect};

#[test]
fn findings_read_as_sentences() {
    use Presence::{Absent, Present, Uncertain};
    let classes = ClassList::of_findings(&["Effusion", "Mass", "Nodule"]).unwrap();
    let of = |said: &[(usize, Presence)]| said.iter().copied().collect::<Findings>();
    let none = of(&[(0, Absent), (1, Absent), (2, Absent)]);
    let (some, unsure) = (of(&[(0, Present), (2, Absent)]), of(&[(0, Present), (1, Uncertain)]));
    let made = |old: &Findings, new: &Findings, new_reviewed, accepted| {
        let (old, new) = (old.clone(), new.clone());
        Change::Findings { old, new, old_reviewed: false, new_reviewed, accepted }
    };
    for (made, words) in [
        (made(&Findings::default(), &some, true, false), "Effusion present, Nodule absent"),
        (made(&some, &unsure, true, false), "Mass uncertain, Nodule not assessed"),
        (made(&some, &none, true, false), "no finding"),
        (made(&some, &unsure, true, true), "accepted Effusion, perhaps Mass"),
        (made(&unsure, &unsure, true, false), "confirmed Effusion, perhaps Mass"),
        (made(&some, &some, false, false), "not reviewed any more"),
    ] {
        assert_eq!(change(&made, &classes), words);
    }
    let set = made(&none, &some, true, false);
    let step = |back, change: Change| stepped(back, &[("test/a.png".to_owned(), change)], &classes);
    assert_eq!(step(true, set.inverse()), "Undid: findings of a.png, back to no finding");
    assert_eq!(step(false, set), "Redid: findings of a.png, now Effusion present, Mass not assessed");
    assert_eq!(findings(&of(&[(1, Absent)]), &classes), "no Mass");
    assert_eq!(findings(&of(&[(1, Absent), (2, Absent)]), &classes), "no Mass, no Nodule");
}

#[test]
fn marks_that_are_set_are_said_by_their_names_alone() {
    let pairs = [("difficult", "1"), ("occluded", "True"), ("pose", "Left"), ("grade", "2")];
    let said = marks(&pairs.map(|(name, value)| (name.to_owned(), value.to_owned())).into());
    assert_eq!(said, "difficult, grade 2, occluded, pose Left");
}

#[test]
fn changes_read_as_sentences() {
    let classes = ClassList::from_names(&["Fractured", "Non_fractured"], false).unwrap();
    let rect = Rect { xmin: 0.0, ymin: 0.0, xmax: 1.0, ymax: 1.0 };
    let relabel = |old, new, accepted| Change::Label { old, new, old_reviewed: false, new_reviewed: true, accepted };
    let cases = [
        (relabel(Some(1), Some(0), false), "Non_fractured -> Fractured"),
        (relabel(Some(0), Some(0), false), "confirmed Fractured"),
        (relabel(Some(1), Some(0), true), "accepted Fractured"),
        (relabel(Some(1), None, false), "Non_fractured -> none"),
        (relabel(None, None, true), "reviewed"),
        (relabel(None, None, false).inverse(), "not reviewed any more"),
        (Change::Box { id: BoxId(1), old: None, new: Some((0, rect)) }, "box Fractured"),
        (Change::Box { id: BoxId(1), old: Some((0, rect)), new: None }, "box deleted"),
        (Change::Flag { old: false, new: true }, "flagged"),
        (Change::KeyImage { old: false, new: true }, "marked as a key image"),
        (Change::KeyImage { old: true, new: false }, "no key image any more"),
        (
            Change::Reading {
                label: Some(1),
                findings: Findings::default(),
                boxes: vec![(0, rect)],
                nothing_found: false,
                in_force: false,
                again: false,
                seeing: Seeing::InForce,
            },
            "read as Non_fractured, 1 box (not in force)",
        ),
        (
            Change::Reading {
                label: None,
                findings: Findings::default(),
                boxes: vec![],
                nothing_found: true,
                in_force: true,
                again: false,
                seeing: Seeing::InForce,
            },
            "read as nothing found",
        ),
    ];
    for (done, expected) in cases {
        assert_eq!(change(&done, &classes), expected);
    }
    assert_eq!(undo(&Change::Flag { old: false, new: true }, "a/b/IMG1.jpg"), "flag of IMG1.jpg");
}

#[test]
fn undo_and_redo_say_what_they_did() {
    let classes = ClassList::from_names(&["0", "1", "2"], true).unwrap();
    let rect = Rect { xmin: 0.0, ymin: 0.0, xmax: 1.0, ymax: 1.0 };
    let label = |old, new| Change::Label { old, new, old_reviewed: false, new_reviewed: true, accepted: false };
    let of = |image: &str, change: &Change| (format!("test/{image}"), change.clone());
    let cases = [
        (label(Some(1), Some(2)), "label 2 of a.png, back to 1", "label 2 of a.png, it was 1"),
        (label(None, Some(2)), "label 2 of a.png, it has none again", "label 2 of a.png, it had none"),
        (label(Some(1), None), "taking the label of a.png away, it is 1 again", "taking the label of a.png away"),
        (label(Some(1), Some(1)), "review of a.png, label 1", "review of a.png, label 1"),
        (Change::Flag { old: false, new: true }, "flag of a.png", "flag of a.png"),
        (Change::Box { id: BoxId(1), old: None, new: Some((1, rect)) }, "box 1 of a.png", "box 1 of a.png"),
        (
            Change::Box { id: BoxId(1), old: Some((1, rect)), new: None },
            "deleting a box 1 of a.png",
            "deleting a box 1 of a.png",
        ),
    ];
    for (done, undone, redone) in cases {
        assert_eq!(stepped(true, &[of("a.png", &done.inverse())], &classes), format!("Undid: {undone}"));
        assert_eq!(stepped(false, &[of("a.png", &done)], &classes), format!("Redid: {redone}"));
    }
    let boxes: Vec<_> = (0..7)
        .map(|id| of("a.png", &Change::Box { id: BoxId(id), old: Some((1, rect)), new: None }))
        .chain([of("a.png", &label(None, None))])
        .collect();
    assert_eq!(stepped(true, &boxes, &classes), "Undid: 7 boxes and the review of a.png");
    let many = ["a.png", "b.png"].map(|image| of(image, &Change::Flag { old: true, new: false }));
    assert_eq!(stepped(true, &many, &classes), "Undid: flag of 2 images");
    let left_out: Vec<_> = many.into_iter().chain([of("a.png", &label(None, Some(1)))]).collect();
    let said = stepped(true, &left_out, &classes);
    assert_eq!(said, "Undid: leaving out 2 images; their labels and boxes are back");
    let labelled = ["a.png", "b.png"].map(|image| of(image, &label(Some(1), Some(0))));
    assert_eq!(stepped(true, &labelled, &classes), "Undid: label 1 of 2 images");
    assert_eq!(stepped(false, &labelled, &classes), "Redid: label 0 of 2 images");
}

#[test]
fn the_history_says_what_changed() {
    let classes = ClassList::from_names(&["0", "1"], false).unwrap();
    let note = |old: &str, new: &str| Change::Note { old: old.into(), new: new.into() };
    assert_eq!(change(&note("", "cortex\nlateral"), &classes), "note \u{201c}cortex lateral\u{201d}");
    assert_eq!(change(&note("a", "b"), &classes), "note \u{201c}a\u{201d} -> \u{201c}b\u{201d}");
    assert!(change(&note("", &"x".repeat(200)), &classes).chars().count() < 100);
    let rect = Rect { xmin: 10.0, ymin: 20.0, xmax: 40.4, ymax: 60.0 };
    let moved = Change::Box { id: BoxId(1), old: Some((1, rect)), new: Some((1, Rect { xmin: 12.0, ..rect })) };
    assert_eq!(change(&moved, &classes), "box 1 moved: 10, 20 (30 x 40) -> 12, 20 (28 x 40)");
}

#[test]
fn instants_get_shorter_the_nearer_they_are() {
    let now: Zoned = "2026-01-20T12:00:00[UTC]".parse().unwrap();
    let at = |text: &str| text.parse::<Zoned>().unwrap().timestamp().as_millisecond();
    assert_eq!(day_and_time(at("2026-01-20T10:42:00[UTC]"), &now), "today 10:42");
    assert_eq!(day_and_time(at("2026-01-19T23:59:00[UTC]"), &now), "yesterday 23:59");
    assert_eq!(day_and_time(at("2026-01-03T08:05:00[UTC]"), &now), "3 Jan 08:05");
    assert_eq!(instant(at("2025-11-03T08:05:00[UTC]"), &now), "3 Nov 2025");
}
