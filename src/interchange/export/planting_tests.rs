//! The proof by planting: a marker in every attribute of table E.1-1 (PS3.15), in every value representation that it may
//! have, in every place of a file where an attribute can be, and in everything of a file that is no attribute. After an
//! export not one is in any file or name.
//!
//! With `OVERREAD_PLANTED=FOLDER` in the environment, sources and exports stay there, for `tests/reference/planted.py`,
//! which looks with other readers.

use super::confidential_tests::outgoing;
use super::*;
use crate::imaging::dicom::clean_pixels_tests::{Pixels, encapsulated, littered, streams};
use crate::imaging::dicom::deidentify_tests::PLANTED;
use dicom_core::VR;
use dicom_core::dictionary::{DataDictionary, DataDictionaryEntry, VirtualVr};
use dicom_core::header::Tag;
use dicom_dictionary_std::StandardDataDictionary;
use std::collections::BTreeMap;
use std::path::PathBuf;

/// What is planted as text or bytes: sixteen of them, so that it fills whole numbers of every width.
const MARKER: &[u8] = b"@PLANTEDANYWHERE";
/// What is planted where only certain values are valid.
const DATE: &str = "19431107";
const NUMBER: &str = "7351946208";
const IDENTIFIER: &str = "1.2.826.7351946208";

/// How a data set is written.
#[derive(Clone, Copy, Debug, PartialEq)]
enum Writing {
    Implicit,
    Explicit,
    Big,
}

impl Writing {
    const ALL: [(Writing, &str); 3] = [
        (Self::Implicit, "1.2.840.10008.1.2"),
        (Self::Explicit, "1.2.840.10008.1.2.1"),
        (Self::Big, "1.2.840.10008.1.2.2"),
    ];

    fn half(self, value: u16) -> [u8; 2] {
        if self == Self::Big { value.to_be_bytes() } else { value.to_le_bytes() }
    }

    fn whole(self, value: u32) -> [u8; 4] {
        if self == Self::Big { value.to_be_bytes() } else { value.to_le_bytes() }
    }

    fn head(self, tag: Tag, vr: &str, length: Option<usize>) -> Vec<u8> {
        let mut out = [self.half(tag.group()), self.half(tag.element())].concat();
        let long = self.whole(length.map_or(u32::MAX, |length| u32::try_from(length).unwrap()));
        if self == Self::Implicit || tag.group() == 0xFFFE {
            out.extend(long);
            return out;
        }
        out.extend(vr.as_bytes());
        if ["OB", "OD", "OF", "OL", "OV", "OW", "SQ", "SV", "UC", "UN", "UR", "UT", "UV"].contains(&vr) {
            out.extend([0, 0]);
            out.extend(long);
        } else {
            out.extend(self.half(u16::try_from(length.unwrap()).unwrap()));
        }
        out
    }

    /// An element; values of odd length get a space.
    fn element(self, tag: Tag, vr: &str, value: &[u8]) -> Vec<u8> {
        let padded = [value, &b" "[..value.len() % 2]].concat();
        [self.head(tag, vr, Some(padded.len())), padded].concat()
    }

    /// A sequence of one item, both of open end or both with their lengths.
    fn sequence(self, tag: Tag, vr: &str, open: bool, inner: &[u8]) -> Vec<u8> {
        // What is of unknown representation is implicit and little-endian within.
        let within = if vr == "UN" { Self::Implicit } else { self };
        let mut item = within.head(Tag(0xFFFE, 0xE000), "", (!open).then_some(inner.len()));
        item.extend(inner);
        if open {
            item.extend(within.head(Tag(0xFFFE, 0xE00D), "", Some(0)));
            item.extend(within.head(Tag(0xFFFE, 0xE0DD), "", Some(0)));
        }
        [self.head(tag, vr, (!open).then_some(item.len())), item].concat()
    }
}

