//! What every back end must do, as one function that runs over any of them: natively over memory, in Node over SQL,
//! in a browser over IndexedDB.

use serde_json::{Value, json};

use crate::error::{Code, Error, Result};
use crate::store::{Fields, Row, Store, Table, Write};

/// `Ok` with the names of the checks when an empty store keeps every promise of [`Store`]; else `bug` that says
/// which one it breaks. Leaves the store empty.
pub async fn check(store: &dyn Store) -> Result<Vec<&'static str>> {
    starts_empty(store).await?;
    keeps_what_was_written(store).await?;
    lists_by_filter_without_blobs(store).await?;
    refuses_taken_names(store).await?;
    writes_all_or_nothing(store).await?;
    updates_in_place(store).await?;
    overlapping_calls_do_not_mix(store).await?;
    deletes(store).await?;
    Ok(vec!["empty", "round trip", "list", "unique", "all or nothing", "update", "overlap", "delete"])
}

async fn starts_empty(store: &dyn Store) -> Result<()> {
    for table in [Table::RasterSources, Table::RasterTiles, Table::ResamplingCache, Table::Grids] {
        expect("an empty table", store.list(table, None).await?.is_empty())?;
    }
    let got = store.get(Table::Grids, vec!["none".to_owned()]).await?;
    expect("None for an id that is not there", got == [None])
}

async fn keeps_what_was_written(store: &dyn Store) -> Result<()> {
    let bytes: Vec<u8> = (0..=255).cycle().take(100_000).collect();
    let row = cache_row("c2", "f1", 2).with_blob(bytes);
    let source = source_row("s1", "plants, «käse» \u{1F33F}");
    store
        .write(vec![Write::Put(Table::ResamplingCache, row.clone()), Write::Put(Table::RasterSources, source.clone())])
        .await?;
    let ids = vec!["none".to_owned(), "c2".to_owned()];
    expect_eq("a row with its blob", &store.get(Table::ResamplingCache, ids).await?, &vec![None, Some(row)])?;
    let got = store.get(Table::RasterSources, vec!["s1".to_owned()]).await?;
    expect_eq("text, numbers, booleans, null and JSON as they were", &got, &vec![Some(source)])
}

async fn lists_by_filter_without_blobs(store: &dyn Store) -> Result<()> {
    let one = cache_row("c1", "f2", 1).with_blob(vec![1]);
    let three = cache_row("c3", "f1", 3).with_blob(Vec::new());
    store.write(vec![Write::Put(Table::ResamplingCache, three), Write::Put(Table::ResamplingCache, one)]).await?;
    let all = store.list(Table::ResamplingCache, None).await?;
    expect_eq("ids in ascending order", &ids(&all), &vec!["c1", "c2", "c3"])?;
    expect("no blobs in a list", all.iter().all(|row| row.blob.is_none()))?;
    let some = store.list(Table::ResamplingCache, Some(("fingerprint", "f1".to_owned()))).await?;
    expect_eq("the rows of the filter", &ids(&some), &vec!["c2", "c3"])?;
    let got = store.get(Table::ResamplingCache, vec!["c3".to_owned()]).await?;
    let blob = got.first().and_then(Option::as_ref).and_then(|row| row.blob.as_ref());
    expect_eq("an empty blob stays an empty blob", &blob, &Some(&Vec::new()))
}

async fn refuses_taken_names(store: &dyn Store) -> Result<()> {
    store.write(vec![Write::Insert(Table::Grids, grid_row("g1", "coarse"))]).await?;
    let same_id = store.write(vec![Write::Insert(Table::Grids, grid_row("g1", "other"))]).await;
    expect_code("an inserted id that is taken", same_id, Code::StoreConflict)?;
    let same_name = store.write(vec![Write::Insert(Table::Grids, grid_row("g2", "coarse"))]).await;
    expect_code("an inserted name that is taken", same_name, Code::StoreConflict)?;
    let put_name = store.write(vec![Write::Put(Table::Grids, grid_row("g2", "coarse"))]).await;
    expect_code("a put name that is taken", put_name, Code::StoreConflict)?;
    store.write(vec![Write::Put(Table::Grids, grid_row("g1", "coarse"))]).await?;
    let grids = store.list(Table::Grids, None).await?;
    expect_eq("refused writes leave nothing", &ids(&grids), &vec!["g1"])
}

async fn writes_all_or_nothing(store: &dyn Store) -> Result<()> {
    let batch = vec![
        Write::Put(Table::Grids, grid_row("g3", "fine")),
        Write::Delete(Table::ResamplingCache, "c1".to_owned()),
        Write::Insert(Table::Grids, grid_row("g1", "again")),
    ];
    expect_code("a batch with a conflict", store.write(batch).await, Code::StoreConflict)?;
    expect_eq("nothing of a refused batch", &ids(&store.list(Table::Grids, None).await?), &vec!["g1"])?;
    let cache = store.list(Table::ResamplingCache, None).await?;
    expect_eq("no deletion of a refused batch", &ids(&cache), &vec!["c1", "c2", "c3"])
}

