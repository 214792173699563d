//! Where encoded blocks wait until the sizes of all levels are known.

use crate::error::Result;

/// Bytes that are appended while a level is encoded and read back once, in order.
///
/// Native callers keep them in temporary files; [`MemorySpool`] serves where there is no file system.
pub trait Spool {
    fn append(&mut self, bytes: &[u8]) -> Result<()>;

    /// Hands out everything that was appended, in pieces of any size.
    fn drain(&mut self, sink: &mut dyn FnMut(&[u8]) -> Result<()>) -> Result<()>;
}

/// A spool in memory.
#[derive(Debug, Default)]
pub struct MemorySpool(Vec<u8>);

impl Spool for MemorySpool {
    fn append(&mut self, bytes: &[u8]) -> Result<()> {
        self.0.extend_from_slice(bytes);
        Ok(())
    }

    fn drain(&mut self, sink: &mut dyn FnMut(&[u8]) -> Result<()>) -> Result<()> {
        sink(&std::mem::take(&mut self.0))
    }
}
