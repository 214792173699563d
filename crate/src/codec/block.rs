//! One encoded block to the samples of all its bands.

use std::borrow::Cow;

use super::samples::Samples;
use super::{byte_order, deflate, half, lzw, none, packbits, packed, predictor};
use crate::error::{Code, Error, Result};
use crate::limits::Limits;
use crate::num;
use crate::tiff::{ByteOrder, Compression, Layout, SampleType};

const SUPPORTED: &str = "none, deflate, lzw, packbits";
const PHOTOMETRIC_YCBCR: u16 = 6;

/// The samples of a block of row `row`: stored rows × block width × the block's bands, padding included, in the
/// machine's byte order; half floats become `f32`.
///
/// Errors: `unsupported.compression`, `unsupported.predictor`, `unsupported.photometric`; `format.block` where the
/// bytes don't decode to the size that the layout says; `limit.exceeded`.
pub fn decode_block(layout: &Layout, row: u32, encoded: &[u8], limits: &Limits) -> Result<Samples> {
    check_supported(layout)?;
    let stored_bytes = layout.stored_bytes(row)?;
    let pixels = num::product(u64::from(layout.block_width), u64::from(layout.stored_rows(row)))?;
    let sample_count = num::product(pixels, u64::from(layout.block_bands()))?;
    let sample_bytes = num::product(sample_count, num::to_u64(layout.sample_type.decoded().bytes()))?;
    Limits::check("decoded block", stored_bytes.max(sample_bytes), limits.max_decoded_block_bytes)?;
    check_ratio(layout, row, encoded)?;

    let encoded = if layout.is_bit_reversed {
        Cow::Owned(encoded.iter().map(|byte| byte.reverse_bits()).collect())
    } else {
        Cow::Borrowed(encoded)
    };
    let sample_count = num::to_usize(sample_count)?;
    let is_packed = u64::from(layout.bits) != num::to_u64(layout.sample_type.bytes()).saturating_mul(8);
    if !is_packed && layout.sample_type != SampleType::F16 {
        let mut samples = Samples::zeros(layout.sample_type, sample_count);
        fill(layout, row, &encoded, samples.as_bytes_mut())?;
        return Ok(samples);
    }
    if is_packed {
        let mut raw = vec![0; num::to_usize(stored_bytes)?];
        decompress(layout, row, &encoded, &mut raw)?;
        return packed::unpack(layout, &raw, sample_count);
    }
    let mut halves = vec![0_u16; sample_count];
    fill(layout, row, &encoded, bytemuck::cast_slice_mut(&mut halves))?;
    Ok(Samples::F32(halves.into_iter().map(half::to_f32).collect()))
}

/// `Ok` where blocks of this layout can be decoded; else the error that [`decode_block`] would give.
pub fn check_supported(layout: &Layout) -> Result<()> {
    match layout.compression {
        Compression::NONE
        | Compression::DEFLATE
        | Compression::DEFLATE_OLD
        | Compression::LZW
        | Compression::PACKBITS => {}
        Compression(number) => {
            let name = layout.compression.name().unwrap_or("unknown");
            return Err(Error::new(
                Code::UnsupportedCompression,
                format!("blocks are compressed with {name} (scheme {number}); read are {SUPPORTED}"),
            )
            .with_hint("write the file again with deflate: gdal_translate -of COG -co COMPRESS=DEFLATE"));
        }
    }
    if layout.photometric == PHOTOMETRIC_YCBCR {
        return Err(Error::new(Code::UnsupportedPhotometric, "pixels are YCbCr in blocks that are not JPEG")
            .with_hint("write the file again as RGB"));
    }
    let is_whole = u64::from(layout.bits) == num::to_u64(layout.sample_type.bytes()).saturating_mul(8);
    let is_known = match layout.predictor {
        1 => true,
        2 => is_whole,
        3 => layout.sample_type.is_float(),
        _ => false,
    };
    // Uncompressed and PackBits blocks have no predictor, whatever the tag says (libtiff).
    if is_known || !has_predictor(layout.compression) {
        return Ok(());
    }
    Err(Error::new(
        Code::UnsupportedPredictor,
        format!("predictor {} of {}-bit {} samples", layout.predictor, layout.bits, layout.sample_type),
    )
    .with_hint("read are predictor 2 of 8- to 64-bit samples and predictor 3 of floats"))
}

