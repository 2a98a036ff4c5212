//! Measuring on the picture: points are set by clicks or by dragging from one to the next, and can be moved afterwards.

use super::pointer::{REACH, SHORTEST, image_point};
use super::{Scene, Tool, paint, toolbar, values};
use crate::domain::{AnnotatedMeasurement, ImageId, Measure, Measurement, MeasurementId};
use crate::session::{Edit, PageImage};
use crate::ui::context::PanelContext;
use crate::ui::review::model::current::Current;
use crate::ui::review::model::geometry::Point;
use crate::ui::review::state::ReviewState;
use crate::ui::review::values::{Scale, short_text, text as words_of};
use crate::ui::theme::{Theme, space};
use crate::ui::widgets;
use egui::{Align2, Painter, PointerButton, Popup, Pos2, Response, Shape, Stroke, vec2};
use std::ops::RangeInclusive;

/// How long a moved point is shown where it was put before the view has it, in seconds.
const LONGEST_SENT: f64 = 2.0;

/// Room for what is to be done next, in points.
const HINT: f32 = 212.0;
/// What a known length can be, in millimetres.
const KNOWN_MM: RangeInclusive<f64> = 0.01..=10_000.0;
/// The field of a known length, in points.
const KNOWN_FIELD: f32 = 96.0;
/// What has a button of its own; the others are in a menu beside.
const LENGTHS: [Measure; 3] = [Measure::Length, Measure::Angle, Measure::LineAngle];

