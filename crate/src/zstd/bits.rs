//! Bits of a stream that is written forwards and read from its end (RFC 8878, section 4.1).

/// Bytes that one look at a stream brings.
pub const WORD_BYTES: usize = 8;
/// Unread bits that a [`Word`] holds at least, where the stream has as many.
const WORD_BITS: usize = 57;

/// Where such a stream has been read to: the number of its bits that are left. What is read before its start leaves
/// a number that never comes back to 0.
#[derive(Debug, Clone, Copy)]
pub struct BackwardBits {
    left: usize,
}

/// The bytes around where the stream has been read to.
#[derive(Debug, Clone, Copy)]
pub struct Word {
    bits: u64,
    /// Those of `bits` that are left, from the lowest on.
    left: usize,
    /// The stream's bits below those of `bits`.
    below: usize,
}

impl BackwardBits {
    /// The stream's bits before the mark that ends it; `None` where it has none.
    #[inline]
    pub fn new(stream: &[u8]) -> Option<Self> {
        let mark = stream.last()?.checked_ilog2()?;
        let whole_bytes = stream.len().checked_sub(1)?;
        Some(Self { left: whole_bytes.checked_mul(8)?.checked_add(mark as usize)? })
    }

    /// The next bits; `None` where the stream has fewer than [`WORD_BYTES`] bytes.
    #[inline(always)]
    pub fn word(self, stream: &[u8]) -> Option<Word> {
        let last = stream.len().checked_sub(WORD_BYTES)?;
        // One that was read before its start may look anywhere.
        let position = (self.left.saturating_sub(WORD_BITS) >> 3).min(last);
        let bits = u64::from_le_bytes(*stream.get(position..)?.first_chunk()?);
        let below = position.wrapping_mul(8);
        Some(Word { bits, left: self.left.wrapping_sub(below), below })
    }

    /// Bits that are left.
    pub fn left(self) -> usize {
        self.left
    }

    pub fn is_past_start(self) -> bool {
        self.left > usize::MAX / 2
    }
}

impl From<usize> for BackwardBits {
    fn from(left: usize) -> Self {
        Self { left }
    }
}

impl Word {
    /// The next `count` bits, at most 31.
    #[inline(always)]
    pub fn read(&mut self, count: u32) -> u32 {
        self.left = self.left.wrapping_sub(count as usize);
        let from = self.bits >> (self.left & 63);
        (from as u32) & !u32::MAX.wrapping_shl(count)
    }

    /// The next bits from the highest on, zeros after them.
    #[inline(always)]
    pub fn aligned(self) -> u64 {
        self.bits.checked_shl(64_u32.wrapping_sub(self.left as u32)).unwrap_or(0)
    }

    /// The stream after what was read of this word.
    #[inline(always)]
    pub fn after(self) -> BackwardBits {
        BackwardBits { left: self.below.wrapping_add(self.left) }
    }
}

/// The stream, with zeros behind it where it is shorter than a word.
pub fn at_least_a_word<'a>(stream: &'a [u8], padded: &'a mut [u8; WORD_BYTES]) -> &'a [u8] {
    match padded.get_mut(..stream.len()) {
        Some(front) if stream.len() < WORD_BYTES => {
            front.copy_from_slice(stream);
            padded
        }
        _ => stream,
    }
}

/// Bytes that stand before the stream of [`FrontedBits`].
pub const FRONT_BYTES: usize = 8;

/// As [`BackwardBits`], of a stream behind [`FRONT_BYTES`] of anything, which makes finding a word cheaper.
#[derive(Clone, Copy)]
pub struct FrontedBits {
    left: usize,
}

impl FrontedBits {
    pub fn new(fronted: &[u8]) -> Option<Self> {
        Some(Self { left: BackwardBits::new(fronted.get(FRONT_BYTES..)?)?.left() })
    }

    /// The next bits, at least 57 of them, and how many.
    #[inline(always)]
    pub fn word(self, fronted: &[u8]) -> Option<(u64, u32)> {
        let position = self.left.wrapping_add(7) >> 3;
        let word = u64::from_le_bytes(fronted.get(position..position.wrapping_add(8))?.try_into().ok()?);
        Some((word, (self.left.wrapping_sub(1) as u32 & 7).wrapping_add(57)))
    }

    #[inline(always)]
    pub fn skip(&mut self, count: u32) {
        self.left = self.left.wrapping_sub(count as usize);
    }

    /// The next `count` bits, at most 31, of a word of which `avail` bits are left.
    #[inline(always)]
    pub fn read(&mut self, word: u64, avail: &mut u32, count: u32) -> u32 {
        *avail = avail.wrapping_sub(count);
        self.skip(count);
        word.wrapping_shr(*avail) as u32 & !u32::MAX.wrapping_shl(count)
    }

    /// Bits that are left; a huge number where more were read than there are.
    pub fn left(self) -> usize {
        self.left
    }
}
