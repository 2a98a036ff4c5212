//! Attributes where they lie: at the top of the data set, or in the functional groups that all frames share or that one
//! frame has (PS3.3 C.7.6.16); and what their text comes to as numbers.

use super::file::Dicom;
use super::problem::name;
use crate::imaging::remarks::Remarks;
use dicom_core::header::Tag;
use dicom_dictionary_std::tags;
use dicom_object::InMemDicomObject;
use dicom_object::mem::InMemElement;

/// The places that may say something of one frame: its own functional groups, the shared ones, the top of the data set.
pub(super) struct FrameHeader<'a> {
    top: &'a InMemDicomObject,
    shared: Option<&'a InMemDicomObject>,
    own: Option<&'a InMemDicomObject>,
}

impl Dicom<'_> {
    /// What the header says of one frame, counted from 0.
    pub(super) fn of_frame(&self, frame: usize) -> FrameHeader<'_> {
        FrameHeader {
            top: &self.header,
            shared: item(&self.header, tags::SHARED_FUNCTIONAL_GROUPS_SEQUENCE, 0),
            own: item(&self.header, tags::PER_FRAME_FUNCTIONAL_GROUPS_SEQUENCE, frame),
        }
    }
}

impl<'a> FrameHeader<'a> {
    /// The object that says one of `wanted` of this frame: an item of the functional group `group`, the frame's own
    /// before the shared one, else the top of the data set. All that belongs together is read from that one object.
    pub fn place(&self, group: Tag, wanted: &[Tag]) -> &'a InMemDicomObject {
        let says = |object: &&InMemDicomObject| wanted.iter().any(|tag| said(object, *tag).is_some());
        let groups = [self.own, self.shared].into_iter().flatten();
        groups.filter_map(|groups| item(groups, group, 0)).find(says).unwrap_or(self.top)
    }
}

/// An item of a sequence.
pub(super) fn item(object: &InMemDicomObject, sequence: Tag, index: usize) -> Option<&InMemDicomObject> {
    items(object, sequence).get(index)
}

/// The items of a sequence; none where it is absent.
pub(super) fn items(object: &InMemDicomObject, sequence: Tag) -> &[InMemDicomObject] {
    object.get(sequence).and_then(|element| element.items()).unwrap_or_default()
}

/// An element that is there and not empty.
pub(super) fn said(object: &InMemDicomObject, tag: Tag) -> Option<&InMemElement> {
    use dicom_core::header::HasLength;
    object.get(tag).filter(|element| element.items().is_some() || element.value().length().0 > 0)
}

/// All of an attribute's values as numbers, in their places: what is no number is not finite. Empty where the attribute
/// is absent. A comma is read as a decimal point, which DICOM alone allows (PS3.5 table 6.2-1), and that is said.
pub(super) fn numbers(object: &InMemDicomObject, tag: Tag, remarks: &mut Remarks) -> Vec<f64> {
    let Some(element) = said(object, tag) else { return Vec::new() };
    let textual = matches!(element.header().vr().to_string(), "DS" | "IS" | "LO" | "SH" | "CS" | "UN" | "LT" | "ST");
    let text = element.to_str().unwrap_or_default();
    if !textual {
        return element.to_multi_float64().unwrap_or_default();
    }
    let (mut comma, mut bad) = (false, false);
    let mut number = |part: &str| {
        let part = part.trim_matches([' ', '\0', '\t', '\r', '\n']);
        let pointed = (part.matches(',').count() == 1 && !part.contains('.')).then(|| part.replace(',', "."));
        comma |= pointed.is_some();
        let value = pointed.as_deref().unwrap_or(part).parse::<f64>().ok().filter(|value| value.is_finite());
        bad |= value.is_none() && !part.is_empty();
        value.unwrap_or(f64::NAN)
    };
    let values: Vec<f64> = text.split('\\').map(&mut number).collect();
    if comma {
        remarks.say(format!("{} has a decimal comma where the standard wants a point: it is read as one", name(tag)));
    }
    if bad {
        remarks.say(format!("{} has a value that is no number: that value is not used", name(tag)));
    }
    values
}

/// The first of an attribute's values, where it is a number.
pub(super) fn number(object: &InMemDicomObject, tag: Tag, remarks: &mut Remarks) -> Option<f64> {
    numbers(object, tag, remarks).first().copied().filter(|value| value.is_finite())
}

/// An attribute's values as text without padding.
pub(super) fn texts(object: &InMemDicomObject, tag: Tag) -> Vec<String> {
    let text = said(object, tag).and_then(|element| element.to_str().ok());
    text.map(|text| text.split('\\').map(|part| part.trim_matches([' ', '\0']).to_owned()).collect())
        .unwrap_or_default()
}

/// An attribute's first value as text without padding; `None` where it is absent or empty.
pub(super) fn text(object: &InMemDicomObject, tag: Tag) -> Option<String> {
    texts(object, tag).into_iter().next().filter(|text| !text.is_empty())
}
