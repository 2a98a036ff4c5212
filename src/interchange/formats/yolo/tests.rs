//! YOLO folders as people have them.

use super::*;
use crate::domain::{Rect, Split};
use crate::interchange::{ReadImage, Reading};
use rows::{Kind, Labels, parse_labels};

/// A folder of files, those named as pictures each another, read.
fn read_of(files: &[(&str, &str)]) -> Reading {
    let dir = tempfile::tempdir().unwrap();
    for (seed, (name, text)) in (0u8..).zip(files) {
        let path = dir.path().join(name);
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        if name.ends_with(".png") {
            crate::imaging::write::write_png_gray(&path, 20, 10, &[seed; 200]).unwrap();
        } else {
            std::fs::write(path, text).unwrap();
        }
    }
    crate::interchange::read(dir.path(), Format::YOLO, &Options::default(), &|_, _| true).unwrap()
}

/// An image's name, its split, and its boxes with their classes.
type Seen = (String, Option<Split>, Vec<(String, [f64; 4])>);

fn seen(reading: &Reading) -> Vec<Seen> {
    let boxes = |image: &ReadImage| {
        let all = image.said.iter().flat_map(|said| &said.boxes);
        let round = |c: f64| (c * 1000.0).round() / 1000.0;
        all.map(|one| {
            let Rect { xmin, ymin, xmax, ymax } = one.rect;
            (one.class.clone(), [xmin, ymin, xmax, ymax].map(round))
        })
        .collect()
    };
    reading.images.to_vec().unwrap().iter().map(|image| (image.name.clone(), image.split, boxes(image))).collect()
}

fn classes_of(reading: &Reading) -> Vec<(String, Vec<String>)> {
    let names = |boxes: Vec<(String, [f64; 4])>| boxes.into_iter().map(|(class, _)| class).collect();
    seen(reading).into_iter().map(|(name, _, boxes)| (name, names(boxes))).collect()
}

fn splits_of(reading: &Reading) -> Vec<Option<Split>> {
    seen(reading).into_iter().map(|(_, split, _)| split).collect()
}

fn says(reading: &Reading, part: &str) -> bool {
    let left_out = reading.left_out.iter().map(|(_, why)| why);
    left_out.chain(&reading.conflicts).chain(&reading.remarks).any(|said| said.contains(part))
}

const ROW: &str = "0 .5 .5 .2 .2\n";

#[test]
fn boxes_polygons_and_wrong_lines_are_told_apart() {
    let text = "0 0.5 0.5 0.2 0.4\n\n1 0.1 0.1 0.3 0.1 0.3 0.2\n0 .5 .5 .2 .4 0.9\n0 0.5 0.5\nx 1 2 3 4\n0 300 200 10 10\n-1 .5 .5 .1 .1\n0 nan 0 0 0\n";
    let labels = parse_labels(text, Form::default());
    let kinds: Vec<(Kind, bool)> = labels.rows.iter().map(|row| (row.kind, row.predicted)).collect();
    assert_eq!(kinds, [(Kind::Box, false), (Kind::Polygon, false), (Kind::Box, true)]);
    let first = &labels.rows[0];
    assert!((first.rect.xmin - 0.4).abs() < 1e-12 && (first.rect.ymax - 0.7).abs() < 1e-12);
    assert_eq!(labels.rows[1].class, 1);
    assert_eq!(labels.rows[1].rect, Rect { xmin: 0.1, ymin: 0.1, xmax: 0.3, ymax: 0.2 });
    assert_eq!(labels.wrong.iter().map(|(line, _)| *line).collect::<Vec<_>>(), [5, 6, 7, 8, 9]);
    assert_eq!(parse_labels("", Form::default()), Labels::default());
}

