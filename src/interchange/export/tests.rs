//! What goes out comes in again the same: for every format, on made-up statements of every kind.

use super::*;
use crate::domain::Rect;
use crate::imaging::write::write_png_gray;
use crate::interchange::model::options::Options;
use crate::interchange::model::reading::{ReadBox, Said};
use crate::interchange::read;
use std::collections::BTreeMap;

const CLASSES: [&str; 2] = ["Mass & more", "it's a, \"Nodule\""];

fn image(dir: &Path, name: &str, grey: u8, split: Option<Split>, said: Vec<Said>) -> ReadImage {
    let path = dir.join(name);
    std::fs::create_dir_all(path.parent().unwrap()).unwrap();
    write_png_gray(&path, 30, 20, &[grey; 600]).unwrap();
    let sha256 = crate::imaging::hash::sha256_file(&path).unwrap();
    ReadImage {
        path,
        name: name.into(),
        sha256,
        width: 30,
        height: 20,
        truncated: false,
        frame: 0,
        facts: Default::default(),
        split,
        group: Some(format!("P{grey}")),
        said,
        measured: Vec::new(),
    }
}

fn drawn(class: usize, xmin: f64) -> ReadBox {
    let rect = Rect { xmin, ymin: 1.0 / 3.0, xmax: xmin + 7.125, ymax: 19.9 };
    ReadBox { class: CLASSES[class].into(), rect }
}

fn by(reader: &str, time_ms: i64) -> Said {
    Said { reader: Some(reader.into()), time_ms: Some(time_ms), ..Said::default() }
}

/// Split, group and statements.
type Seen = (Option<Split>, Option<String>, Vec<Said>);

/// Images by content, corners rounded to a billionth of a pixel: widths and shares cost the last bits.
fn seen(images: &[ReadImage], everything: bool) -> BTreeMap<String, Seen> {
    let round = |value: f64| (value * 1e9).round() / 1e9;
    let of = |image: &ReadImage| {
        let mut said: Vec<Said> = if everything { image.said.clone() } else { last(image).into_iter().collect() };
        for one in &mut said {
            if !everything {
                (one.reader, one.time_ms, one.label) = (None, None, None);
            }
            for b in &mut one.boxes {
                let r = b.rect;
                b.rect = Rect { xmin: round(r.xmin), ymin: round(r.ymin), xmax: round(r.xmax), ymax: round(r.ymax) };
            }
        }
        said.retain(|s| !s.is_empty());
        (image.sha256.clone(), (image.split, image.group.clone().filter(|_| everything), said))
    };
    images.iter().map(of).collect()
}

/// The images with nothing noted and nothing predicted.
pub fn outgoing(images: &[ReadImage]) -> Vec<Outgoing> {
    let plain = |image: &ReadImage| Outgoing {
        image: image.clone(),
        reviewed: false,
        flagged: false,
        note: String::new(),
        predicted: None,
    };
    images.iter().map(plain).collect()
}

/// Writes copies of all pictures.
fn exported(format: Format, images: &[Outgoing], classes: &[&str], to: &Path) -> Result<Written, ExportError> {
    let classes: Vec<String> = classes.iter().map(|class| (*class).to_owned()).collect();
    let given = Export { images, classes: &classes, every_reader: true };
    export(format, &given, to, &How::default(), &|_, _| true)
}

fn round_trip(format: Format, images: &[ReadImage], everything: bool) {
    let out = tempfile::tempdir().unwrap();
    let to = out.path().join("out");
    let written = exported(format, &outgoing(images), &CLASSES, &to).unwrap();
    assert_eq!(std::fs::read_dir(out.path()).unwrap().count(), 1, "something is left beside the export");
    assert_eq!(written.images, images.len());
    let again = read(&to, format, &Options::default(), &|_, _| true).unwrap();
    assert_eq!(
        seen(&again.images.to_vec().unwrap(), everything),
        seen(images, everything),
        "{format:?}: {:#?}",
        again.left_out
    );
}

