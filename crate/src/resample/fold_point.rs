//! A block into the kernel sums of the cells whose kernels reach it.

use std::ops::Range;

use super::geometry::Centres;
use super::kernel::Kernel;
use super::pixel_map::PixelMap;
use super::samples::{Validity, View};
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
#[inline(never)]
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
            let lattice = LatticeCentres { first_column: *first_column, us, vs, runs };
            if kernel.pixel_count() == 1 {
                block.fold_nearest(kernel, &lattice, sums);
            } else {
                block.fold_lattice(kernel, &lattice, sums);
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

/// Centres whose columns and rows don't depend on each other.
struct LatticeCentres<'a> {
    first_column: i64,
    us: &'a [f64],
    vs: &'a [f64],
    runs: &'a [Run],
}

impl LatticeCentres<'_> {
    /// Row position of each run, its lattice columns (counted from the first) and its cells' sums.
    fn rows<'b>(
        &'b self,
        sums: &'b mut [TapSums],
    ) -> impl Iterator<Item = (f64, Range<usize>, &'b mut [TapSums])> + 'b {
        let mut rest = sums;
        self.runs.iter().zip(self.vs).map_while(move |(run, &v)| {
            let (cells, after) = std::mem::take(&mut rest).split_at_mut_checked(run.count as usize)?;
            rest = after;
            let start = run.start.saturating_sub(self.first_column) as usize;
            Some((v, start..start + cells.len(), cells))
        })
    }
}

/// The taps of lattice columns that lie in a block.
struct ColumnTaps {
    taps: Taps,
    pieces: Vec<TapPiece>,
    /// End of each lattice column's pieces.
    ends: Vec<usize>,
}

/// Neighbouring taps of one column that lie in a block; at both ends of a whole turn a column may have two.
#[derive(Debug, Clone)]
struct TapPiece {
    taps: Range<usize>,
    pixels: Range<usize>,
}

impl ColumnTaps {
    fn new<T: NodataSample>(kernel: &Stretched, us: &[f64], block: &Block<'_, '_, T>) -> Self {
        let mut taps = Taps::default();
        taps.set(kernel.kernel, kernel.stretch.0, us);
        let mut this = Self { taps, pieces: Vec::new(), ends: Vec::with_capacity(us.len()) };
        for column in 0..us.len() {
            let at = this.taps.at(column);
            let (first, count) = (at.first, at.weights.len());
            for shift in block.shifts() {
                let (taps, pixels) = cut(first.saturating_add(shift), count, block.window.left, block.window.right);
                if !taps.is_empty() {
                    this.pieces.push(TapPiece { taps, pixels });
                }
            }
            this.ends.push(this.pieces.len());
        }
        this
    }

    /// Those of some lattice columns, consecutive as they are.
    fn pieces(&self, columns: Range<usize>) -> &[TapPiece] {
        let end_of = |column: usize| self.ends.get(column).copied().unwrap_or(self.pieces.len());
        let start = columns.start.checked_sub(1).map_or(0, end_of);
        let end = columns.end.checked_sub(1).map_or(0, end_of);
        self.pieces.get(start..end).unwrap_or_default()
    }

    /// Lattice columns that have any.
    fn touched(&self, columns: Range<usize>) -> impl Iterator<Item = usize> + '_ {
        columns.filter(|&column| !self.pieces(column..column + 1).is_empty())
    }
}

/// Pixel columns of a block, each added up over the rows under a kernel.
#[derive(Debug, Default)]
struct PixelTaps {
    left: usize,
    /// Σ w·x over valid pixels.
    sums: Vec<f64>,
    /// Σ w over valid pixels.
    weights: Vec<f64>,
    /// Σ |w| over valid pixels.
    magnitudes: Vec<f64>,
    valid: Vec<u32>,
}

impl PixelTaps {
    fn reset(&mut self, left: usize, right: usize) {
        self.left = left;
        let len = right.saturating_sub(left);
        for column in [&mut self.sums, &mut self.weights, &mut self.magnitudes] {
            column.clear();
            column.resize(len, 0.0);
        }
        self.valid.clear();
        self.valid.resize(len, 0);
    }

