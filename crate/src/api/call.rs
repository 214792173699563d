//! What travels beside a call's arguments: the wish to stop it, and news of how far it is.

use std::cell::Cell;

use js_sys::{Function, Reflect};
use wasm_bindgen::prelude::*;
use web_sys::AbortSignal;

use super::convert::to_js;
use super::errors;
use crate::engine::Cancellation;
use crate::error::{Code, Result};
use crate::resample::Progress;

/// A call's hooks, from its options.
pub(super) struct Call {
    pub cancel: Cancellation,
    signal: Option<AbortSignal>,
    listener: Closure<dyn FnMut()>,
    on_progress: Option<Function>,
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
        Self {
            cancel,
            signal,
            listener,
            on_progress,
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

    /// Tells at most every 50 ms; the last news is told when the call ends.
    pub fn progress(&self, progress: Progress) {
        let now_ms = js_sys::Date::now();
        if now_ms - self.last_told_ms.get() < PAUSE_MS {
            self.untold.set(Some(progress));
            return;
        }
        self.last_told_ms.set(now_ms);
        self.tell(progress);
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

impl Drop for Call {
    fn drop(&mut self) {
        if let Some(signal) = &self.signal {
            let _ = signal.remove_event_listener_with_callback("abort", self.listener.as_ref().unchecked_ref());
        }
    }
}

const PAUSE_MS: f64 = 50.0;
