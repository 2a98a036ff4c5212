//! What becomes of a value of every attribute of table E.1-1 (PS3.15), compared with what another program does:
//! `tests/reference/confidential_actions.py` says how its answers were made. Every difference is named here, with why.

use super::reference_check::{element, small};
use super::{Deidentification, Dicom, deidentify};
use dicom_core::header::Tag;
use std::collections::BTreeMap;

/// A difference: what the table says (`-` where it says nothing), what the other program does and what is done here
/// (X removed, Z emptied, D replaced, K kept), of which attributes, and why.
struct Difference {
    table: &'static str,
    theirs: &'static str,
    ours: &'static str,
    attributes: &'static [u32],
    why: &'static str,
}

#[rustfmt::skip]
const DIFFERENCES: &[Difference] = &[
    Difference {
        table: "-", theirs: "K", ours: "X",
        attributes: &[
            0x6000_0010, 0x6000_0011, 0x6000_0022, 0x6000_0040, 0x6000_0045, 0x6000_0050, 0x6000_0100, 0x6000_0102, 0x6000_1301,
            0x6000_1500,
        ],
        why: "without its data, which the table removes, an overlay's description is of no use, and its label may \
            say as much as its comments",
    },
    Difference {
        table: "D", theirs: "D", ours: "Z",
        attributes: &[
            0x0034_0001, 0x0040_1101, 0x0040_A073, 0x0040_A730, 0x0070_0001,
        ],
        why: "the other program invents words within the items; an invented item would claim something, an empty \
            sequence does not",
    },
    Difference {
        table: "U", theirs: "D", ours: "X",
        attributes: &[
            0x0000_1001, 0x0004_1511,
        ],
        why: "commands and directory records have no place in the data set of a picture (PS3.10 section 7)",
    },
    Difference {
        table: "U", theirs: "K", ours: "X",
        attributes: &[
            0x0002_0003,
        ],
        why: "the file's own header is written again; the other program forgets it in a data set",
    },
    Difference {
        table: "X", theirs: "D", ours: "X",
        attributes: &[
            0x0008_0024, 0x0008_0025, 0x0010_21D0, 0x0012_0086, 0x0012_0087, 0x0014_407E, 0x0018_1012, 0x0018_1200, 0x0018_1204,
            0x0018_1205, 0x0020_3403, 0x0032_0032, 0x0032_0034, 0x0032_1000, 0x0032_1010, 0x0032_1040, 0x0032_1050, 0x0038_001A,
            0x0038_001C, 0x0038_0020, 0x0038_0030, 0x0040_0002, 0x0040_0004, 0x0040_0244, 0x0040_0250, 0x0040_2004, 0x0040_A023,
            0x0040_A110, 0x0040_A192, 0x0070_0082, 0x2100_0040, 0x4008_0100, 0x4008_0108, 0x4008_0112,
        ],
        why: "the other program replaces dates that the table removes; here they are removed",
    },
    Difference {
        table: "X/D", theirs: "D", ours: "Z",
        attributes: &[
            0x0008_1072, 0x0040_B020,
        ],
        why: "as the sequences of action D",
    },
    Difference {
        table: "X/Z", theirs: "D", ours: "Z",
        attributes: &[
            0x0008_0022, 0x0008_0032,
        ],
        why: "the other program replaces dates and times that the table lets be empty; here they are empty",
    },
    Difference {
        table: "X/Z/D", theirs: "D", ours: "Z",
        attributes: &[
            0x0008_0082, 0x0008_1111,
        ],
        why: "empty is allowed, and claims nothing",
    },
    Difference {
        table: "X/Z/U*", theirs: "Z", ours: "K",
        attributes: &[
            0x0008_1140, 0x0008_2112,
        ],
        why: "the table lets items stay whose identifiers are replaced, which keeps the images of a study \
            together",
    },
    Difference {
        table: "Z", theirs: "D", ours: "Z",
        attributes: &[
            0x0008_0020, 0x0008_0030, 0x0010_0030, 0x0018_1203, 0x0040_A082, 0x3006_0008, 0x3006_0009, 0x300E_0004, 0x300E_0005,
        ],
        why: "the other program replaces dates and times that the table wants empty; here they are empty",
    },
];

