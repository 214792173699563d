//! Values of a grid's cells under names: made from results, read back as one table.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use super::caller::Caller;
use super::question::ResampleOptions;
use super::resampling::GridInput;
use super::workspace::{Target, Workspace};
use crate::error::{Code, Error, Result};
use crate::grid::{Chunk, Grid};
use crate::store::features::{feature_id, row_id};
use crate::store::{self, FeatureRecord};

/// What the values are called.
#[derive(Debug, Clone, Default, PartialEq, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct FeatureOptions {
    /// Groups features; `raster` where it is absent.
    pub feature_type: Option<String>,
    /// The source's name where it is absent. With several methods each one's name is added.
    pub feature_name: Option<String>,
    /// Free JSON, kept beside what the values were made from.
    pub metadata: Value,
}

/// Which features a table has: all of the grid's where nothing is said.
#[derive(Debug, Clone, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct FeatureFilter {
    pub feature_type: Option<String>,
    pub feature_names: Option<Vec<String>>,
}

/// A stored feature.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct FeatureSummary {
    pub id: String,
    pub feature_type: String,
    pub feature_name: String,
    /// Name of the stored grid, else null.
    pub grid: Option<String>,
    pub definition: Value,
    pub cells: u64,
    pub metadata: Value,
    pub created: i64,
    /// Whether every chunk of the grid is there.
    pub complete: bool,
}

/// The features of a grid: a column each.
#[derive(Debug, Clone)]
pub struct FeatureTable {
    pub grid: Grid,
    /// Names of the columns; with the type before a colon where two types have one name.
    pub names: Vec<String>,
    /// Values in the order of the names, in the order of the chunk's cells; NaN where there is none.
    pub chunks: Vec<(Chunk, Vec<Vec<f64>>)>,
}

impl Workspace {
    /// Stores the values of `target` on the cells of `grid` as features, one a method: what is stored of the result is
    /// taken from there. A feature of the same type and name on the same grid is replaced, all of it or nothing.
    pub async fn add_features(
        &self,
        target: &Target,
        grid: &GridInput,
        options: &ResampleOptions,
        feature: &FeatureOptions,
        caller: &dyn Caller,
    ) -> Result<Vec<FeatureSummary>> {
        let subject = self.subject(target).await?;
        let name = match (&feature.feature_name, &subject.record) {
            (Some(name), _) => name.clone(),
            (None, Some(record)) => record.name.clone(),
            (None, None) => subject.location.clone(),
        };
        let options = ResampleOptions { outlines: Some(false), ..options.clone() };
        let result = self.resample_for(target, grid, &options, caller).await?;
        let key = result.grid.key();
        let feature_type = feature.feature_type.clone().unwrap_or_else(|| "raster".to_owned());
        let columns = &result.provenance.columns;
        let mut ids = Vec::with_capacity(columns.len());
        // In one transaction: values of two versions of a file side by side would be a wrong answer.
        let mut rows = Vec::with_capacity(columns.len() * result.chunks.len());
        for (place, column) in columns.iter().enumerate() {
            let feature_name = if columns.len() == 1 { name.clone() } else { format!("{name}_{column}") };
            let id = feature_id(&key, &feature_type, &feature_name);
            let made_from = json!({
                "source": subject.id, "fingerprint": result.provenance.fingerprint, "method": column,
                "band": options.band, "level": result.provenance.level,
            });
            for chunk in &result.chunks {
                let Some((_, values)) = chunk.columns.get(place) else { continue };
                let record = FeatureRecord {
                    id: row_id(&id, chunk.chunk.index),
                    grid_key: key.clone(),
                    grid: result.grid.summary().clone(),
                    chunk: chunk.chunk.index,
                    chunk_count: result.grid.chunk_count(),
                    cells: values.len() as u64,
                    feature_type: feature_type.clone(),
                    feature_name: feature_name.clone(),
                    metadata: json!({"user": feature.metadata, "from": made_from}),
                    created: self.now_ms(),
                };
                rows.push((record, values.as_slice()));
            }
            ids.push(id);
        }
        store::features::put(self.store.as_ref(), &rows).await?;
        Ok(self.features().await?.into_iter().filter(|summary| ids.contains(&summary.id)).collect())
    }

