//! How far the probabilities of the model that is judged can be believed, calibrating them, and letting it say that it is not
//! sure; and, before the test split is opened, choosing a threshold.

mod findings;

pub(super) use findings::show as show_findings;

use super::{model, threshold};
use crate::domain::ModelId;
use crate::domain::calibration::Calibration;
use crate::domain::performance::main_class;
use crate::session::{ProjectCommand, ProjectView};
use crate::ui::context::PanelContext;
use crate::ui::fonts;
use crate::ui::phrases;
use crate::ui::theme::{Theme, space};
use crate::ui::widgets::{self, Button, Cell, Column, Table};
use egui::Ui;

/// What is typed.
pub struct State {
    /// The share of answers that may miss the truth, in percent.
    miss: f64,
    /// Of the threshold, before the test split is opened.
    threshold: threshold::Typed,
    /// Of more than two classes the one whose threshold is chosen then.
    class: Option<usize>,
}

impl Default for State {
    fn default() -> Self {
        Self { miss: 10.0, threshold: threshold::Typed::default(), class: None }
    }
}

/// Shows what is decided about the probabilities of a classifier, beside how it does on the test images.
pub(super) fn show(
    ui: &mut Ui,
    cx: &mut PanelContext<'_>,
    project: &ProjectView,
    [candidate, active]: [Option<ModelId>; 2],
    state: &mut State,
) {
    let theme = cx.theme;
    let Some(row) = candidate.and_then(|id| model(project, id)) else { return };
    let record = &row.record;
    let of = Asked { model: record.id, active, writable: writable(project) };
    let seen = project.calibration.as_deref();
    widgets::card(ui, theme, |ui| {
        widgets::section(ui, theme, "Calibration and “not sure”");
        let now = match record.temperature {
            Some(temperature) => format!("Its probabilities are calibrated, by a temperature of {temperature:.3}."),
            None => "Its own probabilities are used.".to_owned(),
        };
        let tip = "Fits one number on the validation images that makes the probabilities as sure as they should be. The \
                   same images are called. Ctrl+Z takes it back";
        calibrate(ui, cx, of, (now, tip), record.temperature.is_some());
        if let Some(seen) = seen {
            figures(ui, theme, seen);
        }
        ui.add_space(space::M);
        let now = match record.answers {
            Some(rule) => format!(
                "It may name several classes, so that at most {:.1} % of its answers miss the truth.",
                100.0 * rule.miss
            ),
            None => "It answers with one class, however unsure it is.".to_owned(),
        };
        let tip = "Chooses on the validation images from which probability a class belongs to the answer. An image with \
                   several classes in its answer is “not sure”; Review sorts and filters by that";
        let back = ("One class an image", "It answers with one class again", record.answers.is_some());
        not_sure(ui, cx, of, (now, tip), back, &mut state.miss);
        if let Some(answers) = seen.and_then(|seen| seen.answers.as_ref()) {
            let text = format!("Test images: {}", answers.sentence());
            ui.add(egui::Label::new(widgets::caption(theme, text)).wrap());
        }
    });
}

/// Whose probabilities and answers are decided about, beside which model it is judged, and whether that can be.
#[derive(Clone, Copy)]
struct Asked {
    model: ModelId,
    active: Option<ModelId>,
    writable: bool,
}

/// Whether something can be chosen on the validation images.
fn writable(project: &ProjectView) -> bool {
    project.read_only.is_none() && project.counts.splits[1] > 0
}

/// How probabilities are calibrated `now`, and the ways to change it.
fn calibrate(
    ui: &mut Ui,
    cx: &mut PanelContext<'_>,
    Asked { model, active, writable }: Asked,
    (now, tip): (String, &str),
    calibrated: bool,
) {
    let theme = cx.theme;
    ui.horizontal_wrapped(|ui| {
        ui.spacing_mut().item_spacing.x = space::S;
        ui.label(widgets::body(theme, now));
        if Button::new("Calibrate").enabled(writable).tooltip(tip).ui(ui, theme).clicked() {
            cx.send(ProjectCommand::Calibrate { model, active });
        }
        let back = Button::new("Its own probabilities").enabled(writable && calibrated);
        if back.tooltip("Takes the calibration away").ui(ui, theme).clicked() {
            cx.send(ProjectCommand::Uncalibrate { model, active });
        }
    });
}

