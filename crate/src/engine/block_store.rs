//! Bytes of remote files in the workspace's store, so that a later session does not read them again.

use std::cell::RefCell;
use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::ops::Range;
use std::rc::Rc;

use bytes::Bytes;
use futures_util::FutureExt;
use futures_util::future::{LocalBoxFuture, try_join_all};
use serde::{Deserialize, Serialize};

use super::host::Host;
use super::warnings::Warnings;
use crate::error::Result;
use crate::num;
use crate::source::{Identity, RangeReader, Urgency, joined};
use crate::store::{Row, Store, Table, Write};

/// What of all files is stored, up to a budget; the longest unused go first.
pub(super) struct BlockStore {
    store: Rc<dyn Store>,
    host: Rc<dyn Host>,
    warnings: Rc<Warnings>,
    budget_bytes: u64,
    /// What is stored, as far as this session knows; `None` until it was looked up.
    stored: RefCell<Option<Stored>>,
}

#[derive(Default)]
struct Stored {
    /// By fingerprint and offset.
    pieces: HashMap<String, BTreeMap<u64, Entry>>,
    /// Least recently used first.
    order: BTreeSet<(i64, String, u64)>,
    bytes: u64,
}

#[derive(Debug, Clone, Copy)]
struct Entry {
    len: u64,
    last_accessed: i64,
}

/// A row without its bytes.
#[derive(Debug, Serialize, Deserialize)]
struct Record {
    id: String,
    fingerprint: String,
    byte_offset: u64,
    bytes: u64,
    created: i64,
    last_accessed: i64,
}

impl BlockStore {
    pub fn new(store: Rc<dyn Store>, host: Rc<dyn Host>, warnings: Rc<Warnings>, budget_bytes: u64) -> Rc<Self> {
        Rc::new(Self { store, host, warnings, budget_bytes, stored: RefCell::default() })
    }

    /// Lets go of what is stored of a version.
    pub async fn forget(&self, fingerprint: &str) -> Result<()> {
        let rows = self.store.list(Table::RasterBlocks, Some(("fingerprint", fingerprint.to_owned()))).await?;
        if let Some(stored) = self.stored.borrow_mut().as_mut() {
            stored.remove(fingerprint);
        }
        let writes = rows.iter().map(|row| Write::Delete(Table::RasterBlocks, row.id().to_owned())).collect();
        self.store.write(writes).await
    }

    /// Looks up what earlier sessions left.
    async fn look_up(&self) -> Result<()> {
        if self.stored.borrow().is_some() {
            return Ok(());
        }
        let rows = self.store.list(Table::RasterBlocks, None).await?;
        let mut stored = Stored::default();
        for row in rows {
            let record: Record = row.record(Table::RasterBlocks)?;
            let entry = Entry { len: record.bytes, last_accessed: record.last_accessed };
            stored.insert(&record.fingerprint, record.byte_offset, entry);
        }
        self.stored.borrow_mut().get_or_insert(stored);
        Ok(())
    }

    /// What of `range` is stored of a version, and what is not. Stored pieces come as (offset, part of it).
    async fn find(&self, fingerprint: &str, range: &Range<u64>) -> Result<Found> {
        self.look_up().await?;
        let touching =
            self.stored.borrow().as_ref().map_or_else(Vec::new, |stored| stored.touching(fingerprint, range));
        if touching.is_empty() {
            return Ok(Found { pieces: Vec::new(), missing: vec![range.clone()] });
        }
        let ids = touching.iter().map(|(offset, _)| id(fingerprint, *offset)).collect();
        let rows = self.store.get(Table::RasterBlocks, ids).await?;
        let (mut pieces, mut missing, mut position) = (Vec::new(), Vec::new(), range.start);
        for ((offset, entry), row) in touching.iter().zip(rows) {
            // Another tab may have let go of it, or a write was torn: then it is as if it had never been.
            let blob = row.and_then(|row| row.blob).filter(|blob| num::to_u64(blob.len()) == entry.len);
            let (Some(blob), true) = (blob, *offset + entry.len > position) else { continue };
            if *offset > position {
                missing.push(position..*offset);
                position = *offset;
            }
            let end = (*offset + entry.len).min(range.end);
            pieces.push((position, Bytes::from(blob).slice(part(*offset, position..end))));
            position = end;
        }
        if position < range.end {
            missing.push(position..range.end);
        }
        self.note_use(fingerprint, &touching).await?;
        Ok(Found { pieces, missing })
    }

