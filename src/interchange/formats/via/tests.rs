//! Files of VGG Image Annotator as people have them; the places are reasoned from what each shape's numbers mean.

use super::parse;
use crate::domain::Rect;
use crate::imaging::write::write_png_gray;
use crate::interchange::model::columns::Role;
use crate::interchange::model::draft::Draft;
use crate::interchange::model::format::Format;
use crate::interchange::model::options::Options;
use crate::interchange::{format_at, read};
use serde_json::{Value, json};

fn rect(xmin: f64, ymin: f64, xmax: f64, ymax: f64) -> Rect {
    Rect { xmin, ymin, xmax, ymax }
}

fn box_at(x: f64) -> Value {
    json!({"name": "rect", "x": x, "y": 20, "width": 30, "height": 40})
}

fn region(shape: Value, attributes: Value) -> Value {
    json!({"shape_attributes": shape, "region_attributes": attributes})
}

fn picture(name: &str, regions: Value, attributes: Value) -> Value {
    json!({"filename": name, "size": 900, "regions": regions, "file_attributes": attributes})
}

/// Class and rectangle of the boxes of an image.
fn boxes(draft: &Draft, at: usize) -> Vec<(&str, Rect)> {
    draft.images[at].said[0].boxes.iter().map(|one| (one.class.as_str(), one.rect)).collect()
}

#[test]
fn every_shape_gives_the_box_around_it_in_all_versions() {
    let half_turn = std::f64::consts::FRAC_PI_2;
    let table = [
        (box_at(10.0), json!([2, 10, 20, 30, 40]), rect(10.0, 20.0, 40.0, 60.0)),
        (json!({"name": "circle", "cx": 50, "cy": 40, "r": 10}), json!([3, 50, 40, 10]), rect(40.0, 30.0, 60.0, 50.0)),
        (
            json!({"name": "ellipse", "cx": 50, "cy": 40, "rx": 20, "ry": 10}),
            json!([4, 50, 40, 20, 10]),
            rect(30.0, 30.0, 70.0, 50.0),
        ),
        (
            json!({"name": "ellipse", "cx": 50, "cy": 40, "rx": 20, "ry": 10, "theta": half_turn}),
            json!([8, 40, 30, 60, 25, 45, 60, 50, 20]),
            rect(40.0, 20.0, 60.0, 60.0),
        ),
        (
            json!({"name": "polygon", "all_points_x": [1, 9, 4], "all_points_y": [2, 3, 8]}),
            json!([7, 1, 2, 9, 3, 4, 8]),
            rect(1.0, 2.0, 9.0, 8.0),
        ),
    ];
    let close = |a: Rect, b: Rect| {
        let side = |r: Rect| [r.xmin, r.ymin, r.xmax, r.ymax];
        side(a).iter().zip(side(b)).all(|(a, b)| (a - b).abs() < 1e-9)
    };
    for (shape, numbers, expected) in table {
        let second =
            json!({"a.png900": picture("a.png", json!([region(shape.clone(), json!({"class": "mass"}))]), json!({}))});
        let first =
            json!({"a.png900": picture("a.png", json!({"0": region(shape, json!({"class": "mass"}))}), json!({}))});
        let third = json!({"file": {"1": {"fid": 1, "fname": "a.png", "type": 2}}, "view": {"1": {"fid_list": [1]}},
            "attribute": {"1": {"aname": "class", "type": 4, "options": {"0": "mass"}}},
            "metadata": {"x": {"vid": "1", "z": [], "xy": numbers, "av": {"1": "0"}}}});
        for whole in [first, second, third] {
            let (draft, _) = parse(&whole.to_string(), "x.json", None).unwrap();
            let [(class, rect)] = boxes(&draft, 0).try_into().unwrap();
            assert!(class == "mass" && close(rect, expected), "{class} {rect:?} {whole}");
        }
    }
    // Through (0, 5), (5, 0) and (10, 5): about (5, 5).
    let Some(super::shapes::Place::Around(around, _)) =
        super::shapes::of_numbers(&[9.0, 0.0, 5.0, 5.0, 0.0, 10.0, 5.0])
    else {
        panic!("no circle");
    };
    assert!(close(around, rect(0.0, 0.0, 10.0, 10.0)), "{around:?}");
}

