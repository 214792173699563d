//! What is stored of results, as a list.

use std::collections::BTreeMap;

use serde::Serialize;
use serde_json::Value;

use super::workspace::Workspace;
use crate::error::{Code, Error, Result};
use crate::store::{self, CacheRecord, cache};

/// A stored result. The same request again is served from it.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct ResultSummary {
    pub id: String,
    /// Name of the source; its location where it is not registered.
    pub source: String,
    pub source_id: String,
    /// Name of the stored grid, else null.
    pub grid: Option<String>,
    pub definition: Value,
    /// Methods that are stored for every chunk.
    pub methods: Vec<String>,
    /// 1-based.
    pub band: u32,
    pub overview: Value,
    pub unscale: bool,
    /// 0 is full resolution.
    pub level: u32,
    /// Cells that are stored.
    pub cells: u64,
    pub bytes: u64,
    pub created: i64,
    pub last_accessed: i64,
    /// Whether every chunk of the grid is there.
    pub complete: bool,
    /// Whether the file has changed since: the result is not served any more.
    pub stale: bool,
}

impl Workspace {
    /// Stored results, newest first.
    pub async fn results(&self) -> Result<Vec<ResultSummary>> {
        let store = self.store.as_ref();
        let (sources, grids) = (self.sources().await?, self.grids().await?);
        let mut groups: BTreeMap<String, Vec<CacheRecord>> = BTreeMap::new();
        for record in cache::list(store).await? {
            groups.entry(record.request_id.clone()).or_default().push(record);
        }
        let mut results: Vec<ResultSummary> = groups.values().filter_map(|group| summary(group)).collect();
        for result in &mut results {
            let source = sources.iter().find(|source| source.id == result.source_id);
            if let Some(source) = source {
                result.source.clone_from(&source.name);
            }
            let group = groups.get(&result.id).and_then(|group| group.first());
            result.stale = source.zip(group).is_some_and(|(source, group)| source.fingerprint != group.fingerprint);
            result.grid = group
                .and_then(|group| grids.iter().find(|grid| grid.grid_key == group.grid_key))
                .map(|grid| grid.name.clone());
        }
        results.sort_by(|a, b| b.created.cmp(&a.created).then_with(|| a.id.cmp(&b.id)));
        Ok(results)
    }

    /// Removes a stored result; `usage.unknown_result` where there is none of that id.
    pub async fn remove_result(&self, id: &str) -> Result<()> {
        if store::cache::remove(self.store.as_ref(), id).await? == 0 {
            return Err(Error::new(Code::UsageUnknownResult, format!("there is no stored result {id:?}")));
        }
        Ok(())
    }
}

/// The rows of one request as one result.
fn summary(rows: &[CacheRecord]) -> Option<ResultSummary> {
    let first = rows.first()?;
    let mut methods: BTreeMap<&str, (u64, u64)> = BTreeMap::new();
    for row in rows {
        let (chunks, cells) = methods.entry(&row.method).or_default();
        *chunks = chunks.saturating_add(1);
        *cells = cells.saturating_add(row.cells);
    }
    let most = methods.values().map(|(chunks, _)| *chunks).max().unwrap_or_default();
    let complete = most == first.chunk_count;
    Some(ResultSummary {
        id: first.request_id.clone(),
        source: first.source_id.clone(),
        source_id: first.source_id.clone(),
        grid: None,
        definition: first.grid.clone(),
        methods: methods
            .iter()
            .filter(|(_, (chunks, _))| *chunks == most)
            .map(|(name, _)| (*name).to_owned())
            .collect(),
        band: first.band,
        overview: match first.options.get("overview") {
            Some(Value::String(name)) if name.starts_with("auto") => "auto".into(),
            overview => overview.cloned().unwrap_or_default(),
        },
        unscale: first.options.get("unscale").and_then(Value::as_bool).unwrap_or_default(),
        level: first.level,
        cells: methods.values().map(|(_, cells)| *cells).max().unwrap_or_default(),
        bytes: rows.iter().map(|row| row.bytes).sum(),
        created: rows.iter().map(|row| row.created).max().unwrap_or_default(),
        last_accessed: rows.iter().map(|row| row.last_accessed).max().unwrap_or_default(),
        complete,
        stale: false,
    })
}
