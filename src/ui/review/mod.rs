//! The Review screen: the queue on the left, the picture in the middle, what is said about it on the right.

mod actions;
mod canvas;
mod detail;
mod folding;
mod legend;
mod maps;
mod menu;
mod model;
mod queue;
mod state;
#[cfg(test)]
mod tests;
mod values;
mod views;
mod workplace;

pub use actions::Asked;
pub use model::words::{class_title, sort_title};
pub use queue::orders;
pub use state::ReviewState;

use crate::ui::context::PanelContext;
use egui::{CentralPanel, Frame, Panel};
use folding::{GIVES, PICTURE};

/// Widths of the side panels, in points.
const QUEUE_WIDTH: f32 = 264.0;
const DETAIL_WIDTH: f32 = 304.0;

/// Shows the screen in the room there is.
pub fn show(ui: &mut egui::Ui, cx: &mut PanelContext<'_>, state: &mut ReviewState) {
    state.follow(cx.commands, cx.view);
    let side = Frame::new().fill(cx.theme.panel);
    let room = ui.available_width();
    let shown = state.fold_to(room);
    // The picture keeps more than half of the room.
    let most = (room * 0.24).max(QUEUE_WIDTH.max(DETAIL_WIDTH));
    let (queue, detail) = (wide(state.queue_width, QUEUE_WIDTH, most), wide(state.detail_width, DETAIL_WIDTH, most));
    // Panels become narrower before they fold.
    let sides = if shown.queue { queue } else { 0.0 } + if shown.detail { detail } else { 0.0 };
    let over = (sides + PICTURE - room).max(0.0) / if shown.queue && shown.detail { 2.0 } else { 1.0 };
    let (queue, detail) = (narrowed(queue, QUEUE_WIDTH, over), narrowed(detail, DETAIL_WIDTH, over));
    let (mut queue_edge, mut detail_edge) = (None, None);
    if shown.queue {
        let panel = Panel::left("review queue").exact_size(queue).resizable(false).frame(side);
        queue_edge = Some(panel.show(ui, |ui| queue::show(ui, cx, state)).response.rect.right_top());
    }
    if shown.detail {
        let panel = Panel::right("review detail").exact_size(detail).resizable(false).frame(side);
        detail_edge = Some(panel.show(ui, |ui| detail::show(ui, cx, state)).response.rect.left_top());
    }
    CentralPanel::default().frame(Frame::new()).show(ui, |ui| canvas::show(ui, cx, state));
    if let Some(by) = queue_edge.and_then(|at| edge(ui, at, "Width of the queue")) {
        state.queue_width = by.map(|by| wide(Some(queue + by), QUEUE_WIDTH, most));
    }
    if let Some(by) = detail_edge.and_then(|at| edge(ui, at, "Width of the details")) {
        state.detail_width = by.map(|by| wide(Some(detail - by), DETAIL_WIDTH, most));
    }
}

/// How wide a panel is: as it was drawn, within what leaves room for what is in it and for the picture.
fn wide(drawn: Option<f32>, usual: f32, most: f32) -> f32 {
    drawn.filter(|width| width.is_finite()).unwrap_or(usual).clamp(usual - GIVES, most)
}

/// The same less so much, as far as what is in it allows.
fn narrowed(width: f32, usual: f32, by: f32) -> f32 {
    (width - by).max(usual - GIVES).min(width)
}

/// The edge of a panel, to be drawn: by how many points, or that it is to be as wide as it comes, which a double click asks
/// for.
fn edge(ui: &egui::Ui, at: egui::Pos2, name: &str) -> Option<Option<f32>> {
    let rect = egui::Rect::from_min_max(at - egui::vec2(3.0, 0.0), egui::pos2(at.x + 3.0, ui.max_rect().bottom()));
    let response = ui.interact(rect, ui.scope_id().with(name), egui::Sense::click_and_drag());
    response.widget_info(|| egui::WidgetInfo::labeled(egui::Role::Splitter, true, name));
    let response = response.on_hover_cursor(egui::CursorIcon::ResizeHorizontal);
    if response.double_clicked() {
        return Some(None);
    }
    response.dragged().then(|| Some(response.drag_delta().x)).filter(|by| *by != Some(0.0))
}
