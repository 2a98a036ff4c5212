//! Buttons: one that leads, others that stand back, tools over a picture, answers to choose from; each with its key where it
//! has one.

use super::key_cap::{Cap, KeyCap};
use super::text::elided;
use super::{Glyph, focus_ring};
use crate::ui::fonts;
use crate::ui::theme::{CONTROL_HEIGHT, Theme, radius, space};
use egui::{
    Color32, CornerRadius, CursorIcon, FontId, Painter, Rect, Response, Role, Sense, Stroke, StrokeKind, Ui,
    WidgetInfo, pos2, vec2,
};

/// How a button looks, and with that how much it asks to be pressed.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum ButtonStyle {
    /// The one thing to do here.
    Primary,
    #[default]
    Plain,
    /// No ground until the pointer is over it.
    Quiet,
    /// Throws something away.
    Danger,
    /// Of a toolbar: low, and no ground until it is pointed at or in use.
    Tool,
    /// Small text in the accent's colour.
    Link,
    /// The answer at hand: as wide as it is told, what it says in the middle.
    Lead,
    /// One of several answers: as wide as it is told, its key at the right end, tinted once it is given.
    Answer,
}

impl ButtonStyle {
    fn font(self) -> FontId {
        match self {
            ButtonStyle::Primary | ButtonStyle::Lead => fonts::semibold(13.0),
            ButtonStyle::Plain | ButtonStyle::Quiet | ButtonStyle::Danger | ButtonStyle::Answer => fonts::medium(13.0),
            ButtonStyle::Tool => fonts::medium(12.5),
            ButtonStyle::Link => fonts::regular(fonts::SMALL),
        }
    }

    fn height(self) -> f32 {
        match self {
            ButtonStyle::Primary
            | ButtonStyle::Plain
            | ButtonStyle::Quiet
            | ButtonStyle::Danger
            | ButtonStyle::Lead
            | ButtonStyle::Answer => CONTROL_HEIGHT,
            ButtonStyle::Tool => CONTROL_HEIGHT - 2.0,
            ButtonStyle::Link => 18.0,
        }
    }

    fn cap(self) -> Cap {
        match self {
            ButtonStyle::Primary
            | ButtonStyle::Plain
            | ButtonStyle::Quiet
            | ButtonStyle::Danger
            | ButtonStyle::Link => Cap::Normal,
            ButtonStyle::Tool | ButtonStyle::Lead | ButtonStyle::Answer => Cap::Small,
        }
    }

    /// Of forms and dialogs: the pointer becomes a hand over it.
    fn is_of_forms(self) -> bool {
        match self {
            ButtonStyle::Primary | ButtonStyle::Plain | ButtonStyle::Quiet | ButtonStyle::Danger => true,
            ButtonStyle::Tool | ButtonStyle::Link | ButtonStyle::Lead | ButtonStyle::Answer => false,
        }
    }
}

/// How wide a button is.
#[derive(Clone, Copy, Debug, PartialEq)]
enum Width {
    /// As its content needs.
    Content,
    /// As there is room.
    Full,
    Exact(f32),
}

/// A button, built up and then shown with [`Button::ui`].
#[must_use = "show it with ui()"]
pub struct Button<'a> {
    text: &'a str,
    /// A glyph before the text, or alone; with the colour it has while the button is on, where that is another.
    glyph: Option<(Glyph, Option<Color32>)>,
    name: Option<String>,
    key: String,
    style: ButtonStyle,
    enabled: bool,
    selected: bool,
    on: Option<bool>,
    width: Width,
    height: Option<f32>,
    tooltip: Option<String>,
}

impl<'a> Button<'a> {
    pub fn new(text: &'a str) -> Self {
        Self {
            text,
            glyph: None,
            name: None,
            key: String::new(),
            style: ButtonStyle::Plain,
            enabled: true,
            selected: false,
            on: None,
            width: Width::Content,
            height: None,
            tooltip: None,
        }
    }

