//! One encoded block to the samples of all its bands.

use std::borrow::Cow;
use std::cell::RefCell;

use super::samples::{Decoded, Samples};
use super::support::{Kind, check_supported, fax_scheme, has_predictor, is_whole, kind};
use super::{byte_order, cmyk, deflate, fax, jpeg, lerc, lzw, packbits, packed, predictor, rare, widen, ycbcr, zstd};
use crate::error::{Code, Error, Result};
use crate::limits::Limits;
use crate::num;
use crate::tiff::{ByteOrder, Compression, Layout, Ycbcr};

const PHOTOMETRIC_YCBCR: u16 = 6;

/// The samples of a block of row `row`: stored rows × block width × the block's bands, padding included, in the
/// machine's byte order, in the type that [`decoded`](crate::tiff::SampleType::decoded) says.
///
/// Errors: `unsupported.compression`, `unsupported.predictor`, `unsupported.photometric`; `format.block` where the
/// bytes don't decode to the size that the layout says; `limit.exceeded`.
pub fn decode_block(layout: &Layout, row: u32, encoded: &[u8], limits: &Limits) -> Result<Decoded> {
    let sample_count = check_block(layout, row, encoded, limits)?;
    let mut decoded = if kind(layout.compression) == Kind::Bytes {
        let samples = match subsampled(layout) {
            Some(ycbcr) => {
                with_decompressed(layout, row, encoded, |stored| ycbcr::decode(layout, ycbcr, row, stored))??
            }
            None => decode_bytes(layout, row, encoded, sample_count)?,
        };
        Decoded { samples, validity: None }
    } else {
        decode_image(layout, row, encoded, sample_count, limits)?
    };
    if cmyk::becomes_rgba(layout) {
        cmyk::to_rgba(&mut decoded.samples);
    }
    Ok(decoded)
}

/// Whether [`decode_rows`] can decode blocks of this layout: one band, samples stored as they come out.
pub fn has_plain_rows(layout: &Layout) -> bool {
    kind(layout.compression) == Kind::Bytes
        && layout.block_bands() == 1
        && is_whole(layout)
        && layout.sample_type.decoded() == layout.sample_type
}

/// The samples' bytes of a part of a block, as [`decode_block`] would give them, straight to where they are wanted:
/// `rows` are the block's rows from `first_row` on (those in the image), each from byte `first_byte` on and as long as
/// is wanted.
///
/// Errors as [`decode_block`]; what `rows` hold then is undefined.
pub fn decode_rows(
    layout: &Layout,
    row: u32,
    encoded: &[u8],
    limits: &Limits,
    (first_row, first_byte): (usize, usize),
    rows: &mut dyn Iterator<Item = &mut [u8]>,
) -> Result<()> {
    check_block(layout, row, encoded, limits)?;
    let row_bytes = num::to_usize(layout.row_bytes()?)?;
    with_decompressed(layout, row, encoded, |stored| {
        // In whole words, so that predictors find samples where they may lie.
        let mut words = Vec::new();
        for (stored, out) in stored.chunks(row_bytes.max(1)).skip(first_row).zip(rows) {
            if out.len() == row_bytes {
                restore(layout, stored, out);
                continue;
            }
            words.resize(row_bytes.div_ceil(size_of::<u64>()), 0_u64);
            let whole = bytemuck::cast_slice_mut(&mut words).get_mut(..row_bytes).unwrap_or_default();
            restore(layout, stored, whole);
            let end = first_byte.saturating_add(out.len());
            if let Some(part) = whole.get(first_byte..end) {
                out.copy_from_slice(part);
            }
        }
    })
}

/// `Ok` with the number of samples where a block may be decoded: what it claims is checked before anything is allocated.
fn check_block(layout: &Layout, row: u32, encoded: &[u8], limits: &Limits) -> Result<usize> {
    check_supported(layout)?;
    let pixels = num::product(u64::from(layout.block_width), u64::from(layout.stored_rows(row)))?;
    let sample_count = num::product(pixels, u64::from(layout.block_bands()))?;
    let sample_bytes = num::product(sample_count, num::to_u64(layout.sample_type.decoded().bytes()))?;
    let (needed, most) = stored_bytes(layout, row)?;
    Limits::check("decoded block", most.max(sample_bytes), limits.max_decoded_block_bytes)?;
    check_ratio(layout.compression, needed, encoded)?;
    num::to_usize(sample_count)
}

