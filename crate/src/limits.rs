//! What one open file may cost. Every allocation that a file's bytes ask for is checked here first.

use crate::error::{Code, Error, Result};

/// Upper bounds for one open file. The defaults read every well-formed file of the field and stop bombs early.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Limits {
    /// Image file directories, sub-IFDs included.
    pub max_ifds: u32,
    /// Entries of one directory.
    pub max_tags: u32,
    /// Size of one tag's value that is read whole (metadata, geokeys, palettes; not the block arrays).
    pub max_tag_bytes: u64,
    /// Blocks of one directory.
    pub max_blocks: u64,
    /// Encoded size of one block.
    pub max_encoded_block_bytes: u64,
    /// Decoded size of one block.
    pub max_decoded_block_bytes: u64,
    /// Decoded size of one window that is handed out whole.
    pub max_window_bytes: u64,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            max_ifds: 1024,
            max_tags: 4096,
            max_tag_bytes: 32 << 20,
            max_blocks: 1 << 32,
            max_encoded_block_bytes: 256 << 20,
            max_decoded_block_bytes: 512 << 20,
            max_window_bytes: 2 << 30,
        }
    }
}

impl Limits {
    /// `Ok` when `asked_bytes` is within `allowed_bytes`; else `limit.exceeded` that names `what`.
    pub fn check(what: &str, asked_bytes: u64, allowed_bytes: u64) -> Result<()> {
        if asked_bytes <= allowed_bytes {
            return Ok(());
        }
        Err(Error::new(Code::LimitExceeded, format!("{what}: {asked_bytes} asked, {allowed_bytes} allowed"))
            .with_hint("raise the limit if the file is trusted"))
    }
}
