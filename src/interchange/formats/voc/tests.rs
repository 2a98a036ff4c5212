//! VOC and CVAT files as people have them.

use super::*;
use crate::domain::{Rect, Split};
use crate::interchange::model::draft::Draft;

fn object(corners: [&str; 4]) -> String {
    let [a, b, c, d] = corners;
    format!(
        "<object><name>a &amp; b</name><bndbox><xmin>{a}</xmin><ymin>{b}</ymin><xmax>{c}</xmax><ymax>{d}</ymax></bndbox>\
         <part><name>hand</name><bndbox><xmin>9</xmin><ymin>9</ymin><xmax>9</xmax><ymax>9</ymax></bndbox></part></object>"
    )
}

fn annotation(objects: &str) -> String {
    format!(
        "<annotation><filename>x.jpg</filename><size><width>30</width><height>20</height></size>{objects}</annotation>"
    )
}

fn parsed(text: &str, file: &str) -> (Draft, base::Hints) {
    let (draft, hints, _) = parse::parse(text, file).unwrap();
    (draft, hints)
}

#[test]
fn one_file_an_image_is_read_with_its_size_names_and_boxes() {
    let text = annotation(&object(["1", "2", "10", "12"]));
    let (draft, hints) = parsed(&text, "voc/x.xml");
    let image = &draft.images[0];
    assert_eq!((image.file.as_str(), image.stem.as_deref(), image.stated), ("x.jpg", Some("x"), Some([30.0, 20.0])));
    assert_eq!(image.said[0].boxes[0].class, "a & b");
    assert_eq!(hints.shift().0, 0.0);
    let (draft, _) = parsed(&annotation(""), "x.xml");
    assert!(draft.images[0].said[0].nothing_found);
    for left_out in [object(["", "2", "10", "12"]), object(["1", "2", "3", "4"]).replace("<name>a &amp; b</name>", "")]
    {
        let (draft, _) = parsed(&annotation(&left_out), "x.xml");
        assert_eq!(draft.left_out.len(), 1, "{left_out}");
        assert!(draft.images[0].said.iter().all(|said| !said.nothing_found), "something is there: {left_out}");
    }
}

#[test]
fn the_base_is_detected_and_applied() {
    let shift = |boxes: &[[&str; 4]]| {
        let objects: String = boxes.iter().map(|corners| object(*corners)).collect();
        parsed(&annotation(&objects), "x.xml").1.shift()
    };
    assert_eq!(shift(&[["0", "2", "10", "12"]]).0, 0.0);
    assert_eq!(shift(&[["-1", "2", "10", "12"], ["0", "4", "9", "9"]]).0, 1.0);
    assert_eq!(shift(&[["-1", "2", "10", "12"], ["-3", "4", "9", "9"]]).0, 0.0, "drawn over the edge");
    assert_eq!(shift(&[["-1", "2", "10", "12.5"]]).0, 0.0, "no whole numbers");
    assert!(shift(&[["1", "2", "10", "20"]]).1.ends_with("1 end at the image's edge, which speaks for 1."));
    assert!(!shift(&[["1", "2", "10", "19"]]).1.contains("speaks for 1"));
    let pascal = "<annotation><source><database>The VOC2007 Database</database></source>";
    let text = annotation(&object(["1", "2", "10", "12"])).replace("<annotation>", pascal);
    let (mut draft, hints) = parsed(&text, "x.xml");
    assert_eq!(hints.shift().0, -1.0);
    base::shifted(&mut draft.images[0], -1.0);
    assert_eq!(draft.images[0].said[0].boxes[0].rect, Rect { xmin: 0.0, ymin: 1.0, xmax: 10.0, ymax: 12.0 });
    let (mut swapped, _) = parsed(&annotation(&object(["10", "12", "1", "2"])), "x.xml");
    base::shifted(&mut swapped.images[0], -1.0);
    assert_eq!(swapped.images[0].said[0].boxes[0].rect, Rect { xmin: 10.0, ymin: 12.0, xmax: 0.0, ymax: 1.0 });
}

