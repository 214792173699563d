//! Polygons of the user's as cells.

use std::collections::HashMap;

use serde_json::{Value, json};

use super::definition::ZonesDefinition;
use super::polygon::centroid;
use super::polygon_edges::EdgeIndex;
use super::polygon_reader::{Reader, crs_member, features};
use super::rings::Rings;
use super::{Cell, Chunk, Run};
use crate::digest::Digest;
use crate::error::{Code, Error, Result};
use crate::geo::Crs;
use crate::num::to_u64;
use crate::par;

/// Zones in their order: cell `(0, k)` is the `k`-th feature.
#[derive(Debug)]
pub(super) struct Zones {
    rings: Rings,
    ids: Vec<String>,
    /// Where chunks begin, and the end of the last.
    starts: Vec<usize>,
}

impl Zones {
    /// The zones of a definition, its canonical form, and its CRS. `usage.grid` where the features are no GeoJSON or
    /// none, `usage.zones` naming features that are no polygons, `usage.zone_ids` naming ids that occur twice.
    pub(super) fn new(definition: &ZonesDefinition) -> Result<(ZonesDefinition, Crs, Self)> {
        let named = definition.crs.as_deref().or_else(|| crs_member(&definition.features));
        let crs = named.map_or_else(|| Crs::from_epsg(4326), Crs::parse)?;
        let features = features(&definition.features).ok_or_else(|| {
            Error::new(Code::UsageGrid, "expected \"features\" to be a GeoJSON FeatureCollection of polygons")
                .with_hint("GeoJSON begins {\"type\":\"FeatureCollection\",\"features\":[")
        })?;
        if features.is_empty() {
            return Err(Error::new(Code::UsageGrid, "expected zones, got a collection without features")
                .with_hint("give polygons in a GeoJSON FeatureCollection"));
        }
        let ids = ids(&features, definition.id_field.as_deref())?;
        let reader = Reader { is_geographic: crs.is_geographic(), repair: definition.repair };
        let read = par::map(features.clone(), |feature| reader.polygons(feature));
        let mut rings = Rings::default();
        let mut faults = Vec::new();
        for (position, polygons) in read.into_iter().enumerate() {
            match polygons {
                Ok(polygons) => polygons.into_iter().flatten().for_each(|ring| {
                    rings.vertices.extend(ring);
                    rings.end_ring();
                }),
                Err(what) => faults.push((position, what)),
            }
            rings.end_cell();
        }
        if !faults.is_empty() {
            return Err(invalid(&faults, &ids, &crs));
        }
        let canonical = ZonesDefinition {
            features: canonical(&features, &ids),
            crs: (crs.name() != "EPSG:4326").then(|| crs.name().to_owned()),
            id_field: None,
            repair: definition.repair,
        };
        let starts = starts(&rings);
        Ok((canonical, crs, Self { rings, ids, starts }))
    }

    /// What tells the zones from others.
    pub(super) fn summary(&self, crs: &Crs) -> Value {
        let mut digest = self.ids.iter().fold(Digest::default(), |digest, id| digest.and(id.as_bytes()));
        for cell in 0..self.ids.len() {
            for ring in self.rings.cell(cell) {
                let numbers = ring.iter().flat_map(|(x, y)| [x.to_le_bytes(), y.to_le_bytes()]);
                digest = digest.and(&numbers.flatten().collect::<Vec<u8>>());
            }
            digest = digest.and(&[]);
        }
        json!({"type": "zones", "crs": crs.name(), "zones": self.ids.len(), "digest": digest.hex()})
    }

    pub(super) fn cell_count(&self) -> u64 {
        to_u64(self.ids.len())
    }

    pub(super) fn chunk_count(&self) -> u64 {
        to_u64(self.starts.len().saturating_sub(1))
    }

    pub(super) fn runs(&self, index: u64) -> Vec<Run> {
        let at = |index: u64| usize::try_from(index).ok().and_then(|index| self.starts.get(index)).copied();
        let (Some(start), Some(end)) = (at(index), at(index.saturating_add(1))) else { return Vec::new() };
        let firsts = (start..end).step_by(RUN_ZONES);
        let run = |first: usize| {
            let count = (end - first).min(RUN_ZONES);
            Run { row: 0, start: first as i64, count: count as u32 }
        };
        firsts.map(run).collect()
    }

    pub(super) fn id(&self, cell: Cell) -> &str {
        index(cell).and_then(|index| self.ids.get(index)).map_or("", String::as_str)
    }

    pub(super) fn position(&self, id: &str) -> Option<Cell> {
        let position = self.ids.iter().position(|known| known == id)?;
        Some(Cell { row: 0, column: position as i64 })
    }

    pub(super) fn contains(&self, cell: Cell) -> bool {
        cell.row == 0 && index(cell).is_some_and(|index| index < self.ids.len())
    }

