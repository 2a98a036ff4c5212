//! The structure of a DICOM file (PS3.10 section 7, PS3.5 section 7): where the file's header ends, where the pixel data
//! lies, and that every length stays within the file and no sequence is nested too deep.
//!
//! This walk comes before anything is built from the file, so that a damaged or hostile one costs neither memory nor
//! stack. It reads element headers only; values are read later, from the parts that passed.

use super::elements::has_long_length;
use super::problem::DicomProblem;
use super::unknown_vr;
use dicom_core::VR;
use dicom_core::dictionary::{DataDictionary, DataDictionaryEntry};
use dicom_core::header::Tag;
use dicom_dictionary_std::{StandardDataDictionary, tags};
use std::borrow::Cow;
use std::io::Read;
use std::ops::Range;

/// Sequences within sequences; structured reports need about ten.
pub(super) const MAX_DEPTH: usize = 32;
/// A deflated data set that becomes larger than this is refused.
const MAX_INFLATED: u64 = 1 << 30;
pub(super) const UNDEFINED: u32 = u32::MAX;
pub(super) const ITEM: Tag = Tag(0xFFFE, 0xE000);
pub(super) const ITEM_END: Tag = Tag(0xFFFE, 0xE00D);
pub(super) const SEQUENCE_END: Tag = Tag(0xFFFE, 0xE0DD);

pub(super) const DEFLATED: &str = "1.2.840.10008.1.2.1.99";
const IMPLICIT_LITTLE: &str = "1.2.840.10008.1.2";
const EXPLICIT_BIG: &str = "1.2.840.10008.1.2.2";

/// How elements are written (PS3.5 section 7.1 and annex A).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Encoding {
    pub explicit: bool,
    pub big_endian: bool,
}

impl Encoding {
    pub const EXPLICIT_LITTLE: Encoding = Encoding { explicit: true, big_endian: false };
    pub const IMPLICIT_LITTLE: Encoding = Encoding { explicit: false, big_endian: false };

    pub fn of(transfer_syntax: &str) -> Self {
        match transfer_syntax {
            IMPLICIT_LITTLE => Self::IMPLICIT_LITTLE,
            EXPLICIT_BIG => Self { explicit: true, big_endian: true },
            _ => Self::EXPLICIT_LITTLE,
        }
    }

    /// How a data set is written, by its first element: some writers name another syntax than they use. The first group
    /// is a small number, so its bytes tell their order; and where letters of a value representation stand, a length
    /// without one would be larger than that of any first element.
    fn as_written(self, dataset: &[u8]) -> Self {
        let Some(&[a, b, _, _, e, f]) = dataset.first_chunk::<6>() else { return self };
        let big_endian = match (a, b) {
            (0, 1..) => true,
            (1.., 0) => false,
            _ => self.big_endian,
        };
        let explicit = VR::from_binary([e, f]).is_some();
        // There is no implicit syntax of the other order.
        Self { explicit, big_endian: big_endian && explicit }
    }

    pub fn u16(self, bytes: [u8; 2]) -> u16 {
        if self.big_endian { u16::from_be_bytes(bytes) } else { u16::from_le_bytes(bytes) }
    }

    pub fn u32(self, bytes: [u8; 4]) -> u32 {
        if self.big_endian { u32::from_be_bytes(bytes) } else { u32::from_le_bytes(bytes) }
    }
}

/// Where pixel values lie within the data set's bytes.
#[derive(Clone, Debug)]
pub(super) struct PixelData {
    pub tag: Tag,
    pub vr: VR,
    pub place: PixelPlace,
}

/// Pixel values as they are, or in fragments of compressed frames (PS3.5 annex A.4).
#[derive(Clone, Debug)]
pub(super) enum PixelPlace {
    /// The bytes that are there, and how many the element claims.
    Native { range: Range<usize>, claimed: usize },
    /// The basic offset table, then the fragments; `whole` when the sequence is closed.
    Fragments { offsets: Range<usize>, fragments: Vec<Range<usize>>, whole: bool },
}

/// A file cut into its parts; the data set's bytes are inflated where they were deflated.
#[derive(Debug)]
pub(super) struct Parts<'a> {
    pub transfer_syntax: String,
    /// How the data set is written.
    pub encoding: Encoding,
    /// The transfer syntax says that it is written in another way.
    pub mislabelled: bool,
    pub dataset: Cow<'a, [u8]>,
    /// Bytes of the data set before the pixel data, or all of them.
    pub before_pixels: usize,
    pub pixels: Option<PixelData>,
    /// What is wrong after the part that could be walked.
    pub cut: Option<DicomProblem>,
}

