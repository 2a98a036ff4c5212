//! Findings' probabilities as they are and at their temperatures, and answers that may be "not sure", on the same images.
//!
//! A finding counts on those images alone on which it is known to be present or absent: what is uncertain or was not looked at
//! has no part in its temperature, its rule or its figures.

use crate::domain::decision::Share;
use crate::domain::finding_calibration::{FindingAnswersSeen, FindingCalibration, FindingsCalibration, OutcomeFigures};
use crate::domain::not_sure::unsure_of;
use crate::domain::{ClassList, FindingRule, FindingRules, FindingTemperature, Findings, Temperatures};
use crate::evaluation::binary::Ranked;
use crate::evaluation::binary::probability::{Calibrator, brier, calibration_error, log_loss};
use crate::evaluation::calibration::CALIBRATION_BINS;
use crate::evaluation::conformal::{FindingCoverage, finding_coverage, least_of_finding};
use crate::evaluation::interval::wilson_interval;
use crate::evaluation::temperature::{calibrated, of_finding, sigmoid};

/// Images of which something is known, with a model's logits: one row an image, one column a class.
#[derive(Clone, Copy, Debug)]
pub struct KnownLogits<'a> {
    pub truth: &'a [Findings],
    pub logits: &'a [Vec<f32>],
    pub classes: &'a ClassList,
}

impl KnownLogits<'_> {
    /// Of each image on which a finding is known, whether it is there, and its logit.
    fn statements(&self, place: usize) -> Vec<(bool, f32)> {
        let one = |(said, row): (&Findings, &Vec<f32>)| {
            let logit = row.get(place).copied().filter(|logit| logit.is_finite())?;
            Some((said.get(place)?.known()?, logit))
        };
        self.truth.iter().zip(self.logits).filter_map(one).collect()
    }

    /// The same with its probability at a temperature.
    fn probabilities(&self, place: usize, temperature: f64) -> Vec<(bool, f32)> {
        let one = |(is, logit)| (is, sigmoid(logit, temperature));
        self.statements(place).into_iter().map(one).collect()
    }

    /// The temperature of each finding, in the order of the class list; 1 where nothing fits.
    pub fn temperatures(&self) -> Vec<FindingTemperature> {
        let one = |place: usize| {
            let known = self.statements(place);
            FindingTemperature {
                finding: self.classes.name(place),
                temperature: of_finding(&known).unwrap_or(1.0),
                images: known.len(),
                positives: positives(&known),
            }
        };
        self.classes.finding_places().map(one).collect()
    }

    /// From which probability on an outcome of each finding belongs to the answer, so that answers about it miss the truth in at
    /// most the share `miss` of images like these.
    pub fn rules(&self, miss: f64, by: &[FindingTemperature]) -> FindingRules {
        let one = |place: usize| {
            let finding = self.classes.name(place);
            let known = self.probabilities(place, temperature_of(by, &finding));
            let least = least_of_finding(&known, miss);
            FindingRule { finding, least, images: known.len(), positives: positives(&known) }
        };
        FindingRules { miss, each: self.classes.finding_places().map(one).collect() }
    }

    /// How probabilities and answers do on these images.
    pub fn calibration(&self, by: &[FindingTemperature], rules: Option<&FindingRules>) -> FindingsCalibration {
        let one = |place: usize| {
            let finding = self.classes.name(place);
            let temperature = by.iter().find(|one| one.finding == finding).cloned();
            let own = self.probabilities(place, 1.0);
            let now = temperature.as_ref().map(|by| self.probabilities(place, by.temperature));
            let rule = rules.and_then(|rules| rules.each.iter().find(|rule| rule.finding == finding));
            let answers = rule.and_then(|rule| answers(now.as_ref().unwrap_or(&own), rule.least?));
            FindingCalibration {
                images: own.len(),
                positives: positives(&own),
                own: figures(&own),
                calibrated: now.as_ref().map(|now| figures(now)),
                finding,
                temperature,
                answers,
            }
        };
        FindingsCalibration {
            images: self.truth.len(),
            miss: rules.map(|rules| rules.miss),
            not_sure_images: rules.map(|rules| self.unsure(by, rules)),
            findings: self.classes.finding_places().map(one).collect(),
        }
    }

    /// On how many images the model is not sure of a finding.
    fn unsure(&self, by: &[FindingTemperature], rules: &FindingRules) -> usize {
        let (temperatures, least) = (Temperatures::of_findings(by, self.classes), rules.by_place(self.classes));
        let is_unsure = |row: &&Vec<f32>| {
            let own = row.iter().map(|logit| sigmoid(*logit, 1.0)).collect();
            !unsure_of(&calibrated(own, row, &temperatures), &least).is_empty()
        };
        self.logits.iter().filter(is_unsure).count()
    }
}

fn temperature_of(by: &[FindingTemperature], finding: &str) -> f64 {
    by.iter().find(|one| one.finding == finding).map_or(1.0, |one| one.temperature)
}

fn positives(known: &[(bool, f32)]) -> usize {
    known.iter().filter(|(is, _)| *is).count()
}

fn figures(known: &[(bool, f32)]) -> OutcomeFigures {
    let (positive, scores): (Vec<bool>, Vec<f64>) = known.iter().map(|(is, p)| (*is, f64::from(*p))).unzip();
    let Some(ranked) = Ranked::new(&positive, &scores) else { return OutcomeFigures::default() };
    let ones = vec![1.0; known.len()];
    let fit = Calibrator::new(&ranked).fit(ranked.positive(), &ones);
    OutcomeFigures {
        log_loss: log_loss(&ranked, &ones),
        brier: brier(&ranked, &ones),
        calibration_error: calibration_error(&ranked, &ones, CALIBRATION_BINS),
        slope: fit.map(|fit| fit.slope),
        intercept: fit.map(|fit| fit.intercept),
    }
}

fn answers(known: &[(bool, f32)], least: f64) -> Option<FindingAnswersSeen> {
    let FindingCoverage { images, covered, positives, covered_positives, both, neither } =
        finding_coverage(known, least);
    let (low, high) = wilson_interval(covered, images)?;
    let coverage = Share { value: covered as f64 / images as f64, low, high };
    let not_sure = both + neither;
    Some(FindingAnswersSeen { least, images, covered, coverage, positives, covered_positives, not_sure, neither })
}

#[cfg(test)]
#[path = "calibration_check.rs"]
mod tests;
