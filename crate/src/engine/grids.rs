//! Stored grids.

use serde_json::Value;

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
