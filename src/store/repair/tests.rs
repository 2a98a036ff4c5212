//! Files that are really damaged: pages written over, ends cut off, nothing left.

use super::*;
use crate::domain::{Change, ClassList, ImageId, ReaderDescription, ReaderRole};
use crate::store::backups::{BackedUp, back_up};
use crate::store::sample::{self, Sample};
use std::ops::Range;

pub(super) const PAGE: usize = 4096;

/// A project of 300 images with a note on each, a backup of that, and so many notes after it; closed.
pub(super) fn left(after: usize) -> (Sample, PathBuf) {
    let mut project = sample::project(300);
    for image in 0..300 {
        project.say(image, note("", "first"));
    }
    let BackedUp::Made(backup) = back_up(&project.path, &|_, _| true).unwrap() else { panic!("it changed") };
    for image in 0..after {
        project.say(image % 300, note(&text(image), &text(image + 300)));
    }
    (project, backup)
}

pub(super) fn text(number: usize) -> String {
    if number < 300 { "first".to_owned() } else { format!("{} {}", number / 300, "x".repeat(300)) }
}

pub(super) fn note(old: &str, new: &str) -> Change {
    Change::Note { old: old.into(), new: new.into() }
}

/// Closes it and gives its folder, which stays as long as the second is kept.
pub(super) fn close(project: Sample) -> (PathBuf, tempfile::TempDir, Vec<ImageId>) {
    let Sample { store, path, dir, images } = project;
    drop(store);
    (path, dir, images)
}

pub(super) fn write_over(project: &Path, pages: Range<usize>) {
    let database = project.join(DATABASE);
    let mut bytes = std::fs::read(&database).unwrap();
    let end = (pages.end * PAGE).min(bytes.len());
    bytes[pages.start * PAGE..end].fill(0xa5);
    std::fs::write(&database, bytes).unwrap();
}

pub(super) fn pages(project: &Path) -> usize {
    std::fs::metadata(project.join(DATABASE)).unwrap().len() as usize / PAGE
}

/// What is so of every repaired project.
pub(super) fn check(path: &Path) -> Store {
    assert_eq!(repair(path, false).unwrap(), Repair::default(), "there is nothing left to do");
    let store = Store::open(path, Access::Write).unwrap();
    store.verify_chain().unwrap();
    assert_eq!(store.replay().unwrap(), store.annotations().unwrap());
    let left = std::fs::read_dir(path).unwrap().flatten();
    assert!(!left.into_iter().any(|entry| entry.file_name().to_string_lossy().starts_with(".repair-")));
    store
}

#[test]
fn a_whole_project_is_left_as_it_is() {
    let (project, _) = left(5);
    let open = repair(&project.path, false).unwrap_err().to_string();
    assert!(open.contains("has the project open"), "{open}");
    let (path, _dir, _) = close(project);
    let before = std::fs::read(path.join(DATABASE)).unwrap();
    assert_eq!(repair(&path, false).unwrap(), Repair::default());
    assert_eq!(std::fs::read(path.join(DATABASE)).unwrap(), before);
    let nowhere = path.join("not-there");
    assert!(matches!(repair(&nowhere, true), Err(StoreError::NotFound(_))));
    std::fs::create_dir(&nowhere).unwrap();
    assert!(matches!(repair(&nowhere, true), Err(StoreError::NotAProject(_))));
}

