//! Every figure against scikit-learn: `tests/reference/findings_metrics.py`.

use super::*;
use serde_json::Value;

const TOLERANCE: f64 = 1e-9;

#[track_caller]
fn near(what: &str, ours: Option<f64>, theirs: &Value) {
    assert!(theirs.is_number() || theirs.is_null(), "{what}: {theirs}");
    match (ours, theirs.as_f64()) {
        (Some(a), Some(b)) => assert!((a - b).abs() <= TOLERANCE * b.abs().max(1.0), "{what}: {a}, expected {b}"),
        (a, b) => assert_eq!(a, b, "{what}"),
    }
}

/// The names of the figures, in the order of the fields.
fn names() -> [&'static str; 9] {
    Figures {
        auroc: "auroc",
        average_precision: "average_precision",
        sensitivity: "sensitivity",
        specificity: "specificity",
        positive_predictive_value: "positive_predictive_value",
        negative_predictive_value: "negative_predictive_value",
        f1: "f1",
        brier: "brier",
        log_loss: "log_loss",
    }
    .list()
}

fn rows<T>(of: &Value, one: impl Fn(&Value) -> T) -> Vec<Vec<T>> {
    of.as_array().unwrap().iter().map(|row| row.as_array().unwrap().iter().map(&one).collect()).collect()
}

#[test]
fn figures_of_several_findings_are_those_of_scikit_learn() {
    let all: Value =
        serde_json::from_str(include_str!("../../../tests/reference/expected/findings_metrics.json")).unwrap();
    let cases = all["cases"].as_array().unwrap();
    assert!(cases.len() >= 9);
    for case in cases {
        let name = case["name"].as_str().unwrap();
        let statement = |value: &Value| match value.as_i64().unwrap() {
            -1 => None,
            number => Some(number == 1),
        };
        let truth = rows(&case["truth"], statement);
        let probabilities = rows(&case["probabilities"], |p| p.as_f64().unwrap() as f32);
        let thresholds: Vec<f64> = case["thresholds"].as_array().unwrap().iter().map(|t| t.as_f64().unwrap()).collect();
        let of = JudgedFindings { truth: &truth, probabilities: &probabilities, groups: &[], thresholds: &thresholds };
        let ours = of_findings(of);
        assert_eq!((ours.images, ours.left_out), (truth.len(), 0), "{name}");
        assert_eq!(ours.complete as u64, case["complete"].as_u64().unwrap(), "{name}");
        for (at, (finding, theirs)) in ours.findings.iter().zip(case["findings"].as_array().unwrap()).enumerate() {
            for (figure, value) in names().into_iter().zip(finding.figures.list()) {
                near(&format!("{name}: {figure} of finding {at}"), value, &theirs[figure]);
            }
            let count = |which| truth.iter().filter(|row| row[at] == which).count();
            let counts = (finding.positives, finding.negatives, finding.not_looked_at);
            assert_eq!(counts, (count(Some(true)), count(Some(false)), count(None)), "{name}, finding {at}");
        }
        assert_eq!(ours.findings.len(), thresholds.len(), "{name}");
        for (figure, ours) in names().into_iter().zip(ours.macro_average.list()) {
            near(&format!("{name}: macro {figure}"), ours.value, &case["macro"][figure]["value"]);
            assert_eq!(Some(ours.over as u64), case["macro"][figure]["over"].as_u64(), "{name}: macro {figure}");
        }
        for (figure, ours) in names().into_iter().zip(ours.micro_average.list()) {
            near(&format!("{name}: micro {figure}"), ours, &case["micro"][figure]);
        }
        let over_images = &case["over_images"];
        near(&format!("{name}: exact match"), ours.over_images.exact_match, &over_images["exact_match"]);
        near(&format!("{name}: Hamming loss"), ours.over_images.hamming_loss, &over_images["hamming_loss"]);
        near(&format!("{name}: coverage error"), ours.over_images.coverage_error, &over_images["coverage_error"]);
        near(&format!("{name}: ranking loss"), ours.over_images.ranking_loss, &over_images["ranking_loss"]);
        let precision = ours.over_images.ranking_average_precision;
        near(&format!("{name}: ranking average precision"), precision, &over_images["ranking_average_precision"]);
        // The intervals are of the same values.
        let none = crate::evaluation::bootstrap::Bootstrap { draws: 0, seed: 1 };
        let estimates = intervals_of_findings(of, none);
        assert_eq!(estimates.over_images.map(|one| one.value), ours.over_images, "{name}");
        assert_eq!(estimates.micro_average.map(|one| one.value), ours.micro_average, "{name}");
        assert_eq!(estimates.macro_average.map(|one| one.value), ours.macro_average.map(|one| one.value), "{name}");
        let of_each = estimates.findings.into_iter().map(|figures| figures.map(|one| one.value));
        assert!(of_each.eq(ours.findings.iter().map(|finding| finding.figures)), "{name}");
    }
}