    /// Every stored feature, by grid, type and name.
    pub async fn features(&self) -> Result<Vec<FeatureSummary>> {
        let grids = self.grids().await?;
        let mut all: BTreeMap<(String, String, String), (FeatureSummary, u64)> = BTreeMap::new();
        for record in store::features::list(self.store.as_ref(), None).await? {
            let key = (record.grid_key.clone(), record.feature_type.clone(), record.feature_name.clone());
            let (summary, chunks) = all.entry(key).or_insert_with(|| {
                let id = feature_id(&record.grid_key, &record.feature_type, &record.feature_name);
                let grid = grids.iter().find(|grid| grid.grid_key == record.grid_key).map(|grid| grid.name.clone());
                (summary(&record, id, grid), 0)
            });
            *chunks += 1;
            summary.cells = summary.cells.saturating_add(record.cells);
            summary.complete = *chunks == record.chunk_count;
        }
        Ok(all.into_values().map(|(summary, _)| summary).collect())
    }

    /// Removes a feature; `usage.unknown_feature` where there is none of that id.
    pub async fn remove_feature(&self, id: &str) -> Result<()> {
        let prefix = format!("{id}:");
        let records = store::features::list(self.store.as_ref(), None).await?;
        let rows: Vec<String> =
            records.into_iter().map(|record| record.id).filter(|row| row.starts_with(&prefix)).collect();
        if rows.is_empty() {
            return Err(Error::new(Code::UsageUnknownFeature, format!("there is no feature {id:?}")));
        }
        store::features::remove(self.store.as_ref(), rows).await
    }

    /// The stored features of a grid joined by cell: a column each. `usage.unknown_feature` where one that is asked for
    /// by name is not there.
    pub async fn feature_table(&self, grid: &GridInput, filter: &FeatureFilter) -> Result<FeatureTable> {
        let grid = self.grid_of(grid).await?;
        let key = grid.key();
        let mut found: Vec<(String, String)> = store::features::list(self.store.as_ref(), Some(&key))
            .await?
            .into_iter()
            .filter(|record| filter.feature_type.as_ref().is_none_or(|wanted| *wanted == record.feature_type))
            .map(|record| (record.feature_name, record.feature_type))
            .collect();
        found.sort();
        found.dedup();
        if let Some(names) = &filter.feature_names {
            if let Some(missing) = names.iter().find(|name| found.iter().all(|(found, _)| found != *name)) {
                let near = super::names::near_names(missing, found.iter().map(|(name, _)| name.as_str()));
                return Err(Error::new(Code::UsageUnknownFeature, format!("the grid has no feature {missing:?}"))
                    .with_hint(near));
            }
            // In the order in which they were asked for.
            found =
                names.iter().flat_map(|name| found.iter().filter(move |(found, _)| found == name).cloned()).collect();
        }
        let is_ambiguous = |name: &str| found.iter().filter(|(found, _)| found == name).count() > 1;
        let label = |(name, kind): &(String, String)| {
            if is_ambiguous(name) { format!("{kind}:{name}") } else { name.clone() }
        };
        let names = found.iter().map(label).collect();
        let ids: Vec<String> = found.iter().map(|(name, kind)| feature_id(&key, kind, name)).collect();
        let mut chunks = Vec::new();
        for index in 0..grid.chunk_count() {
            let chunk = grid.chunk(index);
            let rows = ids.iter().map(|id| row_id(id, index)).collect();
            let cells = chunk.cell_count();
            let columns = store::features::values(self.store.as_ref(), rows).await?;
            let whole = |values: Option<Vec<f64>>| {
                values.filter(|values| values.len() == cells).unwrap_or_else(|| vec![f64::NAN; cells])
            };
            chunks.push((chunk, columns.into_iter().map(whole).collect()));
        }
        Ok(FeatureTable { grid, names, chunks })
    }
}

fn summary(record: &FeatureRecord, id: String, grid: Option<String>) -> FeatureSummary {
    FeatureSummary {
        id,
        feature_type: record.feature_type.clone(),
        feature_name: record.feature_name.clone(),
        grid,
        definition: record.grid.clone(),
        cells: 0,
        metadata: record.metadata.clone(),
        created: record.created,
        complete: false,
    }
}

#[cfg(test)]
#[path = "features_tests.rs"]
mod tests;
