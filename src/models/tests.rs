//! Networks of every shape give logits and gradients, and refuse what does not fit.

use super::*;
use crate::domain::recipe::{Architecture, ClassifierArchitecture, SimpleCnn};
use crate::nn::Frozen;
use candle_core::Device;
use rand_chacha::ChaCha8Rng;
use rand_chacha::rand_core::SeedableRng;
use std::cell::RefCell;
use std::collections::BTreeSet;

/// Dropout and stochastic depth off, so that what is compared is the same.
fn b0() -> ClassifierArchitecture {
    ClassifierArchitecture::EfficientNetB0 { dropout: 0.0, stochastic_depth: 0.0 }
}

fn simple(channels: &[usize], batch_norm: bool, hidden: usize, global_pooling: bool) -> ClassifierArchitecture {
    SimpleCnn { channels: channels.to_vec(), batch_norm, hidden, global_pooling, dropout: 0.1 }.into()
}

#[test]
fn every_parameter_of_every_shape_gets_a_gradient() {
    let preprocessing = Preprocessing { width: 20, height: 13, ..Preprocessing::default() };
    let rng = RefCell::new(ChaCha8Rng::seed_from_u64(1));
    for architecture in [
        simple(&[4, 8], true, 0, true),
        simple(&[4, 8, 8], false, 10, false),
        simple(&[4], false, 0, false),
        ClassifierArchitecture::ResNet18,
        ClassifierArchitecture::ResNet50,
        ClassifierArchitecture::DenseNet121,
        b0(),
    ] {
        let preprocessing = if architecture.is_torchvisions() {
            Preprocessing { width: 52, height: 45, ..Preprocessing::default() }
        } else {
            preprocessing.clone()
        };
        let (width, height) = (preprocessing.width, preprocessing.height);
        let params = Params::new(&Device::Cpu, 3);
        let network = build(&architecture, &preprocessing, 3, &params).expect("network");
        let x = Tensor::arange(0f32, (2 * width * height) as f32, &Device::Cpu)
            .and_then(|t| (t / 260.0)?.sin()?.reshape((2, 1, height, width)))
            .expect("x");
        let logits = network.forward(&x, &Mode::Training(&rng)).expect("logits");
        assert_eq!(logits.dims(), [2, 3]);
        let grads = logits.sqr().and_then(|l| l.sum_all()?.backward()).expect("gradients");
        for (name, var) in params.trainable() {
            let grad = grads.get(&var).unwrap_or_else(|| panic!("{architecture:?}: no gradient for {name}"));
            assert_eq!(grad.dims(), var.dims(), "{name}");
        }
        assert!(params.trainable().iter().any(|(name, _)| network.is_head(name)));
        let plain = network.forward(&x, &Mode::Inference).expect("logits");
        assert!(!plain.track_op(), "inference keeps no graph");
    }
}

#[test]
fn pictures_too_small_for_the_blocks_are_refused_in_a_sentence() {
    let preprocessing = Preprocessing { width: 128, height: 7, ..Preprocessing::default() };
    let params = Params::new(&Device::Cpu, 3);
    let refused = build(&simple(&[4, 4, 4], true, 0, true), &preprocessing, 2, &params).err().expect("refused");
    assert!(refused.to_string().contains("each block halves it"), "{refused}");
    assert!(build(&simple(&[], true, 0, true), &preprocessing, 2, &params).is_err());
    assert!(build(&ClassifierArchitecture::ResNet18, &preprocessing, 0, &params).is_err());
}

#[test]
fn older_names_of_a_densenet_become_todays() {
    for (older, today) in [
        ("features.denseblock1.denselayer3.norm.1.weight", "features.denseblock1.denselayer3.norm1.weight"),
        ("features.denseblock4.denselayer16.conv.2.weight", "features.denseblock4.denselayer16.conv2.weight"),
        ("features.denseblock1.denselayer3.norm2.bias", "features.denseblock1.denselayer3.norm2.bias"),
        ("features.transition1.norm.weight", "features.transition1.norm.weight"),
        ("layer1.0.conv1.weight", "layer1.0.conv1.weight"),
    ] {
        let tensor = Tensor::zeros(1, candle_core::DType::F32, &Device::Cpu).expect("tensor");
        let names: Vec<String> = current_names([(older.to_owned(), tensor)].into()).into_keys().collect();
        assert_eq!(names, [today]);
    }
}

