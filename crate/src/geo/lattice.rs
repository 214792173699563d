//! A transformation of many points at the price of a few.

use super::{Bounds, Transformer};

/// Approximates a [`Transformer`] over an area: exact at the nodes of a regular lattice, bicubic between them, with
/// nodes added until the error, checked against the true transformation between all nodes, is under a bound.
#[derive(Debug, Clone)]
pub struct Lattice {
    area: Bounds,
    /// Intervals along x and along y.
    intervals: (usize, usize),
    /// Row by row from `min_y`, in each row from `min_x`.
    nodes: Vec<(f64, f64)>,
}

impl Lattice {
    /// A lattice over `area` (in the source CRS) whose error is at most `max_error` along each target axis (target
    /// units). `None` where no lattice of up to `max_nodes` does it: part of the area has no place in the target,
    /// the antimeridian or a pole cuts it, or it is so large that the exact way is cheaper.
    #[must_use]
    pub fn new(transformer: &Transformer, area: Bounds, max_error: f64, max_nodes: usize) -> Option<Self> {
        let mut per_axis = FIRST_INTERVALS;
        while (per_axis + 1).checked_mul(per_axis + 1)? <= max_nodes {
            let lattice = Self::with_intervals(transformer, area, per_axis)?;
            let error = lattice.worst_error(transformer);
            if error <= max_error * SAFETY {
                return Some(lattice);
            }
            // Cubic: half the spacing, a sixteenth of the error. What is 10⁵ off won't come in by doubling.
            if !error.is_finite() || error > max_error * 1e8 {
                return None;
            }
            per_axis *= 2;
        }
        None
    }

    /// Moves every point, in place. Points must lie in the area; a point outside it becomes `(NaN, NaN)`.
    pub fn transform(&self, points: &mut [(f64, f64)]) {
        let (across, up) = self.intervals;
        let scale_x = interval_count(across) / positive(self.area.width());
        let scale_y = interval_count(up) / positive(self.area.height());
        for point in points {
            *point = self
                .interpolate((point.0 - self.area.min_x) * scale_x, (point.1 - self.area.min_y) * scale_y)
                .unwrap_or((f64::NAN, f64::NAN));
        }
    }

    fn with_intervals(transformer: &Transformer, area: Bounds, per_axis: usize) -> Option<Self> {
        let mut nodes = Vec::with_capacity((per_axis + 1) * (per_axis + 1));
        for row in 0..=per_axis {
            let y = between(area.min_y, area.max_y, row, per_axis);
            nodes.extend((0..=per_axis).map(|col| (between(area.min_x, area.max_x, col, per_axis), y)));
        }
        transformer.transform(&mut nodes);
        let is_whole = nodes.iter().all(|node| node.0.is_finite() && node.1.is_finite());
        is_whole.then_some(Self { area, intervals: (per_axis, per_axis), nodes })
    }

    /// The largest error at the middles of the lattice's intervals and cells, where a cubic is furthest off.
    fn worst_error(&self, transformer: &Transformer) -> f64 {
        let (across, up) = self.intervals;
        let mut exact = Vec::with_capacity(3 * across * up);
        for row in 0..=2 * up {
            let step = 1 + usize::from(row % 2 == 0);
            let y = between(self.area.min_y, self.area.max_y, row, 2 * up);
            exact.extend(
                (step - 1..=2 * across)
                    .step_by(step)
                    .map(|col| (between(self.area.min_x, self.area.max_x, col, 2 * across), y)),
            );
        }
        let mut near = exact.clone();
        transformer.transform(&mut exact);
        self.transform(&mut near);
        exact.iter().zip(&near).fold(0.0, |worst, (exact, near)| {
            let error = (exact.0 - near.0).abs().max((exact.1 - near.1).abs());
            if error.is_nan() { f64::INFINITY } else { error.max(worst) }
        })
    }

    /// The value at lattice coordinates; `None` outside. Near the border the cubic's nodes lie on one side.
    fn interpolate(&self, u: f64, v: f64) -> Option<(f64, f64)> {
        let (across, up) = self.intervals;
        let (left, weights_x) = cubic(u, across)?;
        let (bottom, weights_y) = cubic(v, up)?;
        let mut sum = (0.0, 0.0);
        for (row, weight_y) in (bottom..).zip(weights_y) {
            let start = row * (across + 1) + left;
            let mut along = (0.0, 0.0);
            for (node, weight_x) in self.nodes.get(start..start + 4)?.iter().zip(weights_x) {
                along.0 += weight_x * node.0;
                along.1 += weight_x * node.1;
            }
            sum.0 += weight_y * along.0;
            sum.1 += weight_y * along.1;
        }
        Some(sum)
    }
}

/// First of the four nodes around a lattice coordinate and their Lagrange weights.
fn cubic(at: f64, intervals: usize) -> Option<(usize, [f64; 4])> {
    let last = interval_count(intervals);
    // A point of the area's edge may be rounded to a hair outside.
    if !(at >= -EDGE && at <= last + EDGE) {
        return None;
    }
    let first = (at.floor() - 1.0).clamp(0.0, last - 3.0);
    let t = at - first;
    let (t1, t2, t3) = (t - 1.0, t - 2.0, t - 3.0);
    #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "0 ≤ first ≤ intervals − 3")]
    Some((first as usize, [-t1 * t2 * t3 / 6.0, t * t2 * t3 / 2.0, -t * t1 * t3 / 2.0, t * t1 * t2 / 6.0]))
}

fn between(from: f64, to: f64, step: usize, steps: usize) -> f64 {
    from + (to - from) * (interval_count(step) / interval_count(steps))
}

#[expect(clippy::cast_precision_loss, reason = "lattices have far fewer than 2^52 nodes")]
fn interval_count(intervals: usize) -> f64 {
    intervals as f64
}

/// An extent to divide by: an area without width has all its points at the first node.
fn positive(extent: f64) -> f64 {
    if extent > 0.0 { extent } else { 1.0 }
}

const FIRST_INTERVALS: usize = 4;
const EDGE: f64 = 1e-9;
/// Between the checked points the error may be larger than at them; by this factor at most in the tests' CRSs.
const SAFETY: f64 = 0.5;

#[cfg(test)]
#[path = "lattice_tests.rs"]
mod tests;
