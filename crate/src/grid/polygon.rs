//! Polygons in the plane of their CRS, and how those in degrees come to lie in a plane.

pub(super) type Point = (f64, f64);

/// The outer ring, then its holes; no ring repeats its first vertex.
pub(super) type Polygon = Vec<Vec<Point>>;

/// Twice the signed area, positive counter-clockwise.
pub(super) fn doubled_area(ring: &[Point]) -> f64 {
    let Some(&(x0, y0)) = ring.first() else { return 0.0 };
    // Relative to the first vertex: far from the origin the plain formula cancels.
    let cross = |a: Point, b: Point| (a.0 - x0) * (b.1 - y0) - (b.0 - x0) * (a.1 - y0);
    ring.windows(2).map(|pair| cross(pair[0], pair[1])).sum()
}

/// Whether all vertices lie on one line.
pub(super) fn is_line(ring: &[Point]) -> bool {
    let [a, rest @ ..] = ring else { return true };
    let away = |p: &Point| (p.0 - a.0, p.1 - a.1);
    let length = |d: (f64, f64)| d.0.hypot(d.1);
    let Some(along) = rest.iter().map(away).max_by(|d, e| length(*d).total_cmp(&length(*e))) else { return true };
    rest.iter().map(away).all(|d| along.0 * d.1 - along.1 * d.0 == 0.0)
}

/// Area-weighted centre of rings whose holes run clockwise; NaN where they have no area.
pub(super) fn centroid<'a>(rings: impl Iterator<Item = &'a [Point]>) -> Point {
    let (mut origin, mut sum, mut weight) = (None, (0.0, 0.0), 0.0);
    for ring in rings {
        let Some(&first) = ring.first() else { continue };
        let (x0, y0) = *origin.get_or_insert(first);
        for (a, b) in edges(ring) {
            let (a, b) = ((a.0 - x0, a.1 - y0), (b.0 - x0, b.1 - y0));
            let cross = a.0 * b.1 - b.0 * a.1;
            sum.0 += (a.0 + b.0) * cross;
            sum.1 += (a.1 + b.1) * cross;
            weight += 3.0 * cross;
        }
    }
    let (x0, y0) = origin.unwrap_or((f64::NAN, f64::NAN));
    if weight == 0.0 { (f64::NAN, f64::NAN) } else { (x0 + sum.0 / weight, y0 + sum.1 / weight) }
}

/// The edges of a ring, the closing one first.
pub(super) fn edges(ring: &[Point]) -> impl Iterator<Item = (Point, Point)> + '_ {
    let before = ring.last().into_iter().chain(ring);
    before.zip(ring).map(|(&a, &b)| (a, b))
}

/// The ring's extent along x.
pub(super) fn extent(ring: &[Point]) -> (f64, f64) {
    ring.iter().fold((f64::INFINITY, f64::NEG_INFINITY), |(low, high), p| (low.min(p.0), high.max(p.0)))
}

/// Middle of the ring's extent along x.
fn middle(ring: &[Point]) -> f64 {
    let (low, high) = extent(ring);
    f64::midpoint(low, high)
}

/// Outer rings counter-clockwise, holes clockwise.
pub(super) fn orient(polygon: &mut Polygon) {
    for (index, ring) in polygon.iter_mut().enumerate() {
        if (doubled_area(ring) > 0.0) != (index == 0) {
            ring.reverse();
        }
    }
}

/// Moves rings in degrees by whole turns: holes to their outer rings, polygons to the largest of them.
pub(super) fn gather(polygons: &mut [Polygon]) {
    let turns = |from: f64, to: f64| -360.0 * ((from - to) / 360.0).round();
    let shift = |ring: &mut Vec<Point>, by: f64| {
        if by != 0.0 {
            ring.iter_mut().for_each(|point| point.0 += by);
        }
    };
    let area = |polygon: &Polygon| polygon.first().map_or(0.0, |ring| doubled_area(ring).abs());
    let largest = polygons.iter().max_by(|a, b| area(a).total_cmp(&area(b)));
    let Some(near) = largest.and_then(|polygon| polygon.first()).map(|ring| middle(ring)) else { return };
    for polygon in polygons {
        let Some((outer, holes)) = polygon.split_first_mut() else { continue };
        shift(outer, turns(middle(outer), near));
        let center = middle(outer);
        for hole in holes {
            shift(hole, turns(middle(hole), center));
        }
    }
}

