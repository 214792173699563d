//! A raster as the tiles of a Web Mercator map.

use std::collections::{BTreeMap, BTreeSet};

use futures_util::FutureExt;
use futures_util::stream::{self, StreamExt, TryStreamExt};
use serde::Deserialize;

use super::block_cache::BlockValues;
use super::open::Opened;
use super::question::band0;
use super::read::values;
use super::workspace::{Target, Workspace};
use crate::error::{Code, Error, Result};
use crate::geo::Crs;
use crate::raster::{BlockId, Dataset, Level, Window, overview_for};
use crate::render::{Colormap, Stretch, paint};
use crate::resample::PixelMap;
use crate::store::SourceKind;

/// Options of `mapTile`.
#[derive(Debug, Clone, PartialEq, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct MapTileOptions {
    /// Side in pixels.
    pub size: u32,
    /// 1-based.
    pub band: u32,
    /// Values of the first and the last colour; from a reduced level of the file where they are absent.
    pub min: Option<f64>,
    pub max: Option<f64>,
    pub colormap: Option<String>,
}

impl Default for MapTileOptions {
    fn default() -> Self {
        Self { size: 256, band: 1, min: None, max: None, colormap: None }
    }
}

/// A picture of a map tile.
#[derive(Debug, Clone, PartialEq)]
pub struct MapTile {
    /// 4 bytes a pixel, row-major; transparent where there is no value.
    pub rgba: Vec<u8>,
    /// Side in pixels.
    pub size: u32,
    /// The stretch that was used.
    pub stretch: Stretch,
}

impl Workspace {
    /// The picture of tile `z`/`x`/`y` of the Web Mercator pyramid (row 0 in the north), warped from the overview that
    /// fits. `usage.option` for a tile or a size that can't be; `limit.exceeded` where the file has no overviews and
    /// would have to be read whole.
    pub async fn map_tile(&self, target: &Target, z: u32, x: u32, y: u32, options: &MapTileOptions) -> Result<MapTile> {
        let band0 = band0(options.band)?;
        let colormap = Colormap::parse(options.colormap.as_deref().unwrap_or("viridis"))?;
        if z > 30 || x >> z != 0 || y >> z != 0 || !(1..=2048).contains(&options.size) {
            let size = options.size;
            return Err(Error::new(
                Code::UsageOption,
                format!("expected a tile z/x/y and a size, got {z}/{x}/{y}, {size}"),
            ));
        }
        let subject = self.subject(target).await?;
        let opened = self.open_subject(&subject).await?;
        let is_nearest = match &subject.record {
            Some(record) => record.kind == SourceKind::Categorical,
            None => opened.dataset.info().color_table.is_some(),
        };
        let outcome = async {
            let stretch = self.stretch(&opened, band0, options).await?;
            let values = self.warp(&opened, band0, (z, x, y), options.size, is_nearest).await?;
            Ok(MapTile { rgba: paint(&values, &stretch, &colormap), size: options.size, stretch })
        };
        self.watch(&subject.location, outcome.await)
    }

    /// The given stretch; what is not given comes from the file.
    async fn stretch(&self, opened: &Opened, band0: u16, options: &MapTileOptions) -> Result<Stretch> {
        if let (Some(min), Some(max)) = (options.min, options.max) {
            return Stretch::new(min, max);
        }
        let key = (opened.fingerprint.clone(), options.band);
        let dataset = opened.dataset.clone();
        let stretch = async move { usual_stretch(&dataset, band0).await };
        let usual = self.stretches.get(key, || stretch.boxed_local()).await?;
        Stretch::new(options.min.unwrap_or(usual.min()), options.max.unwrap_or(usual.max()))
    }

