//! LERC, alone or within deflate or zstd: compression 34887.

use lerc::{DecodeResult, LercError, Sample as LercSample};

use super::block::corrupt;
use super::samples::Samples;
use super::{deflate, zstd};
use crate::error::{Code, Error, Result};
use crate::num;
use crate::tiff::{SampleType, Wrapping};

/// What the layout says of a LERC block.
#[derive(Debug, Clone, Copy)]
pub struct Shape {
    pub width: usize,
    /// Rows that the block must have at least.
    pub needed_rows: usize,
    /// Rows that it may have at most.
    pub most_rows: usize,
    pub bands: usize,
}

/// Decodes a block into `samples`, which hold rows of `shape.width` pixels. Gives which pixels LERC's own mask calls
/// valid, as far as the block reaches; `None` where all are. Invalid samples are NaN or 0.
pub fn decode(wrapping: Wrapping, encoded: &[u8], shape: Shape, samples: &mut Samples) -> Result<Option<Vec<bool>>> {
    let unwrapped;
    let blob = match wrapping {
        Wrapping::None => encoded,
        Wrapping::Deflate => {
            let mut blob = vec![0; most_blob_bytes(samples)];
            let len = deflate::decode(encoded, &mut blob)?;
            blob.truncate(len);
            unwrapped = blob;
            &unwrapped
        }
        Wrapping::Zstd => {
            unwrapped = zstd::with_decoded(encoded, most_blob_bytes(samples), <[u8]>::to_vec)?;
            &unwrapped
        }
    };
    match samples {
        Samples::U8(out) => decode_into(blob, shape, out, None, Some(u8::MAX)),
        Samples::I8(out) => decode_into(blob, shape, out, None, None),
        Samples::U16(out) => decode_into(blob, shape, out, None, Some(u16::MAX)),
        Samples::I16(out) => decode_into(blob, shape, out, None, None),
        Samples::U32(out) => decode_into(blob, shape, out, None, None),
        Samples::I32(out) => decode_into(blob, shape, out, None, None),
        Samples::F32(out) => decode_into(blob, shape, out, Some(f32::NAN), None),
        Samples::F64(out) => decode_into(blob, shape, out, Some(f64::NAN), None),
        Samples::U64(_) | Samples::I64(_) | Samples::CF32(_) | Samples::CF64(_) => {
            let name = samples.sample_type();
            Err(Error::new(Code::UnsupportedCompression, format!("LERC of {name} samples, which it doesn't define")))
        }
    }
}

/// Whether LERC can hold samples of this type.
pub const fn can_hold(sample_type: SampleType) -> bool {
    !matches!(sample_type, SampleType::U64 | SampleType::I64 | SampleType::F16 | SampleType::F24)
        && !sample_type.is_complex()
}

/// libtiff's bound: a blob is at most a third larger than its samples and mask.
fn most_blob_bytes(samples: &Samples) -> usize {
    let raw = samples.as_bytes().len();
    raw.saturating_add(raw / 3).saturating_add(samples.len() / 8).saturating_add(1024)
}

