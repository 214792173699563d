//! Reads a source again and compares it with what is stored of it.

use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::cancel::Cancellation;
use super::registry::describe;
use super::statistics::{Statistics, batches};
use super::workspace::{Subject, Target, Workspace};
use crate::error::{Code, Error, Result};
use crate::raster::{Dataset, Window};
use crate::resample::{Phase, Progress};
use crate::store::{self, ProcessingStatus, SourceRecord, TileRecord};

/// Options of a validation: none yet.
#[derive(Debug, Clone, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct ValidationOptions {}

/// What was found in order.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Validation {
    pub fingerprint: String,
    pub levels: u32,
    /// Blocks that decode, of all bands and levels.
    pub blocks: u64,
    /// Tiles of the index whose statistics agree with the file.
    pub tiles: u64,
}

impl Workspace {
    /// Reads every block of every band and level of a registered source again.
    ///
    /// `source.changed` where the file is another one now, `validation.layout` where it is not laid out as the record
    /// says, `format.…` with the block that does not decode, `validation.statistics` with the tile that disagrees.
    pub async fn validate(
        &self,
        target: &Target,
        _options: &ValidationOptions,
        cancel: &Cancellation,
        on_progress: &dyn Fn(Progress),
    ) -> Result<Validation> {
        let subject = self.subject(target).await?;
        let Some(record) = subject.record.clone() else {
            return Err(Error::new(Code::UsageUnknownSource, format!("{} is not registered", subject.location))
                .with_hint("register it first: a validation compares a file with what is stored of it"));
        };
        self.opened.forget(&subject.location);
        let outcome = cancel.race(self.validate_record(&subject, &record, cancel, on_progress)).await;
        match &outcome {
            Err(error) if error.code() == Code::SourceChanged => {
                self.set_status(&subject, ProcessingStatus::Stale).await?;
            }
            Err(error) if error.code() != Code::Cancelled && error.kind() == crate::ErrorKind::Format => {
                self.set_status(&subject, ProcessingStatus::Failed).await?;
            }
            _ => {}
        }
        self.watch(&subject.location, outcome)
    }

    async fn validate_record(
        &self,
        subject: &Subject,
        record: &SourceRecord,
        cancel: &Cancellation,
        on_progress: &dyn Fn(Progress),
    ) -> Result<Validation> {
        let opened = self.open_location(&subject.location).await?;
        if opened.fingerprint != record.fingerprint {
            let message = format!("expected the version {}, got {}", record.fingerprint, opened.fingerprint);
            return Err(Error::new(Code::SourceChanged, message)
                .with_hint("register it again, and make its tile index and results anew"));
        }
        check_layout(record, &describe(record.clone(), &opened))?;
        let dataset = &opened.dataset;
        let tiles: Vec<TileRecord> = store::tiles::list(self.store.as_ref(), &subject.id).await?;
        let tiles: Vec<TileRecord> = tiles.into_iter().filter(|tile| tile.fingerprint == record.fingerprint).collect();
        let windows = windows_of(dataset, &tiles)?;
        let total = windows.len() as u64;
        let bands = u64::from(dataset.band_count());
        let mut found = Validation {
            fingerprint: opened.fingerprint.clone(),
            levels: u32::try_from(dataset.level_count()).unwrap_or(u32::MAX),
            blocks: 0,
            tiles: 0,
        };
        for (done, (level_index, window)) in (1_u64..).zip(windows) {
            let moments = self.window_moments(dataset, level_index, window).await?;
            let blocks = dataset.level(level_index)?.blocks_of(window).count() as u64;
            found.blocks = found.blocks.saturating_add(blocks.saturating_mul(bands));
            if level_index == 0 {
                for tile in tiles.iter().filter(|tile| tile.window == as_array(window)) {
                    let band = usize::try_from(tile.band.saturating_sub(1)).unwrap_or(usize::MAX);
                    let read = moments.get(band).map(|moments| moments.finish());
                    check_statistics(tile, read)?;
                    found.tiles = found.tiles.saturating_add(1);
                }
            }
            on_progress(Progress { phase: Phase::Resample, done, total, bytes: 0 });
            cancel.check()?;
            self.host.pause().await;
        }
        Ok(found)
    }
}

/// What is read at once: the index's tiles where there is one, and the blocks of the other levels.
fn windows_of(dataset: &Dataset, tiles: &[TileRecord]) -> Result<Vec<(usize, Window)>> {
    let mut windows: Vec<(usize, Window)> = Vec::new();
    for index in 0..dataset.level_count() {
        let level = dataset.level(index)?;
        if index == 0 && !tiles.is_empty() {
            let mut all: Vec<[u32; 4]> = tiles.iter().map(|tile| tile.window).collect();
            all.sort_unstable_by_key(|[left, top, ..]| (*top, *left));
            all.dedup();
            let area = |[left, top, right, bottom]: &[u32; 4]| {
                u64::from(right.saturating_sub(*left)) * u64::from(bottom.saturating_sub(*top))
            };
            // An index that was not finished does not cover the file.
            if all.iter().map(area).sum::<u64>() == u64::from(level.width) * u64::from(level.height) {
                windows
                    .extend(all.into_iter().map(|[left, top, right, bottom]| (0, Window { left, top, right, bottom })));
                continue;
            }
        }
        windows.extend(batches(level).into_iter().map(|window| (index, window)));
    }
    Ok(windows)
}

fn check_layout(stored: &SourceRecord, now: &SourceRecord) -> Result<()> {
    let differs = [
        ("width", stored.width != now.width),
        ("height", stored.height != now.height),
        ("bands", stored.bands != now.bands),
        ("sample type", stored.data_type != now.data_type),
        ("nodata", stored.nodata_value != now.nodata_value),
        ("CRS", stored.crs != now.crs),
        ("pixel size", stored.pixel_size != now.pixel_size),
    ];
    let wrong: Vec<&str> = differs.into_iter().filter(|(_, differs)| *differs).map(|(what, _)| what).collect();
    if wrong.is_empty() {
        return Ok(());
    }
    Err(Error::new(Code::ValidationLayout, format!("the file's {} is not what is stored", wrong.join(", ")))
        .with_hint("register the source again"))
}

fn check_statistics(tile: &TileRecord, read: Option<Statistics>) -> Result<()> {
    let stored = tile.tile_stats.as_ref();
    let number = |name: &str| stored.and_then(|stats| stats.get(name)).and_then(Value::as_f64);
    let close = |a: Option<f64>, b: Option<f64>| match (a, b) {
        (Some(a), Some(b)) => (a - b).abs() <= 1e-9 * a.abs().max(b.abs()),
        (a, b) => a == b,
    };
    let agrees = read.is_some_and(|read| {
        number("valid_count") == Some(read.count as f64)
            && number("min") == read.min
            && number("max") == read.max
            && close(number("mean"), read.mean)
            && close(number("std"), read.stdev)
    });
    if agrees {
        return Ok(());
    }
    let (col, row) = (tile.tile_col, tile.tile_row);
    Err(Error::new(
        Code::ValidationStatistics,
        format!("tile column {col} row {row} of band {} has other statistics than the index says", tile.band),
    )
    .with_hint("build the tile index again"))
}

const fn as_array(window: Window) -> [u32; 4] {
    [window.left, window.top, window.right, window.bottom]
}
