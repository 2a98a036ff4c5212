//! Contrast-limited adaptive histogram equalisation (Zuiderveld, Graphics Gems IV, 1994), with the details of OpenCV's
//! `CLAHE`: 256 bins, the clipped excess spread evenly once, tables of neighbouring tiles mixed bilinearly.

use super::Shape;
use super::blur::mirrored;

const BINS: usize = 256;
/// Red, green and blue's share of luma (ITU-R BT.601, section 2.5.1).
const LUMA: [f32; 3] = [0.299, 0.587, 0.114];

/// Equalises 0..1 planes. Three planes keep their colour: the change of luma is added to each of them.
pub(super) fn equalise(planes: &mut [f32], shape: Shape, clip_limit: f64, tiles: usize) {
    let size = shape.width * shape.height;
    // A tile of less than a pixel has no histogram.
    let tiles = tiles.clamp(1, shape.width.min(shape.height).max(1));
    if planes.len() == 3 * size {
        let mut luma = vec![0.0f32; size];
        for (plane, share) in planes.chunks_exact(size).zip(LUMA) {
            luma.iter_mut().zip(plane).for_each(|(sum, value)| *sum += share * value);
        }
        let mut equalised = luma.clone();
        plane(&mut equalised, shape, clip_limit, tiles);
        for channel in planes.chunks_exact_mut(size) {
            for (value, (after, before)) in channel.iter_mut().zip(equalised.iter().zip(&luma)) {
                *value = (*value + after - before).clamp(0.0, 1.0);
            }
        }
    } else {
        planes.chunks_exact_mut(size).for_each(|channel| plane(channel, shape, clip_limit, tiles));
    }
}

fn plane(values: &mut [f32], shape: Shape, clip_limit: f64, tiles: usize) {
    let (w, h) = (shape.width, shape.height);
    // OpenCV lengthens both sides, mirrored, unless both are whole numbers of tiles.
    let fits = w.is_multiple_of(tiles) && h.is_multiple_of(tiles);
    let longer = |side: usize| if fits { side } else { side + tiles - side % tiles };
    let (tile_w, tile_h) = (longer(w) / tiles, longer(h) / tiles);
    let columns = mirrored(w, longer(w) - w);
    let rows = mirrored(h, longer(h) - h);
    let (columns, rows) = (&columns[longer(w) - w..], &rows[longer(h) - h..]);
    let bin = |value: f32| ((value.clamp(0.0, 1.0) * 255.0).round() as usize).min(BINS - 1);

    let mut tables = Vec::with_capacity(tiles * tiles);
    for down in 0..tiles {
        for along in 0..tiles {
            let mut histogram = [0usize; BINS];
            for &row in &rows[down * tile_h..(down + 1) * tile_h] {
                for &column in &columns[along * tile_w..(along + 1) * tile_w] {
                    histogram[bin(values[row * w + column])] += 1;
                }
            }
            tables.push(table(histogram, tile_w * tile_h, clip_limit));
        }
    }
    let neighbours = |at: usize, tile: usize| {
        let place = at as f32 / tile as f32 - 0.5;
        let first = place.floor();
        let clamp = |index: f32| (index.max(0.0) as usize).min(tiles - 1);
        (clamp(first), clamp(first + 1.0), place - first)
    };
    let along: Vec<(usize, usize, f32)> = (0..w).map(|column| neighbours(column, tile_w)).collect();
    for (row, line) in values.chunks_exact_mut(w).enumerate() {
        let (above, below, down) = neighbours(row, tile_h);
        for (value, &(left, right, across)) in line.iter_mut().zip(&along) {
            let level = value.clamp(0.0, 1.0) * 255.0;
            let low = (level as usize).min(BINS - 2);
            let part = level - low as f32;
            // Between two of the 256 levels the table is a straight line, so deeper pictures keep their steps.
            let read = |tile: usize| tables[tile][low] * (1.0 - part) + tables[tile][low + 1] * part;
            let upper = read(above * tiles + left) * (1.0 - across) + read(above * tiles + right) * across;
            let lower = read(below * tiles + left) * (1.0 - across) + read(below * tiles + right) * across;
            *value = upper * (1.0 - down) + lower * down;
        }
    }
}

/// The cumulated histogram after clipping, 0..1.
fn table(mut histogram: [usize; BINS], pixels: usize, clip_limit: f64) -> [f32; BINS] {
    let limit = ((clip_limit * pixels as f64 / BINS as f64) as usize).max(1);
    let mut excess = 0;
    for count in &mut histogram {
        excess += count.saturating_sub(limit);
        *count = (*count).min(limit);
    }
    let (each, rest) = (excess / BINS, excess % BINS);
    histogram.iter_mut().for_each(|count| *count += each);
    // What is left over goes to bins as far apart as they can be.
    let step = BINS.checked_div(rest).unwrap_or(BINS).max(1);
    histogram.iter_mut().step_by(step).take(rest).for_each(|count| *count += 1);
    let mut sum = 0;
    histogram.map(|count| {
        sum += count;
        sum as f32 / pixels.max(1) as f32
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn colours_keep_their_differences_and_greys_stay_grey() {
        let shape = Shape { width: 20, height: 12 };
        let grey: Vec<f32> = (0..240).map(|i| 0.4 + (i % 20) as f32 * 0.005).collect();
        let mut one = grey.clone();
        equalise(&mut one, shape, 40.0, 2);
        let mut three = grey.repeat(3);
        equalise(&mut three, shape, 40.0, 2);
        for (at, value) in one.iter().enumerate() {
            assert!((three[at] - value).abs() < 1e-5 && (three[240 + at] - value).abs() < 1e-5);
        }
        let spread = |v: &[f32]| v.iter().fold(0.0f32, |m, x| m.max(*x)) - v.iter().fold(1.0f32, |m, x| m.min(*x));
        assert!(spread(&one) > 3.0 * spread(&grey), "the contrast did not grow");
    }

    #[test]
    fn pictures_smaller_than_the_tiles_are_no_panic() {
        for (width, height) in [(1, 1), (3, 2), (9, 8), (1, 30)] {
            let mut values = vec![0.3; width * height];
            equalise(&mut values, Shape { width, height }, 2.0, 8);
            assert!(values.iter().all(|v| (0.0..=1.0).contains(v)));
        }
    }
}
