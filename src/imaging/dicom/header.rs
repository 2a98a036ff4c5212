//! A header as a list for people: every attribute with its name and value, and whether it may tell who the patient is.

use super::confidential::{self, Action};
use super::file::Dicom;
use super::problem::name;
use dicom_core::header::HasLength;
use dicom_core::value::Value;
use dicom_object::InMemDicomObject;

/// Longer values are cut; the whole header is for looking at.
const LONGEST: usize = 1000;

/// One line of a header.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Attribute {
    /// (gggg,eeee)
    pub tag: String,
    /// How many sequences it lies in.
    pub depth: usize,
    /// Its value representation: two letters.
    pub vr: &'static str,
    /// The standard's keyword, or "private".
    pub name: String,
    pub value: String,
    /// The basic profile of PS3.15 does not keep it: hidden until asked for.
    pub identifying: bool,
}

impl Dicom<'_> {
    /// Every attribute before the pixel data, in the file's order; those of a sequence's items follow it.
    pub fn attributes(&self) -> Vec<Attribute> {
        let mut out = Vec::new();
        list(&self.header, 0, false, &mut out);
        out
    }
}

fn list(object: &InMemDicomObject, depth: usize, within: bool, out: &mut Vec<Attribute>) {
    for element in object {
        let tag = element.header().tag;
        let identifying = within || confidential::action(tag) != Action::Keep;
        let (value, items) = match element.value() {
            Value::Sequence(sequence) => (format!("{} items", sequence.items().len()), sequence.items()),
            Value::PixelSequence(_) => ("pixel data".to_owned(), &[][..]),
            Value::Primitive(value) => {
                let bulk = matches!(element.header().vr().to_string(), "OB" | "OW" | "OF" | "OD" | "OL" | "OV" | "UN");
                let text = if bulk { format!("{} bytes", value.length()) } else { value.to_str().into_owned() };
                (text.chars().take(LONGEST).collect::<String>().trim_matches([' ', '\0']).to_owned(), &[][..])
            }
        };
        let (tag_text, vr) = (tag.to_string(), element.header().vr().to_string());
        out.push(Attribute { tag: tag_text, depth, vr, name: name(tag), value, identifying });
        items.iter().for_each(|item| list(item, depth + 1, identifying, out));
    }
}
