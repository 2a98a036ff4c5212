//! Of pixel data only the picture is handed on: words and overlays planted around it are gone, its values are not.

use super::deidentify_tests::PLANTED;
use super::reference_check::element;
use super::{Deidentification, DeidentificationReport, Dicom, DicomProblem, Values, deidentify};
use serde_json::Value;

const HOW: Deidentification = Deidentification { key: [7; 32], shift_days: None };
const NATIVE: &str = "1.2.840.10008.1.2.1";
const RLE: &str = "1.2.840.10008.1.2.5";

/// A compressed frame of the reference codecs, 12 x 8.
pub(crate) struct Stream {
    pub name: String,
    pub syntax: String,
    pub stored: u16,
    pub allocated: u16,
    pub bytes: Vec<u8>,
    pub values: Vec<i64>,
}

pub(crate) fn streams() -> Vec<Stream> {
    let text = include_str!("../../../tests/reference/expected/clean_streams.json");
    let read = |one: &Value| {
        let hex = one["stream"].as_str().unwrap();
        let byte = |at: usize| u8::from_str_radix(&hex[at..at + 2], 16).unwrap();
        Stream {
            name: one["name"].as_str().unwrap().to_owned(),
            syntax: one["syntax"].as_str().unwrap().to_owned(),
            stored: one["stored"].as_u64().unwrap() as u16,
            allocated: one["allocated"].as_u64().unwrap() as u16,
            bytes: (0..hex.len()).step_by(2).map(byte).collect(),
            values: one["values"].as_array().unwrap().iter().map(|value| value.as_i64().unwrap()).collect(),
        }
    };
    serde_json::from_str::<Value>(text).unwrap().as_array().unwrap().iter().map(read).collect()
}

/// How the pixels of a made file are laid out.
#[derive(Clone, Copy)]
pub(crate) struct Pixels<'a> {
    pub syntax: &'a str,
    /// Columns, rows, frames.
    pub size: [u16; 3],
    /// Allocated, stored, high.
    pub bits: [u16; 3],
    pub signed: bool,
}

impl Pixels<'_> {
    /// A file of one grey a pixel with these elements before group 0028 and this pixel data.
    pub fn file(&self, more: &[Vec<u8>], pixels: &[u8]) -> Vec<u8> {
        let big = self.syntax == "1.2.840.10008.1.2.2";
        let mut bytes = vec![0; 128];
        bytes.extend(b"DICM");
        let syntax = [self.syntax.as_bytes(), &[0][..self.syntax.len() % 2]].concat();
        bytes.extend(element((2, 0x10), b"UI", &syntax));
        let mut body: Vec<Vec<u8>> = more.to_vec();
        let us = |e: u16, v: u16| element((0x28, e), b"US", &v.to_le_bytes());
        let frames = format!("{:<6}", self.size[2]);
        body.extend([us(2, 1), element((0x28, 4), b"CS", b"MONOCHROME2 ")]);
        body.extend([element((0x28, 8), b"IS", frames.as_bytes()), us(0x10, self.size[1]), us(0x11, self.size[0])]);
        body.extend([us(0x100, self.bits[0]), us(0x101, self.bits[1]), us(0x102, self.bits[2])]);
        body.push(us(0x103, self.signed.into()));
        body.push(element((0x28, 0x301), b"CS", b"NO"));
        if big {
            body.iter_mut().for_each(|element| turn(element));
        }
        bytes.extend(body.concat());
        bytes.extend(pixels);
        bytes
    }

    fn cleaned(&self, pixels: &[u8]) -> Result<(Vec<u8>, DeidentificationReport), DicomProblem> {
        deidentify(&self.file(&[], pixels), &HOW)
    }
}

/// An element of text or one number in the other byte order.
fn turn(element: &mut [u8]) {
    element[..4].chunks_exact_mut(2).for_each(<[u8]>::reverse);
    element[6..8].reverse();
    if &element[4..6] == b"US" {
        element[8..].reverse();
    }
}

