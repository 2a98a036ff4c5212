//! Stored values against pydicom's: `tests/reference/dicom.py` says how the expected ones were made.

use super::{Dicom, DicomProblem, Stored, Values};
use crate::files::hash::sha256_hex;
use serde_json::Value;
use std::path::{Path, PathBuf};

/// Greys of lossy JPEG and JPEG 2000 may differ by this from another decoder's, whose transforms round elsewhere.
const LOSSY: i64 = 1;

/// The files, or `None` after saying why the test is skipped. In CI their absence is a failure.
fn folder() -> Option<PathBuf> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    // Worktrees lie one folder deeper than the checkout.
    let found =
        ["../shared/data/dicom", "../../shared/data/dicom"].map(|up| root.join(up)).into_iter().find(|p| p.is_dir());
    if found.is_none() {
        assert!(std::env::var_os("OVERREAD_NO_SKIPS").is_none(), "../shared/data/dicom must be there in CI");
        println!("skipped: ../shared/data/dicom is not there");
    }
    found
}

fn stored(path: &Path) -> Result<Stored, DicomProblem> {
    Dicom::parse(&std::fs::read(path).unwrap())?.stored(0)
}

/// The type's name in NumPy, the bytes in little-endian order, and the values where they are whole numbers.
fn flat(values: &Values) -> (&'static str, Vec<u8>, Vec<i64>) {
    macro_rules! of {
        ($name:literal, $v:expr) => {
            ($name, $v.iter().flat_map(|v| v.to_le_bytes()).collect(), $v.iter().map(|&v| v as i64).collect())
        };
    }
    match values {
        Values::U8(v) => of!("|u1", v),
        Values::I8(v) => of!("|i1", v),
        Values::U16(v) => of!("<u2", v),
        Values::I16(v) => of!("<i2", v),
        Values::U32(v) => of!("<u4", v),
        Values::I32(v) => of!("<i4", v),
        Values::F32(v) => of!("<f4", v),
        Values::F64(v) => of!("<f8", v),
    }
}

#[test]
fn stored_values_are_pydicoms_and_every_other_file_gets_a_sentence() {
    let Some(folder) = folder() else { return };
    let expected: Value = serde_json::from_str(include_str!("../../../tests/reference/expected/dicom.json")).unwrap();
    let mut compared = 0;
    for (name, file) in expected["files"].as_object().unwrap() {
        let found = stored(&folder.join(name));
        let Some(shape) = file["shape"].as_array() else {
            // 12-bit streams with a wrong header field that the reference decoder refuses are read all the same.
            if !name.contains("JPLY") && !name.contains("JPEG-lossy") {
                let problem = found.err().unwrap_or_else(|| panic!("{name} is read, which pydicom refuses"));
                assert!(problem.to_string().contains(' '), "{name}: {problem}");
            }
            continue;
        };
        let found = found.unwrap_or_else(|problem| panic!("{name}: {problem}"));
        let sides: Vec<usize> = shape.iter().map(|side| side.as_u64().unwrap() as usize).collect();
        assert_eq!([found.rows, found.columns], sides[..2], "{name}");
        let (kind, bytes, values) = flat(&found.values);
        assert_eq!(kind, file["type"].as_str().unwrap(), "{name}");
        if file["lossy"].as_bool().unwrap() {
            let step = file["sample_step"].as_u64().unwrap() as usize;
            for (index, value) in file["sample"].as_array().unwrap().iter().enumerate() {
                let apart = (values[index * step] - value.as_i64().unwrap()).abs();
                assert!(apart <= LOSSY, "{name}: value {} is {apart} off", index * step);
            }
            let apart = (values.iter().sum::<i64>() - file["sum"].as_i64().unwrap()).abs();
            assert!((apart as f64) < 0.05 * values.len() as f64, "{name}: the mean is off by {apart} in all");
        } else {
            assert_eq!(sha256_hex(&bytes), file["sha256"].as_str().unwrap(), "{name}");
        }
        compared += 1;
    }
    assert!(compared >= 27, "only {compared} files were compared");
}

