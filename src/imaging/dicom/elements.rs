//! A data set as a tree of elements whose values stay the bytes they are in the file (PS3.5 section 7).
//!
//! Values are not decoded, so that writing an element again gives the same bytes, whatever its character set. Elements
//! of unknown value representation get the one of the dictionary; see `unknown_vr`.

use super::problem::DicomProblem;
use super::structure::{ElementHeader, Encoding, ITEM, ITEM_END, MAX_DEPTH, SEQUENCE_END, UNDEFINED, Walk, is_pixels};
use super::unknown_vr;
use dicom_core::VR;
use dicom_core::header::Tag;
use dicom_dictionary_std::tags;
use std::borrow::Cow;

/// The longest value whose length is written in 16 bits; an odd one could not be padded.
const LONGEST_SHORT: usize = 0xFFFE;

/// An element; its value is in the byte order of the data set it was read from.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Element<'a> {
    pub tag: Tag,
    pub vr: VR,
    pub value: Content<'a>,
}

/// Encapsulated pixel data (PS3.5 annex A.4): the basic offset table, then the fragments.
pub(super) type Fragments<'a> = Vec<Cow<'a, [u8]>>;

#[derive(Clone, Debug, PartialEq)]
pub(super) enum Content<'a> {
    Bytes(Cow<'a, [u8]>),
    /// The items of a sequence.
    Items(Vec<Vec<Element<'a>>>),
    Fragments(Fragments<'a>),
}

impl<'a> Element<'a> {
    pub fn of_bytes(tag: Tag, vr: VR, value: impl Into<Cow<'a, [u8]>>) -> Self {
        Self { tag, vr, value: Content::Bytes(value.into()) }
    }

    /// The value's bytes; none for items and fragments.
    pub fn bytes(&self) -> Option<&[u8]> {
        match &self.value {
            Content::Bytes(bytes) => Some(bytes),
            Content::Items(_) | Content::Fragments(_) => None,
        }
    }
}

/// Whether the length of such a value is written in 32 bits (PS3.5 section 7.1.2).
pub(super) fn has_long_length(vr: VR) -> bool {
    matches!(
        vr,
        VR::OB
            | VR::OD
            | VR::OF
            | VR::OL
            | VR::OV
            | VR::OW
            | VR::SQ
            | VR::SV
            | VR::UC
            | VR::UN
            | VR::UR
            | VR::UT
            | VR::UV
    )
}

/// Whether a value of so many bytes can be written explicitly in this representation.
pub(super) fn fits(vr: VR, length: usize) -> bool {
    has_long_length(vr) || length <= LONGEST_SHORT
}

/// The elements of a data set; zeros behind the last are padding.
///
/// # Errors
/// When a length goes beyond the bytes, a sequence holds something other than items or is nested too deep.
pub(super) fn read(bytes: &[u8], encoding: Encoding) -> Result<Vec<Element<'_>>, DicomProblem> {
    let reader = Reader { walk: Walk::over(bytes, encoding), target: encoding };
    let (mut at, mut out, mut signed) = (0, Vec::new(), false);
    while at < bytes.len() {
        match reader.element(at, bytes.len(), encoding, 0, signed) {
            Ok((element, next)) => {
                signed = is_signed(&element, encoding).unwrap_or(signed);
                out.push(element);
                at = next;
            }
            Err(_) if bytes.get(at..).is_some_and(|rest| rest.iter().all(|&byte| byte == 0)) => break,
            Err(problem) => return Err(problem),
        }
    }
    Ok(out)
}

/// The items of a sequence that is this value, nothing else: written one way, given for a data set written another.
///
/// # Errors
/// As [`read`].
pub(super) fn items<'a>(
    value: &'a [u8],
    written: Encoding,
    target: Encoding,
    of: Tag,
    depth: usize,
    signed: bool,
) -> Result<Vec<Vec<Element<'a>>>, DicomProblem> {
    let reader = Reader { walk: Walk::over(value, written), target };
    let (items, end) = reader.sequence(0, value.len(), false, written, of, depth, signed)?;
    // Zeros pad a value of odd length.
    if value.get(end..).is_some_and(|rest| rest.iter().all(|&byte| byte == 0)) {
        Ok(items)
    } else {
        Err(DicomProblem::NoItem(of))
    }
}

/// What PixelRepresentation says, if this is it.
fn is_signed(element: &Element, encoding: Encoding) -> Option<bool> {
    if element.tag != tags::PIXEL_REPRESENTATION {
        return None;
    }
    Some(encoding.u16(*element.bytes()?.first_chunk()?) == 1)
}

