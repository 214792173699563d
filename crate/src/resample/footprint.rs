//! Which blocks cells need.

use std::ops::Range;

use super::cells::Place;
use super::coverage::{PixelBounds, Point};
use super::fold_point::{Stretched, whole_turn};
use super::geometry::{Centres, Rectangles, Shapes};
use super::outline::Outlines;
use super::pixel_map::PixelMap;
use super::recipe::Recipe;
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
    // Runs mostly have the same columns, and so the same block columns.
    let (mut columns, mut cols) = (0..0, Vec::new());
    for (run, &side) in place.runs.iter().zip(rectangles.rows()) {
        let (top, bottom) = Rectangles::shrunk(side);
        let rows = blocks.rows(top, bottom);
        if rows.is_empty() {
            continue;
        }
        let start = rectangles.column(run);
        let wanted = start..start.saturating_add(run.count as usize);
        if columns != wanted {
            cols = block_columns(blocks, place.map, rectangles.columns().get(wanted.clone()).unwrap_or_default());
            columns = wanted;
        }
        for &col in &cols {
            blocks.add(col..col + 1, rows.clone());
        }
    }
}

/// Block columns that intervals of columns touch, sorted, each once.
fn block_columns(blocks: &BlockSet<'_>, map: &PixelMap, sides: &[(f64, f64)]) -> Vec<u32> {
    let mut found = Vec::new();
    for &side in sides {
        let (left, right) = Rectangles::shrunk(side);
        for shift in map.shifts(&PixelBounds { left, top: 0.0, right, bottom: 0.0 }) {
            for col in blocks.cols(left + shift, right + shift) {
                if found.last() != Some(&col) {
                    found.push(col);
                }
            }
        }
    }
    found.sort_unstable();
    found.dedup();
    found
}

fn add_outlines(blocks: &mut BlockSet<'_>, map: &PixelMap, outlines: &Outlines) {
    for index in 0..outlines.len() {
        let cell = outlines.cell(index);
        for piece in cell.pieces() {
            blocks.ids.push(piece.block);
        }
        for ring in cell.rings() {
            add_ring(blocks, map, ring, &cell.polygon.bounds);
        }
    }
}

/// The blocks that one ring of a cell touches. Parts of a cell may lie far from each other.
fn add_ring(blocks: &mut BlockSet<'_>, map: &PixelMap, ring: &[Point], cell: &PixelBounds) {
    let around = PixelBounds::of(ring);
    let bounds = PixelBounds {
        left: around.left.max(cell.left),
        top: around.top.max(cell.top),
        right: around.right.min(cell.right),
        bottom: around.bottom.min(cell.bottom),
    };
    add_bounds(blocks, map, &bounds, |blocks, cols, rows, shift| {
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
    let shifts = Shifts(whole_turn(place.map));
    match centres {
        Centres::Points(points) => {
            for &centre in points {
                let Some((cols, rows)) = kernel.reach(centre) else { continue };
                let block_rows = blocks.rows(rows.start as f64, rows.end as f64);
                if block_rows.is_empty() {
                    continue;
                }
                for block_cols in shifts.cols(blocks, &cols) {
                    blocks.add(block_cols, block_rows.clone());
                }
            }
        }
        Centres::Lattice { first_column, us, vs } => {
            let (mut columns, mut cols) = (0..0, Vec::new());
            for (run, &v) in place.runs.iter().zip(vs) {
                // A position that every row shares tells which rows are reached.
                let Some((_, rows)) = kernel.reach((0.0, v)) else { continue };
                let block_rows = blocks.rows(rows.start as f64, rows.end as f64);
                if block_rows.is_empty() {
                    continue;
                }
                let start = run.start.saturating_sub(*first_column) as usize;
                let wanted = start..start.saturating_add(run.count as usize);
                if columns != wanted {
                    let reached = us.get(wanted.clone()).unwrap_or_default().iter();
                    let reached = reached.filter_map(|&u| kernel.reach((u, 0.0)));
                    cols = reached.flat_map(|(cols, _)| shifts.cols(blocks, &cols)).flatten().collect();
                    cols.sort_unstable();
                    cols.dedup();
                    columns = wanted;
                }
                for &col in &cols {
                    blocks.add(col..col + 1, block_rows.clone());
                }
            }
        }
    }
}

/// Whole turns by which columns may be off: none, or one to either side.
#[derive(Debug, Clone, Copy)]
struct Shifts(Option<i64>);

impl Shifts {
    /// Block columns that pixel columns touch, for each shift.
    fn cols(self, blocks: &BlockSet<'_>, cols: &Range<i64>) -> [Range<u32>; 3] {
        let at =
            |shift: i64| blocks.cols(cols.start.saturating_add(shift) as f64, cols.end.saturating_add(shift) as f64);
        match self.0 {
            None => [at(0), 0..0, 0..0],
            Some(turn) => [at(0), at(turn), at(-turn)],
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