#[test]
fn lossless_variants_equal_their_uncompressed_twin() {
    let Some(folder) = folder() else { return };
    let xray = |name: &str| stored(&folder.join("xray").join(format!("robyoung__WG04__{name}.dcm"))).unwrap();
    let twin = xray("REF__RG2_UNC");
    for name in ["J2KR__RG2_J2KR", "JLSL__RG2_JLSL", "JPLL__RG2_JPLL"] {
        assert!(xray(name) == twin, "{name}");
    }
    let twin = xray("REF__XA1_UNC");
    for name in ["JLSL__XA1_JLSL", "JPLL__XA1_JPLL"] {
        assert!(xray(name) == twin, "{name}");
    }
    // The 12-bit lossy variant is near its twin, though no other decoder at hand reads it.
    let (Values::U16(twin), Values::U16(lossy)) = (twin.values, xray("JPLY__XA1_JPLY").values) else { panic!("type") };
    let apart: f64 = twin.iter().zip(&lossy).map(|(a, b)| f64::from(a.abs_diff(*b))).sum();
    assert!(apart / (twin.len() as f64) < 8.0, "{} apart on average", apart / twin.len() as f64);
}

/// An explicit little-endian element; the length fits 16 bits.
pub(crate) fn element(tag: (u16, u16), vr: &[u8; 2], value: &[u8]) -> Vec<u8> {
    let mut out = [tag.0.to_le_bytes(), tag.1.to_le_bytes()].concat();
    out.extend(vr);
    if matches!(vr, b"OW" | b"OB" | b"SQ" | b"UN") {
        out.extend([0, 0]);
        out.extend((value.len() as u32).to_le_bytes());
    } else {
        out.extend((value.len() as u16).to_le_bytes());
    }
    out.extend(value);
    out
}

/// A small uncompressed file: frames of 2 x 1 signed values of 12 bits in 16.
pub(crate) fn small(photometric: &[u8], more: &[Vec<u8>], values: impl IntoIterator<Item = u16>) -> Vec<u8> {
    let mut bytes = vec![0; 128];
    bytes.extend(b"DICM");
    bytes.extend(element((2, 0x10), b"UI", b"1.2.840.10008.1.2.1\0"));
    let us = |e, v: u16| element((0x28, e), b"US", &v.to_le_bytes());
    bytes.extend([us(2, 1), element((0x28, 4), b"CS", photometric), us(0x10, 1), us(0x11, 2)].concat());
    bytes.extend([us(0x100, 16), us(0x101, 12), us(0x102, 11), us(0x103, 1)].concat());
    more.iter().for_each(|element| bytes.extend(element));
    let pixels: Vec<u8> = values.into_iter().flat_map(|v| v.to_le_bytes()).collect();
    bytes.extend(element((0x7FE0, 0x10), b"OW", &pixels));
    bytes
}

#[test]
fn bits_above_the_stored_ones_do_not_count_and_the_sign_does() {
    let bytes = small(b"MONOCHROME2 ", &[], [0xF801, 0x7FFF]);
    assert!(super::is_dicom(&bytes));
    assert_eq!(Dicom::parse(&bytes).unwrap().stored(0).unwrap().values, Values::I16(vec![-2047, -1]));
    assert!(matches!(Dicom::parse(&bytes).unwrap().stored(1), Err(DicomProblem::NoFrame { asked: 1, have: 1 })));
}

#[test]
fn rescale_window_and_polarity_reach_what_is_shown() {
    let header = |e, text: &[u8]| element((0x28, e), b"DS", text);
    let more = [header(0x1050, b"10\\0"), header(0x1051, b"20\\1"), header(0x1052, b"5 "), header(0x1053, b"2 ")];
    for (photometric, expected) in [(&b"MONOCHROME2 "[..], [0.0, 1.0]), (b"MONOCHROME1 ", [1.0, 0.0])] {
        // Stored -3 and 9 mean -1 and 23.
        let image = super::decode(&small(photometric, &more, [0x0FFD, 9]), 0).unwrap();
        assert_eq!(image.range(), (-1.0, 23.0));
        assert_eq!(image.planes(1), expected);
        assert_eq!(crate::imaging::window::default_window(&image), (10.0, 20.0));
        let shown = crate::imaging::render(&image, crate::domain::Voi::default(), false, 9);
        assert_eq!([shown.rgba[0], shown.rgba[4]], expected.map(|v: f32| (v * 255.0) as u8));
        assert_eq!(image.bits, 12);
    }
}

