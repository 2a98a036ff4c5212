//! What lies on a picture: heat maps, the boxes of readers and of models, what was measured.

use super::{Scene, Side, box_shapes, corners, heat, measure, paint};
use crate::domain::PredictedBox;
use crate::ui::context::PanelContext;
use crate::ui::review::model::boxes::Under;
use crate::ui::review::model::current::Current;
use crate::ui::review::model::display::MapSide;
use crate::ui::review::state::ReviewState;
use crate::ui::theme::Theme;

/// Paints it on the picture of one side.
pub(super) fn paint(
    ground: &egui::Painter,
    cx: &PanelContext<'_>,
    review: &mut ReviewState,
    current: &Current<'_>,
    (scene, side): (&Scene, Side),
    maps: &heat::Maps,
) {
    let map = if review.canvas.two_maps && side == Side::Found { MapSide::Right } else { MapSide::Left };
    heat::show(ground, cx, review, current, (scene, map), maps);
    let marks = paint::visible_boxes(&review.canvas, current);
    let state = &review.canvas;
    let other = state.other(side);
    let others = current.detail.map_or(&[][..], |detail| &detail.others);
    let (found, from): (Vec<(usize, &PredictedBox)>, _) = match other.map(|at| others.get(at)) {
        None => {
            let threshold = review.threshold.of_all(current.project);
            // Which model it is has to be said where there is another beside it.
            let name = others.iter().next().filter(|_| state.models_beside()).map_or("model", |_| active_name(current));
            let from = threshold.map(|threshold| format!("{name}, from {threshold:.2}"));
            // A half without a word would be a riddle.
            let none = "no model yet: once one is trained, its boxes are here".to_owned();
            let from = from.or((current.project.active.is_none() && !current.project.reading.is_own()).then_some(none));
            (review.found(current).collect(), from)
        }
        Some(Some(other)) => {
            let from = format!("{}, from {:.2}", other.name, other.threshold);
            (other.boxes.iter().enumerate().collect(), Some(from))
        }
        Some(None) => (Vec::new(), Some("the other model has not seen this image".to_owned())),
    };
    // The picture is black in both themes, and so are the colours of what lies on it.
    let boxes = box_shapes::Boxes {
        marks: &marks,
        found: &found,
        chosen: state.chosen,
        chosen_found: state.chosen_found.filter(|_| other.is_none()),
        hovered: state.hovered.filter(|under| other.is_none() || matches!(under, Under::Drawn(_))),
        side: state.whose(side),
        classes: &current.project.classes,
    };
    boxes.paint(ground, &Theme::dark(), scene);
    // Beside the picture there is room for it that covers nothing.
    if boxes.side != Side::Both || state.is_split() || !review.panels.detail {
        boxes.legend(ground, &Theme::dark(), corners::ROOM, from);
    }
    measure::paint(ground, cx, &state.measuring, current, scene, state.units());
}

/// The active model's name.
fn active_name<'v>(current: &Current<'v>) -> &'v str {
    let active = current.project.models.iter().find(|row| row.record.active);
    active.map_or("model", |row| &row.record.card.name)
}
