//! Lists of readings in a project: made, read, repeated, told, ended, undone and merged.

use crate::domain::{AssignmentPlan, AssignmentState, Change, DisplayState, ImageId, ReadingMode, Reads, Turn};
use crate::session::project::core::Core;
use crate::session::protocol::assignments::{AssigningCommand, AssignmentView, ChosenImages, ReadingsAsked};
use crate::session::protocol::command::{Edit, ProjectCommand};
use crate::session::protocol::queue::Filter;
use crate::session::test_project::{Small, annotate, send, small};
use crate::store::sharing::share;
use crate::store::{Access, Store};
use std::path::Path;

const IMAGES: usize = 30;

fn asked(readers: &[&str]) -> ReadingsAsked {
    let readers = readers.iter().map(|name| (*name).to_owned()).collect();
    let plan = AssignmentPlan { readers, reads: Reads::Doubled(20), gap: 3, ..AssignmentPlan::default() };
    ReadingsAsked { plan, ..ReadingsAsked::default() }
}

/// A project in which Dora, who is no reader of the plan, has reviewed the first eight images.
fn project() -> (Small, Core) {
    let small = small(IMAGES);
    let mut core = small.open();
    send(&mut core, ProjectCommand::SetReader("dora".into())).unwrap();
    for (at, &image) in small.ids.iter().enumerate().take(8) {
        // One of them against the folder.
        send(&mut core, annotate(image, Edit::Label(Some((at + usize::from(at == 3)) % 2)))).unwrap();
    }
    (small, core)
}

fn assign(core: &mut Core, asked: ReadingsAsked) {
    send(core, ProjectCommand::Assigning(AssigningCommand::Plan(Box::new(asked)))).unwrap();
    send(core, ProjectCommand::Assigning(AssigningCommand::Assign)).unwrap();
}

fn reads(core: &mut Core, name: &str, mode: ReadingMode) {
    send(core, ProjectCommand::SetReader(name.into())).unwrap();
    send(core, ProjectCommand::SetReadingMode { mode, everyone: false }).unwrap();
}

fn queue(core: &Core) -> Vec<ImageId> {
    core.view().queue.iter().map(|row| core.view().rows[*row as usize].id).collect()
}

fn progress(core: &Core) -> (usize, usize) {
    let mine = core.view().assigned.clone().unwrap();
    (mine.read, mine.total)
}

fn plans(core: &Core) -> Vec<AssignmentView> {
    core.assignments().unwrap()
}

#[test]
fn a_reader_starts_in_the_own_list_and_sees_how_far_it_is() {
    let (small, mut core) = project();
    assign(&mut core, asked(&["ben", "ann"]));
    assert!(core.view().assigned.is_none() && !core.view().filter.assigned, "Dora reads nothing");
    let list = core.store().assignments().unwrap().remove(0);
    assert_eq!(list.plan.readers, ["ann", "ben"]);
    send(&mut core, ProjectCommand::SetReader("ann".into())).unwrap();
    let mine: Vec<ImageId> = {
        let id = |sha: &str| core.images().iter().find(|image| image.sha256 == sha).unwrap().id;
        list.list.of(0).map(|(key, _)| id(&key.0)).collect()
    };
    assert_eq!((queue(&core), progress(&core)), (mine.clone(), (0, mine.len())));
    let first = mine[0];
    send(&mut core, annotate(first, Edit::Label(Some(1)))).unwrap();
    assert_eq!((queue(&core), progress(&core)), (mine[1..].to_vec(), (1, mine.len())));
    send(&mut core, ProjectCommand::Undo).unwrap();
    assert_eq!((queue(&core), progress(&core).0), (mine.clone(), 0), "what is taken back is to be read");
    // That somebody agrees with a label that is reviewed already is a reading, too.
    let reviewed = *mine.iter().find(|image| small.ids[..8].contains(image)).unwrap();
    send(&mut core, annotate(reviewed, Edit::Confirm)).unwrap();
    assert_eq!(progress(&core).0, 1);
    drop(core);
    let mut core = Core::open(&small.project).unwrap();
    core.enter_reading_mode().unwrap();
    assert_eq!(progress(&core).0, 1, "after opening again");
    // Ben has a list of his own, and who left his place elsewhere is brought to it.
    core.take_workplace(crate::session::protocol::workplace::Workplace::default());
    assert_eq!(queue(&core).len(), mine.len() - 1);
    send(&mut core, ProjectCommand::SetReader("ben".into())).unwrap();
    assert_eq!(progress(&core), (0, list.list.of(1).count()));
    for image in queue(&core) {
        send(&mut core, annotate(image, Edit::Label(Some(0)))).unwrap();
        // Agreeing with what stands there is a reading.
    }
    assert!(core.view().assigned.as_ref().unwrap().is_finished() && queue(&core).is_empty());
    let told = plans(&core).remove(0);
    let of = |name: &str| told.readers.iter().find(|one| one.name == name).map(|one| (one.read, one.total)).unwrap();
    assert_eq!((of("ann"), of("ben")), ((1, mine.len()), (list.list.of(1).count(), list.list.of(1).count())));
    assert!(core.store.annotations().unwrap() == core.store.replay().unwrap());
    core.store.verify_chain().unwrap();
}

