//! Shapes of a convolution, and the unrolling of its windows into the columns of a matrix (im2col) and back (col2im),
//! after Chellapilla et al. 2006.

use candle_core::Result;
use std::ops::Range;

/// All sizes of one convolution.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Geometry {
    pub(super) images: usize,
    pub(super) in_channels: usize,
    pub(super) height: usize,
    pub(super) width: usize,
    pub(super) out_channels: usize,
    pub(super) kernel: (usize, usize),
    pub(super) stride: usize,
    pub(super) padding: usize,
    pub(super) groups: usize,
    pub(super) out_height: usize,
    pub(super) out_width: usize,
}

impl Geometry {
    /// From the input's N, C, H, W and the weight's O, C / groups, kh, kw; a sentence when they do not fit.
    pub(super) fn new(
        input: (usize, usize, usize, usize),
        weight: (usize, usize, usize, usize),
        stride: usize,
        padding: usize,
        groups: usize,
    ) -> Result<Self> {
        let (images, in_channels, height, width) = input;
        let (out_channels, group_channels, kh, kw) = weight;
        let (padded_h, padded_w) = (height + 2 * padding, width + 2 * padding);
        if groups == 0
            || group_channels.checked_mul(groups) != Some(in_channels)
            || !out_channels.is_multiple_of(groups)
            || stride == 0
            || kh == 0
            || kw == 0
        {
            candle_core::bail!("a convolution with weight {weight:?} in {groups} groups does not fit input {input:?}");
        }
        if padded_h < kh || padded_w < kw {
            candle_core::bail!("a {height} x {width} input is too small for a {kh} x {kw} convolution");
        }
        let (out_height, out_width) = ((padded_h - kh) / stride + 1, (padded_w - kw) / stride + 1);
        let kernel = (kh, kw);
        Ok(Self {
            images,
            in_channels,
            height,
            width,
            out_channels,
            kernel,
            stride,
            padding,
            groups,
            out_height,
            out_width,
        })
    }

    /// Input channels of a group.
    pub(super) fn group_in(&self) -> usize {
        self.in_channels / self.groups
    }

    /// Output channels of a group.
    pub(super) fn group_out(&self) -> usize {
        self.out_channels / self.groups
    }

    /// Rows of the column matrix: one an input channel and kernel cell.
    pub(super) fn depth(&self) -> usize {
        self.group_in() * self.kernel.0 * self.kernel.1
    }

    /// Positions of an output picture.
    pub(super) fn positions(&self) -> usize {
        self.out_height * self.out_width
    }

    /// Whether the column matrix of an image is the image itself.
    pub(super) fn is_pointwise(&self) -> bool {
        self.kernel == (1, 1) && self.stride == 1 && self.padding == 0
    }

    /// Output columns `x` whose input column `x * stride + kx - padding` lies in the picture.
    fn inside(&self, kx: usize) -> Range<usize> {
        let first = self.padding.saturating_sub(kx).div_ceil(self.stride);
        let end = match (self.width + self.padding).checked_sub(kx + 1) {
            Some(last) => (last / self.stride + 1).min(self.out_width),
            None => 0,
        };
        first.min(end)..end
    }

    /// Visits every run of a column matrix row that has an input: calls with the matrix row, the place in it, and the
    /// place of the first input; further inputs are `stride` apart. `rows` counts output rows over all images.
    fn runs(&self, group: usize, rows: &Range<usize>, mut visit: impl FnMut(Run)) {
        let columns = rows.len() * self.out_width;
        let (kh, kw) = self.kernel;
        for channel in 0..self.group_in() {
            let plane = group * self.group_in() + channel;
            for ky in 0..kh {
                for kx in 0..kw {
                    let line = ((channel * kh + ky) * kw + kx) * columns;
                    let inside = self.inside(kx);
                    let mut image = rows.start / self.out_height;
                    let mut y = rows.start % self.out_height;
                    for row in 0..rows.len() {
                        let at = line + row * self.out_width;
                        let from = (y * self.stride + ky).checked_sub(self.padding).filter(|&iy| iy < self.height);
                        let source = from.filter(|_| !inside.is_empty()).map(|iy| {
                            let start = ((image * self.in_channels + plane) * self.height + iy) * self.width;
                            start + inside.start * self.stride + kx - self.padding
                        });
                        visit(Run { at, width: self.out_width, inside: inside.clone(), source });
                        y += 1;
                        if y == self.out_height {
                            (y, image) = (0, image + 1);
                        }
                    }
                }
            }
        }
    }

