//! Rings whose edges are straight in the grid's CRS, as curves in pixel space.

use super::coverage::Point;
use super::patches::Patches;
use super::pixel_map::PixelMap;

/// A vertex on its way: in the grid's CRS and in pixel space, there within half a turn of the vertex before.
#[derive(Debug, Clone, Copy)]
struct Node {
    source: Point,
    pixel: Point,
}

/// Puts the vertices of a ring and the middles of its edges, in turn, into `sources`: what [`bend`] needs the places of.
/// Edges that reach far around the Earth are cut first.
pub fn add_nodes(map: &PixelMap, vertices: &[Point], sources: &mut Vec<Point>) {
    for (index, &vertex) in vertices.iter().enumerate() {
        let next = vertices.get(index + 1).or(vertices.first()).copied().unwrap_or(vertex);
        let pieces = map.pieces(vertex, next);
        let mut from = vertex;
        for piece in 1..=pieces {
            let to = if piece == pieces { next } else { part_way(vertex, next, f64::from(piece) / f64::from(pieces)) };
            sources.extend([from, middle(from, to)]);
            from = to;
        }
    }
}

/// Bends the edges of a ring whose vertices and middles of edges alternate in `sources` and `pixels`. False where an
/// edge is torn: its ends lie in different parts of the raster's map.
pub fn bend(patches: &mut Patches<'_>, sources: &[Point], pixels: &[Point], ring: &mut Vec<Point>) -> bool {
    let mut nodes = sources.iter().zip(pixels).map(|(&source, &pixel)| Node { source, pixel });
    let Some(first) = nodes.next() else { return true };
    let mut from = first;
    let mut is_whole = true;
    let map = patches.pixel_map();
    while let Some(mut between) = nodes.next() {
        let mut to = nodes.next().unwrap_or(first);
        between.pixel.0 = map.unwrap(between.pixel.0, from.pixel.0);
        to.pixel.0 = map.unwrap(to.pixel.0, between.pixel.0);
        is_whole &= edge(patches, from, between, to, ring);
        from = to;
    }
    close_around_pole(map, first.pixel, from.pixel, ring);
    is_whole
}

/// Puts the points of an edge, its end left out, into `ring`.
fn edge(patches: &mut Patches<'_>, mut from: Node, between: Node, mut to: Node, ring: &mut Vec<Point>) -> bool {
    let map = patches.pixel_map();
    // A pole has no column of its own: an edge reaches it along the meridian of its middle.
    let (leaves_pole, reaches_pole) = (map.pole_at(from.pixel.1), map.pole_at(to.pixel.1));
    if leaves_pole.is_some() {
        from.pixel.0 = between.pixel.0;
    }
    if reaches_pole.is_some() {
        to.pixel.0 = between.pixel.0;
    }
    ring.push(from.pixel);
    let is_whole = if distance(from, to) > LONG_EDGE_PX {
        // The middle of a long edge may lie on the chord of an S.
        halve(patches, from, between, to, MAX_DEPTH, ring)
    } else {
        refine(patches, from, between, to, MAX_DEPTH, ring)
    };
    if reaches_pole.is_some() {
        ring.push(to.pixel);
    }
    is_whole
}

fn refine(patches: &mut Patches<'_>, from: Node, between: Node, to: Node, depth: u32, ring: &mut Vec<Point>) -> bool {
    let deviation = deviation(from.pixel, between.pixel, to.pixel);
    let is_even = is_even(from, between, to);
    if deviation <= STRAIGHT_PX && is_even {
        return true;
    }
    if depth == 0 && !is_even {
        // No parabola: towards the far pole of a polar projection, or torn.
        ring.push(between.pixel);
        return false;
    }
    if (deviation <= TOLERANCE_PX && is_even) || depth == 0 {
        // Two chords over a parabola's middle miss a quarter of its area; moved out by a third they have all of it, and
        // cells the area of their curves to far more digits than the chords' distance.
        let chord = middle(from.pixel, to.pixel);
        let (du, dv) = (between.pixel.0 - chord.0, between.pixel.1 - chord.1);
        ring.push((chord.0 + du * (4.0 / 3.0), chord.1 + dv * (4.0 / 3.0)));
        return deviation <= TOLERANCE_PX || distance(from, to) < TORN_PX;
    }
    halve(patches, from, between, to, depth, ring)
}

fn halve(patches: &mut Patches<'_>, from: Node, between: Node, to: Node, depth: u32, ring: &mut Vec<Point>) -> bool {
    let first = node_between(patches, from, between);
    let second = node_between(patches, between, to);
    let is_first_whole = refine(patches, from, first, between, depth - 1, ring);
    ring.push(between.pixel);
    refine(patches, between, second, to, depth - 1, ring) && is_first_whole
}

