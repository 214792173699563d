//! Blocks of one level and one band.

use super::nodata::{Nodata, NodataSample};
use crate::codec::{Samples, with_real_samples};

/// Column and row of a block in its level. Sorts in the order of the file: by row, then by column.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct BlockId {
    pub col: u32,
    pub row: u32,
}

impl Ord for BlockId {
    fn cmp(&self, other: &Self) -> std::cmp::Ordering {
        (self.row, self.col).cmp(&(other.row, other.col))
    }
}

impl PartialOrd for BlockId {
    fn partial_cmp(&self, other: &Self) -> Option<std::cmp::Ordering> {
        Some(self.cmp(other))
    }
}

/// Decoded samples of one band of one block, row-major, clipped to the image: at its right and lower edge a block is
/// smaller than the level's block size.
#[derive(Debug, Clone, PartialEq)]
pub struct Block {
    pub samples: Samples,
    /// Per pixel whether mask, alpha or codec call it valid; `None`: they call all valid. Nodata is not looked at.
    pub validity: Option<Vec<bool>>,
    pub width: u32,
    pub height: u32,
}

impl Block {
    /// The block with NaN in place of every pixel that is not valid (nodata too) and no validity beside. A block
    /// without validity stays as it is; else integers become floats: those of up to 16 bits `f32`, others `f64`, so
    /// that each keeps the value that [`Sample::to_f64`](crate::codec::Sample::to_f64) gives.
    #[must_use]
    pub fn nan_filled(self, nodata: Nodata) -> Self {
        fn narrow<T: NodataSample + Into<f32>>(samples: &[T], validity: &[bool], nodata: Nodata) -> Vec<f32> {
            let value = |(&sample, &is_valid): (&T, &bool)| {
                if is_valid && nodata.is_valid(sample) { sample.into() } else { f32::NAN }
            };
            samples.iter().zip(validity).map(value).collect()
        }
        fn wide<T: NodataSample>(samples: &[T], validity: &[bool], nodata: Nodata) -> Vec<f64> {
            let value = |(&sample, &is_valid): (&T, &bool)| {
                if is_valid && nodata.is_valid(sample) { sample.to_f64() } else { f64::NAN }
            };
            samples.iter().zip(validity).map(value).collect()
        }
        let Some(validity) = &self.validity else { return self };
        let samples = match &self.samples {
            Samples::U8(samples) => Samples::F32(narrow(samples, validity, nodata)),
            Samples::U16(samples) => Samples::F32(narrow(samples, validity, nodata)),
            Samples::I8(samples) => Samples::F32(narrow(samples, validity, nodata)),
            Samples::I16(samples) => Samples::F32(narrow(samples, validity, nodata)),
            Samples::F32(samples) => Samples::F32(narrow(samples, validity, nodata)),
            // Complex numbers are refused before their blocks are decoded for values.
            other => with_real_samples!(
                other,
                samples => Samples::F64(wide(samples, validity, nodata)),
                else other.clone()
            ),
        };
        Self { samples, validity: None, ..self }
    }
}

/// A rectangle of pixels, right and bottom exclusive.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Window {
    pub left: u32,
    pub top: u32,
    pub right: u32,
    pub bottom: u32,
}

impl Window {
    /// Columns; 0 where right is not beyond left.
    #[must_use]
    pub const fn width(self) -> u32 {
        self.right.saturating_sub(self.left)
    }

    /// Rows; 0 where bottom is not beyond top.
    #[must_use]
    pub const fn height(self) -> u32 {
        self.bottom.saturating_sub(self.top)
    }

    #[must_use]
    pub const fn is_empty(self) -> bool {
        self.width() == 0 || self.height() == 0
    }

    /// The part that both cover; empty where they don't touch.
    #[must_use]
    pub fn intersection(self, other: Self) -> Self {
        Self {
            left: self.left.max(other.left),
            top: self.top.max(other.top),
            right: self.right.min(other.right),
            bottom: self.bottom.min(other.bottom),
        }
    }
}
