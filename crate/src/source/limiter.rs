//! No more than so many reads at once, those that someone waits for first.

use std::cell::{Cell, RefCell};
use std::collections::BTreeMap;
use std::future::Future;
use std::pin::Pin;
use std::rc::Rc;
use std::task::{Context, Poll, Waker};

use super::{Priority, Urgency};

/// Hands out permits: to views before batches, then first come first served.
#[derive(Debug, Default)]
pub struct Limiter {
    in_use: Cell<usize>,
    next_ticket: Cell<u64>,
    /// By ticket.
    waiting: RefCell<BTreeMap<u64, Waiting>>,
}

/// The right to one read; given back when dropped.
#[derive(Debug)]
pub struct Permit(Rc<Limiter>);

/// Waits for a permit; dropping it leaves the queue.
#[derive(Debug)]
pub struct Acquire {
    limiter: Rc<Limiter>,
    ticket: u64,
    permits: usize,
    urgency: Urgency,
}

#[derive(Debug)]
struct Waiting {
    permits: usize,
    urgency: Urgency,
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
    pub fn acquire(self: &Rc<Self>, permits: usize, urgency: Urgency) -> Acquire {
        let ticket = self.next_ticket.get();
        self.next_ticket.set(ticket.wrapping_add(1));
        Acquire { limiter: Rc::clone(self), ticket, permits, urgency }
    }

    /// Wakes the first in the queue that may have a permit now.
    fn wake_next(&self) {
        let waker = {
            let waiting = self.waiting.borrow();
            let able = waiting.iter().filter(|(_, waiting)| self.has_room(waiting.permits, &waiting.urgency));
            let first = able.min_by_key(|&(&ticket, waiting)| (waiting.urgency.priority(), ticket));
            first.map(|(_, waiting)| waiting.waker.clone())
        };
        if let Some(waker) = waker {
            waker.wake();
        }
    }

    fn has_room(&self, permits: usize, urgency: &Urgency) -> bool {
        let limit = match urgency.priority() {
            Priority::Batch if permits >= 4 => permits.saturating_sub(1),
            _ => permits.max(1),
        };
        self.in_use.get() < limit
    }

    /// Whether another that may have a permit now comes before.
    fn is_preceded(&self, ticket: u64, urgency: &Urgency) -> bool {
        let place = (urgency.priority(), ticket);
        self.waiting.borrow().iter().any(|(&other, waiting)| {
            (waiting.urgency.priority(), other) < place && self.has_room(waiting.permits, &waiting.urgency)
        })
    }
}

impl Future for Acquire {
    type Output = Permit;

    fn poll(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Permit> {
        let limiter = &self.limiter;
        if !limiter.has_room(self.permits, &self.urgency) || limiter.is_preceded(self.ticket, &self.urgency) {
            let (urgency, waker) = (self.urgency.clone(), context.waker().clone());
            limiter.waiting.borrow_mut().insert(self.ticket, Waiting { permits: self.permits, urgency, waker });
            return Poll::Pending;
        }
        limiter.in_use.set(limiter.in_use.get().saturating_add(1));
        limiter.waiting.borrow_mut().remove(&self.ticket);
        // Several may have been given back at once.
        limiter.wake_next();
        Poll::Ready(Permit(Rc::clone(limiter)))
    }
}

impl Drop for Acquire {
    fn drop(&mut self) {
        let was_waiting = self.limiter.waiting.borrow_mut().remove(&self.ticket).is_some();
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
