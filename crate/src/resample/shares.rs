//! A request cut into parts of about equal work, for several engines.

use std::ops::Range;

use super::pixel_map::PixelMap;
use super::plan::choose_level;
use super::request::Request;
use crate::error::Result;
use crate::geo::Bounds;
use crate::grid::{Chunk, Grid};
use crate::num;
use crate::raster::Dataset;

/// Consecutive runs of chunks. Blocks at the seam of two runs are read for both.
#[derive(Debug, Clone, PartialEq)]
pub struct Shares {
    /// The level that is read, and its pixels per cell.
    pub level: usize,
    pub scale: (f64, f64),
    /// In order, without gaps; one where a request is too small to be cut.
    pub ranges: Vec<Range<u64>>,
}

impl Shares {
    /// Shares of `chunks` for this team. Errors as `Plan::new`; nothing is read for them.
    pub fn new(dataset: &Dataset, grid: &Grid, request: &Request, chunks: Range<u64>, team: Team) -> Result<Self> {
        let (level, map, scale) = choose_level(dataset, grid, request)?;
        let costs: Vec<f64> = chunks.clone().map(|index| cost(grid, &map, &grid.chunk(index))).collect();
        let count = team.share_count(costs.iter().sum());
        Ok(Self { level, scale, ranges: cut(chunks, &costs, count) })
    }
}

/// Engines that may compute shares.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Team {
    /// Engines at most.
    pub count: usize,
    /// Those of them that run and have nothing to do; the others have to be started, or waited for.
    pub running: usize,
}

impl Team {
    /// How many shares are worth their while.
    fn share_count(self, total_cost: f64) -> usize {
        let worth = |least: f64, most: usize| ((total_cost / least) as usize).min(most);
        worth(MIN_COST, self.running.min(self.count)).max(worth(START_COST, self.count)).max(1)
    }
}

/// Runs of about equal cost; none is empty.
fn cut(chunks: Range<u64>, costs: &[f64], count: usize) -> Vec<Range<u64>> {
    let target = costs.iter().sum::<f64>() / count as f64;
    let mut ranges = Vec::with_capacity(count);
    let (mut start, mut sum) = (chunks.start, 0.0);
    for (index, cost) in chunks.clone().zip(costs) {
        // A chunk goes to the share that has more of it.
        if index > start && ranges.len() + 1 < count && sum + cost * 0.5 > target * (ranges.len() + 1) as f64 {
            ranges.push(start..index);
            start = index;
        }
        sum += cost;
    }
    ranges.push(start..chunks.end);
    ranges
}

/// Roughly what a chunk costs, in pixels.
fn cost(grid: &Grid, map: &PixelMap, chunk: &Chunk) -> f64 {
    let cells = chunk.cell_count();
    if cells == 0 {
        return 0.0;
    }
    num::to_u64(cells) as f64 * CELL_COST + pixels_under(map, grid.chunk_bounds(chunk))
}

/// Pixels in the box around the image of bounds, as far as the raster goes.
fn pixels_under(map: &PixelMap, bounds: Bounds) -> f64 {
    let along = |from: f64, to: f64, step: u32| from + (to - from) * f64::from(step) / f64::from(STEPS);
    let mut points: Vec<(f64, f64)> = (0..=STEPS)
        .flat_map(|row| (0..=STEPS).map(move |column| (column, row)))
        .map(|(column, row)| (along(bounds.min_x, bounds.max_x, column), along(bounds.min_y, bounds.max_y, row)))
        .collect();
    map.map(&mut points);
    points.retain(|point| point.0.is_finite() && point.1.is_finite());
    let Some(&(near, _)) = points.first() else { return 0.0 };
    let (width, height) = map.size();
    let (mut left, mut right) = (f64::INFINITY, f64::NEG_INFINITY);
    let (mut top, mut bottom) = (f64::INFINITY, f64::NEG_INFINITY);
    for (column, row) in points {
        let column = map.unwrap(column, near);
        (left, right) = (left.min(column), right.max(column));
        (top, bottom) = (top.min(row), bottom.max(row));
    }
    if map.turn().is_none() {
        (left, right) = (left.max(0.0), right.min(f64::from(width)));
    }
    let columns = (right - left).clamp(0.0, f64::from(width));
    let rows = (bottom.min(f64::from(height)) - top.max(0.0)).max(0.0);
    columns * rows
}

/// Sides of the lattice of points that a chunk is looked at by.
const STEPS: u32 = 4;

/// What a cell costs beside its pixels, in pixels.
const CELL_COST: f64 = 16.0;

/// A share of less is not worth a message to another thread: some 30 ms of work.
const MIN_COST: f64 = 4_000_000.0;

/// A share of less is not worth an engine's start, which takes some 0.1 s on the clock and three times that of CPU time:
/// compiling, mostly.
const START_COST: f64 = 16_000_000.0;

#[cfg(test)]
#[path = "shares_tests.rs"]
mod tests;
