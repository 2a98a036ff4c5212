//! The plots whose points are sets of images: ranges of probability, and the surest calls.

use super::{HEIGHT, Painting, Shown, curve_line, guide, legend, said, share, unit_plot};
use crate::domain::performance::{CoveragePoint, FindingFigure};
use crate::session::Said;
use crate::session::drawing::curves::{Curve, coverage as draw_coverage};
use crate::ui::evaluate::picking::{self, Spot};
use crate::ui::evaluate::{plot_card, sets};
use crate::ui::phrases;
use crate::ui::theme::space;
use crate::ui::widgets::{self, plot};
use egui::{Color32, Ui};
use egui_plot::{AxisHints, Bar, BarChart, Line, LineStyle, PlotPoints, PlotResponse, Points};

/// How often the finding is there, over what was said of it.
pub(super) fn calibration(ui: &mut Ui, with: &mut Painting<'_, '_, '_>) {
    let names = ("Observed frequency by probability (calibration)", "calibration");
    with.card(ui, Curve::Calibration, names, |ui, with| {
        let (theme, models) = (with.cx.theme, with.models);
        let bins = |model: &Shown<'_>| -> Vec<(usize, [f64; 2])> {
            let filled = model.finding.reliability.iter().enumerate().filter(|(_, bin)| bin.images > 0);
            filled.map(|(at, bin)| (at, [bin.mean, share(bin.positives, bin.images)])).collect()
        };
        let PlotResponse { response, transform, .. } = unit_plot(ui, theme, "Calibration plot", |ui| {
            guide(ui, theme, "as it should be", vec![[0.0, 0.0], [1.0, 1.0]]);
            for model in models {
                let points: Vec<[f64; 2]> = bins(model).into_iter().map(|(_, at)| at).collect();
                let line = Line::new(model.name.to_owned(), PlotPoints::from(points.clone()));
                ui.line(line.color(model.color).width(1.5));
                ui.points(Points::new(model.name.to_owned(), points).color(model.color).radius(3.0));
            }
        });
        let words = said("Calibration plot, slope", models, FindingFigure::CalibrationSlope);
        let mut response = widgets::named(response, &words);
        let all = models
            .iter()
            .flat_map(|model| bins(model).into_iter().map(move |(bin, at)| Spot { at, what: (model, bin) }));
        if let Some(Spot { at, what: (model, bin) }) = picking::nearest(&response, &transform, all) {
            picking::mark(ui, theme, &transform, at);
            let ranges = model.finding.reliability.len();
            let set = model.of().in_range(bin, ranges, None);
            let counts = model.finding.reliability.get(bin).map_or((0, 0), |bin| (bin.images, bin.positives));
            response = picking::tell(
                response,
                &format!(
                    "{}: {}\n{}, {} with it: {}; mean probability {}\nPress for the images",
                    model.name,
                    set.title,
                    phrases::count(counts.0, "image", "images"),
                    counts.1,
                    phrases::plain(at[1]),
                    phrases::plain(at[0])
                ),
            );
            with.look(response.clicked().then_some(set));
        }
        legend(ui, theme, models, None, "ten ranges; under the dashed line probabilities are too high");
    });
}

/// How many of the surest calls are wrong.
pub(super) fn coverage(ui: &mut Ui, with: &mut Painting<'_, '_, '_>) {
    let models = with.models;
    let draw =
        || draw_coverage(&models.iter().map(|m| (m.name, m.performance.coverage.as_slice())).collect::<Vec<_>>());
    let mut opened = None;
    plot_card::show(
        ui,
        with.cx,
        ("Mistakes among the surest calls (risk-coverage)", "risk-coverage"),
        draw,
        |ui, cx| {
            let theme = cx.theme;
            let place = |model: &Shown<'_>, point: &CoveragePoint| {
                let all = model.performance.coverage.last().map_or(1, |last| last.images);
                [share(point.images, all), point.risk()]
            };
            let risks = models.iter().flat_map(|model| &model.performance.coverage).map(|point| point.risk());
            let top = risks.fold(0.05, f64::max) * 1.06;
            let PlotResponse { response, transform, .. } = plot::still("Risk-coverage curve", theme, HEIGHT)
                .custom_x_axes(vec![
                    plot::ticks(theme, AxisHints::new_x(), 22.0).formatter(|mark, _| plot::decimals(mark)),
                ])
                .custom_y_axes(vec![
                    plot::ticks(theme, AxisHints::new_y(), 15.0).formatter(|mark, _| plot::decimals(mark)),
                ])
                .default_x_bounds(0.0, 1.0)
                .default_y_bounds(0.0, top)
                .show(ui, |ui| {
                    ui.set_plot_bounds_x(0.0..=1.0);
                    ui.set_plot_bounds_y(0.0..=top);
                    for model in models {
                        let points = model.performance.coverage.iter().rev().map(|point| place(model, point));
                        curve_line(ui, model, points.collect());
                    }
                });
            let last = |model: &Shown<'_>| model.performance.coverage.last().map_or(0.0, |last| last.risk());
            let words: Vec<String> = models
                .iter()
                .map(|model| format!("{}, {} wrong of all", model.name, phrases::plain(last(model))))
                .collect();
            let mut response = widgets::named(response, &format!("Risk-coverage curve: {}", words.join("; ")));
            let spots = models.iter().flat_map(|model| {
                model
                    .performance
                    .coverage
                    .iter()
                    .map(move |point| Spot { at: place(model, point), what: (model, *point) })
            });
            if let Some(Spot { at, what: (model, point) }) = picking::nearest(&response, &transform, spots) {
                picking::mark(ui, theme, &transform, at);
                response = picking::tell(
                    response,
                    &format!(
                        "{}: of {} with a confidence of {} or more, {} wrong ({})\nPress for the wrong ones",
                        model.name,
                        phrases::count(point.images, "image", "images"),
                        sets::shown(point.confidence),
                        point.wrong,
                        phrases::plain(point.risk())
                    ),
                );
                let called = |said: &Said| model.thresholds.called(&said.probabilities);
                opened = response.clicked().then(|| sets::wrong_from(model.said, point.confidence, called));
            }
            legend(ui, theme, models, None, "the surest images first; lower is better");
        },
    );
    with.look(opened.filter(|set| !set.images.is_empty()));
}

