//! The curves of one finding, of one model or of several over each other: ROC, precision-recall, calibration, decision
//! curve, the probabilities by what is, what each threshold comes to, and how many of the surest calls are wrong. Each tells
//! what is pointed at, and opens the images that lie behind it.

mod ranges;

use super::picking::{self, Spot};
use super::plot_card::{self, pair};
use super::sets::{self, Of};
use crate::domain::ClassThresholds;
use crate::domain::performance::{FindingFigure, FindingPerformance, Operating, Performance};
use crate::session::drawing::curves::Curve;
use crate::session::{ImageSet, Said};
use crate::ui::action::{Action, Screen};
use crate::ui::context::PanelContext;
use crate::ui::phrases;
use crate::ui::theme::{Theme, space};
use crate::ui::widgets::{self, plot};
use egui::{Color32, Ui};
use egui_plot::{AxisHints, Line, LineStyle, PlotPoints, PlotResponse, PlotUi, Points};

const HEIGHT: f32 = 200.0;

/// One model's finding, with what its curves are called and their colour.
pub(super) struct Shown<'a> {
    pub name: &'a str,
    pub color: Color32,
    pub performance: &'a Performance,
    pub finding: &'a FindingPerformance,
    /// The place of the finding among the classes.
    pub class: usize,
    pub said: &'a [Said],
    /// From which probability the second of two classes is called.
    pub thresholds: ClassThresholds,
}

/// What was pressed last: a model, by its place, and from which probability it calls.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Picked {
    model: usize,
    threshold: Option<f64>,
}

/// All models, what was pressed, and what the plots ask for.
struct Painting<'a, 'c, 'p> {
    cx: &'a mut PanelContext<'c>,
    models: &'a [Shown<'p>],
    picked: &'a mut Option<Picked>,
}

/// Shows all, two in a row; the first of `models` is the one that is judged.
pub(super) fn show(ui: &mut Ui, cx: &mut PanelContext<'_>, models: &[Shown<'_>], picked: &mut Option<Picked>) {
    if models.is_empty() {
        return;
    }
    let with = &mut Painting { cx, models, picked };
    pair(ui, with, roc, precision_recall);
    pair(ui, with, ranges::calibration, decision);
    // Of several findings no answer is as a whole so sure.
    if models.iter().all(|model| model.performance.coverage.is_empty()) {
        sweep(ui, with);
    } else {
        pair(ui, with, sweep, ranges::coverage);
    }
    ranges::histogram(ui, with);
}

impl<'p> Shown<'p> {
    fn of(&self) -> Of<'p> {
        Of { said: self.said, class: self.class, finding: &self.finding.name }
    }

    /// From which probability the finding is called; of more than two classes the most probable one is, whatever it is.
    fn called_from(&self) -> Option<f64> {
        self.finding.threshold.or((self.performance.findings.len() == 2).then_some(0.5))
    }

    /// What calling from there on comes to, in words.
    fn told(&self, point: &Operating) -> String {
        let finding = self.finding;
        let (hits, alarms) = (point.true_positives, point.false_positives);
        let (missed, rest) = (finding.positives.saturating_sub(hits), finding.negatives.saturating_sub(alarms));
        let share =
            |part: usize, of: usize| if of == 0 { "–".into() } else { phrases::plain(part as f64 / of as f64) };
        let from = match point.threshold {
            Some(threshold) => format!("{}: called from {} on", self.name, sets::shown(threshold)),
            None => format!("{}: nothing is called", self.name),
        };
        format!(
            "{from}\nTP {hits}, FP {alarms}, FN {missed}, TN {rest}\nSensitivity {}, specificity {}, PPV {}\nPress for the images",
            share(hits, finding.positives),
            share(rest, finding.negatives),
            share(hits, hits + alarms),
        )
    }
}

