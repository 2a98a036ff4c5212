//! One row of the queue.

use super::ROW_HEIGHT;
use crate::domain::Split;
use crate::session::{ImageRow, ProjectView, Sort};
use crate::ui::context::PanelContext;
use crate::ui::fonts;
use crate::ui::review::model::words::{FindingsLine, file_name, findings_and_boxes, spoken};
use crate::ui::theme::{Theme, radius};
use crate::ui::widgets::{self, ThumbnailCache};
use egui::{Rect, Role, Sense, WidgetInfo, pos2, vec2};

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
    widgets::thumbnail(ui, cx, thumbnails, image, frame);

    let right = rect.right() - 14.0;
    let mut edge = right;
    for (glyph, color) in widgets::image_marks(theme, image) {
        glyph.paint(ui.painter(), pos2(edge - 6.0, rect.top() + 16.0), 12.0, color);
        edge -= 17.0;
    }
    if image.split == Split::Test {
        edge -= widgets::test_mark(ui.painter(), theme, edge, rect.top() + 16.0);
    }
    let left = rect.left() + TEXT_LEFT;
    let ink = if image.missing { theme.muted } else { theme.text };
    let font = if selected { fonts::medium(13.0) } else { fonts::regular(13.0) };
    let name = widgets::elided(ui.painter(), file_name(&image.name), font, ink, edge - left - 4.0);
    widgets::line(ui.painter(), left, rect.top() + 16.0, name);
    second_line(ui, theme, project, image, left, right, rect.top() + 33.0);
    if let Some((class, p)) = figure_of(project, image) {
        let bar = Rect::from_min_max(pos2(left, rect.bottom() - 12.0), pos2(right, rect.bottom() - 9.0));
        widgets::bar(
            ui.painter(),
            bar,
            p,
            widgets::class_color(theme, &project.classes, usize::from(class)),
            theme.line,
        );
    }
    response.on_hover_text(&*image.name).clicked()
}

/// The class whose probability a row shows, with it: the model's; of findings the one the queue is ordered by, else the model's
/// surest, where the words beside it are the model's too.
fn figure_of(project: &ProjectView, image: &ImageRow) -> Option<(u16, f32)> {
    match (&image.findings, project.sort) {
        (Some(findings), Sort::Finding(finding)) => {
            let of = findings.get(finding.into());
            of.answered.map(|_| (finding, of.probability))
        }
        (Some(findings), _) if findings.is_known() && !image.boxes.seen => None,
        (Some(_) | None, _) => image.predicted,
    }
}

/// The class in words under the name; colour alone would not say it.
fn second_line(ui: &egui::Ui, theme: &Theme, project: &ProjectView, image: &ImageRow, left: f32, right: f32, y: f32) {
    if image.missing {
        let text =
            widgets::elided(ui.painter(), "File is missing", fonts::regular(fonts::SMALL), theme.warning, right - left);
        widgets::line(ui.painter(), left, y, text);
        return;
    }
    let font = fonts::regular(fonts::SMALL);
    if let Some(findings) = image.findings.as_ref().filter(|_| !image.boxes.seen) {
        let FindingsLine { known, answered } = FindingsLine::of(findings, &project.classes);
        let (text, ink) = match (known, answered) {
            (Some(known), _) if image.disagrees() => (known, theme.prediction),
            (Some(known), _) => (known, theme.truth),
            (None, Some(answered)) => (format!("Model: {answered}"), theme.muted),
            (None, None) => ("Nothing said yet".to_owned(), theme.faint),
        };
        let figure = figure_of(project, image).map(|(_, p)| format!("{p:.2}")).unwrap_or_default();
        let figure = ui.painter().layout_no_wrap(figure, font.clone(), theme.muted);
        let width = figure.size().x;
        widgets::line(ui.painter(), right - width, y, figure);
        let text = widgets::elided(ui.painter(), &text, font, ink, right - width - left - 8.0);
        widgets::line(ui.painter(), left, y, text);
        return;
    }
    if project.is_about_boxes() {
        let (text, right_text) = findings_and_boxes(image, &project.classes);
        let ink = if image.disagrees() { theme.prediction } else { theme.muted };
        let figure = ui.painter().layout_no_wrap(right_text, font.clone(), theme.muted);
        let width = figure.size().x;
        widgets::line(ui.painter(), right - width, y, figure);
        widgets::line(
            ui.painter(),
            left,
            y,
            widgets::elided(ui.painter(), &text, font, ink, right - width - left - 8.0),
        );
        return;
    }
    match (image.predicted, image.label) {
        (Some((class, p)), _) => {
            let figure = ui.painter().layout_no_wrap(format!("{p:.2}"), font.clone(), theme.muted);
            let width = figure.size().x;
            widgets::line(ui.painter(), right - width, y, figure);
            let name = project.classes.name(usize::from(class));
            let name = widgets::elided(ui.painter(), &name, font, theme.muted, right - width - left - 8.0);
            widgets::line(ui.painter(), left, y, name);
        }
        (None, Some(label)) => {
            let name = widgets::elided(
                ui.painter(),
                &project.classes.name(usize::from(label)),
                font,
                theme.truth,
                right - left,
            );
            widgets::line(ui.painter(), left, y, name);
        }
        (None, None) => {
            let name = widgets::elided(ui.painter(), "No label", font, theme.faint, right - left);
            widgets::line(ui.painter(), left, y, name);
        }
    }
}
