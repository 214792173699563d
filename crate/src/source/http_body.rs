//! The body of an answer, with an end to waiting and to size.

use futures_util::future::{Either, select};
use gloo_timers::future::TimeoutFuture;
use js_sys::{Reflect, Uint8Array};
use wasm_bindgen::{JsCast, JsValue};
use wasm_bindgen_futures::JsFuture;
use web_sys::{ReadableStreamDefaultReader, ResponseType};

use super::http_answer::Reply;
use super::http_request::{Failed, message, stalled};
use super::js_bytes::free;
use super::retry::{Failure, LEAST_HTTP_BYTES_PER_MS, patience_ms};
use crate::error::{Code, Error};
use crate::num;

/// All bytes of the body. `source.range_mismatch` where there are more than `most`; `source.timeout` where none comes
/// for `timeout_ms`, or so few that it would never end.
pub async fn read_body(answer: &Reply, most: u64, timeout_ms: u32) -> Result<Vec<u8>, Failed> {
    let too_long = || {
        let error =
            Error::new(Code::SourceRangeMismatch, format!("expected at most {most} bytes, the server sends more"));
        (Failure::Final, error.with_hint("a proxy or cache between here and the server may not understand ranges"))
    };
    let Some(stream) = answer.response.body() else {
        // An empty body, or a host without streams.
        let bytes = answer.response.binary();
        let bytes = match select(Box::pin(bytes), TimeoutFuture::new(timeout_ms)).await {
            Either::Left((bytes, _)) => bytes.map_err(|error| broken(&error.to_string()))?,
            Either::Right(_) => return Err(stalled(timeout_ms)),
        };
        return if num::to_u64(bytes.len()) > most { Err(too_long()) } else { Ok(bytes) };
    };
    let reader: ReadableStreamDefaultReader = stream.get_reader().unchecked_into();
    // The promised size is trusted only so far as it saves growing.
    let mut bytes = Vec::with_capacity(usize::try_from(most).unwrap_or(0).min(1 << 20));
    let started_ms = js_sys::Date::now();
    // One that a program made, such as a cache in place of `fetch`, may keep the memory that it gives.
    let is_from_network = matches!(answer.response.type_(), ResponseType::Basic | ResponseType::Cors);
    loop {
        let step: JsValue = match select(JsFuture::from(reader.read()), TimeoutFuture::new(timeout_ms)).await {
            Either::Left((step, _)) => step.map_err(|error| broken(&message(&error)))?,
            Either::Right(_) => return Err(stalled(timeout_ms)),
        };
        let is_done = Reflect::get(&step, &"done".into()).is_ok_and(|done| done.is_truthy());
        if is_done {
            return Ok(bytes);
        }
        let chunk = Reflect::get(&step, &"value".into()).unwrap_or(JsValue::UNDEFINED);
        let Some(chunk) = chunk.dyn_ref::<Uint8Array>() else {
            return Err(broken("the body's stream gave something else than bytes"));
        };
        let len = bytes.len();
        let total = len.saturating_add(chunk.length() as usize);
        if num::to_u64(total) > most {
            return Err(too_long());
        }
        bytes.resize(total, 0);
        // What is left of moved memory is empty, and must not be looked at.
        if let Some(end) = bytes.get_mut(len..).filter(|end| !end.is_empty()) {
            chunk.copy_to(end);
            if is_from_network {
                free(chunk);
            }
        }
        if js_sys::Date::now() - started_ms
            > patience_ms(timeout_ms, num::to_u64(total), LEAST_HTTP_BYTES_PER_MS) as f64
        {
            let error =
                Error::new(Code::SourceTimeout, format!("only {total} bytes came in more than {timeout_ms} ms"))
                    .with_hint("the server or the connection is too slow: try again, or raise the timeout");
            return Err((Failure::Stall, error));
        }
    }
}

fn broken(message: &str) -> Failed {
    let error = Error::new(Code::SourceNetwork, format!("the response broke off: {message}"))
        .with_hint("the connection or the server failed: try again");
    (Failure::Network, error)
}
