//! COCO files as people have them.

use super::*;
use crate::domain::Rect;

fn about(scope: &str) -> About<'_> {
    About { split: None, scope, unannotated: Unannotated::Unseen }
}

fn parse(text: &str, split: Option<Split>) -> Result<Draft, String> {
    let mut images = Spilled::default();
    let rest = read(text.as_bytes(), About { split, ..about("") }, &mut images).unwrap()?;
    Ok(rest.draft.with(images.to_vec().unwrap()))
}

const FILE: &str = r#"{
  "images": [
    {"id": 1, "file_name": "a/1.png", "width": 100, "height": 50, "patient": "P7"},
    {"id": "2", "file_name": "2.png"},
    {"id": 3, "file_name": "3.png", "width": 10, "height": 10, "overread":
      {"group": "g", "said": [{"reader": "anna", "time": "2026-01-02T03:04:05Z", "label": "Normal"}]}},
    {"file_name": "no id"}
  ],
  "categories": [{"id": 4, "name": "Mass"}, {"id": 9, "name": "Nodule "}, {"id": 10, "name": ""}],
  "annotations": [
    {"image_id": 1, "category_id": 9, "bbox": [1, 2, 3, 4.5], "iscrowd": 0},
    {"image_id": 1, "category_id": 4, "segmentation": [[5, 5, 9, 5, 9, 8], [2, 7, 3, 7, 3, 6]]},
    {"image_id": 1, "category_id": 4, "bbox": [0, 0, 5, 5], "iscrowd": 1},
    {"image_id": 1, "category_id": 5, "bbox": [0, 0, 5, 5]},
    {"image_id": 8, "category_id": 4, "bbox": [0, 0, 5, 5]},
    {"image_id": 1, "category_id": 4, "bbox": [0, 0, 5]},
    {"image_id": 1, "category_id": 4},
    {"image_id": 1, "bbox": "x"}
  ]
}"#;

#[test]
fn boxes_come_with_names_and_the_rest_with_reasons() {
    let draft = parse(FILE, Some(Split::Test)).unwrap();
    assert_eq!(draft.classes, ["Mass", "Nodule"]);
    assert_eq!(draft.images.len(), 3);
    let [one, two, three] = &draft.images[..] else { panic!() };
    assert_eq!((one.stated, one.group.as_deref(), one.split), (Some([100.0, 50.0]), Some("P7"), Some(Split::Test)));
    let boxes: Vec<_> = one.said[0].boxes.iter().map(|b| (b.class.as_str(), b.rect)).collect();
    let nodule = Rect { xmin: 1.0, ymin: 2.0, xmax: 4.0, ymax: 6.5 };
    let mass = Rect { xmin: 2.0, ymin: 5.0, xmax: 9.0, ymax: 8.0 };
    assert_eq!(boxes, [("Nodule", nodule), ("Mass", mass)]);
    assert!(two.said.is_empty() && two.unannotated && !one.unannotated && !three.unannotated);
    assert_eq!(three.said[0].label.as_deref(), Some("Normal"));
    assert_eq!(three.said[0].time_ms, Some(1_767_323_045_000));
    assert_eq!(one.said[0].label.as_deref(), Some("Mass"), "what has neither box nor outline is of the image");
    assert_eq!(draft.left_out.len(), 7, "{:#?}", draft.left_out);
    assert!(draft.left_out.iter().any(|(_, why)| why.contains("crowd")));
    assert!(draft.remarks.iter().any(|said| said.contains("polygons")), "{:?}", draft.remarks);
    assert!(draft.remarks.iter().any(|said| said.starts_with("1 annotation has neither")), "{:?}", draft.remarks);
}

