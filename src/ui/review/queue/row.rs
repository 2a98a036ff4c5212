//! One row of the queue.

use super::ROW_HEIGHT;
use crate::domain::{ClassList, ImageId, Split};
use crate::session::{Fetched, ImageRow, ProjectView, RowBoxes};
use crate::ui::context::PanelContext;
use crate::ui::review::canvas::file_name;
use crate::ui::review::glyph::Glyph;
use crate::ui::review::parts;
use crate::ui::review::textures::ThumbnailCache;
use crate::ui::theme::{Theme, radius, rgb};
use crate::ui::{fonts, widgets};
use egui::{Color32, Rect, Role, Sense, TextureHandle, WidgetInfo, pos2, vec2};
use std::sync::Arc;

const THUMBNAIL: f32 = 40.0;
const TEXT_LEFT: f32 = 64.0;

/// Shows a row; true when it was pressed.
pub(super) fn show(
    ui: &mut egui::Ui,
    cx: &PanelContext<'_>,
    thumbnails: &mut ThumbnailCache,
    project: &ProjectView,
    image: &ImageRow,
    selected: bool,
) -> bool {
    let theme = cx.theme;
    let (rect, response) = ui.allocate_exact_size(vec2(ui.available_width(), ROW_HEIGHT), Sense::click());
    if !ui.is_rect_visible(rect) {
        return response.clicked();
    }
    response.widget_info(|| WidgetInfo::selected(Role::ListItem, true, selected, spoken(image, &project.classes)));
    // Under the scroll bar too, so that the ground reaches from edge to edge.
    let ground = rect.with_max_x(ui.clip_rect().right());
    if selected {
        ui.painter().rect_filled(ground, 0, theme.raised);
        ui.painter().rect_filled(Rect::from_min_size(rect.min, vec2(2.0, rect.height())), 0, theme.accent);
    } else if response.hovered() {
        ui.painter().rect_filled(ground, 0, theme.wash(theme.raised, 0.6));
    }
    if response.has_focus() {
        widgets::focus_ring(ui, theme, rect.shrink(3.0), radius::S);
    }
    let frame =
        Rect::from_center_size(pos2(rect.left() + 14.0 + THUMBNAIL / 2.0, rect.center().y), vec2(THUMBNAIL, THUMBNAIL));
    thumbnail(ui, cx, thumbnails, image, frame);

    let right = rect.right() - 14.0;
    let mut edge = right;
    for (glyph, color) in marks(theme, image) {
        glyph.paint(ui.painter(), pos2(edge - 6.0, rect.top() + 16.0), 12.0, color);
        edge -= 17.0;
    }
    if image.split == Split::Test {
        edge -= test_mark(ui.painter(), theme, edge, rect.top() + 16.0);
    }
    let left = rect.left() + TEXT_LEFT;
    let ink = if image.missing { theme.muted } else { theme.text };
    let font = if selected { fonts::medium(13.0) } else { fonts::regular(13.0) };
    let name = parts::elided(ui.painter(), file_name(&image.name), font, ink, edge - left - 4.0);
    parts::line(ui.painter(), left, rect.top() + 16.0, name);
    second_line(ui, theme, project, image, left, right, rect.top() + 33.0);
    if let Some((class, p)) = image.predicted {
        let bar = Rect::from_min_max(pos2(left, rect.bottom() - 12.0), pos2(right, rect.bottom() - 9.0));
        parts::bar(ui.painter(), bar, p, class_color(theme, &project.classes, usize::from(class)), theme.line);
    }
    response.on_hover_text(&*image.name).clicked()
}

/// A thumbnail to press, `side` points wide and high; for grids of images.
pub(in crate::ui) fn thumbnail_button(
    ui: &mut egui::Ui,
    cx: &PanelContext<'_>,
    kept: &mut ThumbnailCache,
    image: &ImageRow,
    side: f32,
) -> egui::Response {
    let (rect, response) = ui.allocate_exact_size(vec2(side, side), Sense::click());
    response.widget_info(|| WidgetInfo::labeled(Role::Button, true, format!("Show {}", image.name)));
    if ui.is_rect_visible(rect) {
        thumbnail(ui, cx, kept, image, rect);
        if response.hovered() || response.has_focus() {
            widgets::focus_ring(ui, cx.theme, rect, radius::S);
        }
    }
    response.on_hover_cursor(egui::CursorIcon::PointingHand).on_hover_text(&*image.name)
}

