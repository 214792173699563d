//! Outlines of cells that reach over the edge of the world.

use super::Transformer;

/// Moves the corners of one convex outline, in place. A corner without a place in the target (north of the pole in a
/// cylindrical projection, outside a world map's ellipse) is pulled in to the last place on its way to `center`: along
/// y, else along x, else straight. `(NaN, NaN)` remain only where no part of the outline was found to have a place.
pub fn transform_outline(transformer: &Transformer, corners: &mut [(f64, f64)], center: (f64, f64)) {
    let sources = corners.to_vec();
    transformer.transform(corners);
    if corners.iter().all(|corner| is_place(*corner)) {
        return;
    }
    let Some(anchor) = anchor(transformer, &sources, corners, center) else { return };
    for (corner, source) in corners.iter_mut().zip(sources).filter(|(corner, _)| !is_place(**corner)) {
        let ways = [(source.0, anchor.1), (anchor.0, source.1), anchor];
        let found = ways.into_iter().find_map(|end| last_place(transformer, source, end));
        *corner = found.unwrap_or(*corner);
    }
}

/// A point of the outline that has a place: its centre, else the middle of the corners that have one.
fn anchor(
    transformer: &Transformer,
    sources: &[(f64, f64)],
    corners: &[(f64, f64)],
    center: (f64, f64),
) -> Option<(f64, f64)> {
    if is_place(transformer.transform_point(center.0, center.1)) {
        return Some(center);
    }
    let placed = sources.iter().zip(corners).filter(|(_, corner)| is_place(**corner)).map(|(source, _)| source);
    let sum = placed.fold((0.0, 0.0, 0.0), |sum, source| (sum.0 + source.0, sum.1 + source.1, sum.2 + 1.0));
    let middle = (sum.0 / sum.2, sum.1 / sum.2);
    (sum.2 > 0.0 && is_place(transformer.transform_point(middle.0, middle.1))).then_some(middle)
}

/// The place nearest to `from` on the way to `to`; `None` where `to` has none.
fn last_place(transformer: &Transformer, from: (f64, f64), to: (f64, f64)) -> Option<(f64, f64)> {
    let mut last = Some(transformer.transform_point(to.0, to.1)).filter(|place| is_place(*place))?;
    let (mut outside, mut inside) = (0.0, 1.0);
    for _ in 0..HALVINGS {
        let middle = f64::midpoint(outside, inside);
        let point = (from.0 + middle * (to.0 - from.0), from.1 + middle * (to.1 - from.1));
        let place = transformer.transform_point(point.0, point.1);
        if is_place(place) {
            (inside, last) = (middle, place);
        } else {
            outside = middle;
        }
    }
    Some(last)
}

fn is_place(at: (f64, f64)) -> bool {
    at.0.is_finite() && at.1.is_finite()
}

/// A cell of a million metres is cut to within a nanometre.
const HALVINGS: usize = 50;

#[cfg(test)]
#[path = "outline_transform_tests.rs"]
mod tests;
