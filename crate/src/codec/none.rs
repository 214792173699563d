//! No compression.

use super::block::corrupt;
use crate::error::Result;

/// Copies the block; what follows it is left out.
pub fn decode(encoded: &[u8], out: &mut [u8]) -> Result<()> {
    let Some(block) = encoded.get(..out.len()) else {
        return Err(corrupt(format!("expected {} bytes, got {}", out.len(), encoded.len())));
    };
    out.copy_from_slice(block);
    Ok(())
}
