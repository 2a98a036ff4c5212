//! What our own CPU operators share: reading a tensor's numbers, sums, buffers, and code for wide vectors.

use candle_core::backend::BackendStorage;
use candle_core::{CpuStorage, Layout, Result, Storage, StorageRef, Tensor};
use std::cell::RefCell;
use std::ops::Range;

/// Runs a piece of work compiled for the vector units in use ([`crate::machine::Vectors`]). What it calls must be inlined
/// into it to gain by that. Where a multiplication is merged with an addition is fixed in the code (`mul_add`) and lanes are
/// counted by the code, so these loops give the same bits at every level.
#[inline(always)]
pub(super) fn vectorised<R>(work: impl FnOnce() -> R) -> R {
    crate::machine::arch().dispatch(work)
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
pub(super) struct CpuTensor {
    tensor: Tensor,
}

impl CpuTensor {
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

/// The memory of a [`CpuTensor`].
pub(super) struct Opened<'a> {
    guard: StorageRef<'a>,
    layout: &'a Layout,
}

impl Opened<'_> {
    pub(super) fn values(&self) -> Result<&[f32]> {
        match &*self.guard {
            Storage::Cpu(storage) => values(storage, self.layout),
            _ => candle_core::bail!("this operator works on the CPU only"),
        }
    }
}

thread_local! {
    static BUFFERS: RefCell<Vec<Vec<f32>>> = const { RefCell::new(Vec::new()) };
}

/// Lends a buffer of this thread. Its content is what was left in it. Work that the thread steals while it waits inside
/// `work` finds another.
pub(super) fn with_buffer<R>(length: usize, work: impl FnOnce(&mut [f32]) -> R) -> R {
    let kept = BUFFERS.with_borrow_mut(|buffers| {
        let place = buffers.partition_point(|buffer| buffer.len() < length);
        if place < buffers.len() { Some(buffers.remove(place)) } else { buffers.pop() }
    });
    let mut buffer = kept.unwrap_or_default();
    if buffer.len() < length {
        // Made anew: growing would copy what nobody needs.
        buffer = Vec::new();
        buffer.resize(length, 0.0);
    }
    let result = work(&mut buffer[..length]);
    BUFFERS.with_borrow_mut(|buffers| {
        let place = buffers.partition_point(|other| other.len() < buffer.len());
        buffers.insert(place, buffer);
    });
    result
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
