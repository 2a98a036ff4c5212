//! Figures of one finding with their intervals, of one model or of two beside each other.

use super::curves::{self, Shown};
use super::model_name;
use crate::domain::performance::{Estimate, FindingPerformance, Performance};
use crate::session::{Comparison, ProjectView};
use crate::ui::context;
use crate::ui::phrases;
use crate::ui::theme::{Theme, space};
use crate::ui::widgets::{self, Cell, Column, Table};
use egui::Ui;
use std::sync::Arc;

/// Which finding is shown.
#[derive(Default)]
pub struct State {
    /// The one that matters most where nobody chose.
    finding: Option<usize>,
}

/// Shows what is worked out of the models that are compared, the candidate first.
pub(super) fn show(
    ui: &mut Ui,
    cx: &context::Ui<'_>,
    project: &ProjectView,
    comparison: &Comparison,
    state: &mut State,
) {
    let theme = cx.theme;
    let of = |id| comparison.performances.iter().find(|(model, _)| *model == id).map(|(_, performance)| performance);
    let Some(now) = of(comparison.candidate) else {
        if cx.view.jobs.iter().any(|job| job.name == "Working out intervals") {
            widgets::card(ui, theme, |ui| ui.label(widgets::caption(theme, "Intervals are being worked out…")));
        }
        return;
    };
    let before = comparison.active.as_ref().and_then(|(id, _)| Some((*id, of(*id)?)));
    let names: Vec<&str> = now.findings.iter().map(|finding| finding.name.as_str()).collect();
    let chosen = state.finding.filter(|at| *at < names.len()).unwrap_or_else(|| now.main_finding());
    let Some(finding) = now.findings.get(chosen) else { return };
    let earlier = before.and_then(|(id, performance)| Some((id, performance.findings.get(chosen)?)));
    let name = model_name(project, comparison.candidate);
    let other = earlier.map(|(id, _)| model_name(project, id));
    widgets::card(ui, theme, |ui| {
        widgets::section(ui, theme, &format!("Figures with 95 % intervals · {}", finding.name));
        if names.len() > 1 {
            if let Some(pressed) = widgets::segmented(ui, theme, &names, Some(chosen)) {
                state.finding = Some(pressed);
            }
            ui.add_space(space::S);
        }
        ui.label(widgets::caption(theme, basis(now, finding)));
        ui.add_space(space::S);
        table(ui, theme, (&name, finding), other.as_deref().zip(earlier.map(|(_, finding)| finding)));
        overall(ui, theme, now, before.map(|(_, performance)| performance));
    });
    let mut models = vec![Shown { name: &name, color: theme.accent, finding }];
    if let (Some(name), Some((_, finding))) = (&other, earlier) {
        models.push(Shown { name, color: theme.muted, finding });
    }
    curves::show(ui, theme, &models);
}

/// What the figures are of.
fn basis(performance: &Performance, finding: &FindingPerformance) -> String {
    let images = phrases::count(performance.images, "image", "images");
    let groups = phrases::count(performance.groups, "patient or group", "patients or groups");
    let called = match finding.threshold {
        Some(threshold) => format!("called from {threshold:.2} on"),
        None => "called where most probable".to_owned(),
    };
    let drawn = match performance.draws {
        0 => String::new(),
        draws => format!(" Groups were drawn {} times (seed {}).", phrases::thousands(draws), performance.seed),
    };
    format!("{images} of {groups}: {} with it, {} without; {called}.{drawn}", finding.positives, finding.negatives)
}

fn table(
    ui: &mut Ui,
    theme: &Theme,
    (name, finding): (&str, &FindingPerformance),
    other: Option<(&str, &FindingPerformance)>,
) {
    let mut columns = vec![Column::growing("Figure"), Column::right(name), Column::right("95 % interval")];
    if let Some((other, _)) = other {
        columns.extend([Column::right(other), Column::right("95 % interval")]);
    }
    let rows = finding.figures.iter().map(|(figure, estimate)| {
        let words = figure.words();
        let mut row = vec![Cell::strong(words.title).hint(hint(words.sentence, estimate))];
        row.extend(cells(theme, estimate));
        if let Some((_, finding)) = other {
            row.extend(finding.figure(*figure).map_or_else(|| [Cell::new(""), Cell::new("")], |e| cells(theme, e)));
        }
        row
    });
    let rows = rows.collect();
    Table { columns, rows, pressable: false, chosen: None }.ui(ui, theme);
}

/// The figures of all classes together.
fn overall(ui: &mut Ui, theme: &Theme, now: &Arc<Performance>, before: Option<&Arc<Performance>>) {
    ui.add_space(space::M);
    widgets::section(ui, theme, "All classes together");
    let mut columns = vec![Column::growing("Figure"), Column::right("now"), Column::right("95 % interval")];
    if before.is_some() {
        columns.extend([Column::right("before"), Column::right("95 % interval")]);
    }
    let rows = now.overall.iter().map(|(figure, estimate)| {
        let words = figure.words();
        let mut row = vec![Cell::strong(words.title).hint(hint(words.sentence, estimate))];
        row.extend(cells(theme, estimate));
        if let Some(before) = before {
            let same = before.overall.iter().find(|(other, _)| other == figure);
            row.extend(same.map_or_else(|| [Cell::new(""), Cell::new("")], |(_, e)| cells(theme, e)));
        }
        row
    });
    let rows = rows.collect();
    Table { columns, rows, pressable: false, chosen: None }.ui(ui, theme);
}

fn hint(sentence: &str, estimate: &Estimate) -> String {
    estimate.why.as_ref().map_or_else(|| sentence.to_owned(), |why| format!("{sentence}\nHere {why}."))
}

/// A value and its interval.
fn cells(theme: &Theme, estimate: &Estimate) -> [Cell; 2] {
    let value = match estimate.value {
        Some(value) => Cell::strong(phrases::plain(value)),
        None => Cell::new("not defined").color(theme.muted),
    };
    let interval = match estimate.interval {
        Some([low, high]) => format!("{} to {}", phrases::plain(low), phrases::plain(high)),
        None => String::new(),
    };
    [value, Cell::new(interval).color(theme.muted)]
}
