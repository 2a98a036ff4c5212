//! One file: images, and of each its tags and shapes.

use crate::domain::{Rect, Split};
use crate::interchange::formats::marks::Marks;
use crate::interchange::formats::mask::{around_ellipse, around_points, turned_about_middle};
use crate::interchange::model::attributes::Column;
use crate::interchange::model::draft::{Draft, DraftBox, DraftImage, DraftSaid, Unit};
use crate::interchange::model::names::{folder_of, split_of};
use crate::interchange::source::xml::{Element, Visit, number, visit};
use std::collections::BTreeMap;

/// The elements of an image that are read.
const KINDS: [&str; 5] = ["tag", "box", "polygon", "ellipse", "mask"];

#[derive(Default)]
struct Parser<'a> {
    /// The file's own name below the source.
    file: &'a str,
    draft: Draft,
    /// The image that is open.
    image: Option<DraftImage>,
    /// The name of the attribute that is open.
    attribute: Option<String>,
    columns: BTreeMap<String, Column>,
    /// What became of shapes, and how many.
    counts: BTreeMap<&'static str, usize>,
    /// The shape that is open, and what is said of it.
    shape: Option<(Rect, BTreeMap<String, String>)>,
    marks: Marks,
}

/// Reads one file's text; `file` is its name below the source.
///
/// # Errors
/// What is wrong with the text, in words that go behind the file's name.
pub fn parse(text: &str, file: &str) -> Result<Draft, String> {
    let mut parser = Parser { file, ..Parser::default() };
    visit(text, &mut parser)?;
    Ok(parser.finished())
}

impl Visit for Parser<'_> {
    fn open(&mut self, within: &[String], name: &str, element: &Element<'_>) -> Result<(), String> {
        match (within, name) {
            ([], "annotations") => {}
            ([], "annotation") => {
                return Err("is Pascal VOC, one file an image, and not CVAT's XML: choose the format voc".into());
            }
            ([], _) => return Err("is not CVAT's XML: its outermost element is not annotations".into()),
            ([_], "annotation") => {
                return Err("holds annotations of Pascal VOC, and not CVAT's: choose the format voc".into());
            }
            ([_], "track") => {
                return Err("has tracks, as CVAT writes them for a video: export it as \"CVAT for images\"".into());
            }
            ([_], "image") => {
                let file = element.attribute("name").unwrap_or_default();
                let subset = element.attribute("subset").as_deref().and_then(Split::parse);
                self.image = Some(DraftImage {
                    split: subset.or_else(|| split_of(&file)).or_else(|| split_of(self.file)),
                    scope: folder_of(self.file).to_owned(),
                    stated: element.number("width").zip(element.number("height")).map(|(w, h)| [w, h]),
                    file,
                    // Until there is a tag or a shape.
                    unannotated: true,
                    ..DraftImage::default()
                });
            }
            ([_, image], kind) if image == "image" => self.shape(kind, element),
            ([_, image, _], "attribute") if image == "image" => self.attribute = element.attribute("name"),
            _ => {}
        }
        Ok(())
    }

    fn close(&mut self, within: &[String], name: &str, text: &str) {
        match (within, name) {
            ([_], "image") => self.draft.images.extend(self.image.take()),
            ([_, image], _) if image == "image" => {
                if let (Some((rect, marks)), Some(image)) = (self.shape.take(), &mut self.image) {
                    self.marks.of_box(marks, rect, &mut image.marked);
                }
            }
            ([_, image, kind], "attribute") if image == "image" => {
                if let Some(attribute) = self.attribute.take().filter(|_| !text.is_empty()) {
                    self.attribute_of(kind, attribute, text);
                }
            }
            ([.., labels, label], "name") if labels == "labels" && label == "label" && !text.is_empty() => {
                let class = text.to_owned();
                if !self.draft.classes.contains(&class) {
                    self.draft.classes.push(class);
                }
            }
            _ => {}
        }
    }
}

