//! Label Studio exports as people have them.

use super::*;
use crate::domain::Rect;
use crate::interchange::model::reading::instant;
use serde_json::json;

/// Reads a text.
fn parse(text: &str) -> Result<Draft, String> {
    parse_as(text, How::default())
}

/// Reads a text as a person says.
fn parse_as(text: &str, how: How<'_>) -> Result<Draft, String> {
    let text = text.to_owned();
    let open = || -> Result<Box<dyn std::io::BufRead>, String> { Ok(Box::new(std::io::Cursor::new(text.clone()))) };
    let mut images = Vec::new();
    let take = |take: &mut dyn FnMut(Value)| super::super::tasks::of_json(&open, take);
    let rest = draft(&take, how, &mut |image| images.push(image))?;
    Ok(rest.with(images))
}

/// Reads the rows of a table.
fn parse_rows(columns: &[&str], rows: impl Iterator<Item = Vec<String>>) -> Draft {
    let columns: Vec<String> = columns.iter().map(|column| (*column).to_owned()).collect();
    let rows: Vec<Vec<String>> = rows.collect();
    let mut images = Vec::new();
    let tasks = |take: &mut dyn FnMut(Value)| {
        rows.iter().for_each(|row| take(super::super::tasks::of_row(&columns, row.iter().map(String::as_str))));
        Ok(())
    };
    let rest = draft(&tasks, How::default(), &mut |image| images.push(image));
    rest.map_or_else(|why| Draft { remarks: vec![why], ..Draft::default() }, |rest| rest.with(images))
}

fn choice(name: &str, choices: &[&str]) -> Value {
    json!({"type": "choices", "from_name": name, "value": {"choices": choices}})
}

fn task(image: &str, annotations: Value) -> Value {
    json!({"id": 1, "data": {"image": image}, "annotations": annotations})
}

fn read(tasks: Value) -> Draft {
    parse(&tasks.to_string()).unwrap()
}

#[test]
fn choices_of_several_annotators_are_taken_and_cancelled_or_empty_ones_left_out() {
    let draft = read(json!([
        task(
            "/data/upload/3/0a-a.jpg",
            json!([
                {"completed_by": 7, "was_cancelled": true, "result": [choice("label", &["X"])]},
                {"completed_by": {"id": 8, "email": "b@c.d"}, "updated_at": "2025-10-02T10:12:00.5Z", "result": [choice("label", &["Y"])]},
                {"completed_by": 9, "result": [choice("label", &["Z"]), choice("quality", &["good"])]},
            ])
        ),
        task("b.jpg", json!([{"result": [choice("label", &["X"])], "was_cancelled": true}])),
        task("c.jpg", json!([{"result": []}])),
        task("d.jpg", json!([])),
        task("e.jpg", json!([{"result": [choice("label", &["X", "Y"])]}])),
        json!({"id": 4, "data": {"text": "words"}, "annotations": []}),
    ]));
    // Several choices are findings, and there are no others.
    assert_eq!(draft.images.len(), 2);
    let several = &draft.images[1].said[0];
    let present = |name: &str| (name.to_owned(), crate::domain::Presence::Present);
    assert_eq!((&several.findings, several.others_absent), (&vec![present("X"), present("Y")], true));
    let said: Vec<_> = draft.images[0].said.iter().map(|s| (s.reader.as_deref(), s.label.as_deref())).collect();
    assert_eq!(said, [(Some("b@c.d"), Some("Y")), (Some("9"), Some("Z"))]);
    assert_eq!(draft.images[0].said[0].time_ms, instant("2025-10-02T10:12:00.500Z"));
    let why: Vec<&str> = draft.left_out.iter().map(|(_, why)| why.as_str()).collect();
    assert_eq!(
        why,
        [
            "every annotation of it was cancelled",
            "its annotation is empty",
            "it has no annotation yet",
            "it has no image"
        ]
    );
    assert!(draft.remarks[0].contains("quality"));
}