/// Whether it may be not sure `now`, and the ways to change it; `back` are the words, the hint and whether there is a way back.
fn not_sure(
    ui: &mut Ui,
    cx: &mut PanelContext<'_>,
    Asked { model, writable, .. }: Asked,
    (now, tip): (String, &str),
    back: (&str, &str, bool),
    miss: &mut f64,
) {
    let theme = cx.theme;
    ui.horizontal_wrapped(|ui| {
        ui.spacing_mut().item_spacing.x = space::S;
        ui.label(widgets::body(theme, now));
        widgets::number(ui, miss, "Percent of answers that may miss the truth", 0.1..=50.0, 0.5, 56.0);
        ui.label(widgets::body(theme, "%"));
        if Button::new("May say “not sure”").enabled(writable).tooltip(tip).ui(ui, theme).clicked() {
            cx.send(ProjectCommand::ChooseAnswers { model, miss: *miss / 100.0 });
        }
        let (words, tip, there) = back;
        if Button::new(words).enabled(writable && there).tooltip(tip).ui(ui, theme).clicked() {
            cx.send(ProjectCommand::DropAnswers(model));
        }
    });
}

/// Before and after, where it is calibrated.
fn figures(ui: &mut Ui, theme: &Theme, seen: &Calibration) {
    ui.add_space(space::S);
    let images = phrases::count(seen.images, "test image", "test images");
    ui.label(widgets::caption(theme, format!("{} on {images}", seen.finding)));
    let number = |value: Option<f64>| match value {
        Some(value) => Cell::strong(phrases::plain(value)),
        None => Cell::new("not defined").color(theme.muted),
    };
    let mut columns = vec![Column::yielding("Figure"), Column::right("Its own")];
    if seen.calibrated.is_some() {
        columns.push(Column::right("Calibrated"));
    }
    columns.push(Column::right(""));
    let now = seen.calibrated.as_ref().map(|figures| figures.rows());
    let row = |(at, (title, own, best)): (usize, (&str, Option<f64>, &str))| {
        let mut cells = vec![Cell::strong(title), number(own)];
        if let Some((_, value, _)) = now.as_ref().and_then(|rows| rows.get(at)) {
            cells.push(number(*value));
        }
        cells.push(Cell::new(best).color(theme.muted));
        cells
    };
    let rows = seen.own.rows().into_iter().enumerate().map(row).collect();
    Table { columns, rows, pressable: false, chosen: None }.ui(ui, theme);
}

/// What a check mark takes beside its words, in points.
const BESIDE_CHECK: f32 = 28.0;

/// Whether the figures of the test split wait for a wish after a training.
pub(super) fn closed(ui: &mut Ui, cx: &mut PanelContext<'_>, project: &ProjectView) {
    let mut closed = project.test_closed;
    let text = "Keep the test split closed after training";
    let words = ui.painter().layout_no_wrap(text.to_owned(), fonts::regular(fonts::BODY), cx.theme.text).size().x;
    if ui.available_size_before_wrap().x < words + BESIDE_CHECK {
        // In what is left of a row it would stand a word a line.
        ui.end_row();
    }
    ui.add_enabled_ui(project.read_only.is_none(), |ui| {
        let tip = "After a training the figures of the test split wait until you ask for them. A threshold that is chosen \
                   before can be shown to be fixed beforehand";
        let check = widgets::check(ui, &mut closed, text);
        if check.on_hover_text(tip).changed() {
            cx.send(ProjectCommand::KeepTestClosed(closed));
        }
    });
}

/// What can be fixed before the figures of the test split are seen.
pub(super) fn before(
    ui: &mut Ui,
    cx: &mut PanelContext<'_>,
    project: &ProjectView,
    models: [Option<ModelId>; 2],
    state: &mut State,
) {
    let Some(row) = models[0].and_then(|id| model(project, id)) else { return };
    let names = row.record.card.classes.names();
    let gives_classes = names.len() > 1 && !row.record.card.architecture.draws_boxes();
    if gives_classes && row.record.test.is_none() && row.prespecified.opened.is_none() {
        widgets::card(ui, cx.theme, |ui| {
            widgets::section(ui, cx.theme, "Before the test split is opened");
            let names: Vec<&str> = names.iter().map(String::as_str).collect();
            let class = (names.len() > 2 || project.classes.findings)
                .then(|| state.class.unwrap_or_else(|| main_class(&names)));
            if class.is_some() {
                state.class = widgets::segmented(ui, cx.theme, &names, class).or(state.class);
                ui.add_space(space::S);
            }
            threshold::show(ui, cx, project, (models, class), &mut state.threshold);
        });
    }
}
