//! Literals under a Huffman code (RFC 8878, section 4.2).

use super::Damage;
use super::bits::{BackwardBits, WORD_BYTES, at_least_a_word};
use super::fse::{Distribution, State};

/// Bits of the longest code.
const MOST_BITS: u32 = 11;
const TABLE_LEN: usize = 1 << MOST_BITS;
/// Codes that eight bytes hold whatever their lengths, beside the bits that are read of a byte already.
const CODES_A_LOOK: usize = 5;

/// By the next [`MOST_BITS`] bits: the bits of the code that they start with, and above them its symbol.
pub struct Codes(Box<[u16; TABLE_LEN]>);

impl Default for Codes {
    fn default() -> Self {
        Self(Box::new([0; TABLE_LEN]))
    }
}

impl Codes {
    /// Replaces the codes by those that `bytes` start with; gives the number of bytes that describe them.
    pub fn read(&mut self, bytes: &[u8]) -> Result<usize, Damage> {
        let (&header, rest) = bytes.split_first().ok_or(Damage::Short)?;
        let mut weights = [0_u8; 256];
        let (count, len) = if header < 128 {
            let len = usize::from(header);
            (packed_weights(rest.get(..len).ok_or(Damage::Short)?, &mut weights)?, len)
        } else {
            // Two weights a byte, the first in its upper half.
            let count = usize::from(header).wrapping_sub(127);
            let len = count.div_ceil(2);
            let pairs = rest.get(..len).ok_or(Damage::Short)?.iter().flat_map(|pair| [pair >> 4, pair & 15]);
            for (weight, value) in weights.iter_mut().zip(pairs.take(count)) {
                *weight = value;
            }
            (count, len)
        };
        self.build(&mut weights, count)?;
        Ok(len.wrapping_add(1))
    }

    /// A symbol of weight w takes 2^(w - 1) parts of the table; the last symbol's weight is what fills it.
    #[inline(never)]
    fn build(&mut self, weights: &mut [u8; 256], count: usize) -> Result<(), Damage> {
        let mut sum = 0_u32;
        for &weight in weights.iter() {
            if u32::from(weight) > MOST_BITS {
                return Err(Damage::Table);
            }
            sum = sum.wrapping_add((1_u32 << weight) >> 1);
        }
        let bits = sum.checked_ilog2().ok_or(Damage::Table)?.wrapping_add(1);
        let left = (1_u32 << bits.min(MOST_BITS.wrapping_add(1))).checked_sub(sum).ok_or(Damage::Table)?;
        if bits > MOST_BITS || !left.is_power_of_two() {
            return Err(Damage::Table);
        }
        let last = weights.get_mut(count).ok_or(Damage::Table)?;
        *last = u8::try_from(left.ilog2().wrapping_add(1)).map_err(|_| Damage::Table)?;

        // Symbols of a weight lie together, the lightest first.
        let part_len = |weight: u8| (1_usize << weight >> 1) << MOST_BITS.wrapping_sub(bits);
        let mut starts = [0_usize; MOST_BITS as usize + 2];
        for &weight in weights.iter().filter(|&&weight| weight > 0) {
            if let Some(next) = starts.get_mut(usize::from(weight).wrapping_add(1)) {
                *next = next.wrapping_add(part_len(weight));
            }
        }
        let mut sum = 0_usize;
        for start in &mut starts {
            sum = sum.wrapping_add(*start);
            *start = sum;
        }
        for (symbol, &weight) in (0_u16..).zip(weights.iter()).filter(|&(_, &weight)| weight > 0) {
            let start = starts.get_mut(usize::from(weight)).ok_or(Damage::Table)?;
            let end = start.wrapping_add(part_len(weight));
            let code_bits = bits.wrapping_add(1).wrapping_sub(weight.into());
            let code = symbol << 8 | u16::try_from(code_bits).map_err(|_| Damage::Table)?;
            self.0.get_mut(*start..end).ok_or(Damage::Table)?.fill(code);
            *start = end;
        }
        Ok(())
    }