#[test]
fn what_comes_again_is_read_as_if_for_the_first_time_and_both_readings_stay() {
    for mode in [ReadingMode::Blind, ReadingMode::Reveal] {
        let (small, mut core) = project();
        let mut wanted = asked(&["ann"]);
        (wanted.plan.repeats, wanted.plan.honeypots, wanted.sample) = (3, 4, Some(8));
        assign(&mut core, wanted);
        let list = core.store().assignments().unwrap().remove(0).list;
        let turns = |turn| list.of(0).filter(|(_, one)| *one == turn).count();
        assert_eq!((turns(Turn::Repeat), turns(Turn::Honeypot)), (3, 4));
        reads(&mut core, "ann", mode);
        let total = list.of(0).count();
        let mut read: Vec<ImageId> = Vec::new();
        for step in 0..total {
            assert_eq!(progress(&core), (step, total), "{mode:?}");
            let image = queue(&core)[0];
            let row = core.view().rows.iter().find(|row| row.id == image).unwrap().clone();
            assert!(row.label.is_none() && !row.reviewed && row.predicted.is_none(), "{mode:?}: {row:?}");
            assert!(row.name.starts_with("Reading ") && row.facts.said.is_none(), "{row:?}");
            send(&mut core, ProjectCommand::Look { image }).unwrap();
            let detail = core.view().detail.clone().unwrap();
            assert!(detail.history.is_empty() && detail.annotation.label.is_none() && !detail.committed, "{detail:?}");
            // The second time Ann says something else of one image; she is wrong of every image of even number.
            let again = read.contains(&image);
            let says = usize::from(
                again && read.iter().filter(|one| **one == image).count() == 1 && image.0.rem_euclid(3) == 0,
            );
            send(&mut core, annotate(image, Edit::Label(Some(says)))).unwrap();
            if mode == ReadingMode::Reveal {
                send(&mut core, ProjectCommand::CommitReading { image, display: DisplayState::default() }).unwrap();
                let detail = core.view().detail.clone().unwrap();
                assert!(detail.committed, "{step}: {detail:?}");
            }
            let detail = core.view().detail.clone().unwrap();
            assert!(detail.history.iter().all(|line| !line.what.contains("second")), "{:?}", detail.history);
            read.push(image);
            if step == 4 {
                // Nothing of it hangs on the window staying open.
                drop(core);
                core = Core::open(&small.project).unwrap();
                core.enter_reading_mode().unwrap();
                send(&mut core, ProjectCommand::SetFilter(Filter { assigned: true, ..Filter::default() })).unwrap();
            }
        }
        assert!(queue(&core).is_empty() && core.view().assigned.as_ref().unwrap().is_finished());
        // Enough lay between the two.
        for (at, image) in read.iter().enumerate() {
            let before = read[..at].iter().position(|one| one == image);
            assert!(before.is_none_or(|before| at - before > 3), "{read:?}");
        }
        let repeated: Vec<ImageId> = read
            .iter()
            .enumerate()
            .filter(|(at, image)| read[..*at].contains(image))
            .map(|(_, image)| *image)
            .collect();
        assert_eq!(repeated.len(), 3);
        for image in &repeated {
            let own = &core.store().own_readings("ann").unwrap().0[image];
            assert_eq!(own.said.label, Some(0), "the first stays");
            assert_eq!(own.again.as_ref().unwrap().said.label, Some(usize::from(image.0.rem_euclid(3) == 0)));
        }
        // A first reading is not taken back any more once the image came again.
        for _ in 0..total * 2 {
            send(&mut core, ProjectCommand::Undo).unwrap();
        }
        for image in &repeated {
            assert_eq!(core.store().own_readings("ann").unwrap().0[image].said.label, Some(0));
        }
        for _ in 0..total * 2 {
            send(&mut core, ProjectCommand::Redo).unwrap();
        }
        reads(&mut core, "dora", ReadingMode::Assisted);
        let told = plans(&core).remove(0).readers.remove(0);
        assert_eq!((told.read, told.total, told.honeypots.of, told.honeypots_in_sight), (total, total, 4, 0));
        let differ = repeated.iter().filter(|image| image.0.rem_euclid(3) == 0).count();
        assert_eq!((told.repeats.equal.count, told.repeats.equal.of), (3 - differ, 3));
        // Dora's labels of the first eight are 0 1 0 0 0 1 0 1, and Ann says 0 of all at first.
        let zero: Vec<ImageId> = [0, 2, 3, 4, 6].map(|at: usize| small.ids[at]).to_vec();
        let honeypots: Vec<ImageId> = list
            .of(0)
            .filter(|(_, turn)| *turn == Turn::Honeypot)
            .map(|(key, _)| core.images().iter().find(|image| image.sha256 == key.0).unwrap().id)
            .collect();
        assert_eq!(told.honeypots.count, honeypots.iter().filter(|image| zero.contains(image)).count());
        core.store.verify_chain().unwrap();
        assert!(core.store.annotations().unwrap() == core.store.replay().unwrap());
    }
}

