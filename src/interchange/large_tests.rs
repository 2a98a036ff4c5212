//! Sources of so many images that what is read of them is put by.

use super::read;
use crate::imaging::write::write_png_gray;
use crate::interchange::model::format::Format;
use crate::interchange::model::options::{Options, VocBase};
use crate::interchange::model::reading::{ReadImage, Reading, Said};
use crate::interchange::model::spill::LEAST;
use std::path::Path;

/// As many pictures as are put by and two more, each of its own content.
const IMAGES: u16 = LEAST as u16 + 2;

fn picture(path: &Path, number: u16) {
    std::fs::create_dir_all(path.parent().unwrap()).unwrap();
    let [high, low] = number.to_be_bytes();
    write_png_gray(path, 2, 2, &[high, low, 7, 9]).unwrap();
}

/// Read with the first of them in memory, and of the others where they are.
fn reading(dir: &Path, format: Format) -> Reading {
    let options = Options { voc_base: Some(VocBase::One), ..Options::default() };
    let reading = read(dir, format, &options, &|_, _| true).unwrap();
    assert!(reading.images.in_memory() <= LEAST, "{}", reading.images.in_memory());
    reading
}

fn image(reading: &Reading, name: &str) -> ReadImage {
    reading.images.iter().map(|image| image.unwrap().into_owned()).find(|image| image.name == name).unwrap()
}

#[test]
fn class_folders_are_read_as_small_ones_are() {
    let dir = tempfile::tempdir().unwrap();
    let class = |number: u16| if number.is_multiple_of(2) { "even" } else { "odd" };
    for number in 0..IMAGES {
        picture(&dir.path().join(format!("train/{}/{number}.png", class(number))), number);
    }
    // One is in two classes, one in two splits.
    picture(&dir.path().join("train/odd/copy.png"), 8);
    picture(&dir.path().join("test/odd/9.png"), 9);
    let reading = reading(dir.path(), Format::FOLDERS);
    assert_eq!((reading.images.len(), reading.left_out.len()), (usize::from(IMAGES), 2));
    assert_eq!((reading.conflicts.len(), reading.has_splits), (2, true), "{:?}", reading.conflicts);
    assert_eq!(image(&reading, "train/even/8.png").label(), None);
    assert_eq!(image(&reading, "test/odd/9.png").label(), Some("odd"));
    let tally = reading.tally().unwrap();
    let half = usize::from(IMAGES / 2);
    assert_eq!(tally.images, [("even".to_owned(), half - 1), ("odd".to_owned(), half)].into());
    assert_eq!(tally.splits.values().copied().collect::<Vec<_>>(), [2 * half - 1, 1]);
    let names: Vec<String> = reading.images.iter().map(|image| image.unwrap().name.clone()).collect();
    assert_eq!(
        (names[0].as_str(), names[1].as_str(), names[2].as_str()),
        ("test/odd/9.png", "train/even/0.png", "train/even/2.png")
    );
}

#[test]
fn label_files_are_read_as_few_ones_are() {
    let dir = tempfile::tempdir().unwrap();
    for number in 0..IMAGES {
        picture(&dir.path().join(format!("images/{number}.png")), number);
        let label = dir.path().join(format!("labels/{number}.txt"));
        std::fs::create_dir_all(label.parent().unwrap()).unwrap();
        // Half of the picture, of class 0 or 1; the last has nothing to find, or so it is said.
        let text = if number == IMAGES - 1 { String::new() } else { format!("{} 0.5 0.25 1 0.5\n", number % 2) };
        std::fs::write(label, text).unwrap();
    }
    picture(&dir.path().join("images/copy.png"), 4);
    std::fs::write(dir.path().join("labels/copy.txt"), "1 0.5 0.5 1 1\n").unwrap();
    std::fs::write(dir.path().join("labels/3.txt"), "no label\n").unwrap();
    picture(&dir.path().join("images/bare.png"), 999);
    let reading = reading(dir.path(), Format::YOLO);
    let tally = reading.tally().unwrap();
    assert_eq!(reading.images.len(), usize::from(IMAGES) + 1);
    let half = usize::from(IMAGES / 2);
    assert_eq!(tally.boxes, [("0".to_owned(), half), ("1".to_owned(), half - 1)].into());
    let said = |name: &str| image(&reading, name).said;
    assert!(matches!(&said("images/501.png")[..], [Said { nothing_found: true, .. }]));
    assert_eq!(said("images/4.png").iter().map(|said| said.boxes.len()).collect::<Vec<_>>(), [1, 1]);
    assert!(said("images/bare.png").is_empty() && said("images/3.png").is_empty());
    let told: Vec<&str> = reading.left_out.iter().map(|(what, _)| what.as_str()).collect();
    assert_eq!(told, ["labels/3.txt line 1", "images/copy.png"]);
    assert_eq!(
        reading.remarks.iter().filter(|remark| remark.contains("1 pictures have no label file")).count(),
        1,
        "{:?}",
        reading.remarks
    );
}

