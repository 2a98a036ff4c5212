//! Losses of several findings against PyTorch (`tests/reference/findings_losses.py`), far out, and where nothing counts.

use super::*;
use crate::nn::formula::list;
use candle_core::Var;
use serde::Deserialize;

/// What is smaller does not count as another number: torch loses it where it takes p from 1.
const FLOOR: f64 = 1e-12;

#[derive(Deserialize)]
#[serde(tag = "name", rename_all = "snake_case")]
enum Kind {
    CrossEntropy { positive_weights: Option<Vec<f32>> },
    Focal { gamma: f64, alpha: Option<f64> },
    Asymmetric { gamma_negative: f64, gamma_positive: f64, clip: f64 },
}

impl From<Kind> for FindingsLoss {
    fn from(kind: Kind) -> Self {
        match kind {
            Kind::CrossEntropy { positive_weights } => Self::CrossEntropy { positive_weights },
            Kind::Focal { gamma, alpha } => Self::Focal { gamma, alpha },
            Kind::Asymmetric { gamma_negative, gamma_positive, clip } => {
                Self::Asymmetric { gamma_negative, gamma_positive, clip }
            }
        }
    }
}

#[derive(Deserialize)]
struct Case {
    kind: Kind,
    logits: Vec<Vec<f32>>,
    targets: Vec<Vec<f32>>,
    counts: Vec<Vec<u32>>,
    smoothing: f64,
    loss: f64,
    gradient: Vec<Vec<f64>>,
}

#[derive(Deserialize)]
struct Reference {
    cases: Vec<Case>,
}

fn plain() -> FindingsLoss {
    FindingsLoss::CrossEntropy { positive_weights: None }
}

fn focal(gamma: f64, alpha: Option<f64>) -> FindingsLoss {
    FindingsLoss::Focal { gamma, alpha }
}

fn asymmetric(gamma_negative: f64, gamma_positive: f64, clip: f64) -> FindingsLoss {
    FindingsLoss::Asymmetric { gamma_negative, gamma_positive, clip }
}

fn matrix(rows: &[[f32; 2]]) -> Tensor {
    Tensor::from_vec(rows.as_flattened().to_vec(), (rows.len(), 2), &Device::Cpu).expect("matrix")
}

fn near(what: &str, ours: f32, theirs: f64) {
    let apart = (f64::from(ours) - theirs).abs();
    assert!(apart <= 1e-6 * theirs.abs() + FLOOR, "{what}: {ours} against {theirs}");
}

#[test]
fn losses_and_gradients_equal_torch() {
    let reference: Reference =
        serde_json::from_str(include_str!("../../tests/reference/expected/findings_losses.json")).unwrap();
    assert!(reference.cases.len() >= 40);
    for (at, case) in reference.cases.into_iter().enumerate() {
        let loss_of = FindingsLoss::from(case.kind);
        let what = format!("case {at}, {loss_of:?}");
        let logits = Var::new(case.logits, &Device::Cpu).unwrap();
        let targets = Tensor::new(case.targets, &Device::Cpu).unwrap();
        let counts = Tensor::new(case.counts, &Device::Cpu).unwrap();
        let loss = loss_of.of(&logits, &targets, &counts, case.smoothing).unwrap();
        near(&what, loss.to_scalar().unwrap(), case.loss);
        let gradient = list(loss.backward().unwrap().get(&logits).unwrap());
        assert_eq!(gradient.len(), case.gradient.iter().flatten().count());
        for (ours, theirs) in gradient.into_iter().zip(case.gradient.iter().flatten()) {
            near(&what, ours, *theirs);
        }
    }
}

#[test]
fn what_does_not_count_has_no_part_even_where_it_is_no_number() {
    let logits = Var::from_tensor(&matrix(&[[0.5, f32::NAN], [f32::INFINITY, -1.0]])).unwrap();
    let targets = matrix(&[[1.0, f32::NAN], [7.0, 0.0]]);
    let loss_and_slopes = |counts: &Tensor| {
        let loss = plain().of(&logits, &targets, counts, 0.0).unwrap();
        let slopes = list(loss.backward().unwrap().get(&logits).unwrap());
        (loss.to_scalar::<f32>().unwrap(), slopes)
    };
    let (loss, slopes) = loss_and_slopes(&matrix(&[[1.0, 0.0], [0.0, 1.0]]));
    // ln(1 + exp(-0.5)) and ln(1 + exp(-1)), halved; the mean is over two, not over four.
    near("loss", loss, f64::midpoint((-0.5f64).exp().ln_1p(), (-1f64).exp().ln_1p()));
    assert_eq!((slopes[1], slopes[2]), (0.0, 0.0));
    near("slope", slopes[0], -0.5 / (1.0 + 0.5f64.exp()));
    assert_eq!(loss_and_slopes(&matrix(&[[0.0; 2]; 2])), (0.0, vec![0.0; 4]));
}

