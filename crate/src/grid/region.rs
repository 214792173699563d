//! Where the centres of H3 cells must lie.

use super::polygon::{Point, Polygon};
use super::polygon_edges::EdgeIndex;
use crate::geo::{Bounds, Transformer};

/// A part of the Earth, in degrees.
#[derive(Debug)]
pub(super) enum Region {
    /// A box; `min_x > max_x` where it crosses the antimeridian.
    Box(Bounds),
    /// Polygons, in the plane beyond ±180.
    Polygons(EdgeIndex),
    /// A box of a projected CRS: the boxes in degrees around it, the way to the CRS.
    Projected { around: Vec<Bounds>, to: Box<Transformer>, bounds: Bounds },
    /// What lies in both.
    Both(Box<(Self, Self)>),
}

/// A disc on the Earth, in degrees.
#[derive(Debug, Clone, Copy)]
pub(super) struct Disc {
    pub(super) center: Point,
    /// Of a great circle.
    pub(super) reach: f64,
}

/// How much of a disc lies in a region.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Share {
    None,
    All,
    /// Some, or unknown.
    Some,
}

impl Region {
    pub(super) fn of_polygons(polygons: &[Polygon]) -> Self {
        Self::Polygons(EdgeIndex::new(polygons.iter().flatten().map(Vec::as_slice)))
    }

    /// Whether the place lies in it, edges included.
    pub(super) fn contains(&self, (lon, lat): Point) -> bool {
        match self {
            Self::Box(bounds) => {
                lat >= bounds.min_y && lat <= bounds.max_y && (lon - bounds.min_x).rem_euclid(360.0) <= bounds.width()
            }
            Self::Polygons(edges) => TURNS.iter().any(|turn| edges.contains(lon + turn, lat)),
            Self::Projected { to, bounds, .. } => {
                let (x, y) = to.transform_point(lon, lat);
                bounds.contains(x, y)
            }
            Self::Both(both) => both.0.contains((lon, lat)) && both.1.contains((lon, lat)),
        }
    }

    /// How much of a disc lies in it.
    pub(super) fn share(&self, disc: Disc) -> Share {
        match self {
            Self::Box(bounds) => share_of_box(bounds, disc),
            Self::Polygons(edges) => {
                let around = disc.bounds();
                let shifted = |turn: &f64| Bounds { min_x: around.min_x + turn, max_x: around.max_x + turn, ..around };
                if TURNS.iter().any(|turn| edges.touches(&shifted(turn))) {
                    Share::Some
                } else if self.contains(disc.center) {
                    Share::All
                } else {
                    Share::None
                }
            }
            Self::Projected { around, to, bounds } => {
                if around.iter().all(|bounds| share_of_box(bounds, disc) == Share::None) {
                    return Share::None;
                }
                if disc.lies_in(to, bounds) { Share::All } else { Share::Some }
            }
            Self::Both(both) => match (both.0.share(disc), both.1.share(disc)) {
                (Share::None, _) | (_, Share::None) => Share::None,
                (Share::All, Share::All) => Share::All,
                _ => Share::Some,
            },
        }
    }
}

fn share_of_box(bounds: &Bounds, disc: Disc) -> Share {
    let around = disc.bounds();
    if around.max_y < bounds.min_y || around.min_y > bounds.max_y {
        return Share::None;
    }
    let (width, across) = (bounds.width(), around.max_x - around.min_x);
    let west = (around.min_x - bounds.min_x).rem_euclid(360.0);
    if west > width && west + across < 360.0 {
        return Share::None;
    }
    let is_within = around.min_y >= bounds.min_y && around.max_y <= bounds.max_y;
    let is_between = width >= 360.0 || west + across <= width;
    if is_within && is_between { Share::All } else { Share::Some }
}

impl Disc {
    /// The box around it; all the way round where it holds a pole.
    pub(super) fn bounds(self) -> Bounds {
        let (lon, lat) = self.center;
        let (low, high) = (lat - self.reach, lat + self.reach);
        if low <= -90.0 || high >= 90.0 {
            return Bounds::new(-180.0, low, 180.0, high);
        }
        let sine = self.reach.to_radians().sin() / lat.to_radians().cos();
        let across = sine.clamp(-1.0, 1.0).asin().to_degrees();
        Bounds::new(lon - across, low, lon + across, high)
    }

    /// Whether its image lies in a box with room to spare: enough points of its edge say so for a disc that is small.
    fn lies_in(self, to: &Transformer, bounds: &Bounds) -> bool {
        if self.reach > SMALL_DEG || self.center.1.abs() + self.reach > 89.0 {
            return false;
        }
        let (lon, lat) = self.center;
        let stretch = lat.to_radians().cos();
        let edge = (0..POINTS).map(|k| f64::from(k) * std::f64::consts::TAU / f64::from(POINTS));
        let mut points: Vec<Point> =
            edge.map(|angle| (lon + self.reach * angle.cos() / stretch, lat + self.reach * angle.sin())).collect();
        to.transform(&mut points);
        if points.iter().any(|point| point.0.is_nan()) {
            return false;
        }
        let around = Bounds::around(points);
        let (spare_x, spare_y) = (around.width() * SPARE, around.height() * SPARE);
        around.min_x - spare_x >= bounds.min_x
            && around.max_x + spare_x <= bounds.max_x
            && around.min_y - spare_y >= bounds.min_y
            && around.max_y + spare_y <= bounds.max_y
    }
}

/// Polygons lie somewhere in −540 … 540.
const TURNS: [f64; 3] = [0.0, -360.0, 360.0];
const SMALL_DEG: f64 = 4.0;
const POINTS: i32 = 16;
const SPARE: f64 = 0.1;

#[cfg(test)]
#[path = "region_tests.rs"]
mod tests;
