//! Stored grids as records.

use crate::error::Result;
use crate::store::sources::name_taken;
use crate::store::{GridRecord, Row, Store, Table, Write};

const TABLE: Table = Table::Grids;

/// Every grid, by ascending name.
pub async fn list(store: &dyn Store) -> Result<Vec<GridRecord>> {
    let rows = store.list(TABLE, None).await?;
    let mut records: Vec<GridRecord> = rows.iter().map(|row| row.record(TABLE)).collect::<Result<_>>()?;
    records.sort_by(|a, b| a.name.cmp(&b.name));
    Ok(records)
}

/// Adds a grid; `usage.name_taken` where the name is another grid's.
pub async fn insert(store: &dyn Store, record: &GridRecord) -> Result<()> {
    let row = Row::from_record(record)?;
    store.write(vec![Write::Insert(TABLE, row)]).await.map_err(|error| name_taken(error, &record.name))
}

/// Removes a grid; stored results on it stay.
pub async fn remove(store: &dyn Store, id: &str) -> Result<()> {
    store.write(vec![Write::Delete(TABLE, id.to_owned())]).await
}