fn node_between(patches: &mut Patches<'_>, a: Node, b: Node) -> Node {
    let source = middle(a.source, b.source);
    let mut pixel = [source];
    patches.map(&mut pixel);
    let [(u, v)] = pixel;
    if PixelMap::is_place((u, v)) {
        return Node { source, pixel: (patches.pixel_map().unwrap(u, a.pixel.0), v) };
    }
    Node { source, pixel: middle(a.pixel, b.pixel) }
}

/// A ring that goes once around the Earth holds a pole: it is closed along it, cut where the first turn begins so that
/// rings in rings are cut at the same place.
fn close_around_pole(map: &PixelMap, first: Point, last: Point, ring: &mut Vec<Point>) {
    let Some(turn) = map.turn() else { return };
    if (last.0 - first.0).abs() < turn * 0.5 {
        return;
    }
    let mean = ring.iter().map(|point| point.1).sum::<f64>() / ring.len().max(1) as f64;
    let pole = map.nearer_pole(mean);
    ring.push(last);
    let is_eastward = last.0 > first.0;
    if !is_eastward {
        ring.reverse();
    }
    // Where the path crosses from one turn into the next, nearest to the pole where it does so more than once.
    let mut cut: Option<(usize, f64, f64)> = None;
    for (index, pair) in ring.windows(2).enumerate() {
        let [a, b] = *pair else { continue };
        let seam = (a.0.min(b.0) / turn).ceil() * turn;
        if a.0 != b.0 && seam <= a.0.max(b.0) {
            let v = a.1 + (b.1 - a.1) * (seam - a.0) / (b.0 - a.0);
            if cut.is_none_or(|(_, _, other)| (pole - v).abs() < (pole - other).abs()) {
                cut = Some((index, seam, v));
            }
        }
    }
    let Some((index, seam, v)) = cut else { return };
    let later = ring.iter().skip(index + 1).map(|point| (point.0 - seam, point.1));
    let earlier = ring.iter().take(index + 1).skip(1).map(|point| (point.0 - seam + turn, point.1));
    let mut closed = vec![(0.0, v)];
    closed.extend(later.chain(earlier));
    closed.extend([(turn, v), (turn, pole), (0.0, pole)]);
    if !is_eastward {
        closed.reverse();
    }
    *ring = closed;
}

/// Whether the middle of an edge lies about half way: where a map is cut, all of the way lies on one side of it.
fn is_even(from: Node, between: Node, to: Node) -> bool {
    let (before, after) = (distance(from, between), distance(between, to));
    before.max(after) <= TORN_PX || before.max(after) <= before.min(after) * UNEVEN
}

/// Symmetric to the bit, as neighbours share edges in opposite directions.
fn middle(a: Point, b: Point) -> Point {
    ((a.0 + b.0) * 0.5, (a.1 + b.1) * 0.5)
}

fn part_way(a: Point, b: Point, t: f64) -> Point {
    (a.0 + (b.0 - a.0) * t, a.1 + (b.1 - a.1) * t)
}

/// The larger of the distances along columns and rows.
fn distance(a: Node, b: Node) -> f64 {
    (b.pixel.0 - a.pixel.0).abs().max((b.pixel.1 - a.pixel.1).abs())
}

/// Distance of `between` from the line through `a` and `b`.
fn deviation(a: Point, between: Point, b: Point) -> f64 {
    // Neighbours walk an edge in opposite directions and must come to the same answer.
    let (a, b) = if a <= b { (a, b) } else { (b, a) };
    let along = (b.0 - a.0, b.1 - a.1);
    let to = (between.0 - a.0, between.1 - a.1);
    // Pixels are no numbers whose squares overflow, and `hypot` takes longer than the rest of this.
    let length = |(u, v): Point| (u * u + v * v).sqrt();
    let chord = length(along);
    if chord == 0.0 { length(to) } else { (along.0 * to.1 - along.1 * to.0).abs() / chord }
}

/// An edge that bends less than this is straight.
const STRAIGHT_PX: f64 = 1e-7;

/// An edge that bends less than this is two chords, within a third of it from the true curve (0.01 is promised).
const TOLERANCE_PX: f64 = 3e-4;

/// Edges longer than this are halved before they are believed to be straight.
const LONG_EDGE_PX: f64 = 16.0;

/// Ends of the shortest piece of an edge that are further apart lie in different parts of the map.
const TORN_PX: f64 = 1.0;

/// How much further one half of a piece of an edge may reach than the other.
const UNEVEN: f64 = 4.0;

/// Halvings of an edge.
const MAX_DEPTH: u32 = 12;
