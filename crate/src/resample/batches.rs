//! Blocks in portions that fit the memory.

use std::ops::Range;

use super::part::{PARTS_AT_ONCE, Part};
use super::request::Options;
use crate::error::{Code, Error, Result};
use crate::num;
use crate::raster::{BlockId, BlockRange, Level};

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
    /// Bands that lie together in a block.
    pub stored_bands: usize,
    /// Bands that are wanted.
    pub bands: usize,
    /// Places in the file for each block.
    pub streams: usize,
    /// Statistics of a cell and band, without the lists of its values.
    pub cell_bytes: usize,
    /// An entry of a list of values.
    pub entry_bytes: usize,
    /// Beside a decoded sample: its true area.
    pub area_bytes: usize,
    /// Results of a cell and band.
    pub result_bytes: usize,
    pub threads: usize,
}

/// The largest batches whose peak stays below the memory limit, and that peak in bytes. `limit.exceeded` where a
/// block at a time is too much.
pub fn batches(
    costs: &Costs<'_>,
    blocks: &[BlockId],
    locations: &[BlockRange],
    parts: &[Part],
    options: &Options,
) -> Result<(Vec<Batch>, u64)> {
    let limit = options.memory_limit_bytes;
    let mut portion = (limit / 4).clamp(1, most_batch_bytes(costs.threads));
    loop {
        let mut batches = cut(costs, blocks, locations, portion);
        assign(&mut batches, parts);
        let peak = peak_bytes(costs, blocks, locations, parts, &batches, options);
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
fn cut(costs: &Costs<'_>, blocks: &[BlockId], locations: &[BlockRange], portion: u64) -> Vec<Batch> {
    let mut batches: Vec<Batch> = Vec::new();
    let mut size = 0_u64;
    for (position, (&id, locations)) in blocks.iter().zip(locations.chunks(costs.streams.max(1))).enumerate() {
        let bytes = costs.decoded_bytes(id).saturating_add(encoded_bytes(locations));
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
    locations: &[BlockRange],
    parts: &[Part],
    batches: &[Batch],
    options: &Options,
) -> u64 {
    let batch_of = |block: &u32| batches.partition_point(|batch| batch.blocks.end <= *block as usize);
    // Statistics live from a part's first batch to its last; results from there until all chunks before are done.
    let mut change = vec![(0_u64, 0_u64); batches.len() + 2];
    let mut add = |range: Range<usize>, bytes: u64| {
        if let Some(entry) = change.get_mut(range.start) {
            entry.0 = entry.0.saturating_add(bytes);
        }
        if let Some(entry) = change.get_mut(range.end) {
            entry.1 = entry.1.saturating_add(bytes);
        }
    };
    // Where not all places can be kept, what is left of their share goes to those that are found again.
    let all_placed = parts.iter().all(|part| part.geometry.is_some() || part.blocks.is_empty());
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
            if all_placed {
                add(0..last + 1, num::to_u64(part.places_bytes));
            }
            let cells = num::to_u64(part.cells) * num::to_u64(costs.bands);
            let lists = part.entries.saturating_mul(num::to_u64(costs.entry_bytes * costs.bands));
            add(first..last + 1, lists.saturating_add(cells * num::to_u64(costs.cell_bytes)));
            let gone = if options.keeps_chunks { batches.len() } else { flushed };
            add(last..gone + 1, cells * num::to_u64(costs.result_bytes));
        }
        start = end;
    }
    let encoded = |batch: &Batch| -> u64 {
        let streams = batch.blocks.start * costs.streams..batch.blocks.end * costs.streams;
        encoded_bytes(locations.get(streams).unwrap_or_default())
    };
    let decoded = |batch: &Batch| -> u64 {
        blocks.get(batch.blocks.clone()).unwrap_or_default().iter().map(|&id| costs.decoded_bytes(id)).sum()
    };
    let places = if all_placed { 0 } else { options.memory_limit_bytes / PLACES_SHARE };
    let mut alive = costs.mask_bytes.saturating_add(places);
    let mut peak = 0_u64;
    let largest_list = parts.iter().map(|part| part.largest).max().unwrap_or(0);
    let plan: usize = parts.iter().map(|part| part.bytes() + PART_STATE_BYTES).sum();
    let plan = num::to_u64(plan + blocks.len() * (size_of::<BlockId>() + size_of::<BlockRange>()));
    // Places of the parts that are being folded, found with as much beside them.
    let largest_places = parts.iter().map(|part| part.places_bytes).max().unwrap_or(0);
    let found = num::to_u64(2 * largest_places * PARTS_AT_ONCE * costs.threads);
    let working = costs.working_bytes(largest_list).saturating_add(plan).saturating_add(found);
    for (index, (born, died)) in change.iter().enumerate() {
        alive = alive.saturating_add(*born).saturating_sub(*died);
        let now = batches.get(index).map_or(0, |batch| encoded(batch) + decoded(batch));
        let next = batches.get(index + 1).map_or(0, encoded);
        peak = peak.max(alive.saturating_add(now).saturating_add(next).saturating_add(working));
    }
    peak
}

impl Costs<'_> {
    fn decoded_bytes(&self, id: BlockId) -> u64 {
        let window = self.level.block_window(id);
        u64::from(window.width())
            * u64::from(window.height())
            * num::to_u64(self.sample_bytes * self.bands + self.area_bytes)
    }

    /// What the threads need while they work: a block as it comes out of the codec, all its bands, an accumulator, and
    /// room to put the values of a block and those of a cell, `largest_list` of them, in order.
    fn working_bytes(&self, largest_list: u64) -> u64 {
        let pixels = u64::from(self.level.block_width) * u64::from(self.level.block_height);
        let block = pixels.saturating_mul(num::to_u64(self.sample_bytes * (self.stored_bands + 1)));
        let lists = largest_list.saturating_add(pixels.saturating_mul(2)).saturating_mul(num::to_u64(self.entry_bytes));
        block.saturating_add(ACCUMULATOR_BYTES).saturating_add(lists).saturating_mul(num::to_u64(self.threads))
    }
}

fn encoded_bytes(locations: &[BlockRange]) -> u64 {
    locations.iter().map(BlockRange::read).map(|read| read.end.saturating_sub(read.start)).sum()
}

/// The part of the memory limit that places of cells may take between batches.
pub const PLACES_SHARE: u64 = 4;

/// More blocks at once than this win nothing: there are enough for all threads, and reads are long. Measured on the
/// world of 25 km squares: 32 MiB take as long as 16 and 50 MB more memory.
fn most_batch_bytes(threads: usize) -> u64 {
    num::to_u64(threads).saturating_mul(8 << 20).clamp(16 << 20, 64 << 20)
}

/// What is noted of a part while it is folded, its places and statistics apart.
const PART_STATE_BYTES: usize = 512;

/// The rasteriser's memory.
const ACCUMULATOR_BYTES: u64 = 2 << 20;
