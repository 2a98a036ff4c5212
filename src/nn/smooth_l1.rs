//! The loss of lengths and places: quadratic near zero, linear beyond.

use candle_core::{Result, Tensor, bail};

/// Sum over all elements of smooth L1 (Girshick 2015, "Fast R-CNN", equation 3), as
/// `torch.nn.functional.smooth_l1_loss(beta=.., reduction="sum")`: a scalar with a gradient. With d the distance, an
/// element's loss is `d^2 / (2 beta)` below `beta` and `d - beta / 2` above.
///
/// # Errors
/// When the shapes differ.
pub fn smooth_l1(values: &Tensor, targets: &Tensor, beta: f64) -> Result<Tensor> {
    if values.dims() != targets.dims() {
        bail!("smooth L1 of {:?} values and {:?} targets", values.dims(), targets.dims());
    }
    let distance = (values - targets)?.abs()?;
    // The part up to beta counts as a square, what is beyond as it is.
    let near = distance.minimum(beta as f32)?;
    let quadratic = near.sqr()?.affine(0.5 / beta, 0.0)?;
    (quadratic + (distance - near)?)?.sum_all()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::nn::formula::list;
    use candle_core::{Device, Var};

    #[test]
    fn both_sides_of_the_bend_are_those_of_the_definition() {
        let x = Var::from_vec(vec![0.0f32, 0.1, -0.1, 2.0, -3.0, 0.25], 6, &Device::Cpu).expect("x");
        let loss = smooth_l1(&x, &x.zeros_like().expect("zeros"), 0.25).expect("loss");
        let expected = 2.0 * 0.01 / 0.5 + (2.0 - 0.125) + (3.0 - 0.125) + 0.125;
        assert!((loss.to_scalar::<f32>().expect("one") - expected).abs() < 1e-6);
        let slopes = list(loss.backward().expect("gradients").get(&x).expect("one"));
        for (found, expected) in slopes.iter().zip([0.0, 0.4, -0.4, 1.0, -1.0, 1.0]) {
            assert!((found - expected).abs() < 1e-6, "{slopes:?}");
        }
    }
}