#[test]
fn several_annotations_in_one_file_are_read() {
    let two = format!("<annotations>{0}{0}</annotations>", annotation(&object(["1", "2", "3", "4"])));
    assert_eq!(parsed(&two, "all.xml").0.images.len(), 2);
}

#[test]
fn broken_xml_gets_a_sentence() {
    let deep = "<annotation>".repeat(1000);
    for text in [
        "",
        "<annotation>",
        "<annotation></b>",
        "<html></html>",
        "no xml",
        deep.as_str(),
        "<!DOCTYPE x [<!ENTITY a \"b\">]>",
        "<annotations><image name=\"a.png\"/></annotations>",
    ] {
        assert!(parse::parse(text, "x.xml").is_err(), "{text}");
    }
}

#[test]
fn what_is_said_of_single_boxes_is_told_and_a_turned_box_is_upright_around_it() {
    let marked = object(["2", "3", "10", "12"]).replace(
        "</name><bndbox><xmin>2",
        "</name><pose>Frontal</pose><truncated>1</truncated><difficult>1</difficult><occluded>0</occluded><bndbox><xmin>2",
    );
    let plain = object(["2", "3", "4", "5"])
        .replace("</name><bndbox><xmin>2", "</name><pose>Unspecified</pose><difficult>0</difficult><bndbox><xmin>2");
    let attributes = |angle: &str| {
        format!(
            "<attributes><attribute><name>rotation</name><value>{angle}</value></attribute><attribute><name>side</name><value>left</value></attribute></attributes></object>"
        )
    };
    let turned = object(["6", "9", "14", "11"]).replace("</object>", &attributes("90.0"));
    let straight = object(["6", "9", "14", "11"]).replace("</object>", &attributes("0.0"));
    let reading = read_of(&[("a", annotation(&(marked + &plain + &turned + &straight)))]);
    let boxes = &reading.images.to_vec().unwrap()[0].said[0].boxes;
    let rect = boxes[2].rect;
    assert_eq!([rect.xmin, rect.ymin, rect.xmax, rect.ymax].map(f64::round), [9.0, 6.0, 11.0, 14.0]);
    assert_eq!(boxes[3].rect, Rect { xmin: 6.0, ymin: 9.0, xmax: 14.0, ymax: 11.0 });
    let facts = reading.images.to_vec().unwrap()[0].facts.clone();
    let marks = facts.marks_of(&boxes[0].rect).unwrap();
    assert_eq!((marks["difficult"].as_str(), marks["pose"].as_str(), marks.len()), ("1", "Frontal", 3));
    assert!(facts.marks_of(&boxes[1].rect).is_none() && facts.marks_of(&boxes[2].rect).unwrap()["side"] == "left");
    let told = |part: &str| reading.remarks.iter().any(|said| said.contains(part));
    assert!(
        told("exported to Pascal VOC and COCO again: difficult (1), pose (1), side (2), truncated (1)."),
        "{:?}",
        reading.remarks
    );
    assert!(told("1 rotated boxes became the upright boxes"), "{:?}", reading.remarks);
}

/// Each image's name and split, of pictures i0 to i4 with annotations of all but the last, and these lists.
fn splits_with(lists: &[(&str, &str)]) -> (Vec<Option<Split>>, crate::interchange::Reading) {
    let dir = tempfile::tempdir().unwrap();
    for seed in 0u8..5 {
        let name = format!("i{seed}");
        let (xml, png) = (format!("VOC/Annotations/{name}.xml"), format!("VOC/JPEGImages/{name}.png"));
        for file in [&xml, &png] {
            std::fs::create_dir_all(dir.path().join(file).parent().unwrap()).unwrap();
        }
        if seed < 4 {
            let text = annotation(&object(["2", "3", "10", "12"])).replace("x.jpg", &format!("{name}.png"));
            std::fs::write(dir.path().join(xml), text).unwrap();
        }
        crate::imaging::write::write_png_gray(&dir.path().join(png), 30, 20, &[seed; 600]).unwrap();
    }
    for (name, text) in lists {
        let path = dir.path().join("VOC").join(name);
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        std::fs::write(path, text).unwrap();
    }
    let options = crate::interchange::Options::default();
    let reading = crate::interchange::read(dir.path(), Format::VOC, &options, &|_, _| true).unwrap();
    (reading.images.to_vec().unwrap().iter().map(|image| image.split).collect(), reading)
}