/// Native pixel data.
fn native(vr: &[u8; 2], values: &[u8]) -> Vec<u8> {
    element((0x7FE0, 0x10), vr, values)
}

/// Encapsulated pixel data: an offset table and fragments.
pub(crate) fn encapsulated(table: &[u8], fragments: &[&[u8]]) -> Vec<u8> {
    let mut out = vec![0xE0, 0x7F, 0x10, 0, b'O', b'B', 0, 0, 0xFF, 0xFF, 0xFF, 0xFF];
    for one in std::iter::once(&table).chain(fragments) {
        out.extend([0xFE, 0xFF, 0x00, 0xE0]);
        out.extend((one.len() as u32 + one.len() as u32 % 2).to_le_bytes());
        out.extend(*one);
        out.extend(&[0][..one.len() % 2]);
    }
    out.extend([0xFE, 0xFF, 0xDD, 0xE0, 0, 0, 0, 0]);
    out
}

fn contains(bytes: &[u8]) -> bool {
    bytes.windows(PLANTED.len()).any(|window| window == PLANTED)
}

fn numbers(file: &[u8], frame: usize) -> Vec<i64> {
    match Dicom::parse(file).unwrap().stored(frame).unwrap().values {
        Values::U8(v) => v.into_iter().map(i64::from).collect(),
        Values::U16(v) => v.into_iter().map(i64::from).collect(),
        Values::I16(v) => v.into_iter().map(i64::from).collect(),
        other => panic!("{other:?}"),
    }
}

fn words(values: &[u16]) -> Vec<u8> {
    values.iter().flat_map(|value| value.to_le_bytes()).collect()
}

/// A marker segment whose body begins with a kind and goes on with what is planted.
fn segment(marker: u8, kind: &[u8]) -> Vec<u8> {
    let body = [kind, PLANTED].concat();
    [&[0xFF, marker][..], &(body.len() as u16 + 2).to_be_bytes(), &body].concat()
}

fn boxed(kind: &[u8; 4], body: &[u8]) -> Vec<u8> {
    [&(8 + body.len() as u32).to_be_bytes()[..], kind, body].concat()
}

/// The stream with words wherever its standard has a place for them, and behind its end.
pub(crate) fn littered(stream: &Stream) -> Vec<u8> {
    let bytes = &stream.bytes;
    let behind = [b"\0", PLANTED].concat();
    if stream.name.starts_with("jpeg_2000") {
        let at = bytes.windows(2).position(|two| two == [0xFF, 0x51]).unwrap();
        let after_size = at + 2 + usize::from(u16::from_be_bytes([bytes[at + 2], bytes[at + 3]]));
        let tile = bytes.windows(3).position(|three| three == [0xFF, 0x90, 0]).unwrap();
        let mut head = bytes[..tile].to_vec();
        head.splice(after_size..after_size, segment(0x64, &[0, 1]));
        let mut rest = bytes[tile..].to_vec();
        let comment = segment(0x64, &[0, 0]);
        let length = u32::from_be_bytes(rest[6..10].try_into().unwrap()) + comment.len() as u32;
        rest[6..10].copy_from_slice(&length.to_be_bytes());
        rest.splice(12..12, comment);
        let mut all = [head, rest].concat();
        if let Some(at) = all.windows(4).position(|four| four == b"jp2c") {
            // The box of the codestream goes to the end of the file; others come before it.
            all[at - 4..at].fill(0);
            let boxes = [boxed(b"xml ", PLANTED), boxed(b"uuid", &[&[7; 16][..], PLANTED].concat())].concat();
            all.splice(at - 4..at - 4, boxes);
        }
        all.extend(behind);
        return all;
    }
    let mut all = [&[0][..], PLANTED, &[0xFF, 0xD8]].concat();
    all.extend((0xE0..=0xEF).flat_map(|marker| segment(marker, b"")));
    all.extend(segment(0xE1, b"Exif\0\0"));
    all.extend(segment(0xE0, b"JFIF\0\x01\x02\0\0\x01\0\x01\x02\x02"));
    all.extend(segment(0xE0, b"JFXX\0\x10"));
    all.extend(segment(0xFE, b""));
    all.extend(PLANTED);
    all.extend(&bytes[2..]);
    all.extend(segment(0xFE, b""));
    all.extend(behind);
    all
}

