//! How a picture becomes a network's input. A model's own [`Preprocessing`] travels in its file; this is what it means.
//!
//! Geometry follows torchvision 0.x: `Resize` cuts the longer side to a whole number of pixels, `CenterCrop` rounds
//! half to even and pads evenly (more at the right and bottom) where the picture is smaller than the crop.

use super::decoded::DecodedImage;
use super::resize::{self, Part};
#[cfg(doc)]
use crate::domain::recipe::Greys;
use crate::domain::recipe::Resize;
use crate::domain::{Preprocessing, Rect};

/// Scaled pictures larger than this are made only where they are seen: a strip of one pixel by a hundred thousand must
/// not take gigabytes on its way to a small input.
const MAX_SCALED_PIXELS: f64 = 32e6;

/// Where the scaled picture lies on the input: input column `x` shows scaled column `x - left`.
#[derive(Clone, Copy, Debug, PartialEq)]
struct Placement {
    /// Size of the whole picture after scaling.
    scaled_width: u32,
    scaled_height: u32,
    left: i64,
    top: i64,
}

/// The network's input: resized, on the 0..1 scale of [`Greys`], less the mean and divided by the standard
/// deviation of each channel; `channels * height * width` values of `p`, plane after plane.
pub fn to_input(image: &DecodedImage, p: &Preprocessing) -> Vec<f32> {
    let mut planes = to_planes(image, p);
    normalise(&mut planes, p);
    planes
}

/// As [`to_input`] before normalisation: 0..1, with 0 where the picture does not reach.
pub fn to_planes(image: &DecodedImage, p: &Preprocessing) -> Vec<f32> {
    let (width, height) = (p.width, p.height);
    let area = image.width as usize * image.height as usize;
    let mut out = vec![0.0f32; p.channels * width * height];
    if area == 0 || out.is_empty() {
        return out;
    }
    let placement = placement(image.width, image.height, p);
    let distinct = image.distinct_planes(p.channels, p.greys);
    let mut targets = out.chunks_exact_mut(width * height);
    let mut last: Option<Vec<f32>> = None;
    for source in distinct.chunks_exact(area) {
        let Some(target) = targets.next() else { break };
        place(source, (image.width, image.height), &placement, target, p);
        last = Some(target.to_vec());
    }
    // A grey picture for a network that wants colours is scaled once.
    if let Some(plane) = last {
        targets.for_each(|target| target.copy_from_slice(&plane));
    }
    out
}

/// Subtracts the mean and divides by the standard deviation, channel by channel. `planes` holds one or more inputs,
/// each `channels * height * width` of `p`; a channel without a figure is left as it is.
pub fn normalise(planes: &mut [f32], p: &Preprocessing) {
    let area = p.width * p.height;
    if area == 0 || p.channels == 0 {
        return;
    }
    for (index, plane) in planes.chunks_mut(area).enumerate() {
        let channel = index % p.channels;
        let mean = p.mean.get(channel).copied().unwrap_or(0.0);
        let std = p.std.get(channel).copied().filter(|s| *s != 0.0).unwrap_or(1.0);
        plane.iter_mut().for_each(|value| *value = (*value - mean) / std);
    }
}

/// The part of a picture of this size, in its own pixels, which the whole input covers. It reaches outside the picture
/// where the preprocessing pads, and is smaller than it where it crops.
pub fn covered(width: u32, height: u32, p: &Preprocessing) -> Rect {
    let at = placement(width, height, p);
    let scale_x = f64::from(at.scaled_width) / f64::from(width.max(1));
    let scale_y = f64::from(at.scaled_height) / f64::from(height.max(1));
    Rect {
        xmin: -(at.left as f64) / scale_x,
        ymin: -(at.top as f64) / scale_y,
        xmax: (p.width as f64 - at.left as f64) / scale_x,
        ymax: (p.height as f64 - at.top as f64) / scale_y,
    }
}

