//! A caller's own reader: an object with `read(offset, length, { signal })`.

use std::cell::Cell;
use std::ops::Range;

use futures_util::FutureExt;
use futures_util::future::LocalBoxFuture;
use js_sys::{ArrayBuffer, Function, Object, Promise, Reflect, Uint8Array};
use wasm_bindgen::{JsCast, JsValue};
use wasm_bindgen_futures::JsFuture;

use super::http_request::Abort;
use super::{Identity, RangeReader};
use crate::error::{Code, Error, Result};
use crate::num;

/// Reads ranges through a JavaScript object. Its `read` gives an `ArrayBuffer` or a `Uint8Array`, or a promise of one;
/// its `size` (bytes), `etag` and `lastModified`, where it has them, identify the version.
#[derive(Debug)]
pub struct JsSource {
    name: String,
    object: Object,
    /// Learnt from a read that came back short.
    end: Cell<Option<u64>>,
}

impl JsSource {
    #[must_use]
    pub fn new(name: impl Into<String>, object: Object) -> Self {
        Self { name: name.into(), object, end: Cell::new(None) }
    }

    async fn read_now(&self, range: Range<u64>) -> Result<Vec<u8>> {
        let failed = |error: &JsValue| {
            let text = error
                .dyn_ref::<js_sys::Error>()
                .map(|error| String::from(error.message()))
                .or_else(|| error.as_string())
                .unwrap_or_else(|| "it threw something that is no Error".to_owned());
            self.error(&range, format!("the source's read failed: {text}"))
        };
        let read: Function =
            Reflect::get(&self.object, &"read".into()).ok().and_then(|read| read.dyn_into().ok()).ok_or_else(|| {
                self.error(&range, "expected an object with a function read(offset, length, options)".into())
            })?;
        let abort = Abort::new();
        let options = Object::new();
        if let Some(signal) = abort.signal() {
            let _ = Reflect::set(&options, &"signal".into(), &signal);
        }
        let len = range.end.saturating_sub(range.start);
        let answer = read
            .call3(&self.object, &JsValue::from_f64(range.start as f64), &JsValue::from_f64(len as f64), &options)
            .map_err(|error| failed(&error))?;
        let bytes: JsValue = JsFuture::from(Promise::resolve(&answer)).await.map_err(|error| failed(&error))?;
        abort.disarm();
        let bytes = if let Some(bytes) = bytes.dyn_ref::<Uint8Array>() {
            bytes.to_vec()
        } else if bytes.has_type::<ArrayBuffer>() {
            Uint8Array::new(&bytes).to_vec()
        } else {
            return Err(self.error(&range, "expected an ArrayBuffer or a Uint8Array from the source's read".into()));
        };
        let got = num::to_u64(bytes.len());
        if got > len {
            return Err(self.error(&range, format!("expected at most {len} bytes from the source's read, got {got}")));
        }
        if got < len {
            self.end.set(Some(range.start.saturating_add(got)));
        }
        Ok(bytes)
    }

    fn error(&self, range: &Range<u64>, message: String) -> Error {
        Error::new(Code::SourceRead, message).at(|at| {
            at.source = Some(self.name.clone());
            at.range = Some((range.start, range.end));
        })
    }

    fn text(&self, name: &str) -> Option<String> {
        let value = Reflect::get(&self.object, &name.into()).ok()?;
        value.as_string().or_else(|| value.as_f64().map(|number| number.to_string()))
    }
}

impl RangeReader for JsSource {
    fn location(&self) -> &str {
        &self.name
    }

    fn read(&self, range: Range<u64>) -> LocalBoxFuture<'_, Result<Vec<u8>>> {
        self.read_now(range).boxed_local()
    }

    fn identity(&self) -> Identity {
        let size = Reflect::get(&self.object, &"size".into()).ok().and_then(|size| size.as_f64());
        let size = size.filter(|size| *size >= 0.0 && size.is_finite()).map(|size| size as u64);
        Identity {
            len_bytes: size.or_else(|| self.end.get()),
            etag: self.text("etag"),
            last_modified: self.text("lastModified"),
        }
    }
}
