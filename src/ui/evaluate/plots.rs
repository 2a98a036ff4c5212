//! The curves and histograms of boxes: precision over recall, the free-response curve, scores, boxes an image.

use super::plot_card::{self, pair};
use crate::domain::{DetectionReport, FrocPoint};
use crate::session::ProjectView;
use crate::session::drawing::boxes;
use crate::ui::context::PanelContext;
use crate::ui::theme::{self, Theme, space};
use crate::ui::widgets::{self, plot};
use egui::{Color32, Ui};
use egui_plot::{AxisHints, Bar, BarChart, Line, PlotPoints};

const HEIGHT: f32 = 190.0;
/// The free-response curve is shown up to so many false positives an image at most, as readers cannot use more.
const MOST_FALSE: f64 = 8.0;

/// A model that draws boxes, with what it is called.
pub(super) type Of<'a> = (&'a str, &'a DetectionReport);

/// Shows all four, two in a row; the first is the one that is judged.
pub(super) fn show(ui: &mut Ui, cx: &mut PanelContext<'_>, project: &ProjectView, of: &[Of<'_>]) {
    let Some(&(name, now)) = of.first() else { return };
    let before = of.get(1).map(|(_, report)| *report);
    let theme = cx.theme;
    pair(
        ui,
        cx,
        |ui, cx| {
            let names = ("Precision over sensitivity, IoU 0.5", "precision-recall");
            let draw = || boxes::precision_recall(name, now);
            plot_card::show(ui, cx, names, draw, |ui, _| precision_recall(ui, theme, project, now));
        },
        |ui, cx| {
            let names = ("Sensitivity over false boxes an image (FROC)", "froc");
            plot_card::show(ui, cx, names, || boxes::froc(of), |ui, _| froc(ui, theme, now, before));
        },
    );
    pair(
        ui,
        cx,
        |ui, cx| {
            let draw = || boxes::scores(name, now);
            plot_card::show(ui, cx, ("Scores of boxes", "scores"), draw, |ui, _| scores(ui, theme, now));
        },
        |ui, cx| {
            let draw = || boxes::per_image(name, now);
            plot_card::show(ui, cx, ("Boxes an image", "boxes-an-image"), draw, |ui, _| {
                boxes_per_image(ui, theme, now)
            });
        },
    );
}

fn class_color(project: &ProjectView, theme: &Theme, class: usize) -> Color32 {
    project.classes.classes.get(class).map_or(theme.muted, |c| theme::rgb(c.color))
}

fn precision_recall(ui: &mut Ui, theme: &Theme, project: &ProjectView, now: &DetectionReport) {
    struct Curve {
        text: String,
        color: Color32,
        points: Vec<[f64; 2]>,
    }
    let curves: Vec<Curve> = project
        .classes
        .names()
        .into_iter()
        .enumerate()
        .filter_map(|(class, name)| {
            let metrics = now.per_class.get(&name).filter(|m| m.precision_by_recall.len() > 1)?;
            let last = (metrics.precision_by_recall.len() - 1) as f64;
            let points = metrics.precision_by_recall.iter().enumerate().map(|(at, p)| [at as f64 / last, *p]).collect();
            let text = entry_text(&name, metrics.ap50);
            Some(Curve { text, color: class_color(project, theme, class), points })
        })
        .collect();
    let shown = plot::still("Precision over sensitivity", theme, HEIGHT)
        .custom_x_axes(vec![plot::ticks(theme, AxisHints::new_x(), 22.0).formatter(|mark, _| plot::decimals(mark))])
        .custom_y_axes(vec![plot::ticks(theme, AxisHints::new_y(), 15.0).formatter(|mark, _| plot::decimals(mark))])
        .default_x_bounds(0.0, 1.0)
        .default_y_bounds(0.0, 1.02)
        .show(ui, |ui| {
            ui.set_plot_bounds_x(0.0..=1.0);
            ui.set_plot_bounds_y(0.0..=1.02);
            for curve in &curves {
                let points = PlotPoints::from(curve.points.clone());
                ui.line(Line::new(curve.text.clone(), points).color(curve.color).width(2.0));
            }
        });
    let said: Vec<&str> = curves.iter().map(|curve| curve.text.as_str()).collect();
    widgets::named(shown.response, &format!("Precision over sensitivity: {}", said.join(", ")));
    ui.horizontal_wrapped(|ui| {
        ui.spacing_mut().item_spacing.x = space::L;
        for curve in &curves {
            plot::legend_entry(ui, curve.text.clone(), curve.color);
        }
    });
}

