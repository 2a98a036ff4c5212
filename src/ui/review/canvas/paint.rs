//! Painting of the picture, the heat map, the boxes and the text in the corners.

use super::{Scene, State, pointer};
use crate::domain::{AnnotatedBox, HeatMap, Rect};
use crate::ui::fonts;
use crate::ui::review::model::boxes::{Mark, marks};
use crate::ui::review::model::current::Current;
use crate::ui::review::model::geometry::{Handle, Point};
use crate::ui::theme::{Theme, radius};
use crate::ui::widgets::over_picture;
use egui::epaint::{Mesh, Vertex};
use egui::{Align2, Color32, Painter, Pos2, Shape, TextureId, pos2, vec2};

/// A screen point as egui's.
pub(super) fn pos(p: Point) -> Pos2 {
    pos2(p[0] as f32, p[1] as f32)
}

/// The annotated boxes with what is being dragged or was just sent.
pub(super) fn visible_boxes(state: &State, current: &Current<'_>) -> Vec<Mark> {
    let mut marks = marks(current.boxes());
    let changed = match (&state.drag, &state.sent) {
        (Some(drag), _) => state.scene.and_then(|scene| drag.mark(&scene)),
        (None, Some(sent)) => Some(Mark { id: sent.id, class: sent.class, rect: sent.rect }),
        (None, None) => None,
    };
    if let Some(mark) = changed {
        match marks.iter_mut().find(|m| mark.id.is_some() && m.id == mark.id) {
            Some(found) => *found = mark,
            None => marks.push(mark),
        }
    }
    marks
}

/// A texture over a part of the image.
fn textured(painter: &Painter, texture: TextureId, part: &Rect, uv: [Point; 2], scene: &Scene, tint: Color32) {
    let [low, high] = uv;
    let corners = [
        ([part.xmin, part.ymin], [low[0], low[1]]),
        ([part.xmax, part.ymin], [high[0], low[1]]),
        ([part.xmax, part.ymax], [high[0], high[1]]),
        ([part.xmin, part.ymax], [low[0], high[1]]),
    ];
    let mut mesh = Mesh::with_texture(texture);
    for (at, uv) in corners {
        mesh.vertices.push(Vertex { pos: pos(scene.placement.to_screen(at)), uv: pos(uv), color: tint });
    }
    mesh.add_triangle(0, 1, 2);
    mesh.add_triangle(0, 2, 3);
    painter.add(Shape::mesh(mesh));
}

/// The picture itself.
pub(super) fn picture(painter: &Painter, texture: TextureId, scene: &Scene, opacity: f32) {
    let all = Rect { xmin: 0.0, ymin: 0.0, xmax: scene.size[0], ymax: scene.size[1] };
    textured(painter, texture, &all, [[0.0, 0.0], [1.0, 1.0]], scene, Color32::WHITE.gamma_multiply(opacity));
}

/// The heat map over the part of the image it covers; what reaches outside the image (padding) is cut off.
pub(super) fn heat(painter: &Painter, texture: TextureId, covers: &Rect, scene: &Scene, opacity: f32) {
    let Some(part) = covers.clipped(scene.size[0], scene.size[1]) else { return };
    let uv = |x: f64, y: f64| [(x - covers.xmin) / covers.width(), (y - covers.ymin) / covers.height()];
    let tint = Color32::WHITE.gamma_multiply(opacity);
    textured(painter, texture, &part, [uv(part.xmin, part.ymin), uv(part.xmax, part.ymax)], scene, tint);
}

/// The share of the map's mass inside any of the boxes, sampled so densely that it is right to a percent.
pub(super) fn share_inside(map: &HeatMap, boxes: &[AnnotatedBox], size: Point) -> f64 {
    const SAMPLES: u32 = 128;
    let (mut inside, mut total) = (0.0, 0.0);
    for row in 0..SAMPLES {
        for column in 0..SAMPLES {
            let at = |index: u32, extent: f64| (f64::from(index) + 0.5) / f64::from(SAMPLES) * extent;
            let (x, y) = (at(column, size[0]), at(row, size[1]));
            let value = map.heat_at(x, y);
            total += value;
            if boxes.iter().any(|b| b.rect.contains(x, y)) {
                inside += value;
            }
        }
    }
    if total > 0.0 { inside / total } else { 0.0 }
}

