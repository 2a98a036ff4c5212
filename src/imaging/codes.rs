//! Stored values of any kind as codes of 16 bits, which is what greys are kept and shown by.

use super::dicom::Values;
use super::greyscale::{Curve, Greyscale, Measured, Modality};
use std::sync::Arc;

impl Values {
    /// How many there are.
    pub fn len(&self) -> usize {
        match self {
            Values::U8(v) => v.len(),
            Values::I8(v) => v.len(),
            Values::U16(v) => v.len(),
            Values::I16(v) => v.len(),
            Values::U32(v) => v.len(),
            Values::I32(v) => v.len(),
            Values::F32(v) => v.len(),
            Values::F64(v) => v.len(),
        }
    }

    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }
}

impl Measured {
    /// Greys of which nothing is known but their values: all of them are shown, from the smallest, black, to the largest.
    pub fn plain(values: &Values) -> Self {
        let (codes, first, step) = codes(values);
        let ends = codes.iter().min().zip(codes.iter().max());
        let (low, high) =
            ends.map_or((0.0, 0.0), |(low, high)| (first + step * f64::from(*low), first + step * f64::from(*high)));
        let scale = Greyscale {
            first,
            step,
            modality: Modality::Linear { slope: 1.0, intercept: 0.0 },
            presets: Vec::new(),
            curve: Curve::Linear,
            inverted: false,
            padding: None,
            range: (low, high),
            whole: ((low + high + 1.0) / 2.0, high - low + 1.0),
        };
        Self { codes, scale: Arc::new(scale) }
    }
}

/// Codes of 16 bits with the stored value of code 0 and the step between codes.
pub(super) fn codes(values: &Values) -> (Vec<u16>, f64, f64) {
    match values {
        Values::U8(v) => (v.iter().map(|&v| v.into()).collect(), 0.0, 1.0),
        Values::I8(v) => (v.iter().map(|&v| (i16::from(v) + 128).cast_unsigned()).collect(), -128.0, 1.0),
        Values::U16(v) => (v.clone(), 0.0, 1.0),
        Values::I16(v) => (v.iter().map(|&v| (i32::from(v) + 32_768) as u16).collect(), -32_768.0, 1.0),
        Values::U32(v) => spread(v.iter().map(|&v| v.into()), true),
        Values::I32(v) => spread(v.iter().map(|&v| v.into()), true),
        Values::F32(v) => spread(v.iter().map(|&v| v.into()), false),
        Values::F64(v) => spread(v.iter().copied(), false),
    }
}

/// Values spread over 65,536 codes from the smallest to the largest; what is no number becomes the smallest.
fn spread(values: impl Iterator<Item = f64> + Clone, whole: bool) -> (Vec<u16>, f64, f64) {
    let finite = values.clone().filter(|value| value.is_finite());
    let (low, high) = finite.fold((f64::INFINITY, f64::NEG_INFINITY), |(low, high), v| (low.min(v), high.max(v)));
    if low > high {
        return (values.map(|_| 0).collect(), 0.0, 1.0);
    }
    let span = high - low;
    let step = if span == 0.0 || (whole && span <= 65_535.0) { 1.0 } else { span / 65_535.0 };
    (values.map(|value| ((value - low) / step).round() as u16).collect(), low, step)
}
