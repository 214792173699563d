//! True areas of pixels, on the ellipsoid of the raster's CRS, in square metres.

use crate::error::Result;
use crate::geo::{Crs, GeoTransform, Transformer};
use crate::raster::Window;

/// What pixels of a level weigh where `weights` is `area`.
#[derive(Debug, Clone)]
pub struct PixelAreas {
    geotransform: GeoTransform,
    ellipsoid: Ellipsoid,
    /// To longitude and latitude on the same ellipsoid; `None` where rows are parallels and columns meridians.
    to_geographic: Option<Transformer>,
    /// The longer side of a pixel as the map says it, in metres.
    nominal_side_m: f64,
}

/// Areas of a block's pixels.
#[derive(Debug, Clone, PartialEq)]
pub enum BlockAreas {
    /// One for each row.
    Rows(Vec<f64>),
    /// One for each pixel, row by row.
    Pixels { width: usize, areas: Vec<f64> },
}

impl PixelAreas {
    /// Errors as [`Transformer::new`].
    pub fn new(crs: &Crs, geotransform: &GeoTransform) -> Result<Self> {
        // Web Mercator's formulas are those of a sphere, its latitudes those of WGS 84.
        let is_web_mercator = *crs == Crs::from_epsg(3857)?;
        let base = if is_web_mercator { Crs::from_epsg(4326)? } else { crs.clone() };
        let (semi_major_m, semi_minor_m) = base.ellipsoid_m();
        let ellipsoid = Ellipsoid::new(semi_major_m, semi_minor_m);
        let to_geographic = if is_web_mercator {
            Some(Transformer::new(crs, &base)?)
        } else if crs.is_geographic() && geotransform.is_axis_aligned() {
            None
        } else {
            // Without a datum, so that only the projection is undone.
            let geographic = Crs::parse(&format!("+proj=longlat +a={semi_major_m} +b={semi_minor_m} +no_defs"))?;
            Some(Transformer::new(crs, &geographic)?)
        };
        let (width, height) = geotransform.pixel_size();
        let metre_units = crs.metres_per_unit().unwrap_or(semi_major_m.to_radians());
        let nominal_side_m = (width.max(height) * metre_units).max(f64::MIN_POSITIVE);
        Ok(Self { geotransform: *geotransform, ellipsoid, to_geographic, nominal_side_m })
    }

    /// The areas of the pixels in `window`; 0 where a pixel has no place on the Earth.
    #[must_use]
    pub fn of(&self, window: Window) -> BlockAreas {
        let Some(to_geographic) = &self.to_geographic else { return BlockAreas::Rows(self.rows(window)) };
        let quads = Quads { areas: self, to_geographic };
        BlockAreas::Pixels { width: window.width() as usize, areas: quads.of(window) }
    }

    fn rows(&self, window: Window) -> Vec<f64> {
        let (width_deg, _) = self.geotransform.pixel_size();
        let lat_deg = |row: u32| self.geotransform.apply(0.0, f64::from(row)).1;
        let rows = window.top..window.bottom;
        rows.map(|row| self.ellipsoid.quadrangle_m2(width_deg, lat_deg(row), lat_deg(row + 1))).collect()
    }
}

impl BlockAreas {
    #[inline]
    #[must_use]
    pub fn at(&self, row: usize, col: usize) -> f64 {
        let area = match self {
            Self::Rows(areas) => areas.get(row),
            Self::Pixels { width, areas } => areas.get(row * width + col),
        };
        area.copied().unwrap_or(0.0)
    }
}

/// An ellipsoid of revolution.
#[derive(Debug, Clone, Copy)]
struct Ellipsoid {
    semi_major_m: f64,
    /// Square of the first eccentricity.
    e2: f64,
}

impl Ellipsoid {
    fn new(semi_major_m: f64, semi_minor_m: f64) -> Self {
        let ratio = semi_minor_m / semi_major_m;
        Self { semi_major_m, e2: (1.0 - ratio * ratio).max(0.0) }
    }

