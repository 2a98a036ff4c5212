//! Graphs done operation by operation, as the standard says, against the networks they were written from. What ONNX Runtime
//! says of them is in `tests/reference/onnx_export.py`.

use super::proto::{FLOAT, NodeProto, TensorProto};
use super::*;
use crate::domain::recipe::{ClassifierArchitecture, Head, Resize, SimpleCnn};
use crate::domain::{ClassList, FindingTemperature, Preprocessing};
use crate::inference::{Classifier, save};
use crate::models;
use crate::nn::Params;
use candle_core::{DType, Device, Tensor};
use std::collections::HashMap;

pub(super) fn card(architecture: Architecture, head: Head, classes: usize, side: usize) -> ModelCard {
    let names: Vec<String> = (0..classes).map(|grade| format!("grade {grade}")).collect();
    ModelCard {
        format: ModelCard::FORMAT,
        name: "a model".into(),
        architecture,
        classes: ClassList::from_names(&names, true).unwrap(),
        preprocessing: Preprocessing::imagenet(Resize::ShorterSideThenCrop(side), side),
        recipe: None,
        head: Some(head).filter(|head| *head != Head::Classes),
        data_digest: String::new(),
        threshold: None,
        decided: None,
        created_ms: 0,
    }
}

/// Random weights, with statistics as if something had been learned.
fn weights(card: &ModelCard) -> Params {
    let params = Params::new(&Device::Cpu, 5);
    let architecture = card.architecture.classifier().unwrap();
    models::build_for(card.head(), architecture, &card.preprocessing, card.classes.len(), &params).unwrap();
    for (name, var) in params.all() {
        let count = var.elem_count();
        let wave = |low: f32, step: f32| (0..count).map(|i| low + step * ((i * 37 % 101) as f32 / 101.0)).collect();
        let values: Vec<f32> = match name.rsplit('.').next().unwrap() {
            "running_var" => wave(0.75, 0.5),
            "running_mean" => wave(-0.05, 0.1),
            _ => continue,
        };
        var.set(&Tensor::from_vec(values, var.dims(), &Device::Cpu).unwrap()).unwrap();
    }
    params
}

/// The attributes of an operation.
pub(super) struct Attributes<'a>(pub(super) &'a NodeProto);

impl Attributes<'_> {
    pub(super) fn ints(&self, name: &str) -> Vec<i64> {
        let found = self.0.attribute.iter().find(|a| a.name.as_deref() == Some(name));
        found.map_or_else(Vec::new, |a| a.i.map_or_else(|| a.ints.clone(), |i| vec![i]))
    }

    pub(super) fn int(&self, name: &str) -> usize {
        self.ints(name).first().map_or(0, |value| *value as usize)
    }
}

pub(super) fn initial(tensor: &TensorProto) -> Tensor {
    let dims: Vec<usize> = tensor.dims.iter().map(|side| *side as usize).collect();
    let dtype = if tensor.data_type == Some(FLOAT) { DType::F32 } else { DType::I64 };
    Tensor::from_raw_buffer(tensor.raw_data.as_deref().unwrap(), dtype, &dims, &Device::Cpu).unwrap()
}

/// Does a graph, one operation after the other.
fn run(model: &ModelProto, input: &Tensor) -> HashMap<String, Tensor> {
    let graph = model.graph.as_ref().unwrap();
    let mut values: HashMap<String, Tensor> =
        graph.initializer.iter().map(|tensor| (tensor.name.clone().unwrap(), initial(tensor))).collect();
    values.insert("input".into(), input.clone());
    for node in &graph.node {
        let made = operation(node, &values).unwrap();
        assert!(values.insert(node.output[0].clone(), made).is_none(), "{} is made twice", node.output[0]);
    }
    values
}

