//! Sweeps on the Train screen: a new one, those there are, their runs as a table and as parallel coordinates.

mod form;
mod parallel;

use crate::domain::{Metric, Recipe};
use crate::session::{DeskCommand, JobKind, JobView, ProjectCommand, ProjectView, SweepRow, SweepView, value_text};
use crate::ui::context::PanelContext;
use crate::ui::phrases;
use crate::ui::theme::{Theme, space};
use crate::ui::widgets::{self, Button, ButtonStyle, Cell, Column, Table};
use egui::Ui;
use std::sync::Arc;

/// What is chosen.
#[derive(Default)]
pub(super) struct State {
    form: form::State,
    /// The sweep that is shown; else the last.
    chosen: Option<String>,
    by: Option<Metric>,
    rows: Option<Rows>,
}

/// The rows of a sweep, worked out once for as long as its runs are the same: there may be thousands.
struct Rows {
    sweeps: Arc<Vec<SweepView>>,
    name: String,
    by: Metric,
    rows: Arc<Vec<SweepRow>>,
}

impl State {
    fn rows(&mut self, project: &ProjectView, sweep: &SweepView, by: Metric) -> Arc<Vec<SweepRow>> {
        if let Some(kept) = &self.rows
            && Arc::ptr_eq(&kept.sweeps, &project.sweeps)
            && (kept.name.as_str(), kept.by) == (sweep.name.as_str(), by)
        {
            return kept.rows.clone();
        }
        let rows = Arc::new(sweep.rows(by));
        let (sweeps, name) = (project.sweeps.clone(), sweep.name.clone());
        self.rows = Some(Rows { sweeps, name, by, rows: rows.clone() });
        rows
    }
}

/// Shows it.
pub(super) fn show(ui: &mut Ui, cx: &mut PanelContext<'_>, project: &ProjectView, recipe: &Recipe, state: &mut State) {
    let theme = cx.theme;
    let going = cx.view.jobs.iter().find(|job| job.kind == JobKind::Sweep).cloned();
    let training = project.training.as_ref().is_some_and(|training| training.running);
    let busy = match (&going, training) {
        (Some(_), _) => Some("A sweep is in progress: let it end, or cancel it and go on later."),
        (None, true) => Some("A run is in progress: stop it or let it end first."),
        (None, false) => None,
    };
    let original = project.recipes.iter().find(|known| known.name == recipe.name).unwrap_or(recipe);
    widgets::card(ui, theme, |ui| form::show(ui, cx, project, recipe, original, &mut state.form, busy));
    let Some(last) = project.sweeps.last() else {
        widgets::hint(
            ui,
            theme,
            "No sweep yet. Its runs are logged in the project, and one that was interrupted can be resumed.",
        );
        return;
    };
    let chosen = state.chosen.as_ref().and_then(|name| project.sweeps.iter().find(|sweep| sweep.name == *name));
    let sweep = chosen.unwrap_or(last);
    widgets::card(ui, theme, |ui| {
        head(ui, cx, project, sweep, going.as_ref(), busy, state);
        if let Some(why) = &sweep.problem {
            ui.add(egui::Label::new(widgets::body(theme, why).color(theme.error)).wrap());
            return;
        }
        let by = state.by.filter(|by| by.judges(sweep.answers)).unwrap_or(sweep.by);
        let rows = state.rows(project, sweep, by);
        if rows.is_empty() {
            widgets::hint(ui, theme, "No run is done yet.");
            return;
        }
        if sweep.axes.is_empty() {
            widgets::hint(ui, theme, "One setting with several seeds: there is nothing to lay beside each other.");
        } else {
            let under = parallel::show(ui, theme, sweep, &rows, by);
            widgets::plot::legend_entry(ui, "the best by its mean over the seeds", parallel::best_color(theme));
            table(theme, sweep, &rows, by, under).ui(ui, theme);
        }
        if sweep.axes.is_empty() {
            table(theme, sweep, &rows, by, None).ui(ui, theme);
        }
        for remark in &sweep.remarks {
            ui.add(egui::Label::new(widgets::caption(theme, remark)).wrap());
        }
    });
}

