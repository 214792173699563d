//! The decoder linked into a native build.

use std::panic::{AssertUnwindSafe, catch_unwind};

use cogrid_codecs::jxl::{self, Sample};

use crate::codec::block::corrupt;
use crate::codec::jpeg::Expected;
use crate::error::Result;
use crate::tiff::SampleType;

#[expect(clippy::unused_async, reason = "the shape of the one that loads a module")]
pub async fn load() {}

/// Always: it is linked.
#[expect(clippy::unnecessary_wraps, reason = "the shape of the one that needs a module")]
pub const fn check_loaded() -> Result<()> {
    Ok(())
}

/// Writes the rows of an image into `out`; rows beyond it are left out.
pub fn decode(encoded: &[u8], expected: Expected, sample_type: SampleType, out: &mut [u8]) -> Result<()> {
    let Expected { width, needed_rows, most_rows, bands } = expected;
    let sample = match sample_type {
        SampleType::U8 => Sample::U8,
        SampleType::U16 => Sample::U16,
        _ => Sample::F32,
    };
    let expected = jxl::Expected { width, needed_rows, most_rows, bands: bands.into(), sample };
    // In wasm a panic traps the decoder's own instance; here it costs the block just the same.
    catch_unwind(AssertUnwindSafe(|| jxl::decode(encoded, expected, out)))
        .unwrap_or_else(|_| Err("the decoder gave up".to_owned()))
        .map_err(|error| corrupt(format!("jxl: {error}")))
}
