//! What stands where a picture would be: while it is made, where it cannot be, and where there is none.

use super::{Scene, State, paint, viewport};
use crate::session::{Filter, ProjectCommand};
use crate::ui::action::Action;
use crate::ui::context::PanelContext;
use crate::ui::review::model::current::Current;
use crate::ui::review::model::geometry::Placement;
use crate::ui::review::state::ReviewState;
use crate::ui::theme::{Theme, space};
use crate::ui::widgets;
use egui::UiBuilder;

/// A picture that comes within this time replaces the one before it without a sign of waiting, in seconds.
const PATIENCE: f64 = 0.15;

/// Whether somebody has waited so long that it has to be said.
pub(super) fn takes_long(ui: &egui::Ui, state: &mut State) -> bool {
    let now = ui.input(|i| i.time);
    let since = *state.waiting_since.get_or_insert(now);
    let long = now - since > PATIENCE;
    if !long {
        ui.ctx().request_repaint_after(std::time::Duration::from_secs_f64(PATIENCE));
    }
    long
}

/// The picture before, dimmed once it takes long, until the next one is there.
pub(super) fn waiting(
    ui: &egui::Ui,
    cx: &PanelContext<'_>,
    review: &mut ReviewState,
    ground: &egui::Painter,
    name: &str,
) {
    let long = takes_long(ui, &mut review.canvas);
    if let Some((picture, texture)) = review.canvas.picture.last() {
        let size = [f64::from(picture.image_width), f64::from(picture.image_height)];
        let scene = Scene {
            size,
            placement: Placement::fit(
                size,
                viewport(ui.max_rect(), false),
                review.display(picture.request.image).turn,
                picture.shape,
            ),
            pixels_per_point: 1.0,
        };
        paint::picture(ground, texture.id(), &scene, if long { 0.25 } else { 1.0 });
    }
    if long {
        paint::hint(ground, cx.theme, &format!("Loading {name}…"));
    }
}

/// Says what to do where no image is looked at.
pub(super) fn nothing(ui: &mut egui::Ui, cx: &mut PanelContext<'_>) {
    let Some(project) = cx.view.project.as_deref() else { return };
    let (title, text, offer) = if project.rows.is_empty() {
        ("This project has no images", "Open a folder of images to begin.", Some("Open images"))
    } else if project.filter.assigned && project.assigned.as_ref().is_some_and(|mine| mine.is_finished()) {
        ("Your list is read", "The queue says what to do next.", Some("Show all images"))
    } else {
        ("No image passes the filter", "Take a part of the filter away to see more.", Some("Show all images"))
    };
    let area = egui::Rect::from_center_size(ui.max_rect().center(), egui::vec2(360.0, 110.0));
    let pressed = ui
        .scope_builder(UiBuilder::new().max_rect(area), |ui| {
            widgets::empty_state(ui, &Theme::dark(), title, text, offer)
        })
        .inner;
    if pressed {
        if project.rows.is_empty() {
            cx.push(Action::OpenImages);
        } else {
            cx.send(ProjectCommand::SetFilter(Filter::default()));
        }
    }
}

/// Says why a picture cannot be shown, and what to do.
pub(super) fn failed(ui: &mut egui::Ui, cx: &mut PanelContext<'_>, current: &Current<'_>, why: &str) {
    let area = egui::Rect::from_center_size(ui.max_rect().center(), egui::vec2(420.0, 150.0));
    let missing = current.row.missing;
    let text = if missing {
        format!("{why}\nIf the images were moved, say where they are now.")
    } else {
        format!("{why}\nYou can still flag the image or go on to the next.")
    };
    let offer = (missing && current.project.read_only.is_none()).then_some("Find moved images");
    let pressed = ui
        .scope_builder(UiBuilder::new().max_rect(area), |ui| {
            ui.spacing_mut().item_spacing.y = space::S;
            widgets::empty_state(ui, &Theme::dark(), "This picture cannot be shown", &text, offer)
        })
        .inner;
    if pressed {
        cx.push(Action::Relink);
    }
}
