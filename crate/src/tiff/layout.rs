//! How a page's samples are laid out in blocks.

use super::coding::Coding;
use super::compression::Compression;
use super::file_bytes::{FileBytes, Step};
use super::header::ByteOrder;
use super::ifd::Ifd;
use super::sample_type::SampleType;
use super::tags;
use crate::error::{Code, Error, Result};
use crate::limits::Limits;
use crate::num;

/// Value of `PlanarConfiguration`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Planar {
    /// 1: the samples of a pixel lie together.
    Pixel,
    /// 2: each band has blocks of its own.
    Band,
}

/// What a page is, from `NewSubfileType` (or the older `SubfileType`).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum PageKind {
    Image,
    Overview,
    Mask,
    /// The mask of an overview.
    OverviewMask,
}

/// Size, sample type, blocks and encoding of a page.
#[derive(Debug, Clone, PartialEq)]
pub struct Layout {
    pub width: u32,
    pub height: u32,
    /// Pixels; the image's width for strips.
    pub block_width: u32,
    /// Pixels; rows per strip for strips, at most the image's height.
    pub block_height: u32,
    pub is_tiled: bool,
    pub bands: u16,
    pub planar: Planar,
    /// Bits of a stored sample: the sample type's size, or fewer for packed integers.
    pub bits: u16,
    pub sample_type: SampleType,
    pub compression: Compression,
    pub coding: Coding,
    /// 1 none, 2 horizontal differencing, 3 floating point.
    pub predictor: u16,
    pub photometric: u16,
    /// The first band that `ExtraSamples` calls alpha, counted from 0.
    pub alpha0: Option<u16>,
    /// Whether the bits of each byte stand in reverse (`FillOrder` 2).
    pub is_bit_reversed: bool,
    pub byte_order: ByteOrder,
}

impl PageKind {
    pub fn parse(ifd: &Ifd, bytes: &FileBytes, limits: &Limits) -> Step<Self> {
        let new = ifd.uint(tags::NEW_SUBFILE_TYPE, bytes, limits)?;
        // The older tag: 2 = reduced resolution, 3 = one page of several.
        let flags = match new {
            Some(flags) => flags,
            None => u64::from(ifd.uint(tags::SUBFILE_TYPE, bytes, limits)? == Some(2)),
        };
        Ok(match (flags & 1 != 0, flags & 4 != 0) {
            (false, false) => Self::Image,
            (true, false) => Self::Overview,
            (false, true) => Self::Mask,
            (true, true) => Self::OverviewMask,
        })
    }
}

impl Layout {
    /// Reads the layout of a page. Sizes of zero and unknown sample types are errors; an unknown compression is not,
    /// until a block is decoded.
    pub fn parse(ifd: &Ifd, byte_order: ByteOrder, bytes: &FileBytes, limits: &Limits) -> Step<Self> {
        let uint = |tag| ifd.uint(tag, bytes, limits);
        let width = size("ImageWidth", tags::IMAGE_WIDTH, uint(tags::IMAGE_WIDTH)?)?;
        let height = size("ImageLength", tags::IMAGE_LENGTH, uint(tags::IMAGE_LENGTH)?)?;
        let bands = uint(tags::SAMPLES_PER_PIXEL)?.unwrap_or(1);
        let bands = u16::try_from(bands).ok().filter(|&bands| bands > 0).ok_or_else(|| {
            bad(tags::SAMPLES_PER_PIXEL, format!("expected 1 to 65535 samples per pixel, got {bands}"))
        })?;

        // A file with both kinds of blocks is tiled (libtiff).
        let is_tiled = ifd.field(tags::TILE_WIDTH).is_some();
        let (block_width, block_height) = if is_tiled {
            (
                size("TileWidth", tags::TILE_WIDTH, uint(tags::TILE_WIDTH)?)?,
                size("TileLength", tags::TILE_LENGTH, uint(tags::TILE_LENGTH)?)?,
            )
        } else {
            let rows = uint(tags::ROWS_PER_STRIP)?.unwrap_or(u64::from(u32::MAX));
            let rows = u32::try_from(rows).unwrap_or(u32::MAX).min(height);
            (width, if rows == 0 { height } else { rows })
        };
        let planar = match uint(tags::PLANAR_CONFIGURATION)?.unwrap_or(1) {
            1 => Planar::Pixel,
            2 => Planar::Band,
            other => return Err(bad(tags::PLANAR_CONFIGURATION, format!("expected 1 or 2, got {other}")).into()),
        };
        let (bits, sample_type) = sample_type(ifd, bands, bytes, limits)?;
        let compression = uint(tags::COMPRESSION)?.unwrap_or(1);
        let compression = u16::try_from(compression)
            .map(Compression)
            .map_err(|_| bad(tags::COMPRESSION, format!("expected a 16-bit number, got {compression}")))?;
        let small = |tag, default: u16| -> Step<u16> {
            Ok(uint(tag)?.map_or(default, |value| u16::try_from(value).unwrap_or(u16::MAX)))
        };
        let layout = Self {
            width,
            height,
            block_width,
            block_height,
            is_tiled,
            bands,
            planar,
            bits,
            sample_type,
            compression,
            coding: Coding::parse(compression, ifd, bytes, limits)?,
            predictor: small(tags::PREDICTOR, 1)?.max(1),
            photometric: small(tags::PHOTOMETRIC_INTERPRETATION, 1)?,
            alpha0: alpha(ifd, bands, bytes, limits)?,
            is_bit_reversed: small(tags::FILL_ORDER, 1)? == 2,
            byte_order,
        };
        Limits::check("blocks of a page", layout.block_count()?, limits.max_blocks)?;
        Ok(layout)
    }

