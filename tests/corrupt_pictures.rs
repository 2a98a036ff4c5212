//! Goes through ../shared/data/corrupt: damaged and odd files, none of which may bring the program down.

use overread::domain::ImageFile;
use overread::imaging::dicom::Patients;
use overread::imaging::{self, DecodeProblem, DecodedImage, Samples};
use std::path::{Path, PathBuf};

/// The folder of shared data, or `None` after saying why the test is skipped. In CI its absence is a failure.
fn corrupt() -> Option<PathBuf> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../shared/data/corrupt");
    // Worktrees lie one folder deeper than the checkout.
    let deeper = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../shared/data/corrupt");
    let found = [folder, deeper].into_iter().find(|folder| folder.is_dir());
    if found.is_none() {
        assert!(std::env::var_os("OVERREAD_NO_SKIPS").is_none(), "../shared/data/corrupt must be there in CI");
        println!("skipped: ../shared/data/corrupt is not there");
    }
    found
}

fn read(name: &str) -> Option<Result<DecodedImage, DecodeProblem>> {
    let folder = corrupt()?;
    Some(imaging::read(&ImageFile::first(folder.join(name))).map_err(|error| {
        assert!(error.to_string().contains(name), "the sentence does not name the file: {error}");
        error.problem
    }))
}

#[test]
fn odd_but_valid_files_are_read_whole() {
    let cases = [
        ("ok_grey8.png", 400, 300, 8, false, 1),
        ("ok_grey16.png", 400, 300, 16, false, 1),
        ("ok_alpha.png", 400, 300, 8, true, 1),
        ("ok_cmyk.jpg", 400, 300, 8, true, 1),
        ("ok_exif6.jpg", 300, 400, 8, true, 6),
        ("ok_grey.bmp", 400, 300, 8, false, 1),
        ("ok_grey.tiff", 400, 300, 8, false, 1),
        ("ok.webp", 400, 300, 8, true, 1),
        ("ok_árvíztűrő tükörfúrógép_足.png", 400, 300, 8, false, 1),
    ];
    for (name, width, height, bits, color, orientation) in cases {
        let Some(image) = read(name) else { return };
        let image = image.unwrap_or_else(|problem| panic!("{name}: {problem}"));
        let found = (image.width, image.height, image.bits, image.is_color(), image.orientation, image.truncated);
        assert_eq!(found, (width, height, bits, color, orientation, false), "{name}");
    }
}

#[test]
fn one_picture_in_many_formats_has_the_same_values() {
    let Some(Ok(original)) = read("ok_grey8.png") else { return };
    let reference = original.planes(1);
    // Largest mean difference on the 0..1 scale: what lossy coding may change, nothing otherwise.
    for (name, tolerance) in [("ok_grey.bmp", 0.0), ("ok_grey.tiff", 0.0), ("ok_cmyk.jpg", 0.031), ("ok.webp", 0.02)] {
        let Some(Ok(image)) = read(name) else { panic!("{name} cannot be read") };
        let off: f32 = image.planes(1).iter().zip(&reference).map(|(a, b)| (a - b).abs()).sum();
        assert!(off / reference.len() as f32 <= tolerance, "{name} is off by {}", off / reference.len() as f32);
    }
}

#[test]
fn cut_pictures_are_shown_as_far_as_they_go() {
    let names = ["4028", "4029", "4036", "4070", "4073", "4076", "4079", "4084"].map(|n| format!("IMG000{n}.jpg"));
    for name in names.iter().map(String::as_str).chain(["cut_in_half.png"]) {
        let Some(image) = read(name) else { return };
        let image = image.unwrap_or_else(|problem| panic!("{name}: {problem}"));
        assert!(image.truncated, "{name} is not said to be cut");
        let (low, high) = image.range();
        assert!(high - low > 100.0, "{name} shows nothing");
    }
    let (Some(Ok(cut)), Some(Ok(whole))) = (read("cut_in_half.png"), read("ok_grey8.png")) else { return };
    let (Samples::Gray8(cut), Samples::Gray8(whole)) = (cut.samples, whole.samples) else { panic!("not grey") };
    let same = cut.iter().zip(&whole).take_while(|(a, b)| a == b).count();
    assert!(same > whole.len() / 3, "only {same} values of the cut PNG were decoded");
}

#[test]
fn what_cannot_be_read_is_refused_with_the_reason() {
    for name in ["claims_4g_wide.png", "claims_60000x60000.png"] {
        let Some(result) = read(name) else { return };
        assert!(matches!(result, Err(DecodeProblem::TooLarge { .. })), "{name}: {result:?}");
    }
    assert!(matches!(read("empty.png"), Some(Err(DecodeProblem::Empty))));
    assert!(matches!(read("text_named.jpg"), Some(Err(DecodeProblem::NotAPicture))));
    assert!(matches!(read("is_not_there.png"), Some(Err(DecodeProblem::Io(_)))));
}

#[test]
fn every_file_of_the_folder_is_looked_at() {
    let Some(folder) = corrupt() else { return };
    let (mut whole, mut cut, mut refused) = (0, 0, 0);
    for entry in std::fs::read_dir(&folder).unwrap() {
        match imaging::probe(&entry.unwrap().path(), &Patients::Ignored).swap_remove(0) {
            Ok(probe) if probe.truncated => cut += 1,
            Ok(probe) => {
                assert_eq!(probe.sha256.len(), 64);
                whole += 1;
            }
            Err(_) => refused += 1,
        }
    }
    assert_eq!((whole, cut, refused), (9, 9, 4));
}
