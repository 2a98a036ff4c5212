//! The order of the queue: its menu, and what comes next by key.

use crate::session::{DeskCommand, ProjectCommand, ProjectView, RowSize, Sort};
use crate::ui::action::ReviewAction;
use crate::ui::context::PanelContext;
use crate::ui::fonts;
use crate::ui::phrases::thousands;
use crate::ui::review::model::words::{sort_hint, sort_title};
use crate::ui::widgets::{self, Glyph};
use egui::{Popup, Sense, UiBuilder, vec2};

/// The orders, as the menu lists them, and those that are about boxes.
const SORTS: [Sort; 3] = [Sort::Name, Sort::Uncertainty, Sort::Disagreement];
/// Those by what is known without a model.
const OTHERS: [Sort; 8] =
    [Sort::Import, Sort::Label, Sort::Class, Sort::Time, Sort::Oldest, Sort::ReadersApart, Sort::Patient, Sort::Size];
const BOX_SORTS: [Sort; 6] = [Sort::Missed, Sort::Extra, Sort::Shifted, Sort::WrongPlace, Sort::Boxes, Sort::BestScore];

/// What may be drawn at random, in percent.
const SHARES: [u8; 4] = [0, 10, 20, 50];
const MIXED: &str =
    "Images drawn evenly from all: what the model never asks about is looked at too, and figures stay honest";

/// Heights in points: of the window what lies above the menu and below its orders, and of the choice of what is drawn at random.
const BELOW: f32 = 300.0;
const AT_RANDOM: f32 = 160.0;

/// The most that the menu is wide: a wider one covers the picture.
const WIDEST: f32 = 280.0;
/// The longest name of an order, in points.
const SORT_WIDTH: f32 = 170.0;

/// The orders that make sense for a project.
fn sorts(project: &ProjectView) -> impl Iterator<Item = Sort> {
    let unsure = project.may_be_unsure().then_some(Sort::NotSure);
    let of_boxes = BOX_SORTS.into_iter().filter(|_| project.is_about_boxes());
    SORTS.into_iter().chain(unsure).chain(of_boxes).filter(|sort| is_offered(project, *sort))
}

/// Whether there is what an order goes by, and it tells nothing that the reader must not see.
fn is_offered(project: &ProjectView, sort: Sort) -> bool {
    if project.active.is_none() && sort.depends_on_model() {
        return false;
    }
    !project.reading.is_own() || !(sort.depends_on_model() || matches!(sort, Sort::ReadersApart | Sort::Import))
}

/// Those that put first what is worth a label, beside the three that a key goes through, where there is what they go by.
fn learned(project: &ProjectView) -> impl Iterator<Item = Sort> {
    let says = project.active.is_some() && project.threshold.is_none();
    // Of two classes, and of each finding, all ways to be unsure put images in the same order.
    let several = says && project.finding_thresholds.is_none() && project.classes.len() > 2;
    let compared = project
        .comparison
        .as_ref()
        .is_some_and(|comparison| says && comparison.models().any(|model| Some(model) != project.active));
    let unsure = [Sort::Margin, Sort::LeastConfidence].into_iter().filter(move |_| several);
    let judged = [Sort::LabelErrors, Sort::RareClass, Sort::ColdStart, Sort::KCentre].into_iter().filter(move |_| says);
    let drawn = says && project.counts.with_boxes > 0;
    unsure.chain(judged).chain(drawn.then_some(Sort::HeatOutside)).chain(compared.then_some(Sort::ModelsApart))
}

/// All that the palette and the menu offer.
pub fn orders(project: &ProjectView) -> Vec<Sort> {
    let all = sorts(project).chain(learned(project)).chain(OTHERS).chain(by_probability(project));
    all.filter(|sort| is_offered(project, *sort)).collect()
}

/// How much of a learned order is drawn at random, where the order is one.
fn at_random(ui: &mut egui::Ui, cx: &mut PanelContext<'_>, project: &ProjectView) {
    if !project.sort.is_learned() {
        return;
    }
    ui.separator();
    ui.label(widgets::caption(cx.theme, "Mixed in at random"));
    for percent in SHARES {
        let title = if percent == 0 { "Nothing mixed in".to_owned() } else { format!("{percent} % at random") };
        let line = widgets::choice_line(ui, cx.theme, &title, percent == project.random_arm);
        if line.on_hover_text(MIXED).clicked() {
            cx.send(ProjectCommand::SetRandomArm(percent));
        }
    }
}

/// By what the model says of each class or finding, where it says something of them.
fn by_probability(project: &ProjectView) -> Vec<Sort> {
    let place = |place: usize| u16::try_from(place).ok();
    if project.finding_thresholds.is_some() {
        return project.classes.finding_places().filter_map(|one| Some(Sort::Finding(place(one)?))).collect();
    }
    let says = project.active.is_some() && project.threshold.is_none() && !project.classes.findings;
    let classes = if says { 0..project.classes.len() } else { 0..0 };
    classes.filter_map(|one| Some(Sort::Probability(place(one)?))).collect()
}

