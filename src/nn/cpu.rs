//! What our own CPU operators share: reading a tensor's numbers, matrix products on parts of them, sums, buffers.

use candle_core::backend::BackendStorage;
use candle_core::{CpuStorage, Layout, Result, Storage, StorageRef, Tensor};
use std::cell::Cell;
use std::ops::Range;

/// Runs a piece of work compiled for the widest vector units of this machine. What it calls must be inlined into it to
/// gain by that. Where the compiler merges a multiplication with an addition is fixed in the code (`mul_add`), so results
/// differ between machines by no more than that.
#[inline(always)]
pub(super) fn vectorised<R>(work: impl FnOnce() -> R) -> R {
    pulp::Arch::new().dispatch(work)
}

/// The f32 values of a contiguous operand.
pub(super) fn values<'a>(storage: &'a CpuStorage, layout: &Layout) -> Result<&'a [f32]> {
    let CpuStorage::F32(all) = storage else {
        candle_core::bail!("this operator works on f32 values, not {:?}", storage.dtype());
    };
    let Some(part) = layout.contiguous_offsets().and_then(|(start, end)| all.get(start..end)) else {
        candle_core::bail!("this operator needs contiguous values");
    };
    Ok(part)
}

/// A CPU tensor opened for reading, made contiguous where it was not.
pub(super) struct Reading {
    tensor: Tensor,
}

impl Reading {
    /// Fails on other devices and number types when the values are asked for.
    pub(super) fn of(tensor: &Tensor) -> Result<Self> {
        Ok(Self { tensor: tensor.contiguous()? })
    }

    /// Holds the memory for reading.
    pub(super) fn open(&self) -> Opened<'_> {
        let (guard, layout) = self.tensor.storage_and_layout();
        Opened { guard, layout }
    }
}

/// The memory of a [`Reading`].
pub(super) struct Opened<'a> {
    guard: StorageRef<'a>,
    layout: &'a Layout,
}

impl Opened<'_> {
    /// The whole storage, of which the tensor begins at [`Self::start`].
    pub(super) fn storage(&self) -> Result<&CpuStorage> {
        match &*self.guard {
            Storage::Cpu(storage) => Ok(storage),
            _ => candle_core::bail!("this operator works on the CPU only"),
        }
    }

    pub(super) fn start(&self) -> usize {
        self.layout.start_offset()
    }

    pub(super) fn values(&self) -> Result<&[f32]> {
        values(self.storage()?, self.layout)
    }
}

/// A matrix that lies somewhere in a storage: element (row, column) is at `start + row * stride.0 + column * stride.1`.
pub(super) struct Matrix<'a> {
    pub(super) storage: &'a CpuStorage,
    pub(super) start: usize,
    pub(super) rows: usize,
    pub(super) columns: usize,
    pub(super) stride: (usize, usize),
}

impl Matrix<'_> {
    fn layout(&self) -> Layout {
        Layout::new((self.rows, self.columns).into(), vec![self.stride.0, self.stride.1], self.start)
    }

    /// The product with another matrix, row by row. The tensor library runs it through the `gemm` crate, whose sums do
    /// not depend on the number of threads.
    pub(super) fn times(&self, other: &Matrix<'_>) -> Result<Vec<f32>> {
        let size = (1, self.rows, other.columns, self.columns);
        match self.storage.matmul(other.storage, size, &self.layout(), &other.layout())? {
            CpuStorage::F32(product) => Ok(product),
            other => candle_core::bail!("a product of f32 matrices came out as {:?}", other.dtype()),
        }
    }
}

thread_local! {
    static BUFFER: Cell<Vec<f32>> = const { Cell::new(Vec::new()) };
}

/// Lends a buffer of this thread as a storage. Its content is what was left in it. Work stolen by the thread while it
/// waits inside `work` simply finds no buffer and makes another.
pub(super) fn with_buffer<R>(length: usize, work: impl FnOnce(&mut CpuStorage) -> R) -> R {
    let mut buffer = BUFFER.take();
    buffer.resize(length, 0.0);
    let mut storage = CpuStorage::F32(buffer);
    let result = work(&mut storage);
    if let CpuStorage::F32(buffer) = storage {
        BUFFER.set(buffer);
    }
    result
}

/// The numbers of a storage lent by [`with_buffer`].
pub(super) fn numbers(storage: &mut CpuStorage) -> &mut [f32] {
    match storage {
        CpuStorage::F32(values) => values,
        _ => &mut [],
    }
}

const LANES: usize = 16;
/// So few f32 additions a lane that their rounding does not show.
const BLOCK: usize = LANES * 64;

/// Sum of `f` over pairs of elements, in an order that depends on the length only; f32 within short blocks, f64 beyond.
#[inline(always)]
pub(super) fn sum2(a: &[f32], b: &[f32], f: impl Fn(f32, f32) -> f32) -> f64 {
    let mut total = 0.0f64;
    for (a, b) in a.chunks(BLOCK).zip(b.chunks(BLOCK)) {
        let mut lanes = [0.0f32; LANES];
        let (a_whole, a_rest) = a.as_chunks::<LANES>();
        let (b_whole, b_rest) = b.as_chunks::<LANES>();
        for (a, b) in a_whole.iter().zip(b_whole) {
            for lane in 0..LANES {
                lanes[lane] += f(a[lane], b[lane]);
            }
        }
        let rest: f32 = a_rest.iter().zip(b_rest).map(|(&a, &b)| f(a, b)).sum();
        total += lanes.iter().map(|&v| f64::from(v)).sum::<f64>() + f64::from(rest);
    }
    total
}

/// Sum of `f` over elements; see [`sum2`].
#[inline(always)]
pub(super) fn sum(a: &[f32], f: impl Fn(f32) -> f32) -> f64 {
    sum2(a, a, |v, _| f(v))
}

/// Adds `from` to `to`, element by element.
#[inline(always)]
pub(super) fn add_to(to: &mut [f32], from: &[f32]) {
    for (t, f) in to.iter_mut().zip(from) {
        *t += f;
    }
}

/// `0..count` in pieces of `size`.
pub(super) fn pieces(range: Range<usize>, size: usize) -> impl Iterator<Item = Range<usize>> {
    let end = range.end;
    range.step_by(size.max(1)).map(move |start| start..(start + size.max(1)).min(end))
}
