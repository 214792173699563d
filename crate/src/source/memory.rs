//! A file that is already in memory.

use std::ops::Range;

use futures_util::FutureExt;
use futures_util::future::{LocalBoxFuture, ready};

use super::{Identity, RangeReader};
use crate::error::Result;

/// Serves ranges of a byte vector.
#[derive(Debug, Clone)]
pub struct MemorySource {
    name: String,
    bytes: Vec<u8>,
}

impl MemorySource {
    #[must_use]
    pub fn new(name: impl Into<String>, bytes: Vec<u8>) -> Self {
        Self { name: name.into(), bytes }
    }
}

impl RangeReader for MemorySource {
    fn location(&self) -> &str {
        &self.name
    }

    fn read(&self, range: Range<u64>) -> LocalBoxFuture<'_, Result<Vec<u8>>> {
        let clip = |position: u64| usize::try_from(position).unwrap_or(usize::MAX).min(self.bytes.len());
        let bytes = self.bytes.get(clip(range.start)..clip(range.end)).unwrap_or_default().to_vec();
        ready(Ok(bytes)).boxed_local()
    }

    fn identity(&self) -> Identity {
        Identity { len_bytes: Some(crate::num::to_u64(self.bytes.len())), etag: None, last_modified: None }
    }
}
