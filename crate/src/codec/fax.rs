//! CCITT Group 3 in one dimension and Group 4: compressions 3 and 4, one bit a pixel.

use fax::decoder::{DecodeStatus, Group3Decoder, Group4Decoder};

use super::block::corrupt;
use crate::error::Result;
use crate::num;

/// The widest line that the decoders count.
pub const MOST_COLUMNS: u32 = u16::MAX as u32;

/// Fills `out` with rows of `columns` bits, the high bit first, white 0, as far as the block reaches; gives the number
/// of bytes.
pub fn decode_group3(encoded: &[u8], columns: u32, out: &mut [u8]) -> Result<usize> {
    let mut decoder =
        Group3Decoder::new(bytes(encoded)).map_err(|_| corrupt("ccittfax3: the first line is missing"))?;
    fill(columns, out, |row| {
        // A line counts where it could be read, whether or not more follow.
        let is_read = decoder.advance().is_ok();
        let transitions = decoder.transitions();
        if !is_read && transitions.last().is_none_or(|&last| u32::from(last) < columns) {
            return false;
        }
        paint(transitions, row);
        true
    })
}

/// See [`decode_group3`].
pub fn decode_group4(encoded: &[u8], columns: u32, out: &mut [u8]) -> Result<usize> {
    let width = u16::try_from(columns).map_err(|_| corrupt("ccittfax4: the line is too long"))?;
    let mut decoder = Group4Decoder::new(bytes(encoded), width).map_err(|_| corrupt("ccittfax4: no data"))?;
    fill(columns, out, |row| match decoder.advance() {
        Ok(DecodeStatus::Incomplete) => {
            paint(decoder.transition(), row);
            true
        }
        _ => false,
    })
}

fn bytes(encoded: &[u8]) -> impl Iterator<Item = std::result::Result<u8, std::convert::Infallible>> + '_ {
    encoded.iter().copied().map(Ok)
}

/// Rows until `next` has no more.
fn fill(columns: u32, out: &mut [u8], mut next: impl FnMut(&mut [u8]) -> bool) -> Result<usize> {
    let row_bytes = num::to_usize(u64::from(columns.div_ceil(8)))?.max(1);
    let mut written = 0_usize;
    for row in out.chunks_exact_mut(row_bytes) {
        row.fill(0);
        if !next(row) {
            break;
        }
        written = written.saturating_add(row_bytes);
    }
    Ok(written)
}

/// Sets the black runs of a line: from each odd change of colour to the next.
fn paint(transitions: &[u16], row: &mut [u8]) {
    let end = row.len().saturating_mul(8);
    for run in transitions.chunks(2) {
        let [start, rest @ ..] = run else { continue };
        let start = usize::from(*start);
        let stop = rest.first().map_or(end, |&stop| usize::from(stop)).min(end);
        for column in start..stop {
            if let Some(byte) = row.get_mut(column >> 3) {
                *byte |= 0x80 >> (column & 7);
            }
        }
    }
}

#[cfg(test)]
#[path = "fax_tests.rs"]
mod tests;
