//! One action on many images, from the command to what is on disk and back.

use crate::domain::{Split, SplitRatios};
use crate::session::protocol::command::{Edit, ProjectCommand};
use crate::session::protocol::exports::ExportRequest;
use crate::session::protocol::many::{ManyEdit, Toll, taken_along};
use crate::session::protocol::query::{Is, Term, What};
use crate::session::protocol::queue::Filter;
use crate::session::protocol::splits::SplitOptions;
use crate::session::test_project::{annotate, send, small};
use std::sync::Arc;

#[test]
fn many_images_are_labelled_in_one_step_of_undo_that_survives() {
    let project = small(12);
    let mut core = project.open();
    core.set_reader("ada").unwrap();
    send(&mut core, annotate(project.ids[0], Edit::Label(Some(0)))).unwrap();
    let before = core.annotations().to_vec();
    let images = project.ids[..8].to_vec();
    let edit = ManyEdit::Label(Some(1));
    assert_eq!(
        Toll::of(core.view(), &images, &edit),
        Toll { images: 8, overruled: 4, of_readers: 1 },
        "imported ones are told apart"
    );
    send(&mut core, ProjectCommand::AnnotateMany { images: images.clone(), edit: edit.clone() }).unwrap();
    assert!(core.view().rows[..8].iter().all(|row| row.label == Some(1) && row.reviewed));
    assert_eq!(core.view().rows[8].label, Some(0));
    assert_eq!(core.view().undo.as_deref(), Some("labels of 8 images"));
    assert!(core.view().undo_touches_test == core.view().rows[..8].iter().any(|row| row.split == Split::Test));
    let notices = core.take_notices();
    assert_eq!(notices.last().unwrap().1, "8 images labelled bright");
    let after = core.annotations().to_vec();

    send(&mut core, ProjectCommand::AnnotateMany { images, edit }).unwrap();
    assert!(core.take_notices().last().unwrap().1.contains("8 images were so already"));
    send(&mut core, ProjectCommand::Undo).unwrap();
    assert_eq!(core.annotations(), before, "one step takes all of it back");
    assert!(core.take_notices().last().unwrap().1.contains("Undid: label bright of 8 images"));
    drop(core);
    let mut core = project.open();
    assert_eq!(core.annotations(), before);
    send(&mut core, ProjectCommand::Redo).unwrap();
    assert_eq!(core.annotations(), after);
    send(&mut core, ProjectCommand::Undo).unwrap();
    send(&mut core, ProjectCommand::Undo).unwrap();
    assert!(!core.annotations()[0].reviewed, "the label before is a step of its own");
    core.store().verify_chain().unwrap();
}

#[test]
fn accepting_many_confirms_what_is_said_and_flags_are_one_step_too() {
    let project = small(6);
    let mut core = project.open();
    let images = project.ids.clone();
    send(&mut core, annotate(images[5], Edit::Label(None))).unwrap();
    let accept = ManyEdit::Accept { threshold: None };
    send(&mut core, ProjectCommand::AnnotateMany { images: images.clone(), edit: accept }).unwrap();
    let reviewed: Vec<bool> = core.view().rows.iter().map(|row| row.reviewed).collect();
    assert_eq!(
        reviewed,
        [true, true, true, true, true, false],
        "of the last nobody says anything, and there is no model"
    );
    assert!(core.take_notices().iter().any(|(_, text)| text.contains("not 1 image: no model has looked")));
    send(&mut core, ProjectCommand::AnnotateMany { images: images.clone(), edit: ManyEdit::Flag(true) }).unwrap();
    assert_eq!((core.view().counts.flagged, core.view().undo.as_deref()), (6, Some("flags of 6 images")));
    send(&mut core, ProjectCommand::Undo).unwrap();
    assert_eq!((core.view().counts.flagged, core.view().counts.unreviewed), (0, 1));
    let nothing = ManyEdit::Label(Some(7));
    let error = send(&mut core, ProjectCommand::AnnotateMany { images, edit: nothing }).unwrap_err().to_string();
    assert!(error.contains("none of the 6 images changed: there is no class number 8"), "{error}");
}

