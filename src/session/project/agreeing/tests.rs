//! Readers compared over a project on disk.

use super::*;
use crate::domain::{Change, Findings, Rect};
use crate::session::project::core::Core;
use crate::session::protocol::command::{Edit, ProjectCommand};
use crate::session::protocol::view::DataState;
use crate::session::test_project::{annotate, send, small};

fn word(label: Option<usize>, boxes: Vec<(usize, Rect)>) -> Change {
    Change::Reading {
        label,
        findings: Findings::default(),
        boxes,
        nothing_found: false,
        in_force: false,
        again: false,
        seeing: Seeing::InForce,
    }
}

fn compared(core: &Core) -> Agreement {
    super::of(&core.store, WhichReadings::Last, None, &|_, _| true).unwrap().unwrap()
}

#[test]
fn readers_are_compared_by_what_each_said_last_and_what_could_be_seen_is_counted() {
    let project = small(40);
    let mut core = project.open();
    // Ada reads all, and every fourth another way than it is; Ben reads the first twenty as they are.
    for (at, image) in project.ids.iter().enumerate() {
        let ada = word(Some((at + usize::from(at % 4 == 0)) % 2), Vec::new());
        core.store.append("import:Ada", *image, ada, None, None, None).unwrap();
        if at < 20 {
            core.store.append("import:Ben", *image, word(Some(at % 2), Vec::new()), None, None, None).unwrap();
        }
    }
    let found = compared(&core);
    let people: Vec<_> = found.readers.iter().map(|one| (one.name.as_str(), one.imported, one.images)).collect();
    assert_eq!(people, [("Ada", true, 40), ("Ben", true, 20)]);
    let [asked] = &found.asked[..] else { panic!("{found:?}") };
    assert_eq!(
        (asked.finding, asked.shared, &asked.answers[..]),
        (None, 20, &["dark".to_owned(), "bright".to_owned()][..])
    );
    let [pair] = &asked.pairs[..] else { panic!("{found:?}") };
    assert_eq!((pair.agreement.images, pair.agreement.same, pair.seen.not_known), (20, 15, 20));
    assert_eq!(pair.cells.iter().flatten().map(Vec::len).collect::<Vec<_>>(), [5, 0, 5, 10]);
    assert_eq!(pair.cells[1][0].first(), Some(&project.ids[0]));
    assert_eq!(asked.all[0].estimate.value, Some(0.75));
    // Of images that Ada alone has read it is known how often classes are said: 10 / 10 of those both read, and 10 / 10.
    let grades = [0.0, 1.0];
    let table: Vec<Vec<Option<usize>>> =
        (0..40).map(|at| vec![Some((at + usize::from(at % 4 == 0)) % 2), (at < 20).then_some(at % 2)]).collect();
    let fleiss = Ratings::new(&table, &grades, Likeness::Same).coefficient(Coefficient::Fleiss, &[1.0; 40]);
    assert_eq!(asked.all[1].estimate.value, fleiss);
    let both = Ratings::new(&table[..20], &grades, Likeness::Same).coefficient(Coefficient::Fleiss, &[1.0; 20]);
    assert_ne!(fleiss, both, "or this would show nothing");
    assert!(found.boxes.is_empty());

    // A person here reads two of them, one as Ada and then as Ben, whose word of before was on screen.
    send(&mut core, ProjectCommand::SetReader("Cem".into())).unwrap();
    for (image, label) in [(0, 1), (0, 0), (1, 1)] {
        let edit = Edit::Label(Some(label));
        send(&mut core, annotate(project.ids[image], edit)).unwrap();
    }
    let found = compared(&core);
    let cem = found.readers.iter().position(|one| one.name == "Cem").unwrap();
    assert_eq!((found.readers[cem].imported, found.readers[cem].images), (false, 2));
    let with = |other: usize| found.asked[0].pairs.iter().find(|pair| pair.readers == [other, cem]).unwrap();
    assert_eq!((with(0).agreement.same, with(1).agreement.same, with(0).seen.could_see), (1, 2, 2));
    assert_eq!(found.asked[0].shared, 20);
    let test = super::of(&core.store, WhichReadings::Last, Some(Split::Test), &|_, _| true).unwrap().unwrap();
    assert!(test.asked[0].shared < 20 && test.asked[0].shared > 0);
    assert_eq!(super::of(&core.store, WhichReadings::Last, None, &|_, _| false).unwrap(), None);
}

#[test]
fn boxes_are_compared_where_both_looked_for_some() {
    let project = small(10);
    let core = &mut project.open();
    let at = |x: f64| Rect { xmin: x, ymin: 0.0, xmax: x + 10.0, ymax: 10.0 };
    let mut say = |reader: &str, image: usize, boxes: &[(usize, f64)], nothing_found| {
        let boxes = boxes.iter().map(|(class, x)| (*class, at(*x))).collect();
        let said = Change::Reading {
            label: None,
            findings: Findings::default(),
            boxes,
            nothing_found,
            in_force: false,
            again: false,
            seeing: Seeing::InForce,
        };
        core.store.append(reader, project.ids[image], said, None, None, None).unwrap();
    };
    say("import:Ada", 0, &[(0, 0.0), (1, 15.0)], false);
    say("import:Ben", 0, &[(0, 1.0)], false);
    say("import:Ada", 1, &[(0, 0.0)], false);
    say("import:Ben", 1, &[(0, 0.0)], false);
    say("import:Ada", 2, &[], true);
    say("import:Ben", 2, &[(1, 3.0)], false);
    // Of the fourth Ben says a class alone, which tells of no boxes.
    say("import:Ada", 3, &[(0, 0.0)], false);
    core.store.append("import:Ben", project.ids[3], word(Some(0), Vec::new()), None, None, None).unwrap();
    let found = compared(core);
    let [pair] = &found.boxes[..] else { panic!("{found:?}") };
    assert_eq!((pair.all.images, pair.all.both, pair.all.only), (3, 2, [1, 1]));
    assert_eq!(pair.images, [vec![project.ids[1]], vec![project.ids[0], project.ids[2]]]);
    let by_class: Vec<_> = pair.by_class.iter().map(|(class, of)| (*class, of.both, of.only)).collect();
    assert_eq!(by_class, [(0, 2, [0, 0]), (1, 0, [1, 1])]);
    assert!(found.asked.is_empty(), "nobody but Ben said a class");
}

#[test]
fn the_window_is_told_and_told_again_once_more_is_said() {
    let project = small(10);
    let mut core = project.open();
    for reader in ["import:Ada", "import:Ben"] {
        core.store.append(reader, project.ids[0], word(Some(0), Vec::new()), None, None, None).unwrap();
    }
    send(&mut core, ProjectCommand::CompareReaders(WhichReadings::Last)).unwrap();
    assert_eq!(core.view.data.readers_state, DataState::Done);
    assert_eq!(core.view.data.readers.as_ref().unwrap().readers.len(), 2);
    send(&mut core, annotate(project.ids[0], Edit::Label(Some(1)))).unwrap();
    assert_eq!(core.view.data.readers_state, DataState::Wanted);
    send(&mut core, ProjectCommand::CompareReaders(WhichReadings::Last)).unwrap();
    assert_eq!(core.view.data.readers.as_ref().unwrap().readers.len(), 3);
}
