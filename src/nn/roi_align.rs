//! RoIAlign (He et al. 2017, "Mask R-CNN", section 3): features of a region as a small square of means of bilinear
//! samples, as `torchvision.ops.roi_align` with `aligned=False`, with the gradient towards the features.
//!
//! A region's samples lie on a grid, and both interpolation and mean work along one axis at a time: a cell of the result
//! is a weighted sum of a few rows, and of a few columns of that.

use super::cpu::{CpuTensor, values, vectorised};
use candle_core::{CpuStorage, CustomOp1, Layout, Result, Shape, Tensor};
use rayon::prelude::*;
use std::ops::Range;

/// A part of one picture of a batch.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Region {
    /// Which picture.
    pub image: usize,
    /// `xmin ymin xmax ymax` in pixels of the network's input.
    pub rect: [f32; 4],
}

/// How regions are read off a feature map.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct RoiAlign {
    /// Cells of the feature map a pixel of the input; 1/4 for a stride of 4.
    pub scale: f32,
    /// Cells of the result along each side.
    pub size: usize,
    /// Bilinear samples along each side of a cell.
    pub samples: usize,
}

impl RoiAlign {
    /// Features N, C, H, W to R, C, size, size, one for each region, in their order. A region narrower than a cell of the
    /// map is read as one cell wide; samples more than a cell outside of the map count as zero.
    ///
    /// # Errors
    /// When there is no region, or one of a picture that is not there.
    pub fn forward(&self, features: &Tensor, regions: &[Region]) -> Result<Tensor> {
        let (images, _, height, width) = features.dims4()?;
        if regions.is_empty() || self.size == 0 || self.samples == 0 || height == 0 || width == 0 {
            candle_core::bail!("there is nothing to align");
        }
        if let Some(odd) = regions.iter().find(|region| region.image >= images) {
            candle_core::bail!("a region of picture {} in a batch of {images}", odd.image);
        }
        let footprints = regions.iter().map(|region| self.footprint(region, height, width)).collect();
        let aligned = Aligned { size: self.size, footprints };
        if features.device().is_cpu() { features.contiguous()?.apply_op1(aligned) } else { aligned.composed(features) }
    }

    fn footprint(&self, region: &Region, height: usize, width: usize) -> Footprint {
        let [xmin, ymin, xmax, ymax] = region.rect.map(|edge| edge * self.scale);
        Footprint { image: region.image, rows: self.taps(ymin, ymax, height), columns: self.taps(xmin, xmax, width) }
    }

    /// Of each cell along an axis from `start` to `end`: the inputs it takes and their shares.
    fn taps(&self, start: f32, end: f32, inputs: usize) -> Vec<Taps> {
        let step = (end - start).max(1.0) / self.size as f32;
        let last = inputs - 1;
        let share = 1.0 / self.samples as f32;
        (0..self.size)
            .map(|cell| {
                let mut taps: Vec<(usize, f32)> = Vec::with_capacity(2 * self.samples);
                for sample in 0..self.samples {
                    let at = start + cell as f32 * step + (sample as f32 + 0.5) * step / self.samples as f32;
                    // NaN falls out here too.
                    if !(at >= -1.0 && at <= inputs as f32) {
                        continue;
                    }
                    let at = at.max(0.0);
                    let low = at as usize;
                    if low >= last {
                        taps.push((last, share));
                    } else {
                        let high = at - low as f32;
                        taps.extend([(low, (1.0 - high) * share), (low + 1, high * share)]);
                    }
                }
                Taps::of(&taps)
            })
            .collect()
    }
}

/// Neighbouring inputs and their shares in a sum.
struct Taps {
    first: usize,
    shares: Vec<f32>,
}

impl Taps {
    fn of(taps: &[(usize, f32)]) -> Self {
        let first = taps.iter().map(|tap| tap.0).min().unwrap_or(0);
        let end = taps.iter().map(|tap| tap.0 + 1).max().unwrap_or(0);
        let mut shares = vec![0.0; end - first];
        for (at, share) in taps {
            shares[at - first] += share;
        }
        Self { first, shares }
    }

    fn range(&self) -> Range<usize> {
        self.first..self.first + self.shares.len()
    }
}

/// Where a region's cells come from in the feature map of its picture.
struct Footprint {
    image: usize,
    rows: Vec<Taps>,
    columns: Vec<Taps>,
}

