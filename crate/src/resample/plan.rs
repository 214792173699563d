//! What a request will read and hold, known before anything is fetched.

use std::collections::BTreeSet;
use std::ops::Range;

use serde::Serialize;

use super::batches::{Batch, Costs, PLACES_SHARE, batches};
use super::frequencies::Frequencies;
use super::masks::{MaskPlan, held_bytes, masked_sample_bytes};
use super::method::Method;
use super::part::Part;
use super::pixel_area::PixelAreas;
use super::pixel_map::PixelMap;
use super::placing::{Placing, leave_out};
use super::recipe::{Band, Recipe};
use super::request::{LevelChoice, Options, Progress, Request, Watch, Weights};
use super::scale::pixels_per_cell;
use crate::error::{Code, Error, Result};
use crate::grid::Grid;
use crate::num;
use crate::par;
use crate::raster::{BlockId, BlockRange, Dataset, Level, Nodata, SampleType, overview_for};
use crate::source::{MergePolicy, MergedRange, merge};

/// A planned request. Serializes to what `explain` shows.
#[derive(Debug, Clone, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Plan {
    /// 0 is full resolution.
    pub level: usize,
    /// Pixels of the level per cell, along its columns and rows.
    pub scale: (f64, f64),
    /// Blocks that the cells need, but for those that are known to hold nothing: a file with nodata leaves them out, or
    /// the tile index says so.
    pub blocks: u64,
    /// Reads.
    pub ranges: u64,
    /// Bytes of all reads.
    pub bytes: u64,
    pub cells: u64,
    pub chunks: u64,
    /// The most memory that the plan, blocks, cells and waiting results will take together.
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
    /// At least one.
    pub bands: Vec<Band>,
    pub recipe: Recipe,
    /// The grid's chunks that are wanted.
    pub chunks: Range<u64>,
    pub parts: Vec<Part>,
    /// Sorted: by row, then by column.
    pub blocks: Vec<BlockId>,
    /// Places in the file for each block: one, or one for each band where bands lie apart.
    pub streams: usize,
    /// Where each block's bytes are, its streams together; empty where it is sparse.
    pub locations: Vec<BlockRange>,
    pub batches: Vec<Batch>,
    /// Where blocks of their own mask the band.
    pub masks: Vec<Option<MaskPlan>>,
    pub merge: MergePolicy,
    /// Memory that places of cells may keep between batches; beyond it they are found again.
    pub geometry_bytes: usize,
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
        Self::watched(dataset, grid, request, options, &mut Told(progress)).await
    }

    /// [`Plan::new`] with pauses for a host that has one thread.
    pub async fn watched(
        dataset: &Dataset,
        grid: &Grid,
        request: &Request,
        options: &Options,
        watch: &mut dyn Watch,
    ) -> Result<Self> {
        if request.methods.is_empty() {
            return Err(Error::new(Code::UsageMethod, "expected at least one method, got none"));
        }
        dataset.check_real()?;
        let (level_index, map, scale) = choose_level(dataset, grid, request)?;
        let level = *dataset.level(level_index)?;
        let band = |&band0: &u16| Band {
            band0,
            nodata: dataset.nodata(band0),
            unscale: if request.unscale { dataset.unscale(band0) } else { (1.0, 0.0) },
        };
        let bands: Vec<Band> = request.bands0.iter().map(band).collect();
        let areas = match request.weights {
            Weights::None => None,
            Weights::Area => Some(PixelAreas::new(&dataset.crs()?, &dataset.level_geotransform(level_index)?)?),
        };
        let recipe = Recipe::new(&request.methods, scale, areas);
        let all = 0..grid.chunk_count();
        let wanted = options.chunks.clone().unwrap_or(all.clone());
        let chunks = wanted.start.min(all.end)..wanted.end.min(all.end);

        let geometry_bytes = num::to_usize(options.memory_limit_bytes / PLACES_SHARE).unwrap_or(usize::MAX / 4);
        let most_values = most_values(dataset.sample_type());
        let placing = Placing { grid, map: &map, level: &level, recipe: &recipe, most_values, geometry_bytes };
        let (mut parts, mut blocks) = placing.parts(chunks.clone(), watch).await?;
        let streams = if dataset.info().planar == 1 { 1 } else { bands.len() };
        let mut locations = vec![BlockRange::default(); blocks.len() * streams];
        for (stream, band) in bands.iter().take(streams).enumerate() {
            let found = dataset.locate(level_index, band.band0, &blocks).await?;
            for (location, found) in locations.iter_mut().skip(stream).step_by(streams).zip(found) {
                *location = found.unwrap_or_default();
            }
        }
        let cells = parts.iter().map(|part| num::to_u64(part.cells)).sum();
        let mut notes = Vec::new();
        if blocks.is_empty() && cells > 0 {
            notes.push("no cell of the grid meets the raster: every value is NaN with confidence 0".to_owned());
        }
        let is_sparse_empty = bands.iter().all(|band| band.nodata != Nodata::None);
        let known_empty: BTreeSet<BlockId> = match level_index {
            0 => options.empty.iter().flat_map(|&window| level.blocks_within(window)).collect(),
            _ => BTreeSet::new(),
        };
        let is_empty = |block: BlockId, locations: &[BlockRange]| {
            known_empty.contains(&block) || is_sparse_empty && locations.iter().all(BlockRange::is_empty)
        };
        leave_out(&mut parts, &mut blocks, &mut locations, is_empty);
        let stored_bands = if dataset.info().planar == 1 { dataset.band_count() } else { 1 };
        let (mut mask_bytes, mut sample_bytes) = (0, decoded_bytes(dataset.sample_type()));
        for band in &bands {
            if dataset.may_be_masked(level_index, band.band0)? {
                sample_bytes = masked_sample_bytes(dataset.sample_type());
            }
            let decoder = dataset.mask_decoder(level_index, band.band0)?;
            mask_bytes += decoder.map_or(0, |decoder| held_bytes(&decoder, &level));
        }
        let sample_bytes = if recipe.widens() { sample_bytes.max(size_of::<f64>()) } else { sample_bytes };
        let costs = Costs {
            level: &level,
            sample_bytes,
            mask_bytes,
            stored_bands: usize::from(stored_bands),
            bands: bands.len(),
            streams,
            cell_bytes: recipe.cell_bytes(),
            entry_bytes: if recipe.lists_values() { Frequencies::ENTRY_BYTES } else { 0 },
            area_bytes: if recipe.areas.is_some() { size_of::<f64>() } else { 0 },
            result_bytes: recipe.result_bytes(),
            threads: par::thread_count(),
        };
        let (batches, peak_bytes) = batches(&costs, &blocks, &locations, &parts, options)?;
        let mut masks = Vec::with_capacity(bands.len());
        for band in &bands {
            masks.push(MaskPlan::new(dataset, (level_index, band.band0), &blocks, &batches).await?);
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
                bands,
                recipe,
                chunks,
                parts,
                blocks,
                streams,
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
        let ranges: Vec<Range<u64>> = self.locations(index).iter().map(BlockRange::read).collect();
        merge(&ranges, &self.merge)
    }

    /// Where the bytes are of a batch's blocks, then of each band's mask's that it is the first to need; empty where
    /// sparse.
    pub fn locations(&self, index: usize) -> Vec<BlockRange> {
        let blocks = self.batches.get(index).map_or(0..0, |batch| batch.blocks.clone());
        let streams = blocks.start * self.streams..blocks.end * self.streams;
        let mut locations = self.locations.get(streams).unwrap_or_default().to_vec();
        for plan in self.masks.iter().flatten() {
            locations.extend(plan.fresh(index).iter().map(|(_, location)| location.clone()));
        }
        locations
    }

    /// The blocks that [`Work::locations`] tells of, in its order.
    pub fn located(&self, index: usize) -> impl Iterator<Item = BlockId> {
        let blocks = self.batches.get(index).map_or(0..0, |batch| batch.blocks.clone());
        let blocks = self.blocks.get(blocks).unwrap_or_default();
        let masks = self.masks.iter().flatten().flat_map(move |plan| plan.fresh(index));
        blocks.iter().flat_map(|&id| std::iter::repeat_n(id, self.streams)).chain(masks.map(|&(id, _)| id))
    }
}