#[test]
fn the_attribute_that_is_the_class_is_told_and_can_be_chosen() {
    let project = json!({"_via_settings": {}, "_via_attributes": {"region": {
        "side": {"type": "radio", "options": {"left": "", "right": ""}},
        "Finding": {"type": "dropdown", "options": {"nodule": "", "mass": ""}}},
        "file": {"view": {"type": "radio", "options": {"AP": "", "PA": ""}}}},
    "_via_img_metadata": {
        "a.png900": picture("a.png", json!([
            region(box_at(10.0), json!({"side": "left", "Finding": "mass"})),
            region(box_at(50.0), json!({"side": "right"})),
            region(json!({"name": "point", "cx": 1, "cy": 2}), json!({"side": "left", "Finding": "mass"})),
        ]), json!({"view": "AP", "caption": "x"})),
    }});
    let (draft, _) = parse(&project.to_string(), "x.json", None).unwrap();
    assert_eq!(boxes(&draft, 0), [("mass", rect(10.0, 20.0, 40.0, 60.0))]);
    assert_eq!(draft.classes, ["mass", "nodule", "AP", "PA"]);
    assert_eq!(draft.images[0].said[0].label.as_deref(), Some("AP"));
    assert!(draft.left_out[0].1.starts_with("a rect without a Finding"), "{:?}", draft.left_out);
    let remarks = draft.remarks.join("\n");
    assert!(remarks.contains("of the region attributes Finding, side the class is Finding"), "{remarks}");
    assert!(remarks.contains("caption were not taken"), "{remarks}");
    let (draft, _) = parse(&project.to_string(), "x.json", Some("side")).unwrap();
    assert_eq!(boxes(&draft, 0).iter().map(|(class, _)| *class).collect::<Vec<_>>(), ["left", "right"]);
    assert!(parse(&project.to_string(), "x.json", Some("sides")).err().unwrap().contains("Finding, side"));
    for text in ["", "[]", "{\"a\": 1}"] {
        assert!(parse(text, "x.json", None).err().unwrap().starts_with("is no"), "{text}");
    }
}

#[test]
fn a_folder_is_told_and_what_was_only_listed_is_no_negative() {
    let table = "filename,file_size,file_attributes,region_count,region_id,region_shape_attributes,region_attributes\n\
        a.png,900,\"{}\",1,0,\"{\"\"name\"\":\"\"rect\"\",\"\"x\"\":10,\"\"y\"\":20,\"\"width\"\":30,\"\"height\"\":40}\",\"{\"\"class\"\":\"\"mass\"\"}\"\n\
        b.png,900,\"{}\",0,0,\"{}\",\"{}\"\n";
    let json = json!({"a.png900": picture("a.png", json!([region(box_at(10.0), json!({"class": "mass"}))]), json!({})),
        "b.png900": picture("b.png", json!([]), json!({}))});
    for (name, text) in [("via_region_data.json", json.to_string()), ("via_export_csv.csv", table.to_owned())] {
        let dir = tempfile::tempdir().unwrap();
        for (at, picture) in ["a.png", "b.png"].into_iter().enumerate() {
            write_png_gray(&dir.path().join(picture), 200, 100, &[at as u8; 20_000]).unwrap();
        }
        std::fs::write(dir.path().join(name), text).unwrap();
        assert_eq!(format_at(dir.path(), &Options::default()).unwrap().format, Format::VIA);
        let reading = read(dir.path(), Format::VIA, &Options::default(), &|_, _| true).unwrap();
        let images = reading.images.to_vec().unwrap();
        assert_eq!(images[0].said[0].boxes[0].rect, rect(10.0, 20.0, 40.0, 60.0));
        assert!(images[1].said.is_empty(), "{name}");
        let remarks = reading.remarks.join("\n");
        assert!(reading.unannotated == 1 && remarks.contains("the region attribute class"), "{remarks}");
        let options = Options { columns: vec![(Role::Class, "kind".into())], ..Options::default() };
        let why = read(dir.path(), Format::VIA, &options, &|_, _| true).unwrap_err().to_string();
        assert!(why.contains("has no region attribute kind: it has class"), "{why}");
    }
}

#[test]
fn the_table_of_the_third_version_is_refused_by_name() {
    let text = "# Exported using VGG Image Annotator\n# CSV_HEADER = metadata_id,file_list,flags,temporal_coordinates,spatial_coordinates,metadata\n";
    assert!(parse(text, "x.csv", None).err().unwrap().contains("save the project"));
}

#[test]
fn the_third_version_labels_images_by_their_choices_and_lists_some_that_nobody_looked_at() {
    let project = json!({"file": {"1": {"fid": 1, "fname": "a.png", "type": 2}, "2": {"fid": 2, "fname": "b.png", "type": 2}},
        "view": {"1": {"fid_list": [1]}, "2": {"fid_list": [2]}},
        "attribute": {"1": {"aname": "site", "type": 1}, "2": {"aname": "shade", "type": 4, "options": {"0": "dark", "1": ""}},
            "3": {"aname": "quality", "type": 3, "options": {"0": "good"}}},
        "metadata": {"u": {"vid": "1", "z": [], "xy": [2, 10, 20, 30, 40], "av": {"1": "left", "2": "0"}},
            "v": {"vid": "1", "z": [], "xy": [2, 50, 20, 30, 40], "av": {"1": "right"}},
            "w": {"vid": "1", "z": [], "xy": [], "av": {"3": "0"}}}});
    let (draft, _) = parse(&project.to_string(), "x.json", None).unwrap();
    let [a, b] = draft.images.as_slice() else { panic!("{:?}", draft.images) };
    assert_eq!((a.said[0].label.as_deref(), a.unannotated), (Some("good"), false));
    // The one that is a choice is the class, though another is used more often.
    assert_eq!(boxes(&draft, 0), [("dark", rect(10.0, 20.0, 40.0, 60.0))]);
    assert!(b.unannotated && b.said.is_empty(), "{b:?}");
    assert!(draft.remarks[0].contains("the class is shade"), "{:?}", draft.remarks);
}