    async fn warp(
        &self,
        opened: &Opened,
        band0: u16,
        tile: (u32, u32, u32),
        size: u32,
        is_nearest: bool,
    ) -> Result<Vec<f64>> {
        let dataset = &opened.dataset;
        let (level_index, map) = choose_level(dataset, tile, size, is_nearest)?;
        let level = *dataset.level(level_index)?;
        let mut places = tile_pixels(tile, size);
        map.map(&mut places);
        let frame = Frame {
            level,
            columns: map.size().0,
            wraps: map.turn().is_some_and(|turn| turn <= f64::from(map.size().0)),
        };
        for place in &mut places {
            place.0 += map.first_turn(place.0);
            if !frame.contains(*place) {
                *place = (f64::NAN, f64::NAN);
            }
        }
        let needed: BTreeSet<BlockId> = places
            .iter()
            .flat_map(|place| frame.neighbours(*place, is_nearest))
            .map(|(column, row, _)| frame.block_of(column, row))
            .collect();
        let pixels = needed.len() as u64 * u64::from(level.block_width) * u64::from(level.block_height);
        if pixels > MAX_PIXELS {
            return Err(Error::new(
                Code::LimitExceeded,
                format!("the picture of this tile needs {pixels} pixels of the file"),
            )
            .with_hint("zoom in, or add overviews to the file: gdal_translate -of COG"));
        }
        let ids: Vec<BlockId> = needed.iter().copied().collect();
        self.blocks.fetch(opened, level_index, band0, &ids).await?;
        let blocks: BTreeMap<BlockId, BlockValues> = stream::iter(needed)
            .map(|id| async move { Ok::<_, Error>((id, self.blocks.get(opened, level_index, band0, id).await?)) })
            .buffer_unordered(BLOCKS_AT_ONCE)
            .try_collect()
            .await?;
        Ok(places.iter().map(|place| frame.value(*place, is_nearest, &blocks)).collect())
    }
}

/// The pixels of a level, and whether the first column follows the last.
struct Frame {
    level: Level,
    columns: u32,
    wraps: bool,
}

impl Frame {
    fn contains(&self, (u, v): (f64, f64)) -> bool {
        (0.0..f64::from(self.columns)).contains(&u) && (0.0..f64::from(self.level.height)).contains(&v)
    }

    /// The pixels that a place takes its value from, and their weights.
    fn neighbours(&self, (u, v): (f64, f64), is_nearest: bool) -> impl Iterator<Item = (u32, u32, f64)> + use<> {
        let (left, top) = if is_nearest { (u.floor(), v.floor()) } else { ((u - 0.5).floor(), (v - 0.5).floor()) };
        let (part_u, part_v) = if is_nearest { (0.0, 0.0) } else { (u - 0.5 - left, v - 0.5 - top) };
        let (columns, rows, wraps) = (i64::from(self.columns), i64::from(self.level.height), self.wraps);
        let (left, top) = (left as i64, top as i64);
        let corners = [(0, 0), (1, 0), (0, 1), (1, 1)];
        corners.into_iter().filter_map(move |(right, below)| {
            let weight =
                (if right == 1 { part_u } else { 1.0 - part_u }) * (if below == 1 { part_v } else { 1.0 - part_v });
            if weight.is_nan() || weight <= 0.0 {
                return None;
            }
            let column = if wraps { (left + right).rem_euclid(columns) } else { (left + right).clamp(0, columns - 1) };
            Some((column as u32, (top + below).clamp(0, rows - 1) as u32, weight))
        })
    }

    fn block_of(&self, column: u32, row: u32) -> BlockId {
        BlockId { col: column / self.level.block_width.max(1), row: row / self.level.block_height.max(1) }
    }

    /// The mean of the valid neighbours by their weights; NaN where none is.
    fn value(&self, place: (f64, f64), is_nearest: bool, blocks: &BTreeMap<BlockId, BlockValues>) -> f64 {
        let (mut sum, mut weights) = (0.0, 0.0);
        for (column, row, weight) in self.neighbours(place, is_nearest) {
            let id = self.block_of(column, row);
            let Some(block) = blocks.get(&id) else { continue };
            let (x, y) = (column % self.level.block_width.max(1), row % self.level.block_height.max(1));
            let value = block.values.get(y as usize * block.width as usize + x as usize).copied();
            if let Some(value) = value.filter(|value| !value.is_nan()) {
                sum += weight * f64::from(value);
                weights += weight;
            }
        }
        if weights > 0.0 { sum / weights } else { f64::NAN }
    }
}

