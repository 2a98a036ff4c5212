//! XML read element by element, for formats that are XML.

use quick_xml::Reader;
use quick_xml::events::{BytesStart, Event};

/// How deep elements may lie within each other.
const DEEPEST: usize = 64;
/// How long one element's text may be, in bytes.
const LONGEST: usize = 1 << 16;

/// An element that begins.
pub struct Element<'a>(&'a BytesStart<'a>);

impl Element<'_> {
    /// The value of an attribute.
    pub fn attribute(&self, wanted: &str) -> Option<String> {
        let found = self.0.attributes().flatten().find(|a| a.key.as_ref() == wanted)?;
        Some(quick_xml::escape::unescape(&found.value).map_or(found.value.to_string(), |text| text.into_owned()))
    }

    /// The value of an attribute that is a number.
    pub fn number(&self, wanted: &str) -> Option<f64> {
        self.attribute(wanted).as_deref().and_then(number)
    }
}

/// What is made of the elements.
pub trait Visit {
    /// An element begins within others, named from the outermost.
    ///
    /// # Errors
    /// Why the file is not read on, in words that go behind its name.
    fn open(&mut self, within: &[String], name: &str, element: &Element<'_>) -> Result<(), String>;

    /// An element ends; its own text without the space around it.
    fn close(&mut self, within: &[String], name: &str, text: &str);
}

/// Reads a text.
///
/// # Errors
/// What is wrong with the text, in words that go behind the file's name.
pub fn visit(text: &str, visitor: &mut impl Visit) -> Result<(), String> {
    let mut reader = Reader::from_str(text);
    let (mut path, mut text, mut any): (Vec<String>, String, bool) = (Vec::new(), String::new(), false);
    loop {
        let event = reader.read_event().map_err(|e| format!("is no whole XML file ({e})"))?;
        any |= matches!(event, Event::Start(_) | Event::Empty(_));
        match event {
            Event::Eof => break,
            Event::Start(element) => {
                let name = element.local_name().as_ref().to_owned();
                if path.len() >= DEEPEST {
                    return Err(format!("has elements more than {DEEPEST} deep"));
                }
                visitor.open(&path, &name, &Element(&element))?;
                path.push(name);
                text.clear();
            }
            Event::Empty(element) => {
                let name = element.local_name().as_ref().to_owned();
                visitor.open(&path, &name, &Element(&element))?;
                visitor.close(&path, &name, "");
            }
            Event::End(_) => {
                if let Some(name) = path.pop() {
                    visitor.close(&path, &name, text.trim());
                }
                text.clear();
            }
            Event::Text(more) => take(&mut text, &more),
            Event::CData(more) => take(&mut text, &more),
            Event::GeneralRef(name) => {
                let escaped = format!("&{};", &*name);
                take(&mut text, &quick_xml::escape::unescape(&escaped).unwrap_or_default());
            }
            Event::Comment(_) | Event::Decl(_) | Event::PI(_) | Event::DocType(_) => {}
        }
    }
    match (path.is_empty(), any) {
        (true, true) => Ok(()),
        (true, false) => Err("is no XML file: it has no element".into()),
        (false, _) => Err("is cut short: an element is never closed".into()),
    }
}

fn take(text: &mut String, more: &str) {
    if text.len() + more.len() <= LONGEST {
        text.push_str(more);
    }
}

/// A number within a text.
pub fn number(text: &str) -> Option<f64> {
    text.trim().parse().ok().filter(|n: &f64| n.is_finite())
}
