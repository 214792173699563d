//! Zstandard: compression 50000, and 34926 of early writers.

use std::cell::RefCell;

use zrip_decode::context::DecompressContext;

use super::block::corrupt;
use crate::error::Result;

thread_local! {
    /// Tables that would be allocated anew for each block.
    static CONTEXT: RefCell<DecompressContext> = RefCell::new(DecompressContext::new());
}

/// Fills `out` as far as the frames reach and gives the number of bytes. Frames that hold more are an error: their size
/// is checked before anything is allocated for it.
pub fn decode(encoded: &[u8], out: &mut [u8]) -> Result<usize> {
    CONTEXT.with_borrow_mut(|context| {
        let bytes =
            context.decompress_with_limit(encoded, out.len()).map_err(|error| corrupt(format!("zstd: {error}")))?;
        let len = bytes.len().min(out.len());
        if let (Some(to), Some(from)) = (out.get_mut(..len), bytes.get(..len)) {
            to.copy_from_slice(from);
        }
        Ok(len)
    })
}

#[cfg(test)]
#[path = "zstd_tests.rs"]
mod tests;
