//! 3 x 3 convolutions with stride 1 by minimal filtering: a quarter of the multiplications. The transforms are those of
//! [`super::winograd_transform`]; between them stand 36 matrix products, one a cell of the transformed tiles.
//!
//! Transformed numbers lie as channel, cell, tile, so that each task writes its channels in one piece. The blocks of tiles
//! and of channels depend on shapes alone, and so do all sums.

use super::columns::Geometry;
use super::cpu::{vectorised, with_buffer};
use super::epilogue::Epilogue;
use super::product::{View, product};
use super::winograd_transform::{CELLS, IN, LANES, Lane, OUT, of_filter, spread_gradient, spread_input, to_filter};
use rayon::prelude::*;
use std::ops::Range;

/// Numbers of a block's transformed tiles, all channels together.
const BLOCK: usize = 512 * 1024;
/// Fewer tiles make products of all overhead.
const LEAST_TILES: usize = 96;
/// Output channels a task works on.
const TOGETHER: usize = 64;
/// The same of a pass that needs the result only. Up to here the product reads the tiles where they lie; beyond it copies them
/// first, which took some percent of all time.
const TOGETHER_FORWARD: usize = 48;

/// One convolution, from `ins` to `outs` channels.
#[derive(Clone, Copy, Debug)]
pub(super) struct Winograd {
    images: usize,
    ins: usize,
    outs: usize,
    side: (usize, usize),
    out_side: (usize, usize),
    padding: (usize, usize),
}

/// Whether the kernel reads its weight as it is, or as the gradient of the input needs it: turned by half a circle and
/// with the channels' roles exchanged.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Filter {
    Forward,
    Backward,
}

impl Winograd {
    /// Of a convolution that gains by it.
    pub(super) fn of(g: &Geometry) -> Option<Self> {
        let tiles = g.out_height.div_ceil(OUT) * g.out_width.div_ceil(OUT);
        // Multiplications of the definition against those of whole tiles, and enough of them to pay for the transforms.
        let saves = 9 * g.positions() >= 2 * CELLS * tiles;
        let pays = g.in_channels >= 16 && g.out_channels >= 16 && g.images * tiles >= LEAST_TILES;
        Self::new(g).filter(|_| saves && pays)
    }

    /// Of a convolution of this kind.
    fn new(g: &Geometry) -> Option<Self> {
        let applies = g.kernel == (3, 3)
            && g.stride == (1, 1)
            && g.dilation == (1, 1)
            && g.groups == 1
            && g.padding.0 <= 2
            && g.padding.1 <= 2;
        applies.then_some(Self {
            images: g.images,
            ins: g.in_channels,
            outs: g.out_channels,
            side: (g.height, g.width),
            out_side: (g.out_height, g.out_width),
            padding: g.padding,
        })
    }

    /// The convolution that takes the gradient of the result to that of the input.
    fn backward(&self) -> Self {
        Self {
            ins: self.outs,
            outs: self.ins,
            side: self.out_side,
            out_side: self.side,
            padding: (2 - self.padding.0, 2 - self.padding.1),
            ..*self
        }
    }

    /// The convolution of x, N, I, H, W, with w, O, I, 3, 3, into y, N, O, h, w.
    pub(super) fn forward(&self, x: &[f32], w: &[f32], epilogue: Epilogue, y: &mut [f32]) {
        self.run(Filter::Forward, x, w, epilogue, y);
    }

    /// What the gradient of the result is to the input, into dx.
    pub(super) fn input_gradient(&self, dy: &[f32], w: &[f32], dx: &mut [f32]) {
        self.backward().run(Filter::Backward, dy, w, Epilogue::default(), dx);
    }

    fn run(&self, filter: Filter, x: &[f32], w: &[f32], epilogue: Epilogue, y: &mut [f32]) {
        with_buffer(self.outs * CELLS * self.ins, |filters| {
            self.transform_filters(filter, w, filters);
            let filters: &[f32] = filters;
            let blocks = self.blocks(BLOCK / (self.ins * CELLS));
            let outs = self.out_planes(y, &blocks);
            blocks.par_iter().zip(outs).for_each(|(block, mut outs)| {
                with_buffer(self.ins * CELLS * block.lanes(), |cells| {
                    self.spread_inputs(block, x, cells);
                    let cells: &[f32] = cells;
                    outs.par_chunks_mut(TOGETHER_FORWARD).enumerate().for_each(|(chunk, outs)| {
                        self.multiply_and_gather(block, filters, cells, chunk * TOGETHER_FORWARD, epilogue, outs);
                    });
                });
            });
        });
    }

