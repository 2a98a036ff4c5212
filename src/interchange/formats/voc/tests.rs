//! VOC and CVAT files as people have them.

use super::*;

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

#[test]
fn one_file_an_image_is_read_with_its_size_names_and_boxes() {
    let text = annotation(&object(["1", "2", "10", "12"]));
    let (draft, hints) = parse(&text, "voc/x.xml").unwrap();
    let image = &draft.images[0];
    assert_eq!((image.file.as_str(), image.stem.as_deref(), image.stated), ("x.jpg", Some("x"), Some([30.0, 20.0])));
    assert_eq!(image.said[0].boxes[0].class, "a & b");
    assert_eq!(hints.base().0, Base::Zero);
    let (draft, _) = parse(&annotation(""), "x.xml").unwrap();
    assert!(draft.images[0].said[0].nothing_found);
    for left_out in [object(["", "2", "10", "12"]), object(["1", "2", "3", "4"]).replace("<name>a &amp; b</name>", "")]
    {
        let (draft, _) = parse(&annotation(&left_out), "x.xml").unwrap();
        assert_eq!(draft.left_out.len(), 1, "{left_out}");
        assert!(draft.images[0].said.iter().all(|said| !said.nothing_found), "something is there: {left_out}");
    }
}

#[test]
fn the_base_is_detected_and_applied() {
    let zero = parse(&annotation(&object(["0", "2", "10", "12"])), "x.xml").unwrap().1;
    assert_eq!(zero.base().0, Base::Zero);
    let pascal = "<annotation><source><database>The VOC2007 Database</database></source>";
    let text = annotation(&object(["1", "2", "10", "12"])).replace("<annotation>", pascal);
    let (mut draft, hints) = parse(&text, "x.xml").unwrap();
    assert_eq!(hints.base().0, Base::One);
    from_zero(&mut draft.images[0]);
    assert_eq!(draft.images[0].said[0].boxes[0].rect, Rect { xmin: 0.0, ymin: 1.0, xmax: 10.0, ymax: 12.0 });
}

#[test]
fn several_annotations_in_one_file_and_cvat_are_read() {
    let two = format!("<annotations>{0}{0}</annotations>", annotation(&object(["1", "2", "3", "4"])));
    assert_eq!(parse(&two, "all.xml").unwrap().0.images.len(), 2);
    let cvat = r#"<annotations><meta><task><labels><label><name>Mass</name></label></labels></task></meta>
      <image id="0" name="a/b.png" width="100" height="80" subset="Validation">
        <box label="Mass" xtl="1.5" ytl="2" xbr="3" ybr="4"><attribute name="q">1</attribute></box>
        <polygon label="Nodule" points="1,2;5,2;5,9"/>
        <box label="Mass" xtl="10" ytl="10" xbr="20" ybr="10" rotation="90"/>
        <points label="Mass" points="1,2"/>
      </image><image id="1" name="c.png" width="1" height="1"/></annotations>"#;
    let (draft, _) = parse(cvat, "annotations.xml").unwrap();
    assert_eq!(draft.classes, ["Mass"]);
    let boxes = &draft.images[0].said[0].boxes;
    assert_eq!(boxes[1].rect, Rect { xmin: 1.0, ymin: 2.0, xmax: 5.0, ymax: 9.0 });
    assert!((boxes[2].rect.height() - 10.0).abs() < 1e-9);
    assert_eq!(draft.images[0].split, Some(Split::Validation));
    assert!(draft.images[1].said[0].nothing_found);
    assert!(draft.left_out[0].1.contains("points"));
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
    ] {
        assert!(parse(text, "x.xml").is_err(), "{text}");
    }
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
