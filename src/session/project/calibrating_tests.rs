//! Probabilities calibrated everywhere and back, and answers of several classes.

use super::*;
use crate::domain::{Architecture, Rect};
use crate::inference::Output;
use crate::session::project::changed::Changed;
use crate::session::protocol::command::{Edit, ProjectCommand};
use crate::session::protocol::exports::ExportRequest;
use crate::session::protocol::queue::{Filter, Sort};
use crate::session::protocol::threshold_choice::OnValidation;
use crate::session::protocol::view::NoticeKind;
use crate::session::test_project::{Small, add_detector, add_model, annotate, send, small};

/// A model that is surer than it should be: of every tenth image it is as sure of the wrong class. Every fourth image it
/// hardly tells, and every eighth not rightly.
fn model(core: &mut Core) -> ModelId {
    let model = add_model(core, "m", Architecture::default(), None, 0);
    let said: Vec<Prediction> = said(core, model);
    core.store.put_predictions(&said).unwrap();
    core.store.set_active("ada", Some(model)).unwrap();
    core.refresh(Changed::ActiveModel).unwrap();
    model
}

fn said(core: &Core, model: ModelId) -> Vec<Prediction> {
    let mut counts = [0usize; 6];
    let mut logits = |image: &crate::domain::ImageRecord| {
        let bright = image.name.starts_with("bright");
        let at = Split::ALL.iter().position(|split| *split == image.split).unwrap() * 2 + usize::from(bright);
        counts[at] += 1;
        let odds = match (counts[at].is_multiple_of(10), counts[at].is_multiple_of(4)) {
            (true, _) => -6.0,
            (false, true) if counts[at].is_multiple_of(8) => -0.4,
            (false, true) => 0.4,
            (false, false) => 6.0,
        };
        vec![0.0, if bright { odds } else { -odds }]
    };
    (core.images().iter())
        .map(|image| {
            let Output { logits, probabilities, boxes, .. } = Output::from_logits(logits(image));
            Prediction { image: image.id, model, logits, probabilities, boxes }
        })
        .collect()
}

fn project() -> (Small, Core, ModelId) {
    let project = small(200);
    let mut core = project.open();
    core.set_reader("ada").unwrap();
    let model = model(&mut core);
    (project, core, model)
}

fn called(core: &Core) -> Vec<Option<u16>> {
    core.view().rows.iter().map(|row| row.predicted.map(|(class, _)| class)).collect()
}

fn sure(core: &Core) -> f32 {
    core.view().rows.iter().filter_map(|row| row.predicted).map(|(_, p)| p).fold(0.0, f32::max)
}

