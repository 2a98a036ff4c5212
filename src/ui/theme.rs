//! Every colour, radius and distance of the window: one dark and one light set of tokens.
#![allow(clippy::disallowed_methods, reason = "colours are named here and nowhere else")]

use super::fonts;
use egui::{Color32, CornerRadius, Margin, Shadow, Stroke, Vec2, Visuals};

/// Distances, in points.
pub mod space {
    pub const XS: f32 = 4.0;
    pub const S: f32 = 8.0;
    pub const M: f32 = 12.0;
    pub const L: f32 = 16.0;
    pub const XL: f32 = 24.0;
}

/// Corner radii, in points.
pub mod radius {
    /// Key caps, tags.
    pub const S: u8 = 4;
    /// Buttons and fields.
    pub const M: u8 = 6;
    /// Cards.
    pub const L: u8 = 10;
}

/// The least contrast of text.
const READABLE: f64 = 4.5;

/// Height of buttons and fields.
pub const CONTROL_HEIGHT: f32 = 28.0;

/// The colours of one theme.
#[derive(Clone, Debug, PartialEq)]
pub struct Theme {
    pub dark: bool,
    /// Behind everything.
    pub background: Color32,
    /// Bars and side panels.
    pub panel: Color32,
    /// Buttons, chosen tabs.
    pub raised: Color32,
    /// Under the pointer.
    pub hover: Color32,
    /// Inside of text fields.
    pub field: Color32,
    /// Thin lines between things.
    pub line: Color32,
    /// The line around what can be pressed, seen at a contrast of 3 to 1.
    pub outline: Color32,
    pub text: Color32,
    pub muted: Color32,
    pub faint: Color32,
    pub accent: Color32,
    /// Text on the accent.
    pub on_accent: Color32,
    /// What a person said.
    pub truth: Color32,
    /// What the model said, where it differs.
    pub prediction: Color32,
    /// Text on truth or prediction.
    pub on_mark: Color32,
    pub warning: Color32,
    pub error: Color32,
    /// Behind the medical picture; black in both themes so that it is read the same.
    pub picture: Color32,
    /// Text and lines over a picture.
    pub on_picture: Color32,
    /// Behind a dialog.
    pub backdrop: Color32,
    pub shadow: Color32,
}

impl Default for Theme {
    fn default() -> Self {
        Self::dark()
    }
}

impl Theme {
    /// For reading rooms.
    pub fn dark() -> Self {
        Self {
            dark: true,
            background: rgb([0x0d, 0x10, 0x14]),
            panel: rgb([0x14, 0x18, 0x1e]),
            raised: rgb([0x1b, 0x21, 0x29]),
            hover: rgb([0x23, 0x2b, 0x35]),
            field: rgb([0x0d, 0x10, 0x14]),
            line: rgb([0x26, 0x2e, 0x38]),
            outline: rgb([0x33, 0x3d, 0x4a]),
            text: rgb([0xe4, 0xe9, 0xef]),
            muted: rgb([0x8a, 0x96, 0xa5]),
            faint: rgb([0x6a, 0x76, 0x85]),
            accent: rgb([0x4c, 0xb8, 0xc4]),
            on_accent: rgb([0x06, 0x1a, 0x1d]),
            truth: rgb([0x46, 0xb9, 0x8a]),
            prediction: rgb([0xf0, 0x7f, 0x4f]),
            on_mark: rgb([0x10, 0x12, 0x14]),
            warning: rgb([0xe0, 0xb0, 0x50]),
            error: rgb([0xe0, 0x5a, 0x55]),
            picture: Color32::BLACK,
            on_picture: rgb([0xe4, 0xe9, 0xef]),
            backdrop: Color32::from_black_alpha(140),
            shadow: Color32::from_black_alpha(110),
        }
    }

