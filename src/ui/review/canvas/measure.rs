//! Measuring on the picture: points are set by clicks or by dragging from one to the next, and can be moved afterwards.

use super::pointer::{REACH, SHORTEST, image_point};
use super::{Scene, Tool, paint};
use crate::domain::{ImageId, Measure, Measurement, MeasurementId};
use crate::session::Edit;
use crate::ui::context::PanelContext;
use crate::ui::review::model::current::Current;
use crate::ui::review::model::geometry::Point;
use crate::ui::review::state::ReviewState;
use crate::ui::theme::{Theme, space};
use crate::ui::widgets;
use egui::{Align2, Painter, PointerButton, Pos2, Response, Shape, Stroke, vec2};

/// How long a moved point is shown where it was put before the view has it, in seconds.
const LONGEST_SENT: f64 = 2.0;

/// Room for what is to be done next, in points.
const HINT: f32 = 212.0;

/// What the tool remembers between frames.
#[derive(Default)]
pub struct State {
    pub measure: Measure,
    /// The chosen measurement.
    pub chosen: Option<MeasurementId>,
    /// Points that are set already.
    points: Vec<Point>,
    /// Where the next point would be.
    next: Option<Point>,
    moving: Option<Moving>,
}

/// A point of a measurement on its way elsewhere.
struct Moving {
    image: ImageId,
    id: MeasurementId,
    /// As it was before.
    before: Measurement,
    /// As it is with the point moved.
    after: Measurement,
    at: usize,
    /// When it was let go.
    sent: Option<f64>,
}

impl State {
    /// Ends what is half done; whether there was anything.
    pub fn escape(&mut self) -> bool {
        let half = !self.points.is_empty() || self.moving.take().is_some() || self.chosen.take().is_some();
        self.points.clear();
        self.next = None;
        half
    }

    /// Nothing of the last image is half done.
    pub fn another_image(&mut self) {
        self.escape();
        self.chosen = None;
    }

    /// A measurement as it is to be painted.
    fn seen<'a>(&'a self, id: MeasurementId, known: &'a Measurement) -> &'a Measurement {
        self.moving.as_ref().filter(|moving| moving.id == id).map_or(known, |moving| &moving.after)
    }
}

/// Takes in what the pointer did; whether it was meant for measuring.
pub(super) fn handle(
    ui: &egui::Ui,
    cx: &mut PanelContext<'_>,
    review: &mut ReviewState,
    current: &Current<'_>,
    scene: &Scene,
    response: &Response,
    hidden: bool,
) -> bool {
    forget_sent(&mut review.canvas.measuring, current, ui.input(|i| i.time));
    if hidden || current.project.read_only.is_some() || review.canvas.tool == Tool::Window {
        // A point whose drag was broken off goes back, or the next drag would take it along.
        review.canvas.measuring.moving.take_if(|moving| moving.sent.is_none());
        return false;
    }
    let pointer = response.interact_pointer_pos().or(response.hover_pos());
    let at = pointer.map(|at| inside(image_point(scene, at), scene.size));
    if let Some(moving) = review.canvas.measuring.moving.as_mut().filter(|moving| moving.sent.is_none()) {
        if let (true, Some(at), Some(point)) = (response.dragged(), at, moving.after.points.get_mut(moving.at)) {
            *point = at;
        }
        if response.drag_stopped() {
            let edit = Edit::ChangeMeasurement { id: moving.id, measurement: moving.after.clone() };
            moving.sent = Some(ui.input(|i| i.time));
            review.annotate(cx.commands, cx.view, current.row.id, edit);
        }
        return true;
    }
    let pressed = ui.input(|i| i.pointer.press_origin());
    if response.drag_started_by(PointerButton::Primary)
        && review.canvas.measuring.points.is_empty()
        && let Some(found) = pressed.and_then(|at| point_at(&review.canvas.measuring, current, scene, at))
    {
        review.canvas.measuring.chosen = Some(found.id);
        review.canvas.measuring.moving = Some(found);
        return true;
    }
    if review.canvas.tool != Tool::Measure {
        return false;
    }
    let measuring = &mut review.canvas.measuring;
    measuring.next = at;
    if response.drag_started_by(PointerButton::Primary) {
        measuring.points.extend(pressed.map(|at| inside(image_point(scene, at), scene.size)));
    }
    let let_go = response.drag_stopped_by(PointerButton::Primary)
        && pointer
            .zip(measuring.points.last())
            .is_some_and(|(at, last)| paint::pos(scene.placement.to_screen(*last)).distance(at) >= SHORTEST);
    if response.clicked() || let_go {
        measuring.points.extend(at);
    }
    finish(cx, review, current);
    // The wheel's and the right button's work goes on while measuring.
    response.clicked_by(PointerButton::Primary) || response.dragged_by(PointerButton::Primary) || let_go
}

