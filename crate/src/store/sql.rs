//! Rows in a SQL database (SQLite's dialect) that the host reaches: `node:sqlite`, Cloudflare D1, a Durable Object.

use std::cell::Cell;
use std::ops::Range;
use std::rc::Rc;

use futures_util::future::{FutureExt, LocalBoxFuture};
use js_sys::{Array, JsString, Object, Promise, Reflect, Uint8Array};
use serde_json::Value;
use wasm_bindgen::prelude::*;
use wasm_bindgen_futures::JsFuture;

use crate::error::{Code, Error, Result};
use crate::store::migrations::{newer_version, version};
use crate::store::row::changed;
use crate::store::{
    Column, ColumnKind, Fields, MIGRATIONS, Migration, Row, Step, Store, Table, Write, columns, microtask,
};

#[wasm_bindgen]
extern "C" {
    /// What the host offers; both give their answer at once or as a promise. `execute(sql, params)`: the rows of one
    /// statement as objects. `batch([[sql, params], …])`: all of the statements in one transaction, or none.
    pub type SqlConnection;

    #[wasm_bindgen(method, catch)]
    fn execute(this: &SqlConnection, sql: &str, params: &Array) -> std::result::Result<JsValue, JsValue>;

    #[wasm_bindgen(method, catch)]
    fn batch(this: &SqlConnection, statements: &Array) -> std::result::Result<JsValue, JsValue>;
}

/// Rows asked for at once; D1 takes at most 100 parameters in a statement.
const IDS_PER_QUERY: usize = 50;

type Statement = (String, Vec<JsValue>);

/// A migrated database.
pub struct SqlStore(Rc<Inner>);

struct Inner {
    connection: SqlConnection,
    is_closed: Cell<bool>,
}

impl std::fmt::Debug for SqlStore {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("SqlStore")
    }
}

impl SqlStore {
    /// Migrates the database. `store.newer_version` where a later version of this software has been there.
    pub async fn open(connection: SqlConnection, now_ms: f64) -> Result<Self> {
        Self::open_with(connection, now_ms, MIGRATIONS).await
    }

    /// As [`SqlStore::open`], with the tables of these migrations: what another version of this software does.
    pub async fn open_with(connection: SqlConnection, now_ms: f64, migrations: &[Migration]) -> Result<Self> {
        let store = Inner { connection, is_closed: Cell::new(false) };
        store.run("CREATE TABLE IF NOT EXISTS migrations (id TEXT PRIMARY KEY, version INTEGER, name TEXT, applied INTEGER)", &[]).await?;
        store.migrate(now_ms, migrations).await?;
        Ok(Self(Rc::new(store)))
    }
}

impl Inner {
    async fn version(&self) -> Result<u32> {
        let rows = self.run("SELECT max(version) AS version FROM migrations", &[]).await?;
        let version = Reflect::get(&rows.get(0), &"version".into()).ok().and_then(|value| as_number(&value));
        Ok(version.map_or(0, |version| version as u32))
    }

    /// One transaction a migration. Where two processes open a database at once, the note of the migration is taken
    /// for the second one, which then looks again.
    async fn migrate(&self, now_ms: f64, migrations: &[Migration]) -> Result<()> {
        let mut at = self.version().await?;
        if at > version(migrations) {
            return Err(newer_version(at, version(migrations)));
        }
        while let Some(migration) = migrations.iter().find(|migration| migration.version > at) {
            let number = f64::from(migration.version);
            let note = vec![migration.version.to_string().into(), number.into(), migration.name.into(), now_ms.into()];
            let note = ("INSERT INTO migrations (id, version, name, applied) VALUES (?, ?, ?, ?)".to_owned(), note);
            let steps = migration.steps.iter().flat_map(statements).map(|sql| (sql, Vec::new()));
            let outcome = self.run_all([note].into_iter().chain(steps).collect()).await;
            let before = std::mem::replace(&mut at, self.version().await?);
            if at == before {
                return outcome;
            }
        }
        Ok(())
    }

    fn check_open(&self) -> Result<()> {
        if self.is_closed.get() {
            return Err(Error::new(Code::StoreFailed, "the store is closed"));
        }
        Ok(())
    }

