//! Rasters in memory, and the same numbers as the folds' by brute force.

use std::sync::Arc;

use super::cells::{CellStates, Place};
use super::coverage::{Point, Rasterizer, doubled_area};
use super::footprint::blocks_of;
use super::geometry::Geometry;
use super::kernel::Kernel;
use super::method::Method;
use super::pixel_area::PixelAreas;
use super::pixel_map::PixelMap;
use super::recipe::Recipe;
use super::scale::pixels_per_cell;
use crate::geo::{Crs, GeoTransform};
use crate::grid::{Cell, Grid, GridDefinition, Rings};
use crate::raster::Samples;
use crate::raster::{Block, Level, Nodata, Window};

/// A raster of `f64` samples; −9999 is nodata.
#[derive(Debug, Clone)]
pub struct Raster {
    pub crs: Crs,
    pub geotransform: GeoTransform,
    pub level: Level,
    pub values: Vec<f64>,
}

pub const NODATA: f64 = -9999.0;

/// Value and confidence of one cell.
#[derive(Debug, Clone, PartialEq)]
pub struct Got {
    pub cell: Cell,
    pub values: Vec<f64>,
    pub confidence: f64,
}

/// Deterministic noise in 0..1.
pub fn noise(seed: u64) -> impl FnMut() -> f64 {
    let mut state = seed.wrapping_mul(0x9E37_79B9_7F4A_7C15) | 1;
    move || {
        state ^= state << 13;
        state ^= state >> 7;
        state ^= state << 17;
        (state >> 11) as f64 / (1_u64 << 53) as f64
    }
}

impl Raster {
    /// The raster with its values rounded to few: classes.
    pub fn classified(mut self, classes: f64) -> Self {
        for value in self.values.iter_mut().filter(|value| **value != NODATA) {
            *value = (*value / 200.0 * classes).floor();
        }
        self
    }

    /// A raster whose pixels are noise, a tenth of them nodata.
    pub fn noisy(seed: u64, crs: &str, geotransform: [f64; 6], (width, height): (u32, u32), block: (u32, u32)) -> Self {
        let mut next = noise(seed);
        let count = (width * height) as usize;
        let values = (0..count).map(|_| if next() < 0.1 { NODATA } else { next() * 200.0 - 50.0 }).collect();
        let level = Level {
            width,
            height,
            block_width: block.0,
            block_height: block.1,
            blocks_across: width.div_ceil(block.0),
            blocks_down: height.div_ceil(block.1),
        };
        Self { crs: Crs::parse(crs).expect("a known CRS"), geotransform: GeoTransform(geotransform), level, values }
    }

    pub fn map(&self, grid: &Grid) -> PixelMap {
        PixelMap::new(grid.crs(), &self.crs, &self.geotransform, (self.level.width, self.level.height))
            .expect("a transformation")
    }

    pub fn at(&self, col: i64, row: i64) -> Option<f64> {
        let inside =
            (0..i64::from(self.level.width)).contains(&col) && (0..i64::from(self.level.height)).contains(&row);
        inside
            .then(|| self.values[row as usize * self.level.width as usize + col as usize])
            .filter(|&value| value != NODATA)
    }

    fn block(&self, window: Window) -> Block {
        let mut samples = Vec::new();
        for row in window.top..window.bottom {
            for col in window.left..window.right {
                samples.push(self.values[(row * self.level.width + col) as usize]);
            }
        }
        Block { samples: Samples::F64(samples), validity: None, width: window.width(), height: window.height() }
    }

    /// Every cell's values as the folds give them; `general` forbids the recognition of rectangles.
    pub fn resample(&self, grid: &Grid, methods: &[Method], general: bool) -> Vec<Got> {
        self.weighted(grid, methods, general, None)
    }

    /// [`Raster::resample`] with pixels that weigh by their areas.
    pub fn weighted(&self, grid: &Grid, methods: &[Method], general: bool, areas: Option<PixelAreas>) -> Vec<Got> {
        let map = self.map(grid);
        let recipe = Recipe::new(methods, pixels_per_cell(grid, &map), areas);
        let mut got = Vec::new();
        for index in 0..grid.chunk_count() {
            let chunk = grid.chunk(index);
            let geometry = if general {
                Geometry::general(grid, &map, &self.level, &chunk.runs, recipe.needs())
            } else {
                Geometry::new(grid, &map, &self.level, &chunk.runs, recipe.needs())
            };
            let place = Place { map: &map, runs: &chunk.runs, geometry: &geometry };
            let mut states = [CellStates::new(&recipe, chunk.cell_count())];
            for id in blocks_of(&self.level, &recipe, place) {
                let window = self.level.block_window(id);
                let used = Window { right: window.right.min(map.size().0), ..window };
                let areas = recipe.areas.as_ref().map(|areas| Arc::new(areas.of(window)));
                let pixels = recipe.pixels(self.block(window), Nodata::Float(NODATA), areas);
                let rasterizer = &mut Rasterizer::default();
                CellStates::fold(&mut states, &recipe, place, &[pixels], (id, used), rasterizer);
            }
            let done = states[0].finish(&recipe, (1.0, 0.0), place);
            for (index, cell) in chunk.cells().enumerate() {
                let values = done.columns.iter().map(|column| column[index]).collect();
                got.push(Got { cell, values, confidence: done.confidence[index] });
            }
        }
        got
    }
}

