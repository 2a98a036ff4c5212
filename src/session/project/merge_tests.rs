//! Imports into a project that is there.

use crate::domain::{ImageFacts, Rect, Split};
use crate::files::hash;
use crate::interchange::{Columns, KnownTable};
use crate::interchange::{Format, ReadBox, ReadImage, Reading, Said};
use crate::session::importing::staging::Opened;
use crate::session::project::core::Core;
use crate::session::project::merge;
use crate::session::protocol::command::{Edit, NewProject};
use crate::session::protocol::error::SessionError;
use crate::session::protocol::exports::{ExportFormat, ExportRequest};
use crate::session::test_project::{annotate, draw, send, small};
use std::path::Path;

fn new_import(project: &Path) -> NewProject {
    let class_map = vec![("hell".into(), "bright".into())];
    NewProject { class_map, ..NewProject::of("/data/second", project) }
}

fn image(path: &Path, label: &str, group: Option<&str>, split: Option<Split>) -> ReadImage {
    ReadImage {
        path: path.to_owned(),
        name: path.file_name().unwrap().to_string_lossy().into_owned(),
        sha256: hash::sha256_file(path).unwrap(),
        width: 32,
        height: 24,
        truncated: false,
        frame: 0,
        facts: ImageFacts::default(),
        split,
        group: group.map(str::to_owned),
        said: vec![Said {
            reader: Some("bob".into()),
            time_ms: Some(1_000),
            label: Some(label.into()),
            boxes: vec![ReadBox { class: label.into(), rect: Rect { xmin: 1.0, ymin: 2.0, xmax: 9.0, ymax: 8.0 } }],
            nothing_found: false,
            ..Said::default()
        }],
        measured: Vec::new(),
    }
}

fn reading(images: Vec<ReadImage>) -> Reading {
    let has_splits = images.iter().any(|image| image.split.is_some());
    Reading {
        with_headers: 0,
        format: Format::COCO,
        images: images.into_iter().collect(),
        classes: vec!["hell".into(), "grey".into()],
        ordinal: false,
        findings: false,
        has_splits,
        left_out: vec![("x.png".into(), "is empty".into())],
        unlisted: 0,
        conflicts: Vec::new(),
        remarks: vec!["a remark.".into()],
        boxes_clipped: 1,
        turned: 0,
        unannotated: 0,
        patients: crate::imaging::dicom::Patients::Ignored,
        tables: Vec::new(),
        counted: Default::default(),
    }
}

fn add(
    core: &mut Core,
    new: &NewProject,
    reading: &Reading,
) -> Result<(crate::domain::ImportReport, Vec<crate::session::protocol::task::Work>), SessionError> {
    let opened = Opened::of(&new.source, &new.project, &|_, _| true).unwrap();
    core.add(new, reading, &opened)
}

/// What would be done, worked out as the window does it: beside the open project.
fn planned(core: &mut Core, new: &NewProject, reading: &Reading) -> crate::domain::ImportReport {
    let plan = merge::plan_beside(&new.project, new, reading, &|_, _| true).unwrap();
    assert!(core.fits(&plan).unwrap());
    plan.report
}

fn labels(core: &Core) -> Vec<Option<usize>> {
    core.annotations().iter().map(|a| a.label).collect()
}

