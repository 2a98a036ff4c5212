//! What the Evaluate screen shows of a finding, by what a screen reader calls its parts.

#![allow(clippy::unwrap_used, clippy::panic, reason = "a test may fail loudly, its helpers too")]

#[path = "window_evaluate/findings.rs"]
mod findings;

use egui::accesskit::Role;
use egui::{Key, Modifiers};
use egui_kittest::Harness;
use egui_kittest::kittest::{NodeT as _, Queryable};
use overread::domain::performance::{Estimate, FindingGoal};
use overread::domain::{FindingsReport, ModelId, Perturbation};
use overread::session::fixture::Bench;
use overread::session::{Command, DeskCommand, Goal, JobKind, JobView, ProjectCommand, ReportRequest, Workbench};
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

/// The window on the Evaluate screen, with two models compared; so high that all of it can be pressed.
fn evaluated(bench: &Bench) -> Harness<'static, App> {
    let (candidate, active) = (ModelId(3), Some(ModelId(2)));
    bench.send(Command::Project(ProjectCommand::Compare { candidate, active }));
    evaluated_as_is(bench)
}

/// The same with what the workbench shows already.
fn evaluated_as_is(bench: &Bench) -> Harness<'static, App> {
    let bench = bench.clone();
    let mut harness = Harness::builder()
        .with_size([1440.0, 4000.0])
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
fn calibrating_and_being_not_sure_are_asked_for_with_the_model_and_taken_away_again() {
    let bench = Bench::project();
    let mut harness = evaluated(&bench);
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
    harness.get_by_role_and_label(Role::CheckBox, "Keep the test split closed after training").click();
    harness.run();
    assert_eq!(bench.take_commands(), [Command::Project(ProjectCommand::KeepTestClosed(true))]);
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
        pictures: false,
    };
    assert_eq!(bench.commands().last(), Some(&Command::Project(ProjectCommand::WriteReport(request))));
    assert!(harness.query_by_role_and_label(Role::Button, "Open the report").is_none(), "there is none yet");
    bench.edit_project(|project| project.reported = Some("/home/reader/report".into()));
    harness.run();
    harness.get_by_role_and_label(Role::Button, "Open the report").click();
    harness.run();
    let page = Command::Desk(DeskCommand::Show("/home/reader/report/report.html".into()));
    assert_eq!(bench.commands().last(), Some(&page));
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

#[test]
fn a_report_of_several_findings_is_asked_for_in_the_same_way() {
    let bench = Bench::findings();
    bench.edit_project(|project| {
        let mut comparison = overread::session::fixture::comparison(&project.rows);
        comparison.candidate_report.findings = Some(FindingsReport::default());
        // What only the parts of the finding that is looked at may show.
        let mut other = comparison.subgroups[0].clone();
        (other.attribute, other.finding) = ("scanner".into(), "Mass".into());
        // It would be the first to look at.
        for (_, estimate) in other.parts.iter_mut().flat_map(|part| &mut part.figures) {
            *estimate = Estimate { value: Some(0.01), interval: Some([0.005, 0.02]), why: None };
        }
        comparison.subgroups = Arc::new(vec![comparison.subgroups[0].clone(), other]);
        project.comparison = Some(Arc::new(comparison));
    });
    let mut harness = evaluated_as_is(&bench);
    assert!(find(&harness, "Subgroups · Fractured").is_some());
    assert!(find(&harness, "Subgroups · Mass").is_none(), "another finding is looked at");
    harness.get_by_label("with pictures of mistakes").click();
    harness.run();
    harness.get_by_role_and_label(Role::Button, "Write report…").click();
    harness.run();
    harness.run();
    let request = ReportRequest {
        model: ModelId(3),
        against: vec![ModelId(2)],
        to: "/home/reader/findings-findings-3-report-chosen".into(),
        pictures: true,
    };
    assert_eq!(bench.commands().last(), Some(&Command::Project(ProjectCommand::WriteReport(request))));
}

/// The rectangle of what is called so.
fn place(harness: &Harness<'_, App>, begins: &str) -> egui::Rect {
    let is_so = |node: &egui_kittest::kittest::AccessKitNode<'_>| {
        [node.label(), node.value()].into_iter().flatten().any(|words| words.starts_with(begins))
    };
    harness.query_all_by(is_so).next().unwrap().rect()
}

