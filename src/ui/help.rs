//! F1: every key, from the keymap's table; the Settings change them.

use super::action::Action;
use super::context::PanelContext;
use super::keymap::Section;
use super::theme::space;
use super::widgets::{self, Button, ButtonStyle};
use egui::{Id, Modal, Ui, Vec2};

/// Shows it over everything; returns whether it stays open.
pub fn show(ctx: &egui::Context, cx: &mut PanelContext<'_>) -> bool {
    let mut left = false;
    let theme = cx.theme;
    let size = ctx.content_rect().size() - Vec2::new(120.0, 120.0);
    let modal = Modal::new(Id::unique("keys")).frame(widgets::dialog_frame(theme)).backdrop_color(theme.backdrop);
    let response = modal.show(ctx, |ui| {
        ui.set_width(size.x.min(960.0));
        ui.horizontal(|ui| {
            ui.label(widgets::heading(theme, "All keys"));
            ui.with_layout(egui::Layout::right_to_left(egui::Align::Center), |ui| {
                if Button::new("Close").key("Esc").style(ButtonStyle::Quiet).ui(ui, theme).clicked() {
                    ui.close();
                }
                if Button::new("Change the keys").ui(ui, theme).clicked() {
                    cx.push(Action::ChangeKeys);
                    left = true;
                }
            });
        });
        let height = (size.y - 90.0).max(160.0);
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
    !left && !response.should_close()
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
