//! Whether polygons are what they say: edges that don't cross, holes inside, parts apart.

use super::polygon::{Point, Polygon, edges};
use super::polygon_edges::EdgeIndex;
use crate::geo::Bounds;

/// What is wrong with a multipolygon; `None` where nothing is. Rings may touch themselves and each other.
///
/// Two things must hold: no two edges cross, and along a line through the middle of each ring every point lies in one
/// polygon or in none. Edges that come no deeper than rounding into each other are taken to touch.
pub(super) fn fault(polygons: &[Polygon]) -> Option<String> {
    let rings = || polygons.iter().flatten();
    let lines: Vec<(Point, Point)> = rings().flat_map(|ring| edges(ring)).collect();
    let largest = lines.iter().fold(0.0_f64, |most, (a, _)| most.max(a.0.abs()).max(a.1.abs()));
    let slack = largest * ROUNDING;
    if let Some((x, y)) = crossing(&lines, slack) {
        return Some(format!("edges cross at ({x}, {y})"));
    }
    let index = EdgeIndex::new(rings().map(Vec::as_slice));
    for (number, polygon) in polygons.iter().enumerate() {
        for ring in polygon {
            let height = |(a, b): &(Point, Point)| (a.1 - b.1).abs();
            let Some((a, b)) = edges(ring).max_by(|a, b| height(a).total_cmp(&height(b))) else { continue };
            let y = f64::midpoint(a.1, b.1);
            if let Some((x, winding)) = misplaced(&index, y, slack) {
                let what = if winding > 1 { "overlaps another part" } else { "has a hole that is not in it" };
                return Some(format!("polygon {number} {what}, near ({x}, {y})"));
            }
        }
    }
    None
}

/// Where the line at height `y` lies in more than one polygon or in less than none, and in how many.
fn misplaced(index: &EdgeIndex, y: f64, slack: f64) -> Option<(f64, i32)> {
    let mut crossings: Vec<(f64, i32)> = index.crossings(y).collect();
    crossings.sort_by(|a, b| a.0.total_cmp(&b.0));
    let mut winding = 0;
    for pair in crossings.windows(2) {
        winding += pair[0].1;
        if !(0..=1).contains(&winding) && pair[1].0 - pair[0].0 > slack {
            return Some((f64::midpoint(pair[0].0, pair[1].0), winding));
        }
    }
    None
}

/// Where two edges cross. Boxes are halved until few edges are left in each: work grows with the edges, not with
/// their pairs.
fn crossing(lines: &[(Point, Point)], slack: f64) -> Option<Point> {
    let around = Bounds::around(lines.iter().flat_map(|line| [line.0, line.1]));
    let mut open = vec![((0..lines.len() as u32).collect::<Vec<u32>>(), around, 0_u32)];
    while let Some((members, bounds, depth)) = open.pop() {
        if members.len() <= FEW || depth == MAX_DEPTH {
            if let Some(found) = among(lines, &members, slack) {
                return Some(found);
            }
            continue;
        }
        let halves = halves(&bounds);
        let parts = halves.map(|half| {
            let within = |&&member: &&u32| lines.get(member as usize).is_some_and(|line| may_touch(line, &half));
            members.iter().filter(within).copied().collect::<Vec<u32>>()
        });
        // Long edges side by side: halving only doubles them.
        if parts.iter().map(Vec::len).sum::<usize>() * 10 > members.len() * 13 {
            if let Some(found) = among(lines, &members, slack) {
                return Some(found);
            }
            continue;
        }
        for (part, half) in parts.into_iter().zip(halves) {
            open.push((part, half, depth + 1));
        }
    }
    None
}

