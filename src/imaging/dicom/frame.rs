//! One frame of pixel data: how the header says it is laid out, where its bytes lie, and the stored values in them.

use super::colour;
use super::fragments::Frames;
use super::problem::DicomProblem;
use super::structure::{Parts, PixelData, PixelPlace};
use crate::imaging::codecs::{Coded, Told, jpeg, jpeg_2000, jpeg_ls, rle};
use crate::imaging::remarks::Remarks;
use dicom_core::VR;
use dicom_dictionary_std::tags;

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
    /// The position of a value's highest bit within its cell, counted from 0 (PS3.5 section 8.1.1).
    pub high_bit: u16,
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

    /// Smallest and largest value that the bits can hold.
    pub(super) fn possible(&self) -> (f64, f64) {
        let all = 2f64.powi(self.bits_stored.into());
        if self.signed { (-all / 2.0, all / 2.0 - 1.0) } else { (0.0, all - 1.0) }
    }

    /// Colours of which two pixels share one pair of differences (PS3.3 C.7.6.3.1.2).
    fn halved(&self) -> bool {
        matches!(self.photometric.as_str(), "YBR_FULL_422" | "YBR_PARTIAL_422") && self.samples == 3
    }

    /// Bits of one uncompressed frame with this many samples a pixel.
    fn native_bits(&self, samples: usize) -> usize {
        self.pixels() * samples * usize::from(self.bits_allocated)
    }
}

/// Transfer syntaxes that are read, besides native ones.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Codec {
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

/// A frame's bytes as they lie in the file.
struct Placed<'a> {
    frames: Frames,
    pieces: Vec<&'a [u8]>,
}

fn placed<'a>(parts: &'a Parts<'_>, layout: &Layout, extended: &[u64], codec: Codec) -> Option<Placed<'a>> {
    let PixelPlace::Fragments { offsets, fragments, .. } = &parts.pixels.as_ref()?.place else { return None };
    let bytes = |range: &std::ops::Range<usize>| parts.dataset.get(range.clone()).unwrap_or_default();
    let pieces: Vec<&[u8]> = fragments.iter().map(bytes).collect();
    let basic: Vec<u64> = bytes(offsets).as_chunks::<4>().0.iter().map(|b| u64::from(u32::from_le_bytes(*b))).collect();
    let frames = Frames::find(&pieces, [extended, &basic], layout.frames, codec);
    Some(Placed { frames, pieces })
}

/// How many of the frames that the header states are there; at least 1, whose absence is told when it is read.
pub(super) fn there(parts: &Parts<'_>, layout: &Layout, extended: &[u64]) -> usize {
    let Some(pixels) = parts.pixels.as_ref() else { return layout.frames };
    match &pixels.place {
        PixelPlace::Fragments { .. } => {
            let codec = codec(&parts.transfer_syntax).unwrap_or(Codec::Native);
            placed(parts, layout, extended, codec).map_or(1, |placed| placed.frames.count()).clamp(1, layout.frames)
        }
        PixelPlace::Native { range, claimed } => {
            let (_, bits) = native_samples(layout, *claimed);
            (range.len().saturating_mul(8) / bits.max(1)).clamp(1, layout.frames)
        }
    }
}

