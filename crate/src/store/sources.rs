//! Registered sources as records.

use serde_json::Value;

use crate::error::{Code, Error, Result};
use crate::store::{Fields, Row, SourceRecord, Store, Table, Write};

const TABLE: Table = Table::RasterSources;

/// Every source, by ascending name.
pub async fn list(store: &dyn Store) -> Result<Vec<SourceRecord>> {
    let rows = store.list(TABLE, None).await?;
    let mut records: Vec<SourceRecord> = rows.iter().map(|row| row.record(TABLE)).collect::<Result<_>>()?;
    records.sort_by(|a, b| a.name.cmp(&b.name));
    Ok(records)
}

/// Adds a source; `usage.name_taken` where the name is another source's.
pub async fn insert(store: &dyn Store, record: &SourceRecord) -> Result<()> {
    let row = Row::from_record(record)?;
    store.write(vec![Write::Insert(TABLE, row)]).await.map_err(|error| name_taken(error, &record.name))
}

/// Writes a source over.
pub async fn put(store: &dyn Store, record: &SourceRecord) -> Result<()> {
    let row = Row::from_record(record)?;
    store.write(vec![Write::Put(TABLE, row)]).await.map_err(|error| name_taken(error, &record.name))
}

/// Sets some columns of a source.
pub async fn update(store: &dyn Store, id: &str, set: impl IntoIterator<Item = (&'static str, Value)>) -> Result<()> {
    let set = set.into_iter().map(|(name, value)| (name.to_owned(), value)).collect::<Fields>();
    store.write(vec![Write::Update { table: TABLE, id: id.to_owned(), set, add: Vec::new() }]).await
}

/// Removes a source with its tile index and its results.
pub async fn remove(store: &dyn Store, id: &str) -> Result<()> {
    let mut writes = vec![Write::Delete(TABLE, id.to_owned())];
    for table in [Table::RasterTiles, Table::ResamplingCache] {
        let rows = store.list(table, Some(("source_id", id.to_owned()))).await?;
        writes.extend(rows.iter().map(|row| Write::Delete(table, row.id().to_owned())));
    }
    store.write(writes).await
}

/// `store.conflict` said in the caller's terms.
pub(super) fn name_taken(error: Error, name: &str) -> Error {
    if error.code() != Code::StoreConflict {
        return error;
    }
    Error::new(Code::UsageNameTaken, format!("the name {name:?} is taken"))
        .with_hint("choose another name, or remove the one that has it")
}
