//! The tables, as a numbered list of changes that every back end carries out in its own words.
//!
//! A migration that has been released is never edited: a later one changes what it left.

use serde_json::json;

use super::schema::{
    FEATURES_2, GRIDS_1, MIGRATIONS_1, PROCESSING_QUEUE_2, RASTER_BLOCKS_3, RASTER_SOURCES_1, RASTER_SOURCES_2,
    RASTER_TILES_1, RESAMPLING_CACHE_1,
};
use crate::error::{Code, Error, Result};
use crate::store::{Column, Row, Step, Store, Table, Write};

/// One numbered change.
#[derive(Debug, Clone, Copy)]
pub struct Migration {
    pub version: u32,
    pub name: &'static str,
    pub steps: &'static [Step],
}

/// Every change, oldest first.
pub const MIGRATIONS: &[Migration] = &[
    Migration {
        version: 1,
        name: "sources, tiles, results, grids",
        steps: &[
            Step::CreateTable { table: Table::RasterSources, columns: RASTER_SOURCES_1 },
            Step::CreateTable { table: Table::RasterTiles, columns: RASTER_TILES_1 },
            Step::CreateTable { table: Table::ResamplingCache, columns: RESAMPLING_CACHE_1 },
            Step::CreateTable { table: Table::Grids, columns: GRIDS_1 },
            Step::CreateTable { table: Table::Migrations, columns: MIGRATIONS_1 },
        ],
    },
    Migration {
        version: 2,
        name: "queue, features, cache counters",
        steps: &[
            Step::CreateTable { table: Table::ProcessingQueue, columns: PROCESSING_QUEUE_2 },
            Step::CreateTable { table: Table::Features, columns: FEATURES_2 },
            Step::AddColumns { table: Table::RasterSources, columns: RASTER_SOURCES_2 },
        ],
    },
    Migration {
        version: 3,
        name: "bytes of remote files",
        steps: &[Step::CreateTable { table: Table::RasterBlocks, columns: RASTER_BLOCKS_3 }],
    },
];

/// Version of a database that has every migration.
pub const SCHEMA_VERSION: u32 = version(MIGRATIONS);

/// The last version of a list.
#[must_use]
pub const fn version(migrations: &[Migration]) -> u32 {
    match migrations.last() {
        Some(migration) => migration.version,
        None => 0,
    }
}

/// The first `version` of the changes: a database as an earlier version of this software left it.
#[must_use]
pub fn up_to(version: u32) -> &'static [Migration] {
    let count = MIGRATIONS.iter().take_while(|migration| migration.version <= version).count();
    MIGRATIONS.get(..count).unwrap_or(MIGRATIONS)
}

/// `store.newer_version`: another software was here, and this one would spoil its rows.
#[must_use]
pub fn newer_version(found: u32, known: u32) -> Error {
    Error::new(
        Code::StoreNewerVersion,
        format!("the workspace was written by a newer version: its schema is {found}, this one knows {known}"),
    )
    .with_hint("use the newer version of cogrid (reload the page), or another workspace")
}

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
    columns_after(MIGRATIONS, table)
}

/// The columns that a table has after these migrations.
#[must_use]
pub fn columns_after(migrations: &[Migration], table: Table) -> Vec<Column> {
    let steps = migrations.iter().flat_map(|migration| migration.steps);
    let of_table = steps.filter_map(|step| match step {
        Step::CreateTable { table: changed, columns } | Step::AddColumns { table: changed, columns } => {
            (*changed == table).then_some(*columns)
        }
    });
    of_table.flatten().copied().collect()
}

#[cfg(test)]
#[path = "migrations_tests.rs"]
mod tests;