    /// A tool that is only a glyph, named for screen readers.
    pub fn of_glyph(glyph: Glyph, name: impl Into<String>) -> Self {
        let button = Self { glyph: Some((glyph, None)), ..Self::new("") };
        button.style(ButtonStyle::Tool).name(name).width(ButtonStyle::Tool.height())
    }

    /// A glyph before the text of a tool, in this colour while the tool is on.
    pub fn glyph(mut self, glyph: Glyph, on: Color32) -> Self {
        self.glyph = Some((glyph, Some(on)));
        self
    }

    /// What a screen reader says when the text alone does not do.
    pub fn name(mut self, name: impl Into<String>) -> Self {
        self.name = Some(name.into());
        self
    }

    /// The key shown beside the text; empty shows none.
    pub fn key(mut self, key: impl Into<String>) -> Self {
        self.key = key.into();
        self
    }

    pub fn style(mut self, style: ButtonStyle) -> Self {
        self.style = style;
        self
    }

    pub fn enabled(mut self, enabled: bool) -> Self {
        self.enabled = enabled;
        self
    }

    /// The one chosen of several: a tab.
    pub fn selected(mut self, selected: bool) -> Self {
        self.selected = selected;
        self
    }

    /// Something that is on or off, and now so: a tool in hand, an answer that was given.
    pub fn on(mut self, on: bool) -> Self {
        self.on = Some(on);
        self
    }

    /// As wide as there is room.
    pub fn full_width(mut self) -> Self {
        self.width = Width::Full;
        self
    }

    /// So wide, whatever it says.
    pub fn width(mut self, width: f32) -> Self {
        self.width = Width::Exact(width);
        self
    }

    pub fn tooltip(mut self, text: impl Into<String>) -> Self {
        self.tooltip = Some(text.into()).filter(|t: &String| !t.is_empty());
        self
    }

    pub fn height(mut self, height: f32) -> Self {
        self.height = Some(height);
        self
    }

    /// How wide it is by its content.
    pub fn wanted_width(&self, painter: &Painter) -> f32 {
        let text = painter.layout_no_wrap(self.text.to_owned(), self.style.font(), Color32::PLACEHOLDER).size().x;
        let cap = KeyCap::new(&self.key, self.style.cap());
        match self.style {
            ButtonStyle::Primary | ButtonStyle::Plain | ButtonStyle::Quiet | ButtonStyle::Danger => {
                text + self.gap() + cap.size(painter).x + 2.0 * 11.0
            }
            ButtonStyle::Tool if self.glyph.is_some() => text + 36.0 + cap.room(painter),
            ButtonStyle::Tool | ButtonStyle::Lead | ButtonStyle::Answer => text + 18.0 + cap.room(painter),
            ButtonStyle::Link => text + 8.0,
        }
    }

    /// Between text and key in the middle of a button of forms.
    fn gap(&self) -> f32 {
        if self.key.is_empty() || self.text.is_empty() { 0.0 } else { space::S }
    }

