//! An answer on its way to its caller.

use super::answer::Answer;
use super::caller::Caller;
use super::outlines;
use super::resampling::{Provenance, ResultChunk};
use crate::error::Result;
use crate::grid::Grid;

/// Hands chunks out in the grid's order: to the caller's taker, else into `chunks`.
pub(super) struct Delivery<'a> {
    pub grid: &'a Grid,
    pub caller: &'a dyn Caller,
    pub has_outlines: bool,
    /// The part of the answer that is worked on.
    pub answer: Answer,
    pub provenance: Provenance,
    pub chunks: Vec<ResultChunk>,
}

/// What a run took.
#[derive(Debug, Default)]
pub(super) struct Spent {
    pub level: usize,
    pub scale: (f64, f64),
    pub blocks: u64,
    pub ranges: u64,
    pub bytes: u64,
    pub notes: Vec<String>,
}

impl Delivery<'_> {
    /// Goes on with the next part of the answer, of which the part before has been handed out.
    pub fn begin(&mut self, answer: Answer) -> Result<()> {
        self.provenance.cache_hits = self.provenance.cache_hits.saturating_add(answer.served().rows.len() as u64);
        if let Some((level, scale)) = answer.read {
            (self.provenance.level, self.provenance.scale) = (level, scale);
        }
        self.answer = answer;
        self.hand_out()
    }

    /// Takes a chunk that was computed.
    pub fn accept(&mut self, fresh: ResultChunk) -> Result<()> {
        let columns = self.provenance.columns.iter().filter(|name| !name.ends_with("_confidence")).count() as u64;
        self.provenance.cache_misses = self.provenance.cache_misses.saturating_add(columns);
        self.answer.fill(fresh);
        self.hand_out()
    }

    /// Notes what a run took.
    pub fn spend(&mut self, spent: Spent) {
        let provenance = &mut self.provenance;
        provenance.level = u32::try_from(spent.level).unwrap_or(u32::MAX);
        provenance.scale = spent.scale;
        provenance.blocks = provenance.blocks.saturating_add(spent.blocks);
        provenance.ranges = provenance.ranges.saturating_add(spent.ranges);
        provenance.bytes = provenance.bytes.saturating_add(spent.bytes);
        for note in spent.notes {
            self.note(note);
        }
    }

    pub fn note(&mut self, note: String) {
        if !self.provenance.notes.contains(&note) {
            self.provenance.notes.push(note);
        }
    }

    fn hand_out(&mut self) -> Result<()> {
        while let Some(mut chunk) = self.answer.next() {
            let Some(taker) = self.caller.taker() else {
                self.chunks.push(chunk);
                continue;
            };
            if self.has_outlines {
                outlines::add(self.grid, std::slice::from_mut(&mut chunk))?;
            }
            taker.take(self.grid, chunk, &self.provenance)?;
        }
        Ok(())
    }
}
