//! Zstandard: compression 50000, and 34926 of early writers.

use std::cell::RefCell;

use zrip_decode::context::DecompressContext;

use super::block::corrupt;
use crate::error::Result;

thread_local! {
    /// Tables that would be allocated anew for each block.
    static CONTEXT: RefCell<DecompressContext> = RefCell::new(DecompressContext::new());
}

/// What `take` makes of the bytes that the frames hold. Frames that hold more than `most` are an error: their size is
/// checked before anything is allocated for it.
pub fn with_decoded<R>(encoded: &[u8], most: usize, take: impl FnOnce(&[u8]) -> R) -> Result<R> {
    CONTEXT.with_borrow_mut(|context| {
        let bytes = context.decompress_with_limit(encoded, most).map_err(|error| corrupt(format!("zstd: {error}")))?;
        Ok(take(&bytes))
    })
}

#[cfg(test)]
#[path = "zstd_tests.rs"]
mod tests;