    /// Fills `out` with the symbols of one stream, or of four after the lengths of the first three.
    pub fn decode(&self, bytes: &[u8], is_four: bool, out: &mut [u8]) -> Result<(), Damage> {
        if !is_four {
            return self.decode_rest(bytes, BackwardBits::new(bytes).ok_or(Damage::Stream)?, out);
        }
        let (&[a, b, c, d, e, f], mut rest) = bytes.split_first_chunk().ok_or(Damage::Short)?;
        // As the reference does: the last part, up to three shorter, would begin beyond the end.
        if out.len() < 6 {
            return Err(Damage::Literals);
        }
        let part_len = out.len().div_ceil(4);
        let mut parts = out.chunks_mut(part_len);
        let mut streams: [(&[u8], &mut [u8]); 4] = Default::default();
        for (place, len) in streams.iter_mut().zip([Some([a, b]), Some([c, d]), Some([e, f]), None]) {
            let len = len.map_or(rest.len(), |len| u16::from_le_bytes(len).into());
            let (stream, after) = rest.split_at_checked(len).ok_or(Damage::Short)?;
            *place = (stream, parts.next().unwrap_or_default());
            rest = after;
        }
        let [(a, out_a), (b, out_b), (c, out_c), (d, out_d)] = streams;
        let mut lefts = [a, b, c, d].map(BackwardBits::new);
        let mut done = 0_usize;
        if let [Some(a), Some(b), Some(c), Some(d)] = &mut [Look::new(a), Look::new(b), Look::new(c), Look::new(d)] {
            done = self.decode_together([a, b, c, d], [&mut *out_a, &mut *out_b, &mut *out_c, &mut *out_d]);
            lefts = [a, b, c, d].map(|look| Some(look.left()));
        }
        for ((bytes, out), left) in [(a, out_a), (b, out_b), (c, out_c), (d, out_d)].into_iter().zip(lefts) {
            self.decode_rest(bytes, left.ok_or(Damage::Stream)?, out.get_mut(done..).unwrap_or_default())?;
        }
        Ok(())
    }

    /// The first symbols of four streams, side by side: four chains of loads instead of one. Gives their number.
    #[inline(never)]
    fn decode_together(&self, [a, b, c, d]: [&mut Look<'_>; 4], out: [&mut [u8]; 4]) -> usize {
        let [out_a, out_b, out_c, out_d] = out.map(|out| out.as_chunks_mut::<CODES_A_LOOK>().0);
        let mut done = 0_usize;
        for (((to_a, to_b), to_c), to_d) in out_a.iter_mut().zip(out_b).zip(out_c).zip(out_d) {
            if !(a.is_long() && b.is_long() && c.is_long() && d.is_long()) {
                break;
            }
            for (((to_a, to_b), to_c), to_d) in to_a.iter_mut().zip(to_b).zip(to_c).zip(to_d) {
                *to_a = a.next(&self.0);
                *to_b = b.next(&self.0);
                *to_c = c.next(&self.0);
                *to_d = d.next(&self.0);
            }
            for look in [&mut *a, b, c, d] {
                look.renew();
            }
            done = done.wrapping_add(CODES_A_LOOK);
        }
        done
    }

    /// The last symbols of a stream, which must end with them.
    #[inline(never)]
    fn decode_rest(&self, bytes: &[u8], mut bits: BackwardBits, out: &mut [u8]) -> Result<(), Damage> {
        let mut padded = [0; WORD_BYTES];
        let bytes = at_least_a_word(bytes, &mut padded);
        for out in out.chunks_mut(CODES_A_LOOK) {
            let mut word = bits.word(bytes).ok_or(Damage::Stream)?;
            let mut next = word.aligned();
            for symbol in out {
                let code = code(&self.0, next);
                next = next.wrapping_shl(u32::from(code) & 15);
                word.read(u32::from(code) & 15);
                *symbol = code.to_be_bytes()[0];
            }
            bits = word.after();
        }
        if bits.left() == 0 { Ok(()) } else { Err(Damage::Stream) }
    }
}

/// A stream of at least [`WORD_BYTES`] bytes and its next bits, from the highest on. The lowest bit that is set counts
/// those that were read.
struct Look<'a> {
    bytes: &'a [u8],
    position: usize,
    bits: u64,
}

