//! Blocks of a sequential JPEG: coefficients, the inverse transform and the way back to whole colours (ITU-T T.81,
//! annexes A and F).

use super::jpeg::{Component, Frame};
use super::jpeg_bits::{Bits, Huffman};
use std::sync::LazyLock;

/// Position in the block, row by row, of each coefficient in the order they are coded (figure A.6).
const ZIGZAG: [usize; 64] = [
    0, 1, 8, 16, 9, 2, 3, 10, 17, 24, 32, 25, 18, 11, 4, 5, 12, 19, 26, 33, 40, 48, 41, 34, 27, 20, 13, 6, 7, 14, 21,
    28, 35, 42, 49, 56, 57, 50, 43, 36, 29, 22, 15, 23, 30, 37, 44, 51, 58, 59, 52, 45, 38, 31, 39, 46, 53, 60, 61, 54,
    47, 55, 62, 63,
];

/// C(u) / 2 * cos((2x + 1) u pi / 16), by x and u (A.3.3).
static BASIS: LazyLock<[[f32; 8]; 8]> = LazyLock::new(|| {
    std::array::from_fn(|x| {
        std::array::from_fn(|u| {
            let scale = if u == 0 { 0.5f64.sqrt() } else { 1.0 };
            (0.5 * scale * ((2 * x + 1) as f64 * u as f64 * std::f64::consts::PI / 16.0).cos()) as f32
        })
    })
});

/// Reads one block (F.2.2); coefficients times their quantisation, row by row. `None` when the data ends or makes no
/// sense.
pub fn read_block(
    bits: &mut Bits<'_>,
    dc: &Huffman,
    ac: &Huffman,
    prediction: &mut i32,
    quantisation: &[u16; 64],
) -> Option<[f32; 64]> {
    let mut block = [0f32; 64];
    let width = bits.symbol(dc)?;
    if width > 15 {
        return None;
    }
    *prediction = prediction.wrapping_add(bits.extended(width.into())?);
    block[0] = *prediction as f32 * f32::from(quantisation[0]);
    let mut k = 1;
    while k < 64 {
        let symbol = bits.symbol(ac)?;
        let (run, width) = (usize::from(symbol >> 4), u32::from(symbol & 15));
        if width == 0 {
            if run != 15 {
                break;
            }
            k += 16;
            continue;
        }
        k += run;
        let value = bits.extended(width)?;
        *block.get_mut(*ZIGZAG.get(k)?)? = value as f32 * f32::from(*quantisation.get(k)?);
        k += 1;
    }
    Some(block)
}

/// Transforms a block and writes its samples, shifted back to 0 and above, to the plane from `target` on.
pub fn write_block(block: &[f32; 64], precision: u8, target: &mut [u16], stride: usize) {
    let basis = &*BASIS;
    let (half, top) = (f32::from(1u16 << (precision - 1)), f32::from((1u16 << precision) - 1));
    let mut rows = [[0f32; 8]; 8];
    for (v, row) in rows.iter_mut().enumerate() {
        let source = &block[v * 8..v * 8 + 8];
        if source.iter().any(|&c| c != 0.0) {
            *row = std::array::from_fn(|x| (0..8).map(|u| basis[x][u] * source[u]).sum());
        }
    }
    for (y, line) in target.chunks_mut(stride).take(8).enumerate() {
        for (x, sample) in line.iter_mut().take(8).enumerate() {
            let value: f32 = (0..8).map(|v| basis[y][v] * rows[v][x]).sum();
            *sample = (value + half).round().clamp(0.0, top) as u16;
        }
    }
}

/// Samples pixel after pixel, subsampled colours brought to the full size.
pub fn assembled(frame: &Frame) -> Vec<u32> {
    let channels = frame.components.len();
    let mut out = vec![0u32; frame.columns * frame.rows * channels];
    for (index, component) in frame.components.iter().enumerate() {
        let lines = out.chunks_exact_mut((frame.columns * channels).max(1));
        for (y, line) in lines.enumerate() {
            let targets = line.iter_mut().skip(index).step_by(channels);
            targets.enumerate().for_each(|(x, target)| *target = sample(component, frame, x, y));
        }
    }
    out
}

/// A colour's value at a pixel: the nearest sample, or between samples along each side where they are half as many, as
/// three parts of the nearer and one of the farther (what the reference decoders do; T.81 leaves it open).
fn sample(component: &Component, frame: &Frame, x: usize, y: usize) -> u32 {
    let at = |x: usize, y: usize| u32::from(component.plane.get(y * component.stride + x).copied().unwrap_or(0));
    if component.h == frame.h && component.v == frame.v {
        return at(x, y);
    }
    let last_x = (frame.columns * component.h).div_ceil(frame.h) - 1;
    let last_y = (frame.rows * component.v).div_ceil(frame.v) - 1;
    let (x0, x1) = neighbours(x, component.h, frame.h, last_x);
    let (y0, y1) = neighbours(y, component.v, frame.v, last_y);
    (9 * at(x0, y0) + 3 * at(x1, y0) + 3 * at(x0, y1) + at(x1, y1) + 8) / 16
}

/// The nearest sample and the next nearest along a side; the same twice where there is nothing between.
fn neighbours(position: usize, own: usize, most: usize, last: usize) -> (usize, usize) {
    let near = (position * own / most).min(last);
    if 2 * own != most {
        return (near, near);
    }
    let far = if position.is_multiple_of(2) { near.saturating_sub(1) } else { (near + 1).min(last) };
    (near, far)
}
