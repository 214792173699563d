//! The tables' columns, version by version.

use crate::store::Table;

/// A column besides `id` (text, primary key) and the table's blob column.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Column {
    pub name: &'static str,
    pub kind: ColumnKind,
    pub is_indexed: bool,
    pub is_unique: bool,
}

/// How a column's JSON value is kept where the back end has column types.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ColumnKind {
    Text,
    Integer,
    Real,
    Boolean,
    Json,
}

/// What a migration does.
#[derive(Debug, Clone, Copy)]
pub enum Step {
    CreateTable {
        table: Table,
        columns: &'static [Column],
    },
    /// Further columns of a table that is there, none of them indexed; null in the rows that are there.
    AddColumns {
        table: Table,
        columns: &'static [Column],
    },
}

const fn column(name: &'static str, kind: ColumnKind) -> Column {
    Column { name, kind, is_indexed: false, is_unique: false }
}

const fn indexed(name: &'static str) -> Column {
    Column { name, kind: ColumnKind::Text, is_indexed: true, is_unique: false }
}

const fn unique(name: &'static str) -> Column {
    Column { name, kind: ColumnKind::Text, is_indexed: true, is_unique: true }
}

pub(super) const RASTER_SOURCES_1: &[Column] = &[
    unique("name"),
    indexed("location"),
    column("fingerprint", ColumnKind::Text),
    column("etag", ColumnKind::Text),
    column("dataset", ColumnKind::Text),
    column("variable", ColumnKind::Text),
    column("units", ColumnKind::Text),
    column("description", ColumnKind::Text),
    column("metadata", ColumnKind::Json),
    column("width", ColumnKind::Integer),
    column("height", ColumnKind::Integer),
    column("bands", ColumnKind::Integer),
    column("data_type", ColumnKind::Text),
    column("nodata_value", ColumnKind::Json),
    column("pixel_size", ColumnKind::Json),
    column("pixel_size_degrees", ColumnKind::Real),
    column("crs", ColumnKind::Text),
    column("spatial_extent", ColumnKind::Json),
    column("kind", ColumnKind::Text),
    indexed("processing_status"),
    column("active", ColumnKind::Boolean),
    column("created", ColumnKind::Integer),
    column("updated", ColumnKind::Integer),
];

pub(super) const RASTER_TILES_1: &[Column] = &[
    indexed("source_id"),
    column("fingerprint", ColumnKind::Text),
    column("band", ColumnKind::Integer),
    column("tile_col", ColumnKind::Integer),
    column("tile_row", ColumnKind::Integer),
    column("window", ColumnKind::Json),
    column("bounds", ColumnKind::Json),
    column("file_byte_ranges", ColumnKind::Json),
    column("file_byte_offset", ColumnKind::Integer),
    column("file_byte_length", ColumnKind::Integer),
    column("tile_stats", ColumnKind::Json),
    column("created", ColumnKind::Integer),
];

pub(super) const RESAMPLING_CACHE_1: &[Column] = &[
    indexed("source_id"),
    indexed("fingerprint"),
    indexed("request_id"),
    column("band", ColumnKind::Integer),
    indexed("grid_key"),
    column("grid", ColumnKind::Json),
    column("chunk", ColumnKind::Integer),
    column("chunk_count", ColumnKind::Integer),
    column("method", ColumnKind::Text),
    column("options", ColumnKind::Json),
    column("level", ColumnKind::Integer),
    column("scale", ColumnKind::Json),
    column("cells", ColumnKind::Integer),
    column("has_confidence", ColumnKind::Boolean),
    column("bytes", ColumnKind::Integer),
    column("created", ColumnKind::Integer),
    column("last_accessed", ColumnKind::Integer),
    column("access_count", ColumnKind::Integer),
];

pub(super) const GRIDS_1: &[Column] = &[
    unique("name"),
    indexed("grid_key"),
    column("definition", ColumnKind::Json),
    column("cells", ColumnKind::Integer),
    column("created", ColumnKind::Integer),
];

pub(super) const MIGRATIONS_1: &[Column] =
    &[column("version", ColumnKind::Integer), column("name", ColumnKind::Text), column("applied", ColumnKind::Integer)];

pub(super) const RASTER_SOURCES_2: &[Column] = &[
    column("cache_hits", ColumnKind::Integer),
    column("cache_misses", ColumnKind::Integer),
    column("cache_bytes_served", ColumnKind::Integer),
];

pub(super) const PROCESSING_QUEUE_2: &[Column] = &[
    column("queue_type", ColumnKind::Text),
    indexed("source"),
    column("grid", ColumnKind::Json),
    column("parameters", ColumnKind::Json),
    column("priority", ColumnKind::Integer),
    indexed("status"),
    column("origin", ColumnKind::Text),
    indexed("turn"),
    column("revision", ColumnKind::Integer),
    column("worker_id", ColumnKind::Text),
    column("lease_until", ColumnKind::Integer),
    column("lease_ms", ColumnKind::Integer),
    column("not_before", ColumnKind::Integer),
    column("retry_count", ColumnKind::Integer),
    column("max_retries", ColumnKind::Integer),
    column("lost_count", ColumnKind::Integer),
    column("progress", ColumnKind::Real),
    column("error", ColumnKind::Json),
    column("result", ColumnKind::Json),
    column("depends_on", ColumnKind::Json),
    column("waits_for", ColumnKind::Text),
    column("created", ColumnKind::Integer),
    column("started", ColumnKind::Integer),
    column("finished", ColumnKind::Integer),
];

pub(super) const FEATURES_2: &[Column] = &[
    indexed("grid_key"),
    column("grid", ColumnKind::Json),
    column("chunk", ColumnKind::Integer),
    column("chunk_count", ColumnKind::Integer),
    column("cells", ColumnKind::Integer),
    column("feature_type", ColumnKind::Text),
    indexed("feature_name"),
    column("metadata", ColumnKind::Json),
    column("created", ColumnKind::Integer),
];

pub(super) const RASTER_BLOCKS_3: &[Column] = &[
    indexed("fingerprint"),
    column("byte_offset", ColumnKind::Integer),
    column("bytes", ColumnKind::Integer),
    column("created", ColumnKind::Integer),
    column("last_accessed", ColumnKind::Integer),
];
