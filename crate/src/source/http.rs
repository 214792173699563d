//! A file behind HTTP ranges: in windows, workers, Node and workerd, through the global `fetch`.

use std::cell::RefCell;
use std::collections::HashMap;
use std::ops::Range;
use std::rc::Rc;

use bytes::Bytes;
use futures_util::FutureExt;
use futures_util::future::LocalBoxFuture;
use gloo_timers::future::TimeoutFuture;

use super::http_answer::{Received, Reply, read_part, read_whole, unsatisfied};
use super::http_request::{Abort, Failed, ends_at_cors, origin_of, send};
use super::limiter::Limiter;
use super::retry::{Failure, RetryPolicy};
use super::{Identity, MergePolicy, RangeReader, Urgency, joined};
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
    /// Requests to one origin at once, all files together.
    pub concurrency_per_origin: usize,
    pub merge: MergePolicy,
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
    /// Where redirects led to: asked directly from then on, until it fails.
    resolved: RefCell<Option<String>>,
    /// The whole file, where the server sends nothing less.
    whole: RefCell<Option<Bytes>>,
}

impl Default for HttpOptions {
    fn default() -> Self {
        Self {
            headers: Vec::new(),
            follows_redirects: true,
            timeout_ms: 30_000,
            retry: RetryPolicy::default(),
            concurrency_per_origin: 6,
            merge: MergePolicy::default(),
            max_whole_file_bytes: 16 << 20,
        }
    }
}

impl HttpSource {
    /// A source for `url`; nothing is fetched before the first read.
    #[must_use]
    pub fn new(url: impl Into<String>, options: HttpOptions) -> Self {
        let url = url.into();
        let limiter = limiter_of(&url);
        Self {
            url,
            options,
            limiter,
            identity: RefCell::default(),
            resolved: RefCell::default(),
            whole: RefCell::default(),
        }
    }

    /// The bytes of `range`, asked for again from where an answer was shorter than the question.
    async fn read_all(&self, range: Range<u64>, urgency: Urgency) -> Result<Bytes> {
        let (mut parts, mut start) = (Vec::new(), range.start);
        for _ in 0..MAX_ANSWERS {
            let rest = start..range.end;
            let part = self.read_with_retries(&rest, &urgency).await.map_err(|error| self.located(error, &rest))?;
            start = start.saturating_add(num::to_u64(part.len()));
            parts.push(part);
            // Where the length is not known, a short answer means that the file ends there.
            let file_end = self.identity.borrow().len_bytes.unwrap_or(start);
            if start >= range.end.min(file_end) {
                return Ok(joined(parts));
            }
        }
        let message = format!("after {MAX_ANSWERS} answers only {} bytes have come", start.saturating_sub(range.start));
        Err(self.located(Error::new(Code::SourceRangeMismatch, message), &range))
    }

    async fn read_with_retries(&self, range: &Range<u64>, urgency: &Urgency) -> Result<Bytes> {
        let mut retry = 0_u32;
        let mut resolved = self.resolved.borrow().clone();
        loop {
            let url = resolved.take();
            let (failure, error) = match self.read_once(url.as_deref(), range, urgency).await {
                Ok(bytes) => return Ok(bytes),
                Err(failed) => failed,
            };
            // Where a redirect once led to may be gone, or its signature too old: ask the address that was given.
            if url.is_some() && error.code() != Code::SourceChanged {
                self.resolved.take();
                continue;
            }
            let Some(delay_ms) = self.options.retry.delay_ms(retry, failure, js_sys::Math::random()) else {
                return Err(self.explained(failure, error).await);
            };
            TimeoutFuture::new(u32::try_from(delay_ms).unwrap_or(u32::MAX)).await;
            retry = retry.saturating_add(1);
        }
    }