#[test]
fn boxes_labels_readers_times_groups_and_splits_come_back() {
    let dir = tempfile::tempdir().unwrap();
    let both = Said { boxes: vec![drawn(0, 1.0), drawn(1, 2.5)], label: Some(CLASSES[1].into()), ..by("a@b.c", 1_000) };
    let second = Said { boxes: vec![drawn(1, 0.1)], ..by("d@e.f", 2_500) };
    let nothing = Said { nothing_found: true, ..by("a@b.c", 3_000) };
    let images = [
        image(dir.path(), "a/1.png", 1, Some(Split::Train), vec![both, second]),
        image(dir.path(), "b/1.png", 2, Some(Split::Test), vec![nothing]),
        image(
            dir.path(),
            "é 2.png",
            3,
            Some(Split::Validation),
            vec![Said { label: Some(CLASSES[0].into()), ..by("x", 5) }],
        ),
    ];
    for format in [Format::COCO, Format::VOC, Format::LABEL_STUDIO, Format::CSV] {
        round_trip(format, &images, true);
    }
    round_trip(Format::YOLO, &images, false);
}

#[test]
fn class_folders_keep_labels_and_splits() {
    let dir = tempfile::tempdir().unwrap();
    let label = |class: usize| vec![Said { label: Some(["x", "y"][class].into()), ..Said::default() }];
    let images = [
        image(dir.path(), "1.png", 1, Some(Split::Train), label(0)),
        image(dir.path(), "2.png", 2, Some(Split::Test), label(1)),
    ];
    let out = tempfile::tempdir().unwrap();
    let given = outgoing(&images);
    exported(Format::FOLDERS, &given, &["x", "y"], out.path()).unwrap();
    assert!(matches!(exported(Format::FOLDERS, &given, &["x", "y"], out.path()), Err(ExportError::NotEmpty(_))));
    let again = read(out.path(), Format::FOLDERS, &Options::default(), &|_, _| true).unwrap();
    let table = |images: &[ReadImage]| -> BTreeMap<String, (Option<Split>, Option<String>)> {
        images.iter().map(|i| (i.sha256.clone(), (i.split, last(i).and_then(|s| s.label)))).collect()
    };
    assert_eq!(table(&again.images.to_vec().unwrap()), table(&images));
}

#[test]
fn names_stay_in_the_folder_and_differ_without_their_extension() {
    assert_eq!(names::safe("../../etc/passwd"), "etc/passwd");
    assert_eq!(names::safe("/.."), "image");
    assert_eq!(names::safe("C:\\a?.png"), "C__a_.png");
    let dir = tempfile::tempdir().unwrap();
    let named = |name: &str, grey| ReadImage { name: name.into(), ..image(dir.path(), "a.png", grey, None, vec![]) };
    let mut images = [named("images/a.png", 1), named("images/A.jpg", 2), named("b.dcm#0", 3), named("b.dcm#1", 3)];
    for (at, one) in images.iter_mut().enumerate() {
        one.path = dir.path().join(["1", "2", "3", "3"][at]);
    }
    let unique: Vec<String> = names::unique(&outgoing(&images)).into_iter().map(|one| one.image.name).collect();
    assert_eq!(unique, ["images_/a.png", "images_/A_2.jpg", "b.dcm#0", "b.dcm#1"]);
    assert_eq!((names::stem("x.y/b.dcm#1"), names::stem("x.y/b")), ("x.y/b#1".into(), "x.y/b".into()));
}

