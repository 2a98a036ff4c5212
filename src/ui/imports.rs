//! The list of imports on the Data screen: what each took and left out, and the way to more images.

use super::action::Action;
use super::context::PanelContext;
use super::import::report_ui;
use super::phrases;
use super::widgets::{self, ButtonStyle};
use crate::session::{ImportRow, ProjectView};
use egui::Ui;

/// Offers to go on with an import that was broken off, where there is one.
pub fn unfinished(ui: &mut Ui, cx: &mut PanelContext<'_>) {
    let Some(unfinished) = cx.view.unfinished.clone() else { return };
    let theme = cx.theme;
    widgets::card(ui, theme, |ui| {
        let name = unfinished.source.file_name().unwrap_or(unfinished.source.as_os_str()).to_string_lossy();
        ui.label(widgets::strong(theme, format!("The import of {name} was interrupted")));
        let text = "What was looked at so far is noted: going on begins where it stopped.";
        ui.label(widgets::caption(theme, text)).on_hover_text(unfinished.source.display().to_string());
        ui.horizontal(|ui| {
            widgets::action_button(ui, cx, Action::ResumeImport, Some("Go on"), ButtonStyle::Primary, true);
            widgets::action_button(ui, cx, Action::ForgetImport, Some("Forget it"), ButtonStyle::Plain, true);
        });
    });
}

/// Shows the list, the newest import first, each with its whole report to unfold.
pub fn show(ui: &mut Ui, cx: &mut PanelContext<'_>, project: &ProjectView) {
    let theme = cx.theme;
    widgets::section(ui, theme, "Imports");
    ui.horizontal(|ui| {
        let writable = project.read_only.is_none();
        widgets::action_button(ui, cx, Action::AddImages, Some("Add images…"), ButtonStyle::Plain, writable);
        widgets::action_button(ui, cx, Action::AddFile, Some("Add from a file…"), ButtonStyle::Plain, writable);
        let text = "A folder or an annotation file. Images that are here already get another reader's labels.";
        ui.label(widgets::caption(theme, text));
    });
    if cx.view.unfinished.as_ref().is_some_and(|unfinished| unfinished.project == project.path) {
        unfinished(ui, cx);
    }
    if project.imports.is_empty() {
        widgets::hint(ui, theme, "This project was made before imports were kept on record.");
    }
    for ImportRow { when, record } in project.imports.iter() {
        let report = &record.report;
        let name = record
            .source
            .file_name()
            .map_or_else(|| record.source.display().to_string(), |name| name.to_string_lossy().into_owned());
        let mut parts =
            vec![when.clone(), name, report.format.clone(), phrases::count(report.images, "new image", "new images")];
        let counted = [
            (report.already_there, "there already"),
            (report.left_out.len() + report.unlisted, "left out"),
            (report.conflicts.len(), "to look at"),
        ];
        parts.extend(
            counted.iter().filter(|(n, _)| *n > 0).map(|(n, what)| format!("{} {what}", phrases::thousands(*n))),
        );
        let title = widgets::body(theme, parts.join(" · "));
        egui::CollapsingHeader::new(title).id_salt(("import", record.id)).show(ui, |ui| {
            ui.label(widgets::faint(theme, record.source.display().to_string()));
            report_ui(ui, theme, report);
        });
    }
}
