//! The bar at the top: the project, its screens, the active model, who is reading, and the way to everything else.

use super::action::{Action, Screen};
use super::context::PanelContext;
use super::fonts;
use super::phrases;
use super::reading;
use super::theme::space;
use super::widgets::{self, Button, ButtonStyle, Glyph};
use crate::domain::{ModelStatus, ReadingMode};
use crate::session::{ProjectCommand, ProjectView};
use egui::{Align, Layout, Margin, Ui};

/// What the bar remembers: the reader's name and qualification as they are typed.
#[derive(Default)]
pub struct State {
    reader: String,
    /// Of the reader whose menu is open; absent while it is closed.
    qualification: Option<String>,
    /// The field was asked for by key or palette and has not got the keyboard yet.
    pub edit_reader: bool,
}

/// What of the bar there is room for, the first to go last.
#[derive(Clone, Copy, Debug, PartialEq)]
struct Room {
    /// The tabs beside each other, else in a menu.
    tabs: bool,
    /// The project's name, at most so wide in points; absent where there is no room for it.
    title: Option<f32>,
    /// The active model.
    model: bool,
    /// What the chips are about, and the key for finding.
    labels: bool,
    /// How many images there are.
    count: bool,
}

impl Room {
    /// From all to the least.
    const STEPS: [Self; 7] = {
        let all = Self { tabs: true, title: Some(NAME), model: true, labels: true, count: true };
        let counted = Self { count: false, ..all };
        let plain = Self { labels: false, ..counted };
        // The end of a long name says less than which model it is.
        let short = Self { title: Some(SHORT_NAME), ..plain };
        let bare = Self { model: false, ..short };
        let untitled = Self { title: None, ..bare };
        [all, counted, plain, short, bare, untitled, Self { tabs: false, ..untitled }]
    };
}

/// The widest that a name is shown, in points.
const NAME: f32 = 220.0;
/// The same where there is little room: it gets what is left, at least this.
const SHORT_NAME: f32 = 40.0;
/// The button of the settings.
const SETTINGS: f32 = 26.0;
/// Between the chips, and at most in the bar's margins and gaps.
const GAP: f32 = 14.0;
const EDGES: f32 = 40.0;
/// Letters of a value without its label.
const LETTERS: usize = 12;

/// Shows it.
pub fn show(ui: &mut Ui, cx: &mut PanelContext<'_>, screen: Screen, state: &mut State) {
    let frame = egui::Frame::new().fill(cx.theme.panel).inner_margin(Margin::symmetric(12, 0));
    egui::Panel::top("top bar").frame(frame).exact_size(40.0).resizable(false).show(ui, |ui| {
        ui.with_layout(Layout::left_to_right(Align::Center), |ui| {
            ui.spacing_mut().item_spacing.x = space::XS;
            let project = cx.view.project.clone().filter(|_| cx.view.import.is_none());
            let room = project.as_ref().map_or(Room::STEPS[0], |project| room(ui, cx, project));
            if let Some(project) = &project {
                if let Some(most) = room.title {
                    name(ui, cx, project, room, most);
                    ui.add_space(space::L);
                }
                tabs(ui, cx, project, screen, room);
            }
            ui.with_layout(Layout::right_to_left(Align::Center), |ui| {
                ui.spacing_mut().item_spacing.x = GAP;
                let tip = cx.tooltip(Action::Settings);
                if Button::of_glyph(Glyph::Gear, "Settings").tooltip(tip).ui(ui, cx.theme).clicked() {
                    cx.push(Action::Settings);
                }
                let tip = cx.tooltip(Action::Palette);
                let (text, key) = find(cx, room);
                if widgets::short_chip_button(ui, cx.theme, (text, ""), &key, &tip, "Find anything").clicked() {
                    cx.push(Action::Palette);
                }
                if let Some(project) = &project {
                    reader(ui, cx, project, state, room);
                    if room.model {
                        model(ui, cx, project, room);
                    }
                }
            });
        });
    });
}