#[test]
fn words_in_compressed_frames_are_gone_and_pixels_are_not() {
    for stream in streams().iter().filter(|stream| !stream.name.ends_with("_13")) {
        let high = stream.stored - 1;
        let pixels = Pixels {
            syntax: &stream.syntax,
            size: [12, 8, 2],
            bits: [stream.allocated, stream.stored, high],
            signed: false,
        };
        let dirty = littered(stream);
        assert!(contains(&dirty), "{}", stream.name);
        // Two frames with an offset table.
        let second = (dirty.len() + dirty.len() % 2 + 8) as u32;
        let table = [[0; 4], second.to_le_bytes()].concat();
        let bytes = pixels.file(&[], &encapsulated(&table, &[&dirty, &dirty]));
        let (out, report) = deidentify(&bytes, &HOW).unwrap_or_else(|problem| panic!("{}: {problem}", stream.name));
        assert!(!contains(&out), "{}", stream.name);
        assert!(report.removed.keys().any(|key| key.contains("hold no picture")), "{}: {report:?}", stream.name);
        if stream.name != "jpeg_2000_high_throughput" {
            for frame in 0..2 {
                let found = numbers(&out, frame);
                let apart = found.iter().zip(&stream.values).map(|(a, b)| (a - b).abs()).max().unwrap();
                assert!(apart <= i64::from(stream.name == "jpeg"), "{}: {apart} apart", stream.name);
            }
        }
        // What is clean stays as it is, but for the rests of old encoders.
        let (again, report) = deidentify(&out, &HOW).unwrap();
        assert_eq!(again[again.len() - 60..], out[out.len() - 60..], "{}", stream.name);
        assert!(!report.removed.keys().any(|key| key.contains("PixelData")), "{}: {report:?}", stream.name);
    }
}

#[test]
fn overlays_coded_with_the_picture_are_cleared_or_refused_by_name() {
    let mut cleared = 0;
    for stream in streams().iter().filter(|stream| stream.name.ends_with("_13")) {
        let pixels = Pixels { syntax: &stream.syntax, size: [12, 8, 1], bits: [16, 12, 11], signed: false };
        let (out, report) = pixels.cleaned(&encapsulated(&[], &[&stream.bytes])).unwrap();
        assert_eq!(report.removed.get("PixelData: bits beside the stored ones"), Some(&1), "{}", stream.name);
        let masked: Vec<u16> = stream.values.iter().map(|value| (value & 0xFFF) as u16).collect();
        assert!(out.ends_with(&native(b"OW", &words(&masked))), "{}", stream.name);
        assert_eq!(numbers(&out, 0), masked.into_iter().map(i64::from).collect::<Vec<_>>(), "{}", stream.name);
        let all = Pixels { bits: [16, 13, 12], ..pixels };
        let (out, _) = all.cleaned(&encapsulated(&[], &[&stream.bytes])).unwrap();
        assert_eq!(numbers(&out, 0), stream.values, "{}", stream.name);
        assert!(!out.ends_with(&native(b"OW", &words(&stream.values.iter().map(|&v| v as u16).collect::<Vec<_>>()))));
        let elsewhere = Pixels { bits: [16, 8, 11], ..pixels };
        let problem = elsewhere.cleaned(&encapsulated(&[], &[&stream.bytes])).unwrap_err();
        assert!(problem.to_string().contains("bits beside the stored ones"), "{}: {problem}", stream.name);
        cleared += 1;
    }
    assert_eq!(cleared, 3);
    let video = Pixels { syntax: "1.2.840.10008.1.2.4.102", size: [12, 8, 1], bits: [8, 8, 7], signed: false };
    let problem = video.cleaned(&encapsulated(&[], &[PLANTED])).unwrap_err();
    assert!(problem.to_string().contains("1.2.840.10008.1.2.4.102"), "{problem}");
}

