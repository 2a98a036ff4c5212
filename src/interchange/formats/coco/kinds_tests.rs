//! COCO files as other tools write them, read with their pictures.

use crate::domain::Rect;
use crate::imaging::write::write_png_gray;
use crate::interchange::model::format::Format;
use crate::interchange::model::options::{Frame, Options, Unannotated};
use crate::interchange::model::reading::{ReadImage, Reading};
use crate::interchange::read;
use serde_json::{Value, json};
use std::path::Path;

/// A folder of pictures, 20 x 10, and files.
fn source(pictures: &[&str], files: &[(&str, Value)]) -> tempfile::TempDir {
    let dir = tempfile::tempdir().unwrap();
    let make = |name: &str| {
        let path = dir.path().join(name);
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        path
    };
    for (at, name) in pictures.iter().enumerate() {
        write_png_gray(&make(name), 20, 10, &[at as u8 + 1; 200]).unwrap();
    }
    for (name, content) in files {
        std::fs::write(make(name), content.to_string()).unwrap();
    }
    dir
}

fn reading(dir: &Path, unannotated: Unannotated) -> Reading {
    read(dir, Format::COCO, &Options { unannotated, ..Options::default() }, &|_, _| true).unwrap()
}

fn coco(images: Value, annotations: Value) -> Value {
    let categories = json!([{"id": 1, "name": "mass", "supercategory": ""}]);
    json!({"images": images, "annotations": annotations, "categories": categories})
}

fn image(id: impl Into<Value>, name: &str) -> Value {
    json!({"id": id.into(), "file_name": name, "width": 20, "height": 10})
}

fn drawn(id: impl Into<Value>, image: impl Into<Value>, x: u32) -> Value {
    json!({"id": id.into(), "image_id": image.into(), "category_id": 1, "bbox": [x, 1, 3, 4], "segmentation": []})
}

/// Class and left side of every box, by picture.
fn boxes(reading: &Reading) -> Vec<(String, Vec<(String, f64)>)> {
    let of = |image: &ReadImage| {
        let boxes = image.said.iter().flat_map(|said| &said.boxes);
        (image.name.clone(), boxes.map(|one| (one.class.clone(), one.rect.xmin)).collect())
    };
    reading.images.to_vec().unwrap().iter().map(of).collect()
}

fn says(lines: &[String], words: &[&str]) -> bool {
    lines.iter().any(|line| words.iter().all(|word| line.contains(word)))
}

#[test]
fn numbers_may_be_written_as_text() {
    let mut picture = image(2.0, "a.png");
    (picture["width"], picture["height"]) = (json!("40"), json!(" 20 "));
    let mut one = drawn(1, "2", 0);
    one["bbox"] = json!(["4", "2.5", "8", 4]);
    let mut odd = drawn(2, 2, 0);
    odd["bbox"] = json!(["4", "wide", "8", 4]);
    let dir = source(&["a.png"], &[("all.json", coco(json!([picture]), json!([one, odd])))]);
    let reading = reading(dir.path(), Unannotated::Unseen);
    // The picture is half the size that is stated.
    assert_eq!(boxes(&reading), [("a.png".to_owned(), vec![("mass".to_owned(), 2.0)])]);
    assert!(reading.left_out.iter().any(|(what, why)| what.contains("wide") && why.contains("odd values")));
}

#[test]
fn an_annotation_in_several_files_counts_once_and_ids_need_not_be_unique() {
    let all = coco(
        json!([image(1, "images/a.png"), image(2, "images/b.png")]),
        json!([drawn(7, 1, 1), drawn(7, 1, 5), drawn(8, 2, 1), drawn(9, 2, 6), drawn(9, 2, 6), drawn(3, 1, 9)]),
    );
    let train = coco(json!([image(5, "a.png")]), json!([drawn(7, 5, 1), drawn(7, 5, 5), drawn(4, 5, 9)]));
    let dir = source(&["images/a.png", "images/b.png"], &[("all.json", all), ("train.json", train)]);
    let reading = reading(dir.path(), Unannotated::Unseen);
    let mass = |x: f64| ("mass".to_owned(), x);
    // The box at 9 has another id in the second file: nothing says that it is the same.
    let a = vec![mass(1.0), mass(5.0), mass(9.0), mass(9.0)];
    let expected = vec![("images/a.png".to_owned(), a), ("images/b.png".to_owned(), vec![mass(1.0), mass(6.0)])];
    assert_eq!(boxes(&reading), expected);
    let remarks = &reading.remarks;
    assert!(says(remarks, &["2 boxes stood in several files", "taken once"]), "{remarks:#?}");
    assert!(says(remarks, &["1 box stood in several files", "other ids"]), "{remarks:#?}");
    assert!(says(remarks, &["all.json", "1 annotation stands twice in the file"]), "{remarks:#?}");
}

