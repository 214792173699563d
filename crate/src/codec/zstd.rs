//! Zstandard: compression 50000, and 34926 of early writers.

use super::block::corrupt;
use crate::error::Result;
use crate::zstd;

/// Fills `out` with what the frames hold and gives the number of bytes. Frames that hold more are an error.
pub fn decode(encoded: &[u8], out: &mut [u8]) -> Result<usize> {
    zstd::decode(encoded, out).map_err(|damage| corrupt(format!("zstd: {damage}")))
}
