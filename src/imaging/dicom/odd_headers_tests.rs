//! Headers that contradict themselves or say what is seldom said: what is taken of them, and what is said of that.

use super::reference_check::{element, small};
use super::{Dicom, decode};
use crate::imaging::decoded::{DecodedImage, Samples};
use std::io::Write as _;

fn text(tag: (u16, u16), vr: &[u8; 2], value: &str) -> Vec<u8> {
    element(tag, vr, format!("{value}{}", if value.len() % 2 == 1 { " " } else { "" }).as_bytes())
}

/// The stored values -3 and 9 with more attributes.
fn with(more: &[Vec<u8>]) -> DecodedImage {
    decode(&small(b"MONOCHROME2 ", more, [0x0FFD, 9]), 0).unwrap()
}

fn says(image: &DecodedImage, words: &str) -> bool {
    image.remarks.iter().any(|remark| remark.contains(words))
}

#[test]
fn numbers_that_make_no_sense_are_not_used_and_that_is_said() {
    let ds = |tag: u16, value: &str| text((0x28, tag), b"DS", value);
    let plain = with(&[]);
    assert!(plain.remarks.is_empty());
    let slope = with(&[ds(0x1052, "5"), ds(0x1053, "0")]);
    assert!(says(&slope, "RescaleSlope is 0") && slope.range() == (2.0, 14.0), "{:?}", slope.range());
    let uneven = with(&[ds(0x1050, "1\\2"), ds(0x1051, "5")]);
    assert!(says(&uneven, "different numbers of values") && uneven.presets() == ["window 1"], "{:?}", uneven.presets());
    for width in ["0", "-4"] {
        let narrow = with(&[ds(0x1050, "1\\2"), ds(0x1051, &format!("{width}\\6"))]);
        assert!(says(&narrow, "WindowWidth is not above 0") && narrow.presets() == ["window 2"], "{width}");
    }
    let named = with(&[ds(0x1050, "1\\2"), ds(0x1051, "5\\6"), text((0x28, 0x1055), b"LO", "\\Bone")]);
    assert_eq!((named.presets(), named.remarks.len()), (vec!["window 1".to_owned(), "Bone".to_owned()], 0));
    let function = with(&[ds(0x1050, "1"), ds(0x1051, "5"), text((0x28, 0x1056), b"CS", "CUBIC")]);
    assert!(says(&function, "VOILUTFunction names a function"));
    let linear = with(&[ds(0x1050, "1"), ds(0x1051, "5")]);
    assert_eq!(function.planes(1), linear.planes(1));
}

#[test]
fn padding_that_is_written_without_its_sign_is_padding_all_the_same() {
    // -3 of 16 bits as an unsigned number, and up to -2 (C.7.5.1.1.2).
    let padding = |value: u16| element((0x28, 0x120), b"US", &value.to_le_bytes());
    assert_eq!(with(&[]).range(), (-3.0, 9.0));
    assert_eq!(with(&[padding(0xFFFD)]).range(), (9.0, 9.0));
    let limit = element((0x28, 0x121), b"US", &0xFFFEu16.to_le_bytes());
    assert_eq!(with(&[padding(0xFFF0), limit]).range(), (9.0, 9.0));
    assert_eq!(with(&[padding(0xFFF0)]).range(), (-3.0, 9.0));
}

/// The same file with another transfer syntax.
fn as_syntax(syntax: &str, dataset: impl Fn(&[u8]) -> Vec<u8>) -> Vec<u8> {
    let plain = small(b"MONOCHROME2 ", &[], [0x0FFD, 9]);
    let meta = element((2, 0x10), b"UI", b"1.2.840.10008.1.2.1\0");
    let begins = 132 + meta.len();
    [&plain[..132], &text((2, 0x10), b"UI", syntax), &dataset(&plain[begins..])].concat()
}

