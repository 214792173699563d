//! Luma and chroma in blocks that are not JPEG, to red, green and blue: what GDAL hands out.
//!
//! A block is units of `h` × `v` pixels: so many lumas, then one sample of each chroma. As libtiff does, chroma is
//! repeated, not interpolated, and the sums are of whole numbers.

use super::block::corrupt;
use super::samples::Samples;
use crate::error::{Code, Error, Result};
use crate::num;
use crate::tiff::{Layout, Planar, SampleType, Ycbcr};

/// `unsupported.photometric` where a layout of YCbCr pixels is another than three bands of bytes side by side.
pub fn check(layout: &Layout) -> Result<()> {
    let is_read = layout.coding.ycbcr.is_some_and(|ycbcr| {
        ycbcr.subsampling.iter().all(|side| matches!(side, 1 | 2 | 4))
            && ycbcr.coefficients.iter().all(|share| share.is_finite())
            && matches!(ycbcr.coefficients, [_, green, _] if green > 0.0)
            && ycbcr.reference_black_white.iter().all(|code| code.is_finite())
    });
    let is_bytes = layout.sample_type == SampleType::U8 && layout.bits == 8;
    if is_read && is_bytes && layout.bands == 3 && layout.planar == Planar::Pixel && layout.predictor == 1 {
        return Ok(());
    }
    Err(Error::new(
        Code::UnsupportedPhotometric,
        "YCbCr pixels are read in three bands of bytes side by side, without predictor, with chroma for 1, 2 or 4 pixels",
    )
    .with_hint("write the file again as RGB"))
}

/// Decompressed bytes of `rows` rows of a block.
pub fn stored_bytes(layout: &Layout, ycbcr: &Ycbcr, rows: u32) -> Result<u64> {
    let [across, down] = ycbcr.subsampling.map(|side| side.max(1));
    let units = num::product(layout.block_width.div_ceil(across).into(), rows.div_ceil(down).into())?;
    num::product(units, num::sum(num::product(across.into(), down.into())?, 2)?)
}

/// The pixels of a decompressed block of row `row`, padding included.
pub fn decode(layout: &Layout, ycbcr: &Ycbcr, row: u32, units: &[u8]) -> Result<Samples> {
    let [across, down] = ycbcr.subsampling;
    let [width, rows, across, down] =
        [layout.block_width, layout.stored_rows(row), across, down].map(|side| side as usize);
    let shape = Shape { width, rows, across, down };
    Ok(Samples::U8(to_rgb(units, shape, &Tables::new(ycbcr))?))
}

/// Sides of a block and of its units, in pixels.
#[derive(Debug, Clone, Copy)]
struct Shape {
    width: usize,
    rows: usize,
    across: usize,
    down: usize,
}

fn to_rgb(units: &[u8], shape: Shape, tables: &Tables) -> Result<Vec<u8>> {
    let Shape { width, rows, across, down } = shape;
    let too_large = || corrupt("ycbcr: the block is too large");
    let row_bytes = width.checked_mul(3).ok_or_else(too_large)?;
    let mut rgb = vec![0; row_bytes.checked_mul(rows).ok_or_else(too_large)?];
    let lumas = across.checked_mul(down).ok_or_else(too_large)?;
    let unit_bytes = lumas.checked_add(2).ok_or_else(too_large)?;
    let units_bytes = width.div_ceil(across.max(1)).checked_mul(unit_bytes).ok_or_else(too_large)?;
    let band = row_bytes.checked_mul(down).ok_or_else(too_large)?;
    for (rows, units) in rgb.chunks_mut(band.max(1)).zip(units.chunks_exact(units_bytes.max(1))) {
        for (line, row) in rows.chunks_mut(row_bytes.max(1)).enumerate() {
            let pixels = row.chunks_mut(across.saturating_mul(3).max(1));
            for (pixels, unit) in pixels.zip(units.chunks_exact(unit_bytes)) {
                let (lumas, chroma) = unit.split_at_checked(lumas).unwrap_or_default();
                let &[blue, red] = chroma else { continue };
                let lumas = lumas.iter().skip(line.saturating_mul(across));
                for (pixel, &luma) in pixels.as_chunks_mut::<3>().0.iter_mut().zip(lumas) {
                    *pixel = tables.rgb(luma, blue, red);
                }
            }
        }
    }
    Ok(rgb)
}