fn press_at(harness: &mut Harness<'_, App>, at: egui::Pos2) {
    harness.hover_at(at);
    harness.run();
    for pressed in [true, false] {
        let (button, modifiers) = (egui::PointerButton::Primary, Modifiers::NONE);
        harness.event(egui::Event::PointerButton { pos: at, button, pressed, modifiers });
        harness.step();
    }
    harness.run_steps(3);
}

/// The set of images that the queue was narrowed to last.
fn narrowed(bench: &Bench) -> overread::session::ImageSet {
    let filters = bench.commands().into_iter().rev().find_map(|command| match command {
        Command::Project(ProjectCommand::SetFilter(filter)) => Some(filter),
        _ => None,
    });
    filters.unwrap().only.unwrap()
}

#[test]
fn a_point_of_a_curve_tells_its_counts_and_opens_its_images_with_a_way_back() {
    let bench = Bench::project();
    let mut harness = evaluated(&bench);
    // At the lower left corner nothing is called.
    let corner = place(&harness, "ROC curve, AUROC").left_bottom() + egui::vec2(3.0, -3.0);
    harness.hover_at(corner);
    harness.run();
    harness.run();
    assert_eq!(said(&harness, "TP 0"), "TP 0, FP 0, FN 24, TN 24");
    assert!(said(&harness, "Sensitivity 0.000").contains("specificity 1.000"));
    press_at(&mut harness, corner);
    harness.get_by_label("false negatives where nothing is called (Fractured)  (24)").click();
    harness.run();
    harness.run();
    assert_eq!(harness.state().screen(), overread::ui::Screen::Review);
    let set = narrowed(&bench);
    assert_eq!((set.title.as_str(), set.images.len()), ("false negatives where nothing is called (Fractured)", 24));
    harness.get_by_label("← Evaluate").click();
    harness.run();
    harness.run();
    assert_eq!(harness.state().screen(), overread::ui::Screen::Evaluate);
    assert!(bench.view().project.as_ref().unwrap().filter.only.is_none(), "all images are in the queue again");
}

#[test]
fn a_part_of_the_images_a_bar_and_a_bin_open_theirs() {
    let bench = Bench::project();
    let mut harness = evaluated(&bench);
    let row = place(&harness, "view lateral, Images 16").center();
    press_at(&mut harness, row);
    harness.run();
    assert_eq!((narrowed(&bench).title.as_str(), narrowed(&bench).images.len()), ("view: lateral", 16));
    harness.key_press_modifiers(Modifiers::CTRL | Modifiers::COMMAND, Key::Num4);
    harness.run();
    let bars = place(&harness, "Probabilities by what is: 24 images with it");
    // The lowest bar stands on the axis.
    press_at(&mut harness, bars.left_bottom() + egui::vec2(0.025 * bars.width(), -2.0));
    harness.run();
    assert_eq!(narrowed(&bench).title, "Fractured predicted 0.00–0.05, without it");
}

#[test]
fn a_plot_is_kept_as_the_report_draws_it() {
    let bench = Bench::project();
    let mut harness = evaluated(&bench);
    for (name, title) in [
        ("roc", "ROC curve"),
        ("precision-recall", "Precision-recall curve"),
        ("calibration", "Calibration"),
        ("decision-curve", "Decision curve"),
        ("threshold-sweep", "By threshold"),
        ("risk-coverage", "Risk over coverage"),
        ("probabilities", "Probabilities by outcome"),
        ("forest", "AUROC by view"),
    ] {
        harness.get_by_role_and_label(Role::Button, &format!("Save {name}")).click_accesskit();
        harness.run();
        harness.get_by_label("Save as SVG…").click();
        harness.run();
        harness.run();
        let written = bench.take_commands().into_iter().find_map(|command| match command {
            Command::Project(ProjectCommand::SaveDrawing { drawn, to }) => Some((drawn, to)),
            _ => None,
        });
        let (drawn, to) = written.unwrap_or_else(|| panic!("{name} was not written"));
        let overread::session::DrawnForm::Svg(svg) = drawn.form else { panic!("{name} is no SVG") };
        assert!(svg.contains(&format!("<title>{title}</title>")) && svg.ends_with("</svg>\n"), "{svg}");
        assert_eq!(to, std::path::PathBuf::from(format!("{name}.svg-chosen")));
    }
}

