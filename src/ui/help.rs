//! F1: every key, from the keymap's table, to be read or to be changed.

use super::context::PanelContext;
use super::keymap::Section;
use super::keys;
use super::theme::space;
use super::widgets::{self, Button, ButtonStyle};
use egui::{Id, Modal, Ui, Vec2};

/// What of the keys is shown.
#[derive(Default)]
pub struct State {
    /// Set while they are changed.
    pub changing: Option<keys::State>,
}

impl State {
    /// To change them.
    pub fn changing() -> Self {
        Self { changing: Some(keys::State::default()) }
    }

    /// Whether the next key is the answer to a question.
    pub fn waits_for_a_key(&self) -> bool {
        self.changing.as_ref().is_some_and(keys::State::waits_for_a_key)
    }
}

/// Shows it over everything; returns whether it stays open.
pub fn show(ctx: &egui::Context, cx: &mut PanelContext<'_>, state: &mut State) -> bool {
    let waited = state.waits_for_a_key();
    let theme = cx.theme;
    let size = ctx.content_rect().size() - Vec2::new(120.0, 120.0);
    let modal = Modal::new(Id::unique("keys")).frame(widgets::dialog_frame(theme)).backdrop_color(theme.backdrop);
    let response = modal.show(ctx, |ui| {
        ui.set_width(size.x.min(960.0));
        ui.horizontal(|ui| {
            let title = if state.changing.is_some() { "Change the keys" } else { "All keys" };
            ui.label(widgets::heading(theme, title));
            ui.with_layout(egui::Layout::right_to_left(egui::Align::Center), |ui| {
                if Button::new("Close").key("Esc").style(ButtonStyle::Quiet).ui(ui, theme).clicked() {
                    ui.close();
                }
                let (text, other) = match state.changing {
                    Some(_) => ("Done", State::default()),
                    None => ("Change the keys", State::changing()),
                };
                if Button::new(text).ui(ui, theme).clicked() {
                    *state = other;
                }
            });
        });
        let height = (size.y - 90.0).max(160.0);
        if let Some(changing) = &mut state.changing {
            return keys::show(ui, cx, changing, (height - 60.0).max(120.0));
        }
        ui.label(widgets::caption(theme, cx.view.preferences.reading.mouse.in_words()));
        ui.add_space(space::S);
        egui::ScrollArea::vertical().max_height(height).min_scrolled_height(height).show(ui, |ui| {
            let columns = if ui.available_width() > 780.0 { 3 } else { 2 };
            let sections = columns_of(cx, columns);
            ui.spacing_mut().item_spacing.x = space::XL;
            ui.columns(columns, |uis| {
                for (ui, sections) in uis.iter_mut().zip(sections) {
                    ui.spacing_mut().item_spacing.y = 3.0;
                    ui.spacing_mut().interact_size.y = 20.0;
                    for section in sections {
                        list(ui, cx, section);
                    }
                }
            });
        });
    });
    // An Esc that answered closes nothing.
    waited || !response.should_close()
}

/// The lines of a section, its numbered ones drawn together.
fn lines(cx: &PanelContext<'_>, section: Section) -> Vec<(String, Vec<String>)> {
    let mut lines: Vec<(String, Vec<String>)> = Vec::new();
    for entry in cx.keymap.entries().iter().filter(|e| e.section == section && !e.keys.is_empty()) {
        let keys: Vec<String> = entry.keys.iter().take(2).map(|k| k.text()).collect();
        let stem = entry.title.trim_end_matches(|c: char| c.is_ascii_digit());
        let numbered = stem.len() < entry.title.len() && stem.ends_with(' ');
        match lines.last_mut() {
            Some((title, shown)) if numbered && title.as_str() == stem => {
                if let Some(key) = keys.first() {
                    shown.truncate(1);
                    shown.push(format!("… {key}"));
                }
            }
            _ => lines.push((if numbered { stem.to_owned() } else { entry.title.clone() }, keys)),
        }
    }
    lines
}

/// Sections dealt out so that the columns are about equally long.
fn columns_of(cx: &PanelContext<'_>, columns: usize) -> Vec<Vec<Section>> {
    let mut dealt: Vec<(usize, Vec<Section>)> = vec![(0, Vec::new()); columns.max(1)];
    for section in Section::ALL {
        let length = lines(cx, section).len() + 2;
        if let Some(shortest) = dealt.iter_mut().min_by_key(|(n, _)| *n) {
            shortest.0 += length;
            shortest.1.push(section);
        }
    }
    dealt.into_iter().map(|(_, sections)| sections).collect()
}

fn list(ui: &mut Ui, cx: &PanelContext<'_>, section: Section) {
    let theme = cx.theme;
    widgets::section(ui, theme, section.title());
    ui.add_space(2.0);
    for (title, keys) in lines(cx, section) {
        let line = Vec2::new(ui.available_width(), 20.0);
        ui.allocate_ui_with_layout(line, egui::Layout::right_to_left(egui::Align::Center), |ui| {
            ui.spacing_mut().item_spacing.x = space::XS;
            for key in keys.iter().rev() {
                widgets::key_cap(ui, theme, key);
            }
            ui.with_layout(egui::Layout::left_to_right(egui::Align::Center), |ui| {
                let spoken = format!("{}: {}", title.trim(), keys.join(" or "));
                let label = egui::Label::new(widgets::body(theme, title.trim()).size(12.0)).truncate();
                widgets::named(ui.add(label), &spoken);
            });
        });
    }
    ui.add_space(space::M);
}
