//! Pixels along one axis that the sides of rectangles cover.

use std::ops::Range;

use super::coverage::PixelBounds;
use super::geometry::Rectangles;
use super::pixel_map::PixelMap;
use super::sliver::threshold;
use crate::raster::Window;

/// Pixels along one axis that an interval covers, by how much.
#[derive(Debug, Clone, Copy)]
pub struct Cover {
    pub start: usize,
    pub end: usize,
    /// How much of the first pixel.
    pub first: f64,
    /// How much of the last.
    pub last: f64,
}

impl Cover {
    /// The cover of `[low, high]` over pixels `0..len`; `None` where they share nothing.
    #[must_use]
    pub fn new(low: f64, high: f64, len: usize) -> Option<Self> {
        // `max` and `min` would make NaN a number.
        if low.is_nan() || high.is_nan() {
            return None;
        }
        let (low, high) = (low.max(0.0), high.min(len as f64));
        if low >= high {
            return None;
        }
        let start = low as i32 as usize;
        let end = high.ceil() as i32 as usize;
        let first = high.min((start + 1) as f64) - low;
        let last = if end - start > 1 { high - (end - 1) as f64 } else { first };
        Some(Self { start, end, first, last })
    }

    /// The cover without end pixels of which `least` or less is covered; `None` where nothing remains.
    #[must_use]
    pub fn without_slivers(self, least: f64) -> Option<Self> {
        let Self { mut start, mut end, mut first, mut last } = self;
        if last <= least {
            end -= 1;
            last = if end - start == 1 { first } else { 1.0 };
        }
        if first <= least && start < end {
            start += 1;
            first = if end - start == 1 { last } else { 1.0 };
        }
        (start < end).then_some(Self { start, end, first, last })
    }

    /// How much of a pixel is covered.
    #[inline]
    #[must_use]
    pub fn at(&self, pixel: usize) -> f64 {
        if pixel == self.start {
            self.first
        } else if pixel + 1 == self.end {
            self.last
        } else {
            1.0
        }
    }
}

/// Covers of a block's columns by the lattice columns of a part. A lattice column may meet a block twice, at both
/// ends of a whole turn.
#[derive(Debug)]
pub struct ColumnCovers {
    covers: Vec<Cover>,
    /// End of each lattice column's covers.
    ends: Vec<usize>,
    /// Lattice columns that have any lie in here.
    range: Range<usize>,
}

impl ColumnCovers {
    #[must_use]
    pub fn new(rectangles: &Rectangles, map: &PixelMap, window: Window) -> Self {
        let mut this = Self { covers: Vec::new(), ends: Vec::new(), range: 0..0 };
        for (index, &(left, right)) in rectangles.columns().iter().enumerate() {
            let before = this.covers.len();
            let bounds = PixelBounds { left, top: 0.0, right, bottom: 0.0 };
            for shift in map.shifts(&bounds) {
                let origin = f64::from(window.left) - shift;
                let cover = Cover::new(left - origin, right - origin, window.width() as usize);
                this.covers.extend(cover.and_then(|cover| cover.without_slivers(threshold(right - left))));
            }
            if this.covers.len() > before {
                let start = if this.range.is_empty() { index } else { this.range.start };
                this.range = start..index + 1;
            }
            this.ends.push(this.covers.len());
        }
        this
    }

    /// Covers of a lattice column.
    #[must_use]
    pub fn covers(&self, column: usize) -> &[Cover] {
        let start = column.checked_sub(1).and_then(|before| self.ends.get(before)).copied().unwrap_or(0);
        let end = self.ends.get(column).copied().unwrap_or(start);
        self.covers.get(start..end).unwrap_or_default()
    }

    /// Those of the lattice columns that meet the block.
    pub fn touched(&self, columns: Range<usize>) -> impl Iterator<Item = usize> + Clone + '_ {
        let within = self.range.start.max(columns.start)..self.range.end.min(columns.end);
        within.filter(|&column| !self.covers(column).is_empty())
    }
}
