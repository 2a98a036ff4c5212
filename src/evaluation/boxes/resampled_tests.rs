//! Figures of draws equal those of images that are there several times, and AFROC areas those of scikit-learn.

use super::*;
use crate::domain::Rect;
use crate::evaluation::boxes::detection;
use serde::Deserialize;

#[derive(Deserialize)]
struct Reference {
    cases: Vec<Case>,
}

#[derive(Deserialize)]
struct Case {
    images: Vec<Content>,
    area: f64,
    weighted: f64,
}

#[derive(Deserialize)]
struct Content {
    right: Vec<f64>,
    wrong: Vec<f64>,
    weight: usize,
}

fn rect(at: f64) -> Rect {
    Rect { xmin: at, ymin: 0.0, xmax: at + 10.0, ymax: 10.0 }
}

fn classes() -> ClassList {
    ClassList::from_names(&["mass", "nodule"], false).unwrap()
}

/// Fifty images with boxes of two classes, some missed, some beside their place, some wrong.
fn images() -> (Vec<Vec<TrueBox>>, Vec<Vec<PredictedBox>>) {
    let of = |image: usize| {
        let truth: Vec<TrueBox> = (0..image * 7 % 4)
            .map(|at| TrueBox { class: (image + at) % 2, rect: rect(40.0 * at as f64), crowd: (image + at) % 11 == 5 })
            .collect();
        let mut found: Vec<PredictedBox> = truth
            .iter()
            .enumerate()
            .filter(|(at, _)| !(image * 5 + at).is_multiple_of(4))
            .map(|(at, one)| {
                let off = ((image * 3 + at * 5) % 8) as f64 * 0.6;
                // No two of different images are alike: their order would be by chance.
                let score = (0.95 - 0.07 * off - 0.0011 * image as f64 - 0.0003 * at as f64) as f32;
                PredictedBox { class: one.class, score, rect: rect(40.0 * at as f64 + off) }
            })
            .collect();
        if image.is_multiple_of(3) {
            let score = (0.15 + 0.013 * image as f64) as f32;
            found.push(PredictedBox { class: image % 2, score, rect: rect(300.0) });
        }
        (truth, found)
    };
    (0..50).map(of).unzip()
}

#[test]
fn a_weight_counts_an_image_as_often_as_it_says() {
    let (truth, found) = images();
    let classes = classes();
    let of = JudgedBoxes {
        truth: &truth,
        found: &found,
        groups: &[],
        classes: &classes,
        thresholds: &crate::domain::BoxThresholds::of_all(0.4),
    };
    let weights: Vec<usize> = (0..50).map(|at| at * 13 % 4).collect();
    let repeated = |one: &dyn Fn(usize) -> usize| -> (Vec<Vec<TrueBox>>, Vec<Vec<PredictedBox>>) {
        let images = (0..50).flat_map(|at| std::iter::repeat_n(at, one(at)));
        images.map(|at| (truth[at].clone(), found[at].clone())).unzip()
    };
    for times in [&(|_: usize| 1usize) as &dyn Fn(usize) -> usize, &|at| weights[at]] {
        let weights: Vec<f64> = (0..50).map(|at| times(at) as f64).collect();
        let values = Prepared::new(&of).values(&weights);
        let (truth, found) = repeated(times);
        let report = detection(&truth, &found, &classes, &crate::domain::BoxThresholds::of_all(0.4));
        let [one, ten, hundred] = report.average_recall;
        let froc = |most: f64| {
            let points = report.froc.iter().filter(|point| point.false_positives_per_image <= most + 1e-9);
            points.map(|point| point.sensitivity).fold(0.0, f64::max)
        };
        let mean_froc = FALSE_BOXES.map(froc).iter().sum::<f64>() / 7.0;
        let wanted = [
            report.map50,
            report.map75,
            report.map,
            one,
            ten,
            hundred,
            Some(report.precision),
            Some(report.recall),
            Some(report.f1),
            Some(froc(1.0)),
            Some(mean_froc),
        ];
        for ((figure, ours), wanted) in BoxFigure::ALL.iter().zip(&values).zip(wanted) {
            assert!((ours.unwrap() - wanted.unwrap()).abs() < 1e-9, "{figure:?}: {ours:?}, {wanted:?}");
        }
        for (at, name) in ["mass", "nodule"].into_iter().enumerate() {
            let own = &report.per_class[name];
            for (ours, wanted) in values[BoxFigure::ALL.len() + 2 * at..].iter().zip([own.ap50, own.ap]) {
                assert!((ours.unwrap() - wanted.unwrap()).abs() < 1e-9, "{name}: {ours:?}, {wanted:?}");
            }
        }
    }
}

