//! LERC, alone or within deflate or zstd: compression 34887. What lies within goes to the [`rare`] decoders.

use super::block::most_expansion;
use super::jpeg::Expected;
use super::{deflate, rare, zstd};
use crate::error::Result;
use crate::num;
use crate::tiff::{Compression, SampleType, Wrapping};

/// Decodes a block into `out`, which holds rows of samples. Gives which pixels LERC's own mask calls valid, as far as the
/// block reaches; `None` where all are. Invalid samples are NaN or 0.
pub fn decode(
    wrapping: Wrapping,
    encoded: &[u8],
    expected: Expected,
    sample_type: SampleType,
    out: &mut [u8],
) -> Result<Option<Vec<bool>>> {
    let most_bytes = most_blob_bytes(out, sample_type);
    let mut blob_to = |blob: &[u8]| rare::decode_image(Compression::LERC, blob, expected, sample_type, out);
    let compression = match wrapping {
        Wrapping::None => return blob_to(encoded),
        Wrapping::Deflate => Compression::DEFLATE,
        Wrapping::Zstd => Compression::ZSTD,
    };
    // Not what the layout allows but what these bytes can hold.
    let most = most_expansion(compression).unwrap_or(1).saturating_mul(num::to_u64(encoded.len()));
    let mut blob = vec![0; usize::try_from(most).unwrap_or(usize::MAX).min(most_bytes)];
    let len = if compression == Compression::ZSTD {
        zstd::decode(encoded, &mut blob)?
    } else {
        deflate::decode(encoded, &mut blob)?
    };
    blob.truncate(len);
    blob_to(&blob)
}

/// Whether LERC can hold samples of this type.
pub const fn can_hold(sample_type: SampleType) -> bool {
    !matches!(sample_type, SampleType::U64 | SampleType::I64 | SampleType::F16 | SampleType::F24)
        && !sample_type.is_complex()
}

/// libtiff's bound: a blob is at most a third larger than its samples and mask.
fn most_blob_bytes(out: &[u8], sample_type: SampleType) -> usize {
    let raw = out.len();
    let samples = raw.checked_div(sample_type.bytes()).unwrap_or(raw);
    raw.saturating_add(raw / 3).saturating_add(samples / 8).saturating_add(1024)
}
