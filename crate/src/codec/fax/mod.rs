//! CCITT facsimile, one bit a pixel: Huffman runs without ends of line (compressions 2 and 32771), Group 3 in one and two
//! dimensions (3), Group 4 (4).
//!
//! Ours and not a crate's because the kept one (fax) reads neither two-dimensional Group 3 nor bare runs.

mod bits;
mod codes;
mod line;

use self::bits::Bits;
use self::codes::Codes;
use self::line::Line;
use crate::error::Result;
use crate::num;

/// How lines follow each other.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Scheme {
    /// Runs; each line from a whole number of this many bytes.
    Runs { align_bytes: usize },
    /// Lines after an end-of-line code each, which fill bits may precede.
    Group3 { is_two_dimensional: bool },
    /// Lines that refer to the line before, the first to a white one.
    Group4,
}

/// The longest line that is read: its changes of colour may take 32 times the memory of its bits.
pub const MOST_COLUMNS: u32 = 1 << 20;

/// Fills `out` with rows of `columns` bits, the high bit first, white 0, as far as the block reaches or can be read;
/// gives the number of bytes.
pub fn decode(scheme: Scheme, encoded: &[u8], columns: u32, out: &mut [u8]) -> Result<usize> {
    let row_bytes = num::to_usize(u64::from(columns.div_ceil(8)))?.max(1);
    let codes = Codes::shared();
    let mut bits = Bits::new(encoded);
    let (mut line, mut reference) = (Line::new(columns), Line::new(columns));
    let mut written = 0_usize;
    for row in out.chunks_exact_mut(row_bytes) {
        let read = match scheme {
            Scheme::Runs { align_bytes } => {
                bits.align(align_bytes);
                line.read_runs(codes, &mut bits)
            }
            Scheme::Group3 { is_two_dimensional } => {
                let lines = bits.skip_ends_of_line(is_two_dimensional);
                if lines.ends {
                    break;
                }
                if lines.is_two_dimensional {
                    line.read_modes(codes, &reference, &mut bits)
                } else {
                    line.read_runs(codes, &mut bits)
                }
            }
            Scheme::Group4 => line.read_modes(codes, &reference, &mut bits),
        };
        if read.is_none() {
            break;
        }
        line.paint(row);
        std::mem::swap(&mut line, &mut reference);
        written = written.saturating_add(row_bytes);
    }
    Ok(written)
}

#[cfg(test)]
#[path = "fax_tests.rs"]
mod tests;