#[test]
fn calibration_is_used_everywhere_keeps_what_is_called_and_is_undone_in_one_step() {
    let (project, mut core, model) = project();
    send(&mut core, ProjectCommand::SetThreshold { model, threshold: Some(0.2) }).unwrap();
    send(&mut core, ProjectCommand::ChooseAnswers { model, miss: 0.15 }).unwrap();
    let (before, was) = (called(&core), core.models()[0].clone());
    assert!(sure(&core) > 0.99 && was.answers.is_some());
    core.take_comparison(model, None).unwrap();
    assert!(core.view().calibration.as_ref().unwrap().calibrated.is_none());

    send(&mut core, ProjectCommand::Calibrate { model, active: None }).unwrap();
    let now = core.models()[0].clone();
    let temperature = now.temperature.unwrap();
    assert!(temperature > 1.5, "{temperature}");
    assert_eq!(called(&core), before, "the same images are called");
    assert_ne!(now.threshold, was.threshold);
    assert_ne!(now.answers.map(|rule| rule.least), was.answers.map(|rule| rule.least), "chosen again");
    assert!(sure(&core) < 0.97, "the queue");
    let image = core.images()[0].id;
    core.look(image).unwrap();
    let shown = core.view().detail.as_ref().unwrap().prediction.as_ref().unwrap().probabilities.clone();
    let own = core.store().predictions(model).unwrap().into_iter().find(|said| said.image == image).unwrap();
    assert_eq!(shown, softened(&own.logits, temperature), "Review");
    assert_ne!(shown, own.probabilities, "what the model itself said is kept as it was");
    let out = core.outgoing(&ExportRequest::table(project.dir.path().join("x.csv"))).unwrap();
    assert_eq!(out[0].predicted.as_ref().unwrap().probabilities, shown, "exports");
    let seen = core.view().calibration.clone().expect("the figures follow");
    let (own, calibrated) = (&seen.own, seen.calibrated.as_ref().unwrap());
    assert!(calibrated.confidence_error < own.confidence_error && calibrated.log_loss < own.log_loss, "{seen:?}");
    let slope = |figures: &crate::domain::calibration::CalibrationFigures| (figures.slope.unwrap() - 1.0).abs();
    assert!(slope(calibrated) < slope(own));

    // What comes in later is calibrated, too.
    let again = said(&core, model).into_iter().find(|said| said.image == image).unwrap();
    core.take_predictions(model, vec![again], &[]).unwrap();
    assert_eq!(core.prediction(image).unwrap().probabilities, shown);

    drop(core);
    let mut core = project.open();
    core.set_reader("ada").unwrap();
    assert_eq!((core.prediction(image).unwrap().probabilities.clone(), called(&core)), (shown, before.clone()));
    core.take_notices();
    send(&mut core, ProjectCommand::Undo).unwrap();
    let back = &core.models()[0];
    assert_eq!((back.temperature, back.threshold, back.answers), (None, was.threshold, was.answers));
    assert!(sure(&core) > 0.99 && called(&core) == before);
    let told = (NoticeKind::Passing, "Undid: calibration of m, back to its own probabilities".to_owned());
    assert!(core.take_notices().contains(&told));
    send(&mut core, ProjectCommand::Redo).unwrap();
    assert_eq!(core.models()[0].decided(), now.decided());
    send(&mut core, ProjectCommand::Uncalibrate { model, active: None }).unwrap();
    let back = &core.models()[0];
    assert_eq!((back.temperature, called(&core)), (None, before));
    assert!((back.threshold.unwrap() - 0.2).abs() < 1e-12 && back.answers == was.answers);
    assert!(core.store().decisions_hold().unwrap());
}

#[test]
fn not_sure_is_an_answer_that_the_queue_filters_and_sorts_by() {
    let (_project, mut core, model) = project();
    let unsure = |core: &Core| core.view().counts.unsure;
    assert_eq!(unsure(&core), 0);
    send(&mut core, ProjectCommand::ChooseAnswers { model, miss: 0.01 }).unwrap();
    let told = core.take_notices();
    assert!(told.iter().any(|(_, text)| text.contains("too few") && text.contains("it takes 99")), "{told:?}");
    assert_eq!(core.models()[0].answers, None);

    send(&mut core, ProjectCommand::ChooseAnswers { model, miss: 0.15 }).unwrap();
    let rule = core.models()[0].answers.unwrap();
    let validation = core.images().iter().filter(|image| image.split == Split::Validation).count();
    assert_eq!((rule.miss, rule.images), (0.15, validation));
    let named: Vec<Option<u16>> = core.view().rows.iter().map(|row| row.named).collect();
    assert!(named.contains(&Some(2)) && named.contains(&Some(1)), "{rule:?}");
    let count = unsure(&core);
    assert!(count > 0 && count < 200);
    send(&mut core, ProjectCommand::SetFilter(Filter { unsure: true, ..Filter::default() })).unwrap();
    assert_eq!(core.view().queue.len(), count);
    send(&mut core, ProjectCommand::SetFilter(Filter::default())).unwrap();
    send(&mut core, ProjectCommand::SetSort(Sort::NotSure)).unwrap();
    let rows = &core.view().rows;
    let first: Vec<bool> = core.view().queue.iter().map(|at| rows[*at as usize].is_unsure()).collect();
    assert!(first[..count].iter().all(|unsure| *unsure) && !first[count]);

    core.take_comparison(model, None).unwrap();
    let answers = core.view().calibration.as_ref().unwrap().answers.clone().unwrap();
    assert_eq!(answers.images, answers.single + answers.several + answers.empty);
    assert!(answers.coverage.value >= 0.8, "{}", answers.sentence());
    send(&mut core, ProjectCommand::Undo).unwrap();
    assert_eq!((unsure(&core), core.models()[0].answers), (0, None));
    send(&mut core, ProjectCommand::Redo).unwrap();
    send(&mut core, ProjectCommand::DropAnswers(model)).unwrap();
    assert_eq!(unsure(&core), 0);
    assert!(core.view().calibration.as_ref().unwrap().answers.is_none(), "what is shown follows");
}