#[test]
fn chosen_images_move_with_their_patient_and_back() {
    let project = small(10);
    let mut core = project.open();
    let options = SplitOptions {
        ratios: SplitRatios { train: 1.0, validation: 0.0, test: 0.0 },
        group: Some("img([0-9])".into()),
        freeze_test: false,
        ..SplitOptions::default()
    };
    // Groups by name: two of them are made the same patient through the pattern of a digit.
    let plan = crate::session::project::splitting::plan_of_project(core.store(), &options).unwrap();
    core.apply_split(&plan).unwrap();
    assert!(core.view().rows.iter().all(|row| row.split == Split::Train && row.facts.group.is_some()));
    let chosen = vec![project.ids[2], project.ids[3]];
    assert_eq!(taken_along(core.view(), &chosen), 0);
    send(&mut core, ProjectCommand::MoveTo { images: chosen.clone(), split: Split::Validation }).unwrap();
    assert_eq!(core.view().counts.splits, [8, 2, 0]);
    let error = send(&mut core, ProjectCommand::MoveTo { images: chosen, split: Split::Validation }).unwrap_err();
    assert!(error.to_string().contains("in the validation split already"));
    send(&mut core, ProjectCommand::UndoSplit).unwrap();
    assert_eq!(core.view().counts.splits, [10, 0, 0]);
}

#[test]
fn only_the_chosen_images_are_exported() {
    let project = small(6);
    let core = project.open();
    let to = project.dir.path().join("chosen.csv");
    let only = Some(Arc::new(vec![project.ids[1], project.ids[4]]));
    let request = ExportRequest { only, ..ExportRequest::table(to) };
    assert_eq!(core.export(&request, &|_, _| true).unwrap().images, 2);
}

#[test]
fn key_images_are_marked_found_undone_and_exported() {
    let project = small(6);
    let mut core = project.open();
    let image = project.ids[2];
    send(&mut core, ProjectCommand::Look { image }).unwrap();
    send(&mut core, annotate(image, Edit::Key(true))).unwrap();
    let detail = core.view().detail.clone().unwrap();
    assert!(detail.annotation.key && detail.history[0].what == "marked as a key image", "{:?}", detail.history);
    assert_eq!((core.view().counts.key, core.view().undo.is_some()), (1, true));
    assert!(!core.view().rows[2].reviewed, "it says nothing of what is on the image");
    let filter = Filter { key: true, ..Filter::default() };
    send(&mut core, ProjectCommand::SetFilter(filter)).unwrap();
    assert_eq!(core.view().queue[..], [2]);
    let terms = vec![Term { not: true, what: What::Is(Is::Key) }];
    send(&mut core, ProjectCommand::SetFilter(Filter { terms, ..Filter::default() })).unwrap();
    assert!(core.view().queue.len() == 5 && !core.view().queue.contains(&2));

    let to = project.dir.path().join("key.csv");
    core.export(&ExportRequest::table(to.clone()), &|_, _| true).unwrap();
    let table = std::fs::read_to_string(to).unwrap();
    let columns: Vec<&str> = table.lines().next().unwrap().split(',').collect();
    let at = columns.iter().position(|column| *column == "key_image").expect("it has a column");
    let marks: Vec<&str> = table.lines().skip(1).filter_map(|line| line.split(',').nth(at)).collect();
    assert_eq!(marks.iter().filter(|mark| **mark == "true").count(), 1, "{table}");
    assert_eq!(marks.iter().filter(|mark| **mark == "false").count(), 5, "{table}");

    send(&mut core, ProjectCommand::Undo).unwrap();
    assert_eq!(core.view().counts.key, 0);
    let edit = ManyEdit::Key(true);
    send(&mut core, ProjectCommand::AnnotateMany { images: project.ids.clone(), edit }).unwrap();
    assert_eq!((core.view().counts.key, core.view().undo.as_deref()), (6, Some("key marks of 6 images")));
    core.store().verify_chain().unwrap();
    drop(core);
    assert_eq!(project.open().view().counts.key, 6, "they are there when it is opened again");
}
