//! What the Evaluate screen shows of a finding, by what a screen reader calls its parts.

#![allow(clippy::unwrap_used, clippy::panic, reason = "a test may fail loudly, its helpers too")]

use egui::accesskit::Role;
use egui::{Key, Modifiers};
use egui_kittest::Harness;
use egui_kittest::kittest::{NodeT as _, Queryable};
use overread::domain::ModelId;
use overread::session::fixture::Bench;
use overread::session::{Command, DeskCommand, JobKind, JobView, ProjectCommand, ReportRequest, Workbench};
use overread::ui::App;
use overread::ui::dialogs::{Answer, Ask, Dialogs};
use std::sync::Arc;

/// Dialogs that answer every question at once, with a path of this ending beside what was suggested.
#[derive(Default)]
struct Beside(Vec<Ask>);

impl Dialogs for Beside {
    fn ask(&mut self, ask: Ask, ctx: &egui::Context) {
        self.0.push(ask);
        ctx.request_repaint();
    }

    fn poll(&mut self) -> Option<(Ask, Answer)> {
        self.0.pop().map(|ask| {
            let path = format!("{}-chosen", ask.suggestion()).into();
            (ask, Answer::Path(path))
        })
    }
}

/// The window on the Evaluate screen, with two models compared.
fn evaluated(bench: &Bench) -> Harness<'static, App> {
    let (candidate, active) = (ModelId(3), Some(ModelId(2)));
    bench.send(Command::Project(ProjectCommand::Compare { candidate, active }));
    let bench = bench.clone();
    let mut harness = Harness::builder()
        .with_size([1440.0, 1600.0])
        .build_eframe(move |cc| App::with_dialogs(&cc.egui_ctx, Box::new(bench), Box::new(Beside::default())));
    harness.run();
    harness.key_press_modifiers(Modifiers::CTRL | Modifiers::COMMAND, Key::Num4);
    harness.run();
    harness
}

/// What is said of the row, text or plot whose words begin so.
fn find(harness: &Harness<'_, App>, begins: &str) -> Option<String> {
    let words = |node: &egui_kittest::Node<'_>| {
        let node = node.accesskit_node();
        [node.label(), node.value()].into_iter().flatten().find(|words| words.starts_with(begins))
    };
    let is_so = |node: &egui_kittest::kittest::AccessKitNode<'_>| {
        [node.label(), node.value()].into_iter().flatten().any(|words| words.starts_with(begins))
    };
    words(&harness.query_all_by(is_so).next()?)
}

fn said(harness: &Harness<'_, App>, begins: &str) -> String {
    find(harness, begins).unwrap_or_else(|| panic!("nothing on screen begins with {begins:?}"))
}

#[test]
fn a_finding_has_its_figures_with_intervals_beside_the_other_models_and_the_difference() {
    let bench = Bench::project();
    let mut harness = evaluated(&bench);
    let area = said(&harness, "Figure AUROC");
    assert_eq!((area.matches(" to ").count(), area.contains("Difference +")), (3, true), "{area}");
    assert!(said(&harness, "Lowest where view is").contains("by chance"));
    assert!(said(&harness, "view lateral, Images 16").contains("AUROC"));
    assert!(said(&harness, "AUROC by part: frontal").contains("0."));
    for curve in
        ["ROC curve, AUROC", "Precision-recall curve", "Calibration plot", "Decision curve", "Probabilities by"]
    {
        assert!(!said(&harness, curve).is_empty());
    }
    assert!(said(&harness, "AUROCs of two such models").contains("(DeLong)"));
    // Of the two classes the finding is shown first, not its absence.
    let sensitivity = said(&harness, "Figure Sensitivity");
    harness.get_by_role_and_label(Role::RadioButton, "Non_fractured").click();
    harness.run();
    let specificity = said(&harness, "Figure Specificity");
    let values = |text: &str| text.split(", ").skip(1).map(str::to_owned).collect::<Vec<_>>();
    assert_eq!(values(&sensitivity), values(&specificity), "the sensitivity of one is the specificity of the other");
}

#[test]
fn what_is_not_worked_out_yet_is_not_shown_and_what_is_being_worked_out_is_said() {
    let bench = Bench::project();
    let mut harness = evaluated(&bench);
    bench.edit_project(|project| {
        let comparison = Arc::make_mut(project.comparison.as_mut().unwrap());
        comparison.performances.clear();
        comparison.difference = None;
    });
    harness.run();
    assert_eq!(find(&harness, "Figure AUROC"), None);
}

#[test]
fn a_report_is_asked_for_with_a_folder_and_its_job_can_be_cancelled() {
    let bench = Bench::project();
    let mut harness = evaluated(&bench);
    harness.get_by_role_and_label(Role::Button, "Write report…").click();
    harness.run();
    harness.run();
    let request = ReportRequest {
        model: ModelId(3),
        against: vec![ModelId(2)],
        to: "/home/reader/wrist-small-cnn-3-report-chosen".into(),
    };
    assert_eq!(bench.commands().last(), Some(&Command::Project(ProjectCommand::WriteReport(request))));
    bench.edit(|view| {
        view.jobs.push(JobView {
            id: 9,
            kind: JobKind::Export,
            name: "Writing the report".into(),
            progress: Some(0.5),
            seconds_left: Some(3.0),
            message: "by view".into(),
            cancellable: true,
        });
    });
    harness.run();
    assert!(said(&harness, "Writing the report: by view").contains("3 s left"));
    assert!(harness.query_by_role_and_label(Role::Button, "Write report…").is_none(), "one at a time");
    harness.get_by_role_and_label(Role::Button, "Cancel the report").click();
    harness.run();
    assert_eq!(bench.commands().last(), Some(&Command::Desk(DeskCommand::CancelJob(9))));
}
