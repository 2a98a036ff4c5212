//! Every figure against scikit-learn, statsmodels and SciPy: `tests/reference/binary.py`.

use super::probability::{brier, calibration, log_loss, reliability};
use super::{Ranked, Table, delong};
use serde_json::Value;

/// What the issue asks of figures.
const TOLERANCE: f64 = 1e-6;

#[track_caller]
fn near(what: &str, ours: Option<f64>, theirs: &Value) {
    match (ours, theirs.as_f64()) {
        (Some(a), Some(b)) => assert!((a - b).abs() <= TOLERANCE * b.abs().max(1.0), "{what}: {a}, expected {b}"),
        (a, b) => assert_eq!(a, b, "{what}"),
    }
}

fn numbers(of: &Value) -> Vec<f64> {
    of.as_array().unwrap().iter().map(|number| number.as_f64().unwrap()).collect()
}

#[test]
fn figures_of_one_finding_are_those_of_scikit_learn_and_statsmodels() {
    let all: Value = serde_json::from_str(include_str!("../../../tests/reference/expected/binary.json")).unwrap();
    let cases = all["cases"].as_array().unwrap();
    assert!(cases.len() >= 7);
    for case in cases {
        let name = case["name"].as_str().unwrap();
        let positive: Vec<bool> = numbers(&case["truth"]).iter().map(|truth| *truth == 1.0).collect();
        let (scores, weights) = (numbers(&case["scores"]), numbers(&case["weights"]));
        let ranked = Ranked::new(&positive, &scores).unwrap();
        near(&format!("{name}: AUROC"), ranked.auroc(&weights), &case["auroc"]);
        near(&format!("{name}: AP"), ranked.average_precision(&weights), &case["average_precision"]);
        if case["auroc"].is_number() {
            near(&format!("{name}: Brier"), brier(&ranked, &weights), &case["brier"]);
        }
        near(&format!("{name}: log loss"), log_loss(&ranked, &weights), &case["log_loss"]);
        let fit = calibration(&ranked, &weights);
        near(&format!("{name}: slope"), fit.map(|fit| fit.slope), &case["calibration"]["slope"]);
        near(&format!("{name}: intercept"), fit.map(|fit| fit.intercept), &case["calibration"]["intercept"]);
        for (bin, theirs) in reliability(&ranked, &weights, 10).iter().zip(case["bins"].as_array().unwrap()) {
            let [images, positives, sum] = numbers(theirs)[..] else { panic!("{theirs}") };
            assert_eq!((bin.images, bin.positives), (images, positives), "{name}: {bin:?}");
            assert!(images == 0.0 || (bin.mean - sum / images).abs() < TOLERANCE, "{name}: {bin:?}");
        }
        for theirs in case["at"].as_array().unwrap() {
            let threshold = theirs["threshold"].as_f64().unwrap();
            let table = Table::at(&ranked, &weights, threshold);
            for (what, ours) in [
                ("sensitivity", table.sensitivity()),
                ("specificity", table.specificity()),
                ("ppv", table.positive_predictive_value()),
                ("npv", table.negative_predictive_value()),
                ("accuracy", table.accuracy()),
                ("balanced_accuracy", table.balanced_accuracy()),
                ("f1", table.f1()),
                ("mcc", table.matthews()),
                ("net_benefit", table.net_benefit(threshold)),
            ] {
                near(&format!("{name}: {what} at {threshold}"), ours, &theirs[what]);
            }
        }
        if let [false_rates, true_rates] = case["roc"].as_array().map_or(&[][..], Vec::as_slice) {
            let (positives, negatives) = ranked.totals(&weights);
            let steps = ranked.steps(&weights);
            let (x, y) = (numbers(false_rates), numbers(true_rates));
            assert_eq!(steps.len(), x.len(), "{name}: points of the ROC curve");
            for ((step, x), y) in steps.iter().zip(x).zip(y) {
                assert!((step.false_positives / negatives - x).abs() < TOLERANCE, "{name}: {step:?}");
                assert!((step.true_positives / positives - y).abs() < TOLERANCE, "{name}: {step:?}");
            }
        }
        let theirs = &case["delong"];
        if theirs.is_object() {
            let ours = delong::compare(&positive, &scores, &numbers(&case["other"])).unwrap();
            near(&format!("{name}: first area"), Some(ours.first.value), &theirs["areas"][0]);
            near(&format!("{name}: second area"), Some(ours.second.value), &theirs["areas"][1]);
            near(&format!("{name}: first variance"), Some(ours.first.variance), &theirs["variances"][0]);
            near(&format!("{name}: second variance"), Some(ours.second.variance), &theirs["variances"][1]);
            near(&format!("{name}: covariance"), Some(ours.covariance), &theirs["covariance"]);
            near(&format!("{name}: p"), ours.p_value(), &theirs["p"]);
        }
    }
}
