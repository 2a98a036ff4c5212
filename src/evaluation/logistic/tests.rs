//! Against scikit-learn and SciPy; `tests/reference/logistic.py` writes the values.

use super::*;
use serde::Deserialize;

#[derive(Deserialize)]
struct Case {
    features: Vec<f32>,
    width: usize,
    answers: usize,
    classes: Option<Vec<usize>>,
    findings: Option<Vec<Option<bool>>>,
    shares: Option<Vec<f32>>,
    weights: Option<Vec<f32>>,
    offsets: Option<Vec<f32>>,
    c: f64,
    coefficients: Option<Vec<Vec<f64>>>,
    intercepts: Option<Vec<f64>>,
    probabilities: Vec<f32>,
}

#[derive(Deserialize)]
struct Reference {
    classes: Vec<Case>,
    findings: Case,
    toward: Vec<Case>,
}

impl Case {
    fn rows(&self) -> Rows<'_> {
        let truth = match (&self.classes, &self.findings, &self.shares) {
            (Some(classes), _, _) => Truth::Classes(classes),
            (None, _, Some(shares)) => Truth::ClassShares(shares),
            (None, findings, None) => Truth::Findings(findings.as_deref().unwrap_or_default()),
        };
        Rows {
            features: &self.features,
            width: self.width,
            truth,
            answers: self.answers,
            weights: self.weights.as_deref(),
            offsets: self.offsets.as_deref(),
        }
    }

    fn settings(&self) -> Settings {
        Settings { c: self.c, pulls_intercept: self.offsets.is_some(), ..Settings::default() }
    }

    fn fitted(&self, start: Option<&Logistic>) -> Logistic {
        fit(&self.rows(), self.settings(), start, &|| true).unwrap()
    }

    fn said(&self, by: &Logistic) -> Vec<f32> {
        by.probabilities(&self.features, self.offsets.as_deref())
    }

    /// The largest difference of two lists of probabilities.
    fn apart(&self, said: &[f32]) -> f32 {
        assert_eq!(said.len(), self.probabilities.len());
        said.iter().zip(&self.probabilities).map(|(a, b)| (a - b).abs()).fold(0.0, f32::max)
    }
}

fn reference() -> Reference {
    serde_json::from_str(include_str!("../../../tests/reference/expected/logistic.json")).unwrap()
}

#[test]
fn classes_equal_those_of_scikit_learn() {
    for case in reference().classes {
        let fitted = case.fitted(None);
        let apart = case.apart(&case.said(&fitted));
        println!("{} answers: {apart:.1e} apart after {} steps", case.answers, fitted.steps);
        assert!(fitted.converged && apart < 2e-5, "{apart}");
        let (coefficients, intercepts) = (case.coefficients.unwrap(), case.intercepts.unwrap());
        for (at, (coefficients, intercept)) in coefficients.iter().zip(&intercepts).enumerate() {
            let (weights, found) = fitted.column(at).unwrap();
            // Softmax cares for differences of intercepts only, which scikit-learn lets add up to zero.
            if coefficients.len() > 1 && case.answers == 2 {
                assert!((found - intercept).abs() < 1e-3, "{found} and {intercept}");
            }
            for (weight, coefficient) in weights.iter().zip(coefficients) {
                assert!((weight - coefficient).abs() < 1e-3, "{weight} and {coefficient}");
            }
        }
    }
}

#[test]
fn each_finding_is_learned_from_the_rows_where_it_is_known() {
    let case = reference().findings;
    let fitted = case.fitted(None);
    let apart = case.apart(&case.said(&fitted));
    println!("findings: {apart:.1e} apart after {} steps", fitted.steps);
    assert!(fitted.converged && apart < 2e-5, "{apart}");
}

#[test]
fn toward_the_logits_of_a_model_equals_scipy() {
    for case in reference().toward {
        let fitted = case.fitted(None);
        let apart = case.apart(&case.said(&fitted));
        println!("toward: {apart:.1e} apart after {} steps", fitted.steps);
        assert!(fitted.converged && apart < 2e-5, "{apart}");
    }
}

#[test]
fn shares_that_are_zero_or_one_are_what_classes_and_findings_are() {
    let reference = reference();
    for case in reference.classes.iter().chain([&reference.findings]) {
        let share = |yes: bool| f32::from(u8::from(yes));
        let of_classes = case.classes.iter().flatten();
        let of_classes = of_classes.flat_map(|class| (0..case.answers).map(move |at| share(at == *class)));
        let of_findings = case.findings.iter().flatten().map(|known| known.map_or(f32::NAN, share));
        let shares: Vec<f32> = of_classes.chain(of_findings).collect();
        let truth = if case.classes.is_some() { Truth::ClassShares(&shares) } else { Truth::FindingShares(&shares) };
        let fitted = fit(&Rows { truth, ..case.rows() }, case.settings(), None, &|| true).unwrap();
        assert_eq!(fitted.weights, case.fitted(None).weights, "to the last bit");
    }
}

#[test]
fn what_is_held_tightly_stays_the_models_own_answer() {
    let mut case = reference().toward.remove(1);
    case.c = 1e-12;
    let said = case.said(&case.fitted(None));
    let offsets = case.offsets.as_ref().unwrap();
    for (said, offsets) in said.chunks(3).zip(offsets.chunks(3)) {
        let sum: f32 = offsets.iter().map(|o| o.exp()).sum();
        for (said, offset) in said.iter().zip(offsets) {
            assert!((said - offset.exp() / sum).abs() < 1e-6);
        }
    }
}

#[test]
fn a_start_saves_steps_and_leads_to_the_same_end() {
    let mut case = reference().classes.remove(0);
    let before = case.fitted(None);
    assert_eq!(case.fitted(Some(&before)).steps, 0, "nothing changed");
    let classes = case.classes.as_mut().unwrap();
    classes[7] = (classes[7] + 1) % case.answers;
    let (cold, warm) = (case.fitted(None), case.fitted(Some(&before)));
    assert!(warm.steps < cold.steps, "{} and {}", warm.steps, cold.steps);
    case.probabilities = case.said(&cold);
    let apart = case.apart(&case.said(&warm));
    assert!(apart < 2e-5, "{apart}");
    let again = case.fitted(Some(&before));
    assert_eq!(again.weights, warm.weights, "to the last bit");
}

#[test]
fn it_ends_when_told_and_says_what_does_not_fit() {
    let case = reference().classes.remove(0);
    let rows = case.rows();
    assert_eq!(fit(&rows, case.settings(), None, &|| false).unwrap_err(), LogisticError::Stopped);
    let misfit = |rows: &Rows| fit(rows, case.settings(), None, &|| true).unwrap_err();
    assert_eq!(misfit(&Rows { answers: 2, ..rows }), LogisticError::Misfit, "a class that is none");
    assert_eq!(misfit(&Rows { width: 8, ..rows }), LogisticError::Misfit);
    assert_eq!(misfit(&Rows { weights: Some(&[1.0]), ..rows }), LogisticError::Misfit);
    assert_eq!(misfit(&Rows { features: &[], truth: Truth::Classes(&[]), ..rows }), LogisticError::Misfit);
    let features = vec![f32::NAN; case.features.len()];
    assert_eq!(misfit(&Rows { features: &features, ..rows }), LogisticError::NotFinite);
    assert!(case.fitted(None).probabilities(&case.features[1..], None).is_empty());
}
