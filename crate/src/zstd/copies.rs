//! Literals and matches to their places (RFC 8878, section 3.1.1.4).

use super::Damage;
use crate::lanes::Lanes;

/// Bytes that are copied at once, wanted or not.
pub const COPY_BYTES: usize = 16;

/// By offset, where a match overlaps itself within a word: which of the bytes at its source make its first word, and
/// after how many of them the same word follows.
#[expect(clippy::indexing_slicing, reason = "an index beyond the array would not compile")]
const REPEATS: [([u8; COPY_BYTES], usize); COPY_BYTES] = {
    let mut all = [([0; COPY_BYTES], COPY_BYTES); COPY_BYTES];
    let mut offset = 1;
    while offset < COPY_BYTES {
        let mut place = 0;
        while place < COPY_BYTES {
            all[offset].0[place] = (place % offset) as u8;
            place += 1;
        }
        all[offset].1 = COPY_BYTES - COPY_BYTES % offset;
        offset += 1;
    }
    all
};

/// A block's literals, and bytes behind them that may be copied along.
#[derive(Clone, Copy)]
pub struct Literals<'a> {
    pub bytes: &'a [u8],
    pub len: usize,
}

impl Literals<'_> {
    /// Puts `len` literals behind the `used` ones to `out`; gives how far that then is written.
    pub fn put(self, used: usize, len: usize, out: &mut [u8], written: usize) -> Result<usize, Damage> {
        let all = self.bytes.get(..self.len).ok_or(Damage::Literals)?;
        let from = all.get(used..used.saturating_add(len)).ok_or(Damage::Literals)?;
        let end = written.saturating_add(len);
        out.get_mut(written..end).ok_or(Damage::TooLong)?.copy_from_slice(from);
        Ok(end)
    }
}

/// Some literals, and a match behind them.
#[derive(Clone, Copy)]
pub struct Sequence {
    pub literal_len: usize,
    pub match_len: usize,
    pub offset: usize,
}

/// Gives how far `out` is written with the sequence.
#[inline(always)]
pub fn put(
    sequence: Sequence,
    literals: Literals<'_>,
    used: usize,
    out: &mut [u8],
    written: usize,
) -> Result<usize, Damage> {
    let Sequence { literal_len, match_len, offset } = sequence;
    let start = written.wrapping_add(literal_len);
    let end = start.wrapping_add(match_len);
    // Lengths are below 2^18 each, positions below 2^31: none of these sums wraps.
    let is_roomy = end.wrapping_add(COPY_BYTES) <= out.len()
        && used.wrapping_add(literal_len).wrapping_add(COPY_BYTES) <= literals.bytes.len();
    if !is_roomy || offset > start || offset < COPY_BYTES {
        return put_exactly(sequence, literals, used, out, written);
    }
    copy(literals.bytes, used, out, written);
    let mut done = COPY_BYTES;
    while done < literal_len {
        copy(literals.bytes, used.wrapping_add(done), out, written.wrapping_add(done));
        done = done.wrapping_add(COPY_BYTES);
    }
    let source = start.wrapping_sub(offset);
    copy_within(out, source, start);
    let mut done = COPY_BYTES;
    while done < match_len {
        copy_within(out, source.wrapping_add(done), start.wrapping_add(done));
        done = done.wrapping_add(COPY_BYTES);
    }
    Ok(end)
}

#[inline(always)]
fn copy(from: &[u8], source: usize, to: &mut [u8], target: usize) {
    let from = from.get(source..).and_then(<[u8]>::first_chunk::<COPY_BYTES>);
    let to = to.get_mut(target..).and_then(<[u8]>::first_chunk_mut::<COPY_BYTES>);
    if let (Some(from), Some(to)) = (from, to) {
        *to = *from;
    }
}

#[inline(always)]
fn copy_within(bytes: &mut [u8], source: usize, target: usize) {
    let Some(word) = bytes.get(source..).and_then(<[u8]>::first_chunk::<COPY_BYTES>) else { return };
    let word = Lanes::from(*word);
    if let Some(to) = bytes.get_mut(target..).and_then(<[u8]>::first_chunk_mut::<COPY_BYTES>) {
        *to = word.into();
    }
}

/// As [`put`], near an end or with a match that overlaps itself.
#[inline(never)]
fn put_exactly(
    sequence: Sequence,
    literals: Literals<'_>,
    used: usize,
    out: &mut [u8],
    written: usize,
) -> Result<usize, Damage> {
    let start = literals.put(used, sequence.literal_len, out, written)?;
    let source = start.checked_sub(sequence.offset).filter(|&source| source < start).ok_or(Damage::Offset)?;
    let end = start.saturating_add(sequence.match_len);
    if end > out.len() {
        return Err(Damage::TooLong);
    }
    match REPEATS.get(sequence.offset) {
        Some((order, step)) if end.saturating_add(COPY_BYTES) <= out.len() => {
            let word = out.get(source..).and_then(<[u8]>::first_chunk::<COPY_BYTES>).ok_or(Damage::Offset)?;
            let word = Lanes::from(*word).picked((*order).into());
            for done in (start..end).step_by((*step).max(1)) {
                *out.get_mut(done..).and_then(<[u8]>::first_chunk_mut).ok_or(Damage::TooLong)? = word.into();
            }
        }
        _ => {
            let mut done = start;
            // What was copied is a source again: twice as much each time.
            while done < end {
                let len = done.wrapping_sub(source).min(end.wrapping_sub(done));
                out.copy_within(source..source.wrapping_add(len), done);
                done = done.wrapping_add(len);
            }
        }
    }
    Ok(end)
}
