//! What the import dialog makes of what a person sets.

use super::settings::example;
use super::state::State;
use crate::domain::LeftOut;
use crate::session::fixture::Bench;
use crate::session::{
    Command, DeskCommand, Format, FoundClass, Frame, ImportSource, ImportState, ImportSummary, ImportView, JobView,
    PatientIds, Unannotated, View, VocBase, Workbench as _,
};
use crate::ui::App;
use egui::Role;
use egui::accesskit::Toggled;
use egui_kittest::Harness;
use egui_kittest::kittest::{NodeT as _, Queryable as _};
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
    let Command::Desk(DeskCommand::CreateProject(new)) = state.command(&View::default()) else {
        panic!("not a new project")
    };
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
    assert_eq!(state.project, "/data/x.overread", "another source starts again");
}

#[test]
fn the_dialog_begins_anew_once_it_was_closed() {
    let bench = dialog();
    let mut harness = window(&bench);
    let folder = |harness: &Harness<'_, App>| {
        harness.query_by_role_and_label(Role::TextInput, "Project folder").and_then(|node| node.value())
    };
    let proposed = folder(&harness);
    harness.get_by_role_and_label(Role::TextInput, "Project folder").click();
    harness.run();
    harness.get_by_role_and_label(Role::TextInput, "Project folder").type_text("2");
    harness.run();
    assert!(folder(&harness).is_some_and(|text| Some(&text) != proposed.as_ref()));
    bench.send(Command::Desk(DeskCommand::DismissImport));
    harness.run();
    bench.send(Command::Desk(DeskCommand::ReadSource(ImportSource::at("/data/fracture"))));
    harness.run();
    assert_eq!(folder(&harness), proposed);
}

#[test]
fn what_another_project_does_with_identifiers_is_not_taken_over_unsaid() {
    let summary = ImportSummary { patients: Some(PatientIds::Kept), ..summary() };
    let mut import = view("/data/x", &summary);
    let mut state = State::default();
    state.follow(&import, Some(&summary), true);
    assert!(state.problem(&import, &summary).is_some_and(|problem| problem.contains("PatientID")));
    state.renamed[1].1 = "Normal".into();
    import.source.patients = Some(PatientIds::Kept);
    state.follow(&import, Some(&summary), true);
    assert_eq!(state.problem(&import, &summary), None);
    assert_eq!(state.renamed[1].1, "Normal", "the classes are the same");
}

#[test]
fn classes_that_differ_in_case_or_blanks_stop_nothing() {
    let found = |name: &str| FoundClass { name: name.into(), images: 3, boxes: 0 };
    let classes = ["No injury", "No  Injury", "Injury"].map(found).to_vec();
    let summary = ImportSummary { classes, ..summary() };
    let import = view("/data/x", &summary);
    let mut state = State::default();
    state.follow(&import, Some(&summary), true);
    assert_eq!((state.problem(&import, &summary), state.classes().join("/")), (None, "No injury/Injury".to_owned()));
    state.renamed[1].1 = "Unclear".into();
    assert_eq!(state.classes(), ["No injury", "Unclear", "Injury"]);
}

#[test]
fn a_pattern_is_tried_on_the_names_there_are() {
    let summary = summary();
    assert!(example("", &summary).contains("Optional"));
    assert_eq!(example(r"p(\d)", &summary), "p1/a.png is of 1. 2 groups in the first 4 names; 1 in none.");
    assert!(example("z", &summary).contains("matches none"));
    assert!(example("(", &summary).contains("brackets"));
}

/// The start screen with a folder that was read.
fn dialog() -> Bench {
    let bench = Bench::start_screen();
    bench.send(Command::Desk(DeskCommand::ReadSource(ImportSource::at("/data/fracture"))));
    bench
}

fn window(bench: &Bench) -> Harness<'static, App> {
    let bench = bench.clone();
    let mut harness =
        Harness::builder().with_size([1280.0, 2000.0]).build_eframe(move |cc| App::new(&cc.egui_ctx, Box::new(bench)));
    harness.run();
    harness
}

