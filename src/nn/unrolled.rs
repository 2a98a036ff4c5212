//! Convolution by matrix products over unrolled windows ([`super::columns`]): forward `weight x columns(input)`, the
//! gradient of the weight `gradient x columns^T` and that of the input `columns^-1(weight^T x gradient)`.
//!
//! Work is cut into pieces by shape alone and sums run over the pieces in order, so results are the same bytes whatever
//! the number of threads.

use super::columns::Geometry;
use super::cpu::{add_to, pieces, vectorised, with_buffer};
use super::epilogue::Epilogue;
use super::product::{View, product};
use rayon::prelude::*;
use std::ops::Range;

/// Positions below which several images share a matrix: small products would be all overhead.
const LEAST_COLUMNS: usize = 512;
/// Numbers of a column matrix that stay in the second-level cache.
const CACHED: usize = 96 * 1024;
/// Independent sums of the gradient of the weight; fixed, so that their order is.
const PARTIAL_SUMS: usize = 16;
/// Numbers of all those sums together, where there would be too many.
const SUMMED: usize = 1024 * 1024;

/// Images that share a matrix.
fn images_together(g: &Geometry) -> usize {
    LEAST_COLUMNS.div_ceil(g.positions()).clamp(1, g.images.max(1))
}

/// Output rows of a piece whose column matrix has about `numbers` numbers.
fn rows_of_piece(g: &Geometry, numbers: usize) -> usize {
    if g.is_pointwise() {
        // Nothing is unrolled.
        return g.out_height * images_together(g);
    }
    ((numbers / g.depth().max(1)).max(LEAST_COLUMNS / 2) / g.out_width).max(1)
}

/// A range of output rows (over all images) cut where an image ends.
fn parts_by_image(g: &Geometry, rows: &Range<usize>) -> impl Iterator<Item = Part> {
    let (height, width, first, rows) = (g.out_height, g.out_width, rows.start, rows.clone());
    (rows.start / height..rows.end.div_ceil(height)).map(move |image| {
        let (from, to) = (rows.start.max(image * height), rows.end.min((image + 1) * height));
        Part {
            image,
            position: (from - image * height) * width,
            length: (to - from) * width,
            before: (from - first) * width,
        }
    })
}

/// Positions of one image within a range of output rows.
struct Part {
    image: usize,
    /// The first of them in the image.
    position: usize,
    length: usize,
    /// Positions of the range that come before.
    before: usize,
}

/// The image of a range of output rows that lies in one image.
fn single(g: &Geometry, rows: &Range<usize>) -> Option<Part> {
    let mut parts = parts_by_image(g, rows);
    parts.next().filter(|_| parts.next().is_none())
}

/// The weight of a group, output channel by column.
fn kernel<'a>(g: &Geometry, w: &'a [f32], group: usize) -> View<'a> {
    let (depth, outs) = (g.depth(), g.group_out());
    View::of_rows(&w[group * outs * depth..], outs, depth, depth)
}

/// The convolution of x, N, C, H, W, with w, O, C / groups, kh, kw, into y, N, O, h, w.
pub(super) fn forward(g: &Geometry, x: &[f32], w: &[f32], epilogue: Epilogue, y: &mut [f32]) {
    let (positions, group_out, together) = (g.positions(), g.group_out(), images_together(g));
    if y.is_empty() {
        return;
    }
    let step = rows_of_piece(g, CACHED);
    y.par_chunks_mut(together * g.out_channels * positions).enumerate().for_each(|(unit, y)| {
        let first = unit * together;
        let end = (first + together).min(g.images);
        for rows in pieces(first * g.out_height..end * g.out_height, step) {
            let width = rows.len() * g.out_width;
            for group in 0..g.groups {
                let place = |image: usize, channel: usize| {
                    ((image - first) * g.out_channels + group * group_out + channel) * positions
                };
                if let Some(part) = single(g, &rows) {
                    let y = &mut y[place(part.image, 0)..];
                    with_columns(g, x, group, &rows, |columns| {
                        product(&mut y[part.position..], positions, kernel(g, w, group), columns, false);
                    });
                    for (channel, y) in y.chunks_mut(positions).take(group_out).enumerate() {
                        epilogue.finish(group * group_out + channel, &mut y[part.position..][..part.length]);
                    }
                    continue;
                }
                with_buffer(group_out * width, |sums| {
                    with_columns(g, x, group, &rows, |columns| {
                        product(sums, width, kernel(g, w, group), columns, false);
                    });
                    for (channel, sums) in sums.chunks_mut(width).enumerate() {
                        epilogue.finish(group * group_out + channel, sums);
                        for part in parts_by_image(g, &rows) {
                            y[place(part.image, channel) + part.position..][..part.length]
                                .copy_from_slice(&sums[part.before..][..part.length]);
                        }
                    }
                });
            }
        }
    });
}

/// Calls with the column matrix of these output rows: the input itself where that is possible, else unrolled into the
/// thread's buffer.
fn with_columns<R>(g: &Geometry, x: &[f32], group: usize, rows: &Range<usize>, work: impl FnOnce(View) -> R) -> R {
    let (depth, width) = (g.depth(), rows.len() * g.out_width);
    if g.is_pointwise()
        && let Some(part) = single(g, rows)
    {
        let plane = g.height * g.width;
        let start = (part.image * g.in_channels + group * g.group_in()) * plane + part.position;
        return work(View::of_rows(&x[start..], depth, width, plane));
    }
    with_buffer(depth * width, |buffer| {
        vectorised(
            #[inline(always)]
            || g.unroll(x, group, rows, buffer),
        );
        work(View::of_rows(buffer, depth, width, width))
    })
}

