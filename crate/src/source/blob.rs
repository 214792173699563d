//! A `Blob` or `File` of the host.

use std::ops::Range;

use bytes::Bytes;
use futures_util::FutureExt;
use futures_util::future::{Either, LocalBoxFuture, select};
use gloo_timers::future::TimeoutFuture;
use wasm_bindgen::{JsCast, JsValue};
use wasm_bindgen_futures::JsFuture;

use super::js_bytes::taken;
use super::retry::{LEAST_LOCAL_BYTES_PER_MS, patience_ms};
use super::{Identity, MergePolicy, RangeReader, Urgency};
use crate::error::{Code, Error, Result};

/// Reads ranges of a blob, which stays where it is.
#[derive(Debug)]
pub struct BlobSource {
    name: String,
    blob: web_sys::Blob,
    last_modified: Option<String>,
    merge: MergePolicy,
    timeout_ms: u32,
}

impl BlobSource {
    #[must_use]
    pub fn new(name: impl Into<String>, blob: web_sys::Blob, merge: MergePolicy, timeout_ms: u32) -> Self {
        let last_modified = blob.dyn_ref::<web_sys::File>().map(|file| format!("{:.0}", file.last_modified()));
        Self { name: name.into(), blob, last_modified, merge, timeout_ms }
    }

    async fn read_now(&self, range: Range<u64>) -> Result<Bytes> {
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
        let patience_ms = patience_ms(self.timeout_ms, range.end.saturating_sub(range.start), LEAST_LOCAL_BYTES_PER_MS);
        let patience_ms = u32::try_from(patience_ms).unwrap_or(u32::MAX);
        let buffer: JsValue = match select(JsFuture::from(slice.array_buffer()), TimeoutFuture::new(patience_ms)).await
        {
            Either::Left((buffer, _)) => buffer.map_err(|error| failed(&error))?,
            Either::Right(_) => {
                return Err(Error::new(Code::SourceTimeout, format!("the file gave nothing for {patience_ms} ms"))
                    .with_hint("try again: the disk or the network folder may be busy")
                    .at(|at| {
                        at.source = Some(self.name.clone());
                        at.range = Some((range.start, range.end));
                    }));
            }
        };
        let bytes = taken(&buffer);
        bytes.map(Bytes::from).map_err(|why| Error::new(Code::SourceRead, format!("the file gave no bytes: {why}")))
    }
}

impl RangeReader for BlobSource {
    fn location(&self) -> &str {
        &self.name
    }

    fn read_for(&self, range: Range<u64>, _: Urgency) -> LocalBoxFuture<'_, Result<Bytes>> {
        self.read_now(range).boxed_local()
    }

    fn merge_policy(&self) -> MergePolicy {
        self.merge
    }

    #[expect(clippy::cast_possible_truncation, reason = "a blob's size is a whole number below 2^53")]
    fn identity(&self) -> Identity {
        Identity { len_bytes: Some(self.blob.size() as u64), etag: None, last_modified: self.last_modified.clone() }
    }
}