/// Whether the bytes begin as a DICOM file does: with preamble and prefix, or with a file header or data set whose
/// preamble is missing.
pub fn is_dicom(bytes: &[u8]) -> bool {
    if bytes.get(128..132) == Some(b"DICM") {
        return true;
    }
    let Some(&[a, b, c, d, e, f, g, h]) = bytes.first_chunk::<8>() else { return false };
    let known = |vr: [u8; 2]| VR::from_binary(vr).is_some();
    let (little, big) = (u16::from_le_bytes([a, b]), u16::from_be_bytes([a, b]));
    let element = u16::from_le_bytes([c, d]);
    let explicit = (matches!(little, 2 | 8) && element <= 0x0100 || big == 8 && c == 0) && known([e, f]);
    let length = u32::from_le_bytes([e, f, g, h]) as usize;
    // Implicit: an even length that stays within the first few values of group 0008.
    let implicit = little == 8 && element <= 0x0018 && length <= 128 && length.is_multiple_of(2) && length > 0;
    explicit || implicit && bytes.len() > 8 + length
}

/// Cuts a file into its parts.
///
/// # Errors
/// When there is no file header or it names no transfer syntax, when sequences are nested too deep, or when nothing of
/// the data set can be walked. A file that ends early later on is told by `cut`.
pub(super) fn parts(bytes: &[u8]) -> Result<Parts<'_>, DicomProblem> {
    let start = if bytes.get(128..132) == Some(b"DICM") { 132 } else { 0 };
    let meta_end = meta_end(bytes, start)?;
    let meta = bytes.get(start..meta_end).unwrap_or_default();
    let transfer_syntax = transfer_syntax(meta)?;
    let rest = bytes.get(meta_end..).unwrap_or_default();
    let mut dataset = if transfer_syntax == DEFLATED { Cow::Owned(inflate(rest)?) } else { Cow::Borrowed(rest) };
    let named = Encoding::of(&transfer_syntax);
    let encoding = named.as_written(&dataset);
    let mut walk = Walk::over(&dataset, encoding);
    let (end, cut) = walk.top_level()?;
    let (mut pixels, mut before_pixels) = (walk.pixels, walk.before_pixels.unwrap_or(end));
    if encoding.big_endian && pixels.as_ref().is_some_and(|pixels| pixels.vr == VR::UN) {
        // Its values would be little-endian; nobody has been seen to write that.
        let what = "big-endian values and pixel data of unknown value representation";
        return Err(DicomProblem::Unsupported(what.into()));
    }
    if walk.unknown {
        let mut whole = unknown_vr::resolved(dataset.get(..before_pixels).unwrap_or_default(), encoding)?;
        let moved = |at: usize| at - before_pixels + whole.len();
        let range = |range: &Range<usize>| moved(range.start)..moved(range.end);
        if let Some(pixels) = &mut pixels {
            match &mut pixels.place {
                PixelPlace::Native { range: place, .. } => *place = range(place),
                PixelPlace::Fragments { offsets, fragments, .. } => {
                    *offsets = range(offsets);
                    fragments.iter_mut().for_each(|place| *place = range(place));
                }
            }
        }
        let end = whole.len();
        whole.extend_from_slice(dataset.get(before_pixels..).unwrap_or_default());
        before_pixels = end;
        dataset = Cow::Owned(whole);
    }
    let mislabelled = encoding != named;
    Ok(Parts { transfer_syntax, encoding, mislabelled, dataset, before_pixels, pixels, cut })
}

/// Where group 0002 ends.
fn meta_end(bytes: &[u8], start: usize) -> Result<usize, DicomProblem> {
    let mut walk = Walk::over(bytes, Encoding::EXPLICIT_LITTLE);
    let mut at = start;
    while bytes.get(at..at + 2) == Some(&[2, 0]) {
        let header = walk.header(at, Encoding::EXPLICIT_LITTLE)?;
        at = walk.value(&header, Encoding::EXPLICIT_LITTLE, 0)?;
    }
    if at == start { Err(DicomProblem::NoFileHeader) } else { Ok(at) }
}

