//! A grid: a lattice, the parts of it that are wanted, and its cells' names.

use super::definition::GridDefinition;
use super::hexagon::HexagonLattice;
use super::lattice::Lattice;
use super::part::Part;
use super::square::SquareLattice;
use super::{Cell, Chunk};
use crate::error::{Code, Error, Result};
use crate::geo::{Bounds, Crs, Transformer, transform_bounds};

/// A grid, ready to be asked for cells. It costs the same for ten cells or ten million: chunks are made when asked for.
#[derive(Debug, Clone)]
pub struct Grid {
    definition: GridDefinition,
    crs: Crs,
    lattice: Lattice,
    /// Disjoint; two only where bounds cross the antimeridian.
    parts: Vec<Part>,
    bounds: Vec<Bounds>,
}

impl Grid {
    /// More cells than this are refused with `limit.grid_cells`.
    pub const MAX_CELLS: u64 = 1 << 31;

    /// The grid of a definition. `usage.grid` where a number makes no sense, `usage.bounds`, `crs.*` for its CRSs,
    /// `limit.grid_cells` where it would have more than [`Grid::MAX_CELLS`].
    pub fn new(definition: &GridDefinition) -> Result<Self> {
        let rule = Rule::of(definition);
        let crs = Crs::parse(rule.crs)?;
        if !(rule.cell_size.is_finite() && rule.cell_size > 0.0) {
            return Err(Error::new(
                Code::UsageGrid,
                format!("expected cellSize to be greater than 0, got {}", rule.cell_size),
            )
            .with_hint(format!("give the cell size in units of {crs}")));
        }
        let origin = rule.origin.unwrap_or_default();
        if !origin.iter().all(|number| number.is_finite()) {
            return Err(Error::new(Code::UsageGrid, format!("expected origin [x, y], got {origin:?}"))
                .with_hint("leave origin out to align the grid to the CRS's own"));
        }
        let bounds_crs = rule.bounds_crs.map_or_else(|| Ok(crs.clone()), Crs::parse)?;
        let boxes = boxes_in(&crs, &bounds_crs, rule.bounds)?;
        let (size, origin) = (rule.cell_size, (origin[0], origin[1]));
        let lattice = match definition {
            GridDefinition::Square(_) => Lattice::Square(SquareLattice { size, origin }),
            GridDefinition::Hexagon(hexagon) => {
                Lattice::Hexagon(HexagonLattice { size, origin, orientation: hexagon.orientation })
            }
        };
        let (bounds, parts) = lattice.parts(boxes)?;
        let grid = Self { definition: canonical(definition, &crs, &bounds_crs), crs, lattice, parts, bounds };
        if grid.cell_count() > Self::MAX_CELLS {
            return Err(Error::new(
                Code::LimitGridCells,
                format!("grid of {} cells, {} allowed", grid.cell_count(), Self::MAX_CELLS),
            )
            .with_hint(format!("choose larger cells (cellSize is in units of {}) or smaller bounds", grid.crs)));
        }
        Ok(grid)
    }

    #[must_use]
    pub fn crs(&self) -> &Crs {
        &self.crs
    }

    /// The definition in its canonical form: CRSs by their codes, nothing that is a default.
    #[must_use]
    pub fn definition(&self) -> &GridDefinition {
        &self.definition
    }

    /// A text that is equal for equal grids: the canonical definition as JSON.
    #[must_use]
    pub fn key(&self) -> String {
        self.definition.to_value().to_string()
    }

    /// Number of cells.
    #[must_use]
    pub fn cell_count(&self) -> u64 {
        self.parts.iter().fold(0, |sum: u64, part| sum.saturating_add(part.cell_count))
    }

    /// Number of chunks.
    #[must_use]
    pub fn chunk_count(&self) -> u64 {
        self.parts.iter().fold(0, |sum: u64, part| sum.saturating_add(part.chunk_count()))
    }

    /// The cells of chunk `index`; none where there is no such chunk. Chunks sweep the grid (each part of it, where
    /// it crosses the antimeridian) from north to south and from west to east.
    #[must_use]
    pub fn chunk(&self, index: u64) -> Chunk {
        let mut within = index;
        for part in &self.parts {
            if within < part.chunk_count() {
                return Chunk { index, runs: self.lattice.runs(part, within) };
            }
            within -= part.chunk_count();
        }
        Chunk { index, runs: Vec::new() }
    }

    /// The bounds that the cells touch, in the grid's CRS: one box, or two where they cross the antimeridian.
    #[must_use]
    pub fn bounds(&self) -> &[Bounds] {
        &self.bounds
    }

    /// The box around a chunk's cells, in the grid's CRS; not finite where it has none.
    #[must_use]
    pub fn chunk_bounds(&self, chunk: &Chunk) -> Bounds {
        let mut corners = Vec::new();
        for run in &chunk.runs {
            let last = run.start.saturating_add(i64::from(run.count.saturating_sub(1)));
            self.outline(Cell { row: run.row, column: run.start }, &mut corners);
            self.outline(Cell { row: run.row, column: last }, &mut corners);
        }
        Bounds::around(corners)
    }

