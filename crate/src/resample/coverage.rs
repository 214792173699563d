//! Exact fractions of pixels that a polygon covers, by signed-area accumulation as font rasterisers do it.
//!
//! Each edge leaves, in every pixel that it crosses, the height that it climbs there and the area to its right. A sweep
//! along the row adds them up: pixels on the outline get their exact fraction, pixels between get it as one span. The
//! work grows with the outline and with the rows, not with the area.

use std::ops::Range;

/// A position in pixel space: column (rightwards) and row (downwards), pixel `k` covering `[k, k + 1)`.
pub type Point = (f64, f64);

/// Receives what a polygon covers, row by row, left to right.
pub trait CoverageFold {
    /// A pixel on the outline, covered by `coverage` in (0, 1].
    fn pixel(&mut self, row: usize, col: usize, coverage: f64);

    /// Pixels off the outline, each covered by `coverage`: 1 in any simple polygon.
    fn span(&mut self, row: usize, cols: Range<usize>, coverage: f64);
}

/// A rectangle in pixel space.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct PixelBounds {
    pub left: f64,
    pub top: f64,
    pub right: f64,
    pub bottom: f64,
}

impl PixelBounds {
    /// The bounds of `points`; inverted (and so touching nothing) where there are none.
    #[must_use]
    pub fn of(points: &[Point]) -> Self {
        let empty =
            Self { left: f64::INFINITY, top: f64::INFINITY, right: f64::NEG_INFINITY, bottom: f64::NEG_INFINITY };
        points.iter().fold(empty, |bounds, &(u, v)| Self {
            left: bounds.left.min(u),
            top: bounds.top.min(v),
            right: bounds.right.max(u),
            bottom: bounds.bottom.max(v),
        })
    }

    /// The bounds of both.
    #[must_use]
    pub fn union(self, other: Self) -> Self {
        Self {
            left: self.left.min(other.left),
            top: self.top.min(other.top),
            right: self.right.max(other.right),
            bottom: self.bottom.max(other.bottom),
        }
    }
}

/// Twice the signed area of `ring`, positive where it runs clockwise as seen on a screen (rows downwards).
#[must_use]
pub fn doubled_area(ring: &[Point]) -> f64 {
    let Some(&(u0, v0)) = ring.first() else { return 0.0 };
    // Relative to the first vertex: far from the origin the plain formula cancels.
    ring.windows(2)
        .map(|pair| match *pair {
            [(ua, va), (ub, vb)] => (ua - u0) * (vb - v0) - (ub - u0) * (va - v0),
            _ => 0.0,
        })
        .sum()
}

/// Where a polygon is rasterised: a block's size and the position of its upper left corner in the polygon's space.
#[derive(Debug, Clone, Copy)]
pub struct Clip {
    pub left: f64,
    pub top: f64,
    pub width: usize,
    pub height: usize,
}

/// What a polygon needs beside its rings.
#[derive(Debug, Clone, Copy)]
pub struct Polygon {
    pub bounds: PixelBounds,
    /// +1 where rings run clockwise on a screen (positive [`doubled_area`]), −1 where they run the other way.
    pub orientation: f64,
    /// Pixels covered by this fraction or less are not touched.
    pub threshold: f64,
}

/// Reusable memory of the accumulation; all zero between polygons.
#[derive(Debug, Default)]
pub struct Rasterizer {
    /// Per pixel: height climbed by edges inside it, and the area to their right.
    sums: Vec<[f64; 2]>,
    /// Per row: a bit for each pixel that holds a part of the outline.
    marks: Vec<u64>,
    cols: usize,
    rows: usize,
    words: usize,
}

