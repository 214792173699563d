//! No more than so many reads at once.

use std::cell::{Cell, RefCell};
use std::collections::VecDeque;
use std::future::Future;
use std::pin::Pin;
use std::rc::Rc;
use std::task::{Context, Poll, Waker};

/// Hands out permits, first come first served.
#[derive(Debug)]
pub struct Limiter {
    free: Cell<usize>,
    next_ticket: Cell<u64>,
    waiting: RefCell<VecDeque<(u64, Waker)>>,
}

/// The right to one read; given back when dropped.
#[derive(Debug)]
pub struct Permit(Rc<Limiter>);

/// Waits for a permit; dropping it leaves the queue.
#[derive(Debug)]
pub struct Acquire {
    limiter: Rc<Limiter>,
    ticket: u64,
}

impl Limiter {
    /// A limiter of `permits` (at least 1) at once.
    #[must_use]
    pub fn new(permits: usize) -> Rc<Self> {
        Rc::new(Self { free: Cell::new(permits.max(1)), next_ticket: Cell::new(0), waiting: RefCell::default() })
    }

    /// Resolves to a permit as soon as one is free and no one asked before.
    #[must_use]
    pub fn acquire(self: &Rc<Self>) -> Acquire {
        let ticket = self.next_ticket.get();
        self.next_ticket.set(ticket.wrapping_add(1));
        Acquire { limiter: Rc::clone(self), ticket }
    }

    fn wake_first(&self) {
        let first = self.waiting.borrow().front().map(|(_, waker)| waker.clone());
        if let Some(waker) = first {
            waker.wake();
        }
    }
}

impl Future for Acquire {
    type Output = Permit;

    fn poll(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Permit> {
        let limiter = &self.limiter;
        let mut waiting = limiter.waiting.borrow_mut();
        let is_first = waiting.front().is_none_or(|(ticket, _)| *ticket == self.ticket);
        if is_first && limiter.free.get() > 0 {
            limiter.free.set(limiter.free.get().saturating_sub(1));
            waiting.retain(|(ticket, _)| *ticket != self.ticket);
            drop(waiting);
            // Several may have been given back at once.
            if limiter.free.get() > 0 {
                limiter.wake_first();
            }
            return Poll::Ready(Permit(Rc::clone(limiter)));
        }
        match waiting.iter_mut().find(|(ticket, _)| *ticket == self.ticket) {
            Some((_, waker)) => waker.clone_from(context.waker()),
            None => waiting.push_back((self.ticket, context.waker().clone())),
        }
        Poll::Pending
    }
}

impl Drop for Acquire {
    fn drop(&mut self) {
        let was_first = {
            let mut waiting = self.limiter.waiting.borrow_mut();
            let was_first = waiting.front().is_some_and(|(ticket, _)| *ticket == self.ticket);
            waiting.retain(|(ticket, _)| *ticket != self.ticket);
            was_first
        };
        if was_first && self.limiter.free.get() > 0 {
            self.limiter.wake_first();
        }
    }
}

impl Drop for Permit {
    fn drop(&mut self) {
        self.0.free.set(self.0.free.get().saturating_add(1));
        self.0.wake_first();
    }
}

#[cfg(test)]
#[path = "limiter_tests.rs"]
mod tests;