/// A rectangle on a picture of this size, in pixels of the input it becomes. The same map as that of the pixels: the
/// edges of the part that the input covers fall on the edges of the input.
pub fn onto_input(rect: &Rect, width: u32, height: u32, p: &Preprocessing) -> Rect {
    let part = covered(width, height, p);
    let (x, y) = (p.width as f64 / part.width(), p.height as f64 / part.height());
    Rect {
        xmin: (rect.xmin - part.xmin) * x,
        ymin: (rect.ymin - part.ymin) * y,
        xmax: (rect.xmax - part.xmin) * x,
        ymax: (rect.ymax - part.ymin) * y,
    }
}

/// A rectangle on the input, in pixels of the picture of this size that it was made of; the way back from
/// [`onto_input`].
pub fn onto_picture(rect: &Rect, width: u32, height: u32, p: &Preprocessing) -> Rect {
    let part = covered(width, height, p);
    let (x, y) = (part.width() / p.width as f64, part.height() / p.height as f64);
    Rect {
        xmin: part.xmin + rect.xmin * x,
        ymin: part.ymin + rect.ymin * y,
        xmax: part.xmin + rect.xmax * x,
        ymax: part.ymin + rect.ymax * y,
    }
}

fn placement(width: u32, height: u32, p: &Preprocessing) -> Placement {
    let (w, h) = (f64::from(width.max(1)), f64::from(height.max(1)));
    match p.resize {
        Resize::Stretch => Placement { scaled_width: p.width as u32, scaled_height: p.height as u32, left: 0, top: 0 },
        Resize::Pad => {
            let scale = (p.width as f64 / w).min(p.height as f64 / h);
            let fit = |side: f64, most: usize| ((side * scale).round().max(1.0) as u32).min(most as u32);
            let (scaled_width, scaled_height) = (fit(w, p.width), fit(h, p.height));
            let half = |outer: usize, inner: u32| (outer as i64 - i64::from(inner)) / 2;
            Placement {
                scaled_width,
                scaled_height,
                left: half(p.width, scaled_width),
                top: half(p.height, scaled_height),
            }
        }
        Resize::ShorterSideThenCrop(side) => {
            // int(size * long / short): cut, not rounded.
            let longer = |long: f64, short: f64| (side as f64 * long / short).floor().max(1.0) as u32;
            let (scaled_width, scaled_height) =
                if w <= h { (side.max(1) as u32, longer(h, w)) } else { (longer(w, h), side.max(1) as u32) };
            Placement {
                scaled_width,
                scaled_height,
                left: centre_crop(scaled_width, p.width),
                top: centre_crop(scaled_height, p.height),
            }
        }
    }
}

/// Where the scaled picture begins on the input along one side; negative where it is cropped.
fn centre_crop(scaled: u32, crop: usize) -> i64 {
    let (scaled, crop) = (i64::from(scaled), crop as i64);
    if crop > scaled { (crop - scaled) / 2 } else { -(((scaled - crop) as f64 / 2.0).round_ties_even() as i64) }
}

/// Scales one plane and copies what is seen of it onto the input.
fn place(source: &[f32], size: (u32, u32), at: &Placement, target: &mut [f32], p: &Preprocessing) {
    let width = p.width;
    let height = target.len() / width;
    let (first_x, last_x) = visible(at.left, at.scaled_width, width);
    let (first_y, last_y) = visible(at.top, at.scaled_height, height);
    if first_x >= last_x || first_y >= last_y {
        return;
    }
    let scale = if p.rounded { resize::rounded_plane } else { resize::plane };
    let whole = f64::from(at.scaled_width) * f64::from(at.scaled_height) <= MAX_SCALED_PIXELS;
    let scaled = if whole {
        scale(source, size, None, (at.scaled_width, at.scaled_height), p.interpolation)
    } else {
        let (step_x, step_y) =
            (f64::from(size.0) / f64::from(at.scaled_width), f64::from(size.1) / f64::from(at.scaled_height));
        let part = Part {
            left: (first_x as i64 - at.left) as f64 * step_x,
            top: (first_y as i64 - at.top) as f64 * step_y,
            width: (last_x - first_x) as f64 * step_x,
            height: (last_y - first_y) as f64 * step_y,
        };
        let seen = ((last_x - first_x) as u32, (last_y - first_y) as u32);
        scale(source, size, Some(part), seen, p.interpolation)
    };
    let (row_length, skip_x, skip_y) = if whole {
        (at.scaled_width as usize, (first_x as i64 - at.left) as usize, (first_y as i64 - at.top) as usize)
    } else {
        (last_x - first_x, 0, 0)
    };
    let rows = scaled.chunks_exact(row_length).skip(skip_y);
    for (to, from) in target.chunks_exact_mut(width).take(last_y).skip(first_y).zip(rows) {
        let seen = from.iter().skip(skip_x);
        to.iter_mut().take(last_x).skip(first_x).zip(seen).for_each(|(to, from)| *to = *from);
    }
}

