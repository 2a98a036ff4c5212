//! What each action does to the Review screen.

mod boxes;
mod findings;
mod many;
mod signing;

pub use many::Asked;

use super::canvas::Tool;
use super::folding::Side;
use super::model::current::Current;
use super::model::selection::Selection;
use super::queue;
use super::state::ReviewState;
use super::views::prefer;
use crate::domain::{BoxId, MeasurementId, ReadingMode};
use crate::session::{Command, Edit, Mouse, ProjectCommand, Sort, View};
use crate::ui::action::{Grid, ReviewAction};

/// How much a key moves the threshold.
const STEP: f64 = 0.05;

fn ask_for_order(sort: Sort) -> Command {
    Command::Project(ProjectCommand::SetSort(sort))
}

impl ReviewState {
    fn toggle_flag(&mut self, commands: &mut Vec<Command>, view: &View) {
        if let Some(current) = self.current(view) {
            let flagged = current.detail.map_or(current.row.flagged, |d| d.annotation.flagged);
            self.annotate(commands, view, current.row.id, Edit::Flag(!flagged));
        }
    }

    fn toggle_key(&mut self, commands: &mut Vec<Command>, view: &View) {
        if let Some(current) = self.current(view) {
            let key = current.is_key();
            self.annotate(commands, view, current.row.id, Edit::Key(!key));
        }
    }

    /// Makes the image the example of a class; where it is, it is none any more.
    fn toggle_example(&self, commands: &mut Vec<Command>, view: &View, class: usize) {
        let Some(current) = self.current(view).filter(|current| class < current.project.classes.len()) else { return };
        let (looks, image) = (&current.project.class_looks, current.row.id);
        let example = Some(image).filter(|image| looks.example(class) != Some(*image));
        commands.push(Command::Project(ProjectCommand::SetClassLooks(looks.with_example(class, example))));
    }

    /// What goes by the features of images.
    fn by_features(&self, action: ReviewAction, commands: &mut Vec<Command>, view: &View) {
        let command = if action == ReviewAction::Similar {
            self.image().map(ProjectCommand::ShowSimilar)
        } else {
            view.project.as_deref().map(|project| ProjectCommand::LearnWhileLabelling(!project.refit.on))
        };
        commands.extend(command.map(Command::Project));
    }

    fn show_beside(&mut self, view: &View) {
        let detail = self.current(view).and_then(|current| current.detail);
        self.canvas.toggle_side_by_side(detail.map_or(0, |detail| detail.others.len()));
    }

