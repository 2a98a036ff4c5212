//! What was found in a source, and how a project is made of it or it is added to the open one, before anything is done.

mod classes;
mod columns;
mod findings;
mod how;
mod samples;
mod settings;
mod state;
#[cfg(test)]
mod tests;

pub use findings::report_ui;
pub use state::State;

use super::action::Action;
use super::context::PanelContext;
use super::dialogs::Ask;
use super::phrases;
use super::theme::space;
use super::widgets::{self, Button, ButtonStyle};
use crate::session::{DeskCommand, ImportState, ImportSummary, ImportView};
use egui::Ui;

const WIDTH: f32 = 800.0;

/// Shows the dialog; returns a question for the file dialogs.
pub fn show(ui: &mut Ui, cx: &mut PanelContext<'_>, state: &mut State) -> Option<Ask> {
    let import = cx.view.import.clone()?;
    let summary = match &import.state {
        ImportState::Ready(summary) => Some(&**summary),
        _ => None,
    };
    let writable = cx.view.project.as_ref().is_some_and(|project| project.read_only.is_none());
    state.follow(&import, summary, writable);
    let mut ask = None;
    let side = ((ui.available_width() - WIDTH) / 2.0).max(space::XL).round();
    let width = (ui.available_width() - 2.0 * side).max(200.0);
    if let Some(summary) = summary {
        state.preview(ui, cx);
        foot(ui, cx, state, &import, summary, side);
    }
    egui::ScrollArea::vertical().id_salt("import").auto_shrink(false).show(ui, |ui| {
        ui.add_space(28.0);
        ui.horizontal_top(|ui| {
            ui.add_space(side);
            ui.vertical(|ui| {
                ui.set_width(width);
                ui.spacing_mut().item_spacing.y = space::M;
                if import.adding.is_some() {
                    ui.disable();
                }
                head(ui, cx, &import);
                match &import.state {
                    ImportState::Reading { job } => reading(ui, cx, *job),
                    ImportState::Failed(why) => failed(ui, cx, state, &import, why),
                    ImportState::Ready(summary) => ask = ready(ui, cx, state, &import, summary),
                }
                ui.add_space(space::XL);
            });
        });
    });
    ask
}

fn head(ui: &mut Ui, cx: &mut PanelContext<'_>, import: &ImportView) {
    let path = &import.source.path;
    let name = path.file_name().map_or_else(|| path.display().to_string(), |n| n.to_string_lossy().into_owned());
    ui.label(egui::RichText::new(name).font(super::fonts::semibold(22.0)).color(cx.theme.text));
    ui.label(widgets::caption(cx.theme, path.display().to_string()));
}

fn reading(ui: &mut Ui, cx: &mut PanelContext<'_>, job: u64) {
    let running = cx.view.jobs.iter().find(|running| running.id == job);
    widgets::card(ui, cx.theme, |ui| {
        ui.label(widgets::strong(cx.theme, "Reading"));
        widgets::progress(ui, cx.theme, "Reading", running.and_then(|j| j.progress), 320.0);
        let message = running.map(|j| j.message.clone()).filter(|m| !m.is_empty());
        let message = message.unwrap_or_else(|| "Looking at the files to tell what they are.".into());
        let left = running.and_then(|j| j.seconds_left).map(phrases::time_left).filter(|left| !left.is_empty());
        let text = [Some(message), left].into_iter().flatten().collect::<Vec<_>>().join(", ");
        ui.label(widgets::caption(cx.theme, text));
        widgets::hint(ui, cx.theme, "Every image is read once, so that broken ones are known now. Nothing is changed.");
    });
    if Button::new("Cancel").tooltip("Back to where you were").ui(ui, cx.theme).clicked() {
        cx.send(DeskCommand::DismissImport);
    }
}

fn failed(ui: &mut Ui, cx: &mut PanelContext<'_>, state: &mut State, import: &ImportView, why: &str) {
    widgets::card(ui, cx.theme, |ui| {
        ui.label(widgets::strong(cx.theme, "Nothing can be imported from here").color(cx.theme.error));
        ui.add(egui::Label::new(widgets::body(cx.theme, why)).wrap());
    });
    if !import.formats.is_empty() {
        widgets::card(ui, cx.theme, |ui| how::show(ui, cx, state, import));
    }
    columns::show(ui, cx, state, import);
    ui.horizontal(|ui| {
        if Button::new("Choose another folder").style(ButtonStyle::Primary).ui(ui, cx.theme).clicked() {
            cx.push(Action::OpenImages);
        }
        if Button::new("Choose a file").ui(ui, cx.theme).clicked() {
            cx.push(Action::OpenFile);
        }
        if back(ui, cx) {
            cx.send(DeskCommand::DismissImport);
        }
    });
}

/// The way back, by button or by Escape where that is not a field's or a menu's; whether it is taken.
fn back(ui: &mut Ui, cx: &PanelContext<'_>) -> bool {
    let by_key = !typing(ui) && ui.input(|i| i.key_pressed(egui::Key::Escape));
    Button::new("Back").key("Esc").ui(ui, cx.theme).clicked() || by_key
}

