//! What keys do to boxes: the threshold, taking the model's, changing and copying one's own.

use super::canvas::geometry::moved;
use super::canvas::{self, Mark, Under};
use super::selection::Selection;
use super::state::{Current, ReviewState};
use crate::domain::{AnnotatedBox, PredictedBox, Rect};
use crate::session::{self, Command, Edit, ProjectCommand, ProjectView, View};
use crate::ui::action::{Action, Grid, Shown};

/// How much a key moves the threshold.
const STEP: f64 = 0.05;
/// How far a duplicate lies from its box, in pixels of the picture.
const BESIDE: f64 = 10.0;

impl ReviewState {
    /// The score from which boxes are shown: the one a person is moving, else the model's; `None` where the active model
    /// draws no boxes.
    pub(super) fn threshold(&self, project: &ProjectView) -> Option<f64> {
        let in_force = project.threshold?;
        let moved = self.moved_threshold.filter(|(_, before)| *before == in_force);
        Some(moved.map_or(in_force, |(now, _)| now))
    }

    /// Shows boxes from another score on; with `keep` it is kept with the model where the project can be changed.
    pub(super) fn set_threshold(&mut self, commands: &mut Vec<Command>, project: &ProjectView, to: f64, keep: bool) {
        let (Some(before), Some(model)) = (project.threshold, project.active) else { return };
        let to = (to.clamp(0.0, 1.0) * 100.0).round() / 100.0;
        self.moved_threshold = Some((to, before));
        if keep && to != before && project.read_only.is_none() {
            commands.push(Command::Project(ProjectCommand::SetThreshold { model, threshold: Some(to) }));
        }
    }

