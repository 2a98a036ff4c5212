//! Activations as plain functions of one number, made so that the compiler turns loops over them into vector code.

/// What is applied to each number.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) enum Activation {
    #[default]
    Identity,
    /// max(0, x).
    Relu,
    /// x / (1 + exp(-x)), also called swish (Elfwing et al. 2018).
    Silu,
}

/// max(0, x); not `f32::max`, which would turn NaN into 0 and hide a broken network.
#[inline(always)]
pub(super) fn relu(x: f32) -> f32 {
    if x < 0.0 { 0.0 } else { x }
}

/// e^x to within 2e-7 of itself for x in -87..87, beyond which it stays at the ends: 2^n e^r with n the nearest whole
/// number to x / ln 2, and the first eight terms of the series for e^r, |r| <= ln 2 / 2.
#[inline(always)]
pub(super) fn exp(x: f32) -> f32 {
    /// Adding and taking away 1.5 * 2^23 rounds to a whole number, which then stands in the low bits of the sum.
    const ROUND: f32 = 12_582_912.0;
    const LN_2_HIGH: f32 = 0.693_359_4;
    const LN_2_LOW: f32 = -2.121_944_4e-4;
    let x = if x > 87.0 { 87.0 } else { x };
    let x = if x < -87.0 { -87.0 } else { x };
    let shifted = x * std::f32::consts::LOG2_E + ROUND;
    let n = shifted - ROUND;
    let r = (x - n * LN_2_HIGH) - n * LN_2_LOW;
    let mut series = 1.0 / 5040.0;
    for term in [1.0 / 720.0, 1.0 / 120.0, 1.0 / 24.0, 1.0 / 6.0, 0.5, 1.0, 1.0] {
        series = series * r + term;
    }
    let power = shifted.to_bits().wrapping_sub(ROUND.to_bits()).wrapping_add(127) << 23;
    series * f32::from_bits(power)
}

/// 1 / (1 + e^-x).
#[inline(always)]
pub(super) fn sigmoid(x: f32) -> f32 {
    1.0 / (1.0 + exp(-x))
}

/// x sigmoid(x).
#[inline(always)]
pub(super) fn silu(x: f32) -> f32 {
    x * sigmoid(x)
}

/// The derivative of [`silu`]: s (1 + x (1 - s)) with s = sigmoid(x).
#[inline(always)]
pub(super) fn silu_slope(x: f32) -> f32 {
    let s = sigmoid(x);
    s * (1.0 + x * (1.0 - s))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_exponential_is_that_of_f64() {
        for step in -8700..=8700 {
            let x = step as f32 / 100.0;
            let (ours, exact) = (f64::from(exp(x)), f64::from(x).exp());
            assert!((ours / exact - 1.0).abs() < 2e-7, "{x}: {ours} against {exact}");
        }
        assert!(exp(f32::NAN).is_nan() && silu(f32::NAN).is_nan() && relu(f32::NAN).is_nan());
        assert!(exp(1e9).is_finite() && exp(-1e9) > 0.0);
        assert!(silu(1e6) == 1e6 && silu(-1e6).abs() < 1e-30);
    }

    #[test]
    fn the_slope_is_that_of_finite_differences() {
        for step in -80..=80 {
            let (x, h) = (step as f32 / 8.0, 1e-2);
            let difference = (f64::from(silu(x + h)) - f64::from(silu(x - h))) / f64::from(2.0 * h);
            assert!((f64::from(silu_slope(x)) - difference).abs() < 1e-4, "{x}");
        }
    }
}