    async fn run(&self, sql: &str, params: &[JsValue]) -> Result<Array> {
        self.check_open()?;
        let params: Array = params.iter().collect();
        let answer = self.connection.execute(sql, &params).map_err(|error| failure(&error))?;
        let rows: JsValue = JsFuture::from(Promise::resolve(&answer)).await.map_err(|error| failure(&error))?;
        Ok(rows.dyn_into().unwrap_or_else(|_| Array::new()))
    }

    async fn run_all(&self, statements: Vec<Statement>) -> Result<()> {
        self.check_open()?;
        let statement = |(sql, params): Statement| {
            let params: Array = params.into_iter().collect();
            [JsValue::from(sql), params.into()].into_iter().collect::<Array>()
        };
        let statements: Array = statements.into_iter().map(statement).collect();
        let answer = self.connection.batch(&statements).map_err(|error| failure(&error))?;
        JsFuture::from(Promise::resolve(&answer)).await.map_err(|error| failure(&error))?;
        Ok(())
    }

    async fn get_rows(&self, table: Table, ids: &[String]) -> Result<Vec<Option<Row>>> {
        let columns = columns(table);
        let mut found = std::collections::HashMap::new();
        for ids in ids.chunks(IDS_PER_QUERY) {
            let marks = vec!["?"; ids.len()].join(", ");
            let sql = format!("SELECT * FROM {} WHERE \"id\" IN ({marks})", table.name());
            let params: Vec<JsValue> = ids.iter().map(JsValue::from).collect();
            for row in self.run(&sql, &params).await?.iter() {
                let row = from_js(table, &columns, &row, true)?;
                found.insert(row.id().to_owned(), row);
            }
        }
        Ok(ids.iter().map(|id| found.get(id).cloned()).collect())
    }

    async fn list_rows(&self, table: Table, filter: Option<(&'static str, String)>) -> Result<Vec<Row>> {
        let (condition, params) = match filter {
            Some((column, text)) => (format!("WHERE \"{column}\" = ? ORDER BY \"id\""), vec![JsValue::from(text)]),
            None => ("ORDER BY \"id\"".to_owned(), Vec::new()),
        };
        self.select(table, &condition, &params).await
    }

    async fn scan_rows(&self, table: Table, column: &str, texts: Range<String>, limit: u32) -> Result<Vec<Row>> {
        let condition = format!("WHERE \"{column}\" >= ? AND \"{column}\" < ? ORDER BY \"{column}\", \"id\" LIMIT ?");
        let params = [texts.start.into(), texts.end.into(), limit.into()];
        self.select(table, &condition, &params).await
    }

    /// Rows without their blobs.
    async fn select(&self, table: Table, condition: &str, params: &[JsValue]) -> Result<Vec<Row>> {
        let columns = columns(table);
        let names: Vec<String> = columns.iter().map(|column| format!("\"{}\"", column.name)).collect();
        let sql = format!("SELECT \"id\", {} FROM {} {condition}", names.join(", "), table.name());
        self.run(&sql, params).await?.iter().map(|row| from_js(table, &columns, &row, false)).collect()
    }
}

impl Store for SqlStore {
    fn kind(&self) -> &'static str {
        "sql"
    }

    fn get(&self, table: Table, ids: Vec<String>) -> LocalBoxFuture<'_, Result<Vec<Option<Row>>>> {
        let inner = Rc::clone(&self.0);
        async move { inner.get_rows(table, &ids).await }.boxed_local()
    }

    fn list(&self, table: Table, filter: Option<(&'static str, String)>) -> LocalBoxFuture<'_, Result<Vec<Row>>> {
        self.0.list_rows(table, filter).boxed_local()
    }

    fn scan(
        &self,
        table: Table,
        column: &'static str,
        texts: Range<String>,
        limit: u32,
    ) -> LocalBoxFuture<'_, Result<Vec<Row>>> {
        self.0.scan_rows(table, column, texts, limit).boxed_local()
    }

    fn write(&self, writes: Vec<Write>) -> LocalBoxFuture<'_, Result<()>> {
        let inner = Rc::clone(&self.0);
        let work = async move {
            if writes.is_empty() {
                return Ok(());
            }
            let required = writes.iter().find_map(|write| match write {
                Write::Require { table, id, .. } => Some((*table, id.clone())),
                _ => None,
            });
            let statements = writes.into_iter().map(statement).collect::<Result<_>>()?;
            inner.run_all(statements).await.map_err(|error| match required {
                Some((table, id)) if error.message().contains(REQUIREMENT_FAILED) => changed(table, &id),
                _ => error,
            })
        };
        // Runs to its end even when the caller stops waiting: what was asked for is done.
        microtask::run(work).boxed_local()
    }

    fn close(&self) {
        self.0.is_closed.set(true);
    }
}

