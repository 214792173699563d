//! Encoded bytes of a block to the samples of one band.

use std::sync::Arc;

use super::block::{Block, BlockId, Window};
use super::level::Level;
use super::mask::is_set;
use super::nodata::Nodata;
use crate::codec::{self, Decoded, Sample, Samples, with_real_samples, with_type};
use crate::error::{Code, Error, Result};
use crate::limits::Limits;
use crate::num;
use crate::tiff::Layout;

/// Decodes blocks of one level and one band. Pure: no I/O, may be used on any thread.
#[derive(Debug, Clone)]
pub struct Decoder {
    pub(super) layout: Arc<Layout>,
    pub(super) level: Level,
    /// Counts from 0.
    pub(super) band0: u16,
    pub(super) nodata: Nodata,
    /// The alpha band that says which pixels are valid and comes in the same blocks.
    pub(super) alpha0: Option<u16>,
    pub(super) limits: Limits,
}

impl Decoder {
    /// The samples of block `id` from the bytes that [`Dataset::locate`](super::Dataset::locate) points to.
    ///
    /// Errors: `unsupported.…` and `format.block` with the block's column and row; `limit.exceeded`.
    pub fn decode(&self, id: BlockId, encoded: &[u8]) -> Result<Block> {
        let stored = self.decode_stored(id, encoded)?;
        let window = self.window(id)?;
        if self.layout.block_bands() > 1 || window.width() != self.layout.block_width {
            return self.band_of(&stored, id);
        }
        let mut validity = None;
        self.apply_validity(&stored, id, window, &mut validity);
        let len = num::to_usize(u64::from(window.width()).saturating_mul(u64::from(window.height())))?;
        let samples = with_type!(self.layout.sample_type, T => first::<T>(stored.samples, len));
        Ok(Block { samples, validity, width: window.width(), height: window.height() })
    }

    /// The samples of block `id` in each of the bands of `decoders`, which lie in it together: decoded once. Errors as
    /// [`Decoder::decode`].
    pub fn decode_together(decoders: &[Self], id: BlockId, encoded: &[u8]) -> Result<Vec<Block>> {
        match decoders {
            [] => Ok(Vec::new()),
            [only] => Ok(vec![only.decode(id, encoded)?]),
            [first, ..] => {
                let stored = first.decode_stored(id, encoded)?;
                decoders.iter().map(|decoder| decoder.band_of(&stored, id)).collect()
            }
        }
    }

    /// A copy of this band's samples of a stored block.
    fn band_of(&self, stored: &Decoded, id: BlockId) -> Result<Block> {
        let window = self.window(id)?;
        let mut validity = None;
        self.apply_validity(stored, id, window, &mut validity);
        let len = num::to_usize(u64::from(window.width()).saturating_mul(u64::from(window.height())))?;
        let mut samples = Samples::zeros(self.layout.sample_type, len);
        self.copy(&stored.samples, id, self.band0, window, &mut samples, Target::whole(window))?;
        Ok(Block { samples, validity, width: window.width(), height: window.height() })
    }

    /// The samples of a block that the file leaves out: nodata, or 0.
    pub fn sparse(&self, id: BlockId) -> Result<Block> {
        let window = self.window(id)?;
        let len = num::product(u64::from(window.width()), u64::from(window.height()))?;
        let bytes = num::product(len, num::to_u64(self.layout.sample_type.decoded().bytes()))?;
        Limits::check("decoded block", bytes, self.limits.max_decoded_block_bytes)?;
        let samples = self.nodata.samples(self.layout.sample_type, num::to_usize(len)?);
        // The alpha that is left out with them is 0.
        let validity = self.alpha0.map(|_| vec![false; samples.len()]);
        Ok(Block { samples, validity, width: window.width(), height: window.height() })
    }

    /// Whether [`Decoder::decode_rows`] can decode blocks: those of one band whose samples come as they are.
    pub(super) fn has_plain_rows(&self) -> bool {
        codec::has_plain_rows(&self.layout)
    }

    pub(super) fn sample_bytes(&self) -> usize {
        self.layout.sample_type.decoded().bytes()
    }

    /// The samples' bytes of `window` (within the block) straight to `rows`, one a row.
    pub(super) fn decode_rows(&self, id: BlockId, encoded: &[u8], window: Window, rows: Vec<&mut [u8]>) -> Result<()> {
        let block = self.window(id)?;
        let first_row = window.top.saturating_sub(block.top) as usize;
        let first_column = window.left.saturating_sub(block.left) as usize;
        let first = (first_row, first_column.saturating_mul(self.layout.sample_type.bytes()));
        codec::decode_rows(&self.layout, id.row, encoded, &self.limits, first, &mut rows.into_iter())
            .map_err(|error| error.at(|at| at.tile = Some((id.col, id.row))))
    }

    /// Samples and validity as the block stores them.
    pub(super) fn decode_stored(&self, id: BlockId, encoded: &[u8]) -> Result<Decoded> {
        codec::decode_block(&self.layout, id.row, encoded, &self.limits)
            .map_err(|error| error.at(|at| at.tile = Some((id.col, id.row))))
    }