#[test]
fn a_third_model_stands_beside_the_two_with_corrected_tests_and_a_curve_of_its_own() {
    let bench = Bench::project();
    let mut harness = evaluated(&bench);
    assert_eq!(find(&harness, "Model small-cnn-1"), None);
    harness.get_by_label("Further models").click_accesskit();
    harness.run();
    harness.get_by_role_and_label(Role::MenuItem, "small-cnn-1").click();
    harness.run();
    harness.run();
    assert_eq!(bench.commands().last(), Some(&Command::Project(ProjectCommand::LayBeside(vec![ModelId(1)]))));
    harness.get_by_role_and_label(Role::Button, "Evaluate").click();
    harness.run();
    harness.run();
    let row = said(&harness, "Model small-cnn-1");
    assert!(row.contains("p (DeLong) ") && row.contains("p (McNemar) ") && row.contains("Difference −"), "{row}");
    assert_eq!(row.matches(" (").count() - 2, 2, "each with the corrected one in brackets: {row}");
    assert!(!said(&harness, "Model small-cnn-2").contains("Difference"), "the others are measured by it");
    assert!(
        said(&harness, "48 images of 24 patients or groups; 95 %").contains("the 2 comparisons of each test (Holm)")
    );
    assert_eq!(said(&harness, "ROC curve, AUROC").matches("small-cnn-").count(), 3);
}

#[test]
fn figures_of_boxes_have_intervals_differences_and_curves_that_open_their_images() {
    let bench = Bench::boxes();
    let project = bench.view().project.clone().unwrap();
    bench.edit_project(|of| {
        of.comparison = Some(Arc::new(overread::session::fixture::box_comparison(&project.rows, &project.classes)));
    });
    let own = bench.clone();
    let mut harness = Harness::builder()
        .with_size([1440.0, 3000.0])
        .build_eframe(move |cc| App::with_dialogs(&cc.egui_ctx, Box::new(own), Box::new(Beside::default())));
    harness.run();
    harness.key_press_modifiers(Modifiers::CTRL | Modifiers::COMMAND, Key::Num4);
    harness.run();
    let map = said(&harness, "Figure mAP@0.5,");
    assert_eq!((map.matches(" to ").count(), map.matches("Difference").count()), (3, 1), "{map}");
    assert!(said(&harness, "Figure AFROC area").contains("0."));
    assert!(said(&harness, "60 images of 30 patients or groups").contains("drawn 100 times (seed 1)"));
    let afroc = said(&harness, "AFROC curve, area: ");
    assert!(afroc.matches("boxes-light-").count() == 2 && !afroc.contains('–'), "{afroc}");
    let corner = place(&harness, "Free-response curve").right_top() + egui::vec2(-3.0, 8.0);
    let mut at = corner;
    // Down from the upper right corner, until the last point of the curve is met.
    while find(&harness, "TP ").is_none() && at.y < corner.y + 400.0 {
        at.y += 8.0;
        harness.hover_at(at);
        harness.run();
    }
    assert!(said(&harness, "TP ").contains(", FP "));
    press_at(&mut harness, at);
    let menu = said(&harness, "with wrong boxes at");
    harness.get_by_label(&menu).click();
    harness.run();
    harness.run();
    assert_eq!(harness.state().screen(), overread::ui::Screen::Review);
    assert!(
        menu.starts_with(&narrowed(&bench).title) && menu.ends_with(&format!("({})", narrowed(&bench).images.len()))
    );
}

