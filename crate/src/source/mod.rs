//! Bytes of a file by position, wherever it is.
#![cfg_attr(
    not(test),
    deny(
        clippy::unwrap_used,
        clippy::expect_used,
        clippy::panic,
        clippy::indexing_slicing,
        clippy::arithmetic_side_effects
    )
)]

mod content_range;
mod counting;
mod front;
mod limiter;
mod memory;
mod planner;
mod retry;

#[cfg(target_arch = "wasm32")]
mod blob;
#[cfg(not(target_arch = "wasm32"))]
mod file;
#[cfg(target_arch = "wasm32")]
mod http;
#[cfg(target_arch = "wasm32")]
mod http_body;
#[cfg(target_arch = "wasm32")]
mod http_request;
#[cfg(target_arch = "wasm32")]
mod js;

use std::ops::Range;

use futures_util::future::LocalBoxFuture;

use crate::error::Result;

pub use content_range::ContentRange;
pub use counting::CountingSource;
pub use front::FrontSource;
pub use limiter::{Limiter, Permit};
pub use memory::MemorySource;
pub use planner::{MergePolicy, MergedRange, merge};
pub use retry::{Failure, RetryPolicy, retry_after_ms};

#[cfg(target_arch = "wasm32")]
pub use blob::BlobSource;
#[cfg(not(target_arch = "wasm32"))]
pub use file::FileSource;
#[cfg(target_arch = "wasm32")]
pub use http::{HttpOptions, HttpSource};
#[cfg(target_arch = "wasm32")]
pub use js::JsSource;

/// Reads byte ranges of one file that must not change while it is open.
///
/// Implementations are cheap to share (`Rc`); one reader may serve many reads at once. Dropping a returned future
/// cancels that read and nothing else.
pub trait RangeReader {
    /// URL, path or name, for messages.
    fn location(&self) -> &str;

    /// The bytes of `range`, exactly; shorter only where the file ends. Errors carry location, range and status.
    fn read(&self, range: Range<u64>) -> LocalBoxFuture<'_, Result<Vec<u8>>>;

    /// Length of the file and its version, known after the first read.
    fn identity(&self) -> Identity;
}

/// What tells one version of a file from another.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Identity {
    pub len_bytes: Option<u64>,
    /// Strong ETag, quotes included.
    pub etag: Option<String>,
    /// `Last-Modified` as sent.
    pub last_modified: Option<String>,
}
