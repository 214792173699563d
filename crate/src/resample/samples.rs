//! A block's samples as the folds read them: typed, with validity.

use std::sync::Arc;

use super::pixel_area::BlockAreas;
use crate::raster::{Block, Nodata, NodataSample, Sample, Samples, with_real_samples};

/// A decoded block as the folds take it.
#[derive(Debug, Clone)]
pub struct BlockPixels {
    pub samples: Samples,
    pub width: usize,
    pub nodata: Nodata,
    /// True areas of the pixels, where they weigh.
    pub areas: Option<Arc<BlockAreas>>,
}

impl BlockPixels {
    #[must_use]
    pub fn new(block: Block, nodata: Nodata) -> Self {
        Self { samples: block.samples, width: block.width as usize, nodata, areas: None }
    }

    /// The samples as `f64`, invalid ones as NaN.
    #[must_use]
    pub fn widened(self) -> Self {
        let values = with_real_samples!(&self.samples, samples => {
            let validity = Validity::new(self.nodata);
            samples.iter().map(|&sample| if validity.is_valid(sample) { sample.to_f64() } else { f64::NAN }).collect()
        }, else vec![f64::NAN; self.samples.len()]);
        Self { samples: Samples::F64(values), nodata: Nodata::None, ..self }
    }
}

/// The samples of one block of one type.
#[derive(Debug, Clone, Copy)]
pub struct View<'a, T> {
    values: &'a [T],
    width: usize,
    validity: Validity<T>,
    areas: Option<&'a BlockAreas>,
}

/// Tells values from nodata and NaN.
#[derive(Debug, Clone, Copy)]
pub struct Validity<T> {
    nodata: Option<T>,
}

impl<T: NodataSample> Validity<T> {
    #[must_use]
    pub fn new(nodata: Nodata) -> Self {
        Self { nodata: T::nodata(nodata) }
    }

    #[inline]
    pub fn is_valid(&self, sample: T) -> bool {
        !sample.is_nan() & (self.nodata != Some(sample))
    }
}

impl<'a, T: NodataSample> View<'a, T> {
    /// `values` are the samples of `pixels`.
    #[must_use]
    pub fn new(values: &'a [T], pixels: &'a BlockPixels) -> Self {
        let areas = pixels.areas.as_deref();
        Self { values, width: pixels.width, validity: Validity::new(pixels.nodata), areas }
    }

    /// True area of a pixel; 1 where areas don't weigh.
    #[inline]
    pub fn area(&self, row: usize, col: usize) -> f64 {
        self.areas.map_or(1.0, |areas| areas.at(row, col))
    }

    #[inline]
    pub fn validity(&self) -> &Validity<T> {
        &self.validity
    }

    /// The sample of a pixel as `f64`; `None` where it is invalid (or outside, which callers exclude).
    #[inline]
    pub fn value(&self, row: usize, col: usize) -> Option<f64> {
        let sample = *self.values.get(row * self.width + col)?;
        self.validity.is_valid(sample).then(|| sample.to_f64())
    }

    /// Samples of consecutive pixels of a row.
    #[inline]
    pub fn span(&self, row: usize, cols: std::ops::Range<usize>) -> &'a [T] {
        let start = row * self.width;
        self.values.get(start + cols.start..start + cols.end).unwrap_or_default()
    }
}
