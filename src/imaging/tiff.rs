//! What the usual way of reading TIFF leaves out (TIFF 6.0): bits in reversed order (FillOrder 2), palettes, greys that
//! are floating-point or signed or have fewer than 8 bits, and that there are further pages.
//!
//! The first directory is walked here; pixels are decoded by the `tiff` crate, from a copy of the file whose bits are
//! in the usual order and whose palette looks like greys.

use super::decoded::Samples;
use super::dicom::{Stored, Values};
use super::greyscale::Measured;
use super::problem::{DecodeProblem, check_size};
use super::remarks::Remarks;
use std::borrow::Cow;
use std::io::Cursor;
use tiff::decoder::{Decoder, DecodingResult, Limits};

/// More directories than this are not followed: they may go in a circle.
const MAX_PAGES: usize = 10_000;

/// Tags of the first directory (TIFF 6.0 section 8 and appendix A).
mod tag {
    pub const SUBFILE: u16 = 254;
    pub const BITS: u16 = 258;
    pub const COMPRESSION: u16 = 259;
    pub const PHOTOMETRIC: u16 = 262;
    pub const FILL_ORDER: u16 = 266;
    pub const STRIP_OFFSETS: u16 = 273;
    pub const ORIENTATION: u16 = 274;
    pub const SAMPLES: u16 = 277;
    pub const STRIP_BYTES: u16 = 279;
    pub const COLOR_MAP: u16 = 320;
    pub const TILE_OFFSETS: u16 = 324;
    pub const TILE_BYTES: u16 = 325;
    pub const FORMAT: u16 = 339;
}

/// A file that was looked at: its bytes as the decoder needs them, and what it holds.
pub(super) struct Tiff<'a> {
    pub bytes: Cow<'a, [u8]>,
    /// What the usual way does not read.
    pub special: Option<Special>,
    /// The orientation it asks for, 1 to 8, as in EXIF.
    pub turned: u8,
}

/// Pixels that are decoded here.
pub(super) enum Special {
    /// Indices of this many bits, with red, green and blue of each.
    Palette(u32, Vec<[u16; 3]>),
    /// Greys or colours that are no whole numbers from 0 on, or not of 8 or 16 bits.
    Numbers,
}

/// The order of bytes, and whether offsets have 64 bits (BigTIFF).
#[derive(Clone, Copy)]
struct File<'a> {
    bytes: &'a [u8],
    big_endian: bool,
    wide: bool,
}

/// A directory entry: its tag, the size and number of its values, and where they begin.
struct Entry {
    tag: u16,
    size: usize,
    count: usize,
    at: usize,
}

impl<'a> File<'a> {
    fn open(bytes: &'a [u8]) -> Option<(Self, usize)> {
        let big_endian = match bytes.get(..2)? {
            b"II" => false,
            b"MM" => true,
            _ => return None,
        };
        let file = Self { bytes, big_endian, wide: false };
        match file.number(2, 2)? {
            42 => Some((file, file.number(4, 4)?)),
            43 => Some((Self { wide: true, ..file }, file.number(8, 8)?)),
            _ => None,
        }
    }

    fn number(self, at: usize, size: usize) -> Option<usize> {
        let bytes = self.bytes.get(at..at.checked_add(size)?)?;
        let join = |all: u64, byte: &u8| all << 8 | u64::from(*byte);
        let value = if self.big_endian { bytes.iter().fold(0, join) } else { bytes.iter().rev().fold(0, join) };
        usize::try_from(value).ok()
    }

    /// A directory's entries and where the next directory is; 0 for nowhere.
    fn directory(self, at: usize) -> Option<(Vec<Entry>, usize)> {
        let (count_size, entry_size, offset_size) = if self.wide { (8, 20, 8) } else { (2, 12, 4) };
        let count = self.number(at, count_size)?;
        let first = at.checked_add(count_size)?;
        let end = first.checked_add(count.checked_mul(entry_size)?)?;
        self.bytes.get(first..end)?;
        let entry = |index: usize| {
            let at = first + index * entry_size;
            let size = match self.number(at + 2, 2)? {
                1 | 2 | 6 | 7 => 1,
                3 | 8 => 2,
                4 | 9 | 11 | 13 => 4,
                5 | 10 | 12 | 16 | 17 | 18 => 8,
                _ => return None,
            };
            let count = self.number(at + 4, offset_size)?;
            let value = at + 4 + offset_size;
            let inside = count.checked_mul(size)? <= offset_size;
            let at_value = if inside { value } else { self.number(value, offset_size)? };
            self.bytes.get(at_value..at_value.checked_add(count * size)?)?;
            Some(Entry { tag: u16::try_from(self.number(at, 2)?).ok()?, size, count, at: at_value })
        };
        let entries = (0..count).filter_map(entry).collect();
        Some((entries, self.number(end, offset_size).unwrap_or(0)))
    }