    fn add<T: NodataSample>(&mut self, samples: &[T], validity: &Validity<T>, weight: f64) {
        let columns = self.sums.iter_mut().zip(&mut self.weights).zip(&mut self.magnitudes).zip(&mut self.valid);
        for (&sample, (((sum, weights), magnitude), valid)) in samples.iter().zip(columns) {
            let is_valid = validity.is_valid(sample);
            *sum += if is_valid { weight * sample.to_f64() } else { 0.0 };
            *weights += if is_valid { weight } else { 0.0 };
            *magnitude += if is_valid { weight.abs() } else { 0.0 };
            *valid += u32::from(is_valid);
        }
    }

    #[inline]
    fn fold(&self, piece: &TapPiece, weights: &[f64], partial: &mut TapSums) {
        let range = piece.pixels.start.saturating_sub(self.left)..piece.pixels.end.saturating_sub(self.left);
        let (Some(taps), Some(sums), Some(down), Some(magnitudes), Some(valid)) = (
            weights.get(piece.taps.clone()),
            self.sums.get(range.clone()),
            self.weights.get(range.clone()),
            self.magnitudes.get(range.clone()),
            self.valid.get(range),
        ) else {
            return;
        };
        let columns = sums.iter().zip(down).zip(magnitudes).zip(valid);
        for (&weight, (((&sum, &down), &magnitude), &valid)) in taps.iter().zip(columns) {
            partial.add(weight * down, weight * sum, weight.abs() * magnitude, valid);
        }
    }
}

struct Block<'a, 'b, T> {
    view: &'a View<'b, T>,
    window: Window,
    turn: Option<i64>,
}

impl<T: NodataSample> Block<'_, '_, T> {
    /// Kernels of more than a pixel: rows first, along all columns at once, then the columns under each cell. The work
    /// grows with a kernel's width, not with its area.
    fn fold_lattice(&self, kernel: &Stretched, centres: &LatticeCentres<'_>, sums: &mut [TapSums]) {
        let columns = ColumnTaps::new(kernel, centres.us, self);
        let mut row_taps = Taps::default();
        let mut pixels = PixelTaps::default();
        for (v, wanted, cells) in centres.rows(sums) {
            row_taps.set(kernel.kernel, kernel.stretch.1, &[v]);
            let rows = row_taps.at(0);
            let (tap_rows, block_rows) = cut(rows.first, rows.weights.len(), self.window.top, self.window.bottom);
            let pieces = columns.pieces(wanted.clone());
            let Some(left) = pieces.iter().map(|piece| piece.pixels.start).min() else { continue };
            let right = pieces.iter().map(|piece| piece.pixels.end).max().unwrap_or(left);
            if tap_rows.is_empty() {
                continue;
            }
            pixels.reset(left, right);
            for (row, &weight) in block_rows.zip(rows.weights.get(tap_rows).unwrap_or_default()) {
                pixels.add(self.view.span(row, left..right), self.view.validity(), weight);
            }
            for column in columns.touched(wanted.clone()) {
                let Some(sums) = cells.get_mut(column - wanted.start) else { continue };
                let weights = columns.taps.at(column).weights;
                let mut partial = TapSums::default();
                for piece in columns.pieces(column..column + 1) {
                    pixels.fold(piece, weights, &mut partial);
                }
                sums.merge(&partial);
            }
        }
    }

    /// The pixel that holds each centre.
    fn fold_nearest(&self, kernel: &Stretched, centres: &LatticeCentres<'_>, sums: &mut [TapSums]) {
        let columns = ColumnTaps::new(kernel, centres.us, self);
        for (v, wanted, cells) in centres.rows(sums) {
            if !v.is_finite() {
                continue;
            }
            let first = kernel.kernel.first_tap(v, kernel.stretch.1);
            for row in cut(first, 1, self.window.top, self.window.bottom).1 {
                for (column, sums) in wanted.clone().zip(&mut *cells) {
                    for piece in columns.pieces(column..column + 1) {
                        if let Some(value) = self.view.value(row, piece.pixels.start) {
                            sums.pixel(value, 1.0);
                        }
                    }
                }
            }
        }
    }

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
