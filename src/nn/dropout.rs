//! Dropout (Srivastava et al. 2014) in its inverted form, drawn from the run's own generator.

use super::params::{Mode, unit};
use candle_core::{Result, Tensor};

/// In training, zeroes each value with this probability and divides the others by what is left; else the identity.
pub fn dropout(x: &Tensor, probability: f64, mode: &Mode) -> Result<Tensor> {
    let Some(rng) = mode.generator() else { return Ok(x.clone()) };
    if !(0.0..1.0).contains(&probability) {
        candle_core::bail!("a dropout probability of {probability}: it must be at least 0 and below 1");
    }
    if probability == 0.0 {
        return Ok(x.clone());
    }
    let kept = (1.0 / (1.0 - probability)) as f32;
    let mut rng = rng.borrow_mut();
    let draw = |_| if f64::from(unit(&mut *rng)) < probability { 0.0 } else { kept };
    let mask: Vec<f32> = (0..x.elem_count()).map(draw).collect();
    x * Tensor::from_vec(mask, x.shape(), x.device())?
}

#[cfg(test)]
mod tests {
    use super::*;
    use candle_core::{DType, Device};
    use rand_chacha::ChaCha8Rng;
    use rand_chacha::rand_core::SeedableRng;
    use std::cell::RefCell;

    #[test]
    fn the_mean_stays_and_the_same_seed_drops_the_same() {
        let x = Tensor::ones((40, 50), DType::F32, &Device::Cpu).expect("x");
        let run = |seed| {
            let rng = RefCell::new(ChaCha8Rng::seed_from_u64(seed));
            let y = dropout(&x, 0.25, &Mode::Training(&rng)).expect("y");
            y.flatten_all().and_then(|t| t.to_vec1::<f32>()).expect("values")
        };
        let (one, again, other) = (run(1), run(1), run(2));
        assert_eq!(one, again);
        assert_ne!(one, other);
        assert!(one.iter().all(|&v| v == 0.0 || (v - 4.0 / 3.0).abs() < 1e-6));
        let mean = one.iter().sum::<f32>() / 2000.0;
        assert!((mean - 1.0).abs() < 0.05, "{mean}");
    }

    #[test]
    fn inference_leaves_everything_and_one_is_refused() {
        let x = Tensor::ones(3, DType::F32, &Device::Cpu).expect("x");
        assert_eq!(dropout(&x, 0.9, &Mode::Inference).and_then(|y| y.to_vec1::<f32>()).expect("y"), [1.0; 3]);
        let rng = RefCell::new(ChaCha8Rng::seed_from_u64(1));
        assert!(dropout(&x, 1.0, &Mode::Training(&rng)).is_err());
    }
}
