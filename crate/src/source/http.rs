//! A file behind HTTP ranges: in windows, workers, Node and workerd, through the global `fetch`.

use std::cell::RefCell;
use std::collections::HashMap;
use std::ops::Range;
use std::rc::Rc;

use futures_util::FutureExt;
use futures_util::future::LocalBoxFuture;
use gloo_timers::future::TimeoutFuture;

use super::http_body::read_body;
use super::http_request::{Abort, Answer, send};
use super::limiter::Limiter;
use super::retry::{Failure, RetryPolicy, retry_after_ms};
use super::{ContentRange, Identity, RangeReader};
use crate::error::{Code, Error, Result};
use crate::num;

/// How a file is fetched.
#[derive(Debug, Clone)]
pub struct HttpOptions {
    /// Sent with every request, names and values.
    pub headers: Vec<(String, String)>,
    /// Without it a redirect is `source.http_status`: who checks where sources may be read from must see each hop.
    pub follows_redirects: bool,
    /// A read without a byte for so long is given up and retried.
    pub timeout_ms: u32,
    pub retry: RetryPolicy,
    /// Requests to one origin at once, all files together; the first file opened there decides.
    pub concurrency_per_origin: usize,
    /// A server that ignores `Range` is put up with for files up to this.
    pub max_whole_file_bytes: u64,
}

/// Reads ranges of a URL.
#[derive(Debug)]
pub struct HttpSource {
    url: String,
    options: HttpOptions,
    limiter: Rc<Limiter>,
    identity: RefCell<Identity>,
    /// The whole file, where the server sends nothing less.
    whole: RefCell<Option<Rc<Vec<u8>>>>,
}

impl Default for HttpOptions {
    fn default() -> Self {
        Self {
            headers: Vec::new(),
            follows_redirects: true,
            timeout_ms: 30_000,
            retry: RetryPolicy::default(),
            concurrency_per_origin: 6,
            max_whole_file_bytes: 16 << 20,
        }
    }
}

impl HttpSource {
    /// A source for `url`; nothing is fetched before the first read.
    #[must_use]
    pub fn new(url: impl Into<String>, options: HttpOptions) -> Self {
        let url = url.into();
        let limiter = limiter_of(&url, options.concurrency_per_origin);
        Self { url, options, limiter, identity: RefCell::default(), whole: RefCell::default() }
    }

    async fn read_with_retries(&self, range: Range<u64>) -> Result<Vec<u8>> {
        let mut retry = 0_u32;
        loop {
            if let Some(bytes) = self.part_of_whole(&range) {
                return Ok(bytes);
            }
            let (failure, error) = match self.read_once(&range).await {
                Ok(bytes) => return Ok(bytes),
                Err(failed) => failed,
            };
            let Some(delay_ms) = self.options.retry.delay_ms(retry, failure, js_sys::Math::random()) else {
                return Err(self.located(error, &range));
            };
            TimeoutFuture::new(u32::try_from(delay_ms).unwrap_or(u32::MAX)).await;
            retry = retry.saturating_add(1);
        }
    }

    async fn read_once(&self, range: &Range<u64>) -> std::result::Result<Vec<u8>, (Failure, Error)> {
        let _permit = self.limiter.acquire().await;
        // Another read may have fetched the whole file while this one waited.
        if let Some(bytes) = self.part_of_whole(range) {
            return Ok(bytes);
        }
        let abort = Abort::new();
        let answer = send(&self.url, &self.options, range, &abort).await?;
        let bytes = match answer.status {
            206 => self.read_part(range, &answer).await,
            200 => self.read_whole(range, &answer).await,
            416 => self.read_beyond(range, &answer),
            status => Err((
                Failure::Status {
                    status,
                    retry_after_ms: answer.header("retry-after").and_then(|text| retry_after_ms(&text)),
                },
                status_error(status),
            )),
        }?;
        abort.disarm();
        Ok(bytes)
    }

    async fn read_part(&self, range: &Range<u64>, answer: &Answer) -> std::result::Result<Vec<u8>, (Failure, Error)> {
        let wanted = range.end.saturating_sub(range.start);
        // Across origins the header is hidden unless the server exposes it: then the body's length must do.
        let content_range = answer.header("content-range").and_then(|text| ContentRange::parse(&text));
        let mut expected = None;
        let mut identity = answer.identity();
        if let Some(content_range) = &content_range {
            content_range.check(range).map_err(finally)?;
            identity.len_bytes = content_range.len_bytes;
            expected = content_range.range.as_ref().map(|sent| sent.end.saturating_sub(sent.start));
        }
        self.identity.borrow_mut().update(identity).map_err(finally)?;
        let bytes = read_body(answer, expected.unwrap_or(wanted), self.options.timeout_ms).await?;
        let len = num::to_u64(bytes.len());
        if let Some(expected) = expected.filter(|&expected| len < expected) {
            return Err((
                Failure::Truncated,
                Error::new(Code::SourceTruncated, format!("expected {expected} bytes, the response ended after {len}")),
            ));
        }
        Ok(bytes)
    }

