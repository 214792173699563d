//! A `Blob` or `File` of the host.

use std::ops::Range;

use futures_util::FutureExt;
use futures_util::future::LocalBoxFuture;
use js_sys::{ArrayBuffer, Uint8Array};
use wasm_bindgen::{JsCast, JsValue};
use wasm_bindgen_futures::JsFuture;

use super::{Identity, RangeReader};
use crate::error::{Code, Error, Result};

/// Reads ranges of a blob, which stays where it is.
#[derive(Debug)]
pub struct BlobSource {
    name: String,
    blob: web_sys::Blob,
    last_modified: Option<String>,
}

impl BlobSource {
    #[must_use]
    pub fn new(name: impl Into<String>, blob: web_sys::Blob) -> Self {
        let last_modified = blob.dyn_ref::<web_sys::File>().map(|file| format!("{:.0}", file.last_modified()));
        Self { name: name.into(), blob, last_modified }
    }

    async fn read_now(&self, range: Range<u64>) -> Result<Vec<u8>> {
        let failed = |error: &JsValue| {
            let name = error.dyn_ref::<js_sys::Error>().map(|error| String::from(error.name()));
            // Browsers say so where a file was written to after it was chosen.
            let code = match name.as_deref() {
                Some("NotReadableError" | "NotFoundError") => Code::SourceChanged,
                _ => Code::SourceRead,
            };
            let text = error.dyn_ref::<js_sys::Error>().map_or_else(String::new, |error| error.message().into());
            Error::new(code, format!("the file can't be read: {text}")).with_hint("choose the file again").at(|at| {
                at.source = Some(self.name.clone());
                at.range = Some((range.start, range.end));
            })
        };
        let slice =
            self.blob.slice_with_f64_and_f64(range.start as f64, range.end as f64).map_err(|error| failed(&error))?;
        let buffer: JsValue = JsFuture::from(slice.array_buffer()).await.map_err(|error| failed(&error))?;
        Ok(Uint8Array::new(buffer.unchecked_ref::<ArrayBuffer>()).to_vec())
    }
}

impl RangeReader for BlobSource {
    fn location(&self) -> &str {
        &self.name
    }

    fn read(&self, range: Range<u64>) -> LocalBoxFuture<'_, Result<Vec<u8>>> {
        self.read_now(range).boxed_local()
    }

    fn identity(&self) -> Identity {
        Identity { len_bytes: Some(self.blob.size() as u64), etag: None, last_modified: self.last_modified.clone() }
    }
}
