//! Counts what is read.

use std::cell::RefCell;
use std::ops::Range;
use std::rc::Rc;

use futures_util::FutureExt;
use futures_util::future::LocalBoxFuture;

use super::{Identity, RangeReader};
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

    fn read(&self, range: Range<u64>) -> LocalBoxFuture<'_, Result<Vec<u8>>> {
        async move {
            self.ranges.borrow_mut().push(range.clone());
            self.inner.read(range).await
        }
        .boxed_local()
    }

    fn identity(&self) -> Identity {
        self.inner.identity()
    }

    fn sibling(&self, suffix: &str) -> LocalBoxFuture<'_, Result<Option<Rc<dyn RangeReader>>>> {
        self.inner.sibling(suffix)
    }
}
