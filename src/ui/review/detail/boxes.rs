//! The boxes of an image as a list: the reader's, which can be changed, and the model's, which can be taken.

use super::{dot, remove};
use crate::domain::AnnotatedBox;
use crate::session::Edit;
use crate::ui::action::Action;
use crate::ui::context::Ui as Context;
use crate::ui::review::glyph::Glyph;
use crate::ui::review::parts;
use crate::ui::review::state::{Current, State as Screen};
use crate::ui::theme::space;
use crate::ui::{fonts, widgets};
use egui::{Align, Layout, Popup, Role, Sense, WidgetInfo, vec2};

/// Shows the section, with the space after it; without any box there is none.
pub(super) fn show(ui: &mut egui::Ui, cx: &mut Context<'_>, screen: &mut Screen, current: &Current<'_>) {
    let Some(detail) = current.detail else { return };
    let predicted = detail.prediction.as_ref().map_or(&[][..], |p| &p.boxes);
    if detail.annotation.boxes.is_empty() && predicted.is_empty() {
        return;
    }
    parts::head(ui, cx.theme, "Boxes", |_| {});
    let mut edit = None;
    for (index, one) in detail.annotation.boxes.iter().enumerate() {
        edit = annotated(ui, cx, screen, current, one, index + 1).or(edit);
    }
    for found in predicted {
        let name = current.project.classes.name(found.class);
        ui.horizontal(|ui| {
            dot(ui, cx.theme.prediction);
            ui.label(widgets::body(cx.theme, format!("{name}, model")));
            ui.with_layout(Layout::right_to_left(Align::Center), |ui| {
                if current.project.read_only.is_none()
                    && parts::text_button(ui, cx.theme, "Take", &format!("Take the model's box {name}")).clicked()
                {
                    edit = Some(Edit::DrawBox { class: found.class, rect: found.rect });
                }
                ui.label(widgets::caption(cx.theme, format!("{:.2}", found.score)));
            });
        });
    }
    if let Some(edit) = edit {
        screen.annotate(cx.bench, cx.view, current.row.id, edit);
    }
    ui.add_space(space::M);
}

fn annotated(
    ui: &mut egui::Ui,
    cx: &mut Context<'_>,
    screen: &mut Screen,
    current: &Current<'_>,
    one: &AnnotatedBox,
    number: usize,
) -> Option<Edit> {
    let theme = cx.theme;
    let classes = &current.project.classes;
    let name = classes.name(one.class);
    let writable = current.project.read_only.is_none();
    let chosen = screen.canvas.chosen == Some(one.id);
    let mut edit = None;
    let line = ui.horizontal(|ui| {
        ui.spacing_mut().item_spacing.x = 6.0;
        dot(ui, theme.truth);
        let ink = if chosen { theme.text } else { theme.muted };
        let font = if chosen { fonts::semibold(13.0) } else { fonts::regular(13.0) };
        let galley = parts::elided(ui.painter(), &name, font, ink, 120.0);
        let (rect, response) = ui.allocate_exact_size(vec2(galley.size().x + 4.0, 26.0), Sense::click());
        parts::line(ui.painter(), rect.left() + 2.0, rect.center().y, galley);
        if response.has_focus() {
            widgets::focus_ring(ui, theme, rect, 4);
        }
        response.widget_info(|| WidgetInfo::selected(Role::Button, true, chosen, format!("Box {number}, {name}")));
        if response.clicked() {
            screen.canvas.chosen = (!chosen).then_some(one.id);
        }
        if writable {
            let menu = parts::glyph_button(ui, theme, Glyph::Down, &format!("Class of box {number}"), false);
            Popup::menu(&menu).accessible_name("Class of the box").show(|ui| {
                ui.set_min_width(160.0);
                for (index, class) in classes.classes.iter().enumerate() {
                    if widgets::choice(ui, theme, &class.name, index == one.class) && index != one.class {
                        edit = Some(Edit::ChangeBox { id: one.id, class: index, rect: one.rect });
                    }
                }
            });
            menu.on_hover_text("Change the class");
        }
        ui.with_layout(Layout::right_to_left(Align::Center), |ui| {
            if writable {
                let response = remove(ui, theme, &format!("Delete box {number}"));
                if response.on_hover_text(cx.tooltip(&Action::Delete)).clicked() {
                    edit = Some(Edit::DeleteBox { id: one.id });
                }
            }
            let size = format!("{:.0} × {:.0} px", one.rect.width(), one.rect.height());
            ui.label(widgets::caption(theme, size));
        });
    });
    let under = line.response.rect;
    ui.painter().hline(under.x_range(), under.bottom() + 2.0, theme.hairline());
    edit
}
