//! Pixels per cell: what kernels widen by and overviews are chosen by.

use super::coverage::{Point, doubled_area};
use super::pixel_map::PixelMap;
use crate::grid::{Cell, Grid, Rings};

/// Pixels per cell along columns and rows: one pair for a whole request, from up to 100 cells spread over the grid, as
/// GDAL ≥ 3.13 finds its `XSCALE` and `YSCALE` (whose reciprocals these are). (1, 1) where no cell has a place.
#[must_use]
pub fn pixels_per_cell(grid: &Grid, map: &PixelMap) -> (f64, f64) {
    let sizes: Vec<(f64, f64)> = sampled_cells(grid).filter_map(|cell| size_px(grid, map, cell)).collect();
    (mean_scale(sizes.iter().map(|size| size.0)), mean_scale(sizes.iter().map(|size| size.1)))
}

/// Cells at equal steps through the grid's chunks.
fn sampled_cells(grid: &Grid) -> impl Iterator<Item = Cell> + '_ {
    let chunks = grid.chunk_count();
    (0..SAMPLES).filter_map(move |sample| {
        let position = (sample as f64 + 0.5) / SAMPLES as f64 * chunks as f64;
        let chunk = grid.chunk(position as u64);
        let cells = chunk.cell_count();
        let within = (position.fract() * cells as f64) as usize;
        chunk.cells().nth(within)
    })
}

/// Size of a cell's image in pixels along columns and rows; `None` where it has no place.
fn size_px(grid: &Grid, map: &PixelMap, cell: Cell) -> Option<(f64, f64)> {
    let mut rings = Rings::default();
    grid.outline(cell, &mut rings);
    map.map(&mut rings.vertices);
    let (mut doubled, mut sides) = (0.0, None);
    let mut start = 0;
    for &end in &rings.ring_ends {
        let ring = rings.vertices.get_mut(start..end)?;
        start = end;
        let mut before = ring.first()?.0;
        for point in ring.iter_mut() {
            point.0 = map.unwrap(point.0, before);
            before = point.0;
        }
        doubled += doubled_area(ring);
        sides = rectangle_sides(ring);
    }
    let side = (doubled.abs() * 0.5).sqrt();
    if !(side.is_finite() && side > 0.0) {
        return None;
    }
    Some(sides.filter(|_| rings.ring_ends.len() == 1).unwrap_or((side, side)))
}

/// Sides of a nearly upright rectangle; `None` for other shapes, whose two scales are one.
fn rectangle_sides(ring: &[Point]) -> Option<(f64, f64)> {
    let [a, b, c, d] = *ring else { return None };
    let edge = |from: Point, to: Point| ((to.0 - from.0).abs(), (to.1 - from.1).abs());
    let (mut across, mut down) = (Vec::new(), Vec::new());
    for (u, v) in [edge(a, b), edge(b, c), edge(c, d), edge(d, a)] {
        if v <= u * MAX_SLOPE {
            across.push(u.hypot(v));
        } else if u <= v * MAX_SLOPE {
            down.push(u.hypot(v));
        }
    }
    let side = |lengths: &[f64]| match *lengths {
        [a, b] if (a - b).abs() <= MAX_DIFFERENCE * a.max(b) => Some((a + b) * 0.5),
        _ => None,
    };
    Some((side(&across)?, side(&down)?))
}

/// The mean of sizes, taken over their reciprocals; whole where it nearly is.
fn mean_scale(sizes: impl Iterator<Item = f64> + Clone) -> f64 {
    let least = sizes.clone().fold(f64::INFINITY, f64::min);
    // A cell at a pole may be ten times as wide as the others: it says nothing of them.
    let usual = sizes.filter(|&size| size <= least * 10.0);
    let (count, sum) = usual.fold((0.0, 0.0), |(count, sum), size| (count + 1.0, sum + 1.0 / size));
    if sum <= 0.0 {
        return 1.0;
    }
    let scale = count / sum;
    let whole = f64::round(scale);
    if whole >= 1.0 && (scale - whole).abs() < 0.05 { whole } else { scale }
}

const SAMPLES: usize = 100;

/// Tangent of 20°: more rotated than this, sides don't run along rows and columns any more.
const MAX_SLOPE: f64 = 0.364;

/// Difference of opposite sides that a rectangle may have.
const MAX_DIFFERENCE: f64 = 0.1;
