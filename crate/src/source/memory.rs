//! A file that is already in memory.

use std::ops::Range;

use bytes::Bytes;
use futures_util::FutureExt;
use futures_util::future::{LocalBoxFuture, ready};

use super::{Identity, RangeReader, Urgency};
use crate::error::Result;

/// Serves ranges of bytes, without copies.
#[derive(Debug, Clone)]
pub struct MemorySource {
    name: String,
    bytes: Bytes,
}

impl MemorySource {
    #[must_use]
    pub fn new(name: impl Into<String>, bytes: Vec<u8>) -> Self {
        Self { name: name.into(), bytes: bytes.into() }
    }
}

impl RangeReader for MemorySource {
    fn location(&self) -> &str {
        &self.name
    }

    fn read_for(&self, range: Range<u64>, _: Urgency) -> LocalBoxFuture<'_, Result<Bytes>> {
        let clip = |position: u64| usize::try_from(position).unwrap_or(usize::MAX).min(self.bytes.len());
        let end = clip(range.end);
        ready(Ok(self.bytes.slice(clip(range.start).min(end)..end))).boxed_local()
    }

    fn identity(&self) -> Identity {
        Identity { len_bytes: Some(crate::num::to_u64(self.bytes.len())), etag: None, last_modified: None }
    }
}