#[test]
fn as_many_wrong_boxes_as_are_put_up_with_are_put_up_with() {
    // One wrong box on eight images, before the only right one.
    let mut truth: Vec<Vec<TrueBox>> = vec![Vec::new(); 8];
    let mut found: Vec<Vec<PredictedBox>> = vec![Vec::new(); 8];
    truth[0].push(TrueBox { class: 0, rect: rect(0.0), crowd: false });
    found[0].push(PredictedBox { class: 0, score: 0.5, rect: rect(0.0) });
    found[1].push(PredictedBox { class: 0, score: 0.9, rect: rect(0.0) });
    let classes = classes();
    let of = JudgedBoxes {
        truth: &truth,
        found: &found,
        groups: &[],
        classes: &classes,
        thresholds: &crate::domain::BoxThresholds::of_all(0.4),
    };
    assert_eq!(Prepared::new(&of).froc(&[1.0; 8]), [Some(1.0); 2]);
}

#[test]
fn afroc_areas_are_scikit_learns() {
    let reference: Reference =
        serde_json::from_str(include_str!("../../../tests/reference/expected/afroc.json")).unwrap();
    let classes = ClassList::from_names(&["mass"], false).unwrap();
    for case in reference.cases {
        let (truth, found): (Vec<Vec<TrueBox>>, Vec<Vec<PredictedBox>>) = case
            .images
            .iter()
            .map(|image| {
                let place = |at: usize| rect(50.0 * at as f64);
                let there = (0..image.right.len()).map(|at| TrueBox { class: 0, rect: place(at), crowd: false });
                let box_of = |score: f64, rect| PredictedBox { class: 0, score: score as f32, rect };
                let right = image.right.iter().enumerate().filter(|(_, score)| **score >= 0.0);
                let right = right.map(|(at, score)| box_of(*score, place(at)));
                let wrong = image.wrong.iter().enumerate().map(|(at, score)| box_of(*score, place(10 + at)));
                (there.collect(), right.chain(wrong).collect())
            })
            .unzip();
        let of = JudgedBoxes {
            truth: &truth,
            found: &found,
            groups: &[],
            classes: &classes,
            thresholds: &crate::domain::BoxThresholds::of_all(0.5),
        };
        let prepared = Prepared::new(&of);
        let weights: Vec<f64> = case.images.iter().map(|image| image.weight as f64).collect();
        let ones = vec![1.0; weights.len()];
        for (weights, wanted) in [(&ones, case.area), (&weights, case.weighted)] {
            let area = prepared.afroc(weights).unwrap();
            assert!((area - wanted).abs() < 1e-12, "{area}, {wanted}");
        }
        let points = prepared.afroc_points();
        assert!(points.windows(2).all(|two| two[0].sensitivity <= two[1].sensitivity
            && two[0].false_positive_images <= two[1].false_positive_images));
    }
}

