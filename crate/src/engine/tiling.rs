//! The tile index of a source: where the bytes of each part lie, and what is in it.

use std::collections::HashSet;

use futures_util::stream::{self, StreamExt, TryStreamExt};
use serde::{Deserialize, Serialize};
use serde_json::json;

use super::cancel::Cancellation;
use super::open::Opened;
use super::statistics::{Moments, Statistics};
use super::workspace::{Subject, Target, Workspace};
use crate::error::{Code, Error, Result};
use crate::geo::GeoTransform;
use crate::raster::{BlockId, Level, Window};
use crate::resample::{Phase, Progress};
use crate::store::id::Digest;
use crate::store::{self, ProcessingStatus, TileRecord};

/// Options of `tile`.
#[derive(Debug, Clone, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct TileOptions {
    /// About how many pixels a side of a tile has; the workspace's setting where it is absent.
    pub tile_size: Option<u32>,
}

/// What is in the index.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Tiling {
    /// Tiles of all bands.
    pub tiles: u64,
    pub across: u32,
    pub down: u32,
    pub bands: u32,
    /// Pixels of a tile that no edge cuts.
    pub tile_width: u32,
    pub tile_height: u32,
    /// Tiles that were there already.
    pub kept: u64,
}

/// How a level is cut into tiles.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct TileShape {
    pub blocks_across: u32,
    pub blocks_down: u32,
    pub across: u32,
    pub down: u32,
}

impl Workspace {
    /// Builds the tile index of every band: whole blocks, about `tileSize` pixels square, with bounds, byte ranges and
    /// exact statistics of the valid pixels. A run that was stopped goes on where it ended; tiles of another version of
    /// the file or of another size are replaced.
    pub async fn tile(
        &self,
        target: &Target,
        options: &TileOptions,
        cancel: &Cancellation,
        on_progress: &dyn Fn(Progress),
    ) -> Result<Tiling> {
        let size_px = options.tile_size.unwrap_or(self.config.tile_size);
        if size_px == 0 {
            return Err(Error::new(Code::UsageOption, "expected a tile size above 0"));
        }
        let subject = self.subject(target).await?;
        let before = subject.record.as_ref().map(|record| record.processing_status);
        self.set_status(&subject, ProcessingStatus::Tiling).await?;
        let outcome = cancel.race(self.tile_subject(&subject, size_px, cancel, on_progress)).await;
        let after = match &outcome {
            Ok(_) => ProcessingStatus::Ready,
            Err(error) if error.code() == Code::Cancelled => {
                before.filter(|before| *before != ProcessingStatus::Tiling).unwrap_or(ProcessingStatus::Registered)
            }
            Err(_) => ProcessingStatus::Failed,
        };
        self.set_status(&subject, after).await?;
        self.log("tiles", super::log::Level::Info, || match &outcome {
            Ok(Tiling { tiles, kept, .. }) => format!("{}: {tiles} tiles, {kept} of them before", subject.location),
            Err(error) => format!("{}: no index: {error}", subject.location),
        });
        self.watch(&subject.location, outcome)
    }

    pub(super) async fn set_status(&self, subject: &Subject, status: ProcessingStatus) -> Result<()> {
        if subject.record.is_none() {
            return Ok(());
        }
        let set = [("processing_status", json!(status)), ("updated", self.now_ms().into())];
        store::sources::update(self.store.as_ref(), &subject.id, set).await
    }

    async fn tile_subject(
        &self,
        subject: &Subject,
        size_px: u32,
        cancel: &Cancellation,
        on_progress: &dyn Fn(Progress),
    ) -> Result<Tiling> {
        let opened = self.open_subject(subject).await?;
        let level = *opened.dataset.level(0)?;
        let shape = TileShape::new(&level, size_px);
        let bands = u32::from(opened.dataset.band_count());
        let prefix = format!("{}:{}:{size_px}:", subject.id, version_of(&opened.fingerprint));
        let mut there = HashSet::new();
        let mut old = Vec::new();
        for tile in store::tiles::list(self.store.as_ref(), &subject.id).await? {
            if tile.id.starts_with(&prefix) && tile.tile_stats.is_some() {
                there.insert(tile.id);
            } else {
                old.push(tile.id);
            }
        }
        store::tiles::remove(self.store.as_ref(), old).await?;
        let id = |band: u32, col: u32, row: u32| format!("{prefix}{band:05}:{row:06}:{col:06}");
        let is_there = |col: u32, row: u32| (1..=bands).all(|band| there.contains(&id(band, col, row)));
        let places = (0..shape.down).flat_map(|row| (0..shape.across).map(move |col| (col, row)));
        let missing: Vec<(u32, u32)> = places.filter(|&(col, row)| !is_there(col, row)).collect();
        let total = missing.len() as u64;
        let (mut done, mut bytes) = (0_u64, 0_u64);
        let (opened, id) = (&opened, &id);
        let build = |(col, row)| async move {
            let window = shape.window(&level, col, row);
            let all = self.tile_records(opened, &subject.id, window, (col, row)).await?;
            Ok(all.into_iter().map(|tile| TileRecord { id: id(tile.band, col, row), ..tile }).collect::<Vec<_>>())
        };
        let mut built =
            stream::iter(missing).map(build).buffered(self.config.tiles_at_once(&level, shape)).boxed_local();
        let mut waiting: Vec<TileRecord> = Vec::new();
        while let Some(tiles) = built.try_next().await? {
            done += 1;
            bytes = tiles.iter().fold(bytes, |bytes, tile| bytes.saturating_add(tile.file_byte_length));
            waiting.extend(tiles);
            if waiting.len() >= ROWS_AT_ONCE || done == total {
                store::tiles::put(self.store.as_ref(), &waiting).await?;
                waiting.clear();
            }
            on_progress(Progress { phase: Phase::Resample, done, total, bytes });
            cancel.check()?;
            self.host.pause().await;
        }
        let tiles = u64::from(shape.across) * u64::from(shape.down) * u64::from(bands);
        Ok(Tiling {
            tiles,
            across: shape.across,
            down: shape.down,
            bands,
            tile_width: shape.blocks_across.saturating_mul(level.block_width).min(level.width),
            tile_height: shape.blocks_down.saturating_mul(level.block_height).min(level.height),
            kept: tiles.saturating_sub(total.saturating_mul(u64::from(bands))),
        })
    }