/// How high the rows are.
fn rows(ui: &mut egui::Ui, cx: &mut PanelContext<'_>) {
    ui.separator();
    ui.label(widgets::caption(cx.theme, "Rows"));
    let now = cx.view.preferences.labelling.rows;
    for (size, title) in
        [(RowSize::Dense, "Dense rows"), (RowSize::Normal, "Normal rows"), (RowSize::Large, "Large rows")]
    {
        if widgets::choice(ui, cx.theme, title, size == now) {
            let mut preferences = (*cx.view.preferences).clone();
            preferences.labelling.rows = size;
            cx.send(DeskCommand::SetPreferences(preferences));
        }
    }
}

/// The order after the present one among those that are changed by key, around.
pub fn sort_after(project: &ProjectView) -> Sort {
    // Without a model there is little else to go through.
    let others = OTHERS.into_iter().filter(|sort| project.active.is_none() && is_offered(project, *sort));
    let mut after = sorts(project).chain(others).skip_while(|sort| *sort != project.sort).skip(1);
    after.next().unwrap_or_default()
}

/// Shows the order, and how many images there are.
pub(super) fn show(ui: &mut egui::Ui, cx: &mut PanelContext<'_>, project: &ProjectView) {
    let (rect, _) = ui.allocate_exact_size(vec2(ui.available_width(), 34.0), Sense::hover());
    let inner = rect.shrink2(vec2(12.0, 0.0));
    let builder = UiBuilder::new().max_rect(inner).layout(egui::Layout::left_to_right(egui::Align::Center));
    let ui = &mut ui.new_child(builder);
    sort_menu(ui, cx, project);
    // Of a list that was assigned what is left of it: what comes again is not in the queue yet, and not to be told.
    let mine = project.assigned.as_ref().filter(|_| project.filter.assigned);
    let shown = mine.map_or(project.queue.len(), |mine| mine.total.saturating_sub(mine.read).max(project.queue.len()));
    let count = format!("{} of {}", thousands(shown), thousands(project.rows.len()));
    let label = egui::Label::new(widgets::caption(cx.theme, count));
    let builder = UiBuilder::new().max_rect(inner).layout(egui::Layout::right_to_left(egui::Align::Center));
    ui.new_child(builder).add(label);
}

fn sort_menu(ui: &mut egui::Ui, cx: &mut PanelContext<'_>, project: &ProjectView) {
    let theme = cx.theme;
    let title = match project.filter.assigned {
        true => "In the order of your list".into(),
        false => sort_title(project.sort, &project.classes),
    };
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
        ui.set_max_width(WIDEST);
        let mut line = |ui: &mut egui::Ui, sort: Sort| {
            let mut shown =
                widgets::choice_line(ui, cx.theme, &sort_title(sort, &project.classes), sort == project.sort);
            if let Some(hint) = sort_hint(sort) {
                shown = shown.on_hover_text(hint);
            }
            if shown.clicked() {
                cx.send(ProjectCommand::SetSort(sort));
            }
        };
        // What stands below the orders stays in the window, however many these are.
        let below = BELOW + if project.sort.is_learned() { AT_RANDOM } else { 0.0 };
        let room = (ui.ctx().content_rect().height() - below).max(130.0);
        widgets::menu_scroll(room).show(ui, |ui| {
            let seen = |sort: &Sort| is_offered(project, *sort);
            sorts(project).chain(learned(project)).filter(seen).for_each(|sort| line(ui, sort));
            let by_class: Vec<Sort> = by_probability(project).into_iter().filter(seen).collect();
            if !by_class.is_empty() {
                ui.separator();
                ui.label(widgets::caption(theme, "By the model's probability"));
                by_class.into_iter().for_each(|sort| line(ui, sort));
            }
            ui.separator();
            OTHERS.into_iter().filter(seen).for_each(|sort| line(ui, sort));
            // Pressed again it is another order.
            let seed = if let Sort::Random(seed) = project.sort { seed + 1 } else { 1 };
            line(ui, Sort::Random(seed));
        });
        at_random(ui, cx, project);
        rows(ui, cx);
    });
    response.on_hover_text(cx.tooltip(ReviewAction::CycleSort));
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::session::Workbench as _;
    use crate::session::fixture::Bench;

    #[test]
    fn without_a_model_no_order_that_goes_by_one_is_offered_and_the_key_goes_through_the_others() {
        let view = Bench::project().view();
        let with = view.project.as_deref().unwrap();
        assert!(orders(with).contains(&Sort::Uncertainty) && sort_after(with) == Sort::Uncertainty);
        let mut without = ProjectView { active: None, ..with.clone() };
        assert!(orders(&without).iter().all(|sort| !sort.depends_on_model()), "{:?}", orders(&without));
        let mut gone_through = Vec::new();
        for _ in 0..8 {
            without.sort = sort_after(&without);
            gone_through.push(without.sort);
        }
        assert_eq!((gone_through[0], gone_through[7]), (Sort::Import, Sort::Name));
    }
}
