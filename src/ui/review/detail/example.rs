//! What is shown over the button of a class: what it means, and an image that shows it.

use crate::session::ProjectView;
use crate::ui::context::PanelContext;
use crate::ui::widgets::{self, ThumbnailCache};
use egui::Response;

/// The side of the picture, in points.
const SIDE: f32 = 120.0;

/// Says it of the class at a place while the pointer is over its button.
pub(super) fn hover(
    response: Response,
    cx: &PanelContext<'_>,
    thumbnails: &mut ThumbnailCache,
    project: &ProjectView,
    (class, about): (usize, &str),
) -> Response {
    let Some(image) = project.class_looks.example(class) else { return response.on_hover_text(about) };
    let name = project.classes.name(class);
    response.on_hover_ui(|ui| {
        ui.label(about);
        widgets::example(ui, cx, thumbnails, (image, &name), SIDE);
    })
}
