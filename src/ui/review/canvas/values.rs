//! Values read off the picture, as they are drawn: under the pointer, in regions, along lines.

use super::Scene;
use super::paint::{pos, screen_rect};
use crate::domain::{ImageId, Measurement, Outline};
use crate::session::{Fetched, Values, ValuesOf, ValuesRequest};
use crate::ui::context::Fetch;
use crate::ui::review::model::geometry::Point;
use crate::ui::review::values::{number, pixel, wanted};
use crate::ui::theme::{Theme, radius};
use egui::{Painter, Pos2, Rect, Shape, Stroke, pos2, vec2};

/// The size of the drawing of values along a line, in points.
const PLOT: egui::Vec2 = vec2(180.0, 64.0);
/// Points of an ellipse's outline.
const AROUND: u32 = 72;

/// The last value under the pointer that was there, so that the line does not flicker while the next is read.
#[derive(Default)]
pub struct State {
    last: Option<(ImageId, String)>,
}

impl State {
    /// What the pixel at an image point says, "x 12 y 7: 1056, 32 HU"; `None` where the pointer is beside the picture.
    pub(super) fn under_pointer(
        &mut self,
        fetch: Fetch<'_>,
        (image, size): (ImageId, Point),
        at: Option<Point>,
        units: Option<&str>,
    ) -> Option<String> {
        let [x, y] = at.filter(|at| (0.0..size[0]).contains(&at[0]) && (0.0..size[1]).contains(&at[1]))?;
        let (column, row) = (x as u32, y as u32);
        match fetch.values(ValuesRequest { image, of: ValuesOf::Pixel { column, row } }) {
            Fetched::Ready(values) => match &*values {
                Values::Pixel(value) => self.last = Some((image, pixel(column, row, *value, units))),
                Values::Region(_) | Values::Line(_) | Values::Nothing => self.last = None,
            },
            Fetched::Loading(_) => {}
            // That the picture cannot be read is said in its middle.
            Fetched::Failed(_) => self.last = None,
        }
        self.last.as_ref().filter(|(of, _)| *of == image).map(|(_, text)| text.clone())
    }
}

/// The outline of a region, and the drawing of the values along a line.
pub(super) fn paint(
    painter: &Painter,
    theme: &Theme,
    fetch: Fetch<'_>,
    image: ImageId,
    measurement: &Measurement,
    scene: &Scene,
) {
    if outline(painter, theme, measurement, scene) {
        return;
    }
    let Some(request) = wanted(image, measurement) else { return };
    if let Fetched::Ready(values) = fetch.values(request)
        && let (Values::Line(values), Some(end)) = (&*values, measurement.points.last())
    {
        profile(painter, theme, values, pos(scene.placement.to_screen(*end)));
    }
}

/// The outline of a region; whether it is one.
pub(super) fn outline(painter: &Painter, theme: &Theme, measurement: &Measurement, scene: &Scene) -> bool {
    let Some((outline, rect)) = measurement.region() else { return false };
    let points = match outline {
        Outline::Rectangle => {
            let on_screen = screen_rect(scene, &rect);
            vec![on_screen.left_top(), on_screen.right_top(), on_screen.right_bottom(), on_screen.left_bottom()]
        }
        Outline::Ellipse => (0..AROUND).map(|step| around(&rect, step, scene)).collect(),
    };
    painter.add(Shape::closed_line(points.clone(), Stroke::new(4.0, theme.wash(theme.picture, 0.45))));
    painter.add(Shape::closed_line(points, Stroke::new(2.0, theme.truth)));
    true
}

fn around(rect: &crate::domain::Rect, step: u32, scene: &Scene) -> Pos2 {
    let (sin, cos) = (std::f64::consts::TAU * f64::from(step) / f64::from(AROUND)).sin_cos();
    let (x, y) = ((rect.xmin + rect.xmax) / 2.0, (rect.ymin + rect.ymax) / 2.0);
    pos(scene.placement.to_screen([x + rect.width() / 2.0 * cos, y + rect.height() / 2.0 * sin]))
}

/// Values from the first point to the last, between the smallest and the largest of them.
fn profile(painter: &Painter, theme: &Theme, values: &[f64], beside: Pos2) {
    let there = || values.iter().copied().filter(|value| value.is_finite());
    let (low, high) = (there().fold(f64::INFINITY, f64::min), there().fold(f64::NEG_INFINITY, f64::max));
    if low > high {
        return;
    }
    let room = painter.clip_rect().shrink(4.0);
    let mut plate = Rect::from_min_size(beside + vec2(14.0, 14.0), PLOT);
    plate = plate.translate(vec2(
        (room.right() - plate.right()).min(0.0) + (room.left() - plate.left()).max(0.0),
        (room.bottom() - plate.bottom()).min(0.0) + (room.top() - plate.top()).max(0.0),
    ));
    painter.rect_filled(plate, radius::S, theme.wash(theme.picture, 0.75));
    let plot = plate.shrink2(vec2(6.0, 14.0));
    let span = if high > low { high - low } else { 1.0 };
    let last = values.len().saturating_sub(1).max(1) as f32;
    let place = |(at, value): (usize, &f64)| {
        let share = ((value - low) / span) as f32;
        pos2(egui::lerp(plot.x_range(), at as f32 / last), egui::lerp(plot.bottom()..=plot.top(), share))
    };
    // What is no measurement parts the line.
    for part in values.iter().enumerate().collect::<Vec<_>>().split(|(_, value)| !value.is_finite()) {
        let line: Vec<Pos2> = part.iter().copied().map(place).collect();
        painter.add(Shape::line(line, Stroke::new(1.5, theme.truth)));
    }
    let font = crate::ui::fonts::regular(10.0);
    let write = |at: Pos2, anchor, text: String| painter.text(at, anchor, text, font.clone(), theme.on_picture);
    write(plate.left_top() + vec2(6.0, 1.0), egui::Align2::LEFT_TOP, number(high));
    write(plate.left_bottom() + vec2(6.0, -1.0), egui::Align2::LEFT_BOTTOM, number(low));
}
