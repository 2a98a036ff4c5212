//! Temperatures and answers of several classes: chosen on the validation images, put in force, and how they do on the test
//! images.

mod findings;

pub use findings::{KnownFindings, answering_findings, fitted_findings, recalibrated_findings, remarks_of};

use crate::domain::calibration::{BoxCalibration, Calibration};
use crate::domain::decision::{score_at, threshold_at};
use crate::domain::{
    Annotation, AnswerKind, AnswerRule, Basis, BetaMap, Decision, ImageId, ModelId, ModelRecord, PredictedBox,
    Prediction, Split, Temperatures, ThresholdBy,
};
use crate::evaluation::boxes::{beta_map, box_calibration, hits};
use crate::evaluation::calibrated::calibration_of;
use crate::evaluation::conformal::least_probability;
use crate::evaluation::temperature::{self, softened, temperature};
use crate::session::project::core::Core;
use crate::session::protocol::error::SessionError;
use crate::session::protocol::task::Work;
use std::collections::HashMap;
use std::sync::Arc;

const NO_TEMPERATURE: &str =
    "no temperature fits: the validation images must be of two classes at least, and the model must be wrong of some";

/// Images of which the truth is known, with a model's logits.
#[derive(Clone, Debug, Default)]
pub struct Known {
    pub truth: Vec<usize>,
    pub logits: Vec<Vec<f32>>,
}

impl Known {
    fn at(&self, temperature: Option<f64>) -> Vec<Vec<f32>> {
        self.logits.iter().map(|row| softened(row, temperature.unwrap_or(1.0))).collect()
    }

    fn rule(&self, miss: f64, temperature: Option<f64>) -> Option<AnswerRule> {
        let least = least_probability(&self.truth, &self.at(temperature), miss)?;
        Some(AnswerRule { miss, least, images: self.truth.len() })
    }
}

/// The decisions that fit a model's temperature to its validation images, none where it fits already.
///
/// # Errors
/// Where no temperature fits, as a sentence.
pub fn fitted(record: &ModelRecord, known: &Known) -> Result<Vec<Decision>, String> {
    let found = temperature(&known.truth, &known.logits).ok_or(NO_TEMPERATURE)?;
    Ok(recalibrated(record, known, Some(found)))
}

/// The decisions that put a temperature in force, or take it away: the threshold of two classes moves along so that the same
/// images are called, those of more are taken away, because none would call the same, and the rule of the answers is chosen anew, or taken away where there are too few images for it.
pub fn recalibrated(record: &ModelRecord, known: &Known, to: Option<f64>) -> Vec<Decision> {
    let (model, name, from) = (record.id, record.card.name.clone(), record.temperature);
    if from == to {
        return Vec::new();
    }
    let on = to.map(|_| Basis { split: Split::Validation, images: known.truth.len(), positives: None });
    let mut decisions = vec![Decision::Temperature { model, name: name.clone(), old: from, new: to, on }];
    if let Some(threshold) = record.class_threshold() {
        decisions.push(Decision::Threshold {
            model,
            name: name.clone(),
            class: record.card.classes.names().get(1).cloned(),
            old: Some(threshold),
            new: Some(threshold_at(threshold, from, to)),
            by: ThresholdBy::Temperature { from, to },
        });
    }
    // Of more classes no probability at another temperature calls the same images: they are to be chosen anew.
    decisions.extend(record.class_thresholds.iter().map(|(class, threshold)| Decision::ClassThreshold {
        model,
        name: name.clone(),
        class: class.clone(),
        old: Some(*threshold),
        new: None,
        by: ThresholdBy::Temperature { from, to },
    }));
    if let Some(rule) = record.answers {
        let new = known.rule(rule.miss, to);
        decisions.push(Decision::Answers { model, name, old: Some(rule), new });
    }
    decisions
}