struct Reader<'a> {
    walk: Walk<'a>,
    /// How the whole is written: values are put into its byte order.
    target: Encoding,
}

impl<'a> Reader<'a> {
    fn slice(&self, from: usize, to: usize) -> &'a [u8] {
        self.walk.bytes.get(from..to).unwrap_or_default()
    }

    /// One element, and where the next begins.
    fn element(
        &self,
        at: usize,
        limit: usize,
        encoding: Encoding,
        depth: usize,
        signed: bool,
    ) -> Result<(Element<'a>, usize), DicomProblem> {
        let header = self.walk.header(at, encoding)?;
        let ElementHeader { tag, vr, value, length } = header;
        if depth > MAX_DEPTH {
            return Err(DicomProblem::TooDeep(MAX_DEPTH));
        }
        let open = length == UNDEFINED;
        if open && depth == 0 && is_pixels(tag) {
            let (fragments, next) = self.fragments(tag, value, encoding)?;
            // Compressed frames are bytes, whatever an implicit data set leaves open (annex A.4).
            return Ok((Element { tag, vr: VR::OB, value: Content::Fragments(fragments) }, next));
        }
        let end = if open { limit } else { value.saturating_add(length as usize) };
        if end > limit {
            return Err(DicomProblem::CutShort(Some(tag)));
        }
        if open || vr == VR::SQ {
            let (items, next) = self.unknown_or_known(&header, (value, end), encoding, depth, signed)?;
            return Ok((Element { tag, vr: VR::SQ, value: Content::Items(items) }, next));
        }
        let bytes = self.slice(value, end);
        let element = if vr == VR::UN && encoding.explicit {
            unknown_vr::element(tag, bytes, self.target, depth, signed)?
        } else {
            // What is implicit within the explicit gets its representation here, and its byte order.
            let vr = if encoding.explicit { vr } else { unknown_vr::representation(tag, signed) };
            Element::of_bytes(tag, vr, unknown_vr::turned(bytes, vr, encoding.big_endian != self.target.big_endian))
        };
        Ok((element, end))
    }

    /// The items of a sequence; one of unknown representation and open end is written implicitly (PS3.5 section
    /// 6.2.2), or, by some writers, as the rest.
    fn unknown_or_known(
        &self,
        header: &ElementHeader,
        (start, end): (usize, usize),
        encoding: Encoding,
        depth: usize,
        signed: bool,
    ) -> Result<(Vec<Vec<Element<'a>>>, usize), DicomProblem> {
        let open = header.length == UNDEFINED;
        if header.vr == VR::UN && encoding.explicit {
            let implicit = Encoding::IMPLICIT_LITTLE;
            if let Ok(found) = self.sequence(start, end, open, implicit, header.tag, depth, signed) {
                return Ok(found);
            }
        }
        self.sequence(start, end, open, encoding, header.tag, depth, signed)
    }

    /// Items up to the end, or up to the delimiter where that is open; gives where what follows begins.
    #[expect(clippy::too_many_arguments, reason = "a private step of one walk")]
    fn sequence(
        &self,
        start: usize,
        end: usize,
        open: bool,
        encoding: Encoding,
        of: Tag,
        depth: usize,
        signed: bool,
    ) -> Result<(Vec<Vec<Element<'a>>>, usize), DicomProblem> {
        let short = || DicomProblem::CutShort(Some(of));
        let (mut at, mut items) = (start, Vec::new());
        while at < end {
            let tag = self.walk.tag(at, encoding).ok_or_else(short)?;
            let length = self.walk.long(at + 4, encoding).ok_or_else(short)?;
            match tag {
                SEQUENCE_END => return Ok((items, at + 8)),
                ITEM => {
                    let open = length == UNDEFINED;
                    let inner_end = if open { end } else { (at + 8).saturating_add(length as usize) };
                    if inner_end > end {
                        return Err(short());
                    }
                    let (item, next) = self.item(at + 8, inner_end, open, encoding, of, depth + 1, signed)?;
                    items.push(item);
                    at = next;
                }
                _ => return Err(DicomProblem::NoItem(of)),
            }
        }
        if open { Err(short()) } else { Ok((items, end)) }
    }

    #[expect(clippy::too_many_arguments, reason = "a private step of one walk")]
    fn item(
        &self,
        start: usize,
        end: usize,
        open: bool,
        encoding: Encoding,
        of: Tag,
        depth: usize,
        mut signed: bool,
    ) -> Result<(Vec<Element<'a>>, usize), DicomProblem> {
        let (mut at, mut out) = (start, Vec::new());
        while at < end {
            if self.walk.tag(at, encoding) == Some(ITEM_END) {
                return Ok((out, at + 8));
            }
            let (element, next) = self.element(at, end, encoding, depth, signed)?;
            signed = is_signed(&element, self.target).unwrap_or(signed);
            out.push(element);
            at = next;
        }
        if open { Err(DicomProblem::CutShort(Some(of))) } else { Ok((out, end)) }
    }

    fn fragments(&self, tag: Tag, mut at: usize, encoding: Encoding) -> Result<(Fragments<'a>, usize), DicomProblem> {
        let short = || DicomProblem::CutShort(Some(tag));
        let mut fragments = Vec::new();
        loop {
            let found = self.walk.tag(at, encoding).ok_or_else(short)?;
            let length = self.walk.long(at + 4, encoding).ok_or_else(short)?;
            let end = (at + 8).saturating_add(length as usize);
            match found {
                SEQUENCE_END => return Ok((fragments, at + 8)),
                ITEM if end <= self.walk.bytes.len() => fragments.push(Cow::Borrowed(self.slice(at + 8, end))),
                ITEM => return Err(short()),
                _ => return Err(DicomProblem::NoItem(tag)),
            }
            at = end;
        }
    }
}

