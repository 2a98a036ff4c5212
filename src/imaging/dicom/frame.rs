//! One frame of pixel data: how the header says it is laid out, where its bytes lie, and the stored values in them.

use super::problem::DicomProblem;
use super::structure::{Parts, PixelData, PixelPlace};
use super::{jpeg, jpeg_2000, jpeg_ls, rle};
use dicom_core::VR;
use dicom_dictionary_std::tags;
use std::borrow::Cow;

/// What a decoder of compressed frames gives.
#[derive(Debug)]
pub(super) struct Coded {
    /// Samples pixel after pixel; two's complement where the codestream is signed.
    pub samples: Vec<u32>,
    pub channels: usize,
    /// Bits a sample of the codestream.
    pub precision: u8,
    /// Colours have been made red, green and blue by the codestream's own transform.
    pub transformed: bool,
}

/// The attributes that say how pixel values are laid out (PS3.3 C.7.6.3).
#[derive(Clone, Debug, PartialEq)]
pub struct Layout {
    pub rows: usize,
    pub columns: usize,
    /// Samples a pixel: 1 or 3.
    pub samples: usize,
    /// Colours plane after plane, not pixel after pixel.
    pub planar: bool,
    pub bits_allocated: u16,
    pub bits_stored: u16,
    pub signed: bool,
    pub photometric: String,
    /// At least 1.
    pub frames: usize,
}

/// Stored values of one frame, in the type that holds them.
#[derive(Clone, Debug, PartialEq)]
pub enum Values {
    U8(Vec<u8>),
    I8(Vec<i8>),
    U16(Vec<u16>),
    I16(Vec<i16>),
    U32(Vec<u32>),
    I32(Vec<i32>),
    F32(Vec<f32>),
    F64(Vec<f64>),
}

/// One frame as it is stored: row by row from the top left, colours pixel by pixel. YBR is given as RGB.
#[derive(Clone, Debug, PartialEq)]
pub struct Stored {
    pub rows: usize,
    pub columns: usize,
    /// Samples a pixel: 1 or 3.
    pub samples: usize,
    pub values: Values,
}

impl Layout {
    pub(super) fn pixels(&self) -> usize {
        self.rows * self.columns
    }

    /// Bytes of one compressed frame's sample.
    fn sample_bytes(&self) -> usize {
        usize::from(self.bits_allocated / 8).max(1)
    }

    /// Colours of which two pixels share one pair of differences (PS3.3 C.7.6.3.1.2).
    fn halved(&self) -> bool {
        self.photometric == "YBR_FULL_422" && self.samples == 3
    }

    pub(super) fn native_bits(&self) -> usize {
        let samples = if self.halved() { 2 } else { self.samples };
        self.pixels() * samples * usize::from(self.bits_allocated)
    }
}

/// Transfer syntaxes that are read, besides native ones.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Codec {
    Native,
    Rle,
    Jpeg,
    JpegLs,
    Jpeg2000,
}

/// Which decoder a transfer syntax needs; `None` for those that are not read.
fn codec(transfer_syntax: &str) -> Option<Codec> {
    let number = transfer_syntax.strip_prefix("1.2.840.10008.1.2")?;
    Some(match number {
        "" | ".1" | ".2" | ".1.99" => Codec::Native,
        ".5" => Codec::Rle,
        // Processes 1, 2 and 4, 6 and 8, 10 and 12, 14, 14 with selection value 1.
        ".4.50" | ".4.51" | ".4.53" | ".4.55" | ".4.57" | ".4.70" => Codec::Jpeg,
        ".4.80" | ".4.81" => Codec::JpegLs,
        ".4.90" | ".4.91" => Codec::Jpeg2000,
        _ => return None,
    })
}

/// The stored values of one frame, counted from 0.
///
/// # Errors
/// When the frame is not there, is cut short, is compressed in a way that is not read, or cannot be decoded.
pub(super) fn read(parts: &Parts<'_>, layout: &Layout, frame: usize) -> Result<Stored, DicomProblem> {
    let pixels = parts.pixels.as_ref().ok_or(DicomProblem::NoPixelData)?;
    if frame >= layout.frames {
        return Err(DicomProblem::NoFrame { asked: frame, have: layout.frames });
    }
    let codec = codec(&parts.transfer_syntax)
        .ok_or_else(|| DicomProblem::TransferSyntax(super::syntax_name(&parts.transfer_syntax)))?;
    match &pixels.place {
        PixelPlace::Native { range, claimed } if codec == Codec::Native => {
            let bytes = parts.dataset.get(range.clone()).unwrap_or_default();
            native(bytes, *claimed, pixels, layout, frame, parts.encoding.big_endian)
        }
        PixelPlace::Fragments { offsets, fragments, whole } if codec != Codec::Native => {
            if layout.bits_allocated == 1 {
                return Err(DicomProblem::Unsupported("compressed pixels of one bit".into()));
            }
            let table = parts.dataset.get(offsets.clone()).unwrap_or_default();
            let pieces: Vec<&[u8]> =
                fragments.iter().map(|range| parts.dataset.get(range.clone()).unwrap_or_default()).collect();
            let data = frame_bytes(&pieces, table, layout.frames, frame).ok_or_else(|| {
                if *whole {
                    DicomProblem::Damaged(format!("frame {frame} has no compressed data"))
                } else {
                    DicomProblem::CutShort(Some(pixels.tag))
                }
            })?;
            compressed(&data, codec, layout)
                .map_err(|problem| if *whole { problem } else { DicomProblem::CutShort(Some(pixels.tag)) })
        }
        _ => Err(DicomProblem::Damaged("its pixel data is not encoded as its transfer syntax says".into())),
    }
}

