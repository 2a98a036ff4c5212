//! The Review screen: the queue on the left, the picture in the middle, what is said about it on the right.

mod actions;
mod canvas;
mod detail;
mod maps;
mod model;
mod queue;
mod state;
#[cfg(test)]
mod tests;

pub use state::ReviewState;

use crate::ui::context::PanelContext;
use egui::{CentralPanel, Frame, Panel};

/// Widths of the side panels, in points.
const QUEUE_WIDTH: f32 = 264.0;
const DETAIL_WIDTH: f32 = 304.0;

/// Shows the screen in the room there is.
pub fn show(ui: &mut egui::Ui, cx: &mut PanelContext<'_>, state: &mut ReviewState) {
    state.follow(cx.commands, cx.view);
    let side = Frame::new().fill(cx.theme.panel);
    if !state.queue_folded {
        let panel = Panel::left("review queue").exact_size(QUEUE_WIDTH).resizable(false).frame(side);
        panel.show(ui, |ui| queue::show(ui, cx, state));
    }
    if !state.detail_folded {
        let panel = Panel::right("review detail").exact_size(DETAIL_WIDTH).resizable(false).frame(side);
        panel.show(ui, |ui| detail::show(ui, cx, state));
    }
    CentralPanel::default().frame(Frame::new()).show(ui, |ui| canvas::show(ui, cx, state));
}
