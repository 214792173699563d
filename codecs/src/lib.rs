//! Decoders that are too large for what a page loads before it can read a file.
//!
//! Natively the core links them. In wasm they are a module of their own without JavaScript glue: the core asks the host
//! for it when a file first needs it, hands blocks over through its memory, and throws the instance away when it traps.

#[cfg(target_arch = "wasm32")]
mod exports;
mod jxl;
mod lzma;
mod webp;

/// What the raster's layout says of a block.
#[derive(Debug, Clone, Copy)]
pub struct Expected {
    pub width: u32,
    /// Rows that the block must have at least.
    pub needed_rows: u32,
    /// Rows that it may have at most.
    pub most_rows: u32,
    /// Samples of a pixel: colours, then extra channels.
    pub bands: u32,
    pub sample: Sample,
}

/// Type of the samples that are wanted.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Sample {
    U8,
    U16,
    F32,
}

/// What is wrong with a block, in words.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Failure {
    Damaged(String),
    Unsupported(String),
}

/// Decodes a block of TIFF's `compression` into `out`, in the machine's byte order, and gives the bytes that it filled.
/// What lies beyond `out` is left out. `expected` bounds images before their pixels are allocated; compressions of plain
/// bytes don't look at it.
pub fn decode(compression: u16, encoded: &[u8], expected: Expected, out: &mut [u8]) -> Result<usize, Failure> {
    match compression {
        34925 => lzma::decode(encoded, out).map_err(|text| Failure::Damaged(format!("lzma: {text}"))),
        50001 | 34927 => webp::decode(encoded, expected, out).map(|()| out.len()),
        50002 | 52546 => match jxl::decode(encoded, expected, out) {
            Ok(()) => Ok(out.len()),
            Err(text) => Err(Failure::Damaged(format!("jxl: {text}"))),
        },
        other => Err(Failure::Unsupported(format!("the codecs module knows no compression {other}"))),
    }
}