    #[must_use]
    pub const fn blocks_across(&self) -> u32 {
        self.width.div_ceil(if self.block_width == 0 { 1 } else { self.block_width })
    }

    #[must_use]
    pub const fn blocks_down(&self) -> u32 {
        self.height.div_ceil(if self.block_height == 0 { 1 } else { self.block_height })
    }

    /// Blocks of the page, those of all bands where bands lie apart.
    pub fn block_count(&self) -> Result<u64> {
        let plane = u64::from(self.blocks_across()).saturating_mul(u64::from(self.blocks_down()));
        num::product(plane, if self.planar == Planar::Band { u64::from(self.bands) } else { 1 })
    }

    /// Position of a block in the block arrays; `None` where the page has no such block or band.
    #[must_use]
    pub fn block_index(&self, band0: u16, col: u32, row: u32) -> Option<u64> {
        if band0 >= self.bands || col >= self.blocks_across() || row >= self.blocks_down() {
            return None;
        }
        let across = u64::from(self.blocks_across());
        let in_plane = u64::from(row).checked_mul(across)?.checked_add(u64::from(col))?;
        let plane = if self.planar == Planar::Band { u64::from(band0) } else { 0 };
        let plane_blocks = across.checked_mul(u64::from(self.blocks_down()))?;
        plane.checked_mul(plane_blocks)?.checked_add(in_plane)
    }

    /// Samples of a pixel in one block: all bands, or 1 where bands lie apart.
    #[must_use]
    pub const fn block_bands(&self) -> u16 {
        match self.planar {
            Planar::Pixel => self.bands,
            Planar::Band => 1,
        }
    }

    /// Rows that the blocks of row `row` store: tiles are padded, the last strip is not.
    #[must_use]
    pub fn stored_rows(&self, row: u32) -> u32 {
        if self.is_tiled {
            return self.block_height;
        }
        self.image_rows(row)
    }

    /// Rows of the blocks of row `row` that lie in the image.
    #[must_use]
    pub fn image_rows(&self, row: u32) -> u32 {
        self.height.saturating_sub(row.saturating_mul(self.block_height)).min(self.block_height)
    }

    /// Bytes of one decompressed row of a block, still packed.
    pub fn row_bytes(&self) -> Result<u64> {
        let samples = num::product(u64::from(self.block_width), u64::from(self.block_bands()))?;
        Ok(num::product(samples, u64::from(self.bits))?.div_ceil(8))
    }

    /// Bytes of the decompressed blocks of row `row`, still packed.
    pub fn stored_bytes(&self, row: u32) -> Result<u64> {
        num::product(self.row_bytes()?, u64::from(self.stored_rows(row)))
    }
}

