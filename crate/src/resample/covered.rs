//! The pixels of a block that cells cover, by how much: found once, folded into each band's statistics.

use std::ops::Range;

use super::coverage::{Clip, CoverageFold, PixelBounds, Polygon, Rasterizer};
use super::outline::Outlines;
use super::pixel_map::PixelMap;
use crate::raster::{BlockId, Window};

/// What some cells cover of a block, cell after cell, row by row.
#[derive(Debug, Default)]
pub struct Covered {
    pixels: Vec<CoveredPixels>,
    /// A cell, and the end of its pixels among all.
    cells: Vec<(usize, usize)>,
}

/// Consecutive pixels of a row that are covered alike.
#[derive(Debug, Clone, Copy)]
pub struct CoveredPixels {
    /// In the block, as the column is.
    pub row: u32,
    pub col: u32,
    pub len: u32,
    pub coverage: f64,
}

/// A block and where it lies.
#[derive(Debug, Clone, Copy)]
pub struct BlockPlace {
    id: BlockId,
    window: Window,
    bounds: PixelBounds,
}

impl Covered {
    /// Hands what the cells of `outlines` cover of a block to `take`, some cells at a time, so that it stays small.
    pub fn in_block(
        outlines: &Outlines,
        map: &PixelMap,
        block: &BlockPlace,
        rasterizer: &mut Rasterizer,
        take: &mut dyn FnMut(&Self),
    ) {
        let mut covered = Self::default();
        for cell in 0..outlines.len() {
            covered.add(outlines, cell, map, block, rasterizer);
            if covered.pixels.len() > ENTRIES_AT_ONCE {
                take(&covered);
                covered.pixels.clear();
                covered.cells.clear();
            }
        }
        take(&covered);
    }

    /// Block `id`, which lies at `window`.
    #[must_use]
    pub fn block(id: BlockId, window: Window) -> BlockPlace {
        let bounds = PixelBounds {
            left: f64::from(window.left),
            top: f64::from(window.top),
            right: f64::from(window.right),
            bottom: f64::from(window.bottom),
        };
        BlockPlace { id, window, bounds }
    }

    /// Each cell with what it covers.
    pub fn cells(&self) -> impl Iterator<Item = (usize, &[CoveredPixels])> {
        let mut start = 0;
        self.cells.iter().map(move |&(cell, end)| {
            let pixels = self.pixels.get(start..end).unwrap_or_default();
            start = end;
            (cell, pixels)
        })
    }

    fn add(
        &mut self,
        outlines: &Outlines,
        index: usize,
        map: &PixelMap,
        block: &BlockPlace,
        rasterizer: &mut Rasterizer,
    ) {
        let cell = outlines.cell(index);
        let (polygon, bounds) = (cell.polygon, cell.polygon.bounds);
        if bounds.bottom <= block.bounds.top || bounds.top >= block.bounds.bottom {
            return;
        }
        let before = self.pixels.len();
        if cell.is_cut() {
            for piece in cell.pieces_in(block.id) {
                let polygon = Polygon { bounds: block.bounds, ..polygon };
                rasterizer.fold(piece.rings.iter().map(Vec::as_slice), &polygon, &block.clip(0.0), self);
            }
        } else {
            for shift in map.shifts(&bounds) {
                if bounds.right + shift > block.bounds.left && bounds.left + shift < block.bounds.right {
                    rasterizer.fold(cell.rings(), &polygon, &block.clip(shift), self);
                }
            }
        }
        if self.pixels.len() > before {
            self.cells.push((index, self.pixels.len()));
        }
    }
}

impl CoverageFold for Covered {
    #[inline]
    fn pixel(&mut self, row: usize, col: usize, coverage: f64) {
        self.pixels.push(CoveredPixels { row: row as u32, col: col as u32, len: 1, coverage });
    }

    #[inline]
    fn span(&mut self, row: usize, cols: Range<usize>, coverage: f64) {
        self.pixels.push(CoveredPixels { row: row as u32, col: cols.start as u32, len: cols.len() as u32, coverage });
    }
}

impl CoveredPixels {
    #[inline]
    #[must_use]
    pub fn cols(&self) -> Range<usize> {
        let start = self.col as usize;
        start..start + self.len as usize
    }
}

impl BlockPlace {
    /// As the clip of polygons to whose columns `shift` must be added.
    fn clip(&self, shift: f64) -> Clip {
        Clip {
            left: self.bounds.left - shift,
            top: self.bounds.top,
            width: self.window.width() as usize,
            height: self.window.height() as usize,
        }
    }
}

/// Few enough to stay in a processor's cache.
const ENTRIES_AT_ONCE: usize = 1024;
