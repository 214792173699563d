//! What the machine around gives: files, the time, a breath between two pieces of work.

use std::rc::Rc;

use futures_util::future::{FutureExt, LocalBoxFuture, pending, ready};
use serde::Deserialize;

use super::log::{Level, LogLevels};
use super::tiling::TileShape;
use crate::error::Result;
use crate::queue::Policy;
use crate::raster::{self, Dataset, Window};
use crate::source::{MergePolicy, RangeReader};

pub trait Host {
    /// A reader of the file at `location`: a URL, or what else the host knows. `source.detached` where the host was
    /// given its bytes once and has them no longer.
    fn open(&self, location: &str) -> LocalBoxFuture<'_, Result<Rc<dyn RangeReader>>>;

    /// Milliseconds since 1970.
    fn now_ms(&self) -> f64;

    /// Done after `ms` milliseconds; never on a host without timers.
    fn sleep(&self, _ms: u32) -> LocalBoxFuture<'static, ()> {
        pending().boxed_local()
    }

    /// A number that tells this process from others.
    fn nonce(&self) -> u32 {
        0
    }

    /// Takes a line of the debug log; see `Config::log`.
    fn log(&self, _level: Level, _subsystem: &str, _message: &str) {}

    /// Awaited between pieces of work, so that what waits on the same thread (a cancellation) gets its turn.
    fn pause(&self) -> LocalBoxFuture<'static, ()> {
        ready(()).boxed_local()
    }
}

/// Settings of a workspace; what is left out has the contract's default.
#[derive(Debug, Clone, PartialEq, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct Config {
    /// Memory that one request may take, MiB.
    pub memory_limit_mb: f64,
    /// Ranges nearer than this are read as one, KiB.
    pub merge_gap_kb: Option<f64>,
    /// Largest merged read, MiB.
    pub max_range_mb: Option<f64>,
    /// Memory that holds what was read, MiB: half of it bytes as they came, half of it blocks for pictures.
    pub block_memory_mb: f64,
    /// Bytes of remote files that the workspace keeps for later sessions take no more than this, MiB; 0 keeps none.
    pub block_cache_mb: f64,
    /// Requests to one host at a time.
    pub concurrency_per_origin: Option<u32>,
    /// Further tries of a read that failed in a way that may pass.
    pub retries: Option<u32>,
    /// A read without a byte for this long has failed, ms.
    pub timeout_ms: Option<u32>,
    /// `manual` refuses redirects.
    pub redirect: Option<String>,
    pub resampling_methods: ResamplingMethods,
    /// About how many pixels a side of a tile of the index has.
    pub tile_size: u32,
    /// Stored results that are older are not served any more.
    pub cache_ttl_days: f64,
    /// Stored results take no more than this, MiB: the least recently used ones go first.
    pub cache_limit_mb: f64,
    pub lazy_loading: LazyLoading,
    /// A worker that has not renewed its task for this long is taken for dead, ms.
    pub lease_ms: u32,
    /// Further runs of a task that failed in a way that may pass.
    pub task_retries: u32,
    /// Wait before the first of them, ms; doubled after each.
    pub task_retry_delay_ms: u32,
    /// What is logged: a level, `SUBSYSTEM=LEVEL`, or several with commas.
    pub log: String,
}

/// How much of a file is held while all of it is gone through.
#[derive(Debug, Clone, Copy, PartialEq, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct LazyLoading {
    /// Decoded samples at a time, MiB.
    pub chunk_size_mb: f64,
    /// Tiles that are read ahead.
    pub prefetch_tiles: u32,
}

/// Methods where a request names none.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct ResamplingMethods {
    /// Of sources that are not registered.
    pub default: String,
    pub categorical: String,
    pub continuous: String,
}

