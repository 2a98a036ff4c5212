//! The curves and histograms of boxes: precision over recall, the free-response curve, scores, boxes an image.

mod bars;

use super::picking::{self, Spot};
use super::plot_card::{self, pair};
use crate::domain::performance::{BoxFigure, BoxPerformance, BoxesOn};
use crate::domain::{DetectionReport, FrocPoint, ImageId};
use crate::session::drawing::boxes;
use crate::session::{ImageSet, ProjectView};
use crate::ui::context::PanelContext;
use crate::ui::theme::{self, Theme, space};
use crate::ui::widgets::{self, plot};
use egui::{Color32, Response, Ui};
use egui_plot::{AxisHints, Line, PlotPoints, PlotTransform};
use std::sync::Arc;

const HEIGHT: f32 = 190.0;
/// The free-response curve is shown up to so many false positives an image at most, as readers cannot use more.
const MOST_FALSE: f64 = 8.0;

/// A model that draws boxes on the images that it is judged by.
#[derive(Clone, Copy)]
pub(super) struct Model<'a> {
    pub report: &'a DetectionReport,
    /// With intervals, once they are worked out.
    pub performance: Option<&'a BoxPerformance>,
    /// What it found on each image.
    pub on: &'a [(ImageId, BoxesOn)],
}

/// The same with what it is called.
pub(super) type Of<'a> = (&'a str, Model<'a>);

/// What was pressed last: a model, by its place, and the score from which its boxes count.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Picked {
    model: usize,
    threshold: f64,
}