#[test]
fn known_images_get_a_second_reading_and_new_ones_are_added() {
    let small = small(10);
    let mut core = small.open();
    core.set_reader("carol").unwrap();
    send(&mut core, annotate(small.ids[0], Edit::Label(Some(0)))).unwrap();
    let pictures = small.dir.path().join("pictures");
    let known = |index: usize| core.images()[index].path.clone();
    let images = vec![
        image(&known(0), "hell", None, None),
        image(&known(1), "hell", None, None),
        image(&draw(&pictures, 0, 100), "grey", Some("P1"), None),
    ];
    let new = new_import(&small.project);
    let preview = planned(&mut core, &new, &reading(images.clone()));
    assert_eq!(core.store().imports().unwrap(), [], "a preview changes nothing");
    let (report, _) = add(&mut core, &new, &reading(images.clone())).unwrap();
    assert_eq!(report, preview);
    assert_eq!((report.images, report.already_there, report.boxes), (1, 2, 3));
    assert_eq!(report.classes_made, ["grey"]);
    assert_eq!(report.class_map, [("hell".to_owned(), "bright".to_owned())]);
    assert_eq!(report.readers, ["bob"]);
    assert_eq!(report.conflicts.len(), 1, "{:?}", report.conflicts);
    assert!(report.conflicts[0].contains("bob says bright, 1 box; dark, as carol has it"), "{:?}", report.conflicts);
    assert_eq!(core.view().classes.names(), ["dark", "bright", "grey"]);
    assert_eq!(core.images().len(), 11);
    assert_eq!(labels(&core)[..2], [Some(0), Some(1)]);
    assert_eq!(labels(&core)[10], Some(2));
    assert_eq!((core.annotations()[0].boxes.len(), core.annotations()[1].boxes.len()), (0, 1));
    let line = core.store().events(small.ids[1]).unwrap().pop().unwrap();
    assert_eq!((line.reader.as_str(), line.stated_ms), ("import:bob", Some(1_000)));

    // The same once more tells nothing new, and the log is whole.
    let events = core.store().verify_chain().unwrap().events;
    let (again, _) = add(&mut core, &new, &reading(images)).unwrap();
    assert_eq!((again.images, again.already_there, again.repeated, again.classes_made.len()), (0, 3, 3, 0));
    assert_eq!(core.store().verify_chain().unwrap().events, events);
    assert_eq!(core.store().imports().unwrap().len(), 2);
    let kept: std::collections::HashMap<_, _> =
        core.images().iter().map(|i| i.id).zip(core.annotations().to_vec()).collect();
    for (image, annotation) in core.store().replay().unwrap() {
        assert_eq!(kept[&image], annotation);
    }
}

#[test]
fn every_reader_comes_out_again_with_the_own_boxes_and_time() {
    let small = small(4);
    let mut core = small.open();
    let path = core.images()[0].path.clone();
    let images = vec![image(&path, "hell", None, None)];
    add(&mut core, &new_import(&small.project), &reading(images)).unwrap();
    core.set_reader("carol").unwrap();
    send(&mut core, annotate(small.ids[0], Edit::Label(Some(0)))).unwrap();
    let out = small.dir.path().join("out");
    let table = ExportRequest::table(out.clone());
    let request = ExportRequest { format: ExportFormat::Labels(Format::LABEL_STUDIO), every_reader: true, ..table };
    core.export(&request, &|_, _| true).unwrap();
    let tasks: serde_json::Value = serde_json::from_slice(&std::fs::read(out.join("tasks.json")).unwrap()).unwrap();
    let said: Vec<(Option<&str>, usize, &str)> = tasks[0]["annotations"]
        .as_array()
        .unwrap()
        .iter()
        .map(|a| {
            let (who, when) = (a["completed_by"]["email"].as_str(), a["created_at"].as_str().unwrap());
            (who, a["result"].as_array().unwrap().len(), when)
        })
        .collect();
    let who: Vec<_> = said.iter().map(|(who, results, _)| (*who, *results)).collect();
    // The label of the first import has no box; carol saw bob's box and let it stand.
    assert_eq!(who.len(), 3);
    assert!(who.contains(&(None, 1)) && who.contains(&(Some("bob"), 2)), "{who:?}");
    assert_eq!(who.last(), Some(&(Some("carol"), 2)));
    let bob = said.iter().find(|(who, ..)| *who == Some("bob")).unwrap();
    assert_eq!(bob.2, "1970-01-01T00:00:01Z");
}

#[test]
fn new_images_go_where_their_group_is() {
    let small = small(10);
    let mut core = small.open();
    let pictures = small.dir.path().join("pictures");
    let first: Vec<ReadImage> = (0..6)
        .map(|n| image(&draw(&pictures, 0, 10 + n), "dark", Some("P1"), Some([Split::Train, Split::Test][n % 2])))
        .collect();
    let (report, _) = add(&mut core, &new_import(&small.project), &reading(first)).unwrap();
    assert!(report.conflicts.iter().any(|c| c.contains("P1")), "{:?}", report.conflicts);
    let split = |core: &Core, group: &str| -> std::collections::BTreeSet<Split> {
        core.images().iter().filter(|i| i.group.as_deref() == Some(group)).map(|i| i.split).collect()
    };
    assert_eq!(split(&core, "P1"), [Split::Test].into());
    let before: Vec<Split> = core.images().iter().map(|i| i.split).collect();
    let mut more: Vec<ReadImage> =
        (0..4).map(|n| image(&draw(&pictures, 0, 16 + n), "dark", Some("P1"), Some(Split::Train))).collect();
    more.extend((0..20).map(|n| image(&draw(&pictures, 1, 20 + n), "bright", Some("P2"), None)));
    add(&mut core, &new_import(&small.project), &reading(more)).unwrap();
    assert_eq!(split(&core, "P1"), [Split::Test].into());
    assert_eq!(split(&core, "P2").len(), 1);
    let after: Vec<Split> = core.images().iter().map(|i| i.split).collect();
    assert_eq!(after[..before.len()], before, "nothing that had a split moved");
}