async fn updates_in_place(store: &dyn Store) -> Result<()> {
    let set = Fields::from_iter([("last_accessed".to_owned(), json!(99))]);
    let touch = |id: &str| Write::Update {
        table: Table::ResamplingCache,
        id: id.to_owned(),
        set: set.clone(),
        add: vec![("access_count", 1)],
    };
    store.write(vec![touch("c1"), touch("gone"), touch("c1")]).await?;
    let got = store.get(Table::ResamplingCache, vec!["c1".to_owned(), "gone".to_owned()]).await?;
    let mut wanted = cache_row("c1", "f2", 1).with_blob(vec![1]);
    wanted.fields.insert("last_accessed".to_owned(), json!(99));
    wanted.fields.insert("access_count".to_owned(), json!(2));
    expect_eq("set and added columns, the others and the blob as they were", &got, &vec![Some(wanted), None])
}

async fn overlapping_calls_do_not_mix(store: &dyn Store) -> Result<()> {
    let good = store.write(vec![
        Write::Insert(Table::Grids, grid_row("h1", "h one")),
        Write::Insert(Table::Grids, grid_row("h2", "h two")),
    ]);
    let bad = store.write(vec![
        Write::Insert(Table::Grids, grid_row("h3", "h three")),
        Write::Insert(Table::Grids, grid_row("g1", "taken")),
    ]);
    let (good, bad, listed) = futures_util::future::join3(good, bad, store.list(Table::Grids, None)).await;
    good?;
    expect_code("the refused one of two batches at once", bad, Code::StoreConflict)?;
    let listed = listed?.len();
    expect("a list sees whole batches", listed == 1 || listed == 3)?;
    expect_eq("only the good batch", &ids(&store.list(Table::Grids, None).await?), &vec!["g1", "h1", "h2"])
}

async fn deletes(store: &dyn Store) -> Result<()> {
    for table in [Table::RasterSources, Table::ResamplingCache, Table::Grids] {
        let rows = store.list(table, None).await?;
        let gone = rows.iter().map(|row| Write::Delete(table, row.id().to_owned()));
        store.write(gone.chain([Write::Delete(table, "none".to_owned())]).collect()).await?;
        expect("an empty table after deleting every row", store.list(table, None).await?.is_empty())?;
    }
    let got = store.get(Table::ResamplingCache, vec!["c2".to_owned()]).await?;
    expect("no blob of a deleted row", got == [None])
}

fn row(fields: Value) -> Row {
    match fields {
        Value::Object(fields) => Row { fields, blob: None },
        _ => Row::default(),
    }
}

fn cache_row(id: &str, fingerprint: &str, chunk: u64) -> Row {
    row(json!({
        "id": id, "source_id": "s1", "fingerprint": fingerprint, "request_id": "r1", "band": 1, "grid_key": "k",
        "grid": {"type": "square"}, "chunk": chunk, "chunk_count": 4, "method": "average", "options": {"overview": "none"},
        "level": 0, "scale": [1.5, 2.25], "cells": 9, "has_confidence": true, "bytes": 7, "created": 1_700_000_000_000_i64,
        "last_accessed": 5, "access_count": 0,
    }))
}

fn grid_row(id: &str, name: &str) -> Row {
    row(
        json!({"id": id, "name": name, "grid_key": "k", "definition": {"cellSize": 25000, "bounds": [1.5, 2, 3, 4]}, "cells": 12, "created": 1}),
    )
}

fn source_row(id: &str, name: &str) -> Row {
    row(json!({
        "id": id, "name": name, "location": "https://example.org/a.tif", "fingerprint": "f1", "etag": "\"x\"", "dataset": null,
        "variable": null, "units": "species_count", "description": "", "metadata": {"years": [2000, 2020], "deep": {"a": null}},
        "width": 21600, "height": 10800, "bands": 1, "data_type": "Int32", "nodata_value": -9999, "pixel_size": [0.5, 0.25],
        "pixel_size_degrees": 0.25, "crs": "EPSG:4326", "spatial_extent": null, "kind": "continuous",
        "processing_status": "registered", "active": true, "created": 1_700_000_000_000_i64, "updated": 0,
    }))
}

fn ids(rows: &[Row]) -> Vec<&str> {
    rows.iter().map(Row::id).collect()
}

fn expect(what: &str, holds: bool) -> Result<()> {
    if holds { Ok(()) } else { Err(Error::new(Code::Bug, format!("expected {what}"))) }
}

fn expect_eq<T: PartialEq + std::fmt::Debug>(what: &str, got: &T, wanted: &T) -> Result<()> {
    if got == wanted {
        return Ok(());
    }
    let shorten = |value: &T| format!("{value:?}").chars().take(600).collect::<String>();
    Err(Error::new(Code::Bug, format!("expected {what}: {}, got {}", shorten(wanted), shorten(got))))
}

fn expect_code(what: &str, got: Result<()>, code: Code) -> Result<()> {
    match got {
        Err(error) if error.code() == code => Ok(()),
        Err(error) => Err(Error::new(Code::Bug, format!("{what}: expected {}, got {error}", code.as_str()))),
        Ok(()) => Err(Error::new(Code::Bug, format!("{what}: expected {}, got no error", code.as_str()))),
    }
}
