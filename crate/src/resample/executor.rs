//! Runs a plan: reads ahead, decodes and folds in parallel, hands out chunks in the grid's order.

use std::task::Poll;

use bytes::Bytes;
use futures_util::future::{LocalBoxFuture, poll_fn};
use futures_util::stream::{FuturesUnordered, StreamExt};

use super::batches::Batch;
use super::cells::{CellStates, PartColumns, Place};
use super::coverage::Rasterizer;
use super::decoding::Decoding;
use super::geometry::Geometry;
use super::part::{PARTS_AT_ONCE, Part};
use super::plan::{Plan, Work};
use super::request::{BandColumns, ChunkColumns, Observer, Options, Phase, Progress, Request, Summary, Watch};
use super::samples::BlockPixels;
use crate::error::{Code, Error, Result};
use crate::grid::Grid;
use crate::num;
use crate::par;
use crate::raster::Dataset;
use crate::source::{MergedRange, RangeReader, Urgency};

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
    let plan = Plan::watched(dataset, grid, request, options, &mut Watching(observer)).await?;
    plan.run(dataset, grid, observer).await
}

/// An observer that follows the making of a plan.
struct Watching<'a>(&'a mut dyn Observer);

impl Watch for Watching<'_> {
    fn progress(&mut self, progress: Progress) -> Result<()> {
        check_cancelled(self.0)?;
        self.0.progress(progress);
        Ok(())
    }

    fn pause(&mut self) -> LocalBoxFuture<'_, ()> {
        self.0.pause()
    }
}

impl Plan {
    /// Runs the plan on the dataset and the grid that it was made for.
    pub async fn run(self, dataset: &Dataset, grid: &Grid, observer: &mut dyn Observer) -> Result<Summary> {
        // What caches have is not read: ranges and bytes are counted as they come.
        let mut summary = Summary {
            level: self.level,
            scale: self.scale,
            blocks: self.blocks,
            ranges: 0,
            bytes: 0,
            cells: self.cells,
            chunks: self.chunks,
            notes: self.notes,
        };
        let (level, total) = (self.level, self.blocks);
        let mut work = self.work;
        let source = dataset.source().clone();
        let mut decoding = Decoding::new(dataset, level, &work.bands)?;
        let mut cells = Cells::new(&mut work, grid);
        let mut progress = Progress { phase: Phase::Resample, done: 0, total, bytes: 0 };

        check_cancelled(observer)?;
        observer.progress(progress);
        cells.flush(&work, observer).await?;
        let mut next = work.batches.first().map(|_| InFlight::start(source.as_ref(), work.reads(0)));
        for (index, batch) in work.batches.iter().enumerate() {
            let Some(current) = next.take() else { break };
            let arrived = current.finish(observer, &mut progress).await?;
            summary.ranges += arrived.ranges;
            next = work.batches.get(index + 1).map(|_| InFlight::start(source.as_ref(), work.reads(index + 1)));
            let mut breath = Breath { observer: &mut *observer, next: next.as_mut() };
            // Under way before this thread is busy.
            breath.take().await?;
            let blocks = decoding.blocks(dataset, &work, index, &arrived, &mut breath).await?;
            drop(arrived);
            cells.fold(&work, batch, &blocks, &mut breath).await?;
            drop(blocks);
            progress.done = num::to_u64(batch.blocks.end);
            observer.progress(progress);
            cells.flush(&work, observer).await?;
        }
        summary.bytes = progress.bytes;
        Ok(summary)
    }
}

/// What happens between pieces of work: the next batch's reads go on, a wish to stop is heard.
pub(super) struct Breath<'a, 'b> {
    observer: &'a mut dyn Observer,
    next: Option<&'a mut InFlight<'b>>,
}

impl Breath<'_, '_> {
    pub async fn take(&mut self) -> Result<()> {
        if let Some(next) = &mut self.next {
            next.poll_once().await;
        }
        self.observer.pause().await;
        check_cancelled(self.observer)
    }
}

/// Reads of one batch that are under way.
pub(super) struct InFlight<'a> {
    reads: Vec<MergedRange>,
    waiting: FuturesUnordered<LocalBoxFuture<'a, (usize, Result<Bytes>)>>,
    arrived: Vec<Option<Result<Bytes>>>,
    urgencies: Vec<Urgency>,
}

/// What a batch's reads gave.
pub(super) struct Arrived {
    pub reads: Vec<MergedRange>,
    pub bytes: Vec<Bytes>,
    /// Reads that no cache answered whole.
    ranges: u64,
}

