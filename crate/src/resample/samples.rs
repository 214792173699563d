//! A block's samples as the folds read them: typed, with validity.

use crate::raster::{Nodata, NodataSample};

/// The samples of one block of one type.
#[derive(Debug, Clone, Copy)]
pub struct View<'a, T> {
    values: &'a [T],
    width: usize,
    validity: Validity<T>,
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
    /// `values` are rows of `width` samples.
    #[must_use]
    pub fn new(values: &'a [T], width: usize, nodata: Nodata) -> Self {
        Self { values, width, validity: Validity::new(nodata) }
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
