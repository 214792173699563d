//! Another reader whose bytes are kept, and whose reads are shared.

use std::cell::{Cell, RefCell};
use std::ops::Range;
use std::rc::Rc;

use bytes::Bytes;
use futures_util::FutureExt;
use futures_util::future::{LocalBoxFuture, Shared, WeakShared, try_join_all};

use super::range_cache::{FileKey, Piece, RangeCache};
use super::{Identity, Priority, RangeReader, Urgency, joined};
use crate::error::{Code, Error, Result};
use crate::num;

/// Reads of `inner` go through a cache: what is held or under way is not asked for again. A read that several wait for
/// goes on while one of them does; a failure is told to all of them and kept for no one.
pub struct CachedSource {
    inner: Rc<dyn RangeReader>,
    cache: Rc<RangeCache>,
    file: FileKey,
    under_way: Rc<UnderWay>,
}

type Read = LocalBoxFuture<'static, Result<Bytes>>;

/// Reads that have begun and not ended.
#[derive(Default)]
struct UnderWay {
    reads: RefCell<Vec<Begun>>,
    next: Cell<u64>,
}

struct Begun {
    number: u64,
    range: Range<u64>,
    read: WeakShared<Read>,
    urgency: Urgency,
}

/// A part of a wanted range.
enum Part {
    Held(Bytes),
    /// What that read gives, from this position of it on, at most so many bytes.
    Coming(Shared<Read>, u64, u64),
}

impl CachedSource {
    #[must_use]
    pub fn new(inner: Rc<dyn RangeReader>, cache: Rc<RangeCache>) -> Self {
        let file = cache.add_file();
        Self { inner, cache, file, under_way: Rc::default() }
    }

    async fn read_through(&self, range: Range<u64>, urgency: Urgency) -> Result<Bytes> {
        let end = range.end.min(self.inner.identity().len_bytes.unwrap_or(u64::MAX)).max(range.start);
        let mut parts = Vec::new();
        for piece in self.cache.pieces(self.file, &(range.start..end)) {
            match piece {
                Piece::Held(bytes) => {
                    urgency.note_served(num::to_u64(bytes.len()));
                    parts.push(Part::Held(bytes));
                }
                Piece::Missing(missing) => self.fetch(missing, &urgency, &mut parts)?,
            }
        }
        let coming = parts.iter().filter_map(|part| match part {
            Part::Held(_) => None,
            Part::Coming(read, ..) => Some(read.clone()),
        });
        try_join_all(coming).await?;
        let mut pieces = Vec::with_capacity(parts.len());
        for part in parts {
            match part {
                Part::Held(held) => pieces.push(held),
                Part::Coming(read, from, len) => {
                    // Has come: all were waited for.
                    let came = read.await?;
                    let clip = |position: u64| usize::try_from(position).unwrap_or(usize::MAX).min(came.len());
                    let part = came.slice(clip(from)..clip(from.saturating_add(len)));
                    // Else the file ends here.
                    let is_whole = num::to_u64(part.len()) >= len;
                    pieces.push(part);
                    if !is_whole {
                        break;
                    }
                }
            }
        }
        Ok(joined(pieces))
    }

    /// Adds the parts of `missing`: of reads that are under way, and of new ones for the rest.
    fn fetch(&self, missing: Range<u64>, urgency: &Urgency, parts: &mut Vec<Part>) -> Result<()> {
        let mut position = missing.start;
        for (range, read, queued) in self.under_way.over(&missing) {
            // Two that are under way never overlap, but a file that ended early may leave a gap.
            if range.end <= position {
                continue;
            }
            if position < range.start {
                parts.push(self.begin(position..range.start, urgency)?);
                position = range.start;
            }
            if urgency.priority() == Priority::View {
                queued.hurry();
            }
            let end = range.end.min(missing.end);
            urgency.note_served(end.saturating_sub(position));
            parts.push(Part::Coming(read, position.saturating_sub(range.start), end.saturating_sub(position)));
            position = end;
        }
        if position < missing.end {
            parts.push(self.begin(position..missing.end, urgency)?);
        }
        Ok(())
    }

    fn begin(&self, range: Range<u64>, urgency: &Urgency) -> Result<Part> {
        let number = self.under_way.next.get();
        self.under_way.next.set(number.wrapping_add(1));
        let (inner, cache, file) = (Rc::clone(&self.inner), Rc::clone(&self.cache), self.file);
        let (under_way, start) = (Rc::clone(&self.under_way), range.start);
        let len = range.end.saturating_sub(start);
        let (wanted, own) = (range.clone(), urgency.clone());
        let read = async move {
            let outcome = inner.read_for(wanted, own).await;
            // Before it is told: whoever asks from now on finds it in the cache, or reads anew.
            under_way.end(number);
            let bytes = outcome?;
            cache.insert(file, start, &bytes);
            Ok(bytes)
        };
        let read: Shared<Read> = read.boxed_local().shared();
        let weak = read.downgrade().ok_or_else(|| Error::new(Code::Bug, "expected a read not yet begun"))?;
        self.under_way.reads.borrow_mut().push(Begun { number, range, read: weak, urgency: urgency.clone() });
        Ok(Part::Coming(read, 0, len))
    }
}

impl UnderWay {
    /// Reads that touch `range`, by position.
    fn over(&self, range: &Range<u64>) -> Vec<(Range<u64>, Shared<Read>, Urgency)> {
        let mut reads = self.reads.borrow_mut();
        // Those that everyone has left are over.
        reads.retain(|begun| begun.read.upgrade().is_some());
        let mut found: Vec<_> = reads
            .iter()
            .filter(|begun| begun.range.start < range.end && range.start < begun.range.end)
            .filter_map(|begun| Some((begun.range.clone(), begun.read.upgrade()?, begun.urgency.clone())))
            .collect();
        found.sort_by_key(|(other, ..)| other.start);
        found
    }

    fn end(&self, number: u64) {
        self.reads.borrow_mut().retain(|begun| begun.number != number);
    }
}

impl RangeReader for CachedSource {
    fn location(&self) -> &str {
        self.inner.location()
    }

    fn read_for(&self, range: Range<u64>, urgency: Urgency) -> LocalBoxFuture<'_, Result<Bytes>> {
        self.read_through(range, urgency).boxed_local()
    }

    fn inner(&self) -> Option<&dyn RangeReader> {
        Some(self.inner.as_ref())
    }

    fn identity(&self) -> Identity {
        self.inner.identity()
    }
}

impl Drop for CachedSource {
    fn drop(&mut self) {
        self.cache.forget(self.file);
    }
}

impl std::fmt::Debug for CachedSource {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("CachedSource").field("location", &self.location()).field("file", &self.file).finish()
    }
}

#[cfg(test)]
#[path = "cached_tests.rs"]
mod tests;
