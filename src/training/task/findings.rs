//! Several findings an image: the loss of a step, and what is said of the validation images.

use super::{Figures, Validated};
use crate::domain::recipe::{ClassifierArchitecture, Loss, Recipe, Uncertain};
use crate::domain::{Findings as Said, Presence};
use crate::inference::sigmoid;
use crate::models::{Network, build_for};
use crate::nn::{FindingsLoss, Mode, Params};
use crate::training::error::TrainError;
use crate::training::job::Truth;
use candle_core::{Device, Tensor};

/// The probability from which a finding counts as present while a run goes on.
const HALF: f32 = 0.5;

/// A network with a sigmoid for each finding, and how its answers are judged.
pub(crate) struct Findings {
    pub network: Box<dyn Network>,
    classes: usize,
    label_smoothing: f64,
    uncertain: Uncertain,
    loss: FindingsLoss,
}

impl Findings {
    /// `positive_weights` is one a class: what a present finding weighs beside an absent one.
    pub fn new(
        recipe: &Recipe,
        architecture: &ClassifierArchitecture,
        classes: usize,
        positive_weights: Option<Vec<f32>>,
        params: &Params,
    ) -> Result<Self, TrainError> {
        let network = build_for(recipe.loss.into(), architecture, &recipe.preprocessing, classes, params)?;
        let loss = match recipe.loss {
            Loss::CrossEntropy | Loss::Corn | Loss::BinaryCrossEntropy => {
                FindingsLoss::CrossEntropy { positive_weights }
            }
            Loss::Focal { gamma, alpha } => {
                FindingsLoss::Focal { gamma, alpha: Some(alpha).filter(|alpha| *alpha >= 0.0) }
            }
            Loss::Asymmetric { gamma_negative, gamma_positive, clip } => {
                FindingsLoss::Asymmetric { gamma_negative, gamma_positive, clip }
            }
        };
        Ok(Self { network, classes, label_smoothing: recipe.label_smoothing, uncertain: recipe.uncertain, loss })
    }

    /// The share of a finding that is learned; `None` where nothing is.
    fn target(&self, said: Option<Presence>) -> Option<f64> {
        match said? {
            Presence::Present => Some(1.0),
            Presence::Absent => Some(0.0),
            Presence::Uncertain => self.uncertain.target(),
        }
    }

    /// What these images count for in the mean that is the loss: their findings of which something is learned.
    pub fn weight(&self, truths: &[Truth]) -> f64 {
        let counted = |said: &Said| (0..self.classes).filter(|class| self.target(said.get(*class)).is_some()).count();
        said(truths).map(counted).sum::<usize>() as f64
    }

    /// The loss of a batch, to be differentiated, and its figures, of features as the network makes them.
    pub fn loss(&self, features: &Tensor, truths: &[Truth], mode: &Mode) -> Result<(Tensor, Figures), TrainError> {
        let logits = self.network.head(features, mode)?;
        let loss = self.loss_of(&self.loss, self.label_smoothing, &logits, truths)?;
        let value = f64::from(loss.to_scalar::<f32>()?);
        let (right, asked) = right(&logits.detach().to_vec2::<f32>()?, truths);
        Ok((loss, Figures { loss: value, right, asked: Some(asked), images: truths.len(), ..Figures::default() }))
    }

    fn loss_of(
        &self,
        loss: &FindingsLoss,
        smoothing: f64,
        logits: &Tensor,
        truths: &[Truth],
    ) -> Result<Tensor, TrainError> {
        let of_image = |said: &Said| (0..self.classes).map(|class| self.target(said.get(class))).collect::<Vec<_>>();
        let wanted: Vec<Option<f64>> = said(truths).flat_map(of_image).collect();
        let shape = (truths.len(), self.classes);
        let tensor = |values: Vec<f32>| Tensor::from_vec(values, shape, &Device::Cpu);
        let targets = tensor(wanted.iter().map(|target| target.unwrap_or(0.0) as f32).collect())?;
        let counts = tensor(wanted.iter().map(|target| f32::from(target.is_some())).collect())?;
        Ok(loss.of(logits, &targets, &counts, smoothing)?)
    }

