//! Rows in the browser's IndexedDB: an object store per table, and one beside it for the table's bulk data, so that
//! a list reads none of that.

use std::cell::{Cell, RefCell};
use std::ops::Range;
use std::pin::pin;
use std::rc::Rc;

use futures_util::future::{Either, FutureExt, LocalBoxFuture, select};
use gloo_timers::future::TimeoutFuture;
use indexed_db_futures::KeyPath;
use indexed_db_futures::database::{Database, VersionChangeEvent};
use indexed_db_futures::error::{DomException, OpenDbError};
use indexed_db_futures::prelude::*;
use js_sys::Uint8Array;
use serde::Serialize;
use wasm_bindgen::{JsCast, JsValue};

use crate::error::{Code, Error, Result};
use crate::store::migrations::version;
use crate::store::{Fields, MIGRATIONS, Migration, Row, Step, Store, Table, Write, indexed_db_writes, microtask};

type IdbResult<T> = std::result::Result<T, indexed_db_futures::error::Error>;

/// An open database.
pub struct IndexedDbStore {
    database: Rc<RefCell<Option<Database>>>,
}

impl std::fmt::Debug for IndexedDbStore {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("IndexedDbStore")
    }
}

impl IndexedDbStore {
    /// Opens or makes the database `name`, migrated. `store.unavailable` where the browser offers none (private
    /// windows), `store.newer_version` where a later version of this software has been there, `store.blocked` where
    /// another tab keeps an older version open.
    pub async fn open(name: String) -> Result<Self> {
        Self::open_with(name, MIGRATIONS).await
    }

    /// As [`IndexedDbStore::open`], with the tables of these migrations: what another version of this software does.
    pub async fn open_with(name: String, migrations: &'static [Migration]) -> Result<Self> {
        let is_blocked = Rc::new(Cell::new(false));
        let request = {
            let is_blocked = Rc::clone(&is_blocked);
            Database::open(name)
                .with_version(version(migrations))
                .with_on_blocked(move |_| {
                    is_blocked.set(true);
                    Ok(())
                })
                .with_on_upgrade_needed(move |event: VersionChangeEvent, database: Database| {
                    migrate(&database, event.old_version(), migrations)
                })
        };
        let request = request.build().map_err(open_error)?;
        let mut opening = pin!(microtask::run(request.into_future()));
        let database = loop {
            match select(opening.as_mut(), TimeoutFuture::new(BLOCKED_PATIENCE_MS)).await {
                Either::Left((database, _)) => break database.map_err(open_error)?,
                Either::Right(_) if is_blocked.get() => return Err(blocked()),
                Either::Right(_) => {}
            }
        };
        let slot = Rc::new(RefCell::new(Some(database.clone())));
        close_for_newer_version(&database, Rc::clone(&slot));
        Ok(Self { database: slot })
    }

    fn database(&self) -> Result<Database> {
        self.database.borrow().clone().ok_or_else(|| {
            Error::new(Code::StoreFailed, "the database is closed")
                .with_hint("reload the page: it may have been updated in another tab")
        })
    }
}

