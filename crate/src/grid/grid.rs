//! A grid: its cells, their names and their outlines, by a rule.

use std::sync::Arc;

use serde_json::Value;

use super::definition::GridDefinition;
use super::h3::H3Cells;
use super::lattice::Lattice;
use super::lattice_grid::LatticeGrid;
use super::rings::Rings;
use super::zones::Zones;
use super::{Cell, Chunk};
use crate::error::{Code, Error, Result};
use crate::geo::{Bounds, Crs};

/// A grid, ready to be asked for cells, cheap to clone. Lattices cost the same for ten cells or ten million, H3 a few
/// bytes per thousand cells: chunks are made when asked for. Zones hold their polygons.
#[derive(Debug, Clone)]
pub struct Grid {
    definition: Arc<GridDefinition>,
    /// What tells it from other grids.
    summary: Arc<Value>,
    crs: Crs,
    cells: Cells,
}

#[derive(Debug, Clone)]
enum Cells {
    Lattice(LatticeGrid),
    H3(Arc<H3Cells>),
    Zones(Arc<Zones>),
}

impl Grid {
    /// More cells than this are refused with `limit.grid_cells`.
    pub const MAX_CELLS: u64 = 1 << 31;

    /// The grid of a definition. `usage.grid` where a number makes no sense, `usage.bounds`, `crs.*` for its CRSs,
    /// `usage.zones` and `usage.zone_ids` naming polygons that are none, `limit.grid_cells` where it would have more
    /// than [`Grid::MAX_CELLS`].
    pub fn new(definition: &GridDefinition) -> Result<Self> {
        let (definition, crs, cells) = match definition {
            GridDefinition::Square(of) => {
                let (definition, crs, lattice) = LatticeGrid::squares(of)?;
                (definition, crs, Cells::Lattice(lattice))
            }
            GridDefinition::Hexagon(of) => {
                let (definition, crs, lattice) = LatticeGrid::hexagons(of)?;
                (definition, crs, Cells::Lattice(lattice))
            }
            GridDefinition::H3(of) => {
                let (definition, cells) = H3Cells::new(of)?;
                (GridDefinition::H3(definition), Crs::from_epsg(4326)?, Cells::H3(Arc::new(cells)))
            }
            GridDefinition::Zones(of) => {
                let (definition, crs, zones) = Zones::new(of)?;
                (GridDefinition::Zones(definition), crs, Cells::Zones(Arc::new(zones)))
            }
        };
        let summary = Arc::new(match &cells {
            Cells::Lattice(_) => definition.to_value(),
            Cells::H3(cells) => cells.summary(&definition),
            Cells::Zones(zones) => zones.summary(&crs),
        });
        let grid = Self { definition: Arc::new(definition), summary, crs, cells };
        if grid.cell_count() > Self::MAX_CELLS {
            let hint = match &grid.cells {
                Cells::H3(_) => "choose a coarser resolution or smaller bounds".to_owned(),
                _ => format!("choose larger cells (cellSize is in units of {}) or smaller bounds", grid.crs),
            };
            return Err(Error::new(
                Code::LimitGridCells,
                format!("grid of {} cells, {} allowed", grid.cell_count(), Self::MAX_CELLS),
            )
            .with_hint(hint));
        }
        Ok(grid)
    }

    #[must_use]
    pub fn crs(&self) -> &Crs {
        &self.crs
    }

    /// The definition in its canonical form: CRSs by their codes, nothing that is a default; of features their
    /// geometries and ids.
    #[must_use]
    pub fn definition(&self) -> &GridDefinition {
        &self.definition
    }

    /// The canonical definition as JSON, with a digest in place of polygons.
    #[must_use]
    pub fn summary(&self) -> &Value {
        &self.summary
    }

    /// A text that is equal for equal grids: [`Grid::summary`] as text.
    #[must_use]
    pub fn key(&self) -> String {
        self.summary.to_string()
    }

    /// Number of cells.
    #[must_use]
    pub fn cell_count(&self) -> u64 {
        match &self.cells {
            Cells::Lattice(lattice) => lattice.cell_count(),
            Cells::H3(cells) => cells.cell_count(),
            Cells::Zones(zones) => zones.cell_count(),
        }
    }

    /// Number of chunks.
    #[must_use]
    pub fn chunk_count(&self) -> u64 {
        match &self.cells {
            Cells::Lattice(lattice) => lattice.chunk_count(),
            Cells::H3(cells) => cells.chunk_count(),
            Cells::Zones(zones) => zones.chunk_count(),
        }
    }

    /// The cells of chunk `index`; none where there is no such chunk. Chunks sweep a lattice (each part of it, where
    /// it crosses the antimeridian) and H3 from north to south and from west to east; zones come in their own order.
    #[must_use]
    pub fn chunk(&self, index: u64) -> Chunk {
        let runs = match &self.cells {
            Cells::Lattice(lattice) => lattice.runs(index),
            Cells::H3(cells) => cells.runs(index),
            Cells::Zones(zones) => zones.runs(index),
        };
        Chunk { index, runs }
    }

    /// The bounds that a lattice's cells touch, in the grid's CRS: one box, or two where they cross the antimeridian.
    /// None for other grids.
    #[must_use]
    pub fn bounds(&self) -> &[Bounds] {
        match &self.cells {
            Cells::Lattice(lattice) => &lattice.bounds,
            Cells::H3(_) | Cells::Zones(_) => &[],
        }
    }