/// Probabilities by what is, of the first model.
pub(super) fn histogram(ui: &mut Ui, with: &mut Painting<'_, '_, '_>) {
    with.card(ui, Curve::Histogram, ("Probabilities by what is", "probabilities"), |ui, with| {
        let Some(model) = with.models.first() else { return };
        let (theme, of) = (with.cx.theme, model.finding);
        let bins = of.histogram.len().max(1) as f64;
        let chart = |name: &str, color: Color32, which: usize| {
            let bar = |(at, counts): (usize, &[usize; 2])| {
                let count = counts.get(which).copied().unwrap_or_default();
                Bar::new((at as f64 + 0.5) / bins, count as f64).width(0.84 / bins)
            };
            BarChart::new(name.to_owned(), of.histogram.iter().enumerate().map(bar).collect()).color(color)
        };
        let with_it = chart("with it", theme.truth, 1);
        let without = chart("without it", theme.prediction, 0).stack_on(&[&with_it]);
        let highest = of.histogram.iter().map(|[a, b]| a + b).max().unwrap_or(0).max(1) as f64 * 1.06;
        let PlotResponse { response, transform, .. } = plot::still("Probabilities by what is", theme, 150.0)
            .custom_x_axes(vec![plot::ticks(theme, AxisHints::new_x(), 22.0).formatter(|mark, _| plot::decimals(mark))])
            .custom_y_axes(vec![
                plot::ticks(theme, AxisHints::new_y(), 15.0).formatter(|mark, _| plot::whole(mark.value)),
            ])
            .default_x_bounds(0.0, 1.0)
            .default_y_bounds(0.0, highest)
            .show_grid([false, true])
            .show(ui, |ui| {
                ui.set_plot_bounds_x(0.0..=1.0);
                ui.set_plot_bounds_y(0.0..=highest);
                ui.bar_chart(with_it);
                ui.bar_chart(without);
                if let Some(threshold) = model.called_from() {
                    let line = egui_plot::VLine::new("threshold", threshold).color(theme.text);
                    ui.vline(line.style(LineStyle::dashed_dense()).width(1.0));
                }
            });
        let words = format!("Probabilities by what is: {} images with it, {} without", of.positives, of.negatives);
        let mut response = widgets::named(response, &words);
        let bar = picking::pointed(&response, &transform).and_then(|[x, y]| {
            let at = (x * bins).floor().max(0.0) as usize;
            let [without, with_it] = *of.histogram.get(at)?;
            // Above the bars the whole range is meant.
            let part = match y {
                y if y <= with_it as f64 => Some(true),
                y if y <= (with_it + without) as f64 => Some(false),
                _ => None,
            };
            (with_it + without > 0).then_some((at, part, [without, with_it]))
        });
        if let Some((at, part, [without, with_it])) = bar {
            let set = model.of().in_range(at, of.histogram.len(), part);
            let told = format!("{}: {with_it} with it, {without} without\nPress for the images", set.title);
            response = picking::tell(response, &told);
            with.look(response.clicked().then_some(set));
        }
        ui.horizontal_wrapped(|ui| {
            ui.spacing_mut().item_spacing.x = space::L;
            plot::legend_entry(ui, format!("with it, {}", of.positives), theme.truth);
            plot::legend_entry(ui, format!("without it, {}", of.negatives), theme.prediction);
        });
    });
}
