//! What a caller asks for, and what it is told.

use std::ops::Range;

use futures_util::FutureExt;
use futures_util::future::{LocalBoxFuture, ready};
use serde::{Deserialize, Serialize};

use super::method::Method;
use crate::error::Result;
use crate::grid::Chunk;
use crate::raster::Window;
use crate::source::MergePolicy;

/// Which numbers are wanted of a raster.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Request {
    /// One column each; at least one. `confidence` belongs to the first.
    pub methods: Vec<Method>,
    /// Bands, counted from 0; at least one. Those that lie in the same blocks are decoded together.
    pub bands0: Vec<u16>,
    pub level: LevelChoice,
    /// Whether the file's scale and offset are applied.
    pub unscale: bool,
    /// What area methods weigh pixels by, beside their coverage.
    pub weights: Weights,
}

/// What a pixel weighs.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Weights {
    /// All the same.
    #[default]
    None,
    /// Its true area on the ellipsoid, in square metres.
    Area,
}

/// Which resolution is read.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum LevelChoice {
    /// Full resolution: what statistics need.
    #[default]
    Full,
    /// The most reduced level that still has about a pixel per cell.
    Auto,
    /// Level `k`; 0 is full resolution.
    Level(usize),
}

/// How it is computed. No option changes a result.
#[derive(Debug, Clone, PartialEq)]
pub struct Options {
    /// Which reads become one.
    pub merge: MergePolicy,
    /// Blocks, cells and results together stay below this.
    pub memory_limit_bytes: u64,
    /// The grid's chunks that are wanted; all where `None`.
    pub chunks: Option<Range<u64>>,
    /// Whether the caller keeps the chunks that it is handed, so that they count as memory until the end.
    pub keeps_chunks: bool,
    /// Parts of the full resolution, of whole blocks, where none of the request's bands has a valid pixel: their blocks
    /// are not read.
    pub empty: Vec<Window>,
}

/// Follows a run and may end it.
pub trait Observer {
    /// Takes a finished chunk. Chunks come in the grid's order, each once.
    fn chunk(&mut self, columns: ChunkColumns) -> Result<()>;

    /// Takes how far the run is. `done` and `bytes` never shrink.
    fn progress(&mut self, progress: Progress);

    /// Whether the run should end with `cancelled`; asked between reads and between pieces of work.
    fn cancelled(&self) -> bool;

    /// Awaited between pieces of work of some milliseconds, so that a host with one thread can take a cancellation in, and
    /// after every chunk, so that who can't keep up with them can make the run wait.
    fn pause(&mut self) -> LocalBoxFuture<'_, ()> {
        ready(()).boxed_local()
    }
}

/// Follows the making of a plan and may end it with an error.
pub trait Watch {
    /// Takes how far it is.
    fn progress(&mut self, progress: Progress) -> Result<()>;

    /// As [`Observer::pause`].
    fn pause(&mut self) -> LocalBoxFuture<'_, ()> {
        ready(()).boxed_local()
    }
}

/// The results of one chunk.
#[derive(Debug, Clone, PartialEq)]
pub struct ChunkColumns {
    pub chunk: Chunk,
    /// One for each band of the request.
    pub bands: Vec<BandColumns>,
}

/// The results of one band, in the order of the chunk's cells. NaN = no value.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct BandColumns {
    pub columns: Vec<(Method, Vec<f64>)>,
    /// 0–1: how much of the first method's value valid pixels back.
    pub confidence: Vec<f64>,
}

/// How far a run is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Progress {
    pub phase: Phase,
    /// Chunks placed while planning, blocks folded while resampling.
    pub done: u64,
    pub total: u64,
    /// Bytes of blocks that have arrived.
    pub bytes: u64,
}

/// What a run is doing.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Phase {
    /// Finding the blocks that the cells need.
    Plan,
    /// Reading, decoding and folding them.
    Resample,
}

/// What a run did: the provenance of its numbers.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Summary {
    pub level: usize,
    /// Pixels of the level per cell, along its columns and rows.
    pub scale: (f64, f64),
    /// Blocks that the cells needed, but for those that are known to hold nothing.
    pub blocks: u64,
    /// Reads of blocks that no cache answered whole.
    pub ranges: u64,
    /// Bytes that they took from the file: none that a cache had.
    pub bytes: u64,
    pub cells: u64,
    pub chunks: u64,
    /// What the caller should know: that no cell meets the raster, for example.
    pub notes: Vec<String>,
}

impl Request {
    /// `methods` of the first band at full resolution.
    #[must_use]
    pub fn new(methods: Vec<Method>) -> Self {
        Self { methods, bands0: vec![0], level: LevelChoice::Full, unscale: false, weights: Weights::None }
    }
}

impl Default for Options {
    /// 1 GiB and the default merging of reads.
    fn default() -> Self {
        Self {
            merge: MergePolicy::default(),
            memory_limit_bytes: 1 << 30,
            chunks: None,
            keeps_chunks: false,
            empty: Vec::new(),
        }
    }
}
