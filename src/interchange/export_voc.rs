//! Pascal VOC out: one XML an image. Pixels are counted from 0 with all their decimals, so that nothing is lost; what
//! VOC has no element for stands in the element `overread`.

use super::export::{Export, ExportError, Pictures, Written, picture, put, safe, time_of};
use super::locate::folder_of;
use super::reading::ReadImage;
use crate::domain::Split;
use quick_xml::escape::escape;
use std::fmt::Write as _;
use std::path::Path;

/// Writes `Annotations/`, `JPEGImages/` and the lists of `ImageSets/Main/`.
pub fn write(export: &Export<'_>, to: &Path, pictures: Pictures) -> Result<Written, ExportError> {
    let mut written = Written::default();
    let mut lists: [String; 3] = Default::default();
    for image in export.images {
        let name = safe(&image.name);
        picture(&image.path, &to.join("JPEGImages").join(&name), pictures)?;
        written.images += 1;
        if let Some(list) = image.split.and_then(|split| lists.get_mut(split as usize)) {
            // Writing to a String cannot fail.
            let _ = writeln!(list, "{}", Path::new(&name).with_extension("").display());
        }
        // No file says that nobody has looked.
        if image.said.is_empty() && image.split.is_none() && image.group.is_none() {
            continue;
        }
        let (text, boxes) = annotation(image, &name);
        written.boxes += boxes;
        put(&to.join("Annotations").join(&name).with_extension("xml"), &text)?;
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
    Ok(written)
}

/// One image's file and its number of boxes.
fn annotation(image: &ReadImage, name: &str) -> (String, usize) {
    let (mut objects, mut said, mut boxes) = (String::new(), String::new(), 0usize);
    for one in &image.said {
        let attribute =
            |key: &str, value: Option<&str>| value.map_or_else(String::new, |v| format!(" {key}=\"{}\"", escape(v)));
        let time = time_of(one);
        let reader = attribute("reader", one.reader.as_deref());
        let (when, label) = (attribute("time", time.as_deref()), attribute("label", one.label.as_deref()));
        let _ = writeln!(said, "    <said{reader}{when}{label} nothing_found=\"{}\"/>", one.nothing_found);
        for drawn in &one.boxes {
            let element = |key: &str, value: Option<&str>| {
                value.map_or_else(String::new, |v| format!("<{key}>{}</{key}>", escape(v)))
            };
            let r = drawn.rect;
            let _ = writeln!(
                objects,
                "  <object><name>{}</name><pose>Unspecified</pose><truncated>0</truncated><difficult>0</difficult>\
                 <bndbox><xmin>{}</xmin><ymin>{}</ymin><xmax>{}</xmax><ymax>{}</ymax></bndbox>{}{}</object>",
                escape(drawn.class.as_str()),
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
    let text = format!(
        "<annotation>\n  <folder>{}</folder>\n  <filename>{}</filename>\n  <source><database>Overread</database></source>\n  \
         <size><width>{}</width><height>{}</height><depth>3</depth></size>\n  <segmented>0</segmented>\n{objects}  \
         <overread>\n    <base>0</base>\n{split}{group}{said}  </overread>\n</annotation>\n",
        escape(folder_of(name)),
        // With its folders, which tell equal names apart.
        escape(name),
        image.width,
        image.height,
    );
    (text, boxes)
}