    /// Area between two meridians `width_deg` apart and two parallels: a²·Δλ·|q₂ − q₁| ÷ 2 with Snyder's q (Map
    /// Projections: A Working Manual, 1987, equation 3-12). The difference of the two q is taken before the terms are
    /// made, so that a pixel of a second of arc keeps its digits.
    fn quadrangle_m2(&self, width_deg: f64, lat_a_deg: f64, lat_b_deg: f64) -> f64 {
        let (a, b) = (lat_a_deg.clamp(-90.0, 90.0).to_radians(), lat_b_deg.clamp(-90.0, 90.0).to_radians());
        let (sin_a, sin_b) = (a.sin(), b.sin());
        let sin_difference = 2.0 * ((a + b) * 0.5).cos() * ((b - a) * 0.5).sin();
        let e = self.e2.sqrt();
        let product = self.e2 * sin_a * sin_b;
        let fraction =
            sin_difference * (1.0 + product) / ((1.0 - self.e2 * sin_a * sin_a) * (1.0 - self.e2 * sin_b * sin_b));
        let logarithm = if e == 0.0 { sin_difference } else { (e * sin_difference / (1.0 - product)).atanh() / e };
        let q = (1.0 - self.e2) * (fraction + logarithm);
        self.semi_major_m * self.semi_major_m * width_deg.to_radians() * q.abs() * 0.5
    }

    /// The point of the surface at a longitude and latitude, from the centre.
    fn point_m(&self, (lon_deg, lat_deg): (f64, f64)) -> [f64; 3] {
        let (sin_lon, cos_lon) = lon_deg.to_radians().sin_cos();
        let (sin_lat, cos_lat) = lat_deg.to_radians().sin_cos();
        let normal = self.semi_major_m / (1.0 - self.e2 * sin_lat * sin_lat).sqrt();
        [normal * cos_lat * cos_lon, normal * cos_lat * sin_lon, normal * (1.0 - self.e2) * sin_lat]
    }
}

/// Pixels as quadrilaterals in space: half the cross product of the diagonals between the corners' places on the
/// ellipsoid. It is the map's local scale at the pixel's centre up to (side ÷ Earth's radius)² ÷ 12, and has no
/// singular place: not at a pole, not where longitudes jump. Four smaller ones take the squared term out (Richardson).
struct Quads<'a> {
    areas: &'a PixelAreas,
    to_geographic: &'a Transformer,
}

