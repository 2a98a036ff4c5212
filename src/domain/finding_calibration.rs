//! How far a model's probability of each finding can be believed, as it is and calibrated, and how answers that may be "not
//! sure" did.

use super::decision::Share;
use super::temperatures::FindingTemperature;
use serde::{Deserialize, Serialize};

/// Figures of the probability of one finding on images on which it is known; absent where not defined.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct OutcomeFigures {
    /// The mean negative logarithm of the probability of what is so.
    pub log_loss: Option<f64>,
    /// The mean squared distance of the probability from what is so.
    pub brier: Option<f64>,
    /// The mean distance from how often the finding is there, over ten ranges.
    pub calibration_error: Option<f64>,
    /// 1 where probabilities are as extreme as they should be.
    pub slope: Option<f64>,
    /// 0 where they are right on average (log odds).
    pub intercept: Option<f64>,
}

impl OutcomeFigures {
    /// Each with its name and what is best, in the order to read them.
    pub fn rows(&self) -> [(&'static str, Option<f64>, &'static str); 5] {
        [
            ("Log loss", self.log_loss, "lower is better"),
            ("Brier score", self.brier, "lower is better"),
            ("Calibration error", self.calibration_error, "lower is better"),
            ("Calibration slope", self.slope, "1 is best"),
            ("Calibration in the large", self.intercept, "0 is best"),
        ]
    }
}

/// How answers about one finding that may be "not sure" did on images that their rule was not chosen on.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct FindingAnswersSeen {
    /// From this probability on an outcome belongs to the answer.
    pub least: f64,
    /// Images on which the finding is known.
    pub images: usize,
    /// Answers that hold the truth.
    pub covered: usize,
    /// Their share.
    pub coverage: Share,
    /// Of the images those that have the finding, and the answers that hold the truth there.
    pub positives: usize,
    pub covered_positives: usize,
    /// Answers of both outcomes and of neither: "not sure".
    pub not_sure: usize,
    /// Of these, of neither.
    pub neither: usize,
}

impl FindingAnswersSeen {
    /// Whether fewer answers hold the truth than were wanted, by more than chance: all of the interval lies below.
    pub fn falls_short(&self, miss: f64) -> bool {
        self.coverage.high < 1.0 - miss
    }
}

/// One finding's probabilities and answers on a set of images, those alone on which it is known to be present or absent.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct FindingCalibration {
    pub finding: String,
    pub images: usize,
    pub positives: usize,
    /// By what its logit is divided; absent where the model's own probabilities are used.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub temperature: Option<FindingTemperature>,
    /// Of the model's own probabilities.
    pub own: OutcomeFigures,
    /// Of those at the temperature.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub calibrated: Option<OutcomeFigures>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub answers: Option<FindingAnswersSeen>,
}

impl FindingCalibration {
    /// How its answers did, of which this share may miss the truth: "Mass: the answers hold the truth of 46 of 48 images (95.8 %,
    /// 86.0 to 98.8), of 11 of the 12 that have it; not sure on 5".
    pub fn answers_sentence(&self, miss: f64) -> Option<String> {
        let seen = self.answers?;
        let FindingAnswersSeen { images, covered, coverage, positives, covered_positives, not_sure, neither, .. } =
            seen;
        let percent = |share: f64| format!("{:.1}", 100.0 * share);
        let neither = match neither {
            0 => String::new(),
            neither => format!(" (on {neither} neither outcome is likely enough)"),
        };
        let short = match seen.falls_short(miss) {
            true => format!("; fewer than the {} % wanted, and hardly by chance", percent(1.0 - miss)),
            false => String::new(),
        };
        Some(format!(
            "{}: the answers hold the truth of {covered} of {images} images ({} %, {} to {}), of {covered_positives} of the \
             {positives} that have it; not sure on {not_sure}{neither}{short}",
            self.finding,
            percent(coverage.value),
            percent(coverage.low),
            percent(coverage.high),
        ))
    }
}

/// A model's probabilities of findings on a set of images.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct FindingsCalibration {
    /// Images on which at least one finding is known.
    pub images: usize,
    /// The share of answers about a finding that may miss the truth; absent where no answer is "not sure".
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub miss: Option<f64>,
    /// Images on which the model is not sure of a finding at least.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub not_sure_images: Option<usize>,
    /// In the order of the class list.
    pub findings: Vec<FindingCalibration>,
}

impl FindingsCalibration {
    /// Whether any finding's probabilities are calibrated.
    pub fn is_calibrated(&self) -> bool {
        self.findings.iter().any(|one| one.calibrated.is_some())
    }

    /// Which findings calibration made worse on these images, with their log loss before and after; `None` where it made none
    /// worse.
    pub fn worse(&self) -> Option<String> {
        let of = |one: &FindingCalibration| {
            let (before, after) = (one.own.log_loss?, one.calibrated?.log_loss?);
            // What differs in no digit that is shown is no worse.
            (after - before >= 0.0005).then(|| format!("{} ({before:.3} to {after:.3})", one.finding))
        };
        let worse: Vec<String> = self.findings.iter().filter_map(of).collect();
        (!worse.is_empty()).then(|| {
            format!(
                "On these images calibration made the log loss of {} worse: it was fitted on others.",
                worse.join(", ")
            )
        })
    }

    /// What answers that may be "not sure" come to on all findings together; `None` where none may.
    pub fn sentence(&self) -> Option<String> {
        let (miss, unsure) = (self.miss?, self.not_sure_images?);
        Some(format!(
            "About each finding at most {:.1} % of the answers should miss the truth; of {} images the model is not sure of a \
             finding on {unsure}.",
            100.0 * miss,
            self.images,
        ))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_calibration_made_worse_is_named() {
        let of = |finding: &str, before, after| FindingCalibration {
            finding: finding.into(),
            own: OutcomeFigures { log_loss: Some(before), ..OutcomeFigures::default() },
            calibrated: Some(OutcomeFigures { log_loss: Some(after), ..OutcomeFigures::default() }),
            ..FindingCalibration::default()
        };
        let seen = |findings| FindingsCalibration { findings, ..FindingsCalibration::default() };
        assert_eq!(seen(vec![of("Mass", 0.4, 0.3), of("Edema", 0.3, 0.3001)]).worse(), None);
        let said = seen(vec![of("Mass", 0.3, 0.35), of("Edema", 0.3, 0.2)]).worse().unwrap();
        assert!(
            said.starts_with("On these images calibration made the log loss of Mass (0.300 to 0.350) worse"),
            "{said}"
        );
    }

    #[test]
    fn a_coverage_that_falls_short_beyond_chance_is_said() {
        let with = |covered: usize, high| FindingCalibration {
            finding: "Mass".into(),
            answers: Some(FindingAnswersSeen {
                least: 0.3,
                images: 48,
                covered,
                coverage: Share { value: covered as f64 / 48.0, low: 0.6, high },
                positives: 12,
                covered_positives: 11,
                not_sure: 5,
                neither: 2,
            }),
            ..FindingCalibration::default()
        };
        let said = with(46, 0.988).answers_sentence(0.1).unwrap();
        assert_eq!(
            said,
            "Mass: the answers hold the truth of 46 of 48 images (95.8 %, 60.0 to 98.8), of 11 of the 12 that have it; not sure on \
             5 (on 2 neither outcome is likely enough)"
        );
        let said = with(36, 0.85).answers_sentence(0.1).unwrap();
        assert!(said.ends_with("; fewer than the 90.0 % wanted, and hardly by chance"), "{said}");
        assert_eq!(FindingCalibration::default().answers_sentence(0.1), None);
    }
}
