//! The cells of a lattice that touch one box, counted and cut into chunks without listing them.

use super::Chunk;

/// A box along a lattice's rows and across them, in CRS units or in cells and rows.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct LatticeBox {
    pub(super) along: (f64, f64),
    pub(super) across: (f64, f64),
}

impl LatticeBox {
    pub(super) fn point((along, across): (f64, f64)) -> Self {
        Self { along: (along, along), across: (across, across) }
    }
}

/// A lattice whose cells lie in rows. Columns are counted from each row's own start.
pub(super) trait Shape {
    /// A box in CRS units (along, across) as one in cells and rows.
    fn lattice_box(&self, bounds: LatticeBox) -> LatticeBox;
    /// First and last row with a cell that may touch a lattice box.
    fn rows(&self, bounds: &LatticeBox) -> (i64, i64);
    /// First and last column of a row that touch a lattice box; first > last where none does.
    fn columns(&self, bounds: &LatticeBox, row: i64) -> (i64, i64);
    /// First and last of the rows whose columns depend on nothing but whether the row is even or odd.
    fn whole_rows(&self, bounds: &LatticeBox) -> (i64, i64);
}

/// The cells of a lattice that touch one box.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Part {
    /// In cells and rows.
    bounds: LatticeBox,
    rows: (i64, i64),
    /// Around the columns of every row.
    columns: (i64, i64),
    pub(super) cell_count: u64,
    /// Tiles of the lattice, one a chunk: along rows and across them.
    tiles: (u64, u64),
}

impl Part {
    /// `None` where the indices of the cells exceed what is exact in a number (2^50).
    pub(super) fn new(shape: &impl Shape, bounds: LatticeBox, tile: (u64, u64)) -> Option<Self> {
        let bounds = shape.lattice_box(bounds);
        let numbers = [bounds.along.0, bounds.along.1, bounds.across.0, bounds.across.1];
        if !numbers.iter().all(|number| number.abs() <= LARGEST_INDEX) {
            return None;
        }
        let rows = shape.rows(&bounds);
        let whole = shape.whole_rows(&bounds);
        let mut part = Self { bounds, rows, columns: (i64::MAX, i64::MIN), cell_count: 0, tiles: (0, 0) };
        if whole.0 <= whole.1 {
            for row in (rows.0..whole.0).chain(whole.1 + 1..=rows.1) {
                part.add_rows(shape, row, 1);
            }
            let count = whole.0.abs_diff(whole.1) + 1;
            part.add_rows(shape, whole.0, count.div_ceil(2));
            part.add_rows(shape, whole.0 + 1, count / 2);
        } else {
            for row in rows.0..=rows.1 {
                part.add_rows(shape, row, 1);
            }
        }
        part.tiles = part.tiling(tile);
        Some(part)
    }

    pub(super) fn chunk_count(&self) -> u64 {
        self.tiles.0.saturating_mul(self.tiles.1)
    }

    /// Whether a cell is among these.
    pub(super) fn contains(&self, shape: &impl Shape, row: i64, column: i64) -> bool {
        let (first, last) = shape.columns(&self.bounds, row);
        row >= self.rows.0 && row <= self.rows.1 && column >= first && column <= last
    }

    /// Whether a cell may be in both parts.
    pub(super) fn overlaps(&self, other: &Self) -> bool {
        let meets = |a: (i64, i64), b: (i64, i64)| a.0 <= b.1 && b.0 <= a.1;
        meets(self.rows, other.rows) && meets(self.columns, other.columns)
    }

    /// The rows of the tile at a position, southmost first, each with its first and last column.
    pub(super) fn tile_rows<'a>(
        &self,
        shape: &'a impl Shape,
        along: u64,
        across: u64,
    ) -> impl DoubleEndedIterator<Item = (i64, i64, i64)> + 'a {
        let rows = slice(self.rows, across, self.tiles.1);
        let columns = slice(self.columns, along, self.tiles.0);
        let bounds = self.bounds;
        (rows.0..=rows.1).filter_map(move |row| {
            let (first, last) = shape.columns(&bounds, row);
            let (first, last) = (first.max(columns.0), last.min(columns.1));
            (first <= last).then_some((row, first, last))
        })
    }

    /// Tiles along rows and across them.
    pub(super) const fn tiles(&self) -> (u64, u64) {
        self.tiles
    }

    /// Counts `times` rows that are like `row`.
    fn add_rows(&mut self, shape: &impl Shape, row: i64, times: u64) {
        let (first, last) = shape.columns(&self.bounds, row);
        if times == 0 || first > last {
            return;
        }
        self.columns = (self.columns.0.min(first), self.columns.1.max(last));
        self.cell_count = self.cell_count.saturating_add((last.abs_diff(first) + 1).saturating_mul(times));
    }

    /// How many tiles: as near to the wanted shape as may be, longer where the part is narrower than that.
    fn tiling(&self, wanted: (u64, u64)) -> (u64, u64) {
        if self.cell_count == 0 {
            return (0, 0);
        }
        let along = self.columns.0.abs_diff(self.columns.1) + 1;
        let across = self.rows.0.abs_diff(self.rows.1) + 1;
        let max_cells = Chunk::MAX_CELLS as u64;
        let (tile_along, tile_across) = if along < wanted.0 {
            (along, max_cells / along)
        } else if across < wanted.1 {
            (max_cells / across, across)
        } else {
            wanted
        };
        (along.div_ceil(tile_along), across.div_ceil(tile_across))
    }
}

/// The `k`-th of `n` nearly equal slices of an index range; both ends are in it.
fn slice((first, last): (i64, i64), k: u64, n: u64) -> (i64, i64) {
    let len = u128::from(first.abs_diff(last)) + 1;
    let cut =
        |k: u64| first.saturating_add(i64::try_from(len * u128::from(k) / u128::from(n.max(1))).unwrap_or(i64::MAX));
    (cut(k), cut(k + 1).saturating_sub(1))
}

/// An index from a number that is whole. Saturates; `Part::new` refuses bounds that come near.
#[expect(clippy::cast_possible_truncation, reason = "whole, and saturating by the language")]
pub(super) fn index(whole: f64) -> i64 {
    whole as i64
}

/// A number from an index; exact up to 2^53.
#[expect(clippy::cast_precision_loss, reason = "indices of a grid are below 2^51")]
pub(super) fn real(index: i64) -> f64 {
    index as f64
}

/// Cells that share less than this part of their width with bounds don't touch them: 0.3 / 0.1 is a hair under 3.
pub(super) const SLIVER: f64 = 1e-9;
const LARGEST_INDEX: f64 = 1_125_899_906_842_624.0;

#[cfg(test)]
#[path = "part_tests.rs"]
mod tests;
