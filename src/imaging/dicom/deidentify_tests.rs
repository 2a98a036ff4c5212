//! De-identification: identifiers planted in every attribute of the table, in private ones and in sequences are gone.

use super::confidential::listed;
use super::reference_check::{element, small};
use super::{Deidentification, Dicom, deidentify};
use dicom_core::VR;
use dicom_core::dictionary::{DataDictionary, DataDictionaryEntry};
use dicom_core::header::Tag;
use dicom_dictionary_std::{StandardDataDictionary, tags};

/// What is planted, and must be found nowhere afterwards.
pub(crate) const PLANTED: &[u8] = b"SECRETPERSON";

/// A small file with identifiers in every attribute of the table, in private ones, in a sequence, in the preamble, the
/// file's own header and behind the pixels.
pub(crate) fn planted_file(values: [u16; 2]) -> Vec<u8> {
    let mut bytes = small(b"MONOCHROME2 ", &everything_planted().0, values);
    if let Some(preamble) = bytes.get_mut(..PLANTED.len()) {
        preamble.copy_from_slice(PLANTED);
    }
    // After the transfer syntax, which ends the header that `small` makes.
    let syntax = element((2, 0x10), b"UI", b"1.2.840.10008.1.2.1\0").len();
    let more = [element((2, 0x16), b"AE", PLANTED), element((2, 0x102), b"OB", PLANTED)].concat();
    bytes.splice(132 + syntax..132 + syntax, more);
    bytes.extend(element((0xFFFC, 0xFFFC), b"OB", PLANTED));
    bytes
}

fn how(shift_days: Option<i32>) -> Deidentification {
    Deidentification { key: [7; 32], shift_days }
}

/// An explicit element of the tag with an identifier as its value.
fn planted(tag: Tag, vr: VR) -> Option<Vec<u8>> {
    let pair = (tag.group(), tag.element());
    let code: [u8; 2] = vr.to_string().as_bytes().try_into().ok()?;
    Some(match vr {
        VR::SQ => {
            let inner = element((0x0008, 0x0081), b"ST", PLANTED);
            let item = [&[0xFE, 0xFF, 0x00, 0xE0][..], &(inner.len() as u32).to_le_bytes(), &inner].concat();
            element(pair, b"SQ", &item)
        }
        VR::UI => element(pair, b"UI", b"1.2.3.SECRETPERSON"),
        VR::OB | VR::OW | VR::UN => element(pair, &code, PLANTED),
        VR::AE | VR::CS | VR::DA | VR::DT | VR::TM | VR::AS | VR::LO | VR::LT | VR::PN | VR::SH | VR::ST => {
            element(pair, &code, PLANTED)
        }
        _ => return None,
    })
}

fn contains(bytes: &[u8]) -> bool {
    bytes.windows(PLANTED.len()).any(|window| window == PLANTED)
}

/// Every attribute of the table, and some that nobody knows, with an identifier each.
fn everything_planted() -> (Vec<Vec<u8>>, usize) {
    let mut all = Vec::new();
    for tag in listed().filter(|tag| tag.group() > 2 && tag.group() < 0x7FE0) {
        let vr = StandardDataDictionary.by_tag(tag).map_or(VR::LO, |entry| entry.vr().relaxed());
        all.extend(planted(tag, vr).map(|bytes| (tag, bytes)));
    }
    let private = [Tag(0x0009, 0x0010), Tag(0x0009, 0x1001), Tag(0x0051, 0x0010), Tag(0x4321, 0x1234)];
    all.extend(private.into_iter().filter_map(|tag| Some((tag, planted(tag, VR::LO)?))));
    let unknown = Tag(0x0018, 0xFFF0);
    all.extend(planted(unknown, VR::UN).map(|bytes| (unknown, bytes)));
    // In a sequence that is kept.
    let nested = element((0x0010, 0x0010), b"PN", PLANTED);
    let item = [&[0xFE, 0xFF, 0x00, 0xE0][..], &(nested.len() as u32).to_le_bytes(), &nested].concat();
    all.push((Tag(0x0054, 0x0220), element((0x0054, 0x0220), b"SQ", &item)));
    all.sort_by_key(|(tag, _)| *tag);
    all.dedup_by_key(|(tag, _)| *tag);
    let count = all.len();
    (all.into_iter().map(|(_, bytes)| bytes).collect(), count)
}

