//! Files of the kinds that public issues tell of against what is right: `tests/reference/dicom_reading.py` says where
//! each kind comes from, how its files were made and with which decoders the expected values were compared.

use super::{Dicom, Values};
use crate::imaging::decoded::Samples;
use serde_json::Value;

/// Expected greys are rounded to six decimals, ours are of 32 bits.
const TOLERANCE: f64 = 3e-6;

fn bytes(hex: &str) -> Vec<u8> {
    (0..hex.len()).step_by(2).map(|at| u8::from_str_radix(&hex[at..at + 2], 16).unwrap()).collect()
}

fn numbers(values: &Value) -> Option<Vec<f64>> {
    Some(values.as_array()?.iter().map(|value| value.as_f64().unwrap()).collect())
}

fn whole(values: &Values) -> Vec<f64> {
    match values {
        Values::U8(v) => v.iter().map(|&v| v.into()).collect(),
        Values::U16(v) => v.iter().map(|&v| v.into()).collect(),
        Values::I16(v) => v.iter().map(|&v| v.into()).collect(),
        other => panic!("{other:?}"),
    }
}

/// What is wrong with a case, if anything.
fn wrong(case: &Value) -> Option<String> {
    let file = bytes(case["file"].as_str().unwrap());
    let frame = case["frame"].as_u64().unwrap() as usize;
    let image = match super::decode(&file, frame) {
        Ok(image) => image,
        Err(problem) => return Some(problem.to_string()),
    };
    let differs = |ours: &[f64], theirs: &[f64], near: f64| {
        let apart = ours.iter().zip(theirs).map(|(a, b)| (a - b).abs()).fold(0.0, f64::max);
        (ours.len() != theirs.len() || apart > near).then(|| format!("{apart} apart: {ours:.3?}, not {theirs:.3?}"))
    };
    let remarks = image.remarks.join("; ");
    let unsaid = match case["remark"].as_str() {
        Some(remark) if !remarks.contains(remark) => Some(format!("{remark:?} is not said, but {remarks:?}")),
        None if !remarks.is_empty() => Some(format!("it is said that {remarks:?}")),
        _ => None,
    };
    let stored = numbers(&case["stored"]).and_then(|expected| {
        let found = Dicom::parse(&file).unwrap().stored(frame).unwrap();
        differs(&whole(&found.values), &expected, 0.0)
    });
    let shown = numbers(&case["shown"]).and_then(|expected| {
        let shown: Vec<f64> = image.planes(1).into_iter().map(f64::from).collect();
        differs(&shown, &expected, TOLERANCE)
    });
    let rgb = case["rgb"].as_str().and_then(|hex| {
        let expected: Vec<f64> = bytes(hex).into_iter().map(f64::from).collect();
        let Samples::Rgb8(found) = &image.samples else { return Some("it has no colours".into()) };
        let found: Vec<f64> = found.iter().map(|&value| value.into()).collect();
        differs(&found, &expected, case["near"].as_f64().unwrap())
    });
    stored.or(shown).or(rgb).or(unsaid)
}

#[test]
fn files_of_every_kind_are_read_as_they_are_meant() {
    let text = include_str!("../../../tests/reference/expected/dicom_reading.json");
    let expected: Value = serde_json::from_str(text).unwrap();
    let cases = expected["cases"].as_array().unwrap();
    assert!(cases.len() > 100, "only {} cases", cases.len());
    let wrong: Vec<String> = cases
        .iter()
        .filter_map(|case| wrong(case).map(|why| format!("{} ({}): {why}", case["name"], case["source"])))
        .collect();
    assert!(wrong.is_empty(), "{} of {} cases:\n{}", wrong.len(), cases.len(), wrong.join("\n"));
}
