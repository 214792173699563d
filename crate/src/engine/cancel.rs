//! A wish to stop, shared by who has it and who works.

use std::cell::{Cell, RefCell};
use std::future::poll_fn;
use std::pin::pin;
use std::rc::Rc;
use std::task::{Poll, Waker};

use crate::error::{Code, Error, Result};

/// Clones share one wish.
#[derive(Debug, Clone, Default)]
pub struct Cancellation(Rc<State>);

#[derive(Debug, Default)]
struct State {
    is_cancelled: Cell<bool>,
    waiting: RefCell<Vec<Waker>>,
}

impl Cancellation {
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    pub fn cancel(&self) {
        self.0.is_cancelled.set(true);
        for waker in self.0.waiting.take() {
            waker.wake();
        }
    }

    #[must_use]
    pub fn is_cancelled(&self) -> bool {
        self.0.is_cancelled.get()
    }

    /// `cancelled` where that is wished.
    pub fn check(&self) -> Result<()> {
        if self.is_cancelled() { Err(Error::new(Code::Cancelled, "the call was cancelled")) } else { Ok(()) }
    }

    /// `work`, or `cancelled` as soon as that is wished; the work is dropped then.
    pub async fn race<T>(&self, work: impl Future<Output = Result<T>>) -> Result<T> {
        let mut work = pin!(work);
        poll_fn(|context| {
            if self.is_cancelled() {
                return Poll::Ready(Err(Error::new(Code::Cancelled, "the call was cancelled")));
            }
            let outcome = work.as_mut().poll(context);
            if outcome.is_pending() {
                let mut waiting = self.0.waiting.borrow_mut();
                if !waiting.iter().any(|waker| waker.will_wake(context.waker())) {
                    waiting.push(context.waker().clone());
                }
            }
            outcome
        })
        .await
    }
}