    /// The model's boxes that are shown, each with its place in the prediction.
    pub(super) fn found<'v>(&self, current: &Current<'v>) -> impl Iterator<Item = (usize, &'v PredictedBox)> + use<'v> {
        let all = current.detail.and_then(|d| d.prediction.as_ref()).map_or(&[][..], |p| &p.boxes);
        self.counting(current.project, all)
    }

    /// Of the model's boxes those that are shown, each with its place among them.
    pub(super) fn counting<'v>(
        &self,
        project: &ProjectView,
        all: &'v [PredictedBox],
    ) -> impl Iterator<Item = (usize, &'v PredictedBox)> + use<'v> {
        let least = self.threshold(project).unwrap_or(0.0);
        all.iter().enumerate().filter(move |(_, one)| f64::from(one.score) >= least)
    }

    /// The chosen box that a reader drew.
    pub(super) fn chosen_box<'v>(&self, current: &Current<'v>) -> Option<&'v AnnotatedBox> {
        let chosen = self.canvas.chosen?;
        current.detail?.annotation.boxes.iter().find(|one| one.id == chosen)
    }

    /// The box whose heat map is shown when heat maps are, with its class and place: the chosen one, else the model's best
    /// of those shown.
    pub(super) fn explained_box(&self, current: &Current<'_>) -> Option<(Under, usize, Rect)> {
        if let Some(one) = self.chosen_box(current) {
            return Some((Under::Drawn(one.id), one.class, one.rect));
        }
        let chosen = self.found(current).find(|(index, _)| Some(*index) == self.canvas.chosen_found);
        let best = || self.found(current).max_by(|a, b| a.1.score.total_cmp(&b.1.score));
        chosen.or_else(best).map(|(index, one)| (Under::Found(index), one.class, one.rect))
    }

    /// Whether the model looked at the image and there is no box whose heat map could be shown.
    pub(super) fn finds_nothing(&self, current: &Current<'_>) -> bool {
        let looked = current.project.threshold.is_some() && current.row.boxes.seen && current.detail.is_some();
        looked && self.explained_box(current).is_none()
    }

    /// Chooses the model's box after the one that is chosen, from the first again after the last.
    pub(super) fn choose_next_found(&mut self, current: &Current<'_>) {
        let shown: Vec<usize> = self.found(current).map(|(index, _)| index).collect();
        let after = self.canvas.chosen_found.and_then(|chosen| shown.iter().find(|index| **index > chosen));
        if let Some(next) = after.or(shown.first()) {
            self.canvas.choose(Some(Under::Found(*next)));
        }
    }

    /// What of the picture is on the screen.
    pub fn shown(&self, view: &View) -> Shown {
        if self.grid != Grid::One {
            return Shown { grid: true, ..Shown::default() };
        }
        let Some(current) = self.current(view) else { return Shown::default() };
        let drawn = current.detail.is_some_and(|d| !d.annotation.boxes.is_empty());
        let boxes = drawn || self.found(&current).next().is_some();
        Shown { boxes, chosen: self.chosen_box(&current).is_some(), grid: false }
    }

    /// A class key in a project about boxes: the chosen box gets the class, else boxes to be drawn do.
    pub(super) fn class_of_boxes(&mut self, commands: &mut Vec<Command>, view: &View, class: usize) {
        let Some(current) = self.current(view) else { return };
        match self.chosen_box(&current) {
            Some(one) => {
                let edit = Edit::ChangeBox { id: one.id, class, rect: one.rect };
                self.annotate(commands, view, current.row.id, edit);
            }
            None => self.canvas.box_class = Some(class),
        }
    }

    /// Does an action about boxes; `false` for others.
    pub(super) fn on_box_action(&mut self, action: &Action, commands: &mut Vec<Command>, view: &View) -> bool {
        match action {
            Action::AcceptBox => self.accept_box(commands, view),
            Action::NothingHere => {
                // In a project about classes it would take a label away and go on to the next image unseen.
                if self.current(view).is_some_and(|c| c.project.is_about_boxes() || c.row.label.is_none()) {
                    self.label(commands, view, Edit::NothingHere);
                }
            }
            Action::ConfirmBoxes => {
                if self.current(view).is_some_and(|c| c.drawn() > 0) {
                    self.label(commands, view, Edit::Confirm);
                }
            }
            Action::NextBox => self.step_box(view, 1),
            Action::PreviousBox => self.step_box(view, -1),
            Action::DuplicateBox => self.duplicate(commands, view),
            Action::CopyBoxes => self.copy_to_next(commands, view),
            Action::Nudge(x, y) => self.nudge(commands, view, [f64::from(*x), f64::from(*y)]),
            Action::ThresholdUp => self.step_threshold(commands, view, STEP),
            Action::ThresholdDown => self.step_threshold(commands, view, -STEP),
            Action::SideBySide => self.canvas.toggle_side_by_side(),
            _ => return false,
        }
        true
    }

    fn step_threshold(&mut self, commands: &mut Vec<Command>, view: &View, by: f64) {
        let Some(project) = view.project.as_deref() else { return };
        if let Some(now) = self.threshold(project) {
            self.set_threshold(commands, project, now + by, true);
        }
    }

    fn accept_box(&mut self, commands: &mut Vec<Command>, view: &View) {
        let Some(current) = self.current(view) else { return };
        let hovered = match self.canvas.hovered {
            Some(Under::Found(index)) => Some(index),
            _ => None,
        };
        let wanted = hovered.or(self.canvas.chosen_found);
        if let Some((_, one)) = self.found(&current).find(|(index, _)| Some(*index) == wanted) {
            self.take_box(commands, view, &current, one);
        }
    }

    /// Draws one of the model's boxes and chooses it, as any box just drawn.
    pub(super) fn take_box(
        &mut self,
        commands: &mut Vec<Command>,
        view: &View,
        current: &Current<'_>,
        one: &PredictedBox,
    ) {
        let drawn = current.detail.map_or(&[][..], |d| &d.annotation.boxes);
        let new = !session::undrawn(drawn, [(one.class, one.rect)]).is_empty();
        if new && current.project.read_only.is_none() {
            let mark = Mark { id: None, class: one.class, rect: one.rect };
            self.canvas.await_new_box(canvas::sent(current, mark, self.canvas.clock));
        }
        self.annotate(commands, view, current.row.id, Edit::AcceptBox { class: one.class, rect: one.rect });
        self.canvas.chosen_found = None;
    }

    fn step_box(&mut self, view: &View, by: isize) {
        let Some(current) = self.current(view) else { return };
        let drawn = current.detail.map_or(&[][..], |d| &d.annotation.boxes).iter().map(|one| Under::Drawn(one.id));
        let all: Vec<Under> = drawn.chain(self.found(&current).map(|(index, _)| Under::Found(index))).collect();
        let chosen = self.canvas.chosen.map(Under::Drawn).or_else(|| self.canvas.chosen_found.map(Under::Found));
        let at = all.iter().position(|one| Some(*one) == chosen);
        let next = match at {
            Some(at) => (at as isize + by).rem_euclid(all.len() as isize) as usize,
            None if by > 0 => 0,
            None => all.len().saturating_sub(1),
        };
        self.canvas.choose(all.get(next).copied());
    }

    fn duplicate(&mut self, commands: &mut Vec<Command>, view: &View) {
        let Some(current) = self.current(view) else { return };
        let Some(one) = self.chosen_box(&current) else { return };
        let size = [f64::from(current.row.width), f64::from(current.row.height)];
        let beside = |by| moved(&one.rect, [by, by], size);
        let rect = if beside(BESIDE) == one.rect { beside(-BESIDE) } else { beside(BESIDE) };
        if current.project.read_only.is_none() {
            let mark = Mark { id: None, class: one.class, rect };
            self.canvas.await_new_box(canvas::sent(&current, mark, self.canvas.clock));
        }
        self.annotate(commands, view, current.row.id, Edit::DrawBox { class: one.class, rect });
    }

    fn nudge(&mut self, commands: &mut Vec<Command>, view: &View, by: [f64; 2]) {
        let Some(current) = self.current(view) else { return };
        let Some(one) = self.chosen_box(&current) else { return };
        // Keys come faster than changes are committed.
        let now = self.canvas.sent.as_ref().filter(|sent| sent.id == Some(one.id)).map_or(one.rect, |sent| sent.rect);
        let rect = moved(&now, by, [f64::from(current.row.width), f64::from(current.row.height)]);
        if rect != now && current.project.read_only.is_none() {
            let mark = Mark { id: Some(one.id), class: one.class, rect };
            self.canvas.sent = Some(canvas::sent(&current, mark, self.canvas.clock));
            self.annotate(commands, view, current.row.id, Edit::ChangeBox { id: one.id, class: one.class, rect });
        }
    }

    /// Draws this image's boxes on the next of the queue, in the same place of the picture, and goes there.
    fn copy_to_next(&mut self, commands: &mut Vec<Command>, view: &View) {
        let (Some(current), Some(from)) = (self.current(view), self.selected()) else { return };
        let Some(detail) = current.detail.filter(|d| !d.annotation.boxes.is_empty()) else { return };
        if current.project.read_only.is_some() {
            return;
        }
        let boxes = detail.annotation.boxes.clone();
        let size = [f64::from(current.row.width), f64::from(current.row.height)];
        self.go(commands, view, |selection: &mut Selection, project| selection.step(project, 1));
        let Some(next) = self.current(view).map(|c| c.row).filter(|row| row.id != from) else { return };
        let (x, y) = (f64::from(next.width) / size[0].max(1.0), f64::from(next.height) / size[1].max(1.0));
        let scaled = |one: &AnnotatedBox| {
            let r = one.rect;
            (one.class, Rect { xmin: r.xmin * x, ymin: r.ymin * y, xmax: r.xmax * x, ymax: r.ymax * y })
        };
        self.annotate(commands, view, next.id, Edit::DrawBoxes(boxes.iter().map(scaled).collect()));
    }
}
