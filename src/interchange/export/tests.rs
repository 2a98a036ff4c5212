//! What goes out comes in again the same: for every format, on made-up statements of every kind.

use super::*;
use crate::domain::{Rect, Split};
use crate::imaging::write::write_png_gray;
use crate::interchange::model::options::Options;
use crate::interchange::model::reading::{ReadBox, ReadImage, Said};
use crate::interchange::read;
use crate::interchange::writing::draws;
use std::collections::BTreeMap;

const CLASSES: [&str; 2] = ["Mass & more", "it's a, \"Nodule\""];

fn image(dir: &Path, name: &str, grey: u8, split: Option<Split>, said: Vec<Said>) -> ReadImage {
    let path = dir.join(name);
    std::fs::create_dir_all(path.parent().unwrap()).unwrap();
    write_png_gray(&path, 30, 20, &[grey; 600]).unwrap();
    let sha256 = crate::files::hash::sha256_file(&path).unwrap();
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
        key: false,
        signed: None,
        note: String::new(),
        predicted: None,
    };
    images.iter().map(plain).collect()
}

/// Writes copies of all pictures; of images without a word on boxes the labels alone, or nothing.
fn exported(format: Format, images: &[Outgoing], classes: &[&str], to: &Path) -> Result<Written, ExportError> {
    exported_with(format, images, classes, to, Unseen::LeaveOut)
}

fn exported_with(
    format: Format,
    images: &[Outgoing],
    classes: &[&str],
    to: &Path,
    unseen: Unseen,
) -> Result<Written, ExportError> {
    let classes: Vec<String> = classes.iter().map(|class| (*class).to_owned()).collect();
    let given = Export { images, classes: &classes, findings: &[], every_reader: true };
    export(format, &given, to, &How { unseen, ..How::default() }, &|_, _| true)
}

fn round_trip(format: Format, images: &[ReadImage], everything: bool, unseen: Unseen) {
    let out = tempfile::tempdir().unwrap();
    let to = out.path().join("out");
    let written = exported_with(format, &outgoing(images), &CLASSES, &to, unseen).unwrap();
    assert_eq!(std::fs::read_dir(out.path()).unwrap().count(), 1, "something is left beside the export");
    let again = read(&to, format, &Options::default(), &|_, _| true).unwrap();
    assert_eq!(written.images, again.images.len(), "{format:?}");
    let mut expected = images.to_vec();
    if takes_silence_for_none(format) {
        match unseen {
            Unseen::LeaveOut => expected.retain(draws),
            Unseen::AsNegative => {
                for image in expected.iter_mut().filter(|image| !draws(image)) {
                    match image.said.last_mut() {
                        Some(said) => said.nothing_found = true,
                        None => image.said.push(Said { nothing_found: true, ..Said::default() }),
                    }
                }
            }
        }
    }
    assert_eq!(
        seen(&again.images.to_vec().unwrap(), everything),
        seen(&expected, everything),
        "{format:?}: {:#?}",
        again.left_out
    );
    // What did not come back is told, by name and by number.
    let (gone, lost) = (images.len() - expected.len(), written.lost.join(" "));
    assert_eq!(written.left_out.len(), gone, "{:?}", written.left_out);
    assert!(
        gone == 0 || lost.contains("1 image nobody has looked at") && lost.contains("1 image that have a label"),
        "{lost}"
    );
}

/// What every format holds comes back: boxes, classes, splits, groups, readers, times, labels, images without findings and
/// those nobody has looked at. YOLO holds the boxes in force and splits only.
#[test]
fn what_a_format_holds_comes_back() {
    let dir = tempfile::tempdir().unwrap();
    let both = Said { boxes: vec![drawn(0, 1.0), drawn(1, 2.5)], label: Some(CLASSES[1].into()), ..by("a@b.c", 1_000) };
    let second = Said { boxes: vec![drawn(1, 0.1)], ..by("d@e.f", 2_500) };
    let nothing = Said { nothing_found: true, ..by("a@b.c", 3_000) };
    let labelled = Said { label: Some(CLASSES[0].into()), ..by("x", 5) };
    let images = [
        image(dir.path(), "a/1.png", 1, Some(Split::Train), vec![both, second]),
        image(dir.path(), "b/1.png", 2, Some(Split::Test), vec![nothing]),
        image(dir.path(), "é 2.png", 3, Some(Split::Validation), vec![labelled]),
        image(dir.path(), "con/aux.png", 4, Some(Split::Train), Vec::new()),
        // The same box twice is two, and no reader is none.
        image(
            dir.path(),
            "5.png",
            5,
            Some(Split::Train),
            vec![Said { boxes: vec![drawn(0, 3.0), drawn(0, 3.0)], ..Said::default() }],
        ),
    ];
    for format in WRITERS.iter().map(|writer| writer.format).filter(|format| *format != Format::FOLDERS) {
        for unseen in [Unseen::LeaveOut, Unseen::AsNegative] {
            round_trip(format, &images, format != Format::YOLO, unseen);
        }
    }
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
    assert_eq!(
        (names::safe("CON/nul.tar.gz"), names::safe("a. /com10/x")),
        ("CON_/nul_.tar.gz".into(), "a__/com10/x".into())
    );
    assert_eq!((names::stem("x.y/b.dcm#1"), names::stem("x.y/b")), ("x.y/b#1".into(), "x.y/b".into()));
}

