//! The frames of a file one after the other, as a film: on through the queue, and from the last back to the first.

use crate::session::{Picture, ProjectView};
use crate::ui::context::PanelContext;
use crate::ui::review::model::current::Current;
use crate::ui::review::state::ReviewState;
use egui::Ui;
use std::time::Duration;

/// How long a frame is shown, in seconds.
const FRAME: f64 = 0.1;

/// Whether it plays.
#[derive(Default)]
pub struct State {
    /// Set while it does: when the frame on screen came.
    since: Option<f64>,
}

impl State {
    /// Plays or stops, as it is not now.
    pub fn toggle(&mut self, now: f64) {
        self.since = if self.since.is_some() { None } else { Some(now) };
    }

    /// Whether it plays.
    pub fn plays(&self) -> bool {
        self.since.is_some()
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
    if now - since < FRAME {
        ui.ctx().request_repaint_after(Duration::from_secs_f64(FRAME - (now - since)));
        return;
    }
    review.canvas.cine.since = Some(now);
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
