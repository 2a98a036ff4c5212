//! Whether an image has one class or several findings, and making it the other: what would change and what would be lost is
//! said before.

use crate::session::{Conversion, ProjectCommand, ProjectView, kind_words};
use crate::ui::action::Action;
use crate::ui::context::PanelContext;
use crate::ui::phrases;
use crate::ui::theme::space;
use crate::ui::widgets::{self, Button, ButtonStyle};
use egui::Ui;

/// Shows it.
pub(super) fn show(ui: &mut Ui, cx: &mut PanelContext<'_>, project: &ProjectView) {
    widgets::card(ui, cx.theme, |ui| {
        ui.spacing_mut().item_spacing.y = space::S;
        widgets::section(ui, cx.theme, "What an image has");
        let findings = project.classes.findings;
        let now =
            if findings { "Several findings, each present, absent, uncertain or not assessed." } else { "One class." };
        ui.label(widgets::body(cx.theme, now));
        let Some(plan) = &project.data.conversion else {
            let text = format!("Convert to {}…", kind_words(!findings));
            let writable = project.read_only.is_none();
            let convert = Button::new(&text).enabled(writable && !project.rows.is_empty());
            if convert.tooltip("Shows first what would change and what would be lost").ui(ui, cx.theme).clicked() {
                cx.send(ProjectCommand::PlanConversion { findings: !findings });
            }
            return;
        };
        match plan {
            Ok(plan) => preview(ui, cx, project, plan),
            Err(why) => {
                let text = widgets::body(cx.theme, format!("It stays as it is: {why}.")).color(cx.theme.warning);
                ui.add(egui::Label::new(text).wrap());
                if Button::new("Cancel").name("Leave the images as they are").ui(ui, cx.theme).clicked() {
                    cx.send(ProjectCommand::DismissConversion);
                }
            }
        }
    });
}

fn preview(ui: &mut Ui, cx: &mut PanelContext<'_>, project: &ProjectView, plan: &Conversion) {
    let theme = cx.theme;
    ui.add_space(space::XS);
    let kind = kind_words(plan.classes.findings);
    widgets::section(ui, theme, &format!("What would change with {kind}"));
    let images = phrases::count(plan.images, "image is", "images are");
    let what = if plan.classes.findings { "findings" } else { "classes" };
    let line = format!("{images} converted; {what}: {}", plan.classes.names().join(", "));
    ui.add(egui::Label::new(widgets::strong(theme, line)).wrap());
    for lost in &plan.lost {
        let text = widgets::body(theme, format!("Lost: {lost}")).color(theme.warning);
        ui.add(egui::Label::new(text).wrap());
    }
    if plan.lost.is_empty() {
        ui.label(widgets::body(theme, "Nothing is lost by it."));
    }
    for note in &plan.notes {
        ui.add(egui::Label::new(widgets::caption(theme, note)).wrap());
    }
    let key = cx.key(Action::Undo);
    let back = match plan.images {
        0 => "Nothing is said of any image that would change: to go back, convert it the other way round.".to_owned(),
        _ => format!("It is one action: {key} takes it back, with what would be lost, also after a restart."),
    };
    ui.add(egui::Label::new(widgets::caption(theme, back)).wrap());
    ui.horizontal(|ui| {
        let (text, style) = match plan.lost.is_empty() {
            true => ("Convert", ButtonStyle::Primary),
            false => ("Convert, and lose what is named", ButtonStyle::Danger),
        };
        let convert = Button::new(text).name(format!("{text}: {kind}")).style(style);
        if convert.enabled(project.read_only.is_none()).ui(ui, theme).clicked() {
            cx.send(ProjectCommand::Convert);
        }
        if Button::new("Cancel").name("Leave the images as they are").ui(ui, theme).clicked() {
            cx.send(ProjectCommand::DismissConversion);
        }
    });
}
