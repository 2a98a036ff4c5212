//! Calibration, "not sure" and robustness of a model that answers with findings.

use super::{evaluated_as_is, find, said};
use egui::accesskit::Role;
use egui_kittest::Harness;
use egui_kittest::kittest::Queryable;
use overread::domain::decision::Share;
use overread::domain::finding_calibration::{
    FindingAnswersSeen, FindingCalibration, FindingsCalibration, OutcomeFigures,
};
use overread::domain::{FindingTemperature, FindingsReport, ModelId, Perturbation};
use overread::session::fixture::Bench;
use overread::session::{Command, ProjectCommand, Workbench};
use overread::ui::App;
use std::sync::Arc;

const MODEL: ModelId = ModelId(3);

/// The Evaluate screen of the bench's project of findings.
fn evaluated(bench: &Bench) -> Harness<'static, App> {
    bench.send(Command::Project(ProjectCommand::Compare { candidate: MODEL, active: Some(ModelId(2)) }));
    bench.edit_project(|project| {
        let comparison = Arc::make_mut(project.comparison.as_mut().unwrap());
        comparison.candidate_report.findings = Some(FindingsReport::default());
        comparison.performances.clear();
        comparison.difference = None;
    });
    let mut harness = evaluated_as_is(bench);
    harness.run();
    bench.take_commands();
    harness
}

fn press(harness: &mut Harness<'_, App>, button: &str) {
    harness.get_by_role_and_label(Role::Button, button).click();
    harness.run();
}

#[test]
fn findings_are_calibrated_and_may_be_not_sure_and_both_are_taken_away_again() {
    let bench = Bench::findings();
    let mut harness = evaluated(&bench);
    assert!(said(&harness, "Its own probabilities are used").ends_with('.'));
    press(&mut harness, "Calibrate");
    let active = Some(ModelId(2));
    assert_eq!(bench.take_commands(), [Command::Project(ProjectCommand::Calibrate { model: MODEL, active })]);
    assert!(said(&harness, "Its probabilities are calibrated").contains("2 of 3 findings"));
    assert!(said(&harness, "Nodule: its own probabilities").contains("of its 48 validation images none has it"));
    press(&mut harness, "Its own probabilities");
    assert_eq!(bench.take_commands(), [Command::Project(ProjectCommand::Uncalibrate { model: MODEL, active })]);
    press(&mut harness, "May say “not sure”");
    assert_eq!(bench.take_commands(), [Command::Project(ProjectCommand::ChooseAnswers { model: MODEL, miss: 0.1 })]);
    assert!(said(&harness, "It may be not sure of a finding").contains("10.0 %"));
    assert!(said(&harness, "Nodule: never “not sure”").contains("it takes 9"));
    press(&mut harness, "Present or absent only");
    assert_eq!(bench.take_commands(), [Command::Project(ProjectCommand::DropAnswers(MODEL))]);
    assert!(said(&harness, "It says of each finding whether").ends_with('.'));
}

#[test]
fn before_and_after_and_the_coverage_stand_beside_each_finding() {
    let bench = Bench::findings();
    let mut harness = evaluated(&bench);
    assert_eq!(find(&harness, "Finding Mass, Images 24"), None);
    let figures = |loss| OutcomeFigures {
        log_loss: Some(loss),
        brier: Some(0.2),
        calibration_error: Some(0.1),
        slope: None,
        intercept: None,
    };
    let coverage = Share { value: 0.875, low: 0.69, high: 0.957 };
    let answers = FindingAnswersSeen {
        least: 0.3,
        images: 24,
        covered: 21,
        coverage,
        positives: 8,
        covered_positives: 7,
        not_sure: 5,
        neither: 0,
    };
    let by = FindingTemperature { finding: "Mass".into(), temperature: 1.6, images: 48, positives: 14 };
    let mass = FindingCalibration {
        finding: "Mass".into(),
        images: 24,
        positives: 8,
        temperature: Some(by),
        own: figures(0.7),
        calibrated: Some(figures(0.55)),
        answers: Some(answers),
    };
    bench.edit_project(|project| {
        let seen = FindingsCalibration { images: 29, miss: Some(0.1), not_sure_images: Some(6), findings: vec![mass] };
        project.findings_calibration = Some(Arc::new(seen));
    });
    harness.run();
    let row = said(&harness, "Finding Mass, Images 24, With it 8");
    assert!(row.contains("Temperature 1.600") && row.contains("0.700") && row.contains("0.550"), "{row}");
    let row = said(&harness, "Finding Mass, Images 24, Hold the truth 21");
    for cell in ["0.875", "0.690 to 0.957", "7 of 8", "Not sure 5"] {
        assert!(row.contains(cell), "{cell}: {row}");
    }
    assert!(said(&harness, "Test images: About each finding at most 10.0 %").contains("on 6"));
}

#[test]
fn each_finding_s_fall_is_told_and_one_stands_beside_the_mean_where_it_is_chosen() {
    let bench = Bench::findings();
    let mut harness = evaluated(&bench);
    press(&mut harness, "Measure the robustness");
    let kinds = Perturbation::ALL.to_vec();
    assert_eq!(bench.take_commands(), [Command::Project(ProjectCommand::MeasureRobustness { model: MODEL, kinds })]);
    let effusion = said(&harness, "Finding Effusion, Unchanged 0.930");
    assert!(effusion.contains("Noise −0.200 at sd 0.2"), "{effusion}");
    assert!(said(&harness, "Finding Mass, Unchanged 0.930").contains("Noise no fall"));
    assert_eq!(find(&harness, "Of 29 test images").map(|text| text.contains("AUROC is of")), Some(false));
    let plot = said(&harness, "AUROC, mean of findings against noise");
    assert!(plot.contains("sd 0.2 0.7"), "{plot}");
    harness.get_by_role_and_label(Role::RadioButton, "Effusion").click();
    harness.run();
    assert_eq!(harness.query_all_by_label("AUROC of Effusion").count(), Perturbation::ALL.len(), "in the legends");
}
