//! Projects of Supervisely; the mask is the example of its library's documentation.

use super::parse::parse;
use crate::domain::{Rect, Split};
use crate::imaging::write::write_png_gray;
use crate::interchange::model::format::Format;
use crate::interchange::model::options::Options;
use crate::interchange::{format_at, read};
use serde_json::{Value, json};

/// Three by three pixels, all set but the middle.
const RING: &str = "eJzrDPBz5+WS4mJgYOD19HAJAtLMIMwIInOeqf8BUmwBPiGuQPr///9Lb86/C2QxlgT5BTM4PLuRBuTwebo4hlTMSa44sKHhISMDuxpTYrr03F6gDIOnq5/LOqeEJgDM5ht6";

fn rect(xmin: f64, ymin: f64, xmax: f64, ymax: f64) -> Rect {
    Rect { xmin, ymin, xmax, ymax }
}

fn object(kind: &str, key: &str, place: Value) -> Value {
    json!({"classTitle": "mass", "geometryType": kind, key: place, "tags": []})
}

fn file(tags: Value, objects: Value) -> Value {
    json!({"description": "", "tags": tags, "size": {"height": 100, "width": 200}, "objects": objects})
}

#[test]
fn every_geometry_gives_its_box() {
    let exterior = |points: Value| json!({"exterior": points, "interior": []});
    let table = [
        (object("rectangle", "points", exterior(json!([[140, 80], [60, 30]]))), rect(60.0, 30.0, 140.0, 80.0)),
        (object("polygon", "points", exterior(json!([[1, 2], [9, 3], [4, 8]]))), rect(1.0, 2.0, 9.0, 8.0)),
        (object("bitmap", "bitmap", json!({"data": RING, "origin": [20, 30]})), rect(20.0, 30.0, 23.0, 33.0)),
    ];
    for (object, expected) in table {
        let page = parse(&file(json!([]), json!([object])).to_string(), "p/ds0/ann/a.png.json").unwrap();
        let image = &page.draft.images[0];
        assert_eq!(image.said[0].boxes[0].rect, expected, "{object}");
        assert_eq!(
            (image.file.as_str(), image.scope.as_str(), image.stated),
            ("a.png", "p/ds0/img", Some([200.0, 100.0]))
        );
    }
    let mut turned = object("oriented_bbox", "points", json!([[40, 40], [80, 60]]));
    turned["angle"] = json!(std::f64::consts::FRAC_PI_2);
    let page = parse(&file(json!([]), json!([turned])).to_string(), "ann/a.json").unwrap();
    let image = &page.draft.images[0];
    let around = image.said[0].boxes[0].rect;
    assert!((around.xmin - 50.0).abs() < 1e-9 && (around.ymax - 70.0).abs() < 1e-9, "{around:?}");
    assert_eq!((image.stem.as_deref(), image.scope.as_str()), (Some("a"), "img"));
}

#[test]
fn a_project_is_read_with_tags_and_what_has_no_place_is_said() {
    let dir = tempfile::tempdir().unwrap();
    let one = || object("rectangle", "points", json!({"exterior": [[60, 30], [140, 80]], "interior": []}));
    let point = object("point", "points", json!({"exterior": [[1, 2]], "interior": []}));
    let cut = object("rectangle", "points", json!({"exterior": [[1, 2]], "interior": []}));
    let files = [
        ("a", json!([{"name": "val", "value": null}, {"name": "normal", "value": null}]), json!([one()])),
        ("b", json!([{"name": "side", "value": "left"}]), json!([one(), point, cut])),
        ("c", json!([]), json!([])),
    ];
    for (at, (name, tags, objects)) in files.into_iter().enumerate() {
        let picture = dir.path().join(format!("ds0/img/{name}.png"));
        std::fs::create_dir_all(picture.parent().unwrap()).unwrap();
        std::fs::create_dir_all(dir.path().join("ds0/ann")).unwrap();
        write_png_gray(&picture, 200, 100, &[at as u8; 20_000]).unwrap();
        std::fs::write(dir.path().join(format!("ds0/ann/{name}.png.json")), file(tags, objects).to_string()).unwrap();
    }
    let meta =
        json!({"classes": [{"title": "nodule", "shape": "rectangle"}, {"title": "mass", "shape": "any"}], "tags": []});
    std::fs::write(dir.path().join("meta.json"), meta.to_string()).unwrap();
    assert_eq!(format_at(dir.path(), &Options::default()).unwrap().format, Format::SUPERVISELY);
    let reading = read(dir.path(), Format::SUPERVISELY, &Options::default(), &|_, _| true).unwrap();
    let images = reading.images.to_vec().unwrap();
    let said: Vec<_> = images.iter().map(|i| (i.split, i.label(), i.has_box())).collect();
    assert_eq!(said, [(Some(Split::Validation), Some("normal"), true), (None, None, true), (None, None, false)]);
    assert!(images[2].said.is_empty() && reading.unannotated == 1);
    assert_eq!(reading.classes, ["nodule", "mass", "normal"]);
    let left_out: Vec<String> = reading.left_out.iter().map(|(what, why)| format!("{what}: {why}")).collect();
    for wanted in
        ["1 shape of the kind point, the first in ds0/ann/b.png.json", "ds0/ann/b.png.json: a rectangle of mass whose"]
    {
        assert!(left_out.iter().any(|one| one.starts_with(wanted)), "{wanted}\n{left_out:#?}");
    }
    let remarks = reading.remarks.join("\n");
    for wanted in ["2 rectangles: taken to end where", "1 image: the tag side was not taken"] {
        assert!(remarks.contains(wanted), "{remarks}");
    }
}
