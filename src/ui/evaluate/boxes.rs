//! What the Evaluate screen shows of models that draw boxes: COCO's figures, the score from which a box counts, and
//! each class.

use super::finding::{self, order_of};
use super::model_name;
use super::plots;
use super::tiles::tile;
use crate::domain::performance::{Better, BoxDifference, BoxFigure, BoxPerformance, Estimate};
use crate::domain::{BoxMetrics, DetectionReport, ModelId, NamedThresholds, ThresholdGoal};
use crate::session::{Apart, BoxEntrant, Comparison, Goal, Lineup, ProjectCommand, ProjectView, ThresholdChoice};
use crate::ui::context::PanelContext;
use crate::ui::phrases::{change, count, figure, plain};
use crate::ui::theme::{CONTROL_HEIGHT, Theme, space};
use crate::ui::widgets::{self, Button, Cell, Column, Table};
use egui::{Ui, Vec2};

/// What the screen remembers of thresholds.
pub(super) struct State {
    /// The model and the threshold that is being typed for it.
    typed: Option<(ModelId, f64)>,
    /// The share of boxes that should be found.
    sensitivity: f64,
    /// The class whose own threshold is chosen; `None` for that of all.
    class: Option<usize>,
    /// What was pressed last in a plot.
    picked: Option<plots::Picked>,
}

impl Default for State {
    fn default() -> Self {
        Self { typed: None, sensitivity: 0.9, class: None, picked: None }
    }
}

