//! Resizing and cropping against torchvision's own values; tests/reference/resize.py made them.

use overread::domain::Preprocessing;
use overread::domain::recipe::Resize;
use overread::imaging::{DecodedImage, preprocess};

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
        let p = Preprocessing { channels: 1, resize, width: columns, height: rows, mean: vec![0.0], std: vec![1.0] };
        let ours = preprocess::to_planes(&image, &p);
        let grid = (0..rows).step_by(11).flat_map(|y| (0..columns).step_by(13).map(move |x| y * columns + x));
        let ours: Vec<f32> = grid.map(|at| ours[at]).collect();
        assert_eq!(ours.len(), case.values.len());
        let worst = ours.iter().zip(&case.values).map(|(a, b)| (a - b).abs()).fold(0.0, f32::max);
        assert!(worst < 1e-4, "{} {:?} to {:?}: off by {worst}", case.kind, case.from, case.to);
    }
}