#[test]
fn images_of_which_all_boxes_are_left_out_are_no_negatives() {
    let text = |annotation: &str| {
        let images = r#"[{"id": 1, "file_name": "a.png"}, {"id": 2, "file_name": "b.png"}]"#;
        let categories = r#"[{"id": 4, "name": "Mass"}]"#;
        format!(r#"{{"images": {images}, "categories": {categories}, "annotations": [{annotation}]}}"#)
    };
    for annotation in [
        r#"{"image_id": 1, "category_id": 4, "bbox": [0, 0, 5, 5], "iscrowd": 1}"#,
        r#"{"image_id": 1, "category_id": 5, "bbox": [0, 0, 5, 5]}"#,
        r#"{"image_id": 1, "category_id": 4, "bbox": [0, 0, 5]}"#,
        r#"{"image_id": 1, "category_id": 4, "bbox": "x"}"#,
    ] {
        let draft = parse(&text(annotation), None).unwrap();
        assert_eq!(draft.left_out.len(), 1, "{annotation}");
        let unannotated: Vec<bool> = draft.images.iter().map(|image| image.unannotated).collect();
        assert_eq!(unannotated, [false, true], "{annotation}");
    }
}

#[test]
fn what_is_no_coco_file_gets_a_sentence() {
    for text in ["", "[]", "{}", "{\"images\": 7}", "{\"images\": [{\"id\": 1, \"file_name\""] {
        assert!(parse(text, None).unwrap_err().starts_with("is no COCO file"), "{text}");
    }
}

#[test]
fn the_lists_may_come_in_any_order() {
    let images =
        r#""images": [{"id": 7, "file_name": "a.png", "view": "AP"}, {"id": 8, "file_name": "b.png", "view": "AP"}]"#;
    let categories = r#""categories": [{"id": 4, "name": "Mass"}, {"id": 2, "name": "Cyst"}]"#;
    let annotations = r#""annotations": [{"image_id": 8, "category_id": 2, "bbox": [1, 1, 2, 2]},
        {"image_id": 9, "category_id": 2, "bbox": [1, 1, 2, 2]}, {"image_id": 7, "bbox": 1},
        {"image_id": 8, "category_id": 4, "bbox": [0, 0, 5, 5]}, {"image_id": 8, "category_id": 3, "bbox": [0, 0, 5, 5]}]"#;
    let lists = [images, categories, annotations];
    let usual = parse(&format!("{{{images}, {categories}, {annotations}}}"), None).unwrap();
    for [a, b, c] in [[0, 2, 1], [1, 0, 2], [1, 2, 0], [2, 0, 1], [2, 1, 0]] {
        let text = format!("{{{}, \"info\": {{\"year\": [1]}}, {}, {}}}", lists[a], lists[b], lists[c]);
        assert_eq!(parse(&text, None).unwrap(), usual, "{text}");
    }
    assert_eq!(usual.classes, ["Mass", "Cyst"]);
    let boxes: Vec<&str> = usual.images[1].said[0].boxes.iter().map(|b| b.class.as_str()).collect();
    assert_eq!((boxes, usual.images[0].said.len()), (vec!["Cyst", "Mass"], 0));
    assert_eq!(usual.images[0].attributes, [("view".to_owned(), "AP".to_owned())].into());
    let left_out: Vec<&str> = usual.left_out.iter().map(|(what, _)| what.as_str()).collect();
    assert_eq!(left_out, ["an annotation of image 9", r#"{"bbox":1,"image_id":7}"#, "b.png"]);
}

#[test]
fn a_file_that_breaks_off_adds_nothing() {
    let mut images = Spilled::default();
    let whole = r#"{"images": [{"id": 1, "file_name": "a.png"}]}"#;
    read(whole.as_bytes(), about("x"), &mut images).unwrap().unwrap();
    read(&whole.as_bytes()[..whole.len() - 1], about("y"), &mut images).unwrap().unwrap_err();
    read(format!("{whole}}}").as_bytes(), about("y"), &mut images).unwrap().unwrap_err();
    read(whole.as_bytes(), about("z"), &mut images).unwrap().unwrap();
    let scopes: Vec<String> = images.to_vec().unwrap().into_iter().map(|image| image.scope).collect();
    assert_eq!(scopes, ["x", "z"]);
}