    async fn read_whole(&self, range: &Range<u64>, answer: &Answer) -> std::result::Result<Vec<u8>, (Failure, Error)> {
        let most = self.options.max_whole_file_bytes;
        let too_large = || {
            finally(
                Error::new(Code::SourceRangeUnsupported, "the server ignores ranges and the file is large")
                    .with_hint("serve the file from a server that answers range requests with 206 Partial Content"),
            )
        };
        let announced = answer.header("content-length").and_then(|text| text.trim().parse::<u64>().ok());
        if announced.is_some_and(|len| len > most) {
            return Err(too_large());
        }
        let bytes = match read_body(answer, most, self.options.timeout_ms).await {
            Err((_, error)) if error.code() == Code::SourceRangeMismatch => return Err(too_large()),
            other => other?,
        };
        let mut identity = answer.identity();
        identity.len_bytes = Some(num::to_u64(bytes.len()));
        self.identity.borrow_mut().update(identity).map_err(finally)?;
        *self.whole.borrow_mut() = Some(Rc::new(bytes));
        Ok(self.part_of_whole(range).unwrap_or_default())
    }

    /// 416: the range starts at or beyond the end of the file.
    fn read_beyond(&self, range: &Range<u64>, answer: &Answer) -> std::result::Result<Vec<u8>, (Failure, Error)> {
        let content_range = answer.header("content-range").and_then(|text| ContentRange::parse(&text));
        match content_range.and_then(|content_range| content_range.len_bytes) {
            Some(len_bytes) if range.start >= len_bytes => {
                let identity = Identity { len_bytes: Some(len_bytes), ..answer.identity() };
                self.identity.borrow_mut().update(identity).map_err(finally)?;
                Ok(Vec::new())
            }
            _ => Err(finally(status_error(416))),
        }
    }

    fn part_of_whole(&self, range: &Range<u64>) -> Option<Vec<u8>> {
        let whole = self.whole.borrow();
        let whole = whole.as_ref()?;
        let clip = |position: u64| usize::try_from(position).unwrap_or(usize::MAX).min(whole.len());
        Some(whole.get(clip(range.start)..clip(range.end)).unwrap_or_default().to_vec())
    }

    fn located(&self, error: Error, range: &Range<u64>) -> Error {
        error.at(|at| {
            at.source = Some(self.url.clone());
            at.range = Some((range.start, range.end));
        })
    }
}

impl RangeReader for HttpSource {
    fn location(&self) -> &str {
        &self.url
    }

    fn read(&self, range: Range<u64>) -> LocalBoxFuture<'_, Result<Vec<u8>>> {
        if range.start >= range.end {
            return std::future::ready(Ok(Vec::new())).boxed_local();
        }
        self.read_with_retries(range).boxed_local()
    }

    fn identity(&self) -> Identity {
        let identity = self.identity.borrow();
        // A weak ETag shows a change but names no version.
        Identity { etag: identity.etag.clone().filter(|etag| !etag.starts_with("W/")), ..identity.clone() }
    }
}

/// An error that no retry mends.
fn finally(error: Error) -> (Failure, Error) {
    (Failure::Final, error)
}

fn status_error(status: u16) -> Error {
    let (code, hint) = match status {
        404 | 410 => (Code::SourceNotFound, "check the address"),
        401 | 403 => {
            (Code::SourceHttpStatus, "the server wants a sign-in or a signed address: add headers or renew it")
        }
        // A redirect that was not to be followed; browsers hide its status.
        0 | 300..=399 => (Code::SourceHttpStatus, "the address leads to another: give that one"),
        408 | 429 | 500..=599 => (Code::SourceHttpStatus, "the server is busy or broken: try again later"),
        _ => (Code::SourceHttpStatus, "check the address and what the server allows"),
    };
    Error::new(code, format!("the server answered with status {status}")).with_status(status).with_hint(hint)
}

thread_local! {
    static LIMITERS: RefCell<HashMap<String, Rc<Limiter>>> = RefCell::default();
}

/// The limiter of the URL's origin, shared by all sources there.
fn limiter_of(url: &str, permits: usize) -> Rc<Limiter> {
    let authority_at = url.find("://").map_or(0, |position| position.saturating_add(3));
    let origin_len = url
        .get(authority_at..)
        .and_then(|rest| rest.find(['/', '?', '#']))
        .map_or(url.len(), |position| authority_at.saturating_add(position));
    let origin = url.get(..origin_len).unwrap_or(url).to_ascii_lowercase();
    LIMITERS.with_borrow_mut(|limiters| Rc::clone(limiters.entry(origin).or_insert_with(|| Limiter::new(permits))))
}
