//! Calibration and "not sure" of a model that answers with findings, from the validation images to everywhere it speaks.

use super::*;
use crate::domain::Presence;
use crate::evaluation::temperature::sigmoid;
use crate::session::ImageRow;
use crate::session::project::changed::Changed;
use crate::session::protocol::command::{Edit, ProjectCommand};
use crate::session::protocol::exports::ExportRequest;
use crate::session::protocol::queue::{Filter, Sort};
use crate::session::protocol::view::NoticeKind;
use crate::session::test_project::{Small, add_model_of_findings, annotate, send, small};

/// Images that are dark or bright, none with a spot; of every sixth it is uncertain whether it is dark. The model is surer than
/// it should be of both, and as sure of the wrong on every fifth image; of what is uncertain it is surest, and wrong.
fn project() -> (Small, Core, ModelId) {
    let project = small(120);
    let mut core = project.open();
    core.set_reader("ada").unwrap();
    for image in &project.ids {
        core.annotate(*image, &Edit::Label(None), None, None).unwrap();
    }
    core.set_classes(&ClassList::of_findings(&["dark", "bright", "spot"]).unwrap()).unwrap();
    let model = add_model_of_findings(&mut core, "m");
    let mut counts = [0usize; 6];
    let mut said = Vec::new();
    for image in core.images().to_vec() {
        let bright = image.name.starts_with("bright");
        let at = Split::ALL.iter().position(|split| *split == image.split).unwrap() * 2 + usize::from(bright);
        counts[at] += 1;
        let wrong = if counts[at].is_multiple_of(5) { -1.0 } else { 1.0 };
        let sure = if counts[at].is_multiple_of(4) { 0.3 } else { 5.0 };
        let uncertain = counts[at].is_multiple_of(6);
        let odds = |is: bool| wrong * if is { sure } else { -sure };
        let dark = if uncertain { 30.0 * if bright { 1.0 } else { -1.0 } } else { odds(!bright) };
        let logits = vec![dark, odds(bright), -1.0];
        let probabilities = logits.iter().map(|logit| sigmoid(*logit, 1.0)).collect();
        said.push(Prediction { image: image.id, model, logits, probabilities, boxes: Vec::new() });
        let of_dark = if uncertain { Presence::Uncertain } else { Presence::from(!bright) };
        for (finding, presence) in [(0, of_dark), (1, Presence::from(bright)), (2, Presence::Absent)] {
            let edit = Edit::Finding { finding, presence: Some(presence) };
            core.annotate(image.id, &edit, None, None).unwrap();
        }
    }
    core.store.put_predictions(&said).unwrap();
    core.store.set_active("ada", Some(model)).unwrap();
    core.refresh(Changed::ActiveModel).unwrap();
    (project, core, model)
}

fn answered(core: &Core) -> Vec<[Option<bool>; 3]> {
    let of = |row: &ImageRow| [0, 1, 2].map(|finding| row.findings.as_ref().unwrap().get(finding).answered);
    core.view().rows.iter().map(of).collect()
}

fn temperatures(core: &Core) -> Vec<f64> {
    core.models()[0].finding_temperatures.iter().map(|one| one.temperature).collect()
}