pub(super) fn operation(node: &NodeProto, values: &HashMap<String, Tensor>) -> candle_core::Result<Tensor> {
    let attributes = Attributes(node);
    let of = |at: usize| &values[&node.input[at]];
    let x = of(0);
    let channels = |tensor: &Tensor| tensor.reshape((1, tensor.elem_count(), 1, 1));
    let whole = |at: usize| of(at).to_vec1::<i64>().unwrap()[0];
    let softplus = |x: &Tensor| (x.exp()? + 1.0)?.log();
    match node.op_type.as_deref().unwrap() {
        "Conv" => {
            let (pads, strides) = (attributes.ints("pads"), attributes.ints("strides"));
            let y = x.conv2d(of(1), pads[0] as usize, strides[0] as usize, 1, attributes.int("group"))?;
            if node.input.len() > 2 { y.broadcast_add(&channels(of(2))?) } else { Ok(y) }
        }
        "BatchNormalization" => {
            let epsilon = f64::from(node.attribute[0].f.unwrap());
            let scale = (of(1) / (of(4) + epsilon)?.sqrt()?)?;
            x.broadcast_sub(&channels(of(3))?)?.broadcast_mul(&channels(&scale)?)?.broadcast_add(&channels(of(2))?)
        }
        "Relu" => x.relu(),
        "Sigmoid" => (x.neg()?.exp()? + 1.0)?.recip(),
        "Mul" => x.broadcast_mul(of(1)),
        "Add" => x + of(1),
        "Sub" => x.broadcast_sub(of(1)),
        "Div" => x.broadcast_div(of(1)),
        "Neg" => x.neg(),
        "Exp" => x.exp(),
        "Log" => x.log(),
        "Clip" => x.broadcast_maximum(of(1))?.broadcast_minimum(of(2)),
        "Softplus" => softplus(x),
        "Identity" => Ok(x.clone()),
        "MaxPool" | "AveragePool" => {
            let pad = attributes.ints("pads")[0] as usize;
            // All that is padded here comes from a ReLU: nothing is below 0.
            let x = x.pad_with_zeros(2, pad, pad)?.pad_with_zeros(3, pad, pad)?;
            let (kernel, stride) = (attributes.int("kernel_shape"), attributes.int("strides"));
            if node.op_type.as_deref() == Some("MaxPool") {
                x.max_pool2d_with_stride(kernel, stride)
            } else {
                x.avg_pool2d_with_stride(kernel, stride)
            }
        }
        "GlobalAveragePool" => x.mean_keepdim((2, 3)),
        "Flatten" => x.flatten_from(1),
        "Gemm" => x.matmul(&of(1).t()?)?.broadcast_add(of(2)),
        "Concat" => Tensor::cat(&(0..node.input.len()).map(of).collect::<Vec<_>>(), 1),
        "Softmax" => candle_nn::ops::softmax(x, 1),
        "ReduceSum" => x.sum_keepdim(1),
        "CumSum" => x.cumsum(1)? - x,
        "Slice" => {
            let side = x.dims()[1] as i64;
            let place = |value: i64| if value < 0 { side + value } else { value.min(side) };
            let (from, to) = (place(whole(1)), place(whole(2)));
            x.narrow(1, from as usize, (to - from) as usize)
        }
        other => candle_core::bail!("{other} is no operation that is written"),
    }
}

#[track_caller]
fn check(architecture: impl Into<Architecture>, head: Head, classes: usize) {
    let card = card(architecture.into(), head, classes, 64);
    let folder = tempfile::tempdir().unwrap();
    let (ours, theirs) = (folder.path().join("m.safetensors"), folder.path().join("m.onnx"));
    save(&ours, &card, &weights(&card)).unwrap();
    export(&ours, Decided { temperature: Some(2.0), ..Decided::default() }, &theirs).unwrap();
    let model = ModelProto::decode(std::fs::read(&theirs).unwrap().as_slice()).unwrap();
    assert_eq!(model.opset_import[0].version, Some(17));

    let inputs: Vec<Vec<f32>> =
        (0..2).map(|n| (0..3 * 64 * 64).map(|i| ((i * 29 + n * 13) % 211) as f32 / 80.0 - 1.3).collect()).collect();
    let x = Tensor::from_vec(inputs.concat(), (2, 3, 64, 64), &Device::Cpu).unwrap();
    let values = run(&model, &x);
    let classifier = Classifier::open(&ours, &Compute::cpu()).unwrap();
    let outputs = classifier.predict_inputs(inputs).unwrap();
    let rows = |name: &str| values[name].to_vec2::<f32>().unwrap();
    for ((ours, logits), probabilities) in outputs.iter().zip(rows("logits")).zip(rows("probabilities")) {
        assert_eq!(logits.len(), classes);
        let largest = ours.logits.iter().fold(1f32, |most, value| most.max(value.abs()));
        for (a, b) in ours.logits.iter().zip(&logits) {
            assert!((a - b).abs() < 1e-4 * largest, "{:?} against {logits:?}", ours.logits);
        }
        let cooled = crate::inference::softmax(&ours.logits.iter().map(|value| value / 2.0).collect::<Vec<_>>());
        for (a, b) in cooled.iter().zip(&probabilities) {
            assert!((a - b).abs() < 1e-4, "{cooled:?} against {probabilities:?}");
        }
    }
    // Pictures differ, or nothing was shown.
    assert_ne!(outputs[0].logits, outputs[1].logits);
}