/// The decisions that let a model answer with several classes where it is not sure, so that at most the share `miss` of its
/// answers misses the truth; none where that is in force already.
///
/// # Errors
/// Where the validation images are too few for that share, as a sentence.
pub fn answering(record: &ModelRecord, known: &Known, miss: f64) -> Result<Vec<Decision>, String> {
    let images = known.truth.len();
    let rule = known.rule(miss, record.temperature).ok_or_else(|| {
        let least = if miss > 0.0 { (1.0 / miss).ceil() - 1.0 } else { f64::INFINITY };
        if least.is_finite() {
            format!(
                "{images} labelled validation images are too few for answers that miss at most {:.3} of the truths: it takes {least}",
                miss
            )
        } else {
            "answers that never miss name every class: choose a share above 0".to_owned()
        }
    })?;
    if record.answers == Some(rule) {
        return Ok(Vec::new());
    }
    let (model, name) = (record.id, record.card.name.clone());
    Ok(vec![Decision::Answers { model, name, old: record.answers, new: Some(rule) }])
}

/// How what a model says is calibrated.
#[derive(Clone, Debug, Default)]
pub(in crate::session) struct Calibrator {
    temperatures: Temperatures,
    scores: Option<BetaMap>,
}

impl Calibrator {
    /// By what is decided about the model.
    pub fn of(record: &ModelRecord) -> Self {
        Self { temperatures: record.temperatures(), scores: record.scores }
    }

    /// What a prediction says by it.
    pub fn calibrated(&self, mut said: Prediction) -> Prediction {
        said.probabilities = temperature::calibrated(said.probabilities, &said.logits, &self.temperatures);
        with_scores(&mut said.boxes, self.scores);
        said
    }
}

/// Boxes with their scores calibrated.
pub fn with_scores(boxes: &mut [PredictedBox], scores: Option<BetaMap>) {
    if let Some(map) = scores {
        boxes.iter_mut().for_each(|one| one.score = map.of(one.score.into()) as f32);
    }
}

/// The decisions that take away the rule by which a model may be not sure; none where there is none.
pub fn dropped_answers(record: &ModelRecord) -> Vec<Decision> {
    let (model, name) = (record.id, || record.card.name.clone());
    let of_class = record.answers.map(|old| Decision::Answers { model, name: name(), old: Some(old), new: None });
    let of_findings = record.finding_rules.clone();
    let of_findings = of_findings.map(|old| Decision::FindingRules { model, name: name(), old: Some(old), new: None });
    of_class.into_iter().chain(of_findings).collect()
}

const NO_SCORES: &str = "no calibration fits: it takes right and wrong boxes on the validation images, and higher scores \
                         where boxes are right";

/// The decisions that calibrate the scores of a model's boxes by those on so many validation images, each with whether it is
/// right; none where they are calibrated so already.
///
/// # Errors
/// Where none fits, as a sentence.
pub fn fitted_scores(record: &ModelRecord, hits: &[(f64, bool)], images: usize) -> Result<Vec<Decision>, String> {
    let map = beta_map(hits).ok_or(NO_SCORES)?;
    Ok(rescored(record, Some(map), images))
}

/// The decisions that put a calibration of scores in force, or take it away: the threshold moves along so that the same boxes
/// count.
pub fn rescored(record: &ModelRecord, to: Option<BetaMap>, images: usize) -> Vec<Decision> {
    let (model, name, from) = (record.id, record.card.name.clone(), record.scores);
    if from == to {
        return Vec::new();
    }
    let on = to.map(|_| Basis { split: Split::Validation, images, positives: None });
    let moved = score_at(record.box_threshold(), from, to);
    // Back where nobody chose another: the file's own.
    let files = record.card.threshold.unwrap_or(ModelRecord::THRESHOLD);
    let new = if to.is_none() && (moved - files).abs() < 1e-6 { None } else { Some(moved) };
    let by = ThresholdBy::Scores { from, to };
    let of_classes = record.class_thresholds.iter().map(|(class, threshold)| Decision::ClassThreshold {
        model,
        name: name.clone(),
        class: class.clone(),
        old: Some(*threshold),
        new: Some(score_at(*threshold, from, to)),
        by: by.clone(),
    });
    let of_all =
        Decision::Threshold { model, name: name.clone(), class: None, old: record.threshold, new, by: by.clone() };
    let scores = Decision::Scores { model, name: name.clone(), old: from, new: to, on };
    [scores, of_all].into_iter().chain(of_classes).collect()
}

