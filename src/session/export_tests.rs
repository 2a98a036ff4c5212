//! Who said what of an image when it is handed out, and that a job does it.

use super::*;
use crate::domain::{Measure, Measurement, Rect};
use crate::session::command::{Command, Edit};
use crate::session::test_project::{Small, annotate, send, small};

fn said(core: &Core, project: &Small, every_reader: bool) -> Vec<(Option<String>, Option<String>, usize)> {
    let request = ExportRequest { every_reader, ..ExportRequest::table(project.dir.path().join("x")) };
    let first = core.outgoing(&request).unwrap().remove(0);
    first.image.said.into_iter().map(|said| (said.reader, said.label, said.boxes.len())).collect()
}

fn by(reader: &str, label: Option<&str>, boxes: usize) -> (Option<String>, Option<String>, usize) {
    (Some(reader.to_owned()), label.map(str::to_owned), boxes)
}

fn imported() -> (Option<String>, Option<String>, usize) {
    (None, Some("dark".to_owned()), 0)
}

fn box_at(x: f64) -> Edit {
    Edit::DrawBox { class: 1, rect: Rect { xmin: x, ymin: 1.0, xmax: x + 5.0, ymax: 9.0 } }
}

#[test]
fn each_reader_has_a_word_and_the_last_is_in_force() {
    let project = small(2);
    let mut core = project.open();
    assert_eq!(said(&core, &project, false), [imported()]);
    core.set_reader("ada").unwrap();
    send(&mut core, annotate(project.ids[0], Edit::Label(Some(1)))).unwrap();
    core.set_reader("bob").unwrap();
    // Neither is a statement, so that the label stays ada's.
    send(&mut core, annotate(project.ids[0], Edit::Flag(true))).unwrap();
    send(&mut core, annotate(project.ids[0], Edit::Note("look".into()))).unwrap();
    assert_eq!(said(&core, &project, false), [by("ada", Some("bright"), 0)]);
    send(&mut core, annotate(project.ids[0], box_at(1.0))).unwrap();
    send(&mut core, annotate(project.ids[0], box_at(9.0))).unwrap();
    assert_eq!(said(&core, &project, false), [by("ada", Some("bright"), 0), by("bob", None, 2)]);
    // Who draws sees the label.
    let bob = by("bob", Some("bright"), 2);
    assert_eq!(said(&core, &project, true), [imported(), by("ada", Some("bright"), 0), bob]);
}

#[test]
fn what_was_taken_back_was_not_said_and_what_was_redone_was() {
    let project = small(2);
    let mut core = project.open();
    core.set_reader("ada").unwrap();
    send(&mut core, annotate(project.ids[0], Edit::Label(Some(1)))).unwrap();
    send(&mut core, Command::Undo).unwrap();
    assert_eq!(said(&core, &project, false), [imported()]);
    assert_eq!(said(&core, &project, true), [imported()]);
    send(&mut core, Command::Redo).unwrap();
    assert_eq!(said(&core, &project, true), [imported(), by("ada", Some("bright"), 0)]);
    send(&mut core, annotate(project.ids[0], Edit::Label(None))).unwrap();
    assert_eq!(said(&core, &project, false), []);
}

#[test]
fn only_what_changed_since_a_time_is_handed_out() {
    let project = small(4);
    let mut core = project.open();
    core.set_reader("ada").unwrap();
    let imported_ms = core.store().events(project.ids[0]).unwrap()[0].time_ms;
    let at = |since| ExportRequest { since, ..ExportRequest::table(project.dir.path().join("x")) };
    let count = |core: &Core, since| core.outgoing(&at(since)).map(|images| images.len()).unwrap();
    assert_eq!(count(&core, Since::Time(imported_ms)), 4);
    assert_eq!(count(&core, Since::Time(imported_ms + 3_600_000)), 0);
    assert!(core.outgoing(&at(Since::Model(ModelId(7)))).unwrap_err().to_string().contains("no model 7"));
    send(&mut core, annotate(project.ids[1], Edit::Flag(true))).unwrap();
    let flagged_ms = core.store().events(project.ids[1]).unwrap()[1].time_ms;
    let expected = if flagged_ms > imported_ms { 1 } else { 4 };
    assert_eq!(count(&core, Since::Time(flagged_ms)), expected);
}

#[test]
fn a_job_hands_the_project_out_and_a_second_one_is_refused() {
    let project = small(4);
    let mut core = project.open();
    let to = project.dir.path().join("handed out");
    let request = ExportRequest {
        format: ExportFormat::Labels(Format::Folders),
        pictures: Pictures::Copy,
        ..ExportRequest::table(to.clone())
    };
    send(&mut core, Command::Export(request.clone())).unwrap();
    let exported = core.view().exported.clone().unwrap();
    assert_eq!((exported.images, exported.format, &exported.to), (4, "class folders", &to));
    assert!(to.join("train/dark/dark_img0.png").is_file());
    let again = send(&mut core, Command::Export(request.clone())).unwrap_err();
    assert!(again.to_string().contains("not empty"), "{again}");
    assert_eq!(core.view().exported, None, "what an earlier export wrote is still shown");
    let inside = ExportRequest { to: project.project.join("x"), ..request };
    assert!(send(&mut core, Command::Export(inside)).unwrap_err().to_string().contains("own folder"));
}

#[test]
fn the_key_file_is_made_once_and_a_guessable_one_is_refused() {
    let dir = tempfile::tempdir().unwrap();
    let file = dir.path().join("key");
    let wanted = Deidentify { shift_dates: true, key: Some(file.clone()) };
    let first = confidentiality(&wanted).unwrap();
    assert_eq!(confidentiality(&wanted).unwrap(), first);
    let forgotten = Deidentify { shift_dates: true, key: None };
    assert_ne!(confidentiality(&forgotten).unwrap(), confidentiality(&forgotten).unwrap());
    std::fs::write(&file, "short\n").unwrap();
    assert!(confidentiality(&wanted).unwrap_err().to_string().contains("too short"));
}

#[test]
fn that_measurements_and_frames_have_no_place_in_a_format_is_told() {
    let project = small(2);
    let mut core = project.open();
    let request = |core: &Core, name: &str| {
        let request = ExportRequest::table(project.dir.path().join(name));
        core.export(&request, &|_, _| true).unwrap().lost.join(" ")
    };
    assert!(!request(&core, "a.csv").contains("Lengths"));
    let length = Measurement { measure: Measure::Length, points: vec![[1.0, 1.0], [9.0, 9.0]] };
    send(&mut core, annotate(project.ids[0], Edit::Measure(length))).unwrap();
    assert!(request(&core, "b.csv").contains("Lengths and angles are only in the audit log: 1 "));
    let mut images = core.outgoing(&ExportRequest::table(project.dir.path().join("c.csv"))).unwrap();
    assert!(core.lost_in(Format::Csv, &images).len() == 1);
    images[0].image.frame = 3;
    assert!(core.lost_in(Format::Csv, &images).join(" ").contains("FILE#N"));
    assert!(core.lost_in(Format::Yolo, &images).len() == 1);
}
