//! The heat map on the picture, or why there is none.

use super::textures::HeatTexture;
use super::{Scene, paint};
use crate::domain::AnnotatedBox;
use crate::session::{Explained, Fetched, HeatPicture, MapRequest};
use crate::ui::context::PanelContext;
use crate::ui::review::model::current::Current;
use crate::ui::review::model::geometry::Point;
use crate::ui::review::state::ReviewState;
use std::sync::Arc;

/// What is kept between frames.
#[derive(Default)]
pub(super) struct State {
    texture: HeatTexture,
    /// The share of the heat inside the boxes, kept because it is sampled.
    share: Option<Share>,
}

type Share = (Arc<HeatPicture>, Vec<AnnotatedBox>, f64);

impl State {
    /// Share of the heat map inside the annotated boxes, 0 to 1; `None` where there is no map or no box, and for the map
    /// of a box, which lies in it.
    pub(super) fn share(&self) -> Option<f64> {
        self.share.as_ref().map(|(_, _, share)| *share)
    }

    /// No map is on screen any more.
    pub(super) fn forget_share(&mut self) {
        self.share = None;
    }
}

/// Paints it where it is switched on.
pub(super) fn show(
    ground: &egui::Painter,
    cx: &PanelContext<'_>,
    review: &mut ReviewState,
    current: &Current<'_>,
    scene: &Scene,
) {
    let kept = review.canvas.heat.share.take();
    let Some(explained) = review.explained(current) else {
        cx.fetch.drop_heat_map();
        if review.heat_is_on() && review.finds_nothing(current) {
            paint::hint(ground, cx.theme, "No box to explain");
        }
        return;
    };
    let method = cx.view.map_methods.of(current.project.threshold.is_some());
    match cx.fetch.heat_map(MapRequest { image: current.row.id, explained, method }) {
        Fetched::Ready(heat) if heat.map.is_empty() => {
            let name = current.project.classes.name(explained.class());
            let text = format!("{} is empty: by it nothing here speaks for {name}", method.title());
            paint::hint(ground, cx.theme, &text);
        }
        Fetched::Ready(heat) => {
            let opacity = review.heat.opacity;
            let state = &mut review.canvas.heat;
            if let Some(texture) = state.texture.get(ground.ctx(), &heat) {
                paint::heat(ground, texture.id(), &heat.map.covers, scene, opacity);
            }
            let before = kept.as_ref().map(|(_, _, share)| *share);
            if matches!(explained, Explained::Class(_)) {
                state.share = share(kept, &heat, current, scene.size);
            }
            if state.share() != before {
                // The panel beside it that says so was painted before.
                ground.ctx().request_repaint();
            }
        }
        Fetched::Loading(_) => match cx.fetch.heat_progress().filter(|(_, total)| *total > 0) {
            Some(progress) => paint::progress(ground, cx.theme, method.title(), progress),
            None => paint::hint(ground, cx.theme, "Computing the heat map…"),
        },
        Fetched::Failed(why) => paint::hint(ground, cx.theme, &why),
    }
}

fn share(kept: Option<Share>, heat: &Arc<HeatPicture>, current: &Current<'_>, size: Point) -> Option<Share> {
    let boxes = &current.detail?.annotation.boxes;
    if boxes.is_empty() {
        return None;
    }
    if let Some(kept) = kept.filter(|(map, of, _)| Arc::ptr_eq(map, heat) && of == boxes) {
        return Some(kept);
    }
    Some((Arc::clone(heat), boxes.clone(), paint::share_inside(&heat.map, boxes, size)))
}