#[test]
fn bits_beside_the_stored_ones_are_cleared_and_a_repeated_sign_stays() {
    let of = |bits, signed| Pixels { syntax: NATIVE, size: [4, 1, 1], bits, signed };
    type Case<'a> = (&'a str, Pixels<'a>, [u16; 4], [u16; 4]);
    let cases: [Case; 5] = [
        ("above", of([16, 12, 11], false), [0xF123, 0x0FFF, 0x1000, 0], [0x123, 0xFFF, 0, 0]),
        ("below", of([16, 12, 15], false), [0x123F, 0xFFF0, 0x0001, 0], [0x1230, 0xFFF0, 0, 0]),
        ("both", of([16, 8, 11], false), [0xFFFF, 0x1230, 0, 0x000F], [0x0FF0, 0x0230, 0, 0]),
        ("sign", of([16, 12, 11], true), [0xFFFF, 0xF800, 5, 0], [0xFFFF, 0xF800, 5, 0]),
        // An overlay in what could be signs.
        ("no sign", of([16, 12, 11], true), [0xFFFF, 0x0800, 5, 0], [0x0FFF, 0x0800, 5, 0]),
    ];
    for (name, pixels, before, after) in cases {
        let (out, report) = pixels.cleaned(&native(b"OW", &words(&before))).unwrap();
        assert_eq!(out[out.len() - 8..], words(&after), "{name}");
        let told = report.removed.contains_key("PixelData: bits beside the stored ones");
        assert_eq!(told, before != after, "{name}: {report:?}");
        let big = Pixels { syntax: "1.2.840.10008.1.2.2", ..pixels };
        let turned = |values: &[u16]| values.iter().flat_map(|value| value.to_be_bytes()).collect::<Vec<u8>>();
        let mut element = native(b"OW", &turned(&before));
        element[..4].chunks_exact_mut(2).for_each(<[u8]>::reverse);
        element[8..12].reverse();
        let (out, _) = big.cleaned(&element).unwrap();
        assert_eq!(out[out.len() - 8..], turned(&after), "{name}, big-endian");
    }
    let eight = Pixels { bits: [8, 7, 6], ..of([8, 7, 6], false) };
    let (out, _) = eight.cleaned(&native(b"OB", &[0xFF, 0x80, 0x7F, 1])).unwrap();
    assert_eq!(out[out.len() - 4..], [0x7F, 0, 0x7F, 1]);
    let wrong = of([16, 12, 5], false).cleaned(&native(b"OW", &[0; 8])).unwrap_err();
    assert!(wrong.to_string().contains("HighBit"), "{wrong}");
}

#[test]
fn runs_are_cleared_and_lose_what_lies_behind_and_between_them() {
    let values: Vec<u32> = (0..96).map(|at| at * 600).collect();
    let coded = crate::imaging::codecs::rle::encode(&values, 12, 1, 2).unwrap();
    // Words between the header and the first segment, and behind the last.
    let mut dirty = [&coded[..64], PLANTED, &coded[64..], PLANTED].concat();
    for at in [4, 8] {
        let moved = u32::from_le_bytes(dirty[at..at + 4].try_into().unwrap()) + PLANTED.len() as u32;
        dirty[at..at + 4].copy_from_slice(&moved.to_le_bytes());
    }
    dirty[40..52].copy_from_slice(PLANTED);
    let pixels = Pixels { syntax: RLE, size: [12, 8, 1], bits: [16, 12, 11], signed: false };
    let (out, report) = pixels.cleaned(&encapsulated(&[], &[&dirty])).unwrap();
    assert!(!contains(&out) && report.removed.contains_key("PixelData: bits beside the stored ones"), "{report:?}");
    let all = Pixels { bits: [16, 16, 15], ..pixels };
    // Its header told again, for all sixteen bits: those above the twelve are zero.
    let fragment =
        crate::imaging::codecs::rle::encode(&values.iter().map(|value| value & 0xFFF).collect::<Vec<_>>(), 12, 1, 2)
            .unwrap();
    assert!(out.ends_with(&encapsulated(&[], &[&fragment])));
    let masked: Vec<i64> = values.iter().map(|&value| i64::from(value & 0xFFF)).collect();
    assert_eq!(numbers(&all.file(&[], &encapsulated(&[], &[&fragment])), 0), masked);
    assert_eq!(numbers(&out, 0), masked);
}

