//! Tables of finite state entropy (RFC 8878, section 4.1.1).

use super::Damage;

/// A state: what it stands for, and how the next one is found.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct State {
    pub symbol: u8,
    /// Bits to read for the next state.
    pub bits: u8,
    /// What is added to them.
    pub next: u16,
}

/// How often symbols come, in parts of `1 << accuracy_log`; -1 is less than one part.
#[derive(Debug, Clone)]
pub struct Distribution {
    pub parts: [i16; 256],
    pub symbols: usize,
    pub accuracy_log: u32,
}

impl Distribution {
    /// A distribution of the specification.
    pub fn of(parts: &[i16], accuracy_log: u32) -> Self {
        let mut all = [0; 256];
        for (to, &from) in all.iter_mut().zip(parts) {
            *to = from;
        }
        Self { parts: all, symbols: parts.len().min(256), accuracy_log }
    }

    /// The distribution that `bytes` start with, of at most `most_symbols`, and the number of bytes that describe it.
    #[inline(never)]
    pub fn read(bytes: &[u8], most_symbols: usize, most_log: u32) -> Result<(Self, usize), Damage> {
        let mut bits = ForwardBits { bytes, position: 0 };
        let accuracy_log = bits.peek(4).wrapping_add(5);
        bits.skip(4);
        if accuracy_log > most_log {
            return Err(Damage::Table);
        }
        let mut parts = [0_i16; 256];
        let mut symbols = 0_usize;
        // One more than what is left to give out, as values are read with this bound.
        let mut left = (1_i32 << accuracy_log).wrapping_add(1);
        while left > 1 {
            if symbols >= most_symbols.min(256) || bits.position > bytes.len().saturating_mul(8) {
                return Err(Damage::Table);
            }
            let width = left.unsigned_abs().ilog2();
            let threshold = 1_i32 << width;
            // Values below the excess of the width's range over what can be read take one bit less.
            let short = threshold.wrapping_mul(2).wrapping_sub(1).wrapping_sub(left);
            let low = bits.peek(width).cast_signed();
            let value = if low < short {
                bits.skip(width);
                low
            } else {
                let width = width.wrapping_add(1);
                let value = bits.peek(width).cast_signed();
                bits.skip(width);
                if value >= threshold { value.wrapping_sub(short) } else { value }
            };
            let part = value.wrapping_sub(1);
            left = left.wrapping_sub(part.abs());
            if let Some(to) = parts.get_mut(symbols) {
                *to = i16::try_from(part).map_err(|_| Damage::Table)?;
            }
            symbols = symbols.wrapping_add(1);
            if part == 0 {
                loop {
                    let more = bits.peek(2);
                    bits.skip(2);
                    symbols = symbols.saturating_add(more as usize);
                    if more < 3 || symbols > 256 {
                        break;
                    }
                }
            }
        }
        let len = bits.position.div_ceil(8);
        if left != 1 || symbols > most_symbols || len > bytes.len() {
            return Err(Damage::Table);
        }
        Ok((Self { parts, symbols, accuracy_log }, len))
    }

    /// The states, one for each part, in `states`, which may be longer.
    #[inline(never)]
    pub fn states(&self, states: &mut [State]) -> Result<(), Damage> {
        let size = 1_usize << self.accuracy_log;
        let states = states.get_mut(..size).ok_or(Damage::Table)?;
        let parts = self.parts.get(..self.symbols).unwrap_or_default();
        // Symbols that come less often than once take the last places, in order from the end.
        let mut spread = size;
        let mut next = [0_u16; 256];
        for ((symbol, &part), next) in (0_u8..=255).zip(parts).zip(&mut next) {
            *next = part.unsigned_abs();
            if part == -1 {
                spread = spread.checked_sub(1).ok_or(Damage::Table)?;
                states.get_mut(spread).ok_or(Damage::Table)?.symbol = symbol;
            }
        }
        let (mask, step) = (size.wrapping_sub(1), (size >> 1).wrapping_add(size >> 3).wrapping_add(3));
        let mut position = 0_usize;
        for (symbol, &part) in (0_u8..=255).zip(parts) {
            for _ in 0..part.max(0) {
                states.get_mut(position).ok_or(Damage::Table)?.symbol = symbol;
                position = position.wrapping_add(step) & mask;
                // Ends: there are as many places below `spread` as parts to put, and the step reaches all.
                while position >= spread {
                    position = position.wrapping_add(step) & mask;
                }
            }
        }
        if position != 0 {
            return Err(Damage::Table);
        }
        for state in states {
            let count = next.get_mut(usize::from(state.symbol)).ok_or(Damage::Table)?;
            let bits =
                self.accuracy_log.checked_sub(count.checked_ilog2().ok_or(Damage::Table)?).ok_or(Damage::Table)?;
            let next = (usize::from(*count) << bits).checked_sub(size).ok_or(Damage::Table)?;
            state.bits = u8::try_from(bits).map_err(|_| Damage::Table)?;
            state.next = u16::try_from(next).map_err(|_| Damage::Table)?;
            *count = count.wrapping_add(1);
        }
        Ok(())
    }
}

/// Bits from the lowest of the first byte on; zeros follow the end.
struct ForwardBits<'a> {
    bytes: &'a [u8],
    /// Bits that were read.
    position: usize,
}

impl ForwardBits<'_> {
    /// The next `count` bits, at most 16.
    fn peek(&self, count: u32) -> u32 {
        let mut word = [0; 4];
        for (to, &from) in word.iter_mut().zip(self.bytes.get(self.position >> 3..).unwrap_or_default()) {
            *to = from;
        }
        (u32::from_le_bytes(word) >> (self.position & 7)) & !u32::MAX.wrapping_shl(count)
    }

    fn skip(&mut self, count: u32) {
        self.position = self.position.wrapping_add(count as usize);
    }
}
