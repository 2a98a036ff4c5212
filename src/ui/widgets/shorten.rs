//! Names that are cut in their middle, so that alike long names can be told apart by how they end.

use super::text::elided;
use egui::{Color32, FontId, Galley, Painter};
use std::sync::Arc;

/// Of a name that is cut, so much of what is left stands before the cut.
const BEFORE: f32 = 0.4;

/// Text on one line, cut with "…" in its middle where it does not fit.
pub fn shortened(painter: &Painter, text: &str, font: &FontId, color: Color32, width: f32) -> Arc<Galley> {
    let whole = painter.layout_no_wrap(text.to_owned(), font.clone(), color);
    if whole.size().x <= width {
        return whole;
    }
    let signs: Vec<char> = text.chars().collect();
    let mut left = (signs.len() as f32 * width / whole.size().x.max(1.0)) as usize;
    // The widths of signs differ: a few tries find how many fit.
    while left > 2 {
        let galley = painter.layout_no_wrap(cut(&signs, left), font.clone(), color);
        if galley.size().x <= width {
            return galley;
        }
        left -= 1 + left / 24;
    }
    elided(painter, text, font.clone(), color, width)
}

/// A file's name, with the folders that tell it apart from others of that name where there are some: those are what is to be
/// read, so that the name is cut before them, and they in their middle only where they do not fit alone.
pub fn shortened_path(painter: &Painter, text: &str, font: &FontId, color: Color32, width: f32) -> Arc<Galley> {
    let Some((folders, _)) = text.rsplit_once('/') else { return shortened(painter, text, font, color, width) };
    let least = painter.layout_no_wrap(format!("{folders}/\u{2026}"), font.clone(), color).size().x;
    if least <= width {
        elided(painter, text, font.clone(), color, width)
    } else {
        shortened(painter, folders, font, color, width)
    }
}

/// So many signs of a name with "…" between its beginning and its end.
fn cut(signs: &[char], left: usize) -> String {
    let before = (left as f32 * BEFORE) as usize;
    let after = left.saturating_sub(before);
    let head = signs.iter().take(before);
    let tail = signs.iter().skip(signs.len().saturating_sub(after));
    head.chain(&['\u{2026}']).chain(tail).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn of_a_path_the_folders_are_left_longest() {
        let ctx = egui::Context::default();
        crate::ui::theme::apply(&ctx, &crate::ui::Theme::dark());
        let shown = std::cell::RefCell::new(Vec::new());
        let _ = ctx.run_ui(egui::RawInput::default(), |ui| {
            let font = crate::ui::fonts::regular(13.0);
            let path = "patient00012/study1/view1_frontal.jpg";
            let whole = ui.painter().layout_no_wrap(path.to_owned(), font.clone(), Color32::WHITE).size().x;
            *shown.borrow_mut() = [1.0, 0.7, 0.4]
                .map(|part| {
                    let galley = shortened_path(ui.painter(), path, &font, Color32::WHITE, whole * part + 0.5);
                    assert!(galley.size().x <= whole * part + 1.0);
                    galley.rows.iter().flat_map(|row| row.glyphs.iter().map(|glyph| glyph.chr)).collect::<String>()
                })
                .to_vec();
        });
        let shown = shown.into_inner();
        assert_eq!(shown[0], "patient00012/study1/view1_frontal.jpg");
        assert!(shown[1].starts_with("patient00012/study1/") && shown[1].ends_with('\u{2026}'), "{shown:?}");
        assert!(shown[2].starts_with("pat") && shown[2].ends_with("study1"), "{shown:?}");
    }

    #[test]
    fn names_that_begin_alike_are_told_apart() {
        let a: Vec<char> = "robyoung__WG04__J2KI__RG1_J2KI".chars().collect();
        let b: Vec<char> = "robyoung__WG04__J2KI__RG3_J2KI".chars().collect();
        assert_eq!(cut(&a, 12), "roby\u{2026}RG1_J2KI");
        assert_ne!(cut(&a, 12), cut(&b, 12));
    }
}
