//! The histograms of boxes: their scores, and how many an image has.

use super::{HEIGHT, Model};
use crate::domain::ImageId;
use crate::domain::performance::BoxesOn;
use crate::session::ImageSet;
use crate::ui::evaluate::{picking, sets};
use crate::ui::theme::{Theme, space};
use crate::ui::widgets::{self, plot};
use egui::{Color32, Ui};
use egui_plot::{AxisHints, Bar, BarChart};
use std::sync::Arc;

/// How many boxes are right and wrong, by score; the images of the bar that was pressed.
pub(super) fn scores(ui: &mut Ui, theme: &Theme, model: &Model<'_>) -> Option<ImageSet> {
    let now = model.report;
    let bins = now.scores.len().max(1) as f64;
    let chart = |name: &str, color: Color32, of: &dyn Fn(usize) -> usize| {
        let bar = |at: usize| Bar::new((at as f64 + 0.5) / bins, of(at) as f64).width(0.84 / bins);
        BarChart::new(name.to_owned(), (0..now.scores.len()).map(bar).collect()).color(color)
    };
    let count = |at: usize, right: bool| now.scores.get(at).map_or(0, |bin| if right { bin.right } else { bin.wrong });
    let right = chart("right", theme.truth, &|at| count(at, true));
    let wrong = chart("wrong", theme.prediction, &|at| count(at, false)).stack_on(&[&right]);
    let highest = now.scores.iter().map(|bin| bin.right + bin.wrong).max().unwrap_or(0).max(1) as f64 * 1.06;
    let threshold = now.threshold;
    let line = theme.text;
    let shown = plot::still("Scores of boxes", theme, HEIGHT)
        .custom_x_axes(vec![plot::ticks(theme, AxisHints::new_x(), 22.0).formatter(|mark, _| plot::decimals(mark))])
        .custom_y_axes(vec![plot::ticks(theme, AxisHints::new_y(), 15.0).formatter(|mark, _| plot::whole(mark.value))])
        .default_x_bounds(0.0, 1.0)
        .default_y_bounds(0.0, highest)
        .show_grid([false, true])
        .show(ui, |ui| {
            ui.set_plot_bounds_x(0.0..=1.0);
            ui.set_plot_bounds_y(0.0..=highest);
            ui.bar_chart(right);
            ui.bar_chart(wrong);
            let style = egui_plot::LineStyle::dashed_dense();
            ui.vline(egui_plot::VLine::new("threshold", threshold).color(line).style(style).width(1.0));
        });
    let total = |right: bool| (0..now.scores.len()).map(|at| count(at, right)).sum::<usize>();
    let (right, wrong) = (total(true), total(false));
    let mut response = widgets::named(shown.response, &format!("Scores of boxes: {right} right, {wrong} wrong"));
    let bar = picking::pointed(&response, &shown.transform).and_then(|[x, y]| {
        let at = (x * bins).floor().max(0.0) as usize;
        let bin = now.scores.get(at).filter(|bin| bin.right + bin.wrong > 0)?;
        let part = match y {
            y if y <= bin.right as f64 => Some(true),
            y if y <= (bin.right + bin.wrong) as f64 => Some(false),
            _ => None,
        };
        Some((at, part, *bin))
    });
    let mut opened = None;
    if let Some((at, part, bin)) = bar {
        let set = with_score(model.on, at, now.scores.len(), part);
        let told = format!("{}: {} right, {} wrong\nPress for the images", set.title, bin.right, bin.wrong);
        response = picking::tell(response, &told);
        opened = response.clicked().then_some(set);
    }
    ui.horizontal_wrapped(|ui| {
        ui.spacing_mut().item_spacing.x = space::L;
        plot::legend_entry(ui, format!("right, {right}"), theme.truth);
        plot::legend_entry(ui, format!("wrong, {wrong}"), theme.prediction);
        ui.label(widgets::faint(theme, format!("dashed: boxes count from {threshold:.2}")));
    });
    opened.filter(|set| !set.images.is_empty())
}

/// The images that have a box whose score lies in one of so many equal ranges, right ones, wrong ones or any.
fn with_score(on: &[(ImageId, BoxesOn)], at: usize, ranges: usize, right: Option<bool>) -> ImageSet {
    let ranges = ranges.max(1);
    let edge = |at: usize| sets::shown(at as f64 / ranges as f64);
    let kind = match right {
        Some(true) => "right boxes",
        Some(false) => "wrong boxes",
        None => "boxes",
    };
    let is = |(score, is_right): &(f64, bool)| {
        ((score * ranges as f64) as usize).min(ranges - 1) == at && right.is_none_or(|right| right == *is_right)
    };
    let images = on.iter().filter(|(_, on)| on.found.iter().any(is)).map(|(image, _)| *image).collect();
    ImageSet { title: format!("with {kind} of score {}–{}", edge(at), edge(at + 1)), images: Arc::new(images) }
}

