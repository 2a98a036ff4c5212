//! The same for models that answer with findings: a temperature of each finding, and when the model is not sure of one.

use crate::domain::decision::threshold_at;
use crate::domain::finding_calibration::FindingsCalibration;
use crate::domain::not_sure::images_for;
use crate::domain::{
    Basis, ClassList, Decision, FindingRules, FindingTemperature, Findings, ImageId, ModelId, ModelRecord, Prediction,
    Split, ThresholdBy,
};
use crate::evaluation::findings::KnownLogits;
use crate::session::project::core::Core;
use crate::session::project::truth::known_findings;
use crate::session::protocol::error::SessionError;
use std::collections::HashMap;

/// Images of which something is known of a finding, with a model's logits.
#[derive(Clone, Debug, Default)]
pub struct KnownFindings {
    pub truth: Vec<Findings>,
    pub logits: Vec<Vec<f32>>,
}

impl KnownFindings {
    fn of<'a>(&'a self, classes: &'a ClassList) -> KnownLogits<'a> {
        KnownLogits { truth: &self.truth, logits: &self.logits, classes }
    }

    /// How probabilities and answers do on these images.
    pub fn calibration(
        &self,
        classes: &ClassList,
        by: &[FindingTemperature],
        rules: Option<&FindingRules>,
    ) -> FindingsCalibration {
        self.of(classes).calibration(by, rules)
    }
}

/// The decisions that fit the temperature of each finding to a model's validation images, none where they fit already. A finding
/// that nothing fits, because all images have it or none, gets a temperature of 1.
///
/// # Errors
/// Where nothing fits any of them, as a sentence.
pub fn fitted_findings(record: &ModelRecord, known: &KnownFindings) -> Result<Vec<Decision>, String> {
    let found = known.of(&record.card.classes).temperatures();
    if found.iter().all(|one| one.why_own().is_some()) {
        let why: Vec<String> = found.iter().map(FindingTemperature::sentence).collect();
        return Err(format!("no temperature fits any finding. {}", why.join("; ")));
    }
    Ok(recalibrated_findings(record, known, found))
}

/// The decisions that put temperatures in force, or take them away: the threshold of each finding moves along, so that the same
/// images are called, and the rule of "not sure" is chosen anew, or taken away where the images are too few for it.
pub fn recalibrated_findings(
    record: &ModelRecord,
    known: &KnownFindings,
    to: Vec<FindingTemperature>,
) -> Vec<Decision> {
    let (model, name, from) = (record.id, record.card.name.clone(), record.finding_temperatures.clone());
    if from == to {
        return Vec::new();
    }
    let of = |list: &[FindingTemperature], finding: &str| {
        list.iter().find(|one| one.finding == finding).map(|one| one.temperature)
    };
    let moved = record.class_thresholds.iter().filter_map(|(class, threshold)| {
        let (from, to) = (of(&from, class), of(&to, class));
        let new = threshold_at(*threshold, from, to);
        (new != *threshold).then(|| Decision::ClassThreshold {
            model,
            name: name.clone(),
            class: class.clone(),
            old: Some(*threshold),
            new: Some(new),
            by: ThresholdBy::Temperature { from, to },
        })
    });
    let moved: Vec<Decision> = moved.collect();
    let rules = record.finding_rules.as_ref().map(|old| {
        let new = rules(record, known, old.miss, &to);
        Decision::FindingRules { model, name: name.clone(), old: Some(old.clone()), new }
    });
    let images = known.truth.len();
    let on = (!to.is_empty()).then_some(Basis { split: Split::Validation, images, positives: None });
    let temperatures = Decision::FindingTemperatures { model, name, old: from, new: to, on };
    std::iter::once(temperatures).chain(moved).chain(rules).collect()
}

/// The rule at these temperatures; `None` where the images are too few for every finding.
fn rules(record: &ModelRecord, known: &KnownFindings, miss: f64, by: &[FindingTemperature]) -> Option<FindingRules> {
    let rules = known.of(&record.card.classes).rules(miss, by);
    rules.each.iter().any(|one| one.least.is_some()).then_some(rules)
}

