//! Things that are made once and used by all who ask.

use std::cell::RefCell;
use std::collections::HashMap;
use std::hash::Hash;
use std::rc::Rc;

use futures_util::lock::Mutex;

use crate::error::Result;

type Slot<V> = Rc<Mutex<Option<V>>>;

/// Values by key. Callers that want the same value at once share its making; one that failed or was dropped is made
/// again by the next caller.
#[derive(Debug)]
pub(super) struct Shared<K, V>(RefCell<HashMap<K, Slot<V>>>);

impl<K, V> Default for Shared<K, V> {
    fn default() -> Self {
        Self(RefCell::default())
    }
}

impl<K: Eq + Hash, V: Clone> Shared<K, V> {
    pub async fn get(&self, key: K, make: impl Future<Output = Result<V>>) -> Result<V> {
        let slot = Rc::clone(self.0.borrow_mut().entry(key).or_default());
        let mut slot = slot.lock().await;
        if let Some(value) = &*slot {
            return Ok(value.clone());
        }
        let value = make.await?;
        *slot = Some(value.clone());
        Ok(value)
    }

    /// The next caller makes the value anew.
    pub fn forget(&self, key: &K) {
        self.0.borrow_mut().remove(key);
    }

    pub fn len(&self) -> usize {
        self.0.borrow().len()
    }

    pub fn clear(&self) {
        self.0.borrow_mut().clear();
    }
}
