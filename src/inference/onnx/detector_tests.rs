//! The graph of a detector done operation by operation, as the standard says, against the network it was written from. What ONNX
//! Runtime says of it is in `tests/reference/onnx_detector.py`.

use super::proto::NodeProto;
use super::tests::{Attributes, card, initial, operation};
use super::*;
use crate::domain::recipe::{DetectorArchitecture, DetectorSettings, Resize};
use crate::domain::{BetaMap, Preprocessing};
use crate::inference::{Detector, save};
use crate::models::faster_rcnn::FasterRcnn;
use crate::nn::{Params, Region, RoiAlign, nms};
use candle_core::{D, DType, Device, Result, Tensor};
use std::collections::HashMap;

fn settings() -> DetectorSettings {
    DetectorSettings {
        anchor_sizes: vec![16.0, 48.0, 120.0, 180.0, 240.0],
        pyramid_channels: 12,
        head_units: 24,
        proposals_in_use: [30, 60],
        least_score: 0.2,
        most_boxes: 40,
        ..DetectorSettings::light()
    }
}

fn detector_card(settings: DetectorSettings, width: usize, height: usize) -> ModelCard {
    let architecture = DetectorArchitecture::on_resnet18(settings).into();
    let preprocessing = Preprocessing { channels: 1, width, height, resize: Resize::Pad, ..Preprocessing::default() };
    ModelCard { preprocessing, ..card(architecture, Head::Classes, 3, 64) }
}

/// New weights, those of the answers larger, so that boxes differ.
fn weights(card: &ModelCard) -> Params {
    let params = Params::new(&Device::Cpu, 11);
    let Architecture::Detector(architecture) = &card.architecture else { panic!("no detector") };
    FasterRcnn::new(architecture, &card.preprocessing, card.classes.len(), &params).unwrap();
    for (name, var) in params.all() {
        let factor = match name.as_str() {
            "rpn.head.cls_logits.weight" | "rpn.head.bbox_pred.weight" => 30.0,
            "roi_heads.box_predictor.bbox_pred.weight" => 5.0,
            _ => continue,
        };
        var.set(&(var.as_tensor() * factor).unwrap()).unwrap();
    }
    params
}

fn numbers(tensor: &Tensor) -> Vec<f32> {
    tensor.flatten_all().unwrap().to_vec1().unwrap()
}

fn whole(tensor: &Tensor) -> Vec<i64> {
    tensor.to_dtype(DType::I64).unwrap().flatten_all().unwrap().to_vec1().unwrap()
}

fn list(values: Vec<i64>) -> Tensor {
    let count = values.len();
    Tensor::from_vec(values, count, &Device::Cpu).unwrap()
}

fn text(node: &NodeProto, name: &str) -> String {
    let found = node.attribute.iter().find(|a| a.name.as_deref() == Some(name)).unwrap();
    String::from_utf8(found.s.clone().unwrap()).unwrap()
}

/// The places of the highest or lowest of a list, the first of equals first.
fn top(x: &Tensor, count: usize, largest: bool) -> Vec<i64> {
    let values: Vec<f64> = x.to_dtype(DType::F64).unwrap().to_vec1().unwrap();
    let mut places: Vec<usize> = (0..values.len()).collect();
    places.sort_by(|&a, &b| if largest { values[b].total_cmp(&values[a]) } else { values[a].total_cmp(&values[b]) });
    places.into_iter().take(count).map(|place| place as i64).collect()
}