impl<'a> InFlight<'a> {
    fn start(source: &'a dyn RangeReader, reads: Vec<MergedRange>) -> Self {
        let waiting: FuturesUnordered<LocalBoxFuture<'a, _>> = FuturesUnordered::new();
        let urgencies: Vec<Urgency> = reads.iter().map(|_| Urgency::batch()).collect();
        for (index, (read, urgency)) in reads.iter().zip(&urgencies).enumerate() {
            let future = source.read_for(read.range.clone(), urgency.clone());
            waiting.push(Box::pin(async move { (index, future.await) }));
        }
        let arrived = reads.iter().map(|_| None).collect();
        Self { reads, waiting, arrived, urgencies }
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
        let mut ranges = 0;
        let mut count = |bytes: &[u8], urgency: Option<&Urgency>| {
            let read = num::to_u64(bytes.len()).saturating_sub(urgency.map_or(0, Urgency::served_bytes));
            ranges += u64::from(read > 0);
            read
        };
        for (result, urgency) in self.arrived.iter().zip(&self.urgencies) {
            if let Some(Ok(bytes)) = result {
                progress.bytes += count(bytes, Some(urgency));
            }
        }
        observer.progress(*progress);
        while let Some((index, result)) = self.waiting.next().await {
            check_cancelled(observer)?;
            let bytes = result?;
            progress.bytes += count(&bytes, self.urgencies.get(index));
            observer.progress(*progress);
            if let Some(slot) = self.arrived.get_mut(index) {
                *slot = Some(Ok(bytes));
            }
        }
        let mut bytes = Vec::with_capacity(self.arrived.len());
        for slot in self.arrived {
            bytes.push(slot.unwrap_or_else(|| Err(Error::new(Code::Bug, "a read ended without a result")))?);
        }
        Ok(Arrived { reads: self.reads, bytes, ranges })
    }
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
    /// One for each band, as columns are.
    states: Option<Vec<CellStates>>,
    columns: Option<Vec<PartColumns>>,
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
    /// One for each band, as columns are.
    states: Option<Vec<CellStates>>,
    columns: Option<Vec<PartColumns>>,
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
    async fn fold(
        &mut self,
        work: &Work,
        batch: &Batch,
        blocks: &[Vec<BlockPixels>],
        breath: &mut Breath<'_, '_>,
    ) -> Result<()> {
        let grid = self.grid;
        for parts in batch.parts.chunks(par::thread_count().max(1) * PARTS_AT_ONCE) {
            let tasks: Vec<Task> = parts.iter().filter_map(|&part| self.take(part as usize)).collect();
            let done = par::map(tasks, |mut task| {
                if let Some(part) = work.parts.get(task.part) {
                    task.fold(grid, work, part, batch, blocks);
                }
                task
            });
            for task in done {
                self.put(work, task);
            }
            breath.take().await?;
        }
        Ok(())
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
    async fn flush(&mut self, work: &Work, observer: &mut dyn Observer) -> Result<()> {
        while let Some(chunk) = self.chunks.get(self.next_chunk).filter(|chunk| chunk.open == 0) {
            let parts = chunk.parts.clone();
            let index = self.first_chunk.saturating_add(num::to_u64(self.next_chunk));
            let columns = self.collect(work, index, parts);
            observer.chunk(columns)?;
            self.next_chunk += 1;
            observer.pause().await;
            check_cancelled(observer)?;
        }
        Ok(())
    }

    /// The columns of a chunk; cells that no block met have no value.
    fn collect(&mut self, work: &Work, index: u64, parts: std::ops::Range<usize>) -> ChunkColumns {
        let chunk = self.grid.chunk(index);
        let count = chunk.cell_count();
        let empty = || BandColumns {
            columns: work.recipe.methods.iter().map(|&method| (method, Vec::with_capacity(count))).collect(),
            confidence: Vec::with_capacity(count),
        };
        let mut bands: Vec<BandColumns> = work.bands.iter().map(|_| empty()).collect();
        for part in parts {
            let cells = work.parts.get(part).map_or(0, |part| part.cells);
            let done = self.parts.get_mut(part).and_then(|state| state.columns.take()).unwrap_or_default();
            let mut done = done.into_iter();
            for band in &mut bands {
                band.append(done.next().unwrap_or_default(), cells);
            }
        }
        ChunkColumns { chunk, bands }
    }
}

impl BandColumns {
    /// Appends a part's columns of `cells` cells; no values where it has none.
    fn append(&mut self, part: PartColumns, cells: usize) {
        let end = self.confidence.len() + cells;
        for ((_, column), values) in self.columns.iter_mut().zip(&part.columns) {
            column.extend_from_slice(values);
        }
        for (_, column) in &mut self.columns {
            column.resize(end, f64::NAN);
        }
        self.confidence.extend_from_slice(&part.confidence);
        self.confidence.resize(end, 0.0);
    }
}

impl Task {
    fn fold(&mut self, grid: &Grid, work: &Work, part: &Part, batch: &Batch, blocks: &[Vec<BlockPixels>]) {
        let runs = part.runs(grid, work.chunks.start);
        let geometry = self
            .geometry
            .take()
            .unwrap_or_else(|| Geometry::new(grid, &work.map, &work.level, &runs, work.recipe.needs()));
        let mut states = self
            .states
            .take()
            .unwrap_or_else(|| work.bands.iter().map(|_| CellStates::new(&work.recipe, part.cells)).collect());
        let place = Place { map: &work.map, runs: &runs, geometry: &geometry };
        let mut rasterizer = Rasterizer::default();
        let first = part.blocks.partition_point(|&block| (block as usize) < batch.blocks.start);
        let mut rest = part.blocks.get(first..).unwrap_or_default().iter();
        for &position in rest.by_ref().take_while(|&&block| (block as usize) < batch.blocks.end) {
            let position = position as usize;
            let block = blocks.get(position - batch.blocks.start);
            if let (Some(&id), Some(block)) = (work.blocks.get(position), block) {
                let mut window = work.level.block_window(id);
                window.right = window.right.min(work.map.size().0);
                CellStates::fold(&mut states, &work.recipe, place, block, (id, window), &mut rasterizer);
            }
        }
        if part.blocks.last().is_some_and(|&last| (last as usize) < batch.blocks.end) {
            let bands = states.iter().zip(&work.bands);
            self.columns = Some(bands.map(|(states, band)| states.finish(&work.recipe, band.unscale, place)).collect());
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