#[test]
fn boxes_counted_from_one_are_so_in_every_file() {
    let dir = tempfile::tempdir().unwrap();
    for number in 0..IMAGES + 100 {
        picture(&dir.path().join(format!("{number}.png")), number);
        let text = format!(
            "<annotation><filename>{number}.png</filename><size><width>2</width><height>2</height></size><object>\
             <name>x</name><bndbox><xmin>1</xmin><ymin>1</ymin><xmax>2</xmax><ymax>2</ymax></bndbox></object></annotation>"
        );
        std::fs::write(dir.path().join(format!("{number}.xml")), text).unwrap();
    }
    let reading = reading(dir.path(), Format::VOC);
    assert_eq!(reading.images.len(), usize::from(IMAGES) + 100);
    for image in reading.images.iter() {
        let image = image.unwrap();
        let rect = image.said[0].boxes[0].rect;
        assert_eq!([rect.xmin, rect.ymin, rect.xmax, rect.ymax], [0.0, 0.0, 2.0, 2.0], "{}", image.name);
    }
}

#[test]
fn one_large_file_among_many_is_not_read() {
    let dir = tempfile::tempdir().unwrap();
    for number in 0..513u16 {
        picture(&dir.path().join(format!("{number}.png")), number);
        let text = format!("<annotation><filename>{number}.png</filename></annotation>");
        std::fs::write(dir.path().join(format!("{number}.xml")), text).unwrap();
    }
    // The last of them, and more than any of so many may have.
    let last = std::fs::OpenOptions::new().write(true).open(dir.path().join("99.xml")).unwrap();
    last.set_len(17 << 20).unwrap();
    let reading = reading(dir.path(), Format::VOC);
    let told: Vec<&str> = reading.left_out.iter().map(|(what, _)| what.as_str()).collect();
    assert_eq!(told, ["99.xml", "99.png"], "{:?}", reading.left_out);
    assert!(reading.left_out[0].1.contains("16 MB"), "{:?}", reading.left_out);
}

#[test]
fn one_file_of_many_images_is_read_as_one_of_few() {
    let dir = tempfile::tempdir().unwrap();
    let (mut images, mut annotations) = (Vec::new(), Vec::new());
    for number in 0..IMAGES {
        picture(&dir.path().join(format!("{number}.png")), number);
        images.push(serde_json::json!({"id": number, "file_name": format!("{number}.png"), "width": 2, "height": 2}));
        // Twice on each but the last, in the wrong order.
        let of = (number * 2 + 7) % (IMAGES - 1);
        annotations.push(serde_json::json!({"image_id": of, "category_id": 1, "bbox": [0, 0, 1, 1 + number % 2]}));
    }
    let categories = serde_json::json!([{"id": 1, "name": "x"}]);
    let file = serde_json::json!({"annotations": annotations, "categories": categories, "images": images});
    std::fs::write(dir.path().join("all.json"), file.to_string()).unwrap();
    let reading = reading(dir.path(), Format::COCO);
    assert_eq!((reading.images.len(), reading.left_out.len()), (usize::from(IMAGES), 0));
    let mut boxes = 0;
    for image in reading.images.iter() {
        let image = image.unwrap();
        boxes += image.said.iter().map(|said| said.boxes.len()).sum::<usize>();
        // Nobody says that somebody looked at the last.
        assert_eq!(image.said.is_empty(), image.name == format!("{}.png", IMAGES - 1), "{}", image.name);
    }
    assert_eq!(boxes, usize::from(IMAGES));
}