#[test]
fn what_was_said_after_the_backup_is_there_again_with_the_same_chain() {
    let (mut project, backup) = left(40);
    let head = project.store.verify_chain().unwrap();
    project.store.append_many("ada", &[(project.images[7], Change::Flag { old: false, new: true })]).unwrap();
    project.store.undo("ada").unwrap();
    let classes = ClassList::from_names(&["intact", "broken", "unsure", "new"], false).unwrap();
    project.store.set_classes("ada", &classes).unwrap();
    let added = project.store.add_images(&[sample::image(project.dir.path(), 999)]).unwrap()[0];
    project.store.append("ada", added, sample::label(None, false, 3), None, None, None).unwrap();
    project.store.set_setting("reader", &"grace").unwrap();
    let student = ReaderDescription::new(ReaderRole::Student, "4th year");
    project.store.describe_reader("ada", "grace", &student).unwrap();
    let (chain, said) = (project.store.verify_chain().unwrap(), project.store.annotations().unwrap());
    let (path, _dir, images) = close(project);
    // The pages of the predictions' index, say: nothing of the log.
    let database = path.join(DATABASE);
    let db = connect(&database, false).unwrap();
    let page: i64 =
        db.query_row("SELECT rootpage FROM sqlite_schema WHERE name = 'annotations'", [], |row| row.get(0)).unwrap();
    drop(db);
    write_over(&path, page as usize - 1..page as usize);
    let damaged = std::fs::read(&database).unwrap();

    let plan = repair(&path, true).unwrap();
    assert_eq!((plan.backup.as_ref(), plan.kept.as_ref()), (Some(&backup), None));
    assert_eq!((plan.in_backup, plan.replayed, plan.unreadable, plan.unfitting), (300, 44, 0, 0), "{plan:?}");
    assert!(plan.damage.is_some() && plan.rows >= 2, "{plan:?}");
    assert_eq!(std::fs::read(&database).unwrap(), damaged, "looking changes nothing");
    assert!(
        !std::fs::read_dir(&path).unwrap().flatten().any(|e| e.file_name().to_string_lossy().starts_with("damaged"))
    );

    let done = repair(&path, false).unwrap();
    let kept = done.kept.clone().unwrap();
    assert_eq!(Repair { kept: None, ..done }, plan, "what is done is what was said");
    assert_eq!(std::fs::read(kept.join(DATABASE)).unwrap(), damaged, "nothing is thrown away");
    let mut store = check(&path);
    assert_eq!(store.verify_chain().unwrap(), chain);
    assert_ne!(chain, head);
    assert_eq!(store.annotations().unwrap(), said);
    assert_eq!(store.classes().unwrap(), classes);
    assert_eq!(store.setting::<String>("reader").unwrap().as_deref(), Some("grace"));
    assert_eq!(store.annotation(added).unwrap().label, Some(3));
    assert_eq!(store.described_readers().unwrap()["grace"].description, student);
    store.undo("ada").unwrap();
    assert_eq!(store.annotation(added).unwrap().label, None, "and can be undone");
    assert_eq!(images.len(), 300);
}

#[test]
fn pages_of_the_log_that_are_gone_cost_what_stood_on_them() {
    let (project, _) = left(200);
    let (path, _dir, _) = close(project);
    let all = pages(&path);
    // The newest events lie at the end of the file.
    write_over(&path, all - 9..all - 7);
    let done = repair(&path, false).unwrap();
    assert_eq!(done.in_backup, 300);
    assert_eq!(done.replayed + done.unreadable + done.unfitting, 200, "{done:?}");
    assert!(done.unreadable > 0 && done.replayed > 100, "{done:?}");
    check(&path);
}

#[test]
fn a_file_that_was_cut_off_gives_what_is_left_of_it() {
    let (project, _) = left(200);
    let (path, _dir, _) = close(project);
    let whole = pages(&path);
    let file = std::fs::File::options().write(true).open(path.join(DATABASE)).unwrap();
    file.set_len((whole - 12) as u64 * PAGE as u64 + 100).unwrap();
    drop(file);
    let done = repair(&path, false).unwrap();
    assert!(done.replayed > 50 && done.unreadable > 0, "{done:?}");
    assert_eq!(done.replayed + done.unreadable + done.unfitting, 200, "{done:?}");
    let store = check(&path);
    assert_eq!(store.annotation(ImageId(1)).unwrap().note, text(300), "the first after the backup");
}

#[test]
fn where_nothing_can_be_read_the_backup_alone_is_put_back() {
    for content in [Some(&b"no database at all, and longer than the smallest page"[..]), Some(b""), None] {
        let (project, backup) = left(3);
        let (path, _dir, _) = close(project);
        let database = path.join(DATABASE);
        match content {
            Some(content) => std::fs::write(&database, content.repeat(100)).unwrap(),
            None => std::fs::remove_file(&database).unwrap(),
        }
        let done = repair(&path, false).unwrap();
        assert_eq!((done.backup, done.in_backup, done.replayed), (Some(backup), 300, 0));
        let store = check(&path);
        assert_eq!(store.event_count().unwrap(), 300);
    }
}

#[test]
fn a_damaged_backup_is_passed_over_and_without_any_nothing_is_done() {
    let (project, backup) = left(3);
    let (path, _dir, _) = close(project);
    let newer = backup.with_file_name("project-2999-01-01T00-00-00Z.db");
    std::fs::write(&newer, vec![7; 9000]).unwrap();
    let all = pages(&path);
    write_over(&path, 1..all);
    let done = repair(&path, true).unwrap();
    assert_eq!((done.backup.as_ref(), done.passed_over), (Some(&backup), vec![newer.clone()]));
    // Not even what the project is called can be read.
    std::fs::remove_file(&backup).unwrap();
    let before = std::fs::read(path.join(DATABASE)).unwrap();
    let refused = repair(&path, false).unwrap_err().to_string();
    assert!(refused.contains("no backup of it is whole") && refused.contains("nothing was changed"), "{refused}");
    std::fs::remove_file(&newer).unwrap();
    let refused = repair(&path, false).unwrap_err().to_string();
    assert!(refused.contains("there is no backup of it"), "{refused}");
    assert_eq!(std::fs::read(path.join(DATABASE)).unwrap(), before);
}

