//! Boxes weighed by their readers.

use super::super::*;
use super::*;
use crate::domain::change::Seeing;
use crate::domain::{EventId, ReadingMode};
use crate::session::importing::readings::Logged;
use crate::session::protocol::command::{Edit, ProjectCommand};
use crate::session::test_project::{annotate, send, small};

fn rect(x: f64) -> Rect {
    Rect { xmin: x, ymin: 0.0, xmax: x + 10.0, ymax: 10.0 }
}

fn word(xs: &[f64]) -> Word {
    Word {
        label: None,
        findings: Findings::default(),
        boxes: xs.iter().map(|x| (0, rect(*x))).collect(),
        nothing_found: xs.is_empty(),
        said_ms: 0,
        logged: Logged { event: EventId(1), time_ms: 0, imported: false },
        seeing: Seeing::Nothing,
    }
}

/// The readers' boxes of image `at`: all draw what is there, Ann where it is, Ben a little beside; Cleo misses it in every third
/// image, and draws another in four of five.
fn of_image(at: usize) -> [Vec<f64>; 3] {
    let there = if at.is_multiple_of(3) { Vec::new() } else { vec![103.0] };
    let also = if at.is_multiple_of(5) { Vec::new() } else { vec![300.0] };
    [vec![100.0], vec![101.0], [there, also].concat()]
}

fn spoken(images: usize) -> Vec<Vec<(String, Word)>> {
    let named = |at: usize| {
        let words = ["ann", "ben", "cleo"].into_iter().zip(of_image(at));
        words.map(|(reader, xs)| (reader.to_owned(), word(&xs))).collect()
    };
    (0..images).map(named).collect()
}

#[test]
fn whom_the_others_bear_out_counts_more_than_who_draws_alone() {
    let found = fuse(&spoken(30)).unwrap();
    let [ann, ben, cleo] = &found.readers[..] else { panic!("{:?}", found.readers) };
    assert!(ann.weight > 0.99 && ben.weight > 0.99, "{ann:?} {ben:?}");
    // 20 of Cleo's 44 boxes are borne out.
    assert!((cleo.weight - 20.0 / 44.0).abs() < 0.01, "{cleo:?}");
    assert!((cleo.sensitivity - 20.0 / 30.0).abs() < 0.01 && cleo.specificity <= 0.02, "{cleo:?}");
    let boxes: Vec<_> = found.boxes.iter().map(|one| one.clone().unwrap()).collect();
    assert!(boxes.iter().all(|one| one.len() == 1), "one thing on each, and Cleo's alone is none: {boxes:?}");
    let expected =
        (100.0 * ann.weight + 101.0 * ben.weight + 103.0 * cleo.weight) / (ann.weight + ben.weight + cleo.weight);
    assert!((boxes[1][0].1.xmin - expected).abs() < 1e-9, "{boxes:?}");
    assert!((boxes[0][0].1.xmin - 100.5).abs() < 0.01, "of two who count alike it is the middle");
}

/// A reader's word on an image where everybody draws at the same place or nowhere: 1 drew, 0 looked and drew nothing, - did not look.
fn at_one_place(rows: &str) -> Vec<Vec<(String, Word)>> {
    let one = |(reader, sign)| match sign {
        '1' => Some((reader, word(&[100.0]))),
        '0' => Some((reader, word(&[]))),
        _ => None,
    };
    let of =
        |row: &str| ["a", "b", "c", "d", "e"].map(str::to_owned).into_iter().zip(row.chars()).filter_map(one).collect();
    rows.split_whitespace().map(of).collect()
}

#[test]
fn a_place_is_a_finding_from_a_probability_of_a_half_on() {
    // The second example of tests/reference/staple.py: places 17, 6 and 27 have 0.4913, 0.5981 and 0.6122.
    let rows = "11101 00101 1-111 00011 10101 111-1 01011 11111 -1111 11101 11111 01111 00011 11111 10111 11111 \
                11111 01-01 10111 10111 11101 11011 001-1 00101 11101 -0111 11111 1000- 11101 11011 00101 00101";
    let found = fuse(&at_one_place(rows)).unwrap();
    let counts = [17, 6, 27].map(|at| found.boxes[at].as_ref().map(Vec::len));
    assert_eq!(counts, [Some(0), Some(1), Some(1)]);
}

#[test]
fn twenty_places_are_enough() {
    // Of the first eleven images 19, and one more of the sixth.
    let mut images = spoken(11);
    assert!(fuse(&images).err().unwrap().contains("there are 19"));
    images.push(spoken(6).remove(5));
    assert!(fuse(&images).is_ok());
}