/// Where two of some edges cross: each is held against those that begin before it ends, along the axis where that
/// leaves fewer.
fn among(lines: &[(Point, Point)], members: &[u32], slack: f64) -> Option<Point> {
    let mut lines: Vec<_> = members.iter().filter_map(|&member| lines.get(member as usize)).collect();
    let extent = |of: fn(&Point) -> f64| {
        let (mut low, mut high, mut sum) = (f64::INFINITY, f64::NEG_INFINITY, 0.0);
        for (a, b) in &lines {
            let (one, other) = (of(a).min(of(b)), of(a).max(of(b)));
            (low, high, sum) = (low.min(one), high.max(other), sum + (other - one));
        }
        sum / (high - low).max(f64::MIN_POSITIVE)
    };
    let axis: fn(&Point) -> f64 = if extent(|p| p.0) < extent(|p| p.1) { |p| p.0 } else { |p| p.1 };
    lines.sort_by(|a, b| axis(&a.0).min(axis(&a.1)).total_cmp(&axis(&b.0).min(axis(&b.1))));
    for (position, one) in lines.iter().enumerate() {
        let end = axis(&one.0).max(axis(&one.1));
        let later = lines.iter().skip(position + 1);
        let mut near = later.take_while(|other| axis(&other.0).min(axis(&other.1)) <= end);
        if let Some(found) = near.find_map(|other| meet(**one, **other, slack)) {
            return Some(found);
        }
    }
    None
}

/// Where two lines cross; `None` where they touch, or come less than `slack` into each other.
fn meet((a, b): (Point, Point), (c, d): (Point, Point), slack: f64) -> Option<Point> {
    let is_apart = a.0.max(b.0) < c.0.min(d.0)
        || c.0.max(d.0) < a.0.min(b.0)
        || a.1.max(b.1) < c.1.min(d.1)
        || c.1.max(d.1) < a.1.min(b.1);
    if is_apart {
        return None;
    }
    let distances = |a: Point, b: Point, c: Point, d: Point| {
        let along = (b.0 - a.0, b.1 - a.1);
        let length = along.0.hypot(along.1);
        let of = |p: Point| (along.0 * (p.1 - a.1) - along.1 * (p.0 - a.0)) / length;
        (of(c), of(d))
    };
    let crosses = |(one, other): (f64, f64)| one.abs() > slack && other.abs() > slack && (one > 0.0) != (other > 0.0);
    let (of_c, of_d) = distances(a, b, c, d);
    if !(crosses((of_c, of_d)) && crosses(distances(c, d, a, b))) {
        return None;
    }
    let t = of_c / (of_c - of_d);
    Some((c.0 + (d.0 - c.0) * t, c.1 + (d.1 - c.1) * t))
}

/// Whether a line may have a part in the box.
fn may_touch((a, b): &(Point, Point), bounds: &Bounds) -> bool {
    // The part of the line between the box's sides along each axis, in shares of its length.
    let (mut from, mut to) = (0.0_f64, 1.0_f64);
    for (start, end, low, high) in [(a.0, b.0, bounds.min_x, bounds.max_x), (a.1, b.1, bounds.min_y, bounds.max_y)] {
        if start == end {
            if start < low || start > high {
                return false;
            }
            continue;
        }
        let (one, other) = ((low - start) / (end - start), (high - start) / (end - start));
        from = from.max(one.min(other));
        to = to.min(one.max(other));
    }
    from <= to + 1e-9
}

fn halves(bounds: &Bounds) -> [Bounds; 2] {
    if bounds.width() > bounds.height() {
        let x = f64::midpoint(bounds.min_x, bounds.max_x);
        [Bounds { max_x: x, ..*bounds }, Bounds { min_x: x, ..*bounds }]
    } else {
        let y = f64::midpoint(bounds.min_y, bounds.max_y);
        [Bounds { max_y: y, ..*bounds }, Bounds { min_y: y, ..*bounds }]
    }
}

/// Of the largest coordinate: 0.02 mm in degrees.
const ROUNDING: f64 = 1e-12;
const FEW: usize = 12;
const MAX_DEPTH: u32 = 40;

#[cfg(test)]
#[path = "polygon_check_tests.rs"]
mod tests;
