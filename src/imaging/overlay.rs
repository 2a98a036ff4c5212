//! A heat map laid over a picture, for files and reports.

use super::colormap::of_map;
use super::decoded::DecodedImage;
use super::window::{Rendered, render};
use crate::domain::{HeatMap, Voi};

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
    picture
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
        let map = HeatMap { width: 1, height: 1, values: vec![1.0], signed: false, covers };
        let picture = overlay(&image, &map, 1.0);
        let at = |x: usize| &picture.rgba[(5 * 20 + x) * 4..][..4];
        assert_eq!(at(4), [90, 90, 90, 255]);
        let [r, g, b] = heat(1.0);
        assert_eq!(at(14), [r, g, b, 255]);
        assert_eq!(overlay(&image, &map, 0.0), render(&image, Voi::default(), false, 99));
    }
}
