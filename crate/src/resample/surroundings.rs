//! The part of the grid around a raster, which cells that reach far around the Earth are cut to: most projections have no
//! place, or a wrong one, for what lies on the other side.

use super::coverage::{Point, doubled_area};
use super::pieces::{Axis, pressed};

/// Longitudes and latitudes around a raster, with a margin.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Surroundings {
    west: f64,
    south: f64,
    east: f64,
    north: f64,
}

impl Surroundings {
    /// Around places in degrees, longitudes near that of the first; `None` where they go far around the Earth themselves.
    pub fn of(places: impl IntoIterator<Item = Point>) -> Option<Self> {
        let mut places = places.into_iter().filter(|place| place.0.is_finite() && place.1.is_finite());
        let (near, lat) = places.next()?;
        let mut around = Self { west: near, south: lat, east: near, north: lat };
        for (lon, lat) in places {
            let lon = lon - 360.0 * ((lon - near) / 360.0).round();
            around = Self {
                west: around.west.min(lon),
                south: around.south.min(lat),
                east: around.east.max(lon),
                north: around.north.max(lat),
            };
        }
        (around.east - around.west < WIDE_DEG).then_some(around)
    }

    /// Whether rings reach so far around the Earth that they are to be cut.
    pub fn is_wide<'a>(rings: impl Iterator<Item = &'a [Point]>) -> bool {
        rings.into_iter().any(|ring| {
            let (low, high) =
                ring.iter().fold((f64::INFINITY, f64::NEG_INFINITY), |(low, high), p| (low.min(p.0), high.max(p.0)));
            high - low > WIDE_DEG
        })
    }

    /// What of rings lies in here, and how many times larger the whole is.
    pub fn cut<'a>(&self, rings: impl Iterator<Item = &'a [Point]>) -> (Vec<Vec<Point>>, f64) {
        let (mut within, mut whole) = (Vec::new(), 0.0);
        for ring in rings {
            whole += doubled_area(ring);
            for turn in [-360.0, 0.0, 360.0] {
                let mut part: Vec<Point> = ring.iter().map(|&(lon, lat)| (lon + turn, lat)).collect();
                let is_left = pressed(&mut part, Axis::Column, self.west, 1.0)
                    && pressed(&mut part, Axis::Column, self.east, -1.0)
                    && pressed(&mut part, Axis::Row, self.south, 1.0)
                    && pressed(&mut part, Axis::Row, self.north, -1.0);
                if is_left {
                    within.push(part);
                }
            }
        }
        let area: f64 = within.iter().map(|ring| doubled_area(ring)).sum();
        (within, whole / area)
    }
}

/// Where an edge of a zone is that far away, no projection but the cylindrical ones is sure to have a place for it.
const WIDE_DEG: f64 = 90.0;
