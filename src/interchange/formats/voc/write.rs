//! Pascal VOC out: one XML an image. Pixels are counted from 0 with all their decimals, so that nothing is lost; what
//! VOC has no element for stands in the element `overread`.

use crate::domain::Split;
use crate::interchange::model::format::Format;
use crate::interchange::model::names::folder_of;
use crate::interchange::writing::losses::{Holds, sentences};
use crate::interchange::writing::names;
use crate::interchange::writing::pictures::Placing;
use crate::interchange::writing::{Export, ExportError, Outgoing, Writer, Written, put, time_of};
use quick_xml::escape::escape;
use std::collections::BTreeMap;
use std::collections::HashMap;
use std::fmt::Write as _;
use std::path::Path;

/// Writes [`Format::VOC`].
pub const WRITER: Writer =
    Writer { silent: true, ..Writer::new(Format::VOC, "Boxes as XML, one file an image.", write) };

/// Writes `Annotations/`, `JPEGImages/` and the lists of `ImageSets/Main/`.
pub fn write(
    export: &Export<'_>,
    to: &Path,
    placing: &mut Placing<'_>,
    written: &mut Written,
) -> Result<(), ExportError> {
    let (mut lists, mut taken): ([String; 3], HashMap<String, &str>) = Default::default();
    for one in export.images {
        let image = &one.image;
        // Pictures that stay keep their names, which may differ by their extension only.
        let before = taken.entry(names::stem(&image.name).to_lowercase()).or_insert(&image.name);
        if *before != image.name {
            let why =
                format!("its file would be that of {before}: export it with pictures, which get names of their own");
            written.left_out.push((image.name.clone(), why));
            continue;
        }
        placing.put(&image.path, &to.join("JPEGImages").join(names::file_of(&image.name)))?;
        written.images += 1;
        if let Some(list) = image.split.and_then(|split| lists.get_mut(split as usize)) {
            // Writing to a String cannot fail.
            let _ = writeln!(list, "{}", names::stem(&image.name));
        }
        // No file says that nobody has looked.
        if image.said.is_empty() && image.split.is_none() && image.group.is_none() {
            continue;
        }
        let (text, boxes) = annotation(one);
        written.boxes += boxes;
        put(&to.join("Annotations").join(format!("{}.xml", names::stem(&image.name))), &text)?;
    }
    for (split, list) in Split::ALL.iter().zip(&lists).filter(|(_, list)| !list.is_empty()) {
        let name = if *split == Split::Validation { "val" } else { split.name() };
        put(&to.join("ImageSets/Main").join(format!("{name}.txt")), list)?;
    }
    if written.boxes > 0 {
        written.lost.push(
            "Pixels are counted from 0 and keep their fractions; tools that want whole numbers round them.".into(),
        );
    }
    let holds = Holds { boxes: true, marks: true, own_key: Some("overread"), ..Holds::default() };
    written.lost.extend(sentences(export, "Pascal VOC", holds));
    Ok(())
}

/// What is said of a box: what every object has, with the value that says nothing where nothing is said, and then the
/// rest as CVAT writes it.
fn marks(said: Option<&BTreeMap<String, String>>) -> String {
    let usual = [("pose", "Unspecified"), ("truncated", "0"), ("difficult", "0")];
    let value = |name: &str| said.and_then(|said| said.get(name)).map(String::as_str);
    let mut text = String::new();
    for (name, nothing) in usual {
        let _ = write!(text, "<{name}>{}</{name}>", escape(value(name).unwrap_or(nothing)));
    }
    if let Some(occluded) = value("occluded") {
        let _ = write!(text, "<occluded>{}</occluded>", escape(occluded));
    }
    let own = |name: &str| name == "occluded" || usual.iter().any(|(usual, _)| *usual == name);
    let more: Vec<_> = said.into_iter().flatten().filter(|(name, _)| !own(name)).collect();
    if !more.is_empty() {
        text.push_str("<attributes>");
        for (name, value) in more {
            let (name, value) = (escape(name.as_str()), escape(value.as_str()));
            let _ = write!(text, "<attribute><name>{name}</name><value>{value}</value></attribute>");
        }
        text.push_str("</attributes>");
    }
    text
}

/// One image's file and its number of boxes.
fn annotation(of: &Outgoing) -> (String, usize) {
    let (image, name) = (&of.image, of.image.name.as_str());
    let (mut objects, mut said, mut boxes) = (String::new(), String::new(), 0usize);
    for one in &image.said {
        let attribute =
            |key: &str, value: Option<&str>| value.map_or_else(String::new, |v| format!(" {key}=\"{}\"", escape(v)));
        let time = time_of(one);
        let reader = attribute("reader", one.reader.as_deref());
        let (when, label) = (attribute("time", time.as_deref()), attribute("label", one.label.as_deref()));
        let others = if one.others_absent { " others_absent=\"true\"" } else { "" };
        let _ = write!(said, "    <said{reader}{when}{label}{others} nothing_found=\"{}\"", one.nothing_found);
        said.push_str(if one.findings.is_empty() { "/>\n" } else { ">" });
        for (finding, presence) in &one.findings {
            let _ = write!(said, "<finding is=\"{}\">{}</finding>", presence.name(), escape(finding.as_str()));
        }
        said.push_str(if one.findings.is_empty() { "" } else { "</said>\n" });
        for drawn in &one.boxes {
            let element = |key: &str, value: Option<&str>| {
                value.map_or_else(String::new, |v| format!("<{key}>{}</{key}>", escape(v)))
            };
            let r = drawn.rect;
            let _ = writeln!(
                objects,
                "  <object><name>{}</name>{}<bndbox><xmin>{}</xmin><ymin>{}</ymin><xmax>{}</xmax><ymax>{}</ymax></bndbox>\
                 {}{}</object>",
                escape(drawn.class.as_str()),
                marks(image.facts.marks_of(&r)),
                r.xmin,
                r.ymin,
                r.xmax,
                r.ymax,
                element("reader", one.reader.as_deref()),
                element("time", time.as_deref()),
            );
            boxes += 1;
        }
    }
    let split = image.split.map_or_else(String::new, |split| format!("    <split>{}</split>\n", split.name()));
    let group = image.group.as_deref().map_or_else(String::new, |g| format!("    <group>{}</group>\n", escape(g)));
    let note =
        if of.note.is_empty() { String::new() } else { format!("    <note>{}</note>\n", escape(of.note.as_str())) };
    let key = if of.key { "    <key_image>true</key_image>\n" } else { "" };
    let marks = format!("    <reviewed>{}</reviewed>\n    <flagged>{}</flagged>\n{key}{note}", of.reviewed, of.flagged);
    // What is not known is taken for colours, as most pictures of this format are.
    let grey = image.facts.bits > 0 && !image.facts.color;
    let depth = if grey { 1 } else { 3 };
    let text = format!(
        "<annotation>\n  <folder>{}</folder>\n  <filename>{}</filename>\n  <source><database>Overread</database></source>\n  \
         <size><width>{}</width><height>{}</height><depth>{depth}</depth></size>\n  <segmented>0</segmented>\n{objects}  \
         <overread>\n    <base>0</base>\n{split}{group}{marks}{said}  </overread>\n</annotation>\n",
        escape(folder_of(name)),
        // With its folders, which tell equal names apart.
        escape(name),
        image.width,
        image.height,
    );
    (text, boxes)
}
