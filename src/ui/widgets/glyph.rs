//! Pictograms drawn with lines.

use egui::{Color32, Painter, Pos2, Shape, Stroke, pos2, vec2};

/// Pictograms drawn with lines, so that they are sharp and the same everywhere.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Glyph {
    Check,
    Dot,
    Flag,
    Star,
    Missing,
    Cross,
    Plus,
    Down,
    Up,
    Grip,
    Left,
    Right,
    Search,
    Invert,
    Rotate,
    FlipHorizontally,
    FlipVertically,
    Fit,
    Grid,
    Gear,
    Bell,
    Lock,
}

impl Glyph {
    /// Paints it into a square of this side around `center`.
    pub fn paint(self, painter: &Painter, center: Pos2, side: f32, color: Color32) {
        let s = side / 14.0;
        let at = |x: f32, y: f32| center + vec2(x, y) * s;
        let stroke = Stroke::new(1.5 * s.max(0.8), color);
        let path = |points: Vec<Pos2>| {
            painter.add(Shape::line(points, stroke));
        };
        match self {
            Glyph::Check => path(vec![at(-4.5, 0.5), at(-1.5, 3.5), at(4.5, -3.5)]),
            Glyph::Dot => {
                painter.circle_filled(center, 3.6 * s, color);
            }
            Glyph::Flag => {
                path(vec![at(-3.5, 5.5), at(-3.5, -5.0)]);
                let [a, b, c, d, e] = [at(-3.5, -5.0), at(4.5, -5.0), at(2.2, -2.2), at(4.5, 0.6), at(-3.5, 0.6)];
                // Not convex at the notch, so it is painted as two parts.
                painter.add(Shape::convex_polygon(vec![a, b, c, pos2(a.x, c.y)], color, Stroke::NONE));
                painter.add(Shape::convex_polygon(vec![pos2(a.x, c.y), c, d, e], color, Stroke::NONE));
            }
            Glyph::Star => {
                // A ray at a time, each of them convex.
                let tip = |at_tenth: f32, far: f32| {
                    let angle = std::f32::consts::TAU * (at_tenth / 10.0 - 0.25);
                    center + vec2(angle.cos(), angle.sin()) * far * s
                };
                for ray in 0..5 {
                    let tenth = 2.0 * ray as f32;
                    let corners = vec![center, tip(tenth - 1.0, 2.6), tip(tenth, 6.2), tip(tenth + 1.0, 2.6)];
                    painter.add(Shape::convex_polygon(corners, color, Stroke::NONE));
                }
            }
            Glyph::Missing => {
                path(vec![at(0.0, -5.5), at(5.5, 4.5), at(-5.5, 4.5), at(0.0, -5.5)]);
                path(vec![at(0.0, -1.8), at(0.0, 1.2)]);
                painter.circle_filled(at(0.0, 2.9), 0.9 * s, color);
            }
            Glyph::Cross => {
                path(vec![at(-3.2, -3.2), at(3.2, 3.2)]);
                path(vec![at(3.2, -3.2), at(-3.2, 3.2)]);
            }
            Glyph::Plus => {
                path(vec![at(-4.0, 0.0), at(4.0, 0.0)]);
                path(vec![at(0.0, -4.0), at(0.0, 4.0)]);
            }
            Glyph::Down => path(vec![at(-3.5, -1.6), at(0.0, 2.0), at(3.5, -1.6)]),
            Glyph::Up => path(vec![at(-3.5, 1.6), at(0.0, -2.0), at(3.5, 1.6)]),
            Glyph::Grip => grip(painter, at, 1.1 * s, color),
            Glyph::Left => path(vec![at(1.8, -4.0), at(-2.2, 0.0), at(1.8, 4.0)]),
            Glyph::Right => path(vec![at(-1.8, -4.0), at(2.2, 0.0), at(-1.8, 4.0)]),
            Glyph::Search => {
                painter.circle_stroke(at(-1.0, -1.0), 3.8 * s, stroke);
                path(vec![at(1.8, 1.8), at(5.0, 5.0)]);
            }
            Glyph::Invert => {
                painter.circle_stroke(center, 5.0 * s, stroke);
                let half = (0..=12).map(|i| {
                    let angle = std::f32::consts::PI * (i as f32 / 12.0 - 0.5);
                    at(5.0 * angle.cos(), 5.0 * angle.sin())
                });
                painter.add(Shape::convex_polygon(half.collect(), color, Stroke::NONE));
            }
            Glyph::Rotate => {
                let arc = (0..=20).map(|i| {
                    let angle = std::f32::consts::TAU * (0.12 + 0.76 * i as f32 / 20.0) - std::f32::consts::FRAC_PI_4;
                    at(4.6 * angle.cos(), 4.6 * angle.sin())
                });
                let arc: Vec<Pos2> = arc.collect();
                let tip = arc.last().copied().unwrap_or(center);
                path(arc);
                path(vec![tip + vec2(-3.6, 0.2) * s, tip, tip + vec2(0.4, -3.6) * s]);
            }
            Glyph::FlipHorizontally | Glyph::FlipVertically => {
                // Two halves on either side of the line they are mirrored at, one of them filled.
                let across = |x: f32, y: f32| if self == Glyph::FlipHorizontally { at(x, y) } else { at(y, x) };
                path(vec![across(0.0, -5.5), across(0.0, 5.5)]);
                for side in [-1.0f32, 1.0] {
                    let half = vec![across(2.0 * side, -3.6), across(5.6 * side, 3.6), across(2.0 * side, 3.6)];
                    let fill = if side > 0.0 { color } else { Color32::TRANSPARENT };
                    painter.add(Shape::convex_polygon(half, fill, Stroke::new(1.1 * s.max(0.8), color)));
                }
            }
            Glyph::Gear => {
                painter.circle_stroke(center, 3.6 * s, stroke);
                for tooth in 0..8 {
                    let (sin, cos) = (std::f32::consts::TAU * tooth as f32 / 8.0).sin_cos();
                    path(vec![at(3.9 * cos, 3.9 * sin), at(6.0 * cos, 6.0 * sin)]);
                }
            }
            Glyph::Lock => lock(painter, at, stroke),
            Glyph::Bell => bell(at).into_iter().for_each(path),
            Glyph::Grid => {
                for (x, y) in [(-1.0f32, -1.0f32), (1.0, -1.0), (1.0, 1.0), (-1.0, 1.0)] {
                    let part = egui::Rect::from_center_size(at(3.1 * x, 3.1 * y), vec2(4.4, 4.4) * s);
                    painter.rect_stroke(part, 1, stroke, egui::StrokeKind::Middle);
                }
            }
            Glyph::Fit => {
                for (x, y) in [(-1.0f32, -1.0f32), (1.0, -1.0), (1.0, 1.0), (-1.0, 1.0)] {
                    path(vec![at(5.0 * x, 1.8 * y), at(5.0 * x, 5.0 * y), at(1.8 * x, 5.0 * y)]);
                }
            }
        }
    }
}

