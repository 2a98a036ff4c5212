//! Grades as a row of yes-or-no questions, "is it above grade k?" (CORAL: Cao, Mirjalili and Raschka 2020, "Rank
//! consistent ordinal regression for neural networks with application to age estimation").

use super::binary_cross_entropy::log_sigmoid;
use candle_core::{Result, Tensor, bail};

/// A class between two steps whose order is reversed has at least this share of what both allow.
const LEAST_GAP: f64 = 1e-6;

/// Mean over the images of the sum over the questions of the binary cross entropy (equation 4 of the paper with equal
/// weights for all questions, as `coral_pytorch.losses.coral_loss`): a scalar with a gradient. Logits are (N, K - 1),
/// targets class indices below K.
///
/// With `class_weights` (one a class) the mean is weighted by the weight of each image's class.
///
/// # Errors
/// When shapes do not fit, a target is not below K, or there is no image.
pub fn coral(logits: &Tensor, targets: &[usize], class_weights: Option<&[f32]>) -> Result<Tensor> {
    let (images, ranks) = logits.dims2()?;
    if images == 0 || targets.len() != images {
        bail!("the loss of {images} images needs as many targets and at least one, got {}", targets.len());
    }
    if let Some(weights) = class_weights.filter(|w| w.len() != ranks + 1) {
        bail!("{} class weights for {} classes", weights.len(), ranks + 1);
    }
    let (mut above, mut weights, mut total) = (Vec::with_capacity(images * ranks), Vec::with_capacity(images), 0.0);
    for &target in targets {
        if target > ranks {
            bail!("target class {target} of {} classes", ranks + 1);
        }
        let weight = class_weights.and_then(|w| w.get(target)).copied().unwrap_or(1.0);
        total += f64::from(weight);
        weights.push(weight);
        above.extend((0..ranks).map(|rank| if target > rank { 1f32 } else { 0.0 }));
    }
    let above = Tensor::from_vec(above, (images, ranks), logits.device())?;
    let weights = Tensor::from_vec(weights, (images, 1), logits.device())?;
    // -(t log s(z) + (1 - t) log(1 - s(z))) = (1 - t) z - log s(z)
    let of_rank = ((logits * above.affine(-1.0, 1.0)?)? - log_sigmoid(logits)?)?;
    of_rank.broadcast_mul(&weights)?.sum_all()?.affine(1.0 / total, 0.0)
}

/// Logarithms of the class probabilities (N, K) that follow from the questions' logits (N, K - 1).
///
/// The probability of being above grade k is the sigmoid of its logit, or that of a step before it where that is lower:
/// so it never rises from grade to grade, and what lies between two steps is the probability of a class.
///
/// # Errors
/// Those of the tensor library.
pub fn class_log_probabilities(logits: &Tensor) -> Result<Tensor> {
    let ranks = logits.dim(1)?;
    let mut steps: Vec<Tensor> = Vec::with_capacity(ranks);
    for rank in 0..ranks {
        let step = logits.narrow(1, rank, 1)?;
        steps.push(match steps.last() {
            Some(before) => step.minimum(before)?,
            None => step,
        });
    }
    let mut classes = Vec::with_capacity(ranks + 1);
    for class in 0..=ranks {
        let reached = class.checked_sub(1).and_then(|rank| steps.get(rank));
        classes.push(match (reached, steps.get(class)) {
            // s(a) - s(b) = s(a) s(-b) (1 - exp(b - a)), which loses no digits.
            (Some(a), Some(b)) => {
                let gap = (b - a)?.exp()?.affine(-1.0, 1.0)?.maximum(LEAST_GAP)?.log()?;
                ((log_sigmoid(a)? + log_sigmoid(&b.neg()?)?)? + gap)?
            }
            (Some(a), None) => log_sigmoid(a)?,
            (None, Some(b)) => log_sigmoid(&b.neg()?)?,
            (None, None) => bail!("a scale needs at least two grades"),
        });
    }
    Tensor::cat(&classes, 1)
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
        loss: f32,
        gradient: Vec<Vec<f32>>,
        probabilities: Vec<Vec<f32>>,
    }

    #[derive(Deserialize)]
    struct Reference {
        coral: Vec<Case>,
    }

    #[test]
    fn loss_gradient_and_probabilities_equal_torch() {
        let reference: Reference =
            serde_json::from_str(include_str!("../../tests/reference/expected/learning.json")).unwrap();
        assert!(reference.coral.len() >= 4);
        for case in reference.coral {
            let logits = Var::new(case.logits.clone(), &Device::Cpu).unwrap();
            let loss = coral(&logits, &case.targets, case.weights.as_deref()).unwrap();
            assert!((loss.to_scalar::<f32>().unwrap() - case.loss).abs() < 1e-5 * case.loss.abs().max(1.0));
            let gradient = loss.backward().unwrap().get(&logits).unwrap().to_vec2::<f32>().unwrap();
            for (ours, theirs) in gradient.iter().flatten().zip(case.gradient.iter().flatten()) {
                assert!((ours - theirs).abs() < 1e-6, "{ours} against {theirs}");
            }
            let ours = class_log_probabilities(&logits).unwrap().exp().unwrap().to_vec2::<f32>().unwrap();
            for (ours, theirs) in ours.iter().zip(&case.probabilities) {
                assert_eq!(ours.len(), case.logits[0].len() + 1);
                assert!((ours.iter().sum::<f32>() - 1.0).abs() < 1e-4, "{ours:?}");
                for (a, b) in ours.iter().zip(theirs) {
                    assert!((a - b).abs() < 2e-6, "{ours:?} against {theirs:?}");
                }
            }
        }
    }

    #[test]
    fn far_logits_stay_finite_and_misfits_are_refused() {
        let far = Var::new(&[[400f32, 400.0, -400.0], [-400.0, 0.0, 400.0]], &Device::Cpu).unwrap();
        let rows = class_log_probabilities(&far).unwrap().to_vec2::<f32>().unwrap();
        assert!(rows.iter().flatten().all(|v| v.is_finite()), "{rows:?}");
        let gradient = class_log_probabilities(&far).unwrap().sum_all().unwrap().backward().unwrap();
        let gradient = gradient.get(&far).unwrap().flatten_all().unwrap().to_vec1::<f32>().unwrap();
        assert!(gradient.iter().all(|v| v.is_finite()), "{gradient:?}");
        assert!(coral(&far, &[0], None).is_err());
        assert!(coral(&far, &[0, 4], None).is_err());
        assert!(coral(&far, &[0, 1], Some(&[1.0])).is_err());
    }
}
