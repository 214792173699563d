//! What tells one version of a file's content from another.

use crate::error::Result;
use crate::num;
use crate::raster::Dataset;
use crate::store::id::Digest;

/// The fingerprint of an open file: of its strong ETag, else of its time of change, else of its length; always with
/// its length and its first bytes. `is_local` files without a time of change are sampled all over: reads of them are
/// cheap, and length and header say nothing of pixels that were written over.
pub(super) async fn fingerprint(dataset: &Dataset, is_local: bool) -> Result<String> {
    let identity = dataset.source().identity();
    let length = identity.len_bytes.unwrap_or_default();
    let (kind, mark) = match (&identity.etag, &identity.last_modified) {
        (Some(etag), _) => ("e", Digest::of(etag.as_bytes())),
        (None, Some(modified)) => ("m", Digest::of(modified.as_bytes())),
        (None, None) if is_local => ("c", sampled(dataset, length).await?),
        (None, None) => ("h", Digest::default()),
    };
    Ok(format!("{kind}-{}", mark.and(&length.to_le_bytes()).and(dataset.header_bytes()).hex()))
}

/// The digest of a whole small file, or of samples at equal steps through a large one to its end.
async fn sampled(dataset: &Dataset, length: u64) -> Result<Digest> {
    let source = dataset.source();
    if length <= WHOLE_BYTES {
        return Ok(Digest::of(&source.read(0..length).await?));
    }
    let mut digest = Digest::default();
    let step = (length - SAMPLE_BYTES) / (SAMPLES - 1);
    for sample in 0..SAMPLES {
        let start = num::product(sample, step)?;
        // The last sample ends where the file does.
        let start = if sample + 1 == SAMPLES { length - SAMPLE_BYTES } else { start };
        digest = digest.and(&source.read(start..start + SAMPLE_BYTES).await?);
    }
    Ok(digest)
}

const WHOLE_BYTES: u64 = 4 << 20;
const SAMPLES: u64 = 64;
const SAMPLE_BYTES: u64 = 16 << 10;