    /// For bright rooms and print.
    pub fn light() -> Self {
        Self {
            dark: false,
            background: rgb([0xf3, 0xf5, 0xf7]),
            panel: rgb([0xff, 0xff, 0xff]),
            raised: rgb([0xeb, 0xee, 0xf2]),
            hover: rgb([0xe0, 0xe5, 0xea]),
            field: rgb([0xff, 0xff, 0xff]),
            line: rgb([0xdb, 0xe0, 0xe6]),
            outline: rgb([0xbd, 0xc5, 0xce]),
            text: rgb([0x16, 0x1b, 0x22]),
            muted: rgb([0x56, 0x62, 0x70]),
            faint: rgb([0x6f, 0x7a, 0x88]),
            accent: rgb([0x0e, 0x7c, 0x89]),
            on_accent: rgb([0xff, 0xff, 0xff]),
            truth: rgb([0x1c, 0x80, 0x5a]),
            prediction: rgb([0xc2, 0x50, 0x1f]),
            on_mark: rgb([0xff, 0xff, 0xff]),
            warning: rgb([0x96, 0x6a, 0x08]),
            error: rgb([0xbd, 0x35, 0x30]),
            picture: Color32::BLACK,
            on_picture: rgb([0xe4, 0xe9, 0xef]),
            backdrop: Color32::from_black_alpha(70),
            shadow: Color32::from_black_alpha(36),
        }
    }

    /// A token at part strength, for washes behind text.
    pub fn wash(&self, color: Color32, strength: f32) -> Color32 {
        color.gamma_multiply(strength.clamp(0.0, 1.0))
    }

    /// A colour between two tokens.
    pub fn mix(&self, from: Color32, to: Color32, share: f32) -> Color32 {
        from.lerp_to_gamma(to, share.clamp(0.0, 1.0))
    }

    /// What is written in on this colour, so that it is read whatever the colour: the theme's own where its contrast is at
    /// least 4.5 to 1 (WCAG 2.1, AA), else black or white, one of which always has that.
    pub fn ink_on(&self, fill: Color32) -> Color32 {
        let inks = [self.on_mark, Color32::BLACK, Color32::WHITE];
        inks.into_iter().find(|ink| contrast(*ink, fill) >= READABLE).unwrap_or(self.on_mark)
    }

    /// A one point line.
    pub fn hairline(&self) -> Stroke {
        Stroke::new(1.0, self.line)
    }

    /// Gives egui the fonts, text sizes, colours and distances of this theme. Called at the start and when the theme
    /// changes.
    pub fn apply(&self, ctx: &egui::Context) {
        ctx.set_theme(if self.dark { egui::Theme::Dark } else { egui::Theme::Light });
        let visuals = self.visuals();
        ctx.all_styles_mut(|style| {
            style.text_styles = fonts::text_styles();
            style.visuals = visuals.clone();
            style.animation_time = 0.0;
            style.spacing.item_spacing = Vec2::new(space::S, space::S);
            style.spacing.button_padding = Vec2::new(10.0, 5.0);
            style.spacing.interact_size = Vec2::new(36.0, CONTROL_HEIGHT);
            style.spacing.icon_width = 16.0;
            style.spacing.icon_width_inner = 9.0;
            style.spacing.menu_margin = Margin::same(6);
            style.spacing.window_margin = Margin::same(16);
            style.spacing.combo_height = 320.0;
            style.spacing.scroll = egui::style::ScrollStyle { bar_width: 8.0, ..egui::style::ScrollStyle::thin() };
            style.interaction.tooltip_delay = 0.4;
            style.interaction.selectable_labels = false;
            style.url_in_tooltip = false;
        });
    }

