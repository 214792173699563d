//! Edges of polygons, found by where they lie.

use super::polygon::{Point, edges};
use crate::geo::Bounds;

/// Edges in bands of equal height, so that a question about a place looks at few of them.
#[derive(Debug, Clone)]
pub(super) struct EdgeIndex {
    edges: Vec<(Point, Point)>,
    low: f64,
    bands_per_unit: f64,
    /// Edges of band `k` are `members[starts[k]..starts[k + 1]]`.
    starts: Vec<usize>,
    members: Vec<u32>,
}

impl EdgeIndex {
    pub(super) fn new<'a>(rings: impl Iterator<Item = &'a [Point]>) -> Self {
        let edges: Vec<(Point, Point)> = rings.flat_map(edges).collect();
        let (low, high) =
            edges.iter().fold((f64::INFINITY, f64::NEG_INFINITY), |(low, high), (a, _)| (low.min(a.1), high.max(a.1)));
        let height = high - low;
        // Long edges lie in many bands: fewer of them then, so that each edge is listed a few times.
        let climb: f64 = edges.iter().map(|(a, b)| (a.1 - b.1).abs()).sum();
        let most = (edges.len() as f64 * LISTED * height / climb.max(f64::MIN_POSITIVE)) as usize;
        let bands = (edges.len() / EDGES_PER_BAND).min(most).max(1);
        let bands_per_unit = if height > 0.0 { bands as f64 / height } else { 0.0 };
        let mut index = Self { edges, low, bands_per_unit, starts: vec![0; bands + 1], members: Vec::new() };
        let spans: Vec<_> = index.edges.iter().map(|&(a, b)| index.bands(a.1.min(b.1), a.1.max(b.1))).collect();
        for span in &spans {
            for band in span.clone() {
                index.starts[band + 1] += 1;
            }
        }
        for band in 0..bands {
            index.starts[band + 1] += index.starts[band];
        }
        let mut next = index.starts.clone();
        index.members = vec![0; index.starts[bands]];
        for (edge, span) in spans.into_iter().enumerate() {
            for band in span {
                index.members[next[band]] = edge as u32;
                next[band] += 1;
            }
        }
        index
    }

    /// Positions at which edges cross the height `y`, and +1 where one goes down there: into a counter-clockwise ring.
    pub(super) fn crossings(&self, y: f64) -> impl Iterator<Item = (f64, i32)> + '_ {
        self.between(y, y).filter_map(move |(a, b)| {
            let (goes_up, goes_down) = (a.1 <= y && b.1 > y, b.1 <= y && a.1 > y);
            (goes_up || goes_down).then(|| {
                let x = a.0 + (b.0 - a.0) * ((y - a.1) / (b.1 - a.1));
                (x, if goes_down { 1 } else { -1 })
            })
        })
    }

    /// Whether the rings hold the point.
    pub(super) fn contains(&self, x: f64, y: f64) -> bool {
        self.crossings(y).filter(|crossing| crossing.0 <= x).map(|crossing| crossing.1).sum::<i32>() > 0
    }

    /// Whether an edge may touch the box; never false where one does.
    pub(super) fn touches(&self, bounds: &Bounds) -> bool {
        self.between(bounds.min_y, bounds.max_y).any(|(a, b)| {
            let is_apart = a.0.max(b.0) < bounds.min_x
                || a.0.min(b.0) > bounds.max_x
                || a.1.max(b.1) < bounds.min_y
                || a.1.min(b.1) > bounds.max_y;
            if is_apart {
                return false;
            }
            // All corners on one side of the edge's line: it passes by.
            let side = |x: f64, y: f64| (b.0 - a.0) * (y - a.1) - (b.1 - a.1) * (x - a.0);
            let sides = [
                side(bounds.min_x, bounds.min_y),
                side(bounds.min_x, bounds.max_y),
                side(bounds.max_x, bounds.min_y),
                side(bounds.max_x, bounds.max_y),
            ];
            !(sides.iter().all(|&side| side > 0.0) || sides.iter().all(|&side| side < 0.0))
        })
    }

    /// Edges of the bands between two heights; some of them more than once, some outside.
    fn between(&self, low: f64, high: f64) -> impl Iterator<Item = (Point, Point)> + '_ {
        let bands = self.bands(low, high);
        let members = self.members.get(self.starts[bands.start]..self.starts[bands.end]).unwrap_or_default();
        members.iter().filter_map(|&edge| self.edges.get(edge as usize).copied())
    }

    fn bands(&self, low: f64, high: f64) -> std::ops::Range<usize> {
        let last = self.starts.len() - 2;
        let band = |y: f64| (((y - self.low) * self.bands_per_unit).max(0.0) as usize).min(last);
        band(low)..band(high) + 1
    }
}

const EDGES_PER_BAND: usize = 4;
/// How often an edge may be listed, on average.
const LISTED: f64 = 4.0;