/// The stored values of one frame, counted from 0. `extended` is the extended offset table, empty where there is none.
///
/// # Errors
/// When the frame is not there, is cut short, is compressed in a way that is not read, or cannot be decoded.
pub(super) fn read(
    parts: &Parts<'_>,
    layout: &Layout,
    extended: &[u64],
    frame: usize,
    remarks: &mut Remarks,
) -> Result<Stored, DicomProblem> {
    let pixels = parts.pixels.as_ref().ok_or(DicomProblem::NoPixelData)?;
    if frame >= layout.frames {
        return Err(DicomProblem::NoFrame { asked: frame, have: layout.frames });
    }
    let codec = codec(&parts.transfer_syntax)
        .ok_or_else(|| DicomProblem::TransferSyntax(super::problem::syntax_name(&parts.transfer_syntax)))?;
    match &pixels.place {
        PixelPlace::Native { range, claimed } if codec == Codec::Native => {
            let bytes = parts.dataset.get(range.clone()).unwrap_or_default();
            native(bytes, *claimed, pixels, layout, frame, parts.encoding.big_endian, remarks)
        }
        PixelPlace::Fragments { whole, .. } if codec != Codec::Native => {
            if layout.bits_allocated == 1 {
                return Err(DicomProblem::Unsupported("compressed pixels of one bit".into()));
            }
            let placed = placed(parts, layout, extended, codec).ok_or(DicomProblem::NoPixelData)?;
            if placed.frames.table_wrong {
                remarks.say("the offset table of the pixel data is wrong: frames are told by where pictures begin");
            }
            if placed.frames.more {
                remarks.say(MORE);
            }
            let data = placed.frames.bytes(&placed.pieces, frame).ok_or_else(|| {
                if *whole {
                    DicomProblem::Damaged(format!("frame {frame} has no compressed data"))
                } else {
                    DicomProblem::CutShort(Some(pixels.tag))
                }
            })?;
            compressed(&data, codec, layout, remarks)
                .map_err(|problem| if *whole { problem } else { DicomProblem::CutShort(Some(pixels.tag)) })
        }
        _ => Err(DicomProblem::Damaged("its pixel data is not encoded as its transfer syntax says".into())),
    }
}

/// Said where the file holds more frames than its header states.
const MORE: &str = "the file holds more frames than NumberOfFrames states: those beyond it are not read";

