//! Where a block is in the file, and what to read of it.

use std::num::NonZeroU32;
use std::ops::Range;

use crate::tiff::{LEADER_BYTES, TRAILER_BYTES};

/// The bytes of a block. Where nobody asked for their count, they are read with the leader and the trailer that prove it:
/// [`Dataset::encoded`](super::Dataset::encoded) takes what was read. Default: empty, as of a sparse block.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct BlockRange {
    own: Range<u64>,
    /// Of a block that is read with its frame, the number of its page, from 1.
    framed_in: Option<NonZeroU32>,
}

impl BlockRange {
    /// As the block arrays say.
    pub(super) const fn counted(own: Range<u64>) -> Self {
        Self { own, framed_in: None }
    }

    /// As the frames say, which are to be checked.
    pub(super) const fn framed(own: Range<u64>, page: NonZeroU32) -> Self {
        Self { own, framed_in: Some(page) }
    }

    pub(super) const fn framed_in(&self) -> Option<NonZeroU32> {
        self.framed_in
    }

    /// The block's own bytes.
    #[must_use]
    pub const fn own(&self) -> &Range<u64> {
        &self.own
    }

    /// The bytes to read: the block's own, maybe in their frame.
    #[must_use]
    pub fn read(&self) -> Range<u64> {
        match self.framed_in {
            Some(_) => self.own.start.saturating_sub(LEADER_BYTES)..self.own.end.saturating_add(TRAILER_BYTES),
            None => self.own.clone(),
        }
    }

    /// Whether there is nothing to read: the block is sparse.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.own.is_empty()
    }
}
