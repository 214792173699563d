//! Results as columns: one row per chunk and method.

use serde_json::Value;

use crate::error::Result;
use crate::store::id::short_id;
use crate::store::{CacheRecord, Fields, Row, Store, Table, Write, numbers};

const TABLE: Table = Table::ResamplingCache;

/// One method's values in one chunk.
#[derive(Debug, Clone, PartialEq)]
pub struct Columns {
    /// One value a cell, NaN where there is none.
    pub values: Vec<f64>,
    /// One confidence a cell, where it was kept with these values.
    pub confidence: Option<Vec<f64>>,
}

/// What a question's rows are found by: everything that its numbers depend on.
#[must_use]
pub fn request_id(fingerprint: &str, band: u32, grid_key: &str, options: &Value) -> String {
    let rule = RESULT_VERSION.to_string();
    short_id("r", &[&rule, fingerprint, &band.to_string(), grid_key, &options.to_string()])
}

/// Raised when the same question gets other numbers than before, so that stored ones are not mixed with new ones.
const RESULT_VERSION: u32 = 1;

/// Id of the row of one chunk and method of a question.
#[must_use]
pub fn row_id(request_id: &str, method: &str, chunk: u64) -> String {
    format!("{request_id}:{method}:{chunk:08}")
}

/// The stored rows with these ids, in the order asked. A damaged row counts as not there.
pub async fn get(store: &dyn Store, ids: Vec<String>) -> Result<Vec<Option<(CacheRecord, Columns)>>> {
    let rows = store.get(TABLE, ids).await?;
    Ok(rows.into_iter().map(|row| row.as_ref().and_then(decode)).collect())
}

/// Stores columns; rows that are there are written over.
pub async fn put(store: &dyn Store, entries: &[(CacheRecord, Columns)]) -> Result<()> {
    let writes = entries
        .iter()
        .map(|(record, columns)| Ok(Write::Put(TABLE, Row::from_record(record)?.with_blob(encode(columns)))))
        .collect::<Result<_>>()?;
    store.write(writes).await
}

/// Counts an access of each row, and what was served and missed of the source, where that is registered.
pub async fn touch(
    store: &dyn Store,
    ids: &[String],
    now_ms: i64,
    source_id: &str,
    counts: &AccessCounts,
) -> Result<()> {
    let set = Fields::from_iter([("last_accessed".to_owned(), Value::from(now_ms))]);
    let touch =
        |id: &String| Write::Update { table: TABLE, id: id.clone(), set: set.clone(), add: vec![("access_count", 1)] };
    let of_source = Write::Update {
        table: Table::RasterSources,
        id: source_id.to_owned(),
        set: Fields::new(),
        add: vec![
            ("cache_hits", counts.hits),
            ("cache_misses", counts.misses),
            ("cache_bytes_served", counts.bytes_served),
        ],
    };
    store.write(ids.iter().map(touch).chain([of_source]).collect()).await
}

/// What one call took from the store.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct AccessCounts {
    /// Columns that were served.
    pub hits: i64,
    /// Columns that had to be computed.
    pub misses: i64,
    pub bytes_served: i64,
}

/// Every row's record, without its columns. Damaged rows are left out.
pub async fn list(store: &dyn Store) -> Result<Vec<CacheRecord>> {
    let rows = store.list(TABLE, None).await?;
    Ok(rows.iter().filter_map(|row| row.record(TABLE).ok()).collect())
}

/// Removes every row of a question; returns how many there were.
pub async fn remove(store: &dyn Store, request_id: &str) -> Result<usize> {
    let rows = store.list(TABLE, Some(("request_id", request_id.to_owned()))).await?;
    let writes: Vec<Write> = rows.iter().map(|row| Write::Delete(TABLE, row.id().to_owned())).collect();
    let count = writes.len();
    store.write(writes).await?;
    Ok(count)
}

/// Removes rows by their ids.
pub async fn remove_rows(store: &dyn Store, ids: Vec<String>) -> Result<()> {
    store.write(ids.into_iter().map(|id| Write::Delete(TABLE, id)).collect()).await
}

/// Values, then confidence.
fn encode(columns: &Columns) -> Vec<u8> {
    let mut bytes = numbers::encode(&columns.values);
    if let Some(confidence) = &columns.confidence {
        bytes.extend(numbers::encode(confidence));
    }
    bytes
}

fn decode(row: &Row) -> Option<(CacheRecord, Columns)> {
    let record: CacheRecord = row.record(TABLE).ok()?;
    let blob = row.blob.as_deref()?;
    let value_bytes = usize::try_from(record.cells).ok()?.checked_mul(8)?;
    let expected_bytes = if record.has_confidence { value_bytes.checked_mul(2)? } else { value_bytes };
    if blob.len() != expected_bytes {
        return None;
    }
    let (values, confidence) = blob.split_at_checked(value_bytes)?;
    let confidence = record.has_confidence.then(|| numbers::decode(confidence));
    Some((record, Columns { values: numbers::decode(values), confidence }))
}

#[cfg(test)]
#[path = "cache_tests.rs"]
mod tests;
