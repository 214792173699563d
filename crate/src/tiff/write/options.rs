//! What a written file looks like.

use super::sample::Sample;
use crate::error::{Code, Error, Result};

/// Everything about a COG but its pixels.
#[derive(Debug, Clone)]
pub struct CogOptions<T> {
    pub width_px: u32,
    pub height_px: u32,
    /// Samples of one pixel; they follow one another in a row (TIFF's contiguous planar configuration).
    pub bands: u16,
    /// Side of the square blocks; a multiple of 16.
    pub block_size_px: u32,
    /// `None` stores blocks uncompressed.
    pub deflate: Option<Deflate>,
    pub predictor: Predictor,
    /// The value that stands for "no value", in the file's own sample type.
    pub nodata: Option<T>,
    pub georeference: Option<Georeference>,
    /// Descriptions and units of the first bands.
    pub band_texts: Vec<BandText>,
    pub overviews: Overviews,
    /// Blocks that hold nothing but nodata (or zero without nodata) are left out of the file.
    pub is_sparse: bool,
    /// Writes BigTIFF even where classic TIFF's 4 GiB would do.
    pub is_big_tiff: bool,
}

impl<T: Sample> CogOptions<T> {
    /// One band, blocks of 512 × 512, deflate at GDAL's level with the sample type's predictor, averaged overviews.
    #[must_use]
    pub fn new(width_px: u32, height_px: u32) -> Self {
        Self {
            width_px,
            height_px,
            bands: 1,
            block_size_px: 512,
            deflate: Some(Deflate::default()),
            predictor: if T::FORMAT == 3 { Predictor::FloatingPoint } else { Predictor::Horizontal },
            nodata: None,
            georeference: None,
            band_texts: Vec::new(),
            overviews: Overviews::Average,
            is_sparse: false,
            is_big_tiff: false,
        }
    }

    /// `usage.cog` that names the first setting that no reader could make sense of.
    pub(super) fn check(&self) -> Result<()> {
        let wrong = |message: String| Err(Error::new(Code::UsageCog, message));
        if self.width_px == 0 || self.height_px == 0 || self.bands == 0 {
            return wrong(format!(
                "expected at least one pixel and band, got {} × {} × {}",
                self.width_px, self.height_px, self.bands
            ));
        }
        if self.block_size_px == 0 || !self.block_size_px.is_multiple_of(16) || self.block_size_px > 1 << 14 {
            return wrong(format!("expected a block size of 16, 32, … 16384, got {}", self.block_size_px));
        }
        if self.predictor == Predictor::FloatingPoint && T::FORMAT != 3 {
            return wrong("expected floating-point samples for predictor 3, got integers".into());
        }
        if self.deflate.is_none() && self.predictor != Predictor::None {
            return wrong("expected compression for a predictor, got none".into());
        }
        if self.band_texts.len() > usize::from(self.bands) {
            return wrong(format!("expected texts of {} bands, got {}", self.bands, self.band_texts.len()));
        }
        Ok(())
    }
}

/// Deflate's effort: 1 (fast) … 9 (small).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Deflate {
    pub level: u8,
}

impl Default for Deflate {
    fn default() -> Self {
        Self { level: 6 }
    }
}

/// TIFF's predictor, by its tag's value.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Predictor {
    None = 1,
    Horizontal = 2,
    FloatingPoint = 3,
}

/// Where the pixels are.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Georeference {
    /// GDAL's six numbers: pixel corner to CRS.
    pub geotransform: [f64; 6],
    pub crs: Option<CrsCode>,
}

/// An EPSG code and the kind of CRS that it names, which GeoKeys keep apart.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum CrsCode {
    Geographic(u16),
    Projected(u16),
}

/// What a band means.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct BandText {
    pub description: Option<String>,
    pub units: Option<String>,
}

/// How overviews are made; each from the one before, halved until it fits one block.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Overviews {
    None,
    /// Mean of the valid pixels, weighted by overlap.
    Average,
    /// One of the pixels: for categories.
    Nearest,
}