/// Writes elements as a data set; sequences and items get their lengths.
///
/// # Errors
/// When a value is too long for any way of writing it.
pub(super) fn write(elements: &[Element], encoding: Encoding, out: &mut Vec<u8>) -> Result<(), DicomProblem> {
    for element in elements {
        let tag = element.tag;
        let too_long = |_| DicomProblem::TooMuch(format!("the value of {}", super::problem::name(tag)));
        match &element.value {
            Content::Bytes(bytes) => {
                let padded = bytes.len() + bytes.len() % 2;
                let vr = if fits(element.vr, padded) { element.vr } else { VR::UN };
                header(tag, vr, u32::try_from(padded).map_err(too_long)?, encoding, out);
                out.extend_from_slice(bytes);
                if bytes.len() % 2 == 1 {
                    out.push(padding(vr));
                }
            }
            Content::Items(items) => {
                let mut inner = Vec::new();
                for item in items {
                    let mut one = Vec::new();
                    write(item, encoding, &mut one)?;
                    put_tag(ITEM, encoding, &mut inner);
                    put_length(u32::try_from(one.len()).map_err(too_long)?, encoding, &mut inner);
                    inner.extend(one);
                }
                header(tag, VR::SQ, u32::try_from(inner.len()).map_err(too_long)?, encoding, out);
                out.extend(inner);
            }
            Content::Fragments(fragments) => {
                header(tag, element.vr, UNDEFINED, encoding, out);
                for fragment in fragments {
                    put_tag(ITEM, encoding, out);
                    let padded = fragment.len() + fragment.len() % 2;
                    put_length(u32::try_from(padded).map_err(too_long)?, encoding, out);
                    out.extend_from_slice(fragment);
                    out.extend((fragment.len() % 2 == 1).then_some(0));
                }
                put_tag(SEQUENCE_END, encoding, out);
                put_length(0, encoding, out);
            }
        }
    }
    Ok(())
}

/// What a value of odd length is followed by (PS3.5 section 6.2).
fn padding(vr: VR) -> u8 {
    if matches!(vr, VR::UI | VR::OB | VR::UN | VR::OW) { 0 } else { b' ' }
}

fn header(tag: Tag, vr: VR, length: u32, encoding: Encoding, out: &mut Vec<u8>) {
    put_tag(tag, encoding, out);
    if encoding.explicit {
        out.extend(vr.to_bytes());
        if !has_long_length(vr) {
            // `fits` has been asked.
            let short = length as u16;
            out.extend(if encoding.big_endian { short.to_be_bytes() } else { short.to_le_bytes() });
            return;
        }
        out.extend([0, 0]);
    }
    put_length(length, encoding, out);
}

fn put_tag(tag: Tag, encoding: Encoding, out: &mut Vec<u8>) {
    for half in [tag.group(), tag.element()] {
        out.extend(if encoding.big_endian { half.to_be_bytes() } else { half.to_le_bytes() });
    }
}

fn put_length(length: u32, encoding: Encoding, out: &mut Vec<u8>) {
    out.extend(if encoding.big_endian { length.to_be_bytes() } else { length.to_le_bytes() });
}
