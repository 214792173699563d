//! JPEG, compression 7: sequential and progressive, Huffman coded, 8 bits a sample.
//!
//! Ours and not a crate's for three reasons: the samples are those of libjpeg-turbo, which GDAL uses, bit for bit (its
//! integer IDCT, triangle upsampling and colour constants); the well-kept crate (zune-jpeg) is slower in wasm, where it
//! has no SIMD, and five times the size; and nothing here can panic or allocate beyond what the block's layout allows.

mod frame;
#[expect(
    clippy::cast_possible_truncation,
    reason = "entries, codes and coefficients are cut to fields of 8, 16 and 32 bits that they were made to fit"
)]
mod huffman;
mod idct;
#[expect(clippy::cast_possible_truncation, reason = "averages of bytes, or clamped to one")]
mod picture;
#[expect(
    clippy::cast_possible_truncation,
    reason = "coefficients of 16 bits: what a stream makes of larger ones is damage already"
)]
mod progressive;
mod segments;
mod sequential;

use self::segments::Decoder;
use super::block::corrupt;
use crate::error::Result;

/// What the layout says of a block that is an image of its own.
#[derive(Debug, Clone, Copy)]
pub struct Expected {
    /// Columns, exactly.
    pub width: u32,
    /// Rows that the block must have at least.
    pub needed_rows: u32,
    /// Rows that it may have at most.
    pub most_rows: u32,
    /// Components, exactly.
    pub bands: u16,
}

/// Writes the rows of a JPEG into `out`, which holds whole rows of `expected.width` pixels of `expected.bands` samples;
/// rows beyond it are left out. `tables` is the page's `JPEGTables`; with `is_ycbcr`, three components become RGB.
///
/// Errors: `unsupported.compression` for 12-bit, lossless and arithmetic-coded ones; `format.block`.
pub fn decode(tables: Option<&[u8]>, encoded: &[u8], expected: Expected, is_ycbcr: bool, out: &mut [u8]) -> Result<()> {
    let mut decoder = Decoder::new(expected);
    if let Some(tables) = tables {
        decoder.read(tables)?;
    }
    decoder.read(encoded)?;
    let picture = decoder.finish()?;
    picture.write(is_ycbcr, out);
    Ok(())
}

/// `format.block` of a JPEG.
fn damaged(what: &str) -> crate::error::Error {
    corrupt(format!("jpeg: {what}"))
}

#[cfg(test)]
#[path = "jpeg_tests.rs"]
mod tests;