impl<'a> Look<'a> {
    fn new(bytes: &'a [u8]) -> Option<Self> {
        let left = BackwardBits::new(bytes)?.left();
        let read = bytes.len().wrapping_mul(8).wrapping_sub(left);
        let mut look = Self { bytes, position: bytes.len().checked_sub(WORD_BYTES)?, bits: 0 };
        look.bits = look.load() << (read & 15);
        Some(look)
    }

    #[inline(always)]
    fn load(&self) -> u64 {
        let word = self.bytes.get(self.position..).and_then(<[u8]>::first_chunk);
        word.map_or(1, |&word| u64::from_le_bytes(word) | 1)
    }

    /// Whether the bytes reach back as far as [`Look::renew`] may.
    #[inline(always)]
    fn is_long(&self) -> bool {
        self.position >= WORD_BYTES
    }

    #[inline(always)]
    fn next(&mut self, table: &[u16; TABLE_LEN]) -> u8 {
        let code = code(table, self.bits);
        self.bits = self.bits.wrapping_shl(u32::from(code));
        code.to_be_bytes()[0]
    }

    #[inline(always)]
    fn renew(&mut self) {
        let read = self.bits.trailing_zeros();
        self.position = self.position.wrapping_sub((read >> 3) as usize);
        self.bits = self.load() << (read & 7);
    }

    fn left(&self) -> BackwardBits {
        BackwardBits::from(
            self.position.wrapping_mul(8).wrapping_add(64).wrapping_sub(self.bits.trailing_zeros() as usize),
        )
    }
}

/// The code that the highest bits of `bits` start with.
#[inline(always)]
fn code(table: &[u16; TABLE_LEN], bits: u64) -> u16 {
    table.get((bits >> (64 - MOST_BITS)) as usize).copied().unwrap_or(0)
}

/// Weights under finite state entropy: two states by turns on one stream, until that is used up.
#[inline(never)]
fn packed_weights(bytes: &[u8], weights: &mut [u8; 256]) -> Result<usize, Damage> {
    const MOST_LOG: u32 = 6;
    let (distribution, len) = Distribution::read(bytes, 256, MOST_LOG)?;
    let mut states = [State::default(); 1 << MOST_LOG];
    distribution.states(&mut states)?;
    let stream = bytes.get(len..).unwrap_or_default();
    let mut bits = BackwardBits::new(stream).ok_or(Damage::Stream)?;
    let mut padded = [0; WORD_BYTES];
    let stream = at_least_a_word(stream, &mut padded);
    let mut read = |count: u32| -> Result<Option<usize>, Damage> {
        let mut word = bits.word(stream).ok_or(Damage::Stream)?;
        let value = word.read(count);
        bits = word.after();
        Ok(Some(value as usize).filter(|_| !bits.is_past_start()))
    };
    let state = |index: usize| states.get(index).copied().unwrap_or_default();
    let mut current = state(read(distribution.accuracy_log)?.ok_or(Damage::Stream)?);
    let mut other = state(read(distribution.accuracy_log)?.ok_or(Damage::Stream)?);
    let mut count = 0_usize;
    let mut put = |symbol: u8| -> Result<(), Damage> {
        // The last symbol's weight is not written.
        *weights.get_mut(..255).and_then(|all| all.get_mut(count)).ok_or(Damage::Table)? = symbol;
        count = count.wrapping_add(1);
        Ok(())
    };
    loop {
        put(current.symbol)?;
        match read(current.bits.into())? {
            Some(value) => current = state(usize::from(current.next).wrapping_add(value)),
            None => {
                put(other.symbol)?;
                return Ok(count);
            }
        }
        std::mem::swap(&mut current, &mut other);
    }
}
