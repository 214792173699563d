//! What travels beside a call's arguments: the wish to stop it, and news of how far it is.

use std::cell::{Cell, RefCell};
use std::rc::Rc;

use futures_util::FutureExt;
use futures_util::future::LocalBoxFuture;
use js_sys::{Function, Promise, Reflect};
use wasm_bindgen::prelude::*;
use wasm_bindgen_futures::JsFuture;
use web_sys::AbortSignal;

use super::convert::{self, to_js};
use super::errors;
use super::helpers::JsHelpers;
use crate::engine::{Caller, Cancellation, Helpers, Provenance, ResultChunk, Taker};
use crate::error::{Code, Result};
use crate::grid::Grid;
use crate::resample::Progress;

/// A call's hooks, from its options.
pub(super) struct Call {
    pub cancel: Cancellation,
    signal: Option<AbortSignal>,
    listener: Closure<dyn FnMut()>,
    on_progress: Option<Function>,
    /// Takes parts of an answer; may give a promise that more should wait for.
    on_chunk: Option<Function>,
    room: RefCell<Option<JsFuture>>,
    helpers: Option<Rc<dyn Helpers>>,
    last_told_ms: Cell<f64>,
    untold: Cell<Option<Progress>>,
}

impl Call {
    pub fn new(options: &JsValue) -> Self {
        let read = |name: &str| {
            if options.is_object() {
                Reflect::get(options, &name.into()).unwrap_or_default()
            } else {
                JsValue::UNDEFINED
            }
        };
        let cancel = Cancellation::new();
        // Known by its shape: an AbortSignal of another realm, or of a polyfill, is one too.
        let signal = read("signal");
        let signal = signal.is_object().then(|| signal.unchecked_into::<AbortSignal>());
        let listener = {
            let cancel = cancel.clone();
            Closure::<dyn FnMut()>::new(move || cancel.cancel())
        };
        if let Some(signal) = &signal {
            if signal.aborted() {
                cancel.cancel();
            }
            // A signal that can't be listened to is still looked at between pieces of work.
            let _ = signal.add_event_listener_with_callback("abort", listener.as_ref().unchecked_ref());
        }
        let on_progress = read("onProgress").dyn_into::<Function>().ok();
        let on_chunk = read("onChunk").dyn_into::<Function>().ok();
        let helpers = JsHelpers::of(&read("helpers")).map(|helpers| Rc::new(helpers) as Rc<dyn Helpers>);
        Self {
            cancel,
            signal,
            listener,
            on_progress,
            on_chunk,
            room: RefCell::default(),
            helpers,
            last_told_ms: Cell::new(f64::NEG_INFINITY),
            untold: Cell::new(None),
        }
    }

    /// The outcome of a call as a promise gives it. Work that is under way is dropped when the signal fires.
    pub async fn finish<T>(
        self,
        work: impl Future<Output = Result<T>>,
        convert: impl FnOnce(&T) -> Result<JsValue>,
    ) -> std::result::Result<JsValue, JsValue> {
        let outcome = self.cancel.race(work).await;
        self.outcome(outcome, convert)
    }

    /// As [`Call::finish`], for work that looks at the cancellation itself.
    pub fn outcome<T>(
        self,
        outcome: Result<T>,
        convert: impl FnOnce(&T) -> Result<JsValue>,
    ) -> std::result::Result<JsValue, JsValue> {
        self.flush();
        match outcome.and_then(|value| convert(&value)) {
            Ok(value) => Ok(value),
            Err(error) if error.code() == Code::Cancelled => {
                Err(self.reason().unwrap_or_else(|| errors::to_js(&error)))
            }
            Err(error) => Err(errors::to_js(&error)),
        }
    }

    fn flush(&self) {
        if let Some(progress) = self.untold.take() {
            self.tell(progress);
        }
    }

    fn tell(&self, progress: Progress) {
        self.untold.set(None);
        if let (Some(on_progress), Ok(progress)) = (&self.on_progress, to_js(&progress)) {
            // An error in the caller's function is the caller's; the call goes on.
            let _ = on_progress.call1(&JsValue::UNDEFINED, &progress);
        }
    }

    /// Why the signal says that it was aborted, where that is an `AbortError` of the host.
    fn reason(&self) -> Option<JsValue> {
        let reason = self.signal.as_ref()?.reason();
        let name = reason.is_object().then(|| Reflect::get(&reason, &"name".into()).ok()).flatten()?;
        (name == "AbortError").then_some(reason)
    }
}

impl Caller for Call {
    fn cancel(&self) -> &Cancellation {
        &self.cancel
    }

    /// Tells at most every 50 ms; the last news is told when the call ends.
    fn progress(&self, progress: Progress) {
        let now_ms = js_sys::Date::now();
        if now_ms - self.last_told_ms.get() < PAUSE_MS {
            self.untold.set(Some(progress));
            return;
        }
        self.last_told_ms.set(now_ms);
        self.tell(progress);
    }

    fn taker(&self) -> Option<&dyn Taker> {
        self.on_chunk.as_ref().map(|_| self as &dyn Taker)
    }

    fn helpers(&self) -> Option<&dyn Helpers> {
        self.helpers.as_deref()
    }
}

impl Taker for Call {
    fn take(&self, grid: &Grid, chunk: ResultChunk, provenance: &Provenance) -> Result<()> {
        let Some(on_chunk) = &self.on_chunk else { return Ok(()) };
        let part = convert::part(grid, std::slice::from_ref(&chunk), provenance, &[])?;
        let answer = on_chunk.call1(&JsValue::UNDEFINED, &part).map_err(|thrown| errors::from_js(&thrown))?;
        if let Ok(room) = answer.dyn_into::<Promise>() {
            *self.room.borrow_mut() = Some(JsFuture::from(room));
        }
        Ok(())
    }

    fn room(&self) -> LocalBoxFuture<'_, ()> {
        let room = self.room.take();
        async {
            if let Some(room) = room {
                // A taker that fails ends the call by its signal.
                let _ = room.await;
            }
        }
        .boxed_local()
    }
}

impl Drop for Call {
    fn drop(&mut self) {
        if let Some(signal) = &self.signal {
            let _ = signal.remove_event_listener_with_callback("abort", self.listener.as_ref().unchecked_ref());
        }
    }
}

const PAUSE_MS: f64 = 50.0;
