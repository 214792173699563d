//! Encoded bytes of a block to the samples of one band.

use super::block::{Block, BlockId};
use crate::error::Result;

/// Decodes blocks of one level and one band. Pure: no I/O, may be used on any thread.
#[derive(Debug, Clone)]
pub struct Decoder {}

impl Decoder {
    /// The samples of block `id` from the bytes that [`Dataset::locate`](super::Dataset::locate) points to.
    pub fn decode(&self, _id: BlockId, _encoded: &[u8]) -> Result<Block> {
        todo!()
    }

    /// The samples of a block that the file leaves out: nodata, or 0.
    pub fn sparse(&self, _id: BlockId) -> Result<Block> {
        todo!()
    }
}