#[test]
fn what_lies_behind_the_last_pixel_is_cut() {
    let odd = Pixels { syntax: NATIVE, size: [3, 1, 1], bits: [8, 8, 7], signed: false };
    let (out, report) = odd.cleaned(&native(b"OB", &[&[1, 2, 3, 9][..], PLANTED].concat())).unwrap();
    assert!(out.ends_with(&[4, 0, 0, 0, 1, 2, 3, 0]) && !contains(&out));
    assert!(report.removed.contains_key("PixelData: bytes behind the picture"), "{report:?}");
    let bits = Pixels { bits: [1, 1, 0], ..odd };
    let (out, _) = bits.cleaned(&native(b"OB", &[0xFF, 9])).unwrap();
    assert!(out.ends_with(&[2, 0, 0, 0, 0b111, 0]));
}

#[test]
fn lengths_of_tile_parts_are_told_anew() {
    let all = streams();
    let stream = all.iter().find(|stream| stream.name == "jpeg_2000").unwrap();
    let tile = stream.bytes.windows(3).position(|three| three == [0xFF, 0x90, 0]).unwrap();
    let mut bytes = littered(stream);
    let lengths = [0xFF, 0x55, 0, 10, 0, 0x60, 0, 0, 1, 2, 3, 4];
    let at = bytes.windows(3).position(|three| three == [0xFF, 0x90, 0]).unwrap();
    bytes.splice(at..at, lengths);
    let clean = super::clean_jpeg_2000::clean(&bytes).unwrap().bytes;
    let at = clean.windows(6).position(|six| six == [0xFF, 0x55, 0, 10, 0, 0x60]).unwrap();
    assert_eq!(clean[at + 8..at + 12], stream.bytes[tile + 6..tile + 10]);
    assert!(clean.ends_with(&stream.bytes[tile..]));
}

#[test]
fn only_what_decoders_want_of_application_segments_stays() {
    let all = streams();
    let stream = all.iter().find(|stream| stream.name == "jpeg").unwrap();
    let adobe = segment(0xEE, b"Adobe\0\x64AAAA\x01");
    let bytes = [&[0xFF, 0xD8][..], &adobe, &stream.bytes[2..]].concat();
    let clean = super::clean_jpeg::clean(&bytes, super::clean_jpeg::Kind::Jpeg).unwrap();
    assert_eq!(clean.bytes[..18], *b"\xFF\xD8\xFF\xEE\0\x0EAdobe\0\x64\0\0\0\0\x01");
    assert_eq!(clean.bytes[18..36], *b"\xFF\xE0\0\x10JFIF\0\x01\x02\0\0\x01\0\x01\0\0");
    assert_eq!((clean.precision, clean.bytes.len()), (8, stream.bytes.len() + 16));
    // Cut anywhere, a sentence or a stream, never a panic.
    for stream in &all {
        let dirty = littered(stream);
        for end in 0..dirty.len() {
            let _ = super::clean_jpeg::clean(&dirty[..end], super::clean_jpeg::Kind::Jpeg);
            let _ = super::clean_jpeg::clean(&dirty[..end], super::clean_jpeg::Kind::JpegLs);
            let _ = super::clean_jpeg_2000::clean(&dirty[..end]);
        }
    }
}