#[test]
fn boxes_of_equal_names_and_ids_on_two_pictures_are_two() {
    let one = || coco(json!([image(1, "001.png")]), json!([drawn(1, 1, 1)]));
    let dir = source(&["p/001.png", "q/001.png"], &[("p/a.json", one()), ("q/a.json", one())]);
    let counts: Vec<usize> = boxes(&reading(dir.path(), Unannotated::Unseen)).iter().map(|(_, b)| b.len()).collect();
    assert_eq!(counts, [1, 1]);
}

#[test]
fn ids_are_the_same_as_numbers_with_a_point_or_as_text() {
    let mut file = coco(
        json!([image(1, "a.png"), image("2", "b.png"), image(3.0, "c.png"), image("x.0", "d.png")]),
        json!([drawn(1, 1.0, 1), drawn(2, 2, 2), drawn(3, "3", 3), drawn(4, "x.0", 4), drawn(5, "x", 5)]),
    );
    file["categories"][0]["id"] = json!("1");
    let dir = source(&["a.png", "b.png", "c.png", "d.png"], &[("coco.json", file)]);
    let reading = reading(dir.path(), Unannotated::Unseen);
    let sides: Vec<f64> = boxes(&reading).into_iter().flat_map(|(_, b)| b).map(|(_, x)| x).collect();
    assert_eq!(sides, [1.0, 2.0, 3.0, 4.0]);
    assert_eq!(reading.left_out, [("an annotation of image x".to_owned(), "no image has that id".to_owned())]);
}

#[test]
fn images_without_annotations_are_unseen_or_negatives_as_a_person_says() {
    let file = || coco(json!([image(1, "a.png"), image(2, "b.png"), image(3, "c.png")]), json!([drawn(1, 1, 1)]));
    // In another file one of them has a box.
    let other = coco(json!([image(1, "a.png"), image(9, "c.png")]), json!([drawn(5, 9, 4)]));
    let dir = source(&["a.png", "b.png", "c.png"], &[("x.json", file()), ("y.json", other)]);
    let nothing = |reading: &Reading| -> Vec<usize> {
        let images = reading.images.to_vec().unwrap();
        images.iter().map(|image| image.said.iter().filter(|said| said.nothing_found).count()).collect()
    };
    let unseen = reading(dir.path(), Unannotated::Unseen);
    assert_eq!((nothing(&unseen), unseen.unannotated), (vec![0, 0, 0], 1));
    assert!(says(&unseen.remarks, &["1 of 3 images", "b.png", "not assessed", "--unannotated negative"]));
    let negative = reading(dir.path(), Unannotated::Negative);
    assert_eq!((nothing(&negative), negative.unannotated), (vec![0, 1, 0], 1));
    assert!(says(&negative.remarks, &["1 of 3 images", "nothing to draw"]), "{:#?}", negative.remarks);
}

#[test]
fn an_image_whose_id_another_has_is_no_negative() {
    let file = coco(json!([image(1, "a.png"), image(1, "b.png")]), json!([drawn(1, 1, 1)]));
    let dir = source(&["a.png", "b.png"], &[("x.json", file)]);
    let reading = reading(dir.path(), Unannotated::Negative);
    let images = reading.images.to_vec().unwrap();
    assert_eq!((images[0].said.len(), images[1].said.len()), (0, 1));
    assert!(says(&reading.conflicts, &["x.json", "two images have the id 1", "b.png"]), "{:?}", reading.conflicts);
}