#[test]
fn identifiers_planted_everywhere_are_gone_and_the_picture_is_not() {
    let (_, count) = everything_planted();
    assert!(count > 400, "only {count} were planted");
    let bytes = planted_file([1, 2]);
    assert!(contains(&bytes));
    let before = Dicom::parse(&bytes).unwrap();
    for shift in [None, Some(-400)] {
        let (out, report) = deidentify(&bytes, &how(shift)).unwrap();
        assert!(!contains(&out), "an identifier is left");
        let after = Dicom::parse(&out).unwrap();
        assert_eq!(after.stored(0).unwrap(), before.stored(0).unwrap());
        assert_eq!(after.text(tags::PATIENT_IDENTITY_REMOVED).as_deref(), Some("YES"));
        assert!(report.removed.len() > 100 && report.emptied.len() > 10 && report.replaced.len() > 10);
        let words = format!("{report:?}");
        assert!(!contains(words.as_bytes()), "the report repeats a value");
        assert_eq!(report.warnings.len(), 1, "burned-in words");
    }
}

#[test]
fn identifiers_are_replaced_the_same_everywhere_and_dates_keep_their_distance() {
    let uid = |value: &[u8]| element((0x0020, 0x000D), b"UI", value);
    let date = |element_number, value: &[u8]| element((0x0008, element_number), b"DA", value);
    let file = |study: &[u8], taken: &[u8]| small(b"MONOCHROME2 ", &[date(0x0022, taken), uid(study)], [1, 2]);
    let read = |bytes: &[u8], shift| {
        let (out, _) = deidentify(bytes, &how(shift)).unwrap();
        let after = Dicom::parse(&out).unwrap();
        (after.text(tags::STUDY_INSTANCE_UID), after.text(tags::ACQUISITION_DATE))
    };
    let (one, first) = read(&file(b"1.2.34", b"20240229"), Some(366));
    let (same, second) = read(&file(b"1.2.34", b"20240301"), Some(366));
    let (other, none) = read(&file(b"1.2.36", b"20240301"), None);
    assert_eq!(one, same);
    assert!(one != other && one.as_deref().is_some_and(|uid| uid.starts_with("2.25.") && uid.len() <= 64));
    assert_eq!((first.as_deref(), second.as_deref()), (Some("20250301"), Some("20250302")));
    assert_ne!(none.as_deref(), Some("20240301"));
}

#[test]
fn a_patients_name_is_the_same_for_all_files_and_another_under_another_key() {
    let patient = |id: &[u8]| element((0x0010, 0x0020), b"LO", id);
    // In the order of tags, before group 0028.
    let file = |id: &[u8]| {
        let plain = small(b"MONOCHROME2 ", &[], [1, 2]);
        let at = plain.windows(4).position(|four| four == [0x28, 0, 2, 0]).unwrap();
        [&plain[..at], &patient(id), &plain[at..]].concat()
    };
    let name = |id: &[u8], key: u8| Dicom::parse(&file(id)).unwrap().patient(&[key; 32]).unwrap();
    assert_eq!(name(b"ANNA", 1), name(b"ANNA", 1));
    assert!(name(b"ANNA", 1) != name(b"ANNA", 2) && name(b"ANNA", 1) != name(b"BERT", 1));
    let bytes = file(b"ANNA");
    let listed = Dicom::parse(&bytes).unwrap().attributes();
    let id = listed.iter().find(|line| line.name == "PatientID").unwrap();
    assert!(id.identifying && id.value == "ANNA" && id.vr == "LO" && id.tag == "(0010,0020)");
    assert!(listed.iter().any(|line| line.name == "Rows" && !line.identifying && line.value == "1"));
}

