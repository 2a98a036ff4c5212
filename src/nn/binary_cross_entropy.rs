//! Binary cross entropy of logits, for classes that do not exclude each other.

use candle_core::{Result, Tensor, bail};

/// Mean binary cross entropy of logits (N, K) against targets of 0 to 1 in the same shape, as
/// `torch.nn.functional.binary_cross_entropy_with_logits`: a scalar with a gradient.
///
/// With x a logit, t its target and p the class's `positive_weights` (1 without), the loss of an element is
/// `(1 - t) x + (1 + (p - 1) t) (ln(1 + exp(-|x|)) + max(-x, 0))`, which does not overflow. `weights` (one an element)
/// multiply it.
///
/// # Errors
/// When shapes do not fit or there is no element.
pub fn binary_cross_entropy(
    logits: &Tensor,
    targets: &Tensor,
    weights: Option<&Tensor>,
    positive_weights: Option<&[f32]>,
) -> Result<Tensor> {
    let (_, classes) = logits.dims2()?;
    if logits.elem_count() == 0 || targets.dims() != logits.dims() {
        bail!("binary cross entropy of {:?} logits and {:?} targets", logits.dims(), targets.dims());
    }
    let mut softplus = log_sigmoid(logits)?.neg()?;
    if let Some(positive) = positive_weights {
        if positive.len() != classes {
            bail!("{} positive weights for {classes} classes", positive.len());
        }
        let extra = Tensor::new(positive, logits.device())?.affine(1.0, -1.0)?;
        softplus = (softplus * (targets.broadcast_mul(&extra)? + 1.0)?)?;
    }
    let mut loss = ((targets.affine(-1.0, 1.0)? * logits)? + softplus)?;
    if let Some(weights) = weights {
        if weights.dims() != logits.dims() {
            bail!("{:?} weights for {:?} logits", weights.dims(), logits.dims());
        }
        loss = (loss * weights)?;
    }
    loss.mean_all()
}

/// `ln(1 / (1 + exp(-x)))`, as `-ln(1 + exp(-|x|)) - max(-x, 0)`, which neither overflows nor loses small values; its
/// gradient at 0 is 1/2.
pub(super) fn log_sigmoid(x: &Tensor) -> Result<Tensor> {
    let log = (x.abs()?.neg()?.exp()? + 1.0)?.log()?;
    (log + super::relu(&x.neg()?)?)?.neg()
}
