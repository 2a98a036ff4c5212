//! What was said in this session, the newest first: a notice that went before it could be read is read here.

use super::context::PanelContext;
use super::theme::space;
use super::widgets::{self, Button, ButtonStyle};
use crate::session::PastNotice;
use egui::{Id, Modal, Ui, Vec2};

/// Room for the time and the mark before the words, in points.
const BEFORE: f32 = 66.0;

/// Shows it over everything; returns whether it stays open.
pub fn show(ctx: &egui::Context, cx: &PanelContext<'_>) -> bool {
    let theme = cx.theme;
    let size = ctx.content_rect().size() - Vec2::new(120.0, 160.0);
    let modal =
        Modal::new(Id::unique("past notices")).frame(widgets::dialog_frame(theme)).backdrop_color(theme.backdrop);
    let response = modal.show(ctx, |ui| {
        ui.set_width(size.x.min(620.0));
        ui.horizontal(|ui| {
            ui.label(widgets::heading(theme, "Notices of this session"));
            ui.with_layout(egui::Layout::right_to_left(egui::Align::Center), |ui| {
                if Button::new("Close").key("Esc").style(ButtonStyle::Quiet).ui(ui, theme).clicked() {
                    ui.close();
                }
            });
        });
        ui.add_space(space::S);
        if cx.view.past.is_empty() {
            ui.label(widgets::caption(theme, "Nothing was said yet."));
            return;
        }
        egui::ScrollArea::vertical().max_height(size.y.clamp(120.0, 560.0)).show(ui, |ui| {
            ui.spacing_mut().item_spacing.y = space::S;
            for notice in cx.view.past.iter() {
                line(ui, cx, notice);
            }
        });
    });
    !response.should_close()
}

fn line(ui: &mut Ui, cx: &PanelContext<'_>, notice: &PastNotice) {
    let theme = cx.theme;
    let (mark, word, color) = widgets::notice_mark(theme, notice.kind);
    ui.horizontal_top(|ui| {
        ui.spacing_mut().item_spacing.x = space::S;
        let time = egui::Vec2::new(BEFORE, 18.0);
        ui.allocate_ui_with_layout(time, egui::Layout::left_to_right(egui::Align::Min), |ui| {
            ui.set_min_width(BEFORE);
            ui.label(widgets::faint(theme, &*notice.time));
            ui.label(widgets::body(theme, mark).color(color));
        });
        ui.vertical(|ui| {
            let spoken = format!("{word}, {}: {}", notice.time, notice.text);
            widgets::named(ui.add(egui::Label::new(widgets::body(theme, &*notice.text)).wrap()), &spoken);
            if let Some(project) = &notice.project {
                ui.label(widgets::faint(theme, &**project));
            }
        });
    });
    ui.painter().hline(ui.max_rect().x_range(), ui.cursor().top() - space::XS, theme.hairline());
}

/// The entry of the status bar that opens it; there is none before anything was said. Whether it was pressed.
pub fn entry(ui: &mut Ui, cx: &PanelContext<'_>) -> bool {
    if cx.view.past.is_empty() {
        return false;
    }
    let button = Button::of_glyph(widgets::Glyph::Bell, "Notices of this session").height(20.0);
    button.tooltip("What was said in this session, also what is gone from the screen").ui(ui, cx.theme).clicked()
}
