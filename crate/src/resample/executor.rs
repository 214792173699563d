//! Runs a plan: reads ahead, decodes and folds in parallel, hands out chunks in the grid's order.

use std::task::Poll;

use futures_util::future::{LocalBoxFuture, poll_fn};
use futures_util::stream::{FuturesUnordered, StreamExt};

use super::batches::Batch;
use super::cells::{CellStates, PartColumns};
use super::coverage::Rasterizer;
use super::geometry::Geometry;
use super::masks::HeldMasks;
use super::plan::{Part, Plan, Work};
use super::request::{ChunkColumns, Observer, Options, Phase, Progress, Request, Summary};
use crate::error::{Code, Error, Result};
use crate::grid::Grid;
use crate::num;
use crate::par;
use crate::raster::{Block, BlockId, Dataset, Decoder};
use crate::source::{MergedRange, Priority, RangeReader};

/// Computes `request` of `dataset` on the cells of `grid` and hands finished chunks to `observer`.
///
/// Errors as [`Plan::new`], as reading and decoding blocks, and `cancelled`.
pub async fn run(
    dataset: &Dataset,
    grid: &Grid,
    request: &Request,
    options: &Options,
    observer: &mut dyn Observer,
) -> Result<Summary> {
    let mut tell = |progress: Progress| {
        check_cancelled(observer)?;
        observer.progress(progress);
        Ok(())
    };
    let plan = Plan::new(dataset, grid, request, options, &mut tell).await?;
    plan.run(dataset, grid, observer).await
}

impl Plan {
    /// Runs the plan on the dataset and the grid that it was made for.
    pub async fn run(self, dataset: &Dataset, grid: &Grid, observer: &mut dyn Observer) -> Result<Summary> {
        let summary = Summary {
            level: self.level,
            scale: self.scale,
            blocks: self.blocks,
            ranges: self.ranges,
            bytes: self.bytes,
            cells: self.cells,
            chunks: self.chunks,
            notes: self.notes,
        };
        let (level, total) = (self.level, self.blocks);
        let mut work = self.work;
        let decoder = dataset.decoder(level, work.band0)?;
        let source = dataset.source().clone();
        let mut masks = HeldMasks::default();
        let mut cells = Cells::new(&mut work, grid);
        let mut progress = Progress { phase: Phase::Resample, done: 0, total, bytes: 0 };

        check_cancelled(observer)?;
        observer.progress(progress);
        cells.flush(&work, observer)?;
        let mut next = work.batches.first().map(|_| InFlight::start(source.as_ref(), work.reads(0)));
        for (index, batch) in work.batches.iter().enumerate() {
            let Some(current) = next.take() else { break };
            let arrived = current.finish(observer, &mut progress).await?;
            next = work.batches.get(index + 1).map(|_| InFlight::start(source.as_ref(), work.reads(index + 1)));
            if let Some(next) = &mut next {
                // Under way before this thread is busy.
                next.poll_once().await;
            }
            let blocks = decode(&work, index, &arrived, &decoder, &mut masks, source.location())?;
            drop(arrived);
            check_cancelled(observer)?;
            cells.fold(&work, batch, &blocks);
            drop(blocks);
            progress.done = num::to_u64(batch.blocks.end);
            observer.progress(progress);
            cells.flush(&work, observer)?;
            observer.pause().await;
            check_cancelled(observer)?;
        }
        Ok(summary)
    }
}

/// Reads of one batch that are under way.
struct InFlight<'a> {
    reads: Vec<MergedRange>,
    waiting: FuturesUnordered<LocalBoxFuture<'a, (usize, Result<Vec<u8>>)>>,
    arrived: Vec<Option<Result<Vec<u8>>>>,
}

/// What a batch's reads gave.
struct Arrived {
    reads: Vec<MergedRange>,
    bytes: Vec<Vec<u8>>,
}

impl<'a> InFlight<'a> {
    fn start(source: &'a dyn RangeReader, reads: Vec<MergedRange>) -> Self {
        let waiting: FuturesUnordered<LocalBoxFuture<'a, _>> = FuturesUnordered::new();
        for (index, read) in reads.iter().enumerate() {
            let future = source.read_for(read.range.clone(), Priority::Batch);
            waiting.push(Box::pin(async move { (index, future.await) }));
        }
        let arrived = reads.iter().map(|_| None).collect();
        Self { reads, waiting, arrived }
    }

    /// Gives every read its start; takes what is there already.
    async fn poll_once(&mut self) {
        poll_fn(|context| {
            while let Poll::Ready(Some((index, result))) = self.waiting.poll_next_unpin(context) {
                if let Some(slot) = self.arrived.get_mut(index) {
                    *slot = Some(result);
                }
            }
            Poll::Ready(())
        })
        .await;
    }

