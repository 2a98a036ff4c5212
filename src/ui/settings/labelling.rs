//! How images are labelled.

use super::State;
use super::rows::Rows;
use crate::ui::action::Action;
use crate::ui::widgets::Button;

/// Shows the section.
pub(super) fn show(rows: &mut Rows<'_, '_>, _: &mut State) {
    let reader = rows.cx.view.project.as_ref().map(|project| project.reader.clone());
    match reader {
        Some(reader) => rows.row("Reader", "Every label is signed with this name.", |ui, cx, _| {
            let button = Button::new(&reader).name(format!("Change the reader {reader}"));
            if button.tooltip("Press to change it").ui(ui, cx.theme).clicked() {
                ui.close();
                cx.push(Action::EditReader);
            }
        }),
        None => rows.note("Reader", "Every label is signed with the reader's name. Open a project to change it."),
    }
    rows.note(
        "Who is asked for",
        "Where more than one person has worked in a project, it asks at its opening who reads now.",
    );
}
