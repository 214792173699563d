//! A block into the area statistics of the cells that cover it.

use std::ops::Range;

use super::cover::{ColumnCovers, Cover};
use super::coverage::CoverageFold;
use super::covered::Covered;
use super::geometry::Rectangles;
use super::pixel_map::PixelMap;
use super::samples::View;
use super::sliver::threshold;
use super::statistics::{Partial, Statistic};
use crate::grid::Run;
use crate::raster::{NodataSample, Window};

/// Folds the pixels of a block that cells cover into them; `statistics` has one entry per cell.
#[inline(never)]
pub fn fold_covered<P: Partial, T: NodataSample>(
    covered: &Covered,
    view: &View<'_, T>,
    statistics: &mut [P::Statistic],
) {
    for (cell, all) in covered.cells() {
        let Some(statistic) = statistics.get_mut(cell) else { continue };
        let mut fold = CellFold { view, partial: P::default() };
        for pixels in all {
            if pixels.len == 1 {
                fold.pixel(pixels.row as usize, pixels.col as usize, pixels.coverage);
            } else {
                fold.span(pixels.row as usize, pixels.cols(), pixels.coverage);
            }
        }
        statistic.merge(fold.partial.finish());
    }
}

/// Folds a block into cells that are rectangles: the weights of rows and columns are found once for all cells. Sums alone
/// have a quicker way, [`super::fold_sums`].
#[inline(never)]
pub fn fold_rectangles<P: Partial, T: NodataSample>(
    rectangles: &Rectangles,
    runs: &[Run],
    map: &PixelMap,
    view: &View<'_, T>,
    window: Window,
    statistics: &mut [P::Statistic],
) {
    let columns = ColumnCovers::new(rectangles, map, window);
    let (top, height) = (f64::from(window.top), window.height() as usize);
    let mut first = 0;
    for (run, &(upper, lower)) in runs.iter().zip(rectangles.rows()) {
        let count = run.count as usize;
        let cells = statistics.get_mut(first..first + count).unwrap_or_default();
        first += count;
        let Some(rows) = Cover::new(upper - top, lower - top, height) else { continue };
        let start = rectangles.column(run);
        for column in columns.touched(start..start + count) {
            let Some(statistic) = cells.get_mut(column - start) else { continue };
            let width = rectangles.columns().get(column).map_or(f64::NAN, |(left, right)| right - left);
            let threshold = threshold(width * (lower - upper));
            let mut fold = CellFold { view, partial: P::default() };
            for row in rows.start..rows.end {
                let height = rows.at(row);
                for cols in columns.covers(column) {
                    fold_row(&mut fold, row, height, cols, threshold);
                }
            }
            statistic.merge(fold.partial.finish());
        }
    }
}

#[inline]
fn fold_row(fold: &mut impl CoverageFold, row: usize, height: f64, cols: &Cover, threshold: f64) {
    let mut pixel = |col: usize, coverage: f64| {
        if coverage > threshold {
            fold.pixel(row, col, coverage);
        }
    };
    pixel(cols.start, cols.first * height);
    if cols.end - cols.start > 1 {
        // Left to right, as the rasteriser does it: the same order, nearly the same bits.
        if cols.end - cols.start > 2 && height > threshold {
            fold.span(row, cols.start + 1..cols.end - 1, height);
        }
        let coverage = cols.last * height;
        if coverage > threshold {
            fold.pixel(row, cols.end - 1, coverage);
        }
    }
}

/// Hands covered pixels to a cell's statistic.
struct CellFold<'a, 'b, P, T> {
    view: &'a View<'b, T>,
    partial: P,
}

impl<P: Partial, T: NodataSample> CoverageFold for CellFold<'_, '_, P, T> {
    #[inline]
    fn pixel(&mut self, row: usize, col: usize, coverage: f64) {
        if let Some(value) = self.view.value(row, col) {
            self.partial.pixel(value, coverage, || self.view.area(row, col));
        }
    }

    #[inline]
    fn span(&mut self, row: usize, cols: Range<usize>, coverage: f64) {
        let (view, start) = (self.view, cols.start);
        self.partial.span(view.span(row, cols), view.validity(), coverage, |index| view.area(row, start + index));
    }
}
