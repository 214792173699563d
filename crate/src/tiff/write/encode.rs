//! Samples of a block to its stored bytes.

use super::options::{CogOptions, Deflate, Predictor};
use super::sample::Sample;
use crate::error::{Code, Error, Result};

/// Stored bytes of the block whose left edge is at `left_px`, from the whole rows of its strip.
///
/// Beyond the image the last column and row are repeated: their differences are zero, which costs next to nothing.
/// Empty where the file is sparse and the block holds no value.
pub(super) fn encode_block<T: Sample>(
    options: &CogOptions<T>,
    rows: &[T],
    width_px: u32,
    left_px: u32,
) -> Result<Vec<u8>> {
    let bands = usize::from(options.bands);
    let side = options.block_size_px as usize;
    let columns = ((width_px - left_px) as usize).min(side) * bands;
    let row_samples = side * bands;
    let mut raw = Vec::with_capacity(row_samples * side * T::BYTES);
    let mut row = Vec::with_capacity(row_samples);
    let mut is_empty = options.is_sparse;
    let nothing = options.nodata.unwrap_or(T::ZERO);
    for source in rows.chunks_exact(width_px as usize * bands) {
        let start = left_px as usize * bands;
        let pixels = source.get(start..start + columns).unwrap_or(&[]);
        row.clear();
        row.extend_from_slice(pixels);
        is_empty = is_empty && pixels.iter().all(|sample| sample.is_same(nothing));
        let last = pixels.get(columns.saturating_sub(bands)..).unwrap_or(&[]);
        while row.len() < row_samples {
            row.extend_from_slice(last);
        }
        put_row(options.predictor, &row, bands, &mut raw);
    }
    if is_empty {
        return Ok(Vec::new());
    }
    let row_bytes = row_samples * T::BYTES;
    while raw.len() < row_bytes * side {
        raw.extend_from_within(raw.len() - row_bytes..);
    }
    match options.deflate {
        Some(level) => deflate(&raw, level),
        None => Ok(raw),
    }
}

/// The zlib stream of `raw`.
fn deflate(raw: &[u8], deflate: Deflate) -> Result<Vec<u8>> {
    let config = zlib_rs::DeflateConfig { level: deflate.level.clamp(1, 9).into(), ..Default::default() };
    let mut encoded = vec![0; zlib_rs::compress_bound(raw.len())];
    let (stream, code) = zlib_rs::compress_slice(&mut encoded, raw, config);
    if code != zlib_rs::ReturnCode::Ok {
        return Err(Error::new(Code::Bug, format!("deflate: {code:?}")));
    }
    let len = stream.len();
    encoded.truncate(len);
    Ok(encoded)
}

/// One row, predicted, in little-endian order.
fn put_row<T: Sample>(predictor: Predictor, row: &[T], bands: usize, out: &mut Vec<u8>) {
    match predictor {
        Predictor::None => row.iter().for_each(|sample| put(*sample, 0, out)),
        Predictor::Horizontal => {
            row.iter().take(bands).for_each(|sample| put(*sample, 0, out));
            row.iter().skip(bands).zip(row).for_each(|(sample, before)| put(*sample, before.bits(), out));
        }
        Predictor::FloatingPoint => {
            let start = out.len();
            // Byte planes, the most significant first, then differences over the whole row.
            for plane in (0..T::BYTES).rev() {
                out.extend(row.iter().map(|sample| (sample.bits() >> (8 * plane)) as u8));
            }
            let bytes = out.get_mut(start..).unwrap_or(&mut []);
            for at in (bands..bytes.len()).rev() {
                bytes[at] = bytes[at].wrapping_sub(bytes[at - bands]);
            }
        }
    }
}

/// `sample − before`, modulo its size.
fn put<T: Sample>(sample: T, before: u64, out: &mut Vec<u8>) {
    let bytes = sample.bits().wrapping_sub(before).to_le_bytes();
    out.extend_from_slice(bytes.get(..T::BYTES).unwrap_or(&bytes));
}

#[cfg(test)]
#[path = "encode_tests.rs"]
mod tests;
