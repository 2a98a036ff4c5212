//! JPEG (ITU-T T.81 | ISO/IEC 10918-1) as DICOM uses it: sequential with 8 or 12 bits (processes 1, 2 and 4) and
//! lossless with 2 to 16 bits and any predictor (process 14). Progressive streams of 8 bits are left to `zune-jpeg`.
//!
//! Colours stay as they are stored; what the stream says they mean is told. Arithmetic coding and hierarchical frames
//! are not read.

use super::jpeg_bits::{Bits, Huffman};
use super::jpeg_dct;
use super::{CodecError, Coded, Told};
use zune_jpeg::JpegDecoder;
use zune_jpeg::zune_core::bytestream::ZCursor;
use zune_jpeg::zune_core::colorspace::ColorSpace;
use zune_jpeg::zune_core::options::DecoderOptions;

pub fn damaged(why: impl std::fmt::Display) -> CodecError {
    CodecError::Damaged(format!("its JPEG stream cannot be decoded ({why})"))
}

/// One colour of the frame and what has been decoded of it.
pub struct Component {
    id: u8,
    /// Sampling factors (A.1.1).
    pub h: usize,
    pub v: usize,
    quantisation: usize,
    /// Samples a line of `plane`: whole blocks.
    pub stride: usize,
    pub plane: Vec<u16>,
}

/// What a frame header says (B.2.2).
pub struct Frame {
    pub precision: u8,
    lossless: bool,
    pub columns: usize,
    pub rows: usize,
    /// Largest sampling factors.
    pub h: usize,
    pub v: usize,
    pub components: Vec<Component>,
}

/// Tables and settings that stay until they are replaced (B.2.4).
#[derive(Default)]
struct Tables {
    quantisation: [Option<[u16; 64]>; 4],
    dc: [Option<Huffman>; 4],
    ac: [Option<Huffman>; 4],
    /// Minimum coded units between restarts; 0 for none.
    restart: usize,
}

/// A scan header (B.2.3): positions of components with their DC and AC tables.
struct Scan {
    components: Vec<(usize, usize, usize)>,
    /// Ss: the predictor of a lossless scan.
    first: u8,
    /// Al: the point transform of a lossless scan.
    low: u8,
}

/// Decodes one frame of the given size.
pub fn decode(data: &[u8], columns: usize, rows: usize) -> Result<Coded, CodecError> {
    let start = data.windows(3).position(|b| b == [0xFF, 0xD8, 0xFF]).ok_or_else(|| damaged("no start of image"))?;
    let data = data.get(start..).unwrap_or_default();
    let mut tables = Tables::default();
    let mut frame: Option<Frame> = None;
    let (mut at, mut decoded) = (2, 0);
    let mut said = Said::default();
    loop {
        let (marker, body, next) = segment(data, at)?;
        at = next;
        match marker {
            0xC0 | 0xC1 | 0xC3 if frame.is_none() => frame = Some(Frame::read(marker, body, columns, rows)?),
            0xC2 => return progressive(data, columns, rows, &said, body),
            0xE0 if body.starts_with(b"JFIF\0") => said.jfif = true,
            0xEE if body.starts_with(b"Adobe") => said.adobe = body.get(11).copied(),
            0xC4 => tables.read_huffman(body)?,
            0xC5..=0xC7 | 0xC9..=0xCF => return Err(damaged("arithmetic or hierarchical coding is not supported")),
            0xDB => tables.read_quantisation(body)?,
            0xDD => {
                let interval = body.first_chunk::<2>().ok_or_else(|| damaged("a short restart interval"))?;
                tables.restart = u16::from_be_bytes(*interval).into();
            }
            0xDA => {
                let frame = frame.as_mut().ok_or_else(|| damaged("a scan before the frame's header"))?;
                let scan = Scan::read(body, frame)?;
                let mut bits = Bits::new(data.get(next..).unwrap_or_default());
                if frame.lossless {
                    lossless(&scan, frame, &tables, &mut bits)?;
                } else {
                    sequential(&scan, frame, &tables, &mut bits)?;
                }
                at = next + bits.used();
                decoded += scan.components.len();
                if decoded >= frame.components.len() {
                    break;
                }
            }
            0xD9 => return Err(damaged("it ends before its last scan")),
            _ => {}
        }
    }
    let frame = frame.ok_or_else(|| damaged("no frame header"))?;
    let channels = frame.components.len();
    let ids: Vec<u8> = frame.components.iter().map(|component| component.id).collect();
    let halved = frame.components.iter().skip(1).any(|component| (component.h, component.v) != (frame.h, frame.v));
    let told = said.told(&ids, frame.lossless, halved);
    Ok(Coded { samples: jpeg_dct::assembled(&frame), channels, precision: frame.precision, told })
}

