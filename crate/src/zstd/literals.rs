//! The literals of a block (RFC 8878, section 3.1.1.3.1).

use super::copies::{COPY_BYTES, Literals};
use super::huffman::Codes;
use super::{Damage, MOST_BLOCK_BYTES, number};

/// Memory for literals, and the codes of the last block.
pub struct LiteralsDecoder {
    memory: Vec<u8>,
    codes: Codes,
    has_codes: bool,
}

impl Default for LiteralsDecoder {
    fn default() -> Self {
        Self { memory: vec![0; MOST_BLOCK_BYTES + COPY_BYTES], codes: Codes::default(), has_codes: false }
    }
}

impl LiteralsDecoder {
    /// As at the start of a frame.
    pub fn reset(&mut self) {
        self.has_codes = false;
    }

    /// The literals that a block starts with, and what follows them.
    #[inline(never)]
    pub fn read<'a>(&'a mut self, block: &'a [u8]) -> Result<(Literals<'a>, &'a [u8]), Damage> {
        let &first = block.first().ok_or(Damage::Short)?;
        let (kind, format) = (first & 3, first >> 2 & 3);
        if kind < 2 {
            let (header_len, shift) = match format {
                1 => (2, 4),
                3 => (3, 4),
                _ => (1, 3),
            };
            let (header, rest) = header(block, header_len)?;
            let len = (header >> shift) as usize;
            if kind == 0 {
                let after = rest.get(len..).ok_or(Damage::Short)?;
                return Ok((Literals { bytes: rest, len }, after));
            }
            let (&byte, after) = rest.split_first().ok_or(Damage::Short)?;
            self.memory.get_mut(..len).filter(|_| len <= MOST_BLOCK_BYTES).ok_or(Damage::TooLong)?.fill(byte);
            return Ok((Literals { bytes: &self.memory, len }, after));
        }
        let (header_len, size_bits) = match format {
            2 => (4, 14),
            3 => (5, 18),
            _ => (3, 10),
        };
        let (header, rest) = header(block, header_len)?;
        let size = |shift: u32| (header >> shift) as usize & !usize::MAX.wrapping_shl(size_bits);
        let (len, packed_len) = (size(4), size(size_bits.wrapping_add(4)));
        let (mut packed, after) = rest.split_at_checked(packed_len).ok_or(Damage::Short)?;
        if kind == 2 {
            self.has_codes = false;
            packed = packed.get(self.codes.read(packed)?..).ok_or(Damage::Short)?;
            self.has_codes = true;
        } else if !self.has_codes {
            return Err(Damage::Table);
        }
        let out = self.memory.get_mut(..len).filter(|_| len <= MOST_BLOCK_BYTES).ok_or(Damage::TooLong)?;
        self.codes.decode(packed, format != 0, out)?;
        Ok((Literals { bytes: &self.memory, len }, after))
    }
}

/// The first `len` bytes as a number, the lowest first, and what follows them.
fn header(block: &[u8], len: usize) -> Result<(u64, &[u8]), Damage> {
    let (bytes, rest) = block.split_at_checked(len).ok_or(Damage::Short)?;
    Ok((number(bytes), rest))
}
