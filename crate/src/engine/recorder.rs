//! Takes a run's chunks: for the caller, and for the store.

use std::cell::RefCell;
use std::rc::Rc;

use futures_util::future::{FutureExt, LocalBoxFuture};

use super::caller::Caller;
use super::columns;
use super::delivery::Delivery;
use super::host::Host;
use super::outbox::Outbox;
use super::question::{Question, shares_confidence};
use super::resampling::ResultChunk;
use super::rests::Rests;
use super::tally::Tally;
use crate::error::{Code, Error, Result};
use crate::num;
use crate::resample::{BandColumns, ChunkColumns, Method, Observer, Progress, Watch};
use crate::store::CacheRecord;
use crate::store::cache::{Columns, row_id};

pub(super) struct Recorder<'r, 'a> {
    pub question: &'r Question<'r>,
    pub host: Rc<dyn Host>,
    pub outbox: &'r Outbox,
    pub level: u32,
    pub scale: (f64, f64),
    pub delivery: &'r RefCell<Delivery<'a>>,
}

/// Follows a run of this engine.
pub(super) struct RunObserver<'r, 'a> {
    pub recorder: Recorder<'r, 'a>,
    pub caller: &'r dyn Caller,
    pub tally: &'r Tally<'r>,
    /// Cells of the run.
    pub cells: u64,
    pub rests: &'r Rests,
}

/// Follows the planning of a run.
pub(super) struct PlanWatch<'r> {
    pub caller: &'r dyn Caller,
    pub tally: &'r Tally<'r>,
    /// Cells of the run.
    pub cells: u64,
    pub rests: &'r Rests,
}

impl Watch for PlanWatch<'_> {
    fn progress(&mut self, progress: Progress) -> Result<()> {
        if self.caller.cancel().is_cancelled() {
            return Err(Error::new(Code::Cancelled, "the call was cancelled"));
        }
        self.tally.tell(self.cells, progress);
        Ok(())
    }

    fn pause(&mut self) -> LocalBoxFuture<'_, ()> {
        self.rests.rest()
    }
}

impl Observer for RunObserver<'_, '_> {
    fn chunk(&mut self, columns: ChunkColumns) -> Result<()> {
        self.recorder.accept(columns)
    }

    fn progress(&mut self, progress: Progress) {
        self.tally.tell(self.cells, progress);
    }

    fn cancelled(&self) -> bool {
        self.caller.cancel().is_cancelled()
    }

    fn pause(&mut self) -> LocalBoxFuture<'_, ()> {
        async {
            self.rests.rest().await;
            if let Some(taker) = self.caller.taker() {
                taker.room().await;
            }
        }
        .boxed_local()
    }
}

impl Recorder<'_, '_> {
    /// Takes a chunk that was computed: for the store, and for the caller.
    pub fn accept(&mut self, columns: ChunkColumns) -> Result<()> {
        let ChunkColumns { chunk, bands } = columns;
        if !self.question.options.no_cache {
            for (place, band) in bands.iter().enumerate() {
                self.outbox.push(self.entries(chunk.index, place, band));
            }
        }
        let (columns, confidence) = columns::flat(&self.question.request.bands0, bands);
        self.delivery.borrow_mut().accept(ResultChunk { chunk, columns, confidence, outlines: None })
    }

    /// The rows of a band of a chunk: one a method, with the confidence where the run's is this method's too.
    fn entries(&self, chunk: u64, place: usize, columns: &BandColumns) -> Vec<(CacheRecord, Columns)> {
        let Some((first, _)) = columns.columns.first() else { return Vec::new() };
        let entry = |(method, values): &(Method, Vec<f64>)| {
            let confidence = shares_confidence(*method, *first).then(|| columns.confidence.clone());
            let record = self.record((chunk, place), *method, values.len(), confidence.is_some());
            (record, Columns { values: values.clone(), confidence })
        };
        columns.columns.iter().map(entry).collect()
    }

    fn record(&self, (chunk, place): (u64, usize), method: Method, cells: usize, has_confidence: bool) -> CacheRecord {
        let question = self.question;
        let cells = num::to_u64(cells);
        let now = self.host.now_ms() as i64;
        let request_id = question.ids.get(place).cloned().unwrap_or_default();
        CacheRecord {
            id: row_id(&request_id, &method.name(), chunk),
            source_id: question.source_id.to_owned(),
            fingerprint: question.fingerprint.clone(),
            request_id,
            band: question.request.bands0.get(place).map_or(1, |&band0| u32::from(band0) + 1),
            grid_key: question.grid.key(),
            grid: question.grid.summary().clone(),
            chunk,
            chunk_count: question.grid.chunk_count(),
            method: method.name().into_owned(),
            options: question.options.key(&question.request.methods),
            level: self.level,
            scale: self.scale,
            cells,
            has_confidence,
            bytes: cells.saturating_mul(if has_confidence { 16 } else { 8 }),
            created: now,
            last_accessed: now,
            access_count: 0,
        }
    }
}
