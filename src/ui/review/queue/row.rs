//! One row of the queue.

use super::said;
use crate::domain::Split;
use crate::session::{ImageRow, ProjectView, RowSize, Sort};
use crate::ui::context::PanelContext;
use crate::ui::fonts;
use crate::ui::review::model::words::spoken;
use crate::ui::theme::{Theme, radius};
use crate::ui::widgets::{self, ThumbnailCache};
use egui::{Rect, Response, Role, Sense, WidgetInfo, pos2, vec2};

/// How high a row is, in points.
pub(super) fn height(size: RowSize) -> f32 {
    match size {
        RowSize::Dense => 30.0,
        RowSize::Normal => 56.0,
        RowSize::Large => 92.0,
    }
}

/// How a row is shown.
#[derive(Clone, Copy)]
pub(super) struct How {
    /// It is looked at.
    pub selected: bool,
    /// It is chosen with others.
    pub marked: bool,
    pub size: RowSize,
}

/// Shows a row; what was done to it.
pub(super) fn show(
    ui: &mut egui::Ui,
    cx: &PanelContext<'_>,
    thumbnails: &mut ThumbnailCache,
    project: &ProjectView,
    image: &ImageRow,
    how: How,
) -> Response {
    let theme = cx.theme;
    let How { selected, marked, size } = how;
    let (_, rect) = ui.allocate_space(vec2(ui.available_width(), height(size)));
    // By the image, so that an open menu stays with it while the rows move.
    let response = ui.interact(rect, egui::Id::unique(("queue row", image.id.0)), Sense::click());
    if !ui.is_rect_visible(rect) {
        return response;
    }
    response.widget_info(|| {
        WidgetInfo::selected(Role::ListItem, true, selected || marked, spoken(image, &project.classes))
    });
    ground(ui, theme, rect, &response, how);
    let side = height(size) - if size == RowSize::Dense { 6.0 } else { 16.0 };
    let frame = Rect::from_center_size(pos2(rect.left() + 12.0 + side / 2.0, rect.center().y), vec2(side, side));
    widgets::thumbnail(ui, cx, thumbnails, image, frame);
    if marked {
        widgets::chosen_mark(ui.painter(), theme, frame.left_top() + vec2(3.0, 3.0));
    }
    let upper = if size == RowSize::Dense { rect.center().y } else { rect.top() + 16.0 };
    let right = rect.right() - 14.0;
    let mut edge = right;
    for (glyph, color) in widgets::image_marks(theme, image) {
        glyph.paint(ui.painter(), pos2(edge - 6.0, upper), 12.0, color);
        edge -= 17.0;
    }
    if image.split == Split::Test {
        edge -= widgets::test_mark(ui.painter(), theme, edge, upper);
    }
    let left = frame.right() + 10.0;
    let words = said::words(theme, image, project);
    if size == RowSize::Dense {
        // The classes beside the name, where each has a part of the room.
        edge -= said::short(ui, theme, project, image, &words, edge, upper, (edge - left) * 0.5) + 8.0;
    }
    let ink = if image.missing { theme.muted } else { theme.text };
    let font = if selected { fonts::medium(13.0) } else { fonts::regular(13.0) };
    let name = widgets::shortened_path(ui.painter(), image.short_name(), &font, ink, edge - left - 4.0);
    widgets::line(ui.painter(), left, upper, name);
    if size != RowSize::Dense {
        said::lines(
            ui,
            theme,
            project,
            image,
            &words,
            Rect::from_x_y_ranges(left..=right, rect.top()..=rect.bottom()),
            size,
        );
        if let Some((class, p)) = figure_of(project, image) {
            let bar = Rect::from_min_max(pos2(left, rect.bottom() - 12.0), pos2(right, rect.bottom() - 9.0));
            let color = widgets::class_color(theme, &project.classes, usize::from(class));
            widgets::bar(ui.painter(), bar, p, color, theme.line);
        }
    }
    response.on_hover_text(&*image.name)
}

/// What lies under a row that is looked at, chosen or pointed at.
fn ground(ui: &egui::Ui, theme: &Theme, rect: Rect, response: &Response, how: How) {
    // Under the scroll bar too, so that the ground reaches from edge to edge.
    let ground = rect.with_max_x(ui.clip_rect().right());
    if how.selected {
        ui.painter().rect_filled(ground, 0, theme.raised);
        ui.painter().rect_filled(Rect::from_min_size(rect.min, vec2(2.0, rect.height())), 0, theme.accent);
    } else if how.marked {
        ui.painter().rect_filled(ground, 0, theme.wash(theme.accent, 0.14));
    } else if response.hovered() {
        ui.painter().rect_filled(ground, 0, theme.wash(theme.raised, 0.6));
    }
    if response.has_focus() {
        widgets::focus_ring(ui, theme, rect.shrink(3.0), radius::S);
    }
}

/// The class whose probability a row shows, with it: the model's; of findings the one the queue is ordered by, else the model's
/// surest, where the words beside it are the model's too.
pub(super) fn figure_of(project: &ProjectView, image: &ImageRow) -> Option<(u16, f32)> {
    match (&image.findings, project.sort) {
        (Some(findings), Sort::Finding(finding)) => {
            let of = findings.get(finding.into());
            of.answered.map(|_| (finding, of.probability))
        }
        (Some(findings), _) if findings.is_known() && !image.boxes.seen => None,
        (Some(_) | None, _) => image.predicted,
    }
}
