//! The lattices that grids are cut from, behind one face.

use super::definition::Orientation;
use super::hexagon::HexagonLattice;
use super::part::{LatticeBox, Part};
use super::square::SquareLattice;
use super::{Cell, Run};
use crate::error::{Code, Error, Result};
use crate::geo::Bounds;

/// A lattice of either kind.
#[derive(Debug, Clone, Copy)]
pub(super) enum Lattice {
    Square(SquareLattice),
    Hexagon(HexagonLattice),
}

impl Lattice {
    pub(super) fn cell_at(&self, x: f64, y: f64) -> Cell {
        match self {
            Self::Square(square) => square.cell_at(x, y),
            Self::Hexagon(hexagon) => hexagon.cell_at(x, y),
        }
    }

    fn part(&self, bounds: Bounds) -> Option<Part> {
        let pair = |a: f64, b: f64| (a, b);
        let (along, across) = (pair(bounds.min_x, bounds.max_x), pair(bounds.min_y, bounds.max_y));
        match self {
            Self::Square(square) => Part::new(square, LatticeBox { along, across }, SQUARE_TILE),
            Self::Hexagon(hexagon) => {
                let is_flat = hexagon.orientation == Orientation::Flat;
                let bounds =
                    if is_flat { LatticeBox { along: across, across: along } } else { LatticeBox { along, across } };
                Part::new(hexagon, bounds, HEXAGON_TILE)
            }
        }
    }

    /// The parts that the boxes make. Boxes that share a cell become one, so that no cell is in two parts.
    pub(super) fn parts(&self, boxes: Vec<Bounds>) -> Result<(Vec<Bounds>, Vec<Part>)> {
        let mut done: Vec<(Bounds, Part)> = Vec::new();
        for mut bounds in boxes {
            let mut part = self.part(self.widened(bounds)).ok_or_else(too_fine)?;
            while let Some(at) = done.iter().position(|(_, other)| other.overlaps(&part)) {
                bounds = done.swap_remove(at).0.union(bounds);
                part = self.part(self.widened(bounds)).ok_or_else(too_fine)?;
            }
            done.push((bounds, part));
        }
        Ok(done.into_iter().unzip())
    }

    /// A point as a small box in the middle of the cell that owns it; other bounds as they are.
    fn widened(&self, bounds: Bounds) -> Bounds {
        if bounds.min_x < bounds.max_x || bounds.min_y < bounds.max_y {
            return bounds;
        }
        let cell = self.cell_at(bounds.min_x, bounds.min_y);
        let (center, reach) = match self {
            Self::Square(square) => (square.center(cell), square.size / 8.0),
            Self::Hexagon(hexagon) => (hexagon.center(cell), hexagon.size / 8.0),
        };
        Bounds::new(center.0 - reach, center.1 - reach, center.0 + reach, center.1 + reach)
    }

    pub(super) fn runs(&self, part: &Part, within: u64) -> Vec<Run> {
        let (along_tiles, across_tiles) = part.tiles();
        match self {
            Self::Square(square) => {
                let (along, across) = (within % along_tiles, across_tiles - 1 - within / along_tiles);
                part.tile_rows(square, along, across).rev().map(|(row, first, last)| run(row, first, last)).collect()
            }
            Self::Hexagon(hexagon) if hexagon.orientation == Orientation::Pointy => {
                let (along, across) = (within % along_tiles, across_tiles - 1 - within / along_tiles);
                let rows = part.tile_rows(hexagon, along, across).rev();
                rows.map(|(row, first, last)| run(row, hexagon.cell(row, first).column, hexagon.cell(row, last).column))
                    .collect()
            }
            Self::Hexagon(hexagon) => {
                let (along, across) = (along_tiles - 1 - within / across_tiles, within % across_tiles);
                let columns = part.tile_rows(hexagon, along, across);
                joined(columns.flat_map(|(row, first, last)| (first..=last).map(move |at| hexagon.cell(row, at))))
            }
        }
    }
}

fn too_fine() -> Error {
    Error::new(Code::LimitGridCells, "cells are too small for the distance between the bounds and the origin")
        .with_hint("choose larger cells or another origin")
}

fn run(row: i64, first: i64, last: i64) -> Run {
    Run { row, start: first, count: u32::try_from(first.abs_diff(last) + 1).unwrap_or(u32::MAX) }
}

/// Cells in any order as runs from the greatest row to the least.
fn joined(cells: impl Iterator<Item = Cell>) -> Vec<Run> {
    let mut cells: Vec<Cell> = cells.collect();
    cells.sort_unstable_by_key(|cell| (std::cmp::Reverse(cell.row), cell.column));
    let mut runs: Vec<Run> = Vec::new();
    for cell in cells {
        match runs.last_mut() {
            Some(run) if run.row == cell.row && run.start + i64::from(run.count) == cell.column => run.count += 1,
            _ => runs.push(Run { row: cell.row, start: cell.column, count: 1 }),
        }
    }
    runs
}

/// Cells along a row and rows of a chunk.
const SQUARE_TILE: (u64, u64) = (128, 128);
/// Rows of hexagons lie closer together than cells in a row: 120 × 136 is about square on the ground.
const HEXAGON_TILE: (u64, u64) = (120, 136);
