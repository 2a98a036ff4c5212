//! Controls that hold a value, with the name beside them or for screen readers alone.

use super::text::{elided, line};
use crate::ui::fonts;
use crate::ui::theme::{CONTROL_HEIGHT, Theme, radius, space};
use egui::{CornerRadius, Margin, Response, Role, Sense, Stroke, StrokeKind, TextEdit, Ui, Vec2, WidgetInfo};
use std::ops::RangeInclusive;

/// Gives a control its accessible name.
pub fn named(response: Response, name: &str) -> Response {
    response.ctx.accesskit_node_builder(response.id, |node| {
        // The name of a plain text is its value.
        if node.role() == Role::Label {
            node.set_value(name);
        } else {
            node.set_label(name);
        }
    });
    response
}

/// Gives a field the keyboard that was asked for it; `asked` is cleared once the field has it. A field that is being laid
/// out for the first time cannot take it yet.
pub fn give_keyboard(field: &Response, asked: &mut bool) {
    if *asked && field.enabled() {
        if field.ctx.memory(|memory| memory.has_focus(field.id)) {
            *asked = false;
        } else {
            field.request_focus();
            field.scroll_to_me(None);
        }
    }
}

/// A line of a form: the name on the left in a column of this width, the control on the right, help under it.
pub fn labelled<R>(
    ui: &mut Ui,
    theme: &Theme,
    name: &str,
    name_width: f32,
    help: &str,
    add: impl FnOnce(&mut Ui) -> R,
) -> R {
    let inner = ui.horizontal_top(|ui| {
        ui.spacing_mut().item_spacing = Vec2::new(0.0, space::XS);
        let (rect, response) = ui.allocate_exact_size(Vec2::new(name_width, CONTROL_HEIGHT), Sense::empty());
        response.widget_info(|| WidgetInfo::labeled(Role::Label, true, name));
        let galley = ui.painter().layout_no_wrap(name.to_owned(), fonts::regular(fonts::BODY), theme.text);
        ui.painter().galley(egui::pos2(rect.left(), rect.center().y - galley.size().y / 2.0), galley, theme.text);
        ui.vertical(|ui| {
            let result = add(ui);
            if !help.is_empty() {
                super::hint(ui, theme, help);
            }
            result
        })
        .inner
    });
    inner.inner
}

/// A line of text that can be changed.
pub fn text_field(ui: &mut Ui, theme: &Theme, text: &mut String, name: &str, hint: &str, width: f32) -> Response {
    let edit = TextEdit::singleline(text)
        .hint_text(egui::RichText::new(hint).italics().color(theme.faint))
        .desired_width(width)
        .margin(Margin::symmetric(10, 6))
        .min_size(Vec2::new(0.0, CONTROL_HEIGHT));
    named(ui.add(edit), name)
}

/// A number that can be dragged or typed.
pub fn number<N: egui::emath::Numeric>(
    ui: &mut Ui,
    value: &mut N,
    name: &str,
    range: RangeInclusive<N>,
    speed: f64,
    width: f32,
) -> Response {
    let drag = egui::DragValue::new(value).range(range).speed(speed);
    drag_value(ui, drag, name, Vec2::new(width, CONTROL_HEIGHT))
}

/// A number set up by the caller, on the ground of a field.
pub fn drag_value(ui: &mut Ui, drag: egui::DragValue<'_>, name: &str, size: Vec2) -> Response {
    ui.scope(|ui| {
        let field = ui.visuals().extreme_bg_color;
        let widgets = &mut ui.visuals_mut().widgets;
        for state in [&mut widgets.inactive, &mut widgets.hovered, &mut widgets.active] {
            state.weak_bg_fill = field;
        }
        named(ui.add(drag.min_size(size)), name)
    })
    .inner
}

/// A box to tick, with its text.
pub fn check(ui: &mut Ui, on: &mut bool, text: &str) -> Response {
    ui.checkbox(on, text)
}

/// A field that opens a list of things to choose from; the text is what is chosen. `width` is that of the field.
pub fn drop_down<R>(
    ui: &mut Ui,
    theme: &Theme,
    name: &str,
    text: &str,
    width: f32,
    add: impl FnOnce(&mut Ui) -> R,
) -> (Response, Option<R>) {
    let (rect, response) = ui.allocate_exact_size(Vec2::new(width, CONTROL_HEIGHT), Sense::click());
    let enabled = ui.is_enabled();
    response.widget_info(|| {
        let mut info = WidgetInfo::labeled(Role::ComboBox, enabled, name);
        info.current_text_value = Some(text.to_owned());
        info
    });
    let over = response.hovered();
    let edge = Stroke::new(1.0, if over { theme.outline } else { theme.line });
    ui.painter().rect(rect, CornerRadius::same(radius::M), theme.field, edge, StrokeKind::Inside);
    if response.has_focus() {
        super::focus_ring(ui, theme, rect, radius::M);
    }
    let color = if enabled { theme.text } else { theme.faint };
    let shown = elided(ui.painter(), text, fonts::regular(fonts::BODY), color, width - 34.0);
    line(ui.painter(), rect.left() + 10.0, rect.center().y, shown);
    let c = egui::pos2(rect.right() - 14.0, rect.center().y);
    let points = vec![c + Vec2::new(-3.5, -1.75), c + Vec2::new(0.0, 1.75), c + Vec2::new(3.5, -1.75)];
    ui.painter().line(points, Stroke::new(1.5, theme.muted));
    let inner = egui::Popup::menu(&response)
        .accessible_name(name)
        .width(width.max(160.0))
        .show(|ui| egui::ScrollArea::vertical().max_height(ui.spacing().combo_height).show(ui, add).inner);
    (response.on_hover_cursor(egui::CursorIcon::PointingHand), inner.map(|i| i.inner))
}

/// A line of a drop-down; true when it was chosen just now.
pub fn choice(ui: &mut Ui, theme: &Theme, text: &str, chosen: bool) -> bool {
    choice_line(ui, theme, text, chosen).clicked()
}

/// What scrolls in a menu once it is higher than this: by itself a menu gives it less than the window has room for.
pub fn menu_scroll(height: f32) -> egui::ScrollArea {
    egui::ScrollArea::vertical().max_height(height).min_scrolled_height(height)
}

/// The same line, to say more of.
pub fn choice_line(ui: &mut Ui, theme: &Theme, text: &str, chosen: bool) -> Response {
    let font = if chosen { fonts::medium(fonts::BODY) } else { fonts::regular(fonts::BODY) };
    let galley = ui.painter().layout_no_wrap(text.to_owned(), font, theme.text);
    // Beside the text there is room for the mark.
    let width = ui.available_width().max(140.0).max(galley.size().x + 36.0);
    let (rect, response) = ui.allocate_exact_size(Vec2::new(width, 26.0), Sense::click());
    response.widget_info(|| WidgetInfo::selected(Role::MenuItem, ui.is_enabled(), chosen, text));
    if response.hovered() || response.has_focus() {
        ui.painter().rect_filled(rect, CornerRadius::same(radius::S), theme.hover);
    }
    let at = egui::pos2(rect.left() + 8.0, rect.center().y - galley.size().y / 2.0);
    ui.painter().galley(at, galley, theme.text);
    if chosen {
        let mark = ui.painter().layout_no_wrap("✓".to_owned(), fonts::regular(fonts::BODY), theme.accent);
        ui.painter().galley(rect.right_center() - Vec2::new(20.0, mark.size().y / 2.0), mark, theme.accent);
    }
    response
}