/// Shows all, two in a row; the first is the one that is judged.
pub(super) fn show(
    ui: &mut Ui,
    cx: &mut PanelContext<'_>,
    project: &ProjectView,
    of: &[Of<'_>],
    picked: &mut Option<Picked>,
) {
    let Some(&(name, first)) = of.first() else { return };
    let (theme, now) = (cx.theme, first.report);
    let reports: Vec<(&str, &DetectionReport)> = of.iter().map(|(name, model)| (*name, model.report)).collect();
    let curves: Vec<(&str, &BoxPerformance)> =
        of.iter().filter_map(|(name, model)| Some((*name, model.performance?))).collect();
    let mut opened = None;
    let with = &mut (&mut *cx, picked, &mut opened);
    pair(
        ui,
        with,
        |ui, (cx, ..)| {
            let names = ("Precision over sensitivity, IoU 0.5", "precision-recall");
            let draw = || boxes::precision_recall(name, now);
            plot_card::show(ui, cx, names, draw, |ui, _| precision_recall(ui, theme, project, now));
        },
        |ui, (cx, picked, opened)| {
            let names = ("Sensitivity over false boxes an image (FROC)", "froc");
            plot_card::show(
                ui,
                cx,
                names,
                || boxes::froc(&reports),
                |ui, _| {
                    **opened = froc(ui, theme, of, picked).or(opened.take());
                },
            );
        },
    );
    pair(
        ui,
        with,
        |ui, (cx, picked, opened)| {
            let names = ("Sensitivity over images called wrongly (AFROC)", "afroc");
            plot_card::show(
                ui,
                cx,
                names,
                || boxes::afroc(&curves),
                |ui, _| {
                    **opened = afroc(ui, theme, of, picked).or(opened.take());
                },
            );
        },
        |ui, (cx, _, opened)| {
            let draw = || boxes::scores(name, now);
            plot_card::show(ui, cx, ("Scores of boxes", "scores"), draw, |ui, _| {
                **opened = bars::scores(ui, theme, &first).or(opened.take());
            });
        },
    );
    plot_card::show(
        ui,
        with.0,
        ("Boxes an image", "boxes-an-image"),
        || boxes::per_image(name, now),
        |ui, _| {
            opened = bars::boxes_per_image(ui, theme, &first).or(opened.take());
        },
    );
    if let Some(set) = opened {
        super::open(cx, set);
    }
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

/// The images that lie behind a score from which boxes count.
fn behind(on: &[(ImageId, BoxesOn)], threshold: f64) -> Vec<ImageSet> {
    let at = super::sets::shown(threshold);
    let set = |title: String, is: &dyn Fn([usize; 3], &BoxesOn) -> bool| {
        let images = on.iter().filter(|(_, on)| is(on.from(threshold), on)).map(|(image, _)| *image).collect();
        ImageSet { title, images: Arc::new(images) }
    };
    let sets = [
        set(format!("with wrong boxes at {at}"), &|[_, wrong, _], _| wrong > 0),
        set(format!("with missed boxes at {at}"), &|[_, _, missed], _| missed > 0),
        set(format!("with boxes, all found at {at}"), &|[_, _, missed], on| missed == 0 && on.there > 0),
        set(format!("without any box, called at {at}"), &|[_, wrong, _], on| wrong > 0 && on.there == 0),
    ];
    sets.into_iter().filter(|set| !set.images.is_empty()).collect()
}

/// Right, wrong and missed boxes from a score on, in words.
fn told(name: &str, model: &Model<'_>, threshold: f64) -> String {
    let [right, wrong, missed] = model.on.iter().fold([0; 3], |[a, b, c], (_, on)| {
        let [right, wrong, missed] = on.from(threshold);
        [a + right, b + wrong, c + missed]
    });
    let shown = super::sets::shown(threshold);
    format!("{name}: boxes count from {shown} on\nTP {right}, FP {wrong}, FN {missed}\nPress for the images")
}

/// Says what is pointed at, and opens what lies behind it.
fn thresholds(
    ui: &Ui,
    theme: &Theme,
    of: &[Of<'_>],
    picked: &mut Option<Picked>,
    (response, transform): (Response, &PlotTransform),
    spots: impl Iterator<Item = Spot<Picked>>,
) -> Option<ImageSet> {
    let mut response = response;
    let spot = picking::nearest(&response, transform, spots);
    if let Some((spot, (name, model))) = spot.as_ref().and_then(|spot| Some((spot, of.get(spot.what.model)?))) {
        picking::mark(ui, theme, transform, spot.at);
        response = picking::tell(response, &told(name, model, spot.what.threshold));
    }
    picking::menu(theme, &response, picked, spot.map(|spot| spot.what), |picked| {
        of.get(picked.model).map(|(_, model)| behind(model.on, picked.threshold)).unwrap_or_default()
    })
}

fn froc(ui: &mut Ui, theme: &Theme, of: &[Of<'_>], picked: &mut Option<Picked>) -> Option<ImageSet> {
    let farthest = of.iter().filter_map(|(_, model)| model.report.froc.last()).map(|p| p.false_positives_per_image);
    let right = farthest.fold(0.5, f64::max).min(MOST_FALSE);
    let shown = plot::still("Free-response curve", theme, HEIGHT)
        .custom_x_axes(vec![plot::ticks(theme, AxisHints::new_x(), 22.0).formatter(|mark, _| plot::decimals(mark))])
        .custom_y_axes(vec![plot::ticks(theme, AxisHints::new_y(), 15.0).formatter(|mark, _| plot::decimals(mark))])
        .default_x_bounds(0.0, right)
        .default_y_bounds(0.0, 1.02)
        .show(ui, |ui| {
            ui.set_plot_bounds_x(0.0..=right);
            ui.set_plot_bounds_y(0.0..=1.02);
            for (at, (name, model)) in of.iter().enumerate().rev() {
                let points = PlotPoints::from(steps(&model.report.froc));
                ui.line(Line::new((*name).to_owned(), points).color(plot::series(theme, at)).width(2.0));
            }
        });
    let at_one = |model: &Model<'_>| sensitivity_at(&model.report.froc, 1.0);
    let first = of.first().map_or(0.0, |(_, model)| at_one(model));
    let words = format!("Free-response curve: sensitivity {first:.3} at one false box an image");
    let response = widgets::named(shown.response, &words);
    let spots = of.iter().enumerate().flat_map(|(at, (_, model))| {
        let spot = move |point: &FrocPoint| Spot {
            at: [point.false_positives_per_image, point.sensitivity],
            what: Picked { model: at, threshold: point.threshold },
        };
        model.report.froc.iter().filter(move |point| point.false_positives_per_image <= right).map(spot)
    });
    let set = thresholds(ui, theme, of, picked, (response, &shown.transform), spots);
    ui.horizontal_wrapped(|ui| {
        ui.spacing_mut().item_spacing.x = space::L;
        for (at, (name, model)) in of.iter().enumerate() {
            let more = if at == 0 { " at one false box an image" } else { "" };
            plot::legend_entry(ui, format!("{name}, {:.3}{more}", at_one(model)), plot::series(theme, at));
        }
    });
    set
}

fn afroc(ui: &mut Ui, theme: &Theme, of: &[Of<'_>], picked: &mut Option<Picked>) -> Option<ImageSet> {
    let points = |model: &Model<'_>| model.performance.map(|of| of.afroc.as_slice()).unwrap_or_default().to_vec();
    if of.iter().all(|(_, model)| points(model).is_empty()) {
        let text = "It takes images with boxes and images without any, and is worked out with the intervals.";
        ui.add(egui::Label::new(widgets::caption(theme, text)).wrap());
        return None;
    }
    let shown = plot::still("AFROC curve", theme, HEIGHT)
        .custom_x_axes(vec![plot::ticks(theme, AxisHints::new_x(), 22.0).formatter(|mark, _| plot::decimals(mark))])
        .custom_y_axes(vec![plot::ticks(theme, AxisHints::new_y(), 15.0).formatter(|mark, _| plot::decimals(mark))])
        .default_x_bounds(0.0, 1.0)
        .default_y_bounds(0.0, 1.02)
        .show(ui, |ui| {
            ui.set_plot_bounds_x(0.0..=1.0);
            ui.set_plot_bounds_y(0.0..=1.02);
            for (at, (name, model)) in of.iter().enumerate().rev() {
                // From the right to the left; the last stretch is of what is not found.
                let mut line = vec![[1.0, 1.0]];
                line.extend(points(model).iter().rev().map(|point| [point.false_positive_images, point.sensitivity]));
                line.push([0.0, 0.0]);
                ui.line(
                    Line::new((*name).to_owned(), PlotPoints::from(line)).color(plot::series(theme, at)).width(2.0),
                );
            }
        });
    let area = |model: &Model<'_>| {
        let value = model.performance.and_then(|of| of.figure(BoxFigure::Afroc)?.value);
        crate::ui::phrases::figure(value)
    };
    let said: Vec<String> = of.iter().map(|(name, model)| format!("{name}, {}", area(model))).collect();
    let response = widgets::named(shown.response, &format!("AFROC curve, area: {}", said.join("; ")));
    let spots = of.iter().enumerate().flat_map(|(at, (_, model))| {
        points(model).into_iter().map(move |point| Spot {
            at: [point.false_positive_images, point.sensitivity],
            what: Picked { model: at, threshold: point.threshold },
        })
    });
    let set = thresholds(ui, theme, of, picked, (response, &shown.transform), spots);
    ui.horizontal_wrapped(|ui| {
        ui.spacing_mut().item_spacing.x = space::L;
        for (at, said) in said.iter().enumerate() {
            plot::legend_entry(ui, said.clone(), plot::series(theme, at));
        }
        ui.label(widgets::faint(theme, "images without a box, called by their surest wrong one"));
    });
    set
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
