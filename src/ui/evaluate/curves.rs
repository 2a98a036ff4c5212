//! The curves of one finding, of one model or of two over each other: ROC, precision-recall, calibration, decision curve,
//! and the probabilities by what is.

use crate::domain::performance::{FindingFigure, FindingPerformance, Operating};
use crate::ui::evaluate::plots::pair;
use crate::ui::theme::{Theme, space};
use crate::ui::widgets::{self, plot};
use egui::{Color32, Ui};
use egui_plot::{AxisHints, Bar, BarChart, Line, LineStyle, PlotPoints, PlotUi, Points};

const HEIGHT: f32 = 200.0;

/// One model's finding, with what its curves are called and their colour.
pub(super) struct Shown<'a> {
    pub name: &'a str,
    pub color: Color32,
    pub finding: &'a FindingPerformance,
}

/// Shows all, two in a row; the first of `models` is the one that is judged.
pub(super) fn show(ui: &mut Ui, theme: &Theme, models: &[Shown<'_>]) {
    let Some(first) = models.first() else { return };
    pair(ui, theme, |ui| roc(ui, theme, models), |ui| precision_recall(ui, theme, models));
    pair(ui, theme, |ui| calibration(ui, theme, models), |ui| decision(ui, theme, models));
    widgets::card(ui, theme, |ui| histogram(ui, theme, first.finding));
}

/// A plot of shares on both axes.
fn unit_plot(ui: &mut Ui, theme: &Theme, name: &str, said: &str, add: impl FnOnce(&mut PlotUi<'_>)) {
    let shown = plot::still(name, theme, HEIGHT)
        .custom_x_axes(vec![plot::ticks(theme, AxisHints::new_x(), 22.0).formatter(|mark, _| plot::decimals(mark))])
        .custom_y_axes(vec![plot::ticks(theme, AxisHints::new_y(), 15.0).formatter(|mark, _| plot::decimals(mark))])
        .default_x_bounds(0.0, 1.0)
        .default_y_bounds(0.0, 1.02)
        .show(ui, |ui| {
            ui.set_plot_bounds_x(0.0..=1.0);
            ui.set_plot_bounds_y(0.0..=1.02);
            add(ui);
        });
    widgets::named(shown.response, said);
}

/// A dashed line for what says nothing.
fn guide(ui: &mut PlotUi<'_>, theme: &Theme, name: &str, points: Vec<[f64; 2]>) {
    let line = Line::new(name.to_owned(), PlotPoints::from(points)).color(theme.faint).width(1.0);
    ui.line(line.style(LineStyle::dashed_dense()));
}

fn legend(ui: &mut Ui, theme: &Theme, models: &[Shown<'_>], figure: Option<FindingFigure>, note: &str) {
    ui.horizontal_wrapped(|ui| {
        ui.spacing_mut().item_spacing.x = space::L;
        for model in models {
            plot::legend_entry(ui, entry(model, figure), model.color);
        }
        if !note.is_empty() {
            ui.label(widgets::faint(theme, note));
        }
    });
}

/// "knee-cnn, 0.812".
fn entry(model: &Shown<'_>, figure: Option<FindingFigure>) -> String {
    let value = figure.and_then(|figure| model.finding.figure(figure)?.value);
    value.map_or_else(|| model.name.to_owned(), |value| format!("{}, {value:.3}", model.name))
}

fn said(title: &str, models: &[Shown<'_>], figure: FindingFigure) -> String {
    let entries: Vec<String> = models.iter().map(|model| entry(model, Some(figure))).collect();
    format!("{title}: {}", entries.join("; "))
}

fn roc(ui: &mut Ui, theme: &Theme, models: &[Shown<'_>]) {
    widgets::section(ui, theme, "Sensitivity over false alarms (ROC)");
    unit_plot(ui, theme, "ROC curve", &said("ROC curve, AUROC", models, FindingFigure::Auroc), |ui| {
        guide(ui, theme, "chance", vec![[0.0, 0.0], [1.0, 1.0]]);
        for model in models {
            let points = share_points(model.finding, |p| p.false_positives, model.finding.negatives);
            ui.line(Line::new(model.name.to_owned(), PlotPoints::from(points)).color(model.color).width(2.0));
            if let Some(at) = operating_point(model.finding) {
                ui.points(Points::new("threshold", vec![at]).color(model.color).radius(4.0));
            }
        }
    });
    legend(ui, theme, models, Some(FindingFigure::Auroc), "dot: where it is called; dashed: chance");
}

/// Sensitivity over a share, from the right to the left: a line that grows to the right and has two points within a pixel
/// is painted as a band.
fn share_points(of: &FindingPerformance, x: impl Fn(&Operating) -> usize, whole: usize) -> Vec<[f64; 2]> {
    let whole = whole.max(1) as f64;
    let positives = of.positives.max(1) as f64;
    let share = |point: &Operating| [x(point) as f64 / whole, point.true_positives as f64 / positives];
    of.operating.iter().rev().map(share).collect()
}

/// Where the finding is called: one less the specificity, and the sensitivity.
fn operating_point(of: &FindingPerformance) -> Option<[f64; 2]> {
    let value = |figure| of.figure(figure)?.value;
    Some([1.0 - value(FindingFigure::Specificity)?, value(FindingFigure::Sensitivity)?])
}

/// The corners of the staircase of precision over sensitivity, from the right to the left.
fn precision_points(of: &FindingPerformance) -> Vec<[f64; 2]> {
    let positives = of.positives.max(1) as f64;
    let mut line: Vec<[f64; 2]> = Vec::new();
    for point in &of.operating {
        let called = (point.true_positives + point.false_positives) as f64;
        // Where nothing is called there is no precision.
        if called > 0.0 {
            line.push([point.true_positives as f64 / positives, point.true_positives as f64 / called]);
        }
    }
    line.reverse();
    line
}

fn precision_recall(ui: &mut Ui, theme: &Theme, models: &[Shown<'_>]) {
    widgets::section(ui, theme, "PPV over sensitivity (precision-recall)");
    let words = said("Precision-recall curve, average precision", models, FindingFigure::AveragePrecision);
    unit_plot(ui, theme, "Precision-recall curve", &words, |ui| {
        if let Some(of) = models.first().map(|model| model.finding) {
            let share = of.positives as f64 / (of.positives + of.negatives).max(1) as f64;
            guide(ui, theme, "chance", vec![[0.0, share], [1.0, share]]);
        }
        for model in models {
            let points = PlotPoints::from(precision_points(model.finding));
            ui.line(Line::new(model.name.to_owned(), points).color(model.color).width(2.0));
        }
    });
    legend(ui, theme, models, Some(FindingFigure::AveragePrecision), "dashed: how common it is");
}

fn calibration(ui: &mut Ui, theme: &Theme, models: &[Shown<'_>]) {
    widgets::section(ui, theme, "How often it is there over the probability (calibration)");
    let words = said("Calibration plot, slope", models, FindingFigure::CalibrationSlope);
    unit_plot(ui, theme, "Calibration plot", &words, |ui| {
        guide(ui, theme, "as it should be", vec![[0.0, 0.0], [1.0, 1.0]]);
        for model in models {
            let filled = model.finding.reliability.iter().filter(|bin| bin.images > 0);
            let points: Vec<[f64; 2]> =
                filled.map(|bin| [bin.mean, bin.positives as f64 / bin.images as f64]).collect();
            ui.line(Line::new(model.name.to_owned(), PlotPoints::from(points.clone())).color(model.color).width(1.5));
            ui.points(Points::new(model.name.to_owned(), points).color(model.color).radius(3.0));
        }
    });
    legend(ui, theme, models, None, "ten ranges; under the dashed line probabilities are too high");
}

fn decision(ui: &mut Ui, theme: &Theme, models: &[Shown<'_>]) {
    widgets::section(ui, theme, "Net benefit over the probability to act from (decision curve)");
    let all = || models.iter().flat_map(|model| &model.finding.decision);
    let top = all().map(|point| point.model.max(point.all)).fold(0.0, f64::max).max(0.01) * 1.06;
    let bottom = -top * 0.25;
    let words =
        format!("Decision curve: net benefit of {}", models.iter().map(|m| m.name).collect::<Vec<_>>().join("; "));
    let shown = plot::still("Decision curve", theme, HEIGHT)
        .custom_x_axes(vec![plot::ticks(theme, AxisHints::new_x(), 22.0).formatter(|mark, _| plot::decimals(mark))])
        .custom_y_axes(vec![plot::ticks(theme, AxisHints::new_y(), 15.0).formatter(|mark, _| plot::decimals(mark))])
        .default_x_bounds(0.0, 1.0)
        .default_y_bounds(bottom, top)
        .show(ui, |ui| {
            ui.set_plot_bounds_x(0.0..=1.0);
            ui.set_plot_bounds_y(bottom..=top);
            guide(ui, theme, "act on none", vec![[0.0, 0.0], [1.0, 0.0]]);
            if let Some(of) = models.first() {
                let everybody = of.finding.decision.iter().filter(|point| point.all >= bottom);
                guide(ui, theme, "act on all", everybody.map(|point| [point.threshold, point.all]).collect());
            }
            for model in models {
                let points: Vec<[f64; 2]> =
                    model.finding.decision.iter().map(|point| [point.threshold, point.model.max(bottom)]).collect();
                ui.line(Line::new(model.name.to_owned(), PlotPoints::from(points)).color(model.color).width(2.0));
            }
        });
    widgets::named(shown.response, &words);
    legend(ui, theme, models, None, "dashed: acting on all images, and on none");
}

fn histogram(ui: &mut Ui, theme: &Theme, of: &FindingPerformance) {
    widgets::section(ui, theme, "Probabilities by what is");
    let bins = of.histogram.len().max(1) as f64;
    let chart = |name: &str, color: Color32, which: usize| {
        let bar = |(at, counts): (usize, &[usize; 2])| {
            let count = counts.get(which).copied().unwrap_or_default();
            Bar::new((at as f64 + 0.5) / bins, count as f64).width(0.84 / bins)
        };
        BarChart::new(name.to_owned(), of.histogram.iter().enumerate().map(bar).collect()).color(color)
    };
    let with = chart("with it", theme.truth, 1);
    let without = chart("without it", theme.prediction, 0).stack_on(&[&with]);
    let highest = of.histogram.iter().map(|[a, b]| a + b).max().unwrap_or(0).max(1) as f64 * 1.06;
    let shown = plot::still("Probabilities by what is", theme, 150.0)
        .custom_x_axes(vec![plot::ticks(theme, AxisHints::new_x(), 22.0).formatter(|mark, _| plot::decimals(mark))])
        .custom_y_axes(vec![plot::ticks(theme, AxisHints::new_y(), 15.0).formatter(|mark, _| plot::whole(mark.value))])
        .default_x_bounds(0.0, 1.0)
        .default_y_bounds(0.0, highest)
        .show_grid([false, true])
        .show(ui, |ui| {
            ui.set_plot_bounds_x(0.0..=1.0);
            ui.set_plot_bounds_y(0.0..=highest);
            ui.bar_chart(with);
            ui.bar_chart(without);
            let style = LineStyle::dashed_dense();
            let threshold = of.threshold.unwrap_or(0.5);
            ui.vline(egui_plot::VLine::new("threshold", threshold).color(theme.text).style(style).width(1.0));
        });
    let words = format!("Probabilities by what is: {} images with it, {} without", of.positives, of.negatives);
    widgets::named(shown.response, &words);
    ui.horizontal_wrapped(|ui| {
        ui.spacing_mut().item_spacing.x = space::L;
        plot::legend_entry(ui, format!("with it, {}", of.positives), theme.truth);
        plot::legend_entry(ui, format!("without it, {}", of.negatives), theme.prediction);
    });
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn points_are_shares_and_none_is_made_up() {
        let point = |true_positives, false_positives| Operating { threshold: None, true_positives, false_positives };
        let of = FindingPerformance {
            positives: 4,
            negatives: 2,
            operating: vec![point(0, 0), point(2, 0), point(4, 1), point(4, 2)],
            ..FindingPerformance::default()
        };
        let roc = share_points(&of, |p| p.false_positives, of.negatives);
        assert_eq!(roc, [[1.0, 1.0], [0.5, 1.0], [0.0, 0.5], [0.0, 0.0]]);
        assert_eq!(precision_points(&of), [[1.0, 4.0 / 6.0], [1.0, 0.8], [0.5, 1.0]], "no precision of no call");
        assert_eq!(operating_point(&of), None);
    }
}