/// What a stream's application segments say of its colours.
#[derive(Default)]
struct Said {
    /// The JFIF segment, after which three colours are luminance and differences (JFIF 1.02).
    jfif: bool,
    /// The transform of Adobe's segment: 0 for none, 1 for luminance and differences (Adobe TN 5116).
    adobe: Option<u8>,
}

impl Said {
    /// What three colours with these identifiers are. Letters for identifiers say so themselves; without any word the
    /// colours are what the header says, unless two of them are smaller, which only differences are.
    fn told(&self, ids: &[u8], lossless: bool, halved: bool) -> Told {
        match (ids, self.adobe) {
            (b"RGB" | b"rgb", _) => Told::Rgb,
            // Lossless streams were not transformed for JFIF's sake.
            _ if self.jfif && !lossless => Told::Differences,
            (_, Some(0)) => Told::Rgb,
            (_, Some(_)) => Told::Differences,
            (_, None) if halved => Told::Differences,
            (_, None) => Told::Nothing,
        }
    }
}

/// The next marker segment from `at` on: its marker, its body and where the next begins.
fn segment(data: &[u8], mut at: usize) -> Result<(u8, &[u8], usize), CodecError> {
    let cut = || damaged("it is cut short");
    loop {
        match data.get(at..at + 2) {
            Some(&[0xFF, marker]) if !matches!(marker, 0 | 1 | 0xD0..=0xD8 | 0xFF) => {
                if marker == 0xD9 {
                    return Ok((marker, &[], at + 2));
                }
                let length = data.get(at + 2..at + 4).and_then(|b| b.first_chunk::<2>()).ok_or_else(cut)?;
                let end = at + 2 + usize::from(u16::from_be_bytes(*length)).max(2);
                return Ok((marker, data.get(at + 4..end).ok_or_else(cut)?, end));
            }
            Some(_) => at += 1,
            None => return Err(cut()),
        }
    }
}

impl Frame {
    fn read(marker: u8, body: &[u8], columns: usize, rows: usize) -> Result<Self, CodecError> {
        let Some(&[precision, y1, y2, x1, x2, count]) = body.first_chunk::<6>() else {
            return Err(damaged("its frame header is cut short"));
        };
        let (height, width) = (usize::from(u16::from_be_bytes([y1, y2])), usize::from(u16::from_be_bytes([x1, x2])));
        if (width, height) != (columns, rows) {
            return Err(damaged(format!("it has {width} x {height} pixels, the header {columns} x {rows}")));
        }
        let lossless = marker == 0xC3;
        let known = if lossless { (2..=16).contains(&precision) } else { matches!(precision, 8 | 12) };
        let parts = body.get(6..6 + 3 * usize::from(count)).ok_or_else(|| damaged("its frame header is cut short"))?;
        if !known || !matches!(count, 1..=4) {
            return Err(damaged(format!("{count} colours of {precision} bits")));
        }
        let mut components = Vec::new();
        for [id, sampling, quantisation] in parts.as_chunks::<3>().0 {
            let (h, v) = (usize::from(sampling >> 4), usize::from(sampling & 15));
            if !(1..=4).contains(&h) || !(1..=4).contains(&v) || (lossless && (h, v) != (1, 1) && count > 1) {
                return Err(damaged("sampling factors that are not allowed"));
            }
            // A single component is never subsampled, whatever its factors say (A.2.2).
            let (h, v) = if count == 1 { (1, 1) } else { (h, v) };
            let quantisation = usize::from(quantisation & 3);
            components.push(Component { id: *id, h, v, quantisation, stride: 0, plane: Vec::new() });
        }
        let largest = |of: fn(&Component) -> usize| components.iter().map(of).max().unwrap_or(1);
        let (h, v) = (largest(|c| c.h), largest(|c| c.v));
        for component in &mut components {
            let (across, down) = if lossless {
                (columns, rows)
            } else {
                (columns.div_ceil(8 * h) * component.h * 8, rows.div_ceil(8 * v) * component.v * 8)
            };
            component.stride = across;
            component.plane = vec![0; across * down];
        }
        Ok(Self { precision, lossless, columns, rows, h, v, components })
    }
}