    /// The first zone that holds a point.
    pub(super) fn zone_at(&self, x: f64, y: f64) -> Option<Cell> {
        let holds = |&cell: &usize| EdgeIndex::new(self.rings.cell(cell)).contains(x, y);
        (0..self.ids.len()).find(holds).map(|cell| Cell { row: 0, column: cell as i64 })
    }

    pub(super) fn centroid(&self, cell: Cell) -> (f64, f64) {
        index(cell).map_or((f64::NAN, f64::NAN), |index| centroid(self.rings.cell(index)))
    }

    pub(super) fn outline(&self, cell: Cell, into: &mut Rings) {
        into.push_cell(&self.rings, index(cell).unwrap_or(usize::MAX));
    }
}

fn index(cell: Cell) -> Option<usize> {
    usize::try_from(cell.column).ok()
}

/// The ids of features: their own, else the property `id_field`, else their position.
fn ids(features: &[&Value], id_field: Option<&str>) -> Result<Vec<String>> {
    let text = |value: &Value| match value {
        Value::String(text) => Some(text.clone()),
        Value::Number(number) => Some(number.to_string()),
        _ => None,
    };
    let property = |feature: &Value| text(feature.get("properties")?.get(id_field?)?);
    let id = |(position, feature): (usize, &&Value)| {
        feature.get("id").and_then(text).or_else(|| property(feature)).unwrap_or_else(|| position.to_string())
    };
    let ids: Vec<String> = features.iter().enumerate().map(id).collect();
    let mut positions: HashMap<&str, usize> = HashMap::with_capacity(ids.len());
    let mut twice = Vec::new();
    for (position, id) in ids.iter().enumerate() {
        if let Some(first) = positions.insert(id, position) {
            twice.push(format!("\"{id}\" (features {first} and {position})"));
        }
    }
    if twice.is_empty() {
        return Ok(ids);
    }
    let message = format!("expected an id of its own for each zone, got twice {}", some(&twice));
    Err(Error::new(Code::UsageZoneIds, message)
        .with_hint("name a property that differs in every feature as idField, or leave the ids out"))
}

fn invalid(faults: &[(usize, String)], ids: &[String], crs: &Crs) -> Error {
    let named = |(position, what): &(usize, String)| match ids.get(*position) {
        Some(id) if *id != position.to_string() => format!("feature {position} (\"{id}\") {what}"),
        _ => format!("feature {position} {what}"),
    };
    let list: Vec<String> = faults.iter().map(named).collect();
    let message = format!("{} of {} zones are no valid polygons: {}", faults.len(), ids.len(), some(&list));
    let is_elsewhere = crs.is_geographic() && faults.iter().any(|(_, what)| what.contains("no longitude"));
    Error::new(Code::UsageZones, message).with_hint(if is_elsewhere {
        format!("the zones are taken to be in {crs}: name the CRS that they are in as crs")
    } else {
        "mend the file, or pass \"repair\": true to have it mended where it can be".to_owned()
    })
}

/// The first few, and how many more there are.
fn some(list: &[String]) -> String {
    let more = list.len().saturating_sub(SHOWN);
    let shown = list.iter().take(SHOWN).cloned().collect::<Vec<_>>().join("; ");
    if more > 0 { format!("{shown}; and {more} more") } else { shown }
}

/// The features with nothing but their ids and geometries.
fn canonical(features: &[&Value], ids: &[String]) -> Value {
    let feature = |(feature, id): (&&Value, &String)| {
        let geometry = if feature.get("type").and_then(Value::as_str) == Some("Feature") {
            feature.get("geometry").cloned().unwrap_or_default()
        } else {
            (*feature).clone()
        };
        json!({"type": "Feature", "id": id, "properties": {}, "geometry": geometry})
    };
    let features: Vec<Value> = features.iter().zip(ids).map(feature).collect();
    json!({"type": "FeatureCollection", "features": features})
}

/// Where chunks begin: few enough cells and vertices each, one zone at least.
fn starts(rings: &Rings) -> Vec<usize> {
    let mut starts = vec![0];
    let (mut first, mut vertices) = (0, 0);
    for cell in 0..rings.len() {
        let count: usize = rings.cell(cell).map(<[_]>::len).sum();
        if cell > first && (vertices + count > CHUNK_VERTICES || cell - first == Chunk::MAX_CELLS) {
            starts.push(cell);
            (first, vertices) = (cell, 0);
        }
        vertices += count;
    }
    starts.push(rings.len());
    starts
}

/// Few enough for a chunk's outlines to be small beside a block.
const CHUNK_VERTICES: usize = 1 << 16;
/// What one task folds.
const RUN_ZONES: usize = 1024;
/// Of a list in an error.
const SHOWN: usize = 5;

#[cfg(test)]
#[path = "zones_tests.rs"]
mod tests;
