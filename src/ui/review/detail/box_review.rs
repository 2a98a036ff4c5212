//! In projects about boxes: what the model found, the threshold from which it counts, and what a reader makes of it.

use super::{classes, confirm, how_it_stands, map, marks_line, sentence};
use crate::session::{Fetched, ImageRow, RowBoxes};
use crate::ui::action::ReviewAction;
use crate::ui::context::PanelContext;
use crate::ui::review::model::boxes::Under;
use crate::ui::review::model::current::Current;
use crate::ui::review::state::ReviewState;
use crate::ui::widgets::{self, Button, ButtonStyle};

/// What the model found, with the slider.
pub(super) fn model_says(
    ui: &mut egui::Ui,
    cx: &mut PanelContext<'_>,
    review: &mut ReviewState,
    current: &Current<'_>,
) {
    let theme = cx.theme;
    let Some(threshold) = review.threshold.of_all(current.project) else { return };
    let shown = review.found(current).count();
    if !current.row.boxes.seen {
        sentence(ui, theme, "It has not seen this image yet.");
    } else {
        sentence(ui, theme, verdict(current.row, shown, threshold, current.project.threshold == Some(threshold)));
    }
    ui.horizontal(|ui| {
        ui.label(widgets::caption(theme, "Threshold"));
        ui.spacing_mut().slider_width = (ui.available_width() - 64.0).max(60.0);
        let mut value = threshold;
        // Two digits to read: a slider with fixed ones rounds the value itself, also where nobody touches it.
        let two_digits = |value: f64, _: std::ops::RangeInclusive<usize>| format!("{value:.2}");
        let slider = egui::Slider::new(&mut value, 0.0..=1.0).custom_formatter(two_digits).trailing_fill(true);
        let response = widgets::named(ui.add(slider), "Threshold");
        let keys = [ReviewAction::ThresholdDown, ReviewAction::ThresholdUp].map(|action| cx.key(action));
        let response =
            response.on_hover_text(format!("Boxes with a lower score do not count ({} {})", keys[0], keys[1]));
        // While it is dragged only this window follows; the project does when it is let go.
        if response.changed() || response.drag_stopped() {
            review.set_threshold(cx.commands, current.project, value, !response.dragged());
        }
    });
    if let Some(text) = own_thresholds(current) {
        sentence(ui, theme, text);
    }
    if review.heat_is_on()
        && let Some(text) = heat_map(cx, review, current)
    {
        sentence(ui, theme, text);
    }
    if review.heat_is_on() {
        map::show(ui, cx, review, current);
    }
}

/// Which classes count from a score of their own, whatever the slider says.
fn own_thresholds(current: &Current<'_>) -> Option<String> {
    let own = current.project.class_thresholds.with_names(&current.project.classes.names());
    let said: Vec<String> = own.iter().map(|(class, own)| format!("{class} from {own:.2}")).collect();
    (!said.is_empty()).then(|| format!("With a threshold of their own: {}.", said.join(", ")))
}

/// Which box the heat map explains, or why there is none; `None` until that is known.
fn heat_map(cx: &PanelContext<'_>, review: &ReviewState, current: &Current<'_>) -> Option<String> {
    if review.finds_nothing(current) {
        let text =
            "No heat map: the model draws no box here from this score on. Lower the threshold, or choose a drawn box.";
        return Some(text.to_owned());
    }
    let (under, class, _) = review.explained_box(current)?;
    let detail = current.detail?;
    // All that are on screen, since any other would be given up.
    let requests = review.maps(cx.view.map_methods, current);
    let heat = match cx.fetch.heat_maps(&requests).into_iter().next() {
        Some(Fetched::Ready(heat)) => Some(heat),
        Some(Fetched::Loading(_)) | None => None,
        Some(Fetched::Failed(why)) => return Some(format!("No heat map: {why}.")),
    };
    let score = heat.as_ref().and_then(|heat| heat.score);
    let name = current.project.classes.name(class);
    let mut text = match under {
        Under::Found(index) => {
            let said = detail.prediction.as_ref()?.boxes.get(index)?.score;
            format!("Heat map of the model's box {}, {name} {said:.2}", index + 1)
        }
        Under::Drawn(id) => {
            let number = detail.annotation.boxes.iter().position(|one| one.id == id)? + 1;
            let judged = score.map(|score| format!(", to which the model gives {score:.2}")).unwrap_or_default();
            format!("Heat map of your box {number}, {name}{judged}")
        }
    };
    if let Some(map) = heat.as_ref().map(|heat| &heat.map) {
        text.push_str(&format!(", in cells of {:.0} pixels", map.covers.width() / map.width.max(1) as f64));
    }
    text.push('.');
    Some(text)
}

/// How many boxes count and how they compare with what is drawn; of the rest only while the rows have this threshold.
fn verdict(row: &ImageRow, shown: usize, threshold: f64, in_force: bool) -> String {
    let boxes = if shown == 1 { "1 box".to_owned() } else { format!("{shown} boxes") };
    let mut text = format!("{boxes} from a score of {threshold:.2} on.");
    if in_force && row.boxes.known {
        let RowBoxes { missed, shifted, extra, .. } = row.boxes;
        match (missed, shifted, extra) {
            (0, 0, 0) => text.push_str(" It agrees with what is drawn."),
            _ => text.push_str(&format!(" Missed {missed}, shifted {shifted}, extra {extra}.")),
        }
    }
    text
}

/// What a reader can say.
pub(super) fn your_boxes(
    ui: &mut egui::Ui,
    cx: &mut PanelContext<'_>,
    review: &mut ReviewState,
    current: &Current<'_>,
) {
    let theme = cx.theme;
    let read_only = current.fixed();
    let chosen = review.chosen_box(current).map(|one| one.class);
    let head = if chosen.is_some() { "Class of the chosen box" } else { "Class of new boxes" };
    widgets::section_with(ui, theme, head, |_| {});
    ui.scope(|ui| {
        if read_only.is_some() {
            ui.disable();
        }
        let class = chosen.or_else(|| current.class_of_new_box(review.canvas.box_class));
        classes(ui, cx, (current, &mut review.thumbnails), class, read_only.as_deref());
        confirm(ui, cx, review, current, read_only.as_deref());
        let (text, key) = ("Nothing here", cx.key(ReviewAction::NothingHere));
        let button = Button::new(text).style(ButtonStyle::Answer).key(key).width(ui.available_width()).height(30.0);
        let response = button.ui(ui, theme);
        let response = response.on_hover_text(cx.tooltip(ReviewAction::NothingHere));
        if response.on_disabled_hover_text(read_only.as_deref().unwrap_or_default()).clicked() {
            cx.push(ReviewAction::NothingHere);
        }
    });
    how_it_stands(ui, cx, review, current);
    marks_line(ui, cx, review, current);
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::session::Workbench as _;
    use crate::session::fixture::Bench;

    #[test]
    fn the_verdict_counts_and_compares_only_what_the_rows_know() {
        let mut row = Bench::boxes().view().project.as_ref().unwrap().rows[0].clone();
        assert_eq!(verdict(&row, 2, 0.4, true), "2 boxes from a score of 0.40 on. Missed 0, shifted 1, extra 0.");
        assert_eq!(verdict(&row, 1, 0.8, false), "1 box from a score of 0.80 on.");
        (row.boxes.shifted, row.boxes.missed) = (0, 0);
        assert!(verdict(&row, 2, 0.4, true).ends_with("It agrees with what is drawn."));
    }
}
