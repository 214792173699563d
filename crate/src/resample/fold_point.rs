//! A block into the kernel sums of the cells whose kernels reach it.

use std::ops::Range;

use super::geometry::Centres;
use super::kernel::Kernel;
use super::pixel_map::PixelMap;
use super::samples::View;
use super::statistics::TapSums;
use crate::grid::Run;
use crate::raster::{NodataSample, Window};

/// A kernel and its widening along columns and rows.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Stretched {
    pub kernel: Kernel,
    pub stretch: (f64, f64),
}

/// Pixels that a kernel reaches along one axis and their weights, for many positions.
#[derive(Debug, Default)]
struct Taps {
    firsts: Vec<i64>,
    weights: Vec<f64>,
    count: usize,
}

impl Stretched {
    /// `kernel` at `scale` = pixels per cell along columns and rows.
    #[must_use]
    pub fn new(kernel: Kernel, scale: (f64, f64)) -> Self {
        Self { kernel, stretch: kernel.stretch(scale) }
    }

    /// Whether the kernel is used as it is.
    #[must_use]
    pub fn is_plain(&self) -> bool {
        self.stretch == (1.0, 1.0)
    }

    /// Pixels under the kernel.
    #[must_use]
    pub fn pixel_count(&self) -> usize {
        self.kernel.tap_count(self.stretch.0).saturating_mul(self.kernel.tap_count(self.stretch.1))
    }

    /// First column and row under the kernel at `centre`, and one past the last; `None` where it has no place.
    #[must_use]
    pub fn reach(&self, centre: (f64, f64)) -> Option<(Range<i64>, Range<i64>)> {
        let along = |position: f64, stretch: f64| {
            let first = self.kernel.first_tap(position, stretch);
            first..first.saturating_add(self.kernel.tap_count(stretch) as i64)
        };
        let (u, v) = centre;
        (u.is_finite() && v.is_finite()).then(|| (along(u, self.stretch.0), along(v, self.stretch.1)))
    }

    /// Σ |w| over all pixels under the kernel at `centre`, in the raster or not.
    #[must_use]
    pub fn magnitude(&self, centre: (f64, f64), weights: &mut Vec<f64>) -> f64 {
        let mut along = |position: f64, stretch: f64| -> f64 {
            weights.clear();
            self.kernel.weights(position, stretch, weights);
            weights.iter().map(|weight| weight.abs()).sum()
        };
        along(centre.0, self.stretch.0) * along(centre.1, self.stretch.1)
    }
}

/// Folds a block into the sums of `kernel` at the centres; `sums` has one entry per cell.
pub fn fold_kernel<T: NodataSample>(
    kernel: &Stretched,
    centres: &Centres,
    runs: &[Run],
    map: &PixelMap,
    view: &View<'_, T>,
    window: Window,
    sums: &mut [TapSums],
) {
    let block = Block { view, window, turn: whole_turn(map) };
    match centres {
        Centres::Points(points) => {
            let mut taps = (Taps::default(), Taps::default());
            for (&(u, v), sums) in points.iter().zip(sums) {
                let Some((cols, rows)) = kernel.reach((u, v)) else { continue };
                if !block.meets(&cols, &rows) {
                    continue;
                }
                taps.0.set(kernel.kernel, kernel.stretch.0, &[u]);
                taps.1.set(kernel.kernel, kernel.stretch.1, &[v]);
                block.fold(taps.0.at(0), taps.1.at(0), sums);
            }
        }
        Centres::Lattice { first_column, us, vs } => {
            let (mut col_taps, mut row_taps) = (Taps::default(), Taps::default());
            col_taps.set(kernel.kernel, kernel.stretch.0, us);
            row_taps.set(kernel.kernel, kernel.stretch.1, vs);
            let mut sums = sums.iter_mut();
            for (row, run) in runs.iter().enumerate() {
                let start = run.start.saturating_sub(*first_column) as usize;
                let rows = row_taps.at(row);
                let is_near = block.meets_rows(&rows.range());
                for column in start..start + run.count as usize {
                    let Some(sums) = sums.next() else { return };
                    let cols = col_taps.at(column);
                    if is_near && block.meets(&cols.range(), &rows.range()) {
                        block.fold(cols, rows, sums);
                    }
                }
            }
        }
    }
}

