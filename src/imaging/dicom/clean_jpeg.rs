//! JPEG and JPEG-LS streams without what a decoder does not need: comments, application segments, whatever lies between
//! segments or behind the end. Coded data is copied, not decoded (ITU-T T.81 annex B, T.87 annex C).

use super::problem::DicomProblem;

/// A stream with nothing but the picture in it.
#[derive(Debug)]
pub(super) struct CleanStream {
    pub bytes: Vec<u8>,
    /// The most bits a sample has.
    pub precision: u8,
    /// Segments and stretches of bytes that were left out.
    pub left_out: usize,
}

/// Which standard a stream follows.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Kind {
    Jpeg,
    JpegLs,
}

/// What becomes of a marker segment.
enum Fate {
    /// The decoder needs this much of its body.
    Keep(Vec<u8>),
    Drop,
}

/// Cleans one frame.
///
/// # Errors
/// When the stream is cut short, or holds a segment whose length or kind its standard does not know.
pub(super) fn clean(data: &[u8], kind: Kind) -> Result<CleanStream, DicomProblem> {
    let start = data.windows(3).position(|three| three == [0xFF, 0xD8, 0xFF]);
    let start = start.ok_or_else(|| unclean(kind, "it does not begin as one"))?;
    let mut clean = CleanStream { bytes: vec![0xFF, 0xD8], precision: 0, left_out: usize::from(start > 0) };
    let (mut at, mut scans) = (start + 2, 0);
    let end = loop {
        let (marker, begin) = marker(data, at, kind).unwrap_or((0xD9, data.len()));
        clean.left_out += usize::from(begin > at.saturating_add(2));
        if marker == 0xD9 {
            break begin;
        }
        let length = data.get(begin..begin + 2).and_then(|two| two.first_chunk()).map(|two| u16::from_be_bytes(*two));
        let end = begin + usize::from(length.ok_or_else(|| unclean(kind, "it is cut short"))?).max(2);
        let body = data.get(begin + 2..end).ok_or_else(|| unclean(kind, "it is cut short"))?;
        at = end;
        match fate(marker, body, kind)? {
            Fate::Drop => clean.left_out += 1,
            Fate::Keep(kept) => {
                clean.left_out += usize::from(kept.len() != body.len());
                if is_frame(marker, kind) {
                    clean.precision = clean.precision.max(kept.first().copied().unwrap_or_default());
                }
                clean.bytes.extend([0xFF, marker]);
                clean.bytes.extend((kept.len() as u16 + 2).to_be_bytes());
                clean.bytes.extend(kept);
            }
        }
        if marker == 0xDA {
            let coded = data.get(at..).unwrap_or_default();
            let coded = coded.get(..coded_length(coded, kind)).unwrap_or_default();
            clean.bytes.extend(coded);
            at += coded.len();
            scans += 1;
        }
    };
    if clean.precision == 0 || scans == 0 {
        return Err(unclean(kind, "it has no frame or no scan"));
    }
    // A zero pads a stream of odd length.
    let behind = data.get(end..).unwrap_or_default();
    clean.left_out += usize::from(behind.iter().any(|&byte| byte != 0));
    clean.bytes.extend([0xFF, 0xD9]);
    Ok(clean)
}

fn unclean(kind: Kind, why: &str) -> DicomProblem {
    let name = match kind {
        Kind::Jpeg => "JPEG",
        Kind::JpegLs => "JPEG-LS",
    };
    DicomProblem::Uncleanable(format!("its {name} stream ({why})"))
}

/// The next marker from `at` on that begins a segment or ends the stream, and where its length is.
fn marker(data: &[u8], mut at: usize, kind: Kind) -> Option<(u8, usize)> {
    loop {
        match *data.get(at..at + 2)?.first_chunk::<2>()? {
            // Stuffed zeros, fill bytes and markers without a segment.
            [0xFF, 0 | 1 | 0xD0..=0xD8 | 0xFF] => at += 1,
            [0xFF, low] if kind == Kind::JpegLs && low < 0x80 => at += 1,
            [0xFF, marker] => return Some((marker, at + 2)),
            _ => at += 1,
        }
    }
}

