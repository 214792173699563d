//! Breaths between pieces of work, not more often than is of use.

use std::cell::Cell;
use std::rc::Rc;

use futures_util::future::{FutureExt, LocalBoxFuture, ready};

use super::host::Host;

/// Pauses of a run. Work asks for them often; the host gives one every some milliseconds, as each costs it a few.
pub(super) struct Rests {
    host: Rc<dyn Host>,
    last_ms: Cell<f64>,
}

impl Rests {
    pub fn new(host: Rc<dyn Host>) -> Self {
        Self { host, last_ms: Cell::new(f64::NEG_INFINITY) }
    }

    /// Awaited between pieces of work.
    pub fn rest(&self) -> LocalBoxFuture<'static, ()> {
        let now_ms = self.host.now_ms();
        // A clock that was set back says nothing.
        if (0.0..WORK_MS).contains(&(now_ms - self.last_ms.get())) {
            return ready(()).boxed_local();
        }
        self.last_ms.set(now_ms);
        self.host.pause()
    }
}

/// Work between two pauses.
const WORK_MS: f64 = 25.0;
