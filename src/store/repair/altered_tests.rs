//! Damage that still reads as if it were whole: words, numbers and texts that are others than those written.

use super::tests::{check, close, left, note, write_over};
use super::*;
use crate::domain::{ClassList, ImageId, Recipe};
use crate::store::sample;

/// Alters a closed project past the rules of its tables.
fn alter(path: &Path, how: &str) {
    let db = connect(&path.join(DATABASE), true).unwrap();
    let free = "PRAGMA foreign_keys = OFF; DROP TRIGGER events_keep; DROP TRIGGER class_lists_keep;
        DROP TRIGGER models_keep;";
    db.execute_batch(free).unwrap();
    db.execute_batch(how).unwrap();
}

#[test]
fn a_word_that_was_altered_after_a_gap_is_nobody_s() {
    let (mut project, _) = left(0);
    for (image, text) in [(5, "mine"), (6, "mine too"), (7, "and mine")] {
        project.say(image, note("first", text));
    }
    let (path, _dir, images) = close(project);
    alter(
        &path,
        "UPDATE events SET reader = 'eve' WHERE id = 301;
        UPDATE events SET change = replace(change, 'mine too', 'forged') WHERE id = 302",
    );
    let done = repair(&path, false).unwrap();
    assert_eq!((done.replayed, done.unreadable, done.unfitting, done.recovered), (1, 2, 0, 2), "{done:?}");
    let store = check(&path);
    for (image, reader) in [(6, "import:recovered from the state"), (7, "ada")] {
        assert_eq!(store.events(images[image]).unwrap().pop().unwrap().reader, reader);
    }
    assert_eq!(store.annotation(images[6]).unwrap().note, "mine too", "as the state has it");
}

#[test]
fn texts_that_cannot_be_read_cost_their_rows_and_not_the_repair() {
    let (mut project, backup) = left(0);
    project.say(5, note("first", "mine"));
    project.say(6, note("first", "mine too"));
    let classes = project.store.classes().unwrap();
    let more = ClassList::from_names(&["intact", "broken", "unsure", "new"], false).unwrap();
    project.store.set_classes("ada", &more).unwrap();
    let (model, other) = (project.add_model("a"), project.add_model("b"));
    let run = project.store.add_run(&Recipe::default(), None).unwrap().id;
    let kept = project.store.add_run(&Recipe::default(), None).unwrap().id;
    let added = project.store.add_images(&[sample::image(project.dir.path(), 999)]).unwrap()[0];
    let (path, _dir, _) = close(project);
    alter(
        &path,
        &format!(
            "UPDATE events SET reader = 'eve' WHERE id = 301;
            UPDATE class_lists SET classes = '[' WHERE id = 2;
            UPDATE models SET card = '{{' WHERE id = {model};
            UPDATE models SET file = '..' WHERE id = {other};
            UPDATE runs SET recipe = 'no recipe' WHERE id = {run};
            UPDATE image_facts SET facts = '{{' WHERE image = {added}"
        ),
    );
    let done = repair(&path, false).unwrap();
    assert_eq!((done.backup.as_ref(), done.images_gone), (Some(&backup), 0));
    assert_eq!(done.cut, [("image_facts", 1), ("class_lists", 1), ("runs", 1), ("models", 2)], "{done:?}");
    let store = check(&path);
    assert_eq!(store.annotation(ImageId(7)).unwrap().note, "mine too");
    assert_eq!((store.images().unwrap().len(), store.facts().unwrap().len()), (301, 300));
    assert_eq!((store.classes().unwrap(), store.models().unwrap().len()), (classes, 0));
    assert_eq!(store.runs().unwrap().iter().map(|run| run.id).collect::<Vec<_>>(), [kept]);
}

