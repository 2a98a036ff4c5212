//! The chips that narrow the queue, and the menu of all of them.

use super::kept;
use crate::domain::{ClassList, ImageId, Presence, Split};
use crate::session::{
    AttributeTable, Boxes, Command, DataState, Filter, ImageSet, OfFindings, ProjectCommand, ProjectView, Review,
    ValueCount,
};
use crate::ui::action::Action;
use crate::ui::context::PanelContext;
use crate::ui::phrases::thousands;
use crate::ui::review::model::words::{class_title, split_title};
use crate::ui::review::state::ReviewState;
use crate::ui::widgets::{self, Glyph};
use egui::{Popup, PopupCloseBehavior, ScrollArea, Sense, UiBuilder, vec2};
use std::collections::HashSet;
use std::sync::Arc;

/// Between chips, in points.
const GAP: f32 = 6.0;
/// The chips are no higher than four lines; more of them scroll.
const HIGHEST: f32 = 4.0 * 22.0 + 3.0 * GAP;
/// Room for the menu of all, in points.
const MORE: f32 = 32.0;
/// Chips of more classes than these are in the menu alone.
const MANY_CLASSES: usize = 40;

/// A part of the filter as a chip.
struct Choice {
    text: String,
    count: Option<usize>,
    on: bool,
    /// It is one of the classes.
    is_class: bool,
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
        all.push(Choice { text, count: Some(count), on, is_class: false, then });
    };
    if let Some(mine) = project.assigned.as_ref() {
        add("Assigned to me".into(), mine.total.saturating_sub(mine.read), filter.assigned, &|f| {
            f.assigned = !filter.assigned;
        });
    }
    let unreviewed = filter.review == Some(Review::Unreviewed);
    add("Unreviewed".into(), counts.unreviewed, unreviewed, &|f| {
        f.review = (!unreviewed).then_some(Review::Unreviewed)
    });
    add("Disagree".into(), counts.disagreements, filter.disagreement, &|f| f.disagreement = !filter.disagreement);
    if project.may_be_unsure() || filter.unsure {
        add("Not sure".into(), counts.unsure, filter.unsure, &|f| f.unsure = !filter.unsure);
    }
    add("Flagged".into(), counts.flagged, filter.flagged, &|f| f.flagged = !filter.flagged);
    if counts.key > 0 || filter.key {
        add("Key images".into(), counts.key, filter.key, &|f| f.key = !filter.key);
    }
    if project.classes.findings {
        let tally = review.selection.tally();
        let finding = |finding, presence| OfFindings::Said { finding, presence };
        let findings: Vec<usize> = project.classes.finding_places().collect();
        let in_order = || project.classes_in_order().filter(|(place, _)| findings.contains(place));
        let names = || in_order().map(|(place, class)| (place, class.name.clone()));
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
    let of_one_class = project.classes_in_order().filter(|_| !project.classes.findings);
    for (index, class) in of_one_class {
        let count = review.selection.tally().labels.get(index).copied().unwrap_or_default();
        let on = filter.label == Some(index);
        add(class_title(&project.classes, &class.name), count, on, &|f| f.label = (!on).then_some(index));
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
        all.push(Choice { text: of_findings(of, &project.classes), count: None, on, is_class: false, then });
    }
    let present = |of: Option<OfFindings>| match of {
        Some(OfFindings::Said { finding, presence: Some(Presence::Present) }) => Some(finding),
        Some(OfFindings::Said { .. } | OfFindings::None | OfFindings::Unsaid) | None => None,
    };
    for choice in &mut all {
        let of_finding = choice.then.findings != filter.findings && present(choice.then.findings).is_some();
        // Where boxes have the classes, images of one are none of the work.
        choice.is_class = (choice.then.label != filter.label && !project.is_about_boxes()) || of_finding;
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
                None => format!("{name} not assessed"),
            }
        }
        OfFindings::None => "No finding".to_owned(),
        OfFindings::Unsaid => "Nothing said".to_owned(),
    }
}