    /// What the gradient of the result is to the weight, into dw, O, I, 3, 3.
    pub(super) fn weight_gradient(&self, x: &[f32], dy: &[f32], dw: &mut [f32]) {
        let row = CELLS * self.ins;
        with_buffer(self.outs * row, |sums| {
            for (number, block) in self.blocks(2 * BLOCK / (self.ins * CELLS)).iter().enumerate() {
                let tiles = block.lanes();
                with_buffer(self.ins * CELLS * tiles, |cells| {
                    self.spread_inputs(block, x, cells);
                    let cells: &[f32] = cells;
                    sums.par_chunks_mut(TOGETHER * row).enumerate().for_each(|(chunk, sums)| {
                        let outs = sums.len() / row;
                        with_buffer(outs * CELLS * tiles, |gradients| {
                            for (out, cells) in gradients.chunks_mut(CELLS * tiles).enumerate() {
                                block.picture(
                                    dy,
                                    self.outs,
                                    chunk * TOGETHER + out,
                                    self.out_side,
                                    (0, 0),
                                    |picture| {
                                        spread_gradient(picture, block.width(), &block.places, cells);
                                    },
                                );
                            }
                            for cell in 0..CELLS {
                                let gradient = View::of_rows(&gradients[cell * tiles..], outs, tiles, CELLS * tiles);
                                let input = View::of_rows(&cells[cell * tiles..], self.ins, tiles, CELLS * tiles);
                                product(&mut sums[cell * self.ins..], row, gradient, input.turned(), number > 0);
                            }
                        });
                    });
                });
            }
            dw.par_chunks_mut(9 * self.ins).zip(sums.par_chunks(row)).for_each(|(dw, sums)| {
                vectorised(
                    #[inline(always)]
                    || self.filters_back(sums, dw),
                );
            });
        });
    }

    /// From the sums of one output channel, cell by input channel, to its filters.
    #[inline(always)]
    fn filters_back(&self, sums: &[f32], dw: &mut [f32]) {
        for (number, filters) in dw.chunks_mut(9 * LANES).enumerate() {
            let count = filters.len() / 9;
            let mut cells = [[0.0; LANES]; CELLS];
            for (cell, lane) in cells.iter_mut().enumerate() {
                lane[..count].copy_from_slice(&sums[cell * self.ins + number * LANES..][..count]);
            }
            let weights = to_filter(&cells);
            for (index, filter) in filters.chunks_exact_mut(9).enumerate() {
                for (weight, lane) in filter.iter_mut().zip(&weights) {
                    *weight = lane[index];
                }
            }
        }
    }

    /// The filters, as output channel, cell, input channel of this convolution.
    fn transform_filters(&self, filter: Filter, w: &[f32], filters: &mut [f32]) {
        filters.par_chunks_mut(CELLS * self.ins).enumerate().for_each(|(out, filters)| {
            vectorised(
                #[inline(always)]
                || {
                    for first in (0..self.ins).step_by(LANES) {
                        let count = LANES.min(self.ins - first);
                        let mut weights: [Lane; 9] = [[0.0; LANES]; 9];
                        let place = |index: usize| match filter {
                            Filter::Forward => out * self.ins + first + index,
                            Filter::Backward => (first + index) * self.outs + out,
                        };
                        for (cell, lane) in weights.iter_mut().enumerate() {
                            let cell = if filter == Filter::Forward { cell } else { 8 - cell };
                            for (index, weight) in lane.iter_mut().take(count).enumerate() {
                                *weight = w[9 * place(index) + cell];
                            }
                        }
                        for (cell, lane) in of_filter(&weights).iter().enumerate() {
                            filters[cell * self.ins + first..][..count].copy_from_slice(&lane[..count]);
                        }
                    }
                },
            );
        });
    }

    fn spread_inputs(&self, block: &Block, x: &[f32], cells: &mut [f32]) {
        cells.par_chunks_mut(CELLS * block.lanes()).enumerate().for_each(|(channel, cells)| {
            block.picture(x, self.ins, channel, self.side, self.padding, |picture| {
                spread_input(picture, block.width(), &block.places, cells);
            });
        });
    }

