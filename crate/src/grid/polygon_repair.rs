//! Polygons made valid.

use i_overlay::core::fill_rule::FillRule;
use i_overlay::core::overlay_rule::OverlayRule;
use i_overlay::float::simplify::SimplifyShape;
use i_overlay::float::single::SingleFloatOverlay;

use super::polygon::{Polygon, orient};

/// What a person means by polygons that cross themselves: everything that an outer ring goes around (both halves of a
/// bow-tie), without what its holes go around, and parts that overlap as one.
///
/// Crossings are found on a lattice of 2⁶² steps over the polygons, far finer than their coordinates' digits.
pub(super) fn repaired(polygons: &[Polygon]) -> Vec<Polygon> {
    let mut parts: Vec<Vec<[f64; 2]>> = Vec::new();
    for polygon in polygons {
        let rings: Vec<Vec<[f64; 2]>> =
            polygon.iter().map(|ring| ring.iter().map(|&(x, y)| [x, y]).collect()).collect();
        let Some((outer, holes)) = rings.split_first() else { continue };
        let outer = outer.simplify_shape_as::<i64>(FillRule::NonZero);
        let shapes = if holes.is_empty() {
            outer
        } else {
            outer.overlay_as::<i64>(&holes.to_vec(), OverlayRule::Difference, FillRule::NonZero)
        };
        parts.extend(shapes.into_iter().flatten());
    }
    let united = parts.simplify_shape_as::<i64>(FillRule::NonZero);
    let polygon = |shape: Vec<Vec<[f64; 2]>>| {
        let mut polygon: Polygon =
            shape.into_iter().map(|ring| ring.into_iter().map(|[x, y]| (x, y)).collect()).collect();
        orient(&mut polygon);
        polygon
    };
    united.into_iter().map(polygon).collect()
}
