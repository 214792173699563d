//! Coordinates of one CRS in another.

use std::f64::consts::PI;

use proj4rs::Proj;
use proj4rs::transform::{Transform, TransformClosure, transform};

use super::Crs;
use super::crs_table::{WEB_MERCATOR, WGS84};
use super::mollweide::Mollweide;
use super::separable::Separable;
use crate::error::{Code, Error, Result};

/// The way from one CRS to another, built once and used for any number of points, in any thread.
///
/// Datum shifts are those of the CRSs' seven Helmert parameters; without parameters on either side latitudes and
/// longitudes pass unchanged. Shifts by grid files are not applied.
#[derive(Debug, Clone)]
pub struct Transformer {
    from: Crs,
    to: Crs,
    path: Path,
}

#[derive(Clone)]
enum Path {
    Identity,
    ToWebMercator,
    FromWebMercator,
    General(Box<General>),
}

#[derive(Clone)]
struct General {
    from: Side,
    to: Side,
}

/// One end of a general path. A Mollweide end is computed here, around the geographic CRS that it is based on.
#[derive(Clone)]
struct Side {
    projection: Proj,
    mollweide: Option<Mollweide>,
}

impl Transformer {
    /// The way from `from` to `to`; `crs.no_transformation` naming both where one of them can't be computed in the
    /// direction that is needed.
    pub fn new(from: &Crs, to: &Crs) -> Result<Self> {
        let path = match (from.definition(), to.definition()) {
            _ if from == to => Path::Identity,
            (WGS84, WEB_MERCATOR) => Path::ToWebMercator,
            (WEB_MERCATOR, WGS84) => Path::FromWebMercator,
            _ => Path::General(Box::new(General::new(from, to).map_err(|why| {
                Error::new(Code::CrsNoTransformation, format!("no transformation from {from} to {to}: {why}"))
                    .with_hint("choose a grid in a CRS that both can be transformed to, such as EPSG:4326")
            })?)),
        };
        Ok(Self { from: from.clone(), to: to.clone(), path })
    }

    #[must_use]
    pub fn from(&self) -> &Crs {
        &self.from
    }

    #[must_use]
    pub fn to(&self) -> &Crs {
        &self.to
    }

    /// Whether coordinates stay as they are.
    #[must_use]
    pub fn is_identity(&self) -> bool {
        matches!(self.path, Path::Identity)
    }

    /// Moves every point, in place. A point that has no place in the target becomes `(NaN, NaN)`. Longitudes in the
    /// result are within ±180°, except under the identity, which leaves all as it is.
    pub fn transform(&self, points: &mut [(f64, f64)]) {
        match &self.path {
            Path::Identity => {}
            Path::ToWebMercator => points.iter_mut().for_each(|point| *point = to_web_mercator(*point)),
            Path::FromWebMercator => points.iter_mut().for_each(|point| *point = from_web_mercator(*point)),
            Path::General(general) => general.transform(points),
        }
    }

    /// One point; `(NaN, NaN)` where it has no place in the target.
    #[must_use]
    pub fn transform_point(&self, x: f64, y: f64) -> (f64, f64) {
        let mut points = [(x, y)];
        self.transform(&mut points);
        points[0]
    }

    /// The two axes on their own, where the target's x depends on x alone and its y on y alone (cylindrical
    /// projections of one datum); else `None`.
    #[must_use]
    pub fn separable(&self) -> Option<Separable<'_>> {
        Separable::new(self)
    }

    /// The way back. It exists whenever this one does: every projection here has both directions.
    pub fn inverse(&self) -> Result<Self> {
        Self::new(&self.to, &self.from)
    }
}

impl General {
    fn new(from: &Crs, to: &Crs) -> std::result::Result<Self, String> {
        let general = Self { from: Side::new(from)?, to: Side::new(to)? };
        if !general.from.projection.has_inverse() {
            return Err(format!("{from} has no way back to longitude and latitude"));
        }
        if !general.to.projection.has_forward() {
            return Err(format!("{to} can't be reached from longitude and latitude"));
        }
        Ok(general)
    }

