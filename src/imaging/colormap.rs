//! Colours for heat maps: perceptually uniform, so that equal steps of the value look like equal steps.

/// The sRGB colour of a value from 0 (nothing) to 1 (strongest), matplotlib's inferno; values outside are clamped, and
/// what is no number counts as 0.
pub fn heat(value: f32) -> [u8; 3] {
    let value = if value.is_nan() { 0.0 } else { value.clamp(0.0, 1.0) };
    colorous::INFERNO.eval_continuous(f64::from(value)).as_array()
}

/// The sRGB colour of a value of a signed map, from -1 (most against) over 0 (neither) to 1 (most for): blue, near white,
/// red of equal lightness on both sides, which eyes that confuse red with green tell apart as well (ColorBrewer's RdBu).
/// Values outside are clamped, and what is no number counts as 0.
pub fn signed_heat(value: f32) -> [u8; 3] {
    let value = if value.is_nan() { 0.0 } else { value.clamp(-1.0, 1.0) };
    colorous::RED_BLUE.eval_continuous(f64::from(1.0 - value) / 2.0).as_array()
}

/// The colour of a value of a map and how much of it shows, 0 to 1: what does not matter stays clear.
pub fn of_map(value: f32, signed: bool) -> ([u8; 3], f32) {
    let value = if value.is_nan() { 0.0 } else { value };
    if signed { (signed_heat(value), value.abs().min(1.0)) } else { (heat(value), value.clamp(0.0, 1.0)) }
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

    #[test]
    fn signed_maps_are_red_above_zero_and_blue_below() {
        let ([red, _, blue], shown) = of_map(0.8, true);
        assert!(red > blue && shown == 0.8);
        let ([red, _, blue], shown) = of_map(-0.8, true);
        assert!(red < blue && shown == 0.8);
        assert_eq!(of_map(0.3, false), (heat(0.3), 0.3));
        assert_eq!(of_map(-0.3, false), (heat(0.0), 0.0));
    }
}