#[test]
fn a_refused_merge_changes_nothing() {
    let small = small(4);
    let mut core = small.open();
    let path = core.images()[0].path.clone();
    let wrong = NewProject { group_pattern: Some("(".into()), ..new_import(&small.project) };
    let refused = |outcome: Result<_, SessionError>| outcome.map(|(_, _): (_, Vec<_>)| ()).unwrap_err().to_string();
    assert!(
        refused(add(&mut core, &wrong, &reading(vec![image(&path, "hell", None, None)])))
            .contains("regular expression")
    );
    let mut broken = image(&path, "hell", None, None);
    broken.said[0].boxes[0].rect.xmax = f64::NAN;
    let more = image(&draw(&small.dir.path().join("pictures"), 0, 100), "grey", None, None);
    refused(add(&mut core, &new_import(&small.project), &reading(vec![more, broken])));
    assert!(
        refused(add(&mut core, &new_import(&small.project), &reading(vec![]))).contains("no image that can be read")
    );
    assert_eq!(core.images().len(), 4);
    assert_eq!(core.store().classes().unwrap().len(), 2);
    assert_eq!(core.store().imports().unwrap(), []);
    let looker = Core::open_to_look(&small.project).unwrap();
    assert_eq!(looker.store().verify_chain().unwrap().events, 4);
}

#[test]
fn a_plan_no_longer_fits_once_somebody_said_something() {
    let small = small(4);
    let mut core = small.open();
    let path = core.images()[0].path.clone();
    let (new, reading) = (new_import(&small.project), reading(vec![image(&path, "hell", None, None)]));
    let plan = merge::plan_beside(&small.project, &new, &reading, &|_, _| true).unwrap();
    send(&mut core, annotate(small.ids[0], Edit::Label(Some(0)))).unwrap();
    assert!(!core.fits(&plan).unwrap());
    let plan = merge::plan_beside(&small.project, &new, &reading, &|_, _| true).unwrap();
    assert!(core.fits(&plan).unwrap());
    let report = core.carry_out(&new, &reading, plan, &|_, _| true).unwrap();
    assert_eq!(report.conflicts.len(), 1, "{:?}", report.conflicts);
    let cancelled = merge::plan_beside(&small.project, &new, &reading, &|_, _| false);
    assert!(cancelled.is_err_and(|e| e.to_string().contains("cancelled")));
}

#[test]
fn what_a_second_source_knows_is_taken_over_where_there_was_nothing() {
    let small = small(4);
    let mut core = small.open();
    let paths: Vec<_> = core.images().iter().map(|image| image.path.clone()).collect();
    let with = |path: &Path, view: &str, group: &str| {
        let mut image = image(path, "hell", Some(group), None);
        image.facts.attributes.insert("view".into(), view.into());
        image
    };
    let first = reading(vec![with(&paths[0], "AP", "P1"), with(&paths[1], "LL", "P2")]);
    let new = new_import(&small.project);
    let (report, _) = add(&mut core, &new, &first).unwrap();
    assert!(report.remarks.contains(&"view of 2 images that had none was taken over.".to_owned()), "{report:?}");
    let second = reading(vec![with(&paths[0], "PA", "P9"), with(&paths[1], "LL", "P2")]);
    let (report, _) = add(&mut core, &new, &second).unwrap();
    let told: Vec<&String> = report.conflicts.iter().filter(|c| c.contains("img0.png")).collect();
    assert_eq!(told.len(), 2, "{:?}", report.conflicts);
    assert!(told[0].contains("another group") && told[1].contains("another view"), "{told:?}");
    let groups: Vec<_> = core.images().iter().map(|i| i.group.as_deref()).collect();
    assert_eq!(groups, [Some("P1"), Some("P2"), None, None]);
    let facts = core.store().facts_of(small.ids[0]).unwrap().unwrap();
    assert_eq!((facts.attributes["view"].as_str(), facts.bits), ("AP", 8), "what was known else stays");
}

