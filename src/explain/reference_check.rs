//! Maps against pytorch-grad-cam and captum on weights by formula: `tests/reference/maps.py`.

use super::cam::activations;
use super::class_map::in_one_pass;
use super::eigen_cam::eigen_cam;
use super::gradient::{integrated_gradients, smooth_grad};
use super::occlusion::{Patch, mean_grey, occlusion};
use super::rise;
use super::score_cam::score_cam;
use crate::domain::recipe::{ClassifierArchitecture, SimpleCnn};
use crate::domain::{MapMethod, Preprocessing};
use crate::inference::softmax;
use crate::models::Network;
use crate::nn::formula::{assert_close, fill, list, picture, shift, spots, values};
use crate::nn::{Mode, Params};
use candle_core::{Device, Tensor};
use serde_json::Value;

const TOLERANCE: f64 = 1e-4;

fn expected() -> Value {
    serde_json::from_str(include_str!("../../tests/reference/expected/maps.json")).expect("JSON")
}

fn number(value: &Value) -> usize {
    value.as_u64().expect("a number") as usize
}

fn network(case: &Value, architecture: &ClassifierArchitecture) -> (Box<dyn Network>, Tensor) {
    let shape: Vec<usize> = case["shape"].as_array().expect("a shape").iter().map(number).collect();
    let preprocessing =
        Preprocessing { channels: shape[1], height: shape[2], width: shape[3], ..Preprocessing::default() };
    let params = Params::new(&Device::Cpu, 0);
    let network = crate::models::build(architecture, &preprocessing, 3, &params).expect("network");
    fill(&params);
    shift(&params, &case["shifts"]);
    (network, picture(case, &shape))
}

fn small() -> ClassifierArchitecture {
    SimpleCnn { channels: vec![6, 8, 10], batch_norm: true, hidden: 12, global_pooling: true, dropout: 0.0 }.into()
}

/// Some of the values, and the sum of all absolute ones.
fn assert_thin(what: &str, map: &Tensor, expected: &Value) {
    assert_close(what, &spots(map, 300), &expected["values"], TOLERANCE);
    let sum: f64 = list(map).iter().map(|value| f64::from(value.abs())).sum();
    let wanted = expected["sum"].as_f64().expect("a sum");
    assert!((sum / wanted - 1.0).abs() < TOLERANCE, "{what}: {sum}, expected {wanted}");
}

#[test]
fn maps_of_every_layer_and_gradients_agree_with_pytorch_grad_cam_and_captum() {
    let expected = expected();
    let b0 = ClassifierArchitecture::EfficientNetB0 { dropout: 0.0, stochastic_depth: 0.0 };
    for (name, architecture) in
        [("simple_cnn", small()), ("resnet18", ClassifierArchitecture::ResNet18), ("efficientnet_b0", b0)]
    {
        let case = &expected[name];
        let (network, x) = network(case, &architecture);
        for of_class in case["classes"].as_array().expect("classes") {
            let class = number(&of_class["class"]);
            let mut empty = 0;
            let layers = of_class["layers"].as_array().expect("layers");
            assert_eq!(layers.len(), network.layers(), "{name}");
            for (layer, of_layer) in (1..).zip(layers) {
                for (method, map) in of_layer.as_object().expect("methods") {
                    let how = (method.parse().expect("a method"), layer);
                    let grid = in_one_pass(network.as_ref(), &x, class, how).expect("grid");
                    let what = format!("{method} of {name}, layer {layer}, class {class}");
                    assert_eq!(serde_json::json!(grid.dims()), map["shape"], "{what}");
                    assert_close(&what, &list(&grid), &map["values"], TOLERANCE);
                    empty += usize::from(list(&grid).iter().all(|value| *value == 0.0));
                }
            }
            assert!(empty <= layers.len() / 2, "{name}, class {class}: {empty} empty maps tell nothing");
            let how = (MapMethod::Gradient, network.layers());
            let map = in_one_pass(network.as_ref(), &x, class, how).expect("map");
            assert_thin(&format!("gradient of {name}, class {class}"), &map, &of_class["gradient"]);
        }
    }
}

