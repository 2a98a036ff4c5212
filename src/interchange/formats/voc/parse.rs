//! Pascal VOC annotations (host.robots.ox.ac.uk/pascal/VOC), one XML an image or one for all.

use super::base::Hints;
use crate::domain::{Presence, Rect, Split};
use crate::interchange::formats::marks::Marks;
use crate::interchange::formats::mask::turned_about_middle;
use crate::interchange::model::draft::{Draft, DraftBox, DraftImage, DraftMarks, DraftSaid, Unit};
use crate::interchange::model::names::{base_name, folder_of, split_of, stem};
use crate::interchange::model::reading::instant;
use crate::interchange::source::xml::{Element, Visit, number, visit};
use std::collections::BTreeMap;

#[derive(Default)]
struct Object {
    class: Option<String>,
    reader: Option<String>,
    time_ms: Option<i64>,
    corners: BTreeMap<String, f64>,
    /// The middle, size and angle of a box of roLabelImg (github.com/cgvict/roLabelImg, libs/pascal_voc_io.py).
    turned: BTreeMap<String, f64>,
    /// What else is said of it: difficult, pose, attributes.
    marks: BTreeMap<String, String>,
    /// It has an outline, as MIT's LabelMe draws.
    outlined: bool,
    /// The name of the attribute that is open.
    attribute: Option<String>,
}

#[derive(Default)]
struct Annotation {
    filename: Option<String>,
    width: Option<f64>,
    height: Option<f64>,
    split: Option<Split>,
    group: Option<String>,
    marked: Vec<DraftMarks>,
    said: Vec<DraftSaid>,
    /// The place of the statement that is open, and what it says of the finding that is.
    open: usize,
    presence: Option<Presence>,
    /// The file itself says who looked, if anyone.
    told: bool,
    object: Option<Object>,
}

impl Annotation {
    /// What this reader said then, which is empty at first.
    fn of_reader(&mut self, reader: Option<String>, time_ms: Option<i64>) -> &mut DraftSaid {
        let at = self.said.iter().position(|s| s.reader == reader && s.time_ms == time_ms).unwrap_or_else(|| {
            self.said.push(DraftSaid { reader, time_ms, ..DraftSaid::default() });
            self.said.len() - 1
        });
        self.open = at;
        &mut self.said[at]
    }
}

#[derive(Default)]
struct Parser<'a> {
    /// The file's own name below the source, to find the picture of the same stem.
    file: &'a str,
    draft: Draft,
    hints: Hints,
    marks: Marks,
    voc: Annotation,
}

/// Reads one XML file's text; `file` is its name below the source. Boxes are as written: where their pixels are counted
/// from is told when the whole set was seen.
///
/// # Errors
/// What is wrong with the text, in words that go behind the file's name.
pub fn parse(text: &str, file: &str) -> Result<(Draft, Hints, Marks), String> {
    let mut parser = Parser { file, ..Parser::default() };
    visit(text, &mut parser)?;
    Ok((parser.draft, parser.hints, parser.marks))
}

fn text_of(text: &str) -> Option<String> {
    Some(text.to_owned()).filter(|text| !text.is_empty())
}

impl Visit for Parser<'_> {
    fn open(&mut self, within: &[String], name: &str, element: &Element<'_>) -> Result<(), String> {
        let parent = within.last().map_or("", String::as_str);
        match (name, parent) {
            ("annotation", "" | "annotations") => self.voc = Annotation::default(),
            ("annotations", "") => {}
            (_, "") => {
                return Err("is no annotation: its outermost element is neither annotation nor annotations".into());
            }
            ("image" | "track", "annotations") => {
                return Err("is CVAT's XML, not Pascal VOC: choose the format cvat".into());
            }
            ("object", "annotation") => self.voc.object = Some(Object::default()),
            ("overread", "annotation") => self.voc.told = true,
            ("said", "overread") => {
                let (reader, time) = (element.attribute("reader"), element.attribute("time"));
                let said = self.voc.of_reader(reader, time.as_deref().and_then(instant));
                said.label = element.attribute("label");
                said.others_absent = element.attribute("others_absent").as_deref() == Some("true");
                said.nothing_found = element.attribute("nothing_found").as_deref() == Some("true");
            }
            ("finding", "said") => {
                let is = element.attribute("is");
                self.voc.presence = Presence::ALL.into_iter().find(|presence| Some(presence.name()) == is.as_deref());
            }
            _ => {}
        }
        Ok(())
    }

    fn close(&mut self, within: &[String], name: &str, text: &str) {
        let parent = within.last().map_or("", String::as_str);
        let of_object = within.iter().rev().nth(1).is_some_and(|part| part == "object");
        match (parent, name) {
            ("annotation", "filename") => self.voc.filename = text_of(text),
            ("size", "width") => self.voc.width = number(text).filter(|n| *n > 0.0),
            ("size", "height") => self.voc.height = number(text).filter(|n| *n > 0.0),
            ("source", "database") if text.starts_with("The VOC") => self.hints.pascal += 1,
            // That is exact, whatever the numbers look like.
            ("overread", "base") if text == "0" => {
                self.hints.zero += 1;
                self.hints.unmoved += 1;
            }
            // The statement that is open is the one that was named last.
            ("said", "finding") => {
                let (presence, at) = (self.voc.presence.take(), self.voc.open);
                if let (Some(presence), Some(said)) = (presence, self.voc.said.get_mut(at)) {
                    said.findings.push((text.to_owned(), presence));
                }
            }
            ("overread", "split") => self.voc.split = Split::parse(text),
            ("overread", "group") => self.voc.group = text_of(text),
            ("object", key) => {
                if let Some(object) = &mut self.voc.object {
                    object.take(key, text);
                }
            }
            ("attribute", "name") => {
                if let Some(object) = &mut self.voc.object {
                    object.attribute = text_of(text);
                }
            }
            ("attribute", "value") => {
                if let Some(object) = &mut self.voc.object
                    && let Some(name) = object.attribute.take()
                {
                    object.marks.insert(name, text.to_owned());
                }
            }
            ("robndbox", side @ ("cx" | "cy" | "w" | "h" | "angle")) if of_object => {
                if let (Some(object), Some(value)) = (&mut self.voc.object, number(text)) {
                    object.turned.insert(side.to_owned(), value);
                }
            }
            // A part of an object (a person's head) has a box of its own, which is not the object's.
            ("bndbox", side @ ("xmin" | "ymin" | "xmax" | "ymax")) if of_object => {
                if let (Some(object), Some(value)) = (&mut self.voc.object, number(text)) {
                    object.corners.insert(side.to_owned(), value);
                }
            }
            ("annotation", "object") => self.end_object(),
            ("" | "annotations", "annotation") => self.end_annotation(),
            _ => {}
        }
    }
}

