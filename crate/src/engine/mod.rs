//! A workspace: sources, grids and results that are kept, and the work that makes results.

mod answer;
mod block_cache;
mod caller;
mod cancel;
mod cog;
mod delivery;
mod diagnosis;
mod fingerprint;
mod grids;
mod helpers;
mod host;
mod map_tile;
mod names;
mod open;
mod outbox;
mod outlines;
mod point;
mod question;
mod read;
mod recorder;
mod registry;
mod resampling;
mod results;
mod shared;
mod statistics;
mod tally;
mod workspace;

pub use caller::{Caller, Taker};
pub use cancel::Cancellation;
pub use cog::{cog, not_square};
pub use diagnosis::{Check, CheckStatus, Diagnosis};
pub use helpers::{Helped, Helpers, Job, Listener};
pub use host::{Config, Host};
pub use map_tile::{MapTile, MapTileOptions};
pub use open::Opened;
pub use point::{PointOptions, PointValues};
pub use question::{Overview, ResampleOptions, Weights};
pub use read::{ReadOptions, Reading};
pub use registry::RegisterOptions;
pub use resampling::{Explained, GridInput, Provenance, ResultChunk, ResultData};
pub use results::ResultSummary;
pub use statistics::{Statistics, StatisticsOptions};
pub use workspace::{Target, Workspace};

#[cfg(test)]
#[path = "engine_tests.rs"]
mod tests;
