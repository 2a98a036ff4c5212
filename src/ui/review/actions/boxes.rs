//! What actions do to boxes: taking the model's, choosing, changing and copying one's own.

use crate::domain::{AnnotatedBox, PredictedBox, Rect};
use crate::session::{self, Command, Edit, View};
use crate::ui::review::model::boxes::{Mark, Sent, Under};
use crate::ui::review::model::current::Current;
use crate::ui::review::model::geometry::moved;
use crate::ui::review::model::selection::Selection;
use crate::ui::review::state::ReviewState;

/// How far a duplicate lies from its box, in pixels of the picture.
const BESIDE: f64 = 10.0;

impl ReviewState {
    /// Chooses the model's box after the one that is chosen, from the first again after the last.
    pub(super) fn choose_next_found(&mut self, current: &Current<'_>) {
        let shown: Vec<usize> = self.found(current).map(|(index, _)| index).collect();
        let after = self.canvas.chosen_found.and_then(|chosen| shown.iter().find(|index| **index > chosen));
        if let Some(next) = after.or(shown.first()) {
            self.canvas.choose(Some(Under::Found(*next)));
        }
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

    pub(super) fn accept_box(&mut self, commands: &mut Vec<Command>, view: &View) {
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
    pub(in crate::ui::review) fn take_box(
        &mut self,
        commands: &mut Vec<Command>,
        view: &View,
        current: &Current<'_>,
        one: &PredictedBox,
    ) {
        let new = !session::undrawn(current.boxes(), [(one.class, one.rect)]).is_empty();
        if new && current.may_change() {
            let mark = Mark { id: None, class: one.class, rect: one.rect };
            self.canvas.await_new_box(Sent::new(current, mark, self.canvas.clock));
        }
        self.annotate(commands, view, current.row.id, Edit::AcceptBox { class: one.class, rect: one.rect });
        self.canvas.chosen_found = None;
    }

    pub(super) fn step_box(&mut self, view: &View, by: isize) {
        let Some(current) = self.current(view) else { return };
        let drawn = current.boxes().iter().map(|one| Under::Drawn(one.id));
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

    pub(super) fn duplicate(&mut self, commands: &mut Vec<Command>, view: &View) {
        let Some(current) = self.current(view) else { return };
        let Some(one) = self.chosen_box(&current) else { return };
        let size = current.size();
        let beside = |by| moved(&one.rect, [by, by], size);
        let rect = if beside(BESIDE) == one.rect { beside(-BESIDE) } else { beside(BESIDE) };
        if current.may_change() {
            let mark = Mark { id: None, class: one.class, rect };
            self.canvas.await_new_box(Sent::new(&current, mark, self.canvas.clock));
        }
        self.annotate(commands, view, current.row.id, Edit::DrawBox { class: one.class, rect });
    }

    pub(super) fn nudge(&mut self, commands: &mut Vec<Command>, view: &View, by: [f64; 2]) {
        let Some(current) = self.current(view) else { return };
        let Some(one) = self.chosen_box(&current) else { return };
        // Keys come faster than changes are committed.
        let now = self.canvas.sent.as_ref().filter(|sent| sent.id == Some(one.id)).map_or(one.rect, |sent| sent.rect);
        let rect = moved(&now, by, current.size());
        if rect != now && current.may_change() {
            let mark = Mark { id: Some(one.id), class: one.class, rect };
            self.canvas.sent = Some(Sent::new(&current, mark, self.canvas.clock));
            self.annotate(commands, view, current.row.id, Edit::ChangeBox { id: one.id, class: one.class, rect });
        }
    }

    /// Draws this image's boxes on the next of the queue, in the same place of the picture, and goes there.
    pub(super) fn copy_to_next(&mut self, commands: &mut Vec<Command>, view: &View) {
        let (Some(current), Some(from)) = (self.current(view), self.selected()) else { return };
        let Some(detail) = current.detail.filter(|d| !d.annotation.boxes.is_empty()) else { return };
        if !current.may_change() {
            return;
        }
        let boxes = detail.annotation.boxes.clone();
        let size = current.size();
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
