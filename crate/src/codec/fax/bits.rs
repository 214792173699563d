//! Bits of a block, the high bit of each byte first.

use super::codes::END_OF_LINE_ZEROS;

/// A place in a block's bits.
#[derive(Debug)]
pub struct Bits<'a> {
    bytes: &'a [u8],
    /// Of the next bit.
    position: usize,
}

/// What stands before a line of Group 3.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Before {
    /// Whether the line is coded by its differences from the one before.
    pub is_two_dimensional: bool,
    /// Whether there is no line: the block says that it ends.
    pub ends: bool,
}

impl<'a> Bits<'a> {
    pub const fn new(bytes: &'a [u8]) -> Self {
        Self { bytes, position: 0 }
    }

    /// The next `count` bits, at most 16, without moving; zeros beyond the end.
    pub fn peek(&self, count: usize) -> usize {
        let first = self.position >> 3;
        let mut window = 0_usize;
        for byte in 0..3_usize {
            let next = first.checked_add(byte).and_then(|at| self.bytes.get(at)).copied().unwrap_or(0);
            window = (window << 8) | usize::from(next);
        }
        let unused = 24_usize.saturating_sub(self.position & 7).saturating_sub(count);
        (window >> unused) & (1_usize << count).saturating_sub(1)
    }

    /// Moves on by `count` bits; `None` where the block has fewer.
    pub fn skip(&mut self, count: usize) -> Option<()> {
        let position = self.position.checked_add(count)?;
        (position <= self.bytes.len().checked_mul(8)?).then(|| self.position = position)
    }

    /// Moves on to the next multiple of `bytes` bytes.
    pub fn align(&mut self, bytes: usize) {
        self.position = self.position.next_multiple_of(bytes.max(1).saturating_mul(8));
    }

    /// Moves past the end-of-line code before a line, with the zeros that fill up to it and, in two dimensions, the bit
    /// that says how the line is coded. Codes that follow each other end the block. A missing one is forgiven: the line is
    /// then in one dimension.
    pub fn skip_ends_of_line(&mut self, is_two_dimensional: bool) -> Before {
        let mut before = Before { is_two_dimensional: false, ends: false };
        let mut count = 0_u32;
        while self.skip_end_of_line() {
            count = count.saturating_add(1);
            if is_two_dimensional {
                before.is_two_dimensional = self.peek(1) == 0;
                let _ = self.skip(1);
            }
        }
        before.ends = count > 1 || self.position >= self.bytes.len().saturating_mul(8);
        before
    }

    /// Whether an end-of-line code follows, which is then behind.
    fn skip_end_of_line(&mut self) -> bool {
        if self.peek(END_OF_LINE_ZEROS) != 0 {
            return false;
        }
        let start = self.position;
        while self.peek(8) == 0 {
            if self.skip(8).is_none() {
                self.position = start;
                return false;
            }
        }
        while self.peek(1) == 0 {
            if self.skip(1).is_none() {
                self.position = start;
                return false;
            }
        }
        self.skip(1).is_some()
    }
}