impl Core {
    /// Takes the temperature of a model away.
    pub(in crate::session) fn uncalibrate(
        &mut self,
        model: ModelId,
        active: Option<ModelId>,
    ) -> Result<Vec<Work>, SessionError> {
        if self.box_threshold(model).is_some() {
            let decisions = rescored(self.record(model)?, None, 0);
            return self.take_decisions(model, active, Ok(decisions));
        }
        if self.answers_with_findings(model) {
            let known = self.known_findings_of(model, Split::Validation)?;
            let decisions = recalibrated_findings(self.record(model)?, &known, Vec::new());
            return self.take_decisions(model, active, Ok(decisions));
        }
        let known = self.known_of(model, Split::Validation)?;
        let decisions = recalibrated(self.record(model)?, &known, None);
        self.take_decisions(model, active, Ok(decisions))
    }

    /// Whether a model answers with findings.
    fn answers_with_findings(&self, model: ModelId) -> bool {
        self.kind_of(model) == AnswerKind::Findings
    }

    /// Lets a model answer with one class again, or with present or absent of each finding.
    pub(in crate::session) fn drop_answers(&mut self, model: ModelId) -> Result<Vec<Work>, SessionError> {
        let dropped = dropped_answers(self.record(model)?);
        if dropped.is_empty() {
            return Ok(Vec::new());
        }
        self.decide(&dropped)?;
        self.show_calibration();
        Ok(Vec::new())
    }

    pub(in crate::session) fn take_temperature(
        &mut self,
        model: ModelId,
        active: Option<ModelId>,
    ) -> Result<Vec<Work>, SessionError> {
        if self.box_threshold(model).is_some() {
            let (all, images) = self.hits_of(model, Split::Validation)?;
            let decisions = fitted_scores(self.record(model)?, &all, images);
            return self.take_decisions(model, active, decisions);
        }
        if self.answers_with_findings(model) {
            let known = self.known_findings_of(model, Split::Validation)?;
            let decisions = fitted_findings(self.record(model)?, &known);
            return self.take_decisions(model, active, decisions);
        }
        let known = self.known_of(model, Split::Validation)?;
        let decisions = fitted(self.record(model)?, &known);
        self.take_decisions(model, active, decisions)
    }

    pub(in crate::session) fn take_answers(&mut self, model: ModelId, miss: f64) -> Result<Vec<Work>, SessionError> {
        let decisions = if self.answers_with_findings(model) {
            let known = self.known_findings_of(model, Split::Validation)?;
            answering_findings(self.record(model)?, &known, miss)
        } else {
            let known = self.known_of(model, Split::Validation)?;
            answering(self.record(model)?, &known, miss)
        };
        match decisions {
            Err(why) => self.warn(why),
            Ok(decisions) if decisions.is_empty() => {}
            Ok(decisions) => {
                self.tell_remarks(&decisions);
                self.decide(&decisions)?;
            }
        }
        self.show_calibration();
        Ok(Vec::new())
    }

    /// Says what a person must know of decisions about findings.
    fn tell_remarks(&mut self, decisions: &[Decision]) {
        let remarks = remarks_of(decisions);
        if !remarks.is_empty() {
            self.warn(remarks.join("; "));
        }
    }

    fn take_decisions(
        &mut self,
        model: ModelId,
        active: Option<ModelId>,
        decisions: Result<Vec<Decision>, String>,
    ) -> Result<Vec<Work>, SessionError> {
        let decisions = match decisions {
            Ok(decisions) => decisions,
            Err(why) => {
                self.warn(why);
                return Ok(Vec::new());
            }
        };
        if decisions.is_empty() {
            self.mention("the probabilities are calibrated so already".into());
            return Ok(Vec::new());
        }
        self.tell_remarks(&decisions);
        let dropped = |decision: &Decision| {
            matches!(decision, Decision::Answers { new: None, .. } | Decision::FindingRules { new: None, .. })
        };
        if decisions.iter().any(dropped) {
            self.warn("\"not sure\" is no answer any more: choose it again on the validation images".into());
        }
        if decisions.iter().any(|decision| matches!(decision, Decision::ClassThreshold { new: None, .. })) {
            self.warn(
                "the classes have no thresholds of their own any more: choose them again on the validation images"
                    .into(),
            );
        }
        self.decide(&decisions)?;
        self.compare_where_open(model, active)
    }