/// How long coded data is: up to the next marker that is no restart.
fn coded_length(data: &[u8], kind: Kind) -> usize {
    let ends = |two: &[u8]| match *two {
        [0xFF, 0xD0..=0xD7] => false,
        [0xFF, low] => {
            if kind == Kind::JpegLs {
                low >= 0x80
            } else {
                low != 0
            }
        }
        _ => false,
    };
    data.windows(2).position(ends).unwrap_or(data.len())
}

fn is_frame(marker: u8, kind: Kind) -> bool {
    match kind {
        Kind::Jpeg => matches!(marker, 0xC0..=0xC3 | 0xC5..=0xC7 | 0xC9..=0xCB | 0xCD..=0xCF),
        Kind::JpegLs => marker == 0xF7,
    }
}

fn fate(marker: u8, body: &[u8], kind: Kind) -> Result<Fate, DicomProblem> {
    let strange = |what: &str| unclean(kind, &format!("{what} segment {marker:02X} of {} bytes", body.len()));
    let exact = |length: Option<usize>| {
        let kept = length.and_then(|length| body.get(..length)).ok_or_else(|| strange("a short"))?;
        Ok(Fate::Keep(kept.to_vec()))
    };
    let byte = |at: usize| body.get(at).map(|&byte| usize::from(byte));
    if is_frame(marker, kind) {
        return exact(byte(5).map(|components| 6 + 3 * components));
    }
    match (marker, kind) {
        // Scan header (B.2.3), restart interval and number of lines.
        (0xDA, _) => exact(byte(0).map(|components| 4 + 2 * components)),
        (0xDD | 0xDC, Kind::Jpeg) => exact(Some(2)),
        // Up to four bytes, and as many for the lines (T.87, C.2.5).
        (0xDD | 0xDC, Kind::JpegLs) if body.len() <= 5 => exact(Some(body.len())),
        (0xC4, Kind::Jpeg) => exact(tables(body, |body| {
            let counts = body.get(1..17)?;
            Some(17 + counts.iter().map(|&count| usize::from(count)).sum::<usize>())
        })),
        (0xDB, Kind::Jpeg) => exact(tables(body, |body| Some(if body.first()? >> 4 == 0 { 65 } else { 129 }))),
        // Conditioning of arithmetic coding, hierarchical progressions.
        (0xCC, Kind::Jpeg) if body.len().is_multiple_of(2) && body.len() <= 16 => exact(Some(body.len())),
        (0xDE, Kind::Jpeg) => exact(byte(5).map(|components| 6 + 3 * components)),
        (0xDF, Kind::Jpeg) => exact(Some(1)),
        (0xF8, Kind::JpegLs) if body.first() == Some(&1) => exact(Some(11)),
        (0xF8, Kind::JpegLs) => Err(strange("a mapping table or unknown parameters in")),
        (0xE0 | 0xE8 | 0xEE, _) => Ok(application(marker, body, kind)),
        (0xE1..=0xEF | 0xFE, _) | (0x02..=0xBF | 0xF0..=0xFD, Kind::Jpeg) => Ok(Fate::Drop),
        _ => Err(strange("an unknown")),
    }
}

/// How much of a body whole tables take up, one after the other; `None` where the last is cut.
fn tables(body: &[u8], length: impl Fn(&[u8]) -> Option<usize>) -> Option<usize> {
    let mut at = 0;
    while at < body.len() {
        at += length(body.get(at..)?)?;
    }
    (at == body.len()).then_some(at)
}

/// What decoders want of application segments: JFIF without its thumbnail, which transform Adobe and HP made of colours.
fn application(marker: u8, body: &[u8], kind: Kind) -> Fate {
    match (marker, kind) {
        (0xE0, Kind::Jpeg) if body.starts_with(b"JFIF\0") && body.len() >= 14 => {
            // Version 1.02, no unit, square pixels, no thumbnail.
            Fate::Keep(b"JFIF\0\x01\x02\0\0\x01\0\x01\0\0".to_vec())
        }
        (0xEE, Kind::Jpeg) if body.starts_with(b"Adobe") => match body.get(11) {
            Some(&transform) => Fate::Keep([&b"Adobe\0\x64\0\0\0\0"[..], &[transform]].concat()),
            None => Fate::Drop,
        },
        (0xE8, Kind::JpegLs) if body.starts_with(b"mrfx") && body.len() >= 5 => {
            Fate::Keep(body.get(..5).unwrap_or_default().to_vec())
        }
        _ => Fate::Drop,
    }
}