impl Scan {
    fn read(body: &[u8], frame: &Frame) -> Result<Self, CodecError> {
        let cut = || damaged("its scan header is cut short");
        let count = usize::from(*body.first().ok_or_else(cut)?);
        let mut components = Vec::new();
        for [id, selectors] in body.get(1..1 + 2 * count).ok_or_else(cut)?.as_chunks::<2>().0 {
            let index = frame.components.iter().position(|component| component.id == *id);
            let index = index.ok_or_else(|| damaged("a scan of an unknown colour"))?;
            components.push((index, usize::from(selectors >> 4 & 3), usize::from(selectors & 3)));
        }
        let &[first, _, low] = body.get(1 + 2 * count..).and_then(|b| b.first_chunk::<3>()).ok_or_else(cut)?;
        if components.is_empty() {
            return Err(damaged("a scan of nothing"));
        }
        Ok(Self { components, first, low: low & 15 })
    }
}

impl Tables {
    fn read_huffman(&mut self, mut body: &[u8]) -> Result<(), CodecError> {
        while let Some((&class, rest)) = body.split_first() {
            let (table, left) = Huffman::read(rest).ok_or_else(|| damaged("a Huffman table makes no sense"))?;
            let target = if class >> 4 == 0 { &mut self.dc } else { &mut self.ac };
            target[usize::from(class & 3)] = Some(table);
            body = left;
        }
        Ok(())
    }

    fn read_quantisation(&mut self, mut body: &[u8]) -> Result<(), CodecError> {
        while let Some((&class, rest)) = body.split_first() {
            let wide = class >> 4 != 0;
            let length = if wide { 128 } else { 64 };
            let values = rest.get(..length).ok_or_else(|| damaged("a quantisation table is cut short"))?;
            let mut table = [1u16; 64];
            for (index, target) in table.iter_mut().enumerate() {
                *target = if wide {
                    u16::from_be_bytes([values[2 * index], values[2 * index + 1]])
                } else {
                    values[index].into()
                };
            }
            self.quantisation[usize::from(class & 3)] = Some(table);
            body = rest.get(length..).unwrap_or_default();
        }
        Ok(())
    }

    fn dc(&self, index: usize) -> Result<&Huffman, CodecError> {
        self.dc.get(index).and_then(Option::as_ref).ok_or_else(|| damaged("a Huffman table is missing"))
    }

    fn ac(&self, index: usize) -> Result<&Huffman, CodecError> {
        self.ac.get(index).and_then(Option::as_ref).ok_or_else(|| damaged("a Huffman table is missing"))
    }
}

/// Counts coded units and steps over restart markers (E.2.4).
struct Restarts {
    interval: usize,
    left: usize,
}

impl Restarts {
    /// Whether a restart came before this unit.
    fn step(&mut self, bits: &mut Bits<'_>) -> Result<bool, CodecError> {
        if self.interval == 0 {
            return Ok(false);
        }
        let due = self.left == 0;
        if due {
            bits.restart().ok_or_else(|| damaged("a restart marker is missing"))?;
            self.left = self.interval;
        }
        self.left -= 1;
        Ok(due)
    }
}

/// A scan of a sequential frame: blocks of coefficients to samples (F.2).
fn sequential(scan: &Scan, frame: &mut Frame, tables: &Tables, bits: &mut Bits<'_>) -> Result<(), CodecError> {
    let alone = scan.components.len() == 1;
    let (across, down) = match scan.components.as_slice() {
        // A scan of one colour has the blocks that its own size needs (A.2.2).
        &[(index, ..)] => {
            let component = &frame.components[index];
            let samples = |side: usize, own: usize, most: usize| (side * own).div_ceil(most).div_ceil(8);
            (samples(frame.columns, component.h, frame.h), samples(frame.rows, component.v, frame.v))
        }
        _ => (frame.columns.div_ceil(8 * frame.h), frame.rows.div_ceil(8 * frame.v)),
    };
    let mut restarts = Restarts { interval: tables.restart, left: tables.restart };
    let mut predictions = vec![0i32; scan.components.len()];
    for unit in 0..across * down {
        if restarts.step(bits)? {
            predictions.fill(0);
        }
        let (unit_x, unit_y) = (unit % across, unit / across);
        for (&(index, dc, ac), prediction) in scan.components.iter().zip(&mut predictions) {
            let (dc, ac) = (tables.dc(dc)?, tables.ac(ac)?);
            let component = &mut frame.components[index];
            let quantisation = tables.quantisation[component.quantisation]
                .as_ref()
                .ok_or_else(|| damaged("a quantisation table is missing"))?;
            let (h, v) = if alone { (1, 1) } else { (component.h, component.v) };
            for block in 0..h * v {
                let coefficients = jpeg_dct::read_block(bits, dc, ac, prediction, quantisation)
                    .ok_or_else(|| damaged("its coded data is cut short or makes no sense"))?;
                let (x, y) = (unit_x * h + block % h, unit_y * v + block / h);
                let start = y * 8 * component.stride + x * 8;
                let target = component.plane.get_mut(start..).unwrap_or_default();
                jpeg_dct::write_block(&coefficients, frame.precision, target, component.stride);
            }
        }
    }
    Ok(())
}