#[test]
fn categories_of_one_name_below_different_things_stay_apart_in_every_file() {
    let category = |id: u32, name: &str, above: &str| json!({"id": id, "name": name, "supercategory": above});
    let on = |category: u32, x: u32| {
        let mut one = drawn(x, 1, x);
        one["category_id"] = json!(category);
        one
    };
    let mut both = coco(json!([image(1, "a.png")]), json!([on(1, 1), on(2, 5), on(3, 9)]));
    both["categories"] = json!([category(1, "crane", "bird"), category(2, "crane", "machine"), category(3, "x", "y")]);
    let whole = json!({"id": 5, "image_id": 1, "category_id": 7});
    let mut one = coco(json!([image(1, "b.png")]), json!([on(7, 2), whole]));
    one["categories"] = json!([category(7, "crane", "bird"), category(8, "x", "z"), category(9, "x", "z")]);
    let dir = source(&["a.png", "b.png"], &[("both.json", both), ("one.json", one)]);
    let reading = reading(dir.path(), Unannotated::Unseen);
    let of = |class: &str, x: f64| (class.to_owned(), x);
    let a = vec![of("crane (bird)", 1.0), of("crane (machine)", 5.0), of("x", 9.0)];
    assert_eq!(boxes(&reading), [("a.png".to_owned(), a), ("b.png".to_owned(), vec![of("crane (bird)", 2.0)])]);
    assert_eq!(reading.classes, ["crane (bird)", "crane (machine)", "x"]);
    assert_eq!(reading.images.get(1).unwrap().label(), Some("crane (bird)"));
    assert!(says(&reading.remarks, &["crane", "supercategory"]), "{:?}", reading.remarks);
    assert!(
        says(&reading.conflicts, &["x stands below", "y in both.json", "z in one.json"]),
        "{:?}",
        reading.conflicts
    );
    assert!(says(&reading.conflicts, &["one.json", "8, 9", "one class"]), "{:?}", reading.conflicts);
}

#[test]
fn captions_and_panoptic_segments_are_refused_by_name() {
    let boxed = || coco(json!([image(1, "a.png")]), json!([drawn(1, 1, 1)]));
    let with = |annotation: Value| json!({"images": [image(1, "a.png")], "annotations": [annotation]});
    let captions = || with(json!({"id": 5, "image_id": 1, "caption": "somebody sits"}));
    let panoptic = with(json!({"image_id": 1, "file_name": "a.png", "segments_info": []}));
    let dir = source(&["a.png"], &[("captions.json", captions()), ("in.json", boxed()), ("panoptic.json", panoptic)]);
    let reading = reading(dir.path(), Unannotated::Unseen);
    let left_out: Vec<&str> = reading.left_out.iter().map(|(file, _)| file.as_str()).collect();
    assert_eq!((left_out, boxes(&reading)[0].1.len()), (vec!["captions.json", "panoptic.json"], 1));
    assert!(reading.left_out[0].1.contains("captions") && reading.left_out[0].1.contains("instances file"));
    let alone = source(&["a.png"], &[("captions.json", captions())]);
    let why = read(alone.path(), Format::COCO, &Options::default(), &|_, _| true).unwrap_err().to_string();
    assert!(why.contains("captions.json holds captions"), "{why}");
}

#[test]
fn outlines_and_key_points_beside_a_box_are_counted() {
    let with = |id: u32, more: Value| {
        let mut one = drawn(id, 1, id);
        one.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
        one
    };
    let annotations = json!([
        with(1, json!({"segmentation": [[1, 1, 3, 1, 3, 4]]})),
        with(2, json!({"segmentation": {"size": [10, 20], "counts": [1, 2, 197]}, "keypoints": [3, 3, 2]})),
        // The box itself, and no point at all.
        with(3, json!({"segmentation": [[3, 1, 6, 1, 6, 5, 3, 5]], "keypoints": [0, 0, 0]})),
        {"id": 4, "image_id": 1, "category_id": 1, "keypoints": [3, 3, 2], "segmentation": []},
    ]);
    let dir = source(&["a.png"], &[("x.json", coco(json!([image(1, "a.png")]), annotations))]);
    let reading = reading(dir.path(), Unannotated::Unseen);
    assert_eq!(boxes(&reading)[0].1.len(), 3);
    assert!(says(&reading.remarks, &["x.json: 2 boxes have a polygon or mask"]), "{:#?}", reading.remarks);
    assert!(says(&reading.remarks, &["x.json: 1 box has key points"]), "{:#?}", reading.remarks);
    assert!(reading.left_out[0].1.contains("key points of mass without a box"), "{:?}", reading.left_out);
}

