//! Figures against the strength by which pictures are made worse.

use super::Drawing;
use super::numbers::number;
use super::plot::{Axis, COLOURS, GREY, Mark, Plot, Stroke};
use crate::domain::performance::Estimate;
use crate::domain::{Perturbation, RobustFigure, Robustness};

const STROKES: [Stroke; 3] = [Stroke::Whole, Stroke::Dashed, Stroke::Dotted];

/// A figure with its strengths and values, where it is defined.
pub struct Series<'a> {
    pub figure: RobustFigure,
    pub points: Vec<(f64, &'a Estimate)>,
}

/// Each figure of what was measured, the one that matters most first.
pub fn series(of: &Robustness) -> Vec<Series<'_>> {
    let figures: Vec<RobustFigure> =
        of.points.first().map(|point| point.values.iter().map(|value| value.figure).collect()).unwrap_or_default();
    let one = |figure: RobustFigure| {
        let value = |point: &'_ crate::domain::RobustPoint| point.values.iter().position(|v| v.figure == figure);
        let points = of.points.iter().filter_map(|point| {
            let estimate = &point.values.get(value(point)?)?.value;
            estimate.value.map(|_| (point.strength, estimate))
        });
        Series { figure, points: points.collect() }
    };
    figures.into_iter().map(one).collect()
}

/// The least and the largest strength, with room beside them.
pub fn bounds(of: &Robustness) -> [f64; 2] {
    let all = of.points.iter().map(|point| point.strength);
    let (low, high) = all.fold((f64::INFINITY, f64::NEG_INFINITY), |(low, high), at| (low.min(at), high.max(at)));
    if !low.is_finite() {
        return [0.0, 1.0];
    }
    let room = 0.04 * (high - low).max(1e-9);
    [low - room, high + room]
}

/// Where the marks of a series stand for a strength: each beside those before it, so that none hides another's interval.
pub fn beside(of: &Robustness, at: usize, strength: f64) -> f64 {
    let [left, right] = bounds(of);
    strength + 0.009 * (right - left) * at as f64
}

/// From where on the heights are shown: chance is not far below what figures come to.
pub fn floor(of: &Robustness) -> f64 {
    let ends = of.points.iter().flat_map(|point| &point.values).flat_map(|value| {
        let low = value.value.interval.map(|[low, _]| low);
        low.into_iter().chain(value.value.value)
    });
    let least = ends.fold(1.0, f64::min);
    ((least * 10.0).floor() / 10.0).clamp(-1.0, 0.9).min(0.5)
}

/// What its file is called.
pub fn file(kind: Perturbation) -> &'static str {
    match kind {
        Perturbation::Noise => "robustness-noise",
        Perturbation::Blur => "robustness-blur",
        Perturbation::Contrast => "robustness-contrast",
        Perturbation::Window => "robustness-window",
        Perturbation::Rotation => "robustness-rotation",
        Perturbation::Jpeg => "robustness-jpeg",
    }
}

/// Every figure with its intervals.
pub fn draw(of: &Robustness) -> Drawing {
    let [left, right] = bounds(of);
    let low = floor(of);
    let none = of.kind.none();
    let unchanged = vec![[none, low], [none, 1.0]];
    let mut marks =
        vec![Mark::Line { name: "Unchanged".into(), colour: GREY, stroke: Stroke::Dashed, points: unchanged }];
    for (place, ((one, colour), stroke)) in
        series(of).iter().zip(COLOURS).zip(STROKES.iter().copied().cycle()).enumerate()
    {
        let values = one
            .points
            .iter()
            .filter_map(|(at, estimate)| Some(([beside(of, place, *at), estimate.value?], estimate.interval)));
        let dots: Vec<([f64; 2], Option<[f64; 2]>)> = values.collect();
        let points = dots.iter().map(|(point, _)| *point).collect();
        marks.push(Mark::Line { name: of.title_of(one.figure), colour, stroke, points });
        marks.push(Mark::Dots { name: String::new(), colour, points: dots });
    }
    let caption = format!("{} Upright lines are 95 % intervals.", of.verdict());
    let (x, y) = (Axis::new(of.kind.axis(), left, right), Axis::new("Figure", low, 1.0));
    let plot = Plot { title: of.kind.title().to_owned(), alternative: alternative(of), x, y, mirrored: false, marks };
    Drawing { name: file(of.kind), svg: plot.svg(), caption }
}

fn alternative(of: &Robustness) -> String {
    let one = |one: &Series<'_>| {
        let value = |(at, estimate): &(f64, &Estimate)| {
            format!("{} {}", of.kind.says(*at), number(estimate.value.unwrap_or(f64::NAN)))
        };
        format!("{}: {}", of.title_of(one.figure), one.points.iter().map(value).collect::<Vec<_>>().join(", "))
    };
    series(of).iter().map(one).collect::<Vec<_>>().join("; ")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::{RobustPoint, RobustValue, Split};

    #[test]
    fn a_plot_has_every_figure_at_every_strength_where_it_is_defined() {
        let value = |figure, value: Option<f64>| RobustValue {
            figure,
            value: Estimate { value, interval: value.map(|v| [v - 0.1, v + 0.05]), why: None },
            drop: None,
        };
        let point = |strength: f64, area| RobustPoint {
            strength,
            values: vec![value(RobustFigure::Auroc, area), value(RobustFigure::Accuracy, Some(0.6))],
            ..RobustPoint::default()
        };
        let of = Robustness {
            kind: Perturbation::Rotation,
            split: Split::Test,
            images: 4,
            groups: 4,
            left_out: 0,
            draws: 0,
            seed: 1,
            finding: None,
            threshold: None,
            class_thresholds: Default::default(),
            points: vec![point(-5.0, Some(0.7)), point(0.0, Some(0.9)), point(5.0, None)],
            made_ms: 0,
        };
        let all = series(&of);
        assert_eq!((all.len(), all[0].points.len(), all[1].points.len()), (2, 2, 3));
        let drawing = draw(&of);
        assert_eq!((drawing.name, drawing.svg.matches("<circle").count()), ("robustness-rotation", 5));
        assert!(drawing.svg.contains("AUROC: -5° 0.700, unchanged 0.900; Accuracy"), "{}", drawing.svg);
        assert_eq!((floor(&of), bounds(&of)), (0.5, [-5.4, 5.4]));
    }
}
