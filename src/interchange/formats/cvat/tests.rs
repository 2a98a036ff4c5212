//! CVAT files as people have them.

use super::*;
use crate::interchange::{Format, Options, Reading};

const HEAD: &str =
    "<?xml version=\"1.0\"?><annotations><meta><task><labels><label><name>Mass</name></label></labels></task></meta>";

#[test]
fn shapes_become_the_boxes_around_them_and_the_rest_is_said() {
    let text = format!(
        r#"{HEAD}<image id="0" name="a/b.png" width="100" height="80" subset="Validation">
        <box label="Mass" xtl="1.5" ytl="2" xbr="3" ybr="4" occluded="1"><attribute name="q">1</attribute></box>
        <polygon label="Nodule" points="1,2;5,2;5,9"/>
        <box label="Mass" xtl="10" ytl="10" xbr="20" ybr="10" rotation="90"/>
        <ellipse label="Mass" cx="50" cy="40" rx="10" ry="5" rotation="90"/>
        <mask label="Mass" rle="1, 2" left="3" top="4" width="5" height="6"/>
        <points label="Mass" points="1,2"/><box label="Mass" xtl="1"/>
      </image></annotations>"#
    );
    let draft = parse(&text, "annotations.xml").unwrap();
    assert_eq!(draft.classes, ["Mass"]);
    let rects: Vec<[f64; 4]> = draft.images[0].said[0]
        .boxes
        .iter()
        .map(|one| [one.rect.xmin, one.rect.ymin, one.rect.xmax, one.rect.ymax].map(|c| (c * 1e6).round() / 1e6))
        .collect();
    let wanted = [[1.5, 2., 3., 4.], [1., 2., 5., 9.], [15., 5., 15., 15.], [45., 30., 55., 50.], [3., 4., 8., 10.]];
    assert_eq!(rects, wanted);
    assert_eq!(draft.images[0].split, Some(Split::Validation));
    assert!(draft.left_out[0].1.contains("points") && draft.left_out[1].1.contains("whole coordinates"));
    assert!(draft.remarks.iter().any(|said| said.ends_with("occluded (1), q (1).")), "{:?}", draft.remarks);
    assert_eq!(draft.images[0].marked.len(), 1);
}

#[test]
fn other_files_are_refused_by_name() {
    for (text, why) in [
        ("<annotation><object/></annotation>", "choose the format voc"),
        ("<annotations><annotation/></annotations>", "choose the format voc"),
        ("<annotations><track id=\"0\" label=\"a\"/></annotations>", "CVAT for images"),
        ("<html></html>", "is not CVAT's XML"),
        ("<annotations>", "cut short"),
        ("no xml", "is no XML file"),
    ] {
        let said = parse(text, "a.xml").unwrap_err();
        assert!(said.contains(why), "{text}: {said}");
    }
}

fn read_of(images: &str) -> Reading {
    let dir = tempfile::tempdir().unwrap();
    for (seed, name) in (0u8..).zip(["a", "b", "c", "d"]) {
        crate::imaging::write::write_png_gray(&dir.path().join(format!("{name}.png")), 30, 20, &[seed; 600]).unwrap();
    }
    std::fs::write(dir.path().join("annotations.xml"), format!("{HEAD}{images}</annotations>")).unwrap();
    let options = Options::default();
    assert_eq!(crate::interchange::format_at(dir.path(), &options).unwrap().format, Format::CVAT);
    crate::interchange::read(dir.path(), Format::CVAT, &options, &|_, _| true).unwrap()
}

#[test]
fn two_tags_are_two_findings_and_an_image_without_any_is_not_looked_at() {
    let tag = |class: &str| format!("<tag label=\"{class}\"><attribute name=\"side\">left</attribute></tag>");
    let image =
        |name: &str, inner: &str| format!("<image name=\"{name}.png\" width=\"30\" height=\"20\">{inner}</image>");
    let reading = read_of(
        &[
            image(
                "a",
                &(tag("edema") + &tag("effusion") + "<box label=\"Mass\" xtl=\"1\" ytl=\"2\" xbr=\"3\" ybr=\"4\"/>"),
            ),
            image("b", &(tag("effusion") + &tag("effusion"))),
            image("c", ""),
            image("d", "<points label=\"Mass\" points=\"1,2\"/>"),
        ]
        .concat(),
    );
    let images = reading.images.to_vec().unwrap();
    let said: Vec<_> = images
        .iter()
        .map(|image| {
            (
                image.present().into_iter().collect::<Vec<_>>().join("+"),
                image.has_box(),
                image.said.iter().any(|said| said.others_absent),
            )
        })
        .collect();
    let expected = [("edema+effusion", true, true), ("effusion", false, true), ("", false, false), ("", false, false)];
    assert_eq!(said, expected.map(|(present, boxed, others)| (present.to_owned(), boxed, others)));
    assert!(reading.findings && reading.conflicts.is_empty(), "{:?}", reading.conflicts);
    assert!(images.iter().all(|image| image.label().is_none()));
    assert_eq!(images[1].facts.attributes.get("side").map(String::as_str), Some("left"));
    let one_each = read_of(&[image("a", &tag("edema")), image("b", &tag("effusion"))].concat());
    let labels: Vec<_> =
        one_each.images.to_vec().unwrap().iter().map(|image| image.label().map(str::to_owned)).collect();
    assert_eq!((labels, one_each.findings), (vec![Some("edema".into()), Some("effusion".into())], false));
    assert!(reading.remarks.iter().any(|said| said.contains(" images is listed without")), "{:?}", reading.remarks);
    assert!(images.iter().flat_map(|image| &image.said).all(|said| !said.nothing_found), "{images:?}");
}