    fn visuals(&self) -> Visuals {
        let mut v = if self.dark { Visuals::dark() } else { Visuals::light() };
        let corner = CornerRadius::same(radius::M);
        v.override_text_color = None;
        v.weak_text_color = Some(self.muted);
        v.panel_fill = self.background;
        v.window_fill = self.panel;
        v.window_stroke = Stroke::new(1.0, self.outline);
        v.window_corner_radius = CornerRadius::same(radius::L);
        v.menu_corner_radius = CornerRadius::same(8);
        v.window_shadow = Shadow { offset: [0, 10], blur: 32, spread: 0, color: self.shadow };
        v.popup_shadow = Shadow { offset: [0, 6], blur: 18, spread: 0, color: self.shadow };
        v.faint_bg_color = self.raised;
        v.extreme_bg_color = self.field;
        v.code_bg_color = self.raised;
        v.text_edit_bg_color = Some(self.field);
        v.warn_fg_color = self.warning;
        v.error_fg_color = self.error;
        v.hyperlink_color = self.accent;
        v.selection.bg_fill = self.wash(self.accent, 0.35);
        v.selection.stroke = Stroke::new(1.0, self.accent);
        let set = |w: &mut egui::style::WidgetVisuals, fill: Color32, line: Color32, text: Color32| {
            w.bg_fill = fill;
            w.weak_bg_fill = fill;
            w.bg_stroke = Stroke::new(1.0, line);
            w.fg_stroke = Stroke::new(1.0, text);
            w.corner_radius = corner;
            w.expansion = 0.0;
        };
        set(&mut v.widgets.noninteractive, self.panel, self.line, self.text);
        set(&mut v.widgets.inactive, self.raised, self.line, self.text);
        set(&mut v.widgets.hovered, self.hover, self.outline, self.text);
        set(&mut v.widgets.active, self.hover, self.accent, self.text);
        set(&mut v.widgets.open, self.hover, self.outline, self.text);
        v
    }
}

/// Fonts and style of a theme; what the window calls once and again when the theme changes.
pub fn apply(ctx: &egui::Context, theme: &Theme) {
    ctx.set_fonts(fonts::definitions());
    ctx.options_mut(|options| options.zoom_with_keyboard = false);
    theme.apply(ctx);
}

/// A colour of the data (a class, a heat map), which comes from the domain and not from the theme.
pub fn rgb([r, g, b]: [u8; 3]) -> Color32 {
    Color32::from_rgb(r, g, b)
}

/// WCAG 2.1 relative luminance, 0 to 1.
fn luminance(c: Color32) -> f64 {
    let lin = |v: u8| {
        let s = f64::from(v) / 255.0;
        if s <= 0.04045 { s / 12.92 } else { ((s + 0.055) / 1.055).powf(2.4) }
    };
    0.2126 * lin(c.r()) + 0.7152 * lin(c.g()) + 0.0722 * lin(c.b())
}

/// WCAG 2.1 contrast ratio of two colours, 1 to 21.
fn contrast(a: Color32, b: Color32) -> f64 {
    let (x, y) = (luminance(a), luminance(b));
    (x.max(y) + 0.05) / (x.min(y) + 0.05)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn text_can_be_read_in_both_themes() {
        for theme in [Theme::dark(), Theme::light()] {
            for ground in [theme.background, theme.panel] {
                for (name, color, least) in [
                    ("text", theme.text, 7.0),
                    ("muted", theme.muted, 4.5),
                    ("faint", theme.faint, 3.5),
                    ("accent", theme.accent, 4.0),
                    ("truth", theme.truth, 4.0),
                    ("prediction", theme.prediction, 4.0),
                    ("warning", theme.warning, 4.0),
                    ("error", theme.error, 4.0),
                ] {
                    let got = contrast(color, ground);
                    assert!(got >= least, "{name} on {ground:?} (dark: {}) has contrast {got:.2}", theme.dark);
                }
            }
            assert!(contrast(theme.on_accent, theme.accent) >= 4.5);
            assert!(contrast(theme.on_mark, theme.truth) >= 4.5);
            assert!(contrast(theme.on_mark, theme.prediction) >= 4.5);
        }
    }
    #[test]
    fn tags_can_be_read_in_every_colour_a_class_may_have() {
        let classes = crate::domain::ClassList::from_names(&["a", "b", "c", "d", "e", "f", "g", "h"], false).unwrap();
        let steps = || (0..=255u8).step_by(15);
        let any = steps().flat_map(|r| steps().flat_map(move |g| steps().map(move |b| [r, g, b])));
        for theme in [Theme::dark(), Theme::light()] {
            for color in classes.classes.iter().map(|class| class.color).chain(any.clone()) {
                let (fill, ink) = (rgb(color), theme.ink_on(rgb(color)));
                assert!(contrast(ink, fill) >= 4.5, "{ink:?} on {color:?}: {:.2}", contrast(ink, fill));
            }
            assert_eq!([theme.ink_on(theme.truth), theme.ink_on(theme.prediction)], [theme.on_mark; 2]);
        }
    }
}
