//! The figures of findings in the form they are kept, shown and printed.

use super::{JudgedFindings, of_findings};
use crate::domain::{
    ClassList, ClassThresholds, ClassificationReport, FindingMetrics, Findings, FindingsReport, ModelRecord, Presence,
};
use crate::evaluation::{accuracy, balanced_accuracy, class_metrics, confusion_matrix};

/// What a whole image is, of models that say something of findings: in this order.
pub const ANY_FINDING: [&str; 2] = ["no finding", "a finding"];

/// Whether an image has any finding: the place in [`ANY_FINDING`]. `None` where none is known to be present and not all are
/// known to be absent.
pub fn any_finding(said: &Findings, classes: &ClassList) -> Option<usize> {
    if said.that_are(Presence::Present).next().is_some() {
        return Some(1);
    }
    said.all_absent(classes.finding_places()).then_some(0)
}

/// Every figure of what a model said of findings (one row an image, one column a class) against what is known. The figures of
/// whole images are of whether an image has [any finding](ANY_FINDING), where that is known.
pub fn findings_report(
    truth: &[Findings],
    probabilities: &[Vec<f32>],
    classes: &ClassList,
    thresholds: &ClassThresholds,
) -> ClassificationReport {
    let places: Vec<usize> = classes.finding_places().collect();
    let threshold = |place: usize| thresholds.of(place).unwrap_or(ModelRecord::THRESHOLD);
    let own: Vec<f64> = places.iter().map(|place| threshold(*place)).collect();
    let known = |said: &Findings| -> Vec<Option<bool>> {
        places.iter().map(|place| said.get(*place).and_then(Presence::known)).collect()
    };
    let statements: Vec<Vec<Option<bool>>> = truth.iter().map(known).collect();
    let of_places = |row: &Vec<f32>| places.iter().filter_map(|place| row.get(*place).copied()).collect();
    let rows: Vec<Vec<f32>> = probabilities.iter().map(of_places).collect();
    let found = of_findings(JudgedFindings { truth: &statements, probabilities: &rows, groups: &[], thresholds: &own });
    let names = places.iter().map(|place| classes.name(*place));
    let per_finding = names.zip(&found.findings).map(|(name, of)| {
        let figures = &of.figures;
        let metrics = FindingMetrics {
            positives: of.positives,
            negatives: of.negatives,
            not_known: of.not_looked_at,
            threshold: of.threshold,
            auroc: figures.auroc,
            average_precision: figures.average_precision,
            sensitivity: figures.sensitivity,
            specificity: figures.specificity,
            positive_predictive_value: figures.positive_predictive_value,
            negative_predictive_value: figures.negative_predictive_value,
            f1: figures.f1,
        };
        (name, metrics)
    });
    let (all, pooled, images) = (&found.macro_average, &found.micro_average, &found.over_images);
    let report = FindingsReport {
        images: found.images,
        complete: found.complete,
        nothing_to_rank: found.nothing_to_rank,
        macro_auroc: all.auroc.value,
        findings_with_auroc: all.auroc.over,
        micro_auroc: pooled.auroc,
        macro_average_precision: all.average_precision.value,
        micro_average_precision: pooled.average_precision,
        macro_sensitivity: all.sensitivity.value,
        macro_specificity: all.specificity.value,
        macro_f1: all.f1.value,
        micro_f1: pooled.f1,
        exact_match: images.exact_match,
        hamming_loss: images.hamming_loss,
        coverage_error: images.coverage_error,
        ranking_loss: images.ranking_loss,
        ranking_average_precision: images.ranking_average_precision,
        per_finding: per_finding.collect(),
    };
    let of_image = |(said, row): (&Findings, &Vec<f32>)| {
        let called = row.iter().zip(&own).any(|(p, threshold)| f64::from(*p) >= *threshold);
        Some((any_finding(said, classes)?, usize::from(called)))
    };
    let (is, called): (Vec<usize>, Vec<usize>) = truth.iter().zip(&rows).filter_map(of_image).unzip();
    let matrix = confusion_matrix(&is, &called, ANY_FINDING.len());
    ClassificationReport {
        images: truth.len(),
        accuracy: accuracy(&matrix),
        balanced_accuracy: balanced_accuracy(&matrix),
        per_class: ANY_FINDING.map(str::to_owned).into_iter().zip(class_metrics(&matrix)).collect(),
        confusion_matrix: matrix,
        findings: Some(report),
        ..ClassificationReport::default()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_finding_is_judged_where_it_was_looked_at_and_images_by_any() {
        use Presence::{Absent, Present, Uncertain};
        let classes = ClassList::of_findings(&["Effusion", "Mass"]).unwrap();
        let of = |said: &[(usize, Presence)]| said.iter().copied().collect::<Findings>();
        let truth = [
            of(&[(0, Present), (1, Absent)]),
            of(&[(0, Absent), (1, Absent)]),
            of(&[(0, Absent)]),
            of(&[(0, Present), (1, Uncertain)]),
        ];
        let rows = [vec![0.9, 0.1], vec![0.2, 0.3], vec![0.6, 0.9], vec![0.4, 0.2]];
        let thresholds = ClassThresholds::new(vec![None, Some(0.25)]);
        let report = findings_report(&truth, &rows, &classes, &thresholds);
        // The third has no finding that is known to be present, and one that nobody looked at.
        assert_eq!(report.confusion_matrix, [[0, 1], [1, 1]]);
        let findings = report.findings.unwrap();
        let effusion = &findings.per_finding["Effusion"];
        assert_eq!((effusion.positives, effusion.negatives, effusion.not_known), (2, 2, 0));
        assert_eq!((effusion.sensitivity, effusion.auroc), (Some(0.5), Some(0.75)));
        let mass = &findings.per_finding["Mass"];
        assert_eq!((mass.positives, mass.negatives, mass.not_known, mass.threshold), (0, 2, 2, 0.25));
        assert_eq!((mass.auroc, mass.specificity), (None, Some(0.5)));
        assert_eq!((findings.images, findings.complete, findings.exact_match), (4, 2, Some(0.5)));
        assert_eq!((findings.macro_auroc, findings.findings_with_auroc), (Some(0.75), 1));
    }
}