/// The attributes of the table, as another implementation has them from the standard, and which of them are sequences
/// whose items stay.
fn table() -> Vec<(Tag, bool)> {
    let text = include_str!("../../../tests/reference/expected/confidential.tsv");
    let line = |line: &str| {
        let (number, action) = line.split_once('\t').unwrap();
        let number = u32::from_str_radix(number, 16).unwrap();
        (Tag((number >> 16) as u16, number as u16), action.ends_with("U*"))
    };
    let mut all: Vec<_> = text.lines().filter(|line| !line.starts_with('#')).map(line).collect();
    // The rows of the table that stand for many groups: curves and overlays, in the first and the last of them.
    for group in [0x5000, 0x501E] {
        all.extend([0x0005, 0x0030, 0x0103, 0x2500, 0x3000].map(|element| (Tag(group, element), false)));
    }
    for group in [0x6000, 0x601E] {
        all.extend([0x0022, 0x1500, 0x3000, 0x4000].map(|element| (Tag(group, element), false)));
    }
    all
}

/// The representations that an attribute may have: those of the dictionary, and the unknown one.
fn representations(tag: Tag) -> Vec<&'static str> {
    let mut all = match StandardDataDictionary.by_tag(tag).map(|entry| entry.vr()) {
        Some(VirtualVr::Exact(vr)) => vec![vr.to_string()],
        Some(VirtualVr::Xs) => vec!["US", "SS"],
        Some(VirtualVr::Ox | VirtualVr::Px) => vec!["OB", "OW"],
        Some(VirtualVr::Lt) => vec!["US", "OW"],
        Some(_) | None => vec![],
    };
    all.push(VR::UN.to_string());
    all
}

/// What is planted: the marker, or a valid value of the representation.
fn value(vr: &str, valid: bool) -> Vec<u8> {
    match vr {
        "DA" if valid => DATE.into(),
        "DT" if valid => format!("{DATE}123456").into(),
        "DS" | "IS" if valid => NUMBER.into(),
        "UI" if valid => IDENTIFIER.into(),
        _ => MARKER.to_vec(),
    }
}

/// Everything planted, by tag, in the turn-th of the representations that each attribute may have.
fn planted(writing: Writing, turn: usize, valid: bool) -> BTreeMap<Tag, Vec<u8>> {
    let mut all = BTreeMap::new();
    for (tag, items_stay) in table() {
        let kinds = representations(tag);
        let vr = if writing == Writing::Implicit { kinds[0] } else { kinds[turn % kinds.len()] };
        let is_sequence = kinds[0] == "SQ";
        let bytes = if is_sequence {
            let within = if vr == "UN" { Writing::Implicit } else { writing };
            let name = within.element(Tag(0x0010, 0x0010), "PN", MARKER);
            // Where the whole sequence goes, so does what would stay elsewhere.
            let model = within.element(Tag(0x0008, 0x1090), "LO", MARKER);
            let class = within.element(Tag(0x0008, 0x1150), "UI", b"1.2.840.10008.5.1.4.1.1.1\0");
            let instance = within.element(Tag(0x0008, 0x1155), "UI", &[IDENTIFIER.as_bytes(), b"\0"].concat()[..18]);
            let inner = if items_stay { [class, instance, name].concat() } else { [model, name].concat() };
            writing.sequence(tag, vr, turn % 2 == 1, &inner)
        } else {
            writing.element(tag, vr, &value(vr, valid))
        };
        all.insert(tag, bytes);
    }
    all
}

/// All of it but what only the top level has, as the content of an item.
fn nested(writing: Writing, turn: usize, valid: bool) -> Vec<u8> {
    let all = planted(writing, turn, valid).into_iter();
    all.filter(|(tag, _)| (0x0008..0xFFFA).contains(&tag.group())).flat_map(|(_, bytes)| bytes).collect()
}