/// Sends a measurement that has all its points.
fn finish(cx: &mut PanelContext<'_>, review: &mut ReviewState, current: &Current<'_>) {
    let measuring = &mut review.canvas.measuring;
    let wanted = measuring.measure.points();
    if measuring.points.len() < wanted {
        return;
    }
    let mut points = std::mem::take(&mut measuring.points);
    points.truncate(wanted);
    measuring.next = None;
    let measurement = Measurement { measure: measuring.measure, points };
    if measurement.value(None).is_some() {
        review.annotate(cx.commands, cx.view, current.row.id, Edit::Measure(measurement));
    }
}

fn inside(point: Point, size: Point) -> Point {
    [point[0].clamp(0.0, size[0]), point[1].clamp(0.0, size[1])]
}

/// The point of a measurement under a screen point.
fn point_at(state: &State, current: &Current<'_>, scene: &Scene, at: Pos2) -> Option<Moving> {
    let detail = current.detail?;
    let near = |point: &Point| paint::pos(scene.placement.to_screen(*point)).distance(at) <= REACH;
    detail.annotation.measurements.iter().rev().find_map(|one| {
        let seen = state.seen(one.id, &one.measurement);
        let (image, id) = (current.row.id, one.id);
        let at = seen.points.iter().position(near)?;
        Some(Moving { image, id, before: one.measurement.clone(), after: seen.clone(), at, sent: None })
    })
}

/// A moved point is not needed any more when the view has changed it, or never will.
fn forget_sent(state: &mut State, current: &Current<'_>, now: f64) {
    let over = state.moving.as_ref().is_some_and(|moving| {
        let known = current.detail.and_then(|d| d.annotation.measurements.iter().find(|one| one.id == moving.id));
        let changed = known.is_none_or(|one| one.measurement != moving.before);
        moving.image != current.row.id || moving.sent.is_some_and(|sent| changed || now - sent > LONGEST_SENT)
    });
    if over {
        state.moving = None;
    }
}

/// What stands under the tools while measuring.
pub(super) fn controls(ui: &mut egui::Ui, cx: &PanelContext<'_>, state: &mut State) {
    let names = Measure::ALL.map(Measure::name);
    let chosen = Measure::ALL.iter().position(|measure| *measure == state.measure);
    let pressed = widgets::segmented(ui, cx.theme, &names, chosen);
    if let Some(measure) = pressed.and_then(|index| Measure::ALL.get(index)) {
        state.escape();
        state.measure = *measure;
    }
    ui.add_space(space::S);
    let missing = state.measure.points().saturating_sub(state.points.len());
    let hint = match (state.measure, missing) {
        (Measure::Length, _) => "Drag from end to end".to_owned(),
        (Measure::Angle, 3) => "Click three points, the vertex second".to_owned(),
        (Measure::LineAngle, 4) => "Drag along one line, then the other".to_owned(),
        (_, 1) => "1 point more".to_owned(),
        (_, more) => format!("{more} points more"),
    };
    // Always of one width: the strip is centred, and its buttons would move away under the pointer.
    ui.scope(|ui| {
        ui.set_min_width(HINT);
        ui.label(widgets::caption(cx.theme, hint));
    });
}

/// All measurements of the image, and the one being made.
pub(super) fn paint(painter: &Painter, theme: &Theme, state: &State, current: &Current<'_>, scene: &Scene) {
    let Some(detail) = current.detail else { return };
    for one in &detail.annotation.measurements {
        let seen = state.seen(one.id, &one.measurement);
        let text = seen.value(detail.spacing).map(|value| value.to_string());
        figure(painter, theme, seen.measure, &seen.points, text, state.chosen == Some(one.id), scene);
    }
    if state.points.is_empty() {
        return;
    }
    let points: Vec<Point> = state.points.iter().copied().chain(state.next).collect();
    let whole = Measurement { measure: state.measure, points: points.clone() };
    let text = whole.value(detail.spacing).map(|value| value.to_string());
    figure(painter, theme, state.measure, &points, text, true, scene);
}

fn figure(
    painter: &Painter,
    theme: &Theme,
    measure: Measure,
    points: &[Point],
    text: Option<String>,
    chosen: bool,
    scene: &Scene,
) {
    let places: Vec<Pos2> = points.iter().map(|point| paint::pos(scene.placement.to_screen(*point))).collect();
    let lines: Vec<&[Pos2]> = match measure {
        Measure::LineAngle => places.chunks(2).collect(),
        Measure::Length | Measure::Angle => vec![&places],
    };
    for line in lines.into_iter().filter(|line| line.len() > 1) {
        painter.add(Shape::line(line.to_vec(), Stroke::new(4.0, theme.wash(theme.picture, 0.45))));
        painter.add(Shape::line(line.to_vec(), Stroke::new(2.0, theme.truth)));
    }
    for place in &places {
        painter.circle(*place, if chosen { 5.0 } else { 3.5 }, theme.truth, Stroke::new(1.0, theme.on_mark));
    }
    // An angle is written at its vertex, everything else where it ends.
    let at = if measure == Measure::Angle && places.len() > 1 { places.get(1) } else { places.last() };
    if let (Some(text), Some(at)) = (text, at) {
        paint::tag(painter, theme, *at + vec2(9.0, -9.0), Align2::LEFT_BOTTOM, &text, theme.truth);
    }
}