/// The bytes of one compressed frame out of the fragments (PS3.5 annex A.4).
pub(super) fn frame_bytes<'a>(pieces: &[&'a [u8]], table: &[u8], frames: usize, frame: usize) -> Option<Cow<'a, [u8]>> {
    if frames == 1 {
        return joined(pieces);
    }
    if pieces.len() == frames {
        return pieces.get(frame).map(|piece| Cow::Borrowed(*piece));
    }
    // Where each fragment's item begins, counted from the first.
    let mut begins = Vec::with_capacity(pieces.len());
    let mut at = 0u64;
    for piece in pieces {
        begins.push(at);
        at += piece.len() as u64 + 8;
    }
    let offsets: Vec<u64> = table.as_chunks::<4>().0.iter().map(|b| u64::from(u32::from_le_bytes(*b))).collect();
    let first = |frame: usize| -> Option<usize> {
        if offsets.len() == frames {
            begins.iter().position(|begin| Some(begin) == offsets.get(frame))
        } else {
            // Without a table, a fragment that starts an image starts a frame.
            let starts = |piece: &&&[u8]| piece.starts_with(&[0xFF, 0xD8]) || piece.starts_with(&[0xFF, 0x4F]);
            let which = pieces.iter().filter(starts).nth(frame)?;
            pieces.iter().position(|piece| std::ptr::eq(*piece, *which))
        }
    };
    let start = first(frame)?;
    let end = if frame + 1 < frames { first(frame + 1)? } else { pieces.len() };
    joined(pieces.get(start..end)?)
}

fn joined<'a>(pieces: &[&'a [u8]]) -> Option<Cow<'a, [u8]>> {
    match pieces {
        [] => None,
        [one] => Some(Cow::Borrowed(one)),
        many => Some(Cow::Owned(many.concat())),
    }
}

fn compressed(data: &[u8], codec: Codec, layout: &Layout) -> Result<Stored, DicomProblem> {
    let (columns, rows) = (layout.columns, layout.rows);
    let coded = match codec {
        Codec::Rle => {
            let bytes = layout.sample_bytes();
            let samples = rle::decode(data, layout.pixels(), layout.samples, bytes)?;
            Coded { samples, channels: layout.samples, precision: (bytes * 8) as u8, transformed: false }
        }
        Codec::JpegLs => jpeg_ls::decode(data, columns, rows)?,
        Codec::Jpeg2000 => jpeg_2000::decode(data, columns, rows)?,
        Codec::Jpeg | Codec::Native => jpeg::decode(data, columns, rows)?,
    };
    if coded.channels != layout.samples {
        let why = format!("its compressed frame has {} colours, its header {}", coded.channels, layout.samples);
        return Err(DicomProblem::Damaged(why));
    }
    // The value's width: what the codestream says where that is narrower than what the header says.
    let stored = layout.bits_stored.min(u16::from(coded.precision)).max(1);
    let mut values = integers(coded.samples, layout, stored);
    if !coded.transformed {
        colours(&mut values, layout);
    }
    Ok(Stored { rows, columns, samples: layout.samples, values })
}