/// Cuts the holes of polygons that go all around the Earth where these begin and end: a hole there lies on both sides.
pub(super) fn cut_holes(polygons: &mut [Polygon]) {
    for polygon in polygons {
        let Some((outer, holes)) = polygon.split_first() else { continue };
        let (west, east) = extent(outer);
        if east - west < 360.0 - ROUNDING_DEG {
            continue;
        }
        let reaches_out = |hole: &Vec<Point>| {
            let (low, high) = extent(hole);
            low < west - ROUNDING_DEG || high > east + ROUNDING_DEG
        };
        if !holes.iter().any(reaches_out) {
            continue;
        }
        let mut cut = vec![outer.clone()];
        for hole in holes {
            if !reaches_out(hole) {
                cut.push(hole.clone());
                continue;
            }
            for turn in [-360.0, 0.0, 360.0] {
                let moved = hole.iter().map(|&(x, y)| (x + turn, y)).collect();
                let within = half(half(moved, west, 1.0), east, -1.0);
                if within.len() > 2 && !is_line(&within) {
                    cut.push(within);
                }
            }
        }
        *polygon = cut;
    }
}

/// The part of a ring to the east (`side` +1) or the west (−1) of a meridian.
fn half(ring: Vec<Point>, meridian: f64, side: f64) -> Vec<Point> {
    let is_in = |point: &Point| (point.0 - meridian) * side >= 0.0;
    let mut part = Vec::with_capacity(ring.len() + 2);
    for (a, b) in edges(&ring) {
        if is_in(&a) != is_in(&b) {
            part.push((meridian, a.1 + (b.1 - a.1) * (meridian - a.0) / (b.0 - a.0)));
        }
        if is_in(&b) {
            part.push(b);
        }
    }
    part.dedup();
    part
}

/// A ring in degrees as one in the plane: an edge that would be longer than half a turn goes the other way, over the
/// antimeridian, and a ring around a pole is closed along it. Edges of a whole turn, along ±180 and a pole, are taken
/// as they are.
pub(super) fn unrolled(ring: Vec<Point>) -> Vec<Point> {
    if edges(&ring).all(|(a, b)| (b.0 - a.0).abs() <= 180.0) {
        return ring;
    }
    let mut short = Vec::with_capacity(ring.len() + 4);
    let mut before = ring.first().map_or(0.0, |point| point.0);
    for &(x, y) in &ring {
        before = x - 360.0 * ((x - before) / 360.0).round();
        short.push((before, y));
    }
    let Some(&first) = short.first() else { return ring };
    let end = first.0 - 360.0 * ((first.0 - before) / 360.0).round();
    if end == first.0 {
        // An outline of the whole world in one step a side has no area the short way.
        let is_real = doubled_area(&short).abs() > 1e-12 * doubled_area(&ring).abs();
        return if is_real { short } else { ring };
    }
    if edges(&ring).any(|(a, b)| (b.0 - a.0).abs() >= 360.0 - 1e-9) {
        return ring;
    }
    around_pole(short, (end, first.1))
}

/// The part between a path once around the Earth (`end` is its beginning a turn later) and the nearer pole, from −180
/// to 180.
fn around_pole(mut path: Vec<Point>, end: Point) -> Vec<Point> {
    path.push(end);
    if path.first().is_some_and(|first| first.0 > end.0) {
        path.reverse();
    }
    let mean = path.iter().map(|point| point.1).sum::<f64>() / (path.len() as f64);
    let pole = if mean >= 0.0 { 90.0 } else { -90.0 };
    // Cut where the path crosses the antimeridian, nearest to the pole where it does so more than once.
    let mut cut: Option<(usize, f64, f64)> = None;
    for (index, pair) in path.windows(2).enumerate() {
        let (a, b) = (pair[0], pair[1]);
        let seam = ((a.0.min(b.0) + 180.0) / 360.0).ceil() * 360.0 - 180.0;
        if a.0 != b.0 && seam <= a.0.max(b.0) {
            let lat = a.1 + (b.1 - a.1) * (seam - a.0) / (b.0 - a.0);
            if cut.is_none_or(|(_, _, other)| (pole - lat).abs() < (pole - other).abs()) {
                cut = Some((index, seam, lat));
            }
        }
    }
    let Some((index, seam, lat)) = cut else { return path };
    let to_west = -180.0 - seam;
    let later = path.iter().skip(index + 1).map(|&(x, y)| (x + to_west, y));
    let earlier = path.iter().take(index + 1).skip(1).map(|&(x, y)| (x + to_west + 360.0, y));
    let mut ring = vec![(-180.0, lat)];
    ring.extend(later.chain(earlier));
    ring.extend([(180.0, lat), (180.0, pole), (-180.0, pole)]);
    ring.dedup();
    ring
}

const ROUNDING_DEG: f64 = 1e-9;

#[cfg(test)]
#[path = "polygon_tests.rs"]
mod tests;