#[test]
fn calibration_is_used_everywhere_keeps_what_is_answered_and_is_undone_in_one_step() {
    let (project, mut core, model) = project();
    let threshold = ProjectCommand::SetClassThreshold { model, class: "dark".into(), threshold: Some(0.2) };
    send(&mut core, threshold).unwrap();
    send(&mut core, ProjectCommand::ChooseAnswers { model, miss: 0.2 }).unwrap();
    let (before, was) = (answered(&core), core.models()[0].clone());
    core.take_comparison(model, None).unwrap();
    assert!(!core.view().findings_calibration.as_ref().unwrap().is_calibrated() && core.view().calibration.is_none());
    core.take_notices();

    send(&mut core, ProjectCommand::Calibrate { model, active: None }).unwrap();
    let now = core.models()[0].clone();
    let by = temperatures(&core);
    assert!(by[0] > 1.5 && by[1] > 1.5 && by[2] == 1.0, "{by:?}");
    let told = core.take_notices();
    assert!(told.iter().any(|(_, text)| text.contains("spot: its own probabilities (a temperature of 1), because")));
    assert_eq!(answered(&core), before, "the same findings are called");
    let moved = threshold_at(0.2, Some(1.0), Some(by[0]));
    assert!((now.class_thresholds["dark"] - moved).abs() < 1e-12 && now.class_thresholds.len() == 1);
    let least = |record: &ModelRecord| record.finding_rules.as_ref().unwrap().each[0].least;
    assert_ne!(least(&now), least(&was), "chosen again");
    let image = core.images()[0].id;
    core.look(image).unwrap();
    let shown = core.view().detail.as_ref().unwrap().prediction.as_ref().unwrap().probabilities.clone();
    let own = core.store().predictions(model).unwrap().into_iter().find(|said| said.image == image).unwrap();
    let expected: Vec<f32> = own.logits.iter().zip(&by).map(|(logit, by)| sigmoid(*logit, *by)).collect();
    assert_eq!(shown, expected, "Review");
    assert_ne!(shown, own.probabilities, "what the model itself said is kept as it was");
    let out = core.outgoing(&ExportRequest::table(project.dir.path().join("x.csv"))).unwrap();
    let exported = out.iter().find(|one| one.image.name == core.images()[0].name).unwrap();
    assert_eq!(exported.predicted.as_ref().unwrap().probabilities, shown, "exports");
    let seen = core.view().findings_calibration.clone().expect("the figures follow");
    for of in &seen.findings[..2] {
        assert!(of.calibrated.unwrap().log_loss < of.own.log_loss, "{of:?}");
    }
    assert_eq!(seen.findings[2].calibrated, Some(seen.findings[2].own));

    // What comes in later is calibrated, too.
    core.take_predictions(model, vec![own.clone()], &[]).unwrap();
    assert_eq!(core.prediction(image).unwrap().probabilities, shown);

    drop(core);
    let mut core = project.open();
    core.set_reader("ada").unwrap();
    assert_eq!((core.prediction(image).unwrap().probabilities.clone(), answered(&core)), (shown, before.clone()));
    core.take_notices();
    send(&mut core, ProjectCommand::Undo).unwrap();
    assert_eq!(core.models()[0].decided(), was.decided());
    assert_eq!(answered(&core), before);
    let told = (NoticeKind::Passing, "Undid: calibration of m, back to its own probabilities".to_owned());
    assert!(core.take_notices().contains(&told));
    send(&mut core, ProjectCommand::Redo).unwrap();
    assert_eq!(core.models()[0].decided(), now.decided());
    send(&mut core, ProjectCommand::Uncalibrate { model, active: None }).unwrap();
    let back = &core.models()[0];
    assert!(back.finding_temperatures.is_empty() && (back.class_thresholds["dark"] - 0.2).abs() < 1e-12);
    assert!(least(back) == least(&was) && answered(&core) == before);
    assert!(core.store().decisions_hold().unwrap());
}

#[test]
fn accepting_leaves_open_what_the_model_is_not_sure_of() {
    let (_project, mut core, model) = project();
    send(&mut core, ProjectCommand::ChooseAnswers { model, miss: 0.2 }).unwrap();
    let row =
        |core: &Core| core.view().rows.iter().find(|row| row.findings.as_ref().unwrap().unsure().eq([0])).cloned();
    let row = row(&core).expect("one of which it is not sure whether it is dark");
    let image = row.id;
    let said = row.findings.as_ref().unwrap().answered().unwrap();
    assert!(said.get(0).is_none() && said.get(1).is_some());
    send(&mut core, annotate(image, Edit::Label(None))).unwrap();
    send(&mut core, annotate(image, Edit::Accept)).unwrap();
    let findings = |core: &mut Core| {
        core.look(image).unwrap();
        core.view().detail.as_ref().unwrap().annotation.findings.clone()
    };
    assert_eq!(findings(&mut core), said);

    let uncertain = Edit::Finding { finding: 0, presence: Some(Presence::Uncertain) };
    send(&mut core, annotate(image, uncertain)).unwrap();
    send(&mut core, annotate(image, Edit::Replace)).unwrap();
    assert_eq!(findings(&mut core), said.with(0, Some(Presence::Uncertain)), "a reader's word stays");
}

