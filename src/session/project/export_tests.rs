//! Who said what of an image when it is handed out, and that a job does it.

use super::*;
use crate::domain::{BoxMarks, ImageId, Measure, Measurement, ModelId, Rect};
use crate::interchange::Format;
use crate::session::protocol::command::{Edit, ProjectCommand};
use crate::session::test_project::{Small, add_detector, annotate, send, small};
use std::collections::BTreeMap;

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
    send(&mut core, ProjectCommand::Undo).unwrap();
    assert_eq!(said(&core, &project, false), [imported()]);
    assert_eq!(said(&core, &project, true), [imported()]);
    send(&mut core, ProjectCommand::Redo).unwrap();
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
fn only_what_changed_since_a_model_was_made_is_handed_out() {
    let project = small(4);
    let mut core = project.open();
    core.set_reader("ada").unwrap();
    let time_of = |image: &ImageId| core.store().events(*image).unwrap()[0].time_ms;
    let imported_ms = project.ids.iter().map(time_of).max().unwrap();
    let first = add_detector(&mut core, "first", 0.4, 1);
    let later = add_detector(&mut core, "later", 0.4, imported_ms + 1);
    // The clock goes on before the next change is made.
    while crate::session::protocol::words::now_ms() <= imported_ms {
        std::hint::spin_loop();
    }
    send(&mut core, annotate(project.ids[2], Edit::Label(Some(1)))).unwrap();
    let names = |model| -> Vec<String> {
        let request =
            ExportRequest { since: Since::Model(model), ..ExportRequest::table(project.dir.path().join("x")) };
        core.outgoing(&request).unwrap().into_iter().map(|one| one.image.name).collect()
    };
    assert_eq!(names(first).len(), 4, "all were imported since");
    assert_eq!(names(later), ["dark/img2.png"]);
}

