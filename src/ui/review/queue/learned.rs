//! Says that a head learns from corrections, and what it changed.

use crate::session::{Command, Filter, ImageSet, ProjectCommand, ProjectView, RefitState, RefitView};
use crate::ui::context::PanelContext;
use crate::ui::widgets::{self, Button, ButtonStyle};
use egui::{Frame, Label, Margin, Sense, Ui, vec2};
use std::sync::Arc;

const WHAT: &str = "While you label, a last layer is learned from what is said of the train images, on top of the model, and \
                    its answers are shown instead of the model's own; of a model that draws boxes the scores are recalibrated class \
                    by class, by the boxes that were kept and deleted. The model's file, its stored answers and all figures \
                    stay as they are until you train, and the log keeps which answers you saw.";

/// Shows it where the person has switched it on.
pub(super) fn show(ui: &mut Ui, cx: &mut PanelContext<'_>, project: &ProjectView) {
    let refit = &project.refit;
    if !refit.on {
        return;
    }
    let theme = cx.theme;
    let changed = match &refit.state {
        RefitState::Learned(learned) if !learned.changed.is_empty() => Some(learned),
        RefitState::Learned(_) | RefitState::Stored | RefitState::Preparing => None,
    };
    Frame::new().fill(theme.wash(theme.prediction, 0.10)).inner_margin(Margin::symmetric(12, 6)).show(ui, |ui| {
        ui.set_width(ui.available_width());
        ui.spacing_mut().item_spacing = vec2(8.0, 2.0);
        let label = Label::new(widgets::caption(theme, sentence(refit))).wrap().sense(Sense::hover());
        ui.add(label).on_hover_text(WHAT);
        ui.horizontal(|ui| {
            if let Some(learned) = changed {
                let button = Button::new("Show them").name("Show the changed predictions").style(ButtonStyle::Link);
                if button.ui(ui, theme).clicked() {
                    let set =
                        ImageSet { title: "predictions changed".into(), images: Arc::new(learned.changed.clone()) };
                    let filter = Filter { only: Some(set), ..Filter::default() };
                    cx.commands.push(Command::Project(ProjectCommand::SetFilter(filter)));
                }
            }
            let off = Button::new("Turn off").name("Stop learning while you label").style(ButtonStyle::Link);
            let tooltip = "Shows the model's own answers again.";
            let enabled = project.read_only.is_none();
            if ui.add_enabled_ui(enabled, |ui| off.tooltip(tooltip).ui(ui, theme)).inner.clicked() {
                cx.commands.push(Command::Project(ProjectCommand::LearnWhileLabelling(false)));
            }
        });
    });
}

/// How far it is, in words.
fn sentence(refit: &RefitView) -> String {
    let text = match (&refit.problem, &refit.state) {
        (Some(problem), _) => return (*problem).to_owned(),
        (None, RefitState::Learned(learned)) => learned.sentence(),
        (None, RefitState::Preparing) => "learning while you label: all images are being read, once".to_owned(),
        (None, RefitState::Stored) => "learning while you label: no train image was corrected yet".to_owned(),
    };
    let mut letters = text.chars();
    letters.next().map(|first| first.to_uppercase().chain(letters).collect()).unwrap_or_default()
}