/// A data set with a picture of 4 x 2 and these elements.
fn file(writing: Writing, syntax: &str, more: BTreeMap<Tag, Vec<u8>>, meta: &[u8]) -> Vec<u8> {
    let mut all = more;
    let mut put = |tag: Tag, vr: &str, value: &[u8]| all.insert(tag, writing.element(tag, vr, value));
    put(Tag(0x0008, 0x0016), "UI", b"1.2.840.10008.5.1.4.1.1.1\0");
    put(Tag(0x0028, 0x0004), "CS", b"MONOCHROME2 ");
    put(Tag(0x0028, 0x0301), "CS", b"NO");
    for (element, number) in
        [(0x0002, 1), (0x0010, 2), (0x0011, 4), (0x0100, 16), (0x0101, 12), (0x0102, 11), (0x0103, 0)]
    {
        put(Tag(0x0028, element), "US", &writing.half(number));
    }
    // An overlay in the bits above the stored ones.
    let pixels: Vec<u8> =
        (0..8u16).flat_map(|at| writing.half(at * 100 + (u16::from(b"PERSONID"[usize::from(at)]) << 12))).collect();
    put(Tag(0x7FE0, 0x0010), "OW", &pixels);
    let mut bytes = [MARKER; 8].concat();
    bytes.extend(b"DICM");
    let syntax = [syntax.as_bytes(), &[0][..syntax.len() % 2]].concat();
    bytes.extend(Writing::Explicit.element(Tag(2, 0x10), "UI", &syntax));
    bytes.extend(meta);
    bytes.extend(all.into_values().flatten());
    bytes
}

/// The elements of a file's own header that may name somebody.
fn meta() -> Vec<u8> {
    let of = |element: u16, vr: &str| Writing::Explicit.element(Tag(2, element), vr, MARKER);
    let texts = [(0x13, "SH"), (0x16, "AE"), (0x17, "AE"), (0x18, "AE"), (0x26, "UR"), (0x27, "UR"), (0x28, "UR")];
    let mut all: Vec<u8> = texts.into_iter().flat_map(|(element, vr)| of(element, vr)).collect();
    all.extend(Writing::Explicit.element(Tag(2, 0x100), "UI", IDENTIFIER.as_bytes()));
    all.extend(of(0x102, "OB"));
    all
}

/// Elements of one key, for what a data set gets beside its picture.
fn alone(tag: Tag, bytes: Vec<u8>) -> BTreeMap<Tag, Vec<u8>> {
    BTreeMap::from([(tag, bytes)])
}

/// Files with markers in every place, each with its name.
fn sources() -> Vec<(String, Vec<u8>)> {
    let mut all = Vec::new();
    for (writing, syntax) in Writing::ALL {
        let turns = if writing == Writing::Implicit { 2 } else { 6 };
        for (turn, valid) in (0..turns).flat_map(|turn| [(turn, false), (turn, true)]) {
            let mut put = |place: &str, more: BTreeMap<Tag, Vec<u8>>| {
                let name = format!("{writing:?}-{place}-{turn}-{valid}.dcm");
                all.push((name, file(writing, syntax, more, &meta())));
            };
            put("top", planted(writing, turn, valid));
            let open = turn % 2 == 1;
            let sequence = Tag(0x0054, 0x0220);
            put("sequence", alone(sequence, writing.sequence(sequence, "SQ", open, &nested(writing, turn, valid))));
            let deeper = writing.sequence(sequence, "SQ", !open, &nested(writing, turn, valid));
            put("deeper", alone(Tag(0x0008, 0x2218), writing.sequence(Tag(0x0008, 0x2218), "SQ", open, &deeper)));
            let private = Tag(0x0009, 0x1001);
            put(
                "private-sequence",
                alone(private, writing.sequence(private, "SQ", open, &nested(writing, turn, valid))),
            );
            if writing == Writing::Implicit {
                continue;
            }
            let inner = nested(Writing::Implicit, turn, valid);
            put("unknown-sequence", alone(sequence, writing.sequence(sequence, "UN", open, &inner)));
            put("unknown-private", alone(private, writing.sequence(private, "UN", open, &inner)));
            let strange = Tag(0x0018, 0xFFF0);
            put("unknown-attribute", alone(strange, writing.sequence(strange, "UN", open, &inner)));
        }
        let mut block = BTreeMap::new();
        let kinds = [
            "AE", "AS", "AT", "CS", "DA", "DS", "DT", "FD", "FL", "IS", "LO", "LT", "OB", "OD", "OF", "OL", "OV", "OW",
            "PN", "SH", "SL", "SS", "ST", "SV", "TM", "UC", "UI", "UL", "UN", "UR", "US", "UT", "UV",
        ];
        for group in [0x0009, 0x0029, 0x6001, 0x7FE1] {
            block.insert(Tag(group, 0x0010), writing.element(Tag(group, 0x0010), "LO", MARKER));
            for (vr, number) in kinds.iter().zip(0x1000..) {
                block.insert(Tag(group, number), writing.element(Tag(group, number), vr, MARKER));
            }
        }
        all.push((format!("{writing:?}-private-block.dcm"), file(writing, syntax, block, &[])));
        let mut layers = BTreeMap::new();
        for group in (0x5000..=0x501E).chain(0x6000..=0x601E).step_by(2) {
            for element in
                (0u16..=0x4000).filter(|&element| StandardDataDictionary.by_tag(Tag(group, element)).is_some())
            {
                let (tag, vr) = (Tag(group, element), representations(Tag(group, element))[0]);
                if vr != "SQ" && element != 0 {
                    layers.insert(tag, writing.element(tag, vr, MARKER));
                }
            }
        }
        all.push((format!("{writing:?}-layers.dcm"), file(writing, syntax, layers, &[])));
    }
    for stream in streams().iter().filter(|stream| !stream.name.ends_with("_13")) {
        let bits = [stream.allocated, stream.stored, stream.stored - 1];
        let pixels = Pixels { syntax: &stream.syntax, size: [12, 8, 1], bits, signed: false };
        let class = Writing::Explicit.element(Tag(0x0008, 0x0016), "UI", b"1.2.840.10008.5.1.4.1.1.1\0");
        let file = pixels.file(&[class], &encapsulated(&[], &[&littered(stream)]));
        all.push((format!("{}.dcm", stream.name), file));
    }
    all
}