/// Changes what was read.
fn edit(bench: &Bench, change: impl FnOnce(&mut ImportView)) {
    bench.edit(|view| change(Arc::make_mut(view.import.as_mut().unwrap())));
}

#[test]
fn where_voc_counts_pixels_from_can_be_said() {
    let bench = dialog();
    let mut harness = window(&bench);
    assert!(harness.query_by_role_and_label(Role::RadioButton, "with 1").is_none(), "only VOC needs it");
    edit(&bench, |import| import.format = Some(Format::VOC));
    harness.run();
    bench.take_commands();
    harness.get_by_role_and_label(Role::RadioButton, "with 1").click();
    harness.run();
    let asked =
        ImportSource { format: Some(Format::VOC), voc_base: Some(VocBase::One), ..ImportSource::at("/data/fracture") };
    assert_eq!(bench.take_commands(), [Command::Desk(DeskCommand::ReadSource(asked))]);
}

#[test]
fn what_becomes_of_patients_identifiers_can_be_chosen_where_there_may_be_any() {
    let bench = dialog();
    let mut harness = window(&bench);
    let choice = |harness: &Harness<'_, App>, text: &str| {
        harness.query_by_role_and_label(Role::RadioButton, text).map(|node| node.accesskit_node().toggled())
    };
    assert_eq!(choice(&harness, "Hashed"), None, "no file has a header");
    edit(&bench, |import| {
        let ImportState::Ready(summary) = &mut import.state else { panic!("it was read") };
        Arc::make_mut(summary).patients = Some(PatientIds::Hashed);
    });
    harness.run();
    assert_eq!(choice(&harness, "Hashed"), Some(Some(Toggled::True)));
    assert_eq!(choice(&harness, "Kept as it is"), Some(Some(Toggled::False)));
    bench.take_commands();
    harness.get_by_role_and_label(Role::RadioButton, "Ignored").click();
    harness.run();
    let asked = ImportSource { patients: Some(PatientIds::Ignored), ..ImportSource::at("/data/fracture") };
    assert_eq!(bench.take_commands(), [Command::Desk(DeskCommand::ReadSource(asked))]);
}

#[test]
fn files_left_out_each_for_its_own_reason_are_one_list_and_an_archive_s_images_are_said_to_be_copied() {
    let bench = dialog();
    let left_out = |file: &str, why: &str| LeftOut { file: file.into(), why: why.into() };
    edit(&bench, |import| {
        let ImportState::Ready(summary) = &mut import.state else { panic!("it was read") };
        let summary = Arc::make_mut(summary);
        summary.left_out = ["a", "b"].map(|name| left_out(name, &format!("the same picture as {name}2"))).to_vec();
        summary.left_out.extend(["c", "d"].map(|name| left_out(name, "no annotation names it")));
        let long = "a damaged file whose codestream cannot be decoded: copy it again, ".repeat(5);
        summary.left_out.extend(["e", "f"].map(|name| left_out(name, &long)));
        summary.unpacked = true;
    });
    let mut harness = window(&bench);
    assert!(harness.query_by_label("Left out: 2 · no annotation names it").is_some());
    assert!(harness.query_by_label_contains("same picture").is_none(), "folded");
    let browse = harness.get_by_role_and_label(Role::Button, "Browse…").rect();
    assert!(browse.right() < 1280.0, "a long reason does not push the rest out of the window: {browse}");
    harness.get_by_label("Left out: 2 · each for its own reason").click();
    harness.run();
    harness.run();
    assert!(harness.query_by(|n| n.value().is_some_and(|v| v == "a: the same picture as a2")).is_some());
    let said = |text: &str| harness.query_by(|n| n.value().is_some_and(|v| v.starts_with(text))).is_some();
    assert!(said("The archive stays as it is") && said("A folder for labels, models and the archive's images"));
}

