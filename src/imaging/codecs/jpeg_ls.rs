//! JPEG-LS (ITU-T T.87 | ISO/IEC 14495-1), lossless and near-lossless, all interleave modes, 2 to 16 bits: its marker
//! segments (annex C). What lies between them is decoded by `jpeg_ls_scan`.
//!
//! Mapping tables, restart markers and subsampling are not read: DICOM
//! forbids the first and last (PS3.5 section 8.2.3), and no known writer of radiographs uses the second.

use super::jpeg_ls_scan::Scan;
use super::{CodecError, Coded, Told};

pub fn damaged(why: &str) -> CodecError {
    CodecError::Damaged(format!("its JPEG-LS stream cannot be decoded ({why})"))
}

/// Decodes one frame of the given size.
pub fn decode(data: &[u8], columns: usize, rows: usize) -> Result<Coded, CodecError> {
    let mut at = data.windows(2).position(|pair| pair == [0xFF, 0xD8]).ok_or_else(|| damaged("no start of image"))? + 2;
    let mut frame: Option<FrameHeader> = None;
    let mut preset = Preset::default();
    let mut samples = Vec::new();
    let (mut decoded, mut transform) = (0, 0);
    loop {
        let (marker, body, next) = segment(data, at)?;
        match marker {
            0xF7 => {
                let header = FrameHeader::read(body, columns, rows)?;
                samples = vec![0u32; columns * rows * header.components.len()];
                frame = Some(header);
            }
            0xF8 => preset.read(body)?,
            // What HP's encoder, which CharLS follows, notes of the colour transform it applied.
            0xE8 if body.starts_with(b"mrfx") => transform = body.get(4).copied().unwrap_or(0),
            0xDD if body.iter().any(|&byte| byte != 0) => return Err(damaged("restart intervals are not supported")),
            0xDA => {
                let header = frame.as_ref().ok_or_else(|| damaged("a scan before the frame's header"))?;
                let scan = ScanHeader::read(body, header)?;
                let mut decoder = Scan::new(header, &preset, &scan, data.get(next..).unwrap_or_default())?;
                let used = decoder.decode(&scan, (columns, rows), header.components.len(), &mut samples)?;
                decoded += scan.components.len();
                if decoded >= header.components.len() {
                    let channels = header.components.len();
                    let told = header.told(&mut samples, transform)?;
                    return Ok(Coded { samples, channels, precision: header.precision, told });
                }
                at = next + used;
                continue;
            }
            0xD9 => return Err(damaged("it ends before its last scan")),
            _ => {}
        }
        at = next;
    }
}

/// The next marker segment from `at` on: its marker, its body and where the next begins.
fn segment(data: &[u8], mut at: usize) -> Result<(u8, &[u8], usize), CodecError> {
    // Whatever lies before the next marker is skipped, fill bytes too.
    loop {
        match data.get(at..at + 2) {
            Some(&[0xFF, marker]) if marker != 0xFF && marker >= 0x80 => {
                if marker == 0xD9 {
                    return Ok((marker, &[], at + 2));
                }
                let length =
                    data.get(at + 2..at + 4).and_then(|b| b.first_chunk::<2>()).map(|b| u16::from_be_bytes(*b));
                let length = usize::from(length.ok_or_else(|| damaged("it is cut short"))?).max(2);
                let body = data.get(at + 4..at + 2 + length).ok_or_else(|| damaged("it is cut short"))?;
                return Ok((marker, body, at + 2 + length));
            }
            Some(_) => at += 1,
            None => return Err(damaged("it is cut short")),
        }
    }
}

pub struct FrameHeader {
    pub precision: u8,
    components: Vec<u8>,
}

