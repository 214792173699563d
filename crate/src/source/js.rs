//! A caller's own reader: an object with `read(offset, length, { signal })`.

use std::cell::Cell;
use std::ops::Range;
use std::rc::Rc;

use bytes::Bytes;
use futures_util::FutureExt;
use futures_util::future::{Either, LocalBoxFuture, select};
use gloo_timers::future::TimeoutFuture;
use js_sys::{Function, Object, Promise, Reflect};
use wasm_bindgen::{JsCast, JsValue};
use wasm_bindgen_futures::JsFuture;

use super::http_request::Abort;
use super::js_bytes::{copied, taken};
use super::retry::{LEAST_LOCAL_BYTES_PER_MS, patience_ms};
use super::{Identity, MergePolicy, RangeReader, Urgency};
use crate::error::{Code, Error, ErrorKind, Result};
use crate::num;

/// Reads ranges through a JavaScript object. Its `read` gives an `ArrayBuffer` or a `Uint8Array`, or a promise of one;
/// its `size` (bytes), `etag` and `lastModified`, where it has them, identify the version.
#[derive(Debug)]
pub struct JsSource {
    name: String,
    object: Object,
    merge: MergePolicy,
    timeout_ms: u32,
    /// Nobody else has the memory of what `read` gives.
    transfers_bytes: bool,
    /// Learnt from a read that came back short.
    end: Cell<Option<u64>>,
}

impl JsSource {
    /// Reads are merged as `merge` says, but not beyond the object's own `maxReadBytes`. A read may take `timeout_ms`, and
    /// the time that its bytes need at a very low rate.
    #[must_use]
    pub fn new(name: impl Into<String>, object: Object, merge: MergePolicy, timeout_ms: u32) -> Self {
        let property = |name: &str| Reflect::get(&object, &name.into()).unwrap_or_default();
        let transfers_bytes = property("transfersBytes").is_truthy();
        let most = byte_count(&property("maxReadBytes")).unwrap_or(u64::MAX);
        let merge = MergePolicy { max_range_bytes: merge.max_range_bytes.min(most), ..merge };
        Self { name: name.into(), object, merge, timeout_ms, transfers_bytes, end: Cell::new(None) }
    }

    async fn read_now(&self, range: Range<u64>) -> Result<Bytes> {
        let failed = |error: &JsValue| {
            let text = error
                .dyn_ref::<js_sys::Error>()
                .map(|error| String::from(error.message()))
                .or_else(|| error.as_string())
                .unwrap_or_else(|| "it threw something that is no Error".to_owned());
            // A reader that knows what is wrong may say so with a code of ours.
            match Reflect::get(error, &"code".into()).ok().and_then(|code| host_code(&code.as_string()?)) {
                Some(code) => self.error(code, &range, text),
                None => self.error(Code::SourceRead, &range, format!("the source's read failed: {text}")),
            }
        };
        let read: Function =
            Reflect::get(&self.object, &"read".into()).ok().and_then(|read| read.dyn_into().ok()).ok_or_else(|| {
                self.error(Code::SourceRead, &range, "expected an object with a function read(offset, length, options)")
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
        let patience_ms =
            u32::try_from(patience_ms(self.timeout_ms, len, LEAST_LOCAL_BYTES_PER_MS)).unwrap_or(u32::MAX);
        let promise = JsFuture::from(Promise::resolve(&answer));
        let bytes: JsValue = match select(promise, TimeoutFuture::new(patience_ms)).await {
            Either::Left((bytes, _)) => bytes.map_err(|error| failed(&error))?,
            Either::Right(_) => {
                let error = self.error(
                    Code::SourceTimeout,
                    &range,
                    format!("the source's read gave nothing for {patience_ms} ms"),
                );
                return Err(error.with_hint("try again, or raise the timeout"));
            }
        };
        abort.disarm();
        let bytes = if self.transfers_bytes { taken(&bytes) } else { copied(&bytes) };
        let bytes = bytes
            .map_err(|why| self.error(Code::SourceRead, &range, format!("the source's read gave no bytes: {why}")))?;
        let got = num::to_u64(bytes.len());
        if got > len {
            let message = format!("expected at most {len} bytes from the source's read, got {got}");
            return Err(self.error(Code::SourceRead, &range, message));
        }
        if got < len {
            self.end.set(Some(range.start.saturating_add(got)));
        }
        Ok(bytes.into())
    }

    /// What the object's own `sibling(suffix)` gives, if it has one: another such object, or nothing.
    async fn find_sibling(&self, suffix: String) -> Result<Option<Rc<dyn RangeReader>>> {
        let find = Reflect::get(&self.object, &"sibling".into()).ok().and_then(|find| find.dyn_into::<Function>().ok());
        let Some(find) = find else { return Ok(None) };
        // A neighbour is a bonus: one that can't be looked for is one that isn't there.
        let Ok(answer) = find.call1(&self.object, &JsValue::from_str(&suffix)) else { return Ok(None) };
        let Ok(found) = JsFuture::from(Promise::resolve(&answer)).await else { return Ok(None) };
        let object = found.dyn_into::<Object>().ok();
        let name = format!("{}{suffix}", self.name);
        Ok(object.map(|object| Rc::new(Self::new(name, object, self.merge, self.timeout_ms)) as Rc<dyn RangeReader>))
    }

    fn error(&self, code: Code, range: &Range<u64>, message: impl Into<String>) -> Error {
        Error::new(code, message).at(|at| {
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

    fn read_for(&self, range: Range<u64>, _: Urgency) -> LocalBoxFuture<'_, Result<Bytes>> {
        self.read_now(range).boxed_local()
    }

    fn merge_policy(&self) -> MergePolicy {
        self.merge
    }

    fn sibling(&self, suffix: &str) -> LocalBoxFuture<'_, Result<Option<Rc<dyn RangeReader>>>> {
        self.find_sibling(suffix.to_owned()).boxed_local()
    }

    fn identity(&self) -> Identity {
        let size = Reflect::get(&self.object, &"size".into()).ok().and_then(|size| byte_count(&size));
        Identity {
            len_bytes: size.or_else(|| self.end.get()),
            // As with HTTP: what is alike in meaning only may differ in its bytes.
            etag: self.text("etag").filter(|etag| !etag.is_empty() && !etag.starts_with("W/")),
            last_modified: self.text("lastModified"),
        }
    }
}

/// A number of bytes; `None` of anything else.
#[expect(clippy::cast_possible_truncation, reason = "a cast of a float saturates")]
fn byte_count(value: &JsValue) -> Option<u64> {
    value.as_f64().filter(|size| *size >= 0.0 && size.is_finite()).map(|size| size as u64)
}

/// The code of this text, among those that say what is wrong with a file or its host.
fn host_code(text: &str) -> Option<Code> {
    Code::ALL.iter().copied().find(|code| code.kind() == ErrorKind::Host && code.as_str() == text)
}