    fn values(self, entries: &[Entry], tag: u16) -> Vec<usize> {
        let Some(entry) = entries.iter().find(|entry| entry.tag == tag) else { return Vec::new() };
        (0..entry.count).filter_map(|index| self.number(entry.at + index * entry.size, entry.size)).collect()
    }

    fn value(self, entries: &[Entry], tag: u16) -> Option<usize> {
        self.values(entries, tag).first().copied()
    }

    /// How many of the directories that follow hold a page of their own: no smaller copy and no mask.
    fn further_pages(self, mut at: usize) -> usize {
        let mut pages = 0;
        for _ in 0..MAX_PAGES {
            let Some((entries, next)) = (at != 0).then(|| self.directory(at)).flatten() else { break };
            pages += usize::from(self.value(&entries, tag::SUBFILE).unwrap_or(0) & 0b101 == 0);
            at = next;
        }
        pages
    }
}

impl<'a> Tiff<'a> {
    /// Looks at a file; `None` where its first directory cannot be read.
    pub fn open(bytes: &'a [u8], remarks: &mut Remarks) -> Option<Self> {
        let (file, first) = File::open(bytes)?;
        let (entries, next) = file.directory(first)?;
        if file.further_pages(next) > 0 {
            remarks.say("the TIFF file holds several pages: the first is read, the others are not");
        }
        let mut changed = Cow::Borrowed(bytes);
        let compression = file.value(&entries, tag::COMPRESSION).unwrap_or(1);
        // JPEG within TIFF has its own order of bits.
        if file.value(&entries, tag::FILL_ORDER) == Some(2) && !matches!(compression, 6 | 7) {
            let pairs = [(tag::STRIP_OFFSETS, tag::STRIP_BYTES), (tag::TILE_OFFSETS, tag::TILE_BYTES)];
            for (offsets, lengths) in pairs {
                let places = file.values(&entries, offsets).into_iter().zip(file.values(&entries, lengths));
                for (at, length) in places {
                    let end = at.saturating_add(length).min(bytes.len());
                    let data = changed.to_mut().get_mut(at..end).unwrap_or_default();
                    data.iter_mut().for_each(|byte| *byte = byte.reverse_bits());
                }
            }
        }
        let bits = file.value(&entries, tag::BITS).unwrap_or(1);
        let samples = file.value(&entries, tag::SAMPLES).unwrap_or(1);
        let format = file.value(&entries, tag::FORMAT).unwrap_or(1);
        let special = match file.value(&entries, tag::PHOTOMETRIC) {
            Some(3) if samples == 1 && bits <= 16 => {
                // Greys from black on: their numbers are the indices.
                let photometric = entries.iter().find(|entry| entry.tag == tag::PHOTOMETRIC)?;
                let one = if file.big_endian { photometric.at + photometric.size - 1 } else { photometric.at };
                if let Some(byte) = changed.to_mut().get_mut(one) {
                    *byte = 1;
                }
                let map = file.values(&entries, tag::COLOR_MAP);
                let length = map.len() / 3;
                let colour = |index: usize| [0, 1, 2].map(|c| map.get(c * length + index).map_or(0, |&v| v as u16));
                Some(Special::Palette(bits as u32, (0..length).map(colour).collect()))
            }
            Some(0 | 1) if samples == 1 && (format != 1 || !matches!(bits, 1 | 8 | 16)) => Some(Special::Numbers),
            Some(2) if samples == 3 && format == 3 => Some(Special::Numbers),
            _ => None,
        };
        let turned = file.value(&entries, tag::ORIENTATION).and_then(|turned| u8::try_from(turned).ok());
        let turned = turned.filter(|turned| (1..=8).contains(turned)).unwrap_or(1);
        Some(Self { bytes: changed, special, turned })
    }