/// A scan of a lossless frame: each sample is its prediction and a difference (annex H).
fn lossless(scan: &Scan, frame: &mut Frame, tables: &Tables, bits: &mut Bits<'_>) -> Result<(), CodecError> {
    let (columns, rows) = (frame.columns, frame.rows);
    if !(1..=7).contains(&scan.first) || scan.low >= frame.precision {
        return Err(damaged("its predictor makes no sense"));
    }
    if !tables.restart.is_multiple_of(columns) {
        return Err(damaged("restarts within a line are not allowed"));
    }
    let default = 1i32 << (frame.precision - scan.low - 1);
    let mut restarts = Restarts { interval: tables.restart, left: tables.restart };
    let mut first_line = true;
    for y in 0..rows {
        for x in 0..columns {
            if restarts.step(bits)? {
                first_line = true;
            }
            for &(index, dc, _) in &scan.components {
                let table = tables.dc(dc)?;
                let plane = &mut frame.components[index].plane;
                let at = y * columns + x;
                let prediction = match (first_line, x) {
                    (true, 0) => default,
                    (true, _) => plane[at - 1].into(),
                    (false, 0) => plane[at - columns].into(),
                    _ => predicted(
                        scan.first,
                        plane[at - 1].into(),
                        plane[at - columns].into(),
                        plane[at - columns - 1].into(),
                    ),
                };
                let difference =
                    bits.difference(table).ok_or_else(|| damaged("its coded data is cut short or makes no sense"))?;
                // Modulo 2^16 (H.1.2.1).
                plane[at] = (prediction + difference) as u16;
            }
        }
        first_line = false;
    }
    if scan.low > 0 {
        for &(index, ..) in &scan.components {
            frame.components[index].plane.iter_mut().for_each(|value| *value <<= scan.low);
        }
    }
    Ok(())
}

/// The predictors of table H.1.
fn predicted(selection: u8, a: i32, b: i32, c: i32) -> i32 {
    match selection {
        1 => a,
        2 => b,
        3 => c,
        4 => a + b - c,
        5 => a + ((b - c) >> 1),
        6 => b + ((a - c) >> 1),
        _ => (a + b) >> 1,
    }
}

/// A progressive stream of 8 bits.
fn progressive(data: &[u8], columns: usize, rows: usize, said: &Said, header: &[u8]) -> Result<Coded, CodecError> {
    let failed = |error: zune_jpeg::errors::DecodeErrors| damaged(format!("{error:?}").replace('\n', " "));
    let options = DecoderOptions::default().set_strict_mode(true).set_max_width(65_535).set_max_height(65_535);
    let mut decoder = JpegDecoder::new_with_options(ZCursor::new(data), options);
    decoder.decode_headers().map_err(failed)?;
    let info = decoder.info().ok_or_else(|| damaged("no frame header"))?;
    if (usize::from(info.width), usize::from(info.height)) != (columns, rows) {
        return Err(damaged("its size is not the header's"));
    }
    let parts = header.get(6..).unwrap_or_default().as_chunks::<3>().0;
    let ids: Vec<u8> = parts.iter().map(|[id, ..]| *id).collect();
    let halved = parts.first().is_some_and(|[_, first, _]| parts.iter().any(|[_, other, _]| other != first));
    let told = said.told(&ids, false, halved);
    // As stored: the decoder would take some of them for what they are not.
    let stored = decoder.input_colorspace().unwrap_or(ColorSpace::YCbCr);
    let space = if info.components == 1 { ColorSpace::Luma } else { stored };
    decoder.set_options(options.jpeg_set_out_colorspace(space));
    let samples = decoder.decode().map_err(failed)?.into_iter().map(u32::from).collect();
    Ok(Coded { samples, channels: info.components.into(), precision: 8, told })
}

#[cfg(test)]
#[path = "jpeg_tests.rs"]
mod tests;