impl Footprint {
    /// The columns that any cell takes.
    fn across(&self) -> Range<usize> {
        let taken = || self.columns.iter().filter(|taps| !taps.shares.is_empty());
        let start = taken().map(|taps| taps.first).min().unwrap_or(0);
        start..taken().map(|taps| taps.range().end).max().unwrap_or(start)
    }

    /// Fills the region's cells of one channel.
    #[inline(always)]
    fn read(&self, plane: &[f32], width: usize, line: &mut [f32], cells: &mut [f32]) {
        let across = self.across();
        let line = &mut line[..across.len()];
        for (taps, cells) in self.rows.iter().zip(cells.chunks_exact_mut(self.columns.len())) {
            line.fill(0.0);
            for (row, share) in taps.range().zip(&taps.shares) {
                for (sum, value) in line.iter_mut().zip(&plane[row * width..][across.clone()]) {
                    *sum += share * value;
                }
            }
            for (cell, taps) in cells.iter_mut().zip(&self.columns) {
                let inputs = line.get(taps.first.saturating_sub(across.start)..).unwrap_or_default();
                *cell = taps.shares.iter().zip(inputs).map(|(share, value)| share * value).sum();
            }
        }
    }

    /// Adds the gradient of the region's cells to that of one channel.
    #[inline(always)]
    fn spread(&self, cells: &[f32], width: usize, line: &mut [f32], plane: &mut [f32]) {
        let across = self.across();
        let line = &mut line[..across.len()];
        for (taps, cells) in self.rows.iter().zip(cells.chunks_exact(self.columns.len())) {
            line.fill(0.0);
            for (cell, taps) in cells.iter().zip(&self.columns) {
                let inputs = line.get_mut(taps.first.saturating_sub(across.start)..).unwrap_or_default();
                for (input, share) in inputs.iter_mut().zip(&taps.shares) {
                    *input += share * cell;
                }
            }
            for (row, share) in taps.range().zip(&taps.shares) {
                for (value, sum) in plane[row * width..][across.clone()].iter_mut().zip(line.iter()) {
                    *value += share * sum;
                }
            }
        }
    }
}

struct Aligned {
    size: usize,
    footprints: Vec<Footprint>,
}

impl Aligned {
    /// The same out of the tensor library's operators, for other devices: the cells' inputs, gathered and weighed.
    fn composed(&self, features: &Tensor) -> Result<Tensor> {
        /// So many gathered rows of channels at once.
        const ROWS: usize = 1 << 16;
        let (images, channels, height, width) = features.dims4()?;
        let by_position = features.permute((0, 2, 3, 1))?.contiguous()?.reshape((images * height * width, channels))?;
        let longest = |taps: fn(&Footprint) -> &Vec<Taps>| {
            self.footprints.iter().flat_map(taps).map(|taps| taps.shares.len()).max().unwrap_or(0)
        };
        let (down, across) = (longest(|f| &f.rows), longest(|f| &f.columns));
        let (cells, taken) = (self.size * self.size, (down * across).max(1));
        let mut parts = Vec::new();
        for footprints in self.footprints.chunks((ROWS / (cells * taken)).max(1)) {
            let count = footprints.len() * cells * taken;
            let (mut places, mut shares) = (Vec::with_capacity(count), Vec::with_capacity(count));
            for f in footprints {
                for (rows, columns) in f.rows.iter().flat_map(|rows| f.columns.iter().map(move |c| (rows, c))) {
                    for tap in 0..taken {
                        let (y, x) = (tap / across.max(1), tap % across.max(1));
                        let share = rows.shares.get(y).zip(columns.shares.get(x)).map_or(0.0, |(a, b)| a * b);
                        let (row, column) = ((rows.first + y).min(height - 1), (columns.first + x).min(width - 1));
                        places.push(((f.image * height + row) * width + column) as u32);
                        shares.push(share);
                    }
                }
            }
            let places = Tensor::from_vec(places, count, features.device())?;
            let shares = Tensor::from_vec(shares, (count, 1), features.device())?;
            let weighed = by_position.index_select(&places, 0)?.broadcast_mul(&shares)?;
            parts.push(weighed.reshape((footprints.len() * cells, taken, channels))?.sum(1)?);
        }
        let shape = (self.footprints.len(), self.size, self.size, channels);
        Tensor::cat(&parts, 0)?.reshape(shape)?.permute((0, 3, 1, 2))?.contiguous()
    }
}

