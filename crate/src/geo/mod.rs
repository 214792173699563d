//! Places: geotransforms, bounds, coordinate reference systems and the way from one to another.
//!
//! Coordinates are `(x, y)`: easting or longitude first, whatever order the CRS's authority writes. Longitudes and
//! latitudes are in degrees, everything else in the CRS's own unit.

mod bounds;
mod bounds_transform;
mod crs;
mod crs_table;
mod crs_text;
mod crs_wkt;
mod geotransform;
mod mollweide;
mod outline_transform;
mod seam;
mod separable;
mod transformer;

pub use bounds::Bounds;
pub use bounds_transform::transform_bounds;
pub use crs::{Crs, GeoKeyCrs, UserDefinedProjection};
pub use geotransform::GeoTransform;
pub use outline_transform::transform_outline;
pub use seam::seam_deg;
pub use separable::Separable;
pub use transformer::Transformer;
