//! Datumaro's JSON as datumaro 1.13 and CVAT write it; boxes are left, top, width and height, sizes height and width.

use super::parse::parse;
use crate::domain::{Rect, Split};
use crate::imaging::write::write_png_gray;
use crate::interchange::model::format::Format;
use crate::interchange::model::options::Options;
use crate::interchange::{format_at, read};
use serde_json::{Value, json};

fn rect(xmin: f64, ymin: f64, xmax: f64, ymax: f64) -> Rect {
    Rect { xmin, ymin, xmax, ymax }
}

fn whole(items: Value) -> Value {
    json!({"dm_format_version": "1.0", "media_type": 2, "infos": {}, "categories": {"label": {"labels": [
        {"name": "mass", "parent": "", "attributes": []}, {"name": "normal", "parent": "", "attributes": []}],
        "label_groups": [], "attributes": []}}, "items": items})
}

fn annotation(kind: &str, more: Value) -> Value {
    let mut one = json!({"id": 0, "type": kind, "attributes": {"occluded": false}, "group": 0, "label_id": 0});
    one.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
    one
}

#[test]
fn every_kind_gives_its_box_or_is_counted() {
    let table = [
        (annotation("bbox", json!({"bbox": [60, 30, 80, 50]})), rect(60.0, 30.0, 140.0, 80.0)),
        (annotation("polygon", json!({"points": [1.0, 2.0, 9.0, 3.0, 4.0, 8.5]})), rect(1.0, 2.0, 9.0, 8.5)),
        (annotation("ellipse", json!({"points": [1.0, 2.0, 9.0, 8.0]})), rect(1.0, 2.0, 9.0, 8.0)),
        // Turned by a right angle about (60, 50): 40 x 20 become 20 x 40.
        (
            annotation("bbox", json!({"bbox": [40, 40, 40, 20], "attributes": {"rotation": 90.0}})),
            rect(50.0, 30.0, 70.0, 70.0),
        ),
        (annotation("mask", json!({"rle": {"size": [4, 5], "counts": [9, 2, 2, 2, 5]}})), rect(2.0, 1.0, 4.0, 3.0)),
    ];
    for (annotation, expected) in table {
        let item = json!({"id": "a", "annotations": [annotation], "image": {"path": "a.png", "size": [100, 200]}});
        let (draft, _) = parse(&whole(json!([item])).to_string(), "annotations/train.json").unwrap();
        let image = &draft.images[0];
        let got = image.said[0].boxes[0].rect;
        let close = |a: f64, b: f64| (a - b).abs() < 1e-9;
        assert!(
            close(got.xmin, expected.xmin)
                && close(got.ymin, expected.ymin)
                && close(got.xmax, expected.xmax)
                && close(got.ymax, expected.ymax),
            "{got:?} {annotation}"
        );
        assert_eq!((image.split, image.stated), (Some(Split::Train), Some([200.0, 100.0])));
        assert_eq!(image.scope, "images/train");
    }
}

#[test]
fn a_dataset_is_read_with_its_subsets_and_what_has_no_place_is_said() {
    let dir = tempfile::tempdir().unwrap();
    let item = |id: &str, annotations: Value| json!({"id": id, "annotations": annotations, "attr": {"frame": 0}, "image": {"path": format!("{id}.png"), "size": [100, 200]}});
    let subsets = [
        (
            "train",
            json!([
                item("a", json!([annotation("bbox", json!({"bbox": [1, 2, 3, 4], "attributes": {"side": "l"}}))])),
                item("b", json!([]))
            ]),
        ),
        (
            "val",
            json!([
                item(
                    "c",
                    json!([
                        annotation("label", json!({"label_id": 1})),
                        annotation("points", json!({"points": [1, 2]}))
                    ])
                ),
                item(
                    "d",
                    json!([
                        annotation("bbox", json!({"label_id": 7, "bbox": [1, 2, 3, 4]})),
                        annotation("bbox", json!({"bbox": [1, 2]}))
                    ])
                )
            ]),
        ),
    ];
    std::fs::create_dir_all(dir.path().join("annotations")).unwrap();
    let mut grey = 0;
    for (subset, items) in subsets {
        std::fs::create_dir_all(dir.path().join("images").join(subset)).unwrap();
        for item in items.as_array().unwrap() {
            grey += 1;
            let path = dir.path().join(format!("images/{subset}/{}.png", item["id"].as_str().unwrap()));
            write_png_gray(&path, 200, 100, &[grey; 20_000]).unwrap();
        }
        std::fs::write(dir.path().join(format!("annotations/{subset}.json")), whole(items).to_string()).unwrap();
    }
    assert_eq!(format_at(dir.path(), &Options::default()).unwrap().format, Format::DATUMARO);
    let reading = read(dir.path(), Format::DATUMARO, &Options::default(), &|_, _| true).unwrap();
    let images = reading.images.to_vec().unwrap();
    let said: Vec<_> = images
        .iter()
        .map(|i| (i.split, i.label(), i.has_box(), i.said.iter().any(|said| said.nothing_found)))
        .collect();
    let (train, val) = (Some(Split::Train), Some(Split::Validation));
    assert_eq!(
        said,
        [
            (train, None, true, false),
            (train, None, false, false),
            (val, Some("normal"), false, false),
            (val, None, false, false)
        ]
    );
    assert_eq!(reading.classes, ["mass", "normal"]);
    let left_out: Vec<String> = reading.left_out.iter().map(|(what, why)| format!("{what}: {why}")).collect();
    for wanted in ["1 shape of the kind points", "d: a bbox whose label_id", "d: a bbox of mass: its coordinates"] {
        assert!(left_out.iter().any(|one| one.starts_with(wanted)), "{wanted}\n{left_out:#?}");
    }
    let remarks = reading.remarks.join("\n");
    assert!(reading.unannotated == 1 && remarks.contains("1 shape: the attributes"), "{remarks}");
}
