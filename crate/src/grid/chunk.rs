//! A grid's cells, some thousand at a time.

use serde::Serialize;

/// One cell of a lattice. Squares: `row` is `j` (northwards), `column` is `i`. Hexagons: axial `r` and `q`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Cell {
    pub row: i64,
    pub column: i64,
}

/// Neighbouring cells of one row: columns `start`, `start + 1`, … `start + count − 1`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
pub struct Run {
    pub row: i64,
    pub start: i64,
    pub count: u32,
}

/// A compact patch of a grid: at most [`Chunk::MAX_CELLS`] cells, as runs from north to south and, in each row, from
/// west to east. Values of a chunk are columns in this order.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Chunk {
    /// Position among the grid's chunks.
    pub index: u64,
    pub runs: Vec<Run>,
}

impl Chunk {
    pub const MAX_CELLS: usize = 16_384;

    /// Number of cells. A chunk at a corner of a hexagon grid may have none.
    #[must_use]
    pub fn cell_count(&self) -> usize {
        self.runs.iter().map(|run| run.count as usize).sum()
    }

    /// The cells in the order of the chunk's columns.
    pub fn cells(&self) -> impl Iterator<Item = Cell> + '_ {
        self.runs.iter().flat_map(Run::cells)
    }
}

impl Run {
    /// The run's cells from west to east.
    pub fn cells(&self) -> impl Iterator<Item = Cell> + use<> {
        let Self { row, start, count } = *self;
        (0..i64::from(count)).map(move |step| Cell { row, column: start.saturating_add(step) })
    }
}