#[test]
fn the_confusion_is_shown_as_counts_or_as_shares_of_a_row_or_column_and_tiles_say_what_they_are() {
    let bench = Bench::project();
    let mut harness = evaluated(&bench);
    let tip = |harness: &mut Harness<'static, App>| {
        harness.hover_at(egui::pos2(1.0, 1.0));
        harness.run();
        let cell = place(harness, "small-cnn-2: 5 with truth Fractured").center();
        harness.hover_at(cell);
        harness.run();
        harness.run();
        said(harness, "5 images: ")
    };
    assert!(tip(&mut harness).starts_with("5 images: 21 % of those labelled Fractured"));
    harness.get_by_role_and_label(Role::RadioButton, "Share of the column").click();
    harness.run();
    assert!(tip(&mut harness).starts_with("5 images: 19 % of those called Non_fractured"));
    let accuracy = place(&harness, "Accuracy").center();
    harness.hover_at(accuracy);
    harness.run();
    harness.run();
    let tip = said(&harness, "The share of images that is called what it is.");
    // The difference of the fixture's 48 images.
    assert!(tip.contains("The difference has a 95 % interval of ") && tip.ends_with('.'), "{tip}");
    assert!(said(&harness, "Differences are small-cnn-3 less small-cnn-2").contains("leaves 0 out"));
}

#[test]
fn figures_of_other_models_than_those_chosen_are_marked_and_the_button_stays_where_it_is() {
    let bench = Bench::project();
    let mut harness = evaluated(&bench);
    assert_eq!(find(&harness, "The figures below are still of"), None);
    let button = harness.get_by_role_and_label(Role::Button, "Evaluate").rect();
    harness.get_by_label("Candidate").click_accesskit();
    harness.run();
    harness.get_by_role_and_label(Role::MenuItem, "small-cnn-1").click();
    harness.run();
    harness.run();
    let marked = said(&harness, "The figures below are still of");
    assert!(marked.contains("small-cnn-3 and small-cnn-2. Press Evaluate"), "{marked}");
    assert_eq!(harness.get_by_role_and_label(Role::Button, "Evaluate").rect(), button);
    harness.get_by_label("Candidate").click_accesskit();
    harness.run();
    harness.get_by_role_and_label(Role::MenuItem, "small-cnn-3").click();
    harness.run();
    harness.run();
    assert_eq!(find(&harness, "The figures below are still of"), None);
    choose(&mut harness, "Compared with", "no other");
    assert!(said(&harness, "The figures below are still of").contains("small-cnn-3 and small-cnn-2"));
    bench.take_commands();
    harness.get_by_role_and_label(Role::Button, "Evaluate").click();
    harness.run();
    let alone = ProjectCommand::Compare { candidate: ModelId(3), active: None };
    assert_eq!(bench.take_commands(), [Command::Project(alone)]);
}

#[test]
fn images_of_which_no_two_are_known_to_be_of_one_patient_are_not_called_groups() {
    let bench = Bench::project();
    let mut harness = evaluated(&bench);
    assert!(said(&harness, "48 images of 24 patients or groups: ").contains("Groups were drawn 200 times"));
    bench.edit_project(|project| {
        let comparison = Arc::make_mut(project.comparison.as_mut().unwrap());
        comparison.performances.iter_mut().for_each(|(_, one)| Arc::make_mut(one).groups = 48);
    });
    harness.run();
    assert!(said(&harness, "48 images: ").contains("Images were drawn 200 times"));
}

#[test]
fn robustness_is_measured_for_the_ways_that_are_chosen_and_shown_with_its_falls() {
    let bench = Bench::project();
    let mut harness = evaluated(&bench);
    assert!(said(&harness, "Not measured yet").contains("press Measure"));
    for off in ["Noise", "Contrast", "Window shift", "Rotation"] {
        harness.get_by_role_and_label(Role::CheckBox, off).click();
        harness.run();
    }
    bench.take_commands();
    harness.get_by_role_and_label(Role::Button, "Measure the robustness").click();
    harness.run();
    let kinds = vec![Perturbation::Blur, Perturbation::Jpeg];
    let asked = ProjectCommand::MeasureRobustness { model: ModelId(3), kinds };
    assert_eq!(bench.take_commands(), [Command::Project(asked)]);
    assert!(said(&harness, "AUROC against blur: unchanged 0.91").contains("sigma 3"));
    assert!(said(&harness, "Blur: AUROC falls most at sigma 3").contains("95 % interval of the fall"));
    assert!(said(&harness, "AUROC against jpeg quality: quality 10").contains("unchanged 0.91"));
    assert_eq!(find(&harness, "AUROC against noise"), None);
    assert!(
        said(&harness, "Of 29 test images of 27 patients or groups, 1 image left out")
            .contains("AUROC is of Fractured")
    );
    harness.get_by_role_and_label(Role::Button, "Save robustness-blur");
    // The threshold of the model is another one now than when it was measured.
    assert_eq!(find(&harness, "Measured before the threshold"), None);
    bench.send(Command::Project(ProjectCommand::SetThreshold { model: ModelId(3), threshold: Some(0.3) }));
    harness.run();
    assert!(said(&harness, "Measured before the threshold").ends_with("Measure again."));
}