impl FrameHeader {
    fn read(body: &[u8], columns: usize, rows: usize) -> Result<Self, CodecError> {
        let Some(&[precision, y1, y2, x1, x2, count]) = body.first_chunk::<6>() else {
            return Err(damaged("its frame header is cut short"));
        };
        let (height, width) = (u16::from_be_bytes([y1, y2]), u16::from_be_bytes([x1, x2]));
        if (usize::from(width), usize::from(height)) != (columns, rows) {
            return Err(damaged(&format!("it has {width} x {height} pixels, the header {columns} x {rows}")));
        }
        let parts = body.get(6..6 + 3 * usize::from(count)).ok_or_else(|| damaged("its frame header is cut short"))?;
        if !(2..=16).contains(&precision)
            || !matches!(count, 1..=4)
            || parts.as_chunks::<3>().0.iter().any(|c| c[1] != 0x11)
        {
            return Err(damaged(&format!("{count} components of {precision} bits, or subsampled ones")));
        }
        Ok(Self { precision, components: parts.as_chunks::<3>().0.iter().map(|[id, ..]| *id).collect() })
    }

    /// What the components are, after one of HP's colour transforms (1 to 3) was undone; 0 for none.
    fn told(&self, samples: &mut [u32], transform: u8) -> Result<Told, CodecError> {
        let named = matches!(self.components.as_slice(), b"RGB" | b"rgb");
        if transform == 0 || self.components.len() != 3 {
            return Ok(if named { Told::Rgb } else { Told::Nothing });
        }
        // They count modulo the range, which is that of whole bytes.
        let range = match self.precision {
            8 => 1i32 << 8,
            16 => 1 << 16,
            _ => return Err(damaged("a colour transform of samples that fill no whole bytes")),
        };
        for pixel in samples.as_chunks_mut::<3>().0 {
            let [a, b, c] = pixel.map(u32::cast_signed);
            let [red, green, blue] = match transform {
                1 => [a + b - range / 2, b, c + b - range / 2],
                2 => {
                    let red = (a + b - range / 2) & (range - 1);
                    [red, b, c + ((red + b) >> 1) - range / 2]
                }
                3 => {
                    let green = a - ((c + b) >> 2) + range / 4;
                    [c + green - range / 2, green, b + green - range / 2]
                }
                _ => return Err(damaged("an unknown colour transform")),
            };
            *pixel = [red, green, blue].map(|value| (value & (range - 1)).cast_unsigned());
        }
        Ok(Told::Rgb)
    }
}

/// Preset coding parameters (C.2.4.1.1); zero means the default.
#[derive(Clone, Copy, Default)]
pub struct Preset {
    pub maxval: i32,
    pub thresholds: [i32; 3],
    pub reset: i32,
}

impl Preset {
    fn read(&mut self, body: &[u8]) -> Result<(), CodecError> {
        if body.first() != Some(&1) {
            return Err(damaged("mapping tables and extended sizes are not supported"));
        }
        let mut words =
            body.get(1..).unwrap_or_default().as_chunks::<2>().0.iter().map(|b| i32::from(u16::from_be_bytes(*b)));
        let mut next = || words.next().ok_or_else(|| damaged("its parameters are cut short"));
        *self = Self { maxval: next()?, thresholds: [next()?, next()?, next()?], reset: next()? };
        Ok(())
    }
}

pub struct ScanHeader {
    /// Positions of the scan's components within a pixel.
    pub components: Vec<usize>,
    pub near: i32,
    pub interleave: u8,
}

impl ScanHeader {
    fn read(body: &[u8], frame: &FrameHeader) -> Result<Self, CodecError> {
        let cut = || damaged("its scan header is cut short");
        let count = usize::from(*body.first().ok_or_else(cut)?);
        let mut components = Vec::new();
        for [id, table] in body.get(1..1 + 2 * count).ok_or_else(cut)?.as_chunks::<2>().0 {
            let index = frame.components.iter().position(|known| known == id);
            components.push(index.ok_or_else(|| damaged("a scan of an unknown component"))?);
            if *table != 0 {
                return Err(damaged("mapping tables are not supported"));
            }
        }
        let &[near, interleave, transform] =
            body.get(1 + 2 * count..).and_then(|b| b.first_chunk::<3>()).ok_or_else(cut)?;
        let fits = if interleave == 0 { count == 1 } else { count >= 1 };
        if !fits || interleave > 2 || transform != 0 {
            return Err(damaged("its scan header does not make sense"));
        }
        Ok(Self { components, near: near.into(), interleave })
    }
}