/// Whether one of the markers is there, in any order of bytes.
fn found(bytes: &[u8]) -> Option<String> {
    let mut all: Vec<Vec<u8>> = vec![MARKER.to_vec(), PLANTED.to_vec(), DATE.into(), NUMBER.into()];
    for width in [2, 4, 8] {
        all.push(MARKER.chunks(width).flat_map(|chunk| chunk.iter().rev().copied()).collect());
    }
    all.push(MARKER.iter().flat_map(|&byte| [byte, 0]).collect());
    let there = all.into_iter().find(|marker| bytes.windows(marker.len()).any(|window| window == marker));
    there.map(|marker| String::from_utf8_lossy(&marker).into_owned())
}

#[test]
fn no_marker_is_found_after_an_export_wherever_it_was_planted() {
    let scratch = tempfile::tempdir().unwrap();
    let kept = std::env::var_os("OVERREAD_PLANTED").map(PathBuf::from);
    let folder = kept.unwrap_or_else(|| scratch.path().to_owned());
    let from = folder.join("from");
    std::fs::create_dir_all(&from).unwrap();
    let mut images = Vec::new();
    for (name, bytes) in sources() {
        assert!(found(&bytes).is_some(), "{name}: nothing was planted");
        let path = from.join(format!("{}-{name}", String::from_utf8_lossy(MARKER)));
        std::fs::write(&path, bytes).unwrap();
        images.push(outgoing(path, (12, 8)));
    }
    assert!(images.len() > 150, "only {} files", images.len());
    let export_all =
        Export { images: &images, classes: &["M", "N"].map(str::to_owned), findings: &[], every_reader: true };
    for dates in [Dates::Remove, Dates::Shift] {
        let to = folder.join(format!("{dates:?}"));
        let how = How { confidentiality: Some(Confidentiality { key: [3; 32], dates }), ..How::default() };
        let written = export(Format::CSV, &export_all, &to, &how, &|_, _| true).unwrap();
        assert_eq!((written.images, written.left_out.clone()), (images.len(), vec![]));
        let mut searched = 0;
        for entry in walkdir::WalkDir::new(&to).into_iter().map(Result::unwrap) {
            let name = entry.path().strip_prefix(&to).unwrap().to_string_lossy().into_owned();
            assert_eq!(found(name.as_bytes()), None, "{name}");
            if entry.file_type().is_file() {
                let bytes = std::fs::read(entry.path()).unwrap();
                let number = name.trim_end_matches(".dcm").rsplit('/').next().and_then(|n| n.parse::<usize>().ok());
                let source = number.and_then(|number| images.get(number - 1)).map(|image| image.image.path.clone());
                assert_eq!(found(&bytes), None, "{dates:?}: {name}, made of {source:?}");
                searched += 1;
            }
        }
        assert!(searched > images.len(), "only {searched} files were searched");
    }
}