    /// Does an action. `view` is the one last painted.
    pub fn on_action(&mut self, action: ReviewAction, commands: &mut Vec<Command>, view: &View) {
        let (several, side) = (self.grid != Grid::One, self.grid.side());
        if several && action.is_about_one_picture() {
            self.show_grid(Grid::One);
        }
        if self.on_many(action, commands, view) {
            return;
        }
        match action {
            ReviewAction::Many(action) => self.many(action, commands, view),
            ReviewAction::Next => self.go(commands, view, |s, p| s.step(p, 1)),
            ReviewAction::Previous => self.go(commands, view, |s, p| s.step(p, -1)),
            ReviewAction::First => self.go(commands, view, |s, p| s.choose(p, 0)),
            ReviewAction::Last => self.go(commands, view, |s, p| s.choose(p, p.queue.len().saturating_sub(1))),
            ReviewAction::NextUnreviewed => self.go(commands, view, Selection::next_unreviewed),
            ReviewAction::Show(image) => self.go(commands, view, |s, p| s.choose_image(p, image)),
            ReviewAction::FocusFilter => {
                self.unfold(Side::Queue);
                self.queue.search.focus = true;
            }
            ReviewAction::CycleSort => {
                commands.extend(view.project.as_deref().map(queue::sort_after).map(ask_for_order));
            }
            ReviewAction::ToggleAutoAdvance => self.stay = !self.stay,
            ReviewAction::Similar | ReviewAction::ToggleLearning => self.by_features(action, commands, view),
            ReviewAction::NextPage => self.go(commands, view, |s, p| s.turn_page(p, side.pow(2), true)),
            ReviewAction::PreviousPage => self.go(commands, view, |s, p| s.turn_page(p, side.pow(2), false)),
            ReviewAction::RowDown => self.go(commands, view, |s, p| s.leap(p, side as isize)),
            ReviewAction::RowUp => self.go(commands, view, |s, p| s.leap(p, -(side as isize))),

            ReviewAction::ToggleQueue => self.toggle(Side::Queue),
            ReviewAction::ToggleDetail => self.toggle(Side::Detail),

            ReviewAction::ShowGrid(grid) => self.show_grid(grid),
            ReviewAction::CycleGrid => self.show_grid(self.grid.next()),
            ReviewAction::Fit => self.canvas.fit(),
            ReviewAction::Zoom1to1 => self.canvas.one_to_one(),
            ReviewAction::ZoomIn => self.canvas.zoom_by(1.25),
            ReviewAction::ZoomOut => self.canvas.zoom_by(0.8),
            ReviewAction::Invert => self.change_display(|d| d.invert = !d.invert),
            ReviewAction::RotateView => self.change_display(|d| d.turn = d.turn.clockwise()),
            ReviewAction::FlipHorizontally => self.change_display(|d| d.turn = d.turn.flipped_horizontally()),
            ReviewAction::FlipVertically => self.change_display(|d| d.turn = d.turn.flipped_vertically()),
            ReviewAction::ResetView => self.reset_display(),
            ReviewAction::UndoView => self.undo_display(),
            ReviewAction::ToggleKeepView => prefer(commands, view, |reading| reading.keep_view = !reading.keep_view),
            ReviewAction::ToggleLinked => self.canvas.near.apart = !self.canvas.near.apart,
            ReviewAction::PlayFrames => self.canvas.cine.toggle(self.canvas.clock),
            ReviewAction::PlayFaster | ReviewAction::PlaySlower => self.change_speed(commands, view, action),
            ReviewAction::TrueSize => self.show_true_size(view),
            ReviewAction::KeepWindow => self.keep_window(commands, view),
            ReviewAction::MouseForLabelling => prefer(commands, view, |reading| reading.mouse = Mouse::LABELLING),
            ReviewAction::MouseOfWorkstation => prefer(commands, view, |reading| reading.mouse = Mouse::WORKSTATION),
            ReviewAction::MoveMode => self.canvas.tool = Tool::Move,
            ReviewAction::WindowMode => self.canvas.toggle(Tool::Window),
            ReviewAction::DrawBox => self.canvas.toggle(Tool::Box),
            ReviewAction::Measure => self.canvas.toggle(Tool::Measure),
            ReviewAction::Preset(index) => self.take_preset(view, index),
            ReviewAction::ToggleHeat => self.toggle_heat(),
            ReviewAction::NextHeatClass => self.next_explained(view),
            ReviewAction::NextHeatMethod => self.choose_next_method(commands, view),
            ReviewAction::NextHeatLayer => self.choose_next_layer(view),
            ReviewAction::TwoHeatMaps => self.toggle_two_maps(view),
            ReviewAction::OtherHeatMap => self.take_other_map(view),
            ReviewAction::HeatLines => self.heat.lines = !self.heat.lines,
            ReviewAction::HeatStronger => self.heat.opacity = (self.heat.opacity + 0.1).min(1.0),
            ReviewAction::HeatWeaker => self.heat.opacity = (self.heat.opacity - 0.1).max(0.1),
            // The canvas looks whether their keys are down.
            ReviewAction::HideOverlays | ReviewAction::Magnify => {}

            ReviewAction::Label(class) => self.give_class(commands, view, class),
            ReviewAction::Uncertain(finding) => self.call_uncertain(commands, view, finding),
            ReviewAction::Unlabel => self.label(commands, view, Edit::Label(None)),
            ReviewAction::Accept => self.accept(commands, view),
            ReviewAction::TakeModels => self.take_models(commands, view),
            ReviewAction::ToggleFlag => self.toggle_flag(commands, view),
            ReviewAction::ToggleKey => self.toggle_key(commands, view),
            ReviewAction::Example(class) => self.toggle_example(commands, view, class),
            ReviewAction::FocusNote => {
                self.unfold(Side::Detail);
                self.note.focus = self.current(view).is_some_and(|c| c.may_change());
            }
            ReviewAction::Delete => self.delete_chosen(commands, view),
            ReviewAction::SignOff => self.sign_off(commands, view, false),
            ReviewAction::Reopen => self.ask_for_reason(view),

            ReviewAction::AcceptBox => self.accept_box(commands, view),
            ReviewAction::NothingHere => self.nothing_here(commands, view),
            ReviewAction::ConfirmBoxes => {
                if self.current(view).is_some_and(|c| c.drawn() > 0) {
                    self.label(commands, view, Edit::Confirm);
                }
            }
            ReviewAction::NextBox => self.step_box(view, 1),
            ReviewAction::PreviousBox => self.step_box(view, -1),
            ReviewAction::DuplicateBox => self.duplicate(commands, view),
            ReviewAction::CopyBoxes => self.copy_to_next(commands, view),
            ReviewAction::Nudge(x, y) => self.nudge(commands, view, [f64::from(x), f64::from(y)]),
            ReviewAction::ThresholdUp => self.step_threshold(commands, view, STEP),
            ReviewAction::ThresholdDown => self.step_threshold(commands, view, -STEP),
            ReviewAction::SideBySide => self.show_beside(view),

            ReviewAction::Escape if self.marked.len() > 0 => self.marked.clear(),
            ReviewAction::Escape if several => self.show_grid(Grid::One),
            ReviewAction::Escape => self.escape(),
        }
    }

