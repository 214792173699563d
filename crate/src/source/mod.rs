//! Bytes of a file by position, wherever it is.
#![cfg_attr(
    not(test),
    deny(
        clippy::unwrap_used,
        clippy::expect_used,
        clippy::panic,
        clippy::indexing_slicing,
        clippy::arithmetic_side_effects,
        clippy::cast_possible_truncation
    )
)]

mod cached;
mod content_range;
mod counting;
mod front;
mod limiter;
mod memory;
mod planner;
mod range_cache;
mod retry;
mod stacked;

#[cfg(target_arch = "wasm32")]
mod blob;
#[cfg(not(target_arch = "wasm32"))]
mod file;
#[cfg(target_arch = "wasm32")]
mod http;
#[cfg(target_arch = "wasm32")]
mod http_answer;
#[cfg(target_arch = "wasm32")]
mod http_body;
#[cfg(target_arch = "wasm32")]
mod http_request;
#[cfg(target_arch = "wasm32")]
mod js;
#[cfg(target_arch = "wasm32")]
mod js_bytes;

use std::cell::Cell;
use std::ops::Range;
use std::rc::Rc;

use bytes::Bytes;
use futures_util::FutureExt;
use futures_util::future::{LocalBoxFuture, ready};

use crate::error::Result;

pub use cached::CachedSource;
pub use content_range::ContentRange;
pub use counting::CountingSource;
pub use front::FrontSource;
pub use limiter::{Limiter, Permit};
pub use memory::MemorySource;
pub use planner::{MergePolicy, MergedRange, ReadCosts, merge};
pub use range_cache::{FileKey, Piece, RangeCache};
pub use retry::{Failure, LEAST_HTTP_BYTES_PER_MS, LEAST_LOCAL_BYTES_PER_MS, RetryPolicy, patience_ms, retry_after_ms};
pub use stacked::StackedSource;

#[cfg(target_arch = "wasm32")]
pub use blob::BlobSource;
#[cfg(not(target_arch = "wasm32"))]
pub use file::FileSource;
#[cfg(target_arch = "wasm32")]
pub use http::{HttpOptions, HttpSource};
#[cfg(target_arch = "wasm32")]
pub use js::JsSource;
#[cfg(target_arch = "wasm32")]
pub use js_bytes::{NoBytes, copied};

/// Who waits for a read.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Priority {
    /// A picture, a value, a header: someone looks at the screen.
    View,
    /// A long job: gives way to views.
    Batch,
}

/// The priority of a read, and how much of it caches gave. Clones share both: one that waits in a queue can be hurried,
/// and whoever asked learns what the read took from the file.
#[derive(Debug, Clone)]
pub struct Urgency {
    priority: Rc<Cell<Priority>>,
    served_bytes: Rc<Cell<u64>>,
}

impl Urgency {
    #[must_use]
    pub fn view() -> Self {
        Self::of(Priority::View)
    }

    #[must_use]
    pub fn batch() -> Self {
        Self::of(Priority::Batch)
    }

    fn of(priority: Priority) -> Self {
        Self { priority: Rc::new(Cell::new(priority)), served_bytes: Rc::default() }
    }

    #[must_use]
    pub fn priority(&self) -> Priority {
        self.priority.get()
    }

    /// Someone waits for it now; heard when the read is polled next.
    pub fn hurry(&self) {
        self.priority.set(Priority::View);
    }

    /// Notes bytes that a cache had, or that somebody else's read brings.
    pub fn note_served(&self, bytes: u64) {
        self.served_bytes.set(self.served_bytes.get().saturating_add(bytes));
    }

    /// Bytes of the read that cost nothing: the rest came from the file for it alone.
    #[must_use]
    pub fn served_bytes(&self) -> u64 {
        self.served_bytes.get()
    }
}

/// Reads byte ranges of one file that must not change while it is open.
///
/// Implementations are cheap to share (`Rc`); one reader may serve many reads at once. Dropping a returned future
/// cancels that read and nothing else.
pub trait RangeReader {
    /// URL, path or name, for messages.
    fn location(&self) -> &str;

    /// The bytes of `range`, exactly; shorter only where the file ends. Errors carry location, range and status. As
    /// urgent as who waits says: where nothing is queued it makes no difference.
    fn read_for(&self, range: Range<u64>, urgency: Urgency) -> LocalBoxFuture<'_, Result<Bytes>>;

    /// Length of the file and its version, known after the first read.
    fn identity(&self) -> Identity;

    /// The reader of the same file that this one asks. It answers what this one has no answer of its own to.
    fn inner(&self) -> Option<&dyn RangeReader> {
        None
    }

    /// As [`read_for`](Self::read_for), for someone who looks at the screen.
    fn read(&self, range: Range<u64>) -> LocalBoxFuture<'_, Result<Bytes>> {
        self.read_for(range, Urgency::view())
    }

    /// How neighbouring ranges of this file are best read.
    fn merge_policy(&self) -> MergePolicy {
        self.inner().map_or_else(MergePolicy::default, |inner| inner.merge_policy())
    }

    /// The file beside this one whose name has `suffix` (`.ovr`, `.msk`) at its end; `None` where there is none, or
    /// where looking would cost a request.
    fn sibling(&self, suffix: &str) -> LocalBoxFuture<'_, Result<Option<Rc<dyn RangeReader>>>> {
        match self.inner() {
            Some(inner) => inner.sibling(suffix),
            None => ready(Ok(None)).boxed_local(),
        }
    }
}

/// A shared reader is one too.
impl<R: RangeReader + ?Sized> RangeReader for Rc<R> {
    fn location(&self) -> &str {
        self.as_ref().location()
    }

    fn read_for(&self, range: Range<u64>, urgency: Urgency) -> LocalBoxFuture<'_, Result<Bytes>> {
        self.as_ref().read_for(range, urgency)
    }

    fn identity(&self) -> Identity {
        self.as_ref().identity()
    }

    fn inner(&self) -> Option<&dyn RangeReader> {
        self.as_ref().inner()
    }

    fn merge_policy(&self) -> MergePolicy {
        self.as_ref().merge_policy()
    }

    fn sibling(&self, suffix: &str) -> LocalBoxFuture<'_, Result<Option<Rc<dyn RangeReader>>>> {
        self.as_ref().sibling(suffix)
    }
}

/// Consecutive bytes in one piece; a single piece stays where it is.
#[must_use]
pub fn joined(mut pieces: Vec<Bytes>) -> Bytes {
    match pieces.len() {
        0 | 1 => pieces.pop().unwrap_or_default(),
        _ => pieces.concat().into(),
    }
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