#[test]
fn so_many_images_that_they_are_put_by_are_added_as_few_are() {
    let small = small(2);
    let mut core = small.open();
    let mut first = image(&core.images()[0].path.clone(), "grey", None, None);
    first.truncated = true;
    let fresh = (0..600).map(|number| {
        let mut one = ReadImage {
            path: small.dir.path().join(format!("{number}.png")),
            name: format!("{}.png", number % 599),
            sha256: format!("{number:064x}"),
            ..first.clone()
        };
        one.said[0].boxes[0].rect.xmax = 10.0 + f64::from(number) / 3.0;
        one.truncated = number == 7;
        one
    });
    let reading = reading(std::iter::once(first.clone()).chain(fresh).collect());
    let new = new_import(&small.project);
    let preview = planned(&mut core, &new, &reading);
    let (report, _) = add(&mut core, &new, &reading).unwrap();
    assert_eq!(report, preview);
    assert_eq!((report.images, report.already_there, report.labelled, report.boxes), (600, 1, 601, 601));
    assert_eq!((core.images().len(), report.truncated), (602, 1));
    assert_eq!((core.images()[2].name.as_str(), core.images()[601].name.as_str()), ("0.png", "0.png (2)"));
    let drawn = |at: usize| core.annotations()[at].boxes[0].rect.xmax;
    assert!((0..600).all(|number| drawn(2 + number).to_bits() == (10.0 + number as f64 / 3.0).to_bits()));
    assert!(labels(&core)[2..].iter().all(|label| *label == Some(2)));
    let of = |split| core.images()[2..].iter().filter(|image| image.split == split).count();
    assert_eq!(Split::ALL.map(of), [480, 60, 60]);
    core.store().verify_chain().unwrap();
}

#[test]
fn an_addition_that_is_cancelled_while_it_is_written_changes_nothing() {
    let small = small(4);
    let mut core = small.open();
    let pictures = small.dir.path().join("pictures");
    let images: Vec<ReadImage> =
        (0..3).map(|number| image(&draw(&pictures, 0, 50 + number), "grey", None, None)).collect();
    let new = new_import(&small.project);
    let table = KnownTable { header: vec!["a".into()], columns: Columns::default() };
    let read = Reading { tables: vec![table.clone()], ..reading(images) };
    let plan = || merge::plan_beside(&new.project, &new, &read, &|_, _| true).unwrap();
    let steps = std::sync::Mutex::new(Vec::new());
    core.carry_out(&new, &read, plan(), &|done, total| {
        steps.lock().unwrap().push((done, total));
        true
    })
    .unwrap();
    let steps = steps.into_inner().unwrap();
    // Three images, with a label and a box each.
    assert_eq!((steps.first(), steps.last()), (Some(&(0, 9)), Some(&(9, 9))));

    let fresh = crate::session::test_project::small(4);
    let mut core = fresh.open();
    let new = NewProject { project: fresh.project.clone(), ..new };
    let plan = || merge::plan_beside(&new.project, &new, &read, &|_, _| true).unwrap();
    for last in 0..10 {
        let cancelled = core.carry_out(&new, &read, plan(), &|done, _| done < last).unwrap_err();
        assert!(cancelled.to_string().contains("cancelled"), "{cancelled}");
        assert_eq!((core.store().images().unwrap().len(), core.images().len()), (4, 4));
        assert_eq!((core.store().imports().unwrap(), core.store().classes().unwrap().len()), (vec![], 2));
        assert_eq!(crate::session::importing::tables::known(&fresh.project).unwrap(), []);
    }
    core.carry_out(&new, &read, plan(), &|_, _| true).unwrap();
    core.reload().unwrap();
    assert_eq!(crate::session::importing::tables::known(&fresh.project).unwrap(), [table]);
    assert_eq!((core.images().len(), labels(&core)[4..].to_vec()), (7, vec![Some(2); 3]));
    core.store().verify_chain().unwrap();
}

