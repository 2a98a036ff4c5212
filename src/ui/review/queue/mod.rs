//! The left panel: which images, in which order, and the images themselves.

mod assigned;
mod chips;
mod kept;
mod learned;
mod many;
mod order;
mod row;
mod said;
mod search;
mod studied;
mod typing;

pub use order::{orders, sort_after};

use super::menu;
use super::state::ReviewState;
use crate::session::query::write;
use crate::session::{Filter, ProjectCommand, ProjectView, Review};
use crate::ui::context::PanelContext;
use crate::ui::theme::space;
use crate::ui::widgets;
use egui::{Margin, ScrollArea, Sense, Vec2, vec2};

/// How strongly rows are shown that are not of the search that is typed.
const BEFORE: f32 = 0.45;

/// What the queue panel remembers between frames.
#[derive(Debug, Default)]
pub struct State {
    /// The selected row has to come into view.
    pub reveal: bool,
    pub search: search::State,
    /// How far the rows were scrolled in the last frame, in points.
    scrolled: f32,
    /// The filter whose images are the rows: after another one the selected image may lie elsewhere.
    of: Filter,
    /// The name under which the filter is to be kept.
    name: String,
}

/// Shows the panel.
pub fn show(ui: &mut egui::Ui, cx: &mut PanelContext<'_>, review: &mut ReviewState) {
    let Some(project) = cx.view.project.as_deref() else { return };
    ui.spacing_mut().item_spacing = Vec2::ZERO;
    egui::Frame::new().inner_margin(Margin { left: 12, right: 12, top: 10, bottom: 10 }).show(ui, |ui| {
        chips::show(ui, cx, review, project);
        ui.add_space(space::S);
        search::show(ui, cx, review, project);
    });
    hairline(ui, cx);
    order::show(ui, cx, project);
    assigned::show(ui, cx, project);
    studied::show(ui, cx, project);
    learned::show(ui, cx, project);
    many::show(ui, cx, review, project);
    if review.queue.search.is_wrong() {
        of_before(ui, cx, project);
    }
    if project.queue.is_empty() {
        empty(ui, cx, project);
    } else {
        rows(ui, cx, review, project);
    }
}

fn hairline(ui: &mut egui::Ui, cx: &PanelContext<'_>) {
    let (rect, _) = ui.allocate_exact_size(vec2(ui.available_width(), 1.0), Sense::hover());
    ui.painter().hline(rect.x_range(), rect.center().y, cx.theme.hairline());
}

/// Says that the rows are those of the search before, and lets them step back. They stay, since they are what the keys go
/// through and act on until there is another search: an empty list would say that there is nothing.
fn of_before(ui: &mut egui::Ui, cx: &PanelContext<'_>, project: &ProjectView) {
    let before = match write(&project.filter, &project.classes) {
        text if text.is_empty() => "all images".to_owned(),
        text => format!("what \u{201c}{text}\u{201d} found"),
    };
    let fill = cx.theme.wash(cx.theme.warning, 0.14);
    egui::Frame::new().fill(fill).inner_margin(Margin::symmetric(12, 6)).show(ui, |ui| {
        ui.set_width(ui.available_width());
        let text = format!("Not searched. Below is still {before}.");
        ui.add(egui::Label::new(widgets::body(cx.theme, text)).wrap());
    });
    ui.multiply_opacity(BEFORE);
}

fn empty(ui: &mut egui::Ui, cx: &mut PanelContext<'_>, project: &ProjectView) {
    ui.add_space(48.0);
    let finished = assigned::finished(project);
    let (title, text, offer) = if let Some((title, text)) = &finished {
        (title.as_str(), text.as_str(), Some("Show all"))
    } else if project.rows.is_empty() {
        ("No images", "", None)
    } else if project.filter.review == Some(Review::Unreviewed) && project.counts.unreviewed == 0 {
        ("Everything is reviewed", "", Some("Show all"))
    } else {
        ("Nothing passes the filter", "", Some("Show all"))
    };
    ui.spacing_mut().item_spacing.y = space::S;
    if widgets::empty_state(ui, cx.theme, title, text, offer) {
        cx.send(ProjectCommand::SetFilter(Filter::default()));
    }
}

fn rows(ui: &mut egui::Ui, cx: &mut PanelContext<'_>, review: &mut ReviewState, project: &ProjectView) {
    let height = ui.available_height();
    let size = cx.view.preferences.labelling.rows;
    let row_height = row::height(size);
    let mut area = ScrollArea::vertical().auto_shrink([false, false]).id_salt("queue");
    if review.queue.of != project.filter {
        review.queue.of.clone_from(&project.filter);
        review.queue.reveal = true;
    }
    if std::mem::take(&mut review.queue.reveal)
        && let Some(position) = review.selection.position()
    {
        let top = position as f32 * row_height;
        let offset = review.queue.scrolled;
        // A row of neighbours stays visible on either side, so that one sees what comes.
        if top < offset + row_height {
            area = area.vertical_scroll_offset((top - row_height).max(0.0));
        } else if top + 2.0 * row_height > offset + height {
            area = area.vertical_scroll_offset((top + 2.0 * row_height - height).max(0.0));
        }
    }
    let mut pressed = None;
    let shown = area.show_rows(ui, row_height, project.queue.len(), |ui, range| {
        for position in range {
            let found = project.queue.get(position).and_then(|&row| project.rows.get(row as usize));
            let Some(image) = found else {
                ui.allocate_exact_size(vec2(ui.available_width(), row_height), Sense::hover());
                continue;
            };
            let selected = review.selected() == Some(image.id);
            let chosen =
                row::How { selected, marked: review.marked.are_several() && review.marked.has(image.id), size };
            let response = row::show(ui, cx, &mut review.thumbnails, project, image, chosen);
            if response.clicked() {
                pressed = Some((image.id, menu::held(ui)));
            }
            if response.secondary_clicked() {
                review.press_for_menu(cx.commands, cx.view, image.id);
            }
            response.context_menu(|ui| menu::show(ui, cx, review, project));
        }
    });
    review.queue.scrolled = shown.state.clamped_offset().y;
    if let Some((image, held)) = pressed {
        review.press(cx.commands, cx.view, image, held);
    }
}