#[test]
fn a_plan_is_ended_deleted_and_brought_back_and_the_log_has_it() {
    let (_small, mut core) = project();
    assign(&mut core, asked(&["ann", "dora"]));
    assert!(core.view().filter.assigned, "Dora made it and reads herself");
    let digest = plans(&core)[0].digest.clone();
    let set = |state| ProjectCommand::Assigning(AssigningCommand::Set { digest: digest.clone(), state });
    send(&mut core, set(Some(AssignmentState::Ended))).unwrap();
    assert!(core.view().assigned.is_none() && !core.view().filter.assigned);
    assert_eq!(plans(&core)[0].state, AssignmentState::Ended);
    send(&mut core, set(None)).unwrap();
    assert!(plans(&core).is_empty());
    assert_eq!(core.view().undo.as_deref(), Some("readings of ann, dora"));
    send(&mut core, ProjectCommand::Undo).unwrap();
    assert_eq!(plans(&core)[0].state, AssignmentState::Ended);
    send(&mut core, ProjectCommand::Undo).unwrap();
    assert!(core.view().filter.assigned, "open again");
    let why = send(&mut core, set(Some(AssignmentState::Open))).unwrap_err().to_string();
    assert!(why.contains("so already"), "{why}");
    assert!(core.store.decisions_hold().unwrap() && core.store.verify_chain().is_ok());
    let same = send(&mut core, ProjectCommand::Assigning(AssigningCommand::Assign)).unwrap_err().to_string();
    assert!(same.contains("nothing was worked out yet"), "{same}");
    // The same again is the same plan.
    send(&mut core, ProjectCommand::Assigning(AssigningCommand::Plan(Box::new(asked(&["dora", "ann", " ann"])))))
        .unwrap();
    let same = send(&mut core, ProjectCommand::Assigning(AssigningCommand::Assign)).unwrap_err().to_string();
    assert!(same.contains("open already"), "{same}");
}

#[test]
fn what_cannot_be_planned_is_said_with_why() {
    let (_small, mut core) = project();
    let nobody = core.plan_readings(&asked(&[" "])).unwrap_err().to_string();
    assert!(nobody.contains("nobody is named"), "{nobody}");
    let mut by_model = asked(&["ann"]);
    by_model.plan.strata = crate::domain::Strata::Uncertainty;
    let why = core.plan_readings(&by_model).unwrap_err().to_string();
    assert!(why.contains("no model is active"), "{why}");
    let mut many = asked(&["ann", "dora"]);
    (many.plan.honeypots, many.plan.repeats) = (5, 2);
    let told = core.plan_readings(&many).unwrap();
    let [pots, sight] = &told.remarks[..] else { panic!("{:?}", told.remarks) };
    assert!(pots.starts_with("0 of 5 honeypots"), "Dora reviewed all there are: {pots}");
    assert!(sight.starts_with("ann, dora would read with the label in force in sight"), "{sight}");
    assert_eq!(told.readers.iter().map(|one| one.read > 0).collect::<Vec<_>>(), [false, true]);
    send(&mut core, ProjectCommand::SetFilter(Filter { label: Some(1), ..Filter::default() })).unwrap();
    let shown = ReadingsAsked { images: ChosenImages::Shown, ..asked(&["ann"]) };
    let told = core.plan_readings(&shown).unwrap();
    assert_eq!((told.images, told.plan.chosen.as_str()), (queue(&core).len(), "the images that the filter shows"));
}

fn copy(from: &Path, to: &Path) {
    std::fs::create_dir_all(to).unwrap();
    for entry in std::fs::read_dir(from).unwrap().flatten() {
        let target = to.join(entry.file_name());
        match entry.file_type().unwrap().is_dir() {
            true => copy(&entry.path(), &target),
            false => _ = std::fs::copy(entry.path(), target).unwrap(),
        }
    }
}