fn native(
    bytes: &[u8],
    claimed: usize,
    pixels: &PixelData,
    layout: &Layout,
    frame: usize,
    big_endian: bool,
) -> Result<Stored, DicomProblem> {
    let (rows, columns, samples) = (layout.rows, layout.columns, layout.samples);
    let frame_bits = layout.native_bits();
    let first_bit = frame_bits.checked_mul(frame);
    let total = frame_bits.checked_mul(layout.frames).map(|bits| bits.div_ceil(8));
    let (Some(first_bit), Some(wanted)) = (first_bit, total) else {
        return Err(DicomProblem::TooMuch("the number of pixels".into()));
    };
    if bytes.len() < wanted {
        return Err(DicomProblem::PixelsCutShort { found: bytes.len().min(claimed), wanted });
    }
    let done = |values| Ok(Stored { rows, columns, samples, values });
    if layout.bits_allocated == 1 {
        // The first pixel is the lowest bit (PS3.5 section 8.1.1).
        let bit = |at: usize| bytes.get(at / 8).is_some_and(|byte| byte >> (at % 8) & 1 == 1);
        return done(Values::U8((first_bit..first_bit + frame_bits).map(|at| u8::from(bit(at))).collect()));
    }
    let start = first_bit / 8;
    let swapped;
    let mut data = bytes.get(start..start + frame_bits / 8).unwrap_or_default();
    if big_endian && pixels.vr == VR::OW && layout.bits_allocated == 8 {
        // Bytes in words of the other order: neighbours change places (PS3.5 section 8.1.2).
        swapped =
            (start..start + frame_bits / 8).map(|at| bytes.get(at ^ 1).copied().unwrap_or(0)).collect::<Vec<u8>>();
        data = &swapped;
    }
    fn words<const N: usize, T>(data: &[u8], big: bool, from: fn([u8; N]) -> T) -> Vec<T> {
        let turned = |mut word: [u8; N]| {
            if big {
                word.reverse();
            }
            from(word)
        };
        data.as_chunks::<N>().0.iter().copied().map(turned).collect()
    }
    match pixels.tag {
        tags::FLOAT_PIXEL_DATA => return done(Values::F32(words(data, big_endian, f32::from_le_bytes))),
        tags::DOUBLE_FLOAT_PIXEL_DATA => return done(Values::F64(words(data, big_endian, f64::from_le_bytes))),
        _ => {}
    }
    let mut codes: Vec<u32> = match layout.bits_allocated {
        8 => data.iter().map(|&byte| byte.into()).collect(),
        16 => words(data, big_endian, |word| u32::from(u16::from_le_bytes(word))),
        _ => words(data, big_endian, u32::from_le_bytes),
    };
    if layout.halved() {
        codes = codes.as_chunks::<4>().0.iter().flat_map(|&[y1, y2, b, r]| [y1, b, r, y2, b, r]).collect();
    } else if samples == 3 && layout.planar {
        codes = interleaved(&codes, layout.pixels());
    }
    let mut values = integers(codes, layout, layout.bits_stored);
    colours(&mut values, layout);
    done(values)
}

/// Plane after plane to pixel after pixel.
fn interleaved(planes: &[u32], pixels: usize) -> Vec<u32> {
    let mut out = vec![0; planes.len()];
    for (index, plane) in planes.chunks_exact(pixels.max(1)).enumerate() {
        out.iter_mut().skip(index).step_by(3).zip(plane).for_each(|(target, value)| *target = *value);
    }
    out
}

/// The low `stored` bits of each code as a value of the allocated type; what lies above them is no part of the value
/// (PS3.5 section 8.1.1).
fn integers(codes: Vec<u32>, layout: &Layout, stored: u16) -> Values {
    let shift = 32 - u32::from(stored.min(layout.bits_allocated).clamp(1, 32));
    let signed = |code: u32| (code << shift).cast_signed() >> shift;
    let unsigned = |code: u32| code << shift >> shift;
    match (layout.bits_allocated, layout.signed) {
        (..=8, false) => Values::U8(codes.into_iter().map(|code| unsigned(code) as u8).collect()),
        (..=8, true) => Values::I8(codes.into_iter().map(|code| signed(code) as i8).collect()),
        (..=16, false) => Values::U16(codes.into_iter().map(|code| unsigned(code) as u16).collect()),
        (..=16, true) => Values::I16(codes.into_iter().map(|code| signed(code) as i16).collect()),
        (_, false) => Values::U32(codes.into_iter().map(unsigned).collect()),
        (_, true) => Values::I32(codes.into_iter().map(signed).collect()),
    }
}

/// YBR of 8 bits to RGB (PS3.3 C.7.6.3.1.2, the matrix of ITU-R BT.601 over the full range).
fn colours(values: &mut Values, layout: &Layout) {
    let Values::U8(bytes) = values else { return };
    if layout.samples != 3 || !matches!(layout.photometric.as_str(), "YBR_FULL" | "YBR_FULL_422") {
        return;
    }
    for pixel in bytes.as_chunks_mut::<3>().0 {
        let [y, cb, cr] = pixel.map(f64::from);
        let (cb, cr) = (cb - 128.0, cr - 128.0);
        let shown = [y + 1.402 * cr, y - 0.344_136_286 * cb - 0.714_136_286 * cr, y + 1.772 * cb];
        *pixel = shown.map(|value| (value + 0.5).floor().clamp(0.0, 255.0) as u8);
    }
}
