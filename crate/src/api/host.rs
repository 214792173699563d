//! JavaScript as the engine's host: fetch, the clock, timers.

use std::rc::Rc;

use futures_util::future::{FutureExt, LocalBoxFuture};
use gloo_timers::future::TimeoutFuture;
use js_sys::{Function, Promise, Reflect};
use wasm_bindgen::prelude::*;
use wasm_bindgen_futures::JsFuture;

use super::errors;
use super::sources;
use crate::engine::{Config, Host, Level};
use crate::error::{Code, Error, Result};
use crate::source::RangeReader;

#[derive(Debug)]
pub(super) struct JsHost {
    pub config: Config,
    /// Gives the bytes of a file that was registered, where the host still has them.
    pub open_file: Option<Function>,
}

impl JsHost {
    async fn file(&self, name: &str) -> Result<Rc<dyn RangeReader>> {
        let detached = || {
            Error::new(Code::SourceDetached, format!("the file {name} must be chosen again"))
                .with_hint("this browser kept no handle of it: choose or drop it once more")
        };
        let open = self.open_file.as_ref().ok_or_else(detached)?;
        let failed = |thrown: &JsValue| {
            let error = errors::from_js(thrown);
            if error.code() != Code::Bug {
                return error;
            }
            Error::new(Code::SourceRead, format!("the file {name} can't be opened: {}", error.message()))
        };
        let answer = open.call1(&JsValue::UNDEFINED, &name.into()).map_err(|thrown| failed(&thrown))?;
        let bytes: JsValue = JsFuture::from(Promise::resolve(&answer)).await.map_err(|thrown| failed(&thrown))?;
        if bytes.is_undefined() || bytes.is_null() { Err(detached()) } else { sources::reader(&bytes, &self.config) }
    }
}

impl Host for JsHost {
    fn open(&self, location: &str) -> LocalBoxFuture<'_, Result<Rc<dyn RangeReader>>> {
        let location = location.to_owned();
        async move {
            if location.starts_with("http://") || location.starts_with("https://") {
                sources::http(&location, Vec::new(), &self.config)
            } else if let Some(name) = location.strip_prefix("file:") {
                self.file(name).await
            } else {
                Err(Error::new(Code::UsageUnknownSource, format!("expected an http or https URL, got {location:?}")))
            }
        }
        .boxed_local()
    }

    fn now_ms(&self) -> f64 {
        js_sys::Date::now()
    }

    fn sleep(&self, ms: u32) -> LocalBoxFuture<'static, ()> {
        TimeoutFuture::new(ms).boxed_local()
    }

    fn nonce(&self) -> u32 {
        (js_sys::Math::random() * f64::from(u32::MAX)) as u32
    }

    fn log(&self, level: Level, subsystem: &str, message: &str) {
        let line = format!("cogrid {} {subsystem}: {message}", level.as_str());
        // Node writes what is below a warning to standard output, where a command's answer goes.
        match level {
            Level::Error | Level::Warn => console_warn(&line),
            _ if is_node() => console_warn(&line),
            _ => console_debug(&line),
        }
    }

    fn pause(&self) -> LocalBoxFuture<'static, ()> {
        // A task, not a microtask: messages that ask to cancel come between tasks.
        TimeoutFuture::new(0).boxed_local()
    }
}

fn is_node() -> bool {
    Reflect::has(&js_sys::global(), &"process".into()).unwrap_or(false)
}

#[wasm_bindgen]
extern "C" {
    #[wasm_bindgen(js_namespace = console, js_name = warn)]
    fn console_warn(text: &str);

    #[wasm_bindgen(js_namespace = console, js_name = debug)]
    fn console_debug(text: &str);
}
