use super::MemoryStore;
use crate::error::Code;
use crate::store::{Store, Table, conformance};

#[test]
fn keeps_the_promises_of_a_store() {
    let checks = pollster::block_on(conformance::check(&MemoryStore::new())).unwrap();
    assert_eq!(checks.len(), 11);
}

#[test]
fn a_closed_store_says_so() {
    let store = MemoryStore::new();
    store.close();
    let error = pollster::block_on(store.list(Table::Grids, None)).unwrap_err();
    assert_eq!(error.code(), Code::StoreFailed);
}