#[test]
fn the_lists_of_image_sets_give_the_splits() {
    use Split::{Test, Train, Validation};
    let main = |name: &str| format!("ImageSets/Main/{name}.txt");
    let plain = [main("train"), main("val"), main("test"), main("trainval"), main("dog_train")];
    let texts = ["i0\r\ni1\r\n", "i2\n", "i3\ni4\n", "i0\ni1\ni2\n", "i3 1\n"];
    let lists: Vec<(&str, &str)> = plain.iter().map(String::as_str).zip(texts).collect();
    let (splits, reading) = splits_with(&lists);
    assert_eq!(splits, [Some(Train), Some(Train), Some(Validation), Some(Test), Some(Test)]);
    assert!(reading.conflicts.is_empty() && reading.left_out.is_empty(), "{:?}", reading.conflicts);
    let (classes, _) = splits_with(&[
        (&main("dog_train"), "i0  1\ni1 -1\n"),
        (&main("cat_train"), "i0 -1\ni1 0\n"),
        (&main("dog_val"), "i2 -1\n"),
        ("ImageSets/Segmentation/test.txt", "i0\n"),
    ]);
    assert_eq!(classes[..3], [Some(Train), Some(Train), Some(Validation)]);
    let (both, reading) = splits_with(&[(&main("trainval"), "i0\ni1\n"), (&main("test"), "JPEGImages/i2.jpg\ngone\n")]);
    assert_eq!(both[..3], [Some(Train), Some(Train), Some(Test)]);
    assert!(reading.remarks.iter().any(|said| said.contains("training and validation without saying which")));
    assert!(reading.left_out[0].1.contains("the first: gone"), "{:?}", reading.left_out);
    let (loose, _) =
        splits_with(&[("train_list.txt", "./JPEGImages/i0.png ./Annotations/i0.xml\n"), ("val.txt", "i1\n")]);
    assert_eq!(loose[..2], [Some(Train), Some(Validation)]);
}

/// A folder with a picture of 30 x 20 for each annotation, read.
fn read_of(files: &[(&str, String)]) -> crate::interchange::Reading {
    let dir = tempfile::tempdir().unwrap();
    for (seed, (name, text)) in (0u8..).zip(files) {
        std::fs::write(dir.path().join(format!("{name}.xml")), text.replace("x.jpg", &format!("{name}.png"))).unwrap();
        crate::imaging::write::write_png_gray(&dir.path().join(format!("{name}.png")), 30, 20, &[seed; 600]).unwrap();
    }
    let options = crate::interchange::Options::default();
    crate::interchange::read(dir.path(), crate::interchange::Format::VOC, &options, &|_, _| true).unwrap()
}

#[test]
fn a_box_is_the_same_whichever_corner_it_was_drawn_from() {
    let wanted = Rect { xmin: 2.0, ymin: 3.0, xmax: 10.0, ymax: 12.0 };
    let drawn = [["2", "3", "10", "12"], ["10", "12", "2", "3"], ["10", "3", "2", "12"], ["2", "12", "10", "3"]];
    let files: Vec<(&str, String)> =
        ["a", "b", "c", "d"].into_iter().zip(drawn.map(|corners| annotation(&object(corners)))).collect();
    let reading = read_of(&files);
    let boxes: Vec<Rect> = reading.images.to_vec().unwrap().iter().map(|image| image.said[0].boxes[0].rect).collect();
    assert_eq!(boxes, [wanted; 4]);
    assert!(reading.left_out.is_empty(), "{:?}", reading.left_out);
    assert!(reading.remarks.iter().any(|said| said.starts_with("3 boxes are written with")), "{:?}", reading.remarks);
    let flat = read_of(&[("a", annotation(&object(["2", "3", "2", "12"])))]);
    assert!(flat.left_out[0].1.ends_with("has no area"), "{:?}", flat.left_out);
}

