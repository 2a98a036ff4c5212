//! TIFF, PNG, BMP and WebP files of the kinds that public issues tell of against what is stored in them:
//! `tests/reference/pictures.py` says where each kind comes from and how its files were made.

use super::{Samples, decode, special_values};
use crate::imaging::dicom::Values;
use serde_json::Value;

/// What is stored, as numbers.
fn stored(bytes: &[u8], samples: &Samples) -> Vec<f64> {
    match special_values(bytes).unwrap().map(|stored| stored.values) {
        Some(Values::I8(v)) => v.into_iter().map(f64::from).collect(),
        Some(Values::I16(v)) => v.into_iter().map(f64::from).collect(),
        Some(Values::U32(v)) => v.into_iter().map(f64::from).collect(),
        Some(Values::I32(v)) => v.into_iter().map(f64::from).collect(),
        Some(Values::F32(v)) => v.into_iter().map(f64::from).collect(),
        Some(Values::F64(v)) => v,
        Some(Values::U8(_) | Values::U16(_)) => panic!("these are read in the usual way"),
        None => match samples {
            Samples::Gray8(v) | Samples::Rgb8(v) => v.iter().map(|&v| v.into()).collect(),
            Samples::Gray16(v) | Samples::Rgb16(v) => v.iter().map(|&v| v.into()).collect(),
            Samples::Measured(_) => panic!("its values are not told"),
        },
    }
}

#[test]
fn pictures_of_every_kind_are_read_as_they_are_meant() {
    let text = include_str!("../../tests/reference/expected/pictures.json");
    let expected: Value = serde_json::from_str(text).unwrap();
    let mut wrong = Vec::new();
    for case in expected["cases"].as_array().unwrap() {
        let (name, hex) = (case["name"].as_str().unwrap(), case["file"].as_str().unwrap());
        let bytes: Vec<u8> =
            (0..hex.len()).step_by(2).map(|at| u8::from_str_radix(&hex[at..at + 2], 16).unwrap()).collect();
        let image = match decode::from_bytes(&bytes, 0) {
            Ok(image) => image,
            Err(error) => {
                wrong.push(format!("{name}: {error}"));
                continue;
            }
        };
        let values: Vec<f64> = case["values"].as_array().unwrap().iter().map(|v| v.as_f64().unwrap()).collect();
        let found = stored(&bytes, &image.samples);
        // Expected values are rounded to six decimals.
        let near = |(a, b): (&f64, &f64)| (a - b).abs() < 1e-6;
        if found.len() != values.len() || !found.iter().zip(&values).all(near) {
            wrong.push(format!("{name}: {found:?}, not {values:?}"));
        }
        let said = image.remarks.join("; ");
        if case["remark"].as_str().map_or(!said.is_empty(), |remark| !said.contains(remark)) {
            wrong.push(format!("{name}: {said:?} is said, not {:?}", case["remark"]));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn files_cut_anywhere_get_a_sentence_or_a_picture() {
    let text = include_str!("../../tests/reference/expected/pictures.json");
    let expected: Value = serde_json::from_str(text).unwrap();
    for case in expected["cases"].as_array().unwrap() {
        let hex = case["file"].as_str().unwrap();
        let bytes: Vec<u8> =
            (0..hex.len()).step_by(2).map(|at| u8::from_str_radix(&hex[at..at + 2], 16).unwrap()).collect();
        for length in (0..bytes.len()).step_by(7) {
            if let Err(error) = decode::from_bytes(&bytes[..length], 0) {
                assert!(error.to_string().contains(' '), "{} cut at {length}", case["name"]);
            }
        }
    }
}
