//! Whether a model does as well on every kind of image: one finding's figures in each part of them.

use super::{Judged, Prepared, usable};
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

/// The figures of the finding ([`main_class`]) in the images of each value of an attribute, images without one apart. `None`
/// for an attribute with one value.
pub fn subgroups(of: Judged<'_>, attribute: &Attribute, how: Bootstrap) -> Option<Subgroups> {
    let names = of.classes.names();
    let main = main_class(&names.iter().map(String::as_str).collect::<Vec<_>>());
    let value = |at: &usize| attribute.values.get(*at).cloned().flatten();
    let taken = usable(&of);
    let mut values: Vec<Option<String>> = taken.iter().map(value).collect();
    values.sort_by(in_order);
    values.dedup();
    if values.len() < 2 {
        return None;
    }
    let parts: Vec<Subgroup> = values
        .into_iter()
        .filter_map(|wanted| {
            let part: Vec<usize> = taken.iter().copied().filter(|at| value(at) == wanted).collect();
            let prepared = Prepared::new(&of, &part);
            let finding = prepared.findings.get(main)?;
            let mut all = intervals(&prepared.groups, how, |weights| finding.values(weights)).into_iter();
            let estimates = finding.estimates(&mut all, &prepared.groups);
            Some(Subgroup {
                value: wanted,
                images: part.len(),
                groups: prepared.groups.len(),
                positives: finding.positives(),
                figures: estimates.into_iter().filter(|(figure, _)| FIGURES.contains(figure)).collect(),
            })
        })
        .collect();
    Some(Subgroups { attribute: attribute.name.clone(), finding: names.get(main)?.clone(), parts })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::ClassList;
    use crate::evaluation::performance::Truths;

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
        let found = subgroups(of, &attribute, how).unwrap();
        assert_eq!((found.attribute.as_str(), found.finding.as_str()), ("film", "fracture"));
        let parts: Vec<(Option<&str>, usize)> =
            found.parts.iter().map(|part| (part.value.as_deref(), part.images)).collect();
        assert_eq!(parts, [(None, 2), (Some("new"), 38), (Some("old"), 40)]);
        let worst = found.worst().unwrap();
        assert_eq!(worst.value.as_deref(), Some("old"));
        assert!(worst.figure(FindingFigure::Auroc).unwrap().value.unwrap() < 0.7);
        assert_eq!(found.parts[1].figure(FindingFigure::Auroc).unwrap().value, Some(1.0));
        let same = Attribute { values: vec![Some("film".into()); 80], ..attribute };
        assert_eq!(subgroups(of, &same, how), None, "one value parts nothing");
    }
}