/// A closure as a [`Watch`].
struct Told<'a>(&'a mut dyn FnMut(Progress) -> Result<()>);

impl Watch for Told<'_> {
    fn progress(&mut self, progress: Progress) -> Result<()> {
        (self.0)(progress)
    }
}

/// The level to read, the way to its pixels, and its pixels per cell.
pub(super) fn choose_level(dataset: &Dataset, grid: &Grid, request: &Request) -> Result<(usize, PixelMap, (f64, f64))> {
    let bands = dataset.band_count();
    let (wrong, none) = (request.bands0.iter().find(|&&band0| band0 >= bands), request.bands0.is_empty());
    if none || wrong.is_some() {
        let got = wrong.map_or_else(|| "none".to_owned(), |&band0| (u32::from(band0) + 1).to_string());
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
            let is_nearest = request.methods.iter().all(|&method| method == Method::Nearest);
            overview_for(dataset.levels(), across.min(down), is_nearest)
        }
    };
    let map = map_of(index)?;
    let scale = pixels_per_cell(grid, &map);
    Ok((index, map, scale))
}

/// Different values that samples of a type can have.
fn most_values(sample_type: SampleType) -> u64 {
    let bits = 8 * num::to_u64(sample_type.bytes());
    1_u64.checked_shl(u32::try_from(bits).unwrap_or(u32::MAX)).unwrap_or(u64::MAX)
}

/// Size of a decoded sample.
fn decoded_bytes(sample_type: SampleType) -> usize {
    sample_type.decoded().bytes()
}
