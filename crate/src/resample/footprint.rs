//! Which blocks cells need.

use std::ops::Range;

use super::cells::{Place, Recipe};
use super::coverage::{PixelBounds, Point};
use super::fold_point::{Stretched, whole_turn};
use super::geometry::{Centres, Rectangles, Shapes};
use super::outline::Outlines;
use super::pixel_map::PixelMap;
use crate::raster::{BlockId, Level};

/// The blocks that the cells of a part need, sorted, each once.
#[must_use]
pub fn blocks_of(level: &Level, recipe: &Recipe, place: Place<'_>) -> Vec<BlockId> {
    let mut blocks = BlockSet { level, size: place.map.size(), ids: Vec::new() };
    match &place.geometry.shapes {
        None => {}
        Some(Shapes::Rectangles(rectangles)) => add_rectangles(&mut blocks, place, rectangles),
        Some(Shapes::Outlines(outlines)) => add_outlines(&mut blocks, place.map, outlines),
    }
    if let Some(centres) = &place.geometry.centres {
        for kernel in &recipe.kernels {
            add_kernel(&mut blocks, place, centres, kernel);
        }
    }
    blocks.finish()
}

struct BlockSet<'a> {
    level: &'a Level,
    /// Columns and rows that are used.
    size: (u32, u32),
    ids: Vec<BlockId>,
}

impl BlockSet<'_> {
    /// Block columns that columns `low..high` of pixels touch.
    fn cols(&self, low: f64, high: f64) -> Range<u32> {
        blocks_between(low, high, self.size.0, self.level.block_width)
    }

    fn rows(&self, low: f64, high: f64) -> Range<u32> {
        blocks_between(low, high, self.size.1, self.level.block_height)
    }

    fn add(&mut self, cols: Range<u32>, rows: Range<u32>) {
        for row in rows {
            for col in cols.clone() {
                let id = BlockId { col, row };
                // Neighbouring cells mostly need the same blocks.
                if !self.ids.iter().rev().take(RECENT).any(|&recent| recent == id) {
                    self.ids.push(id);
                }
            }
        }
    }

    fn finish(mut self) -> Vec<BlockId> {
        self.ids.sort_unstable();
        self.ids.dedup();
        self.ids.shrink_to_fit();
        self.ids
    }
}

fn add_rectangles(blocks: &mut BlockSet<'_>, place: Place<'_>, rectangles: &Rectangles) {
    for (run, &row) in place.runs.iter().zip(rectangles.rows()) {
        let start = rectangles.column(run);
        let columns = rectangles.columns().get(start..start.saturating_add(run.count as usize)).unwrap_or_default();
        for &column in columns {
            let bounds = Rectangles::shrunk(column, row);
            add_bounds(blocks, place.map, &bounds, |blocks, cols, rows, _| blocks.add(cols, rows));
        }
    }
}

fn add_outlines(blocks: &mut BlockSet<'_>, map: &PixelMap, outlines: &Outlines) {
    for index in 0..outlines.len() {
        let (ring, polygon) = outlines.cell(index);
        add_bounds(blocks, map, &polygon.bounds, |blocks, cols, rows, shift| {
            if cols.len() < 2 || rows.len() < 2 {
                return blocks.add(cols, rows);
            }
            // A large cell need not reach the corners of its bounds.
            for row in rows {
                let top = f64::from(row) * f64::from(blocks.level.block_height);
                let bottom = top + f64::from(blocks.level.block_height);
                let Some((left, right)) = extent_between(ring, top, bottom) else { continue };
                let within = blocks.cols(left + shift, right + shift);
                let cols = within.start.max(cols.start)..within.end.min(cols.end);
                blocks.add(cols, row..row + 1);
            }
        });
    }
}

fn add_bounds<'a>(
    blocks: &mut BlockSet<'a>,
    map: &PixelMap,
    bounds: &PixelBounds,
    mut add: impl FnMut(&mut BlockSet<'a>, Range<u32>, Range<u32>, f64),
) {
    let rows = blocks.rows(bounds.top, bounds.bottom);
    if rows.is_empty() {
        return;
    }
    for shift in map.shifts(bounds) {
        let cols = blocks.cols(bounds.left + shift, bounds.right + shift);
        if !cols.is_empty() {
            add(blocks, cols, rows.clone(), shift);
        }
    }
}

fn add_kernel(blocks: &mut BlockSet<'_>, place: Place<'_>, centres: &Centres, kernel: &Stretched) {
    let turn = whole_turn(place.map);
    let mut index = 0;
    for (row, run) in place.runs.iter().enumerate() {
        for step in 0..run.count as usize {
            let centre = centres.point(index, (row, run), step);
            index += 1;
            let Some((cols, rows)) = kernel.reach(centre) else { continue };
            let block_rows = blocks.rows(rows.start as f64, rows.end as f64);
            if block_rows.is_empty() {
                continue;
            }
            for shift in std::iter::once(0).chain(turn.into_iter().flat_map(|turn| [turn, -turn])) {
                let (low, high) = (cols.start.saturating_add(shift), cols.end.saturating_add(shift));
                let block_cols = blocks.cols(low as f64, high as f64);
                blocks.add(block_cols, block_rows.clone());
            }
        }
    }
}

/// Blocks of `block_size` pixels that the interval from `low` to `high` touches, in a level of `size` pixels.
fn blocks_between(low: f64, high: f64, size: u32, block_size: u32) -> Range<u32> {
    let limit = f64::from(size);
    // Written so that NaN leaves too.
    if !(high > 0.0 && low < limit && low < high) || block_size == 0 {
        return 0..0;
    }
    let first = low.max(0.0) as u32 / block_size;
    let end = (high.min(limit).ceil() as u32).div_ceil(block_size);
    first..end
}

/// Leftmost and rightmost column position of a ring's outline between two row positions.
fn extent_between(ring: &[Point], top: f64, bottom: f64) -> Option<(f64, f64)> {
    let mut from = *ring.last()?;
    let mut extent = (f64::INFINITY, f64::NEG_INFINITY);
    for &to in ring {
        let (upper, lower) = if from.1 <= to.1 { (from, to) } else { (to, from) };
        if lower.1 >= top && upper.1 <= bottom {
            let at = |v: f64| {
                if lower.1 == upper.1 {
                    upper.0
                } else {
                    upper.0 + (v - upper.1) * (lower.0 - upper.0) / (lower.1 - upper.1)
                }
            };
            let ends =
                [if upper.1 < top { at(top) } else { upper.0 }, if lower.1 > bottom { at(bottom) } else { lower.0 }];
            for u in ends {
                extent = (extent.0.min(u), extent.1.max(u));
            }
        }
        from = to;
    }
    (extent.0 <= extent.1).then_some(extent)
}

/// How many of the last blocks are looked at before one is noted again.
const RECENT: usize = 4;
