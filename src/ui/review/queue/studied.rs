//! Says that a study runs.

use crate::session::ProjectView;
use crate::ui::context::PanelContext;
use crate::ui::widgets;
use egui::{Frame, Label, Margin, Sense, Ui};

const WHAT: &str = "Some images are shown with a wrong answer of the model, planted to see how often readers follow it. Which they \
                    were is said when the study ends (Data, Readers). Heat maps and Evaluate are off until then.";

/// Shows it while one runs.
pub(super) fn show(ui: &mut Ui, cx: &PanelContext<'_>, project: &ProjectView) {
    if !project.study {
        return;
    }
    let theme = cx.theme;
    Frame::new().fill(theme.wash(theme.accent, 0.10)).inner_margin(Margin::symmetric(12, 6)).show(ui, |ui| {
        ui.set_width(ui.available_width());
        let label = Label::new(widgets::caption(theme, "Study")).sense(Sense::hover());
        ui.add(label).on_hover_text(WHAT);
    });
}