#[test]
fn a_file_whose_pixels_are_cut_short_is_refused_and_not_written_in_part() {
    let whole = planted_file([1, 2]);
    let bytes = small(b"MONOCHROME2 ", &[], [1, 2]);
    assert!(deidentify(&bytes, &how(None)).is_ok() && deidentify(&whole, &how(None)).is_ok());
    let problem = deidentify(&bytes[..bytes.len() - 1], &how(None)).unwrap_err();
    assert!(problem.to_string().contains("read whole"), "{problem}");
}

/// An item and a sequence of unknown length, as they are written within UN.
fn implicit(tag: (u16, u16), value: &[u8]) -> Vec<u8> {
    [&tag.0.to_le_bytes()[..], &tag.1.to_le_bytes(), &(value.len() as u32).to_le_bytes(), value].concat()
}

#[test]
fn sequences_of_unknown_representation_are_looked_into_whatever_ends_them() {
    let name = implicit((0x0010, 0x0010), PLANTED);
    let uid = implicit((0x0008, 0x1155), b"1.2.3.SECRETPERSON");
    let strange = implicit((0x0009, 0x1001), PLANTED);
    let item = implicit((0xFFFE, 0xE000), &[uid, strange, name].concat());
    let open = |tag: (u16, u16)| {
        let head = [&tag.0.to_le_bytes()[..], &tag.1.to_le_bytes(), b"UN\0\0\xFF\xFF\xFF\xFF"].concat();
        [head, item.clone(), implicit((0xFFFE, 0xE0DD), &[])].concat()
    };
    // Known, unknown, private, and a known one that is no sequence.
    for tag in [(0x0008, 0x1140), (0x0054, 0x0220), (0x0018, 0xFFF0), (0x0021, 0x1001), (0x0008, 0x0060)] {
        for sequence in [element(tag, b"UN", &item), open(tag), element(tag, b"OB", &item), element(tag, b"SQ", &item)]
        {
            if tag == (0x0008, 0x0060) && sequence[4..6] != *b"SQ" && sequence[8] != 0xFF {
                // Bytes of an attribute that stays are its value.
                continue;
            }
            let bytes = small(b"MONOCHROME2 ", std::slice::from_ref(&sequence), [1, 2]);
            // Explicit elements within `SQ` that look otherwise make a file that cannot be read.
            let Ok((out, report)) = deidentify(&bytes, &how(None)) else {
                assert_eq!(&sequence[4..6], b"SQ");
                continue;
            };
            assert!(!contains(&out), "{tag:?} {:?} {report:?}", &sequence[4..12]);
            let kept = Dicom::parse(&out).unwrap();
            let items = kept.header.element_opt(Tag(tag.0, tag.1)).unwrap().and_then(|element| element.items());
            // A sequence under another representation is removed.
            if (tag.0 == 0x0054 || tag == (0x0008, 0x1140)) && sequence[4..6] != *b"OB" {
                let uid = items.unwrap()[0].element(tags::REFERENCED_SOP_INSTANCE_UID).unwrap().to_str().unwrap();
                assert!(uid.starts_with("2.25."), "{uid}");
            } else {
                assert!(items.is_none());
            }
        }
    }
    // What is no sequence, though the dictionary says so, is not passed on.
    let bytes = small(b"MONOCHROME2 ", &[element((0x0008, 0x1140), b"UN", PLANTED)], [1, 2]);
    let (out, report) = deidentify(&bytes, &how(None)).unwrap();
    assert!(!contains(&out) && report.removed.contains_key("ReferencedImageSequence"), "{report:?}");
}

