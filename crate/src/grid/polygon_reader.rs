//! Polygons out of GeoJSON.

use serde_json::Value;

use super::polygon::{Point, Polygon, cut_holes, extent, gather, is_line, orient, unrolled};
use super::polygon_check::fault;

/// The features of a FeatureCollection, a Feature, or a geometry; `None` where it is none of them.
pub(super) fn features(value: &Value) -> Option<Vec<&Value>> {
    match kind(value)? {
        "FeatureCollection" => value.get("features")?.as_array().map(|features| features.iter().collect()),
        "Feature" | "Polygon" | "MultiPolygon" => Some(vec![value]),
        _ => None,
    }
}

/// The CRS that a collection's `crs` member names (GeoJSON of 2008).
pub(super) fn crs_member(value: &Value) -> Option<&str> {
    value.get("crs")?.get("properties")?.get("name")?.as_str()
}

/// How polygons are read.
#[derive(Debug, Clone, Copy)]
pub(super) struct Reader {
    /// Coordinates are degrees of longitude and latitude.
    pub(super) is_geographic: bool,
    /// What is wrong is mended where it can be.
    pub(super) repair: bool,
}

impl Reader {
    /// The polygons of a feature or geometry, oriented, each ring in one piece of the plane; else what is wrong.
    pub(super) fn polygons(&self, feature: &Value) -> Result<Vec<Polygon>, String> {
        let geometry = if kind(feature) == Some("Feature") { feature.get("geometry") } else { Some(feature) };
        let geometry = geometry.filter(|geometry| !geometry.is_null());
        let coordinates = geometry.and_then(|geometry| geometry.get("coordinates")).and_then(Value::as_array);
        let parts: Vec<&Value> = match (geometry.and_then(kind), coordinates) {
            (Some("Polygon"), Some(_)) => {
                geometry.and_then(|geometry| geometry.get("coordinates")).into_iter().collect()
            }
            (Some("MultiPolygon"), Some(parts)) => parts.iter().collect(),
            (Some("Polygon" | "MultiPolygon"), None) => return Err("has no list of coordinates".to_owned()),
            (Some(other), _) => return Err(format!("is a {other}, not a Polygon or MultiPolygon")),
            (None, _) if self.repair => return Ok(Vec::new()),
            (None, _) => return Err("has no geometry".to_owned()),
        };
        let mut polygons = Vec::with_capacity(parts.len());
        for (number, part) in parts.into_iter().enumerate() {
            let rings = part.as_array().ok_or_else(|| format!("polygon {number} is no list of rings"))?;
            let mut polygon = Polygon::new();
            for (position, ring) in rings.iter().enumerate() {
                let read = self.ring(ring).map_err(|what| format!("ring {position} of polygon {number} {what}"))?;
                match read {
                    Some(ring) => polygon.push(ring),
                    // Without its outer ring a polygon is nothing.
                    None if position == 0 => break,
                    None => {}
                }
            }
            if !polygon.is_empty() {
                orient(&mut polygon);
                polygons.push(polygon);
            }
        }
        if polygons.is_empty() && !self.repair {
            return Err("has no polygon".to_owned());
        }
        if self.is_geographic {
            gather(&mut polygons);
            cut_holes(&mut polygons);
        }
        match fault(&polygons) {
            Some(what) if !self.repair => Err(what),
            Some(_) => Ok(super::polygon_repair::repaired(&polygons)),
            None => Ok(polygons),
        }
    }

    /// A ring's vertices, the first not repeated; `None` where it was mended away.
    fn ring(&self, ring: &Value) -> Result<Option<Vec<Point>>, String> {
        let positions = ring.as_array().ok_or("is no list of positions")?;
        let mut vertices: Vec<Point> = Vec::with_capacity(positions.len());
        for (number, position) in positions.iter().enumerate() {
            match place(position) {
                Some(place) => vertices.push(place),
                None if self.repair => {}
                None => return Err(format!("has no finite numbers at vertex {number}")),
            }
        }
        if self.is_geographic
            && let Some((x, y)) = vertices.iter().find(|(x, y)| y.abs() > 90.0 + SLACK_DEG || x.abs() > 540.0)
        {
            return Err(format!("has the vertex ({x}, {y}), which is no longitude and latitude"));
        }
        if vertices.len() > 1 && vertices.first() == vertices.last() {
            vertices.pop();
        } else if !self.repair {
            return Err("is not closed: its last position must be its first".to_owned());
        }
        vertices.dedup();
        if vertices.len() < 3 {
            let count = vertices.len();
            return if self.repair { Ok(None) } else { Err(format!("has {count} different vertices, not 3")) };
        }
        let vertices = if self.is_geographic { unrolled(vertices) } else { vertices };
        if self.is_geographic {
            let (west, east) = extent(&vertices);
            if east - west > 360.0 + SLACK_DEG {
                return Err(format!("goes around the Earth more than once, from {west}° to {east}°"));
            }
        }
        if is_line(&vertices) {
            return if self.repair { Ok(None) } else { Err("has no area".to_owned()) };
        }
        Ok(Some(vertices))
    }
}

fn kind(value: &Value) -> Option<&str> {
    value.get("type")?.as_str()
}

fn place(position: &Value) -> Option<Point> {
    let numbers = position.as_array()?;
    let (x, y) = (numbers.first()?.as_f64()?, numbers.get(1)?.as_f64()?);
    (x.is_finite() && y.is_finite()).then_some((x, y))
}

/// Rounding of a writer.
const SLACK_DEG: f64 = 1e-6;
