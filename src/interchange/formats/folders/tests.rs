//! Folders made for the purpose, scanned.

use crate::imaging::write::write_png_gray;
use crate::interchange::{Progress, ReadImage, Reading, read};
use std::path::{Path, PathBuf};

fn scan_of(folder: &Path, exclude: &[String], progress: Progress) -> Result<Reading, ReadError> {
    read(folder, Format::FOLDERS, &Options { exclude: exclude.to_vec(), ..Options::default() }, progress)
}
use super::*;
use crate::domain::Split;

/// A folder with pictures (path, seed: equal seeds give equal files) and other files.
fn folder(pictures: &[(&str, u8)], others: &[&str]) -> tempfile::TempDir {
    let dir = tempfile::tempdir().unwrap();
    for (name, seed) in pictures {
        let path = dir.path().join(name);
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        let gray: Vec<u8> = (0..48u8).map(|i| i.wrapping_mul(3).wrapping_add(*seed)).collect();
        write_png_gray(&path, 8, 6, &gray).unwrap();
    }
    for name in others {
        let path = dir.path().join(name);
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        std::fs::write(path, "text").unwrap();
    }
    dir
}

fn scanned(dir: &tempfile::TempDir, exclude: &[&str]) -> Reading {
    let exclude: Vec<String> = exclude.iter().map(|e| (*e).to_owned()).collect();
    scan_of(dir.path(), &exclude, &|_, _| true).unwrap()
}

fn images(scan: &Reading) -> Vec<ReadImage> {
    scan.images.to_vec().unwrap()
}

fn names(scan: &Reading) -> Vec<String> {
    images(scan).into_iter().map(|image| image.name).collect()
}

#[test]
fn pictures_are_taken_and_the_rest_is_told() {
    let others =
        ["a/notes.txt", "list.csv", "b/cut.png", ".hidden.png", "__MACOSX/a/1.png", ".DS_Store", "p.overread/x.png"];
    let dir = folder(&[("a/10.png", 1), ("a/9.png", 2), ("b/x/1.png", 3)], &others);
    let scan = scanned(&dir, &[]);
    assert_eq!(names(&scan), ["a/9.png", "a/10.png", "b/x/1.png"]);
    assert_eq!((scan.classes.join(" "), scan.has_splits, scan.ordinal), ("a b".to_owned(), false, false));
    assert_eq!((images(&scan)[0].width, images(&scan)[0].height), (8, 6));
    assert_eq!(scan.left_out.len(), 2, "{:?}", scan.left_out);
    assert_eq!(scan.left_out[0], ("2 files".into(), "not named as pictures (1 .csv, 1 .txt)".into()));
    assert_eq!(scan.left_out[1].0, "b/cut.png");
}

#[test]
fn patterns_leave_out_files_and_folders() {
    let dir = folder(
        &[("a/1.png", 1), ("a/masks/2.png", 2), ("sample_1/3.png", 3), ("b/4_mask.png", 4), ("b/5.png", 5)],
        &[],
    );
    let scan = scanned(&dir, &["sample_*", "**/masks", "*_mask.png"]);
    assert_eq!(names(&scan), ["a/1.png", "b/5.png"]);
    assert_eq!(scan.classes, ["a", "b"]);
    let told: Vec<&str> = scan.left_out.iter().map(|(what, _)| what.as_str()).collect();
    assert_eq!(told, ["a/masks/", "sample_1/", "1 file"].map(str::to_owned).to_vec());
    let error = scan_of(dir.path(), &["[".into()], &|_, _| true).unwrap_err();
    assert!(error.to_string().contains("\"[\""), "{error}");
}

#[test]
fn copies_in_two_classes_lose_their_label_and_are_told() {
    let dir = folder(&[("a/1.png", 1), ("b/1.png", 1), ("a/2.png", 2), ("a/2b.png", 2), ("b/3.png", 3)], &[]);
    let scan = scanned(&dir, &[]);
    assert_eq!(names(&scan), ["a/1.png", "a/2.png", "b/3.png"]);
    assert_eq!(images(&scan)[0].label(), None);
    assert_eq!(images(&scan)[1].label(), Some("a"));
    assert_eq!(scan.conflicts.len(), 1);
    assert!(scan.conflicts[0].contains("a/1.png is labelled as a and as b"));
    assert_eq!(scan.left_out.len(), 2);
}

#[test]
fn copies_in_two_splits_stay_in_the_test_split_only() {
    let dir = folder(&[("train/a/1.png", 1), ("test/a/9.png", 1), ("val/b/2.png", 2), ("train/b/3.png", 3)], &[]);
    let scan = scanned(&dir, &[]);
    assert!(scan.has_splits);
    assert_eq!(names(&scan), ["test/a/9.png", "train/b/3.png", "val/b/2.png"]);
    assert_eq!((images(&scan)[0].split, images(&scan)[0].label()), (Some(Split::Test), Some("a")));
    assert!(scan.conflicts.len() == 1 && scan.conflicts[0].contains("train and test"), "{:?}", scan.conflicts);
}

