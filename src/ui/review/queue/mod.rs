//! The left panel: which images, in which order, and the images themselves.

mod row;
mod search;

use super::model::words::{sort_title, split_title};
use super::state::ReviewState;
use crate::domain::{ClassList, ImageId, Presence, Split};
use crate::session::{
    AttributeTable, Boxes, DataState, Filter, ImageSet, OfFindings, ProjectCommand, ProjectView, Review, Sort,
    ValueCount,
};
use crate::ui::action::{Action, ReviewAction};
use crate::ui::context::PanelContext;
use crate::ui::fonts;
use crate::ui::phrases::thousands;
use crate::ui::theme::space;
use crate::ui::widgets::{self, Glyph};
use egui::{Margin, Popup, ScrollArea, Sense, UiBuilder, Vec2, vec2};
use std::collections::HashSet;
use std::sync::Arc;

/// Height of a row, in points.
pub const ROW_HEIGHT: f32 = 56.0;
/// The orders, as the menu lists them, and those that are about boxes.
const SORTS: [Sort; 3] = [Sort::Name, Sort::Uncertainty, Sort::Disagreement];
const BOX_SORTS: [Sort; 5] = [Sort::Missed, Sort::Extra, Sort::Shifted, Sort::Boxes, Sort::BestScore];

/// The longest name of an order, in points.
const SORT_WIDTH: f32 = 170.0;

/// What the queue panel remembers between frames.
#[derive(Debug, Default)]
pub struct State {
    /// The selected row has to come into view.
    pub reveal: bool,
    pub search: search::State,
    /// How far the rows were scrolled in the last frame, in points.
    scrolled: f32,
}

/// The orders that make sense for a project.
fn sorts(project: &ProjectView) -> impl Iterator<Item = Sort> {
    let unsure = project.may_be_unsure().then_some(Sort::NotSure);
    SORTS.into_iter().chain(unsure).chain(BOX_SORTS.into_iter().filter(|_| project.is_about_boxes()))
}

/// By what the model says of each finding, where it answers with findings.
fn finding_sorts(project: &ProjectView) -> Vec<Sort> {
    let places = project.classes.finding_places().filter(|_| project.finding_thresholds.is_some());
    places.filter_map(|place| Some(Sort::Finding(u16::try_from(place).ok()?))).collect()
}

/// The order after the present one, around.
pub fn sort_after(project: &ProjectView) -> Sort {
    let mut after = sorts(project).skip_while(|sort| *sort != project.sort).skip(1);
    after.next().unwrap_or_default()
}

