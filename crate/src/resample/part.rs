//! Consecutive cells of a chunk: what one task folds.

use std::borrow::Cow;
use std::ops::Range;

use super::geometry::Geometry;
use crate::grid::{Chunk, Grid, Run};

/// Cells of consecutive runs of a chunk, and what is known of them before anything is read.
#[derive(Debug, Clone)]
pub(super) struct Part {
    /// Position of its chunk among the wanted ones.
    pub chunk: usize,
    pub cells: usize,
    /// Positions in the plan's blocks of those that it needs, sorted.
    pub blocks: Vec<u32>,
    /// The most values that its cells' lists can hold together, and that one cell's can.
    pub entries: u64,
    pub largest: u64,
    /// Where it is known already and cheap to keep, and the memory that takes.
    pub geometry: Option<Geometry>,
    pub places_bytes: usize,
    runs: Runs,
}

/// Runs, or where to find them again: grids without rows would have one for each cell.
#[derive(Debug, Clone)]
enum Runs {
    Kept(Vec<Run>),
    InChunk(Range<usize>),
}

impl Part {
    /// The parts of a chunk, which lies at position `chunk` among the wanted ones.
    pub fn of_chunk(chunk: usize, runs: &[Run]) -> Vec<Self> {
        let mut parts = Vec::new();
        let (mut start, mut cells) = (0, 0);
        for (index, run) in runs.iter().enumerate() {
            let count = run.count as usize;
            if cells > 0 && cells + count > PART_CELLS {
                parts.push(Self::new(chunk, runs, start..index, cells));
                (start, cells) = (index, 0);
            }
            cells += count;
        }
        if cells > 0 {
            parts.push(Self::new(chunk, runs, start..runs.len(), cells));
        }
        parts
    }

    fn new(chunk: usize, runs: &[Run], range: Range<usize>, cells: usize) -> Self {
        let own = runs.get(range.clone()).unwrap_or_default();
        let runs = if own.len() * KEPT_RUN_CELLS <= cells { Runs::Kept(own.to_vec()) } else { Runs::InChunk(range) };
        Self { chunk, cells, blocks: Vec::new(), entries: 0, largest: 0, geometry: None, places_bytes: 0, runs }
    }

    /// Its runs; `first_chunk` is the grid's number of the first wanted chunk.
    pub fn runs(&self, grid: &Grid, first_chunk: u64) -> Cow<'_, [Run]> {
        match &self.runs {
            Runs::Kept(runs) => Cow::Borrowed(runs),
            Runs::InChunk(range) => {
                let Chunk { runs, .. } = grid.chunk(first_chunk.saturating_add(self.chunk as u64));
                Cow::Owned(runs.get(range.clone()).unwrap_or_default().to_vec())
            }
        }
    }

    /// Memory in use, without its geometry.
    pub fn bytes(&self) -> usize {
        let runs = match &self.runs {
            Runs::Kept(runs) => runs.capacity() * size_of::<Run>(),
            Runs::InChunk(_) => 0,
        };
        size_of::<Self>() + runs + self.blocks.capacity() * size_of::<u32>()
    }
}

/// Cells that one task folds: few enough to share a chunk among threads, enough to outweigh handing them out.
const PART_CELLS: usize = 2048;

/// Parts that a thread folds before the host is heard: some milliseconds of work.
pub(super) const PARTS_AT_ONCE: usize = 4;

/// A run of fewer cells than this costs more to keep than its cells' results.
const KEPT_RUN_CELLS: usize = 4;
