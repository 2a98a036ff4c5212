//! Attributes written with the value representation UN are read as if they had their own.

use super::elements::{self, Content};
use super::reference_check::{element, small};
use super::structure::Encoding;
use super::unknown_vr::resolved;
use super::{Dicom, DicomProblem, Values, decode};
use dicom_core::VR;
use dicom_dictionary_std::tags;

const UNDEFINED: [u8; 4] = [0xFF; 4];

/// A tag and length as they are written implicitly, with the value.
fn implicit(tag: (u16, u16), value: &[u8]) -> Vec<u8> {
    [&tag.0.to_le_bytes()[..], &tag.1.to_le_bytes(), &(value.len() as u32).to_le_bytes(), value].concat()
}

/// An item with or without its length.
fn item(open: bool, inner: &[u8]) -> Vec<u8> {
    if open {
        let end = implicit((0xFFFE, 0xE00D), &[]);
        return [&[0xFE, 0xFF, 0x00, 0xE0][..], &UNDEFINED, inner, &end].concat();
    }
    implicit((0xFFFE, 0xE000), inner)
}

/// An explicit element UN of undefined length.
fn open_unknown(tag: (u16, u16), items: &[u8]) -> Vec<u8> {
    let head = [&tag.0.to_le_bytes()[..], &tag.1.to_le_bytes(), b"UN\0\0", &UNDEFINED].concat();
    [&head[..], items, &implicit((0xFFFE, 0xE0DD), &[])].concat()
}

/// Tag, value representation and value.
type Attribute<'a> = ((u16, u16), &'a [u8; 2], &'a [u8]);

/// The same file with each of these attributes in its own representation and as UN.
fn both(attributes: &[Attribute]) -> [Vec<u8>; 2] {
    [false, true].map(|unknown| {
        let more: Vec<_> =
            attributes.iter().map(|(tag, vr, value)| element(*tag, if unknown { b"UN" } else { vr }, value)).collect();
        small(b"MONOCHROME2 ", &more, [0x0FFD, 9])
    })
}

#[test]
fn numbers_texts_and_windows_of_unknown_representation_show_the_same_picture() {
    let kinds: [&[Attribute]; 4] = [
        &[((0x28, 0x1052), b"DS", b"-5"), ((0x28, 0x1053), b"DS", b"0.5 ")],
        &[((0x28, 0x1050), b"DS", b"10"), ((0x28, 0x1051), b"DS", b"20")],
        &[((0x28, 0x1050), b"DS", b"2 "), ((0x28, 0x1051), b"DS", b"9 "), ((0x28, 0x1056), b"LO", b"SIGMOID ")],
        &[((0x28, 0x0120), b"SS", &(-3i16).to_le_bytes())],
    ];
    for attributes in kinds {
        let [plain, unknown] = both(attributes);
        let plain_picture = decode(&plain, 0).unwrap();
        assert_ne!(plain, unknown);
        let picture = decode(&unknown, 0).unwrap();
        assert_eq!((picture.planes(1), picture.range()), (plain_picture.planes(1), plain_picture.range()));
        assert_eq!(picture.samples, plain_picture.samples);
    }
    // Without the table and windows, another picture: the attributes count.
    let none = decode(&small(b"MONOCHROME2 ", &[], [0x0FFD, 9]), 0).unwrap();
    assert_ne!(decode(&both(kinds[1])[1], 0).unwrap().planes(1), none.planes(1));
}

#[test]
fn sizes_of_unknown_representation_are_numbers() {
    let plain = small(b"MONOCHROME2 ", &[], vec![7; 300 * 2]);
    let at = plain.windows(6).position(|six| six == [0x28, 0, 0x10, 0, b'U', b'S']).unwrap();
    let unknown = element((0x28, 0x10), b"UN", &300u16.to_le_bytes());
    let bytes = [&plain[..at], &unknown, &plain[at + 10..]].concat();
    let layout = Dicom::parse(&bytes).unwrap().layout().unwrap();
    assert_eq!((layout.rows, layout.columns), (300, 2));
    assert_eq!(Dicom::parse(&bytes).unwrap().stored(0).unwrap().values, Values::I16(vec![7; 600]));
}

#[test]
fn sequences_of_unknown_representation_are_sequences_however_they_end() {
    let name = implicit((0x0008, 0x0104), b"CHEST ");
    for open_item in [false, true] {
        let one = item(open_item, &name);
        let spellings = [
            element((0x0008, 0x2218), b"UN", &one),
            open_unknown((0x0008, 0x2218), &one),
            // What some writers do: the items stay explicit.
            element((0x0008, 0x2218), b"UN", &item(open_item, &element((0x0008, 0x0104), b"LO", b"CHEST "))),
            open_unknown((0x0008, 0x2218), &item(open_item, &element((0x0008, 0x0104), b"LO", b"CHEST "))),
        ];
        for (spelling, sequence) in spellings.into_iter().enumerate() {
            let bytes = small(b"MONOCHROME2 ", &[sequence], [1, 2]);
            let file = Dicom::parse(&bytes).unwrap_or_else(|problem| panic!("{spelling}: {problem}"));
            assert_eq!(file.stored(0).unwrap().values, Values::I16(vec![1, 2]), "{spelling}");
            let items = file.header.element(tags::ANATOMIC_REGION_SEQUENCE).unwrap().items().unwrap();
            let meaning = items[0].element(tags::CODE_MEANING).unwrap();
            assert_eq!((meaning.vr(), meaning.to_str().unwrap().as_ref()), (VR::LO, "CHEST"), "{spelling}");
        }
    }
}

