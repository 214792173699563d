//! No more than so many reads at once, those that someone waits for first.

use std::cell::{Cell, RefCell};
use std::collections::BTreeMap;
use std::future::Future;
use std::pin::Pin;
use std::rc::Rc;
use std::task::{Context, Poll, Waker};

use super::Priority;

/// Hands out permits: to views before batches, then first come first served.
#[derive(Debug, Default)]
pub struct Limiter {
    in_use: Cell<usize>,
    next_ticket: Cell<u64>,
    waiting: RefCell<BTreeMap<Place, Waiting>>,
}

/// The right to one read; given back when dropped.
#[derive(Debug)]
pub struct Permit(Rc<Limiter>);

/// Waits for a permit; dropping it leaves the queue.
#[derive(Debug)]
pub struct Acquire {
    limiter: Rc<Limiter>,
    place: Place,
    limit: usize,
}

/// Place in the queue: lower is earlier.
type Place = (Priority, u64);

#[derive(Debug)]
struct Waiting {
    /// Waits while so many permits are out.
    limit: usize,
    waker: Waker,
}

impl Limiter {
    #[must_use]
    pub fn new() -> Rc<Self> {
        Rc::default()
    }

    /// Resolves to a permit when fewer than `permits` (at least 1) are out and no one before can have it. Batches leave
    /// one of four or more permits free, so that a view never waits for a long read to end.
    #[must_use]
    pub fn acquire(self: &Rc<Self>, permits: usize, priority: Priority) -> Acquire {
        let ticket = self.next_ticket.get();
        self.next_ticket.set(ticket.wrapping_add(1));
        let limit = match priority {
            Priority::Batch if permits >= 4 => permits.saturating_sub(1),
            _ => permits.max(1),
        };
        Acquire { limiter: Rc::clone(self), place: (priority, ticket), limit }
    }

    /// Wakes the first in the queue that may have a permit now.
    fn wake_next(&self) {
        let in_use = self.in_use.get();
        let next =
            self.waiting.borrow().values().find(|waiting| in_use < waiting.limit).map(|waiting| waiting.waker.clone());
        if let Some(waker) = next {
            waker.wake();
        }
    }

    /// Whether one before `place` may have a permit now.
    fn is_preceded(&self, place: Place) -> bool {
        let in_use = self.in_use.get();
        self.waiting.borrow().range(..place).any(|(_, waiting)| in_use < waiting.limit)
    }
}

impl Future for Acquire {
    type Output = Permit;

    fn poll(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Permit> {
        let limiter = &self.limiter;
        if limiter.in_use.get() >= self.limit || limiter.is_preceded(self.place) {
            let waiting = Waiting { limit: self.limit, waker: context.waker().clone() };
            limiter.waiting.borrow_mut().insert(self.place, waiting);
            return Poll::Pending;
        }
        limiter.in_use.set(limiter.in_use.get().saturating_add(1));
        limiter.waiting.borrow_mut().remove(&self.place);
        // Several may have been given back at once.
        limiter.wake_next();
        Poll::Ready(Permit(Rc::clone(limiter)))
    }
}

impl Drop for Acquire {
    fn drop(&mut self) {
        let was_waiting = self.limiter.waiting.borrow_mut().remove(&self.place).is_some();
        if was_waiting {
            self.limiter.wake_next();
        }
    }
}

impl Drop for Permit {
    fn drop(&mut self) {
        self.0.in_use.set(self.0.in_use.get().saturating_sub(1));
        self.0.wake_next();
    }
}

#[cfg(test)]
#[path = "limiter_tests.rs"]
mod tests;
