//! Other engines that compute chunks for this one, which keeps the tables and gives the answer.

use std::cell::RefCell;
use std::ops::Range;

use futures_util::future::{LocalBoxFuture, join, try_join_all};
use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::delivery::Spent;
use super::outbox::Outbox;
use super::question::{Question, ResampleOptions};
use super::recorder::Recorder;
use super::resampling::Run;
use super::tally::{Tally, Together};
use super::workspace::Workspace;
use crate::error::{Code, Error, Result};
use crate::raster::Window;
use crate::resample::{ChunkColumns, Progress, Shares, Team};

pub trait Helpers {
    /// How many may work at once, and how many of them need no start.
    fn team(&self) -> Team;

    /// Computes a job's chunks and hands them out in order. The work stops when the future is dropped.
    /// `host.worker` where no helper can be had.
    fn compute<'a>(&'a self, job: Job, listener: &'a dyn Listener) -> LocalBoxFuture<'a, Result<Helped>>;
}

/// Hears of a job.
pub trait Listener {
    fn chunk(&self, columns: ChunkColumns) -> Result<()>;
    fn progress(&self, progress: Progress);
}

/// What a helper is asked for: everything that the numbers depend on, and where the file is.
#[derive(Debug, Clone, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Job {
    /// Id of the stored source; its location where it is not stored.
    pub source_id: String,
    pub location: String,
    /// The grid's definition.
    pub grid: Value,
    pub options: ResampleOptions,
}

/// What a job took, and of which version of the file its numbers are.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
pub struct Helped {
    pub fingerprint: String,
    pub blocks: u64,
    pub ranges: u64,
    pub bytes: u64,
    pub notes: Vec<String>,
}

impl Workspace {
    /// Has helpers compute `shares`, all at once, and stores what they give.
    pub(super) async fn compute_with(
        &self,
        helpers: &dyn Helpers,
        run: &Run<'_, '_>,
        shares: &Shares,
        tally: &Tally<'_>,
    ) -> Result<()> {
        let Run { question, location, delivery, caller, empty } = *run;
        let empty = empty.get().map(Vec::as_slice).unwrap_or_default();
        let outbox = Outbox::default();
        let listening = Listening {
            recorder: RefCell::new(Recorder {
                question,
                host: self.host.clone(),
                outbox: &outbox,
                level: u32::try_from(shares.level).unwrap_or(u32::MAX),
                scale: shares.scale,
                delivery,
            }),
            together: RefCell::new(Together::new(shares.ranges.iter().map(|range| question.cells_of(range)))),
            tally,
        };
        let listeners: Vec<_> = (0..shares.ranges.len()).map(|run| ShareListener { of: &listening, run }).collect();
        let jobs = shares
            .ranges
            .iter()
            .zip(&listeners)
            .map(|(range, listener)| helpers.compute(Job::new(question, location, range, empty), listener));
        let work = async {
            let outcome = caller.cancel().race(try_join_all(jobs)).await;
            outbox.close();
            outcome
        };
        let (outcome, ()) = join(work, self.store_from(&outbox, question, delivery)).await;
        let mut spent = Spent { level: shares.level, scale: shares.scale, ..Spent::default() };
        for helped in outcome? {
            if helped.fingerprint != question.fingerprint {
                return Err(Error::new(Code::SourceChanged, "the file changed while it was read")
                    .with_hint("ask again: everything will be read anew"));
            }
            spent.blocks = spent.blocks.saturating_add(helped.blocks);
            spent.ranges = spent.ranges.saturating_add(helped.ranges);
            spent.bytes = spent.bytes.saturating_add(helped.bytes);
            spent.notes.extend(helped.notes);
        }
        tally.finish(listening.together.borrow().cells(), spent.bytes);
        delivery.borrow_mut().spend(spent);
        Ok(())
    }
}

impl Job {
    fn new(question: &Question<'_>, location: &str, chunks: &Range<u64>, empty: &[Window]) -> Self {
        let methods = question.request.methods.iter().map(|method| method.name().into_owned());
        let options = ResampleOptions {
            method: methods.collect(),
            no_cache: true,
            outlines: Some(false),
            chunks: Some((chunks.start, chunks.end)),
            empty: empty.iter().map(|window| [window.left, window.top, window.right, window.bottom]).collect(),
            ..question.options.clone()
        };
        let (source_id, grid) = (question.source_id.to_owned(), question.grid.definition().to_value());
        Self { source_id, location: location.to_owned(), grid, options }
    }
}

/// All jobs of a run.
struct Listening<'r, 'a> {
    recorder: RefCell<Recorder<'r, 'a>>,
    together: RefCell<Together>,
    tally: &'r Tally<'r>,
}

/// One of them.
struct ShareListener<'l, 'r, 'a> {
    of: &'l Listening<'r, 'a>,
    run: usize,
}

impl Listener for ShareListener<'_, '_, '_> {
    fn chunk(&self, columns: ChunkColumns) -> Result<()> {
        self.of.recorder.borrow_mut().accept(columns)
    }

    fn progress(&self, progress: Progress) {
        let mut together = self.of.together.borrow_mut();
        let all = together.hear(self.run, progress);
        let cells = together.cells();
        drop(together);
        self.of.tally.tell(cells, all);
    }
}

#[cfg(test)]
#[path = "helpers_tests.rs"]
mod tests;
