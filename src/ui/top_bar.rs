//! The bar at the top: the project, its screens, the active model, who is reading, and the way to everything else.

use super::action::{Action, Screen};
use super::context::PanelContext;
use super::fonts;
use super::phrases;
use super::theme::space;
use super::widgets::{self, Button, ButtonStyle};
use crate::session::{ProjectCommand, ProjectView};
use egui::{Align, Layout, Margin, Ui};

/// What the bar remembers: the reader's name as it is typed.
#[derive(Default)]
pub struct State {
    reader: String,
    /// The field was asked for by key or palette and has not got the keyboard yet.
    pub edit_reader: bool,
}

/// Shows it.
pub fn show(ui: &mut Ui, cx: &mut PanelContext<'_>, screen: Screen, state: &mut State) {
    let frame = egui::Frame::new().fill(cx.theme.panel).inner_margin(Margin::symmetric(12, 0));
    egui::Panel::top("top bar").frame(frame).exact_size(40.0).resizable(false).show(ui, |ui| {
        ui.with_layout(Layout::left_to_right(Align::Center), |ui| {
            ui.spacing_mut().item_spacing.x = space::XS;
            let project = cx.view.project.clone().filter(|_| cx.view.import.is_none());
            if let Some(project) = &project {
                name(ui, cx, project);
                ui.add_space(space::L);
                for tab in Screen::ALL {
                    let look = Button::new(tab.title()).style(ButtonStyle::Quiet).selected(tab == screen);
                    let response = look.tooltip(cx.tooltip(Action::GoTo(tab))).ui(ui, cx.theme);
                    ui.ctx().accesskit_node_builder(response.id, |node| node.set_role(egui::Role::Tab));
                    if response.clicked() {
                        cx.push(Action::GoTo(tab));
                    }
                }
            }
            ui.with_layout(Layout::right_to_left(Align::Center), |ui| {
                ui.spacing_mut().item_spacing.x = 14.0;
                let (key, tip) = (cx.key(Action::Palette), cx.tooltip(Action::Palette));
                if widgets::chip_button(ui, cx.theme, "Find anything", "", &key, &tip).clicked() {
                    cx.push(Action::Palette);
                }
                if let Some(project) = &project {
                    reader(ui, cx, project, state);
                    model(ui, cx, project);
                }
            });
        });
    });
}

fn name(ui: &mut Ui, cx: &PanelContext<'_>, project: &ProjectView) {
    let text = egui::RichText::new(&*project.name).font(fonts::semibold(13.0)).color(cx.theme.text);
    ui.scope(|ui| {
        ui.set_max_width(220.0);
        ui.add(egui::Label::new(text).truncate()).on_hover_text(project.path.display().to_string());
    });
    ui.add_space(space::XS);
    ui.label(widgets::faint(cx.theme, phrases::count(project.counts.images, "image", "images")).color(cx.theme.muted));
    if let Some(why) = &project.read_only {
        ui.add_space(space::XS);
        widgets::tag(ui, cx.theme, "read-only", cx.theme.warning).on_hover_text(why);
    }
}

fn model(ui: &mut Ui, cx: &mut PanelContext<'_>, project: &ProjectView) {
    let active = project.active.and_then(|id| project.models.iter().find(|m| m.record.id == id));
    let name = active.map_or("none yet", |m| m.record.card.name.as_str());
    let tip = "The model whose predictions are shown. Press for all models";
    if widgets::chip_button(ui, cx.theme, "Model", name, "", tip).clicked() {
        cx.push(Action::GoTo(Screen::Models));
    }
}

fn reader(ui: &mut Ui, cx: &mut PanelContext<'_>, project: &ProjectView, state: &mut State) {
    let shown = if project.reader.is_empty() { "nobody" } else { &project.reader };
    let tip = "Who is reading: every label is signed with this. Press to change";
    let chip = widgets::chip_button(ui, cx.theme, "Reader", shown, "", tip);
    let was_open = egui::Popup::is_id_open(ui.ctx(), egui::Popup::default_response_id(&chip));
    let open = state.edit_reader && !was_open;
    let pressed = chip.clicked() && !was_open;
    if open || pressed {
        state.reader.clone_from(&project.reader);
    }
    state.edit_reader |= pressed;
    let mut popup = egui::Popup::menu(&chip)
        .accessible_name("Reader")
        .close_behavior(egui::PopupCloseBehavior::CloseOnClickOutside);
    if open {
        popup = popup.open_memory(egui::SetOpenCommand::Bool(true));
    }
    let shown = popup.show(|ui| {
        ui.set_width(220.0);
        ui.label(widgets::caption(cx.theme, "Labels are signed with this name."));
        let field = widgets::text_field(ui, cx.theme, &mut state.reader, "Reader's name", "Name or initials", 220.0);
        if state.edit_reader {
            widgets::give_keyboard(&field, &mut state.edit_reader);
        }
        let entered = field.lost_focus() && ui.input(|i| i.key_pressed(egui::Key::Enter));
        let name = state.reader.trim();
        let ready = !name.is_empty();
        if (Button::new("Set reader")
            .style(ButtonStyle::Primary)
            .enabled(ready)
            .full_width()
            .ui(ui, cx.theme)
            .clicked()
            || entered)
            && ready
        {
            cx.send(ProjectCommand::SetReader(name.to_owned()));
            ui.close();
        }
    });
    // One that was closed again gets no keyboard.
    state.edit_reader &= shown.is_some();
}
