//! Losses.

use candle_core::{D, Result, Tensor, bail};

/// Mean cross entropy of logits (N, K) against class indices, as `torch.nn.functional.cross_entropy`: a scalar with a
/// gradient.
///
/// With `class_weights` (one a class) the mean is weighted by the weight of each image's class. `label_smoothing`
/// takes that share of the target and spreads it over all classes (Szegedy et al. 2016, section 7). Logits are shifted
/// by their maximum, so that large ones do not overflow.
///
/// # Errors
/// When shapes do not fit, a target is not below K, or there is no image.
pub fn cross_entropy(
    logits: &Tensor,
    targets: &[usize],
    class_weights: Option<&[f32]>,
    label_smoothing: f64,
) -> Result<Tensor> {
    let (images, classes) = logits.dims2()?;
    if images == 0 || targets.len() != images {
        bail!("cross entropy of {images} images needs as many targets and at least one, got {}", targets.len());
    }
    if let Some(weights) = class_weights.filter(|w| w.len() != classes) {
        bail!("{} class weights for {classes} classes", weights.len());
    }
    let weight = |class: usize| class_weights.and_then(|w| w.get(class)).map_or(1.0, |&w| f64::from(w));
    let mut wanted = Vec::with_capacity(images * classes);
    let mut total = 0.0;
    for &target in targets {
        if target >= classes {
            bail!("target class {target} of {classes} classes");
        }
        total += weight(target);
        wanted.extend((0..classes).map(|class| {
            let hit = if class == target { 1.0 - label_smoothing } else { 0.0 };
            (weight(class) * (hit + label_smoothing / classes as f64)) as f32
        }));
    }
    let wanted = Tensor::from_vec(wanted, (images, classes), logits.device())?.to_dtype(logits.dtype())?;
    (log_softmax(logits)? * wanted)?.sum_all()?.affine(-1.0 / total, 0.0)
}

/// Logarithm of the softmax over the last dimension.
///
/// # Errors
/// Those of the tensor library.
pub fn log_softmax(logits: &Tensor) -> Result<Tensor> {
    // The shift changes nothing, so its gradient is left out.
    let shifted = logits.broadcast_sub(&logits.max_keepdim(D::Minus1)?.detach())?;
    let log_sum = shifted.exp()?.sum_keepdim(D::Minus1)?.log()?;
    shifted.broadcast_sub(&log_sum)
}

#[cfg(test)]
mod tests {
    use super::*;
    use candle_core::{Device, Var};
    use serde::Deserialize;

    #[derive(Deserialize)]
    struct Case {
        logits: Vec<Vec<f32>>,
        targets: Vec<usize>,
        weights: Option<Vec<f32>>,
        smoothing: f64,
        loss: f32,
        gradient: Vec<Vec<f32>>,
    }

    #[derive(Deserialize)]
    struct Reference {
        losses: Vec<Case>,
    }

    #[test]
    fn loss_and_gradient_equal_torch() {
        let reference: Reference =
            serde_json::from_str(include_str!("../../tests/reference/expected/training.json")).unwrap();
        assert!(reference.losses.len() >= 4);
        for case in reference.losses {
            let logits = Var::new(case.logits.clone(), &Device::Cpu).unwrap();
            let loss = cross_entropy(&logits, &case.targets, case.weights.as_deref(), case.smoothing).unwrap();
            assert!((loss.to_scalar::<f32>().unwrap() - case.loss).abs() < 1e-5 * case.loss.abs().max(1.0));
            let gradient = loss.backward().unwrap().get(&logits).unwrap().to_vec2::<f32>().unwrap();
            for (ours, theirs) in gradient.iter().flatten().zip(case.gradient.iter().flatten()) {
                assert!((ours - theirs).abs() < 1e-6, "{ours} against {theirs}");
            }
        }
    }

    #[test]
    fn misfits_are_refused() {
        let logits = Tensor::zeros((2, 3), candle_core::DType::F32, &Device::Cpu).unwrap();
        assert!(cross_entropy(&logits, &[0], None, 0.0).is_err());
        assert!(cross_entropy(&logits, &[0, 3], None, 0.0).is_err());
        assert!(cross_entropy(&logits, &[0, 1], Some(&[1.0]), 0.0).is_err());
    }
}
