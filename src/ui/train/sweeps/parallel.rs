//! Parallel coordinates: an axis a setting and one for the figure, and a line through them for each row.

use crate::domain::Metric;
use crate::domain::sweep::Setting;
use crate::session::{SweepRow, SweepView};
use crate::ui::fonts;
use crate::ui::phrases;
use crate::ui::theme::Theme;
use crate::ui::widgets;
use egui::{Align2, Color32, Pos2, Rect, Sense, Stroke, Ui, Vec2, pos2};

const HEIGHT: f32 = 240.0;
/// Room above the axes for their names and below for their ends.
const HEAD: f32 = 26.0;
const FOOT: f32 = 22.0;
const SIDES: f32 = 86.0;
/// Points from a line within which the pointer is on it.
const NEAR: f32 = 8.0;

/// The places of an axis's values, from 0 at the bottom to 1.
struct Axis {
    name: String,
    /// What stands at places of it.
    marks: Vec<(f32, String)>,
    /// Of each row, where it has a value.
    at: Vec<Option<f32>>,
}

/// Shows the plot of rows that are in the order of the table; returns the row under the pointer.
pub(super) fn show(ui: &mut Ui, theme: &Theme, sweep: &SweepView, rows: &[SweepRow], by: Metric) -> Option<usize> {
    let mut axes: Vec<Axis> = sweep.axes.iter().map(|axis| of_setting(axis, rows)).collect();
    axes.push(of_figure(by, rows));
    let (rect, response) = ui.allocate_exact_size(Vec2::new(ui.available_width(), HEIGHT), Sense::hover());
    let inner = Rect::from_min_max(rect.min + Vec2::new(SIDES, HEAD), rect.max - Vec2::new(SIDES, FOOT));
    let apart = inner.width() / axes.len().saturating_sub(1).max(1) as f32;
    let x = |axis: usize| inner.left() + apart * axis as f32;
    let y = |share: f32| inner.bottom() - share * inner.height();
    let line = |row: usize| -> Vec<Pos2> {
        let points = axes.iter().enumerate().filter_map(|(at, axis)| Some(pos2(x(at), y((*axis.at.get(row)?)?))));
        points.collect()
    };
    let lines: Vec<Vec<Pos2>> = (0..rows.len()).map(line).collect();
    let pointer = response.hover_pos();
    let distance = |line: &[Pos2]| pointer.map_or(f32::INFINITY, |at| nearest(line, at));
    let under = (0..lines.len())
        .map(|row| (row, lines.get(row).map_or(f32::INFINITY, |line| distance(line))))
        .min_by(|a, b| a.1.total_cmp(&b.1))
        .filter(|(_, distance)| *distance < NEAR)
        .map(|(row, _)| row);
    let painter = ui.painter();
    // The best is painted last, over the others.
    for (row, line) in lines.iter().enumerate().rev() {
        let color = match (under == Some(row), row) {
            (true, _) => theme.text,
            (false, 0) => theme.accent,
            (false, _) => theme.wash(theme.prediction, strength(row, rows.len())),
        };
        let width = if row == 0 || under == Some(row) { 2.5 } else { 1.2 };
        painter.line(line.clone(), Stroke::new(width, color));
    }
    for (at, axis) in axes.iter().enumerate() {
        painter.vline(x(at), inner.y_range(), Stroke::new(1.0, theme.outline));
        let name = fonts::regular(12.0);
        painter.text(pos2(x(at), rect.top()), Align2::CENTER_TOP, &axis.name, name, theme.muted);
        for (share, mark) in &axis.marks {
            let galley = painter.layout_no_wrap(mark.clone(), fonts::regular(fonts::SMALL), theme.muted);
            let place = Align2::LEFT_CENTER.anchor_size(pos2(x(at) + 6.0, y(*share)), galley.size());
            // Lines run under it.
            painter.rect_filled(place.expand2(Vec2::new(3.0, 0.0)), 2, theme.panel);
            painter.galley(place.min, galley, theme.muted);
        }
    }
    let best = rows.first().map(|row| said(row, by)).unwrap_or_default();
    let response = widgets::named(response, &format!("Settings beside each other, best {best}"));
    if let Some(row) = under.and_then(|row| rows.get(row)) {
        response.on_hover_text_at_pointer(said(row, by));
    }
    under
}

/// The further down the table the fainter.
fn strength(row: usize, rows: usize) -> f32 {
    0.9 - 0.65 * row as f32 / rows.max(1) as f32
}

