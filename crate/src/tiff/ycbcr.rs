//! What turns luma and chroma into red, green and blue.

use super::file_bytes::{FileBytes, Step};
use super::ifd::Ifd;
use super::tags;
use crate::limits::Limits;

/// A page's YCbCr tags.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Ycbcr {
    /// Columns and rows of pixels that share one sample of each chroma.
    pub subsampling: [u32; 2],
    /// Shares of red, green and blue in luma.
    pub coefficients: [f32; 3],
    /// Codes of black and white of luma and both chromas.
    pub reference_black_white: [f32; 6],
}

impl Ycbcr {
    pub fn parse(ifd: &Ifd, bytes: &FileBytes, limits: &Limits) -> Step<Self> {
        let sides = ifd.uints(tags::YCBCR_SUBSAMPLING, bytes, limits)?.unwrap_or_default();
        let side = |index| sides.get(index).map_or(2, |&side: &u64| u32::try_from(side).unwrap_or(u32::MAX));
        Ok(Self {
            subsampling: [side(0), side(1)],
            coefficients: or_default(
                ifd.floats(tags::YCBCR_COEFFICIENTS, bytes, limits)?,
                // Of CCIR 601-1.
                [0.299, 0.587, 0.114],
            ),
            reference_black_white: or_default(
                ifd.floats(tags::REFERENCE_BLACK_WHITE, bytes, limits)?,
                [0.0, 255.0, 128.0, 255.0, 128.0, 255.0],
            ),
        })
    }
}

/// The values in single precision, which libtiff computes in; the default where there are none or too few.
#[expect(clippy::cast_possible_truncation, reason = "rationals are kept as the nearest single-precision number")]
fn or_default<const N: usize>(values: Option<Vec<f64>>, default: [f32; N]) -> [f32; N] {
    let values = values.unwrap_or_default();
    match values.first_chunk::<N>() {
        Some(values) => values.map(|value| value as f32),
        None => default,
    }
}