fn compressed(data: &[u8], codec: Codec, layout: &Layout, remarks: &mut Remarks) -> Result<Stored, DicomProblem> {
    let (columns, rows) = (layout.columns, layout.rows);
    let coded = match codec {
        Codec::Rle => {
            let bytes = layout.sample_bytes();
            let samples = rle::decode(data, layout.pixels(), layout.samples, bytes)?;
            Coded { samples, channels: layout.samples, precision: (bytes * 8) as u8, told: Told::Nothing }
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
    let precision = u16::from(coded.precision);
    let stored = layout.bits_stored.min(precision).max(1);
    let values = integers(coded.samples, layout, stored, precision, remarks);
    Ok(finished(values, coded.told, layout, remarks))
}

/// A frame with its colours as red, green and blue.
fn finished(mut values: Values, told: Told, layout: &Layout, remarks: &mut Remarks) -> Stored {
    if layout.samples == 3 {
        let space = colour::space(told, layout, remarks);
        colour::to_rgb(&mut values, space, layout.bits_stored, remarks);
    }
    Stored { rows: layout.rows, columns: layout.columns, samples: layout.samples, values }
}

/// Samples a pixel of uncompressed data, 2 where two pixels share their differences, and bits a frame. Some writers
/// give every pixel its own under the name of those that share.
pub(super) fn native_samples(layout: &Layout, claimed: usize) -> (usize, usize) {
    let full = layout.native_bits(layout.samples);
    let length = full.saturating_mul(layout.frames).div_ceil(8);
    let samples =
        if layout.halved() && claimed.next_multiple_of(2) != length.next_multiple_of(2) { 2 } else { layout.samples };
    (samples, layout.native_bits(samples))
}

fn native(
    bytes: &[u8],
    claimed: usize,
    pixels: &PixelData,
    layout: &Layout,
    frame: usize,
    big_endian: bool,
    remarks: &mut Remarks,
) -> Result<Stored, DicomProblem> {
    let (rows, columns, samples) = (layout.rows, layout.columns, layout.samples);
    let (stored_samples, frame_bits) = native_samples(layout, claimed);
    let first_bit = frame_bits.checked_mul(frame);
    let end = frame_bits.checked_mul(frame + 1).map(|bits| bits.div_ceil(8));
    let total = frame_bits.checked_mul(layout.frames).map(|bits| bits.div_ceil(8));
    let (Some(first_bit), Some(end), Some(wanted)) = (first_bit, end, total) else {
        return Err(DicomProblem::TooMuch("the number of pixels".into()));
    };
    if bytes.len() < end {
        return Err(DicomProblem::PixelsCutShort { found: bytes.len().min(claimed), wanted });
    }
    if bytes.len().saturating_sub(wanted).saturating_mul(8) >= frame_bits.max(16) {
        remarks.say(MORE);
    }
    if layout.bits_allocated == 1 {
        // The first pixel is the lowest bit (PS3.5 section 8.1.1).
        let bit = |at: usize| bytes.get(at / 8).is_some_and(|byte| byte >> (at % 8) & 1 == 1);
        let values = Values::U8((first_bit..first_bit + frame_bits).map(|at| u8::from(bit(at))).collect());
        return Ok(Stored { rows, columns, samples, values });
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
    let done = |values| Ok(Stored { rows, columns, samples, values });
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
    if stored_samples == 2 {
        codes = codes.as_chunks::<4>().0.iter().flat_map(|&[y1, y2, b, r]| [y1, b, r, y2, b, r]).collect();
    } else if samples == 3 && layout.planar {
        codes = interleaved(&codes, layout.pixels());
    }
    if layout.halved() && stored_samples == 3 {
        remarks.say(
            "PhotometricInterpretation says that two pixels share their differences, but every pixel has its own: they \
             are read as they are stored",
        );
    }
    let values = integers(codes, layout, layout.bits_stored, layout.bits_allocated, remarks);
    Ok(finished(values, Told::Nothing, layout, remarks))
}

/// Plane after plane to pixel after pixel.
fn interleaved(planes: &[u32], pixels: usize) -> Vec<u32> {
    let mut out = vec![0; planes.len()];
    for (index, plane) in planes.chunks_exact(pixels.max(1)).enumerate() {
        out.iter_mut().skip(index).step_by(3).zip(plane).for_each(|(target, value)| *target = *value);
    }
    out
}

/// The `stored` bits of each code, of cells of `cell` bits, as a value of the allocated type; what lies above and below
/// them is no part of the value (PS3.5 section 8.1.1).
fn integers(codes: Vec<u32>, layout: &Layout, stored: u16, cell: u16, remarks: &mut Remarks) -> Values {
    let stored = stored.min(layout.bits_allocated).clamp(1, 32);
    let below = unused_below(&codes, layout, stored, cell, remarks);
    let shift = 32 - u32::from(stored);
    let signed = move |code: u32| (code >> below << shift).cast_signed() >> shift;
    let unsigned = move |code: u32| code >> below << shift >> shift;
    match (layout.bits_allocated, layout.signed) {
        (..=8, false) => Values::U8(codes.into_iter().map(|code| unsigned(code) as u8).collect()),
        (..=8, true) => Values::I8(codes.into_iter().map(|code| signed(code) as i8).collect()),
        (..=16, false) => Values::U16(codes.into_iter().map(|code| unsigned(code) as u16).collect()),
        (..=16, true) => Values::I16(codes.into_iter().map(|code| signed(code) as i16).collect()),
        (_, false) => Values::U32(codes.into_iter().map(unsigned).collect()),
        (_, true) => Values::I32(codes.into_iter().map(signed).collect()),
    }
}

/// How many bits of a cell lie below the value: older versions of the standard let High Bit be larger than Bits
/// Stored - 1. Codestreams whose cells are as narrow as the value have none.
fn unused_below(codes: &[u32], layout: &Layout, stored: u16, cell: u16, remarks: &mut Remarks) -> u32 {
    let below = (layout.high_bit + 1).min(cell).saturating_sub(stored);
    if below == 0 || below >= 32 || layout.high_bit + 1 == layout.bits_stored {
        return 0;
    }
    let low = (1u32 << below) - 1;
    if codes.iter().all(|&code| u64::from(code) < 1 << stored) && codes.iter().any(|&code| code & low != 0) {
        remarks.say("HighBit says that values lie higher in their cells than they do: the low bits are taken");
        return 0;
    }
    remarks.say("HighBit is not BitsStored - 1: the bits from HighBit down are taken");
    below.into()
}
