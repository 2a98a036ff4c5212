//! The map follows what the class depends on, in the picture's own frame.

use super::*;
use crate::domain::recipe::{ClassifierArchitecture, Resize, SimpleCnn};
use crate::domain::{self, ClassList, MapMethod, ModelCard, Preprocessing, Rect};
use crate::imaging::{DecodedImage, Samples};
use crate::inference::{Classifier, ModelError};
use crate::nn::{Compute, Params};
use candle_core::{Device, Tensor};
use std::collections::HashMap;

/// A network of one block whose only channel copies the picture, and whose class 1 grows with it, class 0 falls.
pub(super) fn brightness_model(resize: Resize, width: usize, height: usize) -> Classifier {
    let architecture =
        SimpleCnn { channels: vec![1], batch_norm: false, hidden: 0, global_pooling: true, dropout: 0.0 };
    let architecture = ClassifierArchitecture::from(architecture);
    let preprocessing = Preprocessing {
        channels: 1,
        resize,
        width,
        height,
        mean: vec![0.0],
        std: vec![1.0],
        ..Preprocessing::default()
    };
    let classes = ClassList::from_names(&["dark", "bright"], false).expect("names");
    let card = ModelCard {
        format: ModelCard::FORMAT,
        name: "brightness".into(),
        architecture: architecture.clone().into(),
        classes,
        preprocessing,
        recipe: None,
        head: None,
        data_digest: String::new(),
        threshold: None,
        decided: None,
        created_ms: 0,
    };
    let params = Params::new(&Device::Cpu, 0);
    crate::models::build(&architecture, &card.preprocessing, 2, &params).expect("network");
    let tensor = |values: &[f32], shape: &[usize]| Tensor::from_slice(values, shape, &Device::Cpu).expect("tensor");
    let copying = [0.0, 0.0, 0.0, 0.0, 1.0, 0.0, 0.0, 0.0, 0.0];
    let given = HashMap::from([
        ("blocks.0.conv.weight".to_owned(), tensor(&copying, &[1, 1, 3, 3])),
        ("blocks.0.conv.bias".to_owned(), tensor(&[0.0], &[1])),
        ("fc.weight".to_owned(), tensor(&[-1.0, 1.0], &[2, 1])),
        ("fc.bias".to_owned(), tensor(&[0.0, 0.0], &[2])),
    ]);
    assert!(params.assign(&given).expect("assigned").is_exact());
    let folder = tempfile::tempdir().expect("folder");
    let path = folder.path().join("m.safetensors");
    crate::inference::save(&path, &card, &params).expect("saved");
    Classifier::open(&path, &Compute::cpu()).expect("opened")
}

pub(super) fn with_blob(width: u32, height: u32, blob: &Rect) -> DecodedImage {
    let inside = |i: u32| blob.contains(f64::from(i % width) + 0.5, f64::from(i / width) + 0.5);
    let samples = Samples::Gray8((0..width * height).map(|i| if inside(i) { 255 } else { 0 }).collect());
    DecodedImage {
        width,
        height,
        samples,
        bits: 8,
        truncated: false,
        orientation: 1,
        shape: 1.0,
        remarks: Vec::new(),
        taken: None,
    }
}

#[test]
fn the_map_lies_where_the_blob_lies_in_pictures_of_any_shape() {
    for (width, height) in [(120u32, 60u32), (60, 120), (90, 90)] {
        for resize in [Resize::Pad, Resize::Stretch, Resize::ShorterSideThenCrop(32)] {
            let classifier = brightness_model(resize, 32, 32);
            for (x, y) in [(0.3, 0.4), (0.6, 0.7), (0.45, 0.55)] {
                // Around the middle, where a centre crop of the longer side still reaches.
                let (cx, cy) = (f64::from(width) * (0.25 + x / 2.0), f64::from(height) * (0.25 + y / 2.0));
                let blob = Rect { xmin: cx - 8.0, ymin: cy - 8.0, xmax: cx + 8.0, ymax: cy + 8.0 };
                let map = grad_cam(&classifier, &with_blob(width, height, &blob), 1).expect("map");
                let (mut sx, mut sy, mut total) = (0.0, 0.0, 0.0);
                for row in 0..height {
                    for column in 0..width {
                        let (px, py) = (f64::from(column) + 0.5, f64::from(row) + 0.5);
                        let v = f64::from(map.at(px, py));
                        (sx, sy, total) = (sx + v * px, sy + v * py, total + v);
                    }
                }
                let (mx, my) = (sx / total, sy / total);
                let what = format!("{width}x{height} {resize:?}: blob at {cx},{cy}, map at {mx:.1},{my:.1}");
                assert!((mx - cx).abs() < 2.0 && (my - cy).abs() < 2.0, "{what}");
                let around = Rect { xmin: cx - 12.0, ymin: cy - 12.0, xmax: cx + 12.0, ymax: cy + 12.0 };
                assert!(map.share_inside(&around, width, height) > 0.9, "{what}");
            }
        }
    }
}