    /// Takes the model's word over another. The image stays: what took the place of what is seen there.
    fn take_models(&self, commands: &mut Vec<Command>, view: &View) {
        if let Some(offer) = self.current(view).and_then(|c| self.offer(&c)) {
            self.annotate_selected(commands, view, offer.edit());
        }
    }

    /// Confirms what is said, or takes the model's answer.
    fn accept(&mut self, commands: &mut Vec<Command>, view: &View) {
        if self.commit_or_go_on(commands, view) {
            return;
        }
        if let Some(stated) = self.current(view).and_then(|c| self.stated(&c).ok()) {
            self.label(commands, view, stated.edit());
        }
    }

    /// A class key: the image's label, or in a project about boxes the class of a box. Of findings it says whether this one
    /// is present, unless a box is chosen or to be drawn.
    fn give_class(&mut self, commands: &mut Vec<Command>, view: &View, class: usize) {
        match view.project.as_deref().filter(|project| class < project.classes.len()) {
            Some(project) if project.classes.findings => match self.current(view) {
                Some(c) if self.chosen_box(&c).is_some() || self.canvas.tool == Tool::Box => {
                    self.class_of_boxes(commands, view, class);
                }
                _ if project.classes.is_negative(class) => self.label(commands, view, Edit::NothingHere),
                Some(_) | None => self.call_present(commands, view, class),
            },
            Some(project) if project.is_about_boxes() => self.class_of_boxes(commands, view, class),
            Some(_) => self.label(commands, view, Edit::Label(Some(class))),
            None => {}
        }
    }

    /// Says that nothing is here, and what that took away.
    fn nothing_here(&mut self, commands: &mut Vec<Command>, view: &View) {
        // In a project about classes it would take a label away and go on to the next image unseen.
        let says = |c: &Current<'_>| c.project.is_about_boxes() || c.row.label.is_none();
        let Some(current) = self.current(view).filter(says) else { return };
        let drawn = current.drawn();
        self.label(commands, view, Edit::NothingHere);
        if drawn > 0 && current.may_change() {
            self.canvas.say("Boxes deleted: Ctrl+Z brings them back");
        }
    }

    /// Annotates the selected image.
    fn annotate_selected(&self, commands: &mut Vec<Command>, view: &View, edit: Edit) {
        if let Some(current) = self.current(view) {
            self.annotate(commands, view, current.row.id, edit);
        }
    }

    fn label(&mut self, commands: &mut Vec<Command>, view: &View, edit: Edit) {
        // What is to be committed first stays on screen.
        let commits = view.project.as_ref().is_some_and(|project| project.reading == ReadingMode::Reveal);
        // Nor is one left that stays as it is: why is said of it.
        let fixed = edit != Edit::Confirm && self.current(view).is_some_and(|current| current.signed_by().is_some());
        let goes_on = !self.stay && !commits && !fixed && edit != Edit::Label(None);
        self.annotate_selected(commands, view, edit);
        if goes_on {
            self.go(commands, view, |selection, project| selection.step(project, 1));
        }
    }

    /// Explains the next class, or the next of the model's boxes.
    fn next_explained(&mut self, view: &View) {
        let Some(current) = self.current(view) else { return };
        if current.project.threshold.is_some() {
            self.heat.shown = true;
            self.choose_next_found(&current);
            return;
        }
        let classes = current.project.classes.len();
        if classes > 0 {
            let side = self.heat.side_in_hand();
            let now = self.heat.choice(side).class.or_else(|| current.predicted()).unwrap_or(0);
            self.heat.shown = true;
            self.heat.choice_mut(side).class = Some((now + 1) % classes);
        }
    }

    fn delete_chosen(&mut self, commands: &mut Vec<Command>, view: &View) {
        let Some(annotation) = self.current(view).and_then(|c| c.detail).map(|d| &d.annotation) else { return };
        let there = |id: &BoxId| annotation.boxes.iter().any(|one| one.id == *id);
        if let Some(id) = self.canvas.chosen.filter(there) {
            self.annotate_selected(commands, view, Edit::DeleteBox { id });
            self.canvas.chosen = None;
        }
        let there = |id: &MeasurementId| annotation.measurements.iter().any(|one| one.id == *id);
        if let Some(id) = self.canvas.measuring.chosen.filter(there) {
            self.annotate_selected(commands, view, Edit::DeleteMeasurement { id });
            self.canvas.measuring.chosen = None;
        }
    }

    fn step_threshold(&mut self, commands: &mut Vec<Command>, view: &View, by: f64) {
        let Some(project) = view.project.as_deref() else { return };
        if let Some(now) = self.threshold.of_all(project) {
            self.set_threshold(commands, project, now + by, true);
        }
    }
}
