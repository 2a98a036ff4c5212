//! How models are trained.

use super::State;
use super::rows::Rows;
use crate::session::{Preferences, ProjectCommand, Training};
use crate::ui::widgets;

/// Shows the section.
pub(super) fn show(rows: &mut Rows<'_, '_>, _: &mut State) {
    let help = "A model is then judged on the test images only once somebody asks for it. A project in which this was \
                chosen keeps its own choice.";
    rows.row("Test images", help, |ui, _, preferences| {
        let text = "Keep the test split closed after a training";
        widgets::check(ui, &mut preferences.training.keep_test_closed, text);
    });
    let open = rows.cx.view.project.as_ref().filter(|project| project.read_only.is_none());
    if let Some((name, mut closed)) = open.map(|project| (project.name.clone(), project.test_closed)) {
        rows.row("In the open project", &format!("The same for {name} alone."), |ui, cx, _| {
            if widgets::check(ui, &mut closed, "Keep it closed in this project").changed() {
                cx.send(ProjectCommand::KeepTestClosed(closed));
            }
        });
    }
    let device = format!("{}: what computes is chosen by itself, the fastest that there is.", rows.cx.view.device);
    rows.note("Device", &device);
}

/// As the program comes.
pub(super) fn reset(preferences: &mut Preferences) {
    preferences.training = Training::default();
}