    /// Writes the column matrix ([`Self::depth`] rows, `rows.len() * out_width` columns) of a group.
    pub(super) fn unroll(&self, input: &[f32], group: usize, rows: &Range<usize>, columns: &mut [f32]) {
        let stride = self.stride;
        self.runs(group, rows, |run| {
            let line = &mut columns[run.at..run.at + run.width];
            let Some(source) = run.source else {
                line.fill(0.0);
                return;
            };
            line[..run.inside.start].fill(0.0);
            line[run.inside.end..].fill(0.0);
            let line = &mut line[run.inside];
            if stride == 1 {
                line.copy_from_slice(&input[source..source + line.len()]);
            } else {
                for (to, from) in line.iter_mut().zip(input[source..].iter().step_by(stride)) {
                    *to = *from;
                }
            }
        });
    }

    /// Adds a column matrix back to where its values came from. `start` is the place in the whole input at which
    /// `input` begins.
    pub(super) fn roll_back(
        &self,
        columns: &[f32],
        group: usize,
        rows: &Range<usize>,
        start: usize,
        input: &mut [f32],
    ) {
        let stride = self.stride;
        self.runs(group, rows, |run| {
            let Some(source) = run.source else { return };
            let line = &columns[run.at + run.inside.start..run.at + run.inside.end];
            let input = &mut input[source - start..];
            if stride == 1 {
                super::cpu::add_to(input, line);
            } else {
                for (from, to) in line.iter().zip(input.iter_mut().step_by(stride)) {
                    *to += from;
                }
            }
        });
    }
}

/// A piece of a column matrix row that belongs to one output row.
struct Run {
    /// Where it begins in the column matrix.
    at: usize,
    width: usize,
    /// The part that has inputs; the rest is padding.
    inside: Range<usize>,
    /// Where the first input lies; none when the whole run is padding.
    source: Option<usize>,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn unrolling_agrees_with_the_definition() {
        for (kernel, stride, padding, groups) in
            [((3, 3), 1, 1, 1), ((3, 2), 2, 1, 2), ((1, 1), 2, 0, 1), ((5, 5), 3, 4, 1), ((2, 7), 1, 3, 2)]
        {
            let weight = (4, 4 / groups, kernel.0, kernel.1);
            let g = Geometry::new((2, 4, 5, 7), weight, stride, padding, groups).expect("fits");
            let input: Vec<f32> = (0..2 * 4 * 5 * 7).map(|i| i as f32 + 1.0).collect();
            let rows = 1..2 * g.out_height;
            let width = rows.len() * g.out_width;
            for group in 0..groups {
                let mut columns = vec![f32::NAN; g.depth() * width];
                g.unroll(&input, group, &rows, &mut columns);
                for (index, &value) in columns.iter().enumerate() {
                    let (line, column) = (index / width, index % width);
                    let (row, x) = (rows.start + column / g.out_width, column % g.out_width);
                    let (image, y) = (row / g.out_height, row % g.out_height);
                    let (channel, cell) = (line / (kernel.0 * kernel.1), line % (kernel.0 * kernel.1));
                    let iy = (y * stride + cell / kernel.1) as isize - padding as isize;
                    let ix = (x * stride + cell % kernel.1) as isize - padding as isize;
                    let there = (0..5).contains(&iy) && (0..7).contains(&ix);
                    let plane = image * 4 + group * g.group_in() + channel;
                    let expected = if there { input[plane * 35 + (iy * 7 + ix) as usize] } else { 0.0 };
                    assert_eq!(value, expected, "{g:?} {group} {index}");
                }
            }
        }
    }

    #[test]
    fn sizes_that_do_not_fit_are_refused() {
        assert!(Geometry::new((1, 3, 8, 8), (4, 2, 3, 3), 1, 0, 1).is_err(), "channels");
        assert!(Geometry::new((1, 3, 2, 8), (4, 3, 3, 3), 1, 0, 1).is_err(), "too small");
        assert!(Geometry::new((1, 3, 8, 8), (4, 3, 3, 3), 0, 0, 1).is_err(), "stride");
        assert!(Geometry::new((1, 4, 8, 8), (3, 2, 3, 3), 1, 0, 2).is_err(), "groups");
    }
}
