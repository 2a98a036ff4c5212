//! Text in the sizes and weights of the design, laid out by egui or painted at a place.

use crate::ui::fonts;
use crate::ui::theme::{Theme, radius};
use egui::text::{LayoutJob, TextWrapping};
use egui::{Align2, Color32, FontId, Galley, Painter, Pos2, Rect, Response, RichText, Ui, pos2, vec2};
use std::sync::Arc;

/// Body text.
pub fn body(theme: &Theme, text: impl Into<String>) -> RichText {
    RichText::new(text).font(fonts::regular(fonts::BODY)).color(theme.text)
}

/// Names and values that carry the meaning of a line.
pub fn strong(theme: &Theme, text: impl Into<String>) -> RichText {
    RichText::new(text).font(fonts::medium(fonts::BODY)).color(theme.text)
}

/// Secondary text.
pub fn caption(theme: &Theme, text: impl Into<String>) -> RichText {
    RichText::new(text).font(fonts::regular(12.0)).color(theme.muted)
}

/// Text that helps and may be passed over.
pub fn faint(theme: &Theme, text: impl Into<String>) -> RichText {
    RichText::new(text).font(fonts::regular(fonts::SMALL)).color(theme.faint)
}

/// The name of what a screen or card is about.
pub fn heading(theme: &Theme, text: impl Into<String>) -> RichText {
    RichText::new(text).font(fonts::semibold(15.0)).color(theme.text)
}

/// A line of help under a control, wrapping.
pub fn hint(ui: &mut Ui, theme: &Theme, text: impl Into<String>) -> Response {
    ui.add(egui::Label::new(faint(theme, text)).wrap())
}

/// Text on one line, cut with "…" where it does not fit.
pub fn elided(painter: &Painter, text: &str, font: FontId, color: Color32, width: f32) -> Arc<Galley> {
    let mut job = LayoutJob::simple_singleline(text.to_owned(), font, color);
    job.wrap = TextWrapping::truncate_at_width(width.max(0.0));
    painter.layout_job(job)
}

/// Paints one line of text whose vertical middle lies at `y`; returns its width.
pub fn line(painter: &Painter, x: f32, y: f32, galley: Arc<Galley>) -> f32 {
    let size = galley.size();
    painter.galley(pos2(x, y - size.y / 2.0), galley, Color32::PLACEHOLDER);
    size.x
}

/// A text that is cut in its middle where it is wider than there is room, so that its end, which tells files and windows
/// apart, can be read.
pub fn in_the_middle(painter: &Painter, text: &str, font: &FontId, most: f32) -> String {
    let wide = |text: &str| painter.layout_no_wrap(text.to_owned(), font.clone(), Color32::PLACEHOLDER).size().x;
    let signs: Vec<char> = text.chars().collect();
    let cut = |kept: usize| -> String {
        let (head, tail) = (kept.div_ceil(2), kept / 2);
        signs.iter().take(head).chain(['…'].iter()).chain(signs.iter().skip(signs.len() - tail)).collect()
    };
    if wide(text) <= most {
        return text.to_owned();
    }
    // The longest that fits, by halving.
    let (mut fits, mut too_long) = (0, signs.len());
    while fits + 1 < too_long {
        let middle = usize::midpoint(fits, too_long);
        if wide(&cut(middle)) <= most { fits = middle } else { too_long = middle }
    }
    cut(fits)
}

/// Text over a picture on a plate that lets some of the picture through, so that it is read on any ground: white
/// collimation, a bright photo.
pub fn on_plate(painter: &Painter, theme: &Theme, at: Pos2, anchor: Align2, text: &str, font: FontId) -> Rect {
    let galley = painter.layout_no_wrap(text.to_owned(), font, theme.on_picture);
    let rect = anchor.anchor_size(at, galley.size());
    painter.rect_filled(rect.expand2(vec2(5.0, 2.0)), radius::S, theme.wash(theme.picture, 0.66));
    painter.galley(rect.min, galley, theme.on_picture);
    rect
}

/// Text over a picture, with a dark edge so that it is read on bright parts too.
pub fn over_picture(painter: &Painter, theme: &Theme, at: Pos2, anchor: Align2, text: &str) -> Rect {
    let font = fonts::regular(12.0);
    for shift in [vec2(1.0, 1.0), vec2(-1.0, 1.0), vec2(0.0, -1.0)] {
        painter.text(at + shift, anchor, text, font.clone(), theme.wash(theme.picture, 0.8));
    }
    painter.text(at, anchor, text, font, theme.on_picture)
}