    /// Stores bytes in pieces and lets go of what is over the budget.
    async fn keep(&self, fingerprint: &str, start: u64, bytes: &[u8]) -> Result<()> {
        if num::to_u64(bytes.len()) > self.budget_bytes / 2 {
            return Ok(());
        }
        let now = self.host.now_ms() as i64;
        let mut writes = Vec::new();
        let mut offset = start;
        for piece in bytes.chunks(PIECE_BYTES) {
            let len = num::to_u64(piece.len());
            let record = Record {
                id: id(fingerprint, offset),
                fingerprint: fingerprint.to_owned(),
                byte_offset: offset,
                bytes: len,
                created: now,
                last_accessed: now,
            };
            writes.push(Write::Put(Table::RasterBlocks, Row::from_record(&record)?.with_blob(piece.to_vec())));
            if let Some(stored) = self.stored.borrow_mut().as_mut() {
                stored.insert(fingerprint, offset, Entry { len, last_accessed: now });
            }
            offset += len;
        }
        if let Some(stored) = self.stored.borrow_mut().as_mut() {
            writes.extend(stored.over(self.budget_bytes).into_iter().map(|id| Write::Delete(Table::RasterBlocks, id)));
        }
        self.store.write(writes).await
    }

    /// Puts pieces last in line, at most once in a while each.
    async fn note_use(&self, fingerprint: &str, touched: &[(u64, Entry)]) -> Result<()> {
        let now = self.host.now_ms() as i64;
        let old: Vec<_> = touched.iter().filter(|(_, entry)| now - entry.last_accessed > NOTED_MS).collect();
        if old.is_empty() {
            return Ok(());
        }
        let mut writes = Vec::new();
        for (offset, entry) in old {
            if let Some(stored) = self.stored.borrow_mut().as_mut() {
                stored.insert(fingerprint, *offset, Entry { last_accessed: now, ..*entry });
            }
            let set = [("last_accessed".to_owned(), now.into())].into_iter().collect();
            writes.push(Write::Update {
                table: Table::RasterBlocks,
                id: id(fingerprint, *offset),
                set,
                add: Vec::new(),
            });
        }
        self.store.write(writes).await
    }
}

struct Found {
    /// (position, bytes), in order.
    pieces: Vec<(u64, Bytes)>,
    missing: Vec<Range<u64>>,
}

impl Stored {
    fn insert(&mut self, fingerprint: &str, offset: u64, entry: Entry) {
        let pieces = self.pieces.entry(fingerprint.to_owned()).or_default();
        if let Some(before) = pieces.insert(offset, entry) {
            self.order.remove(&(before.last_accessed, fingerprint.to_owned(), offset));
            self.bytes = self.bytes.saturating_sub(before.len);
        }
        self.order.insert((entry.last_accessed, fingerprint.to_owned(), offset));
        self.bytes = self.bytes.saturating_add(entry.len);
    }

    fn remove(&mut self, fingerprint: &str) {
        for (offset, entry) in self.pieces.remove(fingerprint).unwrap_or_default() {
            self.order.remove(&(entry.last_accessed, fingerprint.to_owned(), offset));
            self.bytes = self.bytes.saturating_sub(entry.len);
        }
    }

