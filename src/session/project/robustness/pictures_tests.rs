//! Pictures made worse are those of scipy, Pillow and torchvision; tests/reference/robustness.py made the values.

use super::*;
use crate::domain::recipe::Resize;
use serde_json::Value;

const SIZE: (u32, u32) = (61, 40);

/// As the script makes it.
fn picture() -> DecodedImage {
    let inside = |x: u32, y: u32| x > 20 && x < 40 && y > 10 && y < 30;
    let grey = |x: u32, y: u32| 60 + ((3 * x + 2 * y) % 90) as u8 + if inside(x, y) { 70 } else { 0 };
    let samples = (0..SIZE.0 * SIZE.1).map(|at| grey(at % SIZE.0, at / SIZE.0)).collect();
    DecodedImage::from_gray8(SIZE.0, SIZE.1, samples).unwrap()
}

/// A network that takes pictures as they are, so that a pixel of its input is one of the picture.
fn as_they_are() -> Preprocessing {
    Preprocessing {
        channels: 1,
        resize: Resize::Stretch,
        width: SIZE.0 as usize,
        height: SIZE.1 as usize,
        mean: vec![0.0],
        std: vec![1.0],
        ..Preprocessing::default()
    }
}

fn bytes(image: &DecodedImage) -> Vec<u8> {
    match &image.samples {
        Samples::Gray8(bytes) | Samples::Rgb8(bytes) => bytes.clone(),
        _ => panic!("not of eight bits"),
    }
}

fn reference() -> Value {
    serde_json::from_str(include_str!("../../../../tests/reference/expected/robustness.json")).unwrap()
}

/// The largest and the mean distance from the reference, in greys, over all strengths.
fn off(kind: Perturbation) -> (f64, f64) {
    let (mut most, mut sum, mut count) = (0.0f64, 0.0, 0);
    for case in reference()[kind.name()].as_array().unwrap() {
        let change = (kind, case["strength"].as_f64().unwrap());
        let ours = bytes(&perturbed(&picture(), change, &as_they_are(), 1));
        let places =
            (0..SIZE.1).step_by(2).flat_map(|y| (0..SIZE.0).step_by(3).map(move |x| (y * SIZE.0 + x) as usize));
        for (at, theirs) in places.zip(case["values"].as_array().unwrap()) {
            let apart = (f64::from(ours[at]) - theirs.as_f64().unwrap()).abs();
            (most, sum, count) = (most.max(apart), sum + apart, count + 1);
        }
    }
    assert!(count > 1000);
    (most, sum / f64::from(count))
}

#[test]
fn blur_is_scipys_contrast_pillows_and_rotation_torchvisions() {
    // Ours are rounded to whole greys.
    let (most, _) = off(Perturbation::Blur);
    assert!(most <= 0.501, "blur: {most}");
    // Pillow rounds the mean to a whole grey first, and cuts fractions off.
    let (most, mean) = off(Perturbation::Contrast);
    assert!(most <= 1.51 && mean <= 0.8, "contrast: {most} {mean}");
    // Bilinear places in single precision.
    let (most, mean) = off(Perturbation::Rotation);
    assert!(most <= 0.6 && mean <= 0.3, "rotation: {most} {mean}");
}

#[test]
fn turned_boxes_are_those_about_turned_ellipses() {
    for case in reference()["boxes"].as_array().unwrap() {
        let of =
            |name: &str| -> Vec<f64> { case[name].as_array().unwrap().iter().map(|v| v.as_f64().unwrap()).collect() };
        let (b, expected) = (of("box"), of("turned"));
        let rect = Rect { xmin: b[0], ymin: b[1], xmax: b[2], ymax: b[3] };
        let change = (Perturbation::Rotation, case["degrees"].as_f64().unwrap());
        let one = TrueBox { class: 2, rect, crowd: true };
        let moved = moved(&[one], change, [SIZE.0, SIZE.1]);
        let Rect { xmin, ymin, xmax, ymax } = moved[0].rect;
        for (ours, theirs) in [xmin, ymin, xmax, ymax].into_iter().zip(expected) {
            assert!((ours - theirs).abs() < 1e-6, "{case}: {:?}", moved[0]);
        }
        assert_eq!((moved[0].class, moved[0].crowd), (2, true));
    }
    let outside = TrueBox { class: 0, rect: Rect { xmin: 0.0, ymin: 0.0, xmax: 1.0, ymax: 1.0 }, crowd: false };
    assert!(
        moved(&[outside], (Perturbation::Rotation, 45.0), [SIZE.0, SIZE.1]).is_empty(),
        "turned out of the picture"
    );
    assert_eq!(moved(&[outside], (Perturbation::Blur, 3.0), [SIZE.0, SIZE.1]), [outside]);
}