#[test]
fn folders_without_pictures_get_a_sentence() {
    let error = |dir: &Path| scan_of(dir, &[], &|_, _| true).unwrap_err();
    let empty = folder(&[], &[]);
    assert!(matches!(error(empty.path()), ReadError::Folder(FolderError::NoPictures { .. })));
    let text = folder(&[], &["a.csv"]);
    assert!(error(text.path()).to_string().contains("1 .csv"));
    let broken = folder(&[], &["a/1.png", "a/2.png"]);
    assert!(matches!(error(broken.path()), ReadError::Folder(FolderError::NoneReadable { count: 2, .. })));
    assert!(matches!(error(&empty.path().join("gone")), ReadError::Folder(FolderError::Unreadable { .. })));
    let apart = error(&text.path().join("a.csv"));
    assert!(matches!(&apart, ReadError::Refused(why) if why.contains("--images DIR")), "{apart}");
    assert!(error(text.path()).to_string().contains("--images DIR"));
}

#[test]
fn cancelling_ends_the_search() {
    let dir = folder(&[("a/1.png", 1), ("a/2.png", 2)], &[]);
    assert!(matches!(scan_of(dir.path(), &[], &|_, _| false), Err(ReadError::Folder(FolderError::Cancelled))));
}

#[test]
fn splits_and_classes_are_found_however_deep_and_in_any_case() {
    let pictures = [
        ("Set/TRAIN/Normal/1.png", 1),
        ("Set/Training/Broken/deep/er/2.png", 2),
        ("Set/VALIDATION/Normal/3.png", 3),
        ("Set/valid/Broken/4.png", 4),
        ("Set/Testing/Normal/5.png", 5),
    ];
    let scan = scanned(&folder(&pictures, &[]), &[]);
    let images = super::tests::images(&scan);
    let of: Vec<_> = images.iter().map(|i| (i.name.as_str(), i.split, i.label())).collect();
    let (train, validation, test) = (Some(Split::Train), Some(Split::Validation), Some(Split::Test));
    let mut wanted = [
        (pictures[0].0, train, Some("Normal")),
        (pictures[1].0, train, Some("Broken")),
        (pictures[2].0, validation, Some("Normal")),
        (pictures[3].0, validation, Some("Broken")),
        (pictures[4].0, test, Some("Normal")),
    ];
    wanted.sort_by_key(|(name, ..)| images.iter().position(|i| i.name == *name));
    assert_eq!(of, wanted);
}

#[cfg(unix)]
#[test]
fn links_are_followed_once_and_broken_ones_told() {
    let dir = folder(&[("a/1.png", 1)], &[]);
    let elsewhere = folder(&[("2.png", 2), ("up/3.png", 3)], &[]);
    let link = |to: PathBuf, from: PathBuf| std::os::unix::fs::symlink(to, from);
    link(elsewhere.path().to_owned(), dir.path().join("b")).unwrap();
    link(dir.path().join("b"), elsewhere.path().join("up/again")).unwrap();
    link(dir.path().join("gone.png"), dir.path().join("a/9.png")).unwrap();
    let scan = scanned(&dir, &[]);
    assert_eq!(names(&scan), ["a/1.png", "b/2.png", "b/up/3.png"]);
    let told: Vec<&str> = scan.left_out.iter().map(|(name, _)| name.as_str()).collect();
    assert_eq!(told, ["a/9.png", "b/up/again"]);
}

#[cfg(unix)]
#[test]
fn a_link_in_a_circle_is_left_out() {
    let dir = folder(&[("a/1.png", 1), ("b/2.png", 2)], &[]);
    std::os::unix::fs::symlink(dir.path(), dir.path().join("a/up")).unwrap();
    let scan = scanned(&dir, &[]);
    assert_eq!(names(&scan), ["a/1.png", "b/2.png"]);
    assert!(scan.left_out.iter().any(|(name, why)| name == "a/up" && why.contains("link")), "{:?}", scan.left_out);
}

#[cfg(unix)]
#[test]
fn files_are_where_they_were_found_whatever_they_are_called() {
    use std::os::unix::ffi::OsStrExt;
    let dir = folder(&[("a/b/1.png", 1)], &[]);
    let odd = dir.path().join(std::ffi::OsStr::from_bytes(b"a/\xff.png"));
    std::fs::copy(dir.path().join("a/b/1.png"), &odd).unwrap();
    std::os::unix::fs::symlink(dir.path().join("a/b"), dir.path().join("c")).unwrap();
    for root in [dir.path().to_owned(), dir.path().join("a/.."), PathBuf::from(format!("{}/", dir.path().display()))] {
        let mut walk = walk::walk(&root, &[]).unwrap();
        walk.files.sort_by(|a, b| a.name.cmp(&b.name));
        let found: Vec<_> = walk.files.iter().map(|file| (&*file.name, file.path().into_owned())).collect();
        let [below, linked] = ["a/b/1.png", "c/1.png"].map(|name| (name, root.join(name)));
        let odd = ("a/\u{fffd}.png", root.join(std::ffi::OsStr::from_bytes(b"a/\xff.png")));
        assert_eq!(found, [below, odd, linked]);
    }
}
