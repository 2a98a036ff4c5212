//! A heat map laid over a picture, for files and reports.

use super::colormap::of_map;
use super::decoded::DecodedImage;
use super::window::{Rendered, render};
use crate::domain::{HeatMap, Voi, contour};

/// The picture at its own size and window with the heat map over it. Each pixel takes the map's colour in the share of
/// its value times `opacity` (0 to 1), so that what the model did not look at stays as it is.
pub fn overlay(image: &DecodedImage, map: &HeatMap, opacity: f32) -> Rendered {
    let mut picture = render(image, Voi::default(), false, usize::MAX);
    let width = picture.width.max(1);
    for (index, pixel) in picture.rgba.as_chunks_mut::<4>().0.iter_mut().enumerate() {
        let value = map.at((index % width) as f64 + 0.5, (index / width) as f64 + 0.5);
        let (colour, shown) = of_map(value, map.signed);
        let share = shown * opacity.clamp(0.0, 1.0);
        for (below, above) in pixel.iter_mut().zip(colour) {
            *below = (f32::from(*below) * (1.0 - share) + f32::from(above) * share).round() as u8;
        }
    }
    said_empty(&mut picture, map);
    picture
}

/// The same with lines of equal heat in place of colour, each in the colour of its level with a dark edge.
pub fn overlay_lines(image: &DecodedImage, map: &HeatMap) -> Rendered {
    let mut picture = render(image, Voi::default(), false, usize::MAX);
    let thick = (picture.width.min(picture.height) as f64 / 250.0).max(1.0);
    for line in map.contours() {
        let (colour, _) = of_map(contour::shade(line.level, map.signed), map.signed);
        let ends = line.points.iter().skip(1).chain(line.points.first().filter(|_| line.closed));
        for (from, to) in line.points.iter().zip(ends) {
            stroke(&mut picture, (*from, *to), 2.0 * thick, [0, 0, 0], 0.35);
        }
        let ends = line.points.iter().skip(1).chain(line.points.first().filter(|_| line.closed));
        for (from, to) in line.points.iter().zip(ends) {
            stroke(&mut picture, (*from, *to), thick, colour, 1.0);
        }
    }
    said_empty(&mut picture, map);
    picture
}

/// A straight line of this thickness, its edges softened.
fn stroke(picture: &mut Rendered, (from, to): ([f64; 2], [f64; 2]), thick: f64, colour: [u8; 3], opacity: f32) {
    let reach = thick / 2.0 + 0.5;
    let span = |axis: usize, side: usize| {
        let (low, high) = (from[axis].min(to[axis]) - reach, from[axis].max(to[axis]) + reach);
        (low.floor().max(0.0) as usize)..(high.ceil().max(0.0) as usize).min(side)
    };
    let (dx, dy) = (to[0] - from[0], to[1] - from[1]);
    let length = dx * dx + dy * dy;
    let width = picture.width;
    for row in span(1, picture.height) {
        for column in span(0, width) {
            let (x, y) = (column as f64 + 0.5 - from[0], row as f64 + 0.5 - from[1]);
            let along = if length > 0.0 { ((x * dx + y * dy) / length).clamp(0.0, 1.0) } else { 0.0 };
            let share = (reach - (x - along * dx).hypot(y - along * dy)).clamp(0.0, 1.0) as f32 * opacity;
            blend(picture, row * width + column, colour, share);
        }
    }
}

fn blend(picture: &mut Rendered, index: usize, colour: [u8; 3], share: f32) {
    let Some(pixel) = picture.rgba.as_chunks_mut::<4>().0.get_mut(index) else { return };
    for (below, above) in pixel.iter_mut().zip(colour) {
        *below = (f32::from(*below) * (1.0 - share) + f32::from(above) * share).round() as u8;
    }
}

/// "MAP IS EMPTY", five columns by seven rows a letter, one bit a pixel, highest bit left.
const EMPTY: [[u8; 7]; 12] = {
    const A: [u8; 7] = [0b01110, 0b10001, 0b10001, 0b11111, 0b10001, 0b10001, 0b10001];
    const E: [u8; 7] = [0b11111, 0b10000, 0b10000, 0b11110, 0b10000, 0b10000, 0b11111];
    const I: [u8; 7] = [0b01110, 0b00100, 0b00100, 0b00100, 0b00100, 0b00100, 0b01110];
    const M: [u8; 7] = [0b10001, 0b11011, 0b10101, 0b10101, 0b10001, 0b10001, 0b10001];
    const P: [u8; 7] = [0b11110, 0b10001, 0b10001, 0b11110, 0b10000, 0b10000, 0b10000];
    const S: [u8; 7] = [0b01111, 0b10000, 0b10000, 0b01110, 0b00001, 0b00001, 0b11110];
    const T: [u8; 7] = [0b11111, 0b00100, 0b00100, 0b00100, 0b00100, 0b00100, 0b00100];
    const Y: [u8; 7] = [0b10001, 0b10001, 0b01010, 0b00100, 0b00100, 0b00100, 0b00100];
    [M, A, P, [0; 7], I, S, [0; 7], E, M, P, T, Y]
};