/// What the tool remembers between frames.
#[derive(Default)]
pub struct State {
    pub measure: Measure,
    /// How long the next known length is, in millimetres; absent until somebody said it.
    known_mm: Option<f64>,
    /// That as it is typed.
    known_text: String,
    /// A line was drawn whose length is not known: the field gets the keyboard.
    asks_known: bool,
    /// The chosen measurement.
    pub chosen: Option<MeasurementId>,
    /// Points that are set already.
    points: Vec<Point>,
    /// Where the next point would be.
    next: Option<Point>,
    moving: Option<Moving>,
    /// What was drawn last and is not in the view yet: it is chosen once it is there.
    drawn: Option<(ImageId, Measurement)>,
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
        (self.next, self.asks_known) = (None, false);
        half
    }

    /// The field of a known length is about to get the keyboard.
    pub fn awaits_keyboard(&self) -> bool {
        self.asks_known
    }

    /// It gets it not.
    pub fn forget_keyboard(&mut self) {
        self.asks_known = false;
    }

    /// Nothing of the last image is half done.
    pub fn another_image(&mut self) {
        self.escape();
        (self.chosen, self.drawn) = (None, None);
    }

    /// What is measured by these points.
    fn whole(&self, points: Vec<Point>) -> Measurement {
        let known_mm = self.known_mm.filter(|_| self.measure == Measure::Known);
        Measurement { known_mm, ..Measurement::new(self.measure, points) }
    }

    /// All its points are set, and how long it is has to be said yet.
    fn waits_for_length(&self) -> bool {
        self.measure == Measure::Known && self.known_mm.is_none() && self.points.len() >= self.measure.points()
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
    choose_drawn(&mut review.canvas.measuring, current);
    if hidden || !current.may_change() || review.canvas.tool == Tool::Window {
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
        && let Some(found) = pressed.and_then(|at| point_at(&review.canvas, current, scene, at))
    {
        review.canvas.measuring.chosen = Some(found.id);
        review.canvas.measuring.moving = Some(found);
        return true;
    }
    if review.canvas.tool != Tool::Measure {
        return false;
    }
    let measuring = &mut review.canvas.measuring;
    measuring.next = at.filter(|_| !measuring.waits_for_length());
    if response.drag_started_by(PointerButton::Primary) {
        if measuring.waits_for_length() {
            // Drawn again, before it was said how long it is.
            measuring.points.clear();
        }
        measuring.points.extend(pressed.map(|at| inside(image_point(scene, at), scene.size)));
    }
    let let_go = response.drag_stopped_by(PointerButton::Primary)
        && pointer
            .zip(measuring.points.last())
            .is_some_and(|(at, last)| paint::pos(scene.placement.to_screen(*last)).distance(at) >= SHORTEST);
    // A click beside a line that waits for its length is no point of another.
    if (response.clicked() && !measuring.waits_for_length()) || let_go {
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
    if measuring.waits_for_length() {
        // A calibration must not come from a number that nobody has said.
        if measuring.next.take().is_some() {
            measuring.asks_known = true;
        }
        measuring.points.truncate(wanted);
        return;
    }
    let mut points = std::mem::take(&mut measuring.points);
    points.truncate(wanted);
    measuring.next = None;
    let measurement = measuring.whole(points);
    if measuring.measure == Measure::Known {
        // The next drag measures: a second calibration is asked for anew.
        (measuring.measure, measuring.known_mm) = (Measure::Length, None);
        measuring.known_text.clear();
    }
    if measurement.value(None).is_some() {
        measuring.drawn = Some((current.row.id, measurement.clone()));
        review.annotate(cx.commands, cx.view, current.row.id, Edit::Measure(measurement));
    }
}

fn inside(point: Point, size: Point) -> Point {
    [point[0].clamp(0.0, size[0]), point[1].clamp(0.0, size[1])]
}

/// Chooses what was drawn once it is there, so that its ends can be put right at once.
fn choose_drawn(state: &mut State, current: &Current<'_>) {
    let Some((image, drawn)) = &state.drawn else { return };
    let known = current.detail.filter(|detail| detail.image == *image);
    let mut measured = known.iter().flat_map(|detail| &detail.annotation.measurements).rev();
    if let Some(new) = measured.find(|one| one.measurement == *drawn) {
        (state.chosen, state.drawn) = (Some(new.id), None);
    }
}

/// The point of a measurement under a screen point that a drag takes hold of. While a tool draws, only those of the chosen one
/// are in its way, as in Weasis: a length is often drawn from the end of another, along a ruler from the mark a line ends
/// at, and would move that instead. What was drawn last is chosen, so its ends can still be put right without another tool.
fn point_at(canvas: &super::State, current: &Current<'_>, scene: &Scene, at: Pos2) -> Option<Moving> {
    let (state, detail) = (&canvas.measuring, current.detail?);
    let draws = matches!(canvas.tool, Tool::Measure | Tool::Box);
    let near = |point: &Point| paint::pos(scene.placement.to_screen(*point)).distance(at) <= REACH;
    let takes = |one: &&AnnotatedMeasurement| !draws || state.chosen == Some(one.id);
    detail.annotation.measurements.iter().rev().filter(takes).find_map(|one| {
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
    let names = LENGTHS.map(Measure::name);
    let chosen = LENGTHS.iter().position(|measure| *measure == state.measure);
    let mut asked = widgets::segmented(ui, cx.theme, &names, chosen).and_then(|index| LENGTHS.get(index)).copied();
    ui.add_space(space::XS);
    // Always of one width, as what stands beside it; the hint names what is chosen.
    let response = toolbar::menu_button(ui, cx, "More", "Measure values, or say a length");
    Popup::menu(&response).accessible_name("What else is measured").show(|ui| {
        ui.set_max_width(180.0);
        for measure in Measure::ALL.into_iter().filter(|measure| !LENGTHS.contains(measure)) {
            if widgets::choice(ui, cx.theme, measure.name(), state.measure == measure) {
                asked = Some(measure);
            }
        }
    });
    if let Some(measure) = asked {
        state.escape();
        state.measure = measure;
    }
    ui.add_space(space::S);
    if state.measure == Measure::Known {
        known_field(ui, cx, state);
    }
    let missing = state.measure.points().saturating_sub(state.points.len());
    let hint = match (state.measure, missing) {
        (Measure::Length, _) => "Drag from end to end".to_owned(),
        (Measure::Profile, _) => "Profile: drag from end to end".to_owned(),
        (Measure::Rectangle | Measure::Ellipse, _) => format!("{}: drag to the corner across", state.measure.name()),
        (Measure::Known, _) if state.waits_for_length() => "How long? Enter".to_owned(),
        (Measure::Known, _) => "Drag along it".to_owned(),
        (Measure::Angle, 3) => "Click three points, the vertex second".to_owned(),
        (Measure::LineAngle, 4) => "Drag along one line, then the other".to_owned(),
        (_, 1) => "1 point more".to_owned(),
        (_, more) => format!("{more} points more"),
    };
    // Always of one width: the strip is centred, and its buttons would move away under the pointer.
    let room = if state.measure == Measure::Known { HINT - KNOWN_FIELD - 6.0 } else { HINT };
    let layout = egui::Layout::left_to_right(egui::Align::Center);
    ui.allocate_ui_with_layout(vec2(room, toolbar::ROW), layout, |ui| {
        ui.set_min_width(room);
        ui.label(widgets::caption(cx.theme, hint));
    });
}

/// The field that says how long the next known length is. It is read when it is left, so that half a number is none.
fn known_field(ui: &mut egui::Ui, cx: &PanelContext<'_>, state: &mut State) {
    let (name, hint) = ("Known length in millimetres", "in mm");
    let field = widgets::text_field(ui, cx.theme, &mut state.known_text, name, hint, KNOWN_FIELD - 20.0);
    widgets::give_keyboard(&field, &mut state.asks_known);
    if field.lost_focus() {
        state.known_mm = millimetres(&state.known_text);
        state.known_text = state.known_mm.map(|known| format!("{known} mm")).unwrap_or_default();
    }
    field.on_hover_text(
        "How long the thing on the picture is that you draw along: a calibration mark, a coin. Millimetres, such as 50.",
    );
}

/// A length as somebody types it: "50", "25.4 mm", "25,4".
fn millimetres(text: &str) -> Option<f64> {
    let text = text.trim().trim_end_matches("mm").trim_end().replace(',', ".");
    text.parse::<f64>().ok().filter(|length| KNOWN_MM.contains(length))
}

/// All measurements of the image, and the one being made.
pub(super) fn paint(
    painter: &Painter,
    cx: &PanelContext<'_>,
    state: &State,
    current: &Current<'_>,
    scene: &Scene,
    units: Option<&str>,
) {
    // On the picture's black in both themes.
    let theme = &Theme::dark();
    let Some(detail) = current.detail else { return };
    let (image, scale) = (current.row.id, Scale::of(detail, units));
    for one in &detail.annotation.measurements {
        let seen = state.seen(one.id, &one.measurement);
        let text = words_of(cx.fetch, image, seen, scale);
        figure(painter, theme, (seen.measure, &seen.points), text, state.chosen == Some(one.id), scene);
        values::paint(painter, theme, cx.fetch, image, seen, scene);
    }
    if state.points.is_empty() {
        return;
    }
    let points: Vec<Point> = state.points.iter().copied().chain(state.next).collect();
    let whole = state.whole(points);
    let text = words_of(cx.fetch, image, &whole, scale);
    figure(painter, theme, (state.measure, &whole.points), text, true, scene);
    values::paint(painter, theme, cx.fetch, image, &whole, scene);
}

/// What was measured on a picture of a grid: its lines and sizes. What needs values of the picture is shown where it is alone.
pub(super) fn paint_small(painter: &Painter, on_it: &PageImage, scene: &Scene) {
    let theme = &Theme::dark();
    for one in &on_it.measurements {
        let measurement = &one.measurement;
        values::outline(painter, theme, measurement, scene);
        let text = short_text(measurement, on_it.spacing);
        figure(painter, theme, (measurement.measure, &measurement.points), text, false, scene);
    }
}

fn figure(
    painter: &Painter,
    theme: &Theme,
    (measure, points): (Measure, &[Point]),
    text: Option<String>,
    chosen: bool,
    scene: &Scene,
) {
    let places: Vec<Pos2> = points.iter().map(|point| paint::pos(scene.placement.to_screen(*point))).collect();
    let lines: Vec<&[Pos2]> = match measure {
        Measure::LineAngle => places.chunks(2).collect(),
        Measure::Rectangle | Measure::Ellipse => Vec::new(),
        Measure::Length | Measure::Angle | Measure::Profile | Measure::Known => vec![&places],
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
