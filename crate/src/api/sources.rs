//! What JavaScript may give as a source, as readers.

use std::rc::Rc;

use js_sys::{Array, Object, Reflect};
use wasm_bindgen::{JsCast, JsValue};
use web_sys::Blob;

use super::errors::{argument, text_of};
use crate::engine::{Config, Target};
use crate::error::Result;
use crate::source::{BlobSource, HttpOptions, HttpSource, JsSource, MemorySource, NoBytes, RangeReader, copied};

/// A string is an id, a name or a URL; everything else holds bytes.
pub(super) fn target(value: &JsValue, config: &Config) -> Result<Target> {
    match value.as_string() {
        Some(text) => Ok(Target::Ref(text)),
        None => Ok(Target::Reader(reader(value, config)?)),
    }
}

/// As [`target`]; a URL with `headers` among the options gets a reader that sends them.
pub(super) fn target_with_headers(value: &JsValue, options: &JsValue, config: &Config) -> Result<Target> {
    let headers =
        if options.is_object() { Reflect::get(options, &"headers".into()).unwrap_or_default() } else { JsValue::NULL };
    match value.as_string() {
        Some(url) if headers.is_object() => {
            let entries = Object::entries(&Object::from(headers));
            let headers = entries.iter().map(|entry| {
                let entry = Array::from(&entry);
                (text_of(&entry.get(0)), text_of(&entry.get(1)))
            });
            Ok(Target::Reader(http(&url, headers.collect(), config)?))
        }
        _ => target(value, config),
    }
}

/// A reader of a URL under the workspace's settings.
pub(super) fn http(url: &str, headers: Vec<(String, String)>, config: &Config) -> Result<Rc<dyn RangeReader>> {
    let mut options = HttpOptions { headers, merge: config.merge_policy(), ..HttpOptions::default() };
    options.follows_redirects = config.redirect.as_deref() != Some("manual");
    options.timeout_ms = config.timeout_ms.unwrap_or(options.timeout_ms);
    options.retry.retries = config.retries.unwrap_or(options.retry.retries);
    if let Some(concurrency) = config.concurrency_per_origin {
        options.concurrency_per_origin = concurrency.max(1) as usize;
    }
    Ok(Rc::new(HttpSource::new(url, options)))
}

/// A reader of a `Blob`, a `File`, an `ArrayBuffer`, a typed array or an object with `read`.
pub(super) fn reader(value: &JsValue, config: &Config) -> Result<Rc<dyn RangeReader>> {
    let timeout_ms = config.timeout_ms.unwrap_or(HttpOptions::default().timeout_ms);
    if let Some(blob) = value.dyn_ref::<Blob>() {
        let name = name_of(value, "blob");
        return Ok(Rc::new(BlobSource::new(name, blob.clone(), config.merge_policy(), timeout_ms)));
    }
    match copied(value) {
        Ok(bytes) => return Ok(Rc::new(MemorySource::new("buffer", bytes))),
        Err(NoBytes::Moved) => return Err(argument("bytes", NoBytes::Moved)),
        Err(NoBytes::Other) => {}
    }
    let has_read = value.is_object() && Reflect::get(value, &"read".into()).is_ok_and(|read| read.is_function());
    if has_read {
        let object = value.clone().unchecked_into();
        return Ok(Rc::new(JsSource::new(name_of(value, "reader"), object, config.merge_policy(), timeout_ms)));
    }
    Err(argument("a URL, a File, a Blob, an ArrayBuffer or an object with read", text_of(value)))
}

/// The `name` of a file or a reader, else `other`.
fn name_of(value: &JsValue, other: &str) -> String {
    Reflect::get(value, &"name".into()).ok().and_then(|name| name.as_string()).unwrap_or_else(|| other.to_owned())
}