#[test]
fn a_box_is_turned_the_way_the_pixels_are() {
    let mut samples = vec![0u8; (SIZE.0 * SIZE.1) as usize];
    (4..9).for_each(|y| (20..26).for_each(|x| samples[y * SIZE.0 as usize + x] = 255));
    let image = DecodedImage::from_gray8(SIZE.0, SIZE.1, samples).unwrap();
    for degrees in [-15.0, 15.0] {
        let change = (Perturbation::Rotation, degrees);
        let rect = Rect { xmin: 20.0, ymin: 4.0, xmax: 26.0, ymax: 9.0 };
        let there = moved(&[TrueBox { class: 0, rect, crowd: false }], change, [SIZE.0, SIZE.1])[0].rect;
        let lit = bytes(&perturbed(&image, change, &as_they_are(), 1));
        let (mut x, mut y, mut sum) = (0.0, 0.0, 0.0);
        for (at, value) in lit.iter().enumerate() {
            let weight = f64::from(*value);
            x += weight * ((at as u32 % SIZE.0) as f64 + 0.5);
            y += weight * ((at as u32 / SIZE.0) as f64 + 0.5);
            sum += weight;
        }
        let centre = ((there.xmin + there.xmax) / 2.0, (there.ymin + there.ymax) / 2.0);
        assert!((x / sum - centre.0).abs() < 0.1 && (y / sum - centre.1).abs() < 0.1, "{degrees}: {there:?}");
    }
}

#[test]
fn noise_has_its_size_and_is_the_same_for_a_seed_on_any_number_of_threads() {
    let grey = DecodedImage::from_gray8(200, 100, vec![128; 20_000]).unwrap();
    let with = |strength, seed| perturbed(&grey, (Perturbation::Noise, strength), &as_they_are(), seed);
    let values: Vec<f64> = bytes(&with(0.1, 1)).iter().map(|v| f64::from(*v) / 255.0).collect();
    let mean = values.iter().sum::<f64>() / values.len() as f64;
    let deviation = (values.iter().map(|v| (v - mean).powi(2)).sum::<f64>() / values.len() as f64).sqrt();
    assert!((mean - 128.0 / 255.0).abs() < 0.003 && (deviation - 0.1).abs() < 0.002, "{mean} {deviation}");
    assert_ne!(with(0.1, 1), with(0.1, 2));
    let pool = rayon::ThreadPoolBuilder::new().num_threads(3).build().unwrap();
    assert_eq!(pool.install(|| with(0.1, 1)), with(0.1, 1));
    // A larger strength is the same noise, larger.
    let (small, large) = (bytes(&with(0.02, 5)), bytes(&with(0.04, 5)));
    let twice = |(a, b): (&u8, &u8)| (f64::from(*b) - 128.0 - 2.0 * (f64::from(*a) - 128.0)).abs() <= 1.5;
    assert!(small.iter().zip(&large).all(twice));
    let other = DecodedImage::from_gray8(200, 100, vec![127; 20_000]).unwrap();
    let theirs = bytes(&perturbed(&other, (Perturbation::Noise, 0.1), &as_they_are(), 1));
    let apart = bytes(&with(0.1, 1)).iter().zip(&theirs).filter(|(a, b)| a.abs_diff(**b) > 3).count();
    assert!(apart > 10_000, "another picture gets other noise");
}

#[test]
fn blur_counts_in_pixels_of_the_networks_input_and_nothing_else_changes_at_no_strength() {
    let large = DecodedImage::from_gray8(122, 80, (0..122 * 80).map(|at| (at * 31 % 251) as u8).collect()).unwrap();
    let halved = perturbed(&large, (Perturbation::Blur, 1.0), &as_they_are(), 1);
    let shape = Shape { width: 122, height: 80 };
    let twice = Variation::blurred(2.0).planes(large.planes(1), shape);
    assert_eq!(Some(halved), worse::of_planes(&large, &twice));
    for kind in Perturbation::ALL {
        assert_eq!(perturbed(&picture(), (kind, kind.none()), &as_they_are(), 1), picture(), "{kind:?}");
        for strength in kind.strengths() {
            let changed = perturbed(&picture(), (kind, *strength), &as_they_are(), 1);
            assert_ne!(changed, picture(), "{kind:?} {strength}");
            assert_eq!((changed.width, changed.height), SIZE);
        }
    }
    let colours = worse::of_planes(&picture(), &picture().planes(3)).unwrap();
    for kind in Perturbation::ALL {
        let changed = perturbed(&colours, (kind, kind.strengths()[0]), &as_they_are(), 1);
        assert!(changed.is_color() && changed != colours, "{kind:?}");
    }
}