#[test]
fn a_cancelled_export_and_one_that_fails_leave_nothing() {
    let dir = tempfile::tempdir().unwrap();
    let mut images = outgoing(&[
        image(dir.path(), "1.png", 1, None, vec![Said { nothing_found: true, ..by("a", 1) }]),
        image(dir.path(), "2.png", 2, None, vec![Said { nothing_found: true, ..by("a", 1) }]),
    ]);
    let out = tempfile::tempdir().unwrap();
    let to = out.path().join("out");
    let none: [String; 0] = [];
    let given = Export { images: &images, classes: &none, findings: &[], every_reader: false };
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
    let expected = "train: images/train\nval: images/train  # there is no image of this split\nnames:\n  0: 'Mass & more'\n  1: 'it''s a, \"Nodule\"'\n";
    assert_eq!(yaml, expected);
    // Ultralytics puts "labels" for the last "images" of a picture's path.
    let picture = to.join("images/train/images_/1.png");
    assert!(picture.is_file() && to.join("labels/train/images_/1.txt").is_file());
}

#[test]
fn classes_whose_names_are_no_folders_get_different_ones_and_come_back() {
    let dir = tempfile::tempdir().unwrap();
    let classes = ["AP/PA", "AP_PA", "AP:PA", "con.", "..", "images", "test", "Mass", "mass", ".x"];
    let label = |class: &str| vec![Said { label: Some(class.into()), ..Said::default() }];
    let mut images: Vec<ReadImage> = (1u8..)
        .zip(classes)
        .map(|(grey, class)| ReadImage {
            group: None,
            ..image(dir.path(), &format!("{grey}.png"), grey, Some(Split::Train), label(class))
        })
        .collect();
    // Without their folders these two are called alike.
    images.push(image(dir.path(), "q/r.png", 101, Some(Split::Test), label("AP_PA")));
    images.push(image(dir.path(), "q_r.png", 102, Some(Split::Test), label("AP_PA")));
    for image in &mut images {
        image.group = None;
    }
    let out = tempfile::tempdir().unwrap();
    let written = exported(Format::FOLDERS, &outgoing(&images), &classes, out.path()).unwrap();
    assert!(
        written.lost.iter().any(|lost| lost.contains("8 classes") && lost.contains("classes.csv")),
        "{:?}",
        written.lost
    );
    assert!(out.path().join("train/AP_PA/2.png").is_file() && out.path().join("train/AP_PA_2/1.png").is_file());
    let again = read(out.path(), Format::FOLDERS, &Options::default(), &|_, _| true).unwrap();
    let labels = |images: &[ReadImage]| -> BTreeMap<String, (Option<Split>, Option<String>)> {
        images.iter().map(|i| (i.sha256.clone(), (i.split, i.label().map(str::to_owned)))).collect()
    };
    assert_eq!(labels(&again.images.to_vec().unwrap()), labels(&images), "{:?}", again.left_out);
    assert_eq!(again.left_out, []);
}