    fn touching(&self, fingerprint: &str, range: &Range<u64>) -> Vec<(u64, Entry)> {
        let Some(pieces) = self.pieces.get(fingerprint) else { return Vec::new() };
        // Pieces are short, so the one that reaches into the range starts not long before it.
        let first = range.start.saturating_sub(num::to_u64(PIECE_BYTES));
        let near = pieces.range(first..range.end.max(first)).map(|(&offset, &entry)| (offset, entry));
        near.filter(|(offset, entry)| offset.saturating_add(entry.len) > range.start).collect()
    }

    /// Forgets the longest unused until the rest is within the budget; gives their rows' ids.
    fn over(&mut self, budget_bytes: u64) -> Vec<String> {
        let mut ids = Vec::new();
        while self.bytes > budget_bytes {
            let Some((_, fingerprint, offset)) = self.order.pop_first() else { break };
            let entry = self.pieces.get_mut(&fingerprint).and_then(|pieces| pieces.remove(&offset));
            self.bytes = self.bytes.saturating_sub(entry.map_or(0, |entry| entry.len));
            ids.push(id(&fingerprint, offset));
        }
        ids
    }
}

/// A reader whose bytes are stored under the version that was found when the file was opened. A store that fails costs
/// a read and a warning, never an error.
pub(super) struct StoredReader {
    inner: Rc<dyn RangeReader>,
    blocks: Rc<BlockStore>,
    /// Known once the file is open.
    fingerprint: RefCell<Option<String>>,
}

impl StoredReader {
    pub fn new(inner: Rc<dyn RangeReader>, blocks: Rc<BlockStore>) -> Self {
        Self { inner, blocks, fingerprint: RefCell::default() }
    }

    /// From now on reads are of this version. One that is known by its length and first bytes only is not stored: its
    /// pixels may have changed.
    pub fn begin(&self, fingerprint: &str) {
        let names_a_version = fingerprint.starts_with("e-") || fingerprint.starts_with("m-");
        *self.fingerprint.borrow_mut() = names_a_version.then(|| fingerprint.to_owned());
    }

    async fn read_through(&self, range: Range<u64>, urgency: Urgency) -> Result<Bytes> {
        let Some(fingerprint) = self.fingerprint.borrow().clone() else {
            return self.inner.read_for(range, urgency).await;
        };
        let Found { mut pieces, missing } = match self.blocks.find(&fingerprint, &range).await {
            Ok(found) => found,
            Err(error) => {
                self.blocks.warnings.add(format!("stored bytes of files could not be looked up: {}", error.message()));
                return self.inner.read_for(range, urgency).await;
            }
        };
        urgency.note_served(pieces.iter().map(|(_, bytes)| num::to_u64(bytes.len())).sum());
        let fresh =
            try_join_all(missing.iter().map(|range| self.inner.read_for(range.clone(), urgency.clone()))).await?;
        for (range, bytes) in missing.iter().zip(fresh) {
            if let Err(error) = self.blocks.keep(&fingerprint, range.start, &bytes).await {
                // The store is full or gone: the rest of this session does without.
                self.fingerprint.take();
                let warning = format!("bytes of files are no longer stored for later sessions: {}", error.message());
                self.blocks.warnings.add(warning);
            }
            pieces.push((range.start, bytes));
        }
        pieces.sort_by_key(|(position, _)| *position);
        Ok(joined(pieces.into_iter().map(|(_, bytes)| bytes).collect()))
    }
}

impl RangeReader for StoredReader {
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

fn id(fingerprint: &str, offset: u64) -> String {
    format!("{fingerprint}:{offset:016x}")
}

fn part(offset: u64, range: Range<u64>) -> Range<usize> {
    let at = |position: u64| usize::try_from(position.saturating_sub(offset)).unwrap_or(usize::MAX);
    at(range.start)..at(range.end)
}

/// Long reads are stored in pieces, so that a block in use does not keep the rest, nor is read with it.
const PIECE_BYTES: usize = 1 << 20;
/// How fine the order of use is kept.
const NOTED_MS: i64 = 600_000;

#[cfg(test)]
#[path = "block_store_tests.rs"]
mod tests;