#[test]
fn a_small_network_leaves_as_it_is() {
    check(SimpleCnn { hidden: 8, global_pooling: false, ..SimpleCnn::default() }, Head::Classes, 3);
    check(SimpleCnn { batch_norm: false, ..SimpleCnn::default() }, Head::Classes, 2);
}

#[test]
fn steps_between_grades_leave_as_logarithms_of_probabilities() {
    check(SimpleCnn::default(), Head::Corn, 5);
    check(SimpleCnn::default(), Head::Coral, 2);
    check(SimpleCnn::default(), Head::Coral, 4);
}

#[test]
fn findings_leave_each_divided_by_its_own_temperature() {
    let card = card(SimpleCnn::default().into(), Head::Findings, 2, 64);
    let folder = tempfile::tempdir().unwrap();
    let (ours, theirs) = (folder.path().join("m.safetensors"), folder.path().join("m.onnx"));
    save(&ours, &card, &weights(&card)).unwrap();
    let one = |finding: &str, temperature| FindingTemperature {
        finding: finding.into(),
        temperature,
        images: 30,
        positives: 9,
    };
    // In another order than the class list.
    let finding_temperatures = vec![one("grade 1", 0.5), one("grade 0", 3.0)];
    export(&ours, Decided { finding_temperatures, ..Decided::default() }, &theirs).unwrap();
    let model = ModelProto::decode(std::fs::read(&theirs).unwrap().as_slice()).unwrap();
    let input: Vec<f32> = (0..3 * 64 * 64).map(|i| ((i * 29) % 211) as f32 / 80.0 - 1.3).collect();
    let x = Tensor::from_vec(input.clone(), (1, 3, 64, 64), &Device::Cpu).unwrap();
    let values = run(&model, &x);
    let logits =
        Classifier::open(&ours, &Compute::cpu()).unwrap().predict_inputs(vec![input]).unwrap().remove(0).logits;
    let probabilities = values["probabilities"].to_vec2::<f32>().unwrap().remove(0);
    for ((logit, temperature), p) in logits.iter().zip([3.0, 0.5]).zip(probabilities) {
        let expected = 1.0 / (1.0 + (-logit / temperature).exp());
        assert!((expected - p).abs() < 1e-4, "{logit} at {temperature}: {p}");
    }
    let said = model.metadata_props.iter().find(|entry| entry.key.as_deref() == Some("temperatures"));
    assert_eq!(said.unwrap().value.as_deref(), Some("[3.0,0.5]"));
}

#[test]
fn resnets_leave_as_they_are() {
    check(ClassifierArchitecture::ResNet18, Head::Classes, 2);
    check(ClassifierArchitecture::ResNet50, Head::Classes, 3);
}

#[test]
fn efficientnet_and_densenet_leave_as_they_are() {
    check(ClassifierArchitecture::EfficientNetB0 { dropout: 0.2, stochastic_depth: 0.2 }, Head::Classes, 2);
    check(ClassifierArchitecture::DenseNet121, Head::Classes, 2);
}

#[test]
fn the_metadata_says_all_that_happens_before_the_network() {
    let card = card(SimpleCnn::default().into(), Head::Classes, 2, 64);
    let folder = tempfile::tempdir().unwrap();
    let (ours, theirs) = (folder.path().join("m.safetensors"), folder.path().join("m.onnx"));
    save(&ours, &card, &weights(&card)).unwrap();
    export(&ours, Decided { threshold: Some(0.25), ..Decided::default() }, &theirs).unwrap();
    let model = ModelProto::decode(std::fs::read(&theirs).unwrap().as_slice()).unwrap();
    let said: HashMap<String, String> =
        model.metadata_props.into_iter().map(|entry| (entry.key.unwrap(), entry.value.unwrap())).collect();
    assert_eq!(said["classes"], r#"["grade 0","grade 1"]"#);
    assert!(said["preprocessing"].starts_with("the shorter side to 64 pixels (bilinear), then the centre of 64 x 64"));
    assert_eq!(serde_json::from_str::<Preprocessing>(&said["preprocessing_json"]).unwrap(), card.preprocessing);
    assert_eq!(said["threshold"], "grade 1 from a probability of 0.25");
    assert_eq!((said["answers"].as_str(), said["activation"].as_str()), ("classes", "softmax"));
}