    /// Plain binary cross entropy (neither weights nor label smoothing, so that recipes can be compared) and what is said of
    /// images as they are, of their features.
    pub fn look(&self, features: &Tensor, truths: &[Truth], seen: &mut Looked) -> Result<(), TrainError> {
        let logits = self.network.head(features, &Mode::Inference)?.detach();
        let plain = FindingsLoss::CrossEntropy { positive_weights: None };
        let weight = self.weight(truths);
        seen.loss += weight * f64::from(self.loss_of(&plain, 0.0, &logits, truths)?.to_scalar::<f32>()?);
        seen.weight += weight;
        seen.truth.extend(said(truths).cloned());
        seen.probabilities.extend(logits.to_vec2::<f32>()?.iter().map(|row| row.iter().map(|x| sigmoid(*x)).collect()));
        Ok(())
    }
}

/// What was said so far of the validation images.
#[derive(Default)]
pub(crate) struct Looked {
    /// Times the findings that it is of.
    loss: f64,
    weight: f64,
    truth: Vec<Said>,
    probabilities: Vec<Vec<f32>>,
}

impl Looked {
    pub fn images(&self) -> usize {
        self.truth.len()
    }

    pub fn done(self) -> Validated {
        let loss = self.loss / self.weight.max(1.0);
        Validated::Findings { loss, truth: self.truth, probabilities: self.probabilities }
    }
}

/// What is said of the findings of each image.
fn said(truths: &[Truth]) -> impl Iterator<Item = &Said> {
    truths.iter().filter_map(|truth| match truth {
        Truth::Findings(said) => Some(said),
        // Refused before the run began.
        Truth::Class(_) | Truth::Boxes(_) => None,
    })
}

/// How many findings are told right, and of how many it is known.
fn right(rows: &[Vec<f32>], truths: &[Truth]) -> (usize, usize) {
    let (mut right, mut asked) = (0, 0);
    for (row, said) in rows.iter().zip(said(truths)) {
        for (finding, presence) in said.iter() {
            if let (Some(known), Some(logit)) = (presence.known(), row.get(finding)) {
                asked += 1;
                right += usize::from((sigmoid(*logit) >= HALF) == known);
            }
        }
    }
    (right, asked)
}

/// What a present finding weighs beside an absent one, one a class: absent images for each present one (torch's
/// `pos_weight` as its documentation sets it); 1 for a class of which either is missing.
pub(crate) fn positive_weights<'a>(said: impl IntoIterator<Item = &'a Said>, classes: usize) -> Vec<f32> {
    let mut counts = vec![[0usize; 2]; classes];
    for (finding, presence) in said.into_iter().flat_map(|said| said.iter()) {
        if let (Some(known), Some(count)) = (presence.known(), counts.get_mut(finding)) {
            count[usize::from(known)] += 1;
        }
    }
    counts
        .iter()
        .map(|[absent, present]| if absent * present == 0 { 1.0 } else { *absent as f32 / *present as f32 })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(said: &[(usize, Presence)]) -> Said {
        said.iter().copied().collect()
    }

    #[test]
    fn a_present_finding_weighs_as_many_as_are_absent_for_it() {
        use Presence::{Absent, Present, Uncertain};
        let all = [
            of(&[(0, Present), (1, Absent)]),
            of(&[(0, Absent), (1, Absent)]),
            of(&[(0, Absent), (2, Uncertain)]),
            of(&[(0, Absent)]),
        ];
        assert_eq!(positive_weights(&all, 3), [3.0, 1.0, 1.0]);
    }

    #[test]
    fn what_nobody_looked_at_counts_neither_as_right_nor_as_wrong() {
        use Presence::{Absent, Present, Uncertain};
        let truths =
            [Truth::Findings(of(&[(0, Present), (1, Uncertain)])), Truth::Findings(of(&[(2, Absent), (0, Absent)]))];
        assert_eq!(right(&[vec![2.0, 2.0, 2.0], vec![1.0, 0.0, -1.0]], &truths), (2, 3));
    }
}