impl<'c, 'p> Painting<'_, 'c, 'p> {
    fn look(&mut self, set: Option<ImageSet>) {
        if let Some(set) = set {
            self.cx.push(Action::LookAt(set, Screen::Evaluate));
        }
    }

    /// A card with a plot of the finding; its head, and what its file is called.
    fn card(
        &mut self,
        ui: &mut Ui,
        curve: Curve,
        names: (&str, &str),
        add: impl FnOnce(&mut Ui, &mut Painting<'_, 'c, 'p>),
    ) {
        let (models, picked) = (self.models, &mut *self.picked);
        let draw = || curve.draw(&models.iter().map(|model| (model.name, model.finding)).collect::<Vec<_>>());
        plot_card::show(ui, self.cx, names, draw, |ui, cx| add(ui, &mut Painting { cx, models, picked }));
    }

    /// Tells what calling from the threshold that is pointed at comes to, and opens the images behind it; `more` is said of
    /// a point beside the counts.
    fn thresholds(
        &mut self,
        ui: &Ui,
        shown: PlotResponse<()>,
        said: &str,
        spots: impl Iterator<Item = Spot<(usize, Operating)>>,
        more: impl Fn(usize, &Operating) -> String,
    ) {
        let (theme, models) = (self.cx.theme, self.models);
        let PlotResponse { response, transform, .. } = shown;
        let mut response = widgets::named(response, said);
        let spot = picking::nearest(&response, &transform, spots);
        let near = spot.as_ref().and_then(|spot| Some((spot, models.get(spot.what.0)?)));
        if let Some((spot, model)) = near {
            picking::mark(ui, theme, &transform, spot.at);
            let (at, point) = &spot.what;
            response = picking::tell(response, &format!("{}{}", more(*at, point), model.told(point)));
        }
        let pointed = spot.map(|spot| Picked { model: spot.what.0, threshold: spot.what.1.threshold });
        let set = picking::menu(theme, &response, self.picked, pointed, |picked| {
            models.get(picked.model).map(|model| model.of().outcomes(picked.threshold)).unwrap_or_default()
        });
        self.look(set);
    }
}

/// A plot of shares on both axes.
fn unit_plot(ui: &mut Ui, theme: &Theme, name: &str, add: impl FnOnce(&mut PlotUi<'_>)) -> PlotResponse<()> {
    plot::still(name, theme, HEIGHT)
        .custom_x_axes(vec![plot::ticks(theme, AxisHints::new_x(), 22.0).formatter(|mark, _| plot::decimals(mark))])
        .custom_y_axes(vec![plot::ticks(theme, AxisHints::new_y(), 15.0).formatter(|mark, _| plot::decimals(mark))])
        .default_x_bounds(0.0, 1.0)
        .default_y_bounds(0.0, 1.02)
        .show(ui, |ui| {
            ui.set_plot_bounds_x(0.0..=1.0);
            ui.set_plot_bounds_y(0.0..=1.02);
            add(ui);
        })
}

/// A dashed line for what says nothing.
fn guide(ui: &mut PlotUi<'_>, theme: &Theme, name: &str, points: Vec<[f64; 2]>) {
    let line = Line::new(name.to_owned(), PlotPoints::from(points)).color(theme.faint).width(1.0);
    ui.line(line.style(LineStyle::dashed_dense()));
}

fn curve_line(ui: &mut PlotUi<'_>, model: &Shown<'_>, points: Vec<[f64; 2]>) {
    ui.line(Line::new(model.name.to_owned(), PlotPoints::from(points)).color(model.color).width(2.0));
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

fn share(part: usize, of: usize) -> f64 {
    part as f64 / of.max(1) as f64
}

/// The points of every model's list, where `place` puts them.
fn spots<'m>(
    models: &'m [Shown<'_>],
    list: impl Fn(&'m FindingPerformance) -> &'m [Operating] + 'm,
    place: impl Fn(&FindingPerformance, &Operating) -> Option<[f64; 2]> + Copy + 'm,
) -> impl Iterator<Item = Spot<(usize, Operating)>> + 'm {
    models.iter().enumerate().flat_map(move |(at, model)| {
        let finding = model.finding;
        let spot = move |point: &Operating| Some(Spot { at: place(finding, point)?, what: (at, *point) });
        list(finding).iter().filter_map(spot)
    })
}