/// Neither box nor outline, in each of the ways that programs write none.
#[test]
fn annotations_without_a_place_are_about_the_whole_image() {
    let of = |image: u32, category: u32, more: Value| {
        let mut one = json!({"id": image * 10 + category, "image_id": image, "category_id": category});
        one.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
        one
    };
    let annotations = json!([
        of(1, 1, json!({})),
        of(2, 2, json!({"bbox": [], "segmentation": []})),
        of(2, 2, json!({"bbox": null, "segmentation": null, "iscrowd": 0, "area": 0})),
        of(3, 9, json!({})),
    ]);
    let pictures = json!([image(1, "a.png"), image(2, "b.png"), image(3, "c.png")]);
    let mut file = coco(pictures.clone(), annotations);
    file["categories"] = json!([{"id": 1, "name": "mass"}, {"id": 2, "name": "No finding"}]);
    let dir = source(&["a.png", "b.png", "c.png"], &[("x.json", file.clone())]);
    let of_classes = reading(dir.path(), Unannotated::Unseen);
    let labels: Vec<_> =
        of_classes.images.to_vec().unwrap().iter().map(|image| image.label().map(str::to_owned)).collect();
    assert_eq!(labels, [Some("mass".to_owned()), Some("No finding".to_owned()), None]);
    let told = &of_classes.remarks;
    assert!(says(told, &["x.json: 3 annotations have neither bbox nor segmentation"]), "{told:?}");
    assert!(!says(told, &["without an annotation"]), "{told:?}");
    assert_eq!(of_classes.left_out.len(), 1, "that of a category that is not listed: {:?}", of_classes.left_out);
    // Of findings each is one; "no finding" is that all are absent.
    let options = Options { findings: true, ..Options::default() };
    let of_findings = read(dir.path(), Format::COCO, &options, &|_, _| true).unwrap();
    let said: Vec<_> = of_findings.images.to_vec().unwrap().iter().map(|image| image.said.clone()).collect();
    let present = vec![("mass".to_owned(), crate::domain::Presence::Present)];
    assert_eq!((&said[0][0].findings, said[0][0].others_absent), (&present, true));
    assert_eq!((said[1][0].findings.len(), said[1][0].others_absent, said[2].len()), (0, true, 0));
    assert_eq!(of_findings.classes, ["mass"]);
    // Several are findings, whatever was asked for.
    file["annotations"] = json!([of(1, 1, json!({})), of(1, 3, json!({})), of(2, 3, json!({"bbox": [1, 1, 3, 4]}))]);
    file["categories"].as_array_mut().unwrap().push(json!({"id": 3, "name": "edema"}));
    let dir = source(&["a.png", "b.png", "c.png"], &[("x.json", file)]);
    let several = reading(dir.path(), Unannotated::Unseen);
    let images = several.images.to_vec().unwrap();
    assert_eq!((images[0].present().len(), several.findings), (2, true));
    assert_eq!(boxes(&several)[1].1, [("edema".to_owned(), 1.0)]);
    assert!(images[1].present().is_empty(), "what is drawn is kept as a box");
}

