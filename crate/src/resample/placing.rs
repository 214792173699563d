//! Finds the places of cells and the blocks under them.

use std::collections::BTreeSet;
use std::ops::Range;

use super::cells::Place;
use super::footprint::blocks_of;
use super::geometry::Geometry;
use super::part::Part;
use super::pixel_map::PixelMap;
use super::recipe::Recipe;
use super::request::{Phase, Progress, Watch};
use crate::error::{Code, Error, Result};
use crate::grid::Grid;
use crate::num;
use crate::par;
use crate::raster::{BlockId, BlockRange, Level};

/// What places are found with.
pub(super) struct Placing<'a> {
    pub grid: &'a Grid,
    pub map: &'a PixelMap,
    pub level: &'a Level,
    pub recipe: &'a Recipe,
    /// Different values that samples can have.
    pub most_values: u64,
    /// Memory left for places that are kept.
    pub geometry_bytes: usize,
}

impl Placing<'_> {
    /// The parts of `chunks` and the blocks that they need, sorted.
    pub async fn parts(mut self, chunks: Range<u64>, watch: &mut dyn Watch) -> Result<(Vec<Part>, Vec<BlockId>)> {
        let (mut parts, mut needs) = (Vec::new(), Vec::new());
        let total = chunks.end.saturating_sub(chunks.start);
        let mut done = 0;
        while done < total {
            let end = total.min(done + CHUNKS_AT_ONCE);
            let mut first = parts.len();
            for position in done..end {
                let chunk = self.grid.chunk(chunks.start + position);
                parts.extend(Part::of_chunk(num::to_usize(position)?, &chunk.runs));
            }
            while first < parts.len() {
                watch.progress(Progress { phase: Phase::Plan, done, total, bytes: 0 })?;
                watch.pause().await;
                let fresh: Vec<&Part> = parts.iter().skip(first).take(par::thread_count().max(1)).collect();
                let count = fresh.len();
                let placed = par::map(fresh, |part| self.place(part, chunks.start));
                for (part, placed) in parts.iter_mut().skip(first).zip(placed) {
                    (part.entries, part.largest) = placed.value_counts;
                    let bytes = placed.geometry.bytes();
                    part.places_bytes = bytes;
                    if bytes <= self.geometry_bytes && !placed.blocks.is_empty() {
                        self.geometry_bytes -= bytes;
                        part.geometry = Some(placed.geometry);
                    }
                    needs.push(placed.blocks);
                }
                first += count;
            }
            done = end;
        }
        watch.progress(Progress { phase: Phase::Plan, done, total, bytes: 0 })?;
        let blocks = number_blocks(&mut parts, needs)?;
        Ok((parts, blocks))
    }

    fn place(&self, part: &Part, first_chunk: u64) -> Placed {
        let runs = part.runs(self.grid, first_chunk);
        let geometry = Geometry::new(self.grid, self.map, self.level, &runs, self.recipe.needs());
        let place = Place { map: self.map, runs: &runs, geometry: &geometry };
        let blocks = blocks_of(self.level, self.recipe, place);
        let value_counts = match &geometry.shapes {
            Some(shapes) if self.recipe.lists_values() => shapes.value_counts(&runs, self.map.size(), self.most_values),
            _ => (0, 0),
        };
        Placed { geometry, blocks, value_counts }
    }
}

/// What is found of a part.
struct Placed {
    geometry: Geometry,
    blocks: Vec<BlockId>,
    value_counts: (u64, u64),
}

/// Leaves out the blocks that `is_empty` tells by their locations, here and in the parts.
pub(super) fn leave_out(
    parts: &mut [Part],
    blocks: &mut Vec<BlockId>,
    locations: &mut Vec<BlockRange>,
    is_empty: impl Fn(BlockId, &[BlockRange]) -> bool,
) {
    let streams = locations.len().checked_div(blocks.len()).unwrap_or(0).max(1);
    let mut kept = 0;
    let numbers: Vec<Option<u32>> = blocks
        .iter()
        .zip(locations.chunks(streams))
        .map(|(&block, locations)| {
            let number = (!is_empty(block, locations)).then_some(kept);
            kept += u32::from(number.is_some());
            number
        })
        .collect();
    for part in parts {
        part.blocks = part.blocks.iter().filter_map(|&block| *numbers.get(block as usize)?).collect();
    }
    let mut number = numbers.iter();
    blocks.retain(|_| number.next().is_some_and(Option::is_some));
    let mut position = 0;
    locations.retain(|_| {
        let is_kept = numbers.get(position / streams).is_some_and(Option::is_some);
        position += 1;
        is_kept
    });
}

/// The union of the blocks in `needs`, sorted; each part gets their positions in it.
fn number_blocks(parts: &mut [Part], needs: Vec<Vec<BlockId>>) -> Result<Vec<BlockId>> {
    let union: BTreeSet<BlockId> = needs.iter().flatten().copied().collect();
    let blocks: Vec<BlockId> = union.into_iter().collect();
    if u32::try_from(blocks.len()).is_err() {
        return Err(Error::new(Code::LimitExceeded, format!("{} blocks are needed", blocks.len()))
            .with_hint("resample a smaller grid, or read an overview"));
    }
    for (part, needed) in parts.iter_mut().zip(needs) {
        part.blocks = needed.iter().filter_map(|id| blocks.binary_search(id).ok()).map(|at| at as u32).collect();
    }
    Ok(blocks)
}

/// Chunks whose parts are placed one after the other, one a thread: enough for every thread to have one, where chunks are
/// small.
const CHUNKS_AT_ONCE: u64 = 4;
