//! Planes of values, smooth noise and the few curves that shapes are made of.

use super::draw::Draw;

/// 0 below `low`, 1 above `high`, a smooth rise between.
pub fn smoothstep(low: f64, high: f64, value: f64) -> f64 {
    let t = ((value - low) / (high - low)).clamp(0.0, 1.0);
    t * t * (3.0 - 2.0 * t)
}

/// A bell of height 1 and standard deviation `sigma`.
pub fn bell(distance: f64, sigma: f64) -> f64 {
    let t = distance / sigma;
    (-0.5 * t * t).exp()
}

/// Half the length of the ray through a circle of radius 1 at this distance from its centre.
pub fn chord(distance: f64) -> f64 {
    (1.0 - distance * distance).max(0.0).sqrt()
}

/// One value a pixel.
#[derive(Clone)]
pub struct Plane {
    pub width: usize,
    pub height: usize,
    pub values: Vec<f32>,
}

impl Plane {
    /// The plane of a function of pixel centres.
    pub fn of(width: usize, height: usize, mut value: impl FnMut(f64, f64) -> f64) -> Self {
        let mut values = Vec::with_capacity(width * height);
        for y in 0..height {
            for x in 0..width {
                values.push(value(x as f64 + 0.5, y as f64 + 0.5) as f32);
            }
        }
        Self { width, height, values }
    }

    /// Gaussian blur, edges repeated.
    pub fn blurred(&self, sigma: f64) -> Self {
        let reach = (sigma * 3.0).ceil().max(1.0) as usize;
        let weights: Vec<f64> = (0..=2 * reach).map(|at| bell(at as f64 - reach as f64, sigma)).collect();
        let sum: f64 = weights.iter().sum();
        let weights: Vec<f32> = weights.into_iter().map(|weight| (weight / sum) as f32).collect();
        // One step blurs along the rows and turns the plane; two do both and turn it back.
        let step = |from: &[f32], width: usize, height: usize| -> Vec<f32> {
            let mut out = vec![0.0; from.len()];
            let mut padded = vec![0.0; width + 2 * reach];
            for (y, row) in from.chunks_exact(width).enumerate() {
                padded[..reach].fill(row[0]);
                padded[reach..reach + width].copy_from_slice(row);
                padded[reach + width..].fill(row[width - 1]);
                for (x, taps) in padded.windows(weights.len()).enumerate() {
                    out[x * height + y] = weights.iter().zip(taps).map(|(weight, tap)| weight * tap).sum();
                }
            }
            out
        };
        let turned = step(&self.values, self.width, self.height);
        Self { width: self.width, height: self.height, values: step(&turned, self.height, self.width) }
    }
}

/// Sides of the table of [`Noise`]; a power of two.
const LATTICE: usize = 64;
/// Moves places so far from zero that cutting rounds down; a multiple of the table's side.
const OFFSET: f64 = 65_536.0;

/// Smooth noise between -1 and 1 over the whole plane, repeating every 64 units.
pub struct Noise(Vec<f32>);

impl Noise {
    pub fn new(draw: &mut Draw) -> Self {
        Self((0..LATTICE * LATTICE).map(|_| draw.either_way(1.0) as f32).collect())
    }

    /// The value at a place; features are about one unit large.
    pub fn at(&self, x: f64, y: f64) -> f64 {
        let (x, y) = (x + OFFSET, y + OFFSET);
        let (ix, iy) = (x as usize, y as usize);
        let (fx, fy) = (x - ix as f64, y - iy as f64);
        let v = |dx: usize, dy: usize| f64::from(self.0[((iy + dy) % LATTICE) * LATTICE + (ix + dx) % LATTICE]);
        let (sx, sy) = (fx * fx * (3.0 - 2.0 * fx), fy * fy * (3.0 - 2.0 * fy));
        let top = v(0, 0) + (v(1, 0) - v(0, 0)) * sx;
        let bottom = v(0, 1) + (v(1, 1) - v(0, 1)) * sx;
        top + (bottom - top) * sy
    }

    /// Three octaves, the finest a quarter of a unit large.
    pub fn fine(&self, x: f64, y: f64) -> f64 {
        (self.at(x, y) + 0.6 * self.at(2.0 * x + 17.3, 2.0 * y + 5.1) + 0.4 * self.at(4.0 * x + 3.7, 4.0 * y + 31.9))
            / 2.0
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn blurring_keeps_the_mean_of_a_flat_plane_and_spreads_a_point() {
        let flat = Plane::of(9, 7, |_, _| 0.4).blurred(1.3);
        assert!(flat.values.iter().all(|v| (v - 0.4).abs() < 1e-6));
        let point = Plane::of(9, 9, |x, y| if x == 4.5 && y == 4.5 { 1.0 } else { 0.0 }).blurred(1.0);
        assert!(point.values[4 * 9 + 4] < 0.2 && point.values[4 * 9 + 5] > 0.05);
    }

    #[test]
    fn noise_is_continuous_also_at_negative_places() {
        let noise = Noise::new(&mut Draw::new("test", "noise", 1, 1));
        for step in 0..400 {
            let x = f64::from(step) * 0.05 - 10.0;
            assert!((noise.at(x, -3.2) - noise.at(x + 1e-4, -3.2)).abs() < 1e-2);
        }
    }
}
