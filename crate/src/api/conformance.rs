//! The store's conformance suite for JavaScript's tests; not in the shipped builds.

use js_sys::Array;
use serde_json::{Value, json};
use wasm_bindgen::prelude::*;

use super::errors;
use crate::error::{Code, Error, Result};
use crate::store::migrations::up_to;
use crate::store::{
    Fields, IndexedDbStore, MIGRATIONS, MemoryStore, Migration, Row, SCHEMA_VERSION, SqlConnection, SqlStore, Store,
    Table, Write, conformance,
};

type JsResult = std::result::Result<Array, JsValue>;

/// Names of the checks that a store in memory passes.
#[wasm_bindgen(js_name = conformanceMemory)]
pub async fn conformance_memory() -> JsResult {
    answer(check(&MemoryStore::new()).await)
}

/// Names of the checks that an IndexedDB of that name passes.
#[wasm_bindgen(js_name = conformanceIndexedDb)]
pub async fn conformance_indexed_db(name: String) -> JsResult {
    let work = async { check(&IndexedDbStore::open(name).await?).await };
    answer(work.await)
}

/// Names of the checks that a SQL database passes.
#[wasm_bindgen(js_name = conformanceSql)]
pub async fn conformance_sql(connection: SqlConnection) -> JsResult {
    let work = async { check(&SqlStore::open(connection, 0.0).await?).await };
    answer(work.await)
}

/// The versions from which an IndexedDB was brought to this one with its data in place.
#[wasm_bindgen(js_name = migrationsIndexedDb)]
pub async fn migrations_indexed_db(name: String) -> JsResult {
    let open = async |version: u32, migrations: &'static [Migration]| {
        let store = IndexedDbStore::open_with(format!("{name}-{version}"), migrations).await?;
        Ok(Box::new(store) as Box<dyn Store>)
    };
    answer(migrate(1..SCHEMA_VERSION, open).await)
}

/// The versions from which SQL databases were brought to this one with their data in place. `connections` has an empty
/// database for each version before this one, or nothing where a version is left out.
#[wasm_bindgen(js_name = migrationsSql)]
pub async fn migrations_sql(connections: Vec<JsValue>) -> JsResult {
    let of = |version: u32| connections.get(version as usize - 1).cloned().unwrap_or_default();
    let open = async |version: u32, migrations: &'static [Migration]| {
        let connection = of(version);
        let store = SqlStore::open_with(connection.unchecked_into(), 1.0, migrations).await?;
        Ok(Box::new(store) as Box<dyn Store>)
    };
    answer(migrate((1..SCHEMA_VERSION).filter(|&version| !of(version).is_falsy()), open).await)
}

/// Opens an IndexedDB as an older version does, for as long as the page lives.
#[wasm_bindgen(js_name = holdOlderIndexedDb)]
pub async fn hold_older_indexed_db(name: String) -> std::result::Result<String, JsValue> {
    let store = IndexedDbStore::open_with(name, up_to(1)).await.map_err(|error| errors::to_js(&error))?;
    let kind = store.kind().to_owned();
    std::mem::forget(store);
    Ok(kind)
}

async fn check(store: &dyn Store) -> Result<Vec<String>> {
    let checks = conformance::check(store).await?;
    store.close();
    Ok(checks.into_iter().map(str::to_owned).collect())
}

/// From each of `versions`: rows of that version are there afterwards, new tables and columns work, and the earlier
/// version refuses what it does not know any more.
async fn migrate(
    versions: impl Iterator<Item = u32>,
    open: impl AsyncFn(u32, &'static [Migration]) -> Result<Box<dyn Store>>,
) -> Result<Vec<String>> {
    let mut passed = Vec::new();
    for version in versions {
        let old = open(version, up_to(version)).await?;
        old.write(vec![Write::Put(
            Table::Grids,
            row(json!({"id": "g", "name": "coarse", "grid_key": "k", "cells": 3})),
        )])
        .await?;
        old.close();
        let new = open(version, MIGRATIONS).await?;
        let kept = new.list(Table::Grids, None).await?;
        let name = kept.first().and_then(|row| row.fields.get("name")).and_then(Value::as_str);
        expect("the rows of the older version", kept.len() == 1 && name == Some("coarse"))?;
        let task = json!({"id": "t", "turn": "ready:1", "revision": 1, "status": "pending"});
        let source = json!({"id": "s", "name": "plants", "cache_hits": 2});
        new.write(vec![Write::Put(Table::ProcessingQueue, row(task)), Write::Put(Table::RasterSources, row(source))])
            .await?;
        let found = new.scan(Table::ProcessingQueue, "turn", "ready:".to_owned().."ready;".to_owned(), 9).await?;
        expect("the new tables and their indexes", found.len() == 1)?;
        let sources = new.list(Table::RasterSources, None).await?;
        let hits = sources.first().and_then(|row| row.fields.get("cache_hits")).and_then(Value::as_i64);
        expect("the new columns", hits == Some(2))?;
        let block = json!({"id": "b", "fingerprint": "f", "byte_offset": 7, "bytes": 1});
        new.write(vec![Write::Put(Table::RasterBlocks, row(block).with_blob(vec![7]))]).await?;
        let blocks = new.get(Table::RasterBlocks, vec!["b".to_owned()]).await?;
        expect("the table of blocks", blocks.first().and_then(|row| row.as_ref()?.blob.clone()) == Some(vec![7]))?;
        new.close();
        match open(version, up_to(version)).await {
            Err(error) if error.code() == Code::StoreNewerVersion => {}
            Err(error) => return Err(error),
            Ok(_) => expect("a refusal of a newer database", false)?,
        }
        passed.push(version.to_string());
    }
    Ok(passed)
}

fn row(value: Value) -> Row {
    match value {
        Value::Object(fields) => Row { fields, blob: None },
        _ => Row { fields: Fields::new(), blob: None },
    }
}

fn expect(what: &str, holds: bool) -> Result<()> {
    if holds { Ok(()) } else { Err(Error::new(Code::Bug, format!("expected {what}"))) }
}

fn answer(outcome: Result<Vec<String>>) -> JsResult {
    let names = outcome.map_err(|error| errors::to_js(&error))?;
    Ok(names.into_iter().map(JsValue::from).collect())
}