#[test]
fn measuring_the_robustness_says_how_far_it_is_and_is_cancelled() {
    let bench = Bench::project();
    let mut harness = evaluated(&bench);
    let name = bench
        .view()
        .project
        .clone()
        .unwrap()
        .models
        .iter()
        .find(|m| m.record.id == ModelId(3))
        .unwrap()
        .record
        .card
        .name
        .clone();
    bench.edit(|view| {
        view.jobs.push(JobView {
            id: 7,
            kind: JobKind::Other,
            name: overread::session::measuring_robustness(&name),
            progress: Some(0.5),
            seconds_left: Some(75.0),
            message: "Blur".into(),
            cancellable: true,
        });
    });
    harness.run();
    assert!(said(&harness, "Blur, 1 min 15 s").contains("left"));
    assert!(harness.query_by_role_and_label(Role::Button, "Measure the robustness").is_none());
    bench.take_commands();
    harness.get_by_role_and_label(Role::Button, "Cancel measuring the robustness").click();
    harness.run();
    assert_eq!(bench.take_commands(), [Command::Desk(DeskCommand::CancelJob(7))]);
}

#[test]
fn without_a_way_chosen_there_is_nothing_to_measure() {
    let bench = Bench::project();
    let mut harness = evaluated(&bench);
    for kind in Perturbation::ALL {
        harness.get_by_role_and_label(Role::CheckBox, kind.title()).click();
        harness.run();
    }
    bench.take_commands();
    harness.get_by_role_and_label(Role::Button, "Measure the robustness").click();
    harness.run();
    assert_eq!(bench.take_commands(), []);
}

#[test]
fn scores_of_boxes_are_calibrated_by_a_button_and_differences_are_tested() {
    let bench = Bench::boxes();
    bench.edit_project(|project| {
        let comparison = overread::session::fixture::box_comparison(&project.rows, &project.classes);
        project.comparison = Some(Arc::new(comparison));
        Arc::make_mut(&mut project.models).iter_mut().for_each(|row| row.record.scores = None);
    });
    let mut harness = evaluated_as_is(&bench);
    let project = bench.view().project.clone().unwrap();
    let name = &project.models.iter().find(|row| row.record.id == ModelId(3)).unwrap().record.card.name;
    let tests = said(&harness, &format!("{name}, p (mAP@0.5): "));
    assert!(tests.contains("p (mAP@[.5:.95]): ") && tests.contains("permutation test, two-sided"), "{tests}");
    bench.take_commands();
    harness.get_by_role_and_label(Role::Button, "Calibrate scores").click();
    harness.run();
    let (model, active) = (ModelId(3), Some(ModelId(2)));
    assert_eq!(bench.take_commands(), [Command::Project(ProjectCommand::Calibrate { model, active })]);
    assert_eq!(find(&harness, "Its scores are calibrated"), None);
    let map = overread::domain::BetaMap { a: 0.6, b: 0.4, c: -0.5, boxes: 31 };
    let figures = |error: f64| overread::domain::calibration::ScoreFigures {
        calibration_error: Some(error),
        brier: Some(0.2),
        log_loss: Some(0.6),
    };
    bench.edit_project(|project| {
        for row in Arc::make_mut(&mut project.models) {
            row.record.scores = (row.record.id == model).then_some(map);
        }
        project.box_calibration = Some(Arc::new(overread::domain::calibration::BoxCalibration {
            boxes: 90,
            right: 40,
            map: Some(map),
            own: figures(0.214),
            calibrated: Some(figures(0.033)),
        }));
    });
    harness.run();
    assert!(said(&harness, "Its scores are calibrated").contains("31 boxes"));
    let row = said(&harness, "Figure of the scores Calibration error");
    assert!(row.contains("0.214") && row.contains("0.033"), "{row}");
    harness.get_by_role_and_label(Role::Button, "Its own scores").click();
    harness.run();
    assert_eq!(bench.take_commands(), [Command::Project(ProjectCommand::Uncalibrate { model, active })]);
}