/// Decompresses into `out` and mends byte order and prediction there.
fn fill(layout: &Layout, row: u32, encoded: &[u8], out: &mut [u8]) -> Result<()> {
    decompress(layout, row, encoded, out)?;
    let row_bytes = num::to_usize(layout.row_bytes()?)?;
    let sample_bytes = layout.sample_type.bytes();
    let bands = usize::from(layout.block_bands());
    let predictor = if has_predictor(layout.compression) { layout.predictor } else { 1 };
    if predictor == 3 {
        // The byte planes are ordered from the most significant, whatever the file's byte order.
        predictor::undo_floating_point(out, row_bytes, sample_bytes, bands);
        return Ok(());
    }
    if layout.byte_order != ByteOrder::NATIVE {
        byte_order::swap(out, sample_bytes);
    }
    if predictor == 2 {
        predictor::undo_horizontal(out, row_bytes, sample_bytes, bands);
    }
    Ok(())
}

/// Decompresses into `out`. Some writers leave out the padding below the image: it may be missing.
fn decompress(layout: &Layout, row: u32, encoded: &[u8], out: &mut [u8]) -> Result<()> {
    let needed = num::product(layout.row_bytes()?, u64::from(layout.image_rows(row)))?;
    let written = decompress_into(layout.compression, encoded, out)?;
    if num::to_u64(written) >= needed {
        return Ok(());
    }
    Err(corrupt(format!("{}: expected {needed} bytes, got {written}", layout.compression)))
}

/// Fills `out` as far as the block reaches; gives the number of bytes.
fn decompress_into(compression: Compression, encoded: &[u8], out: &mut [u8]) -> Result<usize> {
    match compression {
        Compression::NONE => Ok(none::decode(encoded, out)),
        Compression::DEFLATE | Compression::DEFLATE_OLD => deflate::decode(encoded, out),
        Compression::LZW => lzw::decode(encoded, out),
        Compression::PACKBITS => packbits::decode(encoded, out),
        other => Err(Error::new(Code::UnsupportedCompression, format!("blocks are compressed with {other}"))),
    }
}

fn has_predictor(compression: Compression) -> bool {
    matches!(compression, Compression::DEFLATE | Compression::DEFLATE_OLD | Compression::LZW)
}

/// Refuses a block whose few bytes can't possibly decode to what the image needs, before that much is allocated.
fn check_ratio(layout: &Layout, row: u32, encoded: &[u8]) -> Result<()> {
    let needed = num::product(layout.row_bytes()?, u64::from(layout.image_rows(row)))?;
    // Greatest expansion: a match of 258 bytes in 2 bits; a string of 4096 - 258 bytes in 12 bits; 128 bytes in 2.
    let ratio = match layout.compression {
        Compression::NONE => 1,
        Compression::PACKBITS => 64,
        Compression::LZW => 2560,
        _ => 1032,
    };
    let most = num::to_u64(encoded.len()).saturating_mul(ratio);
    if most >= needed {
        return Ok(());
    }
    Err(corrupt(format!("expected a block of {needed} bytes, got {} encoded bytes, too few", encoded.len())))
}

/// `format.block` with what went wrong.
pub(super) fn corrupt(message: impl Into<String>) -> Error {
    Error::new(Code::FormatBlock, message).with_hint("the file is damaged: fetch or write it again")
}

#[cfg(test)]
#[path = "block_tests.rs"]
mod tests;