fn transfer_syntax(meta: &[u8]) -> Result<String, DicomProblem> {
    let mut walk = Walk::over(meta, Encoding::EXPLICIT_LITTLE);
    let mut at = 0;
    while at < meta.len() {
        let header = walk.header(at, Encoding::EXPLICIT_LITTLE)?;
        let end = walk.value(&header, Encoding::EXPLICIT_LITTLE, 0)?;
        if header.tag == tags::TRANSFER_SYNTAX_UID {
            let text = String::from_utf8_lossy(meta.get(header.value..end).unwrap_or_default()).into_owned();
            let uid = text.trim_matches(['\0', ' ']).to_owned();
            return if uid.is_empty() { Err(DicomProblem::NoTransferSyntax) } else { Ok(uid) };
        }
        at = end;
    }
    Err(DicomProblem::NoTransferSyntax)
}

/// Raw deflate (RFC 1951; PS3.5 annex A.5).
fn inflate(bytes: &[u8]) -> Result<Vec<u8>, DicomProblem> {
    let mut out = Vec::new();
    let read = flate2::read::DeflateDecoder::new(bytes).take(MAX_INFLATED + 1).read_to_end(&mut out);
    if out.len() as u64 > MAX_INFLATED {
        return Err(DicomProblem::TooMuch("its deflated data set".into()));
    }
    match read {
        Ok(_) => Ok(out),
        Err(_) if out.is_empty() => Err(DicomProblem::Damaged("its deflated data set cannot be inflated".into())),
        // What came before the damage is walked, which tells where it ends.
        Err(_) => Ok(out),
    }
}

/// One element's header: its tag, its value representation, where its value begins and how long it says it is.
pub(super) struct ElementHeader {
    pub tag: Tag,
    pub vr: VR,
    pub value: usize,
    pub length: u32,
}

pub(super) struct Walk<'a> {
    pub bytes: &'a [u8],
    encoding: Encoding,
    pixels: Option<PixelData>,
    before_pixels: Option<usize>,
    /// An explicit element of unknown value representation was met.
    unknown: bool,
}

/// Whether an element of the top level holds the picture.
pub(super) fn is_pixels(tag: Tag) -> bool {
    matches!(tag, tags::PIXEL_DATA | tags::FLOAT_PIXEL_DATA | tags::DOUBLE_FLOAT_PIXEL_DATA)
}

impl<'a> Walk<'a> {
    pub fn over(bytes: &'a [u8], encoding: Encoding) -> Self {
        Self { bytes, encoding, pixels: None, before_pixels: None, unknown: false }
    }
    fn pair(&self, at: usize) -> Option<[u8; 2]> {
        self.bytes.get(at..at + 2)?.first_chunk().copied()
    }

    pub fn tag(&self, at: usize, encoding: Encoding) -> Option<Tag> {
        Some(Tag(encoding.u16(self.pair(at)?), encoding.u16(self.pair(at + 2)?)))
    }

    pub fn long(&self, at: usize, encoding: Encoding) -> Option<u32> {
        Some(encoding.u32(*self.bytes.get(at..at + 4)?.first_chunk()?))
    }

    pub fn header(&self, at: usize, encoding: Encoding) -> Result<ElementHeader, DicomProblem> {
        let cut = || DicomProblem::CutShort(None);
        let tag = self.tag(at, encoding).ok_or_else(cut)?;
        if tag.group() == 0xFFFE || !encoding.explicit {
            let length = self.long(at + 4, encoding).ok_or_else(cut)?;
            let entry = StandardDataDictionary.by_tag(tag);
            let vr = entry.map_or(VR::UN, |entry| entry.vr().relaxed());
            return Ok(ElementHeader { tag, vr, value: at + 8, length });
        }
        let code = self.pair(at + 4).ok_or_else(cut)?;
        let vr = VR::from_binary(code).ok_or(DicomProblem::NoRepresentation(tag))?;
        if has_long_length(vr) {
            let length = self.long(at + 8, encoding).ok_or_else(cut)?;
            return Ok(ElementHeader { tag, vr, value: at + 12, length });
        }
        let length = encoding.u16(self.pair(at + 6).ok_or_else(cut)?);
        Ok(ElementHeader { tag, vr, value: at + 8, length: length.into() })
    }

    /// Walks the data set; gives where the walk ended and what ended it, if not the file's own end.
    fn top_level(&mut self) -> Result<(usize, Option<DicomProblem>), DicomProblem> {
        let mut at = 0;
        while at < self.bytes.len() {
            match self.element(at) {
                Ok(next) => at = next,
                Err(problem @ DicomProblem::TooDeep(_)) => return Err(problem),
                // A few zero bytes behind the last element are padding.
                Err(_) if self.bytes.get(at..).is_some_and(|rest| rest.iter().all(|&byte| byte == 0)) => break,
                Err(problem) if at == 0 => return Err(problem),
                Err(problem) => return Ok((at, Some(problem))),
            }
        }
        Ok((at, None))
    }