    /// The model's own scores of its boxes on a split, each with whether the box is right, and on how many images.
    fn hits_of(&self, model: ModelId, split: Split) -> Result<(Vec<(f64, bool)>, usize), SessionError> {
        let said: HashMap<ImageId, Prediction> =
            self.store.predictions(model)?.into_iter().map(|said| (said.image, said)).collect();
        let of_split = self
            .images
            .iter()
            .zip(&self.annotations)
            .filter(|(image, said)| image.split == split && said.boxes_known(&self.view.classes));
        let (truth, found): (Vec<_>, Vec<_>) = of_split
            .filter_map(|(image, annotation)| Some((annotation.true_boxes(), said.get(&image.id)?.boxes.clone())))
            .unzip();
        Ok((hits(&truth, &found, &self.view.classes), truth.len()))
    }

    /// The images of a split of which the truth is known, with a model's logits as far as it has looked.
    fn known_of(&self, model: ModelId, split: Split) -> Result<Known, SessionError> {
        let said = self.stored_predictions(model)?;
        let mut known = Known::default();
        for (image, annotation) in self.images.iter().zip(&self.annotations).filter(|(image, _)| image.split == split) {
            self.push_known(&mut known, image.id, annotation, &said);
        }
        Ok(known)
    }

    fn push_known(
        &self,
        known: &mut Known,
        image: ImageId,
        annotation: &Annotation,
        said: &HashMap<ImageId, Prediction>,
    ) {
        let truth = annotation.label.filter(|_| !self.studying.is_followed(image));
        if let (Some(truth), Some(said)) = (truth, said.get(&image).filter(|said| !said.logits.is_empty())) {
            known.truth.push(truth);
            known.logits.push(said.logits.clone());
        }
    }

    /// Shows how the probabilities and answers of the model that is judged do on the test images.
    pub(in crate::session) fn show_calibration(&mut self) {
        let model = self.view.comparison.as_ref().map(|comparison| comparison.candidate);
        let of = model.map(|model| self.calibration_on_test(model)).transpose();
        self.view.calibration = of.map(Option::flatten).map(|of| of.map(Arc::new)).unwrap_or_else(|error| {
            tracing::warn!(%error, "the calibration is not shown");
            None
        });
        let of = model.map(|model| self.findings_calibration_on_test(model)).transpose();
        self.view.findings_calibration = of.map(Option::flatten).map(|of| of.map(Arc::new)).unwrap_or_else(|error| {
            tracing::warn!(%error, "the calibration of findings is not shown");
            None
        });
        let of = model.map(|model| self.box_calibration_on_test(model)).transpose();
        self.view.box_calibration = of.map(Option::flatten).map(|of| of.map(Arc::new)).unwrap_or_else(|error| {
            tracing::warn!(%error, "the calibration of scores is not shown");
            None
        });
    }

    /// How the scores of a model's boxes do on the test images; `None` where it draws none, or nothing is known of the images.
    pub(in crate::session) fn box_calibration_on_test(
        &self,
        model: ModelId,
    ) -> Result<Option<BoxCalibration>, SessionError> {
        if self.box_threshold(model).is_none() {
            return Ok(None);
        }
        let (all, _) = self.hits_of(model, Split::Test)?;
        Ok((!all.is_empty()).then_some(box_calibration(&all, self.record(model)?.scores)))
    }

    /// How the probabilities and answers of a model do on the test images; `None` where it draws boxes, or nothing is known
    /// of the images.
    pub(in crate::session) fn calibration_on_test(&self, model: ModelId) -> Result<Option<Calibration>, SessionError> {
        if self.box_threshold(model).is_some() || self.answers_with_findings(model) {
            return Ok(None);
        }
        let (record, known) = (self.record(model)?, self.known_of(model, Split::Test)?);
        let of = || {
            let classes = &self.view.classes;
            calibration_of(&known.truth, &known.logits, classes, record.temperature, record.answers)
        };
        Ok((!known.truth.is_empty()).then(of))
    }
}

#[cfg(test)]
#[path = "calibrating_tests.rs"]
mod tests;