pub(super) fn screen_rect(scene: &Scene, rect: &Rect) -> egui::Rect {
    let (min, max) = scene.placement.rect_to_screen(rect);
    egui::Rect::from_min_max(pos(min), pos(max))
}

pub(super) fn tag(painter: &Painter, theme: &Theme, at: Pos2, anchor: Align2, text: &str, fill: Color32) -> egui::Rect {
    let galley = painter.layout_no_wrap(text.to_owned(), fonts::semibold(11.0), theme.ink_on(fill));
    let mut rect = anchor.anchor_size(at, galley.size() + vec2(10.0, 4.0));
    let room = painter.clip_rect();
    // A tag of a box at the edge stays readable inside the canvas.
    rect = rect.translate(vec2(
        (room.left() - rect.left()).max(0.0) + (room.right() - rect.right()).min(0.0),
        (room.top() - rect.top()).max(0.0) + (room.bottom() - rect.bottom()).min(0.0),
    ));
    painter.rect_filled(rect, radius::S - 1, fill);
    painter.galley(rect.min + vec2(5.0, 2.0), galley, theme.ink_on(fill));
    rect
}

/// How much higher a line in the middle has to be where there is no room between the lines in the corners.
fn above_corners(painter: &Painter) -> f32 {
    if painter.clip_rect().width() < 640.0 { 54.0 } else { 0.0 }
}

/// One quiet line in the middle of the lower edge.
pub(super) fn hint(painter: &Painter, theme: &Theme, text: &str) {
    let at = painter.clip_rect().center_bottom() - vec2(0.0, above_corners(painter) + 16.0);
    over_picture(painter, theme, at, Align2::CENTER_BOTTOM, text);
}

/// How far something slow is, as a bar under a quiet line in the middle of the lower edge.
pub(super) fn progress(painter: &Painter, theme: &Theme, what: &str, (done, total): (usize, usize)) {
    const LONG: f32 = 180.0;
    let at = painter.clip_rect().center_bottom() - vec2(0.0, above_corners(painter) + 30.0);
    over_picture(painter, theme, at, Align2::CENTER_BOTTOM, &format!("{what}: {done} of {total} passes"));
    let bar = egui::Rect::from_min_size(at + vec2(-LONG / 2.0, 6.0), vec2(LONG, 4.0));
    painter.rect_filled(bar, radius::S - 1, theme.wash(theme.on_picture, 0.25));
    let share = (done as f32 / total.max(1) as f32).clamp(0.0, 1.0);
    painter.rect_filled(bar.with_max_x(bar.left() + LONG * share), radius::S - 1, theme.accent);
}

/// A number with as many decimals as a window of this width needs.
pub(super) fn figure(value: f64, width: f64) -> String {
    match width {
        ..1.0 => format!("{value:.4}"),
        ..10.0 if value.fract() != 0.0 => format!("{value:.2}"),
        _ => format!("{value:.0}"),
    }
}

/// The handle of a box under a screen point.
pub(super) fn handle_at(scene: &Scene, rect: &Rect, pointer: Pos2) -> Option<Handle> {
    let near =
        |handle: &Handle| pos(scene.placement.to_screen(handle.position(rect))).distance(pointer) <= pointer::REACH;
    Handle::ALL.into_iter().find(near)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::BoxId;

    #[test]
    fn the_share_of_overlapping_boxes_is_counted_once() {
        let covers = Rect { xmin: 0.0, ymin: 0.0, xmax: 100.0, ymax: 100.0 };
        let map = HeatMap { width: 1, height: 1, values: vec![1.0], strength: 1.0, signed: false, covers };
        let half = |id| AnnotatedBox { id: BoxId(id), class: 0, rect: Rect { xmax: 50.0, ..covers } };
        assert!((share_inside(&map, &[half(1), half(2)], [100.0, 100.0]) - 0.5).abs() < 0.01);
        let dark = HeatMap { values: vec![0.0], ..map };
        assert_eq!(share_inside(&dark, &[half(1)], [100.0, 100.0]), 0.0);
    }
}
