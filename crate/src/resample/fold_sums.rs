//! A block into the sums of cells that are rectangles. Pixel rows are added up first, over all cells of a row at once
//! and pixel column by pixel column, then the columns of each cell: the inner loop runs along whole rows of pixels,
//! whatever the width of a cell.

use super::cover::{ColumnCovers, Cover};
use super::geometry::Rectangles;
use super::pixel_map::PixelMap;
use super::samples::{Validity, View};
use super::sliver::threshold;
use super::statistics::{Statistic, Sums};
use crate::grid::Run;
use crate::raster::{NodataSample, Window};

/// Folds a block into the sums of cells that are rectangles; `statistics` has one entry per cell.
#[inline(never)]
pub fn fold_rectangle_sums<T: NodataSample>(
    rectangles: &Rectangles,
    runs: &[Run],
    map: &PixelMap,
    view: &View<'_, T>,
    window: Window,
    statistics: &mut [Sums],
) {
    let columns = ColumnCovers::new(rectangles, map, window);
    let (top, height) = (f64::from(window.top), window.height() as usize);
    let mut pixels = PixelColumns::default();
    let mut rest = statistics;
    for (run, &(upper, lower)) in runs.iter().zip(rectangles.rows()) {
        let count = run.count as usize;
        let Some((cells, after)) = rest.split_at_mut_checked(count) else { return };
        rest = after;
        let cover = Cover::new(upper - top, lower - top, height);
        let Some(rows) = cover.and_then(|cover| cover.without_slivers(threshold(lower - upper))) else { continue };
        let start = rectangles.column(run);
        let touched = columns.touched(start..start + count);
        let covers = touched.clone().flat_map(|column| columns.covers(column));
        let left = covers.clone().map(|cover| cover.start).min().unwrap_or(0);
        let right = covers.map(|cover| cover.end).max().unwrap_or(left);
        pixels.reset(left, right);
        for row in rows.start..rows.end {
            pixels.add(view.span(row, left..right), view.validity(), rows.at(row));
        }
        for column in touched {
            let Some(sums) = cells.get_mut(column - start) else { continue };
            let mut partial = Sums::default();
            columns.covers(column).iter().for_each(|cover| pixels.fold(cover, &mut partial));
            sums.merge(partial);
        }
    }
}

/// Pixel columns of a block, each added up over some rows.
#[derive(Debug, Default)]
struct PixelColumns {
    left: usize,
    /// Σ h·x over valid pixels, h being how much of the row counts.
    sums: Vec<f64>,
    /// Σ h over the valid pixels of rows that count in part.
    parts: Vec<f64>,
    /// Valid pixels of whole rows.
    counts: Vec<u32>,
}

impl PixelColumns {
    fn reset(&mut self, left: usize, right: usize) {
        self.left = left;
        let len = right.saturating_sub(left);
        self.sums.clear();
        self.sums.resize(len, 0.0);
        self.parts.clear();
        self.parts.resize(len, 0.0);
        self.counts.clear();
        self.counts.resize(len, 0);
    }

    /// Adds a row's samples, of which `height` counts.
    fn add<T: NodataSample>(&mut self, samples: &[T], validity: &Validity<T>, height: f64) {
        let sums = samples.iter().zip(&mut self.sums);
        if height == 1.0 {
            for ((&sample, sum), count) in sums.zip(&mut self.counts) {
                let is_valid = validity.is_valid(sample);
                *sum += if is_valid { sample.to_f64() } else { 0.0 };
                *count += u32::from(is_valid);
            }
        } else {
            for ((&sample, sum), part) in sums.zip(&mut self.parts) {
                let is_valid = validity.is_valid(sample);
                *sum += if is_valid { sample.to_f64() * height } else { 0.0 };
                *part += if is_valid { height } else { 0.0 };
            }
        }
    }

    /// Adds the columns under `cover` to a cell's sums, left to right.
    #[inline]
    fn fold(&self, cover: &Cover, sums: &mut Sums) {
        let range = cover.start.saturating_sub(self.left)..cover.end.saturating_sub(self.left);
        let (Some(values), Some(parts), Some(counts)) =
            (self.sums.get(range.clone()), self.parts.get(range.clone()), self.counts.get(range))
        else {
            return;
        };
        for (offset, ((&sum, &part), &count)) in values.iter().zip(parts).zip(counts).enumerate() {
            let width = cover.at(cover.start + offset);
            sums.add(width * (part + f64::from(count)), width * sum);
        }
    }
}

#[cfg(test)]
#[path = "fold_sums_tests.rs"]
mod tests;
