//! How far the scores of boxes can be believed as the share that is right, and calibrating them.

use super::model;
use crate::domain::ModelId;
use crate::domain::calibration::BoxCalibration;
use crate::session::{ProjectCommand, ProjectView};
use crate::ui::context::PanelContext;
use crate::ui::phrases;
use crate::ui::theme::{Theme, space};
use crate::ui::widgets::{self, Button, Cell, Column, Table};
use egui::Ui;

/// Shows it for a model that draws boxes.
pub(super) fn show(
    ui: &mut Ui,
    cx: &mut PanelContext<'_>,
    project: &ProjectView,
    candidate: ModelId,
    active: Option<ModelId>,
) {
    let theme = cx.theme;
    let Some(row) = model(project, candidate) else { return };
    let writable = project.read_only.is_none() && project.counts.splits[1] > 0;
    let scores = row.record.scores;
    widgets::card(ui, theme, |ui| {
        widgets::section(ui, theme, "Calibration of scores");
        ui.horizontal_wrapped(|ui| {
            ui.spacing_mut().item_spacing.x = space::S;
            let now = match scores {
                Some(map) => format!(
                    "Its scores are calibrated, by {} of the validation images.",
                    phrases::count(map.boxes, "box", "boxes")
                ),
                None => "Its own scores are used.".to_owned(),
            };
            ui.label(widgets::body(theme, now));
            let tip = "Fits three numbers on the validation images that make a score the share of right boxes among those of \
                       that score (beta calibration). The order of the boxes stays, and the same boxes count. Ctrl+Z takes \
                       it back";
            if Button::new("Calibrate scores").enabled(writable).tooltip(tip).ui(ui, theme).clicked() {
                cx.send(ProjectCommand::Calibrate { model: candidate, active });
            }
            let back = Button::new("Its own scores").enabled(writable && scores.is_some());
            if back.tooltip("Takes the calibration away").ui(ui, theme).clicked() {
                cx.send(ProjectCommand::Uncalibrate { model: candidate, active });
            }
        });
        if let Some(seen) = project.box_calibration.as_deref() {
            figures(ui, theme, seen);
        }
    });
}

/// Before and after, where they are calibrated.
fn figures(ui: &mut Ui, theme: &Theme, seen: &BoxCalibration) {
    ui.add_space(space::S);
    let boxes = phrases::count(seen.boxes, "box", "boxes");
    ui.label(widgets::caption(theme, format!("{boxes} on the test images, {} of them right", seen.right)));
    let number = |value: Option<f64>| match value {
        Some(value) => Cell::strong(phrases::plain(value)),
        None => Cell::new("not defined").color(theme.muted),
    };
    let mut columns = vec![Column::yielding("Figure of the scores"), Column::right("Its own")];
    if seen.calibrated.is_some() {
        columns.push(Column::right("Calibrated"));
    }
    columns.push(Column::right(""));
    let now = seen.calibrated.as_ref().map(|figures| figures.rows());
    let row = |(at, (title, own)): (usize, (&str, Option<f64>))| {
        let mut cells = vec![Cell::strong(title), number(own)];
        if let Some((_, value)) = now.as_ref().and_then(|rows| rows.get(at)) {
            cells.push(number(*value));
        }
        cells.push(Cell::new("lower is better").color(theme.muted));
        cells
    };
    let rows = seen.own.rows().into_iter().enumerate().map(row).collect();
    Table { columns, rows, pressable: false, chosen: None }.ui(ui, theme);
}