    /// One request, to `resolved` or else to the source's own address.
    async fn read_once(
        &self,
        resolved: Option<&str>,
        range: &Range<u64>,
        urgency: &Urgency,
    ) -> std::result::Result<Bytes, Failed> {
        if let Some(bytes) = self.part_of_whole(range) {
            return Ok(bytes);
        }
        let _permit = self.limiter.acquire(self.options.concurrency_per_origin, urgency.clone()).await;
        // Another read may have fetched the whole file while this one waited.
        if let Some(bytes) = self.part_of_whole(range) {
            return Ok(bytes);
        }
        let abort = Abort::new();
        let reply = send(resolved.unwrap_or(&self.url), &self.options, range, &abort).await?;
        let status = reply.status;
        let bytes = self.receive(range, &reply).await.map_err(|(failure, error)| {
            let status = error.status().unwrap_or(status);
            (failure, error.with_status(status))
        })?;
        abort.disarm();
        self.note_redirect(&reply);
        Ok(bytes)
    }

    async fn receive(&self, range: &Range<u64>, reply: &Reply) -> std::result::Result<Bytes, Failed> {
        let received = match reply.status {
            206 => read_part(reply, range, self.options.timeout_ms).await?,
            200 => read_whole(reply, self.options.max_whole_file_bytes, self.options.timeout_ms).await?,
            416 => unsatisfied(reply, range)?,
            _ => return Err(reply.failure()),
        };
        let Received { bytes, identity } = received;
        // Never the bytes of another version, however long they were under way.
        self.identity.borrow_mut().update(identity).map_err(|error| (Failure::Final, error))?;
        if reply.status == 200 {
            *self.whole.borrow_mut() = Some(bytes.into());
            return Ok(self.part_of_whole(range).unwrap_or_default());
        }
        Ok(bytes.into())
    }

    /// Saves later reads the detour. Own headers are sent to where they were meant for only.
    fn note_redirect(&self, reply: &Reply) {
        if let Some(url) = reply.redirected_to()
            && (self.options.headers.is_empty() || origin_of(&url) == origin_of(&self.url))
        {
            *self.resolved.borrow_mut() = Some(url);
        }
    }

    /// Browsers don't say why nothing came: whether it is the server's permission that is missing can be found out.
    async fn explained(&self, failure: Failure, error: Error) -> Error {
        let was_reached = *self.identity.borrow() != Identity::default();
        if failure != Failure::Unreachable || was_reached || !ends_at_cors(&self.url, self.options.timeout_ms).await {
            return error;
        }
        Error::new(Code::SourceCors, "the server can be reached, but does not allow this page to read from it").with_hint(
            "the server must send Access-Control-Allow-Origin (this page's origin or *) and Access-Control-Expose-Headers: Content-Range, ETag",
        )
    }

    fn part_of_whole(&self, range: &Range<u64>) -> Option<Bytes> {
        let whole = self.whole.borrow();
        let whole = whole.as_ref()?;
        let clip = |position: u64| usize::try_from(position).unwrap_or(usize::MAX).min(whole.len());
        let end = clip(range.end);
        Some(whole.slice(clip(range.start).min(end)..end))
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

    fn read_for(&self, range: Range<u64>, urgency: Urgency) -> LocalBoxFuture<'_, Result<Bytes>> {
        if range.start >= range.end {
            return std::future::ready(Ok(Bytes::new())).boxed_local();
        }
        self.read_all(range, urgency).boxed_local()
    }

    fn merge_policy(&self) -> MergePolicy {
        self.options.merge
    }

    fn identity(&self) -> Identity {
        let identity = self.identity.borrow();
        // A weak ETag shows a change but names no version.
        Identity { etag: identity.etag.clone().filter(|etag| !etag.starts_with("W/")), ..identity.clone() }
    }
}

thread_local! {
    static LIMITERS: RefCell<HashMap<String, Rc<Limiter>>> = RefCell::default();
}

/// The limiter of the URL's origin, shared by all sources there.
fn limiter_of(url: &str) -> Rc<Limiter> {
    LIMITERS.with_borrow_mut(|limiters| Rc::clone(limiters.entry(origin_of(url)).or_insert_with(Limiter::new)))
}

/// A server that sends less than it is asked for is asked again, so often.
const MAX_ANSWERS: usize = 64;
