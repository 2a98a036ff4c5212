//! Means and standard deviations that a file keeps beside the network: it normalised its pictures by itself.

use crate::domain::Preprocessing;
use candle_core::{DType, Result, Tensor};
use std::collections::HashMap;

/// What such tensors are called behind the last point of their names.
const MEANS: [&str; 4] = ["mean", "image_mean", "pixel_mean", "img_mean"];
const STDS: [&str; 4] = ["std", "image_std", "pixel_std", "img_std"];

/// A mean and a standard deviation for each channel, as they stand in the file.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Kept {
    pub names: [String; 2],
    pub mean: Vec<f64>,
    pub std: Vec<f64>,
}

/// Takes them out of the tensors, where there is one of each with 1 or 3 values.
///
/// # Errors
/// Those of the tensor library.
pub(super) fn taken_out(tensors: &mut HashMap<String, Tensor>) -> Result<Option<Kept>> {
    let of = |names: &[&str]| {
        let is = |(name, tensor): &(&String, &Tensor)| {
            let last = name.rsplit('.').next().unwrap_or_default();
            names.contains(&last) && [1, 3].contains(&tensor.elem_count())
        };
        tensors.iter().filter(is).map(|(name, _)| name.clone()).min()
    };
    let Some((mean, std)) = of(&MEANS).zip(of(&STDS)) else { return Ok(None) };
    let mut values = |name: &str| -> Result<Vec<f64>> {
        let Some(tensor) = tensors.remove(name) else { return Ok(Vec::new()) };
        tensor.flatten_all()?.to_dtype(DType::F64)?.to_vec1()
    };
    let kept = Kept { mean: values(&mean)?, std: values(&std)?, names: [mean, std] };
    Ok(Some(kept))
}

impl Kept {
    /// What to look at, where pictures are normalised by other numbers than these; else nothing.
    pub fn warning(&self, prepared: &Preprocessing) -> Option<String> {
        // Above 1 they are of greys up to 255.
        let scale = if self.mean.iter().chain(&self.std).any(|value| *value > 1.0) { 255.0 } else { 1.0 };
        let as_ours = |values: &[f64]| values.iter().map(|value| value / scale).collect::<Vec<f64>>();
        let (mean, std) = (as_ours(&self.mean), as_ours(&self.std));
        let same = |ours: &[f32], theirs: &[f64]| {
            let each = |at: usize| theirs.get(at).or(theirs.first()).copied().unwrap_or(f64::NAN);
            ours.iter().enumerate().all(|(at, ours)| (f64::from(*ours) - each(at)).abs() < 1e-3)
        };
        if same(&prepared.mean, &mean) && same(&prepared.std, &std) {
            return None;
        }
        let list = |values: &[f64]| {
            values.iter().map(|value| format!("{}", (value * 1e4).round() / 1e4)).collect::<Vec<_>>().join(",")
        };
        Some(format!(
            "the file keeps {} and {}: the network may have normalised its pictures by them itself, here other numbers are \
             used; if so, import it with --mean {} --std {}",
            self.names[0],
            self.names[1],
            list(&mean),
            list(&std)
        ))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::recipe::Resize;
    use candle_core::Device;

    fn file(mean: &[f32], std: &[f32]) -> HashMap<String, Tensor> {
        let tensor = |values: &[f32]| Tensor::from_slice(values, (1, values.len(), 1, 1), &Device::Cpu).unwrap();
        let other = Tensor::zeros(3, DType::F32, &Device::Cpu).unwrap();
        [
            ("norm.mean", tensor(mean)),
            ("norm.std", tensor(std)),
            ("bn1.running_mean", other.clone()),
            ("fc.bias", other),
        ]
        .map(|(name, tensor)| (name.to_owned(), tensor))
        .into()
    }

    #[test]
    fn what_normalises_otherwise_is_told_and_taken_out() {
        let ours = Preprocessing::imagenet(Resize::Stretch, 224);
        let mut tensors = file(&[0.5, 0.5, 0.5], &[0.25, 0.25, 0.25]);
        let kept = taken_out(&mut tensors).unwrap().unwrap();
        let mut left: Vec<&str> = tensors.keys().map(String::as_str).collect();
        left.sort_unstable();
        assert_eq!(left, ["bn1.running_mean", "fc.bias"]);
        let told = kept.warning(&ours).unwrap();
        assert!(told.ends_with("--mean 0.5,0.5,0.5 --std 0.25,0.25,0.25"), "{told}");
        assert!(told.starts_with("the file keeps norm.mean and norm.std"), "{told}");

        let same = taken_out(&mut file(&[123.675, 116.28, 103.53], &[58.395, 57.12, 57.375])).unwrap().unwrap();
        assert_eq!(same.warning(&ours), None, "ImageNet's, of greys up to 255");
        assert_eq!(taken_out(&mut file(&[0.5, 0.5], &[0.2, 0.2])).unwrap(), None);
    }
}
