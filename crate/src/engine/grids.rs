//! Stored grids.

use serde_json::{Value, json};

use super::names::near_names;
use super::workspace::Workspace;
use crate::error::{Code, Error, Result};
use crate::grid::{Grid, GridDefinition};
use crate::store::id::short_id;
use crate::store::{self, GridRecord};

impl Workspace {
    /// Stores a grid. The same rule under the same name (or none) is the same grid. `usage.name_taken` where the name
    /// is another rule's.
    pub async fn add_grid(&self, definition: &Value, name: Option<String>) -> Result<GridRecord> {
        let grid = Grid::new(&GridDefinition::from_value(definition)?)?;
        let key = grid.key();
        let records = self.grids().await?;
        let same =
            |record: &&GridRecord| record.grid_key == key && name.as_ref().is_none_or(|name| *name == record.name);
        if let Some(record) = records.iter().find(same) {
            return Ok(record.clone());
        }
        let id = short_id("g", &[&key, name.as_deref().unwrap_or_default()]);
        let kind = definition.get("type").and_then(Value::as_str).unwrap_or("grid");
        let suffix = id.get(2..8).unwrap_or(&id);
        let record = GridRecord {
            name: name.unwrap_or_else(|| format!("{kind} {suffix}")),
            id,
            grid_key: key,
            definition: grid.definition().to_value(),
            cells: grid.cell_count(),
            created: self.now_ms(),
        };
        store::grids::insert(self.store.as_ref(), &record).await?;
        Ok(record)
    }

    /// Every stored grid, by name.
    pub async fn grids(&self) -> Result<Vec<GridRecord>> {
        store::grids::list(self.store.as_ref()).await
    }

    /// Every stored grid, by name, polygons described: their number, digest and bounds in place of their features. A grid
    /// may be named by its description.
    pub async fn grid_descriptions(&self) -> Result<Vec<GridRecord>> {
        let described = |record: GridRecord| {
            let summary = serde_json::from_str(&record.grid_key).ok().filter(|key: &Value| key.get("digest").is_some());
            let Some(Value::Object(mut summary)) = summary else { return record };
            if let Some(bounds) = record.definition.get("features").and_then(bounds_of) {
                summary.insert("bounds".to_owned(), json!(bounds));
            }
            GridRecord { definition: Value::Object(summary), ..record }
        };
        Ok(self.grids().await?.into_iter().map(described).collect())
    }

    /// The grid of an id or a name; `usage.unknown_grid` names near ones.
    pub async fn grid(&self, wanted: &str) -> Result<GridRecord> {
        let records = self.grids().await?;
        let found = records.iter().find(|record| record.id == wanted);
        match found.or_else(|| records.iter().find(|record| record.name == wanted)) {
            Some(record) => Ok(record.clone()),
            None => Err(Error::new(Code::UsageUnknownGrid, format!("no grid is called {wanted:?}"))
                .with_hint(near_names(wanted, records.iter().map(|record| record.name.as_str())))),
        }
    }

    /// The stored grid of a summary; `usage.unknown_grid` where it is not stored any more.
    pub(super) async fn grid_of_summary(&self, summary: &Value) -> Result<GridRecord> {
        // By the digest alone: numbers may have been through JavaScript.
        let digest = format!("\"digest\":{}", summary.get("digest").unwrap_or(&Value::Null));
        let found = self.grids().await?.into_iter().find(|record| record.grid_key.contains(&digest));
        found.ok_or_else(|| {
            Error::new(Code::UsageUnknownGrid, "the polygons of this result are not among the stored grids any more")
                .with_hint("add the grid again with the same features")
        })
    }

    /// Removes a grid; stored results on it stay.
    pub async fn remove_grid(&self, wanted: &str) -> Result<()> {
        let record = self.grid(wanted).await?;
        store::grids::remove(self.store.as_ref(), &record.id).await
    }
}

/// `[minX, minY, maxX, maxY]` of the positions in GeoJSON, as they are written; `None` where there is none.
fn bounds_of(features: &Value) -> Option<[f64; 4]> {
    let mut bounds = [f64::INFINITY, f64::INFINITY, f64::NEG_INFINITY, f64::NEG_INFINITY];
    let mut open: Vec<&Value> = vec![features];
    while let Some(value) = open.pop() {
        match value {
            Value::Object(members) => {
                open.extend(["features", "geometry", "coordinates"].iter().filter_map(|name| members.get(*name)));
            }
            Value::Array(items) => {
                match (items.first().and_then(Value::as_f64), items.get(1).and_then(Value::as_f64)) {
                    (Some(x), Some(y)) => {
                        bounds = [bounds[0].min(x), bounds[1].min(y), bounds[2].max(x), bounds[3].max(y)];
                    }
                    _ => open.extend(items),
                }
            }
            _ => {}
        }
    }
    bounds.iter().all(|side| side.is_finite()).then_some(bounds)
}

#[cfg(test)]
#[path = "grids_tests.rs"]
mod tests;
