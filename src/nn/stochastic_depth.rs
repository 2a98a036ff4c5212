//! Stochastic depth (Huang et al. 2016, "Deep Networks with Stochastic Depth"): whole residual branches are left out.

use super::cpu::{CpuTensor, values, vectorised};
use super::params::{Mode, unit};
use candle_core::{CpuStorage, CustomOp2, Layout, Result, Shape, Tensor};
use rayon::prelude::*;

/// In training, zeroes each picture of a batch with this probability and divides the others by what is left; else the
/// identity. As `torchvision.ops.stochastic_depth` in its "row" mode.
///
/// # Errors
/// When the probability is not at least 0 and below 1.
pub fn stochastic_depth(x: &Tensor, probability: f64, mode: &Mode) -> Result<Tensor> {
    match kept_rows(x.dim(0)?, probability, mode)? {
        None => Ok(x.clone()),
        Some(rows) => {
            let shape: Vec<usize> = (0..x.rank()).map(|axis| if axis == 0 { rows.len() } else { 1 }).collect();
            x.broadcast_mul(&Tensor::from_vec(rows, shape, x.device())?)
        }
    }
}

/// `x` and a residual branch of the same shape, which [`stochastic_depth`] may leave out, in one pass.
///
/// # Errors
/// When shapes differ, or the probability is not at least 0 and below 1.
pub fn add_branch(x: &Tensor, branch: &Tensor, probability: f64, mode: &Mode) -> Result<Tensor> {
    if x.shape() != branch.shape() {
        candle_core::bail!("a sum of {:?} and {:?} values", x.dims(), branch.dims());
    }
    if !x.device().is_cpu() {
        return x + stochastic_depth(branch, probability, mode)?;
    }
    let rows = kept_rows(x.dim(0)?, probability, mode)?;
    x.contiguous()?.apply_op2(&branch.contiguous()?, Branch { rows })
}

struct Branch {
    rows: Option<Vec<f32>>,
}

impl Branch {
    fn row(&self, index: usize) -> f32 {
        self.rows.as_ref().and_then(|rows| rows.get(index)).copied().unwrap_or(1.0)
    }
}

impl CustomOp2 for Branch {
    fn name(&self) -> &'static str {
        "add_branch"
    }

    fn cpu_fwd(&self, x: &CpuStorage, xl: &Layout, branch: &CpuStorage, bl: &Layout) -> Result<(CpuStorage, Shape)> {
        let (x, branch) = (values(x, xl)?, values(branch, bl)?);
        let mut y = vec![0.0f32; x.len()];
        let image = xl.shape().elem_count() / xl.dims().first().copied().unwrap_or(1).max(1);
        let image = image.max(1);
        y.par_chunks_mut(image).zip(x.par_chunks(image).zip(branch.par_chunks(image))).enumerate().for_each(
            |(index, (y, (x, branch)))| {
                let row = self.row(index);
                vectorised(|| y.iter_mut().zip(x.iter().zip(branch)).for_each(|(y, (x, b))| *y = x + row * b));
            },
        );
        Ok((CpuStorage::F32(y), xl.shape().clone()))
    }

    fn bwd(&self, _x: &Tensor, b: &Tensor, _y: &Tensor, dy: &Tensor) -> Result<(Option<Tensor>, Option<Tensor>)> {
        if self.rows.is_none() {
            return Ok((Some(dy.clone()), Some(dy.clone())));
        }
        let dys = CpuTensor::of(dy)?;
        let dys = dys.open();
        let mut d_branch = vec![0.0f32; b.elem_count()];
        let image = (b.elem_count() / b.dim(0)?.max(1)).max(1);
        d_branch.par_chunks_mut(image).zip(dys.values()?.par_chunks(image)).enumerate().for_each(|(index, (d, dy))| {
            let row = self.row(index);
            vectorised(|| d.iter_mut().zip(dy).for_each(|(d, dy)| *d = row * dy));
        });
        Ok((Some(dy.clone()), Some(Tensor::from_vec(d_branch, b.shape(), b.device())?)))
    }
}

/// What every picture of the batch is multiplied with; none where nothing is left out.
fn kept_rows(images: usize, probability: f64, mode: &Mode) -> Result<Option<Vec<f32>>> {
    let Some(rng) = mode.generator() else { return Ok(None) };
    if !(0.0..1.0).contains(&probability) {
        candle_core::bail!("a stochastic depth of {probability}: it must be at least 0 and below 1");
    }
    if probability == 0.0 {
        return Ok(None);
    }
    let kept = (1.0 / (1.0 - probability)) as f32;
    let mut rng = rng.borrow_mut();
    Ok(Some((0..images).map(|_| if f64::from(unit(&mut *rng)) < probability { 0.0 } else { kept }).collect()))
}

#[cfg(test)]
mod tests {
    use super::*;
    use candle_core::{DType, Device};
    use rand_chacha::ChaCha8Rng;
    use rand_chacha::rand_core::SeedableRng;
    use std::cell::RefCell;

    #[test]
    fn pictures_are_left_out_whole_and_the_mean_stays() {
        let x = Tensor::ones((4000, 2, 1, 3), DType::F32, &Device::Cpu).expect("x");
        let run = |seed| {
            let rng = RefCell::new(ChaCha8Rng::seed_from_u64(seed));
            let y = stochastic_depth(&x, 0.2, &Mode::Training(&rng)).expect("y");
            y.flatten_from(1).and_then(|t| t.to_vec2::<f32>()).expect("values")
        };
        let rows = run(1);
        assert_eq!(rows, run(1));
        assert_ne!(rows, run(2));
        assert!(rows.iter().all(|row| row.iter().all(|v| *v == row[0] && (*v == 0.0 || *v == 1.25))));
        let mean = rows.iter().map(|row| row[0]).sum::<f32>() / 4000.0;
        assert!((mean - 1.0).abs() < 0.03, "{mean}");
    }

    #[test]
    fn inference_and_zero_change_nothing_and_one_is_refused() {
        let x = Tensor::ones((3, 1), DType::F32, &Device::Cpu).expect("x");
        let rng = RefCell::new(ChaCha8Rng::seed_from_u64(1));
        for (probability, mode) in [(0.9, Mode::Inference), (0.0, Mode::Training(&rng))] {
            let y = stochastic_depth(&x, probability, &mode).and_then(|y| y.flatten_all()?.to_vec1::<f32>());
            assert_eq!(y.expect("y"), [1.0; 3]);
        }
        assert!(stochastic_depth(&x, 1.0, &Mode::Training(&rng)).is_err());
    }
}
