//! Depthwise convolution: every channel has its own 3x3 or 5x5 kernel. A direct kernel with both gradients; as a matrix
//! product such a convolution would move nine or 25 times its numbers to do next to nothing with them.
//!
//! A plane is first packed: put into zeros where the padding is, each row cut into as many phases as the stride (even
//! and odd columns), so that what a tap reads for neighbouring outputs lies side by side.

use super::columns::Geometry;
use super::cpu::{vectorised, with_buffer};
use rayon::prelude::*;

/// Outputs computed together.
const LANES: usize = 16;
/// Outputs a task computes at least.
const GRAIN: usize = 16 * 1024;

/// Whether this file knows the convolution.
pub(super) fn fits(g: &Geometry) -> bool {
    let (kernel, stride) = (g.kernel.0, g.stride.0);
    g.groups == g.in_channels
        && g.groups == g.out_channels
        && g.dilation == (1, 1)
        && g.kernel == (kernel, kernel)
        && g.stride == (stride, stride)
        && [3, 5].contains(&kernel)
        && [1, 2].contains(&stride)
        && g.padding.0 < kernel
        && g.padding.1 < kernel
}

/// The convolution, N, C, h, w. `finish` hears of every row of sums which channel it is of, and writes it.
pub(super) fn forward(
    g: &Geometry,
    x: &[f32],
    w: &[f32],
    finish: impl Fn(usize, &[f32], &mut [f32]) + Sync,
) -> Vec<f32> {
    let pass = Pass {
        height: g.height,
        width: g.width,
        spread: 1,
        padding: g.padding,
        out_height: g.out_height,
        out_width: g.out_width,
    };
    match (g.kernel.0, g.stride.0) {
        (3, 1) => pass.planes::<3, 1>(g.in_channels, x, w, finish),
        (3, _) => pass.planes::<3, 2>(g.in_channels, x, w, finish),
        (_, 1) => pass.planes::<5, 1>(g.in_channels, x, w, finish),
        _ => pass.planes::<5, 2>(g.in_channels, x, w, finish),
    }
}

/// What the gradient of the result is to the input: a convolution of that gradient, spread out by the stride, with the
/// kernel turned round.
pub(super) fn input_gradient(g: &Geometry, w: &[f32], dy: &[f32]) -> Vec<f32> {
    let kernel = g.kernel.0;
    let pass = Pass {
        height: g.out_height,
        width: g.out_width,
        spread: g.stride.0,
        padding: (kernel - 1 - g.padding.0, kernel - 1 - g.padding.1),
        out_height: g.height,
        out_width: g.width,
    };
    let turned: Vec<f32> = w.chunks_exact(kernel * kernel).flat_map(|w| w.iter().rev().copied()).collect();
    let write = |_: usize, sums: &[f32], out: &mut [f32]| out.copy_from_slice(sums);
    match kernel {
        3 => pass.planes::<3, 1>(g.in_channels, dy, &turned, write),
        _ => pass.planes::<5, 1>(g.in_channels, dy, &turned, write),
    }
}

/// What the gradient of the result is to the weight, C, 1, k, k. Every channel sums over the images in order.
pub(super) fn weight_gradient(g: &Geometry, x: &[f32], dy: &[f32]) -> Vec<f32> {
    let pass = Pass {
        height: g.height,
        width: g.width,
        spread: 1,
        padding: g.padding,
        out_height: g.out_height,
        out_width: g.out_width,
    };
    match (g.kernel.0, g.stride.0) {
        (3, 1) => pass.taps::<3, 1>(g.images, g.in_channels, x, dy),
        (3, _) => pass.taps::<3, 2>(g.images, g.in_channels, x, dy),
        (_, 1) => pass.taps::<5, 1>(g.images, g.in_channels, x, dy),
        _ => pass.taps::<5, 2>(g.images, g.in_channels, x, dy),
    }
}

/// A kernel moving over planes.
struct Pass {
    height: usize,
    width: usize,
    /// Distance between the inputs once packed; the gradient of a stride.
    spread: usize,
    padding: (usize, usize),
    out_height: usize,
    out_width: usize,
}

impl Pass {
    /// Numbers of a phase of a packed row: whole lanes, and what the last taps reach beyond them.
    fn pitch<const K: usize, const S: usize>(&self) -> usize {
        (self.out_width.next_multiple_of(LANES) + (K - 1) / S).next_multiple_of(8)
    }

    fn packed_length<const K: usize, const S: usize>(&self) -> usize {
        ((self.out_height - 1) * S + K) * S * self.pitch::<K, S>()
    }

    /// Fills a packed plane; what no input lands on must be zero already and stays so.
    #[inline(always)]
    fn pack<const K: usize, const S: usize>(&self, plane: &[f32], packed: &mut [f32]) {
        let pitch = self.pitch::<K, S>();
        let rows = (self.out_height - 1) * S + K;
        for (y, line) in plane.chunks_exact(self.width).enumerate() {
            let at = y * self.spread + self.padding.0;
            if at >= rows {
                break;
            }
            let row = &mut packed[at * S * pitch..][..S * pitch];
            if S == 1 {
                let places = row[self.padding.1..].iter_mut().step_by(self.spread);
                if self.spread == 1 {
                    let count = line.len().min(row.len() - self.padding.1);
                    row[self.padding.1..][..count].copy_from_slice(&line[..count]);
                } else {
                    places.zip(line).for_each(|(to, from)| *to = *from);
                }
            } else {
                for phase in 0..S {
                    // The first input of this phase, and where it lies in it.
                    let first = (phase + S - self.padding.1 % S) % S;
                    let place = (first + self.padding.1) / S;
                    let places = row[phase * pitch..][..pitch].iter_mut().skip(place);
                    places.zip(line.iter().skip(first).step_by(S)).for_each(|(to, from)| *to = *from);
                }
            }
        }
    }

