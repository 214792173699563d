//! A file and its neighbours as one: what stands beside a raster (`.ovr`, `.msk`) is read like the raster itself.

use std::ops::Range;
use std::rc::Rc;

use bytes::Bytes;
use futures_util::FutureExt;
use futures_util::future::{LocalBoxFuture, ready};

use super::{Identity, RangeReader, Urgency};
use crate::error::{Code, Error, Result};

/// Positions of file `n` start at `n` times this: no range of one file comes near one of another.
const STRIDE: u64 = 1 << 48;

/// Several files with a range of positions each. Identity and name are the first one's.
pub struct StackedSource {
    first: Rc<dyn RangeReader>,
    others: Vec<Rc<dyn RangeReader>>,
}

impl StackedSource {
    #[must_use]
    pub fn new(first: Rc<dyn RangeReader>, others: Vec<Rc<dyn RangeReader>>) -> Self {
        Self { first, others }
    }

    /// Where position 0 of file `index` stands; 0 is the first.
    #[must_use]
    pub const fn base(index: usize) -> u64 {
        (index as u64).saturating_mul(STRIDE)
    }

    /// The file at `offset` and its part of the positions.
    fn file(&self, offset: u64) -> Option<(&dyn RangeReader, u64)> {
        let index = usize::try_from(offset / STRIDE).ok()?;
        let reader = match index.checked_sub(1) {
            None => &self.first,
            Some(other) => self.others.get(other)?,
        };
        Some((reader.as_ref(), Self::base(index)))
    }
}

impl RangeReader for StackedSource {
    fn location(&self) -> &str {
        self.first.location()
    }

    fn read_for(&self, range: Range<u64>, urgency: Urgency) -> LocalBoxFuture<'_, Result<Bytes>> {
        match self.file(range.start) {
            Some((reader, base)) => {
                let part = range.start.saturating_sub(base)..range.end.saturating_sub(base).min(STRIDE);
                reader.read_for(part, urgency)
            }
            None => {
                ready(Err(Error::new(Code::Bug, format!("expected a file for position {}", range.start)))).boxed_local()
            }
        }
    }

    fn inner(&self) -> Option<&dyn RangeReader> {
        Some(self.first.as_ref())
    }

    fn identity(&self) -> Identity {
        self.first.identity()
    }
}

impl std::fmt::Debug for StackedSource {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("StackedSource").field("location", &self.location()).field("others", &self.others.len()).finish()
    }
}

#[cfg(test)]
#[path = "stacked_tests.rs"]
mod tests;