/// The texture of an image's thumbnail: `None` while it is made, why not where it cannot be.
pub(in crate::ui::review) fn thumbnail_texture(
    ctx: &egui::Context,
    cx: &PanelContext<'_>,
    kept: &mut ThumbnailCache,
    image: ImageId,
) -> Result<Option<TextureHandle>, Arc<str>> {
    if let Some(texture) = kept.kept(image) {
        return Ok(Some(texture));
    }
    match cx.fetch.thumbnail(image) {
        Fetched::Ready(thumbnail) => Ok(kept.get(ctx, image, &thumbnail)),
        Fetched::Loading(older) => Ok(older.and_then(|thumbnail| kept.get(ctx, image, &thumbnail))),
        Fetched::Failed(why) => Err(why),
    }
}

fn thumbnail(ui: &egui::Ui, cx: &PanelContext<'_>, kept: &mut ThumbnailCache, image: &ImageRow, frame: Rect) {
    ui.painter().rect_filled(frame, radius::S, cx.theme.picture);
    let texture = thumbnail_texture(ui.ctx(), cx, kept, image.id).unwrap_or_else(|_| {
        Glyph::Missing.paint(ui.painter(), frame.center(), 16.0, cx.theme.warning);
        None
    });
    if let Some(texture) = texture {
        // The middle square: limbs are long, and a list of slivers tells nothing.
        let size = texture.size_vec2();
        let (w, h) = (size.x.max(1.0), size.y.max(1.0));
        let side = w.min(h);
        let uv = Rect::from_center_size(pos2(0.5, 0.5), vec2(side / w, side / h));
        let white = cx.theme.wash(Color32::WHITE, if image.missing { 0.4 } else { 1.0 });
        ui.painter().add(egui::epaint::RectShape::filled(frame, radius::S, white).with_texture(texture.id(), uv));
    }
}

/// The class in words under the name; colour alone would not say it.
fn second_line(ui: &egui::Ui, theme: &Theme, project: &ProjectView, image: &ImageRow, left: f32, right: f32, y: f32) {
    if image.missing {
        let text =
            parts::elided(ui.painter(), "File is missing", fonts::regular(fonts::SMALL), theme.warning, right - left);
        parts::line(ui.painter(), left, y, text);
        return;
    }
    let font = fonts::regular(fonts::SMALL);
    if project.is_about_boxes() {
        let (text, right_text) = boxes_line(&image.boxes);
        let ink = if image.disagrees() { theme.prediction } else { theme.muted };
        let figure = ui.painter().layout_no_wrap(right_text, font.clone(), theme.muted);
        let width = figure.size().x;
        parts::line(ui.painter(), right - width, y, figure);
        parts::line(ui.painter(), left, y, parts::elided(ui.painter(), &text, font, ink, right - width - left - 8.0));
        return;
    }
    match (image.predicted, image.label) {
        (Some((class, p)), _) => {
            let figure = ui.painter().layout_no_wrap(format!("{p:.2}"), font.clone(), theme.muted);
            let width = figure.size().x;
            parts::line(ui.painter(), right - width, y, figure);
            let name = project.classes.name(usize::from(class));
            let name = parts::elided(ui.painter(), &name, font, theme.muted, right - width - left - 8.0);
            parts::line(ui.painter(), left, y, name);
        }
        (None, Some(label)) => {
            let name =
                parts::elided(ui.painter(), &project.classes.name(usize::from(label)), font, theme.truth, right - left);
            parts::line(ui.painter(), left, y, name);
        }
        (None, None) => {
            let name = parts::elided(ui.painter(), "No label", font, theme.faint, right - left);
            parts::line(ui.painter(), left, y, name);
        }
    }
}

/// What an image's boxes are, in words and with the score of the surest of the model's: "2 boxes, 1 missed", "0.93".
pub(in crate::ui::review) fn boxes_line(boxes: &RowBoxes) -> (String, String) {
    let count = |n: u16| if n == 1 { "1 box".to_owned() } else { format!("{n} boxes") };
    let best = if boxes.best > 0.0 { format!("{:.2}", boxes.best) } else { String::new() };
    let mut parts = match (boxes.known, boxes.seen) {
        (true, _) if boxes.drawn == 0 => vec!["Nothing here".to_owned()],
        (true, _) => vec![count(boxes.drawn)],
        (false, true) => vec![format!("Model: {}", count(boxes.predicted))],
        (false, false) => vec!["Not looked at yet".to_owned()],
    };
    let kinds = [(boxes.missed, "missed"), (boxes.shifted, "shifted"), (boxes.extra, "extra")];
    parts.extend(kinds.into_iter().filter(|(n, _)| *n > 0).map(|(n, kind)| format!("{n} {kind}")));
    (parts.join(", "), best)
}