impl Store for IndexedDbStore {
    fn kind(&self) -> &'static str {
        "indexeddb"
    }

    fn get(&self, table: Table, ids: Vec<String>) -> LocalBoxFuture<'_, Result<Vec<Option<Row>>>> {
        async move {
            let database = self.database()?;
            let found = microtask::run(async move { get(&database, table, &ids).await }).await.map_err(failure)?;
            found.into_iter().map(|(fields, blob)| fields.map(|fields| to_row(&fields, blob)).transpose()).collect()
        }
        .boxed_local()
    }

    fn list(&self, table: Table, filter: Option<(&'static str, String)>) -> LocalBoxFuture<'_, Result<Vec<Row>>> {
        async move {
            let database = self.database()?;
            let found = microtask::run(async move { list(&database, table, filter).await }).await.map_err(failure)?;
            let mut rows: Vec<Row> = found.iter().map(|fields| to_row(fields, None)).collect::<Result<_>>()?;
            // IndexedDB compares strings by UTF-16 units, the other back ends by bytes.
            rows.sort_by(|a, b| a.id().cmp(b.id()));
            Ok(rows)
        }
        .boxed_local()
    }

    fn scan(
        &self,
        table: Table,
        column: &'static str,
        texts: Range<String>,
        limit: u32,
    ) -> LocalBoxFuture<'_, Result<Vec<Row>>> {
        async move {
            // A range that ends before it starts is an error to IndexedDB, and no limit at all is what 0 says there.
            if texts.is_empty() || limit == 0 {
                return Ok(Vec::new());
            }
            let database = self.database()?;
            let work = async move { scan(&database, table, column, texts, limit).await };
            let found = microtask::run(work).await.map_err(failure)?;
            found.iter().map(|fields| to_row(fields, None)).collect()
        }
        .boxed_local()
    }

    fn write(&self, writes: Vec<Write>) -> LocalBoxFuture<'_, Result<()>> {
        async move {
            if writes.is_empty() {
                return Ok(());
            }
            let database = self.database()?;
            microtask::run(async move { indexed_db_writes::write(&database, writes).await }).await
        }
        .boxed_local()
    }

    fn close(&self) {
        if let Some(database) = self.database.borrow_mut().take() {
            database.close();
        }
    }
}

fn migrate(database: &Database, old_version: f64, migrations: &[Migration]) -> IdbResult<()> {
    for migration in migrations.iter().filter(|migration| f64::from(migration.version) > old_version) {
        for step in migration.steps {
            match step {
                Step::CreateTable { table, columns } => {
                    let store = database.create_object_store(table.name()).with_key_path(KeyPath::One("id")).build()?;
                    for column in columns.iter().filter(|column| column.is_indexed) {
                        let index = store.create_index(column.name, KeyPath::One(column.name));
                        index.with_unique(column.is_unique).build()?;
                    }
                    if let Some(name) = blob_store(*table) {
                        database.create_object_store(name).build()?;
                    }
                }
                // Rows are objects: a column that they have not got is null.
                Step::AddColumns { .. } => {}
            }
        }
    }
    Ok(())
}

/// Another tab that brings a newer version waits until every old one has let go.
fn close_for_newer_version(database: &Database, slot: Rc<RefCell<Option<Database>>>) {
    let Ok(mut changes) = database.version_changes() else { return };
    wasm_bindgen_futures::spawn_local(async move {
        changes.recv().await;
        if let Some(database) = slot.borrow_mut().take() {
            database.close();
        }
    });
}

async fn get(database: &Database, table: Table, ids: &[String]) -> IdbResult<Vec<(Option<JsValue>, Option<JsValue>)>> {
    let transaction = database.transaction(store_names(table)).build()?;
    let rows = transaction.object_store(table.name())?;
    let blobs = blob_store(table).map(|name| transaction.object_store(&name)).transpose()?;
    let mut requests = Vec::with_capacity(ids.len());
    for id in ids {
        let row = rows.get::<JsValue, _, _>(id.as_str()).primitive()?;
        let blob = match &blobs {
            Some(blobs) => Some(blobs.get::<JsValue, _, _>(id.as_str()).primitive()?),
            None => None,
        };
        requests.push((row, blob));
    }
    let mut found = Vec::with_capacity(ids.len());
    for (row, blob) in requests {
        let row = row.await?;
        let blob = match blob {
            Some(blob) => blob.await?,
            None => None,
        };
        found.push((row, blob));
    }
    Ok(found)
}

