//! What the machine around gives: files, the time, a breath between two pieces of work.

use std::rc::Rc;

use futures_util::future::{FutureExt, LocalBoxFuture, ready};
use serde::Deserialize;

use super::helpers::Helpers;
use crate::error::Result;
use crate::source::{MergePolicy, RangeReader};

pub trait Host {
    /// A reader of the file at `location`: a URL, or what else the host knows. `source.detached` where the host was
    /// given its bytes once and has them no longer.
    fn open(&self, location: &str) -> LocalBoxFuture<'_, Result<Rc<dyn RangeReader>>>;

    /// Milliseconds since 1970.
    fn now_ms(&self) -> f64;

    /// Other engines that compute for this one, where there are any.
    fn helpers(&self) -> Option<Rc<dyn Helpers>> {
        None
    }

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
    /// Requests to one host at a time.
    pub concurrency_per_origin: Option<u32>,
    /// Further tries of a read that failed in a way that may pass.
    pub retries: Option<u32>,
    /// A read without a byte for this long has failed, ms.
    pub timeout_ms: Option<u32>,
    /// `manual` refuses redirects.
    pub redirect: Option<String>,
    pub resampling_methods: ResamplingMethods,
}

/// Methods where a request names none.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct ResamplingMethods {
    pub categorical: String,
    pub continuous: String,
}

impl Default for Config {
    fn default() -> Self {
        Self {
            memory_limit_mb: 4096.0,
            block_memory_mb: 128.0,
            merge_gap_kb: None,
            max_range_mb: None,
            concurrency_per_origin: None,
            retries: None,
            timeout_ms: None,
            redirect: None,
            resampling_methods: ResamplingMethods::default(),
        }
    }
}

impl Default for ResamplingMethods {
    fn default() -> Self {
        Self { categorical: "nearest".to_owned(), continuous: "bilinear".to_owned() }
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
const WASM32_LIMIT_BYTES: u64 = 1 << 31;