/// "mass, AP 0.812".
fn entry_text(name: &str, ap: Option<f64>) -> String {
    ap.map_or_else(|| name.to_owned(), |ap| format!("{name}, AP {ap:.3}"))
}

fn froc(ui: &mut Ui, theme: &Theme, now: &DetectionReport, before: Option<&DetectionReport>) {
    let curves: Vec<(&str, Color32, &[FrocPoint])> = before
        .iter()
        .map(|report| ("before", theme.muted, report.froc.as_slice()))
        .chain([("now", theme.accent, now.froc.as_slice())])
        .collect();
    let farthest = curves.iter().flat_map(|(_, _, points)| points.last()).map(|p| p.false_positives_per_image);
    let right = farthest.fold(0.5, f64::max).min(MOST_FALSE);
    let shown = plot::still("Free-response curve", theme, HEIGHT)
        .custom_x_axes(vec![plot::ticks(theme, AxisHints::new_x(), 22.0).formatter(|mark, _| plot::decimals(mark))])
        .custom_y_axes(vec![plot::ticks(theme, AxisHints::new_y(), 15.0).formatter(|mark, _| plot::decimals(mark))])
        .default_x_bounds(0.0, right)
        .default_y_bounds(0.0, 1.02)
        .show(ui, |ui| {
            ui.set_plot_bounds_x(0.0..=right);
            ui.set_plot_bounds_y(0.0..=1.02);
            for (name, color, points) in &curves {
                ui.line(Line::new(*name, PlotPoints::from(steps(points))).color(*color).width(2.0));
            }
        });
    let at_one = sensitivity_at(&now.froc, 1.0);
    widgets::named(shown.response, &format!("Free-response curve: sensitivity {at_one:.3} at one false box an image"));
    ui.horizontal_wrapped(|ui| {
        ui.spacing_mut().item_spacing.x = space::L;
        plot::legend_entry(ui, format!("now, {at_one:.3} at one false box an image"), theme.accent);
        if let Some(report) = before {
            plot::legend_entry(ui, format!("before, {:.3}", sensitivity_at(&report.froc, 1.0)), theme.muted);
        }
    });
}

/// The corners of the staircase, from the right to the left: false boxes are added before the next true one is found.
fn steps(points: &[FrocPoint]) -> Vec<[f64; 2]> {
    let mut line = vec![[0.0, 0.0]];
    for point in points {
        let height = line.last().map_or(0.0, |[_, y]| *y);
        line.push([point.false_positives_per_image, height]);
        line.push([point.false_positives_per_image, point.sensitivity]);
    }
    line.dedup();
    // A line that grows to the right and has two points within a pixel is painted as a band between its steps' feet and
    // heads.
    line.reverse();
    line
}

/// The highest sensitivity with no more than so many false boxes an image.
fn sensitivity_at(points: &[FrocPoint], most: f64) -> f64 {
    points.iter().filter(|p| p.false_positives_per_image <= most).map(|p| p.sensitivity).fold(0.0, f64::max)
}

fn scores(ui: &mut Ui, theme: &Theme, now: &DetectionReport) {
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
    widgets::named(shown.response, &format!("Scores of boxes: {right} right, {wrong} wrong"));
    ui.horizontal_wrapped(|ui| {
        ui.spacing_mut().item_spacing.x = space::L;
        plot::legend_entry(ui, format!("right, {right}"), theme.truth);
        plot::legend_entry(ui, format!("wrong, {wrong}"), theme.prediction);
        ui.label(widgets::faint(theme, format!("dashed: boxes count from {threshold:.2}")));
    });
}

fn boxes_per_image(ui: &mut Ui, theme: &Theme, now: &DetectionReport) {
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
    widgets::named(shown.response, &format!("Boxes an image: {there} images have none, {said} are said to have none"));
    ui.horizontal_wrapped(|ui| {
        ui.spacing_mut().item_spacing.x = space::L;
        plot::legend_entry(ui, "there", theme.truth);
        plot::legend_entry(ui, "found", theme.prediction);
    });
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_free_response_curve_is_a_staircase() {
        let point =
            |wrong: f64, sensitivity: f64| FrocPoint { threshold: 0.5, false_positives_per_image: wrong, sensitivity };
        let points = [point(0.0, 0.4), point(0.5, 0.6), point(2.0, 0.8)];
        let line = steps(&points);
        assert_eq!(line[line.len() - 4..], [[0.5, 0.6], [0.5, 0.4], [0.0, 0.4], [0.0, 0.0]]);
        assert_eq!(
            (sensitivity_at(&points, 1.0), sensitivity_at(&points, 2.0), sensitivity_at(&[], 1.0)),
            (0.6, 0.8, 0.0)
        );
    }
}