/// What each code of luma, blue and red chroma adds, in 1/65536 where two are added up.
#[derive(Debug)]
struct Tables {
    luma: [i32; 256],
    red: [i32; 256],
    green_of_red: [i32; 256],
    green_of_blue: [i32; 256],
    blue: [i32; 256],
}

impl Tables {
    fn new(ycbcr: &Ycbcr) -> Self {
        let [red, green, blue] = ycbcr.coefficients;
        let [black, white, blue_black, blue_white, red_black, red_white] = ycbcr.reference_black_white;
        let of_red = 2.0 - 2.0 * red;
        let of_blue = 2.0 - 2.0 * blue;
        let [to_red, to_blue] = [of_red, of_blue].map(fixed);
        let [green_red, green_blue] = [red * of_red / green, blue * of_blue / green].map(fixed);
        let chroma =
            |code: i32, black: f32, white: f32| level(code.saturating_sub(128), black - 128.0, white - 128.0, 127.0);
        let codes = std::array::from_fn(|code| i32::try_from(code).unwrap_or(0));
        let table = |value: &dyn Fn(i32) -> i32| -> [i32; 256] { <[i32; 256]>::map(codes, value) };
        let red_chroma = |code| chroma(code, red_black, red_white);
        let blue_chroma = |code| chroma(code, blue_black, blue_white);
        Self {
            luma: table(&|code| level(code, black, white, 255.0)),
            red: table(&|code| to_red.saturating_mul(red_chroma(code)).saturating_add(HALF) >> SHIFT),
            green_of_red: table(&|code| green_red.saturating_neg().saturating_mul(red_chroma(code))),
            green_of_blue: table(&|code| {
                green_blue.saturating_neg().saturating_mul(blue_chroma(code)).saturating_add(HALF)
            }),
            blue: table(&|code| to_blue.saturating_mul(blue_chroma(code)).saturating_add(HALF) >> SHIFT),
        }
    }

    fn rgb(&self, luma: u8, blue: u8, red: u8) -> [u8; 3] {
        let at = |table: &[i32; 256], code: u8| table.get(usize::from(code)).copied().unwrap_or(0);
        let green = at(&self.green_of_blue, blue).saturating_add(at(&self.green_of_red, red)) >> SHIFT;
        let luma = at(&self.luma, luma);
        [at(&self.red, red), green, at(&self.blue, blue)]
            .map(|chroma| u8::try_from(luma.saturating_add(chroma).clamp(0, 255)).unwrap_or(0))
    }
}

/// `code` on the scale on which `black` is 0 and `white` is `range`.
#[expect(clippy::cast_possible_truncation, reason = "held to small numbers, then cut as libtiff does")]
fn level(code: i32, black: f32, white: f32, range: f32) -> i32 {
    let from_black = code.saturating_sub(black as i32) as f32;
    let span = if white == black { 1.0 } else { white - black };
    (from_black * range / span).clamp(-4096.0, 4096.0) as i32
}

/// In 1/65536, to the nearest.
#[expect(clippy::cast_possible_truncation, reason = "between 0 and 131072")]
fn fixed(factor: f32) -> i32 {
    (f64::from(factor.clamp(0.0, 2.0) * 65536.0) + 0.5) as i32
}

const SHIFT: u32 = 16;
const HALF: i32 = 1 << 15;

#[cfg(test)]
#[path = "ycbcr_tests.rs"]
mod tests;