    /// The outputs of some channels, of which `outs` holds the parts of the planes that belong to the block.
    fn multiply_and_gather(
        &self,
        block: &Block,
        filters: &[f32],
        cells: &[f32],
        first: usize,
        epilogue: Epilogue,
        outs: &mut [Vec<&mut [f32]>],
    ) {
        let tiles = block.lanes();
        with_buffer(outs.len() * CELLS * tiles, |products| {
            for cell in 0..CELLS {
                let filter = &filters[(first * CELLS + cell) * self.ins..];
                let filter = View::of_rows(filter, outs.len(), self.ins, CELLS * self.ins);
                let input = View::of_rows(&cells[cell * tiles..], self.ins, tiles, CELLS * tiles);
                product(&mut products[cell * tiles..], CELLS * tiles, filter, input, false);
            }
            for ((out, planes), products) in outs.iter_mut().enumerate().zip(products.chunks(CELLS * tiles)) {
                let width = self.out_side.1;
                let place = |tile: usize, row: usize, numbers: &[f32; OUT]| {
                    let Some(spot) = block.spots.get(tile) else { return };
                    let at = (spot.row + row) * width + spot.column;
                    let Some(line) = planes[spot.image].get_mut(at..).filter(|rest| !rest.is_empty()) else { return };
                    if spot.column + OUT <= width {
                        line[..OUT].copy_from_slice(numbers);
                    } else {
                        let rest = width - spot.column;
                        line[..rest].copy_from_slice(&numbers[..rest]);
                    }
                };
                epilogue.gather(first + out, products, tiles, place);
            }
        });
    }

    /// Blocks of about `tiles` tiles: some rows of tiles of one image, or several whole images.
    fn blocks(&self, tiles: usize) -> Vec<Block> {
        let (down, across) = (self.out_side.0.div_ceil(OUT), self.out_side.1.div_ceil(OUT));
        let (tiles, image) = (tiles.max(LEAST_TILES), down * across);
        let even = |total: usize, most: usize| total.div_ceil(total.div_ceil(most.max(1)));
        if image >= tiles {
            let step = even(down, tiles / across);
            let rows = |image: usize| {
                (0..down)
                    .step_by(step)
                    .map(move |row| Block::new(image..image + 1, row..(row + step).min(down), across))
            };
            (0..self.images).flat_map(rows).collect()
        } else {
            let step = even(self.images, tiles / image);
            let images = (0..self.images).step_by(step);
            images.map(|first| Block::new(first..(first + step).min(self.images), 0..down, across)).collect()
        }
    }

    /// The planes of y cut by block: block, output channel, image of the block.
    fn out_planes<'a>(&self, y: &'a mut [f32], blocks: &[Block]) -> Vec<Vec<Vec<&'a mut [f32]>>> {
        let (height, width) = self.out_side;
        let mut lists: Vec<Vec<Vec<&mut [f32]>>> = blocks
            .iter()
            .map(|block| (0..self.outs).map(|_| Vec::with_capacity(block.images.len())).collect())
            .collect();
        let (Some(first), Some(image)) = (blocks.first(), (self.outs * height * width).checked_sub(1)) else {
            return lists;
        };
        let rows = first.rows.len() * OUT;
        let cuts = height.div_ceil(rows);
        for (number, image) in y.chunks_mut(image + 1).enumerate() {
            let block = if cuts > 1 { number * cuts } else { number / first.images.len() };
            for (channel, plane) in image.chunks_mut(height * width).enumerate() {
                for (cut, part) in plane.chunks_mut(rows * width).enumerate() {
                    lists[block + cut][channel].push(part);
                }
            }
        }
        lists
    }
}

/// Tiles that are worked on together.
struct Block {
    images: Range<usize>,
    /// Rows of tiles.
    rows: Range<usize>,
    /// Tiles of a row.
    across: usize,
    /// Where each tile begins in [`Block::picture`]; filled up to whole lanes with places that are all zero.
    places: Vec<usize>,
    /// Where each tile's output goes.
    spots: Vec<Spot>,
}

/// Where a tile lies in the block's part of the output planes.
struct Spot {
    image: usize,
    row: usize,
    column: usize,
}

impl Block {
    fn new(images: Range<usize>, rows: Range<usize>, across: usize) -> Self {
        let mut block = Self { images, rows, across, places: Vec::new(), spots: Vec::new() };
        for image in 0..block.images.len() {
            for row in 0..block.rows.len() {
                for column in 0..across {
                    let top = image * block.height() + row * OUT;
                    block.places.push(top * block.width() + column * OUT);
                    block.spots.push(Spot { image, row: row * OUT, column: column * OUT });
                }
            }
        }
        let zeros = block.images.len() * block.height() * block.width();
        block.places.resize(block.spots.len().next_multiple_of(LANES), zeros);
        block
    }

    /// Tiles, up to whole lanes.
    fn lanes(&self) -> usize {
        self.places.len()
    }

    /// Rows an image has in the picture.
    fn height(&self) -> usize {
        self.rows.len() * OUT + IN - OUT
    }

    /// Columns of the picture: those of the tiles, and what is read behind the last.
    fn width(&self) -> usize {
        self.across * OUT + LANES - OUT
    }

