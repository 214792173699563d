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
    scans_in_order(store).await?;
    requires(store).await?;
    lets_one_of_many_claim(store).await?;
    deletes(store).await?;
    Ok(vec![
        "empty",
        "round trip",
        "list",
        "unique",
        "all or nothing",
        "update",
        "overlap",
        "scan",
        "require",
        "claim",
        "delete",
    ])
}

async fn starts_empty(store: &dyn Store) -> Result<()> {
    for table in Table::ALL.into_iter().filter(|table| *table != Table::Migrations) {
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

async fn scans_in_order(store: &dyn Store) -> Result<()> {
    let tasks = [("t3", "ready:1"), ("t1", "ready:2"), ("t2", "ready:1"), ("t4", "late"), ("t5", "ready;")];
    let mut writes: Vec<Write> =
        tasks.iter().map(|(id, turn)| Write::Insert(Table::ProcessingQueue, task_row(id, (*turn).into()))).collect();
    writes.push(Write::Insert(Table::ProcessingQueue, task_row("t6", Value::Null)));
    store.write(writes).await?;
    let scan =
        |from: &str, to: &str, limit| store.scan(Table::ProcessingQueue, "turn", from.to_owned()..to.to_owned(), limit);
    let all = scan("ready:", "ready;", 10).await?;
    expect_eq("a range by its text, then by id, without its end", &ids(&all), &vec!["t2", "t3", "t1"])?;
    expect_eq("whole rows", &all.last(), &Some(&task_row("t1", "ready:2".into())))?;
    expect_eq("the first of a range", &ids(&scan("ready:", "ready;", 2).await?), &vec!["t2", "t3"])?;
    expect_eq("the range from its start on", &ids(&scan("ready:2", "ready;", 9).await?), &vec!["t1"])?;
    expect("nothing of an empty range", scan("ready:", "ready:", 9).await?.is_empty())?;
    expect("nothing for a limit of 0", scan("ready:", "ready;", 0).await?.is_empty())
}

async fn requires(store: &dyn Store) -> Result<()> {
    let table = Table::ProcessingQueue;
    let require = |id: &str, expect: Value| Write::Require { table, id: id.to_owned(), expect: fields(expect) };
    let set = |id: &str, set: Value| Write::Update { table, id: id.to_owned(), set: fields(set), add: Vec::new() };
    let met = vec![
        require("t1", json!({"revision": 0, "status": "pending", "worker_id": null, "grid": {"type": "square"}})),
        set("t1", json!({"revision": 1})),
        require("t1", json!({"revision": 1})),
        require("t2", json!({})),
    ];
    store.write(met).await?;
    for (what, id, expect) in [
        ("another number", "t1", json!({"revision": 0})),
        ("another text", "t1", json!({"revision": 1, "status": "running"})),
        ("a value where there is null", "t1", json!({"worker_id": "w"})),
        ("null where there is a value", "t1", json!({"status": null})),
        ("a row that is not there", "gone", json!({})),
    ] {
        let batch = vec![set("t2", json!({"revision": 9})), require(id, expect), Write::Delete(table, "t3".to_owned())];
        expect_code(what, store.write(batch).await, Code::StoreChanged)?;
    }
    let got = store.get(table, ["t2", "t3"].map(str::to_owned).to_vec()).await?;
    let wanted = ["t2", "t3"].map(|id| Some(task_row(id, "ready:1".into()))).to_vec();
    expect_eq("nothing of a batch whose requirement is not met", &got, &wanted)?;
    let taken = vec![require("t1", json!({"revision": 1})), Write::Insert(table, task_row("t2", Value::Null))];
    expect_code("a conflict beside a requirement", store.write(taken).await, Code::StoreConflict)
}

async fn lets_one_of_many_claim(store: &dyn Store) -> Result<()> {
    let table = Table::ProcessingQueue;
    let claims = (0..8).map(|worker| {
        let set = fields(json!({"revision": 1, "worker_id": format!("w{worker}")}));
        let expect = fields(json!({"revision": 0}));
        let (id, again) = ("t2".to_owned(), "t2".to_owned());
        store
            .write(vec![Write::Require { table, id, expect }, Write::Update { table, id: again, set, add: Vec::new() }])
    });
    let outcomes = futures_util::future::join_all(claims).await;
    let winners: Vec<usize> = (0..8).filter(|worker| outcomes.get(*worker).is_some_and(Result::is_ok)).collect();
    let got = store.get(table, vec!["t2".to_owned()]).await?;
    let owner = got.first().and_then(Option::as_ref).and_then(|row| row.fields.get("worker_id").cloned());
    expect_eq("one winner", &winners.len(), &1)?;
    expect_eq("the row of the winner", &owner, &winners.first().map(|worker| format!("w{worker}").into()))?;
    for outcome in outcomes.into_iter().filter(Result::is_err) {
        expect_code("a claim that came too late", outcome, Code::StoreChanged)?;
    }
    Ok(())
}

async fn deletes(store: &dyn Store) -> Result<()> {
    for table in [Table::RasterSources, Table::ResamplingCache, Table::Grids, Table::ProcessingQueue] {
        let rows = store.list(table, None).await?;
        let gone = rows.iter().map(|row| Write::Delete(table, row.id().to_owned()));
        store.write(gone.chain([Write::Delete(table, "none".to_owned())]).collect()).await?;
        expect("an empty table after deleting every row", store.list(table, None).await?.is_empty())?;
    }
    let got = store.get(Table::ResamplingCache, vec!["c2".to_owned()]).await?;
    expect("no blob of a deleted row", got == [None])
}

fn row(value: Value) -> Row {
    Row { fields: fields(value), blob: None }
}

fn fields(value: Value) -> Fields {
    match value {
        Value::Object(fields) => fields,
        _ => Fields::default(),
    }
}

fn cache_row(id: &str, fingerprint: &str, chunk: u64) -> Row {
    row(json!({
        "id": id, "source_id": "s1", "fingerprint": fingerprint, "request_id": "r1", "band": 1, "grid_key": "k",
        "grid": {"type": "square"}, "chunk": chunk, "chunk_count": 4, "method": "average", "options": {"overview": "none"},
        "level": 0, "scale": [0.051_000_000_000_000_004, 2.25], "cells": 9, "has_confidence": true, "bytes": 7, "created": 1_700_000_000_000_i64,
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
        "cache_hits": 3, "cache_misses": 0, "cache_bytes_served": null,
    }))
}

fn task_row(id: &str, turn: Value) -> Row {
    row(json!({
        "id": id, "queue_type": "resampling", "source": "s1", "grid": {"type": "square"}, "parameters": {"method": ["average"]},
        "priority": -3, "status": "pending", "origin": "https://example.org", "turn": turn, "revision": 0,
        "worker_id": null, "lease_until": null, "lease_ms": null, "not_before": null, "retry_count": 0, "max_retries": 3,
        "lost_count": 0, "progress": 0.25, "error": {"code": "source.network"}, "result": null, "depends_on": ["t0"],
        "waits_for": null, "created": 1_700_000_000_000_i64, "started": null, "finished": null,
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
