//! Pascal VOC annotations (host.robots.ox.ac.uk/pascal/VOC), one XML an image or one for all, and CVAT's "for images".
//!
//! The format's home counts pixels from 1 and includes the last one; most tools count from 0 and exclude it. Which one a
//! set follows is asked or detected over all its files.

use crate::domain::{Rect, Split};
use crate::interchange::formats::mask::around_points;
use crate::interchange::model::draft::{Draft, DraftBox, DraftImage, DraftSaid, Unit};
use crate::interchange::model::names::{base_name, folder_of, split_of, stem};
use crate::interchange::model::options::VocBase;
use crate::interchange::model::reading::instant;
use quick_xml::Reader;
use quick_xml::events::{BytesStart, Event};
use std::collections::BTreeMap;

/// How deep elements may lie within each other.
const DEEPEST: usize = 64;
/// How long one element's text may be, in bytes.
const LONGEST: usize = 1 << 16;

/// What a file says of its coordinates, to detect the base of a set.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Hints {
    /// A minimum of 0, or a fraction: cannot be counted from 1.
    pub zero: usize,
    /// The database is named as PASCAL's own.
    pub pascal: usize,
    /// Boxes of VOC elements seen.
    pub boxes: usize,
}

impl Hints {
    /// Adds another file's.
    pub fn add(&mut self, other: Self) {
        self.zero += other.zero;
        self.pascal += other.pascal;
        self.boxes += other.boxes;
    }

    /// The base of the set and why, in a sentence.
    pub fn base(self) -> (VocBase, String) {
        if self.zero > 0 {
            return (
                VocBase::Zero,
                "VOC pixels are counted from 0, as coordinates of 0 or with fractions show.".into(),
            );
        }
        if self.pascal > 0 {
            return (
                VocBase::One,
                "VOC pixels are counted from 1, as in PASCAL's own sets, which the files name.".into(),
            );
        }
        (
            VocBase::Zero,
            "VOC pixels are taken to be counted from 0, as most tools write them; no coordinate shows it. \
             Say so if they are counted from 1."
                .into(),
        )
    }
}

/// Counts the boxes of an image from 0 where the file counts from 1.
pub fn from_zero(image: &mut DraftImage) {
    for one in image.said.iter_mut().flat_map(|said| &mut said.boxes) {
        one.rect.xmin -= 1.0;
        one.rect.ymin -= 1.0;
    }
}

#[derive(Default)]
struct Object {
    class: Option<String>,
    reader: Option<String>,
    time_ms: Option<i64>,
    corners: BTreeMap<String, f64>,
}

#[derive(Default)]
struct Annotation {
    filename: Option<String>,
    width: Option<f64>,
    height: Option<f64>,
    split: Option<Split>,
    group: Option<String>,
    said: Vec<DraftSaid>,
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
        &mut self.said[at]
    }
}

struct Parser<'a> {
    /// The file's own name below the source, to find the picture of the same stem.
    file: &'a str,
    draft: Draft,
    hints: Hints,
    path: Vec<String>,
    text: String,
    voc: Annotation,
    /// The `image` element of CVAT that is open.
    cvat: Option<DraftImage>,
    polygons: usize,
    skipped: BTreeMap<String, usize>,
}

/// Reads one XML file's text; `file` is its name below the source. Boxes are as written: [`from_zero`] comes when the
/// whole set was seen.
///
/// # Errors
/// What is wrong with the text, in words that go behind the file's name.
pub fn parse(text: &str, file: &str) -> Result<(Draft, Hints), String> {
    let mut reader = Reader::from_str(text);
    let mut parser = Parser {
        file,
        draft: Draft::default(),
        hints: Hints::default(),
        path: Vec::new(),
        text: String::new(),
        voc: Annotation::default(),
        cvat: None,
        polygons: 0,
        skipped: BTreeMap::new(),
    };
    let mut known = false;
    loop {
        let event = reader.read_event().map_err(|e| format!("is no whole XML file ({e})"))?;
        match event {
            Event::Eof => break,
            Event::Start(element) => {
                let name = local(&element);
                known |= parser.path.is_empty() && ["annotation", "annotations"].contains(&name.as_str());
                if parser.path.len() >= DEEPEST {
                    return Err(format!("has elements more than {DEEPEST} deep"));
                }
                parser.open(&name, &element);
                parser.path.push(name);
                parser.text.clear();
            }
            Event::Empty(element) => {
                let name = local(&element);
                parser.open(&name, &element);
                parser.close(&name);
            }
            Event::End(_) => {
                if let Some(name) = parser.path.pop() {
                    parser.close(&name);
                }
                parser.text.clear();
            }
            Event::Text(text) => parser.take(&text),
            Event::CData(text) => parser.take(&text),
            Event::GeneralRef(name) => {
                let escaped = format!("&{};", &*name);
                parser.take(&quick_xml::escape::unescape(&escaped).unwrap_or_default());
            }
            _ => {}
        }
    }
    if !parser.path.is_empty() {
        return Err("is cut short: an element is never closed".into());
    }
    if !known {
        return Err("is no annotation: its outermost element is neither annotation nor annotations".into());
    }
    Ok(parser.finished())
}

