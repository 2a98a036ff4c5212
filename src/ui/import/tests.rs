//! What the import dialog makes of what a person sets.

use super::settings::example;
use super::state::State;
use crate::session::{Command, FoundClass, ImportSource, ImportState, ImportSummary, ImportView, View};
use std::sync::Arc;

fn summary() -> ImportSummary {
    let class = |name: &str, images| FoundClass { name: name.into(), images, boxes: 0 };
    ImportSummary {
        images: 10,
        classes: vec![class("Normal", 6), class("normal2", 2), class("Broken", 2)],
        names: vec!["p1/a.png".into(), "p1/b.png".into(), "p2/a.png".into(), "x.png".into()],
        project: "/data/x.overread".into(),
        ..ImportSummary::default()
    }
}

fn view(path: &str, summary: &ImportSummary) -> ImportView {
    ImportView {
        source: ImportSource::at(path),
        formats: Vec::new(),
        format: None,
        table: None,
        state: ImportState::Ready(Arc::new(summary.clone())),
        merge: None,
        adding: None,
    }
}

#[test]
fn renaming_two_classes_alike_makes_one_of_them() {
    let (mut state, summary) = (State::default(), summary());
    let import = view("/data/x", &summary);
    state.follow(&import, Some(&summary), false);
    assert_eq!(state.problem(&import, &summary), None);
    state.renamed[1].1 = "Normal ".into();
    let Command::CreateProject(new) = state.command(&View::default()) else { panic!("not a new project") };
    assert_eq!(new.classes, ["Normal", "Broken"]);
    assert_eq!(new.class_map, [("normal2".to_owned(), "Normal".to_owned())]);
}

#[test]
fn what_cannot_work_is_said_before_it_is_tried() {
    let mut state = State::default();
    let unlabelled = ImportSummary { classes: vec![], ..summary() };
    let import = view("/data/y", &unlabelled);
    state.follow(&import, Some(&unlabelled), false);
    let problem = |state: &State, summary| state.problem(&import, summary);
    assert!(problem(&state, &unlabelled).is_some_and(|p| p.contains("two classes")));
    state.typed = "a, A".into();
    assert!(problem(&state, &unlabelled).is_some_and(|p| p.contains("twice")));
    state.typed = "a\nb".into();
    assert_eq!(problem(&state, &unlabelled), None);
    state.typed = "fracture".into();
    let boxes = ImportSummary { boxes: 3, ..unlabelled.clone() };
    assert_eq!(problem(&state, &boxes), None, "one class of boxes is enough");
    state.group = "(".into();
    assert!(problem(&state, &unlabelled).is_some_and(|p| p.contains("regular expression")));
    let empty = ImportSummary { images: 0, ..summary() };
    assert!(problem(&state, &empty).is_some_and(|p| p.contains("no readable image")));
}

#[test]
fn reading_the_same_source_again_keeps_what_was_set() {
    let (mut state, summary) = (State::default(), summary());
    state.follow(&view("/data/x", &summary), Some(&summary), false);
    state.project = "/else/where.overread".into();
    state.exclude = " a*, ,b ".into();
    let again = ImportView { source: state.source(), ..view("/data/x", &summary) };
    assert_eq!(again.source.exclude, ["a*", "b"]);
    state.follow(&again, Some(&summary), false);
    assert_eq!(state.project, "/else/where.overread");
    state.follow(&view("/data/other", &summary), Some(&summary), false);
    assert_eq!(state.project, "/data/x.overread", "another source starts anew");
}

#[test]
fn a_pattern_is_tried_on_the_names_there_are() {
    let summary = summary();
    assert!(example("", &summary).contains("Optional"));
    assert_eq!(example(r"p(\d)", &summary), "p1/a.png is of 1. 2 groups in the first 4 names; 1 in none.");
    assert!(example("z", &summary).contains("matches none"));
    assert!(example("(", &summary).contains("brackets"));
}
