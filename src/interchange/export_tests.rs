//! What goes out comes in again the same: for every format, on made-up statements of every kind.

use super::*;
use crate::imaging::write::write_png_gray;
use crate::interchange::{Options, ReadBox, read};
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
        facts: crate::domain::ImageFacts::default(),
        split,
        group: Some(format!("P{grey}")),
        said,
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

fn round_trip(format: Format, images: &[ReadImage], everything: bool) {
    let out = tempfile::tempdir().unwrap();
    let to = out.path().join("out");
    let classes = CLASSES.map(str::to_owned);
    let predictions = HashMap::new();
    let written =
        export(format, &Export { images, classes: &classes, predictions: &predictions }, &to, Pictures::Copy).unwrap();
    assert_eq!(written.images, images.len());
    let again = read(&to, format, &Options::default(), &|_, _| true).unwrap();
    assert_eq!(seen(&again.images, everything), seen(images, everything), "{format:?}: {:#?}", again.left_out);
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
    for format in [Format::Coco, Format::Voc, Format::LabelStudio] {
        round_trip(format, &images, true);
    }
    round_trip(Format::Yolo, &images, false);
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
    let classes = ["x", "y"].map(str::to_owned);
    let predictions = HashMap::new();
    let given = Export { images: &images, classes: &classes, predictions: &predictions };
    export(Format::Folders, &given, out.path(), Pictures::Copy).unwrap();
    assert!(matches!(export(Format::Folders, &given, out.path(), Pictures::Copy), Err(ExportError::NotEmpty(_))));
    let again = read(out.path(), Format::Folders, &Options::default(), &|_, _| true).unwrap();
    let table = |images: &[ReadImage]| -> BTreeMap<String, (Option<Split>, Option<String>)> {
        images.iter().map(|i| (i.sha256.clone(), (i.split, last(i).and_then(|s| s.label)))).collect()
    };
    assert_eq!(table(&again.images), table(&images));
}

#[test]
fn names_never_leave_the_folder() {
    assert_eq!(safe("../../etc/passwd"), "etc/passwd");
    assert_eq!(safe("/.."), "image");
}
