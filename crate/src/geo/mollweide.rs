//! Mollweide, spherical. Ours because proj4rs 0.3.0 gives up within 0.8° of the poles, where it is 840 km off, and
//! refuses points on the outer ellipse.

use std::f64::consts::{PI, SQRT_2};

use proj4rs::Proj;

use super::transformer::wrap_radians;

/// The projection between longitude and latitude in radians and map coordinates in the CRS's unit.
#[derive(Debug, Clone, Copy)]
pub(super) struct Mollweide {
    radius: f64,
    lon_0: f64,
    false_easting: f64,
    false_northing: f64,
    metres_per_unit: f64,
}

impl Mollweide {
    /// The parameters of a proj4rs projection; its own formulas are not used.
    pub(super) fn new(projection: &Proj) -> Self {
        Self {
            radius: projection.ellipse_parameters().0,
            lon_0: projection.longitude_of_origin(),
            false_easting: projection.false_easting(),
            false_northing: projection.false_northing(),
            metres_per_unit: projection.to_meter(),
        }
    }

    /// Map coordinates of a place; NaN where the latitude is not within ±90°.
    pub(super) fn forward(&self, (lon, lat): (f64, f64)) -> (f64, f64) {
        // Rounding of 90° to radians and back may end a hair outside.
        if lat.is_nan() || lat.abs() > PI / 2.0 + 1e-12 {
            return (f64::NAN, f64::NAN);
        }
        let half = polar_angle(lat.abs()) / 2.0;
        let x = 2.0 * SQRT_2 / PI * wrap_radians(lon - self.lon_0) * half.sin();
        let y = SQRT_2 * half.cos() * lat.signum();
        (
            (self.radius * x + self.false_easting) / self.metres_per_unit,
            (self.radius * y + self.false_northing) / self.metres_per_unit,
        )
    }

    /// The place of map coordinates; NaN outside the ellipse.
    pub(super) fn inverse(&self, (x, y): (f64, f64)) -> (f64, f64) {
        let x = (x * self.metres_per_unit - self.false_easting) / self.radius;
        let y = (y * self.metres_per_unit - self.false_northing) / self.radius;
        // The tolerance takes in coordinates of the ellipse itself that were rounded outwards: 6 mm on the ground.
        let sine = y / SQRT_2;
        if sine.is_nan() || sine.abs() > 1.0 + EDGE {
            return (f64::NAN, f64::NAN);
        }
        let theta = sine.clamp(-1.0, 1.0).asin();
        let lat = ((2.0 * theta + (2.0 * theta).sin()) / PI).clamp(-1.0, 1.0).asin();
        let reach = 2.0 * SQRT_2 / PI * theta.cos();
        let lon = if x.abs() <= EDGE && reach <= EDGE { 0.0 } else { x / reach };
        if lon.is_nan() || lon.abs() > PI + EDGE / reach.max(EDGE) {
            return (f64::NAN, f64::NAN);
        }
        (wrap_radians(lon.clamp(-PI, PI) + self.lon_0), lat)
    }
}

/// The angle α = π − 2θ of Mollweide's auxiliary angle θ for a latitude ≥ 0: the solution of
/// α − sin α = π (1 − sin lat). Seen from the pole the equation has no cancellation and Newton's method converges
/// everywhere, unlike in θ, whose root is double there.
fn polar_angle(lat: f64) -> f64 {
    let half_colatitude = (PI / 2.0 - lat).max(0.0) / 2.0;
    let k = 2.0 * PI * half_colatitude.sin().powi(2);
    let mut angle = (6.0 * k).cbrt();
    if angle < 1e-2 {
        // α − sin α = α³/6 − α⁵/120 + …, inverted; the next term is below 1e-11 of α.
        return angle * (1.0 + angle * angle / 60.0);
    }
    for _ in 0..MAX_STEPS {
        let step = (angle - angle.sin() - k) / (1.0 - angle.cos());
        angle -= step;
        if step.abs() < 1e-15 {
            break;
        }
    }
    angle
}

const EDGE: f64 = 1e-9;
const MAX_STEPS: usize = 12;

#[cfg(test)]
#[path = "mollweide_tests.rs"]
mod tests;