#[test]
fn the_map_peaks_at_one_and_is_zero_for_the_class_the_blob_speaks_against() {
    let classifier = brightness_model(Resize::Stretch, 16, 24);
    let blob = Rect { xmin: 3.0, ymin: 3.0, xmax: 20.0, ymax: 20.0 };
    let picture = with_blob(50, 40, &blob);
    let bright = grad_cam(&classifier, &picture, 1).expect("map");
    assert_eq!((bright.width, bright.height), (16, 24));
    assert_eq!(bright.values.iter().copied().fold(0.0f32, f32::max), 1.0);
    let dark = grad_cam(&classifier, &picture, 0).expect("map");
    assert!(dark.values.iter().all(|v| *v == 0.0));
    assert_eq!(dark.covers, Rect { xmin: 0.0, ymin: 0.0, xmax: 50.0, ymax: 40.0 });
    assert!(matches!(grad_cam(&classifier, &picture, 2), Err(ModelError::NoSuchClass { class: 2, classes: 2 })));
}

/// The grid before it is normalised, against pytorch-grad-cam on weights by formula: `tests/reference/networks.py`.
#[test]
fn grids_agree_with_pytorch_grad_cam() {
    use crate::nn::formula::{assert_close, fill, list, picture, shift};
    let expected: serde_json::Value =
        serde_json::from_str(include_str!("../../tests/reference/expected/networks.json")).expect("JSON");
    let small =
        SimpleCnn { channels: vec![6, 8, 10], batch_norm: true, hidden: 12, global_pooling: true, dropout: 0.0 };
    for (name, architecture, shape) in
        [("simple_cnn", small.into(), [2, 1, 40, 28]), ("resnet18", ClassifierArchitecture::ResNet18, [2, 3, 96, 80])]
    {
        let preprocessing =
            Preprocessing { channels: shape[1], height: shape[2], width: shape[3], ..Preprocessing::default() };
        let params = Params::new(&Device::Cpu, 0);
        let network = crate::models::build(&architecture, &preprocessing, 3, &params).expect("network");
        fill(&params);
        shift(&params, &expected[name]["shifts"]);
        let x = picture(&expected[name], &shape).narrow(0, 0, 1).expect("first");
        for (class, map) in expected[name]["grad_cam"].as_array().expect("maps").iter().enumerate() {
            let grid = grad_cam::raw(network.as_ref(), &x, class, network.layers()).expect("grid");
            assert_eq!(serde_json::json!(grid.dims()), map["shape"]);
            assert_close(&format!("{name}, class {class}"), &list(&grid), &map["values"], 1e-4);
        }
    }
}

/// Every method that explains images, on a network that looks at how bright a picture is.
#[test]
fn every_method_shows_the_blob_and_ends_when_told_to() {
    let classifier = brightness_model(Resize::Stretch, 28, 28);
    let blob = Rect { xmin: 14.0, ymin: 10.0, xmax: 26.0, ymax: 22.0 };
    let picture = with_blob(56, 56, &blob);
    for method in MapMethod::that_fit(false) {
        let how = How { masks: 400, ..How::from(method) };
        let mut passes = 0;
        let map = class_map(&classifier, &picture, 1, &how, &mut |done, total| {
            assert!(done <= total);
            passes += 1;
            true
        });
        let map = map.expect("map").expect("not stopped");
        let name = method.name();
        let farthest = map.values.iter().fold(0.0f32, |most, value| most.max(value.abs()));
        assert_eq!(farthest, 1.0, "{name}");
        assert_eq!(map.signed, method.is_signed(), "{name}");
        assert!(map.signed || map.values.iter().all(|value| *value >= 0.0), "{name}");
        // A gradient is the same wherever a linear model looks.
        if !matches!(method, MapMethod::Gradient | MapMethod::SmoothGrad) {
            let share = map.share_inside(&Rect { xmin: 10.0, ymin: 6.0, xmax: 30.0, ymax: 26.0 }, 56, 56);
            let chance = 400.0 / 56.0 / 56.0;
            // By RISE every place has much of the mean of all masks.
            let least = if method == MapMethod::Rise { 1.05 } else { 1.5 } * chance;
            assert!(share > least, "{name}: {share} beside {chance} by chance");
        }
        if passes > 1 {
            let stopped = class_map(&classifier, &picture, 1, &how, &mut |_, _| false).expect("no error");
            assert_eq!(stopped, None, "{name}");
        }
        if method.is_signed() {
            let against = class_map(&classifier, &picture, 0, &how, &mut |_, _| true).expect("map").expect("a map");
            let least = against.values.iter().copied().fold(0.0, f32::min);
            assert_eq!(least, -1.0, "{name}: the blob speaks against the other class");
        }
    }
}

