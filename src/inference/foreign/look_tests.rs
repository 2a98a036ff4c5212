//! Files of weights, told by their tensors.

use super::*;
use crate::models;
use candle_core::{DType, Device};

/// Writes the tensors of a network with so many answers, for pictures of so many channels, as a file would call them.
fn file(
    name: &str,
    answers: usize,
    channels: usize,
    called: impl Fn(&str) -> String,
) -> (tempfile::TempDir, std::path::PathBuf) {
    let architecture = Architecture::from_name(name).unwrap();
    let params = Params::blank(&Device::Cpu);
    let p = Preprocessing { channels, ..Preprocessing::imagenet(Resize::Stretch, 64) };
    models::build(architecture.classifier().unwrap(), &p, answers, &params).unwrap();
    let tensors: Vec<(String, Tensor)> =
        params.all().into_iter().map(|(name, var)| (called(&name), var.as_detached_tensor())).collect();
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("theirs.safetensors");
    weights::write(&path, &tensors, &HashMap::new()).unwrap();
    (folder, path)
}

fn seen(path: &Path) -> Seen {
    look(path, None, &Compute::cpu()).unwrap()
}

#[test]
fn a_network_is_told_by_its_tensors_whatever_its_answers_and_channels() {
    for (name, answers, channels) in
        [("resnet18", 3, 3), ("resnet34", 1, 1), ("efficientnet-b0", 14, 3), ("densenet121", 2, 3)]
    {
        let (_folder, path) = file(name, answers, channels, |name| format!("module.{name}"));
        let seen = seen(&path);
        let fit = seen.network().unwrap_or_else(|| panic!("{name}: {seen:?}"));
        assert_eq!(fit.architecture.name(), name);
        assert_eq!((fit.outputs, fit.channels, fit.coral), (Some(answers), Some(channels), false));
    }
}

#[test]
fn what_is_no_network_here_is_said_to_be_none_with_what_is_most_alike() {
    // All of a ResNet-18 and more: a deeper one.
    let (_folder, path) = file("resnet34", 3, 3, |name| name.to_owned());
    let (tensors, _) = weights::read(&path, &Device::Cpu).unwrap();
    let mut deeper: Vec<(String, Tensor)> = tensors.into_iter().collect();
    for block in 6..23 {
        for tensor in ["conv1.weight", "conv2.weight", "bn1.weight", "bn1.bias"] {
            let zero = Tensor::zeros(4, DType::F32, &Device::Cpu).unwrap();
            deeper.push((format!("layer3.{block}.{tensor}"), zero));
        }
    }
    weights::write(&path, &deeper, &HashMap::new()).unwrap();
    let seen = seen(&path);
    assert_eq!(seen.network(), None);
    assert_eq!(seen.networks[0].architecture.name(), "resnet34");
    assert_eq!((seen.networks[0].fitting, seen.networks[0].beside), (seen.networks[0].of, 68));
    let one = [("w".to_owned(), Tensor::zeros((2, 2), DType::F32, &Device::Cpu).unwrap())];
    weights::write(&path, &one, &HashMap::new()).unwrap();
    assert_eq!(super::look(&path, None, &Compute::cpu()).unwrap().networks, []);
}
