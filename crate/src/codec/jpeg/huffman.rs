//! Huffman tables and the bits that they read.

use super::damaged;
use crate::error::Result;

/// Codes up to this long are looked up at once.
const SHORT_BITS: u32 = 10;
const SHORT_LEN: usize = 1 << SHORT_BITS;

/// One Huffman table, ready to decode with.
#[derive(Debug, Clone)]
pub struct HuffmanTable {
    /// By the next bits: length << 8 | symbol; 0 where the code is longer.
    short: [u16; SHORT_LEN],
    /// By the next bits, where code and value fit in them: value << 16 | run << 8 | bits of both; else 0.
    values: [i32; SHORT_LEN],
    /// By length: one past the last code, aligned to 16 bits.
    limit: [u32; 17],
    /// By length: what turns a code into the place of its symbol.
    offset: [i32; 17],
    symbols: [u8; 256],
}

impl HuffmanTable {
    /// From the counts of codes of 1 to 16 bits and the symbols in order.
    pub fn new(counts: &[u8; 16], symbols: &[u8]) -> Result<Self> {
        let mut table =
            Self { short: [0; SHORT_LEN], values: [0; SHORT_LEN], limit: [0; 17], offset: [0; 17], symbols: [0; 256] };
        for (to, &from) in table.symbols.iter_mut().zip(symbols) {
            *to = from;
        }
        let (mut code, mut place) = (0_u32, 0_usize);
        for (len, &count) in (1_u32..).zip(counts) {
            let first = code;
            for _ in 0..count {
                let symbol = symbols.get(place).copied().ok_or_else(|| damaged("a Huffman table is cut short"))?;
                place = place.saturating_add(1);
                table.add_short(code, len, symbol);
                code = code.saturating_add(1);
            }
            if code > 1 << len {
                return Err(damaged("a Huffman table has too many codes"));
            }
            if let (Some(limit), Some(offset)) = (table.limit.get_mut(len as usize), table.offset.get_mut(len as usize))
            {
                *limit = code << 16_u32.saturating_sub(len);
                *offset = (place as i32).wrapping_sub(i32::from(count)).wrapping_sub(first as i32);
            }
            code <<= 1;
        }
        table.add_values();
        Ok(table)
    }

    fn add_short(&mut self, code: u32, len: u32, symbol: u8) {
        let Some(spare) = SHORT_BITS.checked_sub(len) else { return };
        let start = (code << spare) as usize;
        let end = start.saturating_add(1 << spare);
        if let Some(entries) = self.short.get_mut(start..end) {
            entries.fill((len as u16) << 8 | u16::from(symbol));
        }
    }

    /// Codes of AC coefficients whose value follows within the short bits.
    fn add_values(&mut self) {
        for (bits, (value, &entry)) in (0_u32..).zip(self.values.iter_mut().zip(&self.short)) {
            let (len, symbol) = (u32::from(entry >> 8), u32::from(entry & 0xff));
            let (run, size) = (symbol >> 4, symbol & 15);
            let used = len.saturating_add(size);
            if entry == 0 || size == 0 || used > SHORT_BITS {
                continue;
            }
            let raw = (bits >> SHORT_BITS.saturating_sub(used)) & (1_u32 << size).wrapping_sub(1);
            *value = extend(raw, size) << 16 | (run << 8) as i32 | used as i32;
        }
    }

    /// The next symbol; `bits` must hold 16 bits.
    #[inline]
    pub fn symbol(&self, bits: &mut Bits<'_>) -> Result<u8> {
        let entry = self.short.get(bits.peek(SHORT_BITS)).copied().unwrap_or(0);
        if entry != 0 {
            bits.skip(u32::from(entry >> 8));
            return Ok(entry as u8);
        }
        self.long_symbol(bits)
    }