#[test]
fn a_cancelled_export_and_one_that_fails_leave_nothing() {
    let dir = tempfile::tempdir().unwrap();
    let mut images = outgoing(&[
        image(dir.path(), "1.png", 1, None, vec![by("a", 1)]),
        image(dir.path(), "2.png", 2, None, vec![by("a", 1)]),
    ]);
    let out = tempfile::tempdir().unwrap();
    let to = out.path().join("out");
    let none: [String; 0] = [];
    let given = Export { images: &images, classes: &none, every_reader: false };
    let cancelled = export(Format::COCO, &given, &to, &How::default(), &|done, _| done < 1);
    assert!(matches!(cancelled, Err(ExportError::Cancelled)));
    assert_eq!(std::fs::read_dir(out.path()).unwrap().count(), 0);
    images[1].image.path = dir.path().join("gone.png");
    let failed = exported(Format::COCO, &images, &[], &to).unwrap_err();
    assert!(failed.to_string().contains("gone.png") && failed.to_string().contains("relink"), "{failed}");
    assert_eq!(std::fs::read_dir(out.path()).unwrap().count(), 0);
}

#[test]
fn what_is_lost_is_told_and_only_that() {
    let dir = tempfile::tempdir().unwrap();
    let said = Said { boxes: vec![drawn(0, 1.0)], label: Some(CLASSES[1].into()), ..by("a", 1) };
    let mut one = image(
        dir.path(),
        "1.png",
        1,
        Some(Split::Train),
        vec![said, Said { boxes: vec![drawn(0, 2.0)], ..by("b", 2) }],
    );
    let mut given = outgoing(std::slice::from_ref(&one));
    given[0].note = "look".into();
    given[0].predicted = Some(Predicted { label: CLASSES[0].into(), ..Predicted::default() });
    let lost = |format, given: &[Outgoing]| {
        let out = tempfile::tempdir().unwrap();
        exported(format, given, &CLASSES, &out.path().join("x")).unwrap().lost.join(" ")
    };
    let table: [(Format, &[&str]); 6] = [
        (Format::COCO, &["Who said what", "groups", "labels of whole images", "notes", "overread"]),
        (Format::VOC, &["counted from 0", "overread", "predicts"]),
        (
            Format::YOLO,
            &["who said what", "groups", "label of the whole image: 1", "notes", "predicts", "last of several"],
        ),
        (Format::FOLDERS, &["no boxes: 1", "last of several"]),
        (Format::LABEL_STUDIO, &[]),
        (Format::CSV, &[]),
    ];
    for (format, expected) in table {
        let lost = lost(format, &given);
        for word in expected {
            assert!(lost.contains(word), "{format:?} does not tell of {word}: {lost}");
        }
        assert_eq!(lost.is_empty(), expected.is_empty(), "{format:?}: {lost}");
    }
    // Nothing is there to be lost but fractions of pixels.
    one.said = vec![Said { boxes: vec![drawn(0, 1.0)], ..Said::default() }];
    one.group = None;
    let plain = outgoing(&[one]);
    for format in [Format::COCO, Format::YOLO, Format::LABEL_STUDIO, Format::CSV] {
        assert_eq!(lost(format, &plain), "", "{format:?}");
    }
}

#[test]
fn yolo_says_which_splits_there_are() {
    let dir = tempfile::tempdir().unwrap();
    let said = || vec![Said { boxes: vec![drawn(1, 1.0)], ..Said::default() }];
    let images = outgoing(&[image(dir.path(), "images/1.png", 1, Some(Split::Train), said())]);
    let out = tempfile::tempdir().unwrap();
    let to = out.path().join("x");
    let written = exported(Format::YOLO, &images, &CLASSES, &to).unwrap();
    assert_eq!(written.warnings.len(), 1, "{:?}", written.warnings);
    let yaml = std::fs::read_to_string(to.join("data.yaml")).unwrap();
    let expected = "path: .\ntrain: images/train\nval: images/train  # there is no image of this split\nnames:\n  0: 'Mass & more'\n  1: 'it''s a, \"Nodule\"'\n";
    assert_eq!(yaml, expected);
    // Ultralytics puts "labels" for the last "images" of a picture's path.
    let picture = to.join("images/train/images_/1.png");
    assert!(picture.is_file() && to.join("labels/train/images_/1.txt").is_file());
}