#[test]
fn private_items_of_unknown_representation_are_passed_over_in_every_encoding() {
    for open_item in [false, true] {
        let inner = item(open_item, &implicit((0x0029, 0x1001), &[1, 2, 3, 4]));
        let explicit = small(b"MONOCHROME2 ", &[open_unknown((0x0029, 0x1010), &inner)], [1, 2]);
        assert_eq!(Dicom::parse(&explicit).unwrap().stored(0).unwrap().values, Values::I16(vec![1, 2]));
        // The same picture, implicit throughout.
        let words =
            |tag, values: &[u16]| implicit(tag, &values.iter().flat_map(|v| v.to_le_bytes()).collect::<Vec<_>>());
        let mut bytes = vec![0; 128];
        bytes.extend(b"DICM");
        bytes.extend(element((2, 0x10), b"UI", b"1.2.840.10008.1.2\0"));
        bytes.extend(implicit((0x28, 4), b"MONOCHROME2 "));
        bytes.extend([words((0x28, 0x10), &[1]), words((0x28, 0x11), &[2]), words((0x28, 0x100), &[16])].concat());
        bytes.extend([&[0x29, 0, 0x10, 0x10][..], &UNDEFINED, &inner, &implicit((0xFFFE, 0xE0DD), &[])].concat());
        bytes.extend(words((0x7FE0, 0x10), &[1, 2]));
        assert_eq!(Dicom::parse(&bytes).unwrap().stored(0).unwrap().values, Values::U16(vec![1, 2]));
    }
}

#[test]
fn values_are_put_into_the_files_byte_order() {
    let big = Encoding { explicit: true, big_endian: true };
    let header = |tag: [u8; 4], length: u32| [&tag[..], b"UN\0\0", &length.to_be_bytes()].concat();
    // Rows, little-endian as UN wants it, and a sequence that holds Columns, implicit and little-endian.
    let inner = item(false, &implicit((0x28, 0x11), &[2, 1]));
    let bytes =
        [header([0, 0x28, 0, 0x10], 2), vec![0x2C, 0x01], header([0x52, 0, 0x92, 0x29], inner.len() as u32), inner]
            .concat();
    let read = elements::read(&bytes, big).unwrap();
    assert_eq!((read[0].vr, read[0].bytes().unwrap()), (VR::US, &[0x01, 0x2C][..]));
    let Content::Items(items) = &read[1].value else { panic!("no sequence") };
    assert_eq!((items[0][0].vr, items[0][0].bytes().unwrap()), (VR::US, &[1, 2][..]));
    let written = resolved(&bytes, big).unwrap();
    assert_eq!(elements::read(&written, big).unwrap(), read);
}

#[test]
fn what_the_dictionary_does_not_know_or_cannot_be_read_stays_unknown() {
    let little = Encoding { explicit: true, big_endian: false };
    let long = vec![b' '; 70_000];
    let bytes = [
        element((0x0008, 0x2218), b"UN", b"no items"),
        element((0x0009, 0x0010), b"UN", b"CREATOR "),
        element((0x0009, 0x1001), b"UN", b"what"),
        element((0x0018, 0xFFF0), b"UN", b"what"),
        element((0x0028, 0x1050), b"UN", &long),
    ]
    .concat();
    let read = elements::read(&bytes, little).unwrap();
    let kinds: Vec<VR> = read.iter().map(|element| element.vr).collect();
    assert_eq!(kinds, [VR::UN, VR::LO, VR::UN, VR::UN, VR::UN]);
    let mut deep = Vec::new();
    for _ in 0..200 {
        deep = implicit((0x0040, 0xA730), &item(false, &deep));
    }
    let deep = small(b"MONOCHROME2 ", &[element((0x0040, 0xA730), b"UN", &item(false, &deep))], [1, 2]);
    assert!(matches!(Dicom::parse(&deep), Err(DicomProblem::TooDeep(_))));
}

#[test]
fn any_data_set_is_written_as_it_was_read() {
    let inner = element((0x0008, 0x0104), b"LO", b"CHEST ");
    let bytes = [
        element((0x0008, 0x1030), b"LO", &[0x82, 0x5C, 0x41, 0x20]),
        element((0x0008, 0x2218), b"SQ", &[item(false, &inner), item(false, &[])].concat()),
        element((0x0028, 0x0010), b"US", &[1, 0]),
        element((0x0028, 0x1201), b"OW", &[1, 2]),
    ]
    .concat();
    assert_eq!(resolved(&bytes, Encoding { explicit: true, big_endian: false }).unwrap(), bytes);
}
