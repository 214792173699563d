//! A row as every back end sees it: named JSON values, and bytes beside them where a table has bulk data.

use serde::Serialize;
use serde::de::DeserializeOwned;
use serde_json::{Map, Value};

use crate::error::{Code, Error, Result};
use crate::store::Table;

/// Columns by name.
pub type Fields = Map<String, Value>;

/// One row. Its id is the column `id`. A whole number may come back as an integer where it was put as a float: in
/// JavaScript they are one type.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Row {
    pub fields: Fields,
    /// Bulk data; left out (`None`) by [`crate::store::Store::list`].
    pub blob: Option<Vec<u8>>,
}

impl Row {
    /// The row of a record. `bug` when the record is no JSON object.
    pub fn from_record(record: &impl Serialize) -> Result<Self> {
        match serde_json::to_value(record) {
            Ok(Value::Object(fields)) => Ok(Self { fields, blob: None }),
            Ok(other) => Err(Error::new(Code::Bug, format!("a record became {other}, not an object"))),
            Err(cause) => Err(Error::new(Code::Bug, "a record could not be turned into a row").with_cause(cause)),
        }
    }

    #[must_use]
    pub fn with_blob(mut self, blob: Vec<u8>) -> Self {
        self.blob = Some(blob);
        self
    }

    /// The record of a row; `store.corrupt` where a column is missing or of another type.
    pub fn record<R: DeserializeOwned>(&self, table: Table) -> Result<R> {
        R::deserialize(&Value::Object(self.fields.clone())).map_err(|cause| {
            Error::new(Code::StoreCorrupt, format!("row {:?} of {} is damaged: {cause}", self.id(), table.name()))
                .with_hint("remove the entry and make it again")
        })
    }

    /// The text of the column `id`; empty where it has none.
    #[must_use]
    pub fn id(&self) -> &str {
        self.fields.get("id").and_then(Value::as_str).unwrap_or_default()
    }
}

/// A change of one row.
#[derive(Debug, Clone, PartialEq)]
pub enum Write {
    /// A new row; its id and unique columns must be free.
    Insert(Table, Row),
    /// The row with this id from now on, there or not; unique columns must be free or its own.
    Put(Table, Row),
    /// New values of some columns and increments of others; nothing where the row is gone.
    Update { table: Table, id: String, set: Fields, add: Vec<(&'static str, i64)> },
    /// The row is gone, there or not.
    Delete(Table, String),
    /// Changes nothing; refuses the whole batch with `store.changed` unless the row is there and these of its columns
    /// have these values. What makes a batch a compare-and-set.
    Require { table: Table, id: String, expect: Fields },
}

impl Write {
    #[must_use]
    pub fn table(&self) -> Table {
        match self {
            Self::Insert(table, _)
            | Self::Put(table, _)
            | Self::Update { table, .. }
            | Self::Delete(table, _)
            | Self::Require { table, .. } => *table,
        }
    }
}

/// Applies an update to a row's columns: what memory and IndexedDB do where SQL has `UPDATE`.
pub(super) fn update_fields(fields: &mut Fields, set: &Fields, add: &[(&'static str, i64)]) {
    for (name, value) in set {
        fields.insert(name.clone(), value.clone());
    }
    for (name, increment) in add {
        let old = fields.get(*name).and_then(Value::as_i64).unwrap_or(0);
        fields.insert((*name).to_owned(), Value::from(old.saturating_add(*increment)));
    }
}

/// `store.changed` unless `found` has the expected columns; one that is missing is null.
pub(super) fn require(table: Table, id: &str, found: Option<&Fields>, expect: &Fields) -> Result<()> {
    let has = |fields: &Fields| expect.iter().all(|(name, wanted)| fields.get(name).unwrap_or(&Value::Null) == wanted);
    if found.is_some_and(has) { Ok(()) } else { Err(changed(table, id)) }
}

/// `store.changed`: which row.
pub(super) fn changed(table: Table, id: &str) -> Error {
    Error::new(Code::StoreChanged, format!("row {id:?} of {} was changed by another", table.name()))
        .with_hint("look at it again and repeat what was meant")
}

/// `store.conflict`: what is taken.
pub(super) fn conflict(table: Table, column: &str, value: &str) -> Error {
    Error::new(Code::StoreConflict, format!("{column} {value:?} is taken in {}", table.name()))
}
