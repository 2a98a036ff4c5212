//! A row a class, of models that give one class an image.

use super::finding;
use crate::domain::performance::{Better, FindingFigure};
use crate::session::{Comparison, ProjectView};
use crate::ui::context::PanelContext;
use crate::ui::phrases::{change, figure};
use crate::ui::widgets::{Cell, Column, Table};
use egui::Ui;

pub(super) fn per_class(ui: &mut Ui, cx: &PanelContext<'_>, project: &ProjectView, comparison: &Comparison) {
    let theme = cx.theme;
    let active = comparison.active.as_ref().map(|a| &a.1);
    let mut columns = vec![Column::yielding("Class"), Column::right("Images")];
    for name in ["Precision", "Sensitivity", "F1"] {
        columns.push(Column::right(name));
        if active.is_some() {
            columns.push(Column::right(""));
        }
    }
    let candidate = project.models.iter().find(|row| row.record.id == comparison.candidate);
    let run = candidate.and_then(|row| project.runs.iter().find(|run| Some(run.id) == row.record.run));
    let never = run.and_then(|run| run.facts.as_ref()).map(|facts| facts.never_shown()).unwrap_or_default();
    let never: Vec<String> = never.into_iter().map(|class| project.classes.name(class)).collect();
    let mut rows = Vec::new();
    let apart = comparison.difference.as_deref();
    for name in project.classes.names() {
        let class = name.clone();
        let now = comparison.candidate_report.per_class.get(&name);
        let before = active.and_then(|r| r.per_class.get(&name));
        let hint = "Precision: of the images called so, the share that is. Sensitivity: of those that are, the share that is \
                    called so. F1: the harmonic mean of both. A difference is grey where its 95 % interval holds 0";
        let hint =
            if never.contains(&name) { "No training image showed this class: the model never says it" } else { hint };
        let shown = if never.contains(&name) { format!("{name} (never learned)") } else { name };
        let mut row = vec![
            Cell::strong(shown).hint(hint),
            Cell::new(now.map_or(0, |m| m.support).to_string()).color(theme.muted),
        ];
        let values = |m: Option<&crate::domain::ClassMetrics>| {
            [m.and_then(|m| m.precision), m.and_then(|m| m.recall), m.and_then(|m| m.f1)]
        };
        let kinds = [FindingFigure::PositivePredictiveValue, FindingFigure::Sensitivity, FindingFigure::F1];
        for ((was, is), kind) in values(before).into_iter().zip(values(now)).zip(kinds) {
            row.push(Cell::new(figure(is)));
            if active.is_some() {
                let of_class = apart.and_then(|apart| apart.findings.iter().find(|finding| finding.name == class));
                let apart = of_class.and_then(|finding| finding.figure(kind));
                row.push(Cell::new(change(was, is)).color(finding::color_of(theme, apart, Better::Higher)));
            }
        }
        rows.push(row);
    }
    Table { columns, rows, pressable: false, chosen: None }.ui(ui, theme);
}