#[test]
fn a_model_that_is_never_wrong_has_no_temperature_and_one_without_boxes_no_scores_to_calibrate() {
    let project = small(20);
    let mut core = project.open();
    let model = add_model(&mut core, "m", Architecture::default(), None, 0);
    let right: Vec<Prediction> = (core.images().iter())
        .map(|image| {
            let odds = if image.name.starts_with("bright") { 2.0 } else { -2.0 };
            let Output { logits, probabilities, boxes, .. } = Output::from_logits(vec![0.0, odds]);
            Prediction { image: image.id, model, logits, probabilities, boxes }
        })
        .collect();
    core.store.put_predictions(&right).unwrap();
    send(&mut core, ProjectCommand::Calibrate { model, active: None }).unwrap();
    let told = core.take_notices();
    assert!(told.iter().any(|(_, text)| text.starts_with("no temperature fits")), "{told:?}");
    assert_eq!(core.models()[0].temperature, None);
    let boxes = crate::session::test_project::add_detector(&mut core, "boxes", 0.5, 0);
    send(&mut core, ProjectCommand::Calibrate { model: boxes, active: None }).unwrap();
    let told = core.take_notices();
    assert!(told.iter().any(|(_, text)| text.starts_with("no calibration fits")), "{told:?}");
    assert!(core.models().iter().all(|model| model.scores.is_none()));
}

/// A detector that finds the box of every image, and a wrong one on two of three, with scores that are too high.
fn detector(core: &mut Core) -> ModelId {
    let model = add_detector(core, "d", 0.5, 0);
    let rect = |x: f64| Rect { xmin: x, ymin: 2.0, xmax: x + 8.0, ymax: 12.0 };
    let images: Vec<ImageId> = core.images().iter().map(|image| image.id).collect();
    let said: Vec<Prediction> = (images.iter().enumerate())
        .map(|(at, image)| {
            let spread = (at * 7 % 20) as f32 / 50.0;
            let mut boxes = vec![PredictedBox { class: 0, score: 0.55 + spread, rect: rect(2.0) }];
            if at % 3 > 0 {
                boxes.push(PredictedBox { class: 0, score: 0.45 + 1.2 * spread, rect: rect(22.0) });
            }
            boxes.sort_by(|a, b| b.score.total_cmp(&a.score));
            Prediction { image: *image, model, logits: Vec::new(), probabilities: Vec::new(), boxes }
        })
        .collect();
    core.store.put_predictions(&said).unwrap();
    core.store.set_active("ada", Some(model)).unwrap();
    for image in images {
        send(core, annotate(image, Edit::DrawBox { class: 0, rect: rect(2.0) })).unwrap();
    }
    core.refresh(Changed::ActiveModel).unwrap();
    model
}