/// Of each batch the boxes that stay, the best first: batch, class (there is one), box.
fn suppressed(node: &NodeProto, values: &HashMap<String, Tensor>) -> Result<Tensor> {
    let of = |at: usize| &values[&node.input[at]];
    let x = of(0);
    let (batches, count, _) = x.dims3()?;
    let (most, overlap) = (whole(of(2))[0] as usize, numbers(of(3))[0]);
    let least = (node.input.len() > 4).then(|| numbers(of(4))[0]);
    let mut kept = Vec::new();
    for batch in 0..batches {
        let rects: Vec<[f32; 4]> = numbers(&x.get(batch)?).as_chunks::<4>().0.to_vec();
        let scores = numbers(&of(1).get(batch)?);
        let there: Vec<usize> = (0..count).filter(|at| least.is_none_or(|least| scores[*at] > least)).collect();
        let own: Vec<[f32; 4]> = there.iter().map(|at| rects[*at]).collect();
        let own_scores: Vec<f32> = there.iter().map(|at| scores[*at]).collect();
        for at in nms(&own, &own_scores, f64::from(overlap)).into_iter().take(most) {
            kept.extend([batch as i64, 0, there[at] as i64]);
        }
    }
    let rows = kept.len() / 3;
    Tensor::from_vec(kept, (rows, 3), &Device::Cpu)
}

/// The features of regions.
fn aligned(node: &NodeProto, values: &HashMap<String, Tensor>) -> Result<Tensor> {
    let attributes = Attributes(node);
    let of = |at: usize| &values[&node.input[at]];
    let x = of(0);
    assert_eq!(text(node, "coordinate_transformation_mode"), "output_half_pixel");
    assert_eq!(text(node, "mode"), "avg");
    let scale = node.attribute.iter().find(|a| a.name.as_deref() == Some("spatial_scale")).unwrap().f.unwrap();
    let (size, samples) = (attributes.int("output_height"), attributes.int("sampling_ratio"));
    let rects = numbers(of(1));
    let regions: Vec<Region> = rects.as_chunks::<4>().0.iter().map(|rect| Region { image: 0, rect: *rect }).collect();
    if regions.is_empty() {
        return Tensor::zeros((0, x.dims()[1], size, size), DType::F32, &Device::Cpu);
    }
    RoiAlign { scale, size, samples }.forward(x, &regions)
}

