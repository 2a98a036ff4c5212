//! Plans of readings on disk: kept with the log, noticed where they were altered, and brought back from a damaged file.

use super::*;
use crate::domain::{ImageKey, Turn};
use crate::store::backups::{BackedUp, back_up};
use crate::store::repair::repair;
use crate::store::sample;

fn plan(seed: u64) -> AssignmentPlan {
    AssignmentPlan { readers: vec!["ann".into(), "ben".into()], seed, ..AssignmentPlan::default() }
}

fn list(images: usize) -> AssignmentList {
    AssignmentList {
        images: (0..images).map(|at| ImageKey(format!("{at:064x}"), 0)).collect(),
        orders: vec![(0..images as u32).map(|at| (at, Turn::Plain)).collect(), vec![(0, Turn::Honeypot)]],
    }
}

#[test]
fn a_plan_that_was_altered_is_noticed() {
    let mut project = sample::project(3);
    let digest = project.store.assign("dora", &plan(1), &list(3)).unwrap();
    let (found, at) = project.store.assignment_of("ben").unwrap().unwrap();
    assert_eq!((found.digest.as_str(), at, found.by.as_str()), (digest.as_str(), 1, "dora"));
    assert_eq!((found.plan, found.list), (plan(1), list(3)));
    assert!(project.store.assignment_of("cleo").unwrap().is_none());
    let newer = project.store.assign("dora", &plan(2), &list(2)).unwrap();
    assert_eq!(project.store.assignment_of("ann").unwrap().unwrap().0.digest, newer);
    assert!(project.store.decisions_hold().unwrap());
    let alter = |project: &sample::Sample, sql: &str| project.store.db.execute_batch(sql).unwrap();
    alter(&project, "UPDATE assignments SET state = 'ended'");
    assert!(!project.store.decisions_hold().unwrap());
    alter(&project, "UPDATE assignments SET state = 'open'");
    assert!(project.store.decisions_hold().unwrap());
    alter(&project, "UPDATE assignments SET list = replace(list, 'plain', 'honeypot')");
    let why = project.store.assignments().unwrap_err().to_string();
    assert!(why.contains("not those that the log names"), "{why}");
}

#[test]
fn plans_that_came_after_the_backup_are_brought_back_with_their_states() {
    let mut project = sample::project(300);
    let before = project.store.assign("dora", &plan(1), &list(3)).unwrap();
    let BackedUp::Made(_) = back_up(&project.path, &|_, _| true).unwrap() else { panic!("it changed") };
    let after = project.store.assign("dora", &plan(2), &list(200)).unwrap();
    project.store.set_assignment("dora", &before, Some(AssignmentState::Ended)).unwrap();
    let states = |store: &Store| -> Vec<_> {
        store.assignments().unwrap().into_iter().map(|one| (one.digest, one.state, one.list.images.len())).collect()
    };
    let wanted = states(&project.store);
    assert_eq!(wanted[1], (after, Some(AssignmentState::Open), 200));
    let path = project.path.clone();
    drop(project.store);
    // The page of the images' names is gone, those of the log and of the plans are there.
    let database = path.join("project.db");
    let db = Connection::open(&database).unwrap();
    db.execute_batch("PRAGMA wal_checkpoint(TRUNCATE)").unwrap();
    let page: i64 =
        db.query_row("SELECT rootpage FROM sqlite_schema WHERE name = 'truths'", [], |row| row.get(0)).unwrap();
    drop(db);
    let mut bytes = std::fs::read(&database).unwrap();
    let size = 4096;
    bytes[(page as usize - 1) * size..page as usize * size].fill(0xa5);
    std::fs::write(&database, bytes).unwrap();
    let report = repair(&path, false).unwrap();
    assert!(report.damage.is_some() && report.replayed == 2, "{report:?}");
    let store = Store::open(&path, crate::store::Access::Write).unwrap();
    assert_eq!(states(&store), wanted, "{report:?}");
    assert!(store.decisions_hold().unwrap() && store.verify_chain().is_ok());
}

#[test]
fn which_copy_is_merged_first_makes_no_difference() {
    let [mut a, mut b, mut c, mut d, mut e] = [(); 5].map(|()| sample::project(3));
    let (open, ended) = (Some(AssignmentState::Open), Some(AssignmentState::Ended));
    let digest = a.store.assign("dora", &plan(1), &list(3)).unwrap();
    let at = a.store.assignments().unwrap()[0].made_ms;
    let (plan, list) = (plan(1), list(3));
    let parts = (digest.as_str(), &plan, &list);
    a.store.write_assignment((Some(at + 10), "dora"), parts, [open, ended]).unwrap();
    c.store.take_assignments_of(&a.store).unwrap();
    a.store.write_assignment((Some(at + 20), "dora"), parts, [ended, open]).unwrap();
    // Another made the very same earlier.
    b.store.write_assignment((Some(at - 5), "ben"), parts, [None, open]).unwrap();
    for of in [&a, &c, &b] {
        d.store.take_assignments_of(&of.store).unwrap();
    }
    for of in [&b, &c, &a] {
        e.store.take_assignments_of(&of.store).unwrap();
    }
    let times = |project: &sample::Sample| {
        let one = project.store.assignments().unwrap().remove(0);
        (one.state, one.made_ms, one.since_ms)
    };
    assert_eq!(times(&d), (open, at - 5, at + 20));
    assert_eq!(times(&d), times(&e));
    let end = d.store.log_end().unwrap();
    for of in [&a, &b, &c, &e] {
        assert_eq!(d.store.take_assignments_of(&of.store).unwrap().changed, 0);
    }
    assert_eq!(d.store.log_end().unwrap(), end, "nothing more is said");
    assert!(d.store.decisions_hold().unwrap() && d.store.verify_chain().is_ok());
}

#[test]
fn what_changed_elsewhere_of_a_plan_leaves_undo_free() {
    let [mut here, mut there] = [(); 2].map(|()| sample::project(3));
    here.say(0, crate::domain::Change::Flag { old: false, new: true });
    let digest = here.store.assign("ada", &plan(1), &list(3)).unwrap();
    there.store.take_assignments_of(&here.store).unwrap();
    there.store.set_assignment("ben", &digest, Some(AssignmentState::Ended)).unwrap();
    assert_eq!(here.store.take_assignments_of(&there.store).unwrap().changed, 1);
    for reopened in [false, true] {
        if reopened {
            here = here.reopen();
        }
        let target = here.store.undo_target().unwrap().expect("the flag is left");
        assert!(matches!(target, crate::domain::LoggedEvent::Image(_)), "{target:?}");
    }
    assert!(here.store.undo("ada").unwrap().is_some());
}
