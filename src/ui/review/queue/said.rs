//! What a row of the queue says of its image: the person's word and the model's, told apart by their shape.

use super::row::figure_of;
use crate::session::{ImageRow, ProjectView, RowSize};
use crate::ui::fonts;
use crate::ui::review::model::words::{FindingsLine, findings_and_boxes};
use crate::ui::theme::Theme;
use crate::ui::widgets::{self, Whose};
use egui::{Color32, Rect, Ui, pos2};

/// Somebody's word on an image.
pub(super) struct Word {
    whose: Whose,
    text: String,
    color: Color32,
    /// The other one says something else.
    differs: bool,
}

/// What is said of an image; nothing where its boxes say it, or nobody has said anything.
pub(super) fn words(theme: &Theme, image: &ImageRow, project: &ProjectView) -> Vec<Word> {
    if image.missing || project.is_about_boxes() || image.boxes.seen {
        return Vec::new();
    }
    let differs = image.disagrees();
    let word = |whose, text: String, color| Word { whose, text, color, differs };
    let grey = theme.muted;
    if let Some(findings) = &image.findings {
        let FindingsLine { known, answered } = FindingsLine::of(findings, &project.classes);
        let known = known.map(|text| word(Whose::Person, text, grey));
        let answered = answered.map(|text| word(Whose::Model, text, grey));
        return known.into_iter().chain(answered).collect();
    }
    let of = |class: u16| {
        let place = usize::from(class);
        let color = project.classes.classes.get(place).map_or(grey, |class| crate::ui::theme::rgb(class.color));
        (project.classes.name(place), color)
    };
    let label = image.label.map(of).map(|(text, color)| word(Whose::Person, text, color));
    let predicted = image.predicted.map(|(class, _)| of(class)).map(|(text, color)| word(Whose::Model, text, color));
    label.into_iter().chain(predicted).collect()
}

/// The words under the name: on one line, or in large rows on lines of their own.
pub(super) fn lines(
    ui: &Ui,
    theme: &Theme,
    project: &ProjectView,
    image: &ImageRow,
    words: &[Word],
    room: Rect,
    size: RowSize,
) {
    let y = room.top() + 33.0;
    let font = fonts::regular(fonts::SMALL);
    let plain = |text: &str, ink: Color32, right: f32| {
        let text = widgets::elided(ui.painter(), text, font.clone(), ink, right - room.left());
        widgets::line(ui.painter(), room.left(), y, text);
    };
    if image.missing {
        return plain("File is missing", theme.warning, room.right());
    }
    if project.is_about_boxes() || image.boxes.seen {
        let (text, best) = findings_and_boxes(image, &project.classes);
        let ink = if image.disagrees() { theme.prediction } else { theme.muted };
        let right = figure(ui, theme, &best, room.right(), y);
        return plain(&text, ink, right);
    }
    if words.is_empty() {
        let nothing = if image.findings.is_some() { "Nothing said yet" } else { "No label" };
        return plain(nothing, theme.faint, room.right());
    }
    let p = figure_of(project, image).map(|(_, p)| format!("{p:.2}")).unwrap_or_default();
    match (words, size) {
        ([person, model], RowSize::Large) => {
            put(ui, theme, person, room.left(), room.right(), y);
            let right = figure(ui, theme, &p, room.right(), y + 18.0);
            put(ui, theme, model, room.left(), right - 8.0, y + 18.0);
        }
        _ => {
            let right = figure(ui, theme, &p, room.right(), y) - 8.0;
            several(ui, theme, words, room.left(), right, y);
        }
    }
}

/// The words beside the name in a dense row, right-aligned and no wider than `most`; the width they take.
#[allow(clippy::too_many_arguments, reason = "where and how wide belong to the row that asks")]
pub(super) fn short(
    ui: &Ui,
    theme: &Theme,
    project: &ProjectView,
    image: &ImageRow,
    words: &[Word],
    right: f32,
    y: f32,
    most: f32,
) -> f32 {
    let font = fonts::regular(fonts::SMALL);
    if words.is_empty() {
        let (text, ink) = match () {
            () if image.missing => ("File is missing".to_owned(), theme.warning),
            () if project.is_about_boxes() || image.boxes.seen => {
                let ink = if image.disagrees() { theme.prediction } else { theme.muted };
                (findings_and_boxes(image, &project.classes).0, ink)
            }
            () => ("\u{2013}".to_owned(), theme.faint),
        };
        let text = widgets::elided(ui.painter(), &text, font, ink, most);
        let width = text.size().x;
        widgets::line(ui.painter(), right - width, y, text);
        return width;
    }
    let wanted = wide(ui, words).min(most);
    several(ui, theme, words, right - wanted, right, y);
    wanted
}

/// How wide words are that stand beside each other.
fn wide(ui: &Ui, words: &[Word]) -> f32 {
    const MARK: f32 = 13.0;
    let font = fonts::regular(fonts::SMALL);
    let text = |word: &Word| ui.painter().layout_no_wrap(word.text.clone(), font.clone(), word.color).size().x;
    match words {
        [person, model] if person.text == model.text => 2.0 * MARK + text(person),
        words => words.iter().map(|word| MARK + text(word)).sum::<f32>() + 8.0 * words.len().saturating_sub(1) as f32,
    }
}

/// Both marks before a word that both say; else each with its own, neither pushing the other out.
fn several(ui: &Ui, theme: &Theme, words: &[Word], left: f32, right: f32, y: f32) {
    match words {
        [person, model] if person.text == model.text => {
            let used = widgets::whose_mark(ui.painter(), pos2(left, y), Whose::Person, person.color);
            put(ui, theme, model, left + used, right, y);
        }
        [person, model] => {
            let half = (right - left) / 2.0;
            let end = put(ui, theme, person, left, (left + half).max(right - wide(ui, std::slice::from_ref(model))), y);
            put(ui, theme, model, end + 8.0, right, y);
        }
        words => words.iter().for_each(|word| {
            put(ui, theme, word, left, right, y);
        }),
    }
}

/// Paints a word after its mark; where it ends.
fn put(ui: &Ui, theme: &Theme, word: &Word, left: f32, right: f32, y: f32) -> f32 {
    let used = widgets::whose_mark(ui.painter(), pos2(left, y), word.whose, word.color);
    let ink = match (word.whose, word.differs) {
        (Whose::Person, _) => theme.text,
        (Whose::Model, true) => theme.prediction,
        (Whose::Model, false) => theme.muted,
    };
    let font = fonts::regular(fonts::SMALL);
    let text = widgets::elided(ui.painter(), &word.text, font, ink, right - left - used);
    left + used + widgets::line(ui.painter(), left + used, y, text)
}

/// A figure at the right edge; where it begins.
fn figure(ui: &Ui, theme: &Theme, text: &str, right: f32, y: f32) -> f32 {
    let galley = ui.painter().layout_no_wrap(text.to_owned(), fonts::regular(fonts::SMALL), theme.muted);
    let left = right - galley.size().x;
    widgets::line(ui.painter(), left, y, galley);
    left
}
