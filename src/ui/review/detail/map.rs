//! What a reader should know of the heat map on screen: how it is made, and whether it was found to be worth reading.

use super::sentence;
use crate::session::{ProjectCommand, ProjectView, testing_maps};
use crate::ui::context::PanelContext;
use crate::ui::widgets::{self, Button, ButtonStyle};
use egui::Label;

/// Shows it; `boxes` for models that draw boxes.
pub(super) fn show(ui: &mut egui::Ui, cx: &mut PanelContext<'_>, project: &ProjectView, boxes: bool) {
    let Some(model) = project.active else { return };
    let method = cx.view.map_methods.of(boxes);
    let mut text = format!("{}. {}", method.title(), method.says());
    if method.is_signed() {
        text.push_str(" Red speaks for it, blue against it.");
    }
    ui.add_space(2.0);
    sentence(ui, cx.theme, text);
    let found = project.map_tests.iter().find(|one| one.model == model && one.test.method == method);
    if let Some(found) = found {
        let color = if found.test.is_damning() { cx.theme.warning } else { cx.theme.text };
        let text = format!("Tested: {}.", found.test.verdict());
        ui.add(Label::new(widgets::caption(cx.theme, text).color(color)).wrap());
    }
    let name = project.models.iter().find(|one| one.record.id == model).map(|one| one.record.card.name.as_str());
    let at_it = name.map(|name| testing_maps(method, name));
    if cx.view.jobs.iter().any(|job| Some(&job.name) == at_it.as_ref()) {
        return sentence(ui, cx.theme, "It is being tested; the status bar shows how far.");
    }
    let words = if found.is_some() { "Test again" } else { "Test this map" };
    let tooltip = "Whether it points into readers' boxes, whether it changes when the weights are random, and whether the answer \
                   hangs on what it marks. It runs beside your reading; the status bar shows how far it is.";
    if Button::new(words).style(ButtonStyle::Quiet).tooltip(tooltip).ui(ui, cx.theme).clicked() {
        cx.send(ProjectCommand::TestMap { model, method });
    }
}