    #[cold]
    fn long_symbol(&self, bits: &mut Bits<'_>) -> Result<u8> {
        let next = bits.peek(16) as u32;
        for (len, (&limit, &offset)) in (0_u32..).zip(self.limit.iter().zip(&self.offset)).skip(1) {
            if next < limit {
                bits.skip(len);
                let place = ((next >> 16_u32.saturating_sub(len)) as i32).wrapping_add(offset);
                return usize::try_from(place)
                    .ok()
                    .and_then(|place| self.symbols.get(place).copied())
                    .ok_or_else(|| damaged("a code is not in the Huffman table"));
            }
        }
        Err(damaged("a code is not in the Huffman table"))
    }

    /// The next AC coefficient as (run of zeros before it, value), where that takes one look; else `None`.
    #[inline]
    pub fn run_and_value(&self, bits: &mut Bits<'_>) -> Option<(usize, i32)> {
        let entry = self.values.get(bits.peek(SHORT_BITS)).copied().unwrap_or(0);
        if entry == 0 {
            return None;
        }
        bits.skip(entry as u32 & 0xff);
        Some(((entry as usize >> 8) & 15, entry >> 16))
    }
}

/// The value of `size` raw bits: those without the top bit are negative.
#[inline]
fn extend(raw: u32, size: u32) -> i32 {
    let half = (1_u32 << size) >> 1;
    if raw < half { (raw as i32).wrapping_sub((1_i32 << size).wrapping_sub(1)) } else { raw as i32 }
}

/// Reads bits from the high end of each byte. Beyond the end there are zeros; [`Bits::is_overrun`] tells.
#[derive(Debug)]
pub struct Bits<'a> {
    bytes: &'a [u8],
    /// Next byte to load; runs on beyond the end.
    position: usize,
    /// Unread bits, at the top.
    buffer: u64,
    held: u32,
}

impl<'a> Bits<'a> {
    pub fn new(bytes: &'a [u8]) -> Self {
        Self { bytes, position: 0, buffer: 0, held: 0 }
    }

    /// Makes at least 56 bits held.
    #[inline]
    pub fn refill(&mut self) {
        let rest = self.bytes.get(self.position..).unwrap_or_default();
        if let Some(word) = rest.first_chunk::<8>() {
            self.buffer |= u64::from_be_bytes(*word) >> (self.held & 63);
            let taken = 63_u32.saturating_sub(self.held) >> 3;
            self.position = self.position.wrapping_add(taken as usize);
            self.held = self.held.wrapping_add(taken << 3);
            return;
        }
        self.refill_at_end();
    }

    #[cold]
    fn refill_at_end(&mut self) {
        while self.held <= 56 {
            let byte = self.bytes.get(self.position).copied().unwrap_or(0);
            self.buffer |= u64::from(byte) << 56_u32.saturating_sub(self.held);
            self.held = self.held.saturating_add(8);
            self.position = self.position.saturating_add(1);
        }
    }

    /// Refills where fewer than 32 bits are held: one code and one value.
    #[inline]
    pub fn refill_for_one(&mut self) {
        if self.held < 32 {
            self.refill();
        }
    }

    #[inline]
    fn peek(&self, count: u32) -> usize {
        (self.buffer >> (64_u32.wrapping_sub(count) & 63)) as usize
    }

    #[inline]
    fn skip(&mut self, count: u32) {
        self.buffer <<= count & 63;
        self.held = self.held.wrapping_sub(count);
    }

    /// The next `size` (at most 15) bits as a number.
    #[inline]
    pub fn raw(&mut self, size: u32) -> u32 {
        if size == 0 {
            return 0;
        }
        let raw = self.peek(size) as u32;
        self.skip(size);
        raw
    }

    #[inline]
    pub fn bit(&mut self) -> bool {
        if self.held == 0 {
            self.refill();
        }
        self.raw(1) != 0
    }

    /// The next value of `size` (at most 15) bits.
    #[inline]
    pub fn value(&mut self, size: u32) -> i32 {
        extend(self.raw(size), size)
    }

    /// Whether more bits were taken than there are.
    pub fn is_overrun(&self) -> bool {
        self.position.saturating_mul(8).saturating_sub(self.held as usize) > self.bytes.len().saturating_mul(8)
    }
}
