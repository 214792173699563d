//! Bytes of a file by position, wherever it is.

mod counting;
#[cfg(not(target_arch = "wasm32"))]
mod file;
mod memory;
mod planner;

use std::ops::Range;

use futures_util::future::LocalBoxFuture;

use crate::error::Result;

pub use counting::CountingSource;
#[cfg(not(target_arch = "wasm32"))]
pub use file::FileSource;
pub use memory::MemorySource;
pub use planner::{MergePolicy, MergedRange, merge};

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