#[test]
fn too_little_to_estimate_by_is_said() {
    let why = |images: &[Vec<(String, Word)>]| fuse(images).err().unwrap();
    assert!(
        why(&spoken(10))
            .contains("20 places with a box on the images of each reader, and on those of ann there are 18")
    );
    let mut two = spoken(30);
    two.iter_mut().for_each(|said| said.truncate(2));
    assert!(why(&two).contains("needs 3 readers who looked for boxes, and there are 2"));
    let mut one_came_late = spoken(30);
    one_came_late[3].push(("dora".into(), word(&[100.0])));
    assert!(why(&one_came_late).contains("on those of dora there are 2"));
    // Who gave a class alone is nobody who looked for boxes.
    let mut of_class = spoken(30);
    of_class[3].push(("dora".into(), Word { label: Some(0), nothing_found: false, ..word(&[]) }));
    assert!(fuse(&of_class).is_ok());
}

#[test]
fn the_final_label_names_the_rule_its_readers_and_what_each_counted() {
    let project = small(30);
    let mut core = project.open();
    for (place, reader) in ["ann", "ben", "cleo"].into_iter().enumerate() {
        send(&mut core, ProjectCommand::SetReader(reader.into())).unwrap();
        send(&mut core, ProjectCommand::SetReadingMode { mode: ReadingMode::Blind, everyone: false }).unwrap();
        for (at, image) in project.ids.iter().enumerate() {
            for x in &of_image(at)[place] {
                // The pictures are small.
                let rect = Rect { xmin: x / 20.0, ymin: 0.0, xmax: x / 20.0 + 1.0, ymax: 4.0 };
                send(&mut core, annotate(*image, Edit::DrawBox { class: 0, rect })).unwrap();
            }
        }
    }
    send(&mut core, ProjectCommand::SetReader("dora".into())).unwrap();
    send(&mut core, ProjectCommand::PlanAdjudication { rule: AdjudicationRule::Staple, with_students: false }).unwrap();
    let plan = core.view().data.adjudication.clone().unwrap();
    assert_eq!((plan.rule, plan.instead.clone(), plan.readers.len()), (AdjudicationRule::Staple, None, 3));
    core.adjudicate().unwrap();
    assert!(core.annotations().iter().all(|one| one.boxes.len() == 1));
    send(&mut core, ProjectCommand::Look { image: project.ids[1] }).unwrap();
    let line = core.view().detail.as_ref().unwrap().history[0].what.clone();
    assert!(line.ends_with("adjudicated: majority, boxes by STAPLE (ann 1.00, ben 1.00, cleo 0.45)"), "{line}");
    core.store().verify_chain().unwrap();
    assert_eq!(core.store().annotations().unwrap(), core.store().replay().unwrap());
    let kept = |image| {
        let events = core.store().events(image).unwrap();
        events.into_iter().find_map(|event| match event.change {
            Change::Adjudicated { weights, .. } => Some(weights.into_iter().map(|one| one.reader).collect::<Vec<_>>()),
            _ => None,
        })
    };
    assert_eq!(kept(project.ids[5]).unwrap(), ["ann", "ben", "cleo"]);
    assert_eq!(kept(project.ids[0]).unwrap(), ["ann", "ben"], "Cleo said nothing of it");
    // One word more weighs all readers a little differently, and moves no box that nobody spoke of.
    send(&mut core, ProjectCommand::SetReader("ann".into())).unwrap();
    let rect = Rect { xmin: 15.0, ymin: 0.0, xmax: 16.0, ymax: 4.0 };
    send(&mut core, annotate(project.ids[4], Edit::DrawBox { class: 0, rect })).unwrap();
    send(&mut core, ProjectCommand::SetReader("dora".into())).unwrap();
    send(&mut core, ProjectCommand::PlanAdjudication { rule: AdjudicationRule::Staple, with_students: false }).unwrap();
    let again = core.view().data.adjudication.clone().unwrap();
    assert_ne!(again.readers, plan.readers);
    assert!(again.decided.iter().all(|one| one.image == project.ids[4]), "{:?}", again.decided);
    // With two readers it is by majority, and says so.
    drop(core);
    let project = small(12);
    let mut core = project.open();
    for reader in ["ann", "ben"] {
        send(&mut core, ProjectCommand::SetReader(reader.into())).unwrap();
        send(&mut core, ProjectCommand::SetReadingMode { mode: ReadingMode::Blind, everyone: false }).unwrap();
        let rect = Rect { xmin: 1.0, ymin: 1.0, xmax: 9.0, ymax: 9.0 };
        send(&mut core, annotate(project.ids[0], Edit::DrawBox { class: 0, rect })).unwrap();
    }
    send(&mut core, ProjectCommand::SetReader("dora".into())).unwrap();
    send(&mut core, ProjectCommand::PlanAdjudication { rule: AdjudicationRule::Staple, with_students: false }).unwrap();
    let plan = core.view().data.adjudication.clone().unwrap();
    assert_eq!((plan.rule, plan.decided.len()), (AdjudicationRule::Majority, 1));
    assert!(plan.instead.as_ref().unwrap().contains("there are 2"));
}
