//! Literals and matches to their places (RFC 8878, section 3.1.1.4).

use super::Damage;
use crate::lanes::Lanes;

/// Bytes that are copied at once, wanted or not.
pub const CHUNK: usize = 16;

/// By offset, where a match overlaps itself within a chunk: which of the bytes at its source make its first chunk, and
/// after how many of them the same chunk follows.
#[expect(clippy::indexing_slicing, reason = "an index beyond the array would not compile")]
const REPEATS: [([u8; CHUNK], usize); CHUNK] = {
    let mut all = [([0; CHUNK], CHUNK); CHUNK];
    let mut offset = 1;
    while offset < CHUNK {
        let mut place = 0;
        while place < CHUNK {
            all[offset].0[place] = (place % offset) as u8;
            place += 1;
        }
        all[offset].1 = CHUNK - CHUNK % offset;
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

impl<'a> Literals<'a> {
    pub fn part(self, used: usize, len: usize) -> Result<&'a [u8], Damage> {
        let all = self.bytes.get(..self.len).ok_or(Damage::Literals)?;
        all.get(used..used.saturating_add(len)).ok_or(Damage::Literals)
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
    let is_roomy = end.wrapping_add(CHUNK) <= out.len()
        && used.wrapping_add(literal_len).wrapping_add(CHUNK) <= literals.bytes.len();
    if !is_roomy || offset > start || offset < CHUNK {
        return put_exactly(sequence, literals, used, out, written);
    }
    copy_chunk(literals.bytes, used, out, written);
    let mut done = CHUNK;
    while done < literal_len {
        copy_chunk(literals.bytes, used.wrapping_add(done), out, written.wrapping_add(done));
        done = done.wrapping_add(CHUNK);
    }
    let source = start.wrapping_sub(offset);
    copy_chunk_within(out, source, start);
    let mut done = CHUNK;
    while done < match_len {
        copy_chunk_within(out, source.wrapping_add(done), start.wrapping_add(done));
        done = done.wrapping_add(CHUNK);
    }
    Ok(end)
}

#[inline(always)]
fn copy_chunk(from: &[u8], source: usize, to: &mut [u8], target: usize) {
    let from = from.get(source..).and_then(<[u8]>::first_chunk::<CHUNK>);
    let to = to.get_mut(target..).and_then(<[u8]>::first_chunk_mut::<CHUNK>);
    if let (Some(from), Some(to)) = (from, to) {
        *to = *from;
    }
}

#[inline(always)]
fn copy_chunk_within(bytes: &mut [u8], source: usize, target: usize) {
    let Some(chunk) = bytes.get(source..).and_then(<[u8]>::first_chunk::<CHUNK>) else { return };
    let chunk = Lanes::from(*chunk);
    if let Some(to) = bytes.get_mut(target..).and_then(<[u8]>::first_chunk_mut::<CHUNK>) {
        *to = chunk.into();
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
    let from = literals.part(used, sequence.literal_len)?;
    let start = written.saturating_add(from.len());
    out.get_mut(written..start).ok_or(Damage::TooLong)?.copy_from_slice(from);
    let source = start.checked_sub(sequence.offset).filter(|&source| source < start).ok_or(Damage::Offset)?;
    let end = start.saturating_add(sequence.match_len);
    if end > out.len() {
        return Err(Damage::TooLong);
    }
    match REPEATS.get(sequence.offset) {
        Some((order, step)) if end.saturating_add(CHUNK) <= out.len() => {
            let chunk = out.get(source..).and_then(<[u8]>::first_chunk::<CHUNK>).ok_or(Damage::Offset)?;
            let chunk = Lanes::from(*chunk).picked((*order).into());
            for done in (start..end).step_by((*step).max(1)) {
                *out.get_mut(done..).and_then(<[u8]>::first_chunk_mut).ok_or(Damage::TooLong)? = chunk.into();
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
