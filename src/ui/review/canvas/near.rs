//! How near the pictures of a grid are: zoom and place in shares of the picture, so that pictures of other sizes follow when
//! they are linked. And what dragging and the wheel do to them.

use super::{pointer, wheel};
use crate::domain::{ImageId, Voi};
use crate::session::{DragUse, Mouse, Picture};
use crate::ui::review::model::display::Display;
use crate::ui::review::model::geometry::{self, Placement, Point};
use crate::ui::review::state::ReviewState;
use egui::{PointerButton, Response, Ui, Vec2};
use std::collections::HashMap;

/// How near one picture is.
#[derive(Clone, Copy, Debug, PartialEq)]
struct Near {
    /// Times the zoom that shows all of it.
    times: f64,
    /// What of it is in the middle, 0 to 1 of its width and height.
    centre: Point,
}

const WHOLE: Near = Near { times: 1.0, centre: [0.5, 0.5] };

/// How near the pictures are.
#[derive(Default)]
pub struct State {
    /// Each is for itself; else all are alike.
    pub apart: bool,
    all: Option<Near>,
    own: HashMap<ImageId, Near>,
    drag: Option<Drag>,
}

#[derive(Clone, Copy)]
struct Drag {
    image: ImageId,
    does: DragUse,
    /// The window it began with, and how far the pointer went.
    window: (f64, f64),
    moved: Vec2,
}

impl State {
    fn of(&self, image: ImageId) -> Near {
        let near = if self.apart { self.own.get(&image).copied() } else { self.all };
        near.unwrap_or(WHOLE)
    }

    fn set(&mut self, image: ImageId, near: Near) {
        // No farther away than what shows all of it.
        let near = if near.times <= 1.0 { WHOLE } else { near };
        if self.apart {
            self.own.insert(image, near);
        } else {
            self.all = Some(near);
        }
    }

    /// Times the zoom that shows all of it.
    pub(super) fn times(&self, image: ImageId) -> f64 {
        self.of(image).times
    }

    /// The placement that shows all of a picture, brought as near as it is.
    pub(super) fn placed(&self, image: ImageId, fitted: Placement, size: Point) -> Placement {
        let near = self.of(image);
        let centre = [near.centre[0] * size[0], near.centre[1] * size[1]];
        Placement { zoom: fitted.zoom * near.times, centre, ..fitted }
    }

    fn put(&mut self, image: ImageId, (placed, fitted): (Placement, Placement), size: Point) {
        let share = |at: f64, side: f64| (at / side.max(1.0)).clamp(0.0, 1.0);
        let centre = [share(placed.centre[0], size[0]), share(placed.centre[1], size[1])];
        self.set(image, Near { times: placed.zoom / fitted.zoom, centre });
    }

    /// All of every picture is seen.
    pub(super) fn fit(&mut self) {
        self.all = None;
        self.own.clear();
    }
}

/// Takes in what the pointer does over one picture of the grid: `page` are the images on it.
pub(super) fn handle(
    ui: &Ui,
    review: &mut ReviewState,
    response: &Response,
    picture: &Picture,
    (fitted, size): (Placement, Point),
    (page, mouse): (&[ImageId], Mouse),
) {
    let image = picture.request.image;
    let placed = review.canvas.near.placed(image, fitted, size);
    if let Some(at) = response.hover_pos() {
        // Images are gone on by where the whole grid is read.
        let turned = wheel::zoom(ui, mouse);
        if (turned - 1.0).abs() > 1e-6 {
            let nearer = placed.zoomed_at([f64::from(at.x), f64::from(at.y)], turned);
            review.canvas.near.put(image, (nearer, fitted), size);
        }
    }
    if response.drag_started() {
        let does = [
            (PointerButton::Primary, mouse.left),
            (PointerButton::Middle, mouse.middle),
            (PointerButton::Secondary, mouse.right),
        ];
        let does = does.into_iter().find(|(button, _)| response.drag_started_by(*button)).map(|(_, does)| does);
        review.canvas.near.drag = does.map(|does| Drag { image, does, window: picture.window, moved: Vec2::ZERO });
        if does == Some(DragUse::Window) {
            let linked = !review.canvas.near.apart;
            page.iter().filter(|one| linked || **one == image).for_each(|one| review.views.remember(*one));
        }
    }
    let Some(mut drag) = review.canvas.near.drag.filter(|drag| drag.image == image && response.dragged()) else {
        return;
    };
    let delta = response.drag_delta();
    drag.moved += delta;
    review.canvas.near.drag = Some(drag);
    match drag.does {
        DragUse::Tool | DragUse::Pan => {
            let moved = placed.panned([f64::from(delta.x), f64::from(delta.y)], size);
            review.canvas.near.put(image, (moved, fitted), size);
        }
        DragUse::Zoom => {
            let nearer = placed.zoomed_at(placed.anchor, pointer::zoom_of(delta));
            review.canvas.near.put(image, (nearer, fitted), size);
        }
        DragUse::Window => {
            let by = [f64::from(drag.moved.x), f64::from(drag.moved.y)];
            let inverted = picture.inverted != review.display(image).invert;
            let window = geometry::dragged_window(drag.window, by, picture.range, inverted);
            let (centre, width) = pointer::rounded(window, picture.range);
            let linked = !review.canvas.near.apart;
            for one in page.iter().filter(|one| linked || **one == image) {
                let display = review.display(*one);
                review.set_display(*one, Display { voi: Voi::Window(centre, width), ..display });
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ui::review::model::turn::Turn;

    #[test]
    fn linked_pictures_show_the_same_part_whatever_their_size_and_those_apart_their_own() {
        let fit = |size: Point| Placement::fit(size, ([0.0, 0.0], [200.0, 200.0]), Turn::default(), 1.0);
        let (small, large) = ([100.0, 100.0], [400.0, 400.0]);
        let mut near = State::default();
        let placed = near.placed(ImageId(1), fit(small), small);
        assert_eq!(placed, fit(small), "all of it at first");
        near.put(ImageId(1), (placed.zoomed_at([150.0, 50.0], 2.0), fit(small)), small);
        let other = near.placed(ImageId(2), fit(large), large);
        assert_eq!((near.times(ImageId(2)), other.zoom), (2.0, 1.0));
        // What lay at three quarters and one quarter stays there.
        assert_eq!(other.to_image([150.0, 50.0]), [300.0, 100.0]);
        near.apart = true;
        assert_eq!((near.times(ImageId(1)), near.times(ImageId(2))), (1.0, 1.0));
        near.put(ImageId(2), (fit(large).zoomed_at([100.0, 100.0], 3.0), fit(large)), large);
        assert_eq!((near.times(ImageId(1)), near.times(ImageId(2))), (1.0, 3.0));
        near.put(ImageId(2), (fit(large).zoomed_at([100.0, 100.0], 0.3), fit(large)), large);
        assert_eq!(near.placed(ImageId(2), fit(large), large), fit(large), "no farther away than all of it");
    }
}
