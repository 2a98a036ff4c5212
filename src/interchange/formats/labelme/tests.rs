//! Files of labelme and X-AnyLabeling as people have them; the boxes are reasoned from what labelme draws for the points.

use super::parse::{Tool, parse};
use crate::domain::Rect;
use crate::imaging::write::write_png_gray;
use crate::interchange::model::format::Format;
use crate::interchange::model::options::Options;
use crate::interchange::model::reading::Reading;
use crate::interchange::{format_at, read};
use serde_json::{Value, json};
use std::path::Path;

fn shape(label: &str, kind: &str, points: Value) -> Value {
    json!({"label": label, "points": points, "group_id": null, "description": "", "shape_type": kind, "flags": {}})
}

fn file(name: &str, flags: Value, shapes: Value) -> Value {
    json!({"version": "5.4.1", "flags": flags, "shapes": shapes, "imagePath": name, "imageData": null,
        "imageHeight": 100, "imageWidth": 200})
}

fn rect(xmin: f64, ymin: f64, xmax: f64, ymax: f64) -> Rect {
    Rect { xmin, ymin, xmax, ymax }
}

fn picture(folder: &Path, name: &str, grey: u8) {
    let path = folder.join(name);
    std::fs::create_dir_all(path.parent().unwrap()).unwrap();
    write_png_gray(&path, 200, 100, &[grey; 20_000]).unwrap();
}

fn reading(folder: &Path, format: Format) -> Reading {
    read(folder, format, &Options::default(), &|_, _| true).unwrap()
}

#[test]
fn every_shape_gives_the_box_that_labelme_draws() {
    let table = [
        ("rectangle", json!([[140, 80], [60, 30]]), rect(60.0, 30.0, 140.0, 80.0)),
        ("rectangle", json!([[60, 30], [140, 30], [140, 80], [60, 80]]), rect(60.0, 30.0, 140.0, 80.0)),
        // The middle and a point of the circle: 3, 4, 5.
        ("circle", json!([[50, 50], [53, 54]]), rect(45.0, 45.0, 55.0, 55.0)),
        ("polygon", json!([[1.5, 2], [9, 3], [4, 8.5]]), rect(1.5, 2.0, 9.0, 8.5)),
        ("rotation", json!([[10, 0], [20, 10], [10, 20], [0, 10]]), rect(0.0, 0.0, 20.0, 20.0)),
        // shapes_to_label fills to the second point and it.
        ("mask", json!([[3, 4], [7, 9]]), rect(3.0, 4.0, 8.0, 10.0)),
    ];
    for (kind, points, expected) in table {
        let text = file("a.png", json!({}), json!([shape("mass", kind, points)])).to_string();
        let page = parse(&text, "x/a.json", Tool::Labelme).unwrap();
        let image = &page.draft.images[0];
        assert_eq!(image.said[0].boxes[0].rect, expected, "{kind}");
        assert_eq!((image.scope.as_str(), image.stated, image.stem.as_deref()), ("x", Some([200.0, 100.0]), Some("a")));
    }
}

#[test]
fn what_is_drawn_in_parts_is_one_thing_in_labelme() {
    let part = |kind: &str, points: Value| {
        let mut part = shape("mass", kind, points);
        part["group_id"] = json!(1);
        part
    };
    let shapes = json!([
        part("polygon", json!([[0, 0], [5, 0], [5, 5]])),
        part("polygon", json!([[20, 20], [30, 20], [30, 25]])),
        part("rectangle", json!([[50, 50], [60, 60]])),
        part("rectangle", json!([[70, 50], [80, 60]]))
    ]);
    let text = file("a.png", json!({}), shapes).to_string();
    let boxes = |tool: Tool| parse(&text, "a.json", tool).unwrap().draft.images[0].said[0].boxes.clone();
    assert_eq!(boxes(Tool::Labelme).len(), 3);
    assert_eq!(boxes(Tool::Labelme)[0].rect, rect(0.0, 0.0, 30.0, 25.0));
    assert_eq!(boxes(Tool::XAnyLabeling).len(), 4);
}

