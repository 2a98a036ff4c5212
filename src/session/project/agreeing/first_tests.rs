//! First readings alone, over a project on disk.

use super::*;
use crate::domain::{AdjudicationRule, Change, DisplayState, Findings, ReadingMode};
use crate::session::project::core::Core;
use crate::session::protocol::command::{Edit, ProjectCommand};
use crate::session::test_project::{annotate, send, small};

/// Each reader's class of an image, by name.
fn said(core: &Core, which: WhichReadings, image: ImageId) -> (Vec<(String, Option<usize>)>, usize) {
    let material = gather(&core.store, which, None, &|_, _| true).unwrap().unwrap();
    let of = material.shared.iter().find(|one| one.image == image);
    let name = |reader: &usize| material.readers[*reader].name.clone();
    let mut words: Vec<_> =
        of.iter().flat_map(|of| of.words.iter().map(|(reader, word)| (name(reader), word.label))).collect();
    words.sort();
    (words, material.late)
}

fn reads(core: &mut Core, reader: &str, mode: ReadingMode) {
    send(core, ProjectCommand::SetReader(reader.into())).unwrap();
    send(core, ProjectCommand::SetReadingMode { mode, everyone: false }).unwrap();
}

fn word(label: usize, seeing: Seeing) -> Change {
    let (findings, boxes) = (Findings::default(), Vec::new());
    Change::Reading { label: Some(label), findings, boxes, nothing_found: false, in_force: false, seeing, again: false }
}

#[test]
fn a_first_reading_ends_with_its_commit_with_going_on_and_with_an_adjudication() {
    let project = small(10);
    let core = &mut project.open();
    let label = |core: &mut Core, at: usize, class| {
        send(core, annotate(project.ids[at], Edit::Label(Some(class)))).unwrap();
    };
    reads(core, "ann", ReadingMode::Reveal);
    label(core, 0, 0);
    label(core, 0, 1);
    let commit = ProjectCommand::CommitReading { image: project.ids[0], display: DisplayState::default() };
    send(core, commit).unwrap();
    label(core, 0, 0);
    reads(core, "ben", ReadingMode::Assisted);
    for (at, class) in [(0, 1), (1, 0), (0, 0), (1, 1)] {
        label(core, at, class);
    }
    let names = |of: &[(&str, usize)]| of.iter().map(|(name, at)| ((*name).to_owned(), Some(*at))).collect::<Vec<_>>();
    let first = |core: &Core, at: usize| said(core, WhichReadings::First, project.ids[at]).0;
    let last = |core: &Core, at: usize| said(core, WhichReadings::Last, project.ids[at]).0;
    assert_eq!((first(core, 0), last(core, 0)), (names(&[("ann", 1), ("ben", 1)]), names(&[("ann", 0), ("ben", 0)])));
    assert_eq!((first(core, 1), last(core, 1)), (names(&[("ben", 0)]), names(&[("ben", 1)])));

    // What is said first after an adjudication is no first reading; what was said before it stays one.
    let old = Change::Label { old: Some(1), new: Some(0), old_reviewed: true, new_reviewed: true, accepted: false };
    let (rule, readers) = (AdjudicationRule::All, vec!["ann".to_owned(), "ben".to_owned()]);
    let adjudicated = Change::Adjudicated { rule, readers, weights: Vec::new(), id: None, changes: vec![old] };
    core.store.append("ann", project.ids[1], adjudicated, None, None, None).unwrap();
    core.store.append("ben", project.ids[1], label_of(0, 1), None, None, None).unwrap();
    core.store.append("cem", project.ids[1], label_of(1, 0), None, None, None).unwrap();
    assert_eq!(first(core, 1), names(&[("ben", 0)]));
    assert_eq!(said(core, WhichReadings::First, project.ids[1]).1, 1);
    assert_eq!(last(core, 1), names(&[("ben", 1), ("cem", 0)]));
}

fn label_of(old: usize, new: usize) -> Change {
    Change::Label { old: Some(old), new: Some(new), old_reviewed: true, new_reviewed: true, accepted: false }
}

#[test]
fn of_readers_from_elsewhere_the_first_reading_counts_that_was_not_revealed() {
    let project = small(4);
    let core = &mut project.open();
    let mut say = |reader: &str, at: usize, change| {
        core.store.append(reader, project.ids[at], change, None, None, None).unwrap();
    };
    say("import:Dan", 0, word(1, Seeing::Nothing));
    say("import:Dan", 0, word(0, Seeing::Revealed));
    say("import:Eva", 0, word(0, Seeing::Revealed));
    let (first, late) = said(core, WhichReadings::First, project.ids[0]);
    assert_eq!((first, late), (vec![("Dan".to_owned(), Some(1))], 1));
    let of = |which| super::of(&core.store, which, None, &|_, _| true).unwrap().unwrap();
    assert_eq!((of(WhichReadings::First).which, of(WhichReadings::Last).asked[0].shared), (WhichReadings::First, 1));
    assert!(of(WhichReadings::First).asked.is_empty());
}