/// The most of the bar that the window is wide enough for.
fn room(ui: &Ui, cx: &PanelContext<'_>, project: &ProjectView) -> Room {
    let wide = ui.available_width();
    let painter = ui.painter();
    let text = |text: &str, font| painter.layout_no_wrap(text.to_owned(), font, cx.theme.text).size().x;
    let needs = |room: &Room| {
        let mut width = EDGES;
        if let Some(most) = room.title {
            width += text(&project.name, fonts::semibold(13.0)).min(most) + space::L + space::XS;
            width += if project.read_only.is_some() { 80.0 } else { 0.0 };
        }
        if room.count && room.title.is_some() {
            width += text(&images(project), fonts::regular(fonts::SMALL)) + space::XS;
        }
        let tab = |tab: &Screen| Button::new(tab.title()).style(ButtonStyle::Quiet).wanted_width(painter) + space::XS;
        width += match room.tabs {
            true => Screen::ALL.iter().map(tab).sum::<f32>(),
            false => Screen::ALL.iter().map(tab).fold(0.0, f32::max) + 16.0,
        };
        let chip = |label: &str, value: &str, key: &str| {
            widgets::chip_button_width(painter, cx.theme, label, value, key) + GAP
        };
        let (words, key) = find(cx, *room);
        width += chip(words, "", &key) + SETTINGS + GAP;
        let (label, value) = shown_reader(project, *room);
        width += chip(label, &value, "");
        if room.model {
            let (label, value) = shown_model(project, *room);
            width += chip(label, &value, "");
        }
        width
    };
    let last = Room::STEPS[Room::STEPS.len() - 1];
    let chosen = Room::STEPS.into_iter().find(|room| needs(room) <= wide).unwrap_or(last);
    // What is left over goes to the name.
    let left = wide - needs(&chosen);
    Room { title: chosen.title.map(|most| (most + left.max(0.0)).min(NAME)), ..chosen }
}

fn find(cx: &PanelContext<'_>, room: Room) -> (&'static str, String) {
    if room.labels { ("Find anything", cx.key(Action::Palette)) } else { ("Find", String::new()) }
}

fn images(project: &ProjectView) -> String {
    phrases::count(project.counts.images, "image", "images")
}

/// A value with what it is, or alone and cut where there is little room.
fn shown(label: &'static str, value: &str, room: Room) -> (&'static str, String) {
    match room.labels {
        true => (label, value.to_owned()),
        false if value.chars().count() <= LETTERS => ("", value.to_owned()),
        false => ("", value.chars().take(LETTERS - 1).chain(['…']).collect()),
    }
}

fn shown_reader(project: &ProjectView, room: Room) -> (&'static str, String) {
    let label = match project.reading {
        ReadingMode::Assisted => "Reader",
        ReadingMode::Blind => "Blind reader",
        ReadingMode::Reveal => "Reader, reveal after commit",
    };
    shown(label, reader_name(project), room)
}

fn reader_name(project: &ProjectView) -> &str {
    if project.reader.is_empty() { "nobody" } else { &project.reader }
}

fn shown_model(project: &ProjectView, room: Room) -> (&'static str, String) {
    shown("Model", model_name(project), room)
}

fn model_name(project: &ProjectView) -> &str {
    let active = project.active.and_then(|id| project.models.iter().find(|m| m.record.id == id));
    active.map_or(if project.reading == ReadingMode::Blind { "hidden" } else { "none yet" }, |m| {
        m.record.card.name.as_str()
    })
}

/// The screens, beside each other or, where there is no room, in a menu.
fn tabs(ui: &mut Ui, cx: &mut PanelContext<'_>, project: &ProjectView, screen: Screen, room: Room) {
    if !room.tabs {
        let (_, chosen) = widgets::drop_down(ui, cx.theme, "Screen", screen.title(), 110.0, |ui| {
            let choice = |tab: Screen| widgets::choice(ui, cx.theme, tab.title(), tab == screen).then_some(tab);
            Screen::ALL.into_iter().filter_map(choice).last()
        });
        if let Some(Some(tab)) = chosen {
            cx.push(Action::GoTo(tab));
        }
        return;
    }
    for tab in Screen::ALL {
        let look = Button::new(tab.title()).style(ButtonStyle::Quiet).selected(tab == screen);
        let (mut tip, news) = (cx.tooltip(Action::GoTo(tab)), news(project, tab).filter(|_| tab != screen));
        if let Some(news) = news {
            tip = format!("{tip}: {news}");
        }
        let response = look.tooltip(tip).ui(ui, cx.theme);
        if news.is_some() {
            ui.painter().circle_filled(response.rect.right_top() + egui::vec2(-5.0, 6.0), 3.5, cx.theme.accent);
        }
        ui.ctx().accesskit_node_builder(response.id, |node| node.set_role(egui::Role::Tab));
        if response.clicked() {
            cx.push(Action::GoTo(tab));
        }
    }
}

/// What there is to see on a screen that was not there before, in words.
fn news(project: &ProjectView, tab: Screen) -> Option<&'static str> {
    let trains = || project.training.as_ref().is_some_and(|training| training.running);
    let waits = || {
        let newest = project.models.first().map(|model| &model.record);
        newest.is_some_and(|record| record.status == ModelStatus::Candidate && !record.active && !record.deleted)
    };
    match tab {
        Screen::Train => trains().then_some("a run is in progress"),
        Screen::Evaluate => waits().then_some("a new model waits to be promoted or discarded"),
        Screen::Review | Screen::Data | Screen::Models => None,
    }
}