#[test]
fn stages_cover_every_network_from_the_stem_to_the_head() {
    let expected = |architecture: &ClassifierArchitecture| -> Vec<(&str, usize)> {
        match architecture {
            ClassifierArchitecture::SimpleCnn(_) => {
                vec![("blocks.0.conv.weight", 0), ("blocks.2.bn.running_mean", 2), ("hidden.bias", 3), ("fc.weight", 4)]
            }
            ClassifierArchitecture::EfficientNetB0 { .. } => vec![
                ("features.0.1.running_var", 0),
                ("features.1.0.block.0.0.weight", 1),
                ("features.8.0.weight", 8),
                ("classifier.1.bias", 9),
            ],
            ClassifierArchitecture::DenseNet121 => vec![
                ("features.norm0.weight", 0),
                ("features.denseblock2.denselayer12.conv2.weight", 2),
                ("features.transition2.conv.weight", 2),
                ("features.norm5.bias", 4),
                ("classifier.weight", 5),
            ],
            ClassifierArchitecture::ResNet18 | ClassifierArchitecture::ResNet34 | ClassifierArchitecture::ResNet50 => {
                vec![("bn1.weight", 0), ("layer1.0.conv1.weight", 1), ("layer4.1.bn2.bias", 4), ("fc.bias", 5)]
            }
        }
    };
    let preprocessing = Preprocessing { width: 64, height: 64, ..Preprocessing::default() };
    for mut architecture in Architecture::all().iter().filter_map(|a| a.classifier().cloned()) {
        if let ClassifierArchitecture::SimpleCnn(network) = &mut architecture {
            network.hidden = 7;
        }
        let params = Params::new(&Device::Cpu, 3);
        let network = build(&architecture, &preprocessing, 3, &params).expect("network");
        let names: Vec<String> = params.all().into_iter().map(|(name, _)| name).collect();
        let found: BTreeSet<usize> = names.iter().map(|name| network.stage(name)).collect();
        assert_eq!(found, (0..network.stages()).collect(), "{}", architecture.name());
        for (name, stage) in expected(&architecture) {
            assert!(names.iter().any(|n| n == name), "{} has no {name}", architecture.name());
            assert_eq!(network.stage(name), stage, "{name}");
        }
        let head: Vec<&String> = names.iter().filter(|name| network.is_head(name)).collect();
        assert_eq!(head.len(), 2, "a weight and a bias: {head:?}");
    }
}

#[test]
fn what_is_frozen_neither_moves_nor_gets_a_gradient_and_the_rest_learns() {
    let preprocessing = Preprocessing { width: 20, height: 13, ..Preprocessing::default() };
    let x = crate::nn::formula::values("picture", &[4, 1, 13, 20]);
    let rng = RefCell::new(ChaCha8Rng::seed_from_u64(1));
    let architecture = simple(&[4, 8, 6], true, 5, true);
    let step = |frozen: &dyn Fn(&str) -> bool| {
        let params = Params::new(&Device::Cpu, 3);
        let network = build(&architecture, &preprocessing, 3, &params).expect("network");
        let before = params.snapshot().expect("before");
        let frozen = Frozen::new(&params, frozen);
        let mode = Mode::PartlyFrozen(&rng, &frozen);
        let logits = network.forward(&x, &mode).expect("logits");
        let grads = logits.sqr().and_then(|l| l.sum_all()?.backward()).expect("gradients");
        let bits = |t: &Tensor| t.flatten_all().and_then(|t| t.to_vec1::<f32>()).expect("f32");
        let changed: Vec<String> = params
            .all()
            .iter()
            .zip(&before)
            .filter(|((_, now), (_, then))| bits(now.as_tensor()) != bits(then))
            .map(|((name, _), _)| name.clone())
            .collect();
        let learns: Vec<String> = params
            .trainable()
            .into_iter()
            .filter(|(_, var)| grads.get(var.as_tensor()).is_some())
            .map(|(name, _)| name)
            .collect();
        (changed, learns)
    };
    // Statistics alone: every weight still learns, those below a frozen norm too.
    let (changed, learns) = step(&|name| name.contains("running"));
    assert_eq!((changed.len(), learns.len()), (0, 3 + 6 + 4));
    // The first two blocks altogether.
    let (changed, learns) = step(&|name| name.starts_with("blocks.0.") || name.starts_with("blocks.1."));
    assert_eq!(changed, ["blocks.2.bn.running_mean", "blocks.2.bn.running_var"]);
    let rest = ["blocks.2.bn.bias", "blocks.2.bn.weight", "blocks.2.conv.weight"];
    assert_eq!(learns, [&rest[..], &["fc.bias", "fc.weight", "hidden.bias", "hidden.weight"]].concat());
    // A frozen norm with its affine part, above a weight that learns.
    let (changed, learns) = step(&|name| name.contains(".bn."));
    assert_eq!((changed.len(), learns.len()), (0, 3 + 4));
}