fn nothing_more(_: usize, _: &Operating) -> String {
    String::new()
}

fn roc_place(finding: &FindingPerformance, point: &Operating) -> Option<[f64; 2]> {
    Some([share(point.false_positives, finding.negatives), share(point.true_positives, finding.positives)])
}

fn roc(ui: &mut Ui, with: &mut Painting<'_, '_, '_>) {
    with.card(ui, Curve::Roc, ("Sensitivity over false alarms (ROC)", "roc"), |ui, with| {
        let (theme, models) = (with.cx.theme, with.models);
        let shown = unit_plot(ui, theme, "ROC curve", |ui| {
            guide(ui, theme, "chance", vec![[0.0, 0.0], [1.0, 1.0]]);
            for model in models {
                curve_line(ui, model, roc_points(model.finding));
                if let Some(at) = operating_point(model.finding) {
                    ui.points(Points::new("threshold", vec![at]).color(model.color).radius(4.0));
                }
            }
        });
        let words = said("ROC curve, AUROC", models, FindingFigure::Auroc);
        let spots = spots(models, |finding| &finding.operating, roc_place);
        with.thresholds(ui, shown, &words, spots, nothing_more);
        legend(ui, theme, models, Some(FindingFigure::Auroc), "dot: where it is called; dashed: chance");
    });
}

/// Sensitivity over false alarms, from the right to the left: a line that grows to the right and has two points within a
/// pixel is painted as a band.
fn roc_points(of: &FindingPerformance) -> Vec<[f64; 2]> {
    of.operating.iter().rev().filter_map(|point| roc_place(of, point)).collect()
}

/// Where the finding is called: one less the specificity, and the sensitivity.
fn operating_point(of: &FindingPerformance) -> Option<[f64; 2]> {
    let value = |figure| of.figure(figure)?.value;
    Some([1.0 - value(FindingFigure::Specificity)?, value(FindingFigure::Sensitivity)?])
}

/// Where nothing is called there is no precision.
fn precision_place(finding: &FindingPerformance, point: &Operating) -> Option<[f64; 2]> {
    let called = point.true_positives + point.false_positives;
    (called > 0).then(|| [share(point.true_positives, finding.positives), share(point.true_positives, called)])
}

/// The corners of the staircase of precision over sensitivity, from the right to the left.
fn precision_points(of: &FindingPerformance) -> Vec<[f64; 2]> {
    of.operating.iter().rev().filter_map(|point| precision_place(of, point)).collect()
}

fn precision_recall(ui: &mut Ui, with: &mut Painting<'_, '_, '_>) {
    let names = ("PPV over sensitivity (precision-recall)", "precision-recall");
    with.card(ui, Curve::PrecisionRecall, names, |ui, with| {
        let (theme, models) = (with.cx.theme, with.models);
        let shown = unit_plot(ui, theme, "Precision-recall curve", |ui| {
            if let Some(of) = models.first().map(|model| model.finding) {
                let common = share(of.positives, of.positives + of.negatives);
                guide(ui, theme, "chance", vec![[0.0, common], [1.0, common]]);
            }
            models.iter().for_each(|model| curve_line(ui, model, precision_points(model.finding)));
        });
        let words = said("Precision-recall curve, average precision", models, FindingFigure::AveragePrecision);
        let spots = spots(models, |finding| &finding.operating, precision_place);
        with.thresholds(ui, shown, &words, spots, nothing_more);
        legend(ui, theme, models, Some(FindingFigure::AveragePrecision), "dashed: how common it is");
    });
}

