//! Named values of a grid's cells: one row per feature and chunk.

use crate::error::Result;
use crate::store::id::short_id;
use crate::store::{FeatureRecord, Row, Store, Table, Write, numbers};

const TABLE: Table = Table::Features;

/// What all rows of a feature of a grid start their ids with.
#[must_use]
pub fn feature_id(grid_key: &str, feature_type: &str, feature_name: &str) -> String {
    short_id("f", &[grid_key, feature_type, feature_name])
}

/// Id of the row of one chunk.
#[must_use]
pub fn row_id(feature_id: &str, chunk: u64) -> String {
    format!("{feature_id}:{chunk:08}")
}

/// Stores chunks of features, all or none; rows that are there are written over.
pub async fn put(store: &dyn Store, rows: &[(FeatureRecord, &[f64])]) -> Result<()> {
    let write = |(record, values): &(FeatureRecord, &[f64])| {
        Ok(Write::Put(TABLE, Row::from_record(record)?.with_blob(numbers::encode(values))))
    };
    store.write(rows.iter().map(write).collect::<Result<_>>()?).await
}

/// The records of a grid's features; of all grids where there is no key. Damaged rows are left out.
pub async fn list(store: &dyn Store, grid_key: Option<&str>) -> Result<Vec<FeatureRecord>> {
    let rows = store.list(TABLE, grid_key.map(|key| ("grid_key", key.to_owned()))).await?;
    Ok(rows.iter().filter_map(|row| row.record(TABLE).ok()).collect())
}

/// The values of these rows, in the order asked; `None` for one that is not there or is damaged.
pub async fn values(store: &dyn Store, ids: Vec<String>) -> Result<Vec<Option<Vec<f64>>>> {
    let rows = store.get(TABLE, ids).await?;
    let values = |row: Row| {
        let record: FeatureRecord = row.record(TABLE).ok()?;
        let values = numbers::decode(row.blob.as_deref()?);
        (u64::try_from(values.len()).ok()? == record.cells).then_some(values)
    };
    Ok(rows.into_iter().map(|row| row.and_then(values)).collect())
}

/// Removes rows by their ids.
pub async fn remove(store: &dyn Store, ids: Vec<String>) -> Result<()> {
    store.write(ids.into_iter().map(|id| Write::Delete(TABLE, id)).collect()).await
}