#[test]
fn without_pictures_they_are_called_as_they_were_imported() {
    let dir = tempfile::tempdir().unwrap();
    let said = || vec![Said { boxes: vec![drawn(0, 1.0)], ..Said::default() }];
    let mut images = vec![
        image(dir.path(), "images/a.png", 1, Some(Split::Train), said()),
        image(dir.path(), "p/b.png", 2, Some(Split::Validation), said()),
    ];
    let given = |images: &[ReadImage], format| {
        let out = tempfile::tempdir().unwrap();
        let (images, classes) = (outgoing(images), CLASSES.map(str::to_owned));
        let given = Export { images: &images, classes: &classes, findings: &[], every_reader: true };
        let how = How { pictures: Pictures::Leave, ..How::default() };
        let written = export(format, &given, out.path(), &how, &|_, _| true).unwrap();
        (out, written)
    };
    for format in [Format::COCO, Format::VOC, Format::LABEL_STUDIO, Format::CSV, Format::YOLO] {
        let (out, _) = given(&images, format);
        let options = Options { images: Some(dir.path().to_owned()), ..Options::default() };
        let again = read(out.path(), format, &options, &|_, _| true).unwrap();
        let everything = format != Format::YOLO;
        let mut back = seen(&again.images.to_vec().unwrap(), everything);
        // Lists of pictures that lie elsewhere say the splits; that is the reader's to learn.
        back.values_mut().filter(|_| format == Format::YOLO).for_each(|(split, ..)| *split = None);
        let mut expected = seen(&images, everything);
        expected.values_mut().filter(|_| format == Format::YOLO).for_each(|(split, ..)| *split = None);
        assert_eq!(back, expected, "{format:?}: {:?}", again.left_out);
    }
    let (coco, _) = given(&images, Format::COCO);
    let text = std::fs::read_to_string(coco.path().join("annotations/instances_train.json")).unwrap();
    assert!(text.contains("\"images/a.png\""), "{text}");
    let (yolo, _) = given(&images, Format::YOLO);
    assert!(yolo.path().join("labels/a.txt").is_file() && yolo.path().join("p/b.txt").is_file());
    assert_eq!(std::fs::read_to_string(yolo.path().join("train.txt")).unwrap(), "./images/a.png\n");
    // Its label file would be that of the first.
    let twin = image(dir.path(), "images/a.jpg", 3, Some(Split::Train), said());
    images.push(twin);
    for format in [Format::YOLO, Format::VOC] {
        let (_, written) = given(&images, format);
        assert_eq!(
            (written.images, written.left_out.len(), written.left_out[0].0.as_str()),
            (2, 1, "images/a.jpg"),
            "{format:?}"
        );
    }
}

#[test]
fn what_is_said_of_single_boxes_comes_out_again_or_is_told() {
    let dir = tempfile::tempdir().unwrap();
    let said = Said { boxes: vec![drawn(0, 1.0), drawn(1, 2.5)], ..Said::default() };
    let mut marked = image(dir.path(), "1.png", 1, Some(Split::Train), vec![said]);
    let marks: BTreeMap<String, String> =
        [("difficult", "1"), ("pose", "Frontal & up"), ("side", "left")].map(|(a, b)| (a.into(), b.into())).into();
    marked.facts.box_marks.push(crate::domain::BoxMarks { rect: drawn(1, 2.5).rect, marks: marks.clone() });
    let images = outgoing(&[marked]);
    for format in [Format::VOC, Format::COCO, Format::YOLO] {
        let to = dir.path().join(format.id());
        let lost = exported(format, &images, &CLASSES, &to).unwrap().lost.join(" ");
        assert_eq!(lost.contains("no place for what is said of single boxes"), format == Format::YOLO, "{lost}");
    }
    for format in [Format::VOC, Format::COCO] {
        let again = read(&dir.path().join(format.id()), format, &Options::default(), &|_, _| true).unwrap();
        let image = &again.images.to_vec().unwrap()[0];
        let found: Vec<_> = image.said[0].boxes.iter().map(|one| image.facts.marks_of(&one.rect)).collect();
        assert_eq!(found, [None, Some(&marks)], "{format:?}");
    }
    let coco = std::fs::read_to_string(dir.path().join("coco/annotations/instances_train.json")).unwrap();
    let coco: serde_json::Value = serde_json::from_str(&coco).unwrap();
    assert_eq!(coco["annotations"][1]["attributes"], serde_json::json!(marks));
    assert!(coco["annotations"][0].get("attributes").is_none());
}

#[test]
fn label_studio_has_what_the_model_predicts_with_its_scores() {
    let dir = tempfile::tempdir().unwrap();
    let mut images = outgoing(&[image(dir.path(), "in/a.png", 1, None, vec![])]);
    images[0].predicted = Some(crate::interchange::Predicted {
        model: "m1".into(),
        label: CLASSES[0].into(),
        score: 0.75,
        probabilities: vec![0.75, 0.25],
        boxes: vec![(drawn(1, 2.0), 0.5)],
    });
    let to = dir.path().join("out");
    exported(Format::LABEL_STUDIO, &images, &CLASSES, &to).unwrap();
    let tasks: serde_json::Value = serde_json::from_slice(&std::fs::read(to.join("tasks.json")).unwrap()).unwrap();
    let said = &tasks[0]["predictions"][0];
    assert_eq!((&said["model_version"], said["score"].as_f64()), (&"m1".into(), Some(0.75)));
    let results = said["result"].as_array().unwrap();
    let scores: Vec<Option<f64>> = results.iter().map(|result| result["score"].as_f64()).collect();
    assert_eq!(scores, [Some(0.75), Some(0.5)]);
    assert_eq!(results[0]["value"]["choices"][0], CLASSES[0]);
    assert_eq!(results[1]["value"]["rectanglelabels"][0], CLASSES[1]);
}