    /// A box around a chunk's cells, in the grid's CRS: of H3 cells somewhat larger, of zones as large as their extent. Not
    /// finite where it has none.
    #[must_use]
    pub fn chunk_bounds(&self, chunk: &Chunk) -> Bounds {
        let mut rings = Rings::default();
        for run in &chunk.runs {
            let last = run.start.saturating_add(i64::from(run.count.saturating_sub(1)));
            match &self.cells {
                Cells::Lattice(_) => {
                    self.outline(Cell { row: run.row, column: run.start }, &mut rings);
                    self.outline(Cell { row: run.row, column: last }, &mut rings);
                }
                Cells::H3(cells) => rings.vertices.extend(cells.around(run.row)),
                Cells::Zones(_) => run.cells().for_each(|cell| self.outline(cell, &mut rings)),
            }
        }
        Bounds::around(rings.vertices)
    }

    /// `"i:j"` of a square, axial `"q:r"` of a hexagon, the hexadecimal index of an H3 cell, a zone's own id.
    #[must_use]
    pub fn cell_id(&self, cell: Cell) -> String {
        match &self.cells {
            Cells::Lattice(_) => format!("{}:{}", cell.column, cell.row),
            Cells::H3(cells) => cells.cell_id(cell),
            Cells::Zones(zones) => zones.id(cell).to_owned(),
        }
    }

    /// The cell of an id; `usage.grid` where the text is none. A lattice's or H3's cell need not be in the grid.
    pub fn parse_cell_id(&self, id: &str) -> Result<Cell> {
        let (found, expected) = match &self.cells {
            Cells::Lattice(_) => {
                let numbers =
                    id.split_once(':').and_then(|(column, row)| Some((column.parse().ok()?, row.parse().ok()?)));
                (numbers.map(|(column, row)| Cell { row, column }), "a cell id such as \"12:-5\"".to_owned())
            }
            Cells::H3(cells) => (cells.parse_id(id), format!("an H3 cell of resolution {}", cells.resolution())),
            Cells::Zones(zones) => (zones.position(id), "the id of a zone".to_owned()),
        };
        found.ok_or_else(|| {
            let start: String = id.chars().take(40).collect();
            Error::new(Code::UsageGrid, format!("expected {expected}, got \"{start}\""))
        })
    }

    /// Whether the grid has this cell.
    #[must_use]
    pub fn contains(&self, cell: Cell) -> bool {
        match &self.cells {
            Cells::Lattice(lattice) => lattice.contains(cell),
            Cells::H3(cells) => cells.contains(cell),
            Cells::Zones(zones) => zones.contains(cell),
        }
    }

    /// The cell that owns a point of the grid's CRS. A lattice's or H3's cell need not be in the grid; of zones it is
    /// the first that holds the point, if any does.
    #[must_use]
    pub fn cell_at(&self, x: f64, y: f64) -> Option<Cell> {
        match &self.cells {
            Cells::Lattice(lattice) => Some(lattice.lattice.cell_at(x, y)),
            Cells::H3(cells) => cells.cell_at(x, y),
            Cells::Zones(zones) => zones.zone_at(x, y),
        }
    }

    /// Centre of a cell, in the grid's CRS: of a zone the centroid. NaN where a zone has no area.
    #[must_use]
    pub fn center(&self, cell: Cell) -> (f64, f64) {
        match &self.cells {
            Cells::Lattice(of) => match &of.lattice {
                Lattice::Square(square) => square.center(cell),
                Lattice::Hexagon(hexagon) => hexagon.center(cell),
            },
            Cells::H3(cells) => cells.center(cell),
            Cells::Zones(zones) => zones.centroid(cell),
        }
    }

    /// Appends a cell's outline. Neighbours in a lattice share their corners to the bit.
    pub fn outline(&self, cell: Cell, into: &mut Rings) {
        match &self.cells {
            Cells::Lattice(of) => match &of.lattice {
                Lattice::Square(square) => square.outline(cell, &mut into.vertices),
                Lattice::Hexagon(hexagon) => hexagon.outline(cell, &mut into.vertices),
            },
            Cells::H3(cells) => cells.outline(cell, &mut into.vertices),
            Cells::Zones(zones) => return zones.outline(cell, into),
        }
        into.end_cell();
    }

    /// Corners of each cell: 4 or 6 in a lattice, `None` where cells differ.
    #[must_use]
    pub fn vertices_per_cell(&self) -> Option<usize> {
        match &self.cells {
            Cells::Lattice(LatticeGrid { lattice: Lattice::Square(_), .. }) => Some(4),
            Cells::Lattice(LatticeGrid { lattice: Lattice::Hexagon(_), .. }) => Some(6),
            Cells::H3(_) | Cells::Zones(_) => None,
        }
    }

    /// Whether cells are rectangles along the CRS's axes, in rows and columns.
    #[must_use]
    pub fn is_square(&self) -> bool {
        matches!(self.cells, Cells::Lattice(LatticeGrid { lattice: Lattice::Square(_), .. }))
    }

    /// Distance of neighbouring centres along x and along y (of neighbouring rows or columns for hexagons) of a
    /// lattice, in CRS units. The product is the area of a cell.
    #[must_use]
    pub fn cell_spacing(&self) -> Option<(f64, f64)> {
        let Cells::Lattice(LatticeGrid { lattice, .. }) = &self.cells else { return None };
        Some(match lattice {
            Lattice::Square(square) => (square.size, square.size),
            Lattice::Hexagon(hexagon) => {
                let (along, across) = hexagon.spacing();
                hexagon.oriented(along, across)
            }
        })
    }
}

#[cfg(test)]
#[path = "grid_tests.rs"]
mod tests;
