//! Takes a run's chunks: for the caller, and for the store.

use std::rc::Rc;

use futures_util::future::LocalBoxFuture;

use super::cancel::Cancellation;
use super::host::Host;
use super::outbox::Outbox;
use super::question::{Question, shares_confidence};
use super::resampling::ResultChunk;
use crate::error::Result;
use crate::num;
use crate::resample::{ChunkColumns, Method, Observer, Progress};
use crate::store::CacheRecord;
use crate::store::cache::{Columns, row_id};

pub(super) struct Recorder<'a> {
    pub question: &'a Question<'a>,
    pub host: Rc<dyn Host>,
    pub outbox: &'a Outbox,
    pub level: u32,
    pub scale: (f64, f64),
    pub cancel: &'a Cancellation,
    pub on_progress: &'a dyn Fn(Progress),
    /// Blocks and bytes of runs before this one.
    pub before: (u64, u64),
    pub chunks: Vec<ResultChunk>,
}

impl Observer for Recorder<'_> {
    fn chunk(&mut self, columns: ChunkColumns) -> Result<()> {
        if !self.question.options.no_cache {
            self.outbox.push(self.entries(&columns));
        }
        let ChunkColumns { chunk, columns, confidence } = columns;
        self.chunks.push(ResultChunk { chunk, columns, confidence, outlines: None });
        Ok(())
    }

    fn progress(&mut self, progress: Progress) {
        let (blocks, bytes) = self.before;
        let done = progress.done.saturating_add(blocks);
        let total = progress.total.saturating_add(blocks);
        (self.on_progress)(Progress { done, total, bytes: progress.bytes.saturating_add(bytes), ..progress });
    }

    fn cancelled(&self) -> bool {
        self.cancel.is_cancelled()
    }

    fn pause(&mut self) -> LocalBoxFuture<'_, ()> {
        self.host.pause()
    }
}

impl Recorder<'_> {
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
            grid: question.grid.definition().to_value(),
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
