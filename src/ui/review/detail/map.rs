//! What a reader should know of the heat map on screen.

use super::sentence;
use crate::ui::context::PanelContext;

/// Says how the map is made and how it is to be read; `boxes` for models that draw boxes.
pub(super) fn show(ui: &mut egui::Ui, cx: &PanelContext<'_>, boxes: bool) {
    let method = cx.view.map_methods.of(boxes);
    let mut text = format!("{}. {}", method.title(), method.says());
    if method.is_signed() {
        text.push_str(" Red speaks for it, blue against it.");
    }
    ui.add_space(2.0);
    sentence(ui, cx.theme, text);
}
