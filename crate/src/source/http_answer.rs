//! What came back: the answer's head, and what its status means for the bytes.

use std::ops::Range;

use gloo_net::http::{Headers, Response};

use super::http_body::read_body;
use super::http_request::Failed;
use super::retry::{Failure, retry_after_ms};
use super::{ContentRange, Identity};
use crate::error::{Code, Error};
use crate::num;

/// Status and headers; the body is still to come.
#[derive(Debug)]
pub struct Reply {
    pub status: u16,
    pub response: Response,
    headers: Headers,
}

/// Bytes, and the version of the file that they are of.
#[derive(Debug)]
pub struct Received {
    pub bytes: Vec<u8>,
    pub identity: Identity,
}

impl Reply {
    pub fn new(response: Response) -> Self {
        Self { status: response.status(), headers: response.headers(), response }
    }

    pub fn header(&self, name: &str) -> Option<String> {
        self.headers.get(name)
    }

    /// Where redirects led to, if they did.
    pub fn redirected_to(&self) -> Option<String> {
        self.response.redirected().then(|| self.response.url()).filter(|url| !url.is_empty())
    }

    /// The error of a status that brings no bytes.
    pub fn failure(&self) -> Failed {
        let status = self.status;
        let ms_until = |date: &str| Some(js_sys::Date::parse(date) - js_sys::Date::now());
        let retry_after_ms = self.header("retry-after").and_then(|text| retry_after_ms(&text, ms_until));
        (Failure::Status { status, retry_after_ms }, status_error(status, retry_after_ms))
    }

    /// Version of the file as the headers tell it; the length is the caller's to add.
    fn identity(&self) -> Identity {
        Identity { len_bytes: None, etag: self.header("etag"), last_modified: self.header("last-modified") }
    }

    /// What the server packed the body in, such as `gzip`.
    fn encoding(&self) -> Option<String> {
        self.header("content-encoding").filter(|encoding| !encoding.trim().eq_ignore_ascii_case("identity"))
    }

    /// Bytes of the body; nothing is known of one that is packed.
    fn content_length(&self) -> Option<u64> {
        if self.encoding().is_some() {
            return None;
        }
        self.header("content-length")?.trim().parse().ok()
    }
}

/// The body of a 206 to a request for `range`. Where the server says what it sent, that must fit the question and the
/// body must be as long.
pub async fn read_part(reply: &Reply, range: &Range<u64>, timeout_ms: u32) -> Result<Received, Failed> {
    let wanted = range.end.saturating_sub(range.start);
    // Across origins the header is hidden unless the server exposes it: then the body's length must do.
    let content_range = reply.header("content-range").and_then(|text| ContentRange::parse(&text));
    let mut expected = reply.content_length();
    let mut identity = reply.identity();
    if let Some(content_range) = &content_range {
        content_range.check(range).map_err(|error| (Failure::Final, error))?;
        identity.len_bytes = content_range.len_bytes;
        expected = content_range.range.as_ref().map(|sent| sent.end.saturating_sub(sent.start));
    }
    let most = expected.unwrap_or(wanted).min(wanted);
    let outcome = match read_body(reply, most, timeout_ms).await {
        Ok(bytes) => match expected {
            Some(expected) if num::to_u64(bytes.len()) < expected => Err(truncated(expected, bytes.len())),
            _ => Ok(bytes),
        },
        Err(failed) => Err(failed),
    };
    match (outcome, reply.encoding()) {
        (Ok(bytes), _) => Ok(Received { bytes, identity }),
        // Part of a packed file can't be unpacked. A part that was packed by itself can: it came through above.
        (Err((failure, _)), Some(encoding)) if failure != Failure::Stall => Err((
            Failure::Final,
            Error::new(Code::SourceContentEncoding, format!("the server sends ranges of the file as {encoding}"))
                .with_hint("turn off compression of responses for this file: its blocks are compressed already"),
        )),
        (Err(failed), _) => Err(failed),
    }
}

/// The body of a 200: a server that ignores ranges is put up with for files up to `most` bytes.
pub async fn read_whole(reply: &Reply, most: u64, timeout_ms: u32) -> Result<Received, Failed> {
    let too_large = || {
        let error = Error::new(Code::SourceRangeUnsupported, "the server ignores ranges and the file is large")
            .with_hint("serve the file from a server that answers range requests with 206 Partial Content");
        (Failure::Final, error)
    };
    let announced = reply.content_length();
    if announced.is_some_and(|len| len > most) {
        return Err(too_large());
    }
    let bytes = match read_body(reply, most, timeout_ms).await {
        Err((_, error)) if error.code() == Code::SourceRangeMismatch => return Err(too_large()),
        other => other?,
    };
    if let Some(announced) = announced.filter(|&len| num::to_u64(bytes.len()) < len) {
        return Err(truncated(announced, bytes.len()));
    }
    let identity = Identity { len_bytes: Some(num::to_u64(bytes.len())), ..reply.identity() };
    Ok(Received { bytes, identity })
}

/// A 416: nothing, where the range starts at or beyond the end of the file.
pub fn unsatisfied(reply: &Reply, range: &Range<u64>) -> Result<Received, Failed> {
    let content_range = reply.header("content-range").and_then(|text| ContentRange::parse(&text));
    match content_range.and_then(|content_range| content_range.len_bytes) {
        Some(len_bytes) if range.start >= len_bytes => {
            let identity = Identity { len_bytes: Some(len_bytes), ..reply.identity() };
            Ok(Received { bytes: Vec::new(), identity })
        }
        _ => Err(reply.failure()),
    }
}

fn truncated(expected: u64, got: usize) -> Failed {
    let error = Error::new(Code::SourceTruncated, format!("expected {expected} bytes, the response ended after {got}"))
        .with_hint("the connection or a proxy cut it short: try again");
    (Failure::Truncated, error)
}

fn status_error(status: u16, retry_after_ms: Option<u64>) -> Error {
    let (code, hint) = match status {
        404 | 410 => (Code::SourceNotFound, "check the address".to_owned()),
        401 | 403 => (
            Code::SourceHttpStatus,
            "the server wants a sign-in or a signed address: add headers or renew it".to_owned(),
        ),
        // A redirect that was not to be followed; browsers hide its status.
        0 | 300..=399 => (Code::SourceHttpStatus, "the address leads to another: give that one".to_owned()),
        408 | 425 | 429 | 500..=599 => {
            let wait = match retry_after_ms {
                Some(ms) => format!("the server asks to wait {} s: try again then", ms.div_ceil(1000)),
                None => "the server is busy or broken: try again later".to_owned(),
            };
            (Code::SourceHttpStatus, wait)
        }
        _ => (Code::SourceHttpStatus, "check the address and what the server allows".to_owned()),
    };
    Error::new(code, format!("the server answered with status {status}")).with_status(status).with_hint(hint)
}
