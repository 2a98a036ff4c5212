//! The product of a linear layer, x weight^T, by our own matrix product on the CPU: its vector level can be held down, and
//! the order of its sums depends on shapes alone. Elsewhere the tensor library's.

use super::cpu::{CpuTensor, values};
use super::product::{View, product};
use candle_core::{CpuStorage, CustomOp2, DType, Layout, Result, Shape, Tensor};
use rayon::prelude::*;

/// Rows of the result that one thread makes at once: of the shape only, so that sums do not depend on the threads.
fn rows_a_piece(rows: usize) -> usize {
    (rows / 8).clamp(8, 128)
}

/// `x` (N, I) times the transpose of `weight` (O, I): N, O.
///
/// # Errors
/// When the sizes do not fit each other.
pub(super) fn times_transposed(x: &Tensor, weight: &Tensor) -> Result<Tensor> {
    if !x.device().is_cpu() || x.dtype() != DType::F32 {
        return x.matmul(&weight.t()?);
    }
    x.contiguous()?.apply_op2(&weight.contiguous()?, TimesTransposed)
}

struct TimesTransposed;

/// `a` (rows x depth) times `b` (depth x columns), in pieces of rows.
fn in_pieces<'a>(rows: usize, columns: usize, a: impl Fn(usize, usize) -> View<'a> + Sync, b: View<'a>) -> Vec<f32> {
    let mut out = vec![0.0f32; rows * columns];
    let piece = rows_a_piece(rows);
    out.par_chunks_mut((piece * columns).max(1)).enumerate().for_each(|(number, out)| {
        product(out, columns, a(number * piece, out.len() / columns.max(1)), b, false);
    });
    out
}

impl CustomOp2 for TimesTransposed {
    fn name(&self) -> &'static str {
        "times_transposed"
    }

    fn cpu_fwd(&self, x: &CpuStorage, xl: &Layout, w: &CpuStorage, wl: &Layout) -> Result<(CpuStorage, Shape)> {
        let ((n, inputs), (outputs, depth)) = (xl.shape().dims2()?, wl.shape().dims2()?);
        if inputs != depth {
            candle_core::bail!("a linear layer of {depth} inputs was given {inputs}");
        }
        let (x, w) = (values(x, xl)?, values(w, wl)?);
        let part = |first: usize, rows: usize| View::of_rows(&x[first * inputs..], rows, inputs, inputs);
        let y = in_pieces(n, outputs, part, View::of_rows(w, outputs, inputs, inputs).turned());
        Ok((CpuStorage::F32(y), (n, outputs).into()))
    }

    fn bwd(&self, x: &Tensor, w: &Tensor, _y: &Tensor, dy: &Tensor) -> Result<(Option<Tensor>, Option<Tensor>)> {
        let ((n, inputs), outputs) = (x.dims2()?, w.dim(0)?);
        let (x_read, w_read, dy_read) = (CpuTensor::of(x)?, CpuTensor::of(w)?, CpuTensor::of(dy)?);
        let (x_open, w_open, dy_open) = (x_read.open(), w_read.open(), dy_read.open());
        let (x_values, w_values, dy_values) = (x_open.values()?, w_open.values()?, dy_open.values()?);
        let of_dy = |first: usize, rows: usize| View::of_rows(&dy_values[first * outputs..], rows, outputs, outputs);
        let dx = in_pieces(n, inputs, of_dy, View::of_rows(w_values, outputs, inputs, inputs));
        let of_turned = |first: usize, rows: usize| View::new(&dy_values[first..], n, rows, (outputs, 1)).turned();
        let dw = in_pieces(outputs, inputs, of_turned, View::of_rows(x_values, n, inputs, inputs));
        let made = |numbers, shape: (usize, usize)| Tensor::from_vec(numbers, shape, x.device()).map(Some);
        Ok((made(dx, (n, inputs))?, made(dw, (outputs, inputs))?))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use candle_core::{Device, Var};

    /// Small whole numbers, whose sums are exact in any order.
    fn whole(rows: usize, columns: usize, step: usize) -> Tensor {
        let numbers = (0..rows * columns).map(|i| (i * step % 13) as f32 - 6.0).collect::<Vec<_>>();
        Tensor::from_vec(numbers, (rows, columns), &Device::Cpu).unwrap()
    }

    #[test]
    fn product_and_both_gradients_are_the_tensor_librarys() {
        for (n, inputs, outputs) in [(1, 1, 1), (3, 7, 5), (40, 33, 1), (1, 20, 70), (300, 9, 17)] {
            let x = Var::from_tensor(&whole(n, inputs, 7)).unwrap();
            let w = Var::from_tensor(&whole(outputs, inputs, 5)).unwrap();
            let dy = whole(n, outputs, 3);
            let of = |y: Tensor| {
                let gradients = (&y * &dy).unwrap().sum_all().unwrap().backward().unwrap();
                [y, gradients.get(&x).unwrap().clone(), gradients.get(&w).unwrap().clone()]
                    .map(|t| t.to_vec2::<f32>().unwrap())
            };
            let ours = of(times_transposed(&x, &w).unwrap());
            let theirs = of(x.matmul(&w.t().unwrap()).unwrap());
            if crate::machine::product_noise().is_none() {
                assert_eq!(ours, theirs, "{n} {inputs} {outputs}");
            }
        }
        assert!(times_transposed(&whole(2, 3, 1), &whole(2, 4, 1)).is_err());
    }
}