    /// Waits for all reads. Bytes count when their turn comes, so that they don't run ahead of the blocks.
    async fn finish(mut self, observer: &mut dyn Observer, progress: &mut Progress) -> Result<Arrived> {
        for result in self.arrived.iter().flatten().flatten() {
            progress.bytes += num::to_u64(result.len());
        }
        observer.progress(*progress);
        while let Some((index, result)) = self.waiting.next().await {
            check_cancelled(observer)?;
            let bytes = result?;
            progress.bytes += num::to_u64(bytes.len());
            observer.progress(*progress);
            if let Some(slot) = self.arrived.get_mut(index) {
                *slot = Some(Ok(bytes));
            }
        }
        let mut bytes = Vec::with_capacity(self.arrived.len());
        for slot in self.arrived {
            bytes.push(slot.unwrap_or_else(|| Err(Error::new(Code::Bug, "a read ended without a result")))?);
        }
        Ok(Arrived { reads: self.reads, bytes })
    }
}

/// The blocks of batch `index`, in its order, NaN where they are masked. `masks` gets the mask's that it brought and
/// loses those that no later batch needs.
fn decode(
    work: &Work,
    index: usize,
    arrived: &Arrived,
    decoder: &Decoder,
    masks: &mut HeldMasks,
    location: &str,
) -> Result<Vec<Block>> {
    let blocks = work.batches.get(index).map_or(0..0, |batch| batch.blocks.clone());
    let ids = work.blocks.get(blocks).unwrap_or_default();
    let locations = work.ranges(index);
    let mut encoded: Vec<Option<&[u8]>> = vec![None; locations.len()];
    for (read, bytes) in arrived.reads.iter().zip(&arrived.bytes) {
        for &member in &read.members {
            if let (Some(slot), Some(range)) = (encoded.get_mut(member), locations.get(member)) {
                *slot = Some(read.part(bytes, range));
            }
        }
    }
    let located = |error: Error, id: BlockId| {
        error.at(|at| {
            at.source.get_or_insert_with(|| location.to_owned());
            at.tile.get_or_insert((id.col, id.row));
        })
    };
    let mask_bytes = encoded.split_off(ids.len());
    if let Some(plan) = &work.masks {
        let jobs = work.fresh_masks(index).iter().map(|&(id, _)| id).zip(mask_bytes).collect();
        for (id, mask) in par::map(jobs, |(id, encoded)| (id, plan.decode(id, encoded))) {
            masks.insert(id, mask.map_err(|error| located(error, id))?);
        }
    }
    let jobs: Vec<(BlockId, Option<&[u8]>)> = ids.iter().copied().zip(encoded).collect();
    let held = &*masks;
    let decoded = par::map(jobs, |(id, encoded)| {
        let block = match encoded {
            Some(encoded) => decoder.decode(id, encoded),
            None => decoder.sparse(id),
        };
        block.map(|block| held.apply(work.masks.as_ref(), block, work.level.block_window(id), work.recipe.nodata))
    });
    let blocks = decoded.into_iter().zip(ids).map(|(block, &id)| block.map_err(|error| located(error, id))).collect();
    if let Some(plan) = &work.masks {
        masks.trim(plan, index);
    }
    blocks
}

/// The cells of a run: statistics of the parts that are being folded, columns of those that are done.
struct Cells<'a> {
    grid: &'a Grid,
    parts: Vec<PartState>,
    /// Per wanted chunk: its parts, and how many are not done.
    chunks: Vec<ChunkState>,
    /// Chunks before this one have been handed out.
    next_chunk: usize,
    first_chunk: u64,
    /// Memory left for places that are kept.
    geometry_bytes: usize,
}

#[derive(Debug, Default)]
struct PartState {
    /// From the plan or an earlier batch, while memory allows.
    geometry: Option<Geometry>,
    states: Option<CellStates>,
    columns: Option<PartColumns>,
}

#[derive(Debug, Clone, Default)]
struct ChunkState {
    parts: std::ops::Range<usize>,
    open: usize,
}

/// What a task takes along and brings back.
struct Task {
    part: usize,
    geometry: Option<Geometry>,
    states: Option<CellStates>,
    columns: Option<PartColumns>,
}

impl<'a> Cells<'a> {
    fn new(work: &mut Work, grid: &'a Grid) -> Self {
        let count = work.chunks.end.saturating_sub(work.chunks.start) as usize;
        let mut chunks = vec![ChunkState::default(); count];
        let mut geometry_bytes = work.geometry_bytes;
        let mut parts = Vec::with_capacity(work.parts.len());
        for (index, part) in work.parts.iter_mut().enumerate() {
            let geometry = part.geometry.take();
            geometry_bytes = geometry_bytes.saturating_sub(geometry.as_ref().map_or(0, Geometry::bytes));
            parts.push(PartState { geometry, ..PartState::default() });
            if let Some(chunk) = chunks.get_mut(part.chunk) {
                let start = if chunk.parts.is_empty() { index } else { chunk.parts.start };
                chunk.parts = start..index + 1;
                chunk.open += usize::from(!part.blocks.is_empty());
            }
        }
        Self { grid, parts, chunks, next_chunk: 0, first_chunk: work.chunks.start, geometry_bytes }
    }

