//! One overview row from the rows of the level before.

use std::ops::Range;

use super::options::Overviews;
use super::sample::Sample;

/// One axis of a level and of its overview: `source_px` pixels and `target_px` pixels over the same extent.
///
/// In units of 1 / target_px of a source pixel every edge is an integer, so overlaps are exact.
#[derive(Debug, Clone, Copy)]
pub(super) struct Axis {
    source_px: u64,
    target_px: u64,
    /// The two sizes without their common factor.
    source_units: u64,
    target_units: u64,
}

impl Axis {
    pub(super) fn new(source_px: u32, target_px: u32) -> Self {
        let (source, target) = (u64::from(source_px), u64::from(target_px.max(1)));
        let factor = common_factor(source, target);
        Self { source_px: source, target_px: target, source_units: source / factor, target_units: target / factor }
    }

    /// The source pixels that `target` overlaps.
    pub(super) fn span(&self, target: u64) -> Range<u64> {
        let start = target * self.source_units / self.target_units;
        let end = ((target + 1) * self.source_units).div_ceil(self.target_units);
        start..end.min(self.source_px)
    }

    /// How much of `source` lies in `target`; positive over the span.
    fn weight(&self, target: u64, source: u64) -> u64 {
        let start = (source * self.target_units).max(target * self.source_units);
        let end = ((source + 1) * self.target_units).min((target + 1) * self.source_units);
        end.saturating_sub(start)
    }

    /// The source pixel that stands for `target`, as GDAL picks it.
    fn nearest(&self, target: u64) -> u64 {
        let pixel = (2 * target * self.source_units + self.target_units) / (2 * self.target_units);
        pixel.min(self.source_px.saturating_sub(1))
    }

    fn target_px(&self) -> u64 {
        self.target_px
    }
}

/// Row `target_row` of the overview. `rows` are whole source rows from `first_row` on that hold its span.
pub(super) fn reduce_row<T: Sample>(
    method: Overviews,
    (columns, lines): (&Axis, &Axis),
    target_row: u64,
    (rows, first_row): (&[T], u64),
    (bands, nodata): (usize, Option<T>),
) -> Vec<T> {
    let row_samples = columns.source_px as usize * bands;
    let row = |line: u64| rows.chunks_exact(row_samples).nth((line - first_row) as usize).unwrap_or(&[]);
    let sample = |row: &[T], column: u64, band: usize| row.get(column as usize * bands + band).copied();
    let mut out = Vec::with_capacity(columns.target_px as usize * bands);
    if method == Overviews::Nearest {
        let line = row(lines.nearest(target_row));
        for column in 0..columns.target_px() {
            out.extend((0..bands).map(|band| sample(line, columns.nearest(column), band).unwrap_or(T::ZERO)));
        }
        return out;
    }
    let lines: Vec<(&[T], u64)> =
        lines.span(target_row).map(|line| (row(line), lines.weight(target_row, line))).collect();
    let mut valid = Vec::with_capacity(9);
    for column in 0..columns.target_px() {
        for band in 0..bands {
            valid.clear();
            for &(line, line_weight) in &lines {
                for source in columns.span(column) {
                    if let Some(value) = sample(line, source, band).filter(|&value| is_valid(value, nodata)) {
                        valid.push((value, line_weight * columns.weight(column, source)));
                    }
                }
            }
            out.push(mean(&valid, nodata));
        }
    }
    out
}

/// Mean of valid values; nodata for none. Never nodata by accident.
fn mean<T: Sample>(valid: &[(T, u64)], nodata: Option<T>) -> T {
    if valid.is_empty() {
        return nodata.unwrap_or(T::ZERO);
    }
    let mean = T::mean(valid);
    if is_valid(mean, nodata) { mean } else { mean.neighbor() }
}

fn is_valid<T: Sample>(value: T, nodata: Option<T>) -> bool {
    nodata.is_none_or(|nodata| !value.is_same(nodata))
}

fn common_factor(a: u64, b: u64) -> u64 {
    if b == 0 { a.max(1) } else { common_factor(b, a % b) }
}

#[cfg(test)]
#[path = "reduce_tests.rs"]
mod tests;
