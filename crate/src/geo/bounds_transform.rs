//! Bounds of one CRS in another.

use super::{Bounds, Transformer};
use crate::error::{Code, Error, Result};

/// The box in the target CRS around a box in the source CRS; `crs.outside` where no part of the box has a place there.
///
/// The edges are densified and the outermost points searched for between the samples, so the box is right to about a
/// millionth of its size. A pole inside takes in all longitudes. Towards a Mercator projection latitudes end at
/// ±85.0511°, where Web Mercator's square ends. In a geographic target the result has `min_x > max_x` where it crosses
/// the antimeridian; so may `bounds` in a geographic source.
pub fn transform_bounds(transformer: &Transformer, bounds: Bounds) -> Result<Bounds> {
    if transformer.is_identity() {
        return Ok(bounds);
    }
    let bounds = if transformer.from().is_geographic() { unwrapped(bounds) } else { bounds };
    let outline = Outline { transformer, bounds: within_reach(transformer, bounds)? };
    let samples = outline.samples();
    let (inside, is_polar) = outline.interior();
    let reached: Vec<(f64, f64)> =
        samples.iter().map(|sample| sample.1).chain(inside).filter(|at| is_place(*at)).collect();
    if reached.is_empty() {
        let (from, to) = (transformer.from(), transformer.to());
        let numbers = <[f64; 4]>::from(bounds);
        return Err(Error::new(
            Code::CrsOutside,
            format!("no part of the bounds {numbers:?} ({from}) has a place in {to}"),
        )
        .with_hint(format!(
            "check the order (longitude first) and the CRS of the bounds, or choose another than {to}"
        )));
    }
    let across = Bounds::around(reached.iter().copied());
    let min_y = -outline.furthest(&samples, |at| -at.1).unwrap_or(-across.min_y).max(-across.min_y);
    let max_y = outline.furthest(&samples, |at| at.1).unwrap_or(across.max_y).max(across.max_y);
    let (min_x, max_x) = if transformer.to().is_geographic() {
        outline.longitudes(&reached, is_polar)
    } else {
        (
            -outline.furthest(&samples, |at| -at.0).unwrap_or(-across.min_x).max(-across.min_x),
            outline.furthest(&samples, |at| at.0).unwrap_or(across.max_x).max(across.max_x),
        )
    };
    Ok(Bounds::new(min_x, min_y, max_x, max_y))
}

/// The edge of a box, walked once around: positions 0…4, one a side.
struct Outline<'a> {
    transformer: &'a Transformer,
    bounds: Bounds,
}