/// The decisions that let a model say of each finding that it is not sure, so that at most the share `miss` of its answers about
/// the finding misses the truth; none where that is in force already.
///
/// # Errors
/// Where the validation images are too few for that share, whatever the finding, as a sentence.
pub fn answering_findings(record: &ModelRecord, known: &KnownFindings, miss: f64) -> Result<Vec<Decision>, String> {
    let Some(takes) = images_for(miss) else {
        return Err("answers that never miss are “not sure” of everything: choose a share above 0".to_owned());
    };
    let new = rules(record, known, miss, &record.finding_temperatures).ok_or_else(|| {
        format!(
            "no finding is known of enough validation images for answers that miss at most {miss:.3} of the truths: it takes {takes}"
        )
    })?;
    if record.finding_rules.as_ref() == Some(&new) {
        return Ok(Vec::new());
    }
    let (model, name, old) = (record.id, record.card.name.clone(), record.finding_rules.clone());
    Ok(vec![Decision::FindingRules { model, name, old, new: Some(new) }])
}

/// What a person must know of decisions about findings, a sentence each: which findings nothing fitted or few images did, and
/// of which the images are too few for "not sure".
pub fn remarks_of(decisions: &[Decision]) -> Vec<String> {
    let of = |decision: &Decision| match decision {
        Decision::FindingTemperatures { new, .. } => {
            let told = |one: &&FindingTemperature| one.why_own().is_some() || one.is_of_few();
            new.iter().filter(told).map(FindingTemperature::sentence).collect()
        }
        Decision::FindingRules { new: Some(rules), .. } => {
            rules.each.iter().filter_map(|one| one.too_few(rules.miss)).collect()
        }
        Decision::FindingRules { new: None, .. }
        | Decision::Registered { .. }
        | Decision::Threshold { .. }
        | Decision::ClassThreshold { .. }
        | Decision::Temperature { .. }
        | Decision::Scores { .. }
        | Decision::Answers { .. }
        | Decision::TestOpened { .. }
        | Decision::ReportWritten { .. }
        | Decision::ReadingMode { .. }
        | Decision::Assignment { .. }
        | Decision::ReaderDescribed { .. }
        | Decision::Study { .. }
        | Decision::Promoted { .. } => Vec::new(),
    };
    decisions.iter().flat_map(of).collect()
}

impl Core {
    /// The images of a split of which something is known of a finding, with a model's logits as far as it has looked.
    pub(super) fn known_findings_of(&self, model: ModelId, split: Split) -> Result<KnownFindings, SessionError> {
        let mut said: HashMap<ImageId, Prediction> =
            self.store.predictions(model)?.into_iter().map(|said| (said.image, said)).collect();
        let mut known = KnownFindings::default();
        for (image, annotation) in self.images.iter().zip(&self.annotations).filter(|(image, _)| image.split == split) {
            let is = known_findings(annotation, &self.view.classes);
            let logits = said.remove(&image.id).map(|said| said.logits).filter(|logits| !logits.is_empty());
            if let (Some(is), Some(logits)) = (is, logits) {
                known.truth.push(is);
                known.logits.push(logits);
            }
        }
        Ok(known)
    }

    /// How the probabilities and answers of a model that answers with findings do on the test images; `None` where it answers
    /// otherwise, or nothing is known of the images.
    pub(in crate::session) fn findings_calibration_on_test(
        &self,
        model: ModelId,
    ) -> Result<Option<FindingsCalibration>, SessionError> {
        if !self.answers_with_findings(model) {
            return Ok(None);
        }
        let (record, known) = (self.record(model)?, self.known_findings_of(model, Split::Test)?);
        let of = || {
            let (by, rules) = (&record.finding_temperatures, record.finding_rules.as_ref());
            known.calibration(&record.card.classes, by, rules)
        };
        Ok((!known.truth.is_empty()).then(of))
    }
}

#[cfg(test)]
#[path = "findings_tests.rs"]
mod tests;
