//! Paths that move with the project, images that are gone, and many of them.

use super::*;
use crate::store::{Access, Meta, sample};

fn record(path: &Path, sha256: &str) -> NewImage {
    NewImage { path: path.to_path_buf(), sha256: sha256.into(), ..sample::image(Path::new("/"), 0) }
}

#[test]
fn images_come_back_as_they_went_in() {
    let project = sample::project(9);
    let read = project.store.images().unwrap();
    for (index, (image, id)) in read.iter().zip(&project.images).enumerate() {
        let new = sample::image(project.dir.path(), index);
        assert_eq!((image.id, &image.path, &image.name, &image.sha256), (*id, &new.path, &new.name, &new.sha256));
        assert_eq!((image.width, image.height, image.split), (new.width, new.height, new.split));
        assert_eq!((&image.group, &image.source, image.truncated), (&new.group, &new.source, new.truncated));
    }
    assert_eq!(read.len(), 9);
}

#[test]
fn frames_and_facts_come_back_and_facts_can_be_replaced() {
    let dir = tempfile::tempdir().unwrap();
    let project = dir.path().join("p.overread");
    let mut store = Store::create(&project, &Meta::new("p", Default::default())).unwrap();
    let facts = |bits| ImageFacts {
        bits,
        color: bits == 8,
        brightness: vec![1000; 16],
        perceptual_hash: Some(u64::MAX - 1),
        attributes: [("view".to_owned(), "AP".to_owned())].into(),
        ..ImageFacts::default()
    };
    let image = |frame| NewImage { frame, facts: facts(12), ..sample::image(dir.path(), 0) };
    let ids = store.add_images(&[image(0), image(7)]).unwrap();
    assert_eq!(store.images().unwrap().iter().map(|image| image.frame).collect::<Vec<_>>(), [0, 7]);
    store.set_facts(&[(ids[1], facts(8))]).unwrap();
    assert_eq!(store.facts().unwrap(), HashMap::from([(ids[0], facts(12)), (ids[1], facts(8))]));
}

#[test]
fn a_project_and_the_pictures_beside_it_move_together() {
    let old = tempfile::tempdir().unwrap();
    let far = tempfile::tempdir().unwrap();
    let project = old.path().join("p.overread");
    let mut store = Store::create(&project, &Meta::new("p", Default::default())).unwrap();
    let below = project.join("own").join("a.png");
    let beside = old.path().join("pictures").join("b.png");
    let elsewhere = far.path().join("c.png");
    let images: Vec<_> = [&below, &beside, &elsewhere].map(|path| record(path, "0")).into();
    store.add_images(&images).unwrap();
    drop(store);

    let new = tempfile::tempdir().unwrap();
    std::fs::rename(&project, new.path().join("p.overread")).unwrap();
    let store = Store::open(&new.path().join("p.overread"), Access::Write).unwrap();
    let paths: Vec<_> = store.images().unwrap().into_iter().map(|image| image.path).collect();
    let expected =
        [new.path().join("p.overread").join("own").join("a.png"), new.path().join("pictures").join("b.png"), elsewhere];
    assert_eq!(paths, expected);
}

#[cfg(unix)]
#[test]
fn names_that_are_no_unicode_and_links_are_kept() {
    use std::os::unix::ffi::OsStrExt;
    let dir = tempfile::tempdir().unwrap();
    let mut store = Store::create(&dir.path().join("real/p.overread"), &Meta::new("p", Default::default())).unwrap();
    let odd = dir.path().join("real").join(std::ffi::OsStr::from_bytes(b"r\xf6ntgen.png"));
    std::os::unix::fs::symlink(dir.path().join("real"), dir.path().join("link")).unwrap();
    std::fs::write(dir.path().join("real/x.png"), "").unwrap();
    let linked = dir.path().join("link/x.png");
    store.add_images(&[record(&odd, "0"), record(&linked, "1")]).unwrap();
    let paths: Vec<_> = store.images().unwrap().into_iter().map(|image| image.path).collect();
    assert_eq!(paths[0], odd);
    assert_eq!(paths[1].canonicalize().unwrap(), dir.path().join("real/x.png").canonicalize().unwrap());
    let stored: String =
        store.db.query_row("SELECT path FROM images WHERE sha256 = '1'", [], |row| row.get(0)).unwrap();
    assert_eq!(stored, "../x.png");
}

