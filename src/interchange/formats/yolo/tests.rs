//! YOLO folders as people have them.

use super::*;
use crate::domain::Split;

#[test]
fn boxes_polygons_and_wrong_lines_are_told_apart() {
    let text = "0 0.5 0.5 0.2 0.4\n\n1 0.1 0.1 0.3 0.1 0.3 0.2\n0 .5 .5 .2 .4 0.9\n0 0.5 0.5\nx 1 2 3 4\n0 300 200 10 10\n-1 .5 .5 .1 .1\n0 nan 0 0 0\n";
    let labels = parse_labels(text);
    assert_eq!(labels.boxes.len(), 3);
    assert_eq!(labels.polygons, 1);
    assert_eq!(labels.boxes[0].0, 0);
    assert!((labels.boxes[0].1.xmin - 0.4).abs() < 1e-12 && (labels.boxes[0].1.ymax - 0.7).abs() < 1e-12);
    assert_eq!(labels.boxes[1], (1, Rect { xmin: 0.1, ymin: 0.1, xmax: 0.3, ymax: 0.2 }));
    assert_eq!(labels.wrong.iter().map(|(line, _)| *line).collect::<Vec<_>>(), [5, 6, 7, 8, 9]);
    assert_eq!(parse_labels(""), Labels::default());
}

#[test]
fn class_names_are_read_from_every_form_of_yaml() {
    let expected = ["Mass", "it's", "a, b"];
    for text in [
        "train: x\nnames: [Mass, \"it's\", 'a, b']\nnc: 3\n",
        "names: ['Mass',\n  'it''s',\n  \"a, b\"]\n",
        "names:\n  - Mass\n  - it's\n  - \"a, b\"\nnc: 3",
        "names:\n- Mass # the first\n- it's\n- 'a, b'\npath: .",
        "names:\n  0: Mass\n  1: it's\n  2: a, b\n\nnc: 3",
        "names: {0: Mass, 1: it's, 2: 'a, b'}",
    ] {
        assert_eq!(parse_yaml_names(text), expected, "{text}");
    }
    assert!(parse_yaml_names("nc: 3").is_empty());
    assert!(parse_yaml_names("names:\n  99999999: x").is_empty());
}

#[test]
fn labels_are_found_beside_parallel_and_elsewhere() {
    let pictures =
        ["images/train/a.png", "images/test/a.png", "side/b.png", "x/raw/c.png", "d.png", "train/images/e.png"];
    let texts = ["labels/test/a.txt", "labels/train/a.txt", "side/b.txt", "x/yolo/c.txt", "train/labels/e.txt"];
    let found = pairs(&pictures, &texts);
    assert_eq!(found, [Some(1), Some(0), Some(2), Some(3), None, Some(4)]);
    assert_eq!(split_of("images/train/a.png"), Some(Split::Train));
    assert_eq!(split_of("valid/images/a.png"), Some(Split::Validation));
}

#[test]
fn copies_in_two_splits_are_one_image_in_the_stricter_one_with_what_is_said_of_all() {
    let dir = tempfile::tempdir().unwrap();
    let write = |split: &str, name: &str, grey: u8, boxes: &str| {
        let picture = dir.path().join("images").join(split).join(format!("{name}.png"));
        let labels = dir.path().join("labels").join(split).join(format!("{name}.txt"));
        for file in [&picture, &labels] {
            std::fs::create_dir_all(file.parent().unwrap()).unwrap();
        }
        crate::imaging::write::write_png_gray(&picture, 10, 10, &[grey; 100]).unwrap();
        std::fs::write(labels, boxes).unwrap();
    };
    write("train", "a", 7, "0 .5 .5 .2 .2\n");
    write("train", "b", 9, "");
    write("valid", "c", 7, "1 .5 .5 .4 .4\n");
    write("valid", "d", 7, "0 .5 .5 .2 .2\n");
    std::fs::write(dir.path().join("data.yaml"), "names: [cyst, mass]\n").unwrap();
    let options = crate::interchange::Options::default();
    let reading =
        crate::interchange::read(dir.path(), crate::interchange::Format::YOLO, &options, &|_, _| true).unwrap();
    let images = reading.images.to_vec().unwrap();
    let seen: Vec<_> = images.iter().map(|i| (i.name.as_str(), i.split, i.said.len())).collect();
    let (train, validation) = (Some(Split::Train), Some(Split::Validation));
    assert_eq!(seen, [("images/train/b.png", train, 1), ("images/valid/c.png", validation, 2)]);
    let left_out: Vec<&str> = reading.left_out.iter().map(|(name, _)| name.as_str()).collect();
    assert!(left_out.ends_with(&["images/train/a.png", "images/valid/d.png"]), "{left_out:?}");
    assert_eq!(
        reading
            .conflicts
            .iter()
            .filter(|said| said.contains("same picture, in the splits train and validation"))
            .count(),
        1
    );
}

#[test]
fn empty_files_are_reviews_and_unknown_classes_are_reported() {
    let labels = [
        ("a.png".to_owned(), "a.txt".to_owned(), String::new()),
        ("b.png".to_owned(), "b.txt".to_owned(), "0 .5 .5 .1 .1\n7 .5 .5 .1 .1\n".to_owned()),
        ("c.png".to_owned(), "c.txt".to_owned(), "rubbish".to_owned()),
    ];
    let draft = draft(vec!["Mass".into()], labels.into_iter(), Vec::new());
    assert!(draft.images[0].said[0].nothing_found);
    assert_eq!(draft.images[1].said[0].boxes.len(), 1);
    assert!(!draft.images[2].said[0].nothing_found, "a broken file is no review");
    assert_eq!(draft.left_out[0].1, "class 7 is out of range: the list names 1");
    assert_eq!(draft.left_out[1].0, "c.txt line 1");
}
