//! A report from what the project keeps: written whole, or not at all where it is cancelled.

use crate::domain::change::Seeing;
use crate::domain::{Architecture, Change, ModelId, Prediction};
use crate::nn::Compute;
use crate::session::project::core::Core;
use crate::session::protocol::command::ProjectCommand;
use crate::session::protocol::reports::ReportRequest;
use crate::session::protocol::task::{Order, Report};
use crate::session::test_project::{add_model, send, small};

/// A model that is so sure of what every image is; of each seventh it is wrong.
fn model(core: &mut Core, name: &str, sure: f32) -> ModelId {
    let model = add_model(core, name, Architecture::default(), None, 0);
    let said: Vec<Prediction> = core
        .images()
        .iter()
        .enumerate()
        .map(|(at, image)| {
            let p = if image.name.starts_with("bright") != (at % 7 == 0) { sure } else { 1.0 - sure };
            let (logits, probabilities) = (vec![0.0; 2], vec![1.0 - p, p]);
            Prediction { image: image.id, model, logits, probabilities, boxes: Vec::new() }
        })
        .collect();
    core.store.put_predictions(&said).unwrap();
    model
}

#[test]
fn a_report_of_several_models_is_written_from_the_predictions_that_are_there() {
    let project = small(120);
    let mut core = project.open();
    let (ours, theirs) = (model(&mut core, "new", 0.9), model(&mut core, "old", 0.7));
    let third = model(&mut core, "third", 0.6);
    let to = project.dir.path().join("out/report");
    let request = ReportRequest { model: ours, against: vec![theirs, third], to: to.clone(), pictures: true };
    send(&mut core, ProjectCommand::WriteReport(request.clone())).unwrap();
    let notices = core.take_notices();
    assert!(
        notices.iter().any(|(_, text)| *text == format!("the report was written to {}", to.display())),
        "{notices:?}"
    );
    let made: serde_json::Value =
        serde_json::from_str(&std::fs::read_to_string(to.join("report.json")).unwrap()).unwrap();
    let evaluation = core.evaluation(ours, crate::domain::Split::Test).unwrap();
    assert_eq!(made["accuracy"], evaluation.report.accuracy);
    assert_eq!((&made["images"], &made["left_out"], &made["against"]["model"]), (&24.into(), &0.into(), &"old".into()));
    assert!(made["against"]["difference"]["only_other"].is_number() && made["cut_short"].is_null());
    let html = std::fs::read_to_string(to.join("report.html")).unwrap();
    assert!(html.contains("whether some are cut short was not looked at again"));
    assert!(html.contains("All models side by side") && html.contains("new − third") && html.contains("(Holm)"));
    assert_eq!(made["beside"][0]["model"], "third");
    let wrong = evaluation.images.iter().filter(|(_, truth, called)| truth != called).count();
    assert_eq!(made["mistakes"]["all"], wrong);
    assert!(wrong > 0 && html.matches("src=\"data:image/png;base64,").count() == wrong.min(12), "{wrong}");
    assert!(html.contains("The maps of this model were not tested") && html.contains("No two readers gave a class"));
    assert!(html.contains("No attribute that a report may show parts these images"));

    let earlier = std::fs::read(to.join("report.html")).unwrap();
    send(&mut core, ProjectCommand::WriteReport(ReportRequest { pictures: false, ..request.clone() })).unwrap();
    let second = project.dir.path().join("out/report-2");
    assert_eq!(core.view().reported.as_ref(), Some(&second));
    assert!(second.join("report.json").is_file() && std::fs::read(to.join("report.html")).unwrap() == earlier);

    let plain = project.dir.path().join("plain");
    let without = ReportRequest { to: plain.clone(), pictures: false, ..request.clone() };
    send(&mut core, ProjectCommand::WriteReport(without)).unwrap();
    let html = std::fs::read_to_string(plain.join("report.html")).unwrap();
    assert!(html.contains("The surest mistakes") && !html.contains("<img"));

    let inside = ReportRequest { to: project.project.join("report"), ..request };
    let refused = send(&mut core, ProjectCommand::WriteReport(inside)).unwrap_err().to_string();
    assert!(refused.contains("own folder"), "{refused}");
}

#[test]
fn a_report_that_is_cancelled_leaves_nothing() {
    let project = small(120);
    let mut core = project.open();
    let ours = model(&mut core, "new", 0.9);
    let to = project.dir.path().join("report");
    let compute = Compute::cpu();
    // Its words up to the one at which it is told to end.
    let mut written = |cancelled: usize| {
        let request = ReportRequest { model: ours, against: Vec::new(), to: to.clone(), pictures: true };
        let work = core.apply(ProjectCommand::WriteReport(request), &compute).unwrap();
        let mut words = 0;
        core.perform(work, &compute, &mut |report| {
            words += usize::from(matches!(report, Report::Progress { .. }));
            if words >= cancelled { Order::Cancel } else { Order::Go }
        })
        .unwrap();
        words
    };
    for cancelled in [1, 2, 4, 6] {
        assert_eq!(written(cancelled), cancelled);
        assert!(!to.exists(), "cancelled at word {cancelled}, it was written all the same");
    }
    assert_eq!(written(usize::MAX), 6);
    assert!(to.join("report.html").exists());
}

#[test]
fn readers_of_the_same_images_are_compared_without_their_names() {
    let project = small(120);
    let mut core = project.open();
    let ours = model(&mut core, "new", 0.9);
    let test: Vec<_> = core.images.iter().filter(|image| image.split == crate::domain::Split::Test).cloned().collect();
    for (at, image) in test.iter().enumerate() {
        for (reader, label) in [("import:Ada", at % 2), ("import:Ben", usize::from(at % 3 == 0))] {
            let said = Change::Reading {
                label: Some(label),
                findings: crate::domain::Findings::default(),
                boxes: Vec::new(),
                nothing_found: false,
                in_force: false,
                again: false,
                seeing: Seeing::InForce,
            };
            core.store.append(reader, image.id, said, None, None, None).unwrap();
        }
    }
    let to = project.dir.path().join("report");
    let request = ReportRequest { model: ours, against: Vec::new(), to: to.clone(), pictures: false };
    send(&mut core, ProjectCommand::WriteReport(request)).unwrap();
    let [json, html] = ["report.json", "report.html"].map(|name| std::fs::read_to_string(to.join(name)).unwrap());
    let made: serde_json::Value = serde_json::from_str(&json).unwrap();
    let pair = &made["readers"][0];
    let same = (0..test.len()).filter(|at| at % 2 == usize::from(at % 3 == 0)).count();
    assert_eq!((&pair["images"], &pair["same"]), (&test.len().into(), &same.into()));
    assert!(pair["kappa"]["value"].is_number() && pair["agreement"]["interval"].is_array(), "{pair}");
    assert!(html.contains("1 pair of readers was compared"));
    assert!(!json.contains("Ada") && !html.contains("Ben"));
}
