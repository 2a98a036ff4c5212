//! Where in an image a model's output comes from.

use super::geometry::Rect;
use serde::{Deserialize, Serialize};

/// A grid of weights laid over part of an image.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct HeatMap {
    /// Columns of the grid.
    pub width: usize,
    /// Rows of the grid.
    pub height: usize,
    /// Row by row, 0 (nothing) to 1 (the strongest place of this map); of a signed map -1 to 1.
    pub values: Vec<f32>,
    /// The value farthest from zero before the map was scaled, in what the method counts in; 0 of an empty map. Maps of one
    /// model and method can be compared by it.
    #[serde(default)]
    pub strength: f32,
    /// Whether places below zero are meant: they speak against what is explained.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub signed: bool,
    /// The part of the image, in its oriented frame in pixels, which the whole grid covers. It may reach outside the
    /// image when the preprocessing pads.
    pub covers: Rect,
}

impl HeatMap {
    /// Bilinear value at a pixel position of the image (pixel centres lie at .5); 0 outside what the map covers.
    pub fn at(&self, x: f64, y: f64) -> f32 {
        if !self.covers.contains(x, y) || self.values.len() != self.width * self.height || self.values.is_empty() {
            return 0.0;
        }
        let along = |position: f64, min: f64, extent: f64, cells: usize| {
            let g = ((position - min) / extent * cells as f64 - 0.5).clamp(0.0, cells as f64 - 1.0);
            (g.floor() as usize, (g.floor() as usize + 1).min(cells - 1), g.fract() as f32)
        };
        let (x0, x1, fx) = along(x, self.covers.xmin, self.covers.width(), self.width);
        let (y0, y1, fy) = along(y, self.covers.ymin, self.covers.height(), self.height);
        let v = |gx: usize, gy: usize| self.values[gy * self.width + gx];
        let top = v(x0, y0) + (v(x1, y0) - v(x0, y0)) * fx;
        let bottom = v(x0, y1) + (v(x1, y1) - v(x0, y1)) * fx;
        top + (bottom - top) * fy
    }

    /// Whether it is zero everywhere: nothing speaks for what is explained, or against it.
    pub fn is_empty(&self) -> bool {
        self.values.iter().all(|value| *value == 0.0)
    }

    /// Its strength as people read it.
    pub fn strength_text(strength: f32) -> String {
        if strength == 0.0 {
            "0".to_owned()
        } else if (0.001..1000.0).contains(&strength.abs()) {
            format!("{strength:.4}")
        } else {
            format!("{strength:.2e}")
        }
    }

    /// What speaks for what is explained at a position; see [`Self::at`].
    pub fn heat_at(&self, x: f64, y: f64) -> f64 {
        f64::from(self.at(x, y).max(0.0))
    }

    /// The share of the map's mass above zero inside a rectangle of an image of this size, sampled at pixel centres; 0 for a map
    /// without mass. Chance level is the rectangle's share of the covered area.
    pub fn share_inside(&self, rect: &Rect, image_width: u32, image_height: u32) -> f64 {
        self.share_inside_any(std::slice::from_ref(rect), image_width, image_height)
    }

    /// The same inside of any of several rectangles.
    pub fn share_inside_any(&self, rects: &[Rect], image_width: u32, image_height: u32) -> f64 {
        let (mut inside, mut total) = (0.0f64, 0.0f64);
        for row in 0..image_height {
            for column in 0..image_width {
                let (x, y) = (f64::from(column) + 0.5, f64::from(row) + 0.5);
                let value = self.heat_at(x, y);
                total += value;
                if rects.iter().any(|rect| rect.contains(x, y)) {
                    inside += value;
                }
            }
        }
        if total > 0.0 { inside / total } else { 0.0 }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_flat_map_has_as_much_inside_as_area() {
        let covers = Rect { xmin: 0.0, ymin: 0.0, xmax: 40.0, ymax: 20.0 };
        let map = HeatMap { width: 2, height: 2, values: vec![1.0; 4], strength: 1.0, signed: false, covers };
        let quarter = Rect { xmin: 0.0, ymin: 0.0, xmax: 20.0, ymax: 10.0 };
        assert!((map.share_inside(&quarter, 40, 20) - 0.25).abs() < 1e-9);
        let overlapping = Rect { xmax: 40.0, ..quarter };
        assert!(
            (map.share_inside_any(&[quarter, overlapping], 40, 20) - 0.5).abs() < 1e-9,
            "what two share counts once"
        );
        assert_eq!(map.at(-1.0, 3.0), 0.0);
    }
}