#[test]
fn moved_images_are_found_by_content_even_renamed_and_doubled() {
    let dir = tempfile::tempdir().unwrap();
    let write = |name: &str, text: &str| {
        let path = dir.path().join(name);
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        std::fs::write(&path, text).unwrap();
        path
    };
    let there = write("there.png", "there");
    let moved = write("new/deep/a.png", "a");
    let renamed = write("new/other name.PNG", "b");
    write("new/gone.png", "another picture under the lost one's name");
    write("new/notes.txt", "text");
    let hash = |text: &str| crate::files::hash::sha256_hex(text.as_bytes());
    let mut store = Store::create(&dir.path().join("p.overread"), &Meta::new("p", Default::default())).unwrap();
    let old = dir.path().join("old");
    let ids = store
        .add_images(&[
            record(&there, &hash("there")),
            record(&old.join("a.png"), &hash("a")),
            record(&old.join("b.png"), &hash("b")),
            record(&old.join("b again.png"), &hash("b")),
            record(&old.join("gone.png"), &hash("gone")),
        ])
        .unwrap();
    assert_eq!(missing(&store.images().unwrap(), &mut |_, _| true), ids[1..]);
    assert_eq!(missing(&store.images().unwrap(), &mut |_, _| false), []);
    assert_eq!(store.relink(&dir.path().join("new"), &mut |_, _| false).unwrap(), 0);

    assert_eq!(store.relink(&dir.path().join("new"), &mut |_, _| true).unwrap(), 3);
    let images = store.images().unwrap();
    assert_eq!(images[1].path, moved);
    assert_eq!((&images[2].path, &images[3].path), (&renamed, &renamed));
    assert_eq!(missing(&images, &mut |_, _| true), ids[4..]);
    assert!(store.set_paths(&[(ImageId(99), moved)]).is_err());
}

/// Prints how long a project of 100,000 images takes; run it with `--ignored --nocapture` on a release build.
#[test]
#[ignore = "measures, asserts no time"]
fn a_hundred_thousand_images() {
    let start = std::time::Instant::now();
    let mut project = sample::project(100_000);
    println!("added in {:?}", start.elapsed());
    let labels: Vec<_> = project.images.iter().map(|image| (*image, sample::imported(0))).collect();
    let start = std::time::Instant::now();
    project.store.append_many("import", &labels).unwrap();
    println!("100,000 events in {:?}", start.elapsed());
    let model = project.add_model("a");
    let predictions: Vec<_> = project
        .images
        .iter()
        .map(|image| crate::domain::Prediction {
            image: *image,
            model,
            logits: vec![0.0; 5],
            probabilities: vec![0.2; 5],
            boxes: Vec::new(),
        })
        .collect();
    let start = std::time::Instant::now();
    project.store.put_predictions(&predictions).unwrap();
    println!("100,000 predictions in {:?}", start.elapsed());
    let start = std::time::Instant::now();
    let mut project = project.reopen();
    println!("opened in {:?}", start.elapsed());
    let start = std::time::Instant::now();
    assert_eq!(project.store.images().unwrap().len(), 100_000);
    println!("images in {:?}", start.elapsed());
    let start = std::time::Instant::now();
    assert_eq!(project.store.annotations().unwrap().len(), 100_000);
    println!("annotations in {:?}", start.elapsed());
    let start = std::time::Instant::now();
    assert_eq!(project.store.predictions(model).unwrap().len(), 100_000);
    println!("predictions in {:?}", start.elapsed());
    let start = std::time::Instant::now();
    assert_eq!(project.store.undo_target().unwrap(), None);
    println!("undo in {:?}", start.elapsed());
    let start = std::time::Instant::now();
    project.store.verify_chain().unwrap();
    println!("verified in {:?}", start.elapsed());
}