/// Which sweep, by which figure, and how it goes on.
fn head(
    ui: &mut Ui,
    cx: &mut PanelContext<'_>,
    project: &ProjectView,
    sweep: &SweepView,
    going: Option<&JobView>,
    busy: Option<&str>,
    state: &mut State,
) {
    let theme = cx.theme;
    ui.horizontal_wrapped(|ui| {
        ui.spacing_mut().item_spacing.x = space::S;
        widgets::drop_down(ui, theme, "Sweep", &sweep.name, 200.0, |ui| {
            for each in project.sweeps.iter() {
                if widgets::choice(ui, theme, &each.name, each.name == sweep.name) {
                    state.chosen = Some(each.name.clone());
                }
            }
        });
        let by = state.by.filter(|by| by.judges(sweep.answers)).unwrap_or(sweep.by);
        widgets::drop_down(ui, theme, "Ordered by", by.name(), 200.0, |ui| {
            for metric in sweep.figures() {
                if widgets::choice(ui, theme, metric.name(), metric == by) {
                    state.by = Some(metric);
                }
            }
        });
        let done = sweep.records.len();
        widgets::chip(ui, theme, "runs", &format!("{done} of {}", sweep.runs));
        match going.filter(|job| job.name == format!("Sweep {}", sweep.name)) {
            Some(job) => {
                widgets::progress(ui, theme, &job.name, job.progress, 140.0);
                if let Some(left) = job.seconds_left.map(phrases::time_left).filter(|left| !left.is_empty()) {
                    ui.label(widgets::caption(theme, left));
                }
                let cancel = Button::new("Cancel").name(format!("Cancel {}", job.name));
                if cancel.tooltip("What is done stays; it can go on later").ui(ui, theme).clicked() {
                    cx.send(DeskCommand::CancelJob(job.id));
                }
            }
            None if done < sweep.runs && sweep.problem.is_none() => {
                let on = Button::new("Go on")
                    .style(ButtonStyle::Primary)
                    .enabled(busy.is_none() && project.read_only.is_none());
                if on.name(format!("Go on with {}", sweep.name)).ui(ui, theme).clicked() {
                    cx.send(ProjectCommand::ContinueSweep(sweep.name.clone()));
                }
            }
            None => {}
        }
    });
}

fn table(theme: &Theme, sweep: &SweepView, rows: &[SweepRow], by: Metric, under: Option<usize>) -> Table {
    let short = |axis: &String| axis.rsplit('.').next().unwrap_or(axis).to_owned();
    let mut columns: Vec<Column> = sweep.axes.iter().map(|axis| Column::left(short(axis))).collect();
    columns.extend(["Runs", "Epochs"].map(Column::right));
    columns.extend([by.name(), "SD", "Least", "Most"].map(Column::right));
    // Grades have a kappa, other classes none.
    let measured = |metric: &Metric| rows.iter().any(|row| row.figures.contains_key(metric.key()));
    let others: Vec<Metric> = sweep.figures().filter(|metric| *metric != by && measured(metric)).collect();
    columns.extend(others.iter().map(|metric| Column::right(metric.head())));
    let lines = rows.iter().enumerate().map(|(at, row)| {
        let spread = row.figures.get(by.key());
        let mut cells: Vec<Cell> =
            sweep.axes.iter().map(|axis| Cell::new(value_text(row.settings.get(axis)))).collect();
        let failed = row.failed > 0;
        let runs = if failed { format!("{}, {} failed", row.runs, row.failed) } else { row.runs.to_string() };
        let runs = Cell::new(runs);
        cells.push(if failed { runs.color(theme.warning) } else { runs });
        cells.push(Cell::new(row.epochs.to_string()));
        let mean = phrases::figure(spread.map(|spread| spread.mean));
        cells.push(if at == 0 { Cell::strong(mean).color(theme.accent) } else { Cell::new(mean) });
        cells.push(Cell::new(phrases::figure(spread.and_then(|spread| spread.deviation))));
        cells.push(Cell::new(phrases::figure(spread.map(|spread| spread.least))));
        cells.push(Cell::new(phrases::figure(spread.map(|spread| spread.most))));
        cells.extend(others.iter().map(|m| Cell::new(phrases::figure(row.figures.get(m.key()).map(|s| s.mean)))));
        cells
    });
    Table { rows: lines.collect(), columns, pressable: false, chosen: under }
}