impl Default for Config {
    fn default() -> Self {
        Self {
            memory_limit_mb: 4096.0,
            block_memory_mb: 128.0,
            block_cache_mb: 0.0,
            merge_gap_kb: None,
            max_range_mb: None,
            concurrency_per_origin: None,
            retries: None,
            timeout_ms: None,
            redirect: None,
            resampling_methods: ResamplingMethods::default(),
            tile_size: 1000,
            cache_ttl_days: 30.0,
            cache_limit_mb: 2048.0,
            lazy_loading: LazyLoading::default(),
            lease_ms: 30_000,
            task_retries: 3,
            task_retry_delay_ms: 2000,
            log: String::new(),
        }
    }
}

impl Default for LazyLoading {
    fn default() -> Self {
        Self { chunk_size_mb: 100.0, prefetch_tiles: 2 }
    }
}

impl Default for ResamplingMethods {
    fn default() -> Self {
        Self { default: "bilinear".to_owned(), categorical: "nearest".to_owned(), continuous: "bilinear".to_owned() }
    }
}

impl Config {
    /// Memory that one request may take. Never more than a 32-bit address space can give beside the results.
    #[must_use]
    pub fn memory_limit_bytes(&self) -> u64 {
        let asked = (self.memory_limit_mb * MIB) as u64;
        if cfg!(target_pointer_width = "32") { asked.min(WASM32_LIMIT_BYTES) } else { asked }
    }

    /// Half of what holds what was read.
    #[must_use]
    pub fn block_memory_bytes(&self) -> u64 {
        (self.block_memory_mb * MIB / 2.0) as u64
    }

    /// How patient the queue is.
    #[must_use]
    pub fn queue_policy(&self) -> Policy {
        Policy {
            lease_ms: i64::from(self.lease_ms.max(1)),
            retry_delay_ms: i64::from(self.task_retry_delay_ms),
            ..Policy::default()
        }
    }

    /// Bytes that stored results may take.
    #[must_use]
    pub fn cache_limit_bytes(&self) -> u64 {
        (self.cache_limit_mb.max(0.0) * MIB) as u64
    }

    /// `usage.option` where the text of `log` is not understood.
    pub fn log_levels(&self) -> Result<LogLevels> {
        LogLevels::parse(&self.log)
    }

    /// Bands of a window whose samples fit into `lazyLoading.chunkSizeMb`: at least one.
    pub(super) fn bands_at_once(&self, dataset: &Dataset, window: Window) -> usize {
        let plane =
            f64::from(window.width()) * f64::from(window.height()) * dataset.sample_type().decoded().bytes() as f64;
        ((self.lazy_loading.chunk_size_mb * MIB / plane.max(1.0)) as usize).max(1)
    }

    /// Tiles that are read at once: one and those ahead, as long as they fit into `lazyLoading.chunkSizeMb`.
    pub(super) fn tiles_at_once(&self, level: &raster::Level, shape: TileShape) -> usize {
        let pixels = f64::from(shape.blocks_across.saturating_mul(level.block_width).min(level.width))
            * f64::from(shape.blocks_down.saturating_mul(level.block_height).min(level.height));
        let fitting = (self.lazy_loading.chunk_size_mb * MIB / (pixels * BYTES_PER_SAMPLE).max(1.0)) as usize;
        (self.lazy_loading.prefetch_tiles as usize).saturating_add(1).min(fitting.max(1))
    }

    /// What later sessions are kept from reading again.
    #[must_use]
    pub fn block_cache_bytes(&self) -> u64 {
        (self.block_cache_mb * MIB) as u64
    }

    /// How reads are merged.
    #[must_use]
    pub fn merge_policy(&self) -> MergePolicy {
        let default = MergePolicy::default();
        MergePolicy {
            merge_gap_bytes: self.merge_gap_kb.map_or(default.merge_gap_bytes, |gap| (gap * 1024.0) as u64),
            max_range_bytes: self.max_range_mb.map_or(default.max_range_bytes, |max| (max * MIB) as u64),
        }
    }
}

const MIB: f64 = 1_048_576.0;
/// Of a sample and the value that it becomes.
const BYTES_PER_SAMPLE: f64 = 12.0;
const WASM32_LIMIT_BYTES: u64 = 1 << 31;
