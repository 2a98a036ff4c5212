//! Whether a model does as well on every kind of image: one finding's figures in each part of them.

use super::finding::Finding;
use super::{Judged, Prepared, Truths, usable};
use crate::domain::performance::{FindingFigure, Subgroup, Subgroups, main_class};
use crate::evaluation::bootstrap::{Bootstrap, intervals};
use crate::evaluation::part_order::in_order;

/// What is told of each part: others need more images than parts have.
const FIGURES: [FindingFigure; 4] =
    [FindingFigure::Auroc, FindingFigure::Sensitivity, FindingFigure::Specificity, FindingFigure::CalibrationIntercept];

/// An attribute with the value of each image, in the order of the images that are judged.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Attribute {
    pub name: String,
    pub values: Vec<Option<String>>,
}

/// The figures of the finding ([`main_class`]), or where an image may have several those of each, in the images of each value of
/// an attribute, images without one apart. Empty for an attribute with one value.
pub fn subgroups(of: Judged<'_>, attribute: &Attribute, how: Bootstrap) -> Vec<Subgroups> {
    let names = of.classes.names();
    let told: Vec<usize> = match of.truth {
        Truths::Classes(_) => vec![main_class(&names.iter().map(String::as_str).collect::<Vec<_>>())],
        Truths::Findings(_) => of.classes.finding_places().collect(),
    };
    let value = |at: &usize| attribute.values.get(*at).cloned().flatten();
    let taken = usable(&of);
    let mut values: Vec<Option<String>> = taken.iter().map(value).collect();
    values.sort_by(in_order);
    values.dedup();
    if values.len() < 2 {
        return Vec::new();
    }
    let none = |at: &usize| {
        let finding = names.get(*at).cloned().unwrap_or_default();
        Subgroups { attribute: attribute.name.clone(), finding, parts: Vec::new() }
    };
    let mut all: Vec<Subgroups> = told.iter().map(none).collect();
    for wanted in values {
        let part: Vec<usize> = taken.iter().copied().filter(|at| value(at) == wanted).collect();
        let prepared = Prepared::new(&of, &part);
        let findings: Vec<&Finding> = told.iter().filter_map(|at| prepared.findings.get(*at)).collect();
        // All of them from the same draws.
        let drawn = intervals(&prepared.groups, how, |weights| {
            findings.iter().flat_map(|finding| finding.values(weights)).collect()
        });
        let mut drawn = drawn.into_iter();
        for (of, finding) in all.iter_mut().zip(findings) {
            let estimates = finding.estimates(&mut drawn, &prepared.groups);
            of.parts.push(Subgroup {
                value: wanted.clone(),
                images: finding.positives() + finding.negatives(),
                groups: prepared.groups.len(),
                positives: finding.positives(),
                figures: estimates.into_iter().filter(|(figure, _)| FIGURES.contains(figure)).collect(),
            });
        }
    }
    all
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::{ClassList, ClassThresholds, Findings, Presence};

    #[test]
    fn each_value_is_judged_by_its_own_images_and_the_worst_is_named() {
        let truth: Vec<usize> = (0..80).map(|at| at % 2).collect();
        // On old films the model says nothing; on new ones it is right.
        let old = |at: usize| at % 4 < 2;
        let row = |(at, truth): (usize, &usize)| {
            let p = if old(at) { 0.3 + (at % 7) as f32 / 20.0 } else { 0.1 + 0.8 * *truth as f32 };
            vec![1.0 - p, p]
        };
        let probabilities: Vec<Vec<f32>> = truth.iter().enumerate().map(row).collect();
        let classes = ClassList::from_names(&["normal", "fracture"], false).unwrap();
        let of = Judged {
            truth: Truths::Classes(&truth),
            probabilities: &probabilities,
            groups: &[],
            classes: &classes,
            thresholds: crate::domain::ClassThresholds::NONE,
        };
        let film = |at: usize| (at < 78).then(|| if old(at) { "old".to_owned() } else { "new".to_owned() });
        let attribute = Attribute { name: "film".into(), values: (0..80).map(film).collect() };
        let how = Bootstrap { draws: 200, seed: 1 };
        let [found] = subgroups(of, &attribute, how).try_into().unwrap();
        let found: Subgroups = found;
        assert_eq!((found.attribute.as_str(), found.finding.as_str()), ("film", "fracture"));
        let parts: Vec<(Option<&str>, usize)> =
            found.parts.iter().map(|part| (part.value.as_deref(), part.images)).collect();
        assert_eq!(parts, [(None, 2), (Some("new"), 38), (Some("old"), 40)]);
        let worst = found.worst().unwrap();
        assert_eq!(worst.value.as_deref(), Some("old"));
        assert!(worst.figure(FindingFigure::Auroc).unwrap().value.unwrap() < 0.7);
        assert_eq!(found.parts[1].figure(FindingFigure::Auroc).unwrap().value, Some(1.0));
        let same = Attribute { values: vec![Some("film".into()); 80], ..attribute };
        assert!(subgroups(of, &same, how).is_empty(), "one value parts nothing");
    }

    #[test]
    fn of_several_findings_each_is_judged_where_it_was_looked_at() {
        let classes = ClassList::of_findings(&["effusion", "No finding", "mass"]).unwrap();
        let has = |at: usize, finding: usize| Presence::from((at / 2 + finding).is_multiple_of(2));
        let said = |at: usize| -> Findings {
            let mass = (at % 8 != 7).then(|| (2, has(at, 1)));
            std::iter::once((0, has(at, 0))).chain(mass).collect()
        };
        let all: Vec<Findings> = (0..80).map(said).collect();
        let row = |at: usize| {
            let told = |is: Presence| if is == Presence::Present { 0.8 } else { 0.2 };
            vec![told(has(at, 0)), 0.0, 0.3 + (at % 5) as f32 / 10.0]
        };
        let probabilities: Vec<Vec<f32>> = (0..80).map(row).collect();
        let of = Judged {
            truth: Truths::Findings(&all),
            probabilities: &probabilities,
            groups: &[],
            classes: &classes,
            thresholds: ClassThresholds::NONE,
        };
        let side = |at: usize| Some(if at.is_multiple_of(4) { "old".to_owned() } else { "new".to_owned() });
        let attribute = Attribute { name: "film".into(), values: (0..80).map(side).collect() };
        let [effusion, mass]: [Subgroups; 2] =
            subgroups(of, &attribute, Bootstrap { draws: 100, seed: 1 }).try_into().unwrap();
        assert_eq!((effusion.finding.as_str(), mass.finding.as_str()), ("effusion", "mass"));
        let images =
            |of: &Subgroups| of.parts.iter().map(|part| (part.name().to_owned(), part.images)).collect::<Vec<_>>();
        assert_eq!(images(&effusion), [("new".into(), 60), ("old".into(), 20)]);
        assert_eq!(images(&mass), [("new".into(), 50), ("old".into(), 20)], "ten of the new were not assessed for it");
        let area = |of: &Subgroups| of.parts[0].figure(FindingFigure::Auroc).unwrap().value.unwrap();
        assert!(area(&effusion) == 1.0 && area(&mass) < 0.7);
    }
}
