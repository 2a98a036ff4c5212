//! Whose undo it is, and what it says.

use crate::domain::{Split, SplitMove};
use crate::session::project::core::Core;
use crate::session::protocol::command::{Edit, ProjectCommand};
use crate::session::protocol::view::NoticeKind;
use crate::session::test_project::{annotate, send, small};

/// What was said since the last call; all of it may pass.
fn said(core: &mut Core) -> Vec<String> {
    let notices = core.take_notices();
    assert!(notices.iter().all(|(kind, _)| *kind == NoticeKind::Passing), "{notices:?}");
    notices.into_iter().map(|(_, text)| text).collect()
}

#[test]
fn undo_takes_back_only_what_the_same_reader_did_and_says_it() {
    let project = small(10);
    let mut core = project.open();
    core.set_reader("Reader 1").unwrap();
    send(&mut core, annotate(project.ids[0], Edit::Label(Some(1)))).unwrap();
    let labelled = core.annotations().to_vec();
    core.set_reader("B").unwrap();
    send(&mut core, ProjectCommand::Undo).unwrap();
    assert_eq!(core.annotations(), labelled);
    assert_eq!(said(&mut core), ["The last change is Reader 1's (label of img0.png); there is none of yours to undo"]);
    assert_eq!(core.view().stepped, None);

    send(&mut core, annotate(project.ids[1], Edit::Flag(true))).unwrap();
    send(&mut core, ProjectCommand::Undo).unwrap();
    assert_eq!(said(&mut core), ["Undid: flag of img1.png"]);
    assert_eq!(core.annotations(), labelled);
    assert_eq!(core.view().stepped.map(|step| (step.serial, step.image)), Some((1, project.ids[1])));
    send(&mut core, ProjectCommand::Redo).unwrap();
    assert_eq!(said(&mut core), ["Redid: flag of img1.png"]);
    assert_eq!(core.view().stepped.map(|step| step.serial), Some(2));
    drop(core);

    let mut core = project.open();
    assert_eq!(core.view().reader, "B");
    send(&mut core, ProjectCommand::Undo).unwrap();
    send(&mut core, ProjectCommand::Undo).unwrap();
    assert_eq!(said(&mut core)[1], "The last change is Reader 1's (label of img0.png); there is none of yours to undo");
    assert_eq!(core.annotations(), labelled, "also after a restart");
    core.set_reader("Reader 1").unwrap();
    send(&mut core, ProjectCommand::Redo).unwrap();
    assert_eq!(said(&mut core), ["What was undone last was undone by B: only B can redo it"]);
    send(&mut core, annotate(project.ids[2], Edit::Note("n".into()))).unwrap();
    core.set_reader("B").unwrap();
    send(&mut core, annotate(project.ids[3], Edit::Flag(true))).unwrap();
    core.set_reader("Reader 1").unwrap();
    send(&mut core, ProjectCommand::Undo).unwrap();
    assert_eq!(said(&mut core), ["The last change is B's (flag of img3.png); yours lie before it"]);
    core.set_reader("B").unwrap();
    send(&mut core, ProjectCommand::Undo).unwrap();
    core.set_reader("Reader 1").unwrap();
    send(&mut core, ProjectCommand::Undo).unwrap();
    send(&mut core, ProjectCommand::Undo).unwrap();
    assert_eq!(said(&mut core)[1..], ["Undid: note of img2.png", "Undid: label bright of img0.png, back to dark"]);
    core.store().verify_chain().unwrap();
}

#[test]
fn what_was_done_to_the_whole_project_is_undone_by_who_did_it() {
    let project = small(20);
    let mut core = project.open();
    core.set_reader("Reader 1").unwrap();
    core.keep_one(&[vec![project.ids[0], project.ids[2], project.ids[4]]]).unwrap();
    core.take_notices();
    let before = core.annotations().to_vec();
    core.set_reader("B").unwrap();
    send(&mut core, ProjectCommand::Undo).unwrap();
    assert_eq!(core.annotations(), before);
    assert!(said(&mut core)[0].starts_with("The last change is Reader 1's"));
    core.set_reader("Reader 1").unwrap();
    send(&mut core, ProjectCommand::Undo).unwrap();
    assert_eq!(said(&mut core), ["Undid: leaving out 2 images; their labels and boxes are back"]);

    let moves = vec![SplitMove { image: project.ids[0], from: Split::Train, to: Split::Validation }];
    let plan = crate::session::protocol::splits::SplitPlan { what: "by hand".into(), moves, ..Default::default() };
    core.apply_split(&plan).unwrap();
    core.take_notices();
    core.set_reader("B").unwrap();
    assert!(core.view().data.history[0].undoable && !core.view().data.history[0].mine);
    let why = core.undo_split().unwrap_err().to_string();
    assert!(why.contains("is Reader 1's (by hand): only Reader 1 can take it back"), "{why}");
    assert_eq!(core.images()[0].split, Split::Validation);
    core.set_reader("Reader 1").unwrap();
    core.undo_split().unwrap();
    assert_eq!(said(&mut core), ["Undid: by hand; 1 image moved back"]);
    assert_eq!(core.images()[0].split, Split::Train);
}

#[test]
fn an_undo_after_a_redo_is_called_an_undo_in_the_history() {
    let project = small(4);
    let mut core = project.open();
    core.set_reader("ann").unwrap();
    send(&mut core, ProjectCommand::Undo).unwrap();
    assert_eq!(said(&mut core), ["There is nothing to undo"], "a key that does nothing says so");
    send(&mut core, ProjectCommand::Look { image: project.ids[0] }).unwrap();
    send(&mut core, annotate(project.ids[0], Edit::Flag(true))).unwrap();
    for command in [ProjectCommand::Undo, ProjectCommand::Redo, ProjectCommand::Undo, ProjectCommand::Redo] {
        send(&mut core, command).unwrap();
    }
    let detail = core.view().detail.clone().unwrap();
    let what: Vec<&str> = detail.history.iter().map(|line| line.what.as_str()).collect();
    let [undo, redo] = ["undo: flagged (ann) taken back", "redo: flagged (ann) done again"];
    assert_eq!(what[..5], [redo, undo, redo, undo, "flagged"]);
}