impl Object {
    /// One element's text.
    fn take(&mut self, key: &str, text: &str) {
        match key {
            "name" => self.class = text_of(text),
            "polygon" => self.outlined = true,
            "reader" => self.reader = text_of(text),
            "time" => self.time_ms = instant(text),
            "pose" | "difficult" | "truncated" | "occluded" => drop(self.marks.insert(key.to_owned(), text.to_owned())),
            _ => {}
        }
    }

    /// By how many degrees it is turned about its middle: CVAT and Datumaro write degrees, roLabelImg radians.
    fn rotation(&self) -> f64 {
        let own = self.marks.get("rotation").and_then(|angle| number(angle));
        own.or_else(|| self.turned.get("angle").map(|angle| angle.to_degrees())).unwrap_or(0.0)
    }

    /// Its left, top, right and bottom sides as it lies before it is turned.
    fn sides(&self) -> Option<[f64; 4]> {
        let side = |name: &str| self.corners.get(name).copied();
        let of = |name: &str| self.turned.get(name).copied();
        if let (None, Some((x, y)), Some((w, h))) = (side("xmin"), of("cx").zip(of("cy")), of("w").zip(of("h"))) {
            return Some([x - w / 2.0, y - h / 2.0, x + w / 2.0, y + h / 2.0]);
        }
        Some([side("xmin")?, side("ymin")?, side("xmax")?, side("ymax")?])
    }
}

impl Parser<'_> {
    fn end_object(&mut self) {
        let Some(object) = self.voc.object.take() else { return };
        // Also where the object is left out: its image is no negative.
        let size = self.voc.width.zip(self.voc.height).map(|(w, h)| [w, h]);
        let said = self.voc.of_reader(object.reader.clone(), object.time_ms);
        let Some([xmin, ymin, xmax, ymax]) = object.sides() else {
            if object.outlined {
                self.marks.outlined += 1;
            } else {
                self.draft.leave_out(self.file, "an object without whole coordinates");
            }
            return;
        };
        let Some(class) = object.class.clone() else {
            self.draft.leave_out(self.file, "an object without a name");
            return;
        };
        let mut rect = Rect { xmin, ymin, xmax, ymax };
        self.hints.see([xmin, ymin, xmax, ymax], size);
        if object.rotation() != 0.0 {
            self.marks.turned += 1;
            rect = turned_about_middle(rect, object.rotation());
        }
        said.boxes.push(DraftBox { class, rect, unit: Unit::Pixels });
        self.marks.of_box(object.marks, rect, &mut self.voc.marked);
    }

    fn end_annotation(&mut self) {
        let voc = std::mem::take(&mut self.voc);
        let own = stem(base_name(self.file)).to_owned();
        let mut said = voc.said;
        if said.is_empty() && !voc.told {
            said.push(DraftSaid { nothing_found: true, ..DraftSaid::default() });
        }
        self.draft.images.push(DraftImage {
            file: voc.filename.unwrap_or_else(|| own.clone()),
            stem: Some(own),
            scope: folder_of(self.file).to_owned(),
            stated: voc.width.zip(voc.height).map(|(w, h)| [w, h]),
            split: voc.split.or_else(|| split_of(self.file)),
            group: voc.group,
            said,
            marked: voc.marked,
            ..DraftImage::default()
        });
    }
}