    /// Shows it.
    pub fn ui(self, ui: &mut Ui, theme: &Theme) -> Response {
        let enabled = self.enabled && ui.is_enabled();
        let width = match self.width {
            Width::Content => self.wanted_width(ui.painter()),
            Width::Full => ui.available_width().max(self.wanted_width(ui.painter())),
            Width::Exact(width) => width,
        };
        let sense = if self.enabled { Sense::click() } else { Sense::hover() };
        let size = vec2(width, self.height.unwrap_or(self.style.height()));
        let (rect, response) = ui.allocate_exact_size(size, sense);
        // An answer is given or not.
        let on = self.on.or(matches!(self.style, ButtonStyle::Lead | ButtonStyle::Answer).then_some(false));
        let name = self.name.as_deref().unwrap_or(self.text);
        response.widget_info(|| match on {
            Some(on) => WidgetInfo::selected(Role::Button, enabled, on, name),
            None => WidgetInfo::labeled(Role::Button, enabled, name),
        });
        if self.selected {
            ui.ctx().accesskit_node_builder(response.id, |node| node.set_selected(true));
        }
        if ui.is_rect_visible(rect) {
            let pressed = self.selected || on == Some(true);
            let ink = Ink::of(theme, &self, &response, enabled, pressed);
            let line = Stroke::new(1.0, ink.line);
            ui.painter().rect(rect, CornerRadius::same(radius::M), ink.fill, line, StrokeKind::Inside);
            if response.has_focus() {
                focus_ring(ui, theme, rect, radius::M);
            }
            self.paint(ui.painter(), rect, &ink, pressed);
        }
        let hand =
            self.style.is_of_forms().then_some(if enabled { CursorIcon::PointingHand } else { CursorIcon::Default });
        let response = match hand {
            Some(icon) => response.on_hover_cursor(icon),
            None => response,
        };
        match self.tooltip {
            Some(text) => response.on_hover_text(text),
            None => response,
        }
    }

    /// Whether it says a figure that changes, in the middle of a fixed width.
    fn is_figure(&self) -> bool {
        self.style == ButtonStyle::Tool && self.glyph.is_none() && self.width != Width::Content
    }

    /// What stands on it.
    fn paint(&self, painter: &Painter, rect: Rect, ink: &Ink, pressed: bool) {
        let cap = KeyCap::new(&self.key, self.style.cap());
        let font = if self.is_figure() { fonts::regular(12.5) } else { self.style.font() };
        let y = rect.center().y;
        let laid = |room: f32| elided(painter, self.text, font.clone(), Color32::PLACEHOLDER, room);
        let whole = || painter.layout_no_wrap(self.text.to_owned(), font.clone(), Color32::PLACEHOLDER);
        let put = |x: f32, galley: std::sync::Arc<egui::Galley>| {
            let size = galley.size();
            painter.galley(pos2(x, y - size.y / 2.0), galley, ink.text);
            size.x
        };
        match self.style {
            ButtonStyle::Primary | ButtonStyle::Plain | ButtonStyle::Quiet | ButtonStyle::Danger => {
                let text = whole();
                let content = text.size().x + self.gap() + cap.size(painter).x;
                let left = rect.center().x - content / 2.0;
                let width = put(left, text);
                cap.paint_after(painter, pos2(left + width + self.gap(), y), ink.key, ink.key_line);
            }
            ButtonStyle::Tool => match self.glyph {
                Some((glyph, _)) if self.text.is_empty() => glyph.paint(painter, rect.center(), 14.0, ink.text),
                Some((glyph, color)) => {
                    let mark = color.filter(|_| pressed).unwrap_or(ink.text);
                    glyph.paint(painter, rect.left_center() + vec2(14.0, 0.0), 12.0, mark);
                    put(rect.left() + 25.0, whole());
                    cap.paint_before(painter, pos2(rect.right() - 8.0, y), ink.key, ink.key_line);
                }
                None if self.is_figure() => {
                    let text = whole();
                    put(rect.center().x - text.size().x / 2.0, text);
                }
                None => {
                    put(rect.left() + 9.0, whole());
                    cap.paint_before(painter, pos2(rect.right() - 7.0, y), ink.key, ink.key_line);
                }
            },
            ButtonStyle::Link => {
                let text = whole();
                put(rect.center().x - text.size().x / 2.0, text);
            }
            ButtonStyle::Lead => {
                let room = cap.room(painter);
                let text = laid(rect.width() - room - 20.0);
                let left = rect.center().x - (text.size().x + room) / 2.0;
                let width = put(left, text);
                cap.paint_before(painter, pos2(left + width + room, y), ink.key, ink.key_line);
            }
            ButtonStyle::Answer => {
                cap.paint_before(painter, pos2(rect.right() - 9.0, y), ink.key, ink.key_line);
                put(rect.left() + 11.0, laid(rect.width() - cap.room(painter) - 22.0));
            }
        }
    }
}