#[test]
fn rectangles_turn_about_their_corner_in_pixels() {
    let region = |rotation: f64| {
        json!({"type": "rectanglelabels", "original_width": 200, "original_height": 100, "image_rotation": 0,
        "value": {"x": 50, "y": 10, "width": 10, "height": 20, "rotation": rotation, "rectanglelabels": ["Mass"]}})
    };
    let draft = read(json!([task("a.png", json!([{"result": [region(0.0), region(90.0)]}]))]));
    let boxes = &draft.images[0].said[0].boxes;
    let close = |a: Rect, b: [f64; 4]| {
        let a = [a.xmin, a.ymin, a.xmax, a.ymax];
        assert!(a.iter().zip(b).all(|(a, b)| (a - b).abs() < 1e-9), "{a:?} {b:?}");
    };
    close(boxes[0].rect, [0.5, 0.1, 0.6, 0.3]);
    // 20 x 20 pixels turned by a right angle clockwise about (100, 10): to the left of the corner, below it.
    close(boxes[1].rect, [0.4, 0.1, 0.5, 0.3]);
    assert_eq!(draft.images[0].stated, Some([200.0, 100.0]));
    assert!(draft.remarks[0].contains("rotated"));
}

#[test]
fn the_short_form_and_tables_give_the_same() {
    let long = read(json!([task(
        "x/a.png",
        json!([{"completed_by": 3, "updated_at": "2025-01-01T00:00:00Z",
        "result": [choice("side", &["left"])]}])
    )]));
    let short = read(json!([{"id": 1, "image": "x/a.png", "side": "left", "annotator": 3, "annotation_id": 5,
        "updated_at": "2025-01-01T00:00:00Z", "lead_time": 3.2}]));
    let columns = ["image", "id", "side", "annotator", "annotation_id", "updated_at", "lead_time"];
    assert!(is_table(&columns));
    let row = ["x/a.png", "1", "left", "3", "5", "2025-01-01T00:00:00Z", "3.2"].map(str::to_owned).to_vec();
    let table = parse_rows(&columns, [row].into_iter());
    assert_eq!(long.images, short.images);
    assert_eq!(table.images, short.images);
    let boxes = read(json!([{"image": "a.png", "annotator": 1, "label": [
        {"x": 0, "y": 0, "width": 50, "height": 50, "rotation": 0, "rectanglelabels": ["M"], "original_width": 4, "original_height": 2}]}]));
    assert_eq!(boxes.images[0].said[0].boxes[0].rect, Rect { xmin: 0.0, ymin: 0.0, xmax: 0.5, ymax: 0.5 });
}

#[test]
fn what_is_no_export_gets_a_sentence() {
    for text in ["", "{", "7", "{}", "[{\"a\": 1}]", "[1, 2]"] {
        assert!(parse(text).unwrap_err().starts_with("is no"), "{text}");
    }
    assert!(parse("[]").unwrap().images.is_empty());
}

#[test]
fn pictures_that_lie_apart_are_looked_for_in_uploaders_folders_only_where_they_have_those() {
    use crate::imaging::write::write_png_gray;
    use crate::interchange::model::format::Format;
    use crate::interchange::model::options::Options;
    use crate::interchange::read;
    let dir = tempfile::tempdir().unwrap();
    let exports = dir.path().join("exports");
    for code in ["a", "b"] {
        std::fs::create_dir_all(exports.join(code)).unwrap();
        let tasks = json!([task(&format!("{code}1.png"), json!([{"result": [choice("label", &[code])]}]))]);
        std::fs::write(exports.join(code).join("export.json"), tasks.to_string()).unwrap();
    }
    let picture = |path: std::path::PathBuf, grey: u8| {
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        write_png_gray(&path, 2, 2, &[grey; 4]).unwrap();
    };
    let (flat, sorted) = (dir.path().join("flat"), dir.path().join("sorted"));
    for (code, grey) in [("a", 1), ("b", 2)] {
        picture(flat.join(format!("{code}1.png")), grey);
        picture(sorted.join(code).join(format!("{code}1.png")), grey);
    }
    let groups = |images: std::path::PathBuf| {
        let options = Options { images: Some(images), ..Options::default() };
        let reading = read(&exports, Format::LABEL_STUDIO, &options, &|_, _| true).unwrap();
        let group = |image: crate::interchange::ReadImage| (image.label().map(str::to_owned), image.group);
        reading.images.to_vec().unwrap().into_iter().map(group).collect::<Vec<_>>()
    };
    let some = |text: &str| Some(text.to_owned());
    assert_eq!(groups(flat), [(some("a"), None), (some("b"), None)]);
    assert_eq!(groups(sorted), [(some("a"), some("a")), (some("b"), some("b"))]);
}

