//! The bar that says how many images are chosen together, and what can be done to them.

use crate::session::ProjectView;
use crate::ui::action::ReviewAction;
use crate::ui::context::PanelContext;
use crate::ui::phrases::thousands;
use crate::ui::review::menu;
use crate::ui::review::state::ReviewState;
use crate::ui::theme::space;
use crate::ui::widgets;
use egui::{Margin, Popup, Ui};

/// Shows it where several are chosen.
pub(super) fn show(ui: &mut Ui, cx: &mut PanelContext<'_>, review: &ReviewState, project: &ProjectView) {
    if !review.marked.are_several() {
        return;
    }
    let fill = cx.theme.wash(cx.theme.accent, 0.14);
    egui::Frame::new().fill(fill).inner_margin(Margin::symmetric(12, 6)).show(ui, |ui| {
        ui.set_min_width(ui.available_width());
        // On as many lines as the panel needs: what is wider than it would push the rows' marks out of it.
        ui.horizontal_wrapped(|ui| {
            ui.spacing_mut().item_spacing = egui::vec2(space::S, space::XS);
            ui.label(widgets::strong(cx.theme, format!("{} chosen", thousands(review.marked.len()))));
            let tip = "Label, accept, flag, move or export them; keys do the same";
            let button = widgets::chip_button(ui, cx.theme, "Actions", "", "", tip);
            Popup::menu(&button).accessible_name("What is done to the chosen images").show(|ui| {
                menu::show(ui, cx, review, project);
            });
            let key = cx.key(ReviewAction::Escape);
            if widgets::chip_button(ui, cx.theme, "Choose none", "", &key, "The images stay as they are").clicked() {
                cx.push(ReviewAction::Escape);
            }
        });
    });
}
