//! Buttons: one that leads, others that stand back, each with its key where it has one.

use super::key_cap::{key_cap_size, paint_key_cap};
use crate::ui::action::Action;
use crate::ui::context::PanelContext;
use crate::ui::fonts;
use crate::ui::theme::{CONTROL_HEIGHT, Theme, radius, space};
use egui::{Color32, CornerRadius, Response, Role, Sense, Stroke, StrokeKind, Ui, Vec2, WidgetInfo};

/// How much a button asks to be pressed.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Look {
    /// The one thing to do here.
    Primary,
    #[default]
    Plain,
    /// No ground until the pointer is over it.
    Quiet,
    /// Throws something away.
    Danger,
}

/// A button, built up and then shown with [`Button::ui`].
#[must_use = "show it with ui()"]
pub struct Button<'a> {
    text: &'a str,
    name: Option<String>,
    key: Option<String>,
    look: Look,
    enabled: bool,
    selected: bool,
    full_width: bool,
    tooltip: Option<String>,
    height: f32,
}

impl<'a> Button<'a> {
    pub fn new(text: &'a str) -> Self {
        Self {
            text,
            name: None,
            key: None,
            look: Look::Plain,
            enabled: true,
            selected: false,
            full_width: false,
            tooltip: None,
            height: CONTROL_HEIGHT,
        }
    }

    /// What a screen reader says when the text alone does not do.
    pub fn name(mut self, name: impl Into<String>) -> Self {
        self.name = Some(name.into());
        self
    }

    /// The key shown beside the text; empty shows none.
    pub fn key(mut self, key: impl Into<String>) -> Self {
        self.key = Some(key.into()).filter(|k| !k.is_empty());
        self
    }

    pub fn look(mut self, look: Look) -> Self {
        self.look = look;
        self
    }

    pub fn enabled(mut self, enabled: bool) -> Self {
        self.enabled = enabled;
        self
    }

    /// Pressed in: a tab, a tool that is in use.
    pub fn selected(mut self, selected: bool) -> Self {
        self.selected = selected;
        self
    }

    /// As wide as there is room.
    pub fn full_width(mut self) -> Self {
        self.full_width = true;
        self
    }

    pub fn tooltip(mut self, text: impl Into<String>) -> Self {
        self.tooltip = Some(text.into()).filter(|t: &String| !t.is_empty());
        self
    }

    pub fn height(mut self, height: f32) -> Self {
        self.height = height;
        self
    }

    /// Shows it.
    pub fn ui(self, ui: &mut Ui, theme: &Theme) -> Response {
        let enabled = self.enabled && ui.is_enabled();
        let font = if self.look == Look::Primary { fonts::semibold(13.0) } else { fonts::medium(13.0) };
        let galley = ui.painter().layout_no_wrap(self.text.to_owned(), font, Color32::PLACEHOLDER);
        let cap = self.key.as_deref().map_or(Vec2::ZERO, |key| key_cap_size(ui, key));
        let between = if self.key.is_some() && !self.text.is_empty() { space::S } else { 0.0 };
        let content = galley.size().x + between + cap.x;
        let wanted = content + 2.0 * 11.0;
        let width = if self.full_width { ui.available_width().max(wanted) } else { wanted };
        let sense = if enabled { Sense::click() } else { Sense::hover() };
        let (rect, response) = ui.allocate_exact_size(Vec2::new(width, self.height), sense);
        let name = self.name.unwrap_or_else(|| self.text.to_owned());
        response.widget_info(|| WidgetInfo::labeled(Role::Button, enabled, &name));
        if self.selected {
            ui.ctx().accesskit_node_builder(response.id, |node| node.set_selected(true));
        }
        if ui.is_rect_visible(rect) {
            let look = Painted::of(theme, self.look, &response, enabled, self.selected);
            let corner = CornerRadius::same(radius::M);
            ui.painter().rect(rect, corner, look.fill, Stroke::new(1.0, look.line), StrokeKind::Inside);
            if response.has_focus() {
                super::focus_ring(ui, theme, rect, radius::M);
            }
            let left = rect.center().x - content / 2.0;
            let text_at = egui::pos2(left, rect.center().y - galley.size().y / 2.0);
            let text_width = galley.size().x;
            ui.painter().galley_with_override_text_color(text_at, galley, look.text);
            if let Some(key) = &self.key {
                let at = egui::pos2(left + text_width + between, rect.center().y);
                paint_key_cap(ui, at, key, look.key, look.key_line);
            }
        }
        let response =
            response.on_hover_cursor(if enabled { egui::CursorIcon::PointingHand } else { egui::CursorIcon::Default });
        match self.tooltip {
            Some(text) => response.on_hover_text(text),
            None => response,
        }
    }
}

struct Painted {
    fill: Color32,
    line: Color32,
    text: Color32,
    key: Color32,
    key_line: Color32,
}

impl Painted {
    fn of(theme: &Theme, look: Look, response: &Response, enabled: bool, selected: bool) -> Self {
        let over = enabled && response.hovered();
        let down = enabled && response.is_pointer_button_down_on();
        if !enabled {
            let fill = if look == Look::Quiet { Color32::TRANSPARENT } else { theme.wash(theme.raised, 0.6) };
            return Self {
                fill,
                line: Color32::TRANSPARENT,
                text: theme.faint,
                key: theme.faint,
                key_line: theme.line,
            };
        }
        match look {
            Look::Primary => {
                let share = if down {
                    0.14
                } else if over {
                    0.07
                } else {
                    0.0
                };
                let fill = theme.mix(theme.accent, theme.text, share);
                let line = theme.wash(theme.on_accent, 0.55);
                Self { fill, line: Color32::TRANSPARENT, text: theme.on_accent, key: theme.on_accent, key_line: line }
            }
            Look::Plain | Look::Danger => {
                let fill = if over || selected { theme.hover } else { theme.raised };
                let line = if down || selected { theme.accent } else { theme.line };
                let text = if look == Look::Danger { theme.error } else { theme.text };
                Self { fill, line, text, key: theme.muted, key_line: theme.outline }
            }
            Look::Quiet => {
                let fill = if selected || over { theme.raised } else { Color32::TRANSPARENT };
                let text = if selected || over { theme.text } else { theme.muted };
                Self { fill, line: Color32::TRANSPARENT, text, key: theme.muted, key_line: theme.outline }
            }
        }
    }
}

/// A button for a line of the keymap: its title (or other text), tooltip and key, disabled when it makes no sense.
pub fn action_button(
    ui: &mut Ui,
    cx: &mut PanelContext<'_>,
    action: Action,
    text: Option<&str>,
    look: Look,
    enabled: bool,
) -> Response {
    let title = cx.keymap.title(&action).to_owned();
    let button = Button::new(text.unwrap_or(&title)).look(look).enabled(enabled).tooltip(cx.tooltip(action.clone()));
    let response = button.ui(ui, cx.theme);
    if response.clicked() {
        cx.push(action);
    }
    response
}
