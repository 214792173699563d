//! What a workspace remembers: sources, tile index, results, grids, work, features. Tables have the same names and
//! fields in every back end; a back end offers four primitives ([`Store`]), everything with a meaning is built on them
//! once.

pub mod cache;
pub mod conformance;
pub mod features;
pub mod grids;
pub mod id;
#[cfg(target_arch = "wasm32")]
mod indexed_db;
#[cfg(target_arch = "wasm32")]
mod indexed_db_writes;
mod memory;
#[cfg(target_arch = "wasm32")]
mod microtask;
pub mod migrations;
pub mod numbers;
pub mod records;
mod row;
mod schema;
pub mod sources;
#[cfg(target_arch = "wasm32")]
mod sql;
mod table;
pub mod tiles;

use std::ops::Range;

use futures_util::future::LocalBoxFuture;

use crate::error::Result;

#[cfg(target_arch = "wasm32")]
pub use indexed_db::IndexedDbStore;
pub use memory::MemoryStore;
pub use migrations::{MIGRATIONS, Migration, SCHEMA_VERSION, columns, note_applied};
pub use records::{
    CacheRecord, FeatureRecord, GridRecord, ProcessingStatus, SourceKind, SourceRecord, SpatialExtent, TileRecord,
};
pub use row::{Fields, Row, Write};
pub use schema::{Column, ColumnKind, Step};
#[cfg(target_arch = "wasm32")]
pub use sql::{SqlConnection, SqlStore};
pub use table::Table;

/// A place that keeps rows. Several tabs or processes may use one place at once: each call is one transaction, and
/// is durable when its future is done.
pub trait Store {
    /// What it is, for messages: `memory`, `indexeddb`, `sql`.
    fn kind(&self) -> &'static str;

    /// The rows with these ids, in the order asked, `None` where there is none. Blobs included.
    fn get(&self, table: Table, ids: Vec<String>) -> LocalBoxFuture<'_, Result<Vec<Option<Row>>>>;

    /// The rows of a table (with a filter: those whose indexed column has that text), by ascending id, without blobs.
    fn list(&self, table: Table, filter: Option<(&'static str, String)>) -> LocalBoxFuture<'_, Result<Vec<Row>>>;

    /// The first `limit` rows whose text in an indexed column lies in `texts` (ASCII), ascending by that text, then by
    /// id; without blobs. Reads no more of the table than that.
    fn scan(
        &self,
        table: Table,
        column: &'static str,
        texts: Range<String>,
        limit: u32,
    ) -> LocalBoxFuture<'_, Result<Vec<Row>>>;

    /// All of the writes in their order, or none: `store.conflict` where an inserted id or a unique column is taken,
    /// `store.changed` where a requirement is not met, `store.quota` where the place is full.
    fn write(&self, writes: Vec<Write>) -> LocalBoxFuture<'_, Result<()>>;

    /// Lets go of the place. Calls after that fail with `store.failed`.
    fn close(&self);
}
