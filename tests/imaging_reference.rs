//! Resizing and cropping against torchvision's own values; tests/reference/resize.py made them.

use overread::domain::Preprocessing;
use overread::domain::recipe::Resize;
use overread::imaging::{DecodedImage, Samples, preprocess};

#[derive(serde::Deserialize)]
struct Reference {
    cases: Vec<Case>,
}

#[derive(serde::Deserialize)]
struct Case {
    kind: String,
    from: (u32, u32),
    to: (usize, usize),
    side: usize,
    values: Vec<f32>,
}

#[test]
fn resizing_and_cropping_give_torchvisions_values() {
    let text = include_str!("reference/expected/resize.json");
    let reference: Reference = serde_json::from_str(text).unwrap();
    assert!(reference.cases.len() >= 9);
    for case in reference.cases {
        let (width, height) = case.from;
        let value = |x: u32, y: u32| ((37 * x + 59 * y + (x * y) % 97 * 3) % 256) as u8;
        let samples = (0..height).flat_map(|y| (0..width).map(move |x| value(x, y))).collect();
        let image = DecodedImage::from_gray8(width, height, samples).unwrap();
        let resize = if case.kind == "crop" { Resize::ShorterSideThenCrop(case.side) } else { Resize::Stretch };
        let (columns, rows) = case.to;
        let p = Preprocessing {
            channels: 1,
            resize,
            width: columns,
            height: rows,
            mean: vec![0.0],
            std: vec![1.0],
            ..Preprocessing::default()
        };
        let ours = preprocess::to_planes(&image, &p);
        let grid = (0..rows).step_by(11).flat_map(|y| (0..columns).step_by(13).map(move |x| y * columns + x));
        let ours: Vec<f32> = grid.map(|at| ours[at]).collect();
        assert_eq!(ours.len(), case.values.len());
        let worst = ours.iter().zip(&case.values).map(|(a, b)| (a - b).abs()).fold(0.0, f32::max);
        assert!(worst < 1e-4, "{} {:?} to {:?}: off by {worst}", case.kind, case.from, case.to);
    }
}

#[derive(serde::Deserialize)]
struct Photographs {
    cases: Vec<Photograph>,
}

#[derive(serde::Deserialize)]
struct Photograph {
    kind: String,
    from: (usize, usize),
    channels: usize,
    values: Vec<u8>,
}

/// tests/reference/resize_square.py made the values from 8-bit PIL pictures.
#[test]
fn networks_are_shown_what_torchvisions_transforms_show_them() {
    let text = include_str!("reference/expected/resize_square.json");
    let reference: Photographs = serde_json::from_str(text).unwrap();
    assert!(reference.cases.len() >= 12);
    for case in reference.cases {
        let (width, height) = case.from;
        let value = |x: usize, y: usize, channel: usize| {
            let fine = ((37 * x + 59 * y + (x * y) % 97 * 3) % 32) as f64;
            let wave = (x as f64 / (9 + 2 * channel) as f64).sin() * (y as f64 / 13.0).cos();
            (128.0 + 80.0 * wave + fine - 16.0 + 1e-6).floor() as u8
        };
        let places = || (0..height).flat_map(|y| (0..width).map(move |x| (x, y)));
        let samples: Vec<u8> = places().flat_map(|(x, y)| (0..case.channels).map(move |c| value(x, y, c))).collect();
        let samples = if case.channels == 1 { Samples::Gray8(samples) } else { Samples::Rgb8(samples) };
        let (columns, rows) = (width as u32, height as u32);
        let image = DecodedImage {
            width: columns,
            height: rows,
            samples,
            bits: 8,
            truncated: false,
            orientation: 1,
            shape: 1.0,
            remarks: Vec::new(),
            taken: None,
        };
        let resize = if case.kind == "crop" { Resize::ShorterSideThenCrop(256) } else { Resize::Stretch };
        let p = Preprocessing::imagenet(resize, 224);
        let ours = preprocess::to_planes(&image, &p);
        let grid =
            |plane: usize| (0..224).step_by(29).flat_map(move |y| (0..224).step_by(31).map(move |x| (plane, x, y)));
        let ours: Vec<f32> = (0..3).flat_map(grid).map(|(plane, x, y)| ours[(plane * 224 + y) * 224 + x]).collect();
        assert_eq!(ours.len(), case.values.len());
        let off = ours.iter().zip(&case.values).map(|(a, b)| (a - f32::from(*b) / 255.0).abs());
        let mean = off.clone().sum::<f32>() / ours.len() as f32;
        let worst = off.fold(0.0, f32::max);
        // PIL rounds to whole levels after each of its two passes; the project's bound is 2 levels in the mean.
        assert!(mean < 0.5 / 255.0 && worst < 1.6 / 255.0, "{} {:?}: mean {mean}, worst {worst}", case.kind, case.from);
    }
}
