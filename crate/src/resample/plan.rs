//! What a request will read and hold, known before anything is fetched.

use std::collections::BTreeSet;
use std::ops::Range;

use serde::Serialize;

use super::batches::{Batch, Costs, batches};
use super::cells::{Place, Recipe};
use super::footprint::blocks_of;
use super::geometry::Geometry;
use super::masks::{MaskPlan, held_bytes, masked_sample_bytes};
use super::pixel_map::PixelMap;
use super::request::{LevelChoice, Options, Phase, Progress, Request};
use super::scale::pixels_per_cell;
use crate::error::{Code, Error, Result};
use crate::grid::{Grid, Run};
use crate::num;
use crate::par;
use crate::raster::{BlockId, Dataset, Level, SampleType, overview_for};
use crate::source::{MergePolicy, MergedRange, merge};

/// A planned request. Serializes to what `explain` shows.
#[derive(Debug, Clone, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Plan {
    /// 0 is full resolution.
    pub level: usize,
    /// Pixels of the level per cell, along its columns and rows.
    pub scale: (f64, f64),
    /// Blocks that the cells need, sparse ones too.
    pub blocks: u64,
    /// Reads.
    pub ranges: u64,
    /// Bytes of all reads.
    pub bytes: u64,
    pub cells: u64,
    pub chunks: u64,
    /// The most memory that blocks, cells and waiting results will take together.
    pub peak_bytes: u64,
    pub notes: Vec<String>,
    #[serde(skip)]
    pub(super) work: Work,
}

/// The plan in detail.
#[derive(Debug, Clone)]
pub(super) struct Work {
    pub map: PixelMap,
    pub level: Level,
    pub band0: u16,
    pub recipe: Recipe,
    /// The grid's chunks that are wanted.
    pub chunks: Range<u64>,
    pub parts: Vec<Part>,
    /// Sorted: by row, then by column.
    pub blocks: Vec<BlockId>,
    /// Where each block's bytes are; empty where it is sparse.
    pub locations: Vec<Range<u64>>,
    pub batches: Vec<Batch>,
    /// Where blocks of their own mask the band.
    pub masks: Option<MaskPlan>,
    pub merge: MergePolicy,
    /// Memory that places of cells may keep between batches; beyond it they are found again.
    pub geometry_bytes: usize,
}

/// Consecutive runs of a chunk: what one task folds.
#[derive(Debug, Clone)]
pub(super) struct Part {
    /// Position of its chunk among the wanted ones.
    pub chunk: usize,
    pub runs: Vec<Run>,
    pub cells: usize,
    /// Positions in the plan's blocks of those that it needs, sorted.
    pub blocks: Vec<u32>,
    /// Where it is known already and cheap to keep.
    pub geometry: Option<Geometry>,
}

