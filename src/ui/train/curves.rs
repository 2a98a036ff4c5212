//! Loss and accuracy over the epochs, training and validation, or beside the loss for boxes mean average precision and for
//! findings the means over them, with the epoch whose weights are kept.

use crate::domain::{AnswerKind, EpochRecord, Metric, Recipe};
use crate::ui::fonts;
use crate::ui::theme::Theme;
use crate::ui::widgets::{self, plot};
use egui::{Align2, Ui, Vec2};
use egui_plot::{AxisHints, GridMark, Line, LineStyle, PlotPoint, PlotPoints, Points, Text, VLine};

/// The most lines across a plot, of which each has room for its figure.
const MOST_LINES: f64 = 9.0;

/// Which figure is drawn.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Figure {
    Loss,
    Accuracy,
    /// Means over the findings on the validation images.
    Findings,
    /// Of boxes on the validation images.
    Precision,
}

impl Figure {
    fn title(self) -> &'static str {
        match self {
            Figure::Loss => "Loss",
            Figure::Accuracy => "Accuracy",
            Figure::Findings => "Mean AUROC and average precision, validation",
            Figure::Precision => "Average precision",
        }
    }

    /// Its two curves: what each is called, and its point in an epoch.
    fn of(self, epoch: &EpochRecord) -> [(&'static str, Option<f64>); 2] {
        let both = |m| [("train", epoch.train(m)), ("validation", epoch.validation.get(m))];
        match self {
            Figure::Loss => both(Metric::Loss),
            Figure::Accuracy => both(Metric::Accuracy),
            Figure::Findings => [("mean AUROC", Metric::Auroc), ("mean AP", Metric::AveragePrecision)]
                .map(|(name, m)| (name, epoch.validation.get(m))),
            Figure::Precision => [Metric::Map50, Metric::Map].map(|m| (m.name(), epoch.validation.get(m))),
        }
    }

    /// What is drawn beside the loss.
    fn beside_loss(recipe: &Recipe) -> Self {
        match recipe.answers() {
            AnswerKind::Class => Figure::Accuracy,
            AnswerKind::Findings => Figure::Findings,
            AnswerKind::Boxes => Figure::Precision,
        }
    }
}

/// Both cards of a run with this recipe in a row, or under each other where that is too narrow.
pub(super) fn both(ui: &mut Ui, theme: &Theme, epochs: &[EpochRecord], recipe: &Recipe) {
    let planned = recipe.epochs;
    let wide = ui.available_width();
    let gap = 16.0;
    let figures = [Figure::Loss, Figure::beside_loss(recipe)];
    if wide < 560.0 {
        for figure in figures {
            card(ui, theme, figure, epochs, planned);
        }
        return;
    }
    ui.horizontal_top(|ui| {
        ui.spacing_mut().item_spacing.x = gap;
        for figure in figures {
            let layout = egui::Layout::top_down(egui::Align::Min);
            ui.allocate_ui_with_layout(Vec2::new((wide - gap) / 2.0, 0.0), layout, |ui| {
                ui.set_width((wide - gap) / 2.0);
                card(ui, theme, figure, epochs, planned);
            });
        }
    });
}

fn card(ui: &mut Ui, theme: &Theme, figure: Figure, epochs: &[EpochRecord], planned: usize) {
    widgets::card(ui, theme, |ui| {
        widgets::section(ui, theme, figure.title());
        curves(ui, theme, figure, epochs, planned);
        legend(ui, theme, figure, epochs, planned);
    });
}