/// An element with a value that says something.
fn planted(tag: (u16, u16), vr: &str) -> Vec<u8> {
    let item = || {
        let inner = element((0x0008, 0x0104), b"LO", b"VALUE ");
        [&[0xFE, 0xFF, 0x00, 0xE0][..], &(inner.len() as u32).to_le_bytes(), &inner].concat()
    };
    let sequence = item();
    let value: &[u8] = match vr {
        "SQ" => &sequence,
        "AS" => b"042Y",
        "DA" => b"20200102",
        "DT" => b"20200102030405",
        "TM" => b"030405",
        "UI" => b"1.2.3\0",
        "DS" | "IS" => b"7 ",
        "US" | "SS" => &[7, 0],
        "UL" | "SL" | "FL" => &[7, 0, 0, 0],
        "FD" => &[0, 0, 0, 0, 0, 0, 0x1C, 0x40],
        _ => b"VALUES",
    };
    let code: [u8; 2] = vr.as_bytes().try_into().unwrap();
    let mut out = [tag.0.to_le_bytes(), tag.1.to_le_bytes()].concat();
    if matches!(vr, "SQ" | "OB" | "OW" | "UN") {
        return element(tag, &code, value);
    }
    out.extend(code);
    if matches!(vr, "UC" | "UR" | "UT") {
        out.extend([0, 0]);
        out.extend((value.len() as u32).to_le_bytes());
    } else {
        out.extend((value.len() as u16).to_le_bytes());
    }
    out.extend(value);
    out
}

/// What becomes of it.
fn became(tag: (u16, u16), vr: &str) -> &'static str {
    let before = planted(tag, vr);
    let how = Deidentification { key: [7; 32], shift_days: None };
    let (out, _) = deidentify(&small(b"MONOCHROME2 ", std::slice::from_ref(&before), [1, 2]), &how).unwrap();
    let file = Dicom::parse(&out).unwrap();
    let Some(found) = file.header.element_opt(Tag(tag.0, tag.1)).unwrap() else { return "X" };
    if let Some(items) = found.items() {
        return if items.is_empty() { "Z" } else { "K" };
    }
    if found.value().to_bytes().unwrap().is_empty() {
        "Z"
    } else if out.windows(before.len()).any(|window| window == before) {
        "K"
    } else {
        "D"
    }
}

#[test]
fn every_attribute_is_treated_as_another_program_treats_it_or_the_difference_is_named() {
    let text = include_str!("../../../tests/reference/expected/confidential_actions.tsv");
    let mut found: BTreeMap<[&str; 3], Vec<u32>> = BTreeMap::new();
    let mut same = 0;
    for line in text.lines().filter(|line| !line.starts_with('#')) {
        let &[number, vr, table, theirs] = line.split('\t').collect::<Vec<_>>().first_chunk().unwrap();
        let number = u32::from_str_radix(number, 16).unwrap();
        let ours = became(((number >> 16) as u16, number as u16), vr);
        // What another identifier is to the table, a replaced value is here.
        let allowed = table.replace('U', "D").replace("D*", "K");
        assert!(
            table == "-" || number < 0x0008_0000 || allowed.contains(ours) || vr == "SQ" && ours == "Z",
            "{line}: {ours}"
        );
        if ours == theirs {
            same += 1;
        } else {
            found.entry([table, theirs, ours]).or_default().push(number);
        }
    }
    let named: BTreeMap<[&str; 3], Vec<u32>> =
        DIFFERENCES.iter().map(|d| ([d.table, d.theirs, d.ours], d.attributes.to_vec())).collect();
    assert_eq!(named.len(), DIFFERENCES.len());
    assert!(DIFFERENCES.iter().all(|difference| !difference.why.is_empty()));
    let hexadecimal = |all: &BTreeMap<[&str; 3], Vec<u32>>| {
        let line = |(key, tags): (&[&str; 3], &Vec<u32>)| {
            format!(
                "{key:?} {}",
                tags.iter().map(|tag| format!("0x{:04X}_{:04X}, ", tag >> 16, tag & 0xFFFF)).collect::<String>()
            )
        };
        all.iter().map(line).collect::<Vec<_>>().join("\n")
    };
    assert_eq!(hexadecimal(&found), hexadecimal(&named));
    assert_eq!(same + found.values().map(Vec::len).sum::<usize>(), 673);
}
