//! More than two models side by side: each with the figures that matter most, how much it differs from the one they are
//! measured by, and the tests.

use super::finding::{self, order_of};
use super::model_name;
use crate::domain::ModelId;
use crate::domain::performance::Estimate;
use crate::session::{Apart, Comparison, Entrant, Lineup, LineupFigure, LineupTest, ProjectView};
use crate::ui::phrases;
use crate::ui::theme::{Theme, space};
use crate::ui::widgets::{self, Cell, Column, Table};
use egui::Ui;

/// The figures that there is room for, each with its test.
const SHOWN: [(&str, &str); 2] = [("AUROC", "p (DeLong)"), ("Accuracy", "p (McNemar)")];

/// The table of all models; nothing where there are not more than two, or their figures are still being worked out.
pub(super) fn show(ui: &mut Ui, theme: &Theme, project: &ProjectView, comparison: &Comparison, finding: Option<usize>) {
    if comparison.beside.is_empty() {
        return;
    }
    let names: Vec<(ModelId, String)> =
        order_of(comparison).into_iter().map(|model| (model, model_name(project, model))).collect();
    let entrants: Vec<Entrant<'_>> =
        names.iter().filter_map(|(model, name)| entrant(comparison, *model, name)).collect();
    if entrants.len() < names.len() {
        return;
    }
    let chosen = finding.or_else(|| entrants.first().map(|one| one.performance.main_finding())).unwrap_or(0);
    let lineup = Lineup::new(&entrants, (usize::from(comparison.active.is_some()), Apart::FromReference), chosen);
    widgets::card(ui, theme, |ui| {
        let of = lineup.figures.first().and_then(|figure| figure.finding.clone()).unwrap_or_default();
        widgets::section(ui, theme, &format!("Models side by side · {of}"));
        table(ui, theme, &lineup);
        ui.add_space(space::S);
        ui.add(egui::Label::new(widgets::caption(theme, format!("{}. {}", lineup.basis, lineup.about_tests()))).wrap());
    });
}

fn entrant<'a>(comparison: &'a Comparison, model: ModelId, name: &'a str) -> Option<Entrant<'a>> {
    let performance = comparison.performances.iter().find(|(id, _)| *id == model).map(|(_, one)| &**one)?;
    let beside = comparison.beside.iter().find(|one| one.model == model);
    let difference = match beside {
        Some(beside) => beside.difference.as_deref(),
        None => comparison.difference.as_deref().filter(|_| model == comparison.candidate),
    };
    Some(Entrant { name, performance, difference })
}

fn table(ui: &mut Ui, theme: &Theme, of: &Lineup) {
    let shown: Vec<(&LineupFigure, Option<&LineupTest>)> = SHOWN
        .iter()
        .filter_map(|(title, test)| {
            let figure = of.figures.iter().find(|figure| figure.title == *title)?;
            Some((figure, of.tests.iter().find(|one| one.title == *test)))
        })
        .collect();
    let mut columns = vec![Column::yielding("Model")];
    for (figure, test) in &shown {
        let interval = || Column::right("95 % interval");
        columns.extend([Column::right(figure.title), interval(), Column::right("Difference"), interval()]);
        columns.extend(test.map(|test| Column::right(test.title)));
    }
    let row = |(at, name): (usize, &String)| {
        let mut row = vec![Cell::strong(name.clone()).hint(hint(of, at))];
        for (figure, test) in &shown {
            let none = || [Cell::new(""), Cell::new("")];
            row.extend(figure.values.get(at).map_or_else(none, |one| finding::cells(theme, one)));
            let apart = figure.apart.get(at).and_then(Option::as_ref);
            row.extend(apart.map_or_else(none, |one| finding::apart(theme, one, figure.better)));
            let test = test.filter(|_| at != of.reference);
            let p = test.map(|test| {
                let of_model = |list: &[Option<f64>]| list.get(at).copied().flatten();
                of.p_value(of_model(&test.p), of_model(&test.corrected))
            });
            row.push(Cell::new(p.unwrap_or_default()).color(theme.muted));
        }
        row
    };
    let rows = of.models.iter().enumerate().map(row).collect();
    Table { columns, rows, pressable: false, chosen: None }.ui(ui, theme);
}

/// Every other figure of a model, a line each, and what the shown ones say.
fn hint(of: &Lineup, at: usize) -> String {
    let said = |estimate: &Estimate| match (estimate.value, estimate.interval) {
        (None, _) => "not defined".to_owned(),
        (Some(value), None) => phrases::plain(value),
        (Some(value), Some([low, high])) => {
            format!("{} ({} to {})", phrases::plain(value), phrases::plain(low), phrases::plain(high))
        }
    };
    let line = |figure: &LineupFigure| {
        let is_shown = SHOWN.iter().any(|(title, _)| *title == figure.title);
        let sentence = if is_shown { format!(". {}", figure.sentence) } else { String::new() };
        Some(format!("{} {}{sentence}", figure.title, said(figure.values.get(at)?)))
    };
    of.figures.iter().filter_map(line).collect::<Vec<_>>().join("\n")
}
