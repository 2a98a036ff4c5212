//! Opening projects that are held, newer, cut, foreign or killed half way.

use super::*;
use crate::domain::Change;
use crate::store::sample;

#[test]
fn a_store_can_be_handed_to_a_writer_thread() {
    fn send<T: Send>(_: &T) {}
    send(&sample::project(0).store);
}

#[test]
fn a_new_project_says_what_it_was_made_with_and_is_not_made_twice() {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("Zürich #1 100%.overread");
    let meta = Meta {
        demo: Some(DemoInfo { kind: "knee".into(), images: 3, seed: u64::MAX }),
        source: Some("/data/knee".into()),
        ..Meta::new("knees", ClassList::from_names(&["0", "1"], true).unwrap())
    };
    let store = Store::create(&path, &meta).unwrap();
    assert_eq!(store.meta().unwrap(), meta);
    assert_eq!(store.read_only_reason(), None);
    drop(store);
    assert!(matches!(Store::create(&path, &meta), Err(StoreError::AlreadyExists(_))));
    let mut store = Store::open(&path.join("project.db"), Access::Write).unwrap();
    assert_eq!(store.dir(), path);
    store.set_name("left knees").unwrap();
    assert_eq!(store.meta().unwrap().name, "left knees");
}

#[test]
fn a_creation_that_was_killed_can_be_done_again() {
    let dir = tempfile::tempdir().unwrap();
    std::fs::create_dir(dir.path().join("models")).unwrap();
    std::fs::write(dir.path().join("project.db.new"), "half a databa").unwrap();
    Store::create(dir.path(), &Meta::new("again", ClassList::default())).unwrap();
    assert!(!dir.path().join("project.db.new").exists());
}

#[test]
fn a_folder_with_other_things_in_it_is_left_alone() {
    let dir = tempfile::tempdir().unwrap();
    std::fs::write(dir.path().join("thesis.tex"), "x").unwrap();
    let refused = Store::create(dir.path(), &Meta::new("x", ClassList::default()));
    assert!(matches!(refused, Err(StoreError::AlreadyExists(_))));
}

#[test]
fn the_second_opener_looks_only_and_says_who_holds_it() {
    let mut project = sample::project(1);
    let mut second = Store::open(&project.path, Access::Write).unwrap();
    let Some(ReadOnlyReason::Held(Some(holder))) = second.read_only_reason() else { panic!("the first holds it") };
    assert_eq!(holder.pid, std::process::id());
    let refused =
        second.append("bob", project.images[0], Change::Flag { old: false, new: true }, None, None, None).unwrap_err();
    let text = refused.to_string();
    assert!(text.contains(&format!("process {}", std::process::id())), "{text}");
    assert!(second.set_setting("x", &1).is_err());
    assert!(second.add_images(&[]).is_err());

    // It sees what the first one commits, and takes over once the first is gone.
    project.say(0, sample::label(None, false, 1));
    assert_eq!(second.annotation(project.images[0]).unwrap().label, Some(1));
    drop(project.store);
    assert_eq!(Store::open(&project.path, Access::Write).unwrap().read_only_reason(), None);
}

#[test]
fn looking_takes_no_lock() {
    let project = sample::project(2);
    let path = project.path.clone();
    drop(project.store);
    let look = Store::open(&path, Access::ReadOnly).unwrap();
    assert_eq!(look.read_only_reason(), Some(&ReadOnlyReason::Asked));
    assert_eq!(Store::open(&path, Access::Write).unwrap().read_only_reason(), None);
    assert_eq!(look.images().unwrap().len(), 2);
}

#[test]
fn what_was_acknowledged_is_there_after_a_crash() {
    let mut project = sample::project(2);
    project.say(0, sample::label(None, false, 1));
    // The files as a kill leaves them: the write-ahead log not yet folded into the database.
    let crashed = project.dir.path().join("crashed.overread");
    std::fs::create_dir(&crashed).unwrap();
    for file in ["project.db", "project.db-wal"] {
        std::fs::copy(project.path.join(file), crashed.join(file)).unwrap();
    }
    let store = Store::open(&crashed, Access::Write).unwrap();
    assert_eq!(store.annotation(project.images[0]).unwrap().label, Some(1));
    assert_eq!(store.verify_chain().unwrap().events, 1);
}

#[test]
fn where_nothing_can_be_written_a_copy_with_its_log_is_read() {
    let mut project = sample::project(1);
    project.say(0, sample::label(None, false, 2));
    let (db, copy) = copy_to_look(&project.path.join(DATABASE)).unwrap();
    let label: i64 = db.query_row("SELECT label FROM annotations", [], |row| row.get(0)).unwrap();
    assert_eq!(label, 2);
    assert!(db.execute("DELETE FROM annotations", []).is_err());
    assert!(copy.is_some());
}