#[test]
fn what_models_and_trackers_write_is_told_from_polygons() {
    let kind = |line: &str, tracked: bool| {
        let labels = parse_labels(line, Form { tracked, key_points: None });
        labels.rows.first().map(|row| (row.kind, row.predicted))
    };
    let table = [
        ("0 .5 .5 .2 .2 .9 17", false, (Kind::Box, true)),
        ("0 .5 .5 .2 .2 .9 1", true, (Kind::Box, true)),
        ("0 .5 .5 .2 .2 .9 1", false, (Kind::Polygon, false)),
        ("0 .5 .5 .2 .2 .9 0.1", true, (Kind::Polygon, false)),
        ("0 .1 .1 .2 .1 .2 .2 .1 .2", false, (Kind::FourPoints, false)),
        ("0 .1 .1 .2 .1 .2 .2 .1 .2 .8", false, (Kind::FourPoints, true)),
        ("0 .1 .1 .2 .1 .2 .2 .1 .2 .8 4", false, (Kind::FourPoints, true)),
        ("0 .5 .5 .2 .2 .4 .4 2 .6 .6 0", false, (Kind::UnstatedKeyPoints, false)),
        ("0 .1 .1 .2 .1 .2 .2 .1 .2 .1 .3", false, (Kind::Polygon, false)),
    ];
    for (line, tracked, wanted) in table {
        assert_eq!(kind(line, tracked), Some(wanted), "{line}");
    }
    let reading =
        read_of(&[("a.png", ""), ("a.txt", "0 .5 .5 .2 .2 .9 1\n"), ("b.png", ""), ("b.txt", "0 .5 .5 .2 .2 .8 2\n")]);
    assert_eq!(seen(&reading)[0].2, [("0".to_owned(), [8.0, 4.0, 12.0, 6.0])]);
    assert!(says(&reading, "2 rows end in a score or a track's number"), "{:?}", reading.remarks);
}

#[test]
fn kpt_shape_decides_what_rows_of_key_points_are() {
    let two = "0 0.6 0.5 0.12 0.3 0.55 0.45 0.64 0.4\n0 0.6 0.5 0.12 0.3 0.55 0.45 0.64 0.4 0.9\n0 .5 .5 .2\n0 .1 .1 .2 .2 .3 .3\n";
    let reading =
        read_of(&[("data.yaml", "names: [knee]\r\nkpt_shape: [2, 2] # points\r\n"), ("a.png", ""), ("a.txt", two)]);
    assert_eq!(seen(&reading)[0].2, vec![("knee".to_owned(), [10.8, 3.5, 13.2, 6.5]); 2]);
    assert!(says(&reading, "2 rows have key points behind their box, as kpt_shape says"), "{:?}", reading.remarks);
    assert_eq!(reading.left_out.len(), 2, "{:?}", reading.left_out);
    let three = "0 0.6 0.5 0.12 0.3 0.55 0.45 2 0.64 0.4 2 0.65 0.6 1 0.56 0.62 2\n";
    for yaml in ["names: {0: knee}\nkpt_shape:\n  - 4\n  - 3\n", "names: {0: knee}\n"] {
        let reading = read_of(&[("data.yaml", yaml), ("a.png", ""), ("a.txt", three)]);
        assert_eq!(seen(&reading)[0].2, [("knee".to_owned(), [10.8, 3.5, 13.2, 6.5])], "{yaml}");
        assert!(says(&reading, "1 rows have key points"), "{:?}", reading.remarks);
    }
    // Another set beside has no part in it.
    let files = [("p/data.yaml", "names: [knee]\nkpt_shape: [2, 2]\n"), ("q/data.yaml", "names: [hip]\n")];
    let pictures = [("q/a.png", ""), ("q/a.txt", "0 .1 .1 .3 .1 .3 .4 .1 .4\n")];
    let reading = read_of(&[files, pictures].concat());
    assert_eq!(seen(&reading)[0].2, [("hip".to_owned(), [2.0, 1.0, 6.0, 4.0])]);
    assert!(says(&reading, "1 shapes of four points"), "{:?}", reading.remarks);
}

