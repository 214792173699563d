//! Writing rows to IndexedDB: one transaction a batch.

use indexed_db_futures::database::Database;
use indexed_db_futures::object_store::ObjectStore;
use indexed_db_futures::prelude::*;
use indexed_db_futures::transaction::{Transaction, TransactionMode};
use js_sys::Uint8Array;
use wasm_bindgen::JsValue;

use super::indexed_db::{blob_store, failure, store_names, to_js, to_row};
use crate::error::Result;
use crate::store::row::{require, update_fields};
use crate::store::{Fields, Row, Table, Write};

/// All of the writes in one transaction, or none.
pub(super) async fn write(database: &Database, writes: Vec<Write>) -> Result<()> {
    let mut names: Vec<String> = writes.iter().flat_map(|write| store_names(write.table())).collect();
    names.sort_unstable();
    names.dedup();
    let transaction = database.transaction(names).with_mode(TransactionMode::Readwrite).build().map_err(failure)?;
    let mut writes = writes.into_iter().peekable();
    while let Some(write) = writes.next() {
        // Runs of one kind are asked for together: each answer on its own would be a way to another process and back.
        match write {
            Write::Put(table, row) => {
                let mut run = vec![row];
                let follows = |write: &Write| matches!(write, Write::Put(next, _) if *next == table);
                while let Some(Write::Put(_, row)) = writes.next_if(follows) {
                    run.push(row);
                }
                put_all(&transaction, table, run).await?;
            }
            Write::Update { table, id, set, add } => {
                let mut run = vec![(id, set, add)];
                // What changes a row twice must see the first change.
                let follows = |run: &[Change], write: &Write| {
                    matches!(write, Write::Update { table: next, id, .. }
                        if *next == table && run.iter().all(|(other, ..)| other != id))
                };
                while let Some(Write::Update { id, set, add, .. }) = writes.next_if(|write| follows(&run, write)) {
                    run.push((id, set, add));
                }
                update_all(&transaction, table, run).await?;
            }
            other => apply(&transaction, other).await?,
        }
    }
    transaction.commit().await.map_err(failure)
}

/// Id of a row, what is set and what is added there.
type Change = (String, Fields, Vec<(&'static str, i64)>);

async fn put_all(transaction: &Transaction<'_>, table: Table, run: Vec<Row>) -> Result<()> {
    let rows = transaction.object_store(table.name()).map_err(failure)?;
    let blobs = blob_store(table).map(|name| transaction.object_store(&name)).transpose().map_err(failure)?;
    let mut requests = Vec::with_capacity(run.len());
    for row in run {
        requests.push(rows.put(to_js(&row.fields)?).primitive().map_err(failure)?);
        put_blob(blobs.as_ref(), row)?;
    }
    // Awaited, so that the error says which of its kinds it is before the transaction is aborted.
    for request in requests {
        request.await.map_err(failure)?;
    }
    Ok(())
}

async fn update_all(transaction: &Transaction<'_>, table: Table, run: Vec<Change>) -> Result<()> {
    let rows = transaction.object_store(table.name()).map_err(failure)?;
    let mut reads = Vec::with_capacity(run.len());
    for (id, ..) in &run {
        reads.push(rows.get::<JsValue, _, _>(id.as_str()).primitive().map_err(failure)?);
    }
    let mut requests = Vec::with_capacity(run.len());
    for (read, (_, set, add)) in reads.into_iter().zip(&run) {
        let Some(old) = read.await.map_err(failure)? else { continue };
        let mut fields = to_row(&old, None)?.fields;
        update_fields(&mut fields, set, add);
        requests.push(rows.put(to_js(&fields)?).primitive().map_err(failure)?);
    }
    for request in requests {
        request.await.map_err(failure)?;
    }
    Ok(())
}

async fn apply(transaction: &Transaction<'_>, write: Write) -> Result<()> {
    let table = write.table();
    let rows = transaction.object_store(table.name()).map_err(failure)?;
    let blobs = match blob_store(table) {
        Some(name) => Some(transaction.object_store(&name).map_err(failure)?),
        None => None,
    };
    match write {
        Write::Insert(_, row) => {
            // Awaited, so that the error says which of its kinds it is before the transaction is aborted.
            rows.add(to_js(&row.fields)?).primitive().map_err(failure)?.await.map_err(failure)?;
            put_blob(blobs.as_ref(), row)?;
        }
        Write::Put(table, row) => put_all(transaction, table, vec![row]).await?,
        Write::Update { table, id, set, add } => update_all(transaction, table, vec![(id, set, add)]).await?,
        Write::Require { id, expect, .. } => {
            let found = rows.get::<JsValue, _, _>(id.as_str()).primitive().map_err(failure)?.await.map_err(failure)?;
            let fields = found.map(|fields| to_row(&fields, None)).transpose()?.map(|row| row.fields);
            require(table, &id, fields.as_ref(), &expect)?;
        }
        Write::Delete(_, id) => {
            rows.delete(id.as_str()).primitive().map_err(failure)?;
            if let Some(blobs) = blobs {
                blobs.delete(id.as_str()).primitive().map_err(failure)?;
            }
        }
    }
    Ok(())
}

fn put_blob(blobs: Option<&ObjectStore<'_>>, row: Row) -> Result<()> {
    let (Some(blobs), Some(blob)) = (blobs, &row.blob) else { return Ok(()) };
    // A copy outside wasm's memory, which may be shared and could then not be stored.
    let bytes = JsValue::from(Uint8Array::from(blob.as_slice()));
    blobs.put(bytes).with_key(row.id().to_owned()).primitive().map_err(failure)?;
    Ok(())
}