    /// One row of outputs, in whole lanes.
    #[inline(always)]
    fn row<const K: usize, const S: usize>(&self, packed: &[f32], pitch: usize, w: &[f32], y: usize, line: &mut [f32]) {
        for (block, out) in line.as_chunks_mut::<LANES>().0.iter_mut().enumerate() {
            let mut sums = [0.0f32; LANES];
            for ky in 0..K {
                let row = &packed[(y * S + ky) * S * pitch..][..S * pitch];
                for kx in 0..K {
                    let weight = w[ky * K + kx];
                    let inputs = &row[(kx % S) * pitch + block * LANES + kx / S..][..LANES];
                    for (sum, input) in sums.iter_mut().zip(inputs) {
                        *sum += weight * input;
                    }
                }
            }
            *out = sums;
        }
    }

    fn planes<const K: usize, const S: usize>(
        &self,
        channels: usize,
        x: &[f32],
        w: &[f32],
        finish: impl Fn(usize, &[f32], &mut [f32]) + Sync,
    ) -> Vec<f32> {
        let (plane, out_plane) = (self.height * self.width, self.out_height * self.out_width);
        let mut y = vec![0.0f32; x.len() / plane.max(1) * out_plane];
        if y.is_empty() {
            return y;
        }
        let together = GRAIN.div_ceil(out_plane);
        let (length, pitch) = (self.packed_length::<K, S>(), self.pitch::<K, S>());
        let line = self.out_width.next_multiple_of(LANES);
        y.par_chunks_mut(together * out_plane).zip(x.par_chunks(together * plane)).enumerate().for_each(
            |(task, (y, x))| {
                with_buffer(length + line, |buffer| {
                    let (packed, line) = buffer.split_at_mut(length);
                    packed.fill(0.0);
                    for (index, (y, x)) in y.chunks_exact_mut(out_plane).zip(x.chunks_exact(plane)).enumerate() {
                        let channel = (task * together + index) % channels;
                        let w = &w[channel * K * K..][..K * K];
                        vectorised(
                            #[inline(always)]
                            || {
                                self.pack::<K, S>(x, packed);
                                for (row, out) in y.chunks_exact_mut(self.out_width).enumerate() {
                                    self.row::<K, S>(packed, pitch, w, row, line);
                                    finish(channel, &line[..out.len()], out);
                                }
                            },
                        );
                    }
                });
            },
        );
        y
    }

    fn taps<const K: usize, const S: usize>(&self, images: usize, channels: usize, x: &[f32], dy: &[f32]) -> Vec<f32> {
        let (plane, out_plane) = (self.height * self.width, self.out_height * self.out_width);
        let (length, pitch) = (self.packed_length::<K, S>(), self.pitch::<K, S>());
        let line = self.out_width.next_multiple_of(LANES);
        let of_channel = |(channel, dw): (usize, &mut [f32])| {
            let mut total = [[0.0f64; K]; K];
            with_buffer(length + self.out_height * line, |buffer| {
                let (packed, lines) = buffer.split_at_mut(length);
                packed.fill(0.0);
                lines.fill(0.0);
                for image in 0..images {
                    let at = image * channels + channel;
                    vectorised(
                        #[inline(always)]
                        || {
                            self.pack::<K, S>(&x[at * plane..][..plane], packed);
                            let rows = dy[at * out_plane..][..out_plane].chunks_exact(self.out_width);
                            for (to, from) in lines.chunks_exact_mut(line).zip(rows) {
                                to[..from.len()].copy_from_slice(from);
                            }
                            for (ky, total) in total.iter_mut().enumerate() {
                                let sums = row_of_taps::<K, S>(packed, pitch, ky, lines, line);
                                for (total, sums) in total.iter_mut().zip(sums) {
                                    *total += sums.iter().map(|&v| f64::from(v)).sum::<f64>();
                                }
                            }
                        },
                    );
                }
            });
            for (dw, total) in dw.iter_mut().zip(total.iter().flatten()) {
                *dw = *total as f32;
            }
        };
        let mut dw = vec![0.0f32; channels * K * K];
        if images * out_plane > 0 {
            dw.par_chunks_mut(K * K).enumerate().for_each(of_channel);
        }
        dw
    }
}

/// The products of the gradient's rows with the inputs of one row of taps, summed lane by lane.
#[inline(always)]
fn row_of_taps<const K: usize, const S: usize>(
    packed: &[f32],
    pitch: usize,
    ky: usize,
    lines: &[f32],
    line: usize,
) -> [[f32; 8]; K] {
    let mut sums = [[0.0f32; 8]; K];
    for (y, gradients) in lines.chunks_exact(line).enumerate() {
        let row = &packed[(y * S + ky) * S * pitch..][..S * pitch];
        for (block, gradient) in gradients.as_chunks::<8>().0.iter().enumerate() {
            for (kx, sums) in sums.iter_mut().enumerate() {
                let inputs = &row[(kx % S) * pitch + block * 8 + kx / S..][..8];
                for lane in 0..8 {
                    sums[lane] += gradient[lane] * inputs[lane];
                }
            }
        }
    }
    sums
}
