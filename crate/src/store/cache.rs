//! Results as columns: one row per chunk and method.

use serde_json::Value;

use crate::error::Result;
use crate::store::id::short_id;
use crate::store::{CacheRecord, Fields, Row, Store, Table, Write};

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

/// Counts an access of each row.
pub async fn touch(store: &dyn Store, ids: &[String], now_ms: i64) -> Result<()> {
    let set = Fields::from_iter([("last_accessed".to_owned(), Value::from(now_ms))]);
    let touch =
        |id: &String| Write::Update { table: TABLE, id: id.clone(), set: set.clone(), add: vec![("access_count", 1)] };
    store.write(ids.iter().map(touch).collect()).await
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

/// Values, then confidence: little-endian f64.
fn encode(columns: &Columns) -> Vec<u8> {
    let confidence = columns.confidence.as_deref().unwrap_or_default();
    columns.values.iter().chain(confidence).flat_map(|value| value.to_le_bytes()).collect()
}

fn decode(row: &Row) -> Option<(CacheRecord, Columns)> {
    let record: CacheRecord = row.record(TABLE).ok()?;
    let blob = row.blob.as_deref()?;
    let cells = usize::try_from(record.cells).ok()?;
    let expected_bytes = cells.checked_mul(if record.has_confidence { 16 } else { 8 })?;
    if blob.len() != expected_bytes {
        return None;
    }
    let (numbers, _) = blob.as_chunks::<8>();
    let mut values: Vec<f64> = numbers.iter().map(|bytes| f64::from_le_bytes(*bytes)).collect();
    let confidence = record.has_confidence.then(|| values.split_off(cells));
    Some((record, Columns { values, confidence }))
}

#[cfg(test)]
#[path = "cache_tests.rs"]
mod tests;
