//! What says how strong the heat is: lines of equal heat on the picture, and the scale beside it.

use super::{Scene, paint};
use crate::domain::contour::{self, LEVELS};
use crate::domain::{Contour, HeatMap};
use crate::session::heat_colour;
use crate::ui::pixels::color;
use crate::ui::theme::Theme;
use crate::ui::widgets::over_picture;
use egui::epaint::Mesh;
use egui::{Align2, Color32, Painter, Rect, Shape, Stroke, pos2, vec2};

/// The scale's size, and how far it stays from the edge.
const WIDE: f32 = 10.0;
const HIGH: f32 = 132.0;
const EDGE: f32 = 14.0;
/// Steps of its colours.
const STEPS: u8 = 24;

fn colour_of(value: f32, signed: bool) -> Color32 {
    let [r, g, b] = heat_colour(value, signed);
    color([r, g, b, u8::MAX])
}

/// Lines of equal heat, each in its level's colour over a dark edge, the strongest thickest, so that not the colour alone says
/// which it is.
pub(super) fn lines(painter: &Painter, lines: &[Contour], signed: bool, scene: &Scene, opacity: f32) {
    // What is padding to the network is no place of the picture.
    let whole = crate::domain::Rect { xmin: 0.0, ymin: 0.0, xmax: scene.size[0], ymax: scene.size[1] };
    let painter = painter.with_clip_rect(painter.clip_rect().intersect(paint::screen_rect(scene, &whole)));
    for dark in [true, false] {
        for line in lines {
            let points = line.points.iter().map(|at| paint::pos(scene.placement.to_screen(*at))).collect();
            let width = thickness(line.level);
            let stroke = if dark {
                Stroke::new(width + 2.0, Color32::BLACK.gamma_multiply(0.6 * opacity))
            } else {
                Stroke::new(
                    width,
                    colour_of(contour::shade(line.level, signed), signed).gamma_multiply(0.4 + 0.6 * opacity),
                )
            };
            painter.add(if line.closed { Shape::closed_line(points, stroke) } else { Shape::line(points, stroke) });
        }
    }
}

fn thickness(level: f32) -> f32 {
    0.8 + 1.6 * level.abs()
}

/// The scale at the right edge, in the middle of its height: which colour, or line, stands for how much of the strongest value.
pub(super) fn legend(painter: &Painter, theme: &Theme, map: &HeatMap, by_lines: bool) {
    let room = painter.clip_rect();
    if room.height() < HIGH * 2.0 || room.width() < 160.0 {
        return;
    }
    let bar = Rect::from_center_size(pos2(room.right() - EDGE - WIDE / 2.0, room.center().y), vec2(WIDE, HIGH));
    let low = if map.signed { -1.0 } else { 0.0 };
    let height = |value: f32| egui::lerp(bar.bottom()..=bar.top(), (value - low) / (1.0 - low));
    painter.rect_filled(bar.expand(1.0), 2, theme.picture);
    if by_lines {
        let signs: &[f32] = if map.signed { &[1.0, -1.0] } else { &[1.0] };
        for level in signs.iter().flat_map(|sign| LEVELS.map(|level| level * sign)) {
            let stroke = Stroke::new(thickness(level), colour_of(contour::shade(level, map.signed), map.signed));
            painter.hline(bar.x_range(), height(level), stroke);
        }
    } else {
        let mut mesh = Mesh::default();
        for step in 0..=STEPS {
            let value = egui::lerp(low..=1.0, f32::from(step) / f32::from(STEPS));
            for x in [bar.left(), bar.right()] {
                mesh.colored_vertex(pos2(x, height(value)), colour_of(value, map.signed));
            }
            if step > 0 {
                let at = 2 * u32::from(step);
                mesh.add_triangle(at - 2, at - 1, at);
                mesh.add_triangle(at - 1, at, at + 1);
            }
        }
        painter.add(Shape::mesh(mesh));
    }
    let ticks: Vec<(f32, String)> = match (map.signed, by_lines) {
        (true, false) => vec![(1.0, "for".into()), (0.0, "0".into()), (-1.0, "against".into())],
        (false, false) => vec![(1.0, "100 %".into()), (0.5, "50 %".into()), (0.0, "0".into())],
        (true, true) => [0.75, 0.25, -0.25, -0.75].map(|at| (at, format!("{:+.0} %", at * 100.0))).to_vec(),
        (false, true) => LEVELS.map(|at| (at, format!("{:.0} %", at * 100.0))).to_vec(),
    };
    for (value, text) in ticks {
        over_picture(painter, theme, pos2(bar.left() - 6.0, height(value)), Align2::RIGHT_CENTER, &text);
    }
}
