//! Where an image may have several findings: how far the AUROC of each falls at most, and which one stands beside the mean in the
//! plots.

use crate::domain::Robustness;
use crate::ui::context::PanelContext;
use crate::ui::evaluate::finding::is_shown;
use crate::ui::phrases;
use crate::ui::theme::{Theme, space};
use crate::ui::widgets::{self, Cell, Column, Table};
use egui::Ui;

/// Shows what was measured of each finding; nothing where images have one class each.
pub(super) fn show(ui: &mut Ui, cx: &PanelContext<'_>, measured: &[&Robustness], chosen: &mut Option<String>) {
    let theme = cx.theme;
    let names: Vec<&str> = measured.first().map(|one| one.findings()).unwrap_or_default();
    chosen.take_if(|name| !names.contains(&name.as_str()));
    if names.is_empty() {
        return;
    }
    widgets::card(ui, theme, |ui| {
        widgets::section(ui, theme, "Robustness by finding");
        let text = "The AUROC of each finding on the unchanged pictures, and how far it falls at most; in colour where the \
                    interval of the fall leaves 0 out. Choose one to see it beside the mean in the plots.";
        ui.add(egui::Label::new(widgets::caption(theme, text)).wrap());
        ui.add_space(space::S);
        let mut choices = vec!["Mean alone"];
        choices.extend(&names);
        let at = chosen.as_ref().and_then(|name| names.iter().position(|one| one == name)).map_or(0, |at| at + 1);
        if let Some(pressed) = widgets::segmented(ui, theme, &choices, Some(at)) {
            *chosen = pressed.checked_sub(1).and_then(|at| names.get(at)).map(|name| (*name).to_owned());
        }
        ui.add_space(space::S);
        let mut columns = vec![Column::yielding("Finding"), Column::right("Unchanged")];
        columns.extend(measured.iter().map(|one| Column::right(one.kind.title())));
        let rows = names.iter().map(|name| row(theme, measured, name)).collect();
        Table { columns, rows, pressable: false, chosen: None }.ui(ui, theme);
    });
}

fn row(theme: &Theme, measured: &[&Robustness], finding: &str) -> Vec<Cell> {
    let unchanged = measured.iter().find_map(|one| {
        let point = one.unchanged()?;
        point.findings.iter().find(|of| of.finding == finding)
    });
    let first = match unchanged.map(|of| &of.value) {
        Some(estimate) if estimate.value.is_some() => Cell::strong(phrases::figure(estimate.value)),
        Some(estimate) => Cell::new("not defined").color(theme.muted).hint(estimate.why.clone().unwrap_or_default()),
        None => Cell::new(""),
    };
    let mut row = vec![Cell::strong(finding.to_owned()), first];
    row.extend(measured.iter().map(|one| fall(theme, one, finding)));
    row
}

/// The largest fall in one way, with the strength and the interval on hover.
fn fall(theme: &Theme, of: &Robustness, finding: &str) -> Cell {
    let Some((at, worst)) = of.worst_of(finding) else { return Cell::new("") };
    let Some(drop) = &worst.drop else { return Cell::new("") };
    let Some(value) = drop.value else { return Cell::new("") };
    if value <= 0.0 {
        return Cell::new("no fall").color(theme.muted);
    }
    let interval = match drop.interval {
        Some([low, high]) => {
            format!("95 % interval of the fall {} to {}", phrases::plain(low), phrases::plain(high))
        }
        None => drop.why.clone().unwrap_or_default(),
    };
    let color = if is_shown(Some(drop)) { theme.error } else { theme.muted };
    let says = of.kind.says(at);
    let then = phrases::figure(worst.value.value);
    Cell::new(format!("−{} at {says}", phrases::plain(value)))
        .color(color)
        .hint(format!("{finding}: {then} at {says}; {interval}"))
}
