//! A model whose maps are tested, whichever kind it is.

use super::Case;
use crate::domain::prediction::top_class;
use crate::domain::{HeatMap, MapMethod, Preprocessing, Rect};
use crate::explain::d_rise::Target as Likeness;
use crate::explain::wanted::Wanted;
use crate::explain::{BoxCam, How, MapError, Masks, OnPass, cam_box, class_map, d_rise};
use crate::imaging::DecodedImage;
use crate::inference::{Examined, Model, ModelError};
use std::collections::BTreeSet;

/// A model and how its maps are made.
pub(super) struct Subject<'m> {
    pub model: &'m Model,
    pub how: How,
}

/// What a model said of an image.
pub(super) enum Looked {
    /// The share of each class.
    Classes(Vec<f32>),
    Boxes(Box<Examined>),
}

/// What a map explains.
pub(super) struct Target {
    pub class: usize,
    /// Of a model that draws boxes.
    rect: Option<Rect>,
    /// What a changed image is asked for, of a model that draws boxes.
    likeness: Option<Likeness>,
}

impl Subject<'_> {
    /// How its inputs are made.
    pub(super) fn preprocessing(&self) -> &Preprocessing {
        &self.model.card().preprocessing
    }

    pub(super) fn look(&self, image: &DecodedImage) -> Result<Looked, ModelError> {
        Ok(match self.model {
            Model::Classifier(classifier) => {
                let said = classifier.predict(std::slice::from_ref(image))?;
                Looked::Classes(said.into_iter().next().map(|output| output.probabilities).unwrap_or_default())
            }
            Model::Detector(detector) => Looked::Boxes(Box::new(detector.examine(image)?)),
        })
    }

    /// What to explain on an image: the classes of its boxes, else what the model says.
    pub(super) fn targets(&self, looked: &Looked, case: &Case) -> Result<Vec<Target>, MapError> {
        let known = self.model.card().classes.len();
        let drawn: BTreeSet<usize> = case.boxes.iter().map(|one| one.class).filter(|class| *class < known).collect();
        match (self.model, looked) {
            (Model::Detector(detector), Looked::Boxes(examined)) => {
                let best = |class: Option<usize>| {
                    let of_class = |one: &&crate::domain::PredictedBox| class.is_none_or(|class| one.class == class);
                    // The highest score comes first.
                    examined.found.iter().map(|(_, one)| one).find(of_class)
                };
                let best: Vec<_> = if drawn.is_empty() {
                    best(None).into_iter().collect()
                } else {
                    drawn.into_iter().filter_map(|class| best(Some(class))).collect()
                };
                let target = |one: &crate::domain::PredictedBox| {
                    let wanted = Wanted::new(detector, examined, one.class, &one.rect)?;
                    let likeness = Some(Likeness::new(detector, examined, &wanted)?);
                    Ok(Target { class: one.class, rect: Some(one.rect), likeness })
                };
                best.into_iter().map(target).collect()
            }
            (_, Looked::Classes(shares)) => {
                let said = top_class(shares).filter(|_| drawn.is_empty());
                let target = |class| Target { class, rect: None, likeness: None };
                Ok(drawn.into_iter().chain(said).map(target).collect())
            }
            (Model::Classifier(_), Looked::Boxes(_)) => Ok(Vec::new()),
        }
    }

    /// The map of a target; `None` where it was told to end.
    pub(super) fn map(
        &self,
        image: &DecodedImage,
        looked: &Looked,
        target: &Target,
        on: OnPass<'_>,
    ) -> Result<Option<HeatMap>, MapError> {
        match (self.model, looked, target.rect) {
            (Model::Detector(detector), Looked::Boxes(examined), Some(rect)) => {
                let wanted = (target.class, rect);
                if let Some(method) = BoxCam::of(self.how.method) {
                    return Ok(Some(cam_box(detector, examined, wanted, method)?.map));
                }
                match self.how.method {
                    MapMethod::DRise => {
                        let masks = Masks { count: self.how.masks, seed: self.how.seed, ..Masks::default() };
                        let mut on = |done| on(done, masks.count);
                        Ok(d_rise(detector, image, (examined, wanted), &masks, &mut on)?)
                    }
                    other => Err(MapError::OfImages(other)),
                }
            }
            (Model::Classifier(classifier), _, _) => class_map(classifier, image, target.class, &self.how, on),
            (Model::Detector(_), _, _) => Err(MapError::OfImages(self.how.method)),
        }
    }

    /// How sure the model is of a target on each of several inputs, 0 to 1: the share of the class, or how much of the box is
    /// left, as D-RISE has it.
    pub(super) fn sure(&self, inputs: Vec<Vec<f32>>, target: &Target) -> Result<Vec<f64>, ModelError> {
        match (self.model, &target.likeness) {
            (Model::Classifier(classifier), _) => {
                let of = |shares: &[f32]| f64::from(shares.get(target.class).copied().unwrap_or_default());
                Ok(classifier.predict_inputs(inputs)?.iter().map(|output| of(&output.probabilities)).collect())
            }
            (Model::Detector(detector), Some(likeness)) => {
                let candidates = detector.candidates(&inputs, target.class)?;
                Ok(candidates.iter().map(|found| f64::from(likeness.likeness(found))).collect())
            }
            (Model::Detector(_), None) => Ok(vec![0.0; inputs.len()]),
        }
    }
}