#[test]
fn a_file_of_boxes_and_polygons_is_not_taken_and_said() {
    let mixed = "0 .5 .5 .2 .2\n0 .1 .1 .2 .1 .2 .2 .1 .2\n";
    let reading = read_of(&[("a.png", ""), ("a.txt", mixed), ("b.png", ""), ("b.txt", ROW)]);
    let images = reading.images.to_vec().unwrap();
    assert!(images[0].said.is_empty() && images[1].has_box());
    assert!(says(&reading, "holds 1 rows of a box and 1 of a polygon"), "{:?}", reading.left_out);
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
        "names: ['Mass', \"it's\", 'a, b']  # class names\nnc: 3\nanchors: [10,13, 16,30]\n",
        "# names: [x]\r\nall: &all\r\n  '2': a, b\r\n  '0': Mass\r\n  '1': it's\r\nnames: *all\r\n",
        "names: [\n  Mass,  # one, [two]\n  # three\n  it's, 'a, b',\n]\n",
        "base: &base\n  names: [Mass, it's, 'a, b']\n<<: *base\n",
    ] {
        assert_eq!(Config::of_yaml("data.yaml", text).unwrap().unwrap().names, expected, "{text}");
    }
    let words = Config::of_yaml("d.yaml", "names: [no, on, 1, 2.0, null]").unwrap().unwrap();
    assert_eq!(words.names, ["no", "on", "1", "2.0", "null"], "as they are written");
    assert_eq!(Config::of_yaml("args.yaml", "task: detect\nval: true\nsplit: val\n"), Ok(None));
    assert!(Config::of_yaml("d.yaml", "names: [a, b").is_err());
    let wrong = Config::of_yaml("d.yaml", "names:\n  99999999: x\nkpt_shape: 17\n").unwrap().unwrap();
    assert!(wrong.names.is_empty() && wrong.wrong.len() == 2, "{wrong:?}");
    let fewer = Config::of_yaml("d.yaml", "names: [a]\nnc: 2\n").unwrap().unwrap();
    assert!(fewer.wrong[0].starts_with("nc says 2 classes"));
}

#[test]
fn each_folder_names_its_own_labels_and_classes_are_one_by_name() {
    let reading = read_of(&[
        ("a/classes.txt", "alfa\r\nbeta\r\n"),
        ("a/1.png", ""),
        ("a/1.txt", ROW),
        ("b/classes.txt", "beta\nalfa\ngamma"),
        ("b/2.png", ""),
        ("b/2.txt", ROW),
        ("c/data.yaml", "names: [gamma]\ntrain: ../train/images\n"),
        ("c/train/images/3.png", ""),
        ("c/train/labels/3.txt", ROW),
    ]);
    let class = |name: &str, class: &str| (name.to_owned(), vec![class.to_owned()]);
    let wanted = [class("a/1.png", "alfa"), class("b/2.png", "beta"), class("c/train/images/3.png", "gamma")];
    assert_eq!(classes_of(&reading), wanted);
    assert_eq!(splits_of(&reading), [None, None, Some(Split::Train)]);
    assert!(reading.classes.len() == 3 && says(&reading, "number them differently"), "{:?}", reading.remarks);
}

#[test]
fn lists_that_contradict_each_other_over_the_same_labels_are_said() {
    let beside = read_of(&[
        ("x.yaml", "names: [alfa, gamma]"),
        ("classes.txt", "beta\ngamma"),
        ("a.png", ""),
        ("a.txt", "0 .5 .5 .2 .2\n1 .5 .5 .4 .4\n"),
    ]);
    assert_eq!(classes_of(&beside)[0].1, ["gamma"]);
    assert!(says(&beside, "name class 0 differently (alfa, beta)"), "{:?}", beside.left_out);
    let above = read_of(&[
        ("data.yaml", "names: [alfa]"),
        ("labels/classes.txt", "beta"),
        ("images/a.png", ""),
        ("labels/a.txt", ROW),
    ]);
    assert_eq!(classes_of(&above)[0].1, ["beta"]);
    assert!(says(&above, "labels below labels are named by labels/classes.txt"), "{:?}", above.conflicts);
    // A list that says which folder it is for, and one that is alone, whatever lies where.
    let pathed = read_of(&[
        ("k.yaml", "path: knees\nnames: [knee]"),
        ("h.yaml", "path: ./hips\nnames: [hip]"),
        ("knees/a.png", ""),
        ("knees/a.txt", ROW),
        ("hips/b.png", ""),
        ("hips/b.txt", ROW),
    ]);
    assert_eq!(classes_of(&pathed).iter().map(|(_, names)| names.concat()).collect::<Vec<_>>(), ["hip", "knee"]);
    let alone = read_of(&[("config/d.yaml", "names: [knee]"), ("a.png", ""), ("a.txt", ROW)]);
    assert_eq!(classes_of(&alone)[0].1, ["knee"]);
}

