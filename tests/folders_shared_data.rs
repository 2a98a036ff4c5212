//! Scans the real class folders of ../shared/data: counts, splits and contradictions known from its INDEX.md.

#![allow(clippy::unwrap_used, clippy::expect_used, reason = "a test may fail loudly")]

use overread::domain::Split;
use overread::interchange::Reading;
use overread::interchange::{Format, Options, read};
use std::path::Path;

/// The scan, or `None` after saying why the test is skipped. In CI the folder's absence is a failure.
fn scanned(name: &str) -> Option<Reading> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    // Worktrees lie one folder deeper than the checkout.
    let found =
        ["../shared/data", "../../shared/data"].map(|up| root.join(up).join(name)).into_iter().find(|p| p.is_dir());
    if found.is_none() {
        assert!(std::env::var_os("OVERREAD_NO_SKIPS").is_none(), "../shared/data/{name} must be there in CI");
        println!("skipped: ../shared/data/{name} is not there");
    }
    found.map(|folder| read(&folder, Format::FOLDERS, &Options::default(), &|_, _| true).unwrap())
}

#[test]
fn fracture_has_two_classes_of_240() {
    let Some(scan) = scanned("fracture") else { return };
    assert_eq!((scan.images.len(), scan.has_splits, scan.ordinal), (480, false, false));
    assert_eq!(scan.classes, ["Fractured", "Non_fractured"]);
    let fractured = scan.images.to_vec().unwrap().iter().filter(|image| image.label() == Some("Fractured")).count();
    assert_eq!(fractured, 240);
    assert_eq!(scan.left_out, [("1 file".to_owned(), "not named as pictures (1 .csv)".to_owned())]);
}

#[test]
fn knee_has_grades_and_its_own_splits() {
    let Some(scan) = scanned("knee") else { return };
    assert_eq!(scan.classes, ["0", "1", "2", "3", "4"]);
    assert!(scan.ordinal && scan.has_splits);
    let of = |split| scan.images.to_vec().unwrap().iter().filter(|image| image.split == Some(split)).count();
    assert_eq!([of(Split::Train), of(Split::Validation), of(Split::Test)], [300, 100, 150]);
}

#[test]
fn feet_in_both_classes_are_told() {
    let Some(scan) = scanned("feet") else { return };
    // The six named both_*, and three more that lie in both folders under different names.
    assert_eq!(scan.conflicts.len(), 9, "{:?}", scan.conflicts);
    let images = scan.images.to_vec().unwrap();
    let unlabelled: Vec<&str> = images.iter().filter(|i| i.label().is_none()).map(|i| i.name.as_str()).collect();
    assert_eq!(unlabelled.len(), 9);
    assert_eq!(unlabelled.iter().filter(|name| name.contains("both_")).count(), 6, "{unlabelled:?}");
    assert_eq!(scan.images.len() + scan.left_out.len(), 232);
}

#[test]
fn corrupt_files_are_left_out_with_their_reasons() {
    let Some(scan) = scanned("corrupt") else { return };
    // ok_grey8.png is there twice under two names.
    assert_eq!((scan.images.len(), scan.left_out.len(), scan.classes.len()), (17, 5, 0));
    assert_eq!(scan.images.to_vec().unwrap().iter().filter(|image| image.truncated).count(), 9);
    assert!(scan.left_out.iter().all(|(_, why)| !why.is_empty()));
}