fn name(ui: &mut Ui, cx: &PanelContext<'_>, project: &ProjectView, room: Room, most: f32) {
    let text = egui::RichText::new(&*project.name).font(fonts::semibold(13.0)).color(cx.theme.text);
    ui.scope(|ui| {
        ui.set_max_width(most);
        ui.add(egui::Label::new(text).truncate()).on_hover_text(project.path.display().to_string());
    });
    if room.count {
        ui.add_space(space::XS);
        ui.label(widgets::faint(cx.theme, images(project)).color(cx.theme.muted));
    }
    if let Some(why) = &project.read_only {
        ui.add_space(space::XS);
        widgets::tag(ui, cx.theme, "read-only", cx.theme.warning).on_hover_text(why);
    }
}

fn model(ui: &mut Ui, cx: &mut PanelContext<'_>, project: &ProjectView, room: Room) {
    let (label, value) = shown_model(project, room);
    let tip = "The model whose predictions are shown. Press for all models";
    let name = format!("Model {}", model_name(project));
    if widgets::short_chip_button(ui, cx.theme, (label, &value), "", tip, &name).clicked() {
        cx.push(Action::GoTo(Screen::Models));
    }
}

/// What of the window's height the reader's menu leaves free.
const BESIDE_MENU: f32 = 64.0;

fn reader(ui: &mut Ui, cx: &mut PanelContext<'_>, project: &ProjectView, state: &mut State, room: Room) {
    let (label, value) = shown_reader(project, room);
    let tip = "Who is reading: every label is signed with this. Press to change";
    let name = format!("Reader {}", reader_name(project));
    let chip = widgets::short_chip_button(ui, cx.theme, (label, &value), "", tip, &name);
    let was_open = egui::Popup::is_id_open(ui.ctx(), egui::Popup::default_response_id(&chip));
    let open = state.edit_reader && !was_open;
    let pressed = chip.clicked() && !was_open;
    if open || pressed {
        state.reader.clone_from(&project.reader);
        state.qualification = Some(project.about_reader.qualification.clone());
    }
    state.edit_reader |= pressed;
    let mut popup = egui::Popup::menu(&chip)
        .accessible_name("Reader")
        .close_behavior(egui::PopupCloseBehavior::CloseOnClickOutside);
    if open {
        popup = popup.open_memory(egui::SetOpenCommand::Bool(true));
    }
    let room = ui.ctx().content_rect().height() - BESIDE_MENU;
    let shown = popup.show(|ui| {
        widgets::menu_scroll(room).show(ui, |ui| {
            // A menu stretches the words of a sentence over its width.
            let layout = egui::Layout::top_down(egui::Align::Min);
            ui.with_layout(layout, |ui| reader_menu(ui, cx, project, state))
        });
    });
    // One that was closed again, not with Escape, keeps what was typed.
    let left = state.qualification.take_if(|_| shown.is_none());
    if let Some(typed) = left.filter(|_| !ui.input(|i| i.key_pressed(egui::Key::Escape))) {
        reading::keep_qualification(cx, project, &typed);
    }
    // One that was closed again gets no keyboard.
    state.edit_reader &= shown.is_some();
}

fn reader_menu(ui: &mut Ui, cx: &mut PanelContext<'_>, project: &ProjectView, state: &mut State) {
    ui.set_width(220.0);
    ui.label(widgets::caption(cx.theme, "Labels are signed with this name."));
    let field = widgets::text_field(ui, cx.theme, &mut state.reader, "Reader's name", "Name or initials", 220.0);
    if state.edit_reader {
        widgets::give_keyboard(&field, &mut state.edit_reader);
    }
    let entered = field.lost_focus() && ui.input(|i| i.key_pressed(egui::Key::Enter));
    let name = state.reader.trim();
    let ready = !name.is_empty();
    if (Button::new("Set reader").style(ButtonStyle::Primary).enabled(ready).full_width().ui(ui, cx.theme).clicked()
        || entered)
        && ready
    {
        if let Some(typed) = state.qualification.take() {
            reading::keep_qualification(cx, project, &typed);
        }
        cx.send(ProjectCommand::SetReader(name.to_owned()));
        ui.close();
    }
    if let Some(typed) = &mut state.qualification {
        reading::role(ui, cx, project, typed);
    }
    reading::choice(ui, cx, project);
}
