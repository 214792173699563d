//! Runs a future on JavaScript's microtasks.
//!
//! An IndexedDB transaction commits itself when control returns to the event loop without a pending request. The
//! executor of `wasm-bindgen-futures` resumes one task too late for that in a build with atomics, so that a second
//! `await` inside one transaction fails there. A microtask runs before control returns.

use std::cell::RefCell;
use std::collections::HashMap;
use std::future::{Future, poll_fn};
use std::rc::Rc;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::task::{Context, Poll, Wake, Waker};

use futures_util::future::{FutureExt, LocalBoxFuture};
use wasm_bindgen::prelude::*;

/// The future's output. The future starts at the first poll and then runs to its end, even when this is dropped: a
/// transaction that was asked for is finished.
pub async fn run<T: 'static>(future: impl Future<Output = T> + 'static) -> T {
    let slot = Rc::new(RefCell::new(Slot { value: None, waiter: None }));
    let filled = Rc::clone(&slot);
    start(
        async move {
            let value = future.await;
            let waiter = {
                let mut slot = filled.borrow_mut();
                slot.value = Some(value);
                slot.waiter.take()
            };
            if let Some(waiter) = waiter {
                waiter.wake();
            }
        }
        .boxed_local(),
    );
    poll_fn(|context| {
        let mut slot = slot.borrow_mut();
        match slot.value.take() {
            Some(value) => Poll::Ready(value),
            None => {
                slot.waiter = Some(context.waker().clone());
                Poll::Pending
            }
        }
    })
    .await
}

struct Slot<T> {
    value: Option<T>,
    waiter: Option<Waker>,
}

#[derive(Default)]
struct Tasks {
    last_id: u64,
    pending: HashMap<u64, LocalBoxFuture<'static, ()>>,
}

thread_local! {
    static TASKS: RefCell<Tasks> = RefCell::default();
}

/// Names the task instead of holding it: wakers must be `Send`, tasks are not.
struct Wakeup {
    id: u64,
    is_queued: AtomicBool,
}

impl Wake for Wakeup {
    fn wake(self: Arc<Self>) {
        if !self.is_queued.swap(true, Ordering::AcqRel) {
            queue_microtask(&Closure::once_into_js(move || step(&self)));
        }
    }
}

fn start(future: LocalBoxFuture<'static, ()>) {
    let id = TASKS.with_borrow_mut(|tasks| {
        tasks.last_id = tasks.last_id.wrapping_add(1);
        tasks.pending.insert(tasks.last_id, future);
        tasks.last_id
    });
    step(&Arc::new(Wakeup { id, is_queued: AtomicBool::new(false) }));
}

fn step(wakeup: &Arc<Wakeup>) {
    wakeup.is_queued.store(false, Ordering::Release);
    // Taken out while it runs: it may start other tasks.
    let Some(mut future) = TASKS.with_borrow_mut(|tasks| tasks.pending.remove(&wakeup.id)) else { return };
    let waker = Waker::from(Arc::clone(wakeup));
    if future.as_mut().poll(&mut Context::from_waker(&waker)).is_pending() {
        TASKS.with_borrow_mut(|tasks| tasks.pending.insert(wakeup.id, future));
    }
}

#[wasm_bindgen]
extern "C" {
    #[wasm_bindgen(js_name = queueMicrotask)]
    fn queue_microtask(callback: &JsValue);
}