/// A region with its id, on a tag.
fn region(id: &str, to: &str, size: [u32; 2], labels: &[&str]) -> Value {
    json!({"id": id, "type": "rectanglelabels", "from_name": "box", "to_name": to, "original_width": size[0],
        "original_height": size[1], "value": {"x": 10, "y": 10, "width": 20, "height": 40, "rectanglelabels": labels}})
}

#[test]
fn answers_about_a_region_are_no_labels_of_the_image() {
    let of_region = |id: &str, answer: &str| {
        let mut one = choice("severity", &[answer]);
        one["id"] = json!(id);
        one
    };
    // Label Studio repeats the region's place; other tools write only its id.
    let mut placed = of_region("gone", "displaced");
    placed["value"]["x"] = json!(10);
    let draft = read(json!([
        task("a.png", json!([{"result": [region("r", "image", [4, 2], &["M"]), of_region("r", "displaced"), placed]}])),
        task("b.png", json!([{"result": [region("q", "image", [4, 2], &["M"]), choice("side", &["left"])]}])),
    ]));
    let labels: Vec<Option<&str>> = draft.images.iter().map(|image| image.said[0].label.as_deref()).collect();
    assert_eq!(labels, [None, Some("left")]);
    assert!(draft.remarks.iter().any(|r| r.contains("2 answers to severity")), "{:?}", draft.remarks);
    assert_eq!(draft.left_out, []);
    let short = read(json!([{"image": "a.png", "annotator": 1, "severity": [{"x": 1, "choices": ["displaced"]}],
        "box": [{"x": 0, "y": 0, "width": 50, "height": 50, "rectanglelabels": ["M"]}]}]));
    assert_eq!((short.images[0].said[0].label.as_deref(), short.images[0].said[0].boxes.len()), (None, 1));
    assert!(short.remarks.iter().any(|r| r.contains("1 answer to severity")), "{:?}", short.remarks);
    // Two answers about the image contradict each other.
    let both =
        read(json!([task("a.png", json!([{"result": [choice("side", &["left"]), choice("side", &["right"])]}]))]));
    assert!(both.images.is_empty() && both.left_out[0].1.contains("(left, right)"), "{:?}", both.left_out);
}

#[test]
fn several_labels_of_a_region_are_several_boxes_and_one_without_a_label_is_told() {
    let bare = json!({"id": "s", "type": "rectangle", "value": {"x": 1, "y": 1, "width": 2, "height": 2}});
    let results =
        json!([{"result": [region("r", "image", [4, 2], &["A", "B"]), region("t", "image", [4, 2], &[]), bare]}]);
    let draft = read(json!([task("a.png", results)]));
    let classes: Vec<&str> = draft.images[0].said[0].boxes.iter().map(|one| one.class.as_str()).collect();
    assert_eq!(classes, ["A", "B"]);
    assert!(draft.remarks.iter().any(|r| r.contains("1 regions of several labels")), "{:?}", draft.remarks);
    let why: Vec<&str> = draft.left_out.iter().map(|(_, why)| why.as_str()).collect();
    assert_eq!(why, ["a rectangle without a label", "a rectangle without a label"]);
}

#[test]
fn of_many_results_that_are_left_out_the_first_are_named() {
    let bare = json!({"type": "polygon", "value": {"points": [[1, 1], [2, 2], [3, 1]]}});
    let tasks = (0..50).map(|n| {
        let results =
            json!([region("r", "image", [4, 2], &["A"]), bare, {"type": "textarea", "value": {"text": ["x"]}}]);
        task(&format!("{n}.png"), json!([{"result": results}]))
    });
    let draft = read(tasks.collect());
    let left: Vec<&str> = draft.left_out.iter().map(|(what, _)| what.as_str()).collect();
    assert_eq!((draft.images.len(), left.len()), (50, 42));
    assert_eq!((left[0], left[39], left[40], left[41]), ("0.png", "19.png", "30 more results", "30 more results"));
}