impl CustomOp1 for Aligned {
    fn name(&self) -> &'static str {
        "roi_align"
    }

    fn cpu_fwd(&self, features: &CpuStorage, layout: &Layout) -> Result<(CpuStorage, Shape)> {
        let (_, channels, height, width) = layout.shape().dims4()?;
        let features = values(features, layout)?;
        let (plane, cells) = (height * width, self.size * self.size);
        let mut y = vec![0.0f32; self.footprints.len() * channels * cells];
        y.par_chunks_mut((channels * cells).max(1)).zip(&self.footprints).for_each_init(
            || vec![0.0; width],
            |line, (y, footprint)| {
                let planes = features[footprint.image * channels * plane..].chunks_exact(plane);
                vectorised(
                    #[inline(always)]
                    || {
                        for (cells, plane) in y.chunks_exact_mut(cells).zip(planes) {
                            footprint.read(plane, width, line, cells);
                        }
                    },
                );
            },
        );
        Ok((CpuStorage::F32(y), Shape::from((self.footprints.len(), channels, self.size, self.size))))
    }

    fn bwd(&self, features: &Tensor, _y: &Tensor, dy: &Tensor) -> Result<Option<Tensor>> {
        let (_, channels, height, width) = features.dims4()?;
        let dys = CpuTensor::of(dy)?;
        let dys = dys.open();
        let dys = dys.values()?;
        let cells = self.size * self.size;
        let mut dx = vec![0.0f32; features.elem_count()];
        // A task has a channel of a picture for itself, so that no two add to the same place.
        dx.par_chunks_mut(height * width).enumerate().for_each_init(
            || vec![0.0; width],
            |line, (at, plane)| {
                let (image, channel) = (at / channels, at % channels);
                vectorised(
                    #[inline(always)]
                    || {
                        for (index, footprint) in self.footprints.iter().enumerate().filter(|(_, f)| f.image == image) {
                            let dy = &dys[(index * channels + channel) * cells..][..cells];
                            footprint.spread(dy, width, line, plane);
                        }
                    },
                );
            },
        );
        Tensor::from_vec(dx, features.shape(), features.device()).map(Some)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::nn::formula::list;
    use crate::nn::gradient_check::{check, scattered};

    fn regions() -> Vec<Region> {
        let rects = [
            [3.0, 5.0, 30.0, 21.0],
            [0.0, 0.0, 36.0, 44.0],
            // Narrower than a cell, over the edges, all outside, and over the whole map.
            [10.0, 10.0, 10.5, 10.2],
            [-9.0, 30.0, 12.0, 60.0],
            [80.0, 80.0, 120.0, 90.0],
            [-20.0, -20.0, 70.0, 70.0],
        ];
        rects.iter().enumerate().map(|(index, &rect)| Region { image: index % 2, rect }).collect()
    }

    #[test]
    fn the_gradient_is_the_slope() {
        let features = scattered(&[2, 3, 11, 9], 1);
        for (size, samples) in [(7, 2), (3, 1), (2, 3)] {
            let align = RoiAlign { scale: 0.25, size, samples };
            check("roi_align", std::slice::from_ref(&features), || align.forward(&features, &regions()));
        }
    }

    #[test]
    fn the_composed_form_agrees() {
        let features = scattered(&[2, 3, 11, 9], 1);
        let align = RoiAlign { scale: 0.25, size: 7, samples: 2 };
        let footprints = regions().iter().map(|region| align.footprint(region, 11, 9)).collect();
        let composed = Aligned { size: 7, footprints }.composed(&features).expect("composed");
        let own = align.forward(&features, &regions()).expect("own");
        assert_eq!(own.dims(), composed.dims());
        assert!(list(&own).iter().zip(list(&composed)).all(|(a, b)| (a - b).abs() < 1e-6));
        let gradient = |y: Tensor| y.sqr().and_then(|y| y.sum_all()?.backward()).expect("gradients");
        let (own, composed) = (gradient(own), gradient(composed));
        let (own, composed) = (own.get(&features).expect("own"), composed.get(&features).expect("composed"));
        assert!(list(own).iter().zip(list(composed)).all(|(a, b)| (a - b).abs() < 1e-5));
    }

    #[test]
    fn regions_of_no_picture_are_refused() {
        let features = scattered(&[1, 2, 4, 4], 1);
        let align = RoiAlign { scale: 0.25, size: 2, samples: 2 };
        assert!(align.forward(&features, &[]).is_err());
        assert!(align.forward(&features, &[Region { image: 1, rect: [0.0, 0.0, 8.0, 8.0] }]).is_err());
    }
}
