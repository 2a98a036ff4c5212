//! What becomes of what is said when a project is converted, and back.

use super::*;
use crate::domain::annotation::IMPORT_READER;
use crate::session::protocol::command::Edit;
use crate::session::test_project;

/// A project of these classes whose images are of them: `None` is not labelled.
fn project(names: &[&str], labels: &[Option<usize>]) -> (test_project::Small, Core) {
    let small = test_project::small(labels.len());
    let mut core = small.open();
    core.store.set_classes("ada", &ClassList::from_names(names, false).unwrap()).unwrap();
    let changes: Vec<(ImageId, Change)> = core
        .images()
        .iter()
        .zip(&core.annotations)
        .zip(labels)
        .filter(|((_, said), label)| said.label != **label)
        .map(|((image, said), label)| {
            let (old, new) = (said.label, *label);
            (image.id, Change::Label { old, new, old_reviewed: false, new_reviewed: false, accepted: false })
        })
        .collect();
    core.store.append_many(IMPORT_READER, &changes).unwrap();
    drop(core.reload().unwrap());
    (small, core)
}

fn of(said: &[(usize, Presence)]) -> Findings {
    said.iter().copied().collect()
}

#[test]
fn a_class_becomes_a_finding_and_comes_back() {
    use Presence::{Absent, Present};
    let labels = [Some(0), Some(1), Some(2), None];
    let (_dir, mut core) = project(&["Mass", "Normal", "Edema"], &labels);
    let plan = core.plan_conversion(true).unwrap();
    assert_eq!((plan.images, plan.lost.len()), (3, 0), "{plan:?}");
    assert!(plan.notes.iter().any(|note| note.starts_with("Normal is no finding")), "{:?}", plan.notes);
    drop(core.convert(&plan).unwrap());
    let said: Vec<Findings> = core.annotations.iter().map(|said| said.findings.clone()).collect();
    let expected = [
        of(&[(0, Present), (2, Absent)]),
        of(&[(0, Absent), (2, Absent)]),
        of(&[(0, Absent), (2, Present)]),
        Findings::default(),
    ];
    assert_eq!(said, expected);
    assert!(core.annotations.iter().all(|said| said.label.is_none()) && core.view().classes.findings);
    assert!(core.plan_conversion(true).is_err(), "it is of findings already");
    let back = core.plan_conversion(false).unwrap();
    assert_eq!((back.images, back.lost.len(), back.notes.len()), (3, 0, 0), "{back:?}");
    drop(core.convert(&back).unwrap());
    assert_eq!(core.annotations.iter().map(|said| said.label).collect::<Vec<_>>(), labels);
    assert!(core.annotations.iter().all(|said| said.findings.is_empty()) && !core.view().classes.findings);
    assert_eq!(core.view().classes.names(), ["Mass", "Normal", "Edema"]);
}

#[test]
fn undo_gives_the_kind_back_with_the_labels_also_after_a_restart() {
    for labels in [&[Some(0), Some(1), None][..], &[Some(0)]] {
        let (dir, mut core) = project(&["Mass", "Edema"], labels);
        let before = core.view().classes.clone();
        let plan = core.plan_conversion(true).unwrap();
        drop(core.convert(&plan).unwrap());
        let (after, said) = (core.view().classes.clone(), core.annotations().to_vec());
        assert!(after.findings);
        for _ in 0..2 {
            drop(core);
            core = dir.open();
            core.undo().unwrap().unwrap();
            assert_eq!(core.view().classes, before, "the kind too");
            assert_eq!(core.annotations.iter().map(|said| said.label).collect::<Vec<_>>(), labels, "in one step");
            assert!(core.annotations.iter().all(|said| said.findings.is_empty()));
            core = {
                drop(core);
                dir.open()
            };
            assert_eq!(core.view().classes, before);
            core.redo().unwrap().unwrap();
            assert_eq!((&core.view().classes, core.annotations()), (&after, said.as_slice()));
        }
        // A class that was added meanwhile stays; the kind is that of before.
        let more = ClassList::of_findings(&["Mass", "Edema", "Nodule"]).unwrap();
        core.store.set_classes("ada", &more).unwrap();
        drop(core.reload().unwrap());
        core.undo().unwrap().unwrap();
        assert_eq!((core.view().classes.names().len(), core.view().classes.findings), (3, false));
        core.store.verify_chain().unwrap();
    }
}

#[test]
fn a_conversion_is_undone_by_its_name_and_leads_to_no_image() {
    let (_dir, mut core) = project(&["Mass", "Edema"], &[Some(0), Some(1)]);
    core.show_conversion(true);
    drop(core.convert_as_shown(&|_, _| true).unwrap().unwrap());
    let name = Some("the conversion to several findings an image");
    assert_eq!((core.view().undo.as_deref(), core.view().redo.as_deref()), (name, None));
    core.take_notices();
    core.undo().unwrap();
    assert_eq!((core.view().undo.as_deref(), core.view().redo.as_deref(), core.view().stepped), (None, name, None));
    let said: Vec<String> = core.take_notices().into_iter().map(|(_, text)| text).collect();
    assert_eq!(said, ["Undid: the conversion to several findings an image"]);
}

