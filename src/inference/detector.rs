//! A network that draws boxes with all it needs: weights, classes, preprocessing, and the augmented views of a picture that it sees.

use super::error::ModelError;
use super::files::{Fusion, PredictOptions, Predictor};
use super::model_file::{ModelFile, inputs_tensor};
use super::output::Output;
use super::test_augmentation::{TestAugmentation, test_augmentations};
use crate::domain::recipe::DetectorArchitecture;
use crate::domain::{Architecture, ModelCard, PredictedBox, Preprocessing, Rect};
use crate::evaluation::boxes::fusion;
use crate::imaging::{DecodedImage, preprocess};
use crate::models::faster_rcnn::{Candidate, Detection, FasterRcnn, Limits};
use crate::nn::{Compute, Params, first_line};
use candle_core::Tensor;
use rayon::prelude::*;
use std::path::Path;

/// Boxes of two views that overlap by more than this are of the same thing, for non-maximum suppression.
const SAME_BY_NMS: f64 = 0.3;
/// The same for weighted boxes fusion, as its paper has it.
const SAME_BY_FUSION: f64 = 0.55;
/// Pixels of inputs that go through the network together.
const PIXELS: usize = 2 << 20;
const MOST_AT_ONCE: usize = 16;

/// A Faster R-CNN with the weights of a model file.
pub struct Detector {
    card: ModelCard,
    network: FasterRcnn,
    limits: Limits,
    augmentations: Vec<TestAugmentation>,
    compute: Compute,
}

/// What is found on the plain view of a picture, with what the boxes were made of.
pub struct Examined {
    /// The features, as [`FasterRcnn::pyramid`] gives them, of a batch of this one picture.
    pub pyramid: Vec<Tensor>,
    /// As the network says it and as it lies on the picture, the highest score first.
    pub found: Vec<(Detection, PredictedBox)>,
    /// Of the picture, in pixels.
    pub width: u32,
    pub height: u32,
}

/// A picture made ready as every view of it.
pub struct Prepared {
    /// One a view.
    inputs: Vec<Vec<f32>>,
    width: u32,
    height: u32,
}

impl Detector {
    /// Reads a file that [`super::save`] wrote. Anything missing, misshaped, undefined or from a newer version is
    /// refused, and so is a model that draws no boxes.
    pub fn open(path: &Path, compute: &Compute) -> Result<Self, ModelError> {
        let file = ModelFile::read(path, compute)?;
        match file.card.architecture.clone() {
            Architecture::Detector(network) => Self::of(file, &network, compute),
            Architecture::Classifier(network) => Err(file.bad(format!("a {} draws no boxes", network.name()))),
        }
    }

    pub(super) fn of(
        file: ModelFile<'_>,
        architecture: &DetectorArchitecture,
        compute: &Compute,
    ) -> Result<Self, ModelError> {
        let card = &file.card;
        let params = Params::new(compute.device(), 0);
        let network = FasterRcnn::new(architecture, &card.preprocessing, card.classes.len(), &params)
            .map_err(|error| file.bad(first_line(&error)))?;
        file.fill(&params, &|name, rows| {
            // One score a class and one for the background; four numbers for the box of each.
            let each = if name.contains("bbox_pred") { 4 } else { 1 };
            network.is_head(name).then(|| (rows / each).saturating_sub(1))
        })?;
        let (limits, augmentations) = (Limits::from(&architecture.settings), test_augmentations(card));
        Ok(Self { card: file.card, network, limits, augmentations, compute: compute.clone() })
    }

    /// The same network as it is before training, drawn from this seed: what nothing was learned by.
    ///
    /// # Errors
    /// Those of the tensor library.
    pub fn untrained(&self, seed: u64) -> Result<Self, ModelError> {
        let Architecture::Detector(architecture) = &self.card.architecture else {
            return Err(candle_core::Error::Msg("a detector that draws no boxes".into()).into());
        };
        let params = Params::new(self.compute.device(), seed);
        let card = self.card.clone();
        let network = FasterRcnn::new(architecture, &card.preprocessing, card.classes.len(), &params)?;
        let (limits, augmentations) = (self.limits, test_augmentations(&card));
        Ok(Self { card, network, limits, augmentations, compute: self.compute.clone() })
    }

    /// What the model is.
    pub fn card(&self) -> &ModelCard {
        &self.card
    }

    /// The network, with its weights.
    pub fn network(&self) -> &FasterRcnn {
        &self.network
    }

    /// Which boxes are worth listing.
    pub fn limits(&self) -> &Limits {
        &self.limits
    }

    /// Where it runs.
    pub fn compute(&self) -> &Compute {
        &self.compute
    }

    /// A picture as the network's input: C x H x W normalised values.
    pub fn input(&self, image: &DecodedImage) -> Vec<f32> {
        preprocess::to_input(image, &self.card.preprocessing)
    }

    /// Inputs as the N, C, H, W tensor the network takes.
    pub fn tensor(&self, inputs: &[Vec<f32>]) -> Result<Tensor, ModelError> {
        inputs_tensor(inputs, &self.card.preprocessing, &self.compute)
    }

