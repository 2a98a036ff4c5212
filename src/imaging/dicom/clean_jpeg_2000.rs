//! JPEG 2000 codestreams, of high throughput too, without what a decoder does not need: comments, the boxes of a file
//! around the codestream, whatever lies behind its end. Coded data is copied, not decoded (ISO/IEC 15444-1 annexes A
//! and I, 15444-15).

use super::clean_jpeg::CleanStream;
use super::problem::DicomProblem;

const SOC: [u8; 2] = [0xFF, 0x4F];
const SIZ: u8 = 0x51;
const TLM: u8 = 0x55;
const CRG: u8 = 0x63;
const COM: u8 = 0x64;
const SOT: u8 = 0x90;
const SOD: u8 = 0x93;
const EOC: u8 = 0xD9;

fn unclean(why: &str) -> DicomProblem {
    DicomProblem::Uncleanable(format!("its JPEG 2000 codestream ({why})"))
}

/// Where a codestream or the first box of a file begins, perhaps behind a stray byte or two.
fn beginning(data: &[u8]) -> Option<usize> {
    let begins = |four: &[u8]| four == [0xFF, 0x4F, 0xFF, 0x51] || four == *b"jP  ";
    data.windows(4).take(64).position(begins)
}

/// Whether a frame is a JPEG 2000 file, not a codestream alone.
pub(super) fn is_boxed(data: &[u8]) -> bool {
    beginning(data).and_then(|at| data.get(at)) == Some(&b'j')
}

/// The codestream, out of its box where it is in one.
fn codestream(data: &[u8]) -> Result<&[u8], DicomProblem> {
    let at = beginning(data).ok_or_else(|| unclean("it does not begin as one"))?;
    let rest = data.get(at..).unwrap_or_default();
    if rest.starts_with(&SOC) {
        return Ok(rest);
    }
    let mut boxes = data.get(at.saturating_sub(4)..).unwrap_or_default();
    while let (Some(&length), Some(kind)) = (boxes.first_chunk::<4>(), boxes.get(4..8)) {
        let (head, length) = match u32::from_be_bytes(length) {
            // Up to the end.
            0 => (8, boxes.len()),
            1 => {
                let long = boxes.get(8..16).and_then(|eight| eight.first_chunk::<8>());
                (
                    16,
                    usize::try_from(u64::from_be_bytes(*long.ok_or_else(|| unclean("a box is cut short"))?))
                        .unwrap_or(usize::MAX),
                )
            }
            length => (8, length as usize),
        };
        if kind == b"jp2c" {
            return boxes.get(head..length.min(boxes.len())).ok_or_else(|| unclean("a box is cut short"));
        }
        boxes = boxes.get(length.max(head)..).ok_or_else(|| unclean("a box is cut short"))?;
    }
    Err(unclean("the file around it holds none"))
}

/// Cleans one frame.
///
/// # Errors
/// When the codestream is cut short, or holds a segment that its standard does not know.
pub(super) fn clean(data: &[u8]) -> Result<CleanStream, DicomProblem> {
    let stream = codestream(data)?;
    let mut clean =
        CleanStream { bytes: SOC.to_vec(), precision: 0, left_out: usize::from(stream.len() != data.len()) };
    let (mut at, mut parts, mut had_lengths) = (2, Vec::new(), false);
    // The main header.
    loop {
        let segment = Segment::read(stream, at)?;
        if matches!(segment.marker, SOT | EOC) {
            break;
        }
        match segment.marker {
            SIZ => {
                clean.precision = precision(segment.body)?;
                segment.write(&mut clean.bytes);
            }
            TLM => had_lengths = true,
            marker if is_kept(marker) || matches!(marker, 0x50 | 0x56..=0x60) => segment.write(&mut clean.bytes),
            COM | CRG => clean.left_out += 1,
            marker => return Err(unclean(&format!("an unknown segment {marker:02X}"))),
        }
        at = segment.end;
    }
    let mut body = Vec::new();
    loop {
        if stream.get(at..).is_none_or(|rest| rest.iter().all(|&byte| byte == 0)) {
            break;
        }
        let segment = Segment::read(stream, at)?;
        match segment.marker {
            EOC => {
                at = segment.end;
                break;
            }
            SOT => {
                let (part, next, dropped) = tile_part(stream, at, segment)?;
                clean.left_out += dropped;
                parts.push((part.get(4..6).and_then(|two| two.first_chunk()).copied().unwrap_or([0; 2]), part.len()));
                body.extend(part);
                at = next;
            }
            marker => return Err(unclean(&format!("a segment {marker:02X} between its tile-parts"))),
        }
    }
    if clean.precision == 0 || parts.is_empty() {
        return Err(unclean("it has no size or no tile"));
    }
    clean.left_out += usize::from(stream.get(at..).is_some_and(|rest| rest.iter().any(|&byte| byte != 0)));
    if had_lengths {
        write_lengths(&parts, &mut clean.bytes);
    }
    clean.bytes.extend(body);
    clean.bytes.extend([0xFF, EOC]);
    Ok(clean)
}