#[test]
fn scores_are_calibrated_everywhere_the_same_boxes_count_and_it_is_undone_in_one_step() {
    let project = small(120);
    let mut core = project.open();
    core.set_reader("ada").unwrap();
    let model = detector(&mut core);
    // Another one than the file's: taken away, the calibration brings it back.
    send(&mut core, ProjectCommand::SetThreshold { model, threshold: Some(0.6) }).unwrap();
    let counting = |core: &Core| -> Vec<usize> {
        let threshold = core.view().threshold.unwrap();
        let counts = |said: &Prediction| said.boxes.iter().filter(|one| f64::from(one.score) >= threshold).count();
        core.images().iter().map(|image| counts(core.prediction(image.id).unwrap())).collect()
    };
    let map = |core: &Core| core.evaluation(model, Split::Test).unwrap().report.detection.unwrap();
    let (before, figures, own) = (counting(&core), map(&core), core.store().predictions(model).unwrap());
    core.take_comparison(model, None).unwrap();
    assert!(core.view().box_calibration.as_ref().unwrap().calibrated.is_none());
    send(&mut core, ProjectCommand::Calibrate { model, active: None }).unwrap();
    let now = core.models()[0].clone();
    let scores = now.scores.expect("it fits");
    assert_ne!(now.threshold, Some(0.6), "the threshold moves along");
    assert_eq!(counting(&core), before, "the same boxes count");
    let after = map(&core);
    assert_eq!((after.map50, after.recall, after.f1), (figures.map50, figures.recall, figures.f1), "the order stays");
    assert_eq!(core.store().predictions(model).unwrap(), own, "what the model itself said is kept as it was");
    let image = core.images()[0].id;
    let shown = core.prediction(image).unwrap().boxes[0].score;
    let of_model = own.iter().find(|said| said.image == image).unwrap().boxes[0].score;
    assert_eq!(shown, scores.of(of_model.into()) as f32, "Review");
    let seen = core.view().box_calibration.clone().expect("the figures follow");
    let (own_figures, calibrated) = (&seen.own, seen.calibrated.as_ref().unwrap());
    assert!(calibrated.log_loss < own_figures.log_loss && calibrated.brier < own_figures.brier, "{seen:?}");
    assert_eq!(seen.right, core.view().counts.splits[2], "one box an image of the test split");

    // On top of one there is nothing more to do, and what comes in later is calibrated, too.
    send(&mut core, ProjectCommand::Calibrate { model, active: None }).unwrap();
    assert_eq!(core.models()[0].scores, Some(scores));
    let again = own.iter().find(|said| said.image == image).unwrap().clone();
    core.take_predictions(model, vec![again], &[]).unwrap();
    assert_eq!(core.prediction(image).unwrap().boxes[0].score, shown);
    assert!(core.store().decisions_hold().unwrap());

    drop(core);
    let mut core = project.open();
    core.set_reader("ada").unwrap();
    assert_eq!((core.prediction(image).unwrap().boxes[0].score, counting(&core)), (shown, before.clone()));
    core.take_notices();
    send(&mut core, ProjectCommand::Undo).unwrap();
    assert_eq!((core.models()[0].scores, core.models()[0].threshold), (None, Some(0.6)));
    let told = (NoticeKind::Passing, "Undid: calibration of the scores of d, back to its own scores".to_owned());
    let notices = core.take_notices();
    assert!(notices.contains(&told), "{notices:?}");
    send(&mut core, ProjectCommand::Redo).unwrap();
    assert_eq!(core.models()[0].decided(), now.decided());
    send(&mut core, ProjectCommand::Uncalibrate { model, active: None }).unwrap();
    let back = &core.models()[0];
    assert!(back.scores.is_none() && (back.threshold.unwrap() - 0.6).abs() < 1e-6, "{:?}", back.threshold);
    assert_eq!(counting(&core), before);

    // Of the threshold in its file nothing stays behind.
    send(&mut core, ProjectCommand::SetThreshold { model, threshold: None }).unwrap();
    send(&mut core, ProjectCommand::Calibrate { model, active: None }).unwrap();
    assert!(core.models()[0].threshold.is_some());
    send(&mut core, ProjectCommand::Uncalibrate { model, active: None }).unwrap();
    assert_eq!((core.models()[0].threshold, core.view().threshold), (None, Some(0.5)));
    let refused = core.choose_calibration(OnValidation::Answers { model, miss: 0.1 }).unwrap_err().to_string();
    assert!(refused.contains("draws boxes"), "{refused}");
}