impl Plan {
    /// Plans `request`. `progress` is told of chunks placed and may end the planning with an error.
    ///
    /// `usage.method` without a method, `usage.band`, `usage.overview`; `geo.geotransform` and `crs.*` where raster and
    /// grid can't be brought together; `limit.exceeded` where the memory limit is too low for any way of doing it.
    pub async fn new(
        dataset: &Dataset,
        grid: &Grid,
        request: &Request,
        options: &Options,
        progress: &mut dyn FnMut(Progress) -> Result<()>,
    ) -> Result<Self> {
        if request.methods.is_empty() {
            return Err(Error::new(Code::UsageMethod, "expected at least one method, got none"));
        }
        dataset.check_real()?;
        let (level_index, map, scale) = choose_level(dataset, grid, request)?;
        let level = *dataset.level(level_index)?;
        let unscale = if request.unscale { dataset.unscale(request.band0) } else { (1.0, 0.0) };
        let recipe = Recipe::new(&request.methods, dataset.nodata(request.band0), unscale, scale);
        let all = 0..grid.chunk_count();
        let wanted = options.chunks.clone().unwrap_or(all.clone());
        let chunks = wanted.start.min(all.end)..wanted.end.min(all.end);

        let geometry_bytes = num::to_usize(options.memory_limit_bytes / 4).unwrap_or(usize::MAX / 4);
        let mut placing = Placing { grid, map: &map, level: &level, recipe: &recipe, geometry_bytes };
        let (mut parts, needs) = placing.parts(chunks.clone(), progress)?;
        let blocks = number_blocks(&mut parts, needs)?;
        let locations: Vec<Range<u64>> = dataset
            .locate(level_index, request.band0, &blocks)
            .await?
            .into_iter()
            .map(|location| location.unwrap_or(0..0))
            .collect();
        let bands = if dataset.info().planar == 1 { dataset.band_count() } else { 1 };
        let mask_decoder = dataset.mask_decoder(level_index, request.band0)?;
        let sample_bytes = if dataset.may_be_masked(level_index, request.band0)? {
            masked_sample_bytes(dataset.sample_type())
        } else {
            decoded_bytes(dataset.sample_type())
        };
        let costs = Costs {
            level: &level,
            sample_bytes,
            mask_bytes: mask_decoder.map_or(0, |decoder| held_bytes(&decoder, &level)),
            bands: usize::from(bands),
            cell_bytes: recipe.cell_bytes(),
            result_bytes: recipe.result_bytes(),
            threads: par::thread_count(),
        };
        let (batches, peak_bytes) = batches(&costs, &blocks, &locations, &parts, options)?;

        let masks = MaskPlan::new(dataset, (level_index, request.band0), &blocks, &batches).await?;
        let cells = parts.iter().map(|part| num::to_u64(part.cells)).sum();
        let mut notes = Vec::new();
        if blocks.is_empty() && cells > 0 {
            notes.push("no cell of the grid meets the raster: every value is NaN with confidence 0".to_owned());
        }
        let mut plan = Self {
            level: level_index,
            scale,
            blocks: num::to_u64(blocks.len()),
            ranges: 0,
            bytes: 0,
            cells,
            chunks: chunks.end.saturating_sub(chunks.start),
            peak_bytes,
            notes,
            work: Work {
                map,
                level,
                band0: request.band0,
                recipe,
                chunks,
                parts,
                blocks,
                locations,
                batches,
                masks,
                merge: options.merge,
                geometry_bytes,
            },
        };
        for index in 0..plan.work.batches.len() {
            for read in plan.work.reads(index) {
                plan.ranges += 1;
                plan.bytes += read.range.end.saturating_sub(read.range.start);
            }
        }
        Ok(plan)
    }
}

impl Work {
    /// The reads of batch `index`; members count its blocks, then those of the mask that it is the first to need.
    pub fn reads(&self, index: usize) -> Vec<MergedRange> {
        merge(&self.ranges(index), &self.merge)
    }

    /// Where the bytes are of a batch's blocks, then of the mask's that it is the first to need; empty where sparse.
    pub fn ranges(&self, index: usize) -> Vec<Range<u64>> {
        let blocks = self.batches.get(index).map_or(0..0, |batch| batch.blocks.clone());
        let mut ranges = self.locations.get(blocks).unwrap_or_default().to_vec();
        ranges.extend(self.fresh_masks(index).iter().map(|(_, range)| range.clone()));
        ranges
    }

    /// Blocks of the mask that batch `index` is the first to need.
    pub fn fresh_masks(&self, index: usize) -> &[(BlockId, Range<u64>)] {
        self.masks.as_ref().map_or(&[], |masks| masks.fresh(index))
    }
}

impl Part {
    /// Where its cells lie, given their places.
    pub fn place<'a>(&'a self, map: &'a PixelMap, geometry: &'a Geometry) -> Place<'a> {
        Place { map, runs: &self.runs, geometry }
    }
}