/// Six dots: something to take hold of.
fn grip(painter: &Painter, at: impl Fn(f32, f32) -> Pos2, radius: f32, color: Color32) {
    for (x, y) in [(-2.0, -4.0), (2.0, -4.0), (-2.0, 0.0), (2.0, 0.0), (-2.0, 4.0), (2.0, 4.0)] {
        painter.circle_filled(at(x, y), radius, color);
    }
}

/// A padlock: its body, and the shackle over it.
fn lock(painter: &Painter, at: impl Fn(f32, f32) -> Pos2, stroke: Stroke) {
    let shackle = [(-2.6, -0.8), (-2.6, -3.2), (-1.4, -5.0), (1.4, -5.0), (2.6, -3.2), (2.6, -0.8)];
    painter.add(Shape::line(shackle.into_iter().map(|(x, y)| at(x, y)).collect(), stroke));
    painter.rect_filled(egui::Rect::from_two_pos(at(-4.2, -0.8), at(4.2, 5.2)), 1.0, stroke.color);
}

/// The outline of a bell, and its clapper.
fn bell(at: impl Fn(f32, f32) -> Pos2) -> [Vec<Pos2>; 2] {
    let left = [(-4.6, 3.2), (-3.2, 1.4), (-3.2, -1.6), (-2.0, -4.2), (0.0, -5.0)];
    let right = left.iter().rev().skip(1).map(|(x, y)| (-x, *y));
    let around = left.iter().copied().chain(right).chain([(-4.6, 3.2)]);
    [around.map(|(x, y)| at(x, y)).collect(), vec![at(-1.3, 4.9), at(1.3, 4.9)]]
}
