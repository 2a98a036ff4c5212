//! The letters at the picture's edges: which way it lies in the patient.

use super::paint::screen_rect;
use super::{Scene, TOOLBAR_ROOM};
use crate::domain::{Orientation, Rect};
use crate::ui::fonts;
use crate::ui::review::model::geometry::Point;
use crate::ui::review::model::turn::Turn;
use crate::ui::theme::Theme;
use crate::ui::widgets::on_plate;
use egui::{Align2, Painter, Pos2, Role, Sense, Ui, WidgetInfo, pos2, vec2};

/// How far a letter stays from the edge, in points.
const EDGE: f32 = 8.0;
/// How much higher than the middle the letters at the sides are, which is where the scale of a heat map is.
const RAISED: f32 = 92.0;

/// A picture with a smaller side on screen than this has no room for letters, in points.
const SMALLEST: f32 = 60.0;

/// The letters at the left, right, upper and lower edge of the screen.
pub(super) fn letters(orientation: &Orientation, turn: Turn) -> [String; 4] {
    let directions: [Point; 4] = [[-1.0, 0.0], [1.0, 0.0], [0.0, -1.0], [0.0, 1.0]];
    directions.map(|seen| orientation.towards(turn.undo(seen)))
}

/// How far a letter of a small picture stays from its edge, in points.
const NEAR: f32 = 4.0;

/// "In the patient: left R, right L, above H, below F".
pub(super) fn said(orientation: &Orientation, turn: Turn) -> String {
    let [left, right, upper, lower] = letters(orientation, turn);
    format!("In the patient: left {left}, right {right}, above {upper}, below {lower}")
}

/// The letters on one picture of several, which fills `room` or a part of it. There is none below: it is the opposite of the
/// one above, and would lie on what boxes near the lower edge are called.
pub(super) fn small(painter: &Painter, theme: &Theme, room: egui::Rect, orientation: &Orientation, scene: &Scene) {
    let all = Rect { xmin: 0.0, ymin: 0.0, xmax: scene.size[0], ymax: scene.size[1] };
    let seen = screen_rect(scene, &all).intersect(room);
    if seen.width() < SMALLEST || seen.height() < SMALLEST {
        return;
    }
    let [left, right, upper, _] = letters(orientation, scene.placement.turn);
    let inner = seen.shrink(NEAR);
    for (text, at, anchor) in [
        (left, inner.left_center(), Align2::LEFT_CENTER),
        (right, inner.right_center(), Align2::RIGHT_CENTER),
        (upper, inner.center_top(), Align2::CENTER_TOP),
    ] {
        on_plate(painter, theme, at, anchor, &text, fonts::semibold(11.0));
    }
}

/// How one picture of several is turned and mirrored, in its lower corner; nothing of one that is as it is stored.
pub(super) fn turned(painter: &Painter, theme: &Theme, room: egui::Rect, turn: Turn) {
    let text = turn.in_words();
    if !text.is_empty() {
        on_plate(
            painter,
            theme,
            room.left_bottom() + vec2(6.0, -6.0),
            Align2::LEFT_BOTTOM,
            &text,
            fonts::regular(11.0),
        );
    }
}

/// Paints them inside the part of the picture that is seen in `pane`, below the tools.
pub(super) fn show(ui: &Ui, theme: &Theme, pane: egui::Rect, orientation: &Orientation, scene: &Scene) {
    let all = Rect { xmin: 0.0, ymin: 0.0, xmax: scene.size[0], ymax: scene.size[1] };
    let painter = &ui.painter().with_clip_rect(pane);
    let seen = screen_rect(scene, &all).intersect(pane.with_min_y(pane.top() + TOOLBAR_ROOM));
    let [left, right, upper, lower] = &letters(orientation, scene.placement.turn);
    let side = (pane.center().y - RAISED).max(seen.top() + 3.0 * EDGE);
    let places: [(&str, Pos2, Align2); 4] = [
        (left, pos2(seen.left() + EDGE, side), Align2::LEFT_CENTER),
        (right, pos2(seen.right() - EDGE, side), Align2::RIGHT_CENTER),
        (upper, pos2(seen.center().x, seen.top() + EDGE), Align2::CENTER_TOP),
        (lower, pos2(seen.center().x, seen.bottom() - EDGE), Align2::CENTER_BOTTOM),
    ];
    if seen.width() > SMALLEST && seen.height() > SMALLEST {
        for (text, at, anchor) in places {
            on_plate(painter, theme, at, anchor, text, fonts::semibold(14.0));
        }
    }
    let said = said(orientation, scene.placement.turn);
    let place = egui::Rect::from_center_size(pos2(seen.center().x, seen.top() + 2.0 * EDGE), vec2(24.0, 20.0));
    let response = ui.interact(place, ui.scope_id().with("orientation"), Sense::hover());
    response.widget_info(|| WidgetInfo::labeled(Role::Label, true, &said));
    response.on_hover_text(said);
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn letters_go_along_with_turns_and_flips() {
        // A chest from the front as it is hung: the patient's right is at the left.
        let chest = Orientation::from_letters("L", "F").unwrap();
        let seen = |turn: Turn| letters(&chest, turn).join("");
        let upright = Turn::default();
        assert_eq!(seen(upright), "RLHF");
        assert_eq!(seen(upright.flipped_horizontally()), "LRHF");
        assert_eq!(seen(upright.flipped_vertically()), "RLFH");
        // Clockwise: what was left is above, what was above is right.
        assert_eq!(seen(upright.clockwise()), "FHRL");
        assert_eq!(seen(upright.clockwise().flipped_horizontally()), "HFRL");
        assert_eq!(seen(upright.flipped_horizontally().clockwise()), "FHLR");
    }
}
