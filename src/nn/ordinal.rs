//! Grades as a row of yes-or-no questions, each asked only of what reaches its grade: "is it above grade k, given that it
//! is not below?" (CORN: Shi, Cao and Raschka 2021, "Deep neural networks for rank-consistent ordinal regression based on
//! conditional probabilities").

use super::binary_cross_entropy::log_sigmoid;
use candle_core::{Result, Tensor, bail};

/// The smallest share that lies between two thresholds, so that its logarithm is a number.
const LEAST: f32 = 1e-12;

/// How many questions are asked of an image of a class: one for every grade it reaches, of the K - 1 there are.
pub fn questions(class: usize, classes: usize) -> usize {
    (class + 1).min(classes.saturating_sub(1))
}

/// Mean binary cross entropy over all questions asked of the images, as `coral_pytorch.losses.corn_loss`: a scalar with a
/// gradient. Logits are (N, K - 1), targets class indices below K.
///
/// With `class_weights` (one a class) the mean is weighted by the weight of each image's class.
///
/// # Errors
/// When shapes do not fit, a target is not below K, or there is no image.
pub fn corn(logits: &Tensor, targets: &[usize], class_weights: Option<&[f32]>) -> Result<Tensor> {
    let (images, ranks) = logits.dims2()?;
    if images == 0 || targets.len() != images {
        bail!("the loss of {images} images needs as many targets and at least one, got {}", targets.len());
    }
    if let Some(weights) = class_weights.filter(|w| w.len() != ranks + 1) {
        bail!("{} class weights for {} classes", weights.len(), ranks + 1);
    }
    let (mut above, mut weights, mut total) = (Vec::with_capacity(images * ranks), Vec::new(), 0.0);
    for &target in targets {
        if target > ranks {
            bail!("target class {target} of {} classes", ranks + 1);
        }
        let weight = class_weights.and_then(|w| w.get(target)).copied().unwrap_or(1.0);
        total += f64::from(weight) * questions(target, ranks + 1) as f64;
        weights.extend((0..ranks).map(|rank| if target >= rank { weight } else { 0.0 }));
        above.extend((0..ranks).map(|rank| if target > rank { 1f32 } else { 0.0 }));
    }
    let above = Tensor::from_vec(above, (images, ranks), logits.device())?;
    let weights = Tensor::from_vec(weights, (images, ranks), logits.device())?;
    // -(t log s(z) + (1 - t) log(1 - s(z))) = (1 - t) z - log s(z)
    let of_question = ((logits * above.affine(-1.0, 1.0)?)? - log_sigmoid(logits)?)?;
    (of_question * weights)?.sum_all()?.affine(1.0 / total, 0.0)
}

/// Logarithms of the class probabilities (N, K) that follow from the questions' logits (N, K - 1): the questions up to a
/// grade are answered with yes, and the next with no. They add up to one whatever the logits are.
///
/// # Errors
/// Those of the tensor library; a scale needs at least two grades.
pub fn class_log_probabilities(logits: &Tensor) -> Result<Tensor> {
    let (images, ranks) = logits.dims2()?;
    let mut reached = Tensor::zeros((images, 1), logits.dtype(), logits.device())?;
    let mut classes = Vec::with_capacity(ranks + 1);
    for rank in 0..ranks {
        let question = logits.narrow(1, rank, 1)?;
        classes.push((&reached + log_sigmoid(&question.neg()?)?)?);
        reached = (reached + log_sigmoid(&question)?)?;
    }
    classes.push(reached);
    Tensor::cat(&classes, 1)
}

/// Logarithms of the class probabilities (N, K) that follow from logits (N, K - 1) of "is it above grade k?" without a
/// condition, as CORAL's layer gives them: what lies above one grade less what lies above the next. Meant for logits that
/// fall from one step to the next; where they do not, the grade between is as good as impossible.
///
/// # Errors
/// Those of the tensor library; a scale needs at least two grades.
pub fn class_log_probabilities_of_cumulative(logits: &Tensor) -> Result<Tensor> {
    let (_, ranks) = logits.dims2()?;
    let mut classes = Vec::with_capacity(ranks + 1);
    let mut before: Option<Tensor> = None;
    for rank in 0..ranks {
        let above = logits.narrow(1, rank, 1)?;
        let below = log_sigmoid(&above.neg()?)?;
        classes.push(match &before {
            None => below,
            // s(a) - s(b) = s(a) (1 - s(b)) (1 - exp(b - a)).
            Some(before) => {
                let between = (&above - before)?.exp()?.affine(-1.0, 1.0)?.clamp(LEAST, 1.0)?.log()?;
                ((log_sigmoid(before)? + below)? + between)?
            }
        });
        before = Some(above);
    }
    if let Some(last) = before {
        classes.push(log_sigmoid(&last)?);
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
        corn: Vec<Case>,
    }

    #[test]
    fn loss_gradient_and_probabilities_equal_torch() {
        let reference: Reference =
            serde_json::from_str(include_str!("../../tests/reference/expected/learning.json")).unwrap();
        assert!(reference.corn.len() >= 4);
        for case in reference.corn {
            let logits = Var::new(case.logits.clone(), &Device::Cpu).unwrap();
            let loss = corn(&logits, &case.targets, case.weights.as_deref()).unwrap();
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
                    assert!((a - b).abs() < 1e-6, "{ours:?} against {theirs:?}");
                }
            }
        }
    }

    #[test]
    fn steps_without_a_condition_give_what_lies_between_them() {
        // torch 2.15: s = torch.sigmoid(logits); 1 - s[0], s[0] - s[1], s[1] - s[2], s[2].
        let logits = Tensor::new(&[[1.5f32, 0.25, -2.0], [40.0, 40.0, -40.0]], &candle_core::Device::Cpu).unwrap();
        let logs = class_log_probabilities_of_cumulative(&logits).unwrap();
        let rows = logs.exp().unwrap().to_vec2::<f32>().unwrap();
        for (ours, torch) in rows[0].iter().zip([0.182_425_52, 0.255_397_8, 0.442_973_73, 0.119_202_92]) {
            assert!((ours - torch).abs() < 1e-6, "{rows:?}");
        }
        assert!(logs.to_vec2::<f32>().unwrap().iter().flatten().all(|v| v.is_finite()));
        assert!((rows[1][2] - 1.0).abs() < 1e-6 && rows[1][1] < 1e-6, "{rows:?}");
    }

    #[test]
    fn far_logits_stay_finite_and_misfits_are_refused() {
        let far = Var::new(&[[400f32, 400.0, -400.0], [-400.0, 0.0, 400.0]], &Device::Cpu).unwrap();
        let rows = class_log_probabilities(&far).unwrap().to_vec2::<f32>().unwrap();
        assert!(rows.iter().flatten().all(|v| v.is_finite()), "{rows:?}");
        let gradient = class_log_probabilities(&far).unwrap().sum_all().unwrap().backward().unwrap();
        let gradient = gradient.get(&far).unwrap().flatten_all().unwrap().to_vec1::<f32>().unwrap();
        assert!(gradient.iter().all(|v| v.is_finite()), "{gradient:?}");
        assert!(corn(&far, &[0], None).is_err());
        assert!(corn(&far, &[0, 4], None).is_err());
        assert!(corn(&far, &[0, 1], Some(&[1.0])).is_err());
    }
}