fn curves(ui: &mut Ui, theme: &Theme, figure: Figure, epochs: &[EpochRecord], planned: usize) {
    let curve = |of: &dyn Fn(&EpochRecord) -> Option<f64>| -> Vec<[f64; 2]> {
        let point = |e: &EpochRecord| of(e).filter(|y| y.is_finite()).map(|y| [e.epoch as f64, y]);
        epochs.iter().filter_map(point).collect()
    };
    let (first, second) = (curve(&|e| figure.of(e)[0].1), curve(&|e| figure.of(e)[1].1));
    let best = epochs.iter().rev().find(|e| e.best).map(|e| e.epoch as f64);
    let values = || first.iter().chain(&second).map(|p| p[1]);
    let (low, high) = match figure {
        // Of nothing there is no scale.
        _ if first.is_empty() && second.is_empty() => (0.0, 1.0),
        Figure::Loss => (0.0, values().fold(0.2f64, f64::max) * 1.08),
        Figure::Accuracy | Figure::Findings | Figure::Precision => {
            ((values().fold(1.0f64, f64::min) - 0.05).max(0.0), 1.0)
        }
    };
    let last = epochs.last().map_or(1, |e| e.epoch).max(planned).max(2) as f64;
    // Room for half a marker at the end.
    let right = last + (last - 1.0) * 0.012;
    let (across, up) = (AxisHints::new_x(), AxisHints::new_y());
    let shown = plot::still(figure.title(), theme, 196.0)
        .show_grid([false, true])
        .grid_spacing(egui::Rangef::new(8.0, 300.0))
        // Each line has its figure.
        .y_grid_spacer(move |_| lines(low, high))
        .default_x_bounds(1.0, right)
        .default_y_bounds(low, high)
        // Epochs are whole.
        .custom_x_axes(vec![plot::ticks(theme, across, 22.0).formatter(|mark, _| plot::whole(mark.value))])
        .custom_y_axes(vec![plot::ticks(theme, up, 15.0).formatter(|mark, _| plot::decimals(mark))]);
    let (first_color, second_color, best_color) = (theme.accent, theme.prediction, theme.truth);
    let [(first_name, _), (second_name, _)] = figure.of(&EpochRecord::default());
    let response = shown.show(ui, move |ui| {
        ui.set_plot_bounds_x(1.0..=right);
        ui.set_plot_bounds_y(low..=high);
        if let Some(best) = best {
            ui.vline(VLine::new("best", best).color(best_color).style(LineStyle::dashed_dense()).width(1.0));
            let anchor = if best > last * 0.7 { Align2::RIGHT_TOP } else { Align2::LEFT_TOP };
            let text = egui::RichText::new(" best ").font(fonts::regular(fonts::SMALL));
            ui.text(Text::new("best", PlotPoint::new(best, high), text).color(best_color).anchor(anchor));
        }
        for (name, points, color, style) in
            [(first_name, first, first_color, LineStyle::Solid), (second_name, second, second_color, LineStyle::Solid)]
        {
            // A line needs two points; the newest one is marked, so that a first epoch is seen too.
            if let Some(newest) = points.last().copied() {
                ui.points(Points::new(name, PlotPoints::from(vec![newest])).color(color).radius(3.0));
            }
            ui.line(Line::new(name, PlotPoints::from(points)).color(color).width(2.0).style(style));
        }
    });
    let said = epochs.last().map_or_else(
        || format!("{} curve, no epoch yet", figure.title()),
        |e| {
            let point = |(name, value): (&str, Option<f64>)| value.map(|value| format!("{name} {value:.3}"));
            let points: Vec<String> = figure.of(e).into_iter().filter_map(point).collect();
            format!("{} curve, epoch {}: {}", figure.title(), e.epoch, points.join(", "))
        },
    );
    widgets::named(response.response, &said);
}

/// Lines across from one value to another, at 1, 2 or 5 times a power of ten, as many as figures beside them have room.
fn lines(low: f64, high: f64) -> Vec<GridMark> {
    let least = (high - low).max(1e-9) / MOST_LINES;
    let power = 10f64.powf(least.log10().floor());
    let step_size = [1.0, 2.0, 5.0].map(|times| times * power).into_iter().find(|step| *step >= least);
    let step_size = step_size.unwrap_or(10.0 * power);
    let (first, last) = ((low / step_size).ceil() as i64, (high / step_size).floor() as i64);
    (first..=last).map(|at| GridMark { value: at as f64 * step_size, step_size }).collect()
}

fn legend(ui: &mut Ui, theme: &Theme, figure: Figure, epochs: &[EpochRecord], planned: usize) {
    let last = epochs.last();
    let text = last.map_or_else(|| "no epoch yet".into(), |e| format!("epoch {} of {planned}", e.epoch.min(planned)));
    let caption = widgets::caption(theme, &text);
    let wide = ui.painter().layout_no_wrap(text, fonts::regular(12.0), theme.muted).size().x;
    ui.horizontal_wrapped(|ui| {
        ui.spacing_mut().item_spacing.x = 16.0;
        if let Some(last) = last {
            for ((name, value), color) in figure.of(last).into_iter().zip([theme.accent, theme.prediction]) {
                if let Some(value) = value {
                    plot::legend_entry(ui, format!("{name} {value:.3}"), color);
                }
            }
        }
        let room = ui.available_size_before_wrap().x - wide;
        if room > 0.0 {
            ui.add_space(room - 1.0);
        }
        ui.add(egui::Label::new(caption).extend());
    });
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ui::widgets::plot::decimals;

    #[test]
    fn every_line_of_a_curve_has_a_figure_of_its_own() {
        let figures = |low, high| lines(low, high).into_iter().map(decimals).collect::<Vec<String>>();
        assert_eq!(figures(0.0, 1.75), ["0.0", "0.2", "0.4", "0.6", "0.8", "1.0", "1.2", "1.4", "1.6"]);
        assert_eq!(figures(0.15, 1.0).first().map(String::as_str), Some("0.2"));
        assert_eq!(figures(0.0, 27.0), ["0.0", "5.0", "10.0", "15.0", "20.0", "25.0"]);
        for high in [0.2, 0.216, 0.5, 1.0, 3.0, 8.0, 150.0] {
            let all = figures(0.0, high);
            assert!((3..=10).contains(&all.len()), "{high}: {all:?}");
            assert!(all.windows(2).all(|two| two[0] != two[1]), "{all:?}");
        }
    }
}
