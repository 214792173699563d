//! A source's tile index as records.

use crate::error::Result;
use crate::store::{Row, Store, Table, TileRecord, Write};

const TABLE: Table = Table::RasterTiles;

/// Every tile of a source, by ascending id. Damaged rows are left out: they are built again.
pub async fn list(store: &dyn Store, source_id: &str) -> Result<Vec<TileRecord>> {
    let rows = store.list(TABLE, Some(("source_id", source_id.to_owned()))).await?;
    Ok(rows.iter().filter_map(|row| row.record(TABLE).ok()).collect())
}

/// Stores tiles; rows that are there are written over.
pub async fn put(store: &dyn Store, tiles: &[TileRecord]) -> Result<()> {
    let writes = tiles.iter().map(|tile| Ok(Write::Put(TABLE, Row::from_record(tile)?))).collect::<Result<_>>()?;
    store.write(writes).await
}

/// Removes tiles by their ids.
pub async fn remove(store: &dyn Store, ids: Vec<String>) -> Result<()> {
    store.write(ids.into_iter().map(|id| Write::Delete(TABLE, id)).collect()).await
}
