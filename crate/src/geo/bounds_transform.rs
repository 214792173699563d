//! Bounds of one CRS in another.

use super::{Bounds, Transformer};
use crate::error::{Code, Error, Result};

/// The box in the target CRS around a box in the source CRS, from densified edges; `crs.outside` where no part of the
/// box has a place in the target.
pub fn transform_bounds(transformer: &Transformer, bounds: Bounds) -> Result<Bounds> {
    let mut points = Vec::new();
    for step in 0..=32 {
        let t = f64::from(step) / 32.0;
        let (x, y) = (bounds.min_x + t * bounds.width(), bounds.min_y + t * bounds.height());
        points.extend([(x, bounds.min_y), (x, bounds.max_y), (bounds.min_x, y), (bounds.max_x, y)]);
    }
    transformer.transform(&mut points);
    let around = Bounds::around(points.into_iter().filter(|(x, y)| x.is_finite() && y.is_finite()));
    if around.min_x <= around.max_x {
        return Ok(around);
    }
    Err(Error::new(Code::CrsOutside, format!("no part of the bounds has a place in {}", transformer.to())))
}
