//! The colours of a palette.

use crate::limits::Limits;
use crate::tiff::{FileBytes, Ifd, Layout, Step, tags};

const PHOTOMETRIC_PALETTE: u16 = 3;

/// Red, green and blue of each value of a palette image, 0 to 255; `None` for other images.
pub(super) fn color_table(
    ifd: &Ifd,
    layout: &Layout,
    bytes: &FileBytes,
    limits: &Limits,
) -> Step<Option<Vec<[u8; 3]>>> {
    if layout.photometric != PHOTOMETRIC_PALETTE {
        return Ok(None);
    }
    let Some(values) = ifd.uints(tags::COLOR_MAP, bytes, limits)? else { return Ok(None) };
    let count = values.len() / 3;
    // Colours are of 16 bits; some writers store 8 (libtiff's test).
    let is_wide = values.iter().any(|&value| value > 255);
    let byte = |value: u64| u8::try_from(if is_wide { value / 257 } else { value }).unwrap_or(u8::MAX);
    let (red, rest) = values.split_at_checked(count).unwrap_or_default();
    let (green, blue) = rest.split_at_checked(count).unwrap_or_default();
    let colors = red.iter().zip(green).zip(blue).map(|((&red, &green), &blue)| [byte(red), byte(green), byte(blue)]);
    Ok(Some(colors.collect()))
}
