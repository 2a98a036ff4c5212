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
