//! A lattice of squares.

use super::Cell;
use super::part::{LatticeBox, SLIVER, Shape, index, real};

/// Squares of side `size` in CRS units; cell (0, 0) has its lower left corner at the origin.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct SquareLattice {
    pub(super) size: f64,
    pub(super) origin: (f64, f64),
}

impl SquareLattice {
    /// The cell that owns a point: west and south edges belong to the cell.
    pub(super) fn cell_at(&self, x: f64, y: f64) -> Cell {
        Cell {
            row: index(((y - self.origin.1) / self.size).floor()),
            column: index(((x - self.origin.0) / self.size).floor()),
        }
    }

    pub(super) fn center(&self, cell: Cell) -> (f64, f64) {
        (self.origin.0 + (real(cell.column) + 0.5) * self.size, self.origin.1 + (real(cell.row) + 0.5) * self.size)
    }

    /// Four corners, counter-clockwise from the lower left. Neighbours have equal bits at shared corners.
    pub(super) fn outline(&self, cell: Cell, into: &mut Vec<(f64, f64)>) {
        let x = |step: i64| self.origin.0 + real(cell.column.saturating_add(step)) * self.size;
        let y = |step: i64| self.origin.1 + real(cell.row.saturating_add(step)) * self.size;
        into.extend([(x(0), y(0)), (x(1), y(0)), (x(1), y(1)), (x(0), y(1))]);
    }
}

impl Shape for SquareLattice {
    fn lattice_box(&self, bounds: LatticeBox) -> LatticeBox {
        let along = |a: f64| (a - self.origin.0) / self.size;
        let across = |b: f64| (b - self.origin.1) / self.size;
        LatticeBox {
            along: (along(bounds.along.0), along(bounds.along.1)),
            across: (across(bounds.across.0), across(bounds.across.1)),
        }
    }

    fn rows(&self, bounds: &LatticeBox) -> (i64, i64) {
        touched(bounds.across)
    }

    fn columns(&self, bounds: &LatticeBox, _row: i64) -> (i64, i64) {
        touched(bounds.along)
    }

    fn whole_rows(&self, bounds: &LatticeBox) -> (i64, i64) {
        self.rows(bounds)
    }
}

/// First and last index of the unit intervals that share more than a sliver with `[from, to]`.
fn touched((from, to): (f64, f64)) -> (i64, i64) {
    let (first, last) = (index((from + SLIVER).floor()), index((to - SLIVER).ceil()).saturating_sub(1));
    if first <= last {
        return (first, last);
    }
    let middle = index(f64::midpoint(from, to).floor());
    (middle, middle)
}

#[cfg(test)]
#[path = "square_tests.rs"]
mod tests;
