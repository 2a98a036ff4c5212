//! What happens to the sums of a convolution before they are written.

use super::activation::{Activation, relu, silu};
use super::cpu::vectorised;
use super::winograd_transform::{OUT, gather_output};

/// Scale, shift and activation of every output channel.
#[derive(Clone, Copy, Default)]
pub(super) struct Epilogue<'a> {
    /// Multiplies each output channel.
    pub(super) scale: Option<&'a [f32]>,
    /// Is then added to each output channel.
    pub(super) shift: Option<&'a [f32]>,
    pub(super) activation: Activation,
}

impl Epilogue<'_> {
    /// Whether sums are written as they are.
    pub(super) fn is_nothing(&self) -> bool {
        self.scale.is_none() && self.shift.is_none() && self.activation == Activation::Identity
    }

    fn line(&self, channel: usize) -> (f32, f32) {
        let of = |list: Option<&[f32]>| list.and_then(|list| list.get(channel)).copied();
        (of(self.scale).unwrap_or(1.0), of(self.shift).unwrap_or(0.0))
    }

    /// Finishes sums of a channel into `out`.
    pub(super) fn write(&self, channel: usize, sums: &[f32], out: &mut [f32]) {
        out.copy_from_slice(sums);
        self.finish(channel, out);
    }

    /// Finishes sums of a channel where they lie.
    pub(super) fn finish(&self, channel: usize, sums: &mut [f32]) {
        if self.is_nothing() {
            return;
        }
        let (scale, shift) = self.line(channel);
        vectorised(
            #[inline(always)]
            || match self.activation {
                Activation::Identity => sums.iter_mut().for_each(|v| *v = *v * scale + shift),
                Activation::Relu => sums.iter_mut().for_each(|v| *v = relu(*v * scale + shift)),
                Activation::Silu => sums.iter_mut().for_each(|v| *v = silu(*v * scale + shift)),
            },
        );
    }

    /// Finishes the tiles of a channel; see [`gather_output`].
    pub(super) fn gather(
        &self,
        channel: usize,
        cells: &[f32],
        tiles: usize,
        place: impl FnMut(usize, usize, &[f32; OUT]),
    ) {
        let (scale, shift) = self.line(channel);
        match self.activation {
            _ if self.is_nothing() => gather_output(cells, tiles, |v| v, place),
            Activation::Identity => gather_output(cells, tiles, |v| v * scale + shift, place),
            Activation::Relu => gather_output(cells, tiles, |v| relu(v * scale + shift), place),
            Activation::Silu => gather_output(cells, tiles, |v| silu(v * scale + shift), place),
        }
    }
}