#[test]
fn while_a_project_is_made_the_dialog_says_so_and_offers_it_no_second_time() {
    let bench = dialog();
    let mut harness = window(&bench);
    let shown = |harness: &Harness<'_, App>, button| harness.query_by_role_and_label(Role::Button, button).is_some();
    assert!(shown(&harness, "Create project"));
    let job = |cancellable| JobView {
        id: 7,
        kind: crate::session::JobKind::Import,
        name: "Making the project".into(),
        progress: None,
        seconds_left: None,
        message: String::new(),
        cancellable,
    };
    bench.edit(|view| {
        view.jobs.push(job(false));
        Arc::make_mut(view.import.as_mut().unwrap()).adding = Some(7);
    });
    harness.step();
    assert!(!shown(&harness, "Create project") && !shown(&harness, "Cancel"));
    // In the dialog and in the status bar.
    assert_eq!(harness.query_all_by(|n| n.value().is_some_and(|v| v == "Making the project")).count(), 2);
    bench.edit(|view| view.jobs = vec![job(true)]);
    harness.step();
    assert!(shown(&harness, "Cancel"));
}

#[test]
fn frames_and_images_without_annotation_can_be_chosen_where_there_are_any() {
    let bench = dialog();
    let mut harness = window(&bench);
    let shown = |harness: &Harness<'_, App>, text| harness.query_by_role_and_label(Role::RadioButton, text).is_some();
    assert!(!shown(&harness, "the stored picture") && !shown(&harness, "Nothing to draw"));
    let with_both = || {
        edit(&bench, |import| {
            let ImportState::Ready(summary) = &mut import.state else { panic!("it was read") };
            let summary = Arc::make_mut(summary);
            (summary.turned, summary.unannotated) = (1, 2);
        });
    };
    with_both();
    harness.run();
    bench.take_commands();
    harness.get_by_role_and_label(Role::RadioButton, "the stored picture").click();
    harness.run();
    let source = ImportSource { format: Some(Format::COCO), ..ImportSource::at("/data/fracture") };
    let stored = ImportSource { frame: Some(Frame::Raw), ..source };
    assert_eq!(bench.take_commands(), [Command::Desk(DeskCommand::ReadSource(stored.clone()))]);
    with_both();
    harness.run();
    harness.get_by_role_and_label(Role::RadioButton, "Nothing to draw").click();
    harness.run();
    let asked = ImportSource { unannotated: Unannotated::Negative, ..stored };
    assert_eq!(bench.take_commands(), [Command::Desk(DeskCommand::ReadSource(asked))]);
}

#[test]
fn one_class_or_several_findings_is_preset_by_what_was_read_and_can_be_chosen() {
    let bench = dialog();
    let mut harness = window(&bench);
    let chosen = |harness: &Harness<'_, App>, text: &str| {
        harness.get_by_role_and_label(Role::RadioButton, text).accesskit_node().toggled()
    };
    assert_eq!(chosen(&harness, "One class"), Some(Toggled::True));
    // Where each image was read to have one class, it is read again as findings.
    bench.take_commands();
    harness.get_by_role_and_label(Role::RadioButton, "Several findings").click();
    harness.run();
    let asked = ImportSource { findings: true, ..ImportSource::at("/data/fracture") };
    assert_eq!(bench.take_commands(), [Command::Desk(DeskCommand::ReadSource(asked))]);
    // What says several findings itself is preset so, and another choice needs no reading.
    bench.send(Command::Desk(DeskCommand::DismissImport));
    harness.run();
    bench.send(Command::Desk(DeskCommand::ReadSource(ImportSource::at("/data/nih"))));
    edit(&bench, |import| {
        let ImportState::Ready(summary) = &mut import.state else { panic!("it was read") };
        Arc::make_mut(summary).findings = true;
    });
    harness.run();
    assert_eq!(chosen(&harness, "Several findings"), Some(Toggled::True));
    assert!(harness.query_by_label("The classes are grades in this order").is_none());
    harness.get_by_role_and_label(Role::RadioButton, "One class").click();
    harness.run();
    bench.take_commands();
    harness.get_by_role_and_label(Role::Button, "Create project").click();
    harness.run();
    let made = bench.take_commands().into_iter().find_map(|command| match command {
        Command::Desk(DeskCommand::CreateProject(new)) => Some(new.findings),
        _ => None,
    });
    assert_eq!(made, Some(Some(false)));
}
