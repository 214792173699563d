//! The store's conformance suite for JavaScript's tests; not in the shipped builds.

use js_sys::Array;
use wasm_bindgen::prelude::*;

use super::errors;
use crate::store::{IndexedDbStore, SqlConnection, SqlStore, Store, conformance};

/// Names of the checks that an IndexedDB of that name passes.
#[wasm_bindgen(js_name = conformanceIndexedDb)]
pub async fn conformance_indexed_db(name: String) -> Result<Array, JsValue> {
    let store = IndexedDbStore::open(name).await.map_err(|error| errors::to_js(&error))?;
    check(&store).await
}

/// Names of the checks that a SQL database passes.
#[wasm_bindgen(js_name = conformanceSql)]
pub async fn conformance_sql(connection: SqlConnection) -> Result<Array, JsValue> {
    let store = SqlStore::open(connection, 0.0).await.map_err(|error| errors::to_js(&error))?;
    check(&store).await
}

async fn check(store: &dyn Store) -> Result<Array, JsValue> {
    let checks = conformance::check(store).await.map_err(|error| errors::to_js(&error))?;
    store.close();
    Ok(checks.into_iter().map(JsValue::from).collect())
}
