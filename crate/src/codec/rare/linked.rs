//! The decoders linked into a native build.

use std::panic::{AssertUnwindSafe, catch_unwind};

use cogrid_codecs::{Expected, Failure, Sample};

use super::{Decoded, sample_format, unsupported};
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

/// Decodes a block into `out`, at most to its end.
pub fn decode(
    compression: Compression,
    encoded: &[u8],
    expected: jpeg::Expected,
    sample_type: SampleType,
    out: &mut [u8],
) -> Result<Decoded> {
    let jpeg::Expected { width, needed_rows, most_rows, bands } = expected;
    let bytes = u32::try_from(sample_type.bytes()).unwrap_or(0);
    let sample = Sample::new(sample_format(sample_type), bytes)
        .ok_or_else(|| unsupported(format!("{compression} of {sample_type} samples")))?;
    let expected = Expected { width, needed_rows, most_rows, bands: bands.into(), sample };
    // In wasm a panic traps the decoder's own instance; here it costs the block just the same.
    match catch_unwind(AssertUnwindSafe(|| cogrid_codecs::decode(compression.0, encoded, expected, out))) {
        Ok(Ok(decoded)) => Ok(Decoded { bytes: decoded.bytes, validity: decoded.validity }),
        Ok(Err(Failure::Damaged(text))) => Err(corrupt(text)),
        Ok(Err(Failure::Unsupported(text))) => Err(unsupported(text)),
        Err(_) => Err(corrupt(format!("{compression}: the decoder gave up"))),
    }
}
