//! Cells over the meridian along which a raster's map is cut: taken apart there, each part in its own place.

use super::bend::{add_nodes, bend};
use super::coverage::Point;
use super::patches::Patches;
use super::pieces::{Axis, pressed};
use super::pixel_map::Seam;

/// The rings of a cell in pixel space, cut along the seam. The rings given are in the grid's CRS.
pub fn taken_apart<'a>(seam: &Seam, rings: impl Iterator<Item = &'a [Point]>) -> Vec<Vec<Point>> {
    let mut parts = Vec::new();
    for ring in rings.filter_map(|ring| from_seam(seam, ring)) {
        let (west, east) = ring.iter().fold((f64::INFINITY, f64::NEG_INFINITY), |(w, e), p| (w.min(p.0), e.max(p.0)));
        let mut from = (west / 360.0).floor() * 360.0;
        while from < east {
            let mut part = ring.clone();
            if pressed(&mut part, Axis::Column, from + NEXT_DEG, 1.0)
                && pressed(&mut part, Axis::Column, from + 360.0 - NEXT_DEG, -1.0)
            {
                parts.extend(placed(seam, part, from));
            }
            from += 360.0;
        }
    }
    parts
}

/// The part of a ring in one turn from the seam, in pixel space.
fn placed(seam: &Seam, mut part: Vec<Point>, from: f64) -> Option<Vec<Point>> {
    part.iter_mut().for_each(|point| point.0 += seam.meridian_deg - from);
    let mut nodes = Vec::new();
    add_nodes(&seam.map, &part, &mut nodes);
    let mut pixels = nodes.clone();
    seam.map.map(&mut pixels);
    if !pixels.iter().all(|point| point.0.is_finite() && point.1.is_finite()) {
        return None;
    }
    let mut bent = Vec::new();
    bend(&mut Patches::new(&seam.map, None), &nodes, &pixels, &mut bent);
    Some(bent)
}

/// A ring in degrees, longitudes counted from the seam, in one piece; its edges as short chords.
fn from_seam(seam: &Seam, ring: &[Point]) -> Option<Vec<Point>> {
    let mut points = Vec::with_capacity(ring.len() * CHORDS as usize);
    for (index, &from) in ring.iter().enumerate() {
        let to = ring.get(index + 1).or(ring.first()).copied().unwrap_or(from);
        for chord in 0..CHORDS {
            let t = f64::from(chord) / f64::from(CHORDS);
            points.push((from.0 + (to.0 - from.0) * t, from.1 + (to.1 - from.1) * t));
        }
    }
    seam.to_degrees.transform(&mut points);
    let mut before = 0.0;
    for point in &mut points {
        let longitude = point.0 - seam.meridian_deg;
        before = longitude - 360.0 * ((longitude - before) / 360.0).round();
        if !(before.is_finite() && point.1.is_finite()) {
            return None;
        }
        point.0 = before;
    }
    let (first, last) = (*points.first()?, *points.last()?);
    let end = first.0 - 360.0 * ((first.0 - last.0) / 360.0).round();
    if end != first.0 {
        // It goes around a pole, and is closed along it.
        let mean = points.iter().map(|point| point.1).sum::<f64>() / points.len() as f64;
        let pole = if mean > 0.0 { 90.0 } else { -90.0 };
        points.extend([(end, first.1), (end, pole), (first.0, pole)]);
    }
    Some(points)
}

/// Chords of an edge: a cell at the seam is within a hundredth of a thousandth of its edges.
const CHORDS: u32 = 32;

/// How near to the seam parts end: 0.1 mm.
const NEXT_DEG: f64 = 1e-9;