#[test]
fn lists_and_named_folders_give_the_splits() {
    use Split::{Test, Train, Validation};
    let pictures =
        [("d/a.png", ""), ("d/a.txt", ROW), ("d/b.png", ""), ("d/b.txt", ROW), ("d/c.png", ""), ("e/c.png", "")];
    let with = |more: &[(&'static str, &'static str)]| read_of(&[&pictures[..], more].concat());
    let lists = with(&[
        ("obj.data", "train = data/first.txt\nvalid=data/second.txt # list\n"),
        ("first.txt", "data/d/a.png\r\n"),
        ("second.txt", "./d/b.png\n/content/x/d/c.png\n"),
        ("test2017.txt", "e\\c.jpg\n"),
    ]);
    assert_eq!(splits_of(&lists), [Some(Train), Some(Validation), Some(Validation), Some(Test)], "{lists:?}");
    assert!(lists.left_out.is_empty() && lists.conflicts.is_empty(), "{:?} {:?}", lists.left_out, lists.conflicts);
    for yaml in [
        "train: [d]\nval:\n  - e/\n",
        "path: /content/set\ntrain: /content/set/d\nval: e\n",
        "train: ../d\nval: ../e\ntest:\n",
    ] {
        let folders = with(&[("data.yaml", yaml)]);
        assert_eq!(splits_of(&folders), [Some(Train), Some(Train), Some(Train), Some(Validation)], "{yaml}");
    }
    let gone = with(&[("data.yaml", "train: d\nval: d\ntest: f\n")]);
    assert_eq!(splits_of(&gone), [None; 4]);
    assert!(says(&gone, "names d for train and for validation: that splits nothing"), "{:?}", gone.remarks);
    assert!(says(&gone, "f, which it names for test, is not below the folder"), "{:?}", gone.left_out);
    let other = read_of(&[("train/a.png", ""), ("train/a.txt", ROW), ("val.txt", "train/a.png")]);
    assert_eq!(splits_of(&other), [Some(Validation)]);
    assert!(says(&other, "another split than the folder's name"), "{:?}", other.conflicts);
}

#[test]
fn a_picture_may_be_called_as_a_list() {
    let reading = read_of(&[("test.png", ""), ("test.txt", ROW), ("b.png", ""), ("b.txt", "")]);
    let images = reading.images.to_vec().unwrap();
    assert!(images[1].has_box() && images[0].said[0].nothing_found, "{images:?}");
}

#[test]
fn labels_are_found_beside_parallel_and_elsewhere() {
    let pictures =
        ["images/train/a.png", "images/test/a.png", "side/b.png", "x/raw/c.png", "d.png", "train/images/e.png"];
    let texts = ["labels/test/a.txt", "labels/train/a.txt", "side/b.txt", "x/yolo/c.txt", "train/labels/e.txt"];
    let found = pairs::pairs(&pictures, &texts);
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
    let options = Options::default();
    let reading = crate::interchange::read(dir.path(), Format::YOLO, &options, &|_, _| true).unwrap();
    let images = reading.images.to_vec().unwrap();
    let seen: Vec<_> = images.iter().map(|i| (i.name.as_str(), i.split, i.said.len())).collect();
    let (train, validation) = (Some(Split::Train), Some(Split::Validation));
    assert_eq!(seen, [("images/train/b.png", train, 1), ("images/valid/c.png", validation, 2)]);
    let left_out: Vec<&str> = reading.left_out.iter().map(|(name, _)| name.as_str()).collect();
    assert!(left_out.ends_with(&["images/train/a.png", "images/valid/d.png"]), "{left_out:?}");
    let same = |said: &&String| said.contains("same picture, in the splits train and validation");
    assert_eq!(reading.conflicts.iter().filter(same).count(), 1);
}

#[test]
fn empty_files_are_reviews_and_unknown_classes_are_reported() {
    let reading = read_of(&[
        ("classes.txt", "Mass"),
        ("a.png", ""),
        ("a.txt", ""),
        ("b.png", ""),
        ("b.txt", "0 .5 .5 .1 .1\n7 .5 .5 .1 .1\n"),
        ("c.png", ""),
        ("c.txt", "rubbish"),
    ]);
    let images = reading.images.to_vec().unwrap();
    assert!(images[0].said[0].nothing_found);
    assert_eq!(images[1].said[0].boxes.len(), 1);
    assert!(images[2].said.is_empty(), "a broken file is no review");
    let told: Vec<_> = reading.left_out.iter().map(|(name, why)| (name.as_str(), why.as_str())).collect();
    assert_eq!(
        told,
        [("b.txt", "class 7 is out of range: classes.txt names 1"), ("c.txt line 1", "\"rubbish\" is no number")]
    );
}