#[test]
fn files_cut_anywhere_or_claiming_too_much_get_a_sentence() {
    let bytes = small(b"MONOCHROME2 ", &[], [1, 2]);
    for length in 0..bytes.len() {
        let cut = Dicom::parse(&bytes[..length]).and_then(|file| file.stored(0));
        assert!(cut.is_err(), "cut at {length}");
    }
    let huge = [element((0x28, 0x10), b"US", &[255, 255]), element((0x28, 0x11), b"US", &[255, 255])];
    let bytes = small(b"MONOCHROME2 ", &huge, [1, 2]);
    assert!(matches!(Dicom::parse(&bytes).unwrap().stored(0), Err(DicomProblem::TooMuch(_))));
    let frames = [element((0x28, 8), b"IS", b"99999 ")];
    let bytes = small(b"MONOCHROME2 ", &frames, [1, 2]);
    let file = Dicom::parse(&bytes).unwrap();
    assert_eq!((file.layout().unwrap().frames, file.frames_there().unwrap()), (99_999, 1));
    assert!(file.stored(0).is_ok(), "the frame that is there");
    assert!(matches!(file.stored(1), Err(DicomProblem::PixelsCutShort { .. })));
    let mut deep = Vec::new();
    for _ in 0..200 {
        let item = [&[0xFE, 0xFF, 0x00, 0xE0][..], &(deep.len() as u32).to_le_bytes(), &deep].concat();
        deep = element((0x40, 0xA730), b"SQ", &item);
    }
    assert!(matches!(Dicom::parse(&small(b"MONOCHROME2 ", &[deep], [1, 2])), Err(DicomProblem::TooDeep(_))));
}

#[test]
fn spacing_and_shape_of_pixels_are_those_of_the_frame() {
    use crate::domain::{Spacing, SpacingKind};
    let text = |tag, vr: &[u8; 2], value: &[u8]| element(tag, vr, value);
    let item =
        |content: &[u8]| [&[0xFE, 0xFF, 0x00, 0xE0][..], &(content.len() as u32).to_le_bytes(), content].concat();
    let group = |tag, content: &[u8]| element(tag, b"SQ", &item(content));
    let measures = |value: &[u8]| group((0x28, 0x9110), &text((0x28, 0x30), b"DS", value));
    let anatomy = |side: &[u8]| group((0x20, 0x9071), &text((0x20, 0x9072), b"CS", side));
    let shared = group((0x5200, 0x9229), &measures(b"0.5\\0.25"));
    let own = [item(&anatomy(b"R ")), item(&[measures(b"1,5\\1.0 "), anatomy(b"L ")].concat())].concat();
    let more = [
        element((0x28, 8), b"IS", b"2 "),
        text((0x28, 0x30), b"DS", b"9\\9 "),
        shared,
        element((0x5200, 0x9230), b"SQ", &own),
    ];
    let bytes = small(b"MONOCHROME2 ", &more, [1, 2, 3, 4]);
    let file = Dicom::parse(&bytes).unwrap();
    let kind = SpacingKind::Patient;
    let (first, second) = (file.metadata(0), file.metadata(1));
    assert_eq!(first.spacing, Some(Spacing { vertical: 0.5, horizontal: 0.25, kind }));
    assert_eq!(second.spacing, Some(Spacing { vertical: 1.5, horizontal: 1.0, kind }));
    assert_eq!([first.laterality.as_deref(), second.laterality.as_deref()], [Some("R"), Some("L")]);
    assert!(first.remarks.is_empty() && second.remarks[0].contains("decimal comma"), "{:?}", second.remarks);
    assert_eq!(file.picture(0).unwrap().shape, 2.0);
    // Only the shape is known: angles and the screen follow it, lengths stay in pixels.
    let bytes = small(b"MONOCHROME2 ", &[element((0x28, 0x34), b"IS", b"1\\2 ")], [1, 2]);
    let file = Dicom::parse(&bytes).unwrap();
    let spacing = file.metadata(0).spacing;
    assert_eq!(spacing, Some(Spacing { vertical: 0.5, horizontal: 1.0, kind: SpacingKind::Ratio }));
    assert_eq!(file.picture(0).unwrap().shape, 0.5);
    let measure = |measure, points: &[[f64; 2]]| {
        crate::domain::Measurement::new(measure, points.to_vec()).value(spacing).unwrap().to_string()
    };
    let corner = [[20.0, 10.0], [10.0, 10.0], [20.0, 20.0]];
    assert_eq!(measure(crate::domain::Measure::Angle, &corner), "26.6°");
    assert_eq!(measure(crate::domain::Measure::Length, &[[0.0, 0.0], [3.0, 8.0]]), "5.0 px");
}