    /// The boxes on each picture in its pixels, the highest score first: all from the network's least score on.
    pub fn detect(
        &self,
        images: &[DecodedImage],
        options: PredictOptions,
    ) -> Result<Vec<Vec<PredictedBox>>, ModelError> {
        let prepared = images.par_iter().map(|image| self.prepare(image, options)).collect();
        Ok(self.answer(prepared, options)?.into_iter().map(|output| output.boxes).collect())
    }

    /// Looks at one picture without test-time augmentation, and keeps what its boxes were made of.
    ///
    /// # Errors
    /// Those of the tensor library.
    pub fn examine(&self, image: &DecodedImage) -> Result<Examined, ModelError> {
        let view = TestAugmentation::plain(&self.card);
        let x = self.tensor(&[view.input(image)])?;
        // Detached: the activations below it need not be kept.
        let pyramid: Vec<Tensor> = self.network.pyramid(&x)?.iter().map(Tensor::detach).collect();
        let found = self.network.detect_on(&x, &pyramid, &self.limits)?.pop().unwrap_or_default();
        let (width, height) = (image.width, image.height);
        let placed = |one: Detection| on_picture(&one, &view, (width, height)).map(|on_picture| (one, on_picture));
        Ok(Examined { pyramid, found: found.into_iter().filter_map(placed).collect(), width, height })
    }

    /// See [`FasterRcnn::candidates`], for inputs as [`Self::input`] makes them.
    ///
    /// # Errors
    /// When there is no such class, an input has another size, or the tensor library gives up.
    pub fn candidates(&self, inputs: &[Vec<f32>], class: usize) -> Result<Vec<Vec<Candidate>>, ModelError> {
        let mut candidates = Vec::with_capacity(inputs.len());
        for inputs in inputs.chunks(at_once(&self.card.preprocessing)) {
            candidates.extend(self.network.candidates(&self.tensor(inputs)?, class)?);
        }
        Ok(candidates)
    }

    /// What one view finds on each picture, in the pictures' pixels.
    fn seen(
        &self,
        at: usize,
        view: &TestAugmentation,
        pictures: &[Prepared],
    ) -> Result<Vec<Vec<PredictedBox>>, ModelError> {
        let p = &view.preprocessing;
        let mut seen = Vec::with_capacity(pictures.len());
        for pictures in pictures.chunks(at_once(p)) {
            let inputs: Vec<Vec<f32>> = pictures.iter().filter_map(|picture| picture.inputs.get(at).cloned()).collect();
            let found = self.network.detect(&inputs_tensor(&inputs, p, &self.compute)?, &self.limits)?;
            seen.extend(found.iter().zip(pictures).map(|(found, picture)| {
                found
                    .iter()
                    .filter_map(|one| on_picture(one, view, (picture.width, picture.height)))
                    .collect::<Vec<_>>()
            }));
        }
        Ok(seen)
    }

    /// One list out of those of all views of a picture.
    fn fused(&self, mut passes: Vec<Vec<PredictedBox>>, fusion: Fusion) -> Vec<PredictedBox> {
        if passes.len() == 1 {
            return passes.remove(0);
        }
        let mut boxes = match fusion {
            Fusion::Nms => fusion::suppressed(&passes, SAME_BY_NMS),
            Fusion::Weighted => fusion::weighted(&passes, SAME_BY_FUSION),
        };
        boxes.retain(|one| f64::from(one.score) >= self.limits.least_score);
        boxes.truncate(self.limits.most_boxes);
        boxes
    }

    fn test_augmentations(&self, options: PredictOptions) -> &[TestAugmentation] {
        // The first is the plain one.
        if options.tta { &self.augmentations } else { self.augmentations.get(..1).unwrap_or_default() }
    }
}

impl Predictor for Detector {
    type Input = Prepared;

    fn most_together(&self) -> usize {
        at_once(&self.card.preprocessing)
    }

    fn prepare(&self, image: &DecodedImage, options: PredictOptions) -> Prepared {
        let inputs = self.test_augmentations(options).iter().map(|view| view.input(image)).collect();
        Prepared { inputs, width: image.width, height: image.height }
    }

    fn answer(&self, pictures: Vec<Prepared>, options: PredictOptions) -> Result<Vec<Output>, ModelError> {
        let mut passes: Vec<Vec<Vec<PredictedBox>>> = vec![Vec::new(); pictures.len()];
        for (at, view) in self.test_augmentations(options).iter().enumerate() {
            let seen = self.seen(at, view, &pictures)?;
            passes.iter_mut().zip(seen).for_each(|(of, seen)| of.push(seen));
        }
        Ok(passes.into_iter().map(|passes| Output::from_boxes(self.fused(passes, options.fusion))).collect())
    }
}

/// How many pictures of this size go through the network together.
fn at_once(p: &Preprocessing) -> usize {
    (PIXELS / (p.width * p.height).max(1)).clamp(1, MOST_AT_ONCE)
}

/// A box that a view found, on the picture; `None` where none of it is inside.
fn on_picture(found: &Detection, view: &TestAugmentation, (width, height): (u32, u32)) -> Option<PredictedBox> {
    let [xmin, ymin, xmax, ymax] = found.rect.map(f64::from);
    let rect = view.unmirrored(Rect { xmin, ymin, xmax, ymax });
    let rect = preprocess::onto_picture(&rect, width, height, &view.preprocessing);
    let rect = rect.clipped(f64::from(width), f64::from(height))?;
    Some(PredictedBox { class: found.class, score: found.score, rect })
}