/// The corners of the rectangle, turned one by one as CVAT's window does: about the middle, clockwise.
#[test]
fn a_rectangle_that_cvat_turned_becomes_the_box_around_it() {
    let mut one = drawn(1, 1, 6);
    one["bbox"] = json!([6.0, 4.0, 8.0, 2.0]);
    one["attributes"] = json!({"occluded": false, "rotation": 30.0});
    let mut straight = drawn(2, 1, 1);
    straight["attributes"] = json!({"rotation": 0.0});
    let dir = source(&["a.png"], &[("x.json", coco(json!([image(1, "a.png")]), json!([one, straight])))]);
    let reading = reading(dir.path(), Unannotated::Unseen);
    let Rect { xmin, ymin, xmax, ymax } = reading.images.get(0).unwrap().said[0].boxes[0].rect;
    let (sin, cos) = 30f64.to_radians().sin_cos();
    let corners = [(-4.0, -1.0), (4.0, -1.0), (4.0, 1.0), (-4.0, 1.0)];
    let turned = corners.map(|(x, y)| [10.0 + x * cos - y * sin, 5.0 + x * sin + y * cos]);
    let least = |at: usize| turned.iter().map(|p| p[at]).fold(f64::INFINITY, f64::min);
    let most = |at: usize| turned.iter().map(|p| p[at]).fold(f64::NEG_INFINITY, f64::max);
    for (ours, theirs) in [(xmin, least(0)), (ymin, least(1)), (xmax, most(0)), (ymax, most(1))] {
        assert!((ours - theirs).abs() < 1e-9, "{ours} {theirs}");
    }
    assert_eq!(boxes(&reading)[0].1[1], ("mass".to_owned(), 1.0));
    assert!(says(&reading.remarks, &["1 rectangle is turned"]), "{:?}", reading.remarks);
}

#[test]
fn label_studios_file_lists_a_picture_once_an_annotator_and_by_paths_that_lead_out() {
    let mut file = coco(
        json!([
            image(0, "../../data/media/upload/1/0a1b2c3d-a.png"),
            image(1, "../../data/media/upload/1/0a1b2c3d-a.png"),
            image(2, "/data/upload/1/0a1b2c3e-b.png")
        ]),
        json!([drawn(0, 0, 1), drawn(1, 1, 5), drawn(2, 2, 2)]),
    );
    file["info"] = json!({"contributor": "Label Studio"});
    // One copy has the name of the upload, the other that of the picture before.
    let dir = source(&["images/0a1b2c3d-a.png", "images/b.png"], &[("result.json", file)]);
    let reading = reading(dir.path(), Unannotated::Unseen);
    let images = reading.images.to_vec().unwrap();
    let said = |image: &ReadImage| -> Vec<(Option<String>, f64)> {
        image.said.iter().map(|said| (said.reader.clone(), said.boxes[0].rect.xmin)).collect()
    };
    let by = |number: u32| Some(format!("annotator {number}"));
    assert_eq!(said(&images[0]), [(by(1), 1.0), (by(2), 5.0)]);
    assert_eq!(said(&images[1]), [(None, 2.0)]);
    assert!(says(&reading.remarks, &["result.json", "1 picture is listed once for each annotator"]));
    assert!(says(&reading.remarks, &["3 image names", "0a1b2c3d-a.png", "base name"]), "{:#?}", reading.remarks);
}

/// A grey JPEG of 20 x 10 as stored, which EXIF turns upright to 10 x 20.
fn turned_photo(path: &Path, grey: u8) {
    let mut jpeg = Vec::new();
    let picture = image::GrayImage::from_pixel(20, 10, image::Luma([grey]));
    picture.write_to(&mut std::io::Cursor::new(&mut jpeg), image::ImageFormat::Jpeg).unwrap();
    // One entry of a TIFF directory: tag 0x0112 (Orientation), of type SHORT, is 6.
    let tiff = b"Exif\0\0II*\0\x08\0\0\0\x01\0\x12\x01\x03\0\x01\0\0\0\x06\0\0\0\0\0\0\0";
    let length = u16::try_from(tiff.len() + 2).unwrap().to_be_bytes();
    let segment = [&[0xff, 0xe1], &length[..], &tiff[..]].concat();
    jpeg.splice(2..2, segment);
    std::fs::write(path, jpeg).unwrap();
}