impl Rasterizer {
    /// Hands to `fold` the pixels of `clip` that the polygon covers; rows and columns count from the clip's corner.
    /// Rings are closed implicitly; holes run opposite to the outer ring.
    pub fn fold<'a>(
        &mut self,
        rings: impl Iterator<Item = &'a [Point]> + Clone,
        polygon: &Polygon,
        clip: &Clip,
        fold: &mut impl CoverageFold,
    ) {
        let Polygon { bounds, orientation, threshold } = *polygon;
        let cols = overlap(bounds.left - clip.left, bounds.right - clip.left, clip.width);
        let rows = overlap(bounds.top - clip.top, bounds.bottom - clip.top, clip.height);
        if cols.is_empty() || rows.is_empty() {
            return;
        }
        let left = clip.left + cols.start as f64;
        let band_rows = (BAND_PIXELS / cols.len()).max(1);
        let mut start = rows.start;
        while start < rows.end {
            let end = rows.end.min(start.saturating_add(band_rows));
            self.reset(cols.len(), end.saturating_sub(start));
            let top = clip.top + start as f64;
            for ring in rings.clone() {
                let Some(&last) = ring.last() else { continue };
                let mut from = (last.0 - left, last.1 - top);
                for &(u, v) in ring {
                    let to = (u - left, v - top);
                    // On a screen a clockwise ring climbs on its left: that edge opens the row.
                    self.edge(from, to, -orientation);
                    from = to;
                }
            }
            self.sweep(start, cols.start, threshold, fold);
            start = end;
        }
    }

    fn reset(&mut self, cols: usize, rows: usize) {
        self.cols = cols;
        self.rows = rows;
        self.words = cols.div_ceil(64);
        let pixels = cols.saturating_mul(rows);
        if self.sums.len() < pixels {
            self.sums.resize(pixels, [0.0; 2]);
        }
        let words = self.words.saturating_mul(rows);
        if self.marks.len() < words {
            self.marks.resize(words, 0);
        }
    }

    /// One edge, cut into its pieces per row.
    fn edge(&mut self, from: Point, to: Point, sign: f64) {
        let (upper, lower, sign) = if from.1 < to.1 { (from, to, sign) } else { (to, from, -sign) };
        let bottom = lower.1.min(self.rows as f64);
        let mut v = upper.1.max(0.0);
        if v >= bottom || v.is_nan() {
            return;
        }
        let slope = (lower.0 - upper.0) / (lower.1 - upper.1);
        let at = |v: f64| if v >= lower.1 { lower.0 } else { upper.0 + (v - upper.1) * slope };
        let mut u = if v > upper.1 { at(v) } else { upper.0 };
        let mut row = index(v);
        while v < bottom {
            let next_v = ((row + 1) as f64).min(bottom);
            let next_u = at(next_v);
            self.piece(row, u, next_u, (next_v - v) * sign);
            (u, v) = (next_u, next_v);
            row += 1;
        }
    }

    /// A part of an edge inside one row, from column position `a` to `b`, that climbs `height` (signed).
    #[inline]
    fn piece(&mut self, row: usize, a: f64, b: f64, mut height: f64) {
        let (mut left, mut right) = if a <= b { (a, b) } else { (b, a) };
        let width = self.cols as f64;
        if left >= width {
            return;
        }
        if right <= 0.0 {
            self.add(row, 0, height, height);
            return;
        }
        // Infinite for a vertical piece, which takes none of the branches that use it.
        let per_col = height / (right - left);
        if left < 0.0 {
            let outside = per_col * -left;
            self.add(row, 0, outside, outside);
            height -= outside;
            left = 0.0;
        }
        if right > width {
            height -= per_col * (right - width);
            right = width;
        }
        let first = index(left);
        if right <= (first + 1) as f64 {
            let mean = 0.5 * (left + right) - first as f64;
            self.add(row, first, height, height * (1.0 - mean));
            return;
        }
        let part = (first + 1) as f64 - left;
        self.add(row, first, per_col * part, per_col * part * part * 0.5);
        let mut col = first + 1;
        while ((col + 1) as f64) < right {
            self.add(row, col, per_col, per_col * 0.5);
            col += 1;
        }
        let part = right - col as f64;
        self.add(row, col, per_col * part, per_col * part * (1.0 - 0.5 * part));
    }

    #[inline]
    fn add(&mut self, row: usize, col: usize, height: f64, area: f64) {
        if let Some(sum) = self.sums.get_mut(row * self.cols + col) {
            sum[0] += height;
            sum[1] += area;
        }
        if let Some(word) = self.marks.get_mut(row * self.words + col / 64) {
            *word |= 1 << (col % 64);
        }
    }

    /// Adds up each row from the left, hands out what is covered and leaves zeros.
    fn sweep(&mut self, first_row: usize, first_col: usize, threshold: f64, fold: &mut impl CoverageFold) {
        let rows = self.sums.chunks_exact_mut(self.cols).zip(self.marks.chunks_exact_mut(self.words));
        for (row, (sums, marks)) in rows.take(self.rows).enumerate() {
            let row = first_row + row;
            let mut running = 0.0_f64;
            let mut next = 0;
            for (word_index, word) in marks.iter_mut().enumerate() {
                let mut bits = std::mem::take(word);
                while bits != 0 {
                    let col = word_index * 64 + bits.trailing_zeros() as usize;
                    bits &= bits - 1;
                    if col > next && running > threshold {
                        fold.span(row, first_col + next..first_col + col, whole(running));
                    }
                    let Some(sum) = sums.get_mut(col) else { continue };
                    let [height, area] = std::mem::take(sum);
                    let coverage = running + area;
                    running += height;
                    if coverage > threshold {
                        fold.pixel(row, first_col + col, coverage.min(1.0));
                    }
                    next = col + 1;
                }
            }
            if next < sums.len() && running > threshold {
                fold.span(row, first_col + next..first_col + sums.len(), whole(running));
            }
        }
    }
}

/// Pixels of `0..len` that `[low, high]` touches.
fn overlap(low: f64, high: f64, len: usize) -> Range<usize> {
    let limit = len as f64;
    if !(high > 0.0 && low < limit && low <= high) {
        return 0..0;
    }
    index(low.max(0.0))..index(high.min(limit).ceil())
}

/// The index of the pixel that holds a position ≥ 0. Through `i32`: wasm converts to `usize` ten times slower.
#[inline]
fn index(position: f64) -> usize {
    position as i32 as usize
}

/// A span's coverage without the rounding errors of its sum.
#[inline]
fn whole(coverage: f64) -> f64 {
    if (coverage - 1.0).abs() < ROUNDING { 1.0 } else { coverage }
}

/// Pixels that are accumulated at once: 1 MiB of sums, which stays in cache.
const BAND_PIXELS: usize = 1 << 16;

/// Far above the rounding errors of a row's sum, far below what anybody could tell from 1.
const ROUNDING: f64 = 1e-9;

#[cfg(test)]
#[path = "coverage_tests.rs"]
mod tests;
