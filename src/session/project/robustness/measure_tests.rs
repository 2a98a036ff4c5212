//! What is measured of the unchanged pictures is what an evaluation says of them.

use super::*;
use crate::domain::recipe::Loss;
use crate::domain::{Presence, Recipe, RobustFigure};
use crate::evaluation::temperature::softened;
use crate::nn::Compute;
use crate::session::project::core::Core;
use crate::session::protocol::command::Edit;
use crate::session::protocol::task::Order;
use crate::session::test_project::{small, tiny};
use crate::session::{ProjectCommand, Report};

#[test]
fn the_unchanged_point_is_the_evaluation_and_no_prediction_of_the_project_changes() {
    let project = small(40);
    let mut core = Core::open(&project.project).unwrap();
    let compute = Compute::cpu();
    let work = core.apply(ProjectCommand::Train(Box::new(tiny())), &compute).unwrap();
    core.perform(work, &compute, &mut |_| Order::Go).unwrap();
    let model = core.models()[0].id;
    let work = core.apply(ProjectCommand::Compare { candidate: model, active: None }, &compute).unwrap();
    core.perform(work, &compute, &mut |_| Order::Go).unwrap();
    // A threshold that calls images otherwise, and a temperature: the unchanged point has to go by both.
    let plain = core.evaluation(model, Split::Test).unwrap();
    let mut second: Vec<f64> =
        core.store().predictions(model).unwrap().iter().map(|one| f64::from(one.probabilities[1])).collect();
    second.sort_by(f64::total_cmp);
    second.dedup();
    let between = second.windows(2).map(|pair| f64::midpoint(pair[0], pair[1]));
    let evaluation = between
        .map(|threshold| {
            core.apply(ProjectCommand::SetThreshold { model, threshold: Some(threshold) }, &compute).unwrap();
            core.evaluation(model, Split::Test).unwrap()
        })
        .find(|judged| judged.report.accuracy != plain.report.accuracy)
        .expect("a threshold that calls other images");
    let before = core.store().predictions(model).unwrap();
    let opened = |core: &Core| core.store().decisions().unwrap().len();
    let (events, mut steps) = (opened(&core), Vec::new());
    let kinds = vec![Perturbation::Contrast, Perturbation::Jpeg];
    let work = core.apply(ProjectCommand::MeasureRobustness { model, kinds }, &compute).unwrap();
    core.perform(work, &compute, &mut |report| {
        if let Report::Progress { done, total, .. } = report {
            steps.push((*done, *total));
        }
        Order::Go
    })
    .unwrap();
    assert_eq!(core.store().predictions(model).unwrap(), before, "what models say of images as they are stays");
    assert_eq!(opened(&core), events, "the test split was open before");
    assert!(steps.is_sorted() && steps.last().is_some_and(|(done, total)| done == total), "{steps:?}");
    let kept = core.view().robustness.clone();
    assert_eq!(kept.len(), 2);
    for one in kept.iter().map(|one| &one.robustness) {
        assert_eq!((one.points.len(), one.split), (one.kind.strengths().len() + 1, Split::Test));
        assert!(one.points.is_sorted_by(|a, b| a.strength < b.strength));
        let unchanged = one.unchanged().unwrap();
        let accuracy = unchanged.values.iter().find(|value| value.figure == RobustFigure::Accuracy).unwrap();
        assert_eq!(accuracy.value.value, Some(evaluation.report.accuracy));
        let area = unchanged.values.iter().find(|value| value.figure == RobustFigure::Auroc).unwrap();
        assert!((area.value.value.unwrap() - evaluation.report.auc.unwrap()).abs() < 1e-9);
        assert!(accuracy.drop.is_none());
        let measured = one.points.iter().filter(|point| point.strength != one.kind.none());
        for value in measured.flat_map(|point| &point.values) {
            let drop = value.drop.clone().unwrap();
            let base = unchanged.values.iter().find(|other| other.figure == value.figure).unwrap();
            if let (Some(drop), Some(base), Some(now)) = (drop.value, base.value.value, value.value.value) {
                assert!((base - now - drop).abs() < 1e-12);
            }
        }
        assert!(one.verdict().starts_with(one.kind.title()));
    }
    drop(core);
    assert_eq!(
        Core::open(&project.project).unwrap().view().robustness,
        kept,
        "it is there when the project is opened again"
    );
}

#[test]
fn opening_the_test_split_for_it_is_in_the_log_and_a_cancelled_one_leaves_nothing() {
    let project = small(24);
    let mut core = Core::open(&project.project).unwrap();
    let compute = Compute::cpu();
    core.keep_test_closed(true).unwrap();
    let work = core.apply(ProjectCommand::Train(Box::new(tiny())), &compute).unwrap();
    core.perform(work, &compute, &mut |_| Order::Go).unwrap();
    let model = core.models()[0].id;
    let opened = |core: &Core| {
        let is =
            |event: &crate::domain::DecisionEvent| matches!(event.decision, crate::domain::Decision::TestOpened { .. });
        core.store().decisions().unwrap().iter().filter(|event| is(event)).count()
    };
    assert_eq!(opened(&core), 0);
    let command = ProjectCommand::MeasureRobustness { model, kinds: vec![Perturbation::Window] };
    let work = core.apply(command.clone(), &compute).unwrap();
    core.perform(work, &compute, &mut |_| Order::Cancel).unwrap();
    assert_eq!((core.view().robustness.len(), opened(&core)), (0, 0));
    let work = core.apply(command, &compute).unwrap();
    core.perform(work, &compute, &mut |_| Order::Go).unwrap();
    assert_eq!((core.view().robustness.len(), opened(&core)), (1, 1));
    let none = core.measure_robustness(model, Vec::new(), Split::Test).unwrap_err().to_string();
    assert!(none.contains("at least one way"), "{none}");
}

