//! Boxes: the loss of a step, and what is found on the validation images.

use super::{Figures, Validated};
use crate::domain::recipe::{DetectorArchitecture, Recipe};
use crate::domain::{PredictedBox, Rect, TrueBox};
use crate::models::faster_rcnn::{Detection, FasterRcnn, Limits, Target};
use crate::nn::{Mode, Params};
use crate::training::error::TrainError;
use crate::training::job::Truth;
use candle_core::Tensor;
use rand_chacha::ChaCha8Rng;
use std::collections::BTreeMap;

/// True boxes of which less is left, in pixels of the input, are not learned from: f32 may tell their sides no longer
/// apart.
const LEAST_SIDE: f64 = 1e-3;

/// A detector.
pub(crate) struct Boxes {
    pub network: FasterRcnn,
    limits: Limits,
}

impl Boxes {
    pub fn new(
        recipe: &Recipe,
        architecture: &DetectorArchitecture,
        classes: usize,
        params: &Params,
    ) -> Result<Self, TrainError> {
        let network = FasterRcnn::new(architecture, &recipe.preprocessing, classes, params)?;
        Ok(Self { network, limits: Limits::from(&architecture.settings) })
    }

    /// The loss of a batch, to be differentiated, and its figures. The anchors and regions that it is taken over are
    /// drawn from `rng`.
    pub fn loss(
        &self,
        x: &Tensor,
        truths: &[Truth],
        mode: &Mode,
        rng: &mut ChaCha8Rng,
    ) -> Result<(Tensor, Figures), TrainError> {
        let targets: Vec<Target> = truths.iter().map(target).collect();
        let losses = self.network.losses(x, &targets, mode, rng)?;
        let mut parts = BTreeMap::new();
        for (name, part) in [
            ("classifier", &losses.classifier),
            ("box regression", &losses.box_regression),
            ("objectness", &losses.objectness),
            ("proposal regression", &losses.proposal_regression),
        ] {
            parts.insert(name, f64::from(part.to_scalar::<f32>()?));
        }
        let loss = losses.total()?;
        let value = f64::from(loss.to_scalar::<f32>()?);
        Ok((loss, Figures { loss: value, parts, images: truths.len(), ..Figures::default() }))
    }

    /// The loss and the boxes of images as they are.
    pub fn look(
        &self,
        x: &Tensor,
        truths: &[Truth],
        rng: &mut ChaCha8Rng,
        seen: &mut Looked,
    ) -> Result<(), TrainError> {
        let (_, figures) = self.loss(x, truths, &Mode::Inference, rng)?;
        seen.figures.add(&figures);
        seen.truth.extend(truths.iter().map(|truth| {
            let of = |&(class, rect): &(usize, Rect)| TrueBox { class, rect, crowd: false };
            truth.boxes().iter().map(of).collect()
        }));
        let found = self.network.detect(x, &self.limits)?;
        seen.found.extend(found.into_iter().map(|image| image.iter().map(predicted).collect::<Vec<_>>()));
        Ok(())
    }
}

/// What was found so far on the validation images.
#[derive(Default)]
pub(crate) struct Looked {
    figures: Figures,
    truth: Vec<Vec<TrueBox>>,
    found: Vec<Vec<PredictedBox>>,
}

impl Looked {
    pub fn images(&self) -> usize {
        self.truth.len()
    }

    pub fn done(self) -> Validated {
        Validated::Boxes { loss: self.figures.loss, truth: self.truth, found: self.found }
    }
}

fn target(truth: &Truth) -> Target {
    let seen = truth.boxes().iter().filter(|(_, r)| r.width() >= LEAST_SIDE && r.height() >= LEAST_SIDE);
    let (rects, classes) =
        seen.map(|(class, r)| ([r.xmin, r.ymin, r.xmax, r.ymax].map(|side| side as f32), *class)).unzip();
    Target { rects, classes }
}

fn predicted(found: &Detection) -> PredictedBox {
    let [xmin, ymin, xmax, ymax] = found.rect.map(f64::from);
    PredictedBox { class: found.class, score: found.score, rect: Rect { xmin, ymin, xmax, ymax } }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_no_box_in_f32_is_not_learned_from() {
        let rect = |xmin, xmax| Rect { xmin, ymin: 2.0, xmax, ymax: 9.0 };
        let boxes = vec![(2, rect(1_023.999_99, 1024.0)), (1, rect(3.0, 8.0)), (0, rect(4.0, 4.0))];
        let expected = Target { rects: vec![[3.0, 2.0, 8.0, 9.0]], classes: vec![1] };
        assert_eq!(target(&Truth::Boxes(boxes)), expected);
        assert_eq!(target(&Truth::Boxes(Vec::new())), Target::default());
    }
}
