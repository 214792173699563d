//! Takes a run's chunks: for the caller, and for the store.

use std::cell::RefCell;
use std::rc::Rc;

use futures_util::future::{FutureExt, LocalBoxFuture};

use super::caller::Caller;
use super::delivery::Delivery;
use super::host::Host;
use super::outbox::Outbox;
use super::question::{Question, shares_confidence};
use super::resampling::ResultChunk;
use super::tally::Tally;
use crate::error::Result;
use crate::num;
use crate::resample::{ChunkColumns, Method, Observer, Progress};
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
            self.recorder.host.pause().await;
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
        if !self.question.options.no_cache {
            self.outbox.push(self.entries(&columns));
        }
        let ChunkColumns { chunk, columns, confidence } = columns;
        self.delivery.borrow_mut().accept(ResultChunk { chunk, columns, confidence, outlines: None })
    }

    /// The rows of a chunk: one a method, with the confidence where the run's is this method's too.
    fn entries(&self, columns: &ChunkColumns) -> Vec<(CacheRecord, Columns)> {
        let Some((first, _)) = columns.columns.first() else { return Vec::new() };
        let entry = |(method, values): &(Method, Vec<f64>)| {
            let confidence = shares_confidence(*method, *first).then(|| columns.confidence.clone());
            let record = self.record(columns.chunk.index, *method, values.len(), confidence.is_some());
            (record, Columns { values: values.clone(), confidence })
        };
        columns.columns.iter().map(entry).collect()
    }

    fn record(&self, chunk: u64, method: Method, cells: usize, has_confidence: bool) -> CacheRecord {
        let question = self.question;
        let cells = num::to_u64(cells);
        let now = self.host.now_ms() as i64;
        CacheRecord {
            id: row_id(&question.id, method.as_str(), chunk),
            source_id: question.source_id.to_owned(),
            fingerprint: question.fingerprint.clone(),
            request_id: question.id.clone(),
            band: question.options.band,
            grid_key: question.grid.key(),
            grid: question.grid.summary().clone(),
            chunk,
            chunk_count: question.grid.chunk_count(),
            method: method.as_str().to_owned(),
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
