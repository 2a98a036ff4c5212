//! The frames of a file one after the other, as a film: on through the queue, and from the last back to the first.

use crate::session::{Command, Picture, ProjectView, View};
use crate::ui::action::ReviewAction;
use crate::ui::context::PanelContext;
use crate::ui::review::model::current::Current;
use crate::ui::review::state::ReviewState;
use crate::ui::review::views::prefer;
use crate::ui::theme::space;
use crate::ui::widgets;
use egui::{Ui, vec2};
use std::time::Duration;

/// Frames a second of a file that does not say how many.
const USUAL: f64 = 10.0;
/// The fewest and the most frames a second: screens show no more than the most.
const SLOWEST: f64 = 0.2;
const FASTEST: f64 = 60.0;
/// The speeds that keys go through, in frames a second.
const STEPS: [f64; 14] = [0.5, 1.0, 2.0, 3.0, 4.0, 6.0, 8.0, 10.0, 12.0, 15.0, 20.0, 25.0, 30.0, 60.0];

/// Whether it plays.
#[derive(Default)]
pub struct State {
    /// Set while it does: when the frame on screen came.
    since: Option<f64>,
    /// The file that was played last, and the frames a second of its header: the next frame may still be on its way.
    of_file: Option<(String, Option<f64>)>,
}

impl State {
    /// What the header of the file says, known from any of its frames.
    fn known(&self, name: &str) -> Option<f64> {
        self.of_file.as_ref().filter(|(of, _)| of == file(name)).and_then(|(_, rate)| *rate)
    }

    /// Plays or stops, as it is not now.
    pub fn toggle(&mut self, now: f64) {
        self.since = if self.since.is_some() { None } else { Some(now) };
    }

    /// Whether it plays.
    pub fn plays(&self) -> bool {
        self.since.is_some()
    }
}

/// Frames a second a film is played at: those a person chose, else those of its header, else the usual ones.
fn speed(chosen: Option<f64>, header: Option<f64>) -> f64 {
    chosen.or(header).filter(|rate| rate.is_finite()).unwrap_or(USUAL).clamp(SLOWEST, FASTEST)
}

/// The next faster or slower speed; the same where there is none.
fn step(speed: f64, faster: bool) -> f64 {
    let mut steps = STEPS.into_iter();
    let next = if faster { steps.find(|one| *one > speed + 1e-6) } else { steps.rev().find(|one| *one < speed - 1e-6) };
    next.unwrap_or(speed)
}

impl ReviewState {
    /// Plays faster or slower from now on, these frames and others.
    pub(in crate::ui::review) fn change_speed(&mut self, commands: &mut Vec<Command>, view: &View, how: ReviewAction) {
        let header = self.canvas.cine.of_file.as_ref().and_then(|(_, rate)| *rate);
        let now = speed(view.preferences.reading.frames_a_second, header);
        prefer(commands, view, |reading| reading.frames_a_second = Some(step(now, how == ReviewAction::PlayFaster)));
    }
}

/// How fast it plays, which can be changed; what a person chose is given back to the file by a button.
pub(super) fn controls(ui: &mut Ui, cx: &mut PanelContext<'_>, state: &State, name: &str) {
    let header = state.known(name);
    let chosen = cx.view.preferences.reading.frames_a_second;
    let mut speed = speed(chosen, header);
    let drag = egui::DragValue::new(&mut speed).range(SLOWEST..=FASTEST).speed(0.2).max_decimals(1);
    let response = widgets::drag_value(ui, drag, "Frames a second", vec2(52.0, 26.0));
    let [faster, slower] = [ReviewAction::PlayFaster, ReviewAction::PlaySlower].map(|action| cx.key(action));
    if response.on_hover_text(format!("{faster} plays faster, {slower} slower")).changed() {
        prefer(cx.commands, cx.view, |reading| reading.frames_a_second = Some(speed));
    }
    ui.label(widgets::caption(cx.theme, "frames a second"));
    ui.add_space(space::XS);
    let of_file = self::speed(None, header);
    let figure = format!("{of_file:.1}");
    let whose = if header.is_some() { "As the file" } else { "As usual" };
    let text = format!("{whose}: {}", figure.strip_suffix(".0").unwrap_or(&figure));
    if chosen.is_some()
        && widgets::chip_button(ui, cx.theme, &text, "", "", "Plays each file as its header says").clicked()
    {
        prefer(cx.commands, cx.view, |reading| reading.frames_a_second = None);
    }
}

/// Goes on where the frame's time is over. `picture` is the one asked for, not another that stands for it meanwhile.
pub(super) fn go_on(
    ui: &Ui,
    cx: &mut PanelContext<'_>,
    review: &mut ReviewState,
    current: &Current<'_>,
    picture: &Picture,
) {
    let now = review.canvas.clock;
    let Some(since) = review.canvas.cine.since else { return };
    let Some((at, of)) = picture.taken.as_ref().and_then(|taken| taken.frame) else {
        review.canvas.cine = State::default();
        review.canvas.say("This file has one picture: there is nothing to play.");
        return;
    };
    let header = picture.taken.as_ref().and_then(|taken| taken.rate);
    review.canvas.cine.of_file = Some((file(&current.row.name).to_owned(), header));
    let frame = 1.0 / speed(cx.view.preferences.reading.frames_a_second, header);
    // Screens come at times of their own: a frame that is shown a little late does not put off those after it.
    if now - since < frame - 1e-6 {
        ui.ctx().request_repaint_after(Duration::from_secs_f64(frame - (now - since)));
        return;
    }
    review.canvas.cine.since = Some((since + frame).max(now - frame));
    let file = file(&current.row.name);
    let next = |project: &ProjectView, place: usize| {
        let row = project.rows.get(*project.queue.get(place)? as usize)?;
        (self::file(&row.name) == file).then_some(place)
    };
    review.go(cx.commands, cx.view, |selection, project| {
        let Some(here) = project
            .queue
            .iter()
            .position(|row| project.rows.get(*row as usize).is_some_and(|row| Some(row.id) == selection.image()))
        else {
            return false;
        };
        let first =
            || (1..at).take_while(|back| here.checked_sub(*back).is_some_and(|p| next(project, p).is_some())).count();
        match next(project, here + 1).filter(|_| at < of) {
            Some(place) => selection.choose(project, place),
            None => selection.choose(project, here - first()),
        }
    });
    ui.ctx().request_repaint();
}

/// The name of an image's file, without which frame of it the image is.
fn file(name: &str) -> &str {
    name.rsplit_once('#').map_or(name, |(file, _)| file)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_person_s_speed_goes_before_the_header_s_and_that_before_the_usual_one() {
        assert_eq!(speed(None, None), 10.0);
        assert_eq!(speed(None, Some(25.0)), 25.0);
        assert_eq!(speed(Some(4.0), Some(25.0)), 4.0);
        assert_eq!([speed(None, Some(1e9)), speed(Some(0.0), None)], [FASTEST, SLOWEST]);
        assert_eq!([step(10.0, true), step(10.0, false), step(26.5, true), step(26.5, false)], [12.0, 8.0, 30.0, 25.0]);
        assert_eq!([step(60.0, true), step(0.2, false)], [60.0, 0.2]);
    }
}
