//! What Evaluate shows of models that answer with findings: the figures of all together, and a table of each.

use super::finding;
use super::tiles::tile;
use crate::domain::performance::{Better, FindingFigure};
use crate::domain::{ClassificationReport, FindingMetrics, FindingsReport};
use crate::session::{Comparison, ProjectView};
use crate::ui::context::PanelContext;
use crate::ui::phrases::{change, count, figure};
use crate::ui::theme::space;
use crate::ui::widgets::{self, Cell, Column, Table};
use egui::{Ui, Vec2};

/// The figures of all findings, large.
pub(super) fn tiles(
    ui: &mut Ui,
    cx: &PanelContext<'_>,
    comparison: &Comparison,
    now: &FindingsReport,
    before: Option<&ClassificationReport>,
) {
    ui.horizontal_wrapped(|ui| {
        ui.spacing_mut().item_spacing = Vec2::new(36.0, space::S);
        let before = before.and_then(|report| report.findings.as_ref());
        for shown in FindingsReport::FIGURES.iter().filter(|shown| (shown.of)(now).is_some()) {
            tile(ui, cx, comparison, shown, (before, now));
        }
    });
    ui.add_space(space::S);
    let mut text = format!(
        "Figures of whole images are of the {} on which every finding was looked at.",
        count(now.complete, "image", "images")
    );
    if now.nothing_to_rank > 0 {
        text.push_str(&format!(
            " On {} of them none or all are present: they count as ranked without a mistake.",
            now.nothing_to_rank
        ));
    }
    ui.add(egui::Label::new(widgets::caption(cx.theme, text)).wrap());
}

/// A row a finding.
pub(super) fn table(ui: &mut Ui, cx: &PanelContext<'_>, project: &ProjectView, comparison: &Comparison) {
    let theme = cx.theme;
    let Some(now) = comparison.candidate_report.findings.as_ref() else { return };
    let before = comparison.active.as_ref().and_then(|(_, report)| report.findings.as_ref());
    let mut columns = vec![
        Column::yielding("Finding"),
        Column::right("Present"),
        Column::right("Absent"),
        Column::right("Not known"),
        Column::right("From"),
    ];
    for name in ["AUROC", "AP", "Sensitivity", "Specificity", "F1"] {
        columns.push(Column::right(name));
        if before.is_some() {
            columns.push(Column::right(""));
        }
    }
    let row = |(name, of): (&String, &FindingMetrics)| {
        let was = before.and_then(|before| before.per_finding.get(name));
        let hint = "Images on which it is present, absent, and not assessed or uncertain; it is said to be present from this \
                    probability on. A difference is grey where its 95 % interval holds 0";
        let mut row = vec![
            Cell::strong(name.clone()).hint(hint),
            Cell::new(of.positives.to_string()).color(theme.muted),
            Cell::new(of.negatives.to_string()).color(theme.muted),
            Cell::new(of.not_known.to_string()).color(theme.muted),
            Cell::new(format!("{:.2}", of.threshold)).color(theme.muted),
        ];
        let values = |of: Option<&FindingMetrics>| {
            let of = |value: fn(&FindingMetrics) -> Option<f64>| of.and_then(value);
            [
                of(|of| of.auroc),
                of(|of| of.average_precision),
                of(|of| of.sensitivity),
                of(|of| of.specificity),
                of(|of| of.f1),
            ]
        };
        let kinds = [
            FindingFigure::Auroc,
            FindingFigure::AveragePrecision,
            FindingFigure::Sensitivity,
            FindingFigure::Specificity,
            FindingFigure::F1,
        ];
        let apart = comparison.difference.as_deref();
        for ((was, is), kind) in values(was).into_iter().zip(values(Some(of))).zip(kinds) {
            row.push(Cell::new(figure(is)));
            if before.is_some() {
                let of_finding = apart.and_then(|apart| apart.findings.iter().find(|finding| finding.name == *name));
                let apart = of_finding.and_then(|finding| finding.figure(kind));
                row.push(Cell::new(change(was, is)).color(finding::color_of(theme, apart, Better::Higher)));
            }
        }
        row
    };
    let known = now.per_finding.iter().filter(|(name, _)| project.classes.index_of(name).is_some());
    Table { columns, rows: known.map(row).collect(), pressable: false, chosen: None }.ui(ui, theme);
}