/// What an operation that only detectors have gives; `None` of those that classifiers have too.
fn of_detectors(node: &NodeProto, values: &HashMap<String, Tensor>) -> Result<Option<Tensor>> {
    let attributes = Attributes(node);
    let of = |at: usize| &values[&node.input[at]];
    let x = of(0);
    Ok(Some(match node.op_type.as_deref().unwrap() {
        "Pad" => {
            let pads = whole(of(1));
            assert_eq!((text(node, "mode").as_str(), &pads[..6]), ("constant", [0; 6].as_slice()));
            x.pad_with_zeros(2, 0, pads[6] as usize)?.pad_with_zeros(3, 0, pads[7] as usize)?
        }
        "Resize" => {
            let how = ["coordinate_transformation_mode", "mode", "nearest_mode"].map(|name| text(node, name));
            assert_eq!(
                (how, numbers(of(2))),
                (["asymmetric", "nearest", "floor"].map(str::to_owned), vec![1.0, 1.0, 2.0, 2.0])
            );
            let (_, _, height, width) = x.dims4()?;
            x.upsample_nearest2d(2 * height, 2 * width)?
        }
        "Transpose" => {
            let order: Vec<usize> = attributes.ints("perm").iter().map(|axis| *axis as usize).collect();
            x.permute(order)?.contiguous()?
        }
        "Reshape" => {
            let sides = whole(of(1));
            let known: i64 = sides.iter().filter(|side| **side >= 0).product();
            let side = |side: &i64| if *side < 0 { x.elem_count() / known as usize } else { *side as usize };
            x.reshape(sides.iter().map(side).collect::<Vec<_>>())?
        }
        "Gather" => {
            let taken = x.contiguous()?.index_select(&list(whole(of(1))), attributes.int("axis"))?;
            if of(1).dims().is_empty() { taken.squeeze(attributes.int("axis"))? } else { taken }
        }
        "Slice" => {
            let axis = whole(of(3))[0] as usize;
            let end = (whole(of(2))[0] as usize).min(x.dims()[axis]);
            let start = whole(of(1))[0] as usize;
            x.narrow(axis, start, end - start)?.contiguous()?
        }
        "Min" => x.broadcast_minimum(of(1))?,
        "Max" => x.broadcast_maximum(of(1))?,
        "Mul" | "Sub" | "Div" | "Add" => {
            let broadcast = match node.op_type.as_deref().unwrap() {
                "Mul" => Tensor::broadcast_mul,
                "Sub" => Tensor::broadcast_sub,
                "Div" => Tensor::broadcast_div,
                _ => Tensor::broadcast_add,
            };
            broadcast(x, of(1))?
        }
        "Concat" => Tensor::cat(&(0..node.input.len()).map(of).collect::<Vec<_>>(), attributes.int("axis"))?,
        "Sqrt" => x.sqrt()?,
        "Floor" => x.floor()?,
        "ReduceMin" => x.min(D::Minus1)?,
        "ReduceProd" => (x.narrow(1, 0, 1)? * x.narrow(1, 1, 1)?)?.squeeze(1)?,
        "GreaterOrEqual" => x.broadcast_ge(of(1))?,
        "Equal" => x.broadcast_eq(of(1))?,
        "NonZero" => {
            let places: Vec<i64> = (0..).zip(whole(x)).filter(|(_, value)| *value != 0).map(|(at, _)| at).collect();
            list(places).unsqueeze(0)?
        }
        "Compress" => {
            let places: Vec<i64> = (0..).zip(whole(of(1))).filter(|(_, keep)| *keep != 0).map(|(at, _)| at).collect();
            x.index_select(&list(places), attributes.int("axis"))?
        }
        "Unsqueeze" => whole(of(1)).iter().try_fold(x.clone(), |x, axis| x.unsqueeze(*axis as usize))?,
        "Shape" => list(x.dims().iter().map(|side| *side as i64).collect()),
        "Where" => x.where_cond(of(1), &of(2).broadcast_as(of(1).shape())?)?,
        "GatherND" => {
            let (rows, columns) = of(1).dims2()?;
            assert_eq!(columns, 2);
            let (second, rest) = (x.dims()[1], &x.dims()[2..]);
            let flat = x.flatten(0, 1)?.contiguous()?;
            let places = whole(of(1)).chunks(2).map(|at| at[0] * second as i64 + at[1]).collect();
            flat.index_select(&list(places), 0)?.reshape([&[rows], rest].concat())?
        }
        "NonMaxSuppression" => suppressed(node, values)?,
        "RoiAlign" => aligned(node, values)?,
        _ => return Ok(None),
    }))
}

fn run(model: &ModelProto, input: &Tensor) -> HashMap<String, Tensor> {
    let graph = model.graph.as_ref().unwrap();
    let mut values: HashMap<String, Tensor> =
        graph.initializer.iter().map(|tensor| (tensor.name.clone().unwrap(), initial(tensor))).collect();
    values.insert("input".into(), input.clone());
    for node in &graph.node {
        if node.op_type.as_deref() == Some("TopK") {
            let x = values[&node.input[0]].clone();
            let count = whole(&values[&node.input[1]])[0] as usize;
            let places = list(top(&x, count, Attributes(node).int("largest") == 1));
            values.insert(node.output[0].clone(), x.index_select(&places, 0).unwrap());
            values.insert(node.output[1].clone(), places);
            continue;
        }
        let made = of_detectors(node, &values).unwrap().map_or_else(|| operation(node, &values), Ok).unwrap();
        assert!(values.insert(node.output[0].clone(), made).is_none(), "{} is made twice", node.output[0]);
    }
    values
}

