//! Who asked for an answer.

use futures_util::future::{FutureExt, LocalBoxFuture, ready};

use super::cancel::Cancellation;
use super::helpers::Helpers;
use super::resampling::{Provenance, ResultChunk};
use crate::error::Result;
use crate::grid::Grid;
use crate::resample::Progress;

/// Waits for an answer: hears of it, may end it, may take it chunk by chunk.
pub trait Caller {
    fn cancel(&self) -> &Cancellation;

    /// Hears how far the answer is, in cells. Neither `done` nor `bytes` shrink within a phase, and no phase comes back.
    fn progress(&self, progress: Progress);

    /// Takes chunks when they are finished; where there is none, the answer holds them all.
    fn taker(&self) -> Option<&dyn Taker> {
        None
    }

    /// Other engines that compute for this one.
    fn helpers(&self) -> Option<&dyn Helpers> {
        None
    }
}

/// Takes an answer's chunks in the grid's order, each once.
pub trait Taker {
    /// Takes a finished chunk. `provenance` is the answer's, as far as it is known.
    fn take(&self, grid: &Grid, chunk: ResultChunk, provenance: &Provenance) -> Result<()>;

    /// Awaited between pieces of work: one that is slow to take holds the work back.
    fn room(&self) -> LocalBoxFuture<'_, ()> {
        ready(()).boxed_local()
    }
}

/// A caller that waits for the whole.
pub(super) struct Waiting<'a> {
    pub cancel: &'a Cancellation,
    pub on_progress: &'a dyn Fn(Progress),
    pub helpers: Option<&'a dyn Helpers>,
}

#[cfg(test)]
impl<'a> Waiting<'a> {
    /// One that listens to nothing.
    pub fn patiently(cancel: &'a Cancellation) -> Self {
        Self { cancel, on_progress: &|_| {}, helpers: None }
    }
}

impl Caller for Waiting<'_> {
    fn cancel(&self) -> &Cancellation {
        self.cancel
    }

    fn progress(&self, progress: Progress) {
        (self.on_progress)(progress);
    }

    fn helpers(&self) -> Option<&dyn Helpers> {
        self.helpers
    }
}
