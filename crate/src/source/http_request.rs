//! One range request and the head of its answer.

use std::cell::Cell;
use std::ops::Range;

use futures_util::future::{Either, select};
use gloo_net::http::{Headers, RequestBuilder, Response};
use gloo_timers::future::TimeoutFuture;
use wasm_bindgen::prelude::{JsCast, JsValue, wasm_bindgen};
use wasm_bindgen_futures::JsFuture;
use web_sys::RequestRedirect;

use super::Identity;
use super::http::HttpOptions;
use super::retry::Failure;
use crate::error::{Code, Error};

#[wasm_bindgen]
extern "C" {
    /// The global `fetch`, which windows, workers, Node and workerd all have; gloo-net's own call panics where a
    /// host's response is not of this realm's class.
    #[wasm_bindgen(js_name = fetch, catch)]
    fn fetch_request(request: &web_sys::Request) -> Result<js_sys::Promise, JsValue>;
}

/// Aborts its request when dropped, unless disarmed.
#[derive(Debug)]
pub struct Abort {
    controller: Option<web_sys::AbortController>,
    is_armed: Cell<bool>,
}

/// Status and headers; the body is still to come.
#[derive(Debug)]
pub struct Answer {
    pub status: u16,
    pub response: Response,
    headers: Headers,
}

impl Abort {
    pub fn new() -> Self {
        Self { controller: web_sys::AbortController::new().ok(), is_armed: Cell::new(true) }
    }

    pub fn signal(&self) -> Option<web_sys::AbortSignal> {
        self.controller.as_ref().map(web_sys::AbortController::signal)
    }

    pub fn disarm(&self) {
        self.is_armed.set(false);
    }
}

impl Drop for Abort {
    fn drop(&mut self) {
        if let Some(controller) = self.controller.as_ref().filter(|_| self.is_armed.get()) {
            controller.abort();
        }
    }
}

impl Answer {
    pub fn header(&self, name: &str) -> Option<String> {
        self.headers.get(name)
    }

    /// Version of the file as the headers tell it; the length is the caller's to add.
    pub fn identity(&self) -> Identity {
        Identity { len_bytes: None, etag: self.header("etag"), last_modified: self.header("last-modified") }
    }
}

/// Asks for `range` and waits for the answer's head, at most the options' timeout.
pub async fn send(
    url: &str,
    options: &HttpOptions,
    range: &Range<u64>,
    abort: &Abort,
) -> Result<Answer, (Failure, Error)> {
    let timeout_ms = options.timeout_ms;
    let last = range.end.saturating_sub(1);
    let mut builder = RequestBuilder::new(url).abort_signal(abort.signal().as_ref());
    if !options.follows_redirects {
        builder = builder.redirect(RequestRedirect::Manual);
    }
    for (name, value) in &options.headers {
        builder = builder.header(name, value);
    }
    let request = builder.header("Range", &format!("bytes={}-{last}", range.start)).build().map_err(|error| {
        let error = Error::new(Code::SourceNetwork, format!("the request can't be made: {error}"));
        (Failure::Final, error.with_hint("check the address and the headers"))
    })?;
    let request: web_sys::Request = request.into();
    let promise = fetch_request(&request).map_err(|error| network_error(&error))?;
    let response: JsValue = match select(JsFuture::from(promise), TimeoutFuture::new(timeout_ms)).await {
        Either::Left((response, _)) => response.map_err(|error| network_error(&error))?,
        Either::Right(_) => return Err(stalled(timeout_ms)),
    };
    let response = Response::from(response.unchecked_into::<web_sys::Response>());
    Ok(Answer { status: response.status(), headers: response.headers(), response })
}

fn network_error(error: &JsValue) -> (Failure, Error) {
    let error = Error::new(Code::SourceNetwork, format!("the server can't be reached: {}", message(error))).with_hint(
        "check the address and the connection; in a browser the server must allow this page's origin (CORS)",
    );
    (Failure::Network, error)
}

/// What a thrown value says.
pub(super) fn message(error: &JsValue) -> String {
    error
        .dyn_ref::<js_sys::Error>()
        .map(|error| String::from(error.message()))
        .or_else(|| error.as_string())
        .unwrap_or_else(|| "fetch failed".to_owned())
}

pub(super) fn stalled(timeout_ms: u32) -> (Failure, Error) {
    let error = Error::new(Code::SourceTimeout, format!("no byte came for {timeout_ms} ms"))
        .with_hint("try again, or raise the timeout");
    (Failure::Stall, error)
}
