//! Outlines of cells in pixel space: edges that are straight in the grid's CRS, as curves of the raster's.

use super::coverage::{PixelBounds, Point, Polygon, doubled_area};
use super::pixel_map::PixelMap;

/// Outlines of consecutive cells.
#[derive(Debug, Clone, Default)]
pub struct Outlines {
    points: Vec<Point>,
    cells: Vec<Cell>,
}

#[derive(Debug, Clone, Copy)]
struct Cell {
    /// End of the cell's points; they begin where the cell before ends.
    end: usize,
    polygon: Polygon,
    area: f64,
}

/// A vertex on its way: in the grid's CRS and in pixel space, there within half a turn of the vertex before.
#[derive(Debug, Clone, Copy)]
struct Node {
    source: Point,
    pixel: Point,
}

impl Outlines {
    /// The outlines of cells whose rings, in the grid's CRS, end at `ends` in `vertices`. A cell that has no place in
    /// the raster's CRS gets an outline without points.
    #[must_use]
    pub fn new(map: &PixelMap, vertices: &[Point], ends: &[usize]) -> Self {
        let mut outlines = Self { points: Vec::with_capacity(vertices.len()), cells: Vec::with_capacity(ends.len()) };
        let mut sources = Vec::new();
        if map.is_affine() {
            sources.extend_from_slice(vertices);
        } else {
            sources.reserve(vertices.len() * 2);
            for ring in rings(vertices, ends) {
                for (index, &vertex) in ring.iter().enumerate() {
                    let next = ring.get(index + 1).or(ring.first()).copied().unwrap_or(vertex);
                    sources.extend([vertex, middle(vertex, next)]);
                }
            }
        }
        let mut pixels = sources.clone();
        map.map(&mut pixels);
        let step = if map.is_affine() { 1 } else { 2 };
        let mut start = 0;
        let mut ring = Vec::new();
        for &end in ends {
            let part = start * step..end * step;
            let (sources, pixels) = (sources.get(part.clone()), pixels.get(part));
            ring.clear();
            if let (Some(sources), Some(pixels)) = (sources, pixels)
                && pixels.iter().all(|point| point.0.is_finite() && point.1.is_finite())
            {
                if step == 1 {
                    ring.extend_from_slice(pixels);
                } else {
                    bend(map, sources, pixels, &mut ring);
                }
            }
            outlines.push(map, &mut ring);
            start = end;
        }
        outlines
    }

    /// Number of cells.
    #[must_use]
    pub fn len(&self) -> usize {
        self.cells.len()
    }

    /// Points of the cell's ring, closed implicitly, and how to rasterise it; no points where it has no place.
    #[must_use]
    pub fn cell(&self, index: usize) -> (&[Point], Polygon) {
        let start = index.checked_sub(1).and_then(|before| self.cells.get(before)).map_or(0, |before| before.end);
        match self.cells.get(index) {
            Some(cell) => (self.points.get(start..cell.end).unwrap_or_default(), cell.polygon),
            None => (&[], NOWHERE),
        }
    }

    /// Area of the cell in pixels; NaN where it has no place.
    #[must_use]
    pub fn area(&self, index: usize) -> f64 {
        self.cells.get(index).map_or(f64::NAN, |cell| cell.area)
    }

    /// Memory in use.
    #[must_use]
    pub fn bytes(&self) -> usize {
        self.points.capacity() * size_of::<Point>() + self.cells.capacity() * size_of::<Cell>()
    }

    fn push(&mut self, map: &PixelMap, ring: &mut [Point]) {
        let mut bounds = PixelBounds::of(ring);
        let shift = map.first_turn(bounds.left);
        if shift != 0.0 && shift.is_finite() {
            ring.iter_mut().for_each(|point| point.0 += shift);
            bounds = PixelBounds::of(ring);
        }
        let doubled = doubled_area(ring);
        let area = doubled.abs() * 0.5;
        let is_polygon = area > 0.0 && area.is_finite();
        let polygon = Polygon {
            bounds: if is_polygon { shrunk(bounds, area) } else { NOWHERE.bounds },
            orientation: doubled.signum(),
            threshold: threshold(area),
        };
        if is_polygon {
            self.points.extend_from_slice(ring);
        }
        let area = if is_polygon { area } else { f64::NAN };
        self.cells.push(Cell { end: self.points.len(), polygon, area });
    }
}

/// The least part of a pixel that counts as covered: what rounding leaves of a common border is none.
#[must_use]
pub fn threshold(area: f64) -> f64 {
    SLIVER * area.min(1.0)
}

/// Bounds without the slivers that [`threshold`] leaves out, so that a cell that ends where a block begins needs only
/// one of them.
#[must_use]
fn shrunk(bounds: PixelBounds, area: f64) -> PixelBounds {
    let width = bounds.right - bounds.left;
    let height = bounds.bottom - bounds.top;
    // A narrow polygon may be thinner than its bounds: never cut more than its area allows.
    let across = SLIVER * (area / height.max(f64::MIN_POSITIVE)).min(width).min(1.0);
    let down = SLIVER * (area / width.max(f64::MIN_POSITIVE)).min(height).min(1.0);
    PixelBounds {
        left: bounds.left + across,
        top: bounds.top + down,
        right: bounds.right - across,
        bottom: bounds.bottom - down,
    }
}

fn rings<'a>(vertices: &'a [Point], ends: &'a [usize]) -> impl Iterator<Item = &'a [Point]> {
    let starts = std::iter::once(0).chain(ends.iter().copied());
    starts.zip(ends).map(|(start, &end)| vertices.get(start..end).unwrap_or_default())
}

