//! A lattice of regular hexagons in axial coordinates.
//!
//! Pointy-top hexagons lie in rows: `r` counts rows northwards, `q` cells eastwards, and each row starts half a cell
//! further east than the one below. Flat-top hexagons are the same picture with x and y exchanged: columns of
//! constant `q`. The mathematics is written once, *along* a row and *across* rows.

use super::Cell;
use super::definition::Orientation;
use super::part::{LatticeBox, SLIVER, Shape, index, real};

/// Hexagons with `size` CRS units between opposite edges; cell (0, 0) has its centre at the origin.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct HexagonLattice {
    pub(super) size: f64,
    pub(super) origin: (f64, f64),
    pub(super) orientation: Orientation,
}

impl HexagonLattice {
    /// Distance of neighbouring centres along a row and of neighbouring rows, in CRS units; their product is a cell's
    /// area.
    pub(super) fn spacing(&self) -> (f64, f64) {
        (self.size, self.size * HALF_SQRT_3)
    }

    /// The cell that owns a point: on a line along a row a cell owns the end towards the row's start.
    pub(super) fn cell_at(&self, x: f64, y: f64) -> Cell {
        let place = self.lattice_box(LatticeBox::point(self.oriented(x, y)));
        let (along, across) = (place.along.0, place.across.0);
        let below = across.floor();
        let owner = [below, below + 1.0].into_iter().find_map(|row| {
            let half = half_width((across - row).abs());
            let shift = shift_of(index(row));
            let column = (along - shift + half).floor();
            let is_inside = half > 0.0 && column + shift - half <= along && along < column + shift + half;
            is_inside.then(|| (index(row), index(column)))
        });
        // Between two cells a point may fall into neither by rounding: the nearer row takes it.
        let (row, column) = owner.unwrap_or_else(|| {
            let row = index(across.round());
            (row, index((along - shift_of(row) + 0.5).floor()))
        });
        self.cell(row, column)
    }

    pub(super) fn center(&self, cell: Cell) -> (f64, f64) {
        self.corner(cell, 0, 0)
    }

    /// Six corners, counter-clockwise: pointy from the lower right edge's lower end, flat from the right corner.
    /// Neighbours have equal bits at shared corners.
    pub(super) fn outline(&self, cell: Cell, into: &mut Vec<(f64, f64)>) {
        let corners = CORNERS.map(|(along, across)| self.corner(cell, along, across));
        match self.orientation {
            Orientation::Pointy => into.extend(corners),
            Orientation::Flat => into.extend(corners.into_iter().rev()),
        }
    }

    /// Row and offset column (counted from the row's own start) of a cell. The row is `r`, for flat hexagons `q`.
    pub(super) fn offset(&self, cell: Cell) -> (i64, i64) {
        let (row, axial) = match self.orientation {
            Orientation::Pointy => (cell.row, cell.column),
            Orientation::Flat => (cell.column, cell.row),
        };
        (row, axial.saturating_add(row.div_euclid(2)))
    }

    /// The cell at a row and offset column.
    pub(super) fn cell(&self, row: i64, column: i64) -> Cell {
        let axial = column.saturating_sub(row.div_euclid(2));
        match self.orientation {
            Orientation::Pointy => Cell { row, column: axial },
            Orientation::Flat => Cell { row: axial, column: row },
        }
    }

    /// (along, across) of (x, y) and the other way round.
    pub(super) fn oriented(&self, x: f64, y: f64) -> (f64, f64) {
        match self.orientation {
            Orientation::Pointy => (x, y),
            Orientation::Flat => (y, x),
        }
    }

    /// A point of the lattice that all corners and centres lie on, from whole numbers: `along` in half cells and
    /// `across` in sixths of two rows from the cell's centre.
    fn corner(&self, cell: Cell, along: i64, across: i64) -> (f64, f64) {
        let (row, axial) = match self.orientation {
            Orientation::Pointy => (cell.row, cell.column),
            Orientation::Flat => (cell.column, cell.row),
        };
        let halves = axial.saturating_mul(2).saturating_add(row).saturating_add(along);
        let thirds = row.saturating_mul(3).saturating_add(across);
        let (along, across) = (real(halves) * (self.size / 2.0), real(thirds) * (self.size * HALF_SQRT_3 / 3.0));
        let (x, y) = self.oriented(along, across);
        (self.origin.0 + x, self.origin.1 + y)
    }
}

impl Shape for HexagonLattice {
    fn lattice_box(&self, bounds: LatticeBox) -> LatticeBox {
        let (along_origin, across_origin) = self.oriented(self.origin.0, self.origin.1);
        let (along_step, across_step) = self.spacing();
        let along = |a: f64| (a - along_origin) / along_step;
        let across = |b: f64| (b - across_origin) / across_step;
        LatticeBox {
            along: (along(bounds.along.0), along(bounds.along.1)),
            across: (across(bounds.across.0), across(bounds.across.1)),
        }
    }

    fn rows(&self, bounds: &LatticeBox) -> (i64, i64) {
        let first = index((bounds.across.0 - HALF_HEIGHT + SLIVER).floor()).saturating_add(1);
        let last = index((bounds.across.1 + HALF_HEIGHT - SLIVER).ceil()).saturating_sub(1);
        (first, last)
    }

    fn columns(&self, bounds: &LatticeBox, row: i64) -> (i64, i64) {
        let at = real(row);
        let half = half_width((bounds.across.0 - at).max(at - bounds.across.1).max(0.0));
        if half <= 0.0 {
            return (1, 0);
        }
        let (from, to) = (bounds.along.0 - shift_of(row), bounds.along.1 - shift_of(row));
        if from == to {
            return (index((from - half).floor()).saturating_add(1), index((from + half).floor()));
        }
        let first = index((from + SLIVER - half).floor()).saturating_add(1);
        let last = index((to - SLIVER + half).ceil()).saturating_sub(1);
        (first, last)
    }

    fn whole_rows(&self, bounds: &LatticeBox) -> (i64, i64) {
        (index(bounds.across.0.ceil()), index(bounds.across.1.floor()))
    }
}

/// Half the width of a hexagon at a distance from its centre across rows; in cells, the distance in rows.
fn half_width(distance: f64) -> f64 {
    if distance <= HALF_HEIGHT / 2.0 { 0.5 } else { (HALF_HEIGHT - distance) * 1.5 }
}

/// How far a row's offset column 0 lies from the lattice's, in cells.
fn shift_of(row: i64) -> f64 {
    if row.rem_euclid(2) == 0 { 0.0 } else { 0.5 }
}

const HALF_SQRT_3: f64 = 0.866_025_403_784_438_6;
/// From a hexagon's centre to its corner across rows, in rows.
const HALF_HEIGHT: f64 = 2.0 / 3.0;
/// Corners in halves of a cell along and thirds of a row across, counter-clockwise for pointy hexagons.
const CORNERS: [(i64, i64); 6] = [(1, -1), (1, 1), (0, 2), (-1, 1), (-1, -1), (0, -2)];

#[cfg(test)]
#[path = "hexagon_tests.rs"]
mod tests;