#[test]
fn of_frames_that_are_missing_the_others_are_taken_and_it_is_said() {
    let bytes = small(b"MONOCHROME2 ", &[element((0x28, 8), b"IS", b"4 ")], [1, 2, 3, 4]);
    let path = tempfile::tempdir().unwrap();
    let file = path.path().join("a.dcm");
    std::fs::write(&file, bytes).unwrap();
    let frames = crate::imaging::probe(&file, &super::Patients::Ignored);
    let said: Vec<String> =
        frames.iter().map(|frame| frame.as_ref().map_or_else(ToString::to_string, |_| "read".into())).collect();
    assert_eq!(said[..2], ["read", "read"]);
    assert!(said.len() == 3 && said[2].contains("states 4 frames") && said[2].contains("after 2"), "{said:?}");
}

#[test]
fn a_picture_says_which_way_it_lies_in_what_its_values_are_and_which_of_its_series_it_is() {
    use crate::domain::Orientation;
    let item =
        |content: &[u8]| [&[0xFE, 0xFF, 0x00, 0xE0][..], &(content.len() as u32).to_le_bytes(), content].concat();
    let plane = |value: &[u8]| element((0x20, 0x9116), b"SQ", &item(&element((0x20, 0x37), b"DS", value)));
    let taken =
        |more: &[Vec<u8>], frame| Dicom::parse(&small(b"MONOCHROME2 ", more, [1, 2, 3, 4])).unwrap().taken(frame);
    // A projection says it in words.
    let film = [element((8, 0x60), b"CS", b"DX"), element((0x20, 0x20), b"CS", b"R\\F ")];
    let film = taken(&film, 0);
    assert_eq!(film.orientation, Orientation::from_letters("R", "F"));
    assert_eq!((film.units, film.frame), (None, None));
    // A section by its cosines, of each frame its own, before words that say something else.
    let own = [item(&plane(b"1\\0\\0\\0\\1\\0 ")), item(&plane(b"0\\1\\0\\0\\0\\-1"))].concat();
    let section = [
        element((8, 0x60), b"CS", b"CT"),
        element((0x20, 0x0D), b"UI", b"1.2.3.4\0"),
        element((0x20, 0x11), b"IS", b"3 "),
        element((0x20, 0x13), b"IS", b"17"),
        element((0x20, 0x20), b"CS", b"R\\F "),
        element((0x28, 8), b"IS", b"2 "),
        element((0x28, 0x1052), b"DS", b"-1024 "),
        element((0x28, 0x1053), b"DS", b"1 "),
        element((0x5200, 0x9230), b"SQ", &own),
    ];
    let (first, second) = (taken(&section, 0), taken(&section, 1));
    assert_eq!(first.orientation, Orientation::from_cosines([1.0, 0.0, 0.0, 0.0, 1.0, 0.0]));
    assert_eq!(second.orientation.unwrap().towards([0.0, 1.0]), "F");
    assert_eq!((first.units.as_deref(), first.series, first.instance), (Some("HU"), Some(3), Some(17)));
    assert_eq!([first.frame, second.frame], [Some((1, 2)), Some((2, 2))]);
    // printf 1.2.3.4 | sha256sum
    assert_eq!(first.study.as_deref(), Some("6694f83c"));
    assert_eq!(taken(&[], 0), crate::domain::Taken::default());
}