/// "batch 16, learning_rate 0.001: 0.812".
fn said(row: &SweepRow, by: Metric) -> String {
    let settings: Vec<String> = row.settings.iter().map(|(key, value)| format!("{key} {value}")).collect();
    let figure = row.figures.get(by.key()).map(|spread| spread.mean);
    format!("{}: {}", settings.join(", "), phrases::figure(figure))
}

/// How far a point is from a line of points.
fn nearest(line: &[Pos2], at: Pos2) -> f32 {
    let pairs = line.windows(2).filter_map(|pair| <&[Pos2; 2]>::try_from(pair).ok());
    pairs
        .map(|[a, b]| {
            let along = *b - *a;
            let share = ((at - *a).dot(along) / along.length_sq().max(f32::EPSILON)).clamp(0.0, 1.0);
            (*a + along * share).distance(at)
        })
        .fold(f32::INFINITY, f32::min)
}

/// Numbers by their size, by their logarithm where they span two decades; everything else in a row of its own.
fn of_setting(axis: &str, rows: &[SweepRow]) -> Axis {
    let name = axis.rsplit('.').next().unwrap_or(axis).to_owned();
    let values: Vec<Option<&Setting>> = rows.iter().map(|row| row.settings.get(axis)).collect();
    let number = |value: &Option<&Setting>| match value {
        Some(Setting::Number(number)) => Some(*number),
        Some(Setting::Flag(_) | Setting::Text(_)) | None => None,
    };
    let numbers: Vec<Option<f64>> = values.iter().map(number).collect();
    if numbers.iter().all(Option::is_some) {
        return of_numbers(name, &numbers, |value| format!("{value}"));
    }
    let mut kinds: Vec<String> = values.iter().flatten().map(|value| value.to_string()).collect();
    kinds.sort();
    kinds.dedup();
    let share = |at: usize| (at as f32 + 0.5) / kinds.len().max(1) as f32;
    let place = |value: &Option<&Setting>| {
        let text = value.map(ToString::to_string)?;
        kinds.iter().position(|kind| *kind == text).map(share)
    };
    let at = values.iter().map(place).collect();
    let marks = kinds.iter().enumerate().map(|(at, kind)| (share(at), kind.clone())).collect();
    Axis { name, marks, at }
}

fn of_figure(by: Metric, rows: &[SweepRow]) -> Axis {
    let values: Vec<Option<f64>> = rows.iter().map(|row| Some(row.figures.get(by.key())?.mean)).collect();
    of_numbers(by.name().to_owned(), &values, |value| format!("{value:.3}"))
}

fn of_numbers(name: String, values: &[Option<f64>], text: impl Fn(f64) -> String) -> Axis {
    let known = || values.iter().flatten().copied().filter(|value| value.is_finite());
    let (least, most) = (known().fold(f64::INFINITY, f64::min), known().fold(f64::NEG_INFINITY, f64::max));
    let log = least > 0.0 && most / least >= 99.0;
    let scale = |value: f64| if log { value.ln() } else { value };
    let share = |value: f64| {
        let width = scale(most) - scale(least);
        if width > 0.0 { ((scale(value) - scale(least)) / width) as f32 } else { 0.5 }
    };
    let mut marked: Vec<f64> = known().collect();
    marked.sort_by(f64::total_cmp);
    marked.dedup();
    // Of many values only the ends are written.
    if marked.len() > 6 {
        marked = vec![least, most];
    }
    let marks = marked.into_iter().map(|value| (share(value), text(value))).collect();
    Axis { name, marks, at: values.iter().map(|value| value.filter(|v| v.is_finite()).map(share)).collect() }
}

/// A colour of its own for the legend of the best row.
pub(super) fn best_color(theme: &Theme) -> Color32 {
    theme.accent
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_stand_by_size_and_over_decades_by_their_logarithm() {
        let axis = |values: &[f64]| {
            let values: Vec<Option<f64>> = values.iter().copied().map(Some).collect();
            of_numbers("x".into(), &values, |value| format!("{value}")).at
        };
        assert_eq!(axis(&[1.0, 2.0, 3.0]), [Some(0.0), Some(0.5), Some(1.0)]);
        let [Some(a), Some(b), Some(c)] = axis(&[1e-4, 1e-3, 1e-2])[..] else { panic!() };
        assert!(a == 0.0 && (b - 0.5).abs() < 1e-6 && c == 1.0);
        assert_eq!(axis(&[2.0]), [Some(0.5)]);
    }

    #[test]
    fn the_pointer_is_on_a_line_between_its_points() {
        let line = [pos2(0.0, 0.0), pos2(10.0, 0.0), pos2(10.0, 10.0)];
        assert_eq!(nearest(&line, pos2(5.0, 3.0)), 3.0);
        assert_eq!(nearest(&line, pos2(13.0, 14.0)), 5.0);
    }
}