/// Calls with the gradient of these output rows, one row an output channel of `channels`.
fn with_gradient<R>(
    g: &Geometry,
    dy: &[f32],
    channels: &Range<usize>,
    rows: &Range<usize>,
    work: impl FnOnce(View) -> R,
) -> R {
    let (positions, width) = (g.positions(), rows.len() * g.out_width);
    let place = |image: usize, channel: usize| (image * g.out_channels + channel) * positions;
    if let Some(part) = single(g, rows) {
        let start = place(part.image, channels.start) + part.position;
        return work(View::of_rows(&dy[start..], channels.len(), width, positions));
    }
    with_buffer(channels.len() * width, |gathered| {
        for (channel, gathered) in channels.clone().zip(gathered.chunks_mut(width)) {
            for part in parts_by_image(g, rows) {
                gathered[part.before..][..part.length]
                    .copy_from_slice(&dy[place(part.image, channel) + part.position..][..part.length]);
            }
        }
        work(View::of_rows(gathered, channels.len(), width, width))
    })
}

/// What the gradient of the result is to the input, into dx, N, C, H, W.
pub(super) fn input_gradient(g: &Geometry, w: &[f32], dy: &[f32], dx: &mut [f32]) {
    let (depth, group_out, plane) = (g.depth(), g.group_out(), g.height * g.width);
    let (image_size, together) = (g.in_channels * plane, images_together(g));
    if dx.is_empty() {
        return;
    }
    let step = rows_of_piece(g, CACHED);
    dx.par_chunks_mut(together * image_size).enumerate().for_each(|(unit, dx)| {
        let first = unit * together;
        let end = (first + together).min(g.images);
        if !g.is_pointwise() {
            dx.fill(0.0);
        }
        for rows in pieces(first * g.out_height..end * g.out_height, step) {
            let width = rows.len() * g.out_width;
            for group in 0..g.groups {
                let outs = group * group_out..(group + 1) * group_out;
                let turned = kernel(g, w, group).turned();
                let place = |image: usize| ((image - first) * g.in_channels + group * g.group_in()) * plane;
                with_gradient(g, dy, &outs, &rows, |dy| {
                    if g.is_pointwise()
                        && let Some(part) = single(g, &rows)
                    {
                        product(&mut dx[place(part.image) + part.position..], plane, turned, dy, false);
                        return;
                    }
                    with_buffer(depth * width, |columns| {
                        product(columns, width, turned, dy, false);
                        if !g.is_pointwise() {
                            vectorised(
                                #[inline(always)]
                                || g.roll_back(columns, group, &rows, first * image_size, dx),
                            );
                            return;
                        }
                        for part in parts_by_image(g, &rows) {
                            let dx = &mut dx[place(part.image)..];
                            for (dx, column) in dx.chunks_mut(plane).zip(columns.chunks(width)) {
                                dx[part.position..][..part.length]
                                    .copy_from_slice(&column[part.before..][..part.length]);
                            }
                        }
                    });
                });
            }
        }
    });
}

/// What the gradient of the result is to the weight, into dw, O, C / groups, kh, kw.
pub(super) fn weight_gradient(g: &Geometry, x: &[f32], dy: &[f32], dw: &mut [f32]) {
    let (depth, together) = (g.depth(), images_together(g));
    let units = g.images.div_ceil(together);
    let step = rows_of_piece(g, CACHED);
    // Many sums of a small weight, or few of a large one whose channels are shared out instead.
    let sums = (SUMMED / dw.len().max(1)).clamp(1, PARTIAL_SUMS).min(units.max(1));
    let shares = if g.groups == 1 { (PARTIAL_SUMS / sums).min(g.out_channels.div_ceil(64)) } else { 1 };
    let channels = g.out_channels.div_ceil(shares.max(1));
    let partial = |first_unit: usize, outs: Range<usize>, dw: &mut [f32]| {
        dw.fill(0.0);
        for unit in (first_unit..units).step_by(sums) {
            let (first, end) = (unit * together, ((unit + 1) * together).min(g.images));
            for rows in pieces(first * g.out_height..end * g.out_height, step) {
                for group in 0..g.groups {
                    let outs =
                        if g.groups == 1 { outs.clone() } else { group * g.group_out()..(group + 1) * g.group_out() };
                    let place = (outs.start - if g.groups == 1 { outs.start } else { 0 }) * depth;
                    with_columns(g, x, group, &rows, |columns| {
                        with_gradient(g, dy, &outs, &rows, |dy| {
                            product(&mut dw[place..], depth, dy, columns.turned(), true);
                        });
                    });
                }
            }
        }
    };
    dw.par_chunks_mut((channels * depth).max(1)).enumerate().for_each(|(share, dw)| {
        let outs = share * channels..((share + 1) * channels).min(g.out_channels);
        let others: Vec<Vec<f32>> = (1..sums)
            .into_par_iter()
            .map(|sum| {
                let mut part = vec![0.0; dw.len()];
                partial(sum, outs.clone(), &mut part);
                part
            })
            .collect();
        partial(0, outs, dw);
        for part in &others {
            vectorised(
                #[inline(always)]
                || add_to(dw, part),
            );
        }
    });
}
