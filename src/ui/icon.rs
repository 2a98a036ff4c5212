//! The window's icon, drawn from a few distances: an O that is read over, a smaller one inside and a tick across.

use super::theme::Theme;
use egui::IconData;

const SIDE: usize = 128;

/// The icon as RGBA.
pub(super) fn icon() -> IconData {
    let theme = Theme::dark();
    let mut rgba = Vec::with_capacity(SIDE * SIDE * 4);
    for row in 0..SIDE {
        for column in 0..SIDE {
            let at = |v: usize| (v as f32 + 0.5) / SIDE as f32 * 2.0 - 1.0;
            rgba.extend(pixel(&theme, at(column), at(row)));
        }
    }
    IconData { rgba, width: SIDE as u32, height: SIDE as u32 }
}

/// Width of one pixel in the icon's units, over which edges are smoothed.
const SOFT: f32 = 2.0 / SIDE as f32;

fn pixel(theme: &Theme, x: f32, y: f32) -> [u8; 4] {
    let cover = |distance: f32| (0.5 - distance / SOFT).clamp(0.0, 1.0);
    let (qx, qy) = ((x.abs() - 0.68).max(0.0), (y.abs() - 0.68).max(0.0));
    let ground = cover(qx.hypot(qy) - 0.30);
    let ring = cover((x.hypot(y) - 0.56).abs() - 0.085);
    let tick =
        cover(segment([x, y], [-0.24, 0.02], [-0.05, 0.20]).min(segment([x, y], [-0.05, 0.20], [0.27, -0.20])) - 0.075);
    let mut color = theme.panel;
    for (part, share) in [(theme.accent, ring), (theme.text, tick)] {
        color = color.lerp_to_gamma(part, share);
    }
    [color.r(), color.g(), color.b(), (ground * 255.0).round() as u8]
}

/// Distance from a point to a line between two others.
fn segment([px, py]: [f32; 2], [ax, ay]: [f32; 2], [bx, by]: [f32; 2]) -> f32 {
    let (dx, dy) = (bx - ax, by - ay);
    let along = (((px - ax) * dx + (py - ay) * dy) / (dx * dx + dy * dy)).clamp(0.0, 1.0);
    (px - ax - along * dx).hypot(py - ay - along * dy)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_corners_are_clear_and_the_middle_is_not() {
        let icon = icon();
        assert_eq!(icon.rgba.len(), SIDE * SIDE * 4);
        assert_eq!(icon.rgba[3], 0);
        assert_eq!(icon.rgba[(SIDE * SIDE / 2 + SIDE / 2) * 4 + 3], 255);
    }
}
