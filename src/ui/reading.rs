//! How a person reads: the choice in the reader's menu, and what stands in place of screens that would show what the model
//! and others say.

use super::action::{Action, Screen};
use super::context::PanelContext;
use super::phrases;
use super::theme::space;
use super::widgets::{self, Button, ButtonStyle};
use crate::domain::{ReaderDescription, ReaderRole, ReadingMode};
use crate::session::{ProjectCommand, ProjectView};
use egui::{Align, Label, Layout, Ui, vec2};

/// As what the present reader reads, and what qualifies for it, as it is typed.
pub fn role(ui: &mut Ui, cx: &mut PanelContext<'_>, project: &ProjectView, typed: &mut String) {
    let writable = project.read_only.is_none();
    let about = &project.about_reader;
    ui.add_space(space::S);
    ui.label(widgets::caption(cx.theme, "Role"));
    ui.horizontal_wrapped(|ui| {
        for role in ReaderRole::ALL {
            let radio = egui::RadioButton::new(about.role == role, role.name());
            let response = ui.add_enabled(writable, radio).on_hover_text(role.means());
            if response.clicked() && about.role != role {
                cx.send(ProjectCommand::DescribeReader(ReaderDescription::new(role, typed)));
            }
        }
    });
    ui.label(widgets::caption(cx.theme, "Qualification"));
    let text = |ui: &mut Ui| {
        let (name, hint) = ("Qualification", "radiologist, 12 years");
        widgets::text_field(ui, cx.theme, typed, name, hint, 220.0)
    };
    let field = ui.add_enabled_ui(writable, text).inner;
    let tip = "Kept with Enter, or when you go on. It stands in the evaluation report, so write no name";
    if field.on_hover_text(tip).lost_focus() {
        if ui.input(|i| i.key_pressed(egui::Key::Escape)) {
            typed.clone_from(&about.qualification);
        } else {
            keep_qualification(cx, project, typed);
        }
    }
}

/// Keeps what was typed where it is anything new.
pub fn keep_qualification(cx: &mut PanelContext<'_>, project: &ProjectView, typed: &str) {
    let about = &project.about_reader;
    let new = ReaderDescription::new(about.role, typed);
    if project.read_only.is_none() && new != *about {
        cx.send(ProjectCommand::DescribeReader(new));
    }
}

/// The ways of reading, to be chosen for the present reader or for everybody who did not choose.
pub fn choice(ui: &mut Ui, cx: &mut PanelContext<'_>, project: &ProjectView) {
    let writable = project.read_only.is_none();
    ui.add_space(space::S);
    ui.label(widgets::caption(cx.theme, "How this reader reads"));
    for mode in ReadingMode::ALL {
        let radio = egui::RadioButton::new(project.reading == mode, mode.name());
        let response = ui.add_enabled(writable, radio).on_hover_text(mode.means());
        if response.clicked() && project.reading != mode {
            cx.send(ProjectCommand::SetReadingMode { mode, everyone: false });
            ui.close();
        }
    }
    ui.add(Label::new(widgets::caption(cx.theme, project.reading.means())).wrap());
    let text = "Make this every reader's way here";
    let button = Button::new(text).style(ButtonStyle::Link).enabled(writable);
    let tip = "Makes this the way of reading of this project for every reader who did not choose another";
    if button.tooltip(tip.to_owned()).ui(ui, cx.theme).clicked() {
        cx.send(ProjectCommand::SetReadingMode { mode: project.reading, everyone: true });
        ui.close();
    }
    let text = "Names, roles and qualifications say who said what on this machine. Nobody is asked for a password: this keeps \
                readings apart, it does not keep people out.";
    ui.add(Label::new(widgets::faint(cx.theme, text)).wrap());
}

/// Stands in place of a screen.
pub fn closed(ui: &mut Ui, cx: &mut PanelContext<'_>, project: &ProjectView) {
    ui.with_layout(Layout::top_down(Align::Center), |ui| {
        ui.add_space(ui.available_height() * 0.3);
        ui.spacing_mut().item_spacing = vec2(space::S, space::S);
        ui.set_max_width(460.0);
        ui.label(widgets::heading(cx.theme, "Closed while you read"));
        let text = format!(
            "{} reads without seeing what the model and other readers say, and this screen is about that. Go back to Review, or \
             change the way of reading.",
            project.reader
        );
        ui.add(Label::new(widgets::body(cx.theme, &text)).wrap());
        if Button::new("Go back to Review").style(ButtonStyle::Primary).ui(ui, cx.theme).clicked() {
            cx.push(Action::GoTo(Screen::Review));
        }
        let button = Button::new("Read assisted").enabled(project.read_only.is_none());
        let tip = ReadingMode::Assisted.means();
        if button.tooltip(tip.to_owned()).ui(ui, cx.theme).clicked() {
            // What is seen cannot be unseen.
            let left = project.assigned.as_ref().map_or(0, |mine| mine.total.saturating_sub(mine.read));
            let mut text = "From now on the model's answer and what is in force are on screen, also of images that are not read yet.".to_owned();
            if left > 0 {
                text.push_str(&format!(" Of the list {} left.", phrases::count(left, "image is", "images are")));
            }
            let command = ProjectCommand::SetReadingMode { mode: ReadingMode::Assisted, everyone: false };
            cx.push(Action::Ask("Read with the model in sight?".to_owned(), text, "Read assisted", command.into()));
        }
    });
}