/// First and one past the last input position the scaled picture reaches.
fn visible(offset: i64, scaled: u32, input: usize) -> (usize, usize) {
    let clamp = |v: i64| v.clamp(0, input as i64) as usize;
    (clamp(offset), clamp(offset + i64::from(scaled)))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn gray(width: u32, height: u32, value: impl Fn(u32, u32) -> u8) -> DecodedImage {
        let samples = (0..height).flat_map(|y| (0..width).map(move |x| (x, y))).map(|(x, y)| value(x, y)).collect();
        DecodedImage::from_gray8(width, height, samples).unwrap()
    }

    fn preprocessing(resize: Resize, width: usize, height: usize) -> Preprocessing {
        Preprocessing {
            channels: 1,
            resize,
            width,
            height,
            mean: vec![0.5],
            std: vec![0.25],
            ..Preprocessing::default()
        }
    }

    #[test]
    fn padding_keeps_the_shape_centred_on_black() {
        let p = preprocessing(Resize::Pad, 64, 64);
        let planes = to_planes(&gray(100, 50, |_, _| 255), &p);
        let at = |x: usize, y: usize| planes[y * 64 + x];
        assert_eq!((at(32, 15), at(32, 16), at(32, 47), at(32, 48)), (0.0, 1.0, 1.0, 0.0));
        assert_eq!(covered(100, 50, &p), Rect { xmin: 0.0, ymin: -25.0, xmax: 100.0, ymax: 75.0 });
    }

    #[test]
    fn the_crop_covers_the_centre_of_the_longer_side() {
        let p = preprocessing(Resize::ShorterSideThenCrop(64), 64, 64);
        assert_eq!(covered(200, 100, &p), Rect { xmin: 50.0, ymin: 0.0, xmax: 150.0, ymax: 100.0 });
        let planes = to_planes(&gray(200, 100, |x, _| if (50..150).contains(&x) { 255 } else { 0 }), &p);
        // The filter reaches over the edge by a source pixel or two.
        assert!(planes[32 * 64] > 0.7 && planes[32 * 64 + 63] > 0.7 && planes[32 * 64 + 32] == 1.0);
    }

    #[test]
    fn crops_larger_than_the_scaled_picture_pad_as_torchvision_does() {
        // torchvision: Resize(5) then CenterCrop(8) of 5x5 pads 1 left and top, 2 right and bottom.
        let p = preprocessing(Resize::ShorterSideThenCrop(5), 8, 8);
        let planes = to_planes(&gray(5, 5, |_, _| 255), &p);
        let row: Vec<u8> = planes[3 * 8..4 * 8].iter().map(|v| *v as u8).collect();
        assert_eq!(row, [0, 1, 1, 1, 1, 1, 0, 0]);
    }

    #[test]
    fn halves_round_to_even_as_pythons_round_does() {
        assert_eq!([centre_crop(9, 8), centre_crop(11, 8), centre_crop(13, 8)], [0, -2, -2]);
    }

    #[test]
    fn what_is_covered_is_where_the_values_come_from() {
        // A ramp tells from each input value the source column it shows.
        for (width, height) in [(97u32, 61u32), (61, 97), (128, 128), (33, 250)] {
            for resize in [Resize::Stretch, Resize::Pad, Resize::ShorterSideThenCrop(72)] {
                let p = preprocessing(resize, 64, 48);
                let planes = to_planes(&gray(width, height, |x, _| x as u8), &p);
                let rect = covered(width, height, &p);
                for column in [20usize, 31, 40] {
                    let source = rect.xmin + (column as f64 + 0.5) * rect.width() / 64.0;
                    let inside = source > 4.0 && source < f64::from(width) - 4.0;
                    let value = f64::from(planes[24 * 64 + column]) * 255.0 + 0.5;
                    let near = (value - source).abs() < 0.6;
                    assert!(
                        !inside || near,
                        "{width}x{height} {resize:?}: column {column} shows {value}, not {source}"
                    );
                }
            }
        }
    }

    #[test]
    fn rectangles_go_where_the_pixels_go_and_come_back() {
        let frame = Rect { xmin: 30.0, ymin: 20.0, xmax: 70.0, ymax: 50.0 };
        let inside = |x: u32, y: u32| frame.contains(f64::from(x), f64::from(y));
        for resize in [Resize::Stretch, Resize::Pad, Resize::ShorterSideThenCrop(72)] {
            for (width, height) in [(97u32, 61u32), (80, 133)] {
                let p = preprocessing(resize, 64, 48);
                let planes = to_planes(&gray(width, height, |x, y| if inside(x, y) { 255 } else { 0 }), &p);
                let onto = onto_input(&frame, width, height, &p);
                let lit: Vec<(f64, f64)> =
                    (0..64 * 48).filter(|&i| planes[i] > 0.5).map(|i| ((i % 64) as f64, (i / 64) as f64)).collect();
                let least = |pick: fn(&(f64, f64)) -> f64| lit.iter().map(pick).fold(f64::INFINITY, f64::min);
                let most = |pick: fn(&(f64, f64)) -> f64| lit.iter().map(pick).fold(0.0, f64::max) + 1.0;
                let seen = onto.clipped(64.0, 48.0).unwrap();
                for (ours, pixels) in [
                    (seen.xmin, least(|p| p.0)),
                    (seen.ymin, least(|p| p.1)),
                    (seen.xmax, most(|p| p.0)),
                    (seen.ymax, most(|p| p.1)),
                ] {
                    assert!((ours - pixels).abs() <= 0.75, "{width}x{height} {resize:?}: {seen:?} against {pixels}");
                }
                let back = onto_picture(&onto, width, height, &p);
                for (a, b) in [(back.xmin, frame.xmin), (back.ymin, frame.ymin), (back.xmax, frame.xmax)] {
                    assert!((a - b).abs() < 1e-9, "{back:?}");
                }
            }
        }
    }

    #[test]
    fn normalising_is_the_last_step_and_grey_fills_three_channels() {
        let p = Preprocessing::imagenet(Resize::Stretch, 8);
        let input = to_input(&gray(8, 8, |_, _| 255), &p);
        let expected = [(1.0 - 0.485) / 0.229, (1.0 - 0.456) / 0.224, (1.0 - 0.406) / 0.225];
        for (channel, expected) in expected.into_iter().enumerate() {
            assert!((input[channel * 64 + 9] - expected).abs() < 1e-5);
        }
    }

    #[test]
    fn a_strip_of_extreme_shape_stays_small() {
        let strip = gray(1, 60_000, |_, y| if (29_000..31_000).contains(&y) { 255 } else { 0 });
        let planes = to_planes(&strip, &preprocessing(Resize::ShorterSideThenCrop(256), 224, 224));
        assert_eq!(planes.len(), 224 * 224);
        assert!(planes.iter().all(|v| (v - 1.0).abs() < 1e-3));
    }
}
