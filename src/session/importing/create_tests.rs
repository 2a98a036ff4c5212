//! Projects of tables that tell several findings an image.

use super::*;
use crate::domain::Presence::{self, Absent, Present, Uncertain};
use crate::imaging::write::write_png_gray;
use crate::interchange::{Pictures, Unseen};
use crate::session::project::core::Core;
use crate::session::protocol::exports::{ExportFormat, ExportRequest, Since};

const TABLE: &str = "Path,Sex,No Finding,Edema,Fracture,Support Devices\na.png,F,1.0,,,1.0\nb.png,M,,1.0,1.0,\n\
                     c.png,F,,-1.0,0.0,\nd.png,F,0.0,0.0,1.0,0.0\n";

fn source(table: &str) -> tempfile::TempDir {
    let dir = tempfile::tempdir().unwrap();
    let source = dir.path().join("set");
    std::fs::create_dir(&source).unwrap();
    for (number, name) in ["a", "b", "c", "d"].iter().enumerate() {
        let pixels: Vec<u8> = (0..64).map(|at| (at * (number + 2) % 251) as u8).collect();
        write_png_gray(&source.join(format!("{name}.png")), 8, 8, &pixels).unwrap();
    }
    std::fs::write(source.join("t.csv"), table).unwrap();
    dir
}

fn made(dir: &Path, change: impl FnOnce(&mut NewProject)) -> (Created, Core) {
    let mut new = NewProject::of(dir.join("set"), dir.join("set.overread"));
    change(&mut new);
    let extras = Extras { format: Format::CSV, ..Extras::default() };
    let created = build(&new, extras, &|_, _| true, |_| Ok(())).unwrap();
    let core = Core::open(&created.project).unwrap();
    (created, core)
}

/// What is said of each image, by the finding's name.
fn said(core: &Core) -> Vec<Vec<(String, Presence)>> {
    let classes = &core.view().classes;
    core.annotations()
        .iter()
        .map(|said| said.findings.iter().map(|(place, presence)| (classes.name(place), presence)).collect())
        .collect()
}

fn of(all: &[(&str, Presence)]) -> Vec<(String, Presence)> {
    all.iter().map(|(name, presence)| ((*name).to_owned(), *presence)).collect()
}

#[test]
fn a_table_of_findings_makes_a_project_of_them_and_comes_back_equal() {
    let dir = source(TABLE);
    let (created, core) = made(dir.path(), |_| {});
    assert!(created.classes.findings);
    assert_eq!(created.classes.names(), ["Edema", "Fracture", "Support Devices"]);
    let expected = [
        of(&[("Edema", Absent), ("Fracture", Absent), ("Support Devices", Present)]),
        of(&[("Edema", Present), ("Fracture", Present)]),
        of(&[("Edema", Uncertain), ("Fracture", Absent)]),
        of(&[("Edema", Absent), ("Fracture", Present), ("Support Devices", Absent)]),
    ];
    assert_eq!(said(&core), expected);
    let counted = |part: &str| created.report.remarks.iter().any(|told| told.contains(part));
    assert!(
        counted("1 image with an uncertain one, 2 images of which not every finding was looked at"),
        "{:?}",
        created.report
    );
    for format in [Format::CSV, Format::LABEL_STUDIO, Format::COCO] {
        let out = tempfile::tempdir().unwrap();
        let to = out.path().join("set");
        let request = ExportRequest {
            format: ExportFormat::Labels(format),
            to: to.clone(),
            pictures: Pictures::Copy,
            every_reader: false,
            since: Since::Ever,
            unseen: Unseen::AsNegative,
            deidentify: None,
            only: None,
        };
        core.export(&request, &|_, _| true).unwrap();
        let extras = Extras { format, ..Extras::default() };
        let new = NewProject::of(&to, out.path().join("again.overread"));
        let again = build(&new, extras, &|_, _| true, |_| Ok(())).unwrap();
        assert_eq!(again.classes.names(), created.classes.names(), "{format:?}");
        let again = Core::open(&again.project).unwrap();
        assert_eq!(said(&again), expected, "{format:?}");
    }
}

#[test]
fn one_class_can_be_had_of_findings_and_what_is_lost_is_counted() {
    let dir = source("Image Index,Finding Labels\na.png,Mass\nb.png,Mass|Edema\nc.png,No Finding\nd.png,Edema\n");
    let (created, core) = made(dir.path(), |new| new.findings = Some(false));
    assert_eq!(
        (created.classes.names().join(" ").as_str(), created.classes.findings),
        ("No Finding Edema Mass", false)
    );
    let labels: Vec<Option<usize>> = core.annotations().iter().map(|said| said.label).collect();
    assert_eq!(labels, [Some(2), None, Some(0), Some(1)]);
    let told = created.report.conflicts.join(" ");
    assert!(told.contains("have several findings") && told.contains("b.png") && told.contains("--findings"), "{told}");
}

#[test]
fn one_class_each_stays_so_unless_a_person_says_that_they_are_findings() {
    let table = "image,MEL,NV\na.png,1,0\nb.png,0,1\nc.png,1,0\nd.png,0,1\n";
    let dir = source(table);
    let (created, core) = made(dir.path(), |_| {});
    assert!(!created.classes.findings && core.annotations().iter().all(|said| said.label.is_some()));
    let dir = source(table);
    let options = Options { findings: true, ..Options::default() };
    let opened = Opened::of(&dir.path().join("set"), &dir.path().join("set.overread"), &|_, _| true).unwrap();
    let reading = interchange::read(&dir.path().join("set"), Format::CSV, &options, &|_, _| true).unwrap();
    let new = NewProject::of(dir.path().join("set"), dir.path().join("set.overread"));
    let created = create_project_of(&opened, &new, &reading, &|_, _| true).unwrap();
    let core = Core::open(&created.project).unwrap();
    assert!(created.classes.findings);
    assert_eq!(said(&core)[0], of(&[("MEL", Present), ("NV", Absent)]));
}

#[test]
fn class_folders_can_be_taken_for_findings() {
    let dir = tempfile::tempdir().unwrap();
    let set = dir.path().join("set");
    for (number, folder) in ["Mass", "Edema", "Normal"].iter().enumerate() {
        std::fs::create_dir_all(set.join(folder)).unwrap();
        write_png_gray(&set.join(folder).join("a.png"), 8, 8, &[number as u8 * 40; 64]).unwrap();
    }
    let options = Options { findings: true, ..Options::default() };
    let reading = interchange::read(&set, Format::FOLDERS, &options, &|_, _| true).unwrap();
    assert_eq!((reading.classes.join(" ").as_str(), reading.findings), ("Edema Mass", true));
    let opened = Opened::of(&set, &dir.path().join("set.overread"), &|_, _| true).unwrap();
    let new = NewProject::of(&set, dir.path().join("set.overread"));
    let created = create_project_of(&opened, &new, &reading, &|_, _| true).unwrap();
    let core = Core::open(&created.project).unwrap();
    let expected = [
        of(&[("Edema", Present), ("Mass", Absent)]),
        of(&[("Edema", Absent), ("Mass", Present)]),
        of(&[("Edema", Absent), ("Mass", Absent)]),
    ];
    assert_eq!(said(&core), expected);
}