#[test]
fn classes_that_differ_in_case_or_blanks_are_one_here_too_and_groups_are_counted() {
    let small = small(2);
    let mut core = small.open();
    let pictures = small.dir.path().join("pictures");
    let classes = ["Very  Bright", "very bright", "DARK"];
    let images =
        classes.iter().enumerate().map(|(at, class)| image(&draw(&pictures, 0, 60 + at), class, Some("P1"), None));
    let read = Reading { classes: classes.map(str::to_owned).to_vec(), ..reading(images.collect()) };
    let new = NewProject::of("/data/second", &small.project);
    let (report, _) = add(&mut core, &new, &read).unwrap();
    assert_eq!(core.view().classes.names(), ["dark", "bright", "very bright"]);
    assert_eq!(labels(&core)[2..], [Some(2), Some(2), Some(0)]);
    assert_eq!((report.groups, report.classes_made.as_slice()), (1, &["very bright".to_owned()][..]));
    let said: Vec<&String> = report.remarks.iter().filter(|remark| remark.contains("in case or blanks")).collect();
    assert_eq!(said.len(), 2, "{:?}", report.remarks);
    assert!(said[1].contains("--map \"DARK=") || said[0].contains("--map \"DARK="), "{said:?}");
}

#[test]
fn a_group_pattern_that_fits_no_name_is_refused_and_one_that_fits_some_is_said() {
    let small = small(2);
    let mut core = small.open();
    let pictures = small.dir.path().join("pictures");
    let images: Vec<ReadImage> =
        (0..3).map(|at| image(&draw(&pictures, 0, 70 + at), "dark", Some("P1"), None)).collect();
    let name = images[0].name.clone();
    let asked = |pattern: &str| NewProject {
        group_pattern: Some(pattern.into()),
        ..NewProject::of("/data/second", &small.project)
    };
    let why = add(&mut core, &asked("^patient"), &reading(images.clone())).unwrap_err().to_string();
    assert!(why.contains("fits no image's name"), "{why}");
    let (report, _) = add(&mut core, &asked(&regex::escape(&name)), &reading(images)).unwrap();
    assert_eq!(report.groups, 1);
    let said = report.remarks.iter().any(|remark| remark.contains("does not fit 2 images of 3"));
    assert!(said, "{:?}", report.remarks);
}

#[test]
fn findings_of_another_source_say_nothing_of_those_that_it_does_not_name() {
    use crate::domain::{ClassList, Presence};
    let small = small(4);
    let mut core = small.open();
    core.store.set_classes("ada", &ClassList::of_findings(&["dark", "bright", "cast"]).unwrap()).unwrap();
    drop(core.reload().unwrap());
    let known = core.images()[0].path.clone();
    let said = Said { findings: vec![("bright".into(), Presence::Present)], others_absent: true, ..Said::default() };
    let one = ReadImage { said: vec![said], ..image(&known, "bright", None, None) };
    let of_two = Reading { classes: vec!["bright".into(), "dark".into()], findings: true, ..reading(vec![one]) };
    let (report, _) = add(&mut core, &NewProject::of("/data/second", &small.project), &of_two).unwrap();
    let findings = &core.annotations()[0].findings;
    let of = |place: usize| findings.get(place);
    assert_eq!([of(0), of(1), of(2)], [Some(Presence::Absent), Some(Presence::Present), None]);
    assert!(report.remarks.iter().any(|told| told.contains("nothing of the findings cast")), "{:?}", report.remarks);
    // A folder for nothing to find says so of all.
    let none = Said { label: Some("Normal".into()), reader: Some("bob".into()), ..Said::default() };
    let one = ReadImage { said: vec![none], ..image(&known, "Normal", None, None) };
    let of_classes = Reading { classes: vec!["Normal".into()], ..reading(vec![one]) };
    add(&mut core, &NewProject::of("/data/third", &small.project), &of_classes).unwrap();
    let findings = &core.annotations()[0].findings;
    assert_eq!([0, 1, 2].map(|place| findings.get(place)), [Some(Presence::Absent); 3]);
    assert_eq!(core.view().classes.len(), 3, "it is no finding");
    // What is drawn in a table that was read as one of classes says nothing of findings, which is told.
    let rect = Rect { xmin: 1.0, ymin: 1.0, xmax: 3.0, ymax: 3.0 };
    let boxes = vec![ReadBox { class: "bright".into(), rect }];
    let said = vec![Said { boxes, reader: Some("cy".into()), ..Said::default() }];
    for (format, told) in [(Format::CSV, true), (Format::COCO, false)] {
        let drawn = ReadImage { said: said.clone(), ..image(&known, "bright", None, None) };
        let drawn = Reading { classes: vec!["bright".into()], format, ..reading(vec![drawn]) };
        let (report, _) = add(&mut core, &NewProject::of("/data/fourth", &small.project), &drawn).unwrap();
        let says = report.conflicts.iter().any(|said| said.contains("import it with --findings"));
        assert_eq!(says, told, "{:?}", report.conflicts);
    }
}