#[test]
fn flags_and_files_without_shapes_are_taken_as_what_they_mean_and_it_is_said() {
    let dir = tempfile::tempdir().unwrap();
    let mass = || shape("mass", "rectangle", json!([[140, 80], [60, 30]]));
    let files = [
        ("a", json!({"normal": true, "blurred": false}), json!([mass()])),
        ("b", json!({"normal": false}), json!([mass(), shape("tip", "point", json!([[5, 5]]))])),
        ("c", json!({}), json!([])),
        ("d", json!({"normal": true, "blurred": true}), json!([])),
        (
            "e",
            json!({}),
            json!([shape("tip", "point", json!([[5, 5]])), shape("axis", "line", json!([[5, 5], [9, 9]]))]),
        ),
        ("g", json!({}), json!([mass(), {"label": "mass", "shape_type": "rectangle", "points": [[1, "x"], [2, 2]]}])),
    ];
    for (at, (name, flags, shapes)) in files.into_iter().enumerate() {
        picture(dir.path(), &format!("{name}.png"), at as u8);
        std::fs::write(
            dir.path().join(format!("{name}.json")),
            file(&format!("{name}.png"), flags, shapes).to_string(),
        )
        .unwrap();
    }
    picture(dir.path(), "f.png", 99);
    std::fs::write(dir.path().join("other.json"), "{\"a\": 1}").unwrap();
    assert_eq!(format_at(dir.path(), &Options::default()).unwrap().format, Format::LABELME);
    let reading = reading(dir.path(), Format::LABELME);
    let images = reading.images.to_vec().unwrap();
    let said: Vec<_> = images
        .iter()
        .map(|image| {
            let boxes: usize = image.said.iter().map(|said| said.boxes.len()).sum();
            (&*image.name, image.label(), boxes, image.said.iter().any(|said| said.nothing_found))
        })
        .collect();
    let expected = [
        ("a.png", Some("normal"), 1, false),
        ("b.png", None, 1, false),
        ("c.png", None, 0, true),
        ("d.png", None, 0, false),
        ("e.png", None, 0, false),
        ("f.png", None, 0, false),
        ("g.png", None, 1, false),
    ];
    assert_eq!(said, expected);
    assert_eq!(reading.classes, ["normal", "mass"]);
    let left_out: Vec<String> = reading.left_out.iter().map(|(what, why)| format!("{what}: {why}")).collect();
    for wanted in [
        "d.json: several flags are set at once (blurred, normal)",
        "2 shapes of the kind point, the first in b.json: it encloses nothing",
        "1 shape of the kind line, the first in e.json",
        "g.json: a rectangle of mass whose points cannot be read",
        "other.json: is no labelme file",
    ] {
        assert!(left_out.iter().any(|one| one.starts_with(wanted)), "{wanted}\n{left_out:#?}");
    }
    let remarks = reading.remarks.join("\n");
    assert!(
        remarks.contains("1 file without a shape: taken as looked at") && remarks.contains("1 image: the flag"),
        "{remarks}"
    );
}

#[test]
fn x_anylabeling_is_told_from_labelme_and_what_it_adds_is_counted() {
    let dir = tempfile::tempdir().unwrap();
    let shape = json!({"label": "mass", "score": null, "points": [[60, 30], [140, 30], [140, 80], [60, 80]],
        "shape_type": "rectangle", "difficult": true, "attributes": {"side": "left"}});
    let one = |name: &str, shapes: Value| {
        json!({"version": "2.4.0", "flags": {}, "shapes": shapes, "imagePath": name, "imageData": null,
        "imageHeight": 100, "imageWidth": 200})
    };
    for (at, (name, shapes)) in [("a", json!([shape])), ("b", json!([]))].into_iter().enumerate() {
        picture(dir.path(), &format!("images/{name}.png"), at as u8);
        let text = one(&format!("{name}.png"), shapes);
        std::fs::write(dir.path().join(format!("images/{name}.json")), serde_json::to_string_pretty(&text).unwrap())
            .unwrap();
    }
    let detected = format_at(dir.path(), &Options::default()).unwrap();
    assert_eq!(detected.format, Format::X_ANYLABELING, "{detected:?}");
    let reading = reading(dir.path(), Format::X_ANYLABELING);
    let images = reading.images.to_vec().unwrap();
    assert_eq!(images[0].said[0].boxes[0].rect, rect(60.0, 30.0, 140.0, 80.0));
    assert!(images[1].said[0].nothing_found);
    let remarks = reading.remarks.join("\n");
    assert!(
        remarks.contains("1 shape: the attributes were") && remarks.contains("1 shape: the flags were"),
        "{remarks}"
    );
}
