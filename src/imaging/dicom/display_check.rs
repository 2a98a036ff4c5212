//! Colours and greys as they are seen against pydicom's: `tests/reference/dicom_display.py` says how files and expected
//! values were made.

use crate::imaging::decoded::{DecodedImage, Samples};
use serde_json::Value;

/// pydicom's values are rounded to seven decimals, ours are of 32 bits.
const TOLERANCE: f64 = 2e-6;

/// The cases of a kind, each with its picture.
fn cases(kind: &str) -> Vec<(String, DecodedImage, Value)> {
    let text = include_str!("../../../tests/reference/expected/dicom_display.json");
    let expected: Value = serde_json::from_str(text).unwrap();
    let case = |case: &Value| {
        let name = case["name"].as_str().unwrap().to_owned();
        let hex = case["file"].as_str().unwrap();
        let byte = |at: usize| u8::from_str_radix(&hex[at..at + 2], 16).unwrap();
        let file: Vec<u8> = (0..hex.len()).step_by(2).map(byte).collect();
        let image = super::decode(&file, 0).unwrap_or_else(|problem| panic!("{name}: {problem}"));
        assert_eq!((image.width, image.height), (6, 4), "{name}");
        (name, image, case.clone())
    };
    let cases: Vec<_> = expected[kind].as_array().unwrap().iter().map(case).collect();
    assert_eq!(cases.len(), if kind == "segmented" { 3 } else { 8 });
    cases
}

#[test]
fn colours_of_every_kind_are_pydicoms() {
    for (name, image, case) in [cases("colours"), cases("segmented")].concat() {
        let rgb = case["rgb"].as_array().unwrap().iter().map(|value| value.as_u64().unwrap() as u8).collect();
        assert_eq!(image.samples, Samples::Rgb8(rgb), "{name}");
    }
}

#[test]
fn greys_through_tables_and_windows_are_pydicoms() {
    for (name, image, case) in cases("greys") {
        let shown = image.planes(1);
        let expected = case["shown"].as_array().unwrap();
        assert_eq!(shown.len(), expected.len(), "{name}");
        for (at, (ours, theirs)) in shown.iter().zip(expected).enumerate() {
            let apart = (f64::from(*ours) - theirs.as_f64().unwrap()).abs();
            assert!(apart < TOLERANCE, "{name}: pixel {at} is {ours}, not {theirs}");
        }
    }
}
