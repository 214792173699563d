//! What is stored of an answer, and what is missing.

use std::ops::Range;

use super::columns;
use super::question::{Question, shares_confidence};
use super::resampling::ResultChunk;
use crate::error::Result;
use crate::resample::BandColumns;
use crate::store::Store;
use crate::store::cache::{self, row_id};

/// Consecutive chunks of an answer, those that are known filled in.
#[derive(Debug, Default)]
pub(super) struct Answer {
    /// The grid's chunks that these are.
    range: Range<u64>,
    chunks: Vec<Option<ResultChunk>>,
    /// Chunks at the front that were handed out.
    given: usize,
    served: Served,
    /// Level and scale of the stored rows.
    pub read: Option<(u32, (f64, f64))>,
}

/// What the store gave.
#[derive(Debug, Clone, Default)]
pub(super) struct Served {
    /// Ids of the rows.
    pub rows: Vec<String>,
    pub bytes: u64,
}

impl Answer {
    pub fn served(&self) -> Served {
        self.served.clone()
    }

    /// An answer of which nothing is known.
    pub fn empty(range: Range<u64>) -> Self {
        Self { chunks: range.clone().map(|_| None).collect(), range, ..Self::default() }
    }

    /// What the store has that was made since `oldest`.
    pub async fn stored(store: &dyn Store, question: &Question<'_>, range: Range<u64>, oldest: i64) -> Result<Self> {
        let mut answer = Self::empty(range.clone());
        let mut start = range.start;
        while start < range.end {
            let end = range.end.min(start.saturating_add(CHUNKS_AT_ONCE));
            answer.load(store, question, start..end, oldest).await?;
            start = end;
        }
        Ok(answer)
    }

    /// Runs of consecutive chunks that must be computed. Short gaps between them are computed again with them: a
    /// block at a seam would be read twice otherwise.
    pub fn missing(&self) -> Vec<Range<u64>> {
        let mut missing: Vec<Range<u64>> = Vec::new();
        let unknown = self.range.clone().zip(&self.chunks).skip(self.given).filter(|(_, chunk)| chunk.is_none());
        for (index, _) in unknown {
            match missing.last_mut() {
                Some(last) if index <= last.end.saturating_add(SHORT_GAP) => last.end = index + 1,
                _ => missing.push(index..index + 1),
            }
        }
        missing
    }

    /// Puts a computed chunk in its place. One that was handed out already stays as it was.
    pub fn fill(&mut self, fresh: ResultChunk) {
        let given = self.given;
        if let Some((index, slot)) = self.slot(fresh.chunk.index)
            && index >= given
        {
            *slot = Some(fresh);
        }
    }

    /// The next chunk, where it is known; it is the caller's then.
    pub fn next(&mut self) -> Option<ResultChunk> {
        let chunk = self.chunks.get_mut(self.given)?.take()?;
        self.given += 1;
        Some(chunk)
    }

    /// Chunks that are known and were not handed out.
    pub fn known(&self) -> usize {
        self.chunks.iter().flatten().count()
    }

    fn slot(&mut self, chunk: u64) -> Option<(usize, &mut Option<ResultChunk>)> {
        let index = usize::try_from(chunk.checked_sub(self.range.start)?).ok()?;
        Some((index, self.chunks.get_mut(index)?))
    }

    /// A chunk is served when every method's row is there, and the first one's confidence; else it is computed anew,
    /// for all methods at once.
    async fn load(
        &mut self,
        store: &dyn Store,
        question: &Question<'_>,
        chunks: Range<u64>,
        oldest: i64,
    ) -> Result<()> {
        let (methods, request_ids) = (&question.request.methods, &question.ids);
        // Of a chunk: band by band, method by method.
        let ids = |chunk: u64| {
            let of_band =
                move |id: &String| methods.iter().map(move |method| (id.clone(), *method)).collect::<Vec<_>>();
            request_ids.iter().flat_map(of_band).map(move |(id, method)| row_id(&id, &method.name(), chunk))
        };
        let mut rows = cache::get(store, chunks.clone().flat_map(ids).collect()).await?.into_iter();
        for index in chunks {
            let chunk = question.grid.chunk(index);
            let (mut bands, mut read, mut bytes) = (Vec::with_capacity(request_ids.len()), None, 0_u64);
            for _ in request_ids {
                let mut band = BandColumns::default();
                for (row, method) in rows.by_ref().take(methods.len()).zip(methods) {
                    let Some((record, found)) = row else { continue };
                    let is_of_this_question = record.fingerprint == question.fingerprint && record.created >= oldest;
                    if !is_of_this_question || found.values.len() != chunk.cell_count() {
                        continue;
                    }
                    bytes = bytes.saturating_add(record.bytes);
                    if let Some(confidence) = found.confidence
                        && band.confidence.is_empty()
                        && methods.first().is_some_and(|first| shares_confidence(*first, *method))
                    {
                        band.confidence = confidence;
                    }
                    read = Some((record.level, record.scale));
                    band.columns.push((*method, found.values));
                }
                if band.columns.len() == methods.len() && band.confidence.len() == chunk.cell_count() {
                    bands.push(band);
                }
            }
            let is_whole = bands.len() == request_ids.len();
            if let (Some((_, slot)), true) = (self.slot(index), is_whole) {
                let (columns, confidence) = columns::flat(&question.request.bands0, bands);
                *slot = Some(ResultChunk { chunk, columns, confidence, outlines: None });
                self.served.rows.extend(ids(index));
                self.served.bytes = self.served.bytes.saturating_add(bytes);
                self.read = read;
            }
        }
        Ok(())
    }
}

const CHUNKS_AT_ONCE: u64 = 64;
const SHORT_GAP: u64 = 4;