/// What is to be known of an image at a glance, the most important at the edge.
pub(in crate::ui::review) fn marks(theme: &Theme, image: &ImageRow) -> impl Iterator<Item = (Glyph, Color32)> {
    [
        (image.reviewed, Glyph::Check, theme.truth),
        (image.disagrees(), Glyph::Dot, theme.prediction),
        (image.flagged, Glyph::Flag, theme.warning),
    ]
    .into_iter()
    .filter(|(shown, ..)| *shown)
    .map(|(_, glyph, color)| (glyph, color))
}

/// The word that marks a test image, with its right edge at `right`; the width it takes with the gap before it.
pub(in crate::ui::review) fn test_mark(painter: &egui::Painter, theme: &Theme, right: f32, y: f32) -> f32 {
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
pub(in crate::ui::review) fn class_color(theme: &Theme, classes: &ClassList, class: usize) -> Color32 {
    classes.classes.get(class).map_or(theme.muted, |c| rgb(c.color))
}

/// A row as a screen reader says it: "IMG0000467.jpg, Fractured 0.52, unreviewed".
pub(in crate::ui::review) fn spoken(image: &ImageRow, classes: &ClassList) -> String {
    let mut parts = vec![file_name(&image.name).to_owned()];
    if let Some((class, p)) = image.predicted {
        parts.push(format!("{} {p:.2}", classes.name(usize::from(class))));
    }
    if image.boxes.seen || (image.boxes.known && image.label.is_none()) {
        parts.push(boxes_line(&image.boxes).0);
    } else if image.disagrees()
        && let Some(label) = image.label
    {
        parts.push(format!("labelled {}", classes.name(usize::from(label))));
    }
    parts.push(if image.reviewed { "reviewed" } else { "unreviewed" }.to_owned());
    if image.split == Split::Test {
        parts.push("test image".to_owned());
    }
    if image.flagged {
        parts.push("flagged".to_owned());
    }
    if image.missing {
        parts.push("file missing".to_owned());
    }
    parts.join(", ")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_row_says_all_that_its_glyphs_show() {
        let classes = ClassList::from_names(&["Fractured", "Non-fractured"], false).expect("names");
        let row = ImageRow {
            id: ImageId(1),
            name: "a/IMG0000467.jpg".into(),
            width: 1,
            height: 1,
            split: Split::Test,
            label: Some(1),
            reviewed: false,
            flagged: true,
            predicted: Some((0, 0.52)),
            uncertainty: 0.9,
            missing: false,
            boxes: RowBoxes::default(),
        };
        assert_eq!(
            spoken(&row, &classes),
            "IMG0000467.jpg, Fractured 0.52, labelled Non-fractured, unreviewed, test image, flagged"
        );
        let boxes =
            RowBoxes { known: true, seen: true, drawn: 2, missed: 1, extra: 3, best: 0.93, ..RowBoxes::default() };
        let found = ImageRow { boxes, predicted: Some((0, 0.93)), label: None, flagged: false, ..row.clone() };
        let spoken_boxes = "IMG0000467.jpg, Fractured 0.93, 2 boxes, 1 missed, 3 extra, unreviewed, test image";
        assert_eq!(spoken(&found, &classes), spoken_boxes);
        assert_eq!(boxes_line(&boxes).1, "0.93");
        assert_eq!(boxes_line(&RowBoxes { known: true, ..RowBoxes::default() }).0, "Nothing here");
        assert_eq!(boxes_line(&RowBoxes { seen: true, predicted: 1, ..RowBoxes::default() }).0, "Model: 1 box");
        let lost = ImageRow { predicted: Some((9, 0.5)), label: None, flagged: false, missing: true, ..row };
        assert_eq!(spoken(&lost, &classes), "IMG0000467.jpg, class 9 0.50, unreviewed, test image, file missing");
    }
}
