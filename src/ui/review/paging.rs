//! Several pictures beside each other: what keys do to them, and what the session is told.

use super::selection::Page;
use super::state::ReviewState;
use crate::domain::ImageId;
use crate::session::{Command, ProjectCommand, ProjectView, View};
use crate::ui::action::{Action, Grid};

impl ReviewState {
    /// The images beside each other.
    pub(super) fn shown_page(&self) -> Page {
        self.selection.page(self.grid.side().pow(2))
    }

    /// Tells the session which images are beside each other, where that changed.
    pub(super) fn look_at_page(&mut self, commands: &mut Vec<Command>, project: &ProjectView) {
        let rows = if self.grid == Grid::One { Vec::new() } else { self.shown_page().rows };
        let page: Vec<ImageId> = rows.into_iter().filter_map(|row| Some(project.rows.get(row)?.id)).collect();
        if page != self.page {
            self.page.clone_from(&page);
            commands.push(Command::Project(ProjectCommand::LookAtPage(page)));
        }
    }

    /// Shows so many pictures beside each other.
    pub(super) fn show_grid(&mut self, grid: Grid) {
        if self.grid != grid {
            self.grid = grid;
            self.canvas.leave_picture();
            self.queue.reveal = true;
        }
    }

    /// Does an action about several pictures; `false` for others. What only makes sense on one picture first opens it.
    pub(super) fn on_grid_action(&mut self, action: &Action, commands: &mut Vec<Command>, view: &View) -> bool {
        let side = self.grid.side();
        match action {
            Action::ShowGrid(grid) => self.show_grid(*grid),
            Action::CycleGrid => self.show_grid(self.grid.next()),
            Action::NextPage => self.go(commands, view, |s, p| s.turn_page(p, side.pow(2), true)),
            Action::PreviousPage => self.go(commands, view, |s, p| s.turn_page(p, side.pow(2), false)),
            Action::RowDown => self.go(commands, view, |s, p| s.leap(p, side as isize)),
            Action::RowUp => self.go(commands, view, |s, p| s.leap(p, -(side as isize))),
            _ if self.grid == Grid::One => return false,
            Action::Escape => self.show_grid(Grid::One),
            Action::ToggleHeat => {
                self.show_grid(Grid::One);
                self.heat.shown = true;
            }
            _ if is_about_one_picture(action) => {
                self.show_grid(Grid::One);
                return false;
            }
            _ => return false,
        }
        true
    }
}

/// Whether an action cannot be seen to do anything to a picture among others.
fn is_about_one_picture(action: &Action) -> bool {
    matches!(
        action,
        Action::Fit
            | Action::Zoom1to1
            | Action::ZoomIn
            | Action::ZoomOut
            | Action::MoveMode
            | Action::WindowMode
            | Action::DrawBox
            | Action::Measure
            | Action::NextHeatClass
            | Action::SideBySide
            | Action::NextBox
            | Action::PreviousBox
    )
}
