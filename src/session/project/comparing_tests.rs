//! Models that draw boxes, laid side by side on the test split.

use crate::domain::{ImageId, ModelId, PredictedBox, Prediction, Rect, Split};
use crate::session::project::core::Core;
use crate::session::protocol::command::{Edit, ProjectCommand};
use crate::session::test_project::{add_detector, annotate, send, small};

const HERE: Rect = Rect { xmin: 2.0, ymin: 2.0, xmax: 12.0, ymax: 12.0 };

fn model(core: &mut Core, name: &str, said: &[(ImageId, &[(f32, Rect)])]) -> ModelId {
    let model = add_detector(core, name, 0.5, 0);
    let boxes = |found: &[(f32, Rect)]| {
        found.iter().map(|&(score, rect)| PredictedBox { class: 1, score, rect }).collect::<Vec<_>>()
    };
    let predictions: Vec<Prediction> = said
        .iter()
        .map(|(image, found)| Prediction {
            image: *image,
            model,
            logits: Vec::new(),
            probabilities: Vec::new(),
            boxes: boxes(found),
        })
        .collect();
    core.store.put_predictions(&predictions).unwrap();
    core.read_models().unwrap();
    model
}

#[test]
fn boxes_are_judged_where_they_are_known_and_disagreements_are_counted() {
    let project = small(20);
    let mut core = project.open();
    core.set_reader("ada").unwrap();
    // Of the test images 8, 9, 18 and 19 two have a box, on one nothing is to be found, and of the last only the class
    // is known.
    let [a, b, none, unknown] = [8, 9, 18, 19].map(|at| project.ids[at]);
    for image in [a, b] {
        send(&mut core, annotate(image, Edit::DrawBox { class: 1, rect: HERE })).unwrap();
    }
    send(&mut core, annotate(none, Edit::NothingHere)).unwrap();
    // Nearly the same box is the same finding.
    let near = Rect { xmin: 3.0, ..HERE };
    let old = model(&mut core, "old", &[(a, &[(0.9, near)]), (b, &[(0.3, HERE)]), (none, &[]), (unknown, &[])]);
    let new = model(&mut core, "new", &[(a, &[]), (b, &[(0.8, HERE)]), (none, &[(0.6, HERE)]), (unknown, &[])]);
    let of_old = core.evaluation(old, Split::Test).unwrap();
    assert_eq!((of_old.images.len(), of_old.left_out), (3, 1));
    assert_eq!(of_old.images, [(a, 1, 1), (b, 1, 0), (none, 0, 0)]);
    let detection = of_old.report.detection.unwrap();
    assert_eq!((detection.boxes, detection.threshold, detection.recall), (2, 0.5, 0.5));

    core.take_comparison(new, Some(old)).unwrap();
    let shown = core.view().comparison.clone().unwrap();
    assert_eq!((*shown.flipped.images).clone(), [a, b, none]);
    assert_eq!((shown.gained, shown.lost), (1, 2));
    assert_eq!(*shown.candidate_cells[0][1].images, [none], "negative, called positive");
    // A stricter threshold takes the wrong box away.
    core.set_threshold(new, Some(0.7)).unwrap();
    core.take_comparison(new, Some(old)).unwrap();
    let shown = core.view().comparison.clone().unwrap();
    assert_eq!((*shown.flipped.images).clone(), [a, b]);
    assert_eq!((shown.gained, shown.lost), (1, 1));
    // What both find on an image is beside it, each from its own threshold on.
    send(&mut core, ProjectCommand::Look { image: b }).unwrap();
    let others = core.view().detail.as_ref().unwrap().others.clone();
    let found: Vec<(&str, f64, usize)> =
        others.iter().map(|other| (other.name.as_str(), other.threshold, other.boxes.len())).collect();
    assert_eq!(found, [("old", 0.5, 0), ("new", 0.7, 1)]);
    send(&mut core, ProjectCommand::Look { image: project.ids[0] }).unwrap();
    assert!(core.view().detail.as_ref().unwrap().others.is_empty(), "neither has seen it");
    assert_eq!(core.models().iter().find(|m| m.id == new).unwrap().test.as_ref().unwrap(), &shown.candidate_report);
}
