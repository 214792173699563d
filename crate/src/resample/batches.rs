//! Blocks in portions that fit the memory.

use std::ops::Range;

use super::plan::Part;
use super::request::Options;
use crate::error::{Code, Error, Result};
use crate::num;
use crate::raster::{BlockId, Level};

/// Consecutive blocks that are read, decoded and folded together.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Batch {
    /// Positions in the plan's blocks.
    pub blocks: Range<usize>,
    /// Indices of the parts that need any of them, sorted.
    pub parts: Vec<u32>,
}

/// What things cost.
#[derive(Debug, Clone, Copy)]
pub struct Costs<'a> {
    pub level: &'a Level,
    pub sample_bytes: usize,
    /// Blocks of a mask that are kept between batches.
    pub mask_bytes: u64,
    /// Bands that are decoded together.
    pub bands: usize,
    /// Statistics of a cell.
    pub cell_bytes: usize,
    /// Results of a cell.
    pub result_bytes: usize,
    pub threads: usize,
}

/// The largest batches whose peak stays below the memory limit, and that peak in bytes. `limit.exceeded` where a
/// block at a time is too much.
pub fn batches(
    costs: &Costs<'_>,
    blocks: &[BlockId],
    locations: &[Range<u64>],
    parts: &[Part],
    options: &Options,
) -> Result<(Vec<Batch>, u64)> {
    let limit = options.memory_limit_bytes;
    let mut portion = (limit / 4).clamp(1, MAX_BATCH_BYTES);
    loop {
        let mut batches = cut(costs, blocks, locations, portion);
        assign(&mut batches, parts);
        let peak = peak_bytes(costs, blocks, locations, parts, &batches);
        if peak <= limit {
            return Ok((batches, peak));
        }
        if batches.len() >= blocks.len() {
            return Err(Error::new(
                Code::LimitExceeded,
                format!("memory: {peak} bytes needed with one block at a time, {limit} allowed"),
            )
            .with_hint("raise the memory limit, resample fewer chunks at once, or ask for fewer methods"));
        }
        portion /= 2;
    }
}

/// Consecutive blocks of about `portion` bytes, encoded and decoded together.
fn cut(costs: &Costs<'_>, blocks: &[BlockId], locations: &[Range<u64>], portion: u64) -> Vec<Batch> {
    let mut batches: Vec<Batch> = Vec::new();
    let mut size = 0_u64;
    for (position, (&id, location)) in blocks.iter().zip(locations).enumerate() {
        let bytes = costs.decoded_bytes(id).saturating_add(encoded_bytes(location));
        match batches.last_mut() {
            Some(batch) if size.saturating_add(bytes) <= portion => {
                size += bytes;
                batch.blocks.end = position + 1;
            }
            _ => {
                size = bytes;
                batches.push(Batch { blocks: position..position + 1, parts: Vec::new() });
            }
        }
    }
    batches
}

/// Notes in each batch the parts that need it.
fn assign(batches: &mut [Batch], parts: &[Part]) {
    for (index, part) in parts.iter().enumerate() {
        let mut last = None;
        for &block in &part.blocks {
            let at = batches.partition_point(|batch| batch.blocks.end <= block as usize);
            if last != Some(at) {
                last = Some(at);
                if let Some(batch) = batches.get_mut(at) {
                    batch.parts.push(index as u32);
                }
            }
        }
    }
}

/// The most memory that a run with these batches takes.
fn peak_bytes(
    costs: &Costs<'_>,
    blocks: &[BlockId],
    locations: &[Range<u64>],
    parts: &[Part],
    batches: &[Batch],
) -> u64 {
    let batch_of = |block: &u32| batches.partition_point(|batch| batch.blocks.end <= *block as usize);
    // Statistics live from a part's first batch to its last; results from there until all chunks before are done.
    let mut change = vec![(0_u64, 0_u64); batches.len() + 2];
    let mut add = |range: Range<usize>, bytes: u64| {
        if let Some(entry) = change.get_mut(range.start) {
            entry.0 += bytes;
        }
        if let Some(entry) = change.get_mut(range.end) {
            entry.1 += bytes;
        }
    };
    let mut flushed = 0;
    let mut start = 0;
    while start < parts.len() {
        let chunk = parts.get(start).map(|part| part.chunk);
        let end = start + parts.iter().skip(start).take_while(|part| Some(part.chunk) == chunk).count();
        let group = parts.get(start..end).unwrap_or_default();
        let ends = group.iter().filter_map(|part| part.blocks.last().map(batch_of));
        flushed = ends.max().unwrap_or(0).max(flushed);
        for part in group {
            let first = part.blocks.first().map_or(flushed, batch_of);
            let last = part.blocks.last().map_or(flushed, batch_of);
            let cells = num::to_u64(part.cells);
            let kept = num::to_u64(part.geometry.as_ref().map_or(0, super::geometry::Geometry::bytes));
            add(0..last + 1, kept);
            add(first..last + 1, cells * num::to_u64(costs.cell_bytes));
            add(last..flushed + 1, cells * num::to_u64(costs.result_bytes));
        }
        start = end;
    }
    let encoded = |batch: &Batch| -> u64 {
        locations.get(batch.blocks.clone()).unwrap_or_default().iter().map(encoded_bytes).sum()
    };
    let decoded = |batch: &Batch| -> u64 {
        blocks.get(batch.blocks.clone()).unwrap_or_default().iter().map(|&id| costs.decoded_bytes(id)).sum()
    };
    let mut alive = costs.mask_bytes;
    let mut peak = 0;
    for (index, (born, died)) in change.iter().enumerate() {
        alive = alive.saturating_add(*born).saturating_sub(*died);
        let now = batches.get(index).map_or(0, |batch| encoded(batch) + decoded(batch) + costs.working_bytes());
        let next = batches.get(index + 1).map_or(0, encoded);
        peak = peak.max(alive + now + next);
    }
    peak
}

impl Costs<'_> {
    fn decoded_bytes(&self, id: BlockId) -> u64 {
        let window = self.level.block_window(id);
        u64::from(window.width()) * u64::from(window.height()) * num::to_u64(self.sample_bytes)
    }

    /// What the threads need while they work: a block as it comes out of the codec, all its bands, and an accumulator.
    fn working_bytes(&self) -> u64 {
        let pixels = u64::from(self.level.block_width) * u64::from(self.level.block_height);
        let block = pixels.saturating_mul(num::to_u64(self.sample_bytes * self.bands));
        block.saturating_add(ACCUMULATOR_BYTES).saturating_mul(num::to_u64(self.threads))
    }
}

fn encoded_bytes(location: &Range<u64>) -> u64 {
    location.end.saturating_sub(location.start)
}

/// More blocks at once than this win nothing, and the host hears of a cancellation only between batches.
const MAX_BATCH_BYTES: u64 = 32 << 20;

/// The rasteriser's memory.
const ACCUMULATOR_BYTES: u64 = 2 << 20;
