//! What was said after the backup and stands in the tables of state only, because the log is what is damaged.

use super::tests::{PAGE, check, close, left, note, pages, text, write_over};
use super::*;
use crate::domain::{Annotation, BoxId, Change, ClassList, ImageId, MeasurementId, ThresholdBy};
use crate::store::sample;
use std::collections::HashMap;

/// Something of every kind, of several readers, after the backup.
fn say_all(project: &mut sample::Sample) {
    let id = |at: usize| project.images[at];
    let (one, two, three, four) = (id(1), id(2), id(3), id(4));
    let store = &mut project.store;
    let noted = store.annotation(four).unwrap().note;
    let (drawn, length): (BoxId, MeasurementId) = (store.allocate_box_id(), store.allocate_measurement_id());
    for (reader, image, change) in [
        ("ada", one, sample::label(None, false, 2)),
        ("ben", two, sample::draw(drawn, 0.1 + 0.2)),
        ("ben", two, sample::measured(length, 4.5)),
        ("ada", three, Change::Flag { old: false, new: true }),
        ("ada", four, note(&noted, "again")),
        ("ben", four, sample::label(None, false, 0)),
        ("ada", four, sample::label(Some(0), true, 1)),
    ] {
        store.append(reader, image, change, None, None, None).unwrap();
    }
}

fn root(project: &Path, table: &str) -> usize {
    let db = connect(&project.join(DATABASE), false).unwrap();
    let root = "SELECT rootpage FROM sqlite_schema WHERE name = ?";
    let page: i64 = db.query_row(root, [table], |row| row.get(0)).unwrap();
    page as usize
}

/// Writes over the root of the log and every page that holds an event after the backup.
fn lose_the_log(path: &Path) {
    lose_the_log_after(path, 300);
}

fn lose_the_log_after(path: &Path, last: i64) {
    let root = root(path, "events");
    let bytes = std::fs::read(path.join(DATABASE)).unwrap();
    for page in 0..pages(path) {
        let alone = &bytes[page * PAGE..(page + 1) * PAGE];
        let is_row = |id: i64| id > last;
        if page + 1 == root || leaves::on(alone).into_iter().any(is_row) {
            write_over(path, page..page + 1);
        }
    }
}

#[test]
fn without_the_root_of_the_log_its_pages_are_read_one_by_one() {
    let (mut project, _) = left(200);
    say_all(&mut project);
    let said = project.store.annotations().unwrap();
    let long = note(&said[&project.images[250]].note, &"long ".repeat(3000));
    project.say(250, long);
    let (chain, said) = (project.store.verify_chain().unwrap(), project.store.annotations().unwrap());
    let (path, _dir, _) = close(project);
    let page = root(&path, "events");
    write_over(&path, page - 1..page);
    let done = repair(&path, false).unwrap();
    assert_eq!((done.replayed, done.unreadable, done.unfitting, done.recovered), (208, 0, 0, 0), "{done:?}");
    let store = check(&path);
    assert_eq!(store.verify_chain().unwrap(), chain, "with readers, times and hashes");
    assert_eq!(store.annotations().unwrap(), said);
}

#[test]
fn without_the_log_the_states_are_said_again_and_name_themselves() {
    let (mut project, backup) = left(20);
    say_all(&mut project);
    let said = project.store.annotations().unwrap();
    let (path, _dir, images) = close(project);
    lose_the_log(&path);

    let done = repair(&path, false).unwrap();
    assert_eq!((done.backup.as_ref(), done.replayed, done.unreadable), (Some(&backup), 0, 27), "{done:?}");
    // Of two labels of one image the last alone is in the state.
    assert_eq!((done.recovered, done.recovered_images, done.states_unreadable), (26 - 1, 20, 0), "{done:?}");
    assert!(
        done.in_words(false).contains("25 entries were made of what the state of 20 images still held"),
        "{done:?}"
    );
    assert!(done.in_words(true).contains("a review among it no longer stands against the next import"), "{done:?}");
    let store = check(&path);
    assert_eq!(store.annotations().unwrap(), said);
    let events = store.events(images[1]).unwrap();
    let last = events.last().unwrap();
    assert_eq!((last.reader.as_str(), last.stated_ms), ("import:recovered from the state", None));
    let noted: Repaired = store.setting(REPAIRED).unwrap().unwrap();
    assert!(noted.in_words().contains("recovered from the state"), "{}", noted.in_words());
}

#[test]
fn what_is_signed_off_stays_so_where_only_its_state_tells() {
    let (mut project, _) = left(20);
    let image = project.images[1];
    let before = project.store.annotation(image).unwrap();
    project.say(1, sample::label(before.label, before.reviewed, 2));
    project.say(1, Change::signed_off("ada", 7));
    let said = project.store.annotations().unwrap();
    let (path, _dir, _) = close(project);
    lose_the_log(&path);
    let done = repair(&path, false).unwrap();
    assert_eq!((done.recovered, done.recovered_unfitting), (22, 0), "{done:?}");
    let mut store = check(&path);
    assert_eq!(store.annotations().unwrap(), said);
    let flag = Change::Flag { old: false, new: true };
    let why = store.append("ben", image, flag, None, None, None).unwrap_err().to_string();
    assert!(why.contains("signed off by ada"), "{why}");
}

