//! One range request.

use std::cell::Cell;
use std::ops::Range;

use futures_util::future::{Either, select};
use gloo_net::http::{Method, RequestBuilder, Response};
use gloo_timers::future::TimeoutFuture;
use js_sys::Reflect;
use wasm_bindgen::prelude::{JsCast, JsValue, wasm_bindgen};
use wasm_bindgen_futures::JsFuture;
use web_sys::{RequestMode, RequestRedirect};

use super::http::HttpOptions;
use super::http_answer::Reply;
use super::retry::Failure;
use crate::error::{Code, Error};

#[wasm_bindgen]
extern "C" {
    /// The global `fetch`, which windows, workers, Node and workerd all have; gloo-net's own call panics where a
    /// host's response is not of this realm's class.
    #[wasm_bindgen(js_name = fetch, catch)]
    fn fetch_request(request: &web_sys::Request) -> Result<js_sys::Promise, JsValue>;
}

/// Why a read failed, and the error that says so.
pub type Failed = (Failure, Error);

/// Aborts its request when dropped, unless disarmed.
#[derive(Debug)]
pub struct Abort {
    controller: Option<web_sys::AbortController>,
    is_armed: Cell<bool>,
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

/// Asks for `range` and waits for the answer's head, at most the options' timeout.
pub async fn send(url: &str, options: &HttpOptions, range: &Range<u64>, abort: &Abort) -> Result<Reply, Failed> {
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
    let response = fetch(request.into(), timeout_ms).await?;
    Ok(Reply::new(Response::from(response)))
}

/// Whether it is only the server's permission that keeps this page from reading: a request whose answer the page may
/// not see succeeds. `false` where hosts have no pages, or the URL is of the page's own origin.
pub async fn ends_at_cors(url: &str, timeout_ms: u32) -> bool {
    let location = Reflect::get(&js_sys::global(), &"location".into()).unwrap_or(JsValue::UNDEFINED);
    let page = Reflect::get(&location, &"origin".into()).ok().and_then(|origin| origin.as_string());
    if page.is_none_or(|page| page == origin_of(url)) {
        return false;
    }
    let abort = Abort::new();
    let request = RequestBuilder::new(url)
        .method(Method::HEAD)
        .mode(RequestMode::NoCors)
        .abort_signal(abort.signal().as_ref())
        .build();
    match request {
        Ok(request) => fetch(request.into(), timeout_ms).await.is_ok(),
        Err(_) => false,
    }
}

/// Scheme, host and port of a URL.
pub fn origin_of(url: &str) -> String {
    let authority_at = url.find("://").map_or(0, |position| position.saturating_add(3));
    let origin_len = url
        .get(authority_at..)
        .and_then(|rest| rest.find(['/', '?', '#']))
        .map_or(url.len(), |position| authority_at.saturating_add(position));
    url.get(..origin_len).unwrap_or(url).to_ascii_lowercase()
}

async fn fetch(request: web_sys::Request, timeout_ms: u32) -> Result<web_sys::Response, Failed> {
    let promise = fetch_request(&request).map_err(|error| network_error(&error))?;
    match select(JsFuture::from(promise), TimeoutFuture::new(timeout_ms)).await {
        Either::Left((response, _)) => {
            response.map(|response: JsValue| response.unchecked_into()).map_err(|error| network_error(&error))
        }
        Either::Right(_) => Err(stalled(timeout_ms)),
    }
}

fn network_error(error: &JsValue) -> Failed {
    let error = Error::new(Code::SourceNetwork, format!("the server can't be reached: {}", message(error))).with_hint(
        "check the address and the connection; in a browser the server must allow this page's origin (CORS)",
    );
    (Failure::Unreachable, error)
}

/// What a thrown value says, and its cause: Node's `fetch` hides there whether the connection was refused or reset.
pub(super) fn message(error: &JsValue) -> String {
    let text_of = |error: &JsValue| error.dyn_ref::<js_sys::Error>().map(|error| String::from(error.message()));
    let text = text_of(error).or_else(|| error.as_string()).unwrap_or_else(|| "fetch failed".to_owned());
    let cause = Reflect::get(error, &"cause".into()).ok().filter(JsValue::is_object);
    let cause = cause.and_then(|cause| {
        let code = Reflect::get(&cause, &"code".into()).ok().and_then(|code| code.as_string());
        text_of(&cause).filter(|text| !text.is_empty()).or(code)
    });
    match cause {
        Some(cause) => format!("{text}: {cause}"),
        None => text,
    }
}

pub(super) fn stalled(timeout_ms: u32) -> Failed {
    let error = Error::new(Code::SourceTimeout, format!("the server was silent for {timeout_ms} ms"))
        .with_hint("try again, or raise the timeout");
    (Failure::Stall, error)
}