/// The statements of a step.
fn statements(step: &Step) -> Vec<String> {
    match step {
        Step::CreateTable { table, columns } => {
            let name = table.name();
            let mut definitions = vec!["\"id\" TEXT PRIMARY KEY".to_owned()];
            for column in *columns {
                let unique = if column.is_unique { " UNIQUE" } else { "" };
                definitions.push(format!("\"{}\" {}{unique}", column.name, sql_type(column.kind)));
            }
            definitions.extend(table.blob_column().map(|column| format!("\"{column}\" BLOB")));
            let mut all = vec![format!("CREATE TABLE IF NOT EXISTS {name} ({})", definitions.join(", "))];
            for column in columns.iter().filter(|column| column.is_indexed && !column.is_unique) {
                let column = column.name;
                all.push(format!("CREATE INDEX IF NOT EXISTS {name}_by_{column} ON {name} (\"{column}\")"));
            }
            all
        }
        Step::AddColumns { table, columns } => columns
            .iter()
            .map(|column| {
                format!("ALTER TABLE {} ADD COLUMN \"{}\" {}", table.name(), column.name, sql_type(column.kind))
            })
            .collect(),
    }
}

const fn sql_type(kind: ColumnKind) -> &'static str {
    match kind {
        ColumnKind::Text | ColumnKind::Json => "TEXT",
        ColumnKind::Integer | ColumnKind::Boolean => "INTEGER",
        ColumnKind::Real => "REAL",
    }
}

fn statement(write: Write) -> Result<Statement> {
    let table = write.table();
    let name = table.name();
    match write {
        Write::Insert(_, row) => {
            let (columns, params) = values(table, &row)?;
            let marks = vec!["?"; columns.len()].join(", ");
            Ok((format!("INSERT INTO {name} ({}) VALUES ({marks})", columns.join(", ")), params))
        }
        Write::Put(_, row) => {
            let (columns, params) = values(table, &row)?;
            let marks = vec!["?"; columns.len()].join(", ");
            let sets: Vec<String> = columns.iter().map(|column| format!("{column} = excluded.{column}")).collect();
            let (columns, sets) = (columns.join(", "), sets.join(", "));
            Ok((
                format!("INSERT INTO {name} ({columns}) VALUES ({marks}) ON CONFLICT (\"id\") DO UPDATE SET {sets}"),
                params,
            ))
        }
        Write::Update { id, set, add, .. } => {
            let (columns, mut params) = values(table, &Row { fields: set, blob: None })?;
            let mut sets: Vec<String> = columns.iter().map(|column| format!("{column} = ?")).collect();
            for (column, increment) in add {
                sets.push(format!("\"{column}\" = coalesce(\"{column}\", 0) + ?"));
                params.push(JsValue::from_f64(increment as f64));
            }
            params.push(id.into());
            Ok((format!("UPDATE {name} SET {} WHERE \"id\" = ?", sets.join(", ")), params))
        }
        Write::Delete(_, id) => Ok((format!("DELETE FROM {name} WHERE \"id\" = ?"), vec![id.into()])),
        Write::Require { id, expect, .. } => {
            let (columns, values) = values(table, &Row { fields: expect, blob: None })?;
            let conditions: String = columns.iter().map(|column| format!(" AND {column} IS ?")).collect();
            let params = [id.into()].into_iter().chain(values).collect();
            // SQL has no statement that only fails. The note of the first migration is always there, so inserting it
            // again does, and it is tried only where the row is not as it should be.
            Ok((
                format!(
                    "INSERT INTO migrations (id) SELECT '1' WHERE NOT EXISTS (SELECT 1 FROM {name} WHERE \"id\" = ?{conditions})"
                ),
                params,
            ))
        }
    }
}

