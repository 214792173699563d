//! Values of a raster on the cells of a grid: planned first, then streamed block by block.
//!
//! Every method is a fold of blocks into cells. What a block adds to a cell is computed from zero and merged in the
//! order of the blocks, so that results have the same bits for any number of threads, any budget and any order of
//! arrival.

mod batches;
mod bend;
mod cells;
mod cover;
mod coverage;
mod covered;
mod decoding;
mod executor;
mod fold_area;
mod fold_point;
mod fold_sums;
mod footprint;
mod frequencies;
mod geometry;
mod kernel;
mod masks;
mod method;
mod outline;
mod part;
mod patches;
mod pieces;
mod pixel_area;
mod pixel_map;
mod placing;
mod plan;
mod recipe;
mod request;
mod samples;
mod scale;
mod seam;
mod shares;
mod sliver;
mod statistics;
mod surroundings;
#[cfg(test)]
mod test_support;
mod weighted;

pub use executor::run;
pub use kernel::Kernel;
pub use method::{Method, Probability};
pub use pixel_map::PixelMap;
pub use plan::Plan;
pub use request::{
    BandColumns, ChunkColumns, LevelChoice, Observer, Options, Phase, Progress, Request, Summary, Watch, Weights,
};
pub use shares::{Shares, Team};
