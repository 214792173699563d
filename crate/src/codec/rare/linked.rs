//! The decoders linked into a native build.

use std::panic::{AssertUnwindSafe, catch_unwind};

use cogrid_codecs::{Expected, Failure, Sample};

use super::unsupported;
use crate::codec::block::corrupt;
use crate::codec::jpeg;
use crate::error::Result;
use crate::tiff::{Compression, SampleType};

#[expect(clippy::unused_async, reason = "the shape of the one that loads a module")]
pub async fn load() {}

/// Always: they are linked.
#[expect(clippy::unnecessary_wraps, reason = "the shape of the one that needs a module")]
pub const fn check_loaded(_compression: Compression) -> Result<()> {
    Ok(())
}

/// Decodes a block into `out`, at most to its end, and gives the number of bytes.
pub fn decode(
    compression: Compression,
    encoded: &[u8],
    expected: jpeg::Expected,
    sample_type: SampleType,
    out: &mut [u8],
) -> Result<usize> {
    let jpeg::Expected { width, needed_rows, most_rows, bands } = expected;
    let sample = match sample_type.bytes() {
        1 => Sample::U8,
        2 => Sample::U16,
        _ => Sample::F32,
    };
    let expected = Expected { width, needed_rows, most_rows, bands: bands.into(), sample };
    // In wasm a panic traps the decoder's own instance; here it costs the block just the same.
    match catch_unwind(AssertUnwindSafe(|| cogrid_codecs::decode(compression.0, encoded, expected, out))) {
        Ok(Ok(written)) => Ok(written),
        Ok(Err(Failure::Damaged(text))) => Err(corrupt(text)),
        Ok(Err(Failure::Unsupported(text))) => Err(unsupported(text)),
        Err(_) => Err(corrupt(format!("{compression}: the decoder gave up"))),
    }
}