/// Shows those that have room; all of the classes, or, where there are many, a part that scrolls.
pub(super) fn show(ui: &mut egui::Ui, cx: &mut PanelContext<'_>, review: &mut ReviewState, project: &ProjectView) {
    let all = choices(project, review);
    let classes = project.classes.len();
    // The menu of all stands beside them, so that it is reached also where they scroll.
    let width = ui.available_width() - MORE;
    let shown = which_fit(ui, &all, width, (classes, 3 + usize::from(project.assigned.is_some())));
    // Else a line would be as high as a button.
    ui.spacing_mut().interact_size.y = 22.0;
    ui.spacing_mut().item_spacing = vec2(GAP, GAP);
    let right = ui.max_rect().right();
    let top = ui.cursor().top();
    let area = ScrollArea::vertical().id_salt("chips").max_height(HIGHEST).max_width(width).auto_shrink([false, true]);
    area.show(ui, |ui| {
        ui.horizontal_wrapped(|ui| {
            // First what came from elsewhere: below the other chips it could be out of sight.
            if let Some((screen, before)) = review.way_back(project) {
                let text = format!("← {}", screen.title());
                let tip = format!("Back to where these images come from {}", cx.key(Action::GoTo(screen)));
                if widgets::filter_chip(ui, cx.theme, &text, None, false).on_hover_text(tip.trim_end()).clicked() {
                    cx.send(ProjectCommand::SetFilter(before));
                    cx.push(Action::GoTo(screen));
                }
            }
            if let Some(only) = &project.filter.only {
                let tip = format!("{}: show all images again", only.title);
                // The cross must stay in reach, however long the title is.
                let chip = widgets::filter_chip_within(ui, cx.theme, &only.title, " ×", width - GAP);
                if chip.on_hover_text(tip).clicked() {
                    cx.send(ProjectCommand::SetFilter(Filter { only: None, ..project.filter.clone() }));
                }
            }
            for (choice, shown) in all.iter().zip(&shown) {
                if *shown && widgets::filter_chip(ui, cx.theme, &choice.text, choice.count, choice.on).clicked() {
                    cx.send(ProjectCommand::SetFilter(choice.then.clone()));
                }
            }
        });
    });
    let place = egui::Rect::from_min_size(egui::pos2(right - 26.0, top), vec2(26.0, 22.0));
    more(&mut ui.new_child(UiBuilder::new().max_rect(place)), cx, review, project, &all);
}

/// What is shown: so many kinds of work and what is on, then all classes where they are few, then what has room in three
/// lines.
fn which_fit(ui: &egui::Ui, all: &[Choice], width: f32, (classes, kinds): (usize, usize)) -> Vec<bool> {
    let widths: Vec<f32> = all
        .iter()
        .map(|c| {
            let text = c.count.map_or_else(|| c.text.clone(), |n| format!("{} {}", c.text, thousands(n)));
            widgets::filter_chip_width(ui.painter(), &text)
        })
        .collect();
    let fits = |shown: &[bool]| {
        let (mut x, mut lines) = (0.0f32, 1);
        let chosen = widths.iter().zip(shown).filter(|(_, s)| **s).map(|(w, _)| *w);
        for w in chosen {
            if x > 0.0 && x + w > width {
                (x, lines) = (0.0, lines + 1);
            }
            x += w + GAP;
        }
        lines <= 3
    };
    let few = classes <= MANY_CLASSES;
    let mut shown: Vec<bool> =
        all.iter().enumerate().map(|(at, c)| at < kinds || c.on || (c.is_class && few)).collect();
    for index in 0..all.len() {
        // Half of the classes would say that there are no others.
        let whole = all.get(index).is_some_and(|choice| !choice.is_class);
        if let Some(slot) = shown.get_mut(index).filter(|s| !**s && whole) {
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
    if project.data.state == DataState::Wanted && !project.reading.is_own() {
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

fn more(ui: &mut egui::Ui, cx: &mut PanelContext<'_>, review: &mut ReviewState, project: &ProjectView, all: &[Choice]) {
    let (rect, response) = ui.allocate_exact_size(vec2(26.0, 22.0), Sense::click());
    let fill = if response.hovered() { cx.theme.hover } else { cx.theme.raised };
    ui.painter().rect_filled(rect, 5, fill);
    Glyph::Plus.paint(ui.painter(), rect.center(), 11.0, cx.theme.muted);
    if response.has_focus() {
        widgets::focus_ring(ui, cx.theme, rect, 5);
    }
    let enabled = ui.is_enabled();
    response.widget_info(|| egui::WidgetInfo::labeled(egui::Role::Button, enabled, "More filters"));
    let menu = Popup::menu(&response).accessible_name("More filters");
    // A name is typed in it.
    menu.close_behavior(PopupCloseBehavior::CloseOnClickOutside).show(|ui| {
        ui.set_min_width(220.0);
        ui.set_max_width(320.0);
        let highest = (ui.ctx().content_rect().bottom() - response.rect.bottom() - 24.0).clamp(120.0, 640.0);
        widgets::menu_scroll(highest).show(ui, |ui| {
            let before = cx.actions.len();
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
            kept::show(ui, cx, project, &mut review.queue.name);
            attributes(ui, cx, project);
            if cx.actions.iter().skip(before).any(narrows) {
                ui.close();
            }
        });
    });
    response.on_hover_text("More filters");
}

/// Whether an action is another filter.
fn narrows(action: &Action) -> bool {
    matches!(action, Action::Send(Command::Project(ProjectCommand::SetFilter(_))))
}
