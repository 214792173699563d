//! The front of a file, kept from the read that opened it.

use std::ops::Range;
use std::rc::Rc;

use futures_util::FutureExt;
use futures_util::future::{LocalBoxFuture, ready};

use super::{Identity, MergePolicy, RangeReader, Urgency};
use crate::error::Result;
use crate::num;

/// Another reader whose first bytes are held: ranges within them cost no read. A small file is read once in all.
pub struct FrontSource {
    inner: Rc<dyn RangeReader>,
    front: Vec<u8>,
}

impl FrontSource {
    /// `front` is what `inner` gave for the range from 0.
    #[must_use]
    pub fn new(inner: Rc<dyn RangeReader>, front: Vec<u8>) -> Self {
        Self { inner, front }
    }

    fn held(&self, range: &Range<u64>) -> Option<Vec<u8>> {
        let len_bytes = num::to_u64(self.front.len());
        // A front that is the whole file also answers for what lies beyond its end.
        let end = if self.inner.identity().len_bytes == Some(len_bytes) { range.end.min(len_bytes) } else { range.end };
        let start = range.start.min(end);
        self.front.get(num::to_usize(start).ok()?..num::to_usize(end).ok()?).map(<[u8]>::to_vec)
    }
}

impl RangeReader for FrontSource {
    fn location(&self) -> &str {
        self.inner.location()
    }

    fn read(&self, range: Range<u64>) -> LocalBoxFuture<'_, Result<Vec<u8>>> {
        self.read_for(range, Urgency::view())
    }

    fn read_for(&self, range: Range<u64>, urgency: Urgency) -> LocalBoxFuture<'_, Result<Vec<u8>>> {
        match self.held(&range) {
            Some(bytes) => ready(Ok(bytes)).boxed_local(),
            None => self.inner.read_for(range, urgency),
        }
    }

    fn merge_policy(&self) -> MergePolicy {
        self.inner.merge_policy()
    }

    fn identity(&self) -> Identity {
        self.inner.identity()
    }

    fn sibling(&self, suffix: &str) -> LocalBoxFuture<'_, Result<Option<Rc<dyn RangeReader>>>> {
        self.inner.sibling(suffix)
    }
}

impl std::fmt::Debug for FrontSource {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("FrontSource")
            .field("location", &self.location())
            .field("front_bytes", &self.front.len())
            .finish()
    }
}

#[cfg(test)]
#[path = "front_tests.rs"]
mod tests;