#[test]
fn score_cam_and_guided_grad_cam_agree_with_pytorch_grad_cam_and_captum() {
    let expected = expected();
    for (name, architecture) in [("simple_cnn", small()), ("resnet18", ClassifierArchitecture::ResNet18)] {
        let case = &expected[name];
        let (network, x) = network(case, &architecture);
        let score = &case["score-cam"];
        let at = (number(&score["class"]), number(&score["layer"]));
        let grid = score_cam(network.as_ref(), &x, at, &mut |_, _| true).expect("grid").expect("not stopped");
        assert_close(&format!("score-cam of {name}"), &list(&grid), &score["values"], TOLERANCE);

        let guided = &case["guided-grad-cam"];
        let how = (MapMethod::GuidedGradCam, network.layers());
        let map = in_one_pass(network.as_ref(), &x, number(&guided["class"]), how).expect("map");
        assert_thin(&format!("guided Grad-CAM of {name}"), &map, guided);
        if !guided["captum"].is_null() {
            assert_thin(&format!("guided Grad-CAM of {name}, captum"), &map, &guided["captum"]);
        }
    }
}

#[test]
fn maps_of_many_passes_agree_with_captum_and_the_papers() {
    let case = &expected()["simple_cnn"];
    let (network, x) = network(case, &small());
    let network = network.as_ref();
    let shape = x.dims().to_vec();
    let (height, width) = (shape[2], shape[3]);
    let go_on = &mut |_: usize, _: usize| true;

    let smooth = &case["smooth-grad"];
    let mut noises =
        (0..).map(|index| values(&format!("noise {index}"), &shape).squeeze(0)?.affine(f64::from(0.2f32), 0.0));
    let copies = (&mut noises as &mut dyn Iterator<Item = _>, number(&smooth["copies"]));
    let map = smooth_grad(network, &x, number(&smooth["class"]), copies, go_on).expect("map").expect("not stopped");
    assert_thin("SmoothGrad", &map, smooth);

    let integrated = &case["integrated-gradients"];
    let (class, points) = (number(&integrated["class"]), number(&integrated["points"]));
    let black = x.zeros_like().expect("zeros");
    let map = integrated_gradients(network, (&x, &black), class, points, go_on).expect("map").expect("not stopped");
    assert_thin("integrated gradients", &map, integrated);
    // With points enough the map adds up to what it explains.
    let map = integrated_gradients(network, (&x, &black), class, 200, go_on).expect("map").expect("not stopped");
    let logit = |x: &Tensor| f64::from(list(&network.forward(x, &Mode::Inference).expect("logits"))[class]);
    let (sum, rise) = (list(&map).iter().map(|v| f64::from(*v)).sum::<f64>(), logit(&x) - logit(&black));
    assert!((sum - rise).abs() < 0.01 * rise.abs(), "{sum} of {rise}");

    let hidden = &case["occlusion"];
    let class = number(&hidden["class"]);
    let probability = |x: &Tensor| {
        let logits = network.forward(x, &Mode::Inference)?.to_vec2::<f32>()?;
        Ok(logits.iter().map(|logits| f64::from(softmax(logits)[class])).collect::<Vec<f64>>())
    };
    let sure = &mut |inputs: Vec<Vec<f32>>| {
        probability(&Tensor::from_vec(inputs.concat(), (inputs.len(), shape[1], height, width), &Device::Cpu)?)
    };
    let patch = Patch { side: number(&hidden["side"]), step: number(&hidden["step"]) };
    let grey = mean_grey(&x).expect("grey");
    let map = occlusion(&list(&x), (height, width), (patch, &grey), sure, go_on).expect("map").expect("not stopped");
    assert!(map.iter().any(|v| *v < 0.0) && map.iter().any(|v| *v > 0.0), "nothing to tell signs by");
    assert_thin("occlusion", &Tensor::from_vec(map, (height, width), &Device::Cpu).expect("map"), hidden);

    let behind = &case["rise"];
    let mut sum = vec![0.0; height * width];
    for index in 0..number(&behind["masks"]) {
        let mask = values(&format!("mask {index}"), &[height, width]).affine(0.5, 0.5).expect("mask");
        let sure = probability(&x.broadcast_mul(&mask).expect("masked")).expect("probability")[0];
        rise::add(&mut sum, &list(&mask), sure);
    }
    let sum: Vec<f32> = sum.into_iter().map(|v| v as f32).collect();
    assert_thin("RISE", &Tensor::from_vec(sum, (height, width), &Device::Cpu).expect("map"), behind);
}

#[test]
fn the_side_of_an_eigen_cam_does_not_hang_on_chance() {
    let (network, x) = network(&expected()["simple_cnn"], &small());
    let grid = activations(network.as_ref(), &x, 2).expect("activations");
    let mirrored = grid.affine(-1.0, 0.0).expect("mirrored");
    assert_eq!(list(&eigen_cam(&grid).expect("map")), list(&eigen_cam(&mirrored).expect("map")));
}
