//! Which pixels are valid beyond nodata: blocks of mask pages, and of alpha bands that lie apart.

use super::block::{BlockId, Window};
use super::decoder::Decoder;
use super::level::Level;
use crate::codec::with_real_samples;
use crate::error::Result;

/// Decodes the blocks that say which pixels of a band are valid, of one level. Pure, may be used on any thread. Its
/// blocks cover the level's pixels, maybe cut otherwise than the image's.
#[derive(Debug, Clone)]
pub struct MaskDecoder(pub(super) Decoder);

/// The validity of the pixels of one block of a mask.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct MaskBlock {
    pub(super) window: Window,
    /// Row-major; `None`: all are valid.
    pub(super) validity: Option<Vec<bool>>,
}

impl MaskDecoder {
    /// How the level's pixels are cut into blocks of the mask.
    #[must_use]
    pub const fn level(&self) -> &Level {
        &self.0.level
    }

    /// The mask of block `id` from its bytes; a pixel is valid where its sample is not 0. Without bytes the block is
    /// sparse: its samples are 0.
    pub fn decode(&self, id: BlockId, encoded: Option<&[u8]>) -> Result<MaskBlock> {
        let window = self.0.window(id)?;
        let Some(encoded) = encoded else { return Ok(MaskBlock::invalid(window)) };
        let block = self.0.decode(id, encoded)?;
        let validity: Vec<bool> = with_real_samples!(&block.samples, samples => samples.iter().map(|&sample| is_set(sample)).collect(), else Vec::new());
        Ok(MaskBlock { window, validity: Some(validity).filter(|validity| validity.contains(&false)) })
    }
}

impl MaskBlock {
    /// The pixels that it covers.
    #[must_use]
    pub const fn window(&self) -> Window {
        self.window
    }

    /// A block whose pixels are all invalid.
    pub(super) fn invalid(window: Window) -> Self {
        let pixels = (window.width() as usize).saturating_mul(window.height() as usize);
        Self { window, validity: Some(vec![false; pixels]) }
    }

    /// Makes the pixels invalid in `validity` (row-major over `window`) that this block calls so.
    pub fn apply(&self, window: Window, validity: &mut Option<Vec<bool>>) {
        let Some(mask) = &self.validity else { return };
        let part = self.window.intersection(window);
        if part.is_empty() {
            return;
        }
        let (columns, rows) = (part.width() as usize, part.height() as usize);
        let row_of = |within: Window, row: usize| {
            let top = part.top.saturating_sub(within.top) as usize;
            let left = part.left.saturating_sub(within.left) as usize;
            let start = top.saturating_add(row).saturating_mul(within.width() as usize).saturating_add(left);
            start..start.saturating_add(columns)
        };
        let pixels = (window.width() as usize).saturating_mul(window.height() as usize);
        let validity = validity.get_or_insert_with(|| vec![true; pixels]);
        for row in 0..rows {
            let from = mask.get(row_of(self.window, row)).unwrap_or_default();
            let to = validity.get_mut(row_of(window, row)).unwrap_or_default();
            for (to, from) in to.iter_mut().zip(from) {
                *to &= *from;
            }
        }
    }
}

/// Whether a sample of a mask or an alpha band calls its pixel valid.
pub(super) fn is_set<T: Copy + PartialOrd + Default>(sample: T) -> bool {
    sample > T::default()
}

#[cfg(test)]
#[path = "mask_tests.rs"]
mod tests;