fn decision(ui: &mut Ui, with: &mut Painting<'_, '_, '_>) {
    let names = ("Net benefit by threshold probability (decision curve)", "decision-curve");
    with.card(ui, Curve::Decision, names, |ui, with| {
        let (theme, models) = (with.cx.theme, with.models);
        let all = || models.iter().flat_map(|model| &model.finding.decision);
        let top = all().map(|point| point.model.max(point.all)).fold(0.0, f64::max).max(0.01) * 1.06;
        let bottom = -top * 0.25;
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
                    let points = model.finding.decision.iter().map(|point| [point.threshold, point.model.max(bottom)]);
                    curve_line(ui, model, points.collect());
                }
            });
        let benefit = |model: usize, threshold: Option<f64>| {
            let list = &models.get(model)?.finding.decision;
            list.iter().find(|point| threshold.is_some_and(|threshold| (point.threshold - threshold).abs() < 1e-9))
        };
        let placed = models.iter().enumerate().flat_map(|(at, model)| {
            let spot = move |point: &Operating| {
                let of = benefit(at, point.threshold)?;
                Some(Spot { at: [of.threshold, of.model.max(bottom)], what: (at, *point) })
            };
            model.finding.sweep.iter().filter_map(spot)
        });
        let more = |model: usize, point: &Operating| {
            benefit(model, point.threshold).map_or_else(String::new, |of| {
                format!("Net benefit {}, of acting on all {}\n", phrases::plain(of.model), phrases::plain(of.all))
            })
        };
        let words = models.iter().map(|model| model.name).collect::<Vec<_>>().join("; ");
        with.thresholds(ui, shown, &format!("Decision curve: net benefit of {words}"), placed, more);
        legend(ui, theme, models, None, "dashed: acting on all images, and on none");
    });
}

/// The three shares of a threshold that calls something.
fn shares_of(finding: &FindingPerformance, point: &Operating) -> [Option<f64>; 3] {
    let called = point.true_positives + point.false_positives;
    [
        Some(share(point.true_positives, finding.positives)),
        Some(1.0 - share(point.false_positives, finding.negatives)),
        (called > 0).then(|| share(point.true_positives, called)),
    ]
}

fn sweep(ui: &mut Ui, with: &mut Painting<'_, '_, '_>) {
    with.card(ui, Curve::Sweep, ("Figures by threshold", "threshold-sweep"), |ui, with| {
        let (theme, models) = (with.cx.theme, with.models.get(..1).unwrap_or_default());
        let lines = [("sensitivity", theme.truth), ("specificity", theme.accent), ("PPV", theme.warning)];
        let threshold = models.first().and_then(Shown::called_from);
        let shown = unit_plot(ui, theme, "Threshold sweep", |ui| {
            for model in models {
                for (which, (name, color)) in lines.iter().enumerate() {
                    let value = |point: &Operating| {
                        let share = shares_of(model.finding, point).get(which).copied().flatten()?;
                        Some([point.threshold?, share])
                    };
                    let mut points: Vec<[f64; 2]> = model.finding.sweep.iter().filter_map(value).collect();
                    points.reverse();
                    ui.line(Line::new(*name, PlotPoints::from(points)).color(*color).width(2.0));
                }
            }
            if let Some(threshold) = threshold {
                guide(ui, theme, "threshold", vec![[threshold, 0.0], [threshold, 1.02]]);
            }
        });
        let placed = models.iter().enumerate().flat_map(|(at, model)| {
            model.finding.sweep.iter().flat_map(move |point| {
                let spot = move |share: f64| Some(Spot { at: [point.threshold?, share], what: (at, *point) });
                shares_of(model.finding, point).into_iter().flatten().filter_map(spot)
            })
        });
        let words = models.iter().map(|model| model.name).collect::<String>();
        with.thresholds(
            ui,
            shown,
            &format!("Threshold sweep: sensitivity, specificity and PPV of {words}"),
            placed,
            nothing_more,
        );
        ui.horizontal_wrapped(|ui| {
            ui.spacing_mut().item_spacing.x = space::L;
            lines.iter().for_each(|(name, color)| plot::legend_entry(ui, *name, *color));
            let note = if threshold.is_some() { "dashed: where it is called" } else { "called where most probable" };
            ui.label(widgets::faint(theme, note));
        });
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
        assert_eq!(roc_points(&of), [[1.0, 1.0], [0.5, 1.0], [0.0, 0.5], [0.0, 0.0]]);
        assert_eq!(precision_points(&of), [[1.0, 4.0 / 6.0], [1.0, 0.8], [0.5, 1.0]], "no precision of no call");
        assert_eq!(operating_point(&of), None);
    }
}