/// Bits and type of the samples, which must be the same in all bands.
fn sample_type(ifd: &Ifd, bands: u16, bytes: &FileBytes, limits: &Limits) -> Step<(u16, SampleType)> {
    let bits = one_of_all(ifd, tags::BITS_PER_SAMPLE, "bits per sample", 1, bands, bytes, limits)?;
    let format = one_of_all(ifd, tags::SAMPLE_FORMAT, "sample format", 1, bands, bytes, limits)?;
    let sample_type = match (format, bits) {
        (1 | 4, 1..=8) => SampleType::U8,
        (1 | 4, 9..=16) => SampleType::U16,
        (1 | 4, 17..=32) => SampleType::U32,
        (1 | 4, 64) => SampleType::U64,
        (2, 1..=8) => SampleType::I8,
        (2, 9..=16) => SampleType::I16,
        (2, 17..=32) => SampleType::I32,
        (2, 64) => SampleType::I64,
        (3, 16) => SampleType::F16,
        (3, 24) => SampleType::F24,
        (3, 32) => SampleType::F32,
        (3, 64) => SampleType::F64,
        (5, 32) => SampleType::CI16,
        (5, 64) => SampleType::CI32,
        (6, 64) => SampleType::CF32,
        (6, 128) => SampleType::CF64,
        _ => {
            let name = match format {
                1 | 4 => "unsigned integers",
                2 => "signed integers",
                3 => "floats",
                5 => "complex integers",
                6 => "complex floats",
                _ => "numbers of an unknown format",
            };
            return Err(Error::new(Code::UnsupportedSampleType, format!("samples are {bits}-bit {name}"))
                .at(|at| at.tag = Some(tags::SAMPLE_FORMAT))
                .with_hint("read are integers of 1 to 32 and of 64 bits, floats of 16, 24, 32 and 64, complex integers of 32 and 64 and complex floats of 64 and 128")
                .into());
        }
    };
    Ok((u16::try_from(bits).unwrap_or(0), sample_type))
}

/// The first of the extra samples, which are the last of a pixel, that is associated (1) or unassociated (2) alpha.
fn alpha(ifd: &Ifd, bands: u16, bytes: &FileBytes, limits: &Limits) -> Step<Option<u16>> {
    let extra = ifd.uints(tags::EXTRA_SAMPLES, bytes, limits)?.unwrap_or_default();
    let extra = extra.get(..extra.len().min(usize::from(bands))).unwrap_or_default();
    let first = usize::from(bands).saturating_sub(extra.len());
    let alpha = extra.iter().position(|&value| value == 1 || value == 2);
    Ok(alpha.and_then(|place| u16::try_from(first.saturating_add(place)).ok()))
}

fn one_of_all(
    ifd: &Ifd,
    tag: u16,
    what: &str,
    default: u64,
    bands: u16,
    bytes: &FileBytes,
    limits: &Limits,
) -> Step<u64> {
    let values = ifd.uints(tag, bytes, limits)?.unwrap_or_default();
    let values = values.get(..values.len().min(usize::from(bands))).unwrap_or_default();
    let first = values.first().copied().unwrap_or(default);
    if values.iter().any(|&value| value != first) {
        return Err(Error::new(Code::UnsupportedSampleType, format!("bands differ in {what}: {values:?}"))
            .at(|at| at.tag = Some(tag))
            .into());
    }
    Ok(first)
}

fn size(name: &str, tag: u16, value: Option<u64>) -> Result<u32> {
    match value {
        // Larger sizes exist in no file of the field; half of u32 keeps sums of two of them in range.
        Some(value) => u32::try_from(value)
            .ok()
            .filter(|size| (1..=0x7fff_ffff).contains(size))
            .ok_or_else(|| bad(tag, format!("expected {name} between 1 and 2147483647, got {value}"))),
        None => Err(bad(tag, format!("expected {name}, the page has none"))),
    }
}

fn bad(tag: u16, message: String) -> Error {
    Error::new(Code::FormatLayout, message).at(|at| at.tag = Some(tag))
}