    /// The rows of one place, one a band, without their ids.
    async fn tile_records(
        &self,
        opened: &Opened,
        source_id: &str,
        window: Window,
        (tile_col, tile_row): (u32, u32),
    ) -> Result<Vec<TileRecord>> {
        let dataset = &opened.dataset;
        let level = *dataset.level(0)?;
        let blocks: Vec<BlockId> = level.blocks_of(window).collect();
        let moments = self.window_moments(dataset, 0, window).await?;
        let mut tiles = Vec::with_capacity(moments.len());
        for (band0, moments) in (0_u16..).zip(moments) {
            let mut ranges: Vec<(u64, u64)> = dataset
                .locate(0, band0, &blocks)
                .await?
                .into_iter()
                .flatten()
                .map(|range| (range.own().start, range.own().end))
                .collect();
            ranges.sort_unstable();
            tiles.push(TileRecord {
                id: String::new(),
                source_id: source_id.to_owned(),
                fingerprint: opened.fingerprint.clone(),
                band: u32::from(band0) + 1,
                tile_col,
                tile_row,
                window: [window.left, window.top, window.right, window.bottom],
                bounds: dataset.geotransform().map(|geotransform| bounds_of(&geotransform, window)),
                file_byte_offset: ranges.first().map_or(0, |(start, _)| *start),
                file_byte_length: ranges.iter().fold(0, |sum: u64, (start, end)| sum.saturating_add(end - start)),
                file_byte_ranges: ranges,
                tile_stats: Some(stats_json(&moments)),
                created: self.now_ms(),
            });
        }
        Ok(tiles)
    }
}

impl TileShape {
    /// Tiles of whole blocks, as near to `size_px` square as those allow. Where a block is much wider than that (strips),
    /// a tile is as wide as a block and as high as its area allows.
    pub fn new(level: &Level, size_px: u32) -> Self {
        let nearest = |size: u32, block: u32| (size.saturating_add(block / 2) / block.max(1)).max(1);
        let blocks_across = nearest(size_px, level.block_width).min(level.blocks_across.max(1));
        let width = blocks_across.saturating_mul(level.block_width).min(level.width).max(1);
        let area = u64::from(size_px) * u64::from(size_px);
        let height = if width > size_px.saturating_mul(2) {
            u32::try_from(area / u64::from(width)).unwrap_or(size_px).max(1)
        } else {
            size_px
        };
        let blocks_down = nearest(height, level.block_height).min(level.blocks_down.max(1));
        Self {
            blocks_across,
            blocks_down,
            across: level.blocks_across.div_ceil(blocks_across),
            down: level.blocks_down.div_ceil(blocks_down),
        }
    }

    /// The pixels of a tile.
    pub fn window(self, level: &Level, col: u32, row: u32) -> Window {
        let first = BlockId { col: col.saturating_mul(self.blocks_across), row: row.saturating_mul(self.blocks_down) };
        let last = BlockId {
            col: first.col.saturating_add(self.blocks_across - 1).min(level.blocks_across.saturating_sub(1)),
            row: first.row.saturating_add(self.blocks_down - 1).min(level.blocks_down.saturating_sub(1)),
        };
        let (first, last) = (level.block_window(first), level.block_window(last));
        Window { left: first.left, top: first.top, right: last.right, bottom: last.bottom }
    }
}

/// `tile_stats` as the table keeps them.
fn stats_json(moments: &Moments) -> serde_json::Value {
    let Statistics { min, max, mean, stdev, count } = moments.finish();
    json!({"min": min, "max": max, "mean": mean, "std": stdev, "valid_count": count})
}

/// The part of a tile's id that tells versions of a file apart.
fn version_of(fingerprint: &str) -> String {
    Digest::of(fingerprint.as_bytes()).hex().get(..8).unwrap_or_default().to_owned()
}

/// `[minX, minY, maxX, maxY]` of a window, in the raster's CRS.
fn bounds_of(geotransform: &GeoTransform, window: Window) -> [f64; 4] {
    let corners = [
        (window.left, window.top),
        (window.right, window.top),
        (window.left, window.bottom),
        (window.right, window.bottom),
    ];
    corners.into_iter().fold([f64::INFINITY, f64::INFINITY, f64::NEG_INFINITY, f64::NEG_INFINITY], |bounds, (u, v)| {
        let (x, y) = geotransform.apply(f64::from(u), f64::from(v));
        [bounds[0].min(x), bounds[1].min(y), bounds[2].max(x), bounds[3].max(y)]
    })
}

const ROWS_AT_ONCE: usize = 64;

#[cfg(test)]
#[path = "tiling_tests.rs"]
mod tests;
