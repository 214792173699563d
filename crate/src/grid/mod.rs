//! Grids: the cells that values are wanted for, described by a rule and never held all at once.
//!
//! A cell touches bounds when it shares more than a billionth of its width with them: a common edge or corner is
//! not enough. Bounds without width or height (a line, a point) touch the cells that contain them, where a cell owns
//! its west and south edge.

mod chunk;
mod definition;
#[expect(clippy::module_inception, reason = "the file's one noun is the grid itself")]
mod grid;
mod hexagon;
mod lattice;
mod part;
mod square;

pub use chunk::{Cell, Chunk, Run};
pub use definition::{GridDefinition, HexagonDefinition, Orientation, SquareDefinition};
pub use grid::Grid;
