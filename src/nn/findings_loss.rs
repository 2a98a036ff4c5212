//! Losses of several findings in one image, each there or not whatever the others are: one logit a finding.
//!
//! Loss and slope of an element are written out and reckoned in f64, so that neither is lost where a logit is far out. An
//! image has few findings: on other devices the logits come to the processor and the gradient goes back.

use super::cpu::{CpuTensor, values};
use candle_core::{CpuStorage, CustomOp1, DType, Device, Layout, Result, Shape, Tensor, bail};

/// How the loss of one finding in one image is reckoned. Below, x is the logit, p = 1 / (1 + exp(-x)) and t the target.
#[derive(Clone, Debug, PartialEq)]
pub enum FindingsLoss {
    /// Binary cross entropy, `-w t ln p - (1 - t) ln(1 - p)`, as `torch.nn.BCEWithLogitsLoss`; w is the finding's positive
    /// weight (`pos_weight`), 1 without.
    CrossEntropy {
        /// One a finding.
        positive_weights: Option<Vec<f32>>,
    },
    /// Cross entropy times `(1 - p_t)^gamma`, which takes weight from what is easy (Lin et al. 2017, "Focal loss for dense
    /// object detection"), as `torchvision.ops.sigmoid_focal_loss`: `p_t = t p + (1 - t) (1 - p)`. With `alpha` also times
    /// `t alpha + (1 - t) (1 - alpha)`.
    Focal {
        gamma: f64,
        /// Weight of the positive side, 0 to 1.
        alpha: Option<f64>,
    },
    /// `-t (1 - p)^gamma_positive ln p - (1 - t) p_m^gamma_negative ln(1 - p_m)` with `p_m = max(p - clip, 0)` (Ridnik et al.
    /// 2021, "Asymmetric loss for multi-label classification"). The gradient is the whole one, of the powers as well, as in
    /// the paper's section 3.4 and as `timm.loss.AsymmetricLossMultiLabel` does unless told otherwise; targets between 0 and
    /// 1 weigh the two sides, and no probability is cut off below, unlike there.
    Asymmetric { gamma_negative: f64, gamma_positive: f64, clip: f64 },
}

impl FindingsLoss {
    /// The mean loss over the findings that count: a scalar with a gradient.
    ///
    /// All three tensors are (images, findings): targets from 0 to 1, and `counts` 1 where the finding was looked at and 0
    /// where not. What does not count has no part in the mean and a gradient of 0, whatever its logit and target are; where
    /// nothing counts the loss is 0. `label_smoothing` is e in `t (1 - e) + e / 2`, which takes the place of t.
    ///
    /// # Errors
    /// When shapes do not fit, a setting is out of its range, `counts` holds anything but 0 and 1, or a target that counts
    /// is not within 0 to 1.
    pub fn of(&self, logits: &Tensor, targets: &Tensor, counts: &Tensor, label_smoothing: f64) -> Result<Tensor> {
        let (_, findings) = logits.dims2()?;
        if targets.dims() != logits.dims() || counts.dims() != logits.dims() {
            bail!(
                "the loss of {:?} logits, {:?} targets and {:?} marks of what counts",
                logits.dims(),
                targets.dims(),
                counts.dims()
            );
        }
        self.check(findings)?;
        if !(0.0..=1.0).contains(&label_smoothing) {
            bail!("a label smoothing of {label_smoothing}: it must be from 0 to 1");
        }
        let targets = wanted(&list(targets)?, &list(counts)?, label_smoothing)?;
        let device = logits.device();
        let at_hand = logits.to_device(&Device::Cpu)?.to_dtype(DType::F32)?.contiguous()?;
        at_hand.apply_op1(Mean { loss: self.clone(), findings, targets })?.to_dtype(logits.dtype())?.to_device(device)
    }

    fn check(&self, findings: usize) -> Result<()> {
        let power = |name: &str, value: f64| {
            if value.is_finite() && value >= 0.0 { Ok(()) } else { bail!("{name} is {value}: it must be 0 or more") }
        };
        match self {
            Self::CrossEntropy { positive_weights: None } => Ok(()),
            Self::CrossEntropy { positive_weights: Some(weights) } => {
                if weights.len() != findings {
                    bail!("{} positive weights for {findings} findings", weights.len());
                }
                weights.iter().try_for_each(|weight| power("a positive weight", f64::from(*weight)))
            }
            Self::Focal { gamma, alpha } => {
                if let Some(alpha) = alpha.filter(|alpha| !(0.0..=1.0).contains(alpha)) {
                    bail!("alpha is {alpha}: it must be from 0 to 1");
                }
                power("gamma", *gamma)
            }
            Self::Asymmetric { gamma_negative, gamma_positive, clip } => {
                if !(0.0..1.0).contains(clip) {
                    bail!("clip is {clip}: it must be at least 0 and below 1");
                }
                power("gamma of the negative side", *gamma_negative)?;
                power("gamma of the positive side", *gamma_positive)
            }
        }
    }