#[cfg(unix)]
#[test]
fn a_write_protected_folder_is_opened_to_look() {
    use std::os::unix::fs::PermissionsExt;
    let mut project = sample::project(1);
    project.say(0, sample::label(None, false, 2));
    let (path, image) = (project.path.clone(), project.images[0]);
    drop(project.store);
    let protect = |mode| std::fs::set_permissions(&path, std::fs::Permissions::from_mode(mode)).unwrap();
    protect(0o555);
    if std::fs::write(path.join("probe"), "").is_ok() {
        // The superuser writes everywhere; the copying itself has its own test.
        protect(0o755);
        println!("skipped: this user ignores write protection");
        return;
    }
    let store = Store::open(&path, Access::Write).unwrap();
    assert!(matches!(store.read_only_reason(), Some(ReadOnlyReason::Unwritable(_))));
    assert_eq!(store.annotation(image).unwrap().label, Some(2));
    protect(0o755);
}

#[test]
fn a_newer_project_is_refused_with_a_sentence() {
    let project = sample::project(0);
    let path = project.path.clone();
    project.store.db.pragma_update(None, "user_version", schema::newest() + 1).unwrap();
    drop(project.store);
    for access in [Access::Write, Access::ReadOnly] {
        let error = Store::open(&path, access).err().expect("it is newer");
        assert!(matches!(error, StoreError::Newer { .. }), "{error:?}");
        assert!(error.to_string().contains("newer version of Overread"), "{error}");
    }
}

#[test]
fn foreign_and_damaged_files_get_a_sentence_each() {
    let project = sample::project(500);
    let path = project.path.clone();
    let whole = {
        drop(project.store);
        std::fs::read(path.join(DATABASE)).unwrap()
    };
    assert!(whole.len() > 20_000, "there must be something to cut");
    // (what project.db holds, part of the sentence)
    let table: [(&[u8], &str); 5] = [
        (b"", "is damaged (it is empty)"),
        (
            b"not a database at all, but long enough to have a header of a hundred bytes.......................",
            "is damaged",
        ),
        (&whole[..50], "is damaged"),
        (&whole[..whole.len() / 2], "is damaged"),
        (&whole[..whole.len() - 4096], "is damaged"),
    ];
    for (bytes, part) in table {
        std::fs::write(path.join(DATABASE), bytes).unwrap();
        for access in [Access::Write, Access::ReadOnly] {
            let error = Store::open(&path, access).err().map(|e| e.to_string()).unwrap_or_default();
            assert!(error.contains(part) && error.contains("project.db"), "{} bytes: {error}", bytes.len());
        }
    }
    std::fs::write(path.join(DATABASE), &whole).unwrap();
    assert_eq!(Store::open(&path, Access::Write).unwrap().images().unwrap().len(), 500);

    std::fs::remove_file(path.join(DATABASE)).unwrap();
    assert!(matches!(Store::open(&path, Access::Write), Err(StoreError::NotAProject(_))));
    Connection::open(path.join(DATABASE)).unwrap().execute_batch("CREATE TABLE t (x)").unwrap();
    assert!(matches!(Store::open(&path, Access::Write), Err(StoreError::NotAProject(_))));
    assert!(matches!(Store::open(&path.join("gone"), Access::Write), Err(StoreError::NotFound(_))));
}

#[test]
fn a_full_disk_acknowledges_nothing_and_loses_nothing() {
    let mut project = sample::project(1);
    project.say(0, Change::Note { old: String::new(), new: "before".into() });
    let pages: i64 = project.store.db.pragma_query_value(None, "page_count", |row| row.get(0)).unwrap();
    // As when the disk has no room for another page.
    project.store.db.pragma_query_value(None, "max_page_count", |_| Ok(())).unwrap();
    project.store.db.query_row(&format!("PRAGMA max_page_count = {pages}"), [], |_| Ok(())).unwrap();
    let long = Change::Note { old: "before".into(), new: "x".repeat(1 << 20) };
    let error = project.store.append("ada", project.images[0], long.clone(), None, None, None).unwrap_err();
    assert!(matches!(error, StoreError::DiskFull), "{error:?}");
    assert!(error.to_string().contains("free some space"), "{error}");
    assert_eq!(project.store.annotation(project.images[0]).unwrap().note, "before");
    assert_eq!(project.store.verify_chain().unwrap().events, 1);

    project.store.db.query_row("PRAGMA max_page_count = 1000000", [], |_| Ok(())).unwrap();
    project.say(0, long);
    assert_eq!(project.store.verify_chain().unwrap().events, 2);
}
