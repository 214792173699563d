//! Grids: the cells that values are wanted for, described by a rule and never held all at once.
//!
//! A cell of a lattice touches bounds when it shares more than a billionth of its width with them: a common edge or
//! corner is not enough. Bounds without width or height (a line, a point) touch the cells that contain them, where a
//! cell owns its west and south edge. An H3 cell is in the grid when its centre lies in the bounds or the polygon.

mod chunk;
mod definition;
#[expect(clippy::module_inception, reason = "the file's one noun is the grid itself")]
mod grid;
mod h3;
mod hexagon;
mod lattice;
mod lattice_grid;
mod part;
mod polygon;
mod polygon_check;
mod polygon_edges;
mod polygon_reader;
mod polygon_repair;
mod region;
mod rings;
mod square;
mod zones;

pub use chunk::{Cell, Chunk, Run};
pub use definition::{GridDefinition, H3Definition, HexagonDefinition, Orientation, SquareDefinition, ZonesDefinition};
pub use grid::Grid;
pub use h3::H3_LEVELS;
pub use rings::Rings;