#[test]
fn a_training_step_gives_the_same_bits_on_any_number_of_threads() {
    let preprocessing = Preprocessing { width: 40, height: 33, ..Preprocessing::default() };
    let x: Vec<f32> = (0..7 * 40 * 33).map(|i| (i * 7919 % 10_007) as f32 / 5003.5 - 1.0).collect();
    let x = Tensor::from_vec(x, (7, 1, 33, 40), &Device::Cpu).expect("x");
    for architecture in [simple(&[8, 16, 8], true, 0, true), ClassifierArchitecture::ResNet18, b0()] {
        let step = || {
            let params = Params::new(&Device::Cpu, 3);
            let network = build(&architecture, &preprocessing, 3, &params).expect("network");
            let rng = RefCell::new(ChaCha8Rng::seed_from_u64(1));
            let logits = network.forward(&x, &Mode::Training(&rng)).expect("logits");
            let grads = logits.sqr().and_then(|l| l.sum_all()?.backward()).expect("gradients");
            let tensors = params.trainable().into_iter().map(|(_, v)| grads.get(v.as_tensor()).cloned().expect("one"));
            let statistics = params.all().into_iter().map(|(_, v)| v.as_detached_tensor());
            let numbers = |t: Tensor| t.flatten_all().and_then(|t| t.to_vec1::<f32>()).expect("f32");
            tensors.chain(statistics).flat_map(numbers).map(f32::to_bits).collect::<Vec<u32>>()
        };
        let on = |threads| rayon::ThreadPoolBuilder::new().num_threads(threads).build().expect("pool").install(step);
        let one = on(1);
        for threads in [2, 3, 5] {
            assert!(one == on(threads), "{} on {threads} threads", architecture.name());
        }
    }
}

#[test]
fn every_network_can_be_cut_at_each_of_its_layers() {
    let preprocessing = Preprocessing { width: 52, height: 45, ..Preprocessing::default() };
    for (architecture, layers) in [
        (simple(&[4, 8, 8], true, 6, true), 3),
        (simple(&[4, 8], false, 0, false), 2),
        (ClassifierArchitecture::ResNet18, 4),
        (ClassifierArchitecture::DenseNet121, 4),
        (b0(), 8),
    ] {
        let params = Params::new(&Device::Cpu, 3);
        let network = build(&architecture, &preprocessing, 3, &params).expect("network");
        assert_eq!(network.layers(), layers, "{architecture:?}");
        let x = crate::nn::formula::values("x", &[1, 1, 45, 52]);
        let whole = network.features(&x, &Mode::Inference).expect("features");
        for cut in 1..=layers {
            let before = network.advance(&x, 0, cut, &Mode::Inference).expect("before");
            let after = network.advance(&before, cut, layers, &Mode::Inference).expect("after");
            let off = (after - &whole).and_then(|d| d.abs()?.max_all()?.to_scalar::<f32>()).expect("difference");
            assert!(off == 0.0, "{architecture:?} cut at {cut}: {off}");
        }
    }
}
