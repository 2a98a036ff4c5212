//! How images are labelled.

use super::State;
use super::rows::Rows;
use crate::session::{Labelling, Preferences, ProjectCommand, RowSize};
use crate::ui::action::Action;
use crate::ui::context::PanelContext;
use crate::ui::widgets::{self, Button, ButtonStyle};
use egui::Ui;
use std::sync::Arc;

/// How high rows are, as people call it.
const ROWS: [(&str, RowSize); 3] = [("Dense", RowSize::Dense), ("Normal", RowSize::Normal), ("Large", RowSize::Large)];

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
    rows.row("Rows of the queue", "", |ui, cx, preferences| {
        let chosen = ROWS.iter().position(|(_, size)| *size == preferences.labelling.rows);
        let names = ROWS.map(|(name, _)| name);
        if let Some((_, size)) = widgets::segmented(ui, cx.theme, &names, chosen).and_then(|at| ROWS.get(at)) {
            preferences.labelling.rows = *size;
        }
    });
    let open = rows.cx.view.project.as_ref().filter(|project| project.read_only.is_none());
    if let Some((name, refit)) = open.map(|project| (project.name.clone(), Arc::clone(&project.refit))) {
        let help = "A last layer is learned from your corrections of train images, and its answers are shown instead of the \
                    model's own; of a model that draws boxes the scores are recalibrated, class by class. Model files, stored answers and figures stay as they are.";
        rows.row("Learning", help, |ui, cx, _| {
            let mut on = refit.on;
            ui.vertical(|ui| {
                if widgets::check(ui, &mut on, &format!("Learn while I label in {name}")).changed() {
                    cx.send(ProjectCommand::LearnWhileLabelling(on));
                }
                if let Some(problem) = refit.problem {
                    ui.label(widgets::caption(cx.theme, problem));
                }
            });
        });
    }
    rows.row("History", "", |ui, _, preferences| {
        widgets::check(ui, &mut preferences.labelling.oldest_first, "Begins with what was said first");
    });
    rows.row("Kept filters", "Kept from the search of the queue, under a name.", |ui, cx, preferences| {
        ui.vertical(|ui| filters(ui, cx, preferences));
    });
    rows.note(
        "Who is asked for",
        "Where more than one person has worked in a project, it asks at its opening who reads now.",
    );
}

/// As the program comes; filters that a person kept stay.
pub(super) fn reset(preferences: &mut Preferences) {
    let filters = std::mem::take(&mut preferences.labelling.filters);
    preferences.labelling = Labelling { filters, ..Labelling::default() };
}

fn filters(ui: &mut Ui, cx: &PanelContext<'_>, preferences: &mut Preferences) {
    let theme = cx.theme;
    let kept = &mut preferences.labelling.filters;
    if kept.is_empty() {
        ui.label(widgets::caption(theme, "None yet."));
    }
    let mut gone = None;
    for (at, filter) in kept.iter().enumerate() {
        ui.horizontal(|ui| {
            ui.label(widgets::strong(theme, &*filter.name));
            ui.label(widgets::caption(theme, &*filter.text));
            let remove = Button::new("Remove").name(format!("Remove the filter {}", filter.name));
            if remove.style(ButtonStyle::Quiet).ui(ui, theme).clicked() {
                gone = Some(at);
            }
        });
    }
    if let Some(at) = gone {
        kept.remove(at);
    }
}
