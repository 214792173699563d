//! Decoders that are too large for what a page loads before it can read a file.
//!
//! Natively the core links them. In wasm they are a module of their own without JavaScript glue: the core asks the host
//! for it when a file first needs it, hands blocks over through its memory, and throws the instance away when it traps.

#[cfg(target_arch = "wasm32")]
mod exports;
mod jxl;
mod lerc;
mod lzma;
mod webp;
mod xz;

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
    I8,
    U16,
    I16,
    U32,
    I32,
    F32,
    F64,
}

impl Sample {
    /// By TIFF's `SampleFormat` (1 unsigned, 2 signed, 3 floating point) and the bytes of one; `None` for those that no
    /// decoder here gives.
    #[must_use]
    pub const fn new(sample_format: u32, bytes: u32) -> Option<Self> {
        Some(match (sample_format, bytes) {
            (1, 1) => Self::U8,
            (2, 1) => Self::I8,
            (1, 2) => Self::U16,
            (2, 2) => Self::I16,
            (1, 4) => Self::U32,
            (2, 4) => Self::I32,
            (3, 4) => Self::F32,
            (3, 8) => Self::F64,
            _ => return None,
        })
    }
}

/// What came of a block beside its samples.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Decoded {
    /// How much of the output was filled.
    pub bytes: usize,
    /// Per pixel whether it is valid, where the block has a mask of its own; `None`: all are.
    pub validity: Option<Vec<bool>>,
}

/// What is wrong with a block, in words.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Failure {
    Damaged(String),
    Unsupported(String),
}

/// Decodes a block of TIFF's `compression` into `out`, in the machine's byte order. What lies beyond `out` is left out.
/// `expected` bounds images before their pixels are allocated; compressions of plain bytes don't look at it.
pub fn decode(compression: u16, encoded: &[u8], expected: Expected, out: &mut [u8]) -> Result<Decoded, Failure> {
    let damaged = |name: &str, text: String| Failure::Damaged(format!("{name}: {text}"));
    let (mut bytes, mut validity) = (out.len(), None);
    match compression {
        34887 => validity = lerc::decode(encoded, expected, out).map_err(|text| damaged("lerc", text))?,
        34925 => bytes = lzma::decode(encoded, out).map_err(|text| damaged("lzma", text))?,
        50001 | 34927 => webp::decode(encoded, expected, out)?,
        50002 | 52546 => jxl::decode(encoded, expected, out).map_err(|text| damaged("jxl", text))?,
        other => return Err(Failure::Unsupported(format!("the codecs module knows no compression {other}"))),
    }
    Ok(Decoded { bytes, validity })
}
