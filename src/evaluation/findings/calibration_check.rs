//! Temperatures of findings are SciPy's and scikit-learn's, figures before and after scikit-learn's, answers that may be "not sure"
//! MAPIE's; tests/reference/findings_deciding.py makes the values.

use super::*;
use crate::domain::Presence;
use serde_json::Value;

struct Known {
    truth: Vec<Findings>,
    logits: Vec<Vec<f32>>,
}

impl Known {
    fn of(all: &Value, [said, logits]: [&str; 2]) -> Self {
        let state = |code: u64| match code {
            0 => Some(Presence::Absent),
            1 => Some(Presence::Present),
            2 => Some(Presence::Uncertain),
            _ => None,
        };
        let findings = |row: &Value| {
            let each = row.as_array().unwrap().iter().enumerate();
            each.filter_map(|(at, code)| Some((at, state(code.as_u64().unwrap())?))).collect()
        };
        let numbers = |row: &Value| row.as_array().unwrap().iter().map(|v| v.as_f64().unwrap() as f32).collect();
        Self {
            truth: all[said].as_array().unwrap().iter().map(findings).collect(),
            logits: all[logits].as_array().unwrap().iter().map(numbers).collect(),
        }
    }

    fn with<'a>(&'a self, classes: &'a ClassList) -> KnownLogits<'a> {
        KnownLogits { truth: &self.truth, logits: &self.logits, classes }
    }
}

fn reference() -> Value {
    serde_json::from_str(include_str!("../../../tests/reference/expected/findings_deciding.json")).unwrap()
}

#[test]
fn temperatures_figures_and_answers_are_those_of_others_where_the_finding_is_known() {
    let all = reference();
    let classes = ClassList::of_findings(&["Effusion", "Mass", "Nodule"]).unwrap();
    let (chosen_on, judged_on) = (Known::of(&all, ["said", "logits"]), Known::of(&all, ["test_said", "test_logits"]));
    let by = chosen_on.with(&classes).temperatures();
    for (ours, theirs) in by.iter().zip(all["findings"].as_array().unwrap()) {
        let expected = theirs["temperature"].as_f64().unwrap();
        // SciPy's bounded search ends at 1e-12 of the logarithm, in which the loss is flat to about 1e-7 at its least.
        assert!((ours.temperature / expected - 1.0).abs() < 1e-6, "{ours:?}, expected {expected}");
        let counts = (ours.images as u64, ours.positives as u64);
        assert_eq!(
            Some(counts),
            theirs["images"].as_u64().zip(theirs["positives"].as_u64()),
            "the others have no part"
        );
    }
    for at in 0..3 {
        let rules = |miss| chosen_on.with(&classes).rules(miss, &by);
        let miss = |at: usize| all["findings"][0]["answers"][at]["miss"].as_f64().unwrap();
        let rules = rules(miss(at));
        let seen = judged_on.with(&classes).calibration(&by, Some(&rules));
        for ((of, rule), theirs) in seen.findings.iter().zip(&rules.each).zip(all["findings"].as_array().unwrap()) {
            for (figures, theirs) in [(of.own, &theirs["own"]), (of.calibrated.unwrap(), &theirs["calibrated"])] {
                for (ours, key) in [
                    (figures.log_loss, "log_loss"),
                    (figures.brier, "brier"),
                    (figures.calibration_error, "calibration_error"),
                ] {
                    assert!((ours.unwrap() - theirs[key].as_f64().unwrap()).abs() < 1e-6, "{key}: {of:?}");
                }
            }
            let theirs = &theirs["answers"][at];
            // MAPIE's scores come from single precision, too, of which a last digit may differ.
            assert!((1.0 - rule.least.unwrap() - theirs["score"].as_f64().unwrap()).abs() < 1e-6, "{rule:?}");
            let ours = of.answers.unwrap();
            for (ours, key) in [
                (ours.covered, "covered"),
                (ours.covered_positives, "covered_positives"),
                (ours.not_sure, "not_sure"),
                (ours.neither, "neither"),
            ] {
                assert_eq!(ours as u64, theirs[key].as_u64().unwrap(), "{key} of {} at {}", of.finding, rules.miss);
            }
            assert!(ours.coverage.low < ours.coverage.value && ours.coverage.value < ours.coverage.high);
        }
    }
}

#[test]
fn what_is_uncertain_or_was_not_looked_at_would_change_the_temperature() {
    let all = reference();
    let classes = ClassList::of_findings(&["Effusion", "Mass", "Nodule"]).unwrap();
    let known = Known::of(&all, ["said", "logits"]);
    let taken_in = |as_what: Presence| {
        let said = |said: &Findings| -> Findings {
            (0..3).map(|at| (at, said.get(at).filter(|one| *one != Presence::Uncertain).unwrap_or(as_what))).collect()
        };
        Known { truth: known.truth.iter().map(said).collect(), logits: known.logits.clone() }
    };
    let honest = known.with(&classes).temperatures();
    for as_what in [Presence::Absent, Presence::Present] {
        let wrong = taken_in(as_what);
        let wrong = wrong.with(&classes).temperatures();
        assert!(honest.iter().zip(&wrong).all(|(a, b)| (a.temperature / b.temperature).ln().abs() > 0.02));
    }
}

#[test]
fn one_outcome_leaves_the_model_s_own_probabilities_and_has_no_slope() {
    let classes = ClassList::of_findings(&["Effusion", "Mass"]).unwrap();
    let said =
        |effusion: bool| -> Findings { [(0, Presence::from(effusion)), (1, Presence::Absent)].into_iter().collect() };
    let truth: Vec<Findings> = [true, false, true, false].map(said).to_vec();
    let logits = [[2.0, -1.0], [1.5, 0.5], [0.5, -2.0], [-3.0, 0.1]].map(|row| row.to_vec()).to_vec();
    let known = KnownLogits { truth: &truth, logits: &logits, classes: &classes };
    let by = known.temperatures();
    assert!(by[0].temperature != 1.0 && by[0].why_own().is_none());
    assert_eq!((by[1].temperature, by[1].positives, by[1].images), (1.0, 0, 4));
    assert!(by[1].why_own().unwrap().contains("none has it"));
    let seen = known.calibration(&by, Some(&known.rules(0.1, &by)));
    let mass = &seen.findings[1];
    assert_eq!((mass.own, mass.own.slope), (mass.calibrated.unwrap(), None));
    assert!(mass.own.log_loss.is_some() && mass.answers.is_none(), "4 images are too few for a tenth");
    assert_eq!((seen.not_sure_images, seen.images), (Some(0), 4));
}
