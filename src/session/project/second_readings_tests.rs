//! What a reader said who read an image a second time, as it is handed out and comes back.

use super::*;
use crate::domain::{AssignmentPlan, ReadingMode, Rect};
use crate::interchange::{self, Pictures};
use crate::session::importing::create::create_project_of;
use crate::session::importing::staging::Opened;
use crate::session::protocol::assignments::{AssigningCommand, ReadingsAsked};
use crate::session::protocol::command::{Edit, NewProject, ProjectCommand};
use crate::session::protocol::many::ManyEdit;
use crate::session::test_project::{Small, annotate, send, small};
use std::path::Path;

/// Ann calls all images bright, and the one that comes again dark, where she draws a box, too.
fn read_twice() -> (Small, Core) {
    let small = small(6);
    let mut core = small.open();
    send(&mut core, ProjectCommand::SetReader("dora".into())).unwrap();
    let plan = AssignmentPlan { readers: vec!["ann".into()], repeats: 1, gap: 1, ..AssignmentPlan::default() };
    let asked = ReadingsAsked { plan, ..ReadingsAsked::default() };
    send(&mut core, ProjectCommand::Assigning(AssigningCommand::Plan(Box::new(asked)))).unwrap();
    send(&mut core, ProjectCommand::Assigning(AssigningCommand::Assign)).unwrap();
    send(&mut core, ProjectCommand::SetReader("ann".into())).unwrap();
    send(&mut core, ProjectCommand::SetReadingMode { mode: ReadingMode::Blind, everyone: false }).unwrap();
    let edit = ManyEdit::Label(Some(1));
    send(&mut core, ProjectCommand::AnnotateMany { images: small.ids.clone(), edit }).unwrap();
    let again = core.view().rows[core.view().queue[0] as usize].id;
    let rect = Rect { xmin: 1.0, ymin: 2.0, xmax: 9.0, ymax: 8.0 };
    send(&mut core, annotate(again, Edit::Label(Some(0)))).unwrap();
    send(&mut core, annotate(again, Edit::DrawBox { class: 0, rect })).unwrap();
    (small, core)
}

fn request(to: &Path, format: Format, every_reader: bool) -> ExportRequest {
    let format = ExportFormat::Labels(format);
    ExportRequest { format, pictures: Pictures::Copy, every_reader, ..ExportRequest::table(to.to_owned()) }
}

/// What Ann says: of which file, its class, its boxes, and whether it is a second reading.
fn of_ann(image: &ReadImage) -> Vec<(String, Option<String>, usize, bool)> {
    let file = image.name.rsplit('/').next().unwrap().to_owned();
    let ann = image.said.iter().filter(|said| said.reader.as_deref() == Some("ann"));
    ann.map(|said| (file.clone(), said.label.clone(), said.boxes.len(), said.again)).collect()
}

#[test]
fn a_second_reading_has_a_row_of_its_own() {
    let (small, core) = read_twice();
    let to = small.dir.path().join("out");
    core.export(&request(&to, Format::CSV, true), &|_, _| true).unwrap();
    let table = std::fs::read_to_string(to.join("labels.csv")).unwrap();
    let cells: Vec<Vec<&str>> = table.lines().map(|line| line.split(',').collect()).collect();
    assert_eq!(cells[0].last(), Some(&"reading"));
    let rows = |which: &str| -> Vec<&str> {
        let ann = cells.iter().filter(|row| row[5] == "ann" && row.last() == Some(&which));
        ann.map(|row| row[4]).collect()
    };
    assert_eq!((rows("1"), rows("2")), (vec!["bright"; 6], vec!["dark"]), "{table}");
    let boxes = std::fs::read_to_string(to.join("boxes.csv")).unwrap();
    let ends: Vec<&str> = boxes.lines().map(|line| line.rsplit(',').next().unwrap()).collect();
    assert_eq!(ends, ["reading", "2"], "{boxes}");

    let in_force = small.dir.path().join("in_force.csv");
    core.export(&request(&in_force, Format::CSV, false), &|_, _| true).unwrap();
    let table = std::fs::read_to_string(in_force).unwrap();
    assert!(!table.contains("reading"), "of what is in force there is one row an image: {table}");

    let to = small.dir.path().join("coco");
    core.export(&request(&to, Format::COCO, true), &|_, _| true).unwrap();
    let files = std::fs::read_dir(to.join("annotations")).unwrap();
    let all: String = files.map(|file| std::fs::read_to_string(file.unwrap().path()).unwrap()).collect();
    assert_eq!(all.matches("\"reading\":2").count(), 2, "the statement and its box: {all}");
    // A format that cannot tell them apart has the first alone.
    let voc = core.outgoing(&request(&to, Format::VOC, true)).unwrap();
    assert!(voc.iter().flat_map(|one| of_ann(&one.image)).all(|(.., again)| !again));
}

#[test]
fn a_second_reading_comes_back_as_one() {
    let (small, core) = read_twice();
    for format in [Format::CSV, Format::COCO] {
        let to = small.dir.path().join(format.id());
        let request = request(&to, format, true);
        core.export(&request, &|_, _| true).unwrap();
        let reading = interchange::read(&to, format, &interchange::Options::default(), &|_, _| true).unwrap();
        let mut back: Vec<_> = reading.images.to_vec().unwrap().iter().flat_map(of_ann).collect();
        let mut out: Vec<_> = core.outgoing(&request).unwrap().iter().flat_map(|one| of_ann(&one.image)).collect();
        // In COCO an image without a box is taken as one that nobody annotated.
        if format == Format::COCO {
            let twice = out.iter().find(|(.., again)| *again).unwrap().0.clone();
            out.retain(|(file, ..)| *file == twice);
        }
        back.sort();
        out.sort();
        assert_eq!(back, out, "{format:?}");
        assert_eq!(back.iter().filter(|(.., again)| *again).count(), 1);

        let new = NewProject::of(&to, small.dir.path().join(format!("{}.overread", format.id())));
        let opened = Opened::of(&to, &new.project, &|_, _| true).unwrap();
        create_project_of(&opened, &new, &reading, &|_, _| true).unwrap();
        let other = Core::open(&new.project).unwrap();
        let mut found = Vec::new();
        for image in other.images() {
            let readings = Readings::of(&other.store().events(image.id).unwrap());
            let class = |words: &std::collections::BTreeMap<String, Word>| {
                words.get("import:ann").and_then(|word| word.label).map(|label| other.view().classes.name(label))
            };
            assert_eq!(class(&readings.words).as_deref(), Some("bright"), "the first stands");
            found.extend(readings.again.get("import:ann").map(|word| (class(&readings.again), word.boxes.len())));
            assert!(readings.state.boxes.is_empty(), "the second comes into force nowhere");
        }
        assert_eq!(found, [(Some("dark".to_owned()), 1)], "{format:?}");
    }
}