#[track_caller]
fn check(settings: DetectorSettings, width: usize, height: usize) {
    let card = detector_card(settings, width, height);
    let folder = tempfile::tempdir().unwrap();
    let (ours, theirs) = (folder.path().join("m.safetensors"), folder.path().join("m.onnx"));
    save(&ours, &card, &weights(&card)).unwrap();
    export(&ours, Decided::default(), &theirs).unwrap();
    let model = ModelProto::decode(std::fs::read(&theirs).unwrap().as_slice()).unwrap();
    let detector = Detector::open(&ours, &Compute::cpu()).unwrap();
    let (mut classes, mut levels) = (std::collections::BTreeSet::new(), std::collections::BTreeSet::new());
    for picture in 0..3 {
        let bright = |at: usize| (at % width) / 7 % 3 == picture % 3 && ((at / width) / 9).is_multiple_of(2);
        let values =
            (0..width * height).map(|at| if bright(at) { 1.0 } else { (at * 31 % 17) as f32 * 0.02 - 0.4 }).collect();
        let x = Tensor::from_vec(values, (1, 1, height, width), &Device::Cpu).unwrap();
        let found = run(&model, &x);
        let expected = detector.network().detect(&x, detector.limits()).unwrap().remove(0);
        assert!(!expected.is_empty());
        let (rects, scores, labels) = (numbers(&found["boxes"]), numbers(&found["scores"]), whole(&found["labels"]));
        assert_eq!((scores.len(), labels.len()), (expected.len(), expected.len()));
        for (at, one) in expected.iter().enumerate() {
            assert_eq!(labels[at], one.class as i64, "box {at} of picture {picture}");
            assert!((scores[at] - one.score).abs() < 1e-4, "{} against {}", scores[at], one.score);
            for (a, b) in rects[4 * at..][..4].iter().zip(one.rect) {
                assert!((a - b).abs() < 2e-3, "{:?} against {:?}", &rects[4 * at..][..4], one.rect);
            }
            classes.insert(one.class);
            levels.insert(one.level);
        }
    }
    assert!(classes.len() > 1, "one class alone shows little");
    assert!(levels.len() > 1, "one level alone shows little: {levels:?}");
}

#[test]
fn a_light_detector_leaves_as_it_is_and_pictures_are_filled_up() {
    check(settings(), 160, 128);
    check(settings(), 150, 135);
}

#[test]
fn convolutions_in_the_head_and_norms_in_the_pyramid_leave_too() {
    let settings = DetectorSettings {
        convolutional_head: true,
        normalised_pyramid: true,
        proposal_convolutions: 2,
        anchor_ratios: vec![0.5, 2.0],
        ..settings()
    };
    check(settings, 160, 128);
}

#[test]
fn a_file_of_boxes_says_from_which_scores_they_count() {
    let card = detector_card(settings(), 64, 96);
    let folder = tempfile::tempdir().unwrap();
    let (ours, theirs) = (folder.path().join("m.safetensors"), folder.path().join("m.onnx"));
    save(&ours, &card, &weights(&card)).unwrap();
    let scores = Some(BetaMap { a: 0.5, b: 1.5, c: -0.25, boxes: 40 });
    let decided =
        Decided { threshold: Some(0.25), scores, classes: [("grade 1".to_owned(), 0.75)].into(), ..Decided::default() };
    export(&ours, decided, &theirs).unwrap();
    let model = ModelProto::decode(std::fs::read(&theirs).unwrap().as_slice()).unwrap();
    let said: HashMap<String, String> =
        model.metadata_props.into_iter().map(|entry| (entry.key.unwrap(), entry.value.unwrap())).collect();
    assert_eq!(
        said["threshold"],
        "grade 0 from a calibrated score of 0.25; grade 1 from a calibrated score of 0.75; grade 2 from a calibrated score of 0.25"
    );
    assert!(said["calibration"].ends_with(r#"{"a":0.5,"b":1.5,"c":-0.25,"boxes":40}"#), "{}", said["calibration"]);
    assert!(said["listed"].starts_with("boxes with a score over 0.2, at most 40"), "{}", said["listed"]);
    assert!(said["back_to_the_picture"].contains("s = min(64 / W, 96 / H)"), "{}", said["back_to_the_picture"]);
    assert_eq!(said["answers"], "boxes");
    let graph = model.graph.unwrap();
    let names: Vec<_> = graph.output.iter().map(|output| output.name.clone().unwrap()).collect();
    assert_eq!(names, ["boxes", "scores", "labels"]);
}