/// Shows the panel.
pub fn show(ui: &mut egui::Ui, cx: &mut PanelContext<'_>, review: &mut ReviewState) {
    let Some(project) = cx.view.project.as_deref() else { return };
    ui.spacing_mut().item_spacing = Vec2::ZERO;
    egui::Frame::new().inner_margin(Margin { left: 12, right: 12, top: 10, bottom: 10 }).show(ui, |ui| {
        filters(ui, cx, review, project);
        ui.add_space(space::S);
        search::show(ui, cx, review, project);
    });
    hairline(ui, cx);
    order(ui, cx, project);
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

/// A part of the filter as a chip.
struct Choice {
    text: String,
    count: Option<usize>,
    on: bool,
    /// The filter after it was pressed.
    then: Filter,
}

fn choices(project: &ProjectView, review: &ReviewState) -> Vec<Choice> {
    let filter = &project.filter;
    let counts = &project.counts;
    let mut all = Vec::new();
    let mut add = |text: String, count: usize, on: bool, change: &dyn Fn(&mut Filter)| {
        let mut then = filter.clone();
        change(&mut then);
        all.push(Choice { text, count: Some(count), on, then });
    };
    let unreviewed = filter.review == Some(Review::Unreviewed);
    add("Unreviewed".into(), counts.unreviewed, unreviewed, &|f| {
        f.review = (!unreviewed).then_some(Review::Unreviewed)
    });
    add("Disagree".into(), counts.disagreements, filter.disagreement, &|f| f.disagreement = !filter.disagreement);
    if project.may_be_unsure() || filter.unsure {
        add("Not sure".into(), counts.unsure, filter.unsure, &|f| f.unsure = !filter.unsure);
    }
    add("Flagged".into(), counts.flagged, filter.flagged, &|f| f.flagged = !filter.flagged);
    if project.classes.findings {
        let tally = review.selection.tally();
        let finding = |finding, presence| OfFindings::Said { finding, presence };
        let names = || project.classes.finding_places().map(|place| (place, project.classes.name(place)));
        let toggle = |of: OfFindings| (filter.findings == Some(of), (filter.findings != Some(of)).then_some(of));
        for (place, name) in names() {
            let (on, then) = toggle(finding(place, Some(Presence::Present)));
            add(name, tally.labels.get(place).copied().unwrap_or_default(), on, &|f| f.findings = then);
        }
        for (text, count, of) in
            [("No finding", tally.no_finding, OfFindings::None), ("Nothing said", tally.unsaid, OfFindings::Unsaid)]
        {
            let (on, then) = toggle(of);
            add(text.into(), count, on, &|f| f.findings = then);
        }
    }
    if project.is_about_boxes() {
        let kinds = [
            ("Missed", counts.missed, Boxes::Missed),
            ("Extra", counts.extra, Boxes::Extra),
            ("Shifted", counts.shifted, Boxes::Shifted),
            ("With boxes", counts.with_boxes, Boxes::Some),
            ("No box", counts.without_boxes, Boxes::None),
        ];
        for (text, count, boxes) in kinds {
            let on = filter.boxes == Some(boxes);
            add(text.into(), count, on, &|f| f.boxes = (!on).then_some(boxes));
        }
    }
    let of_one_class = project.classes.classes.iter().enumerate().filter(|_| !project.classes.findings);
    for (index, class) in of_one_class {
        let count = review.selection.tally().labels.get(index).copied().unwrap_or_default();
        let on = filter.label == Some(index);
        add(class.name.clone(), count, on, &|f| f.label = (!on).then_some(index));
    }
    for (split, count) in Split::ALL.into_iter().zip(counts.splits) {
        let on = filter.split == Some(split);
        add(split_title(split).into(), count, on, &|f| f.split = (!on).then_some(split));
    }
    let reviewed = filter.review == Some(Review::Reviewed);
    let done = counts.images.saturating_sub(counts.unreviewed);
    add("Reviewed".into(), done, reviewed, &|f| f.review = (!reviewed).then_some(Review::Reviewed));
    for of in rare(project) {
        let on = filter.findings == Some(of);
        let then = Filter { findings: (!on).then_some(of), ..filter.clone() };
        all.push(Choice { text: of_findings(of, &project.classes), count: None, on, then });
    }
    all
}

/// What of findings is looked for seldom: what is uncertain, absent and not looked at.
fn rare(project: &ProjectView) -> impl Iterator<Item = OfFindings> {
    let presences = [Some(Presence::Uncertain), None, Some(Presence::Absent)];
    let places = move |presence| project.classes.finding_places().map(move |finding| (finding, presence));
    presences.into_iter().flat_map(places).map(|(finding, presence)| OfFindings::Said { finding, presence })
}

fn of_findings(of: OfFindings, classes: &ClassList) -> String {
    match of {
        OfFindings::Said { finding, presence } => {
            let name = classes.name(finding);
            match presence {
                Some(Presence::Present) => name,
                Some(Presence::Uncertain) => format!("Perhaps {name}"),
                Some(Presence::Absent) => format!("{name} absent"),
                None => format!("{name} not looked at"),
            }
        }
        OfFindings::None => "No finding".to_owned(),
        OfFindings::Unsaid => "Nothing said".to_owned(),
    }
}

fn filters(ui: &mut egui::Ui, cx: &mut PanelContext<'_>, review: &ReviewState, project: &ProjectView) {
    let all = choices(project, review);
    let shown = which_fit(ui, &all, ui.available_width());
    ui.spacing_mut().item_spacing = vec2(6.0, 6.0);
    // Else a line would be as high as a button.
    ui.spacing_mut().interact_size.y = 22.0;
    ui.horizontal_wrapped(|ui| {
        for (choice, shown) in all.iter().zip(&shown) {
            if *shown && widgets::filter_chip(ui, cx.theme, &choice.text, choice.count, choice.on).clicked() {
                cx.send(ProjectCommand::SetFilter(choice.then.clone()));
            }
        }
        if let Some((screen, before)) = review.way_back(project) {
            let text = format!("← {}", screen.title());
            let tip = format!("Back to where these images come from {}", cx.key(Action::GoTo(screen)));
            if widgets::filter_chip(ui, cx.theme, &text, None, false).on_hover_text(tip.trim_end()).clicked() {
                cx.send(ProjectCommand::SetFilter(before));
                cx.push(Action::GoTo(screen));
            }
        }
        if let Some(only) = &project.filter.only {
            let text = format!("{} ×", only.title);
            if widgets::filter_chip(ui, cx.theme, &text, None, true).on_hover_text("Show all images again").clicked() {
                cx.send(ProjectCommand::SetFilter(Filter { only: None, ..project.filter.clone() }));
            }
        }
        more(ui, cx, project, &all);
    });
}

/// What has room in two lines: the three kinds of work first, then what is on, then the rest in its order.
fn which_fit(ui: &egui::Ui, all: &[Choice], width: f32) -> Vec<bool> {
    const GAP: f32 = 6.0;
    const MORE: f32 = 30.0;
    let widths: Vec<f32> = all
        .iter()
        .map(|c| {
            let text = c.count.map_or_else(|| c.text.clone(), |n| format!("{} {}", c.text, thousands(n)));
            widgets::filter_chip_width(ui.painter(), &text)
        })
        .collect();
    let fits = |shown: &[bool]| {
        let (mut x, mut lines) = (0.0f32, 1);
        let chosen = widths.iter().zip(shown).filter(|(_, s)| **s).map(|(w, _)| *w).chain([MORE]);
        for w in chosen {
            if x > 0.0 && x + w > width {
                (x, lines) = (0.0, lines + 1);
            }
            x += w + GAP;
        }
        lines <= 2
    };
    let mut shown: Vec<bool> = all.iter().enumerate().map(|(index, c)| index < 3 || c.on).collect();
    for index in 0..all.len() {
        if let Some(slot) = shown.get_mut(index).filter(|s| !**s) {
            *slot = true;
            if !fits(&shown)
                && let Some(slot) = shown.get_mut(index)
            {
                *slot = false;
                break;
            }
        }
    }
    shown
}

/// What headers and tables say of the images, and what their files are like: a value narrows the queue to its images.
fn attributes(ui: &mut egui::Ui, cx: &mut PanelContext<'_>, project: &ProjectView) {
    if project.data.state == DataState::Wanted {
        cx.send(ProjectCommand::Analyse);
    }
    let Some(analysis) = &project.data.analysis else { return };
    for table in analysis.attributes.iter().filter(|table| table.distinct > 1) {
        ui.separator();
        ui.label(widgets::caption(cx.theme, &table.name));
        for value in &table.values {
            let set = attribute_set(project.filter.only.as_ref(), table, value);
            let text = format!("{}  ({})", value.value, value.images.len());
            let on = project.filter.only.as_ref().is_some_and(|only| only.title == set.title);
            if widgets::choice(ui, cx.theme, &text, on) {
                let only = (!on).then_some(set);
                cx.send(ProjectCommand::SetFilter(Filter { only, ..project.filter.clone() }));
            }
        }
    }
}

/// The images with a value; of a set that is shown already, those that have it too.
fn attribute_set(only: Option<&ImageSet>, table: &AttributeTable, value: &ValueCount) -> ImageSet {
    let title = format!("{}: {}", table.name, value.value);
    match only.filter(|only| !only.title.contains(&format!("{}: ", table.name))) {
        Some(only) => {
            let having: HashSet<ImageId> = value.images.iter().copied().collect();
            let images = only.images.iter().copied().filter(|image| having.contains(image)).collect();
            ImageSet { title: format!("{}, {title}", only.title), images: Arc::new(images) }
        }
        None => ImageSet { title, images: Arc::new(value.images.clone()) },
    }
}

fn more(ui: &mut egui::Ui, cx: &mut PanelContext<'_>, project: &ProjectView, all: &[Choice]) {
    let (rect, response) = ui.allocate_exact_size(vec2(26.0, 22.0), Sense::click());
    let fill = if response.hovered() { cx.theme.hover } else { cx.theme.raised };
    ui.painter().rect_filled(rect, 5, fill);
    Glyph::Plus.paint(ui.painter(), rect.center(), 11.0, cx.theme.muted);
    if response.has_focus() {
        widgets::focus_ring(ui, cx.theme, rect, 5);
    }
    let enabled = ui.is_enabled();
    response.widget_info(|| egui::WidgetInfo::labeled(egui::Role::Button, enabled, "More filters"));
    Popup::menu(&response).accessible_name("More filters").show(|ui| {
        ui.set_min_width(200.0);
        ui.set_max_width(280.0);
        ScrollArea::vertical().max_height(420.0).show(ui, |ui| {
            for choice in all {
                let text = choice
                    .count
                    .map_or_else(|| choice.text.clone(), |n| format!("{}  ({})", choice.text, thousands(n)));
                if widgets::choice(ui, cx.theme, &text, choice.on) {
                    cx.send(ProjectCommand::SetFilter(choice.then.clone()));
                }
            }
            ui.separator();
            if widgets::choice(ui, cx.theme, "Show all", false) {
                cx.send(ProjectCommand::SetFilter(Filter::default()));
            }
            attributes(ui, cx, project);
        });
    });
    response.on_hover_text("More filters");
}

fn order(ui: &mut egui::Ui, cx: &mut PanelContext<'_>, project: &ProjectView) {
    let (rect, _) = ui.allocate_exact_size(vec2(ui.available_width(), 34.0), Sense::hover());
    let inner = rect.shrink2(vec2(12.0, 0.0));
    let builder = UiBuilder::new().max_rect(inner).layout(egui::Layout::left_to_right(egui::Align::Center));
    let ui = &mut ui.new_child(builder);
    sort_menu(ui, cx, project);
    let count = format!("{} of {}", thousands(project.queue.len()), thousands(project.rows.len()));
    let label = egui::Label::new(widgets::caption(cx.theme, count));
    let builder = UiBuilder::new().max_rect(inner).layout(egui::Layout::right_to_left(egui::Align::Center));
    ui.new_child(builder).add(label);
}

fn sort_menu(ui: &mut egui::Ui, cx: &mut PanelContext<'_>, project: &ProjectView) {
    let theme = cx.theme;
    let title = sort_title(project.sort, &project.classes);
    let galley = widgets::elided(ui.painter(), &title, fonts::regular(12.0), theme.muted, SORT_WIDTH);
    let (place, response) = ui.allocate_exact_size(galley.size() + vec2(16.0, 6.0), Sense::click());
    let ink = if response.hovered() { cx.theme.text } else { cx.theme.muted };
    ui.painter().galley_with_override_text_color(place.left_center() - vec2(0.0, galley.size().y / 2.0), galley, ink);
    Glyph::Down.paint(ui.painter(), place.right_center() - vec2(6.0, -0.5), 10.0, ink);
    if response.has_focus() {
        widgets::focus_ring(ui, cx.theme, place, 4);
    }
    response.widget_info(|| {
        let mut info = egui::WidgetInfo::labeled(egui::Role::ComboBox, true, "Order of the queue");
        info.current_text_value = Some(title.to_string());
        info
    });
    Popup::menu(&response).accessible_name("Order of the queue").show(|ui| {
        ui.set_min_width(200.0);
        let mut line = |ui: &mut egui::Ui, sort: Sort| {
            if widgets::choice(ui, cx.theme, &sort_title(sort, &project.classes), sort == project.sort) {
                cx.send(ProjectCommand::SetSort(sort));
            }
        };
        sorts(project).for_each(|sort| line(ui, sort));
        let findings = finding_sorts(project);
        if !findings.is_empty() {
            ui.separator();
            ui.label(widgets::caption(theme, "By the model's probability"));
            ScrollArea::vertical().max_height(320.0).show(ui, |ui| {
                findings.into_iter().for_each(|sort| line(ui, sort));
            });
        }
    });
    response.on_hover_text(cx.tooltip(ReviewAction::CycleSort));
}

fn empty(ui: &mut egui::Ui, cx: &mut PanelContext<'_>, project: &ProjectView) {
    ui.add_space(48.0);
    let (title, text, offer) = if project.rows.is_empty() {
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
    let mut area = ScrollArea::vertical().auto_shrink([false, false]).id_salt("queue");
    if std::mem::take(&mut review.queue.reveal)
        && let Some(position) = review.selection.position()
    {
        let top = position as f32 * ROW_HEIGHT;
        let offset = review.queue.scrolled;
        // A row of neighbours stays visible on either side, so that one sees what comes.
        if top < offset + ROW_HEIGHT {
            area = area.vertical_scroll_offset((top - ROW_HEIGHT).max(0.0));
        } else if top + 2.0 * ROW_HEIGHT > offset + height {
            area = area.vertical_scroll_offset((top + 2.0 * ROW_HEIGHT - height).max(0.0));
        }
    }
    let mut pressed = None;
    let shown = area.show_rows(ui, ROW_HEIGHT, project.queue.len(), |ui, range| {
        for position in range {
            let found = project.queue.get(position).and_then(|&row| project.rows.get(row as usize));
            let Some(image) = found else {
                ui.allocate_exact_size(vec2(ui.available_width(), ROW_HEIGHT), Sense::hover());
                continue;
            };
            let selected = review.selected() == Some(image.id);
            if row::show(ui, cx, &mut review.thumbnails, project, image, selected) {
                pressed = Some(position);
            }
        }
    });
    review.queue.scrolled = shown.state.clamped_offset().y;
    if let Some(position) = pressed {
        review.go(cx.commands, cx.view, |selection, project| selection.choose(project, position));
    }
}