    /// Calls with the part of a channel under the block's tiles, all images below each other and zeros around, and a tile
    /// of zeros at the end.
    fn picture(
        &self,
        from: &[f32],
        channels: usize,
        channel: usize,
        side: (usize, usize),
        padding: (usize, usize),
        work: impl FnOnce(&[f32]),
    ) {
        let (height, width) = (self.height(), self.width());
        with_buffer((self.images.len() * height + IN) * width, |picture| {
            picture.fill(0.0);
            let across = side.1.min(width - padding.1);
            for (image, picture) in self.images.clone().zip(picture.chunks_mut(height * width)) {
                let plane = &from[(image * channels + channel) * side.0 * side.1..][..side.0 * side.1];
                for (row, line) in picture.chunks_mut(width).enumerate() {
                    let Some(at) = (self.rows.start * OUT + row).checked_sub(padding.0) else { continue };
                    if let Some(source) = plane.get(at * side.1..).filter(|rest| !rest.is_empty()) {
                        line[padding.1..padding.1 + across].copy_from_slice(&source[..across]);
                    }
                }
            }
            work(picture);
        });
    }
}

#[cfg(test)]
mod tests {
    use super::super::activation::Activation;
    use super::super::columns::ConvWindow;
    use super::super::unrolled;
    use super::*;

    fn numbers(count: usize, seed: usize) -> Vec<f32> {
        (0..count).map(|i| ((i * 7919 + seed * 104_729) % 10_007) as f32 / 5003.5 - 1.0).collect()
    }

    /// The largest rounding errors of minimal filtering are some tens of an f32's last bit.
    fn near(what: &str, found: &[f32], expected: &[f32]) {
        let largest = expected.iter().fold(0.0f32, |m, v| m.max(v.abs()));
        for (index, (a, b)) in found.iter().zip(expected).enumerate() {
            assert!((a - b).abs() <= 1e-5 * largest.max(1.0), "{what} at {index}: {a} against {b}");
        }
    }

    #[test]
    fn every_size_agrees_with_the_unrolled_form() {
        let small = (1..=9).map(|side| (2, 5, side, 10 - side.min(9), 3, 1));
        let others = [
            (3, 9, 14, 14, 17, 1),
            (5, 16, 7, 7, 70, 1),
            (2, 20, 33, 40, 12, 1),
            (1, 4, 9, 6, 5, 0),
            (1, 4, 9, 6, 5, 2),
        ];
        for (images, ins, height, width, outs, padding) in small.chain(others) {
            let window = ConvWindow::square(1, padding, 1);
            let g = Geometry::new((images, ins, height, width), (outs, ins, 3, 3), &window).unwrap();
            let winograd = Winograd::new(&g).unwrap();
            let x = numbers(images * ins * height * width, 1);
            let w = numbers(outs * ins * 9, 2);
            let dy = numbers(images * outs * g.positions(), 3);
            let shift = numbers(outs, 4);
            let what = format!("{images} x {ins} x {height} x {width} to {outs}, padding {padding}");

            let epilogue = Epilogue { scale: None, shift: Some(&shift), activation: Activation::Relu };
            let (mut found, mut expected) = (vec![f32::NAN; dy.len()], vec![0.0; dy.len()]);
            winograd.forward(&x, &w, epilogue, &mut found);
            unrolled::forward(&g, &x, &w, epilogue, &mut expected);
            near(&what, &found, &expected);
            let (mut found, mut expected) = (vec![f32::NAN; x.len()], vec![0.0; x.len()]);
            winograd.input_gradient(&dy, &w, &mut found);
            unrolled::input_gradient(&g, &w, &dy, &mut expected);
            near(&format!("{what}, gradient of the input"), &found, &expected);
            let (mut found, mut expected) = (vec![f32::NAN; w.len()], vec![0.0; w.len()]);
            winograd.weight_gradient(&x, &dy, &mut found);
            unrolled::weight_gradient(&g, &x, &dy, &mut expected);
            near(&format!("{what}, gradient of the weight"), &found, &expected);
        }
    }

    #[test]
    fn few_channels_few_tiles_and_small_maps_are_left_to_others() {
        let of = |images, ins, side, outs, stride| {
            let g = Geometry::new((images, ins, side, side), (outs, ins, 3, 3), &ConvWindow::square(stride, 1, 1));
            Winograd::of(&g.unwrap()).is_some()
        };
        assert!(of(1, 64, 56, 64, 1) && of(32, 512, 7, 512, 1));
        assert!(!of(8, 512, 7, 512, 1), "32 tiles");
        assert!(!of(128, 512, 1, 512, 1), "pictures of one position");
        assert!(!of(8, 3, 224, 64, 1), "three channels");
        assert!(!of(8, 64, 56, 64, 2), "a stride");
    }
}