    fn transform(&self, points: &mut [(f64, f64)]) {
        if let Some(mollweide) = &self.from.mollweide {
            points.iter_mut().for_each(|point| *point = mollweide.inverse(*point));
        } else if self.from.projection.is_latlong() {
            points.iter_mut().for_each(|point| *point = (point.0.to_radians(), point.1.to_radians()));
        }
        // The wrapper never reports an error: points that fail are NaN from then on.
        let _ = transform(&self.from.projection, &self.to.projection, &mut Points(points));
        if let Some(mollweide) = &self.to.mollweide {
            points.iter_mut().for_each(|point| *point = mollweide.forward(*point));
        } else if self.to.projection.is_latlong() {
            points.iter_mut().for_each(|point| *point = (wrap_deg(point.0.to_degrees()), point.1.to_degrees()));
        }
        for point in points.iter_mut().filter(|point| !(point.0.is_finite() && point.1.is_finite())) {
            *point = NOWHERE;
        }
    }
}

impl Side {
    fn new(crs: &Crs) -> std::result::Result<Self, String> {
        let projection = crs.projection().clone();
        if projection.projname() != "moll" {
            return Ok(Self { projection, mollweide: None });
        }
        let mollweide = Mollweide::new(&projection);
        let geographic = crs.definition().replace("+proj=moll", "+proj=longlat");
        let projection = Proj::from_proj_string(&geographic).map_err(|cause| cause.to_string())?;
        Ok(Self { projection, mollweide: Some(mollweide) })
    }
}

impl std::fmt::Debug for Path {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(match self {
            Self::Identity => "Identity",
            Self::ToWebMercator => "ToWebMercator",
            Self::FromWebMercator => "FromWebMercator",
            Self::General(_) => "General",
        })
    }
}

/// Points for proj4rs, which would stop at the first that fails and leave the rest half done.
struct Points<'a>(&'a mut [(f64, f64)]);

impl Transform for Points<'_> {
    fn transform_coordinates<F: TransformClosure>(&mut self, f: &mut F) -> proj4rs::errors::Result<()> {
        for point in self.0.iter_mut() {
            if point.0.is_finite() && point.1.is_finite() {
                // The edge of the world, such as a pole of a cylindrical projection, may be rounded to a hair outside.
                *point = place(f(point.0, point.1, 0.0))
                    .or_else(|| place(f(point.0 * INWARDS, point.1 * INWARDS, 0.0)))
                    .unwrap_or(NOWHERE);
            }
        }
        Ok(())
    }
}

fn place(result: proj4rs::errors::Result<(f64, f64, f64)>) -> Option<(f64, f64)> {
    result.ok().map(|(x, y, _)| (x, y)).filter(|(x, y)| x.is_finite() && y.is_finite())
}

/// `EPSG:4326` to `EPSG:3857`.
fn to_web_mercator((lon_deg, lat_deg): (f64, f64)) -> (f64, f64) {
    if !(lat_deg.abs() <= 90.0 && lon_deg.is_finite()) {
        return NOWHERE;
    }
    (wrap_deg(lon_deg).to_radians() * EARTH_RADIUS_M, lat_deg.to_radians().tan().asinh() * EARTH_RADIUS_M)
}

/// `EPSG:3857` to `EPSG:4326`.
fn from_web_mercator((x, y): (f64, f64)) -> (f64, f64) {
    if !(x.is_finite() && y.is_finite()) {
        return NOWHERE;
    }
    (wrap_deg((x / EARTH_RADIUS_M).to_degrees()), (y / EARTH_RADIUS_M).sinh().atan().to_degrees())
}

/// The same longitude within ±180°; ±180 stay what they are, rounding outwards included.
pub(super) fn wrap_deg(lon_deg: f64) -> f64 {
    if lon_deg.abs() <= 180.0 + OVERSHOOT {
        return lon_deg.clamp(-180.0, 180.0);
    }
    (lon_deg + 180.0).rem_euclid(360.0) - 180.0
}

/// The same angle within ±π; ±π stay what they are, rounding outwards included.
pub(super) fn wrap_radians(angle: f64) -> f64 {
    if angle.abs() <= PI + OVERSHOOT {
        return angle.clamp(-PI, PI);
    }
    (angle + PI).rem_euclid(2.0 * PI) - PI
}

const INWARDS: f64 = 1.0 - 1e-15;
const OVERSHOOT: f64 = 1e-10;
const NOWHERE: (f64, f64) = (f64::NAN, f64::NAN);
const EARTH_RADIUS_M: f64 = 6_378_137.0;

#[cfg(test)]
#[path = "transformer_tests.rs"]
mod tests;
