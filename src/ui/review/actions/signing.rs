//! Signing images off, and asking why they are reopened.

use crate::domain::ImageId;
use crate::session::{Command, ProjectCommand, ProjectView, View};
use crate::ui::action::Grid;
use crate::ui::phrases::thousands;
use crate::ui::review::actions::Asked;
use crate::ui::review::state::ReviewState;
use std::collections::HashSet;

impl ReviewState {
    /// Signs the chosen images off, or all of the grid's page; of several it is asked first.
    pub(super) fn sign_off(&mut self, commands: &mut Vec<Command>, view: &View, page: bool) {
        self.commit_note(commands, view);
        let Some(project) = view.project.as_deref().filter(|project| project.read_only.is_none()) else { return };
        let images: Vec<ImageId> = match page {
            true if self.grid == Grid::One => return,
            true => {
                let page = self.shown_page();
                page.rows.iter().filter_map(|&row| Some(project.rows.get(row)?.id)).collect()
            }
            false => self.chosen(project),
        };
        let count = images.len();
        let command = Command::Project(ProjectCommand::SignOff { images });
        match count {
            0 => {}
            1 => commands.push(command),
            _ => {
                self.asked = Some(Asked::Whether {
                    title: format!("Sign {} images off as {}?", thousands(count), project.reader),
                    text: "What is said of them is locked for everybody until somebody reopens it with a reason. Images that \
                           nobody has reviewed, and those on which readers differ, are left out and named. Undo takes all of \
                           it back in one step."
                        .into(),
                    button: "Sign off",
                    command: Box::new(command),
                });
            }
        }
    }

    /// Of the chosen images those that are signed off.
    pub(in crate::ui::review) fn signed_of(&self, project: &ProjectView) -> Vec<ImageId> {
        let chosen: HashSet<ImageId> = self.chosen(project).into_iter().collect();
        let signed = project.rows.iter().filter(|row| row.facts.signed.is_some() && chosen.contains(&row.id));
        signed.map(|row| row.id).collect()
    }

    /// Asks why the chosen images are reopened, where some are signed off.
    pub(super) fn ask_for_reason(&mut self, view: &View) {
        let Some(project) = view.project.as_deref().filter(|project| project.read_only.is_none()) else { return };
        let images = self.signed_of(project);
        if images.is_empty() {
            return self.canvas.say("Nothing is signed off here");
        }
        self.asked = Some(Asked::Reason(images));
    }
}