/// Whether the keys are somebody else's.
fn typing(ui: &Ui) -> bool {
    ui.ctx().egui_wants_keyboard_input() || ui.ctx().memory(|m| m.top_modal_layer().is_some())
}

fn ready(
    ui: &mut Ui,
    cx: &mut PanelContext<'_>,
    state: &mut State,
    import: &ImportView,
    summary: &ImportSummary,
) -> Option<Ask> {
    let theme = cx.theme;
    chips(ui, cx, import, summary);
    widgets::card(ui, theme, |ui| how::show(ui, cx, state, import));
    columns::show(ui, cx, state, import);
    samples::show(ui, cx, state, summary);
    widgets::card(ui, theme, |ui| classes::show(ui, cx, state, summary));
    let merged = if state.adds() { import.merge.as_ref() } else { None };
    match merged {
        Some(Ok(report)) => findings::show(ui, cx, &report.left_out, &report.remarks, &report.conflicts),
        _ => findings::show(ui, cx, &summary.left_out, &summary.remarks, &summary.conflicts),
    }
    widgets::card(ui, theme, |ui| settings::show(ui, cx, state, import, summary)).inner
}

/// What there is, in a line.
fn chips(ui: &mut Ui, cx: &mut PanelContext<'_>, import: &ImportView, summary: &ImportSummary) {
    let theme = cx.theme;
    ui.horizontal_wrapped(|ui| {
        let mut chip = |label: &str, value: String| widgets::chip(ui, theme, label, &value);
        chip("", phrases::count(summary.images, "image", "images"));
        match summary.classes.len() {
            0 => chip("no classes", String::new()),
            count => chip("", phrases::count(count, "class", "classes")),
        };
        if summary.boxes > 0 {
            chip("", phrases::count(summary.boxes, "box", "boxes"));
        }
        if summary.measurements > 0 {
            chip("", phrases::count(summary.measurements, "measurement", "measurements"));
        }
        for (split, count) in &summary.splits {
            chip(split.name(), phrases::thousands(*count));
        }
        if summary.groups > 0 {
            chip("groups", phrases::thousands(summary.groups));
        }
        match summary.readers.as_slice() {
            [] => {}
            // One that is called "7" would be a count.
            [one] => drop(chip("reader named", one.clone())),
            [_, _] | [_, _, _] => drop(chip("readers", summary.readers.join(", "))),
            many => drop(chip("readers", phrases::thousands(many.len()))),
        }
        for (count, what) in [
            (summary.truncated, "cut short, used as far as they go"),
            (summary.boxes_clipped, "boxes cut at the edge"),
            (summary.left_out.len() + summary.unlisted, "left out"),
        ] {
            if count > 0 {
                chip(what, phrases::thousands(count));
            }
        }
        if let Some(Ok(report)) = &import.merge {
            chip("in this project already", phrases::thousands(report.already_there));
            chip("new to it", phrases::thousands(report.images));
        }
    });
}

/// The bar at the bottom while it is done.
fn adding(ui: &mut Ui, cx: &mut PanelContext<'_>, job: u64) {
    let running = cx.view.jobs.iter().find(|running| running.id == job);
    let (name, message) = running.map_or(("Working", ""), |job| (&job.name, &job.message));
    widgets::progress(ui, cx.theme, name, running.and_then(|job| job.progress), 240.0);
    let text = if message.is_empty() { name.to_owned() } else { format!("{name} · {message}") };
    ui.label(widgets::caption(cx.theme, text));
    if running.is_some_and(|job| job.cancellable)
        && Button::new("Cancel").tooltip("Nothing is added then").ui(ui, cx.theme).clicked()
    {
        cx.send(DeskCommand::CancelJob(job));
    }
}

/// The bar at the bottom, always in sight: do it, or go back.
fn foot(
    ui: &mut Ui,
    cx: &mut PanelContext<'_>,
    state: &State,
    import: &ImportView,
    summary: &ImportSummary,
    side: f32,
) {
    let theme = cx.theme;
    let problem = state.problem(import, summary);
    let frame = egui::Frame::new().fill(theme.panel).inner_margin(egui::Margin::symmetric(0, 12));
    egui::Panel::bottom("import foot").frame(frame).resizable(false).show(ui, |ui| {
        ui.horizontal(|ui| {
            ui.add_space(side);
            if let Some(job) = import.adding {
                return adding(ui, cx, job);
            }
            let text = if state.adds() { "Add to this project" } else { "Create project" };
            let go = Button::new(text).key("Enter").style(ButtonStyle::Primary).enabled(problem.is_none());
            let by_key = !typing(ui) && ui.input(|i| i.key_pressed(egui::Key::Enter));
            if go.ui(ui, theme).clicked() || (by_key && problem.is_none()) {
                cx.send(state.command(cx.view));
            }
            if back(ui, cx) {
                cx.send(DeskCommand::DismissImport);
            }
            let text = match &problem {
                Some(problem) => widgets::caption(theme, problem).color(theme.warning),
                None if summary.unpacked => widgets::caption(theme, "The archive stays as it is."),
                None => widgets::caption(theme, "Your images stay where they are and are never changed."),
            };
            ui.add(egui::Label::new(text).truncate());
        });
    });
}
