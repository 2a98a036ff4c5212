//! Create ML's files; the numbers are those of Apple's description: a middle and a size.

use super::parse::{is_one, parse};
use crate::domain::{Rect, Split};
use crate::interchange::formats::detect::detect;
use crate::interchange::model::draft::Unit;
use crate::interchange::model::format::Format;
use crate::interchange::model::options::Options;
use crate::interchange::source::listing::Other;
use serde_json::json;

#[test]
fn x_and_y_are_the_middle_in_both_spellings() {
    let coordinates = json!({"y": 40.0, "x": 38.5, "height": 20.0, "width": 7.0});
    let expected = Rect { xmin: 35.0, ymin: 30.0, xmax: 42.0, ymax: 50.0 };
    let boxes = json!([{"label": "cat", "coordinates": coordinates}]);
    for entry in [
        json!({"imagefilename": "a b.png", "annotation": boxes}),
        json!({"image": "a b.png", "annotations": boxes}),
        json!({"imageFilename": "a b.png", "annotation": boxes}),
    ] {
        let draft = parse(&json!([entry]).to_string(), "train/_annotations.createml.json").unwrap();
        let image = &draft.images[0];
        assert_eq!((image.file.as_str(), image.scope.as_str(), image.split), ("a b.png", "train", Some(Split::Train)));
        assert_eq!((image.said[0].boxes[0].rect, image.said[0].boxes[0].unit), (expected, Unit::Pixels));
    }
}

#[test]
fn shares_empty_lists_and_classes_are_taken_as_meant_and_said() {
    let one = |coordinates: serde_json::Value| json!([{"label": "cat", "coordinates": coordinates}]);
    let whole = json!([
        {"image": "a.png", "annotations": one(json!({"x": 0.5, "y": 0.25, "width": 0.5, "height": 0.25}))},
        {"image": "b.png", "annotations": []},
    ]);
    let draft = parse(&whole.to_string(), "x.json").unwrap();
    let first = &draft.images[0].said[0].boxes[0];
    let expected = Rect { xmin: 0.25, ymin: 0.125, xmax: 0.75, ymax: 0.375 };
    assert_eq!((first.unit, first.rect), (Unit::Fractions, expected));
    assert!(draft.images[1].unannotated && draft.images[1].said.is_empty());
    assert!(draft.remarks[0].contains("shares"), "{:?}", draft.remarks);
    let classes = json!([{"image": "a.png", "annotation": "cat"}, {"image": "b.png", "annotations": ["cat", "dog"]},
        {"image": "c.png", "annotations": one(json!({"x": 1, "y": 2}))}, {"picture": "d.png"}]);
    let draft = parse(&classes.to_string(), "x.json").unwrap();
    assert_eq!(draft.images[0].said[0].label.as_deref(), Some("cat"));
    assert_eq!((draft.images[1].said[0].findings.len(), draft.images[1].said[0].others_absent), (2, true));
    let what: Vec<&str> = draft.left_out.iter().map(|(what, _)| what.as_str()).collect();
    assert_eq!(what, ["c.png", "x.json: entry 4"]);
    for text in ["", "{}", "[]", "[1]"] {
        assert!(parse(text, "x.json").err().unwrap().starts_with("is no"), "{text}");
    }
}

#[test]
fn it_is_told_from_label_studios_lists() {
    let table = [
        ("[{\"image\": \"a.png\", \"annotations\": [{\"label\": \"x\", \"coordinates\": {", Format::CREATE_ML),
        ("[{\"image\": \"a.png\", \"annotations\": []}, {\"image\"", Format::CREATE_ML),
        ("[{\"imagefilename\": \"a.png\", \"annotation\": [{\"label\": \"x\", \"coordinates\"", Format::CREATE_ML),
        (
            "[{\"id\": 1, \"data\": {\"image\": \"a.png\"}, \"annotations\": [{\"id\": 3, \"result\": [",
            Format::LABEL_STUDIO,
        ),
        (
            "[{\"image\": \"a.png\", \"id\": 1, \"annotator\": 1, \"annotation_id\": 3, \"label\": [",
            Format::LABEL_STUDIO,
        ),
        ("[{\"id\": 1, \"annotations\": [", Format::LABEL_STUDIO),
    ];
    for (head, format) in table {
        let other = Other { name: "a.json".into(), head: head.into() };
        assert_eq!(detect(&["a.png"], &[other], &Options::default()).format, format, "{head}");
        assert_eq!(is_one(head), format == Format::CREATE_ML);
    }
}