    /// Walks one element of the top level; gives where the next begins.
    fn element(&mut self, at: usize) -> Result<usize, DicomProblem> {
        let header = self.header(at, self.encoding)?;
        if !is_pixels(header.tag) || self.pixels.is_some() {
            return self.value(&header, self.encoding, 0);
        }
        let (place, next) = if header.length == UNDEFINED {
            self.fragments(header.value)
        } else {
            let claimed = header.length as usize;
            let end = header.value.saturating_add(claimed).min(self.bytes.len());
            (PixelPlace::Native { range: header.value.min(end)..end, claimed }, end)
        };
        self.before_pixels = Some(at);
        self.pixels = Some(PixelData { tag: header.tag, vr: header.vr, place });
        Ok(next)
    }

    /// The items of encapsulated pixel data, as far as they go.
    fn fragments(&self, start: usize) -> (PixelPlace, usize) {
        let (mut at, mut offsets, mut fragments, mut whole) = (start, None, Vec::new(), false);
        while let (Some(tag), Some(length)) = (self.tag(at, self.encoding), self.long(at + 4, self.encoding)) {
            if tag == SEQUENCE_END {
                (whole, at) = (true, at + 8);
                break;
            }
            let end = (at + 8).saturating_add(length as usize);
            if tag != ITEM || end > self.bytes.len() {
                // What there is of a fragment that is cut may still show something.
                if tag == ITEM && offsets.is_some() {
                    fragments.push(at + 8..self.bytes.len());
                }
                at = self.bytes.len();
                break;
            }
            if offsets.is_none() {
                offsets = Some(at + 8..end);
            } else {
                fragments.push(at + 8..end);
            }
            at = end;
        }
        (PixelPlace::Fragments { offsets: offsets.unwrap_or(start..start), fragments, whole }, at)
    }

    /// Walks a value; gives where the next element begins.
    fn value(&mut self, header: &ElementHeader, encoding: Encoding, depth: usize) -> Result<usize, DicomProblem> {
        if depth > MAX_DEPTH {
            return Err(DicomProblem::TooDeep(MAX_DEPTH));
        }
        let open = header.length == UNDEFINED;
        let unknown = header.vr == VR::UN && encoding.explicit;
        self.unknown |= unknown;
        let end = if open { self.bytes.len() } else { header.value.saturating_add(header.length as usize) };
        if end > self.bytes.len() {
            return Err(DicomProblem::CutShort(Some(header.tag)));
        }
        if header.vr != VR::SQ && !open {
            return Ok(end);
        }
        // A sequence of unknown representation and open end is written implicitly (PS3.5 section 6.2.2); some writers
        // leave it explicit.
        if unknown && let Ok(next) = self.items(header, end, Encoding::IMPLICIT_LITTLE, depth) {
            return Ok(next);
        }
        self.items(header, end, encoding, depth)
    }

    /// Walks the items of a sequence; gives where the next element begins.
    fn items(
        &mut self,
        header: &ElementHeader,
        end: usize,
        inner: Encoding,
        depth: usize,
    ) -> Result<usize, DicomProblem> {
        let open = header.length == UNDEFINED;
        let mut at = header.value;
        while at < end {
            let short = || DicomProblem::CutShort(Some(header.tag));
            let tag = self.tag(at, inner).ok_or_else(short)?;
            let length = self.long(at + 4, inner).ok_or_else(short)?;
            match tag {
                SEQUENCE_END => return Ok(at + 8),
                ITEM => at = self.item(at + 8, length, inner, header.tag, depth)?,
                _ => return Err(DicomProblem::NoItem(header.tag)),
            }
        }
        if open { Err(DicomProblem::CutShort(Some(header.tag))) } else { Ok(end) }
    }

    /// Walks one item of a sequence; gives where the next begins.
    fn item(
        &mut self,
        start: usize,
        length: u32,
        encoding: Encoding,
        of: Tag,
        depth: usize,
    ) -> Result<usize, DicomProblem> {
        let open = length == UNDEFINED;
        let end = if open { self.bytes.len() } else { start.saturating_add(length as usize) };
        if end > self.bytes.len() {
            return Err(DicomProblem::CutShort(Some(of)));
        }
        let mut at = start;
        while at < end {
            if self.tag(at, encoding) == Some(ITEM_END) {
                return Ok(at + 8);
            }
            let header = self.header(at, encoding)?;
            at = self.value(&header, encoding, depth + 1)?;
        }
        if open { Err(DicomProblem::CutShort(Some(of))) } else { Ok(end) }
    }
}
