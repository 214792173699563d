//! What can be decoded, and how.

use super::{cmyk, fax, lerc, rare, ycbcr};
use crate::error::{Code, Error, Result};
use crate::num;
use crate::tiff::{Compression, Layout, SampleType};

const SUPPORTED: &str =
    "none, deflate, lzw, packbits, zstd, lzma, lerc, jpeg, webp, ccittrle, ccittfax3, ccittfax4, jxl";

/// How blocks of a compression are decoded.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// The samples' bytes, packed and predicted as the layout says.
    Bytes,
    Jpeg,
    Webp,
    Lerc,
    Jxl,
    Unknown,
}

/// `Ok` where blocks of this layout can be decoded; else the error that [`decode_block`](super::decode_block) would give.
pub fn check_supported(layout: &Layout) -> Result<()> {
    let kind = kind(layout.compression);
    if kind == Kind::Unknown {
        let name = layout.compression.name().unwrap_or("unknown");
        let number = layout.compression.0;
        return Err(Error::new(
            Code::UnsupportedCompression,
            format!("blocks are compressed with {name} (scheme {number}); read are {SUPPORTED}"),
        )
        .with_hint("write the file again with deflate: gdal_translate -of COG -co COMPRESS=DEFLATE"));
    }
    rare::check_loaded(layout.compression)?;
    cmyk::check(layout)?;
    if kind != Kind::Bytes {
        return check_image(layout, kind);
    }
    if fax_scheme(layout).is_some() {
        return check_fax(layout);
    }
    if layout.coding.ycbcr.is_some() {
        return ycbcr::check(layout);
    }
    let is_known = match layout.predictor {
        1 => true,
        // Not of three bytes, nor of sixteen: no writer differences those.
        2 => is_whole(layout) && matches!(layout.sample_type.bytes(), 1 | 2 | 4 | 8),
        3 => layout.sample_type.is_float(),
        _ => false,
    };
    if is_known || !has_predictor(layout.compression) {
        return Ok(());
    }
    Err(Error::new(
        Code::UnsupportedPredictor,
        format!("predictor {} of {}-bit {} samples", layout.predictor, layout.bits, layout.sample_type),
    )
    .with_hint("read are predictor 2 of 8- to 64-bit samples and predictor 3 of floats"))
}

/// How blocks of this compression are decoded.
pub const fn kind(compression: Compression) -> Kind {
    match compression {
        Compression::NONE
        | Compression::DEFLATE
        | Compression::DEFLATE_OLD
        | Compression::LZW
        | Compression::PACKBITS
        | Compression::ZSTD
        | Compression::ZSTD_OLD
        | Compression::LZMA
        | Compression::CCITT_RLE
        | Compression::CCITT_RLEW
        | Compression::CCITT_GROUP3
        | Compression::CCITT_GROUP4 => Kind::Bytes,
        Compression::JPEG => Kind::Jpeg,
        Compression::WEBP | Compression::WEBP_OLD => Kind::Webp,
        Compression::LERC => Kind::Lerc,
        Compression::JXL | Compression::JXL_DNG => Kind::Jxl,
        _ => Kind::Unknown,
    }
}

/// Whether samples fill their type: no odd number of bits.
pub fn is_whole(layout: &Layout) -> bool {
    u64::from(layout.bits) == num::to_u64(layout.sample_type.bytes()).saturating_mul(8)
}

/// How lines of facsimile follow each other; `None` for other compressions.
pub const fn fax_scheme(layout: &Layout) -> Option<fax::Scheme> {
    match layout.compression {
        Compression::CCITT_RLE => Some(fax::Scheme::Runs { align_bytes: 1 }),
        Compression::CCITT_RLEW => Some(fax::Scheme::Runs { align_bytes: 2 }),
        Compression::CCITT_GROUP3 => Some(fax::Scheme::Group3 { is_two_dimensional: layout.coding.is_two_dimensional }),
        Compression::CCITT_GROUP4 => Some(fax::Scheme::Group4),
        _ => None,
    }
}

/// Facsimile is one band of one bit.
fn check_fax(layout: &Layout) -> Result<()> {
    if layout.bits == 1 && layout.block_bands() == 1 && layout.block_width <= fax::MOST_COLUMNS {
        return Ok(());
    }
    let message =
        format!("{} blocks that are not of one bit, or wider than {} pixels", layout.compression, fax::MOST_COLUMNS);
    Err(Error::new(Code::UnsupportedCompression, message).with_hint("write the file again with deflate"))
}

/// Compressions that know their own samples hold only some kinds of them.
fn check_image(layout: &Layout, kind: Kind) -> Result<()> {
    let bands = layout.block_bands();
    let is_held = match kind {
        Kind::Jpeg => (1..=4).contains(&bands),
        Kind::Webp => bands == 3 || bands == 4,
        _ => true,
    };
    let is_type = match kind {
        Kind::Lerc => lerc::can_hold(layout.sample_type),
        Kind::Jxl => matches!(layout.sample_type, SampleType::U8 | SampleType::U16 | SampleType::F32),
        _ => layout.sample_type == SampleType::U8,
    };
    if is_held && is_type && is_whole(layout) {
        return Ok(());
    }
    let Layout { bits, sample_type, compression, .. } = layout;
    Err(Error::new(
        Code::UnsupportedCompression,
        format!("{compression} blocks of {bands} bands of {bits}-bit {sample_type} samples"),
    )
    .with_hint("read are jpeg of 1 to 4 and webp of 3 or 4 bands of 8 bits, jxl of 8 and 16 bits and floats, lerc of whole samples"))
}

/// Uncompressed, PackBits and facsimile blocks have none, whatever the tag says (libtiff).
pub const fn has_predictor(compression: Compression) -> bool {
    matches!(
        compression,
        Compression::DEFLATE
            | Compression::DEFLATE_OLD
            | Compression::LZW
            | Compression::ZSTD
            | Compression::ZSTD_OLD
            | Compression::LZMA
    )
}
