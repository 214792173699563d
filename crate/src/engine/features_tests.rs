use std::cell::Cell;
use std::ops::Range;
use std::rc::Rc;

use futures_util::future::{FutureExt, LocalBoxFuture};
use serde_json::json;

use super::*;
use crate::engine::caller::Waiting;
use crate::engine::test_support::{TestHost, URL, asking, world};
use crate::engine::{Cancellation, Config};
use crate::store::{MemoryStore, Row, Store, Table, Write};

/// A store that has no room for a certain feature, where it is told so.
#[derive(Default)]
struct Choosy {
    inner: MemoryStore,
    refuses: Cell<Option<&'static str>>,
}

impl Store for Choosy {
    fn kind(&self) -> &'static str {
        self.inner.kind()
    }

    fn get(&self, table: Table, ids: Vec<String>) -> LocalBoxFuture<'_, Result<Vec<Option<Row>>>> {
        self.inner.get(table, ids)
    }

    fn list(&self, table: Table, filter: Option<(&'static str, String)>) -> LocalBoxFuture<'_, Result<Vec<Row>>> {
        self.inner.list(table, filter)
    }

    fn scan(
        &self,
        table: Table,
        column: &'static str,
        texts: Range<String>,
        limit: u32,
    ) -> LocalBoxFuture<'_, Result<Vec<Row>>> {
        self.inner.scan(table, column, texts, limit)
    }

    fn write(&self, writes: Vec<Write>) -> LocalBoxFuture<'_, Result<()>> {
        let is_refused = |write: &Write| match write {
            Write::Put(Table::Features, row) => {
                self.refuses.get().is_some_and(|name| row.fields.get("feature_name") == Some(&json!(name)))
            }
            _ => false,
        };
        if writes.iter().any(is_refused) {
            return async { Err(Error::new(Code::StoreQuota, "no space is left")) }.boxed_local();
        }
        self.inner.write(writes)
    }

    fn close(&self) {
        self.inner.close();
    }
}

#[test]
fn features_that_cannot_all_be_stored_stay_as_they_were() {
    pollster::block_on(async {
        let (host, store) = (Rc::new(TestHost::default()), Rc::new(Choosy::default()));
        host.put(URL, world(0.0));
        let workspace = Workspace::open(store.clone(), host.clone(), Config::default()).await.unwrap();
        let grid = GridInput::Definition(json!({
            "type": "square", "crs": "EPSG:4326", "cellSize": 2, "bounds": [-20, -20, 20, 20],
        }));
        let feature = FeatureOptions { feature_name: Some("rain".to_owned()), ..FeatureOptions::default() };
        let add = async || {
            let (target, cancel) = (Target::Ref(URL.to_owned()), Cancellation::new());
            let waiting = Waiting::patiently(&cancel);
            workspace.add_features(&target, &grid, &asking(&["max", "min"]), &feature, &waiting).await
        };
        // As bits: what has no value is NaN.
        let values = async || {
            let table = workspace.feature_table(&grid, &FeatureFilter::default()).await.unwrap();
            let values = table.chunks.into_iter().flat_map(|(_, columns)| columns).flatten();
            (table.names, values.map(f64::to_bits).collect::<Vec<_>>())
        };
        assert_eq!(add().await.unwrap().len(), 2);
        let before = values().await;

        // The file is another one, and the store is full when the second feature's turn comes.
        host.put(URL, world(100.0));
        workspace.opened.forget(&URL.to_owned());
        store.refuses.set(Some("rain_min"));
        assert_eq!(add().await.unwrap_err().code(), Code::StoreQuota);
        assert!(values().await == before);

        store.refuses.set(None);
        add().await.unwrap();
        assert!(values().await != before);
    });
}
