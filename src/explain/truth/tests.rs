//! Maps that point at what the answer comes from pass, and those that do not fail.

use super::*;
use crate::domain::recipe::Resize;
use crate::domain::{MapMethod, Rect};
use crate::explain::box_tests::examined;
use crate::explain::tests::{brightness_model, with_blob};

const SIDE: u32 = 48;

fn blob(index: usize) -> Rect {
    let (xmin, ymin) = (4.0 + (index * 7 % 30) as f64, 3.0 + (index * 11 % 32) as f64);
    Rect { xmin, ymin, xmax: xmin + 9.0, ymax: ymin + 9.0 }
}

fn cases(count: usize, class: usize) -> Vec<Case> {
    let case = |index| {
        let rect = blob(index);
        Case { boxes: vec![TrueBox { class, rect, crowd: false }], group: Some(format!("patient {}", index / 2)) }
    };
    (0..count).map(case).collect()
}

fn test(model: &Model, method: MapMethod, cases: &[Case]) -> MapTest {
    let load = &mut |index: usize| Ok(with_blob(SIDE, SIDE, &blob(index)));
    test_maps(model, &How::from(method), cases, load, &mut |_, _| true).expect("a test").expect("not stopped")
}

fn brightness() -> Model {
    Model::Classifier(Box::new(brightness_model(Resize::Stretch, SIDE as usize, SIDE as usize)))
}

#[test]
fn a_map_of_what_the_answer_comes_from_points_right_and_its_curves_beat_chance() {
    let model = brightness();
    let found = test(&model, MapMethod::GradCam, &cases(24, 1));
    let pointing = found.pointing.as_ref().expect("boxes");
    assert_eq!((found.images, found.maps, found.empty, pointing.images, pointing.hits), (24, 24, 0, 24, 24));
    assert_eq!(pointing.right.value, Some(1.0));
    assert!((pointing.chance - 81.0 / f64::from(SIDE * SIDE)).abs() < 0.01, "{}", pointing.chance);
    let heat = pointing.heat.value.expect("heat");
    let [low, high] = pointing.heat.interval.expect("twelve patients");
    assert!(heat > 0.7 && low <= heat && heat <= high, "{heat} of {low} to {high}");
    let curves = found.curves.as_ref().expect("curves");
    assert!(curves.deletion < curves.random_deletion && curves.insertion > curves.random_insertion, "{curves:?}");
    assert!(curves.beats_chance() && curves.deletion_gain.interval.is_some(), "{curves:?}");
    assert!(found.verdict().contains("points right in 100 %"), "{}", found.verdict());
    assert_eq!(found, test(&model, MapMethod::GradCam, &cases(24, 1)), "the same seed finds the same");
}

#[test]
fn a_map_that_is_empty_or_points_elsewhere_is_not_to_be_read() {
    let model = brightness();
    // The blob speaks against the class of these boxes.
    let empty = test(&model, MapMethod::GradCam, &cases(12, 0));
    assert_eq!((empty.empty, empty.pointing.as_ref().map(|p| p.hits)), (12, Some(0)));
    assert!(empty.sanity.is_none() && empty.curves.is_none() && empty.is_damning());

    let mut elsewhere = cases(24, 1);
    for case in &mut elsewhere {
        let away = |from: f64| if from < 24.0 { from + 22.0 } else { from - 22.0 };
        case.boxes.iter_mut().for_each(|one| {
            let Rect { xmin, ymin, xmax, ymax } = one.rect;
            let (x, y) = (away(xmin) - xmin, away(ymin) - ymin);
            one.rect = Rect { xmin: xmin + x, ymin: ymin + y, xmax: xmax + x, ymax: ymax + y };
        });
    }
    let found = test(&model, MapMethod::GradCam, &elsewhere);
    assert_eq!(found.pointing.as_ref().map(|p| p.hits), Some(0));
    assert!(found.is_damning());
}

#[test]
fn without_boxes_the_answer_of_the_model_is_explained_and_what_cannot_be_read_is_counted() {
    let model = brightness();
    let cases = vec![Case::default(); 3];
    let load = &mut |index: usize| match index {
        1 => Err("it is gone".to_owned()),
        _ => Ok(with_blob(SIDE, SIDE, &blob(index))),
    };
    let mut heard = Vec::new();
    let found = test_maps(&model, &How::from(MapMethod::Occlusion), &cases, load, &mut |done, total| {
        heard.push((done, total));
        true
    });
    let found = found.expect("a test").expect("not stopped");
    assert_eq!((found.images, found.unread, found.maps, found.pointing.is_none()), (2, 1, 2, true));
    assert!(found.verdict().starts_with("no boxes to test its place by"), "{}", found.verdict());
    assert!(heard.iter().all(|(done, total)| done < total && *total == 3), "{heard:?}");
    let stopped = test_maps(&model, &How::from(MapMethod::Rise), &cases, load, &mut |_, _| false).expect("no error");
    assert_eq!(stopped, None);
    let refused = test_maps(&model, &How::from(MapMethod::DRise), &cases, load, &mut |_, _| true);
    assert!(refused.unwrap_err().to_string().contains("explains boxes"));
}

#[test]
fn the_maps_of_a_model_that_draws_boxes_are_tested_by_its_best_box_of_the_class() {
    let (detector, image, said) = examined(Resize::Pad);
    let best = &said.found[0].1;
    let there = Case { boxes: vec![TrueBox { class: best.class, rect: best.rect, crowd: false }], group: None };
    let drawn = |class| said.found.iter().any(|(_, one)| one.class == class);
    let absent = (0..2).find(|class| !drawn(*class));
    let mut cases = vec![there];
    cases.extend(
        absent.map(|class| Case { boxes: vec![TrueBox { class, rect: best.rect, crowd: false }], group: None }),
    );
    let model = Model::Detector(Box::new(detector));
    let load = &mut |_: usize| Ok(image.clone());
    let found = test_maps(&model, &How::from(MapMethod::GradCam), &cases, load, &mut |_, _| true);
    let found = found.expect("a test").expect("not stopped");
    assert_eq!((found.images, found.maps, found.unexplained), (cases.len(), 1, cases.len() - 1));
    let curves = found.curves.expect("curves");
    assert!((0.0..=1.0).contains(&curves.deletion) && (0.0..=1.0).contains(&curves.insertion), "{curves:?}");
    let refused = test_maps(&model, &How::from(MapMethod::Gradient), &cases, load, &mut |_, _| true);
    assert!(refused.unwrap_err().to_string().contains("this one draws boxes"));
}

#[test]
fn a_map_is_like_itself_and_unlike_another() {
    let covers = Rect { xmin: 0.0, ymin: 0.0, xmax: 40.0, ymax: 40.0 };
    let map = |values: Vec<f32>| HeatMap { width: 2, height: 2, values, strength: 1.0, signed: true, covers };
    let one = map(vec![1.0, 0.5, -0.2, 0.1]);
    let like = |values: Vec<f32>| {
        let found = likeness(&one, &map(values), (40, 40));
        (found.correlation, found.structure)
    };
    let (correlation, structure) = like(one.values.clone());
    assert!(correlation > 0.999 && structure > 0.999);
    // Signs are no difference.
    let (correlation, structure) = like(vec![-1.0, -0.5, 0.2, -0.1]);
    assert!(correlation > 0.999 && structure > 0.999);
    let (correlation, structure) = like(vec![0.1, 0.2, 0.5, 1.0]);
    assert!(correlation < -0.5 && structure < 0.5, "{structure}");
    assert_eq!(like(vec![0.0; 4]).0, 0.0);
}
