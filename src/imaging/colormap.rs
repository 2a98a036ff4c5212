//! Colours for heat maps: perceptually uniform, so that equal steps of the value look like equal steps.

/// The sRGB colour of a value from 0 (nothing) to 1 (strongest), matplotlib's inferno; values outside are clamped, and
/// what is no number counts as 0.
pub fn heat(value: f32) -> [u8; 3] {
    let value = if value.is_nan() { 0.0 } else { value.clamp(0.0, 1.0) };
    colorous::INFERNO.eval_continuous(f64::from(value)).as_array()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lightness_grows_with_the_value() {
        let luma = |v: f32| {
            let [r, g, b] = heat(v).map(f64::from);
            0.299 * r + 0.587 * g + 0.114 * b
        };
        let steps: Vec<f64> = (0..=20u8).map(|i| luma(f32::from(i) / 20.0)).collect();
        assert!(steps.windows(2).all(|pair| pair[1] > pair[0]), "{steps:?}");
        assert_eq!(heat(f32::NAN), heat(-3.0));
        assert_eq!(heat(9.0), heat(1.0));
    }
}
