//! What is written over the picture that stands alone: letters at its edges, the corners, what is said for a while, and the
//! magnifier.

use super::textures::PictureTexture;
use super::{Scene, corners, edges, magnifier, paint, pointer};
use crate::session::Picture;
use crate::ui::action::ReviewAction;
use crate::ui::context::PanelContext;
use crate::ui::review::model::current::Current;
use crate::ui::review::state::ReviewState;
use egui::{Rect, Response, Role, Sense, Ui, WidgetInfo, vec2};
use std::sync::Arc;
use std::time::Duration;

/// Shows it over the canvas at `rect`, which answered with `response`.
pub(super) fn show(
    ui: &Ui,
    cx: &PanelContext<'_>,
    review: &mut ReviewState,
    current: &Current<'_>,
    (rect, response): (Rect, &Response),
    picture: &Arc<Picture>,
    scene: &Scene,
) {
    let ground = ui.painter().with_clip_rect(rect);
    let reading = &cx.view.preferences.reading;
    let taken = picture.taken.as_deref();
    let orientation = taken.and_then(|taken| taken.orientation.as_ref());
    if let Some(orientation) = orientation.filter(|_| reading.corners.letters) {
        edges::show(ui, cx.theme, rect, orientation, scene);
    }
    let at = response.hover_pos().map(|at| pointer::image_point(scene, at));
    let units = taken.and_then(|taken| taken.units.as_deref());
    let value = review.canvas.values.under_pointer(cx.fetch, (current.row.id, scene.size), at, units);
    if let Some(value) = &value {
        let place = Rect::from_min_size(rect.left_bottom() - vec2(0.0, corners::ROOM), vec2(1.0, 1.0));
        let line = ui.interact(place, ui.scope_id().with("value"), Sense::hover());
        line.widget_info(|| WidgetInfo::labeled(Role::Label, true, value));
    }
    let (keeps, wanted) = (reading.keep_view, reading.corners);
    corners::paint(&ground, cx.theme, rect, &corners::Shown { current, picture, scene, value, keeps, wanted });
    let state = &mut review.canvas;
    if let Some((until, what)) = state.said.filter(|(until, _)| *until > state.clock) {
        paint::hint(&ground, cx.theme, what);
        ui.ctx().request_repaint_after(Duration::from_secs_f64(until - state.clock));
    }
    if cx.keymap.is_down(ui.ctx(), &ReviewAction::Magnify.into()) {
        magnifier::paint(ui, cx.theme, &mut state.magnified, picture, scene, response.hover_pos());
    } else {
        state.magnified = PictureTexture::default();
    }
}