/// The colours of a button as it stands.
struct Ink {
    fill: Color32,
    line: Color32,
    text: Color32,
    key: Color32,
    key_line: Color32,
}

impl Ink {
    fn of(theme: &Theme, button: &Button<'_>, response: &Response, enabled: bool, pressed: bool) -> Self {
        const NONE: Color32 = Color32::TRANSPARENT;
        let over = enabled && response.hovered();
        let down = enabled && response.is_pointer_button_down_on();
        match button.style {
            ButtonStyle::Primary | ButtonStyle::Plain | ButtonStyle::Quiet | ButtonStyle::Danger if !enabled => {
                let fill = if button.style == ButtonStyle::Quiet { NONE } else { theme.wash(theme.raised, 0.6) };
                Self { fill, line: NONE, text: theme.faint, key: theme.faint, key_line: theme.line }
            }
            ButtonStyle::Primary => {
                let share = match (down, over) {
                    (true, _) => 0.14,
                    (false, true) => 0.07,
                    (false, false) => 0.0,
                };
                let fill = theme.mix(theme.accent, theme.text, share);
                let key_line = theme.wash(theme.on_accent, 0.55);
                Self { fill, line: NONE, text: theme.on_accent, key: theme.on_accent, key_line }
            }
            ButtonStyle::Plain | ButtonStyle::Danger => {
                let fill = if over || pressed { theme.hover } else { theme.raised };
                let line = if down || pressed { theme.accent } else { theme.line };
                let text = if button.style == ButtonStyle::Danger { theme.error } else { theme.text };
                Self { fill, line, text, key: theme.muted, key_line: theme.outline }
            }
            ButtonStyle::Quiet => {
                let fill = if pressed || over { theme.raised } else { NONE };
                let text = if pressed || over { theme.text } else { theme.muted };
                Self { fill, line: NONE, text, key: theme.muted, key_line: theme.outline }
            }
            ButtonStyle::Tool => {
                let (fill, line) = match (pressed, over) {
                    (true, _) => (theme.hover, theme.outline),
                    (false, true) => (theme.raised, NONE),
                    (false, false) => (NONE, NONE),
                };
                // A word is read as it is; a glyph alone and a figure light up under the pointer.
                let lit = pressed || (over && (button.text.is_empty() || button.is_figure()));
                let text = match (enabled, lit) {
                    (false, _) => theme.faint,
                    (true, true) => theme.text,
                    (true, false) => theme.muted,
                };
                let key = if button.glyph.is_some() { theme.muted } else { text };
                Self { fill, line, text, key, key_line: theme.outline }
            }
            ButtonStyle::Link => {
                let text = match (enabled, over) {
                    (false, _) => theme.faint,
                    (true, true) => theme.text,
                    (true, false) => theme.accent,
                };
                Self { fill: NONE, line: NONE, text, key: text, key_line: theme.outline }
            }
            ButtonStyle::Lead if enabled => {
                let fill = if over { theme.mix(theme.accent, theme.text, 0.15) } else { theme.accent };
                let ink = theme.on_accent;
                Self { fill, line: fill, text: ink, key: ink, key_line: ink }
            }
            ButtonStyle::Answer if pressed => {
                let fill = theme.mix(theme.panel, theme.truth, 0.18);
                Self { fill, line: theme.truth, text: theme.text, key: theme.muted, key_line: theme.truth }
            }
            ButtonStyle::Answer | ButtonStyle::Lead => {
                let (fill, line) = if over { (theme.raised, theme.outline) } else { (theme.panel, theme.line) };
                let text = if enabled { theme.text } else { theme.faint };
                let (key, key_line) =
                    if button.style == ButtonStyle::Lead { (text, text) } else { (theme.muted, theme.outline) };
                Self { fill, line, text, key, key_line }
            }
        }
    }
}
