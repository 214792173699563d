//! Compressions whose decoders cost much size and few files need: LERC, JPEG XL, WebP, LZMA. They live in the crate `codecs/`,
//! in wasm a module of its own that is loaded when a file first needs it.

#[cfg(not(target_arch = "wasm32"))]
#[path = "linked.rs"]
mod decoder;
#[cfg(target_arch = "wasm32")]
#[path = "module.rs"]
mod decoder;

#[cfg(target_arch = "wasm32")]
pub use self::decoder::set_loader;
use super::jpeg::Expected;
use crate::error::{Code, Error, Result};
use crate::tiff::{Compression, SampleType};

/// Loads what blocks of this compression need before any can be decoded, where that is not there yet. What goes wrong is
/// told by [`check_supported`](super::check_supported).
pub async fn prepare(compression: Compression) {
    if is_rare(compression) {
        decoder::load().await;
    }
}

/// `unsupported.compression` where the compression is a rare one whose decoder is not there.
pub fn check_loaded(compression: Compression) -> Result<()> {
    if is_rare(compression) { decoder::check_loaded(compression) } else { Ok(()) }
}

/// What came of a block beside its samples.
#[derive(Debug)]
struct Decoded {
    /// How much of the output was filled.
    bytes: usize,
    validity: Option<Vec<bool>>,
}

/// Writes the rows of an image into `out`; rows beyond it are left out. Gives which pixels are valid where the image has a
/// mask of its own; `None`: all are.
pub fn decode_image(
    compression: Compression,
    encoded: &[u8],
    expected: Expected,
    sample_type: SampleType,
    out: &mut [u8],
) -> Result<Option<Vec<bool>>> {
    decoder::decode(compression, encoded, expected, sample_type, out).map(|decoded| decoded.validity)
}

/// Fills `out` as far as the block reaches and gives the number of bytes.
pub fn decode_bytes(compression: Compression, encoded: &[u8], out: &mut [u8]) -> Result<usize> {
    let no_image = Expected { width: 0, needed_rows: 0, most_rows: 0, bands: 0 };
    decoder::decode(compression, encoded, no_image, SampleType::U8, out).map(|decoded| decoded.bytes)
}

const fn is_rare(compression: Compression) -> bool {
    matches!(
        compression,
        Compression::LERC
            | Compression::JXL
            | Compression::JXL_DNG
            | Compression::WEBP
            | Compression::WEBP_OLD
            | Compression::LZMA
    )
}

/// TIFF's `SampleFormat`, by which the decoders are told the type of samples.
const fn sample_format(sample_type: SampleType) -> u32 {
    match sample_type {
        SampleType::U8 | SampleType::U16 | SampleType::U32 | SampleType::U64 => 1,
        SampleType::I8 | SampleType::I16 | SampleType::I32 | SampleType::I64 => 2,
        SampleType::F16 | SampleType::F24 | SampleType::F32 | SampleType::F64 => 3,
        SampleType::CI16 | SampleType::CI32 => 5,
        SampleType::CF32 | SampleType::CF64 => 6,
    }
}

fn unsupported(text: String) -> Error {
    Error::new(Code::UnsupportedCompression, text).with_hint("write the file again with deflate")
}