#[test]
fn deflated_data_sets_are_inflated_and_damaged_ones_get_a_sentence() {
    let deflated = |bytes: &[u8]| {
        let mut out = flate2::write::DeflateEncoder::new(Vec::new(), flate2::Compression::default());
        out.write_all(bytes).unwrap();
        out.finish().unwrap()
    };
    let syntax = "1.2.840.10008.1.2.1.99";
    let image = decode(&as_syntax(syntax, deflated), 0).unwrap();
    assert_eq!(image.planes(1), with(&[]).planes(1));
    let why = decode(&as_syntax(syntax, |_| vec![0xFF; 40]), 0).unwrap_err().to_string();
    assert!(why.contains("cannot be inflated"), "{why}");
    let cut = as_syntax(syntax, |bytes| deflated(bytes)[..40].to_vec());
    assert!(decode(&cut, 0).is_err());
}

#[test]
fn pictures_of_one_bit_begin_with_the_lowest() {
    let mut bytes = small(b"MONOCHROME2 ", &[], [0b10]);
    for (tag, value) in [(0x100, 1u16), (0x101, 1), (0x102, 0), (0x103, 0)] {
        let named = [&[0x28, 0][..], &(tag as u16).to_le_bytes(), b"US"].concat();
        let at = bytes.windows(6).position(|part| part == named).unwrap();
        bytes[at + 8..at + 10].copy_from_slice(&value.to_le_bytes());
    }
    assert_eq!(decode(&bytes, 0).unwrap().planes(1), [0.0, 1.0]);
}

#[test]
fn a_fragment_that_is_cut_is_cut_short_and_one_too_many_is_said() {
    let text = include_str!("../../../tests/reference/expected/jpeg_streams.json");
    let expected: serde_json::Value = serde_json::from_str(text).unwrap();
    let hex = expected["grey"].as_str().unwrap();
    let mut jpeg: Vec<u8> =
        (0..hex.len()).step_by(2).map(|at| u8::from_str_radix(&hex[at..at + 2], 16).unwrap()).collect();
    jpeg.resize(jpeg.len().next_multiple_of(2), 0);
    let us = |tag: u16, value: u16| element((0x28, tag), b"US", &value.to_le_bytes());
    let item = |bytes: &[u8]| [&[0xFE, 0xFF, 0, 0xE0][..], &(bytes.len() as u32).to_le_bytes(), bytes].concat();
    let file = |frames: usize| {
        let head = [us(2, 1), element((0x28, 4), b"CS", b"MONOCHROME2 "), us(0x10, 16), us(0x11, 24)].concat();
        let bits = [us(0x100, 8), us(0x101, 8), us(0x102, 7), us(0x103, 0)].concat();
        let pixels = [&[0xE0, 0x7F, 0x10, 0, b'O', b'B', 0, 0, 0xFF, 0xFF, 0xFF, 0xFF][..], &item(&[])].concat();
        let end = [0xFE, 0xFF, 0xDD, 0xE0, 0, 0, 0, 0];
        let syntax = element((2, 0x10), b"UI", b"1.2.840.10008.1.2.4.50");
        let items = item(&jpeg).repeat(frames);
        [&[0; 128][..], b"DICM", &syntax, &head, &bits, &pixels, &items, &end].concat()
    };
    let whole = decode(&file(1), 0).unwrap();
    assert!(matches!(&whole.samples, Samples::Measured(_)) && whole.remarks.is_empty(), "{:?}", whole.remarks);
    let more = decode(&file(2), 0).unwrap();
    assert!(says(&more, "more frames than NumberOfFrames states"), "{:?}", more.remarks);
    assert_eq!(more.planes(1), whole.planes(1));
    let bytes = file(1);
    for cut in [bytes.len() - 8 - jpeg.len() / 2, bytes.len() - 8 - jpeg.len()] {
        let why = Dicom::parse(&bytes[..cut]).and_then(|file| file.stored(0).map(drop)).unwrap_err().to_string();
        assert!(why.contains("cut short"), "{why}");
    }
}
