//! Statistics of a whole band.

use serde::{Deserialize, Serialize};

use super::question::band0;
use super::read::values;
use super::workspace::{Target, Workspace};
use crate::error::Result;
use crate::par;
use crate::raster::{BlockId, Dataset, Level, Window, WindowSamples};

/// Options of `statistics`.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct StatisticsOptions {
    /// 1-based.
    pub band: u32,
    /// 0 is full resolution.
    pub overview: u32,
}

impl Default for StatisticsOptions {
    fn default() -> Self {
        Self { band: 1, overview: 0 }
    }
}

/// Statistics of the valid pixels; all but `count` are `None` where there is none.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
pub struct Statistics {
    pub min: Option<f64>,
    pub max: Option<f64>,
    pub mean: Option<f64>,
    /// Of the population.
    pub stdev: Option<f64>,
    /// Valid pixels.
    pub count: u64,
}

impl Workspace {
    /// Exact statistics of a band's stored values. Every block is read once; memory stays small whatever the file.
    pub async fn statistics(&self, target: &Target, options: &StatisticsOptions) -> Result<Statistics> {
        let subject = self.subject(target).await?;
        let dataset = self.open_subject(&subject).await?.dataset;
        let outcome = self.fold_band(&dataset, options.overview as usize, band0(options.band)?).await;
        Ok(self.watch(&subject.location, outcome)?.finish())
    }

    /// Folds batch after batch, in the order of the file.
    async fn fold_band(&self, dataset: &Dataset, level_index: usize, band0: u16) -> Result<Moments> {
        let mut total = Moments::default();
        for batch in batches(dataset.level(level_index)?) {
            let parts = self.bands_moments(dataset, level_index, &[band0], batch).await?;
            total = parts.into_iter().fold(total, Moments::merge);
            self.host.pause().await;
        }
        Ok(total)
    }

    /// The moments of each band in a window of whole blocks.
    pub(super) async fn window_moments(
        &self,
        dataset: &Dataset,
        level_index: usize,
        window: Window,
    ) -> Result<Vec<Moments>> {
        let bands0: Vec<u16> = (0..dataset.band_count()).collect();
        let mut all = Vec::with_capacity(bands0.len());
        for bands0 in bands0.chunks(self.config.bands_at_once(dataset, window)) {
            all.extend(self.bands_moments(dataset, level_index, bands0, window).await?);
        }
        Ok(all)
    }

    /// Folds each block on its own and merges them in the order of the file, so that the bits don't depend on how
    /// many are read at once.
    async fn bands_moments(
        &self,
        dataset: &Dataset,
        level_index: usize,
        bands0: &[u16],
        window: Window,
    ) -> Result<Vec<Moments>> {
        let level = *dataset.level(level_index)?;
        let read = dataset.read_masked_window(level_index, bands0, window).await?;
        let blocks: Vec<Window> =
            level.blocks_of(window).map(|id| level.block_window(id).intersection(window)).collect();
        let plane = read.samples.len() / bands0.len().max(1);
        let of_band = |(place, band0): (usize, &u16)| {
            let nodata = dataset.nodata(*band0);
            let parts = par::map(blocks.clone(), |block| {
                let rows = block_rows(&read, window, block);
                let row_values = |row: std::ops::Range<usize>| {
                    let start = place * plane;
                    values(&read, start + row.start..start + row.end, nodata, (1.0, 0.0))
                };
                Moments::of(&rows.flat_map(row_values).collect::<Vec<_>>())
            });
            parts.into_iter().fold(Moments::default(), Moments::merge)
        };
        Ok(bands0.iter().enumerate().map(of_band).collect())
    }
}

/// Count, mean and squared deviations of some values.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Moments {
    count: u64,
    min: f64,
    max: f64,
    mean: f64,
    /// Σ (x − mean)².
    squares: f64,
}

impl Default for Moments {
    fn default() -> Self {
        Self { count: 0, min: f64::INFINITY, max: f64::NEG_INFINITY, mean: 0.0, squares: 0.0 }
    }
}

impl Moments {
    /// Of the values that are not NaN, in two passes.
    pub fn of(values: &[f64]) -> Self {
        let valid = || values.iter().copied().filter(|value| !value.is_nan());
        let (count, sum) = valid().fold((0_u64, 0.0), |(count, sum), value| (count + 1, sum + value));
        if count == 0 {
            return Self::default();
        }
        let mean = sum / count as f64;
        let squares = valid().map(|value| (value - mean) * (value - mean)).sum();
        Self {
            count,
            min: valid().fold(f64::INFINITY, f64::min),
            max: valid().fold(f64::NEG_INFINITY, f64::max),
            mean,
            squares,
        }
    }

    /// Of both parts together (Chan's formula).
    pub fn merge(self, other: Self) -> Self {
        if self.count == 0 || other.count == 0 {
            return if self.count == 0 { other } else { self };
        }
        let count = self.count + other.count;
        let (a, b, n) = (self.count as f64, other.count as f64, count as f64);
        let delta = other.mean - self.mean;
        Self {
            count,
            min: self.min.min(other.min),
            max: self.max.max(other.max),
            mean: self.mean + delta * (b / n),
            squares: self.squares + other.squares + delta * delta * (a * b / n),
        }
    }

    pub fn finish(self) -> Statistics {
        let some = |value: f64| (self.count > 0).then_some(value);
        Statistics {
            min: some(self.min),
            max: some(self.max),
            mean: some(self.mean),
            stdev: some((self.squares / self.count.max(1) as f64).sqrt()),
            count: self.count,
        }
    }
}

/// Rectangles of whole blocks, in the order of the file, each of about [`BATCH_PIXELS`].
pub(super) fn batches(level: &Level) -> Vec<Window> {
    let block_pixels = u64::from(level.block_width.max(1)) * u64::from(level.block_height.max(1));
    let blocks = (BATCH_PIXELS / block_pixels).max(1);
    let across = u32::try_from(blocks.min(u64::from(level.blocks_across))).unwrap_or(u32::MAX).max(1);
    let down = u32::try_from(blocks / u64::from(across)).unwrap_or(u32::MAX).max(1);
    let mut all = Vec::new();
    for row in (0..level.blocks_down).step_by(down as usize) {
        for col in (0..level.blocks_across).step_by(across as usize) {
            let first = level.block_window(BlockId { col, row });
            let last = BlockId {
                col: col.saturating_add(across - 1).min(level.blocks_across - 1),
                row: row.saturating_add(down - 1).min(level.blocks_down - 1),
            };
            let last = level.block_window(last);
            all.push(Window { left: first.left, top: first.top, right: last.right, bottom: last.bottom });
        }
    }
    all
}

/// Positions of a block's rows in the samples of the window that holds it.
fn block_rows(
    window: &WindowSamples,
    batch: Window,
    block: Window,
) -> impl Iterator<Item = std::ops::Range<usize>> + use<> {
    let stride = window.width as usize;
    let left = block.left.saturating_sub(batch.left) as usize;
    let width = block.width() as usize;
    (block.top..block.bottom).map(move |row| {
        let start = row.saturating_sub(batch.top) as usize * stride + left;
        start..start + width
    })
}

const BATCH_PIXELS: u64 = 4 << 20;

#[cfg(test)]
#[path = "statistics_tests.rs"]
mod tests;
