//! Blocks of one level and one band.

use crate::codec::Samples;

/// Column and row of a block in its level. Sorts in the order of the file: by row, then by column.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct BlockId {
    pub col: u32,
    pub row: u32,
}

impl Ord for BlockId {
    fn cmp(&self, other: &Self) -> std::cmp::Ordering {
        (self.row, self.col).cmp(&(other.row, other.col))
    }
}

impl PartialOrd for BlockId {
    fn partial_cmp(&self, other: &Self) -> Option<std::cmp::Ordering> {
        Some(self.cmp(other))
    }
}

/// Decoded samples of one band of one block, row-major, clipped to the image: at its right and lower edge a block is
/// smaller than the level's block size.
#[derive(Debug, Clone, PartialEq)]
pub struct Block {
    pub samples: Samples,
    pub width: u32,
    pub height: u32,
}

/// A rectangle of pixels, right and bottom exclusive.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Window {
    pub left: u32,
    pub top: u32,
    pub right: u32,
    pub bottom: u32,
}

impl Window {
    /// Columns; 0 where right is not beyond left.
    #[must_use]
    pub const fn width(self) -> u32 {
        self.right.saturating_sub(self.left)
    }

    /// Rows; 0 where bottom is not beyond top.
    #[must_use]
    pub const fn height(self) -> u32 {
        self.bottom.saturating_sub(self.top)
    }

    #[must_use]
    pub const fn is_empty(self) -> bool {
        self.width() == 0 || self.height() == 0
    }

    /// The part that both cover; empty where they don't touch.
    #[must_use]
    pub fn intersection(self, other: Self) -> Self {
        Self {
            left: self.left.max(other.left),
            top: self.top.max(other.top),
            right: self.right.min(other.right),
            bottom: self.bottom.min(other.bottom),
        }
    }
}