/// Bends the edges of a ring whose vertices and middles of edges alternate in `sources` and `pixels`.
fn bend(map: &PixelMap, sources: &[Point], pixels: &[Point], ring: &mut Vec<Point>) {
    let mut nodes = sources.iter().zip(pixels).map(|(&source, &pixel)| Node { source, pixel });
    let Some(first) = nodes.next() else { return };
    let mut from = first;
    while let Some(mut between) = nodes.next() {
        let mut to = nodes.next().unwrap_or(first);
        between.pixel.0 = map.unwrap(between.pixel.0, from.pixel.0);
        to.pixel.0 = map.unwrap(to.pixel.0, between.pixel.0);
        edge(map, from, between, to, ring);
        from = to;
    }
    close_around_pole(map, first.pixel, from.pixel, ring);
}

/// Puts the points of an edge, its end left out, into `ring`.
fn edge(map: &PixelMap, mut from: Node, between: Node, mut to: Node, ring: &mut Vec<Point>) {
    // A pole has no column of its own: an edge reaches it along the meridian of its middle.
    let (leaves_pole, reaches_pole) = (map.pole_at(from.pixel.1), map.pole_at(to.pixel.1));
    if leaves_pole.is_some() {
        from.pixel.0 = between.pixel.0;
    }
    if reaches_pole.is_some() {
        to.pixel.0 = between.pixel.0;
    }
    ring.push(from.pixel);
    if (to.pixel.0 - from.pixel.0).abs() > LONG_EDGE_PX || (to.pixel.1 - from.pixel.1).abs() > LONG_EDGE_PX {
        // The middle of a long edge may lie on the chord of an S.
        halve(map, from, between, to, MAX_DEPTH, ring);
    } else {
        refine(map, from, between, to, MAX_DEPTH, ring);
    }
    if reaches_pole.is_some() {
        ring.push(to.pixel);
    }
}

fn refine(map: &PixelMap, from: Node, between: Node, to: Node, depth: u32, ring: &mut Vec<Point>) {
    let deviation = deviation(from.pixel, between.pixel, to.pixel);
    if deviation <= STRAIGHT_PX {
        return;
    }
    if deviation <= TOLERANCE_PX || depth == 0 {
        // Two chords over a parabola's middle miss a quarter of its area; moved out by a third they have all of it, and
        // cells the area of their curves to far more digits than the chords' distance.
        let chord = middle(from.pixel, to.pixel);
        let (du, dv) = (between.pixel.0 - chord.0, between.pixel.1 - chord.1);
        ring.push((chord.0 + du * (4.0 / 3.0), chord.1 + dv * (4.0 / 3.0)));
        return;
    }
    halve(map, from, between, to, depth, ring);
}

fn halve(map: &PixelMap, from: Node, between: Node, to: Node, depth: u32, ring: &mut Vec<Point>) {
    let first = node_between(map, from, between);
    let second = node_between(map, between, to);
    refine(map, from, first, between, depth - 1, ring);
    ring.push(between.pixel);
    refine(map, between, second, to, depth - 1, ring);
}

fn node_between(map: &PixelMap, a: Node, b: Node) -> Node {
    let source = middle(a.source, b.source);
    let mut pixel = [source];
    map.map(&mut pixel);
    let [(u, v)] = pixel;
    if u.is_finite() && v.is_finite() {
        return Node { source, pixel: (map.unwrap(u, a.pixel.0), v) };
    }
    Node { source, pixel: middle(a.pixel, b.pixel) }
}

/// A ring that goes once around the Earth holds a pole: it is closed along it.
fn close_around_pole(map: &PixelMap, first: Point, last: Point, ring: &mut Vec<Point>) {
    let Some(turn) = map.turn() else { return };
    if (last.0 - first.0).abs() < turn * 0.5 {
        return;
    }
    let mean = ring.iter().map(|point| point.1).sum::<f64>() / ring.len().max(1) as f64;
    let pole = map.nearer_pole(mean);
    ring.extend([last, (last.0, pole), (first.0, pole)]);
}

/// Symmetric to the bit, as neighbours share edges in opposite directions.
fn middle(a: Point, b: Point) -> Point {
    ((a.0 + b.0) * 0.5, (a.1 + b.1) * 0.5)
}

/// Distance of `between` from the line through `a` and `b`.
fn deviation(a: Point, between: Point, b: Point) -> f64 {
    // Neighbours walk an edge in opposite directions and must come to the same answer.
    let (a, b) = if a <= b { (a, b) } else { (b, a) };
    let along = (b.0 - a.0, b.1 - a.1);
    let to = (between.0 - a.0, between.1 - a.1);
    let length = along.0.hypot(along.1);
    if length == 0.0 { to.0.hypot(to.1) } else { (along.0 * to.1 - along.1 * to.0).abs() / length }
}

const NOWHERE: Polygon = Polygon {
    bounds: PixelBounds {
        left: f64::INFINITY,
        top: f64::INFINITY,
        right: f64::NEG_INFINITY,
        bottom: f64::NEG_INFINITY,
    },
    orientation: 1.0,
    threshold: SLIVER,
};

/// Fraction of a pixel, or of a cell smaller than one: rounding of coordinates makes slivers a tenth of this.
const SLIVER: f64 = 1e-10;

/// An edge that bends less than this is straight.
const STRAIGHT_PX: f64 = 1e-7;

/// An edge that bends less than this is two chords, within a third of it from the true curve (0.01 is promised).
const TOLERANCE_PX: f64 = 3e-4;

/// Edges longer than this are halved before they are believed to be straight.
const LONG_EDGE_PX: f64 = 16.0;

/// Halvings of an edge.
const MAX_DEPTH: u32 = 12;

#[cfg(test)]
#[path = "outline_tests.rs"]
mod tests;
