//! The way from the figures to a report for readers outside.

use super::model_name;
use crate::session::{Comparison, DeskCommand, JobView, ProjectView, ReportRequest};
use crate::ui::action::Action;
use crate::ui::context::PanelContext;
use crate::ui::phrases;
use crate::ui::widgets::{self, Button};
use egui::Ui;
use std::path::PathBuf;

/// What the jobs of a report are called.
const JOBS: [&str; 2] = ["Writing the report", "Predicting for the report"];

/// What is to go into a report.
#[derive(Default)]
pub(super) struct State {
    pictures: bool,
}

/// The button, or how far the report is.
pub(super) fn show(
    ui: &mut Ui,
    cx: &mut PanelContext<'_>,
    project: &ProjectView,
    comparison: &Comparison,
    state: &mut State,
) {
    let theme = cx.theme;
    if let Some(job) = cx.view.jobs.iter().find(|job| JOBS.contains(&job.name.as_str())).cloned() {
        return running(ui, cx, &job);
    }
    let tip = "A page with these figures, plots and what they are of, for readers outside: report.html, report.json and \
               figures.csv in a folder. It has no name of an image, a patient or a reader, and no picture unless you tick that";
    if Button::new("Write report…").tooltip(tip).ui(ui, theme).clicked() {
        let others = comparison.active.iter().map(|(id, _)| *id).chain(comparison.beside.iter().map(|one| one.model));
        cx.push(Action::WriteReport(ReportRequest {
            model: comparison.candidate,
            against: others.collect(),
            to: suggestion(project, comparison),
            pictures: state.pictures,
        }));
    }
    if let Some(written) = &project.reported {
        let tip = format!("{}, in this machine's browser", written.display());
        if Button::new("Open the report").tooltip(tip).ui(ui, theme).clicked() {
            cx.send(DeskCommand::Show(written.join("report.html")));
        }
    }
    if comparison.candidate_report.detection.is_none() {
        let tip = "Small pictures of the mistakes that the model was surest of go into the report: see to it that nothing \
                   written within them names anyone";
        ui.checkbox(&mut state.pictures, widgets::body(theme, "with pictures of mistakes")).on_hover_text(tip);
    }
}

/// Beside the project: `NAME-MODEL-report`.
fn suggestion(project: &ProjectView, comparison: &Comparison) -> PathBuf {
    let stem = project.path.file_stem().map_or_else(String::new, |stem| stem.to_string_lossy().into_owned());
    let model = phrases::file_name(&model_name(project, comparison.candidate));
    project.path.with_file_name(format!("{stem}-{model}-report"))
}

fn running(ui: &mut Ui, cx: &mut PanelContext<'_>, job: &JobView) {
    let theme = cx.theme;
    widgets::progress(ui, theme, "Progress of the report", job.progress, 140.0);
    let left = job.seconds_left.map(phrases::time_left).filter(|left| !left.is_empty());
    let text = match left {
        Some(left) => format!("{}: {}, {left}", job.name, job.message),
        None => format!("{}: {}", job.name, job.message),
    };
    ui.label(widgets::caption(theme, text));
    let cancel = Button::new("Cancel").name("Cancel the report").enabled(job.cancellable);
    if cancel.ui(ui, theme).clicked() {
        cx.send(DeskCommand::CancelJob(job.id));
    }
}