#[test]
fn boxes_of_turned_photos_are_where_they_were_drawn_whatever_size_stands_beside_them() {
    // The size is the stored picture's; the second box fits the upright one only.
    let with = |id: u32, y: u32| json!({"id": id, "image_id": id, "category_id": 1, "bbox": [2, y, 3, 4]});
    let mut file = coco(json!([image(1, "a.jpg"), image(2, "b.jpg")]), json!([with(1, 3), with(2, 14)]));
    let dir = source(&[], &[("x.json", file.clone())]);
    turned_photo(&dir.path().join("a.jpg"), 60);
    turned_photo(&dir.path().join("b.jpg"), 160);
    let corners = |reading: &Reading| -> Vec<Vec<[f64; 4]>> {
        let boxes = |image: &ReadImage| image.said.iter().flat_map(|s| s.boxes.clone()).map(|one| one.rect).collect();
        let all: Vec<Vec<Rect>> = reading.images.to_vec().unwrap().iter().map(boxes).collect();
        all.iter().map(|of| of.iter().map(|r| [r.xmin, r.ymin, r.xmax, r.ymax]).collect()).collect()
    };
    let upright = [vec![[2.0, 3.0, 5.0, 7.0]], vec![[2.0, 14.0, 5.0, 18.0]]];
    let told = reading(dir.path(), Unannotated::Unseen);
    assert_eq!((corners(&told), told.turned), (upright.to_vec(), 2), "{:?}", told.remarks);
    assert!(says(&told.remarks, &["b.jpg", "some lie outside the stored one"]), "{:?}", told.remarks);
    assert!(says(&told.remarks, &["a.jpg", "boxes of other images", "--frame"]), "{:?}", told.remarks);
    // A person's word goes before it; the second box then lies outside. Stored x and y become 10 - y and x.
    let options = Options { frame: Some(Frame::Raw), ..Options::default() };
    let said = read(dir.path(), Format::COCO, &options, &|_, _| true).unwrap();
    assert_eq!(corners(&said), [vec![[3.0, 2.0, 7.0, 5.0]], vec![]], "{:?}", said.remarks);
    assert!(says(&said.remarks, &["as you said"]) && said.left_out.len() == 1, "{:?}", said.left_out);
    // Alone the first box fits both: the size decides, unless Label Studio wrote it.
    std::fs::remove_file(dir.path().join("b.jpg")).unwrap();
    file["images"].as_array_mut().unwrap().pop();
    file["annotations"].as_array_mut().unwrap().pop();
    std::fs::write(dir.path().join("x.json"), file.to_string()).unwrap();
    assert_eq!(corners(&reading(dir.path(), Unannotated::Unseen)), [vec![[3.0, 2.0, 7.0, 5.0]]]);
    file["info"] = json!({"contributor": "Label Studio"});
    std::fs::write(dir.path().join("x.json"), file.to_string()).unwrap();
    assert_eq!(corners(&reading(dir.path(), Unannotated::Unseen)), [vec![[2.0, 3.0, 5.0, 7.0]]]);
}

#[test]
fn boxes_in_shares_are_told_where_pixels_are_meant() {
    let one = |bbox: Value| json!({"id": 1, "image_id": 1, "category_id": 1, "bbox": bbox});
    let told = |bbox: Value| {
        let file = coco(json!([image(1, "a.png")]), json!([one(bbox)]));
        let dir = source(&["a.png"], &[("a.json", file)]);
        reading(dir.path(), Unannotated::Unseen).conflicts.iter().any(|said| said.contains("in shares of the sides"))
    };
    assert!(told(json!([0.1, 0.25, 0.2, 0.375])));
    assert!(!told(json!([0, 0, 3, 4])));
}

#[test]
fn of_equal_names_the_file_of_a_split_means_the_picture_in_its_folder() {
    let of = |x: u32| coco(json!([image(7, "a.png")]), json!([drawn(1, 7, x)]));
    let files = [("annotations/instances_train2017.json", of(1)), ("annotations/instances_val2017.json", of(5))];
    let dir = source(&["images/train2017/a.png", "images/val2017/a.png"], &files);
    let read = reading(dir.path(), Unannotated::Unseen);
    let left = |name: &str, x: f64| (name.to_owned(), vec![("mass".to_owned(), x)]);
    assert_eq!(boxes(&read), [left("images/train2017/a.png", 1.0), left("images/val2017/a.png", 5.0)]);
}
