//! Rows in memory: for hosts without a database, private windows, and tests.

use std::cell::{Cell, RefCell};
use std::collections::BTreeMap;
use std::future::ready;
use std::ops::Range;

use futures_util::future::{FutureExt, LocalBoxFuture};
use serde_json::Value;

use crate::error::{Code, Error, Result};
use crate::store::row::{conflict, require, update_fields};
use crate::store::{Row, Store, Table, Write, columns};

type Tables = BTreeMap<Table, BTreeMap<String, Row>>;

/// Forgotten with the value.
#[derive(Debug, Default)]
pub struct MemoryStore {
    tables: RefCell<Tables>,
    is_closed: Cell<bool>,
}

impl MemoryStore {
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    fn check_open(&self) -> Result<()> {
        if self.is_closed.get() {
            return Err(Error::new(Code::StoreFailed, "the store is closed"));
        }
        Ok(())
    }

    fn get_now(&self, table: Table, ids: &[String]) -> Result<Vec<Option<Row>>> {
        self.check_open()?;
        let tables = self.tables.borrow();
        let rows = tables.get(&table);
        Ok(ids.iter().map(|id| rows.and_then(|rows| rows.get(id)).cloned()).collect())
    }

    fn list_now(&self, table: Table, filter: Option<&(&'static str, String)>) -> Result<Vec<Row>> {
        self.check_open()?;
        let tables = self.tables.borrow();
        let rows = tables.get(&table).into_iter().flat_map(BTreeMap::values);
        let wanted = rows.filter(|row| filter.is_none_or(|(name, text)| has_text(row, name, text)));
        Ok(wanted.map(|row| Row { fields: row.fields.clone(), blob: None }).collect())
    }

    fn scan_now(&self, table: Table, column: &str, texts: &Range<String>, limit: u32) -> Result<Vec<Row>> {
        self.check_open()?;
        let tables = self.tables.borrow();
        let mut found: Vec<(&str, &Row)> = tables
            .get(&table)
            .into_iter()
            .flat_map(BTreeMap::values)
            .filter_map(|row| Some((row.fields.get(column)?.as_str()?, row)))
            .filter(|(text, _)| texts.start.as_str() <= *text && *text < texts.end.as_str())
            .collect();
        // Stable: rows of the same text stay in the order of their ids.
        found.sort_by_key(|(text, _)| *text);
        Ok(found
            .into_iter()
            .take(limit as usize)
            .map(|(_, row)| Row { fields: row.fields.clone(), blob: None })
            .collect())
    }

    fn write_now(&self, writes: Vec<Write>) -> Result<()> {
        self.check_open()?;
        let mut tables = self.tables.borrow_mut();
        let mut undo = Vec::new();
        for write in writes {
            let table = write.table();
            let outcome = apply(tables.entry(table).or_default(), write);
            match outcome {
                Ok(Some((id, before))) => undo.push((table, id, before)),
                Ok(None) => {}
                Err(error) => {
                    for (table, id, before) in undo.into_iter().rev() {
                        let rows = tables.entry(table).or_default();
                        match before {
                            Some(row) => rows.insert(id, row),
                            None => rows.remove(&id),
                        };
                    }
                    return Err(error);
                }
            }
        }
        Ok(())
    }
}

impl Store for MemoryStore {
    fn kind(&self) -> &'static str {
        "memory"
    }

    fn get(&self, table: Table, ids: Vec<String>) -> LocalBoxFuture<'_, Result<Vec<Option<Row>>>> {
        ready(self.get_now(table, &ids)).boxed_local()
    }

    fn list(&self, table: Table, filter: Option<(&'static str, String)>) -> LocalBoxFuture<'_, Result<Vec<Row>>> {
        ready(self.list_now(table, filter.as_ref())).boxed_local()
    }

    fn scan(
        &self,
        table: Table,
        column: &'static str,
        texts: Range<String>,
        limit: u32,
    ) -> LocalBoxFuture<'_, Result<Vec<Row>>> {
        ready(self.scan_now(table, column, &texts, limit)).boxed_local()
    }

    fn write(&self, writes: Vec<Write>) -> LocalBoxFuture<'_, Result<()>> {
        ready(self.write_now(writes)).boxed_local()
    }

    fn close(&self) {
        self.is_closed.set(true);
        self.tables.borrow_mut().clear();
    }
}

/// Carries out one write; returns what undoes it.
fn apply(rows: &mut BTreeMap<String, Row>, write: Write) -> Result<Option<(String, Option<Row>)>> {
    match write {
        Write::Insert(table, row) if rows.contains_key(row.id()) => Err(conflict(table, "id", row.id())),
        Write::Insert(table, row) | Write::Put(table, row) => {
            check_unique(rows, table, &row)?;
            let id = row.id().to_owned();
            let before = rows.insert(id.clone(), row);
            Ok(Some((id, before)))
        }
        Write::Update { table, id, set, add } => {
            let Some(mut row) = rows.get(&id).cloned() else { return Ok(None) };
            update_fields(&mut row.fields, &set, &add);
            check_unique(rows, table, &row)?;
            let before = rows.insert(id.clone(), row);
            Ok(Some((id, before)))
        }
        Write::Delete(_, id) => {
            let before = rows.remove(&id);
            Ok(Some((id, before)))
        }
        Write::Require { table, id, expect } => {
            require(table, &id, rows.get(&id).map(|row| &row.fields), &expect)?;
            Ok(None)
        }
    }
}

fn check_unique(rows: &BTreeMap<String, Row>, table: Table, row: &Row) -> Result<()> {
    for column in columns(table).into_iter().filter(|column| column.is_unique) {
        let Some(text) = row.fields.get(column.name).and_then(Value::as_str) else { continue };
        if rows.values().any(|other| other.id() != row.id() && has_text(other, column.name, text)) {
            return Err(conflict(table, column.name, text));
        }
    }
    Ok(())
}

fn has_text(row: &Row, column: &str, text: &str) -> bool {
    row.fields.get(column).and_then(Value::as_str) == Some(text)
}

#[cfg(test)]
#[path = "memory_tests.rs"]
mod tests;
