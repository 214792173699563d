//! A workspace: sources, grids and results that are kept, and the work that makes results.

mod answer;
mod block_cache;
mod block_store;
mod caller;
mod cancel;
mod claims;
mod cog;
mod columns;
mod delivery;
mod diagnosis;
mod empty_tiles;
mod features;
mod fingerprint;
mod grids;
mod helpers;
mod host;
mod log;
mod map_tile;
mod names;
mod open;
mod outbox;
mod outlines;
mod point;
mod question;
mod queue;
mod read;
mod recorder;
mod registry;
mod resampling;
mod rests;
mod results;
mod shared;
mod statistics;
mod storage;
mod tally;
mod task_run;
mod tiling;
mod validation;
mod warnings;
mod workspace;

pub use caller::{Caller, Taker};
pub use cancel::Cancellation;
pub use cog::{cog, not_square};
pub use columns::bands;
pub use diagnosis::{Check, CheckStatus, Diagnosis};
pub use features::{FeatureFilter, FeatureOptions, FeatureSummary, FeatureTable};
pub use helpers::{Helped, Helpers, Job, Listener};
pub use host::{Config, Host, LazyLoading, ResamplingMethods};
pub use log::{Level, LogLevels, SUBSYSTEMS};
pub use map_tile::{MapTile, MapTileOptions};
pub use open::Opened;
pub use point::{PointOptions, PointValues};
pub use question::{Bands, Overview, ResampleOptions};
pub use queue::{EnqueueOptions, QueueSummary, TaskCount, TaskFilter};
pub use read::{ReadOptions, Reading};
pub use registry::RegisterOptions;
pub use resampling::{Explained, GridInput, Provenance, ResultChunk, ResultData};
pub use results::ResultSummary;
pub use statistics::{Statistics, StatisticsOptions};
pub use storage::{CacheStats, Cleanup, CleanupOptions};
pub use task_run::{TaskRun, WorkerOptions};
pub use tiling::{TileOptions, Tiling};
pub use validation::{Validation, ValidationOptions};
pub use workspace::{Target, Workspace};

#[cfg(test)]
mod test_support;
#[cfg(test)]
#[path = "work_tests.rs"]
mod work_tests;