/// Figures of few images stay as they are when answers change a little; the answers themselves do not.
#[test]
fn unchanged_pictures_get_the_answers_that_the_project_keeps_and_worse_ones_others() {
    let project = small(40);
    let mut core = Core::open(&project.project).unwrap();
    let compute = Compute::cpu();
    let work = core.apply(ProjectCommand::Train(Box::new(tiny())), &compute).unwrap();
    core.perform(work, &compute, &mut |_| Order::Go).unwrap();
    let (model, file) = (core.models()[0].id, core.models()[0].file.clone());
    let work = core.apply(ProjectCommand::Compare { candidate: model, active: None }, &compute).unwrap();
    core.perform(work, &compute, &mut |_| Order::Go).unwrap();
    let opened = Model::open(&file, &compute).unwrap();

    let (store, classes) = (core.store(), core.store().classes().unwrap());
    let (images, annotations) = (store.images().unwrap(), store.annotations().unwrap());
    let mut on = Subject::of(Split::Test, AnswerKind::Class, said(&images, &annotations), &classes);
    let kept = store.predictions(model).unwrap();
    let tests = images.iter().filter(|image| image.split == Split::Test);
    let kept: Vec<_> =
        tests.map(|image| kept.iter().find(|one| one.image == image.id).unwrap().logits.clone()).collect();
    assert_eq!(kept.len(), on.len());
    let places: Vec<usize> = (0..on.len()).collect();
    let pictures: Vec<_> = decoded(&opened, &on, &places).into_iter().map(|(at, image)| (at, image.unwrap())).collect();
    let asked = Asked::plain(Vec::new());
    let mut farthest = |temperature: f64, change: Change| {
        on.temperatures = Temperatures::Softmax(temperature);
        let mut heard = Heard::default();
        look(&opened, &on, &asked, &pictures, (change, &mut heard)).unwrap();
        let should = kept.iter().map(|logits| softened(logits, temperature));
        let apart = heard.probabilities.iter().zip(should).map(|(own, should)| (own[0] - should[0]).abs());
        apart.fold(0.0f32, f32::max)
    };
    assert!(farthest(1.0, None) < 1e-5 && farthest(0.25, None) < 1e-5);
    for kind in Perturbation::ALL {
        assert!(farthest(1.0, Some((kind, kind.none()))) < 1e-5, "{kind:?}");
        let worst = kind.strengths().iter().map(|at| farthest(1.0, Some((kind, *at)))).fold(0.0, f32::max);
        assert!(worst > 1e-4, "{kind:?} changes nothing: {worst}");
    }
}

#[test]
fn findings_are_measured_each_where_it_is_known_and_the_unchanged_point_is_the_evaluation() {
    let project = small(40);
    let mut core = Core::open(&project.project).unwrap();
    for image in &project.ids {
        core.annotate(*image, &Edit::Label(None), None, None).unwrap();
    }
    core.set_classes(&ClassList::of_findings(&["dark", "bright"]).unwrap()).unwrap();
    for (at, image) in core.images().to_vec().into_iter().enumerate() {
        let bright = image.name.starts_with("bright");
        let of_dark = if at % 3 == 2 { Presence::Uncertain } else { Presence::from(!bright) };
        for (finding, presence) in [(0, of_dark), (1, Presence::from(bright))] {
            core.annotate(image.id, &Edit::Finding { finding, presence: Some(presence) }, None, None).unwrap();
        }
    }
    let compute = Compute::cpu();
    let recipe = Recipe { loss: Loss::BinaryCrossEntropy, ..tiny() };
    let work = core.apply(ProjectCommand::Train(Box::new(recipe)), &compute).unwrap();
    core.perform(work, &compute, &mut |_| Order::Go).unwrap();
    let model = core.models()[0].id;
    let work = core.apply(ProjectCommand::Compare { candidate: model, active: None }, &compute).unwrap();
    core.perform(work, &compute, &mut |_| Order::Go).unwrap();
    let command = ProjectCommand::MeasureRobustness { model, kinds: vec![Perturbation::Contrast] };
    let work = core.apply(command, &compute).unwrap();
    core.perform(work, &compute, &mut |_| Order::Go).unwrap();
    let evaluated = core.evaluation(model, Split::Test).unwrap().report.findings.unwrap();
    let measured = core.view().robustness[0].robustness.clone();
    assert_eq!((measured.images, measured.finding.as_ref(), measured.threshold), (evaluated.images, None, None));
    let unchanged = measured.unchanged().unwrap();
    assert_eq!(unchanged.values.len(), 1);
    assert!((unchanged.values[0].value.value.unwrap() - evaluated.macro_auroc.unwrap()).abs() < 1e-9);
    for one in &unchanged.findings {
        let area = evaluated.per_finding[&one.finding].auroc.unwrap();
        assert!((one.value.value.unwrap() - area).abs() < 1e-9, "{}", one.finding);
    }
    let worse = measured.points.iter().filter(|point| point.strength != measured.kind.none());
    assert!(
        worse.flat_map(|point| &point.findings).all(|one| one.drop.as_ref().is_some_and(|drop| drop.value.is_some()))
    );
    assert_eq!(Core::open(&project.project).unwrap().view().robustness[0].robustness, measured, "it is kept");
}
