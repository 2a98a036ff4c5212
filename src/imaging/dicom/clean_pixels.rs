//! Pixel data with nothing but pixels in it: no bits beside the stored ones, where old writers kept overlays (PS3.5
//! section 8.1.2 of 2004 and before), no bytes behind the last frame, no words within compressed frames.

use super::clean_jpeg::{self, CleanStream, Kind};
use super::clean_jpeg_2000;
use super::elements::{Content, Element, Fragments};
use super::file::Dicom;
use super::fragments::Frames;
use super::frame::{self, Layout, Values, native_samples};
use super::problem::{DicomProblem, syntax_name};
use crate::imaging::codecs::{CodecError, Coded, jpeg, jpeg_2000, jpeg_ls, rle};
use dicom_core::VR;
use dicom_dictionary_std::tags;
use std::borrow::Cow;

/// What was found beside the picture and left out or cleared, in words, with how often.
pub(super) type Removed = Vec<(&'static str, usize)>;

const BITS: &str = "PixelData: bits beside the stored ones";
const BEHIND: &str = "PixelData: bytes behind the picture";
const WITHIN: &str = "PixelData: segments and bytes of compressed frames that hold no picture";

/// Which bits of a sample are its value.
#[derive(Clone, Copy)]
struct Mask {
    kept: u64,
    /// Bits above these may repeat the sign; 0 where nothing may.
    sign: u64,
}

impl Mask {
    fn of(file: &Dicom<'_>, layout: &Layout) -> Result<Self, DicomProblem> {
        let stored = u32::from(layout.bits_stored);
        let high = file.number(tags::HIGH_BIT, "HighBit")?;
        let high = high.and_then(|high| u32::try_from(high).ok()).unwrap_or(stored.saturating_sub(1));
        if high + 1 < stored || high >= u32::from(layout.bits_allocated) {
            let why = format!("is {high} for {stored} of {} bits", layout.bits_allocated);
            return Err(DicomProblem::Value { attribute: "HighBit", why });
        }
        let kept = ((1u64 << stored) - 1) << (high + 1 - stored);
        let sign = if layout.signed && high + 1 == stored { 1 << high } else { 0 };
        Ok(Self { kept, sign })
    }

    /// Whether samples of so many bits have nothing beside their values: zeros in all of them, or the sign in all.
    fn are_clean(self, samples: impl Iterator<Item = u64>, bits: u32) -> bool {
        let beside = ((1u64 << bits.min(32)) - 1) & !self.kept;
        let (mut zeros, mut signs) = (true, self.sign != 0);
        for sample in samples {
            zeros &= sample & beside == 0;
            signs &= sample & beside == if sample & self.sign != 0 { beside } else { 0 };
            if !zeros && !signs {
                return false;
            }
        }
        true
    }
}

/// The picture's element, cleaned.
pub(super) struct Cleaned<'a> {
    pub element: Element<'a>,
    pub found: Removed,
    /// It was compressed and no longer is.
    pub uncompressed: bool,
}

