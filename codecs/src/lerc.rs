//! LERC: compression 34887, without the deflate or zstd that may be around it.

use bytemuck::Pod;
use lerc::{DecodeResult, LercError};

use crate::{Expected, Sample};

/// Writes the rows of an image into `out`, pixel by pixel; rows beyond it are left out. Gives which pixels LERC's own mask
/// calls valid, as far as the image reaches; `None` where all are. Invalid samples are NaN or 0. Sizes are held to
/// `expected` before pixels are allocated. The error is what went wrong, in words.
pub fn decode(blob: &[u8], expected: Expected, out: &mut [u8]) -> Result<Option<Vec<bool>>, String> {
    match expected.sample {
        Sample::U8 => decode_as(blob, expected, out, None, Some(u8::MAX)),
        Sample::I8 => decode_as::<i8>(blob, expected, out, None, None),
        Sample::U16 => decode_as(blob, expected, out, None, Some(u16::MAX)),
        Sample::I16 => decode_as::<i16>(blob, expected, out, None, None),
        Sample::U32 => decode_as::<u32>(blob, expected, out, None, None),
        Sample::I32 => decode_as::<i32>(blob, expected, out, None, None),
        Sample::F32 => decode_as(blob, expected, out, Some(f32::NAN), None),
        Sample::F64 => decode_as(blob, expected, out, Some(f64::NAN), None),
    }
}

/// `invalid` is what invalid samples become, `opaque` the alpha of valid pixels.
fn decode_as<T: lerc::Sample + Pod>(
    blob: &[u8],
    expected: Expected,
    out: &mut [u8],
    invalid: Option<T>,
    opaque: Option<T>,
) -> Result<Option<Vec<bool>>, String> {
    if let Ok(out) = bytemuck::try_cast_slice_mut(out) {
        return decode_into(blob, expected, out, invalid, opaque);
    }
    // Memory where such samples may not lie.
    let mut samples = vec![T::zeroed(); out.len() / size_of::<T>()];
    let validity = decode_into(blob, expected, &mut samples, invalid, opaque)?;
    copy(bytemuck::cast_slice(&samples), out);
    Ok(validity)
}

fn decode_into<T: lerc::Sample + Pod>(
    blob: &[u8],
    expected: Expected,
    out: &mut [T],
    invalid: Option<T>,
    opaque: Option<T>,
) -> Result<Option<Vec<bool>>, String> {
    let in_words = |error: LercError| error.to_string();
    let info = lerc::decode_info(blob).map_err(in_words)?;
    let (width, rows) = (info.width, info.height);
    if width != expected.width || !(expected.needed_rows..=expected.most_rows).contains(&rows) {
        let Expected { width: wanted, needed_rows, .. } = expected;
        return Err(format!("expected an image of {wanted} × {needed_rows} pixels, got {width} × {rows}"));
    }
    let (bands, depth, images) = (expected.bands as usize, info.depth as usize, info.bands as usize);
    // Samples of a pixel side by side, or, where their masks differ, an image for each band.
    let is_interleaved = images == 1;
    // libtiff stores an unassociated alpha band as LERC's mask.
    let has_alpha_mask = is_interleaved && depth > 0 && depth.saturating_add(1) == bands;
    let stored = if has_alpha_mask { depth } else { bands };
    if (is_interleaved && depth != stored) || (!is_interleaved && (depth != 1 || images != stored)) {
        return Err(format!("expected {bands} samples a pixel, got {depth} × {images}"));
    }
    let too_large = || "the image is too large".to_owned();
    let pixels = (width as usize).checked_mul(rows as usize).ok_or_else(too_large)?;
    let len = pixels.checked_mul(stored).ok_or_else(too_large)?;

    if is_interleaved && !has_alpha_mask && len <= out.len() {
        let result = lerc::decode_into(blob, out).map_err(in_words)?;
        return Ok(fill_invalid(&result, 0, out, stored, invalid));
    }
    let mut decoded = vec![T::zeroed(); len];
    let result = lerc::decode_into(blob, &mut decoded).map_err(in_words)?;
    if is_interleaved {
        let valid = fill_invalid(&result, 0, &mut decoded, stored, invalid);
        if !has_alpha_mask {
            copy(&decoded, out);
            return Ok(valid);
        }
        // Alpha is what the mask says, so the mask itself calls nothing invalid.
        for (index, (to, from)) in
            out.chunks_exact_mut(bands.max(1)).zip(decoded.chunks_exact(depth.max(1))).enumerate()
        {
            copy(from, to);
            let is_valid = valid.as_ref().is_none_or(|valid| valid.get(index).copied().unwrap_or(true));
            if let Some(alpha) = to.last_mut() {
                *alpha = opaque.filter(|_| is_valid).unwrap_or(T::zeroed());
            }
        }
        return Ok(None);
    }
    // A pixel is invalid where every band is; where only some are, floats say so themselves by NaN.
    let mut all: Option<Vec<bool>> = None;
    let mut is_any_whole = false;
    for (band, image) in decoded.chunks_exact_mut(pixels.max(1)).enumerate() {
        match fill_invalid(&result, band, image, 1, invalid) {
            Some(valid) => match &mut all {
                Some(all) => all.iter_mut().zip(valid).for_each(|(all, valid)| *all |= valid),
                None => all = Some(valid),
            },
            None => is_any_whole = true,
        }
        for (to, &from) in out.iter_mut().skip(band).step_by(bands.max(1)).zip(image.iter()) {
            *to = from;
        }
    }
    Ok(all.filter(|_| !is_any_whole))
}

/// Puts `invalid` where image `band`'s mask says so; gives which pixels are valid where the mask calls any invalid.
fn fill_invalid<T: Copy>(
    result: &DecodeResult,
    band: usize,
    out: &mut [T],
    depth: usize,
    invalid: Option<T>,
) -> Option<Vec<bool>> {
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
    Some(valid)
}

fn copy<T: Copy>(from: &[T], to: &mut [T]) {
    for (to, &from) in to.iter_mut().zip(from) {
        *to = from;
    }
}

#[cfg(test)]
#[path = "lerc_tests.rs"]
mod tests;
