//! TIFF's LZW, and the one of before TIFF 5 with its bits the other way round.
//!
//! Every string of the table is a part of what was written already: the string of code `k` and the byte after it. So the
//! table holds positions in the output, and a code is one copy, not a walk along a chain.

use super::block::corrupt;
use crate::error::Result;

const CLEAR: u16 = 256;
const END: u16 = 257;
const FIRST_FREE: usize = 258;
const TABLE_LEN: usize = 4096;
/// Strings up to this long are copied as one array.
const SHORT: usize = 16;

/// Fills `out` as far as the stream reaches and gives the number of bytes; what follows is left out.
pub fn decode(encoded: &[u8], out: &mut [u8]) -> Result<usize> {
    // libtiff's test: a first code of 256, low bits first, is 0x00 then a set bit.
    match encoded {
        [0, second, ..] if second & 1 == 1 => decode_from::<LowFirst>(encoded, out),
        _ => decode_from::<HighFirst>(encoded, out),
    }
}

#[derive(Clone, Copy, Default)]
struct Entry {
    start: u32,
    len: u32,
}

/// A reader of codes, by order of bits.
trait Codes<'a> {
    /// Codes widen when the next free entry reaches this many below a power of two.
    const EARLY: usize;
    fn new(bytes: &'a [u8]) -> Self;
    /// The next `bits` bits, `None` at the end.
    fn next(&mut self, bits: u32) -> Option<u16>;
}

fn decode_from<'a, C: Codes<'a>>(encoded: &'a [u8], out: &mut [u8]) -> Result<usize> {
    let mut codes = C::new(encoded);
    let mut table = [Entry::default(); TABLE_LEN];
    // `free` counts the string that the next code will complete: see the module's text.
    let mut free = FIRST_FREE;
    let mut bits = 9_u32;
    let mut widen_at = widen_at::<C>(bits);
    let mut position = 0_usize;
    while position < out.len() {
        let Some(code) = codes.next(bits) else { break };
        let len = if code < CLEAR {
            if let Some(byte) = out.get_mut(position) {
                *byte = code as u8;
            }
            1
        } else if code == CLEAR {
            free = FIRST_FREE;
            bits = 9;
            widen_at = self::widen_at::<C>(bits);
            continue;
        } else if code == END {
            break;
        } else {
            let index = usize::from(code);
            match table.get(index) {
                Some(&entry) if index < free => copy(out, entry, position),
                _ => return Err(corrupt(format!("lzw: code {code} is not in the table"))),
            }
        };
        if let Some(entry) = table.get_mut(free) {
            *entry = Entry { start: position as u32, len: (len as u32).saturating_add(1) };
            free = free.saturating_add(1);
            if free > widen_at && bits < 12 {
                bits = bits.saturating_add(1);
                widen_at = self::widen_at::<C>(bits);
            }
        }
        position = position.saturating_add(len);
    }
    Ok(position)
}

/// The count of entries, the unfinished one included, beyond which codes of `bits` bits are too short.
fn widen_at<'a, C: Codes<'a>>(bits: u32) -> usize {
    (1_usize << bits.min(12)).saturating_sub(C::EARLY)
}

/// Copies a string to `position`, clipped to the output; gives its length.
#[inline]
fn copy(out: &mut [u8], entry: Entry, position: usize) -> usize {
    let (start, len) = (entry.start as usize, entry.len as usize);
    let room = out.len().saturating_sub(position);
    let wanted = len.min(room);
    // Only the string completed by its own first byte reaches the output's end; that byte is mended below.
    let is_own = start.saturating_add(len) > position;
    if len <= SHORT
        && let Some(from) = out.get(start..start.saturating_add(SHORT))
        && let Ok(from) = <[u8; SHORT]>::try_from(from)
        && let Some(to) = out.get_mut(position..position.saturating_add(SHORT))
    {
        to.copy_from_slice(&from);
    } else {
        out.copy_within(start..start.saturating_add(wanted), position);
    }
    if is_own
        && wanted == len
        && let Some(&first) = out.get(start)
        && let Some(last) = out.get_mut(position.saturating_add(len).saturating_sub(1))
    {
        *last = first;
    }
    wanted
}

/// Codes from the high bits of each byte: TIFF's.
struct HighFirst<'a> {
    rest: &'a [u8],
    /// Unread bits, at the top.
    buffer: u64,
    held: u32,
}

impl<'a> Codes<'a> for HighFirst<'a> {
    const EARLY: usize = 1;

    fn new(bytes: &'a [u8]) -> Self {
        Self { rest: bytes, buffer: 0, held: 0 }
    }

    #[inline]
    fn next(&mut self, bits: u32) -> Option<u16> {
        if self.held < bits {
            self.refill();
            if self.held < bits {
                return None;
            }
        }
        let code = self.buffer >> 64_u32.saturating_sub(bits);
        self.buffer <<= bits;
        self.held = self.held.saturating_sub(bits);
        Some(code as u16)
    }
}

impl HighFirst<'_> {
    #[inline]
    fn refill(&mut self) {
        if let Some((word, _)) = self.rest.split_first_chunk::<4>() {
            // Fewer than 12 bits are held, so that 32 more fit.
            self.buffer |= u64::from(u32::from_be_bytes(*word)) << 32_u32.saturating_sub(self.held);
            self.held = self.held.saturating_add(32);
            self.rest = self.rest.get(4..).unwrap_or_default();
            return;
        }
        while let Some((&byte, rest)) = self.rest.split_first() {
            self.buffer |= u64::from(byte) << 56_u32.saturating_sub(self.held);
            self.held = self.held.saturating_add(8);
            self.rest = rest;
        }
    }
}

/// Codes from the low bits of each byte: the old variant.
struct LowFirst<'a> {
    rest: &'a [u8],
    buffer: u64,
    held: u32,
}

impl<'a> Codes<'a> for LowFirst<'a> {
    const EARLY: usize = 0;

    fn new(bytes: &'a [u8]) -> Self {
        Self { rest: bytes, buffer: 0, held: 0 }
    }

    fn next(&mut self, bits: u32) -> Option<u16> {
        while self.held < bits {
            let (&byte, rest) = self.rest.split_first()?;
            self.buffer |= u64::from(byte) << self.held.min(56);
            self.held = self.held.saturating_add(8);
            self.rest = rest;
        }
        let code = self.buffer & (1_u64 << bits.min(12)).saturating_sub(1);
        self.buffer >>= bits;
        self.held = self.held.saturating_sub(bits);
        Some(code as u16)
    }
}

#[cfg(test)]
#[path = "lzw_tests.rs"]
mod tests;
