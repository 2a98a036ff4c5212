//! The Review screen as a reader leaves it and finds it again.

use super::canvas::Tool;
use super::model::display::Display;
use super::model::turn::Turn;
use super::state::ReviewState;
use crate::domain::ImageId;
use crate::session::{Command, ImageDisplay, Panels, ProjectView, View, Workplace};
use crate::ui::action::Grid;
use std::sync::Arc;

/// Images of which is remembered how they are displayed; of more those with the lowest numbers.
const DISPLAYS: usize = 1000;

impl Tool {
    const ALL: [Tool; 4] = [Tool::Move, Tool::Window, Tool::Box, Tool::Measure];

    /// What it is called in what is remembered.
    fn name(self) -> &'static str {
        match self {
            Tool::Move => "move",
            Tool::Window => "window",
            Tool::Box => "box",
            Tool::Measure => "measure",
        }
    }
}

impl ReviewState {
    /// How the screen is now, beside what is remembered of the rest of the window. A project that was not painted yet is as
    /// it was left.
    pub fn left(&self, project: &ProjectView) -> Workplace {
        let before = project.workplace.as_deref().cloned().unwrap_or_default();
        if !self.found_as_left(project) {
            return before;
        }
        let mut displays: Vec<ImageDisplay> = self.displays().map(|(image, display)| display.kept(image)).collect();
        displays.sort_unstable_by_key(|display| display.image);
        displays.truncate(DISPLAYS);
        Workplace {
            image: self.selected(),
            place: self.canvas.place(),
            displays,
            tool: self.canvas.tool.name().to_owned(),
            panels: Panels {
                queue_width: self.queue_width,
                detail_width: self.detail_width,
                queue_folded: self.queue_folded,
                detail_folded: self.detail_folded,
                grid: self.grid.side() as u8,
                stay: self.stay,
            },
            ..before
        }
    }

    /// Whether this is the project as the session last said that it was left.
    fn found_as_left(&self, project: &ProjectView) -> bool {
        match (&self.workplace, &project.workplace) {
            (Some(taken), Some(left)) => Arc::ptr_eq(taken, left),
            (None, None) => true,
            (Some(_), None) | (None, Some(_)) => false,
        }
    }

    /// Brings the screen to how it was left, once for each time the session says it.
    pub(super) fn find_as_left(&mut self, commands: &mut Vec<Command>, view: &View) {
        let Some(project) = view.project.as_deref() else { return };
        if self.found_as_left(project) {
            return;
        }
        self.workplace.clone_from(&project.workplace);
        let Some(left) = project.workplace.clone() else { return };
        // Of a project that nobody has left yet there is nothing to find again.
        if *left == Workplace::default() {
            return;
        }
        for display in &left.displays {
            self.set_display(display.image, Display::of(display));
        }
        let panels = left.panels;
        (self.queue_folded, self.detail_folded, self.stay) = (panels.queue_folded, panels.detail_folded, panels.stay);
        (self.queue_width, self.detail_width) = (panels.queue_width, panels.detail_width);
        if let Some(grid) = Grid::ALL.into_iter().find(|grid| grid.side() == usize::from(panels.grid)) {
            self.show_grid(grid);
        }
        if let Some(image) = left.image {
            self.go(commands, view, |selection, project| selection.choose_image(project, image));
        }
        if let Some(tool) = Tool::ALL.into_iter().find(|tool| tool.name() == left.tool) {
            self.canvas.tool = tool;
        }
        if left.image.is_some() && self.selected() == left.image {
            self.canvas.put_as_left(left.place);
        }
    }
}

impl Display {
    /// As it is remembered.
    fn kept(self, image: ImageId) -> ImageDisplay {
        let (turns, mirrored) = ((self.turn.degrees() / 90) as u8, self.turn.is_mirrored());
        ImageDisplay { image, voi: self.voi, inverted: self.invert, turns, mirrored }
    }

    /// As it was remembered.
    fn of(kept: &ImageDisplay) -> Self {
        let turn = Turn::of(kept.turns, kept.mirrored);
        Self { voi: kept.voi, invert: kept.inverted, turn }
    }
}