/// The picture's element, cleaned, and what was found.
///
/// # Errors
/// When the picture is cut short, its attributes make no sense, or it is compressed in a way that cannot be cleaned.
pub(super) fn clean<'a>(element: Element<'a>, file: &Dicom<'_>) -> Result<Cleaned<'a>, DicomProblem> {
    let layout = file.layout()?;
    let Element { tag, mut vr, value } = element;
    let mut uncompressed = false;
    let whole_numbers = tag == tags::PIXEL_DATA;
    let mut found = Vec::new();
    let syntax = file.parts.transfer_syntax.as_str();
    let value = match (value, method(syntax)) {
        (Content::Bytes(bytes), Some(Method::Native)) => {
            let mut bytes = bytes.into_owned();
            let swapped = file.parts.encoding.big_endian && vr == VR::OW && layout.bits_allocated == 8;
            trim(&mut bytes, &layout, swapped, &mut found)?;
            if whole_numbers && layout.bits_allocated > 1 {
                clear(&mut bytes, &layout, Mask::of(file, &layout)?, file.parts.encoding.big_endian, &mut found);
            }
            Content::Bytes(Cow::Owned(bytes))
        }
        (Content::Fragments(fragments), Some(Method::Frames(codec))) => {
            if layout.bits_allocated == 1 {
                return Err(DicomProblem::Unsupported("compressed pixels of one bit".into()));
            }
            let mask = Mask::of(file, &layout)?;
            match frames(&fragments, codec, &layout, mask, &mut found)? {
                Some(fragments) => Content::Fragments(fragments),
                None => {
                    (uncompressed, vr) = (true, if layout.bits_allocated > 8 { VR::OW } else { VR::OB });
                    found.push((BITS, layout.frames));
                    Content::Bytes(decoded(file, &layout, mask)?.into())
                }
            }
        }
        (_, None) => return Err(DicomProblem::TransferSyntax(syntax_name(syntax))),
        (Content::Bytes(_) | Content::Items(_) | Content::Fragments(_), Some(_)) => {
            return Err(DicomProblem::Damaged("its pixel data is not encoded as its transfer syntax says".into()));
        }
    };
    Ok(Cleaned { element: Element { tag, vr, value }, found, uncompressed })
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Method {
    Native,
    Frames(Codec),
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Codec {
    Rle,
    Stream(Kind),
    Jpeg2000,
}

impl Codec {
    fn read_as(self) -> frame::Codec {
        match self {
            Self::Rle => frame::Codec::Rle,
            Self::Stream(Kind::Jpeg) => frame::Codec::Jpeg,
            Self::Stream(Kind::JpegLs) => frame::Codec::JpegLs,
            Self::Jpeg2000 => frame::Codec::Jpeg2000,
        }
    }
}

/// How pixel data of a transfer syntax is cleaned; `None` for those that cannot be.
fn method(transfer_syntax: &str) -> Option<Method> {
    Some(match transfer_syntax.strip_prefix("1.2.840.10008.1.2")? {
        "" | ".1" | ".2" | ".1.99" => Method::Native,
        ".5" => Method::Frames(Codec::Rle),
        ".4.50" | ".4.51" | ".4.53" | ".4.55" | ".4.57" | ".4.70" => Method::Frames(Codec::Stream(Kind::Jpeg)),
        ".4.80" | ".4.81" => Method::Frames(Codec::Stream(Kind::JpegLs)),
        ".4.90" | ".4.91" | ".4.201" | ".4.202" | ".4.203" => Method::Frames(Codec::Jpeg2000),
        _ => return None,
    })
}

/// Cuts what lies behind the last pixel.
fn trim(bytes: &mut Vec<u8>, layout: &Layout, swapped: bool, found: &mut Removed) -> Result<(), DicomProblem> {
    let (_, of_frame) = native_samples(layout, bytes.len());
    let bits = of_frame.checked_mul(layout.frames);
    let bits = bits.ok_or_else(|| DicomProblem::TooMuch("the number of pixels".into()))?;
    let wanted = bits.div_ceil(8);
    if bytes.len() < wanted {
        return Err(DicomProblem::PixelsCutShort { found: bytes.len(), wanted });
    }
    let padded = wanted + wanted % 2;
    let mut dirty = bytes.len() > padded;
    bytes.resize(padded, 0);
    // The padding byte, which changes places with the last pixel in words of the other order.
    let pad = if swapped { wanted ^ 1 } else { wanted };
    if wanted % 2 == 1
        && let Some(byte) = bytes.get_mut(pad)
    {
        dirty |= *byte != 0;
        *byte = 0;
    }
    // The last byte's bits behind the last pixel of one bit.
    if !bits.is_multiple_of(8)
        && let Some(last) = bytes.get_mut(wanted - 1)
    {
        let kept = (1u8 << (bits % 8)) - 1;
        dirty |= *last & !kept != 0;
        *last &= kept;
    }
    found.extend(dirty.then_some((BEHIND, 1)));
    Ok(())
}

/// Clears the bits beside the stored ones, unless they do no more than repeat every sample's sign.
fn clear(bytes: &mut [u8], layout: &Layout, mask: Mask, big_endian: bool, found: &mut Removed) {
    let width = usize::from(layout.bits_allocated / 8);
    let value = |sample: &[u8]| {
        let shifted = |value: u64, byte: &u8| value << 8 | u64::from(*byte);
        if big_endian { sample.iter().fold(0, shifted) } else { sample.iter().rev().fold(0, shifted) }
    };
    // The byte that pads an odd number of bytes is no sample and already zero.
    if mask.are_clean(bytes.chunks_exact(width).map(value), u32::from(layout.bits_allocated)) {
        return;
    }
    found.push((BITS, layout.frames));
    let mut kept = mask.kept.to_le_bytes();
    if let Some(kept) = kept.get_mut(..width)
        && big_endian
    {
        kept.reverse();
    }
    for sample in bytes.chunks_exact_mut(width) {
        sample.iter_mut().zip(kept).for_each(|(byte, kept)| *byte &= kept);
    }
}

/// Compressed frames, each cleaned and in one fragment; `None` where one has bits beside the stored ones coded together
/// with the picture.
fn frames<'a>(
    fragments: &[Cow<'_, [u8]>],
    codec: Codec,
    layout: &Layout,
    mask: Mask,
    found: &mut Removed,
) -> Result<Option<Fragments<'a>>, DicomProblem> {
    let (table, pieces) = fragments.split_first().ok_or(DicomProblem::NoPixelData)?;
    let pieces: Vec<&[u8]> = pieces.iter().map(|piece| &piece[..]).collect();
    let (mut out, mut left_out, mut cleared) = (Vec::new(), 0, 0);
    let offsets: Vec<u64> = table.as_chunks::<4>().0.iter().map(|b| u64::from(u32::from_le_bytes(*b))).collect();
    let begun = Frames::find(&pieces, [&[], &offsets], layout.frames, codec.read_as());
    for frame in 0..layout.frames {
        let data = begun
            .bytes(&pieces, frame)
            .ok_or_else(|| DicomProblem::Damaged(format!("frame {frame} has no compressed data")))?;
        out.push(match codec {
            Codec::Rle => runs(&data, layout, mask, &mut cleared)?,
            Codec::Stream(kind) => {
                let clean = clean_jpeg::clean(&data, kind)?;
                let decode = match kind {
                    Kind::Jpeg => jpeg::decode,
                    Kind::JpegLs => jpeg_ls::decode,
                };
                if !has_clean_bits(&clean, decode, layout, mask)? {
                    return Ok(None);
                }
                left_out += clean.left_out;
                clean.bytes
            }
            Codec::Jpeg2000 => {
                let clean = clean_jpeg_2000::clean(&data)?;
                if !has_clean_bits(&clean, jpeg_2000::decode, layout, mask)? {
                    return Ok(None);
                }
                check_colours(&data, &clean, layout)?;
                left_out += clean.left_out;
                clean.bytes
            }
        });
    }
    found.extend((left_out > 0).then_some((WITHIN, left_out)));
    found.extend((cleared > 0).then_some((BITS, cleared)));
    // Where frames begin, counted from the first; a table that cannot hold it may be empty (annex A.4).
    let mut begins = Vec::with_capacity(out.len());
    let mut at = 0usize;
    for frame in &out {
        begins.push(u32::try_from(at).ok());
        at = at.saturating_add(frame.len() + frame.len() % 2 + 8);
    }
    let begins: Option<Vec<u8>> =
        begins.into_iter().map(|at| Some(at?.to_le_bytes())).collect::<Option<Vec<_>>>().map(|all| all.concat());
    let table = begins.filter(|_| !table.is_empty() || layout.frames > 1).unwrap_or_default();
    Ok(Some(std::iter::once(table).chain(out).map(Cow::Owned).collect()))
}

/// A frame of RLE, coded anew: what its segments hold behind the last pixel is gone.
fn runs(data: &[u8], layout: &Layout, mask: Mask, cleared: &mut usize) -> Result<Vec<u8>, DicomProblem> {
    let bytes = usize::from(layout.bits_allocated / 8).max(1);
    let mut samples = rle::decode(data, layout.pixels(), layout.samples, bytes)?;
    let bits = u32::from(layout.bits_allocated);
    if !mask.are_clean(samples.iter().map(|&sample| sample.into()), bits) {
        *cleared += 1;
        samples.iter_mut().for_each(|sample| *sample &= mask.kept as u32);
    }
    rle::encode(&samples, layout.columns, layout.samples, bytes)
        .ok_or_else(|| DicomProblem::Uncleanable("its RLE frames have too many segments".into()))
}

/// Whether a frame holds no more bits than the stored ones, or nothing in the others: overlays in them would be coded
/// together with the picture.
fn has_clean_bits(
    clean: &CleanStream,
    decode: fn(&[u8], usize, usize) -> Result<Coded, CodecError>,
    layout: &Layout,
    mask: Mask,
) -> Result<bool, DicomProblem> {
    let precision = u32::from(clean.precision);
    if precision <= 32 && mask.kept & ((1 << precision) - 1) == (1 << precision) - 1 {
        return Ok(true);
    }
    let coded = decode(&clean.bytes, layout.columns, layout.rows)?;
    let all = (1u64 << precision.min(32)) - 1;
    Ok(mask.are_clean(coded.samples.iter().map(|&sample| u64::from(sample) & all), precision))
}

/// All frames' stored values as they are written uncompressed, in words of the lower byte first.
fn decoded(file: &Dicom<'_>, layout: &Layout, mask: Mask) -> Result<Vec<u8>, DicomProblem> {
    if layout.samples != 1 || mask.kept != (1 << layout.bits_stored) - 1 {
        let what = "its compressed frames hold bits beside the stored ones, where overlays may be";
        return Err(DicomProblem::Uncleanable(what.into()));
    }
    let mut out = Vec::new();
    for frame in 0..layout.frames {
        match file.stored(frame)?.values {
            Values::U8(values) => out.extend(values),
            Values::I8(values) => out.extend(values.into_iter().map(i8::cast_unsigned)),
            Values::U16(values) => out.extend(values.into_iter().flat_map(u16::to_le_bytes)),
            Values::I16(values) => out.extend(values.into_iter().flat_map(i16::to_le_bytes)),
            Values::U32(values) => out.extend(values.into_iter().flat_map(u32::to_le_bytes)),
            Values::I32(values) => out.extend(values.into_iter().flat_map(i32::to_le_bytes)),
            Values::F32(_) | Values::F64(_) => {
                return Err(DicomProblem::Damaged("its compressed frames are no whole numbers".into()));
            }
        }
        if u32::try_from(out.len()).is_err() {
            return Err(DicomProblem::TooMuch("its pixel data, uncompressed,".into()));
        }
    }
    Ok(out)
}

/// Refuses a JPEG 2000 file within a frame whose boxes change what its codestream says: without them, its colours would
/// be others.
fn check_colours(data: &[u8], clean: &CleanStream, layout: &Layout) -> Result<(), DicomProblem> {
    if !clean_jpeg_2000::is_boxed(data) {
        return Ok(());
    }
    let decoded = |data: &[u8]| jpeg_2000::decode(data, layout.columns, layout.rows).map(|coded| coded.samples);
    if decoded(data)? == decoded(&clean.bytes)? {
        return Ok(());
    }
    Err(DicomProblem::Uncleanable(
        "its compressed frames are JPEG 2000 files whose boxes say what their colours are".into(),
    ))
}