fn decode_into<T: LercSample>(
    blob: &[u8],
    shape: Shape,
    out: &mut [T],
    invalid: Option<T>,
    opaque: Option<T>,
) -> Result<Option<Vec<bool>>> {
    let damaged = |error: LercError| corrupt(format!("lerc: {error}"));
    let info = lerc::decode_info(blob).map_err(damaged)?;
    let (width, rows) = (num::to_usize(u64::from(info.width))?, num::to_usize(u64::from(info.height))?);
    if width != shape.width || !(shape.needed_rows..=shape.most_rows).contains(&rows) {
        return Err(corrupt(format!(
            "lerc: expected an image of {} × {} pixels, got {width} × {rows}",
            shape.width, shape.needed_rows
        )));
    }
    let (depth, images) = (info.depth as usize, info.bands as usize);
    // Samples of a pixel side by side, or, where their masks differ, an image for each band.
    let is_interleaved = images == 1;
    // libtiff stores an unassociated alpha band as LERC's mask.
    let has_alpha_mask = is_interleaved && depth > 0 && depth.saturating_add(1) == shape.bands;
    let stored = if has_alpha_mask { depth } else { shape.bands };
    if (is_interleaved && depth != stored) || (!is_interleaved && (depth != 1 || images != stored)) {
        return Err(corrupt(format!("lerc: expected {} samples a pixel, got {depth} × {images}", shape.bands)));
    }
    let pixels = width.checked_mul(rows).ok_or_else(|| corrupt("lerc: the image is too large"))?;
    let len = pixels.checked_mul(stored).ok_or_else(|| corrupt("lerc: the image is too large"))?;

    if is_interleaved && !has_alpha_mask && len <= out.len() {
        let result = lerc::decode_into(blob, out).map_err(damaged)?;
        return Ok(fill_invalid(&result, 0, out, stored, invalid).map(|valid| valid.0));
    }
    let mut decoded = vec![T::default(); len];
    let result = lerc::decode_into(blob, &mut decoded).map_err(damaged)?;
    if is_interleaved {
        let valid = fill_invalid(&result, 0, &mut decoded, stored, invalid).map(|valid| valid.0);
        if !has_alpha_mask {
            copy(&decoded, out);
            return Ok(valid);
        }
        // Alpha is what the mask says, so the mask itself calls nothing invalid.
        for (index, (to, from)) in
            out.chunks_exact_mut(shape.bands.max(1)).zip(decoded.chunks_exact(depth.max(1))).enumerate()
        {
            copy(from, to);
            let is_valid = valid.as_ref().is_none_or(|valid| valid.get(index).copied().unwrap_or(true));
            if let Some(alpha) = to.last_mut() {
                *alpha = if is_valid { opaque.unwrap_or_default() } else { T::default() };
            }
        }
        return Ok(None);
    }
    // A pixel is invalid where every band is; where only some are, floats say so themselves by NaN.
    let mut all: Option<Vec<bool>> = None;
    let mut is_any_whole = false;
    for (band, image) in decoded.chunks_exact_mut(pixels.max(1)).enumerate() {
        match fill_invalid(&result, band, image, 1, invalid) {
            Some(Valid(valid)) => match &mut all {
                Some(all) => all.iter_mut().zip(valid).for_each(|(all, valid)| *all |= valid),
                None => all = Some(valid),
            },
            None => is_any_whole = true,
        }
        for (to, &from) in out.iter_mut().skip(band).step_by(shape.bands.max(1)).zip(image.iter()) {
            *to = from;
        }
    }
    Ok(all.filter(|_| !is_any_whole))
}

/// Which pixels of an image are valid.
struct Valid(Vec<bool>);

/// Puts `invalid` where image `band`'s mask says so; gives the mask where it calls any pixel invalid.
fn fill_invalid<T: LercSample>(
    result: &DecodeResult,
    band: usize,
    out: &mut [T],
    depth: usize,
    invalid: Option<T>,
) -> Option<Valid> {
    // One mask may stand for all bands.
    let mask = result.valid_masks.get(band).or(result.valid_masks.first())?;
    if mask.is_all_valid() {
        return None;
    }
    let bytes = mask.as_bytes()?;
    let valid: Vec<bool> = bytes
        .iter()
        .flat_map(|&byte| (0..8_u32).map(move |bit| byte & (0x80 >> bit) != 0))
        .take(mask.num_pixels())
        .collect();
    if let Some(invalid) = invalid {
        for (pixel, _) in out.chunks_exact_mut(depth.max(1)).zip(&valid).filter(|(_, is_valid)| !**is_valid) {
            pixel.fill(invalid);
        }
    }
    Some(Valid(valid))
}

fn copy<T: Copy>(from: &[T], to: &mut [T]) {
    for (to, &from) in to.iter_mut().zip(from) {
        *to = from;
    }
}

#[cfg(test)]
#[path = "lerc_tests.rs"]
mod tests;