/// Columns of a whole turn where pixels repeat exactly, so that a kernel at one end takes pixels of the other.
#[must_use]
pub fn whole_turn(map: &PixelMap) -> Option<i64> {
    map.turn().filter(|turn| turn.fract() == 0.0).map(|turn| turn as i64)
}

impl Taps {
    fn set(&mut self, kernel: Kernel, stretch: f64, positions: &[f64]) {
        self.firsts.clear();
        self.weights.clear();
        self.count = kernel.tap_count(stretch);
        for &position in positions {
            // Far away from any block, and no position at all, reach nothing.
            let first = if position.is_finite() { kernel.first_tap(position, stretch) } else { i64::MIN / 2 };
            self.firsts.push(first);
            kernel.weights(position, stretch, &mut self.weights);
        }
    }

    #[inline]
    fn at(&self, index: usize) -> super::kernel::Taps<'_> {
        super::kernel::Taps {
            first: self.firsts.get(index).copied().unwrap_or(i64::MIN / 2),
            weights: self.weights.get(index * self.count..(index + 1) * self.count).unwrap_or_default(),
        }
    }
}

struct Block<'a, 'b, T> {
    view: &'a View<'b, T>,
    window: Window,
    turn: Option<i64>,
}

impl<T: NodataSample> Block<'_, '_, T> {
    #[inline]
    fn meets_rows(&self, rows: &Range<i64>) -> bool {
        rows.start < i64::from(self.window.bottom) && rows.end > i64::from(self.window.top)
    }

    #[inline]
    fn meets(&self, cols: &Range<i64>, rows: &Range<i64>) -> bool {
        self.meets_rows(rows)
            && self.shifts().any(|shift| {
                cols.start + shift < i64::from(self.window.right) && cols.end + shift > i64::from(self.window.left)
            })
    }

    /// Adds the block's pixels under a kernel to `sums`: computed from zero, then merged.
    #[inline]
    fn fold(&self, cols: super::kernel::Taps<'_>, rows: super::kernel::Taps<'_>, sums: &mut TapSums) {
        let mut partial = TapSums::default();
        let (tap_rows, block_rows) = cut(rows.first, rows.weights.len(), self.window.top, self.window.bottom);
        let row_weights = rows.weights.get(tap_rows).unwrap_or_default();
        for (row, &row_weight) in block_rows.zip(row_weights) {
            for shift in self.shifts() {
                let first = cols.first + shift;
                let (tap_cols, block_cols) = cut(first, cols.weights.len(), self.window.left, self.window.right);
                let samples = self.view.span(row, block_cols);
                let weights = cols.weights.get(tap_cols).unwrap_or_default();
                for (&sample, &weight) in samples.iter().zip(weights) {
                    if self.view.validity().is_valid(sample) {
                        partial.pixel(sample.to_f64(), weight * row_weight);
                    }
                }
            }
        }
        sums.merge(&partial);
    }

    /// Whole turns to add to a column. Centres lie in the first turn; a kernel reaches into its neighbours.
    #[inline]
    fn shifts(&self) -> impl Iterator<Item = i64> + use<T> {
        let turn = self.turn;
        let others = turn.into_iter().flat_map(|turn| [turn, -turn]);
        std::iter::once(0).chain(others)
    }
}

/// The taps `first..first + count` that lie in `low..high`: which taps, and their pixels counted from `low`.
#[inline]
fn cut(first: i64, count: usize, low: u32, high: u32) -> (Range<usize>, Range<usize>) {
    let (low, high) = (i64::from(low), i64::from(high));
    let start = first.max(low);
    let end = first.saturating_add(count as i64).min(high);
    if start >= end {
        return (0..0, 0..0);
    }
    ((start - first) as usize..(end - first) as usize, (start - low) as usize..(end - low) as usize)
}