#[test]
fn of_several_pictures_each_gets_what_is_said_of_it() {
    let two = |id: u32, names: [&str; 2], annotations: Value| json!({"id": id, "data": {"img1": names[0], "img2": names[1]}, "annotations": annotations});
    let [on_1, on_2] =
        [("r", "img1", [200, 100]), ("q", "img2", [300, 100])].map(|(id, to, size)| region(id, to, size, &["M"]));
    let mut side = choice("side", &["left"]);
    side["to_name"] = json!("img2");
    let draft = read(json!([
        two(1, ["a.png", "b.png"], json!([{"result": [on_1.clone(), on_2, side]}])),
        two(2, ["c.png", "d.png"], json!([{"result": [on_1.clone()]}])),
        two(3, ["e.png", "f.png"], json!([{"result": []}])),
    ]));
    let seen: Vec<_> = draft
        .images
        .iter()
        .map(|i| (i.file.as_str(), i.stated.map(|s| s[0]), i.said[0].boxes.len(), i.said[0].nothing_found))
        .collect();
    let none = |file| (file, None, 0, true);
    let expected =
        [("a.png", Some(200.0), 1, false), ("b.png", Some(300.0), 1, false), ("c.png", Some(200.0), 1, false)];
    assert_eq!(seen[..3], expected);
    assert_eq!(seen[3..], ["d.png", "e.png", "f.png"].map(none));
    assert_eq!(
        (draft.images[0].said[0].label.as_deref(), draft.images[1].said[0].label.as_deref()),
        (None, Some("left"))
    );
    // Tags that are not called as the data.
    let mut other = on_1.clone();
    other["to_name"] = json!("right");
    let mut third = on_1.clone();
    third["to_name"] = json!("left");
    let unclear = read(json!([two(4, ["a.png", "b.png"], json!([{"result": [other, third.clone()]}]))]));
    assert!(unclear.images.is_empty() && unclear.left_out[0].1.contains("img1, img2"), "{:?}", unclear.left_out);
    let one = read(json!([{"data": {"image": "a.png", "thumbnail": "t.png"}, "annotations": [{"result": [third]}]}]));
    assert_eq!((one.images.len(), one.images[0].file.as_str()), (1, "a.png"));
    assert!(one.remarks.iter().any(|r| r.contains("the one under image")), "{:?}", one.remarks);
    let short = read(json!([{"id": 9, "img1": "a.png", "img2": "b.png", "annotator": 1, "side": "left"}]));
    assert!(short.images.is_empty() && short.left_out[0].1.contains("export as JSON"), "{:?}", short.left_out);
}

#[test]
fn tables_and_single_tasks_are_read_from_files() {
    let table = "image,id,side,annotator,annotation_id,updated_at,lead_time\n\
                 a.png,1,left,3,5,2025-01-01T00:00:00Z,3.2\nb.png,2,right,3,6,2025-01-01T00:00:00Z,1\n";
    let one = task("a.png", json!([{"completed_by": 3, "result": [choice("side", &["left"])]}]));
    for (name, text, labels) in [
        ("export.csv", table.to_owned(), &[Some("left"), Some("right")][..]),
        ("export.json", json!([one]).to_string(), &[Some("left")]),
        ("export.json", one.to_string(), &[Some("left")]),
    ] {
        let dir = tempfile::tempdir().unwrap();
        for (picture, grey) in [("a.png", 1), ("b.png", 2)] {
            crate::imaging::write::write_png_gray(&dir.path().join(picture), 8, 8, &[grey; 64]).unwrap();
        }
        std::fs::write(dir.path().join(name), &text).unwrap();
        let options = crate::interchange::Options::default();
        let format = crate::interchange::Format::LABEL_STUDIO;
        let read = crate::interchange::read(dir.path(), format, &options, &|_, _| true);
        let read = read.unwrap_or_else(|why| panic!("{name}: {why}: {text}"));
        let images = read.images.to_vec().unwrap();
        assert_eq!(images.iter().map(|image| image.label()).collect::<Vec<_>>(), labels, "{text}");
    }
}
