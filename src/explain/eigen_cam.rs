//! Eigen-CAM (Muhammad and Yeasin 2020): a layer's activations projected onto the direction of the channels along which
//! its places differ most. It asks for no class: it shows what the layer finds striking, not what the answer came from.
//!
//! The paper does not centre; pytorch-grad-cam takes each channel's mean away first, and so does this. The direction of an
//! eigenvector is arbitrary, and with it which half of the map is above zero: here the side with the value farthest from zero
//! is, as in Seg-Eigen-CAM (Chung and Ying 2025, equation 13). pytorch-grad-cam's `EigenCAM` leaves it to chance.

use candle_core::{Result, Tensor};

/// Steps of the power iteration at most.
const STEPS: usize = 5000;
/// It ends when no entry of a vector of length one moves by more.
const STILL: f64 = 1e-12;

/// The grid, `max(0, projection)`, h x w of C x h x w.
pub(super) fn eigen_cam(activations: &Tensor) -> Result<Tensor> {
    let (_, height, width) = activations.dims3()?;
    let mut channels: Vec<Vec<f64>> = Vec::new();
    for plane in activations.flatten_from(1)?.to_vec2::<f32>()? {
        let mean = plane.iter().map(|v| f64::from(*v)).sum::<f64>() / plane.len().max(1) as f64;
        channels.push(plane.iter().map(|v| f64::from(*v) - mean).collect());
    }
    let mut projection = projected(&channels, height * width);
    let (least, most) = projection.iter().fold((0.0f64, 0.0f64), |(l, m), v| (l.min(*v), m.max(*v)));
    if -least > most {
        projection.iter_mut().for_each(|v| *v = -*v);
    }
    let grid: Vec<f32> = projection.into_iter().map(|v| v.max(0.0) as f32).collect();
    Tensor::from_vec(grid, (height, width), activations.device())
}

/// The places projected onto the first principal direction of the channels, by way of the smaller of both Gram matrices.
fn projected(channels: &[Vec<f64>], places: usize) -> Vec<f64> {
    if channels.len() <= places {
        let gram: Vec<Vec<f64>> = channels.iter().map(|a| channels.iter().map(|b| dot(a, b)).collect()).collect();
        let (_, direction) = first_eigenvector(&gram);
        let mut projection = vec![0.0; places];
        for (channel, share) in channels.iter().zip(direction) {
            projection.iter_mut().zip(channel).for_each(|(sum, value)| *sum += share * value);
        }
        return projection;
    }
    let place = |at: usize| channels.iter().filter_map(move |channel| channel.get(at).copied()).collect::<Vec<f64>>();
    let places: Vec<Vec<f64>> = (0..places).map(place).collect();
    let gram: Vec<Vec<f64>> = places.iter().map(|a| places.iter().map(|b| dot(a, b)).collect()).collect();
    let (value, direction) = first_eigenvector(&gram);
    direction.into_iter().map(|share| share * value.max(0.0).sqrt()).collect()
}

fn dot(a: &[f64], b: &[f64]) -> f64 {
    a.iter().zip(b).map(|(a, b)| a * b).sum()
}

/// The largest eigenvalue of a symmetric matrix without negative ones, and its eigenvector of length one, by power
/// iteration from a fixed start.
fn first_eigenvector(matrix: &[Vec<f64>]) -> (f64, Vec<f64>) {
    // Of no particular direction, so that it is orthogonal to the one looked for in no picture.
    let mut vector: Vec<f64> = (0..matrix.len()).map(|at| 1.0 + 0.5 * (at as f64 * 1.7).sin()).collect();
    let mut value = 0.0;
    for _ in 0..STEPS {
        let next: Vec<f64> = matrix.iter().map(|row| dot(row, &vector)).collect();
        value = dot(&next, &next).sqrt();
        if value <= 0.0 {
            return (0.0, vec![0.0; matrix.len()]);
        }
        let next: Vec<f64> = next.into_iter().map(|v| v / value).collect();
        let moved = next.iter().zip(&vector).map(|(a, b)| (a - b).abs()).fold(0.0, f64::max);
        vector = next;
        if moved < STILL {
            break;
        }
    }
    (value, vector)
}

#[cfg(test)]
mod tests {
    use super::*;
    use candle_core::Device;

    #[test]
    fn both_gram_matrices_give_one_projection_and_flat_layers_an_empty_one() {
        let channels: Vec<Vec<f64>> =
            (0..3).map(|c| (0..5).map(|at| ((c * 5 + at * at) as f64).sin()).collect()).collect();
        let few = projected(&channels, 5);
        let mut more = channels.clone();
        more.extend([vec![0.0; 5], vec![0.0; 5], vec![0.0; 5]]);
        let many = projected(&more, 5);
        let sign = if few[0] * many[0] < 0.0 { -1.0 } else { 1.0 };
        assert!(few.iter().zip(&many).all(|(a, b)| (a - sign * b).abs() < 1e-9), "{few:?} {many:?}");
        let flat = Tensor::full(3.0f32, (2, 4, 4), &Device::Cpu).unwrap();
        assert!(eigen_cam(&flat).unwrap().flatten_all().unwrap().to_vec1::<f32>().unwrap().iter().all(|v| *v == 0.0));
    }
}