#[test]
fn a_job_hands_the_project_out_and_a_second_one_is_refused() {
    let project = small(4);
    let mut core = project.open();
    let to = project.dir.path().join("handed out");
    let request = ExportRequest {
        format: ExportFormat::Labels(Format::FOLDERS),
        pictures: Pictures::Copy,
        ..ExportRequest::table(to.clone())
    };
    send(&mut core, ProjectCommand::Export(request.clone())).unwrap();
    let exported = core.view().exported.clone().unwrap();
    assert_eq!((exported.images, exported.format, &exported.to), (4, "class folders", &to));
    assert!(to.join("train/dark/dark_img0.png").is_file());
    let again = send(&mut core, ProjectCommand::Export(request.clone())).unwrap_err();
    assert!(again.to_string().contains("not empty"), "{again}");
    assert_eq!(core.view().exported, None, "what an earlier export wrote is still shown");
    let inside = ExportRequest { to: project.project.join("x"), ..request };
    assert!(send(&mut core, ProjectCommand::Export(inside)).unwrap_err().to_string().contains("own folder"));
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
fn what_is_said_of_a_box_goes_with_it_when_it_is_moved() {
    let project = small(2);
    let mut core = project.open();
    send(&mut core, annotate(project.ids[0], box_at(2.0))).unwrap();
    let drawn = core.annotations()[0].boxes[0].clone();
    let marks = BTreeMap::from([("difficult".to_owned(), "1".to_owned())]);
    let mut facts = core.store().facts().unwrap().remove(&project.ids[0]).unwrap_or_default();
    facts.box_marks = vec![BoxMarks { rect: drawn.rect, marks: marks.clone() }];
    core.store.set_facts(&[(project.ids[0], facts)]).unwrap();
    let marked = |core: &Core| {
        let request = ExportRequest::table(project.dir.path().join("x.csv"));
        let image = core.outgoing(&request).unwrap().remove(0).image;
        image.facts.marks_of(&image.said.last().unwrap().boxes[0].rect).cloned()
    };
    assert_eq!(marked(&core), Some(marks.clone()));
    send(&mut core, ProjectCommand::Look { image: project.ids[0] }).unwrap();
    let shown = |core: &Core| core.view().detail.as_ref().unwrap().marks_of(drawn.id).to_owned();
    assert_eq!(shown(&core), "difficult");
    for x in [3.0, 5.0] {
        let rect = Rect { xmin: x, xmax: x + 6.0, ..drawn.rect };
        send(&mut core, annotate(project.ids[0], Edit::ChangeBox { id: drawn.id, class: 1, rect })).unwrap();
        assert_eq!(marked(&core), Some(marks.clone()), "moved to {x}");
        assert_eq!(shown(&core), "difficult", "moved to {x}");
    }
}

#[test]
fn that_frames_are_no_files_elsewhere_is_told() {
    let project = small(2);
    let core = project.open();
    let mut images = core.outgoing(&ExportRequest::table(project.dir.path().join("c.csv"))).unwrap();
    assert_eq!(lost_of_frames(ExportFormat::Labels(Format::CSV), &images), None);
    images[0].image.frame = 3;
    assert!(lost_of_frames(ExportFormat::Labels(Format::CSV), &images).unwrap().contains("FILE#N"));
    assert_eq!(lost_of_frames(ExportFormat::Labels(Format::YOLO), &images), None);
}

fn length(x: f64) -> Measurement {
    Measurement::new(Measure::Length, vec![[x, 1.0], [9.25, 9.0]])
}

#[test]
fn measurements_go_out_with_who_made_or_changed_them_last() {
    let project = small(2);
    let mut core = project.open();
    let measured = |core: &Core| -> Vec<(Option<String>, f64)> {
        let request = ExportRequest::table(project.dir.path().join("x.csv"));
        let image = core.outgoing(&request).unwrap().remove(0).image;
        image.measured.into_iter().map(|one| (one.reader, one.measurement.points[0][0])).collect()
    };
    let by = |reader: &str, x| vec![(Some(reader.to_owned()), x)];
    core.set_reader("ada").unwrap();
    send(&mut core, annotate(project.ids[0], Edit::Measure(length(1.5)))).unwrap();
    assert_eq!(measured(&core), by("ada", 1.5));
    let id = core.annotations()[0].measurements[0].id;
    core.set_reader("bob").unwrap();
    send(&mut core, annotate(project.ids[0], Edit::ChangeMeasurement { id, measurement: length(2.0) })).unwrap();
    assert_eq!(measured(&core), by("bob", 2.0));
    send(&mut core, ProjectCommand::Undo).unwrap();
    assert_eq!(measured(&core), by("ada", 1.5));
    send(&mut core, annotate(project.ids[0], Edit::DeleteMeasurement { id })).unwrap();
    assert_eq!(measured(&core), []);
    send(&mut core, ProjectCommand::Undo).unwrap();
    assert_eq!(measured(&core), by("ada", 1.5));
}

#[test]
fn measurements_come_back_from_the_tables_once() {
    let project = small(2);
    let mut core = project.open();
    core.set_reader("ada").unwrap();
    send(&mut core, annotate(project.ids[0], Edit::Measure(length(1.5)))).unwrap();
    let angle = Measurement::new(Measure::Angle, vec![[0.0, 0.1], [20.0, 23.9], [32.0, 1.0 / 3.0]]);
    send(&mut core, annotate(project.ids[1], Edit::Measure(angle))).unwrap();
    let to = project.dir.path().join("out");
    let request = ExportRequest { pictures: Pictures::Copy, ..ExportRequest::table(to.clone()) };
    let exported = core.export(&request, &|_, _| true).unwrap();
    assert_eq!(exported.lost, Vec::<String>::new());
    let table = std::fs::read_to_string(to.join("measurements.csv")).unwrap();
    let first = table.lines().nth(1).unwrap();
    // The root of 7.75 squared and 8 squared, of an image that does not say how large its pixels are.
    assert!(first.starts_with("images/dark/img0.png,length,1.5 1; 9.25 9,11.138"), "{first}");
    assert!(first.contains(",px,ada,") && first.ends_with(",32,24"), "{first}");

    let coco = project.dir.path().join("coco");
    let coco = ExportRequest { format: ExportFormat::Labels(Format::COCO), to: coco, ..request };
    let lost = core.export(&coco, &|_, _| true).unwrap().lost.join(" ");
    assert!(lost.contains("lengths and angles: 2 measurements are not written"), "{lost}");

    let reading = interchange::read(&to, Format::CSV, &interchange::Options::default(), &|_, _| true).unwrap();
    assert_eq!(reading.tally().unwrap().measurements, 2);
    let new = crate::session::protocol::command::NewProject::of(&to, project.dir.path().join("again.overread"));
    let opened = crate::session::importing::staging::Opened::of(&to, &new.project, &|_, _| true).unwrap();
    let created = crate::session::importing::create::create_project_of(&opened, &new, &reading, &|_, _| true).unwrap();
    assert_eq!(created.report.measurements, 2);
    let said = |core: &Core| -> Vec<Vec<Measurement>> {
        let of =
            |said: &crate::domain::Annotation| said.measurements.iter().map(|one| one.measurement.clone()).collect();
        core.annotations().iter().map(of).collect()
    };
    let by_name = |core: &Core| -> std::collections::BTreeMap<String, Vec<Measurement>> {
        let short = |name: &String| name.rsplit('/').next().unwrap().to_owned();
        core.images().iter().map(|image| short(&image.name)).zip(said(core)).collect()
    };
    let mut again = Core::open(&new.project).unwrap();
    assert_eq!(by_name(&again), by_name(&core));
    let event = again.store().events(again.images()[0].id).unwrap().pop().unwrap();
    assert_eq!((event.reader.as_str(), event.stated_ms.is_some()), ("import:ada", true));
    // The same once more is known.
    let (report, _) = again.add(&new, &reading, &opened).unwrap();
    assert_eq!((report.repeated, by_name(&again)), (4, by_name(&core)));
}