    /// `"i:j"` of a square, axial `"q:r"` of a hexagon.
    #[must_use]
    pub fn cell_id(&self, cell: Cell) -> String {
        format!("{}:{}", cell.column, cell.row)
    }

    /// The cell of an id; `usage.grid` where the text is none. The cell need not be in the grid.
    pub fn parse_cell_id(&self, id: &str) -> Result<Cell> {
        let numbers = id.split_once(':').and_then(|(column, row)| Some((column.parse().ok()?, row.parse().ok()?)));
        numbers.map(|(column, row)| Cell { row, column }).ok_or_else(|| {
            let start: String = id.chars().take(40).collect();
            Error::new(Code::UsageGrid, format!("expected a cell id such as \"12:-5\", got \"{start}\""))
        })
    }

    /// Whether the grid has this cell.
    #[must_use]
    pub fn contains(&self, cell: Cell) -> bool {
        self.parts.iter().any(|part| match &self.lattice {
            Lattice::Square(square) => part.contains(square, cell.row, cell.column),
            Lattice::Hexagon(hexagon) => {
                let (row, column) = hexagon.offset(cell);
                part.contains(hexagon, row, column)
            }
        })
    }

    /// The cell of the lattice that owns a point of the grid's CRS; it need not be in the grid.
    #[must_use]
    pub fn cell_at(&self, x: f64, y: f64) -> Cell {
        self.lattice.cell_at(x, y)
    }

    /// Centre of a cell, in the grid's CRS.
    #[must_use]
    pub fn center(&self, cell: Cell) -> (f64, f64) {
        match &self.lattice {
            Lattice::Square(square) => square.center(cell),
            Lattice::Hexagon(hexagon) => hexagon.center(cell),
        }
    }

    /// Appends a cell's corners in the grid's CRS: counter-clockwise, the first not repeated. Neighbours share their
    /// corners to the bit.
    pub fn outline(&self, cell: Cell, into: &mut Vec<(f64, f64)>) {
        match &self.lattice {
            Lattice::Square(square) => square.outline(cell, into),
            Lattice::Hexagon(hexagon) => hexagon.outline(cell, into),
        }
    }

    /// Corners of each cell: 4 or 6.
    #[must_use]
    pub fn vertices_per_cell(&self) -> usize {
        match self.lattice {
            Lattice::Square(_) => 4,
            Lattice::Hexagon(_) => 6,
        }
    }

    /// Whether cells are rectangles along the CRS's axes.
    #[must_use]
    pub fn is_square(&self) -> bool {
        matches!(self.lattice, Lattice::Square(_))
    }

    /// Distance of neighbouring centres along x and along y (of neighbouring rows or columns for hexagons), in CRS
    /// units. The product is the area of a cell.
    #[must_use]
    pub fn cell_spacing(&self) -> (f64, f64) {
        match &self.lattice {
            Lattice::Square(square) => (square.size, square.size),
            Lattice::Hexagon(hexagon) => {
                let (along, across) = hexagon.spacing();
                hexagon.oriented(along, across)
            }
        }
    }
}

/// What both kinds of definition have.
struct Rule<'a> {
    crs: &'a str,
    cell_size: f64,
    bounds: Bounds,
    bounds_crs: Option<&'a str>,
    origin: Option<[f64; 2]>,
}

impl<'a> Rule<'a> {
    fn of(definition: &'a GridDefinition) -> Self {
        match definition {
            GridDefinition::Square(of) => Self {
                crs: &of.crs,
                cell_size: of.cell_size,
                bounds: of.bounds,
                bounds_crs: of.bounds_crs.as_deref(),
                origin: of.origin,
            },
            GridDefinition::Hexagon(of) => Self {
                crs: &of.crs,
                cell_size: of.cell_size,
                bounds: of.bounds,
                bounds_crs: of.bounds_crs.as_deref(),
                origin: of.origin,
            },
        }
    }
}

/// Bounds of another CRS as boxes in the grid's.
fn boxes_in(crs: &Crs, bounds_crs: &Crs, bounds: Bounds) -> Result<Vec<Bounds>> {
    let boxes = bounds.checked(bounds_crs.is_geographic())?.split_at_antimeridian();
    let transformer = Transformer::new(bounds_crs, crs)?;
    if transformer.is_identity() {
        return Ok(boxes);
    }
    let moved = boxes.into_iter().map(|bounds| transform_bounds(&transformer, bounds));
    Ok(moved.collect::<Result<Vec<_>>>()?.into_iter().flat_map(Bounds::split_at_antimeridian).collect())
}

fn canonical(definition: &GridDefinition, crs: &Crs, bounds_crs: &Crs) -> GridDefinition {
    let mut definition = definition.clone();
    let (crs_text, bounds_crs_text, origin) = match &mut definition {
        GridDefinition::Square(of) => (&mut of.crs, &mut of.bounds_crs, &mut of.origin),
        GridDefinition::Hexagon(of) => (&mut of.crs, &mut of.bounds_crs, &mut of.origin),
    };
    crs.name().clone_into(crs_text);
    *bounds_crs_text = (bounds_crs != crs).then(|| bounds_crs.name().to_owned());
    *origin = origin.filter(|origin| *origin != [0.0, 0.0]);
    definition
}

#[cfg(test)]
#[path = "grid_tests.rs"]
mod tests;