struct Segment<'a> {
    marker: u8,
    body: &'a [u8],
    end: usize,
}

impl<'a> Segment<'a> {
    fn read(data: &'a [u8], at: usize) -> Result<Self, DicomProblem> {
        let cut = || unclean("it is cut short");
        let marker = match data.get(at..at + 2).ok_or_else(cut)? {
            &[0xFF, marker] if marker >= 0x4F => marker,
            _ => return Err(unclean("something other than a marker between its segments")),
        };
        if matches!(marker, SOD | EOC) {
            return Ok(Self { marker, body: &[], end: at + 2 });
        }
        let length = data.get(at + 2..at + 4).and_then(|two| two.first_chunk::<2>()).ok_or_else(cut)?;
        let end = at + 2 + usize::from(u16::from_be_bytes(*length)).max(2);
        Ok(Self { marker, body: data.get(at + 4..end).ok_or_else(cut)?, end })
    }

    fn write(&self, out: &mut Vec<u8>) {
        out.extend([0xFF, self.marker]);
        out.extend((self.body.len() as u16 + 2).to_be_bytes());
        out.extend(self.body);
    }
}

/// Segments that the main header and those of tile-parts may have, and that decoding needs: coding styles,
/// quantisation, regions, progressions and packet headers (table A.2).
fn is_kept(marker: u8) -> bool {
    matches!(marker, 0x52 | 0x53 | 0x58 | 0x5C..=0x5F | 0x61)
}

/// The most bits of any component (A.5.1); the segment must be as long as it says.
fn precision(body: &[u8]) -> Result<u8, DicomProblem> {
    let components = body.get(36..).unwrap_or_default().as_chunks::<3>();
    let count = body.get(34..36).and_then(|two| two.first_chunk()).map(|two| usize::from(u16::from_be_bytes(*two)));
    if count != Some(components.0.len()) || !components.1.is_empty() {
        return Err(unclean("its size segment has a wrong length"));
    }
    components.0.iter().map(|[bits, ..]| (bits & 0x7F) + 1).max().ok_or_else(|| unclean("it has no components"))
}

/// A tile-part without comments and with the length that it has then; where the next begins, how much was left out.
fn tile_part(stream: &[u8], start: usize, sot: Segment) -> Result<(Vec<u8>, usize, usize), DicomProblem> {
    let cut = || unclean("it is cut short");
    let &[t1, t2, l1, l2, l3, l4, part, of] = sot.body.first_chunk::<8>().ok_or_else(cut)?;
    let rest = stream.get(sot.end..).unwrap_or_default();
    let end = match u32::from_be_bytes([l1, l2, l3, l4]) as usize {
        // Up to the end of the codestream, whose marker coded data cannot hold.
        0 => sot.end + rest.windows(2).position(|two| two == [0xFF, EOC]).unwrap_or(rest.len()),
        length => start.saturating_add(length),
    };
    let (mut at, mut header, mut dropped) = (sot.end, Vec::new(), 0);
    loop {
        let segment = Segment::read(stream, at)?;
        at = segment.end;
        match segment.marker {
            SOD => break,
            COM => dropped += 1,
            marker if is_kept(marker) => segment.write(&mut header),
            marker => return Err(unclean(&format!("an unknown segment {marker:02X} in a tile"))),
        }
    }
    let coded = stream.get(at..end).ok_or_else(cut)?;
    // SOT with its twelve bytes, the header, SOD and what follows it.
    let length = u32::try_from(12 + header.len() + 2 + coded.len()).map_err(|_| unclean("it is too large"))?;
    let [l1, l2, l3, l4] = length.to_be_bytes();
    let mut out = vec![0xFF, SOT, 0, 10, t1, t2, l1, l2, l3, l4, part, of];
    out.extend(header);
    out.extend([0xFF, SOD]);
    out.extend(coded);
    Ok((out, end, dropped))
}

/// The lengths of all tile-parts (A.7.1), anew: tile numbers of two bytes, lengths of four.
fn write_lengths(parts: &[([u8; 2], usize)], out: &mut Vec<u8>) {
    // As many as a segment's length can tell of.
    for (number, some) in parts.chunks(10_000).enumerate() {
        out.extend([0xFF, TLM]);
        out.extend((4 + 6 * some.len() as u16).to_be_bytes());
        out.extend([number as u8, 0x60]);
        for (tile, length) in some {
            out.extend(tile);
            out.extend((*length as u32).to_be_bytes());
        }
    }
}
