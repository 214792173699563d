//! Large polygons cut to the blocks that they touch, so that a block costs what lies in it.

use std::ops::Range;

use super::coverage::Point;
use crate::raster::{BlockId, Level};

/// The part of a polygon in one block: rings that cover there what the polygon's do.
#[derive(Debug, Clone)]
pub struct Piece {
    pub block: BlockId,
    pub rings: Vec<Vec<Point>>,
}

/// Cuts rings to the blocks of a level. Halving the level again and again costs the outline times the logarithm of
/// the blocks.
pub struct Cutter<'a> {
    pub level: &'a Level,
    /// Columns and rows that are used.
    pub size: (u32, u32),
}

impl Cutter<'_> {
    /// Adds the pieces of `rings` to `pieces`.
    pub fn cut(&self, rings: Vec<Vec<Point>>, pieces: &mut Vec<Piece>) {
        let cols = 0..self.size.0.div_ceil(self.level.block_width.max(1));
        let rows = 0..self.size.1.div_ceil(self.level.block_height.max(1));
        // The world outside of the raster is left out first.
        let within = self.within(rings, &cols, &rows);
        self.halve(within, cols, rows, pieces);
    }

    fn halve(&self, rings: Vec<Vec<Point>>, cols: Range<u32>, rows: Range<u32>, pieces: &mut Vec<Piece>) {
        if rings.is_empty() || cols.is_empty() || rows.is_empty() {
            return;
        }
        if cols.len() == 1 && rows.len() == 1 {
            pieces.push(Piece { block: BlockId { col: cols.start, row: rows.start }, rings });
            return;
        }
        let halves = if rows.len() >= cols.len() {
            let middle = rows.start + (rows.end - rows.start) / 2;
            [(cols.clone(), rows.start..middle), (cols, middle..rows.end)]
        } else {
            let middle = cols.start + (cols.end - cols.start) / 2;
            [(cols.start..middle, rows.clone()), (middle..cols.end, rows)]
        };
        for (cols, rows) in halves {
            let within = self.within(rings.clone(), &cols, &rows);
            self.halve(within, cols, rows, pieces);
        }
    }

    /// What the rings cover in a range of blocks.
    fn within(&self, rings: Vec<Vec<Point>>, cols: &Range<u32>, rows: &Range<u32>) -> Vec<Vec<Point>> {
        let (width, height) = (f64::from(self.level.block_width), f64::from(self.level.block_height));
        let sides = [
            (Axis::Column, f64::from(cols.start) * width, 1.0),
            (Axis::Column, f64::from(cols.end) * width, -1.0),
            (Axis::Row, f64::from(rows.start) * height, 1.0),
            (Axis::Row, f64::from(rows.end) * height, -1.0),
        ];
        let mut kept = rings;
        for (axis, limit, sign) in sides {
            kept.retain_mut(|ring| pressed(ring, axis, limit, sign));
        }
        kept
    }
}

#[derive(Debug, Clone, Copy)]
pub enum Axis {
    Column,
    Row,
}

impl Axis {
    fn of(self, point: Point) -> f64 {
        match self {
            Self::Column => point.0,
            Self::Row => point.1,
        }
    }

    fn put(self, point: Point, position: f64) -> Point {
        match self {
            Self::Column => (position, point.1),
            Self::Row => (point.0, position),
        }
    }
}

/// Presses what lies beyond a limit (above it for sign −1, below for +1) onto it: on the near side the ring covers what
/// it did. False where nothing is left there.
pub fn pressed(ring: &mut Vec<Point>, axis: Axis, limit: f64, sign: f64) -> bool {
    let depth = |point: Point| (axis.of(point) - limit) * sign;
    let (mut has_near, mut has_far) = (false, false);
    for &point in ring.iter() {
        has_near |= depth(point) > 0.0;
        has_far |= depth(point) < 0.0;
    }
    if !has_near || !has_far {
        return has_near;
    }
    let mut out: Vec<Point> = Vec::with_capacity(ring.len() + 8);
    let Some(&last) = ring.last() else { return false };
    let mut from = last;
    for &to in ring.iter() {
        let (a, b) = (depth(from), depth(to));
        if (a < 0.0 && b > 0.0) || (a > 0.0 && b < 0.0) {
            push(&mut out, axis, limit, crossing(from, to, axis, limit));
        }
        push(&mut out, axis, limit, if b < 0.0 { axis.put(to, limit) } else { to });
        from = to;
    }
    std::mem::swap(ring, &mut out);
    ring.len() > 2
}

/// Adds a point; of a way along the limit only the ends stay.
fn push(out: &mut Vec<Point>, axis: Axis, limit: f64, point: Point) {
    if let [.., before, last] = out.as_slice()
        && [*before, *last, point].iter().all(|&point| axis.of(point) == limit)
    {
        out.pop();
    }
    out.push(point);
}

/// Where an edge meets the limit: the same bits from either end.
fn crossing(from: Point, to: Point, axis: Axis, limit: f64) -> Point {
    let (a, b) = if axis.of(from) < axis.of(to) { (from, to) } else { (to, from) };
    let t = (limit - axis.of(a)) / (axis.of(b) - axis.of(a));
    match axis {
        Axis::Column => (limit, a.1 + (b.1 - a.1) * t),
        Axis::Row => (a.0 + (b.0 - a.0) * t, limit),
    }
}

#[cfg(test)]
#[path = "pieces_tests.rs"]
mod tests;
