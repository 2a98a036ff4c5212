//! Warp, blur and CLAHE against torchvision's and OpenCV's own values; tests/reference/augmentation.py made them.

use super::warp::Warp;
use super::*;
use serde::Deserialize;

#[derive(Deserialize)]
struct Reference {
    warps: Vec<WarpCase>,
    blurs: Vec<BlurCase>,
    clahes: Vec<ClaheCase>,
}

#[derive(Deserialize)]
struct WarpCase {
    size: (usize, usize),
    degrees: f32,
    shift: (f32, f32),
    scale: f32,
    shear: (f32, f32),
    values: Vec<f32>,
}

#[derive(Deserialize)]
struct BlurCase {
    size: (usize, usize),
    sigma: f64,
    values: Vec<f32>,
}

#[derive(Deserialize)]
struct ClaheCase {
    kind: String,
    size: (usize, usize),
    clip_limit: f64,
    tiles: usize,
    values: Vec<f32>,
}

fn reference() -> Reference {
    serde_json::from_str(include_str!("../../../tests/reference/expected/augmentation.json")).unwrap()
}

fn picture(kind: &str, (width, height): (usize, usize)) -> (Vec<f32>, Shape) {
    let value = |x: usize, y: usize| match kind {
        "smooth" => 90 + (3 * x + 2 * y) % 60,
        _ => (37 * x + 59 * y + (x * y) % 97 * 3) % 256,
    };
    let values = (0..width * height).map(|i| value(i % width, i / width) as f32 / 255.0).collect();
    (values, Shape { width, height })
}

/// Largest difference on the grid of every 5th column and 4th row.
fn worst(ours: &[f32], shape: Shape, expected: &[f32]) -> f32 {
    let grid = (0..shape.height).step_by(4).flat_map(|y| (0..shape.width).step_by(5).map(move |x| y * shape.width + x));
    let ours: Vec<f32> = grid.map(|at| ours[at]).collect();
    assert_eq!(ours.len(), expected.len());
    ours.iter().zip(expected).map(|(a, b)| (a - b).abs()).fold(0.0, f32::max)
}

#[test]
fn rotation_shift_scale_and_shear_are_torchvisions() {
    for case in reference().warps {
        let (planes, shape) = picture("picture", case.size);
        let warp = Warp {
            angle: case.degrees.to_radians(),
            shift: (case.shift.0 / shape.width as f32, case.shift.1 / shape.height as f32),
            scale: case.scale,
            shear: (case.shear.0.to_radians(), case.shear.1.to_radians()),
            ..Warp::STILL
        };
        let off = worst(&warp.apply(&planes, shape), shape, &case.values);
        assert!(off < 1e-4, "{warp:?}: off by {off}");
    }
}

#[test]
fn blur_is_torchvisions() {
    for case in reference().blurs {
        let (mut planes, shape) = picture("picture", case.size);
        blur::gaussian(&mut planes, shape, case.sigma);
        let off = worst(&planes, shape, &case.values);
        assert!(off < 1e-5, "sigma {}: off by {off}", case.sigma);
    }
}

#[test]
fn clahe_is_opencvs_to_one_level_of_256() {
    for case in reference().clahes {
        let (mut planes, shape) = picture(&case.kind, case.size);
        clahe::equalise(&mut planes, shape, case.clip_limit, case.tiles);
        let off = worst(&planes, shape, &case.values);
        // OpenCV rounds its tables and its result to whole levels.
        assert!(off <= 1.01 / 255.0, "{:?}, clip limit {}: off by {off}", case.size, case.clip_limit);
    }
}
