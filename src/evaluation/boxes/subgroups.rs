//! Whether a model that draws boxes does as well on every kind of image.

use super::resampled::{JudgedBoxes, Prepared, groups, undefined};
use crate::domain::performance::{BoxFigure, BoxSubgroup, BoxSubgroups};
use crate::domain::{PredictedBox, TrueBox};
use crate::evaluation::bootstrap::{Bootstrap, intervals};
use crate::evaluation::part_order::in_order;
use crate::evaluation::performance::{Attribute, plain};

/// What is told of each part.
const FIGURES: [BoxFigure; 4] = [BoxFigure::Map50, BoxFigure::Recall, BoxFigure::Precision, BoxFigure::FrocMean];

/// The figures of the boxes in the images of each value of an attribute, images without one apart. `None` for an attribute with
/// one value.
pub fn box_subgroups(of: JudgedBoxes<'_>, attribute: &Attribute, how: Bootstrap) -> Option<BoxSubgroups> {
    let images = of.truth.len().min(of.found.len());
    let value = |at: usize| attribute.values.get(at).cloned().flatten();
    let mut values: Vec<Option<String>> = (0..images).map(value).collect();
    values.sort_by(in_order);
    values.dedup();
    if values.len() < 2 {
        return None;
    }
    let part = |wanted: Option<String>| {
        let places: Vec<usize> = (0..images).filter(|at| value(*at) == wanted).collect();
        let truth: Vec<Vec<TrueBox>> = places.iter().filter_map(|at| of.truth.get(*at).cloned()).collect();
        let found: Vec<Vec<PredictedBox>> = places.iter().filter_map(|at| of.found.get(*at).cloned()).collect();
        let keys: Vec<Option<String>> = places.iter().map(|at| of.groups.get(*at).cloned().flatten()).collect();
        let part = JudgedBoxes { truth: &truth, found: &found, groups: &keys, ..of };
        let prepared = Prepared::new(&part);
        let groups = groups(&part, prepared.images());
        let all = intervals(&groups, how, |weights| prepared.values(weights));
        let told = BoxFigure::ALL.into_iter().zip(all).filter(|(figure, _)| FIGURES.contains(figure));
        BoxSubgroup {
            value: wanted,
            images: places.len(),
            groups: groups.len(),
            boxes: truth.iter().flatten().filter(|one| !one.crowd && one.class < of.classes.len()).count(),
            figures: told.map(|(figure, one)| (figure, plain(one, &groups, undefined(figure)))).collect(),
        }
    };
    Some(BoxSubgroups { attribute: attribute.name.clone(), parts: values.into_iter().map(part).collect() })
}

#[cfg(test)]
mod tests {
    use super::super::of_boxes;
    use super::*;
    use crate::domain::{ClassList, Rect};

    #[test]
    fn each_value_is_judged_by_its_own_images_and_the_worst_is_named() {
        let rect = |x: f64| Rect { xmin: x, ymin: 0.0, xmax: x + 10.0, ymax: 10.0 };
        let truth = vec![vec![TrueBox { class: 0, rect: rect(0.0), crowd: false }]; 60];
        // On old films every second box is off.
        let old = |at: usize| at % 4 < 2;
        let one = |at: usize| {
            let off = if old(at) && at.is_multiple_of(2) { 8.0 } else { 0.0 };
            vec![PredictedBox { class: 0, score: 0.5 + at as f32 / 200.0, rect: rect(off) }]
        };
        let found: Vec<Vec<PredictedBox>> = (0..60).map(one).collect();
        let classes = ClassList::from_names(&["mass"], false).unwrap();
        let of = JudgedBoxes {
            truth: &truth,
            found: &found,
            groups: &[],
            classes: &classes,
            thresholds: &crate::domain::BoxThresholds::of_all(0.5),
        };
        let film = |at: usize| (at < 58).then(|| if old(at) { "old".to_owned() } else { "new".to_owned() });
        let attribute = Attribute { name: "film".into(), values: (0..60).map(film).collect() };
        let how = Bootstrap { draws: 200, seed: 1 };
        let parts = box_subgroups(of, &attribute, how).unwrap();
        let told: Vec<(&str, usize, usize)> =
            parts.parts.iter().map(|part| (part.name(), part.images, part.boxes)).collect();
        assert_eq!(told, [("not given", 2, 2), ("new", 28, 28), ("old", 30, 30)]);
        assert_eq!(parts.parts[1].figure(BoxFigure::Recall).unwrap().value, Some(1.0));
        assert_eq!(parts.parts[2].figure(BoxFigure::Recall).unwrap().value, Some(0.5));
        assert!(parts.verdict(3).starts_with("Lowest where film is old: mAP@0.5 0."), "{}", parts.verdict(3));
        assert!(parts.verdict(3).contains("The lowest of 3 parts is low by chance"));
        // A part is judged as if there were nothing else.
        let alone =
            |list: &[Vec<PredictedBox>]| (0..58).filter(|at| old(*at)).map(|at| list[at].clone()).collect::<Vec<_>>();
        let (own, there) = (alone(&found), truth[..30].to_vec());
        let expected = of_boxes(JudgedBoxes { truth: &there, found: &own, ..of }, how);
        for (figure, estimate) in &parts.parts[2].figures {
            assert_eq!(Some(estimate), expected.figure(*figure), "{figure:?}");
        }
        let same = Attribute { values: vec![Some("film".into()); 60], ..attribute };
        assert_eq!(box_subgroups(of, &same, how), None, "one value parts nothing");
        assert!(BoxSubgroups::default().verdict(1).contains("too small"));
    }
}