#[test]
fn an_event_that_can_be_read_and_does_not_fit_names_the_reader_and_the_time() {
    let (mut project, _) = left(0);
    let first = note("first", &"x".repeat(PAGE));
    project.store.append("ada", project.images[9], first, None, None, None).unwrap();
    let second = note(&"x".repeat(PAGE), "last");
    let said = project.store.append("ben", project.images[9], second, None, None, None).unwrap();
    let states = project.store.annotations().unwrap();
    let (path, _dir, images) = close(project);
    // The first is altered, so that it cannot be told what was there before the second.
    let db = connect(&path.join(DATABASE), true).unwrap();
    db.execute_batch("DROP TRIGGER events_keep; UPDATE events SET reader = 'eve' WHERE id = 301").unwrap();
    drop(db);
    let done = repair(&path, false).unwrap();
    assert_eq!((done.replayed, done.unreadable, done.unfitting, done.recovered), (0, 1, 1, 1), "{done:?}");
    let store = check(&path);
    assert_eq!(store.annotations().unwrap(), states);
    let last = store.events(images[9]).unwrap().pop().unwrap();
    assert_eq!(last.reader, "import:ben (recovered from the state)");
    assert_eq!(last.stated_ms, Some(said.time_ms));
}

#[test]
fn what_is_in_force_of_models_is_decided_again_where_the_log_does_not_tell() {
    let mut project = sample::project(300);
    let (a, b) = (project.add_model("a"), project.add_model_of("b", &["intact", "broken", "unsure"]));
    for image in 0..300 {
        project.say(image, note("", "first"));
    }
    let backups::BackedUp::Made(_) = backups::back_up(&project.path, &|_, _| true).unwrap() else { panic!("new") };
    let last = project.store.last_event().unwrap().unwrap();
    project.store.set_threshold("ada", a, Some(0.1 + 0.2), ThresholdBy::Hand).unwrap();
    project.store.set_class_threshold("ada", b, ("broken", Some(0.75)), ThresholdBy::Hand).unwrap();
    project.store.set_active("ada", Some(b)).unwrap();
    let decided =
        |store: &Store| [a, b].map(|id| (store.model(id).unwrap().decided(), store.model(id).unwrap().active));
    let before = decided(&project.store);
    let (path, _dir, _) = close(project);
    lose_the_log_after(&path, last);
    let done = repair(&path, false).unwrap();
    assert_eq!((done.unreadable, done.recovered, done.recovered_images), (3, 3, 0), "{done:?}");
    let store = check(&path);
    assert_eq!(decided(&store), before);
    assert!(store.decisions_hold().unwrap(), "the log says so, too");
    assert_eq!(store.decisions().unwrap().pop().unwrap().reader, "import:recovered from the state");
}

#[test]
fn that_no_model_is_active_any_more_is_decided_again_too() {
    let mut project = sample::project(3);
    let a = project.add_model("a");
    project.store.set_active("ada", Some(a)).unwrap();
    let backups::BackedUp::Made(_) = backups::back_up(&project.path, &|_, _| true).unwrap() else { panic!("new") };
    let last = project.store.last_event().unwrap().unwrap();
    project.store.set_active("ada", None).unwrap();
    let (path, _dir, _) = close(project);
    let db = connect(&path.join(DATABASE), true).unwrap();
    let event = last + 1;
    db.execute_batch(&format!("DROP TRIGGER events_keep; UPDATE events SET reader = 'eve' WHERE id = {event}"))
        .unwrap();
    drop(db);
    let done = repair(&path, false).unwrap();
    assert_eq!((done.unreadable, done.recovered), (1, 1), "{done:?}");
    let store = check(&path);
    assert_eq!(store.active_model().unwrap(), None);
    assert!(store.decisions_hold().unwrap(), "the log says so, too");
}

#[test]
fn a_state_that_makes_no_sense_is_counted_and_not_taken() {
    let (mut project, _) = left(0);
    say_all(&mut project);
    let (path, _dir, images) = close(project);
    let db = connect(&path.join(DATABASE), true).unwrap();
    let (one, two) = (images[1].0, images[2].0);
    db.execute("UPDATE annotations SET label = 77 WHERE image = ?", [one]).unwrap();
    db.execute("UPDATE annotations SET boxes = 'no list' WHERE image = ?", [two]).unwrap();
    drop(db);
    lose_the_log(&path);
    let done = repair(&path, false).unwrap();
    assert_eq!((done.recovered_unfitting, done.states_unreadable, done.recovered), (1, 1, 3), "{done:?}");
    let words = done.in_words(false);
    assert!(words.contains("1 parts of states") && words.contains("of 1 images and models not even"), "{words}");
    assert_eq!(check(&path).annotation(images[1]).unwrap().label, None);
}