/// Says on the picture that its map is empty, so that nobody takes it for one without a map: white on a black band at the
/// lower edge, a twelfth of the picture high at least where the words fit.
fn said_empty(picture: &mut Rendered, map: &HeatMap) {
    if !map.is_empty() {
        return;
    }
    let (columns, rows) = (EMPTY.len() * 6 + 1, 11);
    let dot = (picture.height / (12 * rows)).max(1).min(picture.width / columns).max(1);
    let top = picture.height.saturating_sub(rows * dot);
    let width = picture.width;
    for row in top..picture.height {
        for column in 0..width {
            let (x, y) = (column / dot, (row - top) / dot);
            let letter = x.checked_sub(1).and_then(|x| EMPTY.get(x / 6).map(|letter| (letter, x % 6)));
            let line = letter.and_then(|(letter, bit)| Some((*letter.get(y.checked_sub(2)?)?, bit)));
            let white = line.is_some_and(|(line, bit)| bit < 5 && line >> (4 - bit) & 1 == 1);
            blend(picture, row * width + column, if white { [255; 3] } else { [0; 3] }, 1.0);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::Rect;
    use crate::imaging::colormap::heat;

    #[test]
    fn heat_lies_where_the_map_does_and_nowhere_else() {
        let image = DecodedImage::from_gray8(20, 10, vec![90; 200]).unwrap();
        let covers = Rect { xmin: 10.0, ymin: 0.0, xmax: 20.0, ymax: 10.0 };
        let map = HeatMap { width: 1, height: 1, values: vec![1.0], strength: 1.0, signed: false, covers };
        let picture = overlay(&image, &map, 1.0);
        let at = |x: usize| &picture.rgba[(5 * 20 + x) * 4..][..4];
        assert_eq!(at(4), [90, 90, 90, 255]);
        let [r, g, b] = heat(1.0);
        assert_eq!(at(14), [r, g, b, 255]);
        assert_eq!(overlay(&image, &map, 0.0), render(&image, Voi::default(), false, 99));
    }

    #[test]
    fn lines_lie_where_the_heat_passes_a_level_and_an_empty_map_says_so_on_the_picture() {
        let image = DecodedImage::from_gray8(200, 100, vec![90; 20_000]).unwrap();
        let covers = Rect { xmin: 0.0, ymin: 0.0, xmax: 200.0, ymax: 100.0 };
        let values = (0..200).map(|x| x as f32 / 199.0).collect();
        let slope = HeatMap { width: 200, height: 1, values, strength: 1.0, signed: false, covers };
        let picture = overlay_lines(&image, &slope);
        let at = |picture: &Rendered, x: usize, y: usize| picture.rgba[(y * 200 + x) * 4];
        let changed: Vec<usize> = (0..200).filter(|x| at(&picture, *x, 50) != 90).collect();
        assert!(changed.iter().all(|x| [50usize, 100, 150].iter().any(|line| x.abs_diff(*line) <= 2)), "{changed:?}");
        assert!([50usize, 100, 150].iter().all(|line| changed.iter().any(|x| x.abs_diff(*line) <= 2)), "{changed:?}");
        let nothing = HeatMap { width: 1, height: 1, values: vec![0.0], strength: 0.0, signed: false, covers };
        for said in [overlay(&image, &nothing, 0.5), overlay_lines(&image, &nothing)] {
            let band: Vec<u8> =
                (89..100).flat_map(|y| (0..200).map(move |x| (x, y))).map(|(x, y)| at(&said, x, y)).collect();
            assert!(band.iter().all(|v| *v == 0 || *v == 255), "black and white");
            assert_eq!(band.iter().filter(|v| **v == 255).count(), 149, "the dots of the letters");
            assert_eq!(at(&said, 100, 50), 90, "the rest stays as it is");
        }
    }
}