impl Outline<'_> {
    fn at(&self, position: f64) -> (f64, f64) {
        let Bounds { min_x, min_y, max_x, max_y } = self.bounds;
        let t = position.rem_euclid(1.0);
        let (x, y) = match position.rem_euclid(4.0) {
            side if side < 1.0 => (min_x + t * (max_x - min_x), min_y),
            side if side < 2.0 => (max_x, min_y + t * (max_y - min_y)),
            side if side < 3.0 => (max_x - t * (max_x - min_x), max_y),
            _ => (min_x, max_y - t * (max_y - min_y)),
        };
        self.transformer.transform_point(x, y)
    }

    /// Positions and their places in the target, all the way round.
    fn samples(&self) -> Vec<(f64, (f64, f64))> {
        (0..4 * STEPS)
            .map(|step| f64::from(step) / f64::from(STEPS))
            .map(|position| (position, self.at(position)))
            .collect()
    }

    /// Places inside the box, and whether a pole is among them.
    fn interior(&self) -> (Vec<(f64, f64)>, bool) {
        let Bounds { min_x, min_y, .. } = self.bounds;
        let (width, height) = (self.bounds.max_x - min_x, self.bounds.max_y - min_y);
        let part = |step: i32| f64::from(step) / f64::from(INTERIOR_STEPS);
        let mut points: Vec<_> = (1..INTERIOR_STEPS)
            .flat_map(|row| (1..INTERIOR_STEPS).map(move |col| (min_x + part(col) * width, min_y + part(row) * height)))
            .collect();
        self.transformer.transform(&mut points);
        let poles = self.poles();
        let is_polar = !poles.is_empty();
        points.extend(poles);
        (points, is_polar)
    }

    /// The poles that lie in the box, where the target is geographic and the source is not: no edge shows them.
    fn poles(&self) -> Vec<(f64, f64)> {
        let (from, to) = (self.transformer.from(), self.transformer.to());
        if from.is_geographic() || !to.is_geographic() {
            return Vec::new();
        }
        let Ok(back) = self.transformer.inverse() else { return Vec::new() };
        let lies_inside = |lat: f64| {
            // A pole that is a line on the map (cylindrical projections) is no place to go round.
            let (a, b) = (back.transform_point(0.0, lat), back.transform_point(120.0, lat));
            let is_one_point = (a.0 - b.0).hypot(a.1 - b.1) < 1e-3;
            is_one_point && self.bounds.contains(a.0, a.1)
        };
        [-90.0, 90.0].into_iter().filter(|lat| lies_inside(*lat)).map(|lat| (0.0, lat)).collect()
    }

    /// The greatest value of a coordinate along the outline: the best sample, improved between its neighbours.
    fn furthest(&self, samples: &[(f64, (f64, f64))], value: impl Fn((f64, f64)) -> f64) -> Option<f64> {
        let places = samples.iter().filter(|sample| is_place(sample.1));
        let best = places.max_by(|a, b| value(a.1).total_cmp(&value(b.1)))?;
        let step = 1.0 / f64::from(STEPS);
        let score =
            |position: f64| Some(value(self.at(position))).filter(|score| score.is_finite()).unwrap_or(f64::MIN);
        let (mut low, mut high) = (best.0 - step, best.0 + step);
        let mut found = value(best.1);
        for _ in 0..REFINEMENTS {
            let (a, b) = (low + (high - low) / 3.0, high - (high - low) / 3.0);
            let (score_a, score_b) = (score(a), score(b));
            found = found.max(score_a).max(score_b);
            if score_a < score_b { low = a } else { high = b }
        }
        Some(found)
    }

    /// West and east end in a geographic target: all the way round, or without the widest gap between the places.
    fn longitudes(&self, places: &[(f64, f64)], is_polar: bool) -> (f64, f64) {
        let mut lons: Vec<f64> = places.iter().map(|place| place.0).collect();
        lons.sort_unstable_by(f64::total_cmp);
        let (Some(&west), Some(&east)) = (lons.first(), lons.last()) else { return (-180.0, 180.0) };
        if is_polar {
            return (-180.0, 180.0);
        }
        let gaps = lons.windows(2).map(|pair| (pair[1] - pair[0], pair[1], pair[0]));
        let widest = gaps.max_by(|a, b| a.0.total_cmp(&b.0));
        match widest {
            // The box lies across the antimeridian, and the places leave out a part of the world.
            Some((gap, from, to)) if gap > 360.0 - (east - west) && gap > WIDEST_SAMPLE_GAP_DEG => (from, to),
            _ => (west, east),
        }
    }
}

/// Geographic bounds with `max_x` raised past 180° where they cross the antimeridian.
fn unwrapped(bounds: Bounds) -> Bounds {
    if bounds.crosses_antimeridian() { Bounds { max_x: bounds.max_x + 360.0, ..bounds } } else { bounds }
}

fn within_reach(transformer: &Transformer, bounds: Bounds) -> Result<Bounds> {
    let is_mercator = matches!(transformer.to().projection().projname(), "merc" | "webmerc");
    if !(is_mercator && transformer.from().is_geographic()) {
        return Ok(bounds);
    }
    let (min_y, max_y) = (bounds.min_y.max(-MERCATOR_END_DEG), bounds.max_y.min(MERCATOR_END_DEG));
    if min_y <= max_y {
        return Ok(Bounds { min_y, max_y, ..bounds });
    }
    let to = transformer.to();
    Err(Error::new(Code::CrsOutside, format!("the bounds lie within 5° of a pole, where {to} has no place for them"))
        .with_hint("choose a polar CRS such as EPSG:3413 or EPSG:3031"))
}

fn is_place(at: (f64, f64)) -> bool {
    at.0.is_finite() && at.1.is_finite()
}

const STEPS: i32 = 64;
const INTERIOR_STEPS: i32 = 16;
const REFINEMENTS: usize = 40;
/// Samples of a box around the world lie closer than this; a wider gap is one that the box leaves out.
const WIDEST_SAMPLE_GAP_DEG: f64 = 30.0;
const MERCATOR_END_DEG: f64 = 85.051_128_779_806_6;

#[cfg(test)]
#[path = "bounds_transform_tests.rs"]
mod tests;