    /// Folds a batch's blocks into the parts that need them, each part by one thread, blocks in their order.
    fn fold(&mut self, work: &Work, batch: &Batch, blocks: &[Block]) {
        let tasks: Vec<Task> = batch.parts.iter().filter_map(|&part| self.take(part as usize)).collect();
        let grid = self.grid;
        let done = par::map(tasks, |mut task| {
            if let Some(part) = work.parts.get(task.part) {
                task.fold(grid, work, part, batch, blocks);
            }
            task
        });
        for task in done {
            self.put(work, task);
        }
    }

    fn take(&mut self, part: usize) -> Option<Task> {
        let state = self.parts.get_mut(part)?;
        let geometry = state.geometry.take();
        self.geometry_bytes = self.geometry_bytes.saturating_add(geometry.as_ref().map_or(0, Geometry::bytes));
        Some(Task { part, geometry, states: state.states.take(), columns: None })
    }

    fn put(&mut self, work: &Work, task: Task) {
        let (Some(state), Some(part)) = (self.parts.get_mut(task.part), work.parts.get(task.part)) else { return };
        state.states = task.states;
        if task.columns.is_some() {
            state.columns = task.columns;
            if let Some(chunk) = self.chunks.get_mut(part.chunk) {
                chunk.open = chunk.open.saturating_sub(1);
            }
        } else if let Some(geometry) = task.geometry
            && geometry.bytes() <= self.geometry_bytes
        {
            self.geometry_bytes -= geometry.bytes();
            state.geometry = Some(geometry);
        }
    }

    /// Hands out the chunks that are done and whose predecessors are.
    fn flush(&mut self, work: &Work, observer: &mut dyn Observer) -> Result<()> {
        while let Some(chunk) = self.chunks.get(self.next_chunk).filter(|chunk| chunk.open == 0) {
            let parts = chunk.parts.clone();
            let index = self.first_chunk.saturating_add(num::to_u64(self.next_chunk));
            let columns = self.collect(work, index, parts);
            observer.chunk(columns)?;
            self.next_chunk += 1;
        }
        Ok(())
    }

    /// The columns of a chunk; cells that no block met have no value.
    fn collect(&mut self, work: &Work, index: u64, parts: std::ops::Range<usize>) -> ChunkColumns {
        let chunk = self.grid.chunk(index);
        let count = chunk.cell_count();
        let mut columns: Vec<_> =
            work.recipe.methods.iter().map(|&method| (method, Vec::with_capacity(count))).collect();
        let mut confidence = Vec::with_capacity(count);
        for part in parts {
            let cells = work.parts.get(part).map_or(0, |part| part.cells);
            let done = self.parts.get_mut(part).and_then(|state| state.columns.take()).unwrap_or_default();
            let end = confidence.len() + cells;
            for ((_, column), values) in columns.iter_mut().zip(&done.columns) {
                column.extend_from_slice(values);
            }
            for (_, column) in &mut columns {
                column.resize(end, f64::NAN);
            }
            confidence.extend_from_slice(&done.confidence);
            confidence.resize(end, 0.0);
        }
        ChunkColumns { chunk, columns, confidence }
    }
}

impl Task {
    fn fold(&mut self, grid: &Grid, work: &Work, part: &Part, batch: &Batch, blocks: &[Block]) {
        let geometry = self
            .geometry
            .take()
            .unwrap_or_else(|| Geometry::new(grid, &work.map, &work.level, &part.runs, work.recipe.needs()));
        let mut states = self.states.take().unwrap_or_else(|| CellStates::new(&work.recipe, part.cells));
        let place = part.place(&work.map, &geometry);
        let mut rasterizer = Rasterizer::default();
        let first = part.blocks.partition_point(|&block| (block as usize) < batch.blocks.start);
        let mut rest = part.blocks.get(first..).unwrap_or_default().iter();
        for &position in rest.by_ref().take_while(|&&block| (block as usize) < batch.blocks.end) {
            let position = position as usize;
            let block = blocks.get(position - batch.blocks.start);
            if let (Some(&id), Some(block)) = (work.blocks.get(position), block) {
                let mut window = work.level.block_window(id);
                window.right = window.right.min(work.map.size().0);
                states.fold(&work.recipe, place, block, (id, window), &mut rasterizer);
            }
        }
        if part.blocks.last().is_some_and(|&last| (last as usize) < batch.blocks.end) {
            self.columns = Some(states.finish(&work.recipe, place));
        } else {
            self.states = Some(states);
            self.geometry = Some(geometry);
        }
    }
}

fn check_cancelled(observer: &dyn Observer) -> Result<()> {
    if observer.cancelled() {
        return Err(Error::new(Code::Cancelled, "the run was cancelled"));
    }
    Ok(())
}

#[cfg(test)]
#[path = "executor_tests.rs"]
mod tests;