/// A block whose bytes are its samples once decompressed.
fn decode_bytes(layout: &Layout, row: u32, encoded: &[u8], sample_count: usize) -> Result<Samples> {
    let stored_bytes = num::to_usize(layout.stored_bytes(row)?)?;
    if !is_whole(layout) {
        return with_decompressed(layout, row, encoded, |stored| {
            let mut raw = stored.to_vec();
            raw.resize(stored_bytes, 0);
            packed::unpack(layout, &raw, sample_count)
        })?;
    }
    if layout.sample_type.decoded() == layout.sample_type {
        let mut samples = Samples::zeros(layout.sample_type, sample_count);
        fill(layout, row, encoded, samples.as_bytes_mut())?;
        return Ok(samples);
    }
    // In whole words, so that predictors find samples where they may lie.
    let mut words = vec![0_u64; stored_bytes.div_ceil(size_of::<u64>())];
    let raw = bytemuck::cast_slice_mut(&mut words).get_mut(..stored_bytes).unwrap_or_default();
    fill(layout, row, encoded, raw)?;
    widen::widen(layout.sample_type, raw)
}

/// A block that is an image with a size and samples of its own. Some last strips hold all the rows of a strip: what
/// lies below the image is left out.
fn decode_image(layout: &Layout, row: u32, encoded: &[u8], sample_count: usize, limits: &Limits) -> Result<Decoded> {
    let bands = layout.block_bands();
    let most =
        num::product(num::product(u64::from(layout.block_width), u64::from(bands))?, layout.block_height.into())?;
    let most_bytes = num::product(most, num::to_u64(layout.sample_type.bytes()))?;
    Limits::check("decoded block", most_bytes, limits.max_decoded_block_bytes)?;
    let mut samples = Samples::zeros(layout.sample_type, sample_count);
    let (width, needed_rows, most_rows) = (layout.block_width, layout.image_rows(row), layout.block_height);
    let expected = jpeg::Expected { width, needed_rows, most_rows, bands };
    let out = samples.as_bytes_mut();
    let validity = match kind(layout.compression) {
        Kind::Jpeg => {
            let is_ycbcr = layout.photometric == PHOTOMETRIC_YCBCR;
            jpeg::decode(layout.coding.jpeg_tables.as_deref(), encoded, expected, is_ycbcr, out)?;
            None
        }
        Kind::Lerc => lerc::decode(layout.coding.lerc_wrapping, encoded, expected, layout.sample_type, out)?,
        _ => rare::decode_image(layout.compression, encoded, expected, layout.sample_type, out)?,
    };
    Ok(Decoded { samples, validity })
}

/// All rows of a block to `out`.
fn fill(layout: &Layout, row: u32, encoded: &[u8], out: &mut [u8]) -> Result<()> {
    let row_bytes = num::to_usize(layout.row_bytes()?)?.max(1);
    with_decompressed(layout, row, encoded, |stored| {
        for (stored, out) in stored.chunks(row_bytes).zip(out.chunks_exact_mut(row_bytes)) {
            restore(layout, stored, out);
        }
    })
}

/// A row's samples in the machine's byte order from what is stored of it; `out` holds whole samples where they may lie.
fn restore(layout: &Layout, stored: &[u8], out: &mut [u8]) {
    // The last row that is stored, below the image, may be cut off.
    let Some(stored) = stored.get(..out.len()) else { return };
    let sample_bytes = layout.sample_type.bytes();
    let bands = usize::from(layout.block_bands());
    let predictor = if has_predictor(layout.compression) { layout.predictor } else { 1 };
    let is_native = layout.byte_order == ByteOrder::NATIVE;
    let part_bytes = layout.sample_type.part_bytes();
    match predictor {
        2 => {
            let mut differences = Cow::Borrowed(stored);
            if !is_native {
                byte_order::swap(differences.to_mut(), part_bytes);
            }
            predictor::sum_horizontal(&differences, out, sample_bytes, bands);
        }
        // The byte planes are ordered from the most significant, whatever the file's byte order.
        3 => predictor::join_floating_point(stored, out, sample_bytes, bands),
        _ => {
            out.copy_from_slice(stored);
            if !is_native {
                byte_order::swap(out, part_bytes);
            }
        }
    }
}

thread_local! {
    /// Memory of decompressed blocks, which would be cleared anew for each.
    static DECOMPRESSED: RefCell<Vec<u8>> = const { RefCell::new(Vec::new()) };
}