fn local(element: &BytesStart<'_>) -> String {
    element.local_name().as_ref().to_owned()
}

fn attribute(element: &BytesStart<'_>, wanted: &str) -> Option<String> {
    let found = element.attributes().flatten().find(|a| a.key.as_ref() == wanted)?;
    Some(quick_xml::escape::unescape(&found.value).map_or(found.value.to_string(), |text| text.into_owned()))
}

fn number(text: &str) -> Option<f64> {
    text.trim().parse().ok().filter(|n: &f64| n.is_finite())
}

impl Parser<'_> {
    fn take(&mut self, text: &str) {
        if self.text.len() + text.len() <= LONGEST {
            self.text.push_str(text);
        }
    }

    fn parent(&self) -> &str {
        self.path.last().map_or("", String::as_str)
    }

    fn open(&mut self, name: &str, element: &BytesStart<'_>) {
        match (name, self.parent()) {
            ("annotation", "" | "annotations") => self.voc = Annotation::default(),
            ("object", "annotation") => self.voc.object = Some(Object::default()),
            ("overread", "annotation") => self.voc.told = true,
            ("said", "overread") => {
                let (reader, time) = (attribute(element, "reader"), attribute(element, "time"));
                let said = self.voc.of_reader(reader, time.as_deref().and_then(instant));
                said.label = attribute(element, "label");
                said.nothing_found = attribute(element, "nothing_found").as_deref() == Some("true");
            }
            ("image", "annotations") => {
                let size = |name| attribute(element, name).as_deref().and_then(number);
                self.cvat = Some(DraftImage {
                    file: attribute(element, "name").unwrap_or_default(),
                    stated: size("width").zip(size("height")).map(|(w, h)| [w, h]),
                    split: attribute(element, "subset").as_deref().and_then(Split::parse),
                    ..DraftImage::default()
                });
            }
            ("name", "label") if self.path.iter().any(|part| part == "labels") => {}
            (kind, "image") => self.shape(kind, element),
            _ => {}
        }
    }

    /// One element of a CVAT image.
    fn shape(&mut self, kind: &str, element: &BytesStart<'_>) {
        let Some(image) = &mut self.cvat else { return };
        let Some(class) = attribute(element, "label") else { return };
        let side = |name: &str| attribute(element, name).as_deref().and_then(number);
        let said = match image.said.first_mut() {
            Some(said) => said,
            None => {
                image.said.push(DraftSaid::default());
                let Some(said) = image.said.first_mut() else { return };
                said
            }
        };
        let rect = match kind {
            "tag" => {
                said.label = Some(class);
                return;
            }
            "box" => match (side("xtl"), side("ytl"), side("xbr"), side("ybr")) {
                (Some(xmin), Some(ymin), Some(xmax), Some(ymax)) => {
                    let upright = Rect { xmin, ymin, xmax, ymax };
                    match side("rotation").filter(|angle| *angle != 0.0) {
                        // CVAT turns about the middle.
                        Some(angle) => {
                            *self
                                .skipped
                                .entry("rotated boxes became the upright boxes around them".into())
                                .or_default() += 1;
                            Some(turned_about_middle(upright, angle))
                        }
                        None => Some(upright),
                    }
                }
                _ => None,
            },
            "polygon" => {
                self.polygons += 1;
                let points = attribute(element, "points").unwrap_or_default();
                let numbers: Option<Vec<f64>> = points.split([';', ',']).map(number).collect();
                numbers.and_then(|numbers| around_points(numbers.into_iter()))
            }
            _ => {
                self.draft
                    .leave_out(image.file.clone(), format!("a {kind} of {class}: only boxes and polygons are taken"));
                return;
            }
        };
        match rect {
            Some(rect) => said.boxes.push(DraftBox { class, rect, unit: Unit::Pixels }),
            None => self.draft.leave_out(image.file.clone(), format!("a {kind} of {class} without whole coordinates")),
        }
    }

    fn close(&mut self, name: &str) {
        let text = self.text.trim().to_owned();
        match (self.parent(), name) {
            ("annotation", "filename") => self.voc.filename = Some(text).filter(|t| !t.is_empty()),
            ("size", "width") => self.voc.width = number(&text).filter(|n| *n > 0.0),
            ("size", "height") => self.voc.height = number(&text).filter(|n| *n > 0.0),
            ("source", "database") if text.starts_with("The VOC") => self.hints.pascal += 1,
            ("overread", "base") if text == "0" => self.hints.zero += 1,
            ("overread", "split") => self.voc.split = Split::parse(&text),
            ("overread", "group") => self.voc.group = Some(text).filter(|t| !t.is_empty()),
            ("object", key @ ("name" | "reader" | "time")) => {
                if let Some(object) = &mut self.voc.object {
                    match key {
                        "name" => object.class = Some(text).filter(|t| !t.is_empty()),
                        "reader" => object.reader = Some(text).filter(|t| !t.is_empty()),
                        _ => object.time_ms = instant(&text),
                    }
                }
            }
            // A part of an object (a person's head) has a box of its own, which is not the object's.
            ("bndbox", side @ ("xmin" | "ymin" | "xmax" | "ymax"))
                if self.path.iter().rev().nth(1).is_some_and(|part| part == "object") =>
            {
                if let (Some(object), Some(value)) = (&mut self.voc.object, number(&text)) {
                    object.corners.insert(side.to_owned(), value);
                }
            }
            ("annotation", "object") => self.end_object(),
            ("" | "annotations", "annotation") => self.end_annotation(),
            ("annotations", "image") => {
                if let Some(mut image) = self.cvat.take() {
                    if image.said.is_empty() {
                        image.said.push(DraftSaid { nothing_found: true, ..DraftSaid::default() });
                    }
                    self.draft.images.push(image);
                }
            }
            ("label", "name")
                if self.path.iter().any(|part| part == "labels")
                    && !text.is_empty()
                    && !self.draft.classes.contains(&text) =>
            {
                self.draft.classes.push(text);
            }
            _ => {}
        }
    }

    fn end_object(&mut self) {
        let Some(Object { class, reader, time_ms, corners }) = self.voc.object.take() else { return };
        // Also where the object is left out: its image is no negative.
        let said = self.voc.of_reader(reader, time_ms);
        let side = |name: &str| corners.get(name).copied();
        let sides = side("xmin").zip(side("ymin")).zip(side("xmax").zip(side("ymax")));
        let Some(((xmin, ymin), (xmax, ymax))) = sides else {
            self.draft.leave_out(self.file, "an object without whole coordinates");
            return;
        };
        let Some(class) = class else {
            self.draft.leave_out(self.file, "an object without a name");
            return;
        };
        self.hints.boxes += 1;
        if xmin < 1.0 || ymin < 1.0 || [xmin, ymin, xmax, ymax].iter().any(|c| c.fract() != 0.0) {
            self.hints.zero += 1;
        }
        said.boxes.push(DraftBox { class, rect: Rect { xmin, ymin, xmax, ymax }, unit: Unit::Pixels });
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
            ..DraftImage::default()
        });
    }

    fn finished(mut self) -> (Draft, Hints) {
        if self.polygons > 0 {
            self.draft.remarks.push(format!("{} polygons became the boxes around them.", self.polygons));
        }
        for (what, count) in &self.skipped {
            self.draft.remarks.push(format!("{count} {what}."));
        }
        (self.draft, self.hints)
    }
}

/// The upright rectangle around one turned by degrees about its middle.
fn turned_about_middle(rect: Rect, degrees: f64) -> Rect {
    let (sin, cos) = degrees.to_radians().sin_cos();
    let (w, h) = (rect.width() / 2.0, rect.height() / 2.0);
    let (x, y) = ((rect.xmin + rect.xmax) / 2.0, (rect.ymin + rect.ymax) / 2.0);
    let (across, down) = ((w * cos).abs() + (h * sin).abs(), (w * sin).abs() + (h * cos).abs());
    Rect { xmin: x - across, ymin: y - down, xmax: x + across, ymax: y + down }
}