impl Parser<'_> {
    /// One element of an image.
    fn shape(&mut self, kind: &str, element: &Element<'_>) {
        let Some(image) = &mut self.image else { return };
        let Some(class) = element.attribute("label") else { return };
        image.unannotated = false;
        if kind == "tag" {
            // Two that differ are two findings.
            match image.said.first_mut() {
                Some(said) => said.add_label(&class),
                None => image.said.push(DraftSaid { label: Some(class), ..DraftSaid::default() }),
            }
            return;
        }
        if !KINDS.contains(&kind) {
            let why = format!("a {kind} of {class}: only tags, boxes, polygons, ellipses and masks are taken");
            self.draft.leave_out(image.file.clone(), why);
            return;
        }
        let Some((rect, what)) = bounds(kind, element) else {
            self.draft.leave_out(image.file.clone(), format!("a {kind} of {class} without whole coordinates"));
            return;
        };
        if let Some(what) = what {
            *self.counts.entry(what).or_default() += 1;
        }
        let occluded = element.attribute("occluded").map(|value| ("occluded".to_owned(), value));
        self.shape = Some((rect, occluded.into_iter().collect()));
        let drawn = DraftBox { class, rect, unit: Unit::Pixels };
        match image.said.first_mut() {
            Some(said) => said.boxes.push(drawn),
            None => image.said.push(DraftSaid { boxes: vec![drawn], ..DraftSaid::default() }),
        }
    }

    fn attribute_of(&mut self, kind: &str, name: String, value: &str) {
        if kind != "tag" {
            if let Some((_, marks)) = &mut self.shape {
                marks.insert(name, value.to_owned());
            }
            return;
        }
        let Some(image) = &mut self.image else { return };
        let column = self.columns.entry(name.clone()).or_insert_with(|| Column::of(&name));
        if column.take(value) {
            image.attributes.insert(name, value.to_owned());
        }
    }

    fn finished(mut self) -> Draft {
        let kept = |name: &String| self.columns.get(name).is_some_and(Column::is_kept);
        for image in &mut self.draft.images {
            image.attributes.retain(|name, _| kept(name));
        }
        let dropped: Vec<&str> = self.columns.keys().filter(|name| !kept(name)).map(String::as_str).collect();
        if !dropped.is_empty() {
            self.draft.remarks.push(format!(
                "the tags' attributes {} are not taken: each tells single images apart, or may name a person.",
                dropped.join(", ")
            ));
        }
        for (what, count) in &self.counts {
            self.draft.remarks.push(format!("{count} {what}."));
        }
        self.draft.remarks.extend(self.marks.sentences());
        self.draft
    }
}

/// The upright rectangle around a shape in pixels, and what was done to get it.
fn bounds(kind: &str, element: &Element<'_>) -> Option<(Rect, Option<&'static str>)> {
    let side = |name: &str| element.number(name);
    let angle = side("rotation").unwrap_or(0.0);
    match kind {
        "box" => {
            let rect = Rect { xmin: side("xtl")?, ymin: side("ytl")?, xmax: side("xbr")?, ymax: side("ybr")? };
            if angle == 0.0 {
                return Some((rect, None));
            }
            // CVAT turns about the middle.
            Some((turned_about_middle(rect, angle), Some("rotated boxes became the upright boxes around them")))
        }
        "polygon" => {
            let points = element.attribute("points")?;
            let numbers: Option<Vec<f64>> = points.split([';', ',']).map(number).collect();
            Some((around_points(numbers?.into_iter())?, Some("polygons became the boxes around them")))
        }
        "ellipse" => {
            let (middle, axes) = ([side("cx")?, side("cy")?], [side("rx")?, side("ry")?]);
            Some((around_ellipse(middle, axes, angle), Some("ellipses became the boxes around them")))
        }
        "mask" => {
            let (left, top, width, height) = (side("left")?, side("top")?, side("width")?, side("height")?);
            let rect = Rect { xmin: left, ymin: top, xmax: left + width, ymax: top + height };
            Some((rect, Some("masks became the boxes around them")))
        }
        _ => None,
    }
}

#[cfg(test)]
#[path = "tests.rs"]
mod tests;