    /// Makes those pixels of `window` (within the block) invalid in `validity` (row-major over `window`) that the
    /// block's alpha band or the codec's own mask call so.
    pub(super) fn apply_validity(
        &self,
        stored: &Decoded,
        id: BlockId,
        window: Window,
        validity: &mut Option<Vec<bool>>,
    ) {
        let Ok(block) = self.window(id) else { return };
        let bands = usize::from(self.layout.block_bands());
        let pixels = (window.width() as usize).saturating_mul(window.height() as usize);
        let mut exclude = |is_valid: &dyn Fn(usize) -> bool| {
            let (top, left) = (window.top.saturating_sub(block.top), window.left.saturating_sub(block.left));
            for row in 0..window.height() {
                let stored_row = (top.saturating_add(row) as usize).saturating_mul(self.layout.block_width as usize);
                let first = stored_row.saturating_add(left as usize);
                let start = (row as usize).saturating_mul(window.width() as usize);
                for column in 0..window.width() as usize {
                    if !is_valid(first.saturating_add(column)) {
                        let validity = validity.get_or_insert_with(|| vec![true; pixels]);
                        if let Some(pixel) = validity.get_mut(start.saturating_add(column)) {
                            *pixel = false;
                        }
                    }
                }
            }
        };
        if let Some(mask) = &stored.validity {
            exclude(&|pixel| mask.get(pixel).copied().unwrap_or(true));
        }
        if let Some(alpha0) = self.alpha0.map(usize::from) {
            with_real_samples!(&stored.samples, samples => exclude(&|pixel| {
                let place = pixel.saturating_mul(bands).saturating_add(alpha0);
                samples.get(place).is_none_or(|&alpha| is_set(alpha))
            }), else ());
        }
    }

    /// Copies the part of a stored block that lies in `window` (pixels of the level, within the block) to its place.
    pub(super) fn copy(
        &self,
        stored: &Samples,
        id: BlockId,
        band0: u16,
        window: Window,
        target: &mut Samples,
        place: Target,
    ) -> Result<()> {
        let block = self.window(id)?;
        let bands = usize::from(self.layout.block_bands());
        let band = if bands == 1 { 0 } else { usize::from(band0) };
        let source = Source {
            row_samples: (self.layout.block_width as usize).saturating_mul(bands),
            first_row: window.top.saturating_sub(block.top) as usize,
            first_sample: (window.left.saturating_sub(block.left) as usize).saturating_mul(bands).saturating_add(band),
            step: bands,
        };
        let (rows, columns) = (window.height() as usize, window.width() as usize);
        with_type!(self.layout.sample_type, T => match (T::of(stored), T::of_mut(target)) {
            (Some(stored), Some(target)) => {
                copy_rows::<T>(stored, source, target, place, rows, columns);
                Ok(())
            }
            _ => Err(Error::new(Code::Bug, "expected samples of the file's type")),
        })
    }

    /// Fills `window`'s place with nodata, or 0.
    pub(super) fn fill_sparse(&self, window: Window, target: &mut Samples, place: Target) {
        let (rows, columns) = (window.height() as usize, window.width() as usize);
        let value = self.nodata.samples(self.layout.sample_type, 1);
        with_type!(self.layout.sample_type, T => if let (Some(&[value]), Some(target)) = (T::of(&value), T::of_mut(target)) {
            let target = target.get_mut(place.first_sample..).unwrap_or_default();
            for row in target.chunks_mut(place.row_samples.max(1)).take(rows) {
                row.get_mut(..columns).unwrap_or_default().fill(value);
            }
        });
    }

    pub(super) fn window(&self, id: BlockId) -> Result<Window> {
        let window = self.level.block_window(id);
        if window.is_empty() {
            return Err(Error::new(Code::Bug, "expected a block of the level, got one beyond it")
                .at(|at| at.tile = Some((id.col, id.row))));
        }
        Ok(window)
    }
}

/// Where copied rows go.
#[derive(Debug, Clone, Copy)]
pub(super) struct Target {
    /// Sample of the first row's first pixel.
    pub first_sample: usize,
    /// Samples from one row to the next.
    pub row_samples: usize,
}

impl Target {
    fn whole(window: Window) -> Self {
        Self { first_sample: 0, row_samples: window.width() as usize }
    }
}

#[derive(Clone, Copy)]
struct Source {
    row_samples: usize,
    first_row: usize,
    first_sample: usize,
    step: usize,
}

fn copy_rows<T: Sample>(stored: &[T], source: Source, target: &mut [T], place: Target, rows: usize, columns: usize) {
    let sources = stored.chunks_exact(source.row_samples.max(1)).skip(source.first_row);
    let targets = target.get_mut(place.first_sample..).unwrap_or_default().chunks_mut(place.row_samples.max(1));
    for (from, to) in sources.zip(targets).take(rows) {
        let from = from.get(source.first_sample..).unwrap_or_default();
        let to = to.get_mut(..columns).unwrap_or_default();
        if source.step == 1 {
            if let Some(from) = from.get(..columns)
                && to.len() == columns
            {
                to.copy_from_slice(from);
            }
        } else {
            for (to, from) in to.iter_mut().zip(from.iter().step_by(source.step.max(1))) {
                *to = *from;
            }
        }
    }
}

/// The first `len` samples, without a copy.
fn first<T: Sample>(mut samples: Samples, len: usize) -> Samples {
    if let Some(values) = T::of_mut(&mut samples) {
        values.truncate(len);
    }
    samples
}