pub fn grid(json: &str) -> Grid {
    Grid::new(&GridDefinition::from_json(json).expect("a definition")).expect("a grid")
}

/// A cell's only ring in pixels, each edge as `pieces` chords.
pub fn dense_outline(map: &PixelMap, grid: &Grid, cell: Cell, pieces: usize) -> Vec<Point> {
    dense_outlines(map, grid, cell, pieces).swap_remove(0)
}

/// A cell's rings in pixels, each edge as `pieces` chords.
pub fn dense_outlines(map: &PixelMap, grid: &Grid, cell: Cell, pieces: usize) -> Vec<Vec<Point>> {
    let mut rings = Rings::default();
    grid.outline(cell, &mut rings);
    let dense = |corners: &[Point]| {
        let mut ring = Vec::new();
        for (index, &from) in corners.iter().enumerate() {
            let to = corners[(index + 1) % corners.len()];
            for piece in 0..pieces {
                let t = piece as f64 / pieces as f64;
                ring.push((from.0 + (to.0 - from.0) * t, from.1 + (to.1 - from.1) * t));
            }
        }
        map.map(&mut ring);
        ring
    };
    rings.cell(0).map(dense).collect()
}

/// Pixels that a ring covers and by how much, by clipping it to each (Sutherland–Hodgman).
pub fn covered(ring: &[Point]) -> Vec<(i64, i64, f64)> {
    let extent = |of: fn(&Point) -> f64| {
        let low = ring.iter().map(of).fold(f64::INFINITY, f64::min);
        let high = ring.iter().map(of).fold(f64::NEG_INFINITY, f64::max);
        low.floor() as i64..high.ceil() as i64
    };
    let mut pixels = Vec::new();
    for row in extent(|point| point.1) {
        for col in extent(|point| point.0) {
            let coverage = doubled_area(&clip_to_pixel(ring, col as f64, row as f64)).abs() * 0.5;
            if coverage > 1e-10 {
                pixels.push((col, row, coverage));
            }
        }
    }
    pixels
}

/// The part of a ring that lies in the pixel with its corner at `(u, v)`.
pub fn clip_to_pixel(ring: &[Point], u: f64, v: f64) -> Vec<Point> {
    let sides = [(0, u, 1.0), (0, u + 1.0, -1.0), (1, v, 1.0), (1, v + 1.0, -1.0)];
    let mut ring: Vec<[f64; 2]> = ring.iter().map(|point| [point.0, point.1]).collect();
    for (axis, limit, sign) in sides {
        let mut kept = Vec::new();
        for (index, &to) in ring.iter().enumerate() {
            let from = ring[(index + ring.len() - 1) % ring.len()];
            let (a, b) = ((from[axis] - limit) * sign, (to[axis] - limit) * sign);
            if (a < 0.0) != (b < 0.0) {
                let t = a / (a - b);
                let mut cut = [from[0] + (to[0] - from[0]) * t, from[1] + (to[1] - from[1]) * t];
                cut[axis] = limit;
                kept.push(cut);
            }
            if b >= 0.0 {
                kept.push(to);
            }
        }
        ring = kept;
    }
    ring.into_iter().map(|point| (point[0], point[1])).collect()
}

