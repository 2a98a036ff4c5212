//! A key as drawn on a keyboard.

use crate::ui::fonts;
use crate::ui::theme::{Theme, radius};
use egui::{Color32, FontId, Painter, Pos2, Rect, Sense, Stroke, StrokeKind, Ui, Vec2, pos2, vec2};

/// How large the cap of a key is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Cap {
    /// Beside text of the usual size.
    Normal,
    /// Over a picture and beside answers: it says less than what it stands beside.
    Small,
}

/// The cap of a key; of an empty one there is nothing. Purely a picture: the control it belongs to names the key for screen
/// readers.
#[derive(Clone, Copy)]
pub struct KeyCap<'a> {
    key: &'a str,
    cap: Cap,
}

impl<'a> KeyCap<'a> {
    pub fn new(key: &'a str, cap: Cap) -> Self {
        Self { key, cap }
    }

    fn font(self) -> FontId {
        match self.cap {
            Cap::Normal => fonts::regular(fonts::SMALL),
            Cap::Small => fonts::medium(10.0),
        }
    }

    /// The space it takes.
    pub fn size(self, painter: &Painter) -> Vec2 {
        if self.key.is_empty() {
            return Vec2::ZERO;
        }
        let text = painter.layout_no_wrap(self.key.to_owned(), self.font(), Color32::PLACEHOLDER).size();
        match self.cap {
            Cap::Normal => text + 2.0 * vec2(5.0, 2.0),
            Cap::Small => vec2((text.x + 8.0).max(16.0), 15.0),
        }
    }

    /// The width it takes with the gap before it.
    pub fn room(self, painter: &Painter) -> f32 {
        if self.key.is_empty() { 0.0 } else { self.size(painter).x + 6.0 }
    }

    /// Paints it with the middle of its left edge here.
    pub fn paint_after(self, painter: &Painter, left: Pos2, text: Color32, line: Color32) {
        let size = self.size(painter);
        self.paint(painter, Rect::from_min_size(pos2(left.x, left.y - size.y / 2.0), size), text, line);
    }

    /// Paints it with the middle of its right edge here.
    pub fn paint_before(self, painter: &Painter, right: Pos2, text: Color32, line: Color32) {
        let size = self.size(painter);
        self.paint(painter, Rect::from_min_size(pos2(right.x - size.x, right.y - size.y / 2.0), size), text, line);
    }

    fn paint(self, painter: &Painter, rect: Rect, text: Color32, line: Color32) {
        if self.key.is_empty() {
            return;
        }
        let galley = painter.layout_no_wrap(self.key.to_owned(), self.font(), text);
        painter.rect_stroke(rect, radius::S, Stroke::new(1.0, line), StrokeKind::Inside);
        painter.galley(rect.center() - galley.size() / 2.0, galley, text);
    }
}

/// Shows a key by itself, "Ctrl P".
pub fn key_cap(ui: &mut Ui, theme: &Theme, key: &str) {
    let cap = KeyCap::new(key, Cap::Normal);
    let (rect, _) = ui.allocate_exact_size(cap.size(ui.painter()), Sense::empty());
    cap.paint_after(ui.painter(), rect.left_center(), theme.muted, theme.outline);
}