#[test]
fn a_gradient_goes_on_through_what_the_logits_are_made_of() {
    let weights = Var::from_tensor(&matrix(&[[0.2, -0.4]])).unwrap();
    let (targets, counts) = (matrix(&[[1.0, 0.0]]), matrix(&[[1.0, 1.0]]));
    let loss = plain().of(&weights.affine(3.0, 0.0).unwrap(), &targets, &counts, 0.0).unwrap();
    let slopes = list((loss * 2.0).unwrap().backward().unwrap().get(&weights).unwrap());
    near("first", slopes[0], -3.0 / (1.0 + 0.6f64.exp()));
    near("second", slopes[1], 3.0 / (1.0 + 1.2f64.exp()));
}

#[test]
fn far_logits_keep_small_losses_and_give_numbers_for_every_setting() {
    let far = Var::from_tensor(&matrix(&[[1000.0, -1000.0], [40.0, -40.0]])).unwrap();
    let counts = matrix(&[[1.0; 2]; 2]);
    for loss in
        [plain(), focal(0.5, None), focal(0.0, Some(1.0)), asymmetric(0.5, 0.5, 0.0), asymmetric(0.5, 0.0, 0.05)]
    {
        for target in [0.0, 0.3, 1.0] {
            let value = loss.of(&far, &matrix(&[[target; 2]; 2]), &counts, 0.0).unwrap();
            let slopes = list(value.backward().unwrap().get(&far).unwrap());
            assert!(slopes.iter().all(|slope| slope.is_finite()), "{loss:?} of {target}: {slopes:?}");
            assert!(value.to_scalar::<f32>().unwrap().is_finite(), "{loss:?} of {target}");
        }
    }
    // 1 + exp(-40) is 1, but the loss is not 0.
    let one = matrix(&[[40.0, -40.0]]);
    let loss = plain().of(&one, &matrix(&[[1.0, 0.0]]), &matrix(&[[1.0; 2]]), 0.0).unwrap().to_scalar::<f32>().unwrap();
    assert!((f64::from(loss) / (-40f64).exp() - 1.0).abs() < 1e-6, "{loss}");
}

#[test]
fn misfits_are_refused_in_a_sentence() {
    let (logits, targets, counts) = (matrix(&[[0.5, 1.0]]), matrix(&[[1.0, 0.0]]), matrix(&[[1.0, 1.0]]));
    let refused = |loss: FindingsLoss, targets: &Tensor, counts: &Tensor, smoothing, why: &str| {
        let error = loss.of(&logits, targets, counts, smoothing).unwrap_err().to_string();
        assert!(error.contains(why), "{error}");
    };
    refused(plain(), &matrix(&[[1.0; 2]; 2]), &counts, 0.0, "targets");
    refused(plain(), &targets, &matrix(&[[1.0; 2]; 2]), 0.0, "marks");
    refused(plain(), &matrix(&[[1.5, 0.0]]), &counts, 0.0, "a target of 1.5");
    refused(plain(), &matrix(&[[f32::NAN, 0.0]]), &counts, 0.0, "a target of NaN");
    refused(plain(), &targets, &matrix(&[[0.5, 1.0]]), 0.0, "not with 0.5");
    refused(plain(), &targets, &counts, 1.5, "smoothing of 1.5");
    let weighted = |weights: &[f32]| FindingsLoss::CrossEntropy { positive_weights: Some(weights.to_vec()) };
    refused(weighted(&[1.0]), &targets, &counts, 0.0, "1 positive weights for 2 findings");
    refused(weighted(&[1.0, -1.0]), &targets, &counts, 0.0, "a positive weight is -1");
    refused(focal(-1.0, None), &targets, &counts, 0.0, "gamma is -1");
    refused(focal(2.0, Some(2.0)), &targets, &counts, 0.0, "alpha is 2");
    refused(asymmetric(4.0, f64::NAN, 0.0), &targets, &counts, 0.0, "positive side is NaN");
    refused(asymmetric(-4.0, 1.0, 0.0), &targets, &counts, 0.0, "negative side is -4");
    refused(asymmetric(4.0, 1.0, 1.0), &targets, &counts, 0.0, "clip is 1");
}