#[test]
fn what_was_said_since_it_was_looked_at_is_shown_before_it_is_converted() {
    let (_dir, mut core) = project(&["Mass", "Edema"], &[Some(0), None, Some(1)]);
    assert!(core.convert_as_shown(&|_, _| true).unwrap_err().to_string().contains("look first"));
    core.show_conversion(true);
    let shown = |core: &Core| core.view().data.conversion.clone().unwrap().unwrap();
    let tests = core.images().iter().filter(|image| image.split == Split::Test);
    assert_eq!(shown(&core).images, 2);
    assert!(shown(&core).test_images <= tests.count());
    let image = core.images()[1].id;
    core.annotate(image, &crate::session::Edit::Label(Some(1)), None, None).unwrap();
    let why = core.convert_as_shown(&|_, _| true).unwrap_err().to_string();
    assert!(why.contains("look again") && !core.view().classes.findings, "{why}");
    assert_eq!(shown(&core).images, 3, "what is shown is what would become of it now");
    // Broken off, nothing is done and it is still shown.
    assert!(core.convert_as_shown(&|_, _| false).unwrap().is_none());
    assert!(!core.view().classes.findings && core.view().data.conversion.is_some());
    drop(core.convert_as_shown(&|_, _| true).unwrap().unwrap());
    assert!(core.view().classes.findings && core.view().data.conversion.is_none());
    // Why there is none is said in the place of it.
    core.show_conversion(true);
    let why = core.view().data.conversion.clone().unwrap().unwrap_err();
    assert!(why.contains("several findings in this project already"), "{why}");
}

#[test]
fn what_one_class_cannot_say_is_counted_before() {
    use Presence::{Absent, Present, Uncertain};
    let (_dir, mut core) = project(&["Mass", "Edema"], &[None; 6]);
    core.store.set_classes("ada", &ClassList::of_findings(&["Mass", "Edema"]).unwrap()).unwrap();
    let said = [
        of(&[(0, Present), (1, Present)]),
        of(&[(0, Uncertain), (1, Absent)]),
        of(&[(0, Absent)]),
        of(&[(1, Present)]),
        of(&[(0, Absent), (1, Absent)]),
        of(&[(0, Absent), (1, Present)]),
    ];
    let changes: Vec<(ImageId, Change)> = core
        .images()
        .iter()
        .zip(&said)
        .map(|(image, new)| {
            let (old, new) = (Findings::default(), new.clone());
            (image.id, Change::Findings { old, new, old_reviewed: false, new_reviewed: true, accepted: false })
        })
        .collect();
    core.store.append_many("ada", &changes).unwrap();
    drop(core.reload().unwrap());
    let plan = core.plan_conversion(false).unwrap();
    let lost = plan.lost.join("\n");
    for part in
        ["1 image has several", "1 image has an uncertain", "1 image has findings that are absent", "nothing else"]
    {
        assert!(lost.contains(part), "{part}: {lost}");
    }
    assert_eq!((plan.classes.names().join(" "), plan.lost.len()), ("Mass Edema No Finding".to_owned(), 4));
    drop(core.convert(&plan).unwrap());
    let labels: Vec<Option<usize>> = core.annotations.iter().map(|said| said.label).collect();
    assert_eq!(labels, [None, None, None, Some(1), Some(2), Some(1)]);
    // Who has no class is not reviewed any more.
    let reviewed: Vec<bool> = core.annotations.iter().map(|said| said.reviewed).collect();
    assert_eq!(reviewed, [false, false, false, true, true, true]);
}

#[test]
fn the_order_of_grades_would_be_lost() {
    let (_dir, mut core) = project(&["0", "1"], &[Some(0), Some(1)]);
    core.store.set_classes("ada", &ClassList::from_names(&["0", "1"], true).unwrap()).unwrap();
    drop(core.reload().unwrap());
    assert!(core.plan_conversion(false).unwrap_err().to_string().contains("one class in this project already"));
    let plan = core.plan_conversion(true).unwrap();
    assert!(plan.lost.iter().any(|lost| lost.contains("grades")) && !plan.classes.ordinal, "{plan:?}");
}

#[test]
fn the_history_still_names_a_class_that_a_conversion_added_and_undo_took_away() {
    let (_dir, mut core) = project(&["Mass", "Edema"], &[Some(0), Some(1)]);
    drop(core.convert(&core.plan_conversion(true).unwrap()).unwrap());
    let image = core.images()[0].id;
    for finding in [0, 1] {
        let edit = Edit::Finding { finding, presence: Some(Presence::Absent) };
        core.annotate(image, &edit, None, None).unwrap();
    }
    drop(core.convert(&core.plan_conversion(false).unwrap()).unwrap());
    core.undo().unwrap();
    assert_eq!(core.view().classes.len(), 2, "the class for nothing is gone with the conversion");
    core.look(image).unwrap();
    let history: Vec<String> =
        core.view().detail.as_ref().unwrap().history.iter().map(|line| line.what.clone()).collect();
    assert!(history.iter().any(|what| what.contains(NO_FINDING)), "{history:?}");
    assert!(!history.iter().any(|what| what.contains("class 2")), "{history:?}");
}