/// How many images have so many boxes; those of the bar that was pressed.
pub(super) fn boxes_per_image(ui: &mut Ui, theme: &Theme, model: &Model<'_>) -> Option<ImageSet> {
    let now = model.report;
    let counts = &now.boxes_per_image;
    let chart = |name: &str, color: Color32, off: f64, of: &[usize]| {
        let bar = |(boxes, images): (usize, &usize)| Bar::new(boxes as f64 + off, *images as f64).width(0.36);
        BarChart::new(name.to_owned(), of.iter().enumerate().map(bar).collect()).color(color)
    };
    let truth = chart("there", theme.truth, -0.2, &counts.truth);
    let found = chart("found", theme.prediction, 0.2, &counts.found);
    let most = |of: &[usize]| of.iter().rposition(|images| *images > 0).unwrap_or(0);
    let last = most(&counts.truth).max(most(&counts.found)).max(3) as f64 + 0.6;
    let highest = counts.truth.iter().chain(&counts.found).max().copied().unwrap_or(0).max(1) as f64 * 1.06;
    let many = counts.truth.len().saturating_sub(1) as f64;
    let label = move |value: f64| if value >= many { format!("{many:.0}+") } else { plot::whole(value) };
    let shown = plot::still("Boxes an image", theme, HEIGHT)
        .custom_x_axes(vec![plot::ticks(theme, AxisHints::new_x(), 22.0).formatter(move |mark, _| label(mark.value))])
        .custom_y_axes(vec![plot::ticks(theme, AxisHints::new_y(), 15.0).formatter(|mark, _| plot::whole(mark.value))])
        .default_x_bounds(-0.6, last)
        .default_y_bounds(0.0, highest)
        .show_grid([false, true])
        .show(ui, |ui| {
            ui.set_plot_bounds_x(-0.6..=last);
            ui.set_plot_bounds_y(0.0..=highest);
            ui.bar_chart(truth);
            ui.bar_chart(found);
        });
    let none = |of: &[usize]| of.first().copied().unwrap_or(0);
    let (there, said) = (none(&counts.truth), none(&counts.found));
    let words = format!("Boxes an image: {there} images have none, {said} are said to have none");
    let mut response = widgets::named(shown.response, &words);
    let mut opened = None;
    if let Some([x, _]) = picking::pointed(&response, &shown.transform) {
        let (at, found) = (x.round().max(0.0) as usize, x > x.round());
        let set = with_boxes(model.on, (at, counts.truth.len()), found);
        if !set.images.is_empty() {
            let told = format!("{}\n{} images. Press for them", set.title, set.images.len());
            response = picking::tell(response, &told);
            opened = response.clicked().then_some(set);
        }
    }
    ui.horizontal_wrapped(|ui| {
        ui.spacing_mut().item_spacing.x = space::L;
        plot::legend_entry(ui, "there", theme.truth);
        plot::legend_entry(ui, "found", theme.prediction);
    });
    opened
}

/// The images with so many boxes (of so many counts, the last of which means "or more"): that are there, or that are found
/// and count.
fn with_boxes(on: &[(ImageId, BoxesOn)], (boxes, counts): (usize, usize), found: bool) -> ImageSet {
    let last = boxes + 1 >= counts;
    let number = |on: &BoxesOn| if found { on.counting } else { on.there };
    let is = |on: &BoxesOn| if last { number(on) >= boxes } else { number(on) == boxes };
    let images = on.iter().filter(|(_, on)| is(on)).map(|(image, _)| *image).collect();
    let (more, what) = (if last { " or more" } else { "" }, if found { "found" } else { "there" });
    ImageSet { title: format!("{boxes}{more} boxes {what}"), images: Arc::new(images) }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::session::Workbench as _;
    use crate::session::fixture::{Bench, box_comparison};

    #[test]
    fn every_bar_opens_as_many_images_as_have_its_boxes() {
        let project = Bench::boxes().view().project.clone().unwrap();
        let comparison = box_comparison(&project.rows, &project.classes);
        let (on, report) = (&comparison.boxes.on[0].1, comparison.candidate_report.detection.as_ref().unwrap());
        let counts = &report.boxes_per_image;
        for at in 0..counts.truth.len() {
            let count = |found| with_boxes(on, (at, counts.truth.len()), found).images.len();
            assert_eq!((count(false), count(true)), (counts.truth[at], counts.found[at]), "{at}");
        }
        for (at, bin) in report.scores.iter().enumerate() {
            let count = |right| with_score(on, at, report.scores.len(), right).images.len();
            assert!(count(Some(true)) <= bin.right && (count(Some(true)) > 0) == (bin.right > 0), "{at}");
            assert!(count(Some(false)) <= bin.wrong && (count(Some(false)) > 0) == (bin.wrong > 0), "{at}");
        }
        assert_eq!(with_score(on, 12, 20, Some(false)).title, "with wrong boxes of score 0.60–0.65");
    }
}
