//! The front of a file, kept from the read that opened it.

use std::ops::Range;
use std::rc::Rc;

use bytes::Bytes;
use futures_util::FutureExt;
use futures_util::future::{LocalBoxFuture, ready};

use super::{Identity, RangeReader, Urgency};
use crate::error::Result;
use crate::num;

/// Another reader whose first bytes are held: ranges within them cost no read. A small file is read once in all.
pub struct FrontSource {
    inner: Rc<dyn RangeReader>,
    front: Bytes,
}

impl FrontSource {
    /// `front` is what `inner` gave for the range from 0.
    #[must_use]
    pub fn new(inner: Rc<dyn RangeReader>, front: Bytes) -> Self {
        Self { inner, front }
    }

    fn held(&self, range: &Range<u64>) -> Option<Bytes> {
        let len_bytes = num::to_u64(self.front.len());
        // A front that is the whole file also answers for what lies beyond its end.
        let end = if self.inner.identity().len_bytes == Some(len_bytes) { range.end.min(len_bytes) } else { range.end };
        let start = range.start.min(end);
        let part = num::to_usize(start).ok()?..num::to_usize(end).ok()?;
        (part.end <= self.front.len()).then(|| self.front.slice(part))
    }
}

impl RangeReader for FrontSource {
    fn location(&self) -> &str {
        self.inner.location()
    }

    fn read_for(&self, range: Range<u64>, urgency: Urgency) -> LocalBoxFuture<'_, Result<Bytes>> {
        match self.held(&range) {
            Some(bytes) => {
                urgency.note_served(num::to_u64(bytes.len()));
                ready(Ok(bytes)).boxed_local()
            }
            None => self.inner.read_for(range, urgency),
        }
    }

    fn inner(&self) -> Option<&dyn RangeReader> {
        Some(self.inner.as_ref())
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