#[test]
fn a_model_that_is_gone_and_was_active_is_not_taken_for_none() {
    let mut project = sample::project(3);
    let a = project.add_model("a");
    project.store.set_active("ada", Some(a)).unwrap();
    let backups::BackedUp::Made(_) = backups::back_up(&project.path, &|_, _| true).unwrap() else { panic!("new") };
    let b = project.add_model("b");
    project.store.set_active("ada", Some(b)).unwrap();
    let event = project.store.last_event().unwrap().unwrap();
    let (path, _dir, _) = close(project);
    let card = format!("UPDATE models SET card = '{{' WHERE id = {b}");
    alter(&path, &format!("{card}; UPDATE events SET reader = 'eve' WHERE id = {event}"));
    let done = repair(&path, false).unwrap();
    assert_eq!((done.cut, done.unreadable, done.recovered), (vec![("models", 1)], 1, 0));
    assert_eq!(check(&path).active_model().unwrap().map(|model| model.id), Some(a));
}

#[test]
fn a_number_that_no_file_of_its_size_can_hold_is_not_counted_up_to() {
    let (mut project, _) = left(3);
    let added = project.store.add_images(&[sample::image(project.dir.path(), 999)]).unwrap()[0];
    let (path, _dir, _) = close(project);
    alter(
        &path,
        &format!(
            "UPDATE sqlite_sequence SET seq = 1 << 40 WHERE name IN ('events', 'images');
            UPDATE image_facts SET image = 1 << 50 WHERE image = {added}"
        ),
    );
    let salvage = Salvage::open(&path.join(DATABASE));
    assert_eq!(salvage.last("events", "id", 300), (303, true));
    assert_eq!(salvage.last("images", "id", 300), (301, true));
    assert_eq!(salvage.last("image_facts", "image", 300), (300, true));
    drop(salvage);
    let done = repair(&path, false).unwrap();
    assert_eq!((done.replayed, done.unreadable, done.unfitting, done.images_gone), (3, 0, 0, 0), "{done:?}");
    assert_eq!(check(&path).images().unwrap().len(), 301);
}

#[test]
fn rows_that_were_never_there_are_not_missed() {
    let (mut project, backup) = left(0);
    for _ in 0..3 {
        project.store.add_run(&Recipe::default(), None).unwrap();
    }
    let (path, _dir, _) = close(project);
    std::fs::remove_file(backup).unwrap();
    let db = connect(&path.join(DATABASE), true).unwrap();
    // As of images of an older form, and as a person deletes a run.
    db.execute_batch("DELETE FROM image_facts WHERE image < 11; DELETE FROM runs WHERE id = 2").unwrap();
    let page: usize = db
        .query_row("SELECT rootpage FROM sqlite_schema WHERE name = 'annotations'", [], |row| row.get::<_, i64>(0))
        .unwrap() as usize;
    drop(db);
    write_over(&path, page - 1..page);
    let done = repair(&path, false).unwrap();
    assert_eq!((done.replayed, done.unreadable, done.cut), (300, 0, Vec::new()));
    let store = check(&path);
    assert_eq!((store.facts().unwrap().len(), store.runs().unwrap().len()), (290, 2));
}

/// A device that nothing can be synced to.
#[cfg(target_os = "linux")]
#[test]
fn what_is_kept_aside_is_on_the_disk_before_anything_is_removed() {
    let dir = tempfile::tempdir().unwrap();
    let [database, log, damaged, new] =
        ["project.db", "project.db-wal", "damaged", "new.db"].map(|n| dir.path().join(n));
    for file in [&database, &log, &new] {
        std::fs::write(file, file.file_name().unwrap().as_encoded_bytes()).unwrap();
    }
    std::fs::create_dir(&damaged).unwrap();
    std::os::unix::fs::symlink("/dev/null", damaged.join(DATABASE)).unwrap();
    assert!(put_in_place(dir.path(), &damaged, &new).is_err());
    assert_eq!(std::fs::read(&database).unwrap(), b"project.db");
    assert!(log.exists(), "what was not taken in yet is still there");
}