/// Figures of boxes of the compared models; the other one's where there is one that draws boxes, too.
pub(super) fn tiles(
    ui: &mut Ui,
    cx: &PanelContext<'_>,
    comparison: &Comparison,
    now: &DetectionReport,
    before: Option<&DetectionReport>,
) {
    ui.horizontal_wrapped(|ui| {
        ui.spacing_mut().item_spacing = Vec2::new(32.0, space::S);
        for figure in DetectionReport::FIGURES {
            tile(ui, cx, comparison, figure, (before, now));
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
    figures(ui, cx, project, comparison);
    widgets::card(ui, cx.theme, |ui| {
        widgets::section(ui, cx.theme, "By class");
        let differences = &comparison.boxes.differences;
        let apart = differences.iter().find(|(model, _)| *model == comparison.candidate).map(|(_, apart)| &**apart);
        per_class(ui, cx, project, now, before, apart);
    });
    let models: Vec<(String, plots::Model<'_>)> = order_of(comparison)
        .into_iter()
        .filter_map(|model| {
            let report = match comparison.beside.iter().find(|one| one.model == model) {
                Some(beside) => beside.report.detection.as_ref()?,
                None if model == comparison.candidate => now,
                None => before?,
            };
            let performance = comparison.boxes.performances.iter().find(|(id, _)| *id == model);
            let on = comparison.boxes.on.iter().find(|(id, _)| *id == model);
            let model_of = plots::Model {
                report,
                performance: performance.map(|(_, performance)| &**performance),
                on: on.map(|(_, on)| on.as_slice()).unwrap_or_default(),
            };
            Some((model_name(project, model), model_of))
        })
        .collect();
    let models: Vec<plots::Of<'_>> = models.iter().map(|(name, model)| (name.as_str(), *model)).collect();
    plots::show(ui, cx, project, &models, &mut state.picked);
}

/// Every figure with its interval, of all models, and how much each differs from the one it is compared with.
fn figures(ui: &mut Ui, cx: &PanelContext<'_>, project: &ProjectView, comparison: &Comparison) {
    let (theme, boxes) = (cx.theme, &comparison.boxes);
    let known: Vec<(ModelId, &BoxPerformance)> = order_of(comparison)
        .into_iter()
        .filter_map(|model| Some((model, &*boxes.performances.iter().find(|(id, _)| *id == model)?.1)))
        .collect();
    let Some((_, first)) = known.first() else {
        if cx.view.jobs.iter().any(|job| job.name == "Working out intervals") {
            widgets::card(ui, theme, |ui| ui.label(widgets::caption(theme, "Intervals are being worked out…")));
        }
        return;
    };
    let interval = || Column::right("95 % interval");
    let mut columns = vec![Column::yielding("Figure")];
    for (model, _) in &known {
        columns.extend([Column::right(model_name(project, *model)), interval()]);
        if boxes.differences.iter().any(|(id, _)| id == model) {
            columns.extend([Column::right("Difference"), interval()]);
        }
    }
    let row = |(figure, estimate): &(BoxFigure, Estimate)| {
        let mut row = vec![Cell::strong(figure.words().title).hint(finding::hint(figure.words().sentence, estimate))];
        for (model, performance) in &known {
            let none = || [Cell::new(""), Cell::new("")];
            row.extend(performance.figure(*figure).map_or_else(none, |one| finding::cells(theme, one)));
            if let Some((_, difference)) = boxes.differences.iter().find(|(id, _)| id == model) {
                let apart = difference.figure(*figure);
                row.extend(apart.map_or_else(none, |one| finding::apart(theme, one, Better::Higher)));
            }
        }
        row
    };
    let rows = first.figures.iter().map(row).collect();
    widgets::card(ui, theme, |ui| {
        widgets::section(ui, theme, "Figures of boxes with 95 % intervals");
        let drawn = match first.draws {
            0 => String::new(),
            draws => super::drawn([first.images, first.groups, draws], first.seed),
        };
        let images = count(first.images, "image", "images");
        let groups = super::of_groups(first.images, first.groups);
        let from = format!("boxes count from {:.2} on.", first.threshold);
        ui.label(widgets::caption(theme, format!("{images}{groups}; {from}{drawn}")));
        ui.add_space(space::S);
        Table { columns, rows, pressable: false, chosen: None }.ui(ui, theme);
        tests(ui, theme, project, comparison, &known);
    });
}

/// Whether the models differ by more than chance.
fn tests(
    ui: &mut Ui,
    theme: &Theme,
    project: &ProjectView,
    comparison: &Comparison,
    known: &[(ModelId, &BoxPerformance)],
) {
    let Some(active) = comparison.active.as_ref().map(|(id, _)| *id) else { return };
    let Some(reference) = known.iter().position(|(model, _)| *model == active) else { return };
    let names: Vec<String> = known.iter().map(|(model, _)| model_name(project, *model)).collect();
    let differences = &comparison.boxes.differences;
    let entrants: Vec<BoxEntrant<'_>> = known
        .iter()
        .zip(&names)
        .map(|((model, performance), name)| {
            let difference = differences.iter().find(|(id, _)| id == model).map(|(_, apart)| &**apart);
            BoxEntrant { name, performance, difference }
        })
        .collect();
    let lineup = Lineup::of_boxes(&entrants, (reference, Apart::FromReference));
    let mut said = Vec::new();
    for test in &lineup.tests {
        for (at, name) in lineup.models.iter().enumerate().filter(|(at, _)| *at != reference) {
            let (p, corrected) = (test.p.get(at).copied().flatten(), test.corrected.get(at).copied().flatten());
            if p.is_some() {
                said.push(format!("{name}, {}: {}", test.title, lineup.p_value(p, corrected)));
            }
        }
    }
    if !said.is_empty() {
        ui.add_space(space::S);
        let text = format!("{}. {}", said.join("; "), lineup.about_tests());
        ui.add(egui::Label::new(widgets::caption(theme, text)).wrap());
    }
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
    let names = project.classes.names();
    let class = state.class.filter(|class| names.len() > 1 && *class < names.len());
    let class_name = class.and_then(|class| names.get(class)).cloned();
    let row = super::model(project, model);
    let own = row.map(|row| &row.record.class_thresholds);
    let of_class = class_name.as_ref().and_then(|name| own?.get(name).copied());
    let in_force = of_class.unwrap_or(now.threshold);
    let mut value = state.typed.filter(|(of, _)| *of == model).map_or(in_force, |(_, value)| value);
    widgets::section(ui, theme, "Score threshold of boxes");
    if names.len() > 1 {
        whose(ui, theme, &names, own, state);
    }
    ui.horizontal_wrapped(|ui| {
        ui.label(widgets::body(theme, "Score of at least"));
        let field = egui::DragValue::new(&mut value).range(0.0..=1.0).speed(0.005).max_decimals(3);
        if widgets::drag_value(ui, field, "Threshold", Vec2::new(72.0, CONTROL_HEIGHT)).changed() {
            state.typed = Some((model, value));
        }
        let differs = (value - in_force).abs() > 1e-9 || (class.is_some() && of_class.is_none());
        let set = |threshold: Option<f64>| match &class_name {
            Some(class) => ProjectCommand::SetClassThreshold { model, class: class.clone(), threshold },
            None => ProjectCommand::SetThreshold { model, threshold },
        };
        let tip = "Keeps it with the model and counts again";
        if Button::new("Use it")
            .name("Use this threshold")
            .enabled(writable && differs)
            .tooltip(tip)
            .ui(ui, theme)
            .clicked()
        {
            cx.send(set(Some(value)));
            cx.send(ProjectCommand::Compare { candidate: model, active });
            state.typed = None;
        }
        if of_class.is_some() {
            let tip = "Its boxes count from the score of all classes again";
            if Button::new("As all").enabled(writable).tooltip(tip).ui(ui, theme).clicked() {
                cx.send(set(None));
                cx.send(ProjectCommand::Compare { candidate: model, active });
                state.typed = None;
            }
        }
        ui.add_space(space::L);
        ui.label(widgets::body(theme, "or choose it on the validation images for"));
        let mut choose = |ui: &mut Ui, text: &str, tip: &str, goal: ThresholdGoal| {
            if Button::new(text).enabled(writable).tooltip(tip).ui(ui, theme).clicked() {
                cx.send(ProjectCommand::ChooseThreshold(ThresholdChoice {
                    model,
                    class,
                    goal: Goal::Boxes(goal),
                    active,
                }));
                state.typed = None;
            }
        };
        choose(ui, "Best F1", "The best balance of precision and sensitivity", ThresholdGoal::F1);
        choose(ui, "No loss of mAP", "The highest that costs no mean average precision", ThresholdGoal::Map50);
        let wanted = ThresholdGoal::Sensitivity(state.sensitivity);
        choose(ui, "Sensitivity of", "The highest that finds at least this share of the boxes", wanted);
        widgets::number(ui, &mut state.sensitivity, "Wanted sensitivity", 0.05..=1.0, 0.01, 64.0);
    });
    if let Some(row) = row {
        let since = super::threshold::since(row, class_name.as_deref());
        ui.add(egui::Label::new(widgets::caption(theme, since)).wrap());
    }
}

/// Chooses for which class the threshold is: for all, or one class's own.
fn whose(ui: &mut Ui, theme: &Theme, names: &[String], own: Option<&NamedThresholds>, state: &mut State) {
    let said = |name: &String| match own.and_then(|own| own.get(name)) {
        Some(own) => format!("{name}, from {own:.2}"),
        None => format!("{name}, as all"),
    };
    let before = state.class;
    ui.horizontal(|ui| {
        ui.label(widgets::body(theme, "For"));
        let text = state.class.and_then(|class| names.get(class)).map_or_else(|| "all classes".to_owned(), said);
        let (response, _) = widgets::drop_down(ui, theme, "Class of the threshold", &text, 220.0, |ui| {
            if widgets::choice(ui, theme, "all classes", state.class.is_none()) {
                state.class = None;
            }
            for (class, name) in names.iter().enumerate() {
                if widgets::choice(ui, theme, &said(name), state.class == Some(class)) {
                    state.class = Some(class);
                }
            }
        });
        response.on_hover_text("A class can have a threshold of its own; every other counts from that of all classes");
    });
    if state.class != before {
        state.typed = None;
    }
    ui.add_space(space::S);
}

fn per_class(
    ui: &mut Ui,
    cx: &PanelContext<'_>,
    project: &ProjectView,
    now: &DetectionReport,
    before: Option<&DetectionReport>,
    apart: Option<&BoxDifference>,
) {
    let theme = cx.theme;
    let mut columns = vec![Column::yielding("Class"), Column::right("Boxes")];
    for name in ["AP@0.5", "AP"] {
        columns.push(Column::right(name));
        if before.is_some() {
            columns.push(Column::right(""));
        }
    }
    columns.extend(["Counts from", "Precision", "Sensitivity", "F1"].map(Column::right));
    let row = |name: String| {
        let is = now.per_class.get(&name);
        let was = before.and_then(|r| r.per_class.get(&name));
        let support = is.map_or(0, |m| m.support).to_string();
        let hint = "AP: precision averaged over sensitivities (COCO), with an overlap of a half, and over ten overlaps. \
                    Precision, sensitivity and F1 are of the boxes that count. A change is grey where its 95 % interval has 0 within";
        let apart = apart.and_then(|apart| apart.class(&name));
        let mut cells = vec![Cell::strong(name).hint(hint), Cell::new(support).color(theme.muted)];
        let [ap50, ap] = [apart.map(|apart| &apart.ap50), apart.map(|apart| &apart.ap)];
        let of_class = [(|m: &BoxMetrics| m.ap50) as fn(&BoxMetrics) -> Option<f64>, |m| m.ap];
        for (of, apart) in of_class.into_iter().zip([ap50, ap]) {
            cells.push(Cell::new(figure(is.and_then(of))));
            if before.is_some() {
                let color = finding::color_of(theme, apart, Better::Higher);
                let changed = Cell::new(change(was.and_then(of), is.and_then(of))).color(color);
                cells.push(match apart {
                    Some(apart) => {
                        let within = apart
                            .interval
                            .map(|[low, high]| format!(": 95 % interval {} to {}", plain(low), plain(high)));
                        let sentence = format!("How much the two differ{}.", within.unwrap_or_default());
                        changed.hint(finding::hint(&sentence, apart))
                    }
                    None => changed,
                });
            }
        }
        let from = is.and_then(|m| m.threshold).unwrap_or(now.threshold);
        cells.push(Cell::new(format!("{from:.2}")).color(theme.muted));
        cells.extend(
            [|m: &BoxMetrics| m.precision, |m: &BoxMetrics| m.recall, |m: &BoxMetrics| m.f1]
                .map(|of: fn(&BoxMetrics) -> f64| Cell::new(figure(is.map(of)))),
        );
        cells
    };
    let rows = project.classes.names().into_iter().map(row).collect();
    Table { columns, rows, pressable: false, chosen: None }.ui(ui, theme);
}
