//! The steps of other devices, out of the tensor library's operators.

use super::{BETA2, EPSILON, Move};
use candle_core::{Result, Tensor, Var};

/// Running mean of the gradient (or SGD's momentum buffer) and of its square.
#[derive(Default)]
pub(super) struct Moments {
    pub(super) first: Option<Tensor>,
    pub(super) second: Option<Tensor>,
}

/// Sum of the squares.
pub(super) fn squares(gradient: &Tensor) -> Result<f64> {
    Ok(f64::from(gradient.sqr()?.sum_all()?.to_scalar::<f32>()?))
}

/// Sets the weights to where the step leads.
pub(super) fn update(
    var: &Var,
    gradient: &Tensor,
    moments: &mut Moments,
    change: Move,
    clip: Option<f32>,
) -> Result<()> {
    let weights = var.as_detached_tensor();
    let gradient = match clip {
        Some(clip) => gradient.affine(f64::from(clip), 0.0)?,
        None => gradient.clone(),
    };
    let moved = match change {
        Move::Sgd { rate, momentum, nesterov, coupled, .. } => {
            let gradient = with_decay(gradient, &weights, coupled)?;
            let direction = if momentum == 0.0 {
                gradient
            } else {
                let buffer = match &moments.first {
                    Some(buffer) => (buffer.affine(momentum, 0.0)? + &gradient)?,
                    None => gradient.clone(),
                };
                moments.first = Some(buffer.clone());
                if nesterov { (gradient + buffer.affine(momentum, 0.0)?)? } else { buffer }
            };
            (weights - direction.affine(rate, 0.0)?)?
        }
        Move::Adam { rate, beta1, root2, coupled, shrink } => {
            let gradient = with_decay(gradient, &weights, coupled)?;
            let first = running(moments.first.as_ref(), &gradient, beta1)?;
            let second = running(moments.second.as_ref(), &gradient.sqr()?, BETA2)?;
            let scale = second.sqrt()?.affine(1.0 / root2, EPSILON)?;
            let moved = (first.affine(rate, 0.0)? / scale)?;
            (moments.first, moments.second) = (Some(first), Some(second));
            let weights = if shrink == 1.0 { weights } else { weights.affine(shrink, 0.0)? };
            (weights - moved)?
        }
    };
    var.set(&moved)
}

/// The gradient with the L2 penalty's own added.
fn with_decay(gradient: Tensor, weights: &Tensor, coupled: f64) -> Result<Tensor> {
    if coupled == 0.0 { Ok(gradient) } else { gradient + weights.affine(coupled, 0.0)? }
}

fn running(before: Option<&Tensor>, value: &Tensor, beta: f64) -> Result<Tensor> {
    let share = value.affine(1.0 - beta, 0.0)?;
    match before {
        Some(before) => before.affine(beta, 0.0)? + share,
        None => Ok(share),
    }
}
