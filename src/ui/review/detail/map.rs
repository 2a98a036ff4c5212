//! What a reader should know of the heat maps on screen: how each is made, how strong it is, and whether it was found to be
//! worth reading.

use super::sentence;
use crate::domain::HeatMap;
use crate::session::{MapRequest, ProjectCommand, ProjectView, testing_maps};
use crate::ui::context::PanelContext;
use crate::ui::review::model::current::Current;
use crate::ui::review::model::maps::layers;
use crate::ui::review::state::ReviewState;
use crate::ui::theme::space;
use crate::ui::widgets::{self, Button, ButtonStyle};
use egui::Label;

/// Shows it.
pub(super) fn show(ui: &mut egui::Ui, cx: &mut PanelContext<'_>, review: &ReviewState, current: &Current<'_>) {
    let requests = review.maps(cx.view.map_methods, current);
    let two = requests.len() > 1;
    for (request, side) in requests.iter().zip(["Left", "Right"]) {
        ui.add_space(if two { space::S } else { 2.0 });
        one(ui, cx, review, current, (request, two.then_some(side)));
    }
}

/// One of them; with its side where there are two.
fn one(
    ui: &mut egui::Ui,
    cx: &mut PanelContext<'_>,
    review: &ReviewState,
    current: &Current<'_>,
    (request, side): (&MapRequest, Option<&str>),
) {
    let project = current.project;
    let Some(model) = request.model.or(project.active) else { return };
    let method = request.method;
    let name = project.models.iter().find(|one| one.record.id == model).map(|one| one.record.card.name.as_str());
    let mut text = String::new();
    if let Some(side) = side {
        text.push_str(&format!("{side}, {}: ", name.unwrap_or("another model")));
    }
    text.push_str(&format!("{}. {}", method.title(), method.says()));
    if method.is_signed() {
        text.push_str(" Red speaks for it, blue against it.");
    }
    let layers = layers(project, request);
    let number = request.layer.unwrap_or(layers.len()).min(layers.len());
    if let Some(layer) = layers.iter().find(|layer| layer.number == number) {
        text.push_str(&format!(" Looked at: {} ({}).", layer.with_grid(), layer.own_name));
    }
    sentence(ui, cx.theme, text);
    if let Some(painted) = review.canvas.painted(request) {
        let class = project.classes.name(request.explained.class());
        if painted.empty {
            let text = format!("This map is empty: by {} nothing here speaks for {class}.", method.title());
            ui.add(Label::new(widgets::caption(cx.theme, text).color(cx.theme.warning)).wrap());
        } else {
            let text = format!("Strength before scaling: {}.", HeatMap::strength_text(painted.strength));
            let response = ui.add(Label::new(widgets::caption(cx.theme, text)).wrap());
            response.on_hover_text(
                "The colours of every map go up to its own strongest place. This is how strong that place is, so that maps \
                 of one model and method can be compared.",
            );
        }
    }
    tested(ui, cx, project, (request, name), side);
}

/// What a test of such maps came to, and the offer of one.
fn tested(
    ui: &mut egui::Ui,
    cx: &mut PanelContext<'_>,
    project: &ProjectView,
    (request, name): (&MapRequest, Option<&str>),
    side: Option<&str>,
) {
    let (Some(model), method) = (request.model.or(project.active), request.method) else { return };
    // What holds of one layer's maps need not hold of another's; the last is meant where none is named.
    let last = layers(project, request).len();
    let layer = request.layer.filter(|number| *number < last);
    let found =
        project.map_tests.iter().find(|one| (one.model, one.test.method, one.test.layer) == (model, method, layer));
    if let Some(found) = found {
        let color = if found.test.is_damning() { cx.theme.warning } else { cx.theme.text };
        let text = format!("Tested: {}.", found.test.verdict());
        ui.add(Label::new(widgets::caption(cx.theme, text).color(color)).wrap());
        if found.outdated {
            let text = "Readers' boxes changed since: the verdict is of the boxes before. Test again.";
            ui.add(Label::new(widgets::caption(cx.theme, text).color(cx.theme.warning)).wrap());
        }
    }
    let at_it = name.map(|name| testing_maps(method, name));
    if cx.view.jobs.iter().any(|job| Some(&job.name) == at_it.as_ref()) {
        return sentence(ui, cx.theme, "It is being tested; the status bar shows how far.");
    }
    let words = if found.is_some() { "Test again" } else { "Test this map" };
    let tooltip = "Whether it points into readers' boxes, whether it changes when the weights are random, and whether the answer \
                   hangs on what it marks. It runs beside your reading; the status bar shows how far it is.";
    let spoken = side.map_or_else(|| words.to_owned(), |side| format!("{words}: {}", side.to_lowercase()));
    let button = Button::new(words).name(spoken).style(ButtonStyle::Quiet).tooltip(tooltip);
    if button.ui(ui, cx.theme).clicked() {
        cx.send(ProjectCommand::TestMap { model, method, layer });
    }
}
