//! Backups of a project that is open, and a damaged one put right from the window.

use crate::session::desk::clock::Clock;
use crate::session::desk::test_window::{Window, window, window_by};
use crate::session::protocol::command::{DeskCommand, Edit, ProjectCommand};
use crate::session::protocol::view::{Offer, View};
use crate::session::test_project::{Small, annotate, small};
use crate::store::backups::{EVERY, KEPT, backups, folder};
use std::path::Path;
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

fn offered(view: &View) -> Option<Offer> {
    view.notices.iter().find_map(|notice| notice.offer.clone())
}

/// A project with a backup and a flag that was set after it; closed.
fn left() -> (Small, Window) {
    let project = small(120);
    let window = window(Some(project.project.clone()));
    window.until("the backup", |view| {
        view.project.is_some() && view.jobs.is_empty() && backups(&project.project).len() == 1
    });
    window.send(ProjectCommand::SetReader("ada".into()));
    window.send(annotate(project.ids[0], Edit::Flag(true)));
    window.until("the flag", |view| view.project.as_ref().is_some_and(|p| p.saved && p.rows[0].flagged));
    window.send(DeskCommand::CloseProject);
    window.until("the start screen", |view| view.project.is_none());
    (project, window)
}

fn damage(project: &Path) {
    let database = project.join("project.db");
    let mut bytes = std::fs::read(&database).unwrap();
    // All but the log, which lies at the end, and the head of the file.
    let end = bytes.len() / 4;
    bytes[4096..end].fill(0xa5);
    std::fs::write(&database, bytes).unwrap();
}

#[test]
fn a_project_is_backed_up_when_it_is_opened_and_not_again_where_nothing_changed() {
    let (project, window) = left();
    for _ in 0..2 {
        window.send(DeskCommand::OpenProject(project.project.clone()));
        window.until("the project", |view| view.project.is_some() && view.jobs.is_empty());
        window.send(DeskCommand::CloseProject);
        let view = window.until("the start screen", |view| view.project.is_none());
        assert!(view.notices.is_empty(), "{:?}", view.notices);
    }
    // What was said after the first, and at most what opening the second time noted itself.
    let made = backups(&project.project).len();
    assert!((1..=3).contains(&made), "{made}");
}

#[test]
fn a_damaged_project_that_does_not_open_offers_its_repair_and_opens_after_it() {
    let (project, window) = left();
    damage(&project.project);
    window.send(DeskCommand::OpenProject(project.project.clone()));
    let view = window.until("the refusal", |view| !view.notices.is_empty());
    let Some(Offer::Repair(path)) = offered(&view) else { panic!("{:?}", view.notices) };
    let named = project.project.join("project.db").display().to_string();
    assert!(view.notices[0].text.contains(&named), "{:?}", view.notices);
    window.send(DeskCommand::Repair(path));
    let view = window.until("the project", |view| view.project.is_some() && view.jobs.is_empty());
    assert!(offered(&view).is_none(), "{:?}", view.notices);
    let said = view.notices.iter().find(|notice| notice.text.contains("put back")).expect("it is said");
    assert!(said.text.contains("kept in"), "{}", said.text);
    let project = view.project.as_ref().unwrap();
    assert_eq!((project.rows.len(), project.read_only.clone()), (120, None));
}

#[test]
fn what_lies_where_is_measured_and_the_cache_goes() {
    let (project, window) = left();
    window.send(DeskCommand::OpenProject(project.project.clone()));
    window.until("the project", |view| view.project.is_some() && view.jobs.is_empty());
    let thumbnails = project.project.join("cache/thumbnails");
    std::fs::create_dir_all(thumbnails.join("ab")).unwrap();
    std::fs::write(thumbnails.join("ab/abcd-64"), vec![1; 5000]).unwrap();
    let cache = |view: &View| {
        let storage = view.storage.as_ref()?;
        storage.lines.iter().find(|line| line.name == "This project: cache").map(|line| line.bytes)
    };
    window.send(DeskCommand::MeasureStorage);
    let view = window.until("the sizes", |view| cache(view).is_some());
    assert!(cache(&view).flatten().is_some_and(|bytes| bytes >= 5000), "{:?}", view.storage);
    let backups = view.storage.as_ref().unwrap().lines.iter().find(|line| line.name.ends_with("backups")).unwrap();
    assert!(backups.bytes.is_some_and(|bytes| bytes > 4096));
    window.send(DeskCommand::ClearCache);
    window.until("the cache to go", |view| cache(view).flatten().is_some_and(|bytes| bytes < 5000));
    assert!(!thumbnails.join("ab").exists());
}

#[test]
fn a_project_that_stays_open_is_backed_up_after_a_day_and_not_before() {
    let project = small(20);
    let passed = Arc::new(Mutex::new(Duration::ZERO));
    let (began, told) = (Instant::now(), passed.clone());
    let window = window_by(Clock::of(move || began + *told.lock().unwrap()), Some(project.project.clone()));
    let count = || backups(&project.project).len();
    window.until("the first", |view| view.project.is_some() && view.jobs.is_empty() && count() == 1);
    // Copies are told apart by the second, which need not pass here: this one is of long ago.
    let newest = backups(&project.project).remove(0).path;
    std::fs::rename(newest, folder(&project.project).join("project-2020-01-01T00-00-00Z.db")).unwrap();
    let flag = |set: bool, passes: Duration| {
        *passed.lock().unwrap() += passes;
        window.send(annotate(project.ids[0], Edit::Flag(set)));
        window.until("the flag", |view| {
            let shown = view.project.as_ref().is_some_and(|p| p.saved && p.rows[0].flagged == set);
            shown && view.jobs.is_empty()
        });
    };
    window.send(ProjectCommand::SetReader("ada".into()));
    flag(true, EVERY - Duration::from_secs(60));
    assert_eq!(count(), 1, "a minute is left of the day");
    flag(false, Duration::from_secs(61));
    window.until("the second", |view| view.jobs.is_empty() && count() == 2);
    flag(true, EVERY - Duration::from_secs(60));
    assert_eq!(count(), 2, "the next day begins with the copy");
    assert!(count() < KEPT);

    // Where no project is open there is nothing to copy.
    window.send(DeskCommand::CloseProject);
    window.until("the start screen", |view| view.project.is_none());
    *passed.lock().unwrap() += EVERY * 3;
    window.send(DeskCommand::MeasureStorage);
    window.until("the sizes", |view| view.storage.is_some() && view.jobs.is_empty());
    assert_eq!(count(), 2);
}
