//! Counts what is read.

use std::cell::RefCell;
use std::ops::Range;

use bytes::Bytes;
use futures_util::future::LocalBoxFuture;

use super::{Identity, RangeReader, Urgency};
use crate::error::Result;

/// Another reader, with a log of the ranges that were asked of it.
#[derive(Debug)]
pub struct CountingSource<R> {
    inner: R,
    ranges: RefCell<Vec<Range<u64>>>,
}

impl<R: RangeReader> CountingSource<R> {
    pub fn new(inner: R) -> Self {
        Self { inner, ranges: RefCell::default() }
    }

    /// The ranges asked for so far, in order.
    pub fn ranges(&self) -> Vec<Range<u64>> {
        self.ranges.borrow().clone()
    }

    /// Forgets the log.
    pub fn reset(&self) {
        self.ranges.borrow_mut().clear();
    }
}

impl<R: RangeReader> RangeReader for CountingSource<R> {
    fn location(&self) -> &str {
        self.inner.location()
    }

    fn read_for(&self, range: Range<u64>, urgency: Urgency) -> LocalBoxFuture<'_, Result<Bytes>> {
        self.ranges.borrow_mut().push(range.clone());
        self.inner.read_for(range, urgency)
    }

    fn identity(&self) -> Identity {
        self.inner.identity()
    }

    fn inner(&self) -> Option<&dyn RangeReader> {
        Some(&self.inner)
    }
}