/// What `take` makes of a decompressed block, at least as many rows as lie in the image. Some writers leave out the
/// padding below.
fn with_decompressed<R>(layout: &Layout, row: u32, encoded: &[u8], take: impl FnOnce(&[u8]) -> R) -> Result<R> {
    let encoded = if layout.is_bit_reversed {
        Cow::Owned(encoded.iter().map(|byte| byte.reverse_bits()).collect())
    } else {
        Cow::Borrowed(encoded)
    };
    let (needed, most) = stored_bytes(layout, row)?;
    let (needed, most) = (num::to_usize(needed)?, num::to_usize(most)?);
    let taken = |stored: &[u8]| {
        let got = stored.len();
        if got < needed {
            return Err(corrupt(format!("{}: expected {needed} bytes, got {got}", layout.compression)));
        }
        Ok(take(stored.get(..most).unwrap_or(stored)))
    };
    match layout.compression {
        Compression::NONE => taken(&encoded),
        _ => DECOMPRESSED.with_borrow_mut(|memory| {
            if memory.len() < most {
                memory.resize(most, 0);
            }
            let out = memory.get_mut(..most).unwrap_or_default();
            let result =
                decompress_into(layout, &encoded, out).and_then(|written| taken(out.get(..written).unwrap_or(out)));
            if most > MOST_KEPT_BYTES {
                *memory = Vec::new();
            }
            result
        }),
    }
}

/// Decompressed bytes of a block of row `row`: those that the image needs, and all that the block may have.
fn stored_bytes(layout: &Layout, row: u32) -> Result<(u64, u64)> {
    let (needed, most) = (layout.image_rows(row), layout.stored_rows(row));
    if let Some(ycbcr) = subsampled(layout) {
        return Ok((ycbcr::stored_bytes(layout, ycbcr, needed)?, ycbcr::stored_bytes(layout, ycbcr, most)?));
    }
    let row_bytes = layout.row_bytes()?;
    Ok((num::product(row_bytes, needed.into())?, num::product(row_bytes, most.into())?))
}

/// How luma and chroma become colours, where a block stores them in units of several pixels.
fn subsampled(layout: &Layout) -> Option<&Ycbcr> {
    layout.coding.ycbcr.as_ref().filter(|_| kind(layout.compression) == Kind::Bytes)
}

/// Memory for larger blocks is given back.
const MOST_KEPT_BYTES: usize = 8 << 20;

/// Fills `out` as far as the block reaches; gives the number of bytes.
fn decompress_into(layout: &Layout, encoded: &[u8], out: &mut [u8]) -> Result<usize> {
    match layout.compression {
        Compression::DEFLATE | Compression::DEFLATE_OLD => deflate::decode(encoded, out),
        Compression::LZW => lzw::decode(encoded, out),
        Compression::PACKBITS => packbits::decode(encoded, out),
        Compression::ZSTD | Compression::ZSTD_OLD => zstd::decode(encoded, out),
        Compression::LZMA => rare::decode_bytes(layout.compression, encoded, out),
        other => match fax_scheme(layout) {
            Some(scheme) => fax::decode(scheme, encoded, layout.block_width, out),
            None => Err(Error::new(Code::UnsupportedCompression, format!("blocks are compressed with {other}"))),
        },
    }
}

/// Refuses a block whose few bytes can't possibly decode to what the image needs, before that much is allocated.
fn check_ratio(compression: Compression, needed: u64, encoded: &[u8]) -> Result<()> {
    // A few bytes may rightly say that a whole image is one colour: `Limits` alone bounds those.
    let Some(ratio) = most_expansion(compression) else { return Ok(()) };
    let most = num::to_u64(encoded.len()).saturating_mul(ratio);
    if most >= needed {
        return Ok(());
    }
    Err(corrupt(format!("expected a block of {needed} bytes, got {} encoded bytes, too few", encoded.len())))
}

/// The most bytes that one byte can become, for compressions that have such a bound.
pub(super) const fn most_expansion(compression: Compression) -> Option<u64> {
    match compression {
        Compression::NONE => Some(1),
        // 128 bytes in 2.
        Compression::PACKBITS => Some(64),
        // A string of 4096 - 258 bytes in 12 bits.
        Compression::LZW => Some(2560),
        // A match of 258 bytes in 2 bits.
        Compression::DEFLATE | Compression::DEFLATE_OLD => Some(1032),
        // 128 KiB of one byte in a block of 4 bytes.
        Compression::ZSTD | Compression::ZSTD_OLD => Some(32_768),
        _ => None,
    }
}

/// `format.block` with what went wrong.
pub(super) fn corrupt(message: impl Into<String>) -> Error {
    Error::new(Code::FormatBlock, message).with_hint("the file is damaged: fetch or write it again")
}

#[cfg(test)]
#[path = "block_tests.rs"]
mod tests;