    /// The stored values, where the usual way does not read them; indices of palettes are as they are.
    pub fn values(&self) -> Result<Stored, DecodeProblem> {
        let damaged = |error: tiff::TiffError| match error {
            tiff::TiffError::UnsupportedError(what) => {
                DecodeProblem::Unsupported { format: "TIFF", what: what.to_string() }
            }
            other => DecodeProblem::Damaged { format: "TIFF", why: other.to_string() },
        };
        let mut decoder = Decoder::new(Cursor::new(&self.bytes[..])).map_err(damaged)?;
        let (width, height) = decoder.dimensions().map_err(damaged)?;
        check_size(width.into(), height.into())?;
        let kind = decoder.colortype().map_err(damaged)?;
        decoder = decoder.with_limits(Limits::unlimited());
        let (columns, rows) = (width as usize, height as usize);
        let samples = usize::from(kind.num_samples());
        let values = match decoder.read_image().map_err(damaged)? {
            DecodingResult::U8(packed) if kind.bit_depth() < 8 => {
                Values::U8(unpacked(&packed, columns, kind.bit_depth().into()))
            }
            DecodingResult::U8(values) => Values::U8(values),
            DecodingResult::I8(values) => Values::I8(values),
            DecodingResult::U16(values) => Values::U16(values),
            DecodingResult::I16(values) => Values::I16(values),
            DecodingResult::U32(values) => Values::U32(values),
            DecodingResult::I32(values) => Values::I32(values),
            DecodingResult::F32(values) => Values::F32(values),
            DecodingResult::F64(values) => Values::F64(values),
            DecodingResult::F16(values) => Values::F32(values.into_iter().map(f32::from).collect()),
            DecodingResult::U64(_) | DecodingResult::I64(_) => {
                return Err(DecodeProblem::Unsupported { format: "TIFF", what: "whole numbers of 64 bits".into() });
            }
        };
        if values.len() != columns * rows * samples {
            return Err(DecodeProblem::Damaged { format: "TIFF", why: "it lacks pixels".into() });
        }
        Ok(Stored { rows, columns, samples, values })
    }
}

impl Special {
    /// What is seen of stored values.
    pub fn samples(&self, stored: Stored, remarks: &mut Remarks) -> Result<Samples, DecodeProblem> {
        let unsupported = |what: &str| DecodeProblem::Unsupported { format: "TIFF", what: what.into() };
        match self {
            Special::Palette(bits, map) => {
                // Some writers fill the map with bytes where words are wanted (as libtiff's tools take it).
                let bytes = map.iter().flatten().all(|&value| value < 256);
                if bytes && map.iter().flatten().any(|&value| value > 0) {
                    remarks
                        .say("the TIFF file's colour map has bytes where 16 bits are wanted: they are taken as bytes");
                }
                let byte = |value: u16| if bytes { value as u8 } else { (value >> 8) as u8 };
                let colour = |index: usize| map.get(index).copied().unwrap_or_default().map(byte);
                if map.len() < 1 << bits {
                    remarks.say("the TIFF file's colour map has too few colours: those that are missing are black");
                }
                let indices: Vec<usize> = match stored.values {
                    Values::U8(values) => values.into_iter().map(usize::from).collect(),
                    Values::U16(values) => values.into_iter().map(usize::from).collect(),
                    _ => return Err(unsupported("palette indices that are no whole numbers")),
                };
                Ok(Samples::Rgb8(indices.into_iter().flat_map(colour).collect()))
            }
            Special::Numbers if stored.samples == 3 => {
                let Values::F32(values) = stored.values else { return Err(unsupported("colours of this kind")) };
                let top = values.iter().copied().filter(|value| value.is_finite()).fold(1.0, f32::max);
                if top > 1.0 {
                    remarks.say(
                        "the TIFF file's floating-point colours reach above 1: the largest is shown as the brightest",
                    );
                }
                let wide = |value: f32| (value / top * 65_535.0).round().clamp(0.0, 65_535.0) as u16;
                Ok(Samples::Rgb16(values.into_iter().map(wide).collect()))
            }
            Special::Numbers => Ok(Samples::Measured(Measured::plain(&stored.values))),
        }
    }
}

/// Samples of fewer than 8 bits, each row from a new byte on.
fn unpacked(packed: &[u8], columns: usize, bits: usize) -> Vec<u8> {
    let row = (columns * bits).div_ceil(8).max(1);
    let mask = (1u16 << bits) - 1;
    let sample = |line: &[u8], x: usize| {
        let at = x * bits;
        let pair = [0, 1].map(|next| u16::from(line.get(at / 8 + next).copied().unwrap_or(0)));
        ((pair[0] << 8 | pair[1]) >> (16 - bits - at % 8) & mask) as u8
    };
    packed.chunks(row).flat_map(|line| (0..columns).map(move |x| sample(line, x))).collect()
}
