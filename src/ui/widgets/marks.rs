//! What lists and pictures mark an image with: glyphs, the word of a test image, the colours of classes.

use super::glyph::Glyph;
use crate::domain::ClassList;
use crate::session::ImageRow;
use crate::ui::fonts;
use crate::ui::theme::{Theme, radius, rgb};
use egui::{Color32, Rect, pos2, vec2};

/// What is to be known of an image at a glance, the most important at the edge.
pub fn image_marks(theme: &Theme, image: &ImageRow) -> impl Iterator<Item = (Glyph, Color32)> {
    [
        (image.reviewed, Glyph::Check, theme.truth),
        (image.disagrees(), Glyph::Dot, theme.prediction),
        (image.flagged, Glyph::Flag, theme.warning),
        (image.facts.key, Glyph::Star, theme.accent),
        (image.facts.signed.is_some(), Glyph::Lock, theme.truth),
    ]
    .into_iter()
    .filter(|(shown, ..)| *shown)
    .map(|(_, glyph, color)| (glyph, color))
}

/// The word that marks a test image, with its right edge at `right`; the width it takes with the gap before it.
pub fn test_mark(painter: &egui::Painter, theme: &Theme, right: f32, y: f32) -> f32 {
    let galley = painter.layout_no_wrap("TEST".to_owned(), fonts::semibold(9.0), theme.accent);
    let size = galley.size() + vec2(8.0, 4.0);
    let at = Rect::from_min_size(pos2(right - size.x, y - size.y / 2.0), size);
    painter.rect(
        at,
        radius::S,
        theme.wash(theme.accent, 0.14),
        egui::Stroke::new(1.0, theme.wash(theme.accent, 0.6)),
        egui::StrokeKind::Inside,
    );
    painter.galley(at.center() - galley.size() / 2.0, galley, theme.accent);
    size.x + 6.0
}

/// A class's own colour, muted for an index the list does not have.
pub fn class_color(theme: &Theme, classes: &ClassList, class: usize) -> Color32 {
    classes.classes.get(class).map_or(theme.muted, |c| rgb(c.color))
}

/// With more boxes on a picture than this only those chosen and under the pointer say what they are, and lines are not dashed:
/// nobody could read it.
pub const SPOKEN_BOXES: usize = 60;

/// The colour of a box by its class, where so many are on the picture; `None` where it goes by whose it is: there is one class, or
/// too many boxes to tell the model's by their dashes.
pub fn box_color(theme: &Theme, classes: &ClassList, boxes: usize, class: usize) -> Option<Color32> {
    (classes.len() > 1 && boxes <= SPOKEN_BOXES).then(|| class_color(theme, classes, class))
}

/// The mark of what is chosen with others: a tick in a square, so that colour does not say it alone.
pub fn chosen_mark(painter: &egui::Painter, theme: &Theme, at: egui::Pos2) {
    let square = Rect::from_center_size(at, vec2(15.0, 15.0));
    painter.rect_filled(square, radius::S, theme.accent);
    Glyph::Check.paint(painter, square.center(), 11.0, theme.on_accent);
}

/// Whose word a mark stands before.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Whose {
    /// A person's, also an imported one: a filled square.
    Person,
    /// The model's: a diamond that is not filled.
    Model,
}

/// How wide a mark of whose word it is is, with the gap after it.
const WHOSE: f32 = 13.0;

/// Paints whose word follows, by shape, in the colour of its class; the width it takes.
pub fn whose_mark(painter: &egui::Painter, at: egui::Pos2, whose: Whose, color: Color32) -> f32 {
    let center = at + vec2(4.0, 0.0);
    match whose {
        Whose::Person => {
            painter.rect_filled(Rect::from_center_size(center, vec2(7.0, 7.0)), 1, color);
        }
        Whose::Model => {
            let points = [vec2(0.0, -4.5), vec2(4.5, 0.0), vec2(0.0, 4.5), vec2(-4.5, 0.0)].map(|way| center + way);
            painter.add(egui::Shape::closed_line(points.to_vec(), egui::Stroke::new(1.5, color)));
        }
    }
    WHOSE
}