/// The level that fits the tile's pixels, and the way from Web Mercator to its pixels.
fn choose_level(dataset: &Dataset, tile: (u32, u32, u32), size: u32, is_nearest: bool) -> Result<(usize, PixelMap)> {
    let (mercator, crs) = (Crs::from_epsg(3857)?, dataset.crs()?);
    let map_of = |index: usize| -> Result<PixelMap> {
        let level = dataset.level(index)?;
        PixelMap::new(&mercator, &crs, &dataset.level_geotransform(index)?, (level.width, level.height))
    };
    let full = map_of(0)?;
    let index = overview_for(dataset.levels(), pixels_per_pixel(&full, tile, size), is_nearest);
    Ok((index, if index == 0 { full } else { map_of(index)? }))
}

/// File pixels per tile pixel: the least of those at a few places.
fn pixels_per_pixel(map: &PixelMap, tile: (u32, u32, u32), size: u32) -> f64 {
    let step = f64::from(size) / 5.0;
    let mut least = f64::INFINITY;
    for (row, column) in (0..5).flat_map(|row| (0..5).map(move |column| (row, column))) {
        let (i, j) = ((f64::from(column) + 0.5) * step, (f64::from(row) + 0.5) * step);
        let mut places = [at(tile, size, i, j), at(tile, size, i + 1.0, j), at(tile, size, i, j + 1.0)];
        map.map(&mut places);
        let [here, right, below] = places;
        let across = (map.unwrap(right.0, here.0) - here.0, right.1 - here.1);
        let down = (map.unwrap(below.0, here.0) - here.0, below.1 - here.1);
        let area = (across.0 * down.1 - across.1 * down.0).abs();
        if area.is_finite() && area > 0.0 {
            least = least.min(area.sqrt());
        }
    }
    if least.is_finite() { least } else { 1.0 }
}

/// Web Mercator positions of the tile's pixel centres, row-major.
fn tile_pixels(tile: (u32, u32, u32), size: u32) -> Vec<(f64, f64)> {
    let centre = |index: u32| f64::from(index) + 0.5;
    (0..size).flat_map(|row| (0..size).map(move |column| at(tile, size, centre(column), centre(row)))).collect()
}

/// The Web Mercator position of a pixel position in a tile.
fn at((z, x, y): (u32, u32, u32), size: u32, column: f64, row: f64) -> (f64, f64) {
    let tile_m = 2.0 * HALF_WORLD_M / f64::from(1_u32 << z);
    let pixel_m = tile_m / f64::from(size);
    let east = f64::from(x) * tile_m + column * pixel_m;
    let south = f64::from(y) * tile_m + row * pixel_m;
    (east - HALF_WORLD_M, HALF_WORLD_M - south)
}

/// From the 2nd to the 98th percentile of the most reduced level, or of its middle where that is large.
async fn usual_stretch(dataset: &Dataset, band0: u16) -> Result<Stretch> {
    let index = dataset.level_count().saturating_sub(1);
    let level = dataset.level(index)?;
    let middle = |length: u32| {
        let wanted = length.min(MAX_SIDE);
        let start = (length - wanted) / 2;
        (start, start + wanted)
    };
    let ((left, right), (top, bottom)) = (middle(level.width), middle(level.height));
    let window = dataset.read_masked_window(index, &[band0], Window { left, top, right, bottom }).await?;
    let mut all = values(&window, 0..window.samples.len(), dataset.nodata(band0), (1.0, 0.0));
    all.retain(|value| value.is_finite());
    all.sort_by(f64::total_cmp);
    let percentile = |part: f64| all.get((all.len().saturating_sub(1) as f64 * part).round() as usize).copied();
    let (min, max) = (percentile(0.02).unwrap_or(0.0), percentile(0.98).unwrap_or(1.0));
    if min < max { Stretch::new(min, max) } else { Stretch::new(min, percentile(1.0).unwrap_or(max).max(min)) }
}

/// Half the width of the world in Web Mercator.
const HALF_WORLD_M: f64 = 20_037_508.342_789_244;
const MAX_PIXELS: u64 = 64 << 20;
const MAX_SIDE: u32 = 1024;
const BLOCKS_AT_ONCE: usize = 6;

#[cfg(test)]
#[path = "map_tile_tests.rs"]
mod tests;
