//! Anchors: the rectangles that a region proposal network starts from, laid over every cell of every level.
//!
//! As torchvision's `AnchorGenerator`: of an anchor of side s and ratio r = height / width, the width is `s / sqrt(r)` and
//! the height `s sqrt(r)`; halves are rounded to whole pixels around the cell's upper left corner.

use super::regions::stride_of;
use crate::domain::recipe::DetectorSettings;
use candle_core::{Result, Tensor};

/// The shapes of the anchors of each level, around the origin.
pub(super) struct Shapes {
    levels: Vec<Vec<[f32; 4]>>,
}

impl Shapes {
    pub(super) fn new(detector: &DetectorSettings) -> Self {
        let shapes = |size: f64| {
            let shape = |ratio: &f64| {
                let tall = (*ratio as f32).sqrt();
                let (half_width, half_height) = ((1.0 / tall) * size as f32 / 2.0, tall * size as f32 / 2.0);
                [-half_width, -half_height, half_width, half_height].map(f32::round_ties_even)
            };
            detector.anchor_ratios.iter().map(shape).collect()
        };
        Self { levels: detector.anchor_sizes.iter().map(|&size| shapes(size)).collect() }
    }

    /// Lays them over levels of a pyramid of a picture of `height` x `width` pixels.
    pub(super) fn lay(&self, pyramid: &[Tensor], size: (usize, usize)) -> Result<Anchors> {
        let cells = |level: &Tensor| level.dims4().map(|(_, _, rows, columns)| (rows, columns));
        self.lay_over(&pyramid.iter().map(cells).collect::<Result<Vec<_>>>()?, size)
    }

    /// Lays them over levels of so many rows and columns.
    fn lay_over(&self, pyramid: &[(usize, usize)], (height, width): (usize, usize)) -> Result<Anchors> {
        if pyramid.len() != self.levels.len() {
            candle_core::bail!("anchors for {} levels of a pyramid of {}", self.levels.len(), pyramid.len());
        }
        let (mut rects, mut grids) = (Vec::new(), Vec::with_capacity(pyramid.len()));
        for (&(rows, columns), shapes) in pyramid.iter().zip(&self.levels) {
            let (down, across) = (height / rows.max(1), width / columns.max(1));
            grids.push(Grid { first: rects.len(), cells: rows * columns, shapes: shapes.len() });
            for row in 0..rows {
                for column in 0..columns {
                    let (x, y) = ((column * across) as f32, (row * down) as f32);
                    rects.extend(shapes.iter().map(|s| [s[0] + x, s[1] + y, s[2] + x, s[3] + y]));
                }
            }
        }
        Ok(Anchors { rects, grids })
    }
}

/// The anchors of a picture of `height` x `width` pixels, both whole cells of the coarsest level that is no pooling: of each
/// level those of row by row, cell by cell and shape by shape.
///
/// # Errors
/// When the settings have other than five sizes.
pub fn anchors_of(detector: &DetectorSettings, (height, width): (usize, usize)) -> Result<Vec<Vec<[f32; 4]>>> {
    let mut cells: Vec<(usize, usize)> =
        (0..4).map(|level| (height / stride_of(level), width / stride_of(level))).collect();
    // The fifth is every second cell of the fourth.
    cells.extend(cells.last().map(|(rows, columns)| (rows.div_ceil(2), columns.div_ceil(2))));
    let anchors = Shapes::new(detector).lay_over(&cells, (height, width))?;
    let of = |grid: &Grid| anchors.rects.iter().skip(grid.first).take(grid.count()).copied().collect();
    Ok(anchors.grids.iter().map(of).collect())
}

/// The anchors of one picture, level by level, row by row, cell by cell and shape by shape.
pub(super) struct Anchors {
    pub(super) rects: Vec<[f32; 4]>,
    pub(super) grids: Vec<Grid>,
}

impl Anchors {
    /// The level of an anchor.
    pub(super) fn level(&self, anchor: usize) -> usize {
        self.grids.partition_point(|grid| grid.first <= anchor).saturating_sub(1)
    }
}

/// The anchors of one level.
#[derive(Clone, Copy)]
pub(super) struct Grid {
    /// The first of them among all.
    pub(super) first: usize,
    /// Cells of the level.
    pub(super) cells: usize,
    /// Anchors of a cell.
    pub(super) shapes: usize,
}

impl Grid {
    /// How many there are.
    pub(super) fn count(&self) -> usize {
        self.cells * self.shapes
    }

    /// Where part `part` of `parts` numbers about an anchor of this level lies in a tensor of N, shapes * parts, rows,
    /// columns.
    pub(super) fn place(&self, image: usize, anchor: usize, part: usize, parts: usize) -> usize {
        let (cell, shape) = ((anchor - self.first) / self.shapes, (anchor - self.first) % self.shapes);
        ((image * self.shapes + shape) * parts + part) * self.cells + cell
    }
}
