//! Results on their way to the store while the next ones are computed.

use std::cell::{Cell, RefCell};
use std::future::poll_fn;
use std::task::{Poll, Waker};

use crate::error::Result;
use crate::store::CacheRecord;
use crate::store::cache::Columns;

pub(super) type Entry = (CacheRecord, Columns);

#[derive(Debug, Default)]
pub(super) struct Outbox {
    entries: RefCell<Vec<Entry>>,
    is_closed: Cell<bool>,
    waiting: RefCell<Option<Waker>>,
}

impl Outbox {
    /// Puts entries in line; nothing once the outbox is closed.
    pub fn push(&self, entries: impl IntoIterator<Item = Entry>) {
        if !self.is_closed.get() {
            self.entries.borrow_mut().extend(entries);
            self.wake();
        }
    }

    /// Says that no more will come.
    pub fn close(&self) {
        self.is_closed.set(true);
        self.wake();
    }

    /// Hands what comes to `keep` until the outbox is closed and empty. An error of it ends this; what comes after that
    /// is not kept.
    pub async fn deliver(&self, keep: impl AsyncFn(&[Entry]) -> Result<()>) -> Result<()> {
        loop {
            let entries = poll_fn(|context| {
                let entries = self.entries.take();
                if entries.is_empty() && !self.is_closed.get() {
                    *self.waiting.borrow_mut() = Some(context.waker().clone());
                    return Poll::Pending;
                }
                Poll::Ready(entries)
            })
            .await;
            if entries.is_empty() {
                return Ok(());
            }
            if let Err(error) = keep(&entries).await {
                self.close();
                self.entries.take();
                return Err(error);
            }
        }
    }

    fn wake(&self) {
        if let Some(waker) = self.waiting.take() {
            waker.wake();
        }
    }
}