#[test]
fn while_the_log_is_whole_the_states_do_not_speak() {
    let (mut project, _) = left(5);
    say_all(&mut project);
    let said = project.store.annotations().unwrap();
    let (path, _dir, images) = close(project);
    let db = connect(&path.join(DATABASE), true).unwrap();
    db.execute("UPDATE annotations SET label = 0 WHERE image = ?", [images[1].0]).unwrap();
    drop(db);
    let page = root(&path, "events_by_image");
    write_over(&path, page - 1..page);
    let done = repair(&path, false).unwrap();
    assert_eq!((done.replayed, done.unreadable, done.unfitting, done.recovered), (12, 0, 0, 0), "{done:?}");
    assert_eq!(check(&path).annotations().unwrap(), said);
}

#[test]
fn the_schema_of_the_backup_stands_in_for_one_that_is_gone() {
    let (mut project, _) = left(5);
    say_all(&mut project);
    let (chain, said) = (project.store.verify_chain().unwrap(), project.store.annotations().unwrap());
    let (path, _dir, _) = close(project);
    write_over(&path, 0..1);
    let done = repair(&path, false).unwrap();
    assert_eq!((done.replayed, done.unreadable, done.blind), (12, 0, false), "{done:?}");
    let store = check(&path);
    assert_eq!(store.verify_chain().unwrap(), chain);
    assert_eq!(store.annotations().unwrap(), said);
}

/// A project of few images, so that every page of it can be damaged in turn.
fn small() -> (sample::Sample, HashMap<ImageId, Annotation>) {
    let mut project = sample::project(60);
    for image in 0..60 {
        project.say(image, note("", "first"));
    }
    let backups::BackedUp::Made(_) = backups::back_up(&project.path, &|_, _| true).unwrap() else { panic!("new") };
    say_all(&mut project);
    for image in 10..60 {
        project.say(image, note("first", &text(image + 600)));
    }
    let classes = ClassList::from_names(&["intact", "broken", "unsure", "new"], false).unwrap();
    project.store.set_classes("ada", &classes).unwrap();
    project.store.append("ben", project.images[9], sample::label(None, false, 3), None, None, None).unwrap();
    let said = project.store.annotations().unwrap();
    (project, said)
}

#[test]
fn whichever_page_is_gone_nothing_is_lost_without_being_told() {
    let (project, said) = small();
    let (path, dir, _) = close(project);
    let whole = std::fs::read(path.join(DATABASE)).unwrap();
    let backup = backups::backups(&path).remove(0).path;
    let mut recovered = 0;
    for page in 0..pages(&path) {
        let copy = dir.path().join(format!("copy-{page}.overread"));
        std::fs::create_dir_all(backups::folder(&copy)).unwrap();
        std::fs::copy(&backup, backups::folder(&copy).join(backup.file_name().unwrap())).unwrap();
        std::fs::write(copy.join(DATABASE), &whole).unwrap();
        write_over(&copy, page..page + 1);
        let done = repair(&copy, false).unwrap();
        recovered += done.recovered;
        let now = check(&copy).annotations().unwrap();
        let lost = said.iter().filter(|(image, state)| now.get(image) != Some(state)).count();
        let told = done.states_unreadable + done.recovered_unfitting + done.images_gone;
        assert!(lost <= told, "page {page}: {lost} lost and {told} told: {done:?}");
        std::fs::remove_dir_all(&copy).unwrap();
    }
    assert!(recovered > 20, "{recovered}");
}

#[test]
fn whatever_is_cut_off_nothing_is_lost_without_being_told() {
    let (project, said) = small();
    let (path, dir, _) = close(project);
    let whole = std::fs::read(path.join(DATABASE)).unwrap();
    let backup = backups::backups(&path).remove(0).path;
    for left in (1..pages(&path)).step_by(3) {
        let copy = dir.path().join(format!("copy-{left}.overread"));
        std::fs::create_dir_all(backups::folder(&copy)).unwrap();
        std::fs::copy(&backup, backups::folder(&copy).join(backup.file_name().unwrap())).unwrap();
        std::fs::write(copy.join(DATABASE), &whole[..left * PAGE - 100]).unwrap();
        let done = repair(&copy, false).unwrap();
        let now = check(&copy).annotations().unwrap();
        let lost = said.iter().filter(|(image, state)| now.get(image) != Some(state)).count();
        let told = done.states_unreadable + done.recovered_unfitting + done.images_gone;
        assert!(lost <= told || done.blind, "{left} pages left: {lost} lost and {told} told: {done:?}");
        std::fs::remove_dir_all(&copy).unwrap();
    }
}
