//! Networks of every shape give logits and gradients, and refuse what does not fit.

use super::*;
use candle_core::{DType, Device};
use rand_chacha::ChaCha8Rng;
use rand_chacha::rand_core::SeedableRng;
use std::cell::RefCell;

fn simple(channels: &[usize], batch_norm: bool, hidden: usize, global_pooling: bool) -> Architecture {
    Architecture::SimpleCnn { channels: channels.to_vec(), batch_norm, hidden, global_pooling, dropout: 0.1 }
}

#[test]
fn every_parameter_of_every_shape_gets_a_gradient() {
    let preprocessing = Preprocessing { width: 20, height: 13, ..Preprocessing::default() };
    let rng = RefCell::new(ChaCha8Rng::seed_from_u64(1));
    for architecture in [
        simple(&[4, 8], true, 0, true),
        simple(&[4, 8, 8], false, 10, false),
        simple(&[4], false, 0, false),
        Architecture::ResNet18,
    ] {
        let params = Params::new(&Device::Cpu, 3);
        let network = build(&architecture, &preprocessing, 3, &params).expect("network");
        let x = Tensor::arange(0f32, 2.0 * 260.0, &Device::Cpu)
            .and_then(|t| (t / 260.0)?.sin()?.reshape((2, 1, 13, 20)))
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
    assert!(build(&Architecture::ResNet18, &preprocessing, 0, &params).is_err());
}

#[test]
fn resnet18_has_torchvisions_names() {
    let params = Params::new(&Device::Cpu, 3);
    build(
        &Architecture::ResNet18,
        &Preprocessing::imagenet(crate::domain::recipe::Resize::Stretch, 224),
        1000,
        &params,
    )
    .expect("network");
    let all = params.all();
    // 122 in torchvision, 20 of which are `num_batches_tracked`.
    assert_eq!(all.len(), 102);
    let shape = |name: &str| all.iter().find(|(n, _)| n == name).map(|(_, v)| v.dims().to_vec());
    assert_eq!(shape("conv1.weight"), Some(vec![64, 3, 7, 7]));
    assert_eq!(shape("layer3.0.downsample.0.weight"), Some(vec![256, 128, 1, 1]));
    assert_eq!(shape("layer4.1.bn2.running_var"), Some(vec![512]));
    assert_eq!(shape("fc.weight"), Some(vec![1000, 512]));
    assert_eq!(all.iter().map(|(_, v)| v.dtype()).find(|d| *d != DType::F32), None);
}

#[test]
fn a_training_step_gives_the_same_bits_on_any_number_of_threads() {
    let preprocessing = Preprocessing { width: 40, height: 33, ..Preprocessing::default() };
    let x: Vec<f32> = (0..7 * 40 * 33).map(|i| (i * 7919 % 10_007) as f32 / 5003.5 - 1.0).collect();
    let x = Tensor::from_vec(x, (7, 1, 33, 40), &Device::Cpu).expect("x");
    for architecture in [simple(&[8, 16, 8], true, 0, true), Architecture::ResNet18] {
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
