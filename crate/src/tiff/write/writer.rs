//! Rows in, file out.

use super::directory::{self, LevelIndex};
use super::encode::encode_block;
use super::options::{CogOptions, Overviews};
use super::reduce::{Axis, reduce_row};
use super::sample::Sample;
use super::spool::Spool;
use crate::error::{Code, Error, Result};
use crate::num;
use crate::par;

/// Writes one COG from its rows, top to bottom.
///
/// Holds one row of blocks of each level (at most twice the size of the full resolution's); what is encoded waits in
/// one [`Spool`] a level. The blocks of a row are encoded on all threads.
///
/// ```
/// use cogrid::tiff::write::{CogOptions, CogWriter, MemorySpool};
///
/// let mut writer = CogWriter::new(CogOptions::<i16>::new(600, 400), |_level| Ok(MemorySpool::default()))?;
/// for row in 0..400 {
///     writer.push_rows(&[row; 600])?;
/// }
/// let mut file = Vec::new();
/// let len_bytes = writer.finish(&mut |bytes| Ok(file.extend_from_slice(bytes)))?;
/// assert_eq!(len_bytes, file.len() as u64);
/// # Ok::<(), cogrid::Error>(())
/// ```
#[derive(Debug)]
pub struct CogWriter<T, S> {
    options: CogOptions<T>,
    levels: Vec<Level<T, S>>,
}

/// One resolution: the rows that wait for their strip or for their overview, and what is encoded.
#[derive(Debug)]
struct Level<T, S> {
    index: LevelIndex,
    rows: Vec<T>,
    /// Image row of the first of `rows`.
    first_row: u64,
    /// Image rows that are in blocks.
    encoded_rows: u64,
    /// Rows of the next level that are made.
    reduced_rows: u64,
    spool: S,
}

impl<T: Sample, S: Spool> CogWriter<T, S> {
    /// A writer that waits for its first row. `make_spool` is called for each level, 0 = full resolution.
    ///
    /// # Errors
    /// `usage.cog` for settings that contradict one another; what `make_spool` gives.
    pub fn new(options: CogOptions<T>, mut make_spool: impl FnMut(usize) -> Result<S>) -> Result<Self> {
        options.check()?;
        let levels = level_sizes(&options)
            .into_iter()
            .enumerate()
            .map(|(level, (width_px, height_px))| {
                Ok(Level {
                    index: LevelIndex::new(width_px, height_px),
                    rows: Vec::new(),
                    first_row: 0,
                    encoded_rows: 0,
                    reduced_rows: 0,
                    spool: make_spool(level)?,
                })
            })
            .collect::<Result<_>>()?;
        Ok(Self { options, levels })
    }

    /// Takes whole rows, the bands of a pixel side by side.
    ///
    /// # Errors
    /// `usage.cog` when they are not whole or more than the image has; what the spool gives.
    pub fn push_rows(&mut self, rows: &[T]) -> Result<()> {
        let row_samples = self.row_samples(0)?;
        let pushed = num::to_u64(rows.len() / row_samples);
        let height = u64::from(self.options.height_px);
        let held = self.levels.first().map_or(0, |level| level.pushed_rows(row_samples));
        if !rows.len().is_multiple_of(row_samples) || held + pushed > height {
            return Err(Error::new(
                Code::UsageCog,
                format!(
                    "expected up to {} rows of {row_samples} samples, got {} samples",
                    height.saturating_sub(held),
                    rows.len()
                ),
            ));
        }
        // A strip at a time, so that what is held stays one strip a level.
        let strip_samples = num::to_usize(num::product(row_samples as u64, self.options.block_size_px.into())?)?;
        for part in rows.chunks(strip_samples) {
            self.push_level(0, part)?;
        }
        Ok(())
    }

    /// Hands the file to `sink`, from its first byte to its last; its length in bytes.
    ///
    /// # Errors
    /// `usage.cog` when rows are missing; what the spools and the sink give.
    pub fn finish(mut self, sink: &mut dyn FnMut(&[u8]) -> Result<()>) -> Result<u64> {
        let encoded = self.levels.first().map_or(0, |level| level.encoded_rows);
        if encoded < self.options.height_px.into() {
            let message = format!("expected {} rows, got {encoded} in whole strips", self.options.height_px);
            return Err(Error::new(Code::UsageCog, message));
        }
        let index: Vec<&LevelIndex> = self.levels.iter().map(|level| &level.index).collect();
        let (header, len_bytes) = directory::header(&self.options, &index)?;
        sink(&header)?;
        for level in self.levels.iter_mut().rev() {
            level.spool.drain(sink)?;
        }
        Ok(len_bytes)
    }

