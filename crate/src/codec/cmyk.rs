//! Cyan, magenta, yellow and black in bytes to red, green, blue and an alpha of 255: what GDAL hands out, by the sums of
//! libtiff. Inks of another set or of more bits are handed out as they are stored, as in GDAL.

use super::samples::Samples;
use crate::error::{Code, Error, Result};
use crate::tiff::{Layout, Planar, SampleType};

/// `unsupported.photometric` where the four inks of pixels that become colours don't lie side by side and alone.
pub fn check(layout: &Layout) -> Result<()> {
    if !becomes_rgba(layout) || (layout.bands == 4 && layout.planar == Planar::Pixel) {
        return Ok(());
    }
    let message = format!(
        "CMYK pixels of bytes are read in four bands side by side, got {} bands{}",
        layout.bands,
        if layout.planar == Planar::Band { " apart" } else { "" }
    );
    Err(Error::new(Code::UnsupportedPhotometric, message).with_hint("write the file again as RGB"))
}

/// Whether GDAL hands out colours instead of what is stored.
pub fn becomes_rgba(layout: &Layout) -> bool {
    layout.coding.is_cmyk && layout.sample_type == SampleType::U8 && layout.bits == 8 && layout.bands >= 4
}

/// Turns whole pixels of four bytes.
pub fn to_rgba(samples: &mut Samples) {
    for pixel in samples.as_bytes_mut().as_chunks_mut::<4>().0 {
        let [cyan, magenta, yellow, black] = pixel.map(|ink| u32::from(255_u8.saturating_sub(ink)));
        let [red, green, blue] =
            [cyan, magenta, yellow].map(|light| u8::try_from(light.saturating_mul(black) / 255).unwrap_or(u8::MAX));
        *pixel = [red, green, blue, u8::MAX];
    }
}

#[cfg(test)]
#[path = "cmyk_tests.rs"]
mod tests;
