//! All figures as one table for spreadsheets.

use super::{EvaluationReport, Judged, calibration, findings, influence, robustness, threshold};
use crate::domain::FindingMetrics;
use crate::domain::performance::{Difference, Estimate, FindingFigure, OverallFigure};
use serde::Serialize;

/// A row a figure: of which model, of which finding (empty for all together), and its value with the ends of its interval.
pub(super) fn csv(of: &EvaluationReport) -> String {
    let mut out = "model,split,finding,figure,value,low,high,why\n".to_owned();
    judged(&mut out, &of.judged);
    for (class, figure, value, why) in threshold::rows(of) {
        let why = Some(why).filter(|why| !why.is_empty());
        let names = [of.judged.model.as_str(), of.judged.split.name(), class, figure];
        row(&mut out, names, &Estimate { value, interval: None, why });
    }
    for (figure, estimate) in calibration::rows(of) {
        row(&mut out, [of.judged.model.as_str(), of.judged.split.name(), "", figure], &estimate);
    }
    for (finding, figure, estimate) in findings::calibration_rows(of) {
        row(&mut out, [of.judged.model.as_str(), of.judged.split.name(), finding, figure], &estimate);
    }
    for (finding, figure, estimate) in robustness::rows(of) {
        row(&mut out, [of.judged.model.as_str(), of.judged.split.name(), finding, &figure], &estimate);
    }
    for of_attribute in &of.subgroups {
        for part in &of_attribute.parts {
            let finding = format!("{} ({}: {})", of_attribute.finding, of_attribute.attribute, part.name());
            of_finding(&mut out, [&of.judged.model, of.judged.split.name(), &finding], &part.figures);
        }
    }
    for of_attribute in &of.box_subgroups {
        for part in &of_attribute.parts {
            let finding = format!("boxes ({}: {})", of_attribute.attribute, part.name());
            for (figure, estimate) in &part.figures {
                row(&mut out, [&of.judged.model, of.judged.split.name(), &finding, &key(figure)], estimate);
            }
        }
    }
    for (model, figure, estimate) in influence::rows(of) {
        row(&mut out, [&model, of.judged.split.name(), "", &figure], &estimate);
    }
    for against in of.others() {
        judged(&mut out, &against.judged);
        if let Some(difference) = &against.difference {
            let what = format!("{} minus {}", of.judged.model, against.judged.model);
            apart(&mut out, [&what, of.judged.split.name()], difference, &of.judged);
        }
        if let Some(difference) = &against.box_difference {
            let what = format!("{} minus {}", of.judged.model, against.judged.model);
            for (figure, estimate) in &difference.figures {
                row(&mut out, [&what, of.judged.split.name(), "", &key(figure)], estimate);
            }
        }
    }
    out
}

fn judged(out: &mut String, of: &Judged) {
    let (model, split) = (of.model.as_str(), of.split.name());
    if let Some(performance) = &of.performance {
        overall(out, [model, split], &performance.overall);
        for finding in performance.findings.iter().filter(|finding| of.speaks_of(&finding.name)) {
            of_finding(out, [model, split, &finding.name], &finding.figures);
        }
    }
    for (name, finding) in of.report.findings.iter().flat_map(|of| &of.per_finding) {
        let FindingMetrics { positives, negatives, not_known, .. } = finding;
        for (figure, images) in [("positives", positives), ("negatives", negatives), ("not_known", not_known)] {
            let value = Some(*images as f64);
            row(out, [model, split, name, figure], &Estimate { value, interval: None, why: None });
        }
    }
    if let Some(performance) = &of.box_performance {
        performance.figures.iter().for_each(|(figure, one)| row(out, [model, split, "", &key(figure)], one));
        for class in &performance.classes {
            row(out, [model, split, &class.name, "ap50"], &class.ap50);
            row(out, [model, split, &class.name, "ap"], &class.ap);
        }
    }
    let Some(boxes) = &of.report.detection else { return };
    let mut plain = |finding: &str, figure: &str, value: Option<f64>| {
        row(out, [model, split, finding, figure], &Estimate { value, interval: None, why: None });
    };
    let [one, ten, hundred] = boxes.average_recall;
    let of_all = of.box_performance.is_none();
    for (figure, value) in [
        ("map50", boxes.map50),
        ("map75", boxes.map75),
        ("map", boxes.map),
        ("average_recall_1", one),
        ("average_recall_10", ten),
        ("average_recall_100", hundred),
        ("precision", Some(boxes.precision)),
        ("recall", Some(boxes.recall)),
        ("f1", Some(boxes.f1)),
    ] {
        if of_all {
            plain("", figure, value);
        }
    }
    for (name, class) in &boxes.per_class {
        if of_all {
            plain(name, "ap50", class.ap50);
            plain(name, "ap", class.ap);
        }
        plain(name, "precision", Some(class.precision));
        plain(name, "recall", Some(class.recall));
        plain(name, "f1", Some(class.f1));
    }
}

fn apart(out: &mut String, [what, split]: [&str; 2], difference: &Difference, of: &Judged) {
    overall(out, [what, split], &difference.overall);
    for finding in difference.findings.iter().filter(|finding| of.speaks_of(&finding.name)) {
        of_finding(out, [what, split, &finding.name], &finding.figures);
    }
}

fn overall(out: &mut String, [model, split]: [&str; 2], figures: &[(OverallFigure, Estimate)]) {
    figures.iter().for_each(|(figure, estimate)| row(out, [model, split, "", &key(figure)], estimate));
}

fn of_finding(out: &mut String, [model, split, finding]: [&str; 3], figures: &[(FindingFigure, Estimate)]) {
    figures.iter().for_each(|(figure, estimate)| row(out, [model, split, finding, &key(figure)], estimate));
}

/// What `report.json` calls a figure.
fn key(figure: &impl Serialize) -> String {
    match serde_json::to_value(figure) {
        Ok(serde_json::Value::String(name)) => name,
        Ok(_) | Err(_) => String::new(),
    }
}

fn row(out: &mut String, names: [&str; 4], estimate: &Estimate) {
    let number = |value: Option<f64>| value.map_or_else(String::new, |value| value.to_string());
    let cells = names.map(cell).join(",");
    let (low, high) = (estimate.interval.map(|[low, _]| low), estimate.interval.map(|[_, high]| high));
    let why = cell(estimate.why.as_deref().unwrap_or_default());
    out.push_str(&format!("{cells},{},{},{},{why}\n", number(estimate.value), number(low), number(high)));
}

/// A field of RFC 4180.
fn cell(text: &str) -> String {
    if text.contains([',', '"', '\n', '\r']) { format!("\"{}\"", text.replace('"', "\"\"")) } else { text.to_owned() }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_with_commas_are_quoted_and_figures_are_called_as_in_the_json() {
        assert_eq!((cell("a"), cell("a, \"b\"")), ("a".to_owned(), "\"a, \"\"b\"\"\"".to_owned()));
        assert_eq!(key(&FindingFigure::PositivePredictiveValue), "positive_predictive_value");
    }
}