#[test]
fn what_is_uncertain_or_was_not_looked_at_has_no_part_in_the_temperature() {
    let (_project, mut core, model) = project();
    send(&mut core, ProjectCommand::Calibrate { model, active: None }).unwrap();
    let (known, kept) = (temperatures(&core), core.models()[0].finding_temperatures.clone());
    let validation: Vec<ImageId> =
        core.images().iter().filter(|image| image.split == Split::Validation).map(|image| image.id).collect();
    let at = |core: &Core, id: ImageId| core.images().iter().position(|image| image.id == id).unwrap();
    let uncertain =
        |core: &Core, id: &ImageId| core.annotations()[at(core, *id)].findings.get(0) == Some(Presence::Uncertain);
    let left_out: Vec<ImageId> = validation.iter().filter(|id| uncertain(&core, id)).copied().collect();
    assert!(!left_out.is_empty() && kept[0].images + left_out.len() == validation.len(), "{kept:?}");
    assert_eq!(kept[1].images, validation.len());
    // Not looked at is as good as uncertain; known, they change it.
    let refit = |core: &mut Core, presence| {
        for id in &left_out {
            send(core, annotate(*id, Edit::Finding { finding: 0, presence })).unwrap();
        }
        send(core, ProjectCommand::Calibrate { model, active: None }).unwrap();
        temperatures(core)
    };
    assert_eq!(refit(&mut core, None), known);
    let taken_in = refit(&mut core, Some(Presence::Absent));
    assert!(taken_in[0] / known[0] > 1.2 && taken_in[1] == known[1], "{taken_in:?} {known:?}");
}

#[test]
fn not_sure_of_a_finding_is_an_answer_that_the_queue_filters_and_sorts_by() {
    let (_project, mut core, model) = project();
    let unsure = |core: &Core| core.view().counts.unsure;
    send(&mut core, ProjectCommand::ChooseAnswers { model, miss: 0.01 }).unwrap();
    let told = core.take_notices();
    assert!(told.iter().any(|(_, text)| text.contains("it takes 99")), "{told:?}");
    assert_eq!((unsure(&core), &core.models()[0].finding_rules), (0, &None));

    send(&mut core, ProjectCommand::ChooseAnswers { model, miss: 0.2 }).unwrap();
    let rules = core.models()[0].finding_rules.clone().unwrap();
    assert_eq!(rules.each.iter().map(|one| one.finding.as_str()).collect::<Vec<_>>(), ["dark", "bright", "spot"]);
    let least = rules.each[1].least.unwrap();
    let rows = core.view().rows.clone();
    for row in rows.iter() {
        let p = f64::from(core.prediction(row.id).unwrap().probabilities[1]);
        let both_or_neither = (p >= least) == (1.0 - p >= least);
        assert_eq!(row.findings.as_ref().unwrap().get(1).unsure, both_or_neither, "{p} {least}");
        let doubts = row.findings.as_ref().unwrap().unsure().count() as u16;
        assert_eq!((row.named, row.is_unsure()), (Some(1 + doubts), doubts > 0));
    }
    let count = unsure(&core);
    assert!(count > 0 && count < rows.len(), "{rules:?}");
    send(&mut core, ProjectCommand::SetFilter(Filter { unsure: true, ..Filter::default() })).unwrap();
    assert_eq!(core.view().queue.len(), count);
    send(&mut core, ProjectCommand::SetFilter(Filter::default())).unwrap();
    send(&mut core, ProjectCommand::SetSort(Sort::NotSure)).unwrap();
    let first: Vec<bool> = core.view().queue.iter().map(|at| rows[*at as usize].is_unsure()).collect();
    assert!(first[..count].iter().all(|unsure| *unsure) && !first[count]);

    core.take_comparison(model, None).unwrap();
    let seen = core.view().findings_calibration.clone().unwrap();
    let answers = seen.findings[1].answers.unwrap();
    assert!(answers.coverage.value >= 0.7 && answers.covered <= answers.images, "{:?}", seen.findings[1]);
    assert!(seen.sentence().unwrap().contains("20.0 %"));
    send(&mut core, ProjectCommand::Undo).unwrap();
    assert_eq!((unsure(&core), &core.models()[0].finding_rules), (0, &None));
    send(&mut core, ProjectCommand::Redo).unwrap();
    send(&mut core, ProjectCommand::DropAnswers(model)).unwrap();
    assert_eq!(unsure(&core), 0);
    assert!(core.view().findings_calibration.as_ref().unwrap().miss.is_none(), "what is shown follows");
    assert!(core.store().decisions_hold().unwrap());
}
