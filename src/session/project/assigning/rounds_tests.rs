//! First and second readings in a list: what closes them, what tells of them, and what is done without being read.

use crate::domain::{AssignmentPlan, Change, DisplayState, ImageId, ReadingMode, Turn};
use crate::session::importing::readings::Readings;
use crate::session::project::core::Core;
use crate::session::project::influence::truth::truth;
use crate::session::protocol::assignments::{AssigningCommand, ReadingsAsked};
use crate::session::protocol::command::{Edit, ProjectCommand};
use crate::session::protocol::many::ManyEdit;
use crate::session::test_project::{Small, annotate, send, small};

/// A project with a list of Ann's, of as many repeats, which Dora made.
fn project(repeats: usize) -> (Small, Core) {
    let small = small(6);
    let mut core = small.open();
    send(&mut core, ProjectCommand::SetReader("dora".into())).unwrap();
    let plan = AssignmentPlan { readers: vec!["ann".into()], repeats, gap: 1, ..AssignmentPlan::default() };
    let asked = ReadingsAsked { plan, ..ReadingsAsked::default() };
    send(&mut core, ProjectCommand::Assigning(AssigningCommand::Plan(Box::new(asked)))).unwrap();
    send(&mut core, ProjectCommand::Assigning(AssigningCommand::Assign)).unwrap();
    (small, core)
}

fn ann(core: &mut Core, mode: ReadingMode) {
    send(core, ProjectCommand::SetReader("ann".into())).unwrap();
    send(core, ProjectCommand::SetReadingMode { mode, everyone: false }).unwrap();
}

fn repeat(core: &Core) -> ImageId {
    let list = core.store().assignments().unwrap().remove(0).list;
    let sha = list.of(0).find(|(_, turn)| *turn == Turn::Repeat).map(|(key, _)| key.0.clone()).unwrap();
    core.images().iter().find(|image| image.sha256 == sha).unwrap().id
}

fn queue(core: &Core) -> Vec<ImageId> {
    core.view().queue.iter().map(|row| core.view().rows[*row as usize].id).collect()
}

/// How far Ann is in her own list, and in the table of whoever made it.
fn progress(core: &Core) -> [usize; 2] {
    [core.view().assigned.as_ref().unwrap().read, core.assignments().unwrap()[0].readers[0].read]
}

#[test]
fn an_action_on_many_is_not_taken_back_once_one_of_them_came_again() {
    let (small, mut core) = project(1);
    ann(&mut core, ReadingMode::Blind);
    let again = repeat(&core);
    let mut images = vec![again];
    images.extend(small.ids.iter().filter(|image| **image != again));
    send(&mut core, ProjectCommand::AnnotateMany { images, edit: ManyEdit::Label(Some(1)) }).unwrap();
    assert_eq!(queue(&core), [again], "it comes again");
    assert_eq!(core.view().undo, None);
    send(&mut core, ProjectCommand::Undo).unwrap();
    assert_eq!(core.store().own_readings("ann").unwrap().0[&again].said.label, Some(1));
}

#[test]
fn undo_calls_an_image_of_the_list_by_no_name_of_its_file() {
    let (small, mut core) = project(1);
    ann(&mut core, ReadingMode::Blind);
    core.take_notices();
    send(&mut core, ProjectCommand::Look { image: small.ids[0] }).unwrap();
    send(&mut core, annotate(small.ids[0], Edit::Label(Some(1)))).unwrap();
    let mut told = core.view().undo.clone().unwrap();
    send(&mut core, ProjectCommand::Undo).unwrap();
    told.push_str(&format!("{:?} {:?}", core.take_notices(), core.view().redo));
    assert!(told.contains("Reading ") && !told.contains("img"), "{told}");
    assert_eq!(core.view().detail.as_ref().unwrap().group, None);
}

#[test]
fn a_second_reading_is_what_was_committed_and_both_counts_agree() {
    let (_small, mut core) = project(1);
    ann(&mut core, ReadingMode::Reveal);
    for step in 0..7 {
        let image = queue(&core)[0];
        send(&mut core, annotate(image, Edit::Label(Some(1)))).unwrap();
        assert_eq!(progress(&core), [step; 2], "not committed");
        send(&mut core, ProjectCommand::CommitReading { image, display: DisplayState::default() }).unwrap();
        assert_eq!(progress(&core), [step + 1; 2]);
        if image == repeat(&core) && core.is_second(image) {
            send(&mut core, annotate(image, Edit::Label(Some(0)))).unwrap();
        }
    }
    let told = core.assignments().unwrap().remove(0).readers.remove(0);
    assert_eq!((told.repeats.equal.count, told.repeats.equal.of), (1, 1), "a changed mind is no second reading");
    let events = core.store().events(repeat(&core)).unwrap();
    assert_eq!(Readings::of(&events).again["ann"].label, Some(1), "nor does a merge take it for one");
}

#[test]
fn what_is_signed_off_is_not_to_be_read() {
    let (small, mut core) = project(0);
    for image in &small.ids[..2] {
        send(&mut core, annotate(*image, Edit::Label(Some(1)))).unwrap();
    }
    send(&mut core, ProjectCommand::SignOff { images: small.ids[..2].to_vec() }).unwrap();
    let plan = AssignmentPlan { readers: vec!["ben".into()], ..AssignmentPlan::default() };
    let told = core.plan_readings(&ReadingsAsked { plan, ..ReadingsAsked::default() }).unwrap();
    assert_eq!(told.images, 4);
    assert!(told.remarks.iter().any(|one| one == "2 images are signed off and not read again."), "{:?}", told.remarks);
    send(&mut core, ProjectCommand::SetReader("ann".into())).unwrap();
    assert_eq!((progress(&core), queue(&core).len()), ([2; 2], 4));
    for image in queue(&core) {
        send(&mut core, annotate(image, Edit::Label(Some(0)))).unwrap();
    }
    assert!(core.view().assigned.as_ref().unwrap().is_finished());
    drop(core);
    let mut core = Core::open(&small.project).unwrap();
    core.enter_reading_mode().unwrap();
    assert_eq!(progress(&core), [6; 2], "after opening again");
}

#[test]
fn who_agrees_leaves_whose_label_it_is() {
    let (small, mut core) = project(0);
    let image = small.ids[0];
    send(&mut core, annotate(image, Edit::Label(Some(1)))).unwrap();
    ann(&mut core, ReadingMode::Assisted);
    send(&mut core, annotate(image, Edit::Confirm)).unwrap();
    assert_eq!(progress(&core), [1; 2]);
    let readings = Readings::of(&core.store().events(image).unwrap());
    assert_eq!(readings.label_by.unwrap().reader, "dora");
    assert_eq!(readings.words["ann"].label, Some(1));
    send(&mut core, ProjectCommand::Undo).unwrap();
    assert_eq!(progress(&core), [0; 2], "taken back");
    assert!(core.store.annotations().unwrap() == core.store.replay().unwrap());
}

#[test]
fn what_a_reader_said_elsewhere_is_no_truth_to_judge_that_reader_by() {
    let (small, mut core) = project(0);
    let (old, new) = (core.store().annotation(small.ids[0]).unwrap().label, Some(1));
    let label = Change::Label { old, new, old_reviewed: false, new_reviewed: true, accepted: false };
    core.store.append_many("import:ann", &[(small.ids[0], label)]).unwrap();
    let events = core.store().events(small.ids[0]).unwrap();
    assert!(truth(&events, "ann").is_none());
    assert_eq!(truth(&events, "ben").map(|truth| truth.label), Some(Some(1)));
}
