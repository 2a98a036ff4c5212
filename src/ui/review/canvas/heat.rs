//! The heat maps on the picture, or why there is none.

use super::textures::HeatTexture;
use super::{Scene, heat_marks, paint};
use crate::domain::AnnotatedBox;
use crate::session::{Explained, Fetched, HeatPicture, MapRequest};
use crate::ui::context::PanelContext;
use crate::ui::review::model::current::Current;
use crate::ui::review::model::display::MapSide;
use crate::ui::review::model::geometry::Point;
use crate::ui::review::state::ReviewState;
use std::sync::Arc;

/// What is kept between frames.
#[derive(Default)]
pub(super) struct State {
    textures: [HeatTexture; 2],
    /// The share of the heat inside the boxes, kept because it is sampled.
    share: Option<Share>,
    /// What was on screen in the last frame.
    painted: [Option<Painted>; 2],
}

/// A map that is on screen.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Painted {
    pub request: MapRequest,
    /// See [`HeatMap::strength`](crate::domain::HeatMap::strength).
    pub strength: f32,
    pub empty: bool,
}

type Share = (Arc<HeatPicture>, Vec<AnnotatedBox>, f64);

impl State {
    /// Share of the heat map inside the annotated boxes, 0 to 1; `None` where there is no map or no box, and for the map
    /// of a box, which lies in it.
    pub(super) fn share(&self) -> Option<f64> {
        self.share.as_ref().map(|(_, _, share)| *share)
    }

    /// No map is on screen any more.
    pub(super) fn forget(&mut self) {
        (self.share, self.painted) = (None, [None; 2]);
    }

    /// A map, where it is on screen.
    pub(super) fn painted(&self, request: &MapRequest) -> Option<&Painted> {
        self.painted.iter().flatten().find(|painted| painted.request == *request)
    }
}

/// The maps that are to be on screen, each with what there is of it.
pub(super) type Maps = Vec<(MapRequest, Fetched<HeatPicture>)>;

/// Asks for them; without any, those that are being made are given up.
pub(super) fn fetch(cx: &PanelContext<'_>, review: &ReviewState, current: &Current<'_>) -> Maps {
    let requests = review.maps(cx.view.map_methods, current);
    if requests.is_empty() {
        cx.fetch.drop_heat_map();
        return Vec::new();
    }
    let found = cx.fetch.heat_maps(&requests);
    requests.into_iter().zip(found).collect()
}

/// Paints one of them where it is switched on, and what it is made of beside it.
pub(super) fn show(
    ground: &egui::Painter,
    cx: &PanelContext<'_>,
    review: &mut ReviewState,
    current: &Current<'_>,
    (scene, side): (&Scene, MapSide),
    maps: &Maps,
) {
    let index = side.index();
    let kept = if side == MapSide::Left { review.canvas.heat.share.take() } else { None };
    let before = review.canvas.heat.painted.get_mut(index).and_then(Option::take);
    let Some((request, fetched)) = maps.get(index) else {
        if side == MapSide::Left && review.heat_is_on() && review.finds_nothing(current) {
            paint::hint(ground, cx.theme, "No box to explain");
        }
        return;
    };
    let method = request.method;
    match fetched {
        Fetched::Ready(heat) => {
            let painted = Painted { request: *request, strength: heat.map.strength, empty: heat.map.is_empty() };
            let (opacity, lines) = (review.heat.opacity, review.heat.lines);
            let state = &mut review.canvas.heat;
            if painted.empty {
                let name = current.project.classes.name(request.explained.class());
                let text = format!("{} is empty: by it nothing here speaks for {name}", method.title());
                paint::hint(ground, cx.theme, &text);
            } else if lines {
                heat_marks::lines(ground, &heat.lines, heat.map.signed, scene, opacity);
            } else if let Some(texture) = state.textures.get_mut(index).and_then(|kept| kept.get(ground.ctx(), heat)) {
                paint::heat(ground, texture.id(), &heat.map.covers, scene, opacity);
            }
            if !painted.empty {
                heat_marks::legend(ground, cx.theme, &heat.map, lines);
            }
            let share_before = kept.as_ref().map(|(_, _, share)| *share);
            if matches!(request.explained, Explained::Class(_)) && side == MapSide::Left && !painted.empty {
                state.share = share(kept, heat, current, scene.size);
            }
            if let Some(slot) = state.painted.get_mut(index) {
                *slot = Some(painted);
            }
            if (side == MapSide::Left && state.share() != share_before) || before != Some(painted) {
                // The panel beside it that says so was painted before.
                ground.ctx().request_repaint();
            }
        }
        Fetched::Loading(_) => match cx.fetch.heat_progress(request).filter(|(_, total)| *total > 0) {
            Some(progress) => paint::progress(ground, cx.theme, method.title(), progress),
            None => paint::hint(ground, cx.theme, "Computing the heat map…"),
        },
        Fetched::Failed(why) => paint::hint(ground, cx.theme, why),
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