    /// The file as [`CogWriter::finish`] hands it out, in one piece.
    ///
    /// # Errors
    /// `usage.cog` when rows are missing; what the spools give.
    pub fn finish_in_memory(self) -> Result<Vec<u8>> {
        let mut file = Vec::new();
        self.finish(&mut |bytes| {
            file.extend_from_slice(bytes);
            Ok(())
        })?;
        Ok(file)
    }

    fn push_level(&mut self, level: usize, rows: &[T]) -> Result<()> {
        let row_samples = self.row_samples(level)?;
        let next_size = self.levels.get(level + 1).map(|next| (next.index.width_px, next.index.height_px));
        let Some(this) = self.levels.get_mut(level) else { return Ok(()) };
        this.rows.extend_from_slice(rows);
        let mut reduced = Vec::new();
        if this.encode_strips(&self.options, row_samples)? {
            if let Some(size) = next_size {
                reduced = this.reduce(&self.options, row_samples, size);
            }
            this.forget(row_samples, next_size);
        }
        if reduced.is_empty() { Ok(()) } else { self.push_level(level + 1, &reduced) }
    }

    fn row_samples(&self, level: usize) -> Result<usize> {
        let width = self.levels.get(level).map_or(self.options.width_px, |level| level.index.width_px);
        num::to_usize(num::product(width.into(), self.options.bands.into())?)
    }
}

impl<T: Sample, S: Spool> Level<T, S> {
    fn pushed_rows(&self, row_samples: usize) -> u64 {
        self.first_row + num::to_u64(self.rows.len() / row_samples)
    }

    /// Encodes the strips that are whole; whether there was one.
    fn encode_strips(&mut self, options: &CogOptions<T>, row_samples: usize) -> Result<bool> {
        let pushed = self.pushed_rows(row_samples);
        let height = u64::from(self.index.height_px);
        let mut is_any = false;
        while self.encoded_rows < height {
            let end = (self.encoded_rows + u64::from(options.block_size_px)).min(height);
            if end > pushed {
                break;
            }
            let samples = |row: u64| num::to_usize(row - self.first_row).map(|row| row * row_samples);
            let strip = self.rows.get(samples(self.encoded_rows)?..samples(end)?).unwrap_or(&[]);
            let lefts = (0..self.index.width_px).step_by(options.block_size_px as usize).collect();
            let blocks = par::map(lefts, |left| encode_block(options, strip, self.index.width_px, left));
            for block in blocks {
                self.index.push(&block?, &mut self.spool)?;
            }
            self.encoded_rows = end;
            is_any = true;
        }
        Ok(is_any)
    }

    /// The rows of the next level that the rows at hand suffice for.
    fn reduce(&mut self, options: &CogOptions<T>, row_samples: usize, next_size: (u32, u32)) -> Vec<T> {
        let columns = Axis::new(self.index.width_px, next_size.0);
        let lines = Axis::new(self.index.height_px, next_size.1);
        let pushed = self.pushed_rows(row_samples);
        let targets: Vec<u64> = (self.reduced_rows..u64::from(next_size.1))
            .take_while(|&target| lines.span(target).end <= pushed)
            .collect();
        self.reduced_rows += num::to_u64(targets.len());
        let bands = (usize::from(options.bands), options.nodata);
        par::map(targets, |target| {
            reduce_row(options.overviews, (&columns, &lines), target, (&self.rows, self.first_row), bands)
        })
        .concat()
    }

    /// Drops the rows that neither a block nor an overview row still needs.
    fn forget(&mut self, row_samples: usize, next_size: Option<(u32, u32)>) {
        let needed = next_size.map_or(self.encoded_rows, |(_, height_px)| {
            Axis::new(self.index.height_px, height_px).span(self.reduced_rows).start.min(self.encoded_rows)
        });
        let rows = needed.saturating_sub(self.first_row);
        let samples = usize::try_from(rows).unwrap_or(usize::MAX).saturating_mul(row_samples).min(self.rows.len());
        self.rows.drain(..samples);
        self.first_row = needed;
    }
}

/// Sizes of the levels: each half of the one before, rounded down as GDAL does, until one block holds it.
fn level_sizes<T>(options: &CogOptions<T>) -> Vec<(u32, u32)> {
    let (mut width, mut height) = (options.width_px, options.height_px);
    let mut sizes = vec![(width, height)];
    while options.overviews != Overviews::None && width.max(height) > options.block_size_px {
        (width, height) = ((width / 2).max(1), (height / 2).max(1));
        sizes.push((width, height));
    }
    sizes
}

#[cfg(test)]
#[path = "writer_tests.rs"]
mod tests;
