//! How pictures are read.

use super::State;
use super::rows::Rows;
use crate::domain::{MapMethod, MapMethods};
use crate::session::DeskCommand;
use crate::ui::context::PanelContext;
use crate::ui::widgets;

/// Shows the section.
pub(super) fn show(rows: &mut Rows<'_, '_>, _: &mut State) {
    for (boxes, name, help) in [
        (false, "Heat maps of classes", "How it is worked out where in an image a class comes from."),
        (true, "Heat maps of boxes", "The same for models that draw boxes."),
    ] {
        rows.row(name, help, |ui, cx, _| {
            let chosen = cx.view.map_methods.of(boxes);
            let (theme, mut new) = (cx.theme, None);
            widgets::drop_down(ui, theme, name, chosen.title(), 240.0, |ui| {
                for method in MapMethod::that_fit(boxes) {
                    if widgets::choice(ui, theme, method.title(), method == chosen) {
                        new = Some(method);
                        ui.close();
                    }
                }
            });
            if let Some(method) = new {
                cx.send(DeskCommand::SetMapMethod { boxes, method });
            }
        });
    }
}

/// As the program comes.
pub(super) fn reset(cx: &mut PanelContext<'_>) {
    for boxes in [false, true] {
        cx.send(DeskCommand::SetMapMethod { boxes, method: MapMethods::default().of(boxes) });
    }
}