    /// Loss and slope of one element.
    fn element(&self, finding: usize, x: f64, t: f64) -> (f64, f64) {
        let side = Side::of(x);
        match self {
            Self::CrossEntropy { positive_weights } => {
                let weight = positive_weights.as_ref().and_then(|all| all.get(finding)).map_or(1.0, |w| f64::from(*w));
                side.cross_entropy(weight * t, 1.0 - t)
            }
            Self::Focal { gamma, alpha } => {
                let (loss, slope) = side.cross_entropy(t, 1.0 - t);
                // What is left of 1 beside the probability of the target, and its slope as a share of it.
                let missed = side.p * (1.0 - t) + side.q * t;
                let share = if t <= 0.0 {
                    side.q
                } else if t >= 1.0 {
                    -side.p
                } else {
                    side.p * side.q * (1.0 - 2.0 * t) / missed
                };
                let weight = alpha.map_or(1.0, |alpha| t * alpha + (1.0 - t) * (1.0 - alpha)) * missed.powf(*gamma);
                (weight * loss, weight * (slope + gamma * share * loss))
            }
            Self::Asymmetric { gamma_negative, gamma_positive, clip } => {
                let (there, slope_there) = side.asymmetric_positive(*gamma_positive);
                let (absent, slope_absent) = side.asymmetric_negative(*gamma_negative, *clip);
                (t * there + (1.0 - t) * absent, t * slope_there + (1.0 - t) * slope_absent)
            }
        }
    }
}

/// What a logit comes to, each without loss of small values.
struct Side {
    /// The probability, and what is left of 1.
    p: f64,
    q: f64,
    /// `-ln p` and `-ln q`.
    loss_p: f64,
    loss_q: f64,
}

impl Side {
    fn of(x: f64) -> Self {
        let small = (-x.abs()).exp();
        let (large, rest) = (1.0 / (1.0 + small), small / (1.0 + small));
        let (p, q) = if x >= 0.0 { (large, rest) } else { (rest, large) };
        let bend = small.ln_1p();
        Self { p, q, loss_p: bend + (-x).max(0.0), loss_q: bend + x.max(0.0) }
    }

    /// Loss and slope with these weights of the two sides.
    fn cross_entropy(&self, there: f64, absent: f64) -> (f64, f64) {
        (there * self.loss_p + absent * self.loss_q, absent * self.p - there * self.q)
    }

    fn asymmetric_positive(&self, gamma: f64) -> (f64, f64) {
        let power = self.q.powf(gamma);
        (power * self.loss_p, -power * (self.q + gamma * self.p * self.loss_p))
    }

    fn asymmetric_negative(&self, gamma: f64, clip: f64) -> (f64, f64) {
        let moved = (self.p - clip).max(0.0);
        if moved <= 0.0 {
            return (0.0, 0.0);
        }
        let power = moved.powf(gamma);
        if clip <= 0.0 {
            return (power * self.loss_q, power * (self.p + gamma * self.q * self.loss_q));
        }
        let loss = -(-moved).ln_1p();
        (power * loss, power * (gamma / moved * loss + 1.0 / (self.q + clip)) * self.p * self.q)
    }
}

fn list(of: &Tensor) -> Result<Vec<f64>> {
    of.to_device(&Device::Cpu)?.to_dtype(DType::F64)?.flatten_all()?.to_vec1()
}

/// The smoothed target of each element that counts.
fn wanted(targets: &[f64], counts: &[f64], label_smoothing: f64) -> Result<Vec<Option<f64>>> {
    let one = |(target, counts): (&f64, &f64)| {
        if *counts == 0.0 {
            return Ok(None);
        }
        if *counts != 1.0 {
            bail!("what counts is marked with 1 and what does not with 0, not with {counts}");
        }
        if !(0.0..=1.0).contains(target) {
            bail!("a target of {target}: it must be from 0 to 1");
        }
        Ok(Some(target * (1.0 - label_smoothing) + label_smoothing / 2.0))
    };
    targets.iter().zip(counts).map(one).collect()
}

/// The mean over what counts, as an operator of the logits.
struct Mean {
    loss: FindingsLoss,
    findings: usize,
    /// One an element of the logits; `None` where it does not count.
    targets: Vec<Option<f64>>,
}

impl Mean {
    fn counted(&self) -> f64 {
        self.targets.iter().flatten().count() as f64
    }

    /// Loss and slope of each element that counts.
    fn elements(&self, logits: &[f32]) -> impl Iterator<Item = Option<(f64, f64)>> {
        let findings = self.findings.max(1);
        let one = move |(at, (x, target)): (usize, (&f32, &Option<f64>))| {
            target.map(|target| self.loss.element(at % findings, f64::from(*x), target))
        };
        logits.iter().zip(&self.targets).enumerate().map(one)
    }
}

impl CustomOp1 for Mean {
    fn name(&self) -> &'static str {
        "loss of several findings"
    }

    fn cpu_fwd(&self, logits: &CpuStorage, layout: &Layout) -> Result<(CpuStorage, Shape)> {
        let counted = self.counted();
        let sum: f64 = self.elements(values(logits, layout)?).flatten().map(|(loss, _)| loss).sum();
        let mean = if counted > 0.0 { sum / counted } else { 0.0 };
        Ok((CpuStorage::F32(vec![mean as f32]), Shape::from(())))
    }

    fn bwd(&self, logits: &Tensor, _mean: &Tensor, incoming: &Tensor) -> Result<Option<Tensor>> {
        let share = f64::from(incoming.to_scalar::<f32>()?) / self.counted().max(1.0);
        let held = CpuTensor::of(logits)?;
        let held = held.open();
        let slope = |element: Option<(f64, f64)>| element.map_or(0.0, |(_, slope)| (slope * share) as f32);
        let slopes: Vec<f32> = self.elements(held.values()?).map(slope).collect();
        Tensor::from_vec(slopes, logits.shape(), logits.device()).map(Some)
    }
}

#[cfg(test)]
#[path = "findings_loss_tests.rs"]
mod tests;