#[test]
fn an_altered_log_is_not_made_good_by_saying_it_again() {
    let (mut project, _) = left(0);
    project.say(5, note("first", "mine"));
    project.say(6, note("first", "mine too"));
    let (path, _dir, _) = close(project);
    let db = connect(&path.join(DATABASE), true).unwrap();
    db.execute_batch("DROP TRIGGER events_keep; UPDATE events SET reader = 'eve' WHERE id = 301").unwrap();
    drop(db);
    let done = repair(&path, false).unwrap();
    assert!(done.damage.as_ref().is_some_and(|what| what.contains("altered at event 301")), "{done:?}");
    assert_eq!((done.replayed, done.unreadable, done.recovered), (1, 1, 1));
    let store = check(&path);
    // What was said stands, and not as a reader's word.
    assert_eq!(store.annotation(ImageId(6)).unwrap().note, "mine");
    assert_eq!(store.events(ImageId(6)).unwrap().pop().unwrap().reader, "import:recovered from the state");
    assert_eq!(store.annotation(ImageId(7)).unwrap().note, "mine too");
}

#[test]
fn without_a_backup_what_the_damaged_file_holds_makes_a_new_one() {
    let (project, backup) = left(20);
    let (chain, said) = (project.store.verify_chain().unwrap(), project.store.annotations().unwrap());
    let meta = project.store.meta().unwrap();
    let (path, _dir, _) = close(project);
    std::fs::remove_file(backup).unwrap();
    let db = connect(&path.join(DATABASE), false).unwrap();
    let page: i64 =
        db.query_row("SELECT rootpage FROM sqlite_schema WHERE name = 'annotations'", [], |row| row.get(0)).unwrap();
    drop(db);
    write_over(&path, page as usize - 1..page as usize);
    let done = repair(&path, false).unwrap();
    assert_eq!((done.backup, done.in_backup, done.replayed, done.unreadable), (None, 0, 320, 0));
    let store = check(&path);
    assert_eq!(store.verify_chain().unwrap(), chain);
    assert_eq!(store.annotations().unwrap(), said);
    assert_eq!(store.meta().unwrap(), meta);
    assert_eq!(store.images().unwrap().len(), 300);
}

#[test]
fn a_project_of_a_newer_program_is_refused() {
    let (project, _) = left(3);
    let (path, _dir, _) = close(project);
    let db = connect(&path.join(DATABASE), true).unwrap();
    db.pragma_update(None, "user_version", schema::newest() + 1).unwrap();
    drop(db);
    let before = std::fs::read(path.join(DATABASE)).unwrap();
    for only_look in [true, false] {
        assert!(matches!(repair(&path, only_look), Err(StoreError::Newer { .. })));
    }
    assert_eq!(std::fs::read(path.join(DATABASE)).unwrap(), before);
}

#[test]
fn without_its_header_the_file_is_read_with_that_of_the_backup() {
    let (project, backup) = left(40);
    let (path, _dir, _) = close(project);
    let database = path.join(DATABASE);
    let mut bytes = std::fs::read(&database).unwrap();
    bytes[..100].fill(0);
    std::fs::write(&database, &bytes).unwrap();
    let done = repair(&path, false).unwrap();
    assert_eq!((done.backup.as_ref(), done.replayed, done.unreadable, done.blind), (Some(&backup), 40, 0, false));
    let store = check(&path);
    let noted: Repaired = store.setting(REPAIRED).unwrap().unwrap();
    assert!(noted.in_words().contains("40 entries after it were replayed"), "{}", noted.in_words());
    drop(store);

    // Of nothing at all there is nothing to read, which is said.
    std::fs::write(&database, vec![0; bytes.len()]).unwrap();
    let done = repair(&path, false).unwrap();
    assert!(done.blind && done.in_words(false).contains("what came after the backup is not here"), "{done:?}");
}

#[test]
fn a_backup_of_another_project_is_passed_over() {
    let (project, own) = left(10);
    let (path, _dir, _) = close(project);
    let (other, theirs) = left(20);
    let foreign = own.with_file_name("project-2999-01-01T00-00-00.db");
    std::fs::copy(&theirs, &foreign).unwrap();
    drop(other);
    write_over(&path, pages(&path) / 2..pages(&path) / 2 + 2);
    let plan = repair(&path, true).unwrap();
    assert_eq!(plan.backup.as_ref(), Some(&own), "{plan:?}");
}
