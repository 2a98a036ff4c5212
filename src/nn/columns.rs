//! Shapes of a convolution, and the unrolling of its windows into the columns of a matrix (im2col) and back (col2im),
//! after Chellapilla et al. 2006.

use candle_core::Result;
use std::ops::Range;

/// How the kernel of a convolution moves over the picture, as in `torch.nn.functional.conv2d`. Of each pair the first is
/// for rows, the second for columns.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ConvWindow {
    pub stride: (usize, usize),
    /// Zeros on either side.
    pub padding: (usize, usize),
    /// Distance between the cells of the kernel.
    pub dilation: (usize, usize),
    pub groups: usize,
}

impl ConvWindow {
    /// The same along both axes, without dilation.
    pub fn square(stride: usize, padding: usize, groups: usize) -> Self {
        Self { stride: (stride, stride), padding: (padding, padding), dilation: (1, 1), groups }
    }
}

/// All sizes of one convolution.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Geometry {
    pub(super) images: usize,
    pub(super) in_channels: usize,
    pub(super) height: usize,
    pub(super) width: usize,
    pub(super) out_channels: usize,
    pub(super) kernel: (usize, usize),
    pub(super) stride: (usize, usize),
    pub(super) padding: (usize, usize),
    pub(super) dilation: (usize, usize),
    pub(super) groups: usize,
    pub(super) out_height: usize,
    pub(super) out_width: usize,
}

impl Geometry {
    /// From the input's N, C, H, W and the weight's O, C / groups, kh, kw; a sentence when they do not fit.
    pub(super) fn new(
        input: (usize, usize, usize, usize),
        weight: (usize, usize, usize, usize),
        window: &ConvWindow,
    ) -> Result<Self> {
        let (images, in_channels, height, width) = input;
        let (out_channels, group_channels, kh, kw) = weight;
        let ConvWindow { stride, padding, dilation, groups } = *window;
        if groups == 0
            || group_channels.checked_mul(groups) != Some(in_channels)
            || !out_channels.is_multiple_of(groups)
            || [stride.0, stride.1, dilation.0, dilation.1, kh, kw].contains(&0)
        {
            candle_core::bail!("a convolution with weight {weight:?} and {window:?} does not fit input {input:?}");
        }
        let along = |side: usize, kernel: usize, stride: usize, padding: usize, dilation: usize| {
            (side + 2 * padding).checked_sub(dilation * (kernel - 1) + 1).map(|rest| rest / stride + 1)
        };
        let (Some(out_height), Some(out_width)) =
            (along(height, kh, stride.0, padding.0, dilation.0), along(width, kw, stride.1, padding.1, dilation.1))
        else {
            candle_core::bail!("a {height} x {width} input is too small for a {kh} x {kw} convolution");
        };
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
            dilation,
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
        self.kernel == (1, 1) && self.stride == (1, 1) && self.padding == (0, 0)
    }

    /// Output columns `x` whose input column `x * stride + kx * dilation - padding` lies in the picture.
    fn inside(&self, kx: usize) -> Range<usize> {
        let (stride, padding, offset) = (self.stride.1, self.padding.1, kx * self.dilation.1);
        let first = padding.saturating_sub(offset).div_ceil(stride);
        let end = match (self.width + padding).checked_sub(offset + 1) {
            Some(last) => (last / stride + 1).min(self.out_width),
            None => 0,
        };
        first.min(end)..end
    }

    /// Visits every run of a column matrix row that has an input: calls with the matrix row, the place in it, and the
    /// place of the first input; further inputs are `stride` apart. `rows` counts output rows over all images.
    #[inline(always)]
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
                        let below = y * self.stride.0 + ky * self.dilation.0;
                        let from = below.checked_sub(self.padding.0).filter(|&iy| iy < self.height);
                        let source = from.filter(|_| !inside.is_empty()).map(|iy| {
                            let start = ((image * self.in_channels + plane) * self.height + iy) * self.width;
                            start + inside.start * self.stride.1 + kx * self.dilation.1 - self.padding.1
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
    #[inline(always)]
    pub(super) fn unroll(&self, input: &[f32], group: usize, rows: &Range<usize>, columns: &mut [f32]) {
        let stride = self.stride.1;
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
    #[inline(always)]
    pub(super) fn roll_back(
        &self,
        columns: &[f32],
        group: usize,
        rows: &Range<usize>,
        start: usize,
        input: &mut [f32],
    ) {
        let stride = self.stride.1;
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
        for (kernel, stride, padding, dilation, groups) in [
            ((3, 3), (1, 1), (1, 1), (1, 1), 1),
            ((3, 2), (2, 2), (1, 1), (1, 1), 2),
            ((1, 1), (2, 2), (0, 0), (1, 1), 1),
            ((5, 5), (3, 3), (4, 4), (1, 1), 1),
            ((2, 7), (1, 1), (3, 3), (1, 1), 2),
            ((3, 3), (1, 2), (2, 0), (2, 3), 2),
            ((1, 3), (2, 1), (0, 5), (1, 4), 1),
        ] {
            let weight = (4, 4 / groups, kernel.0, kernel.1);
            let window = ConvWindow { stride, padding, dilation, groups };
            let g = Geometry::new((2, 4, 5, 7), weight, &window).expect("fits");
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
                    let iy = (y * stride.0 + cell / kernel.1 * dilation.0) as isize - padding.0 as isize;
                    let ix = (x * stride.1 + cell % kernel.1 * dilation.1) as isize - padding.1 as isize;
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
        let refused = |input, weight, window: ConvWindow| Geometry::new(input, weight, &window).is_err();
        let plain = ConvWindow::square(1, 0, 1);
        assert!(refused((1, 3, 8, 8), (4, 2, 3, 3), plain), "channels");
        assert!(refused((1, 3, 2, 8), (4, 3, 3, 3), plain), "too small");
        assert!(refused((1, 3, 8, 8), (4, 3, 3, 3), ConvWindow { stride: (1, 0), ..plain }), "stride");
        assert!(refused((1, 3, 8, 8), (4, 3, 3, 3), ConvWindow { dilation: (4, 1), ..plain }), "dilation");
        assert!(refused((1, 4, 8, 8), (3, 2, 3, 3), ConvWindow { groups: 2, ..plain }), "groups");
    }
}