/// Presses a line of a drop-down.
fn choose(harness: &mut Harness<'static, App>, of: &str, line: &str) {
    harness.get_by_label(of).click_accesskit();
    harness.run();
    harness.get_by_role_and_label(Role::MenuItem, line).click();
    harness.run();
    harness.run();
}

#[test]
fn boxes_are_shown_in_parts_of_the_images_and_a_class_can_have_a_threshold_of_its_own() {
    let bench = Bench::boxes();
    let project = bench.view().project.clone().unwrap();
    let names = project.classes.names();
    bench.edit_project(|of| {
        of.comparison = Some(Arc::new(overread::session::fixture::box_comparison(&project.rows, &project.classes)));
    });
    let mut harness = evaluated_as_is(&bench);
    assert!(said(&harness, "Lowest where view is").contains("mAP@0.5"));
    assert!(said(&harness, "view lateral, Images 20").contains("Boxes "));
    assert!(said(&harness, "mAP@0.5 by part: frontal").contains("lateral 0."));
    bench.take_commands();
    choose(&mut harness, "Class of the threshold", &format!("{}, as all", names[1]));
    harness.get_by_role_and_label(Role::Button, "Best F1").click();
    harness.run();
    let sent = bench.take_commands();
    let [Command::Project(ProjectCommand::ChooseThreshold(choice))] = sent.as_slice() else { panic!("{sent:?}") };
    assert_eq!((choice.model, choice.class), (ModelId(3), Some(1)));
    harness.run();
    assert_eq!(said(&harness, "Class of the threshold"), "Class of the threshold");
    harness.get_by_role_and_label(Role::Button, "As all").click();
    harness.run();
    let sent = bench.take_commands();
    let away = ProjectCommand::SetClassThreshold { model: ModelId(3), class: names[1].clone(), threshold: None };
    assert_eq!(sent.first(), Some(&Command::Project(away)), "{sent:?}");
}

#[test]
fn of_three_classes_each_has_a_threshold_of_its_own_and_the_rule_is_told() {
    let bench = Bench::project();
    bench.edit_project(|project| {
        let classes = overread::domain::ClassList::from_names(&["normal", "mass", "nodule"], false).unwrap();
        project.classes = Arc::new(classes.clone());
        project.comparison = None;
        project.recall = overread::session::Recall::Done;
        for row in Arc::make_mut(&mut project.models) {
            row.record.card.classes = classes.clone();
            row.record.test = None;
        }
    });
    let mut harness = evaluated_as_is(&bench);
    assert!(said(&harness, "The most probable class is called").ends_with('.'));
    harness.get_by_role_and_label(Role::RadioButton, "nodule").click();
    harness.run();
    bench.take_commands();
    harness.get_by_role_and_label(Role::Button, "Threshold: Youden").click();
    harness.run();
    let sent = bench.take_commands();
    let [Command::Project(ProjectCommand::ChooseThreshold(choice))] = sent.as_slice() else { panic!("{sent:?}") };
    assert_eq!(choice.class, Some(2));
    harness.run();
    assert!(said(&harness, "nodule is called from a probability of 0.420").ends_with("on."));
    assert_eq!(said(&harness, "Of the classes whose"), overread::domain::thresholds::RULE);
    harness.get_by_role_and_label(Role::RadioButton, "mass").click();
    harness.run();
    assert!(said(&harness, "mass has no threshold of its own").ends_with('.'));
    harness.get_by_role_and_label(Role::RadioButton, "nodule").click();
    harness.run();
    bench.take_commands();
    harness.get_by_role_and_label(Role::Button, "No threshold").click();
    harness.run();
    let away = ProjectCommand::SetClassThreshold { model: ModelId(3), class: "nodule".into(), threshold: None };
    assert_eq!(bench.take_commands().first(), Some(&Command::Project(away)));
}
