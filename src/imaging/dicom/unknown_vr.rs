//! Elements written with the value representation UN (PS3.5 section 6.2.2): an archive may do that to any attribute it
//! does not know. Those of the standard's dictionary get its representation; their values are little-endian and, in
//! sequences, implicit, whatever the rest of the file is.

use super::elements::{self, Content, Element};
use super::problem::DicomProblem;
use super::structure::Encoding;
use dicom_core::VR;
use dicom_core::dictionary::{DataDictionary, DataDictionaryEntry, VirtualVr};
use dicom_core::header::Tag;
use dicom_dictionary_std::StandardDataDictionary;
use std::borrow::Cow;

/// An attribute's representation by the dictionary, `UN` for those it does not know. `signed` is what
/// PixelRepresentation says: it decides between US and SS.
pub(super) fn representation(tag: Tag, signed: bool) -> VR {
    if tag.group() % 2 == 1 {
        // Private creators are the one kind of private element whose representation is known (section 7.8.1).
        return if (0x0010..=0x00FF).contains(&tag.element()) { VR::LO } else { VR::UN };
    }
    match StandardDataDictionary.by_tag(tag).map(|entry| entry.vr()) {
        Some(VirtualVr::Exact(vr)) => vr,
        Some(VirtualVr::Xs) => {
            if signed {
                VR::SS
            } else {
                VR::US
            }
        }
        // Words hold more than 65,534 bytes, which numbers do not.
        Some(VirtualVr::Lt | VirtualVr::Ox | VirtualVr::Px) => VR::OW,
        Some(_) | None => VR::UN,
    }
}

/// The element that a value of unknown representation and this tag is, for a data set written as `target`. What the
/// dictionary does not know stays as it is, and so does a sequence that cannot be read and a value too long for its
/// representation.
///
/// # Errors
/// When sequences are nested too deep.
pub(super) fn element<'a>(
    tag: Tag,
    value: &'a [u8],
    target: Encoding,
    depth: usize,
    signed: bool,
) -> Result<Element<'a>, DicomProblem> {
    let vr = representation(tag, signed);
    if vr == VR::SQ {
        // Some writers leave the items explicit.
        for written in [Encoding::IMPLICIT_LITTLE, Encoding::EXPLICIT_LITTLE] {
            match elements::items(value, written, target, tag, depth, signed) {
                Ok(items) => return Ok(Element { tag, vr, value: Content::Items(items) }),
                Err(problem @ DicomProblem::TooDeep(_)) => return Err(problem),
                Err(_) => {}
            }
        }
        return Ok(Element::of_bytes(tag, VR::UN, value));
    }
    if !elements::fits(vr, value.len()) {
        return Ok(Element::of_bytes(tag, VR::UN, value));
    }
    Ok(Element::of_bytes(tag, vr, turned(value, vr, target.big_endian)))
}

/// The value in the other byte order, if that is wanted.
pub(super) fn turned(value: &[u8], vr: VR, wanted: bool) -> Cow<'_, [u8]> {
    let width = match vr {
        VR::AT | VR::OW | VR::SS | VR::US => 2,
        VR::FL | VR::OF | VR::OL | VR::SL | VR::UL => 4,
        VR::FD | VR::OD | VR::OV | VR::SV | VR::UV => 8,
        VR::AE
        | VR::AS
        | VR::CS
        | VR::DA
        | VR::DS
        | VR::DT
        | VR::IS
        | VR::LO
        | VR::LT
        | VR::OB
        | VR::PN
        | VR::SH
        | VR::SQ
        | VR::ST
        | VR::TM
        | VR::UC
        | VR::UI
        | VR::UN
        | VR::UR
        | VR::UT => return Cow::Borrowed(value),
    };
    if !wanted {
        return Cow::Borrowed(value);
    }
    let mut turned = value.to_vec();
    turned.chunks_exact_mut(width).for_each(<[u8]>::reverse);
    Cow::Owned(turned)
}

/// A data set with every element of unknown representation as the dictionary says, written as it was.
///
/// # Errors
/// As [`elements::read`] and [`elements::write`].
pub(super) fn resolved(bytes: &[u8], encoding: Encoding) -> Result<Vec<u8>, DicomProblem> {
    let mut out = Vec::with_capacity(bytes.len());
    elements::write(&elements::read(bytes, encoding)?, encoding, &mut out)?;
    Ok(out)
}
