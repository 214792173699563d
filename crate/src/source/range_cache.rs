//! Bytes of files that were read, kept in memory up to a budget.
//!
//! What is kept is encoded: the budget then holds three to ten times as much of a raster as it would of samples, one
//! entry serves every band, level of detail and request, and decoding costs a millisecond where reading costs a round
//! trip.

use std::cell::RefCell;
use std::collections::{BTreeMap, HashMap};
use std::ops::Range;
use std::rc::Rc;

use bytes::Bytes;

use crate::num;

/// Pieces of files by position; the longest unused go first. One cache serves all files of a workspace.
#[derive(Debug)]
pub struct RangeCache {
    budget_bytes: u64,
    state: RefCell<State>,
}

/// A file's name in a cache: no two open files share one, so that versions never mix.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct FileKey(u64);

/// A part of a range, in order.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Piece {
    Held(Bytes),
    Missing(Range<u64>),
}

#[derive(Debug, Default)]
struct State {
    /// Pieces by the positions of their first bytes; they never overlap.
    files: HashMap<FileKey, BTreeMap<u64, Kept>>,
    /// By last use.
    order: BTreeMap<u64, (FileKey, u64)>,
    held_bytes: u64,
    clock: u64,
    next_file: u64,
}

#[derive(Debug)]
struct Kept {
    bytes: Bytes,
    /// Whether they are a part of the read that they came with, which they keep alive.
    is_shared: bool,
    used: u64,
}

impl RangeCache {
    #[must_use]
    pub fn new(budget_bytes: u64) -> Rc<Self> {
        Rc::new(Self { budget_bytes, state: RefCell::default() })
    }

    /// A name for a file that was just opened.
    pub fn add_file(&self) -> FileKey {
        let mut state = self.state.borrow_mut();
        state.next_file = state.next_file.wrapping_add(1);
        FileKey(state.next_file)
    }

    /// Bytes kept now.
    #[must_use]
    pub fn held_bytes(&self) -> u64 {
        self.state.borrow().held_bytes
    }

    /// `range` as pieces without gaps. What is kept counts as used.
    #[must_use]
    pub fn pieces(&self, file: FileKey, range: &Range<u64>) -> Vec<Piece> {
        self.state.borrow_mut().pieces(file, range)
    }

    /// Keeps what of `bytes` at `start` is not kept yet, in pieces, and lets go of what is over the budget. More than
    /// a quarter of the budget at once is not kept: it would only drive out everything else. Nothing is copied: pieces
    /// that nobody asks for leave one after another, and the read's memory with the last of them; a piece that is used
    /// again gets memory of its own.
    pub fn insert(&self, file: FileKey, start: u64, bytes: &Bytes) {
        let len = num::to_u64(bytes.len());
        if len > self.budget_bytes / 4 {
            return;
        }
        let mut state = self.state.borrow_mut();
        for piece in state.pieces(file, &(start..start.saturating_add(len))) {
            let Piece::Missing(range) = piece else { continue };
            let at = |position: u64| usize::try_from(position.saturating_sub(start)).unwrap_or(usize::MAX);
            let mut missing = bytes.slice(at(range.start).min(bytes.len())..at(range.end).min(bytes.len()));
            let mut position = range.start;
            while !missing.is_empty() {
                let part = missing.split_to(missing.len().min(PIECE_BYTES));
                let part_bytes = num::to_u64(part.len());
                state.keep(file, position, Kept { is_shared: part.len() < bytes.len(), bytes: part, used: 0 });
                position = position.saturating_add(part_bytes);
            }
        }
        while state.held_bytes > self.budget_bytes {
            let Some((_, (file, start))) = state.order.pop_first() else { break };
            state.drop_piece(file, start);
        }
    }

    /// Lets go of all of a file.
    pub fn forget(&self, file: FileKey) {
        let mut state = self.state.borrow_mut();
        for kept in state.files.remove(&file).unwrap_or_default().into_values() {
            state.order.remove(&kept.used);
            state.held_bytes = state.held_bytes.saturating_sub(num::to_u64(kept.bytes.len()));
        }
    }
}

impl State {
    fn pieces(&mut self, file: FileKey, range: &Range<u64>) -> Vec<Piece> {
        let mut pieces = Vec::new();
        let mut position = range.start;
        let pieces_of_file = self.files.entry(file).or_default();
        // The one that starts at or before the range may reach into it.
        let first = pieces_of_file.range(..=range.start).next_back().map_or(range.start, |(&start, _)| start);
        for (&start, kept) in pieces_of_file.range_mut(first..range.end.max(first)) {
            let end = start.saturating_add(num::to_u64(kept.bytes.len()));
            if end <= position {
                continue;
            }
            if position < start {
                pieces.push(Piece::Missing(position..start));
                position = start;
            }
            let at = |position: u64| usize::try_from(position.saturating_sub(start)).unwrap_or(usize::MAX);
            let part = at(position)..at(end.min(range.end));
            if kept.is_shared {
                *kept = Kept { bytes: Bytes::copy_from_slice(&kept.bytes), is_shared: false, used: kept.used };
            }
            pieces.push(Piece::Held(kept.bytes.slice(part)));
            position = end.min(range.end);
            self.order.remove(&kept.used);
            self.clock = self.clock.wrapping_add(1);
            kept.used = self.clock;
            self.order.insert(kept.used, (file, start));
        }
        if position < range.end {
            pieces.push(Piece::Missing(position..range.end));
        }
        pieces
    }

    fn keep(&mut self, file: FileKey, start: u64, kept: Kept) {
        self.clock = self.clock.wrapping_add(1);
        self.held_bytes = self.held_bytes.saturating_add(num::to_u64(kept.bytes.len()));
        self.order.insert(self.clock, (file, start));
        self.files.entry(file).or_default().insert(start, Kept { used: self.clock, ..kept });
    }

    fn drop_piece(&mut self, file: FileKey, start: u64) {
        let kept = self.files.get_mut(&file).and_then(|pieces| pieces.remove(&start));
        let bytes = kept.map_or(0, |kept| num::to_u64(kept.bytes.len()));
        self.held_bytes = self.held_bytes.saturating_sub(bytes);
    }
}

/// Long reads are kept in pieces, so that a part in use does not keep the rest.
const PIECE_BYTES: usize = 256 << 10;

#[cfg(test)]
#[path = "range_cache_tests.rs"]
mod tests;
