//! A transformation whose axes don't depend on each other.

use super::{Crs, Transformer};

/// The two axes of a [`Transformer`] between geographic and cylindrical CRSs of one datum: a lattice of m × n points
/// costs m + n evaluations. Exact: the same bits as [`Transformer::transform`].
#[derive(Debug, Clone, Copy)]
pub struct Separable<'a> {
    transformer: &'a Transformer,
    /// A place on both CRSs, in the source: where the other axis is held.
    held: (f64, f64),
}

impl<'a> Separable<'a> {
    pub(super) fn new(transformer: &'a Transformer) -> Option<Self> {
        if transformer.is_identity() {
            return Some(Self { transformer, held: (0.0, 0.0) });
        }
        let (from, to) = (transformer.from(), transformer.to());
        let are_cylindrical = is_cylindrical(from) && is_cylindrical(to);
        if !are_cylindrical || datum_of(from).ne(datum_of(to)) {
            return None;
        }
        let projection = from.projection();
        let held =
            (projection.false_easting() / projection.to_meter(), projection.false_northing() / projection.to_meter());
        let (x, y) = transformer.transform_point(held.0, held.1);
        (x.is_finite() && y.is_finite()).then_some(Self { transformer, held })
    }

    /// Moves x coordinates, in place; NaN where one has no place in the target.
    pub fn transform_x(&self, xs: &mut [f64]) {
        let mut points: Vec<_> = xs.iter().map(|&x| (x, self.held.1)).collect();
        self.transformer.transform(&mut points);
        for (x, point) in xs.iter_mut().zip(points) {
            *x = point.0;
        }
    }

    /// Moves y coordinates, in place; NaN where one has no place in the target.
    pub fn transform_y(&self, ys: &mut [f64]) {
        let mut points: Vec<_> = ys.iter().map(|&y| (self.held.0, y)).collect();
        self.transformer.transform(&mut points);
        for (y, point) in ys.iter_mut().zip(points) {
            *y = point.1;
        }
    }
}

/// Whether x is longitude times a constant and y a function of latitude alone.
fn is_cylindrical(crs: &Crs) -> bool {
    const NAMES: [&str; 7] = ["latlong", "longlat", "merc", "webmerc", "eqc", "cea", "mill"];
    NAMES.contains(&crs.projection().projname()) && crs.projection().is_normalized_axis()
}

/// The words of a definition that say which datum its latitudes and longitudes belong to.
fn datum_of(crs: &Crs) -> impl Iterator<Item = &str> {
    const KEYS: [&str; 9] = ["datum", "ellps", "towgs84", "nadgrids", "pm", "a", "b", "rf", "R"];
    crs.definition().split_whitespace().filter(|word| {
        let key = word.trim_start_matches('+').split('=').next().unwrap_or_default();
        KEYS.contains(&key)
    })
}

#[cfg(test)]
#[path = "separable_tests.rs"]
mod tests;