/// Quoted column names and their values. `bug` for a column that the table does not have.
fn values(table: Table, row: &Row) -> Result<(Vec<String>, Vec<JsValue>)> {
    let known = columns(table);
    let mut names = Vec::new();
    let mut params = Vec::new();
    for (name, value) in &row.fields {
        let kind = match known.iter().find(|column| column.name == name) {
            Some(column) => column.kind,
            None if name == "id" => ColumnKind::Text,
            None => return Err(Error::new(Code::Bug, format!("{} has no column {name}", table.name()))),
        };
        names.push(format!("\"{name}\""));
        params.push(to_js(kind, value));
    }
    if let (Some(column), Some(blob)) = (table.blob_column(), &row.blob) {
        names.push(format!("\"{column}\""));
        params.push(Uint8Array::from(blob.as_slice()).into());
    }
    Ok((names, params))
}

fn to_js(kind: ColumnKind, value: &Value) -> JsValue {
    match (kind, value) {
        // JSON's null is told from a missing value by nobody; it stays SQL's NULL.
        (_, Value::Null) => JsValue::NULL,
        (ColumnKind::Json, value) => value.to_string().into(),
        (_, Value::Bool(value)) => f64::from(u8::from(*value)).into(),
        (_, Value::Number(value)) => value.as_f64().unwrap_or(f64::NAN).into(),
        (_, Value::String(value)) => value.into(),
        (_, value) => value.to_string().into(),
    }
}

fn from_js(table: Table, columns: &[Column], row: &JsValue, with_blob: bool) -> Result<Row> {
    let read = |name: &str| Reflect::get(row, &JsString::from(name)).unwrap_or(JsValue::UNDEFINED);
    let mut fields = Fields::new();
    fields.insert("id".to_owned(), Value::from(read("id").as_string().unwrap_or_default()));
    for column in columns {
        let value = read(column.name);
        fields.insert(column.name.to_owned(), from_js_value(table, column, &value)?);
    }
    let blob =
        table.blob_column().filter(|_| with_blob).map(read).filter(|blob| !blob.is_null() && !blob.is_undefined());
    Ok(Row { fields, blob: blob.map(|blob| Uint8Array::new(&blob).to_vec()) })
}

fn from_js_value(table: Table, column: &Column, value: &JsValue) -> Result<Value> {
    if value.is_null() || value.is_undefined() {
        return Ok(Value::Null);
    }
    let damaged = || {
        let (table, column) = (table.name(), column.name);
        Error::new(Code::StoreCorrupt, format!("{table}.{column} holds an unexpected value"))
    };
    match column.kind {
        ColumnKind::Text => value.as_string().map(Value::from).ok_or_else(damaged),
        ColumnKind::Json => {
            let text = value.as_string().ok_or_else(damaged)?;
            // The host's parser: serde_json's is off by the last bit now and then, and a grid would be another one.
            let parsed = js_sys::JSON::parse(&text).map_err(|_| damaged())?;
            serde_wasm_bindgen::from_value(parsed).map_err(|_| damaged())
        }
        ColumnKind::Boolean => as_number(value).map(|value| Value::from(value != 0.0)).ok_or_else(damaged),
        ColumnKind::Integer => as_number(value).map(|value| Value::from(value as i64)).ok_or_else(damaged),
        ColumnKind::Real => as_number(value).map(Value::from).ok_or_else(damaged),
    }
}

/// Numbers, and the big integers that some bindings give.
fn as_number(value: &JsValue) -> Option<f64> {
    value.as_f64().or_else(|| if value.is_bigint() { js_sys::Number::from(value.clone()).as_f64() } else { None })
}

fn failure(error: &JsValue) -> Error {
    let message = error
        .dyn_ref::<Object>()
        .and_then(|error| Reflect::get(error, &"message".into()).ok())
        .and_then(|message| message.as_string())
        .unwrap_or_else(|| format!("{error:?}"));
    if message.contains("UNIQUE constraint failed") {
        return Error::new(Code::StoreConflict, format!("id or name is taken: {message}"));
    }
    if message.contains("database or disk is full") {
        return Error::new(Code::StoreQuota, format!("no space is left for the workspace: {message}"))
            .with_hint("remove stored results, or free disk space");
    }
    Error::new(Code::StoreFailed, format!("the workspace's database failed: {message}"))
}

/// How SQLite says that the insertion of [`Write::Require`] was tried.
const REQUIREMENT_FAILED: &str = "UNIQUE constraint failed: migrations.id";