fn merge(into: &Path, other: &Path) -> crate::session::project::merging::Merged {
    let mut core = Core::open(into).unwrap();
    core.merge(other, &|_, _| true).unwrap().unwrap().0
}

#[test]
fn plans_and_second_readings_come_with_a_shared_copy_and_only_once() {
    let (small, mut core) = project();
    let mut wanted = asked(&["ann"]);
    (wanted.plan.repeats, wanted.sample) = (2, Some(7));
    assign(&mut core, wanted.clone());
    drop(core);
    let place = |name: &str| small.dir.path().join(name);
    let (hers, here, stick) = (place("hers.overread"), place("here.overread"), place("stick.overread"));
    copy(&small.project, &hers);
    copy(&small.project, &here);
    let mut core = Core::open(&hers).unwrap();
    reads(&mut core, "ann", ReadingMode::Blind);
    for _ in 0..9 {
        let image = queue(&core)[0];
        send(&mut core, annotate(image, Edit::Label(Some(1)))).unwrap();
    }
    assert!(queue(&core).is_empty());
    drop(core);
    share(&hers, &stick, &|_, _| true).unwrap().unwrap();
    let merged = merge(&here, &stick);
    assert_eq!((merged.assignments.new, merged.assignments.changed), (0, 0), "both have it");
    let told = plans(&Core::open(&here).unwrap()).remove(0).readers.remove(0);
    assert_eq!((told.read, told.total, told.repeats.equal.count, told.repeats.equal.of), (9, 9, 2, 2));
    let events = |project: &Path| Store::open(project, Access::ReadOnly).unwrap().log_end().unwrap();
    let before = events(&here);
    let again = merge(&here, &stick);
    assert_eq!((again.taken, events(&here)), (None, before), "nothing more is said");
    // Another plan in each: both stay, and the newest is read by.
    let mut core = Core::open(&hers).unwrap();
    reads(&mut core, "ann", ReadingMode::Assisted);
    wanted.plan.seed = 2;
    assign(&mut core, wanted.clone());
    let digest = core.store().assignment_of("ann").unwrap().unwrap().0.digest;
    drop(core);
    let merged = merge(&here, &hers);
    assert_eq!((merged.assignments.new, merged.assignments.in_several.as_slice()), (1, &["ann".to_owned()][..]));
    assert!(merged.said_of_assignments().unwrap().contains("the newest is read: ann"));
    let core = Core::open(&here).unwrap();
    assert_eq!(plans(&core).len(), 2);
    assert_eq!(core.store().assignment_of("ann").unwrap().unwrap().0.digest, digest);
    assert!(core.store().decisions_hold().unwrap() && core.store().verify_chain().is_ok());
    drop(core);
    // What is ended later in one is ended in the other.
    let mut core = Core::open(&here).unwrap();
    core.set_assignment(&digest, Some(AssignmentState::Ended)).unwrap();
    drop(core);
    assert_eq!(merge(&hers, &here).assignments.changed, 1);
    assert_eq!(merge(&here, &hers).assignments.changed, 0);
    assert_eq!(merge(&hers, &here).assignments, Default::default());
    let state = |project: &Path| plans(&Core::open(project).unwrap())[0].state;
    assert_eq!((state(&hers), state(&here)), (AssignmentState::Ended, AssignmentState::Ended));
}

#[test]
fn commits_of_second_readings_are_no_steps_of_undo() {
    let (_small, mut core) = project();
    let mut wanted = asked(&["ann"]);
    (wanted.plan.repeats, wanted.sample) = (1, Some(5));
    assign(&mut core, wanted);
    reads(&mut core, "ann", ReadingMode::Reveal);
    let mut last = ImageId(0);
    for _ in 0..6 {
        let image = queue(&core)[0];
        send(&mut core, annotate(image, Edit::Label(Some(1)))).unwrap();
        send(&mut core, ProjectCommand::CommitReading { image, display: DisplayState::default() }).unwrap();
        let twice = core.apply(
            ProjectCommand::CommitReading { image, display: DisplayState::default() },
            &crate::nn::Compute::cpu(),
        );
        assert!(twice.is_err(), "once");
        last = image;
    }
    assert!(queue(&core).is_empty());
    let events = core.store().own_events("ann", last).unwrap();
    let commits = |change: &Change| match change {
        Change::Own { change, .. } => matches!(change.as_ref(), Change::Committed),
        other => matches!(other, Change::Committed),
    };
    assert!(events.iter().any(|event| commits(&event.change)));
    assert_eq!(core.view().undo, None, "what was committed stays");
}