#[test]
fn what_does_not_fit_is_refused_in_a_sentence() {
    let classifier = brightness_model(Resize::Stretch, 16, 16);
    let picture = with_blob(16, 16, &Rect { xmin: 4.0, ymin: 4.0, xmax: 9.0, ymax: 9.0 });
    let refused = |how: How| class_map(&classifier, &picture, 0, &how, &mut |_, _| true).unwrap_err().to_string();
    let said = refused(MapMethod::DRise.into());
    assert!(said.contains("d-rise explains boxes") && said.contains("use grad-cam, grad-cam++"), "{said}");
    let said = refused(How { layer: Some(2), ..How::from(MapMethod::HiResCam) });
    assert!(said.contains("no layer 2") && said.contains("has 1 "), "{said}");
    let said = refused(How { layer: Some(1), ..How::from(MapMethod::Gradient) });
    assert!(said.contains("leave the layer out"), "{said}");
    assert!(MapError::OfImages(MapMethod::Rise).to_string().ends_with("use grad-cam, grad-cam++, hires-cam or d-rise"));
}

#[test]
fn an_empty_map_says_so_and_a_signed_one_is_no_emptier_for_its_signs() {
    let classifier = brightness_model(Resize::Stretch, 16, 16);
    let picture = with_blob(16, 16, &Rect { xmin: 4.0, ymin: 4.0, xmax: 9.0, ymax: 9.0 });
    let map = |method: MapMethod, class| {
        class_map(&classifier, &picture, class, &method.into(), &mut |_, _| true).expect("map").expect("not stopped")
    };
    assert!(map(MapMethod::GradCam, 0).is_empty() && !map(MapMethod::GradCam, 1).is_empty());
    assert!(!map(MapMethod::IntegratedGradients, 0).is_empty());
    assert_eq!(map(MapMethod::GradCam, 1), grad_cam(&classifier, &picture, 1).expect("map"));
}

#[test]
fn layers_are_named_with_the_grids_that_their_maps_have() {
    let own = |name: &str| domain::Architecture::from_name(name).expect("a network");
    let small = SimpleCnn { channels: vec![3, 4, 5], ..SimpleCnn::default() };
    for architecture in [small.into(), own("resnet18"), own("efficientnet-b0"), own("densenet121")] {
        let preprocessing = Preprocessing { channels: 3, height: 101, width: 70, ..Preprocessing::default() };
        let domain::Architecture::Classifier(network) = &architecture else { panic!("it draws boxes") };
        let params = Params::new(&Device::Cpu, 0);
        let network = crate::models::build(network, &preprocessing, 2, &params).expect("network");
        let layers = domain::map_layers(&architecture, &preprocessing);
        assert_eq!(layers.len(), network.layers(), "{}", architecture.name());
        let mut x = Tensor::zeros((1, 3, 101, 70), candle_core::DType::F32, &Device::Cpu).expect("tensor");
        for layer in layers {
            x = network.advance(&x, layer.number - 1, layer.number, &crate::nn::Mode::Inference).expect("activations");
            let (_, _, rows, columns) = x.dims4().expect("sides");
            assert_eq!((layer.rows, layer.columns), (rows, columns), "{} {}", architecture.name(), layer.title);
        }
    }
    let boxes = own("fasterrcnn-resnet18-fpn");
    assert!(domain::map_layers(&boxes, &Preprocessing::default()).is_empty());
}

#[test]
fn the_strength_before_scaling_is_kept_and_an_empty_map_has_none() {
    let model = brightness_model(Resize::Stretch, 32, 32);
    let image = with_blob(32, 32, &Rect { xmin: 4.0, ymin: 4.0, xmax: 20.0, ymax: 20.0 });
    let map = |method: MapMethod, class| {
        class_map(&model, &image, class, &How { masks: 64, ..method.into() }, &mut |_, _| true)
            .expect("map")
            .expect("whole")
    };
    let gradient = map(MapMethod::Gradient, 1);
    // Class 1 grows with the mean of the 16 x 16 pooled cells by a slope of one.
    assert!((gradient.strength - 1.0 / 256.0).abs() < 1e-6, "{}", gradient.strength);
    let against = map(MapMethod::GradCam, 0);
    assert!(against.is_empty() && against.strength == 0.0, "brightness speaks against the dark class");
    let seen = map(MapMethod::Rise, 1);
    assert!((seen.values.iter().fold(0.0f32, |m, v| m.max(*v)) - 1.0).abs() < 1e-6);
    assert!(seen.strength > 0.0 && seen.strength < 1.0, "in shares of being sure: {}", seen.strength);
}