/// An area method over pixels (value, coverage, area), straight from its definition.
pub fn naive_area(pixels: &[(f64, f64, f64)], method: Method) -> f64 {
    if pixels.is_empty() {
        return f64::NAN;
    }
    let total = |of: &dyn Fn(f64) -> f64| pixels.iter().map(|&(value, c, area)| c * area * of(value)).sum::<f64>();
    let weight = total(&|_| 1.0);
    let mean = total(&|value| value) / weight;
    // Each value with its weight, in ascending order.
    let mut shares: Vec<(f64, f64)> = Vec::new();
    for &(value, coverage, area) in pixels {
        match shares.iter_mut().find(|share| share.0 == value) {
            Some(share) => share.1 += coverage * area,
            None => shares.push((value, coverage * area)),
        }
    }
    shares.sort_by(|a, b| a.0.total_cmp(&b.0));
    let heaviest = shares.iter().fold(0.0, |most: f64, share| most.max(share.1));
    let lightest = shares.iter().fold(f64::INFINITY, |least: f64, share| least.min(share.1));
    match method {
        Method::Count => pixels.iter().map(|pixel| pixel.1).sum(),
        Method::Sum => mean * weight,
        Method::Average => mean,
        Method::Variance => total(&|value| (value - mean).powi(2)) / weight,
        Method::Stdev => naive_area(pixels, Method::Variance).sqrt(),
        Method::Rms => (total(&|value| value * value) / weight).sqrt(),
        Method::Min => shares[0].0,
        Method::Max => shares[shares.len() - 1].0,
        Method::Mode => shares.iter().rfind(|share| share.1 >= heaviest * (1.0 - 1e-9)).expect("one is heaviest").0,
        Method::Minority => shares.iter().find(|share| share.1 <= lightest * (1.0 + 1e-9)).expect("one is lightest").0,
        Method::Variety => shares.len() as f64,
        Method::Median => naive_quantile(&shares, 0.5),
        Method::Quantile(q) => naive_quantile(&shares, q.get()),
        _ => f64::NAN,
    }
}

/// exactextract's weighted quantile of (value, weight) in ascending order: on the line through the points at which its
/// values stand.
fn naive_quantile(shares: &[(f64, f64)], q: f64) -> f64 {
    let last = shares.len() - 1;
    let stand = |k: usize| {
        let before: f64 = shares[..k].iter().map(|share| share.1).sum();
        k as f64 * shares[k].1 + last as f64 * before
    };
    let place = q * last as f64 * shares.iter().map(|share| share.1).sum::<f64>();
    let right = (0..=last).find(|&k| stand(k) > place);
    match right {
        Some(0) => shares[0].0,
        None => shares[last].0,
        Some(k) => {
            let part = (place - stand(k - 1)) / (stand(k) - stand(k - 1));
            shares[k - 1].0 * (1.0 - part) + shares[k].0 * part
        }
    }
}

/// A point method at `(u, v)`, pixel by pixel; value and confidence.
pub fn naive_point(raster: &Raster, method: Method, (u, v): Point, scale: (f64, f64), turn: Option<i64>) -> (f64, f64) {
    let kernel = match method {
        Method::Nearest => {
            let value = raster.at(turned(u.floor() as i64, turn), v.floor() as i64);
            return value.map_or((f64::NAN, 0.0), |value| (value, 1.0));
        }
        Method::Bilinear => Kernel::Triangle,
        Method::Cubic => Kernel::CatmullRom,
        Method::CubicSpline => Kernel::Spline,
        _ => Kernel::Lanczos,
    };
    let is_stretched = scale.0 > 2.0 || scale.1 > 2.0;
    let (across, down) = if is_stretched { (scale.0.max(1.0), scale.1.max(1.0)) } else { (1.0, 1.0) };
    let radius = f64::from(kernel.radius());
    let (mut weights, mut sum, mut valid, mut all, mut lacks) = (0.0, 0.0, 0.0_f64, 0.0_f64, false);
    for row in (v - radius * down - 1.0).floor() as i64..=(v + radius * down + 1.0).ceil() as i64 {
        for col in (u - radius * across - 1.0).floor() as i64..=(u + radius * across + 1.0).ceil() as i64 {
            let x = (col as f64 + 0.5 - u) / across;
            let y = (row as f64 + 0.5 - v) / down;
            // Of the pixels at exactly the radius, which have no weight, the ones to the right and below belong to it.
            if x <= -radius || x > radius || y <= -radius || y > radius {
                continue;
            }
            let weight = kernel.weight(x) * kernel.weight(y);
            all += weight.abs();
            match raster.at(turned(col, turn), row) {
                Some(value) => {
                    weights += weight;
                    sum += weight * value;
                    valid += weight.abs();
                }
                None => lacks = true,
            }
        }
    }
    if kernel == Kernel::CatmullRom && lacks && (across, down) == (1.0, 1.0) {
        return naive_point(raster, Method::Bilinear, (u, v), scale, turn);
    }
    if weights < 1e-6 { (f64::NAN, 0.0) } else { (sum / weights, valid / all) }
}

fn turned(col: i64, turn: Option<i64>) -> i64 {
    turn.map_or(col, |turn| col.rem_euclid(turn))
}

/// Equal, or both NaN, to a tolerance relative to values above 1.
#[track_caller]
pub fn assert_near(got: f64, expected: f64, tolerance: f64, what: &str) {
    let is_near = (got.is_nan() && expected.is_nan()) || (got - expected).abs() <= tolerance * expected.abs().max(1.0);
    assert!(is_near, "{what}: got {got}, expected {expected}");
}
