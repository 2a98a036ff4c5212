//! What a person calls a model and notes of it, what it was trained from, and the way into the bin and back.

use crate::domain::{EpochRecord, ModelId};
use crate::session::{Command, ModelRow, ProjectCommand, ProjectView};
use crate::ui::action::Action;
use crate::ui::context::PanelContext;
use crate::ui::phrases;
use crate::ui::widgets::{self, Button};
use egui::Ui;

const NAME_WIDTH: f32 = 90.0;
const FIELD_WIDTH: f32 = 320.0;

/// The words as they are typed, of one model.
#[derive(Default)]
pub(super) struct State {
    of: Option<ModelId>,
    name: String,
    note: String,
}

/// The fields of name and note; what is typed is kept when the field is left.
pub(super) fn words(ui: &mut Ui, cx: &mut PanelContext<'_>, project: &ProjectView, row: &ModelRow, state: &mut State) {
    let record = &row.record;
    if state.of != Some(record.id) {
        *state = State { of: Some(record.id), name: record.card.name.clone(), note: record.note.clone() };
    }
    let theme = cx.theme;
    ui.add_enabled_ui(project.read_only.is_none(), |ui| {
        let mut left = false;
        widgets::labelled(ui, theme, "Name", NAME_WIDTH, "", |ui| {
            left |=
                widgets::text_field(ui, theme, &mut state.name, "Name of the model", "name", FIELD_WIDTH).lost_focus();
        });
        widgets::labelled(ui, theme, "Note", NAME_WIDTH, "", |ui| {
            left |=
                widgets::text_field(ui, theme, &mut state.note, "Note of the model", "none", FIELD_WIDTH).lost_focus();
        });
        let (name, note) = (state.name.trim(), state.note.trim());
        if left && (name, note) != (record.card.name.as_str(), record.note.as_str()) {
            let (name, note) = (name.to_owned(), note.to_owned());
            cx.send(ProjectCommand::DescribeModel { model: record.id, name, note });
            // What comes back is what is kept: a name that another model has is not.
            state.of = None;
        }
    });
}

/// What its weights were before the first step, which epoch was kept, and why the run ended; as far as it is known.
pub(super) fn training(project: &ProjectView, row: &ModelRow) -> Vec<(&'static str, String)> {
    let run = row.record.run.and_then(|id| project.runs.iter().find(|run| run.id == id));
    let Some(run) = run else { return Vec::new() };
    let mut facts = Vec::new();
    let from = match (&row.parent_name, &run.facts) {
        (Some(parent), _) => Some(format!("the weights of {parent}")),
        (None, Some(made)) if !made.started_from.is_empty() => Some(made.started_from.clone()),
        (None, _) => None,
    };
    facts.extend(from.map(|from| ("Started from", from)));
    if let Some(kept) = EpochRecord::kept(&run.epochs) {
        let ended = run.facts.as_ref().map_or("", |made| made.ended.as_str());
        let epochs = phrases::count(run.epochs.len(), "epoch", "epochs");
        let ended = if ended.is_empty() { String::new() } else { format!("; {ended}") };
        facts.push(("Kept", format!("epoch {} of {epochs} run{ended}", kept.epoch)));
    }
    facts
}

/// Into the bin, for a model that is not active; out of it, and emptying it, for one that is there.
pub(super) fn delete(ui: &mut Ui, cx: &mut PanelContext<'_>, project: &ProjectView, row: &ModelRow) {
    let writable = project.read_only.is_none();
    if row.record.deleted {
        restore(ui, cx, project, row);
        let tip = "Deletes the weights of all models in the bin for good";
        if Button::new("Empty the bin").tooltip(tip).enabled(writable).ui(ui, cx.theme).clicked() {
            let gone: Vec<&str> = project
                .models
                .iter()
                .filter(|model| model.record.deleted)
                .map(|model| model.record.card.name.as_str())
                .collect();
            let title = format!("Delete {} for good?", phrases::count(gone.len(), "model", "models"));
            let text = format!("The weights of {} cannot be brought back then.", gone.join(", "));
            cx.push(Action::Ask(title, text, "Delete for good", Command::Project(ProjectCommand::EmptyBin)));
        }
    } else if !row.record.active {
        let button = Button::new("Delete").name(format!("Delete {}", row.record.card.name));
        let tip = "Puts its weights into the project's bin, from where they can be restored";
        if button.tooltip(tip).enabled(writable).ui(ui, cx.theme).clicked() {
            cx.send(ProjectCommand::DeleteModel(row.record.id));
        }
    }
}

/// Out of the bin.
pub(super) fn restore(ui: &mut Ui, cx: &mut PanelContext<'_>, project: &ProjectView, row: &ModelRow) {
    let button = Button::new("Restore").name(format!("Restore {}", row.record.card.name));
    if button.enabled(project.read_only.is_none()).ui(ui, cx.theme).clicked() {
        cx.send(ProjectCommand::RestoreModel(row.record.id));
    }
}
