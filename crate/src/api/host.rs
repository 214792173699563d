//! JavaScript as the engine's host: fetch, the clock, timers.

use std::rc::Rc;

use futures_util::future::{FutureExt, LocalBoxFuture};
use gloo_timers::future::TimeoutFuture;

use super::sources;
use crate::engine::{Config, Host};
use crate::error::{Code, Error, Result};
use crate::source::RangeReader;

#[derive(Debug)]
pub(super) struct JsHost {
    pub config: Config,
}

impl Host for JsHost {
    fn open(&self, location: &str) -> LocalBoxFuture<'_, Result<Rc<dyn RangeReader>>> {
        let reader = if location.starts_with("http://") || location.starts_with("https://") {
            sources::http(location, Vec::new(), &self.config)
        } else if let Some(name) = location.strip_prefix("file:") {
            Err(Error::new(Code::SourceDetached, format!("the file {name} must be chosen again"))
                .with_hint("browsers do not let a page keep a file: choose or drop it once more"))
        } else {
            Err(Error::new(Code::UsageUnknownSource, format!("expected an http or https URL, got {location:?}")))
        };
        async move { reader }.boxed_local()
    }

    fn now_ms(&self) -> f64 {
        js_sys::Date::now()
    }

    fn pause(&self) -> LocalBoxFuture<'static, ()> {
        // A task, not a microtask: messages that ask to cancel come between tasks.
        TimeoutFuture::new(0).boxed_local()
    }
}