impl Quads<'_> {
    fn of(&self, window: Window) -> Vec<f64> {
        let (left, top) = (f64::from(window.left), f64::from(window.top));
        let (width, height) = (window.width() as usize, window.height() as usize);
        let side_m = self.areas.nominal_side_m;
        let pieces = (side_m / LARGEST_PIECE_M).ceil().clamp(1.0, 64.0);
        let step = (NODE_DISTANCE_M / side_m).floor().clamp(1.0, 64.0);
        let at = |col: f64, row: f64| self.pixel((left + col + 0.5, top + row + 0.5), pieces);
        let every = || {
            let pixels = (0..height).flat_map(|row| (0..width).map(move |col| (col as f64, row as f64)));
            pixels.map(|(col, row)| at(col, row)).map(|area| if area.is_finite() { area } else { 0.0 }).collect()
        };
        if step < 2.0 {
            return every();
        }
        // Nodes every `step` pixels, from one before the first to one behind the last interval.
        let count = |len: usize| (len.saturating_sub(1) as f64 / step).floor() as usize + 4;
        let (across, down) = (count(width), count(height));
        let place = |node: usize| (node as f64 - 1.0) * step;
        let nodes: Vec<f64> = (0..down)
            .flat_map(|row| (0..across).map(move |col| (col, row)))
            .map(|(col, row)| at(place(col), place(row)))
            .collect();
        if !nodes.iter().all(|area| area.is_finite()) {
            // The edge of the map's world is no place to interpolate.
            return every();
        }
        interpolated(&nodes, across, step, (width, height))
    }

    /// Area around a position in pixels.
    fn pixel(&self, position: (f64, f64), pieces: f64) -> f64 {
        let (whole, halves) = (self.tiled(position, pieces), self.tiled(position, pieces * 2.0));
        halves + (halves - whole) / 3.0
    }

    /// Area around a position as `count` × `count` quadrilaterals.
    fn tiled(&self, (u, v): (f64, f64), count: f64) -> f64 {
        let place = |piece: usize| (piece as f64 + 0.5) / count - 0.5;
        let all = (0..count as usize).flat_map(|row| (0..count as usize).map(move |col| (col, row)));
        all.map(|(col, row)| self.quad((u + place(col), v + place(row)), 1.0 / count)).sum()
    }

    fn quad(&self, (u, v): (f64, f64), side: f64) -> f64 {
        let half = side * 0.5;
        let corner = |du: f64, dv: f64| self.areas.geotransform.apply(u + du, v + dv);
        let mut corners = [corner(-half, -half), corner(half, -half), corner(half, half), corner(-half, half)];
        self.to_geographic.transform(&mut corners);
        let [a, b, c, d] = corners.map(|corner| self.areas.ellipsoid.point_m(corner));
        let diagonal = |from: [f64; 3], to: [f64; 3]| [to[0] - from[0], to[1] - from[1], to[2] - from[2]];
        let (p, q) = (diagonal(a, c), diagonal(b, d));
        let normal = [p[1] * q[2] - p[2] * q[1], p[2] * q[0] - p[0] * q[2], p[0] * q[1] - p[1] * q[0]];
        normal.iter().map(|number| number * number).sum::<f64>().sqrt() * 0.5
    }
}

/// Every pixel's value from nodes `step` pixels apart, by cubics through four of them along both axes. The first node
/// lies one step before the first pixel.
fn interpolated(nodes: &[f64], across: usize, step: f64, (width, height): (usize, usize)) -> Vec<f64> {
    let along: Vec<(usize, [f64; 4])> = (0..width).map(|col| cubic(col as f64 / step)).collect();
    let rows: Vec<Vec<f64>> = nodes
        .chunks_exact(across)
        .map(|nodes| along.iter().map(|(first, weights)| weighed(nodes.get(*first..), weights)).collect())
        .collect();
    let mut all = Vec::with_capacity(width * height);
    for row in 0..height {
        let (first, weights) = cubic(row as f64 / step);
        let near = rows.get(first..first + 4).unwrap_or_default();
        all.extend((0..width).map(|col| {
            near.iter().zip(&weights).map(|(row, weight)| row.get(col).copied().unwrap_or(0.0) * weight).sum::<f64>()
        }));
    }
    all
}

fn weighed(values: Option<&[f64]>, weights: &[f64; 4]) -> f64 {
    values.unwrap_or_default().iter().zip(weights).map(|(value, weight)| value * weight).sum()
}

/// The first of the four nodes around a position, where node 0 lies at −1, and their weights.
fn cubic(position: f64) -> (usize, [f64; 4]) {
    let first = position.floor();
    let t = position - first;
    let weights = [
        -t * (t - 1.0) * (t - 2.0) / 6.0,
        (t + 1.0) * (t - 1.0) * (t - 2.0) / 2.0,
        -(t + 1.0) * t * (t - 2.0) / 2.0,
        (t + 1.0) * t * (t - 1.0) / 6.0,
    ];
    (first as usize, weights)
}

/// Beyond this the fourth power of side ÷ Earth's radius counts too.
const LARGEST_PIECE_M: f64 = 100_000.0;

/// How far apart areas are computed where they are interpolated between: the fourth power of its ratio to the Earth's
/// radius, 2e-10, bounds the error.
const NODE_DISTANCE_M: f64 = 25_000.0;

#[cfg(test)]
#[path = "pixel_area_tests.rs"]
mod tests;
