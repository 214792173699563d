//! Things that are made once and used by all who ask.

use std::cell::{Cell, RefCell};
use std::collections::HashMap;
use std::hash::Hash;

use futures_util::FutureExt;
use futures_util::future::{LocalBoxFuture, WeakShared};

use crate::error::{Code, Error, Result};

/// Values by key. Callers that want the same value at once share its making, and its failure: it goes on while any of
/// them waits, ends when the last one leaves, and one that failed is made again by who asks next.
pub(super) struct Shared<K, V> {
    slots: RefCell<HashMap<K, Slot<V>>>,
    /// Tells one making of a key from the next.
    next: Cell<u64>,
}

type Making<V> = LocalBoxFuture<'static, Result<V>>;

enum Slot<V> {
    Made(V),
    Making(u64, WeakShared<Making<V>>),
}

impl<K, V> Default for Shared<K, V> {
    fn default() -> Self {
        Self { slots: RefCell::default(), next: Cell::new(0) }
    }
}

impl<K: Eq + Hash + Clone, V: Clone + 'static> Shared<K, V> {
    pub async fn get(&self, key: K, make: impl FnOnce() -> Making<V>) -> Result<V> {
        let under_way = match self.slots.borrow().get(&key) {
            Some(Slot::Made(value)) => return Ok(value.clone()),
            Some(Slot::Making(number, making)) => making.upgrade().map(|making| (*number, making)),
            None => None,
        };
        let (number, making) = match under_way {
            Some(under_way) => under_way,
            None => {
                let number = self.next.get();
                self.next.set(number.wrapping_add(1));
                let making = make().shared();
                let weak = making.downgrade().ok_or_else(|| Error::new(Code::Bug, "expected a future not yet run"))?;
                self.slots.borrow_mut().insert(key.clone(), Slot::Making(number, weak));
                (number, making)
            }
        };
        let outcome = making.await;
        let mut slots = self.slots.borrow_mut();
        // Unless it was forgotten, or is being made anew.
        if matches!(slots.get(&key), Some(Slot::Making(current, _)) if *current == number) {
            match &outcome {
                Ok(value) => _ = slots.insert(key, Slot::Made(value.clone())),
                Err(_) => _ = slots.remove(&key),
            }
        }
        outcome
    }

    /// The next caller makes the value anew.
    pub fn forget(&self, key: &K) {
        self.slots.borrow_mut().remove(key);
    }

    pub fn clear(&self) {
        self.slots.borrow_mut().clear();
    }
}

#[cfg(test)]
#[path = "shared_tests.rs"]
mod tests;
