//! Filters kept under a name, for every project.

use crate::session::query::{read, write};
use crate::session::{DeskCommand, Filter, KeptFilter, Preferences, ProjectCommand, ProjectView};
use crate::ui::context::PanelContext;
use crate::ui::review::queue::typing::Vocabulary;
use crate::ui::theme::space;
use crate::ui::widgets::{self, Button};
use egui::Ui;

/// The kept filters, and a field to keep the present one.
pub(super) fn show(ui: &mut Ui, cx: &mut PanelContext<'_>, project: &ProjectView, name: &mut String) {
    let theme = cx.theme;
    let kept = &cx.view.preferences.labelling.filters;
    let text = write(&project.filter, &project.classes);
    if kept.is_empty() && text.is_empty() {
        return;
    }
    ui.separator();
    ui.label(widgets::caption(theme, "Kept filters"));
    let mut dropped = None;
    let vocabulary = Vocabulary::of(project);
    for (at, filter) in kept.iter().enumerate() {
        let wanted = read(&filter.text, &vocabulary.of_project(project));
        ui.horizontal(|ui| {
            ui.spacing_mut().item_spacing.x = space::XS;
            let remove =
                widgets::chip_button(ui, theme, "\u{d7}", "", "", &format!("Forget the filter {}", filter.name));
            if widgets::named(remove, &format!("Forget the filter {}", filter.name)).clicked() {
                dropped = Some(at);
            }
            match wanted {
                Ok((terms, name)) => {
                    let line = format!("{}  {}", filter.name, filter.text);
                    if widgets::choice(ui, theme, &line, filter.text == text) {
                        cx.send(ProjectCommand::SetFilter(Filter { terms, name, ..Filter::default() }));
                    }
                }
                Err(problem) => {
                    let why = format!("{}: {}", filter.name, problem.sentence);
                    ui.add(egui::Label::new(widgets::faint(theme, why)).wrap());
                }
            }
        });
    }
    let mut filters = kept.clone();
    if let Some(at) = dropped {
        filters.remove(at);
    }
    if !text.is_empty() {
        ui.horizontal(|ui| {
            ui.spacing_mut().item_spacing.x = space::XS;
            widgets::text_field(ui, theme, name, "Name of the filter", "a name", 150.0);
            let named = !name.trim().is_empty();
            if Button::new("Keep this filter").enabled(named).ui(ui, theme).clicked() {
                let new = KeptFilter { name: std::mem::take(name).trim().to_owned(), text: text.clone() };
                filters.retain(|one| one.name != new.name);
                filters.push(new);
            }
        });
    }
    if filters != *kept {
        let mut preferences: Preferences = (*cx.view.preferences).clone();
        preferences.labelling.filters = filters;
        cx.send(DeskCommand::SetPreferences(preferences));
    }
}