#[test]
fn rotated_boxes_of_rolabelimg_become_the_upright_boxes_around_them() {
    use std::f64::consts::{FRAC_PI_2, FRAC_PI_4};
    let turned = |angle: f64| {
        format!(
            "<object><type>robndbox</type><name>m</name><difficult>1</difficult><robndbox><cx>15.5</cx><cy>10</cy><w>8</w>\
             <h>4</h><angle>{angle}</angle></robndbox></object>"
        )
    };
    let text = annotation(&format!("{}{}{}", turned(0.0), turned(FRAC_PI_2), turned(FRAC_PI_4)));
    let (draft, hints, marks) = parse::parse(&text, "x.xml").unwrap();
    let boxes: Vec<Rect> = draft.images[0].said[0].boxes.iter().map(|one| one.rect).collect();
    let half = 6.0 * 0.5f64.sqrt();
    for (rect, [across, down]) in boxes.iter().zip([[4.0, 2.0], [2.0, 4.0], [half, half]]) {
        let expected = [15.5 - across, 10.0 - down, 15.5 + across, 10.0 + down];
        let sides = [rect.xmin, rect.ymin, rect.xmax, rect.ymax];
        assert!(sides.iter().zip(expected).all(|(a, b)| (a - b).abs() < 1e-9), "{sides:?} {expected:?}");
    }
    assert_eq!((boxes.len(), draft.left_out.len(), draft.images[0].marked.len()), (3, 0, 3));
    assert!(marks.sentences()[0].starts_with("2 rotated boxes became the upright boxes"), "{:?}", marks.sentences());
    assert_eq!(hints.shift().0, 0.0, "they are counted from 0");
    let (cut, ..) = parse::parse(&annotation(&turned(0.0).replace("<w>8</w>", "")), "x.xml").unwrap();
    assert_eq!(cut.left_out[0].1, "an object without whole coordinates");
}

#[test]
fn outlines_of_mit_labelme_are_counted_and_their_images_are_no_negatives() {
    let dir = tempfile::tempdir().unwrap();
    crate::imaging::write::write_png_gray(&dir.path().join("a.png"), 8, 8, &[3; 64]).unwrap();
    let point = |x: u8, y: u8| format!("<pt><x>{x}</x><y>{y}</y></pt>");
    let outline = format!("<polygon><username>x</username>{}{}{}</polygon>", point(1, 1), point(5, 1), point(5, 6));
    let object = |inside: &str| format!("<object><name>lung</name><deleted>0</deleted>{inside}</object>");
    let text = format!(
        "<annotation><filename>a.png</filename>{}{}{}</annotation>",
        object(&outline),
        object(&outline),
        object("<bndbox><xmin>1</xmin><ymin>1</ymin></bndbox>")
    );
    std::fs::write(dir.path().join("a.xml"), text).unwrap();
    let read = crate::interchange::read(dir.path(), Format::VOC, &Options::default(), &|_, _| true).unwrap();
    let left: Vec<&str> = read.left_out.iter().map(|(what, _)| what.as_str()).collect();
    assert_eq!(left, ["a.xml", "2 objects"], "{:?}", read.left_out);
    assert!(read.left_out[1].1.contains("polygon"), "{:?}", read.left_out);
    let images = read.images.to_vec().unwrap();
    assert!(images.iter().all(|image| image.said.iter().all(|said| !said.nothing_found)), "{images:?}");
}

#[test]
fn a_file_that_says_its_base_is_taken_at_its_word() {
    let pascal = "<annotation><source><database>The VOC2007 Database</database></source>";
    let text = annotation(&object(["1", "2", "10", "12"])).replace("<annotation>", pascal);
    let own = text.replace("</annotation>", "<overread><base>0</base></overread></annotation>");
    let shift = |text: &str| parsed(text, "x.xml").1.shift().0;
    assert_eq!((shift(&text), shift(&own)), (-1.0, 0.0));
}