/// The level to read, the way to its pixels, and its pixels per cell.
pub(super) fn choose_level(dataset: &Dataset, grid: &Grid, request: &Request) -> Result<(usize, PixelMap, (f64, f64))> {
    let bands = dataset.band_count();
    if request.band0 >= bands {
        let got = u32::from(request.band0) + 1;
        return Err(Error::new(Code::UsageBand, format!("expected a band from 1 to {bands}, got {got}")));
    }
    let crs = dataset.crs()?;
    let map_of = |index: usize| -> Result<PixelMap> {
        let level = dataset.level(index)?;
        let geotransform = dataset.level_geotransform(index)?;
        PixelMap::new(grid.crs(), &crs, &geotransform, (level.width, level.height))
    };
    let index = match request.level {
        LevelChoice::Full => 0,
        LevelChoice::Level(index) => index,
        LevelChoice::Auto => {
            let (across, down) = pixels_per_cell(grid, &map_of(0)?);
            let is_nearest = request.methods.iter().all(|method| method.as_str() == "nearest");
            overview_for(dataset.levels(), across.min(down), is_nearest)
        }
    };
    let map = map_of(index)?;
    let scale = pixels_per_cell(grid, &map);
    Ok((index, map, scale))
}

/// Finds the places of cells and the blocks under them.
struct Placing<'a> {
    grid: &'a Grid,
    map: &'a PixelMap,
    level: &'a Level,
    recipe: &'a Recipe,
    /// Memory left for places that are kept.
    geometry_bytes: usize,
}

impl Placing<'_> {
    /// The parts of `chunks` and the blocks that each needs.
    fn parts(
        &mut self,
        chunks: Range<u64>,
        progress: &mut dyn FnMut(Progress) -> Result<()>,
    ) -> Result<(Vec<Part>, Vec<Vec<BlockId>>)> {
        let (mut parts, mut needs) = (Vec::new(), Vec::new());
        let total = chunks.end.saturating_sub(chunks.start);
        let mut done = 0;
        while done < total {
            progress(Progress { phase: Phase::Plan, done, total, bytes: 0 })?;
            let end = total.min(done + CHUNKS_AT_ONCE);
            let first = parts.len();
            for position in done..end {
                let chunk = self.grid.chunk(chunks.start + position);
                parts.extend(parts_of(num::to_usize(position)?, chunk.runs));
            }
            let (grid, map, level, recipe) = (self.grid, self.map, self.level, self.recipe);
            let fresh = parts.get(first..).unwrap_or_default().iter().collect();
            let placed = par::map(fresh, |part: &Part| {
                let geometry = Geometry::new(grid, map, level, &part.runs, recipe.needs());
                let blocks = blocks_of(level, recipe, part.place(map, &geometry));
                (geometry, blocks)
            });
            for (part, (geometry, blocks)) in parts.iter_mut().skip(first).zip(placed) {
                let bytes = geometry.bytes();
                if bytes <= self.geometry_bytes && !blocks.is_empty() {
                    self.geometry_bytes -= bytes;
                    part.geometry = Some(geometry);
                }
                needs.push(blocks);
            }
            done = end;
        }
        progress(Progress { phase: Phase::Plan, done, total, bytes: 0 })?;
        Ok((parts, needs))
    }
}

/// Cuts a chunk into tasks of whole runs.
fn parts_of(chunk: usize, runs: Vec<Run>) -> Vec<Part> {
    let mut parts: Vec<Part> = Vec::new();
    for run in runs {
        let count = run.count as usize;
        match parts.last_mut() {
            Some(part) if part.cells + count <= PART_CELLS => {
                part.cells += count;
                part.runs.push(run);
            }
            _ => parts.push(Part { chunk, runs: vec![run], cells: count, blocks: Vec::new(), geometry: None }),
        }
    }
    parts
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

/// Size of a decoded sample.
fn decoded_bytes(sample_type: SampleType) -> usize {
    sample_type.decoded().bytes()
}

/// Cells that one task folds: few enough to share a chunk among threads, enough to outweigh handing them out.
const PART_CELLS: usize = 2048;

/// Chunks that are placed at once: what bounds the memory of places that are not kept.
const CHUNKS_AT_ONCE: u64 = 16;
