//! What a server says it sent.

use std::ops::Range;

use super::Identity;
use crate::error::{Code, Error, Result};

/// A parsed `Content-Range`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ContentRange {
    /// Absent for `bytes */len` (status 416).
    pub range: Option<Range<u64>>,
    /// Length of the file; `None` for `*`.
    pub len_bytes: Option<u64>,
}

impl ContentRange {
    /// Reads `bytes 0-99/1234`, `bytes 0-99/*` or `bytes */1234`.
    #[must_use]
    pub fn parse(header: &str) -> Option<Self> {
        let rest = header.trim().strip_prefix("bytes")?.trim_start();
        let (range, len) = rest.split_once('/')?;
        let len_bytes = match len.trim() {
            "*" => None,
            len => Some(len.parse().ok()?),
        };
        let range = match range.trim() {
            "*" => None,
            range => {
                let (first, last) = range.split_once('-')?;
                let first: u64 = first.trim().parse().ok()?;
                let end = last.trim().parse::<u64>().ok()?.checked_add(1)?;
                Some(first..end).filter(|range| range.start < range.end)
            }
        };
        (range.is_some() || len_bytes.is_some()).then_some(Self { range, len_bytes })
    }

    /// Whether this answers a request for `wanted`: its start, and not beyond its end. A server may send less than was
    /// asked for, also where the file goes on. `source.range_mismatch`.
    pub fn check(&self, wanted: &Range<u64>) -> Result<()> {
        let end = wanted.end.min(self.len_bytes.unwrap_or(u64::MAX));
        match &self.range {
            Some(sent) if sent.start == wanted.start && sent.end <= end => Ok(()),
            sent => {
                let sent = sent.as_ref().map_or("none".to_owned(), |sent| format!("{}–{}", sent.start, sent.end));
                Err(Error::new(
                    Code::SourceRangeMismatch,
                    format!("expected bytes {}–{}, the server says it sent {sent}", wanted.start, wanted.end),
                )
                .with_hint("a proxy or cache between here and the server may not understand ranges"))
            }
        }
    }
}

impl Identity {
    /// Adds what `newer` knows. `source.changed` where both know a version and they differ.
    pub fn update(&mut self, newer: Self) -> Result<()> {
        let differs = |what: &str, old: String, new: String| {
            Err(Error::new(
                Code::SourceChanged,
                format!("the file changed while it was read: {what} was {old}, is {new}"),
            )
            .with_hint("read it again from the start"))
        };
        if let (Some(old), Some(new)) = (&self.etag, &newer.etag)
            && old != new
        {
            return differs("ETag", old.clone(), new.clone());
        }
        // Servers behind one name may disagree about times of the same version; an ETag settles it.
        if (self.etag.is_none() || newer.etag.is_none())
            && let (Some(old), Some(new)) = (&self.last_modified, &newer.last_modified)
            && old != new
        {
            return differs("Last-Modified", old.clone(), new.clone());
        }
        if let (Some(old), Some(new)) = (self.len_bytes, newer.len_bytes)
            && old != new
        {
            return differs("length", old.to_string(), new.to_string());
        }
        self.etag = self.etag.take().or(newer.etag);
        self.last_modified = self.last_modified.take().or(newer.last_modified);
        self.len_bytes = self.len_bytes.or(newer.len_bytes);
        Ok(())
    }
}

#[cfg(test)]
#[path = "content_range_tests.rs"]
mod tests;
