//! What the Evaluate screen shows of a finding, by what a screen reader calls its parts.

#![allow(clippy::unwrap_used, clippy::panic, reason = "a test may fail loudly, its helpers too")]

use egui::accesskit::Role;
use egui::{Key, Modifiers};
use egui_kittest::Harness;
use egui_kittest::kittest::{NodeT as _, Queryable};
use overread::domain::ModelId;
use overread::domain::performance::FindingGoal;
use overread::session::fixture::Bench;
use overread::session::{Command, Goal, ProjectCommand, Workbench};
use overread::ui::App;
use std::sync::Arc;

/// The window on the Evaluate screen, with two models compared.
fn evaluated(bench: &Bench) -> Harness<'static, App> {
    evaluated_in(bench, 1600.0)
}

/// As [`evaluated`], in a window of this height: what lies below its end cannot be pressed.
fn evaluated_in(bench: &Bench, height: f32) -> Harness<'static, App> {
    let (candidate, active) = (ModelId(3), Some(ModelId(2)));
    bench.send(Command::Project(ProjectCommand::Compare { candidate, active }));
    let bench = bench.clone();
    let mut harness =
        Harness::builder().with_size([1440.0, height]).build_eframe(move |cc| App::new(&cc.egui_ctx, Box::new(bench)));
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
fn calibrating_and_being_not_sure_are_asked_for_with_the_model_and_taken_away_again() {
    let bench = Bench::project();
    let mut harness = evaluated_in(&bench, 4000.0);
    let model = ModelId(3);
    assert!(said(&harness, "Its own probabilities are used").ends_with('.'));
    bench.take_commands();
    harness.get_by_role_and_label(Role::Button, "Calibrate").click();
    harness.run();
    let active = Some(ModelId(2));
    assert_eq!(bench.take_commands(), [Command::Project(ProjectCommand::Calibrate { model, active })]);
    assert!(said(&harness, "Its probabilities are calibrated").contains("1.600"));
    harness.get_by_role_and_label(Role::Button, "Its own probabilities").click();
    harness.run();
    assert_eq!(bench.take_commands(), [Command::Project(ProjectCommand::Uncalibrate { model, active })]);
    harness.get_by_role_and_label(Role::Button, "May say “not sure”").click();
    harness.run();
    assert_eq!(bench.take_commands(), [Command::Project(ProjectCommand::ChooseAnswers { model, miss: 0.1 })]);
    assert!(said(&harness, "It may name several classes").contains("10.0 %"));
    harness.get_by_role_and_label(Role::Button, "One class an image").click();
    harness.run();
    assert_eq!(bench.take_commands(), [Command::Project(ProjectCommand::DropAnswers(model))]);
}

#[test]
fn before_the_test_split_is_opened_a_threshold_can_be_fixed_and_what_is_fixed_is_said() {
    let bench = Bench::project();
    let mut harness = evaluated(&bench);
    assert!(said(&harness, "Not chosen: nobody chose").contains("for this model"));
    assert_eq!(find(&harness, "BEFORE THE TEST SPLIT"), None, "it was opened");
    bench.edit_project(|project| {
        project.comparison = None;
        for row in Arc::make_mut(&mut project.models) {
            row.record.test = None;
        }
    });
    harness.run();
    assert!(find(&harness, "BEFORE THE TEST SPLIT").is_some());
    bench.take_commands();
    harness.get_by_role_and_label(Role::Button, "Threshold: Youden").click();
    harness.run();
    let sent = bench.take_commands();
    assert!(matches!(sent.as_slice(), [Command::Project(ProjectCommand::ChooseThreshold(_))]), "{sent:?}");
    harness.get_by_role_and_label(Role::Button, "Threshold: as cost ratio").click();
    harness.run();
    let sent = bench.take_commands();
    let [Command::Project(ProjectCommand::ChooseThreshold(choice))] = sent.as_slice() else { panic!("{sent:?}") };
    assert_eq!(choice.goal, Goal::Finding(FindingGoal::Cost(5.0)));
    harness.get_by_role_and_label(Role::Button, "Use this threshold").click();
    harness.run();
    let by_hand = ProjectCommand::SetThreshold { model: ModelId(3), threshold: Some(0.5) };
    assert_eq!(bench.take_commands(), [Command::Project(by_hand)]);
    harness.get_by_role_and_label(Role::CheckBox, "Keep the test split closed after a training").click();
    harness.run();
    assert_eq!(bench.take_commands(), [Command::Project(ProjectCommand::KeepTestClosed(true))]);
}
