//! The tables, as a numbered list of changes that every back end carries out in its own words.
//!
//! A migration that has been released is never edited: a later one changes what it left.

use serde_json::json;

use crate::error::Result;
use crate::store::{Row, Store, Write};

/// A table of the workspace.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Table {
    RasterSources,
    RasterTiles,
    ResamplingCache,
    Grids,
    Migrations,
}

impl Table {
    pub const ALL: [Self; 5] =
        [Self::RasterSources, Self::RasterTiles, Self::ResamplingCache, Self::Grids, Self::Migrations];

    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::RasterSources => "raster_sources",
            Self::RasterTiles => "raster_tiles",
            Self::ResamplingCache => "resampling_cache",
            Self::Grids => "grids",
            Self::Migrations => "migrations",
        }
    }

    /// Name of the column of bulk data, where the table has one.
    #[must_use]
    pub const fn blob_column(self) -> Option<&'static str> {
        match self {
            Self::ResamplingCache => Some("columns"),
            _ => None,
        }
    }
}

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

/// One numbered change.
#[derive(Debug, Clone, Copy)]
pub struct Migration {
    pub version: u32,
    pub name: &'static str,
    pub steps: &'static [Step],
}

#[derive(Debug, Clone, Copy)]
pub enum Step {
    CreateTable { table: Table, columns: &'static [Column] },
}

/// Every change, oldest first.
pub const MIGRATIONS: &[Migration] = &[Migration {
    version: 1,
    name: "sources, tiles, results, grids",
    steps: &[
        Step::CreateTable { table: Table::RasterSources, columns: RASTER_SOURCES_1 },
        Step::CreateTable { table: Table::RasterTiles, columns: RASTER_TILES_1 },
        Step::CreateTable { table: Table::ResamplingCache, columns: RESAMPLING_CACHE_1 },
        Step::CreateTable { table: Table::Grids, columns: GRIDS_1 },
        Step::CreateTable { table: Table::Migrations, columns: MIGRATIONS_1 },
    ],
}];

/// Version of a database that has every migration.
pub const SCHEMA_VERSION: u32 = match MIGRATIONS.last() {
    Some(migration) => migration.version,
    None => 0,
};

/// Notes in the table `migrations` what a back end without SQL has carried out when it was opened.
pub async fn note_applied(store: &dyn Store, now_ms: i64) -> Result<()> {
    let noted = store.list(Table::Migrations, None).await?;
    let missing =
        MIGRATIONS.iter().filter(|migration| noted.iter().all(|row| row.id() != migration.version.to_string()));
    let writes: Vec<Write> = missing
        .map(|migration| {
            let fields = json!({"version": migration.version, "name": migration.name, "applied": now_ms});
            let mut row = Row::from_record(&fields)?;
            row.fields.insert("id".to_owned(), migration.version.to_string().into());
            Ok(Write::Put(Table::Migrations, row))
        })
        .collect::<Result<_>>()?;
    if writes.is_empty() { Ok(()) } else { store.write(writes).await }
}

/// The columns that a table has after every migration.
#[must_use]
pub fn columns(table: Table) -> Vec<Column> {
    let mut all = Vec::new();
    for step in MIGRATIONS.iter().flat_map(|migration| migration.steps) {
        match step {
            Step::CreateTable { table: created, columns } if *created == table => all.extend_from_slice(columns),
            Step::CreateTable { .. } => {}
        }
    }
    all
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

const RASTER_SOURCES_1: &[Column] = &[
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

const RASTER_TILES_1: &[Column] = &[
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

const RESAMPLING_CACHE_1: &[Column] = &[
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

const GRIDS_1: &[Column] = &[
    unique("name"),
    indexed("grid_key"),
    column("definition", ColumnKind::Json),
    column("cells", ColumnKind::Integer),
    column("created", ColumnKind::Integer),
];

const MIGRATIONS_1: &[Column] =
    &[column("version", ColumnKind::Integer), column("name", ColumnKind::Text), column("applied", ColumnKind::Integer)];