#[test]
fn texts_that_stay_are_the_same_bytes_in_every_character_set() {
    // 0x5C within characters of two bytes (GB18030, GBK, Shift JIS, Big5) and of ISO 2022 IR 87.
    let texts: [(&[u8], &[u8]); 4] = [
        (b"GB18030 ", b"\xCD\xF2\x82\x5C\xBB\xFA"),
        (b"GBK ", b"\x81\x5C\x82\x5C"),
        (b"\\ISO 2022 IR 87 ", b"\x1B$B\x5C\x5C\x30\x5C\x1B(B"),
        (b"ISO_IR 192", "ÄÖ\\ü ".as_bytes()),
    ];
    for (set, text) in texts {
        let sets = element((0x0008, 0x0005), b"CS", set);
        let model = element((0x0008, 0x1090), b"LO", text);
        let nested = implicit((0xFFFE, 0xE000), &element((0x0008, 0x0104), b"LO", text));
        let more = [sets, model.clone(), element((0x0054, 0x0220), b"SQ", &nested)];
        let (out, _) = deidentify(&small(b"MONOCHROME2 ", &more, [1, 2]), &how(None)).unwrap();
        assert!(out.windows(model.len()).any(|window| window == model), "{:?}", String::from_utf8_lossy(set));
        assert!(out.windows(nested.len()).any(|window| window == nested), "{:?}", String::from_utf8_lossy(set));
    }
    // Nobody sees what follows a zero.
    let hidden = element((0x0008, 0x1090), b"LO", b"MODEL\0SECRETPERSON");
    let (out, _) = deidentify(&small(b"MONOCHROME2 ", &[hidden], [1, 2]), &how(None)).unwrap();
    let shown = element((0x0008, 0x1090), b"LO", b"MODEL ");
    assert!(!contains(&out) && out.windows(shown.len()).any(|window| window == shown));
}

#[test]
fn identifiers_of_unknown_representation_are_one_and_only_the_standards_own_stay() {
    let study = |vr, value: &[u8]| {
        let more = [element((0x0020, 0x000D), vr, value)];
        let (out, _) = deidentify(&small(b"MONOCHROME2 ", &more, [1, 2]), &how(None)).unwrap();
        let file = Dicom::parse(&out).unwrap();
        file.header.element(tags::STUDY_INSTANCE_UID).unwrap().to_str().unwrap().into_owned()
    };
    let plain = study(b"UI", b"1.2.826.0.1.999.77\0\0");
    assert!(plain.starts_with("2.25.") && !plain.contains('\\'));
    assert_eq!(study(b"UN", b"1.2.826.0.1.999.77\0\0"), plain);
    assert_eq!(study(b"UI", b"1.2.840.10008.1.4.1.1\0"), "1.2.840.10008.1.4.1.1");
    for disguised in [&b"1.2.840.10008.SECRETPERSON"[..], b"1.2.840.10008.1.4.19701231\0"] {
        assert!(study(b"UI", disguised).starts_with("2.25."));
    }
}

#[test]
fn only_the_picture_of_a_file_is_kept_not_those_in_its_items() {
    let inner = element((0x7FE0, 0x0010), b"OW", PLANTED);
    let nested = element((0x0054, 0x0220), b"SQ", &implicit((0xFFFE, 0xE000), &inner));
    let mut bytes = small(b"MONOCHROME2 ", &[nested], [1, 2]);
    bytes.extend(element((0x7FE0, 0x0010), b"OW", PLANTED));
    let (out, report) = deidentify(&bytes, &how(None)).unwrap();
    assert!(!contains(&out));
    assert_eq!(report.removed.get("PixelData"), Some(&2));
    assert_eq!(Dicom::parse(&out).unwrap().stored(0).unwrap(), Dicom::parse(&bytes).unwrap().stored(0).unwrap());
}

#[test]
fn a_pseudonym_is_of_one_key_kind_and_name_and_says_nothing_of_them() {
    let of = |key: u8, kind: &str, name: &str| super::pseudonym(&[key; 32], kind, name);
    let one = of(1, "group", "4711");
    assert!(one.len() == 16 && one.bytes().all(|byte| byte.is_ascii_hexdigit()), "{one}");
    assert_eq!(one, of(1, "group", "4711"));
    for other in [of(2, "group", "4711"), of(1, "reader", "4711"), of(1, "group", "4712")] {
        assert_ne!(one, other);
    }
}
