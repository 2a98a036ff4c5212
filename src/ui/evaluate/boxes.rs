//! What the Evaluate screen shows of models that draw boxes: COCO's figures, the score from which a box counts, and
//! each class.

use super::plots;
use super::{model_name, tile};
use crate::domain::{BoxMetrics, DetectionReport, ModelId, ThresholdGoal};
use crate::session::{Comparison, Goal, ProjectCommand, ProjectView, ThresholdChoice};
use crate::ui::context::PanelContext;
use crate::ui::phrases::{change, figure};
use crate::ui::theme::{CONTROL_HEIGHT, space};
use crate::ui::widgets::{self, Button, Cell, Column, Table};
use egui::{Ui, Vec2};

/// What the screen remembers of thresholds.
pub(super) struct State {
    /// The model and the threshold that is being typed for it.
    typed: Option<(ModelId, f64)>,
    /// The share of boxes that should be found.
    sensitivity: f64,
}

impl Default for State {
    fn default() -> Self {
        Self { typed: None, sensitivity: 0.9 }
    }
}

/// Figures of boxes of the compared models; the other one's where there is one that draws boxes, too.
pub(super) fn tiles(ui: &mut Ui, cx: &PanelContext<'_>, now: &DetectionReport, before: Option<&DetectionReport>) {
    ui.horizontal_wrapped(|ui| {
        ui.spacing_mut().item_spacing = Vec2::new(32.0, space::S);
        for figure in DetectionReport::FIGURES {
            tile(ui, cx, figure, before, now);
        }
    });
    ui.label(widgets::faint(
        cx.theme,
        format!(
            "Averages are COCO's, over all scores. Precision, sensitivity and F1: boxes with a score of at least {:.2} that overlap a true one by half (IoU 0.5).",
            now.threshold
        ),
    ));
}

/// The cards below the headline.
pub(super) fn show(
    ui: &mut Ui,
    cx: &mut PanelContext<'_>,
    project: &ProjectView,
    comparison: &Comparison,
    now: &DetectionReport,
    state: &mut State,
) {
    let before = comparison.active.as_ref().and_then(|(_, report)| report.detection.as_ref());
    widgets::card(ui, cx.theme, |ui| threshold(ui, cx, project, comparison, now, state));
    widgets::card(ui, cx.theme, |ui| {
        widgets::section(ui, cx.theme, "By class");
        per_class(ui, cx, project, now, before);
    });
    let name = model_name(project, comparison.candidate);
    let other = comparison.active.as_ref().map(|(id, _)| model_name(project, *id));
    let further: Vec<(String, &DetectionReport)> = comparison
        .beside
        .iter()
        .filter_map(|one| Some((model_name(project, one.model), one.report.detection.as_ref()?)))
        .collect();
    let models: Vec<plots::Of<'_>> = std::iter::once((name.as_str(), now))
        .chain(other.as_deref().zip(before))
        .chain(further.iter().map(|(name, report)| (name.as_str(), *report)))
        .collect();
    plots::show(ui, cx, project, &models);
}

/// Choosing the score from which a box counts.
fn threshold(
    ui: &mut Ui,
    cx: &mut PanelContext<'_>,
    project: &ProjectView,
    comparison: &Comparison,
    now: &DetectionReport,
    state: &mut State,
) {
    let theme = cx.theme;
    let model = comparison.candidate;
    let active = comparison.active.as_ref().map(|(id, _)| *id);
    let writable = project.read_only.is_none();
    let mut value = state.typed.filter(|(of, _)| *of == model).map_or(now.threshold, |(_, value)| value);
    widgets::section(ui, theme, "From which score a box counts");
    ui.horizontal_wrapped(|ui| {
        ui.label(widgets::body(theme, "Score of at least"));
        let field = egui::DragValue::new(&mut value).range(0.0..=1.0).speed(0.005).max_decimals(3);
        if widgets::drag_value(ui, field, "Threshold", Vec2::new(72.0, CONTROL_HEIGHT)).changed() {
            state.typed = Some((model, value));
        }
        let differs = (value - now.threshold).abs() > 1e-9;
        let tip = "Keeps it with the model and counts anew";
        if Button::new("Use it")
            .name("Use this threshold")
            .enabled(writable && differs)
            .tooltip(tip)
            .ui(ui, theme)
            .clicked()
        {
            cx.send(ProjectCommand::SetThreshold { model, threshold: Some(value) });
            cx.send(ProjectCommand::Compare { candidate: model, active });
            state.typed = None;
        }
        ui.add_space(space::L);
        ui.label(widgets::body(theme, "or choose it on the validation images for"));
        let mut choose = |ui: &mut Ui, text: &str, tip: &str, goal: ThresholdGoal| {
            if Button::new(text).enabled(writable).tooltip(tip).ui(ui, theme).clicked() {
                cx.send(ProjectCommand::ChooseThreshold(ThresholdChoice { model, goal: Goal::Boxes(goal), active }));
                state.typed = None;
            }
        };
        choose(ui, "Best F1", "The best balance of precision and sensitivity", ThresholdGoal::F1);
        choose(ui, "All of mAP", "The highest that costs no mean average precision", ThresholdGoal::Map50);
        let wanted = ThresholdGoal::Sensitivity(state.sensitivity);
        choose(ui, "Sensitivity of", "The highest that finds at least this share of the boxes", wanted);
        widgets::number(ui, &mut state.sensitivity, "Wanted sensitivity", 0.05..=1.0, 0.01, 64.0);
    });
}

fn per_class(
    ui: &mut Ui,
    cx: &PanelContext<'_>,
    project: &ProjectView,
    now: &DetectionReport,
    before: Option<&DetectionReport>,
) {
    let theme = cx.theme;
    let mut columns = vec![Column::growing("Class"), Column::right("Boxes")];
    for name in ["AP@0.5", "AP"] {
        columns.push(Column::right(name));
        if before.is_some() {
            columns.push(Column::right(""));
        }
    }
    columns.extend(["Precision", "Sensitivity", "F1"].map(Column::right));
    let row = |name: String| {
        let is = now.per_class.get(&name);
        let was = before.and_then(|r| r.per_class.get(&name));
        let support = is.map_or(0, |m| m.support).to_string();
        let mut cells = vec![Cell::strong(name), Cell::new(support).color(theme.muted)];
        for of in [|m: &BoxMetrics| m.ap50, |m: &BoxMetrics| m.ap] {
            cells.push(Cell::new(figure(is.and_then(of))));
            if before.is_some() {
                let by = change(was.and_then(of), is.and_then(of));
                let color = match by.chars().next() {
                    Some('+') => theme.truth,
                    Some('−') => theme.error,
                    _ => theme.muted,
                };
                cells.push(Cell::new(by).color(color));
            }
        }
        cells.extend(
            [|m: &BoxMetrics| m.precision, |m: &BoxMetrics| m.recall, |m: &BoxMetrics| m.f1]
                .map(|of: fn(&BoxMetrics) -> f64| Cell::new(figure(is.map(of)))),
        );
        cells
    };
    let rows = project.classes.names().into_iter().map(row).collect();
    Table { columns, rows, pressable: false, chosen: None }.ui(ui, theme);
}