async fn list(database: &Database, table: Table, filter: Option<(&'static str, String)>) -> IdbResult<Vec<JsValue>> {
    let transaction = database.transaction(table.name()).build()?;
    let rows = transaction.object_store(table.name())?;
    match filter {
        Some((column, text)) => {
            let index = rows.index(column)?;
            index.get_all::<JsValue>().with_query::<String, _>(text).primitive()?.await?.collect()
        }
        None => rows.get_all::<JsValue>().primitive()?.await?.collect(),
    }
}

async fn scan(
    database: &Database,
    table: Table,
    column: &str,
    texts: Range<String>,
    limit: u32,
) -> IdbResult<Vec<JsValue>> {
    let transaction = database.transaction(table.name()).build()?;
    let rows = transaction.object_store(table.name())?;
    let index = rows.index(column)?;
    index.get_all::<JsValue>().with_query::<String, _>(texts).with_limit(limit).primitive()?.await?.collect()
}

pub(super) fn store_names(table: Table) -> Vec<String> {
    [table.name().to_owned()].into_iter().chain(blob_store(table)).collect()
}

pub(super) fn blob_store(table: Table) -> Option<String> {
    table.blob_column().map(|column| format!("{}.{column}", table.name()))
}

pub(super) fn to_js(fields: &Fields) -> Result<JsValue> {
    fields
        .serialize(&serde_wasm_bindgen::Serializer::json_compatible())
        .map_err(|cause| Error::new(Code::Bug, format!("a row could not be handed to JavaScript: {cause}")))
}

pub(super) fn to_row(fields: &JsValue, blob: Option<JsValue>) -> Result<Row> {
    let fields = serde_wasm_bindgen::from_value(fields.clone())
        .map_err(|cause| Error::new(Code::StoreCorrupt, format!("a stored row is damaged: {cause}")))?;
    Ok(Row { fields, blob: blob.map(|bytes| bytes.unchecked_into::<Uint8Array>().to_vec()) })
}

fn blocked() -> Error {
    Error::new(Code::StoreBlocked, "another tab keeps an older version of the workspace open")
        .with_hint("close or reload the other tabs of this page, then reload this one")
}

fn open_error(error: OpenDbError) -> Error {
    match &error {
        OpenDbError::Base(indexed_db_futures::error::Error::DomException(exception)) => {
            let name = exception_name(exception);
            if name == "VersionError" {
                return Error::new(Code::StoreNewerVersion, "the workspace was written by a newer version")
                    .with_hint("reload the page to get the newer version");
            }
            Error::new(Code::StoreUnavailable, format!("IndexedDB does not open: {name}: {}", exception.message()))
        }
        _ => Error::new(Code::StoreUnavailable, format!("IndexedDB does not open: {error}")),
    }
    .with_hint("private windows and blocked cookies switch it off; results are then kept in memory only")
}

pub(super) fn failure(error: indexed_db_futures::error::Error) -> Error {
    let indexed_db_futures::error::Error::DomException(exception) = &error else {
        // A commit that is aborted without a failed request is how browsers refuse for want of space.
        if matches!(error, indexed_db_futures::error::Error::MissingData(_)) {
            return quota("the browser refused to keep the data");
        }
        return Error::new(Code::StoreFailed, format!("IndexedDB: {error}"));
    };
    let message = exception.message();
    match (exception, exception_name(exception).as_str()) {
        (DomException::ConstraintError(_), _) => {
            Error::new(Code::StoreConflict, format!("id or name is taken: {message}"))
        }
        (_, "QuotaExceededError") => quota(&message),
        (_, name) => Error::new(Code::StoreFailed, format!("IndexedDB: {name}: {message}")),
    }
}

fn quota(message: &str) -> Error {
    Error::new(Code::StoreQuota, format!("no space is left for the workspace: {message}"))
        .with_hint("remove stored results, or free disk space")
}

fn exception_name(exception: &DomException) -> String {
    let value: &JsValue = exception.as_ref();
    value.unchecked_ref::<web_sys::DomException>().name()
}

/// An older tab that was told lets go at once; one that has not within this long will not.
const BLOCKED_PATIENCE_MS: u32 = 3000;