#[test]
fn intervals_are_of_groups_and_few_of_them_give_none_and_say_why() {
    let (truth, found) = images();
    let classes = classes();
    let groups: Vec<Option<String>> = (0..50).map(|at| Some(format!("p{}", at / 2))).collect();
    let of = JudgedBoxes {
        truth: &truth,
        found: &found,
        groups: &groups,
        classes: &classes,
        thresholds: &crate::domain::BoxThresholds::of_all(0.4),
    };
    let how = Bootstrap { draws: 100, seed: 7 };
    let performance = of_boxes(of, how);
    assert_eq!((performance.images, performance.groups, performance.draws), (50, 25, 100));
    for (figure, estimate) in &performance.figures {
        let (value, [low, high]) = (estimate.value.unwrap(), estimate.interval.unwrap());
        assert!(low <= value && value <= high && high > low, "{figure:?} {estimate:?}");
    }
    assert_eq!(of_boxes(of, how), performance, "the same seed gives the same");
    let few: Vec<Option<String>> = (0..50).map(|at| Some(format!("p{}", at % 5))).collect();
    let none = of_boxes(JudgedBoxes { groups: &few, ..of }, how);
    let map = none.figure(BoxFigure::Map).unwrap();
    assert!(map.interval.is_none() && map.why.as_ref().unwrap().contains("5 groups"), "{map:?}");
    let nothing: Vec<Vec<TrueBox>> = vec![Vec::new(); 50];
    let empty = of_boxes(JudgedBoxes { truth: &nothing, ..of }, how);
    assert_eq!(
        empty.figure(BoxFigure::Afroc).unwrap().why.as_deref(),
        Some("there is no box, or no image without one")
    );
    let fewer: Vec<Vec<PredictedBox>> = found.iter().map(|boxes| boxes.iter().skip(1).cloned().collect()).collect();
    let apart = box_difference(of, JudgedBoxes { found: &fewer, ..of }, how).unwrap();
    let recall = apart.figure(BoxFigure::Recall).unwrap();
    assert!(recall.value.unwrap() > 0.2 && recall.interval.unwrap()[0] > 0.0, "{recall:?}");
    let fewer = of_boxes(JudgedBoxes { found: &fewer, ..of }, how);
    for (at, class) in apart.classes.iter().enumerate() {
        let [ours, theirs] = [&performance, &fewer].map(|of| &of.classes[at]);
        assert_eq!((&class.name, apart.class(&class.name)), (&ours.name, Some(class)));
        for (apart, ours, theirs) in [(&class.ap50, &ours.ap50, &theirs.ap50), (&class.ap, &ours.ap, &theirs.ap)] {
            let expected = ours.value.unwrap() - theirs.value.unwrap();
            assert!((apart.value.unwrap() - expected).abs() < 1e-12, "{apart:?}, {expected}");
            let [low, high] = apart.interval.unwrap();
            assert!(low < expected && expected < high, "{apart:?}, {expected}");
        }
    }
    let on = boxes_on(&truth, &found, &classes, &crate::domain::BoxThresholds::of_all(0.4));
    let [right, wrong, missed] = on.iter().fold([0; 3], |sum, on| {
        let [a, b, c] = on.from(0.4);
        [sum[0] + a, sum[1] + b, sum[2] + c]
    });
    let report = detection(&truth, &found, &classes, &crate::domain::BoxThresholds::of_all(0.4));
    assert!((report.recall - right as f64 / (right + missed) as f64).abs() < 1e-12);
    assert!((report.precision - right as f64 / (right + wrong) as f64).abs() < 1e-12);
}

#[test]
fn boxes_of_a_class_count_from_its_own_threshold_on_in_every_figure() {
    let (truth, found) = images();
    let classes = classes();
    let own =
        crate::domain::BoxThresholds { all: 0.4, each: crate::domain::ClassThresholds::new(vec![Some(0.99), None]) };
    let of = JudgedBoxes { truth: &truth, found: &found, groups: &[], classes: &classes, thresholds: &own };
    let performance = of_boxes(of, Bootstrap { draws: 0, seed: 1 });
    let report = detection(&truth, &found, &classes, &own);
    let plain = detection(&truth, &found, &classes, &crate::domain::BoxThresholds::of_all(0.4));
    let high = detection(&truth, &found, &classes, &crate::domain::BoxThresholds::of_all(0.99));
    assert_eq!(report.per_class["mass"].recall, high.per_class["mass"].recall);
    assert_eq!(report.per_class["nodule"], plain.per_class["nodule"], "the other class counts as before");
    assert!(report.recall < plain.recall && report.recall >= high.recall, "{} {}", report.recall, plain.recall);
    assert_eq!((report.threshold, report.per_class["mass"].threshold), (0.4, Some(0.99)));
    for (figure, value) in
        [(BoxFigure::Precision, report.precision), (BoxFigure::Recall, report.recall), (BoxFigure::F1, report.f1)]
    {
        assert!((performance.figure(figure).unwrap().value.unwrap() - value).abs() < 1e-12, "{figure:?}");
    }
    let on = boxes_on(&truth, &found, &classes, &own);
    let counting: usize = on.iter().map(|on| on.counting).sum();
    let all: usize = on.iter().map(|on| on.found.iter().filter(|(score, _)| *score >= 0.4).count()).sum();
    assert!(counting < all && counting > 0, "{counting} of {all}");
}
