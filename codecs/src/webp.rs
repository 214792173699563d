//! WebP, lossy and lossless: compression 50001, and 34927 of early writers.

use std::io::Cursor;

use image_webp::WebPDecoder;

use crate::{Expected, Failure};

/// Writes the rows of a WebP image into `out`: whole rows of 3 (RGB) or 4 bands (RGBA).
pub fn decode(encoded: &[u8], expected: Expected, out: &mut [u8]) -> Result<(), Failure> {
    check_sizes(encoded, expected)?;
    let damaged = |error: image_webp::DecodingError| Failure::Damaged(format!("webp: {error}"));
    let mut decoder = WebPDecoder::new(Cursor::new(encoded)).map_err(damaged)?;
    if decoder.is_animated() {
        return Err(Failure::Unsupported("blocks are animated WebP".to_owned()));
    }
    check_size(decoder.dimensions(), expected)?;
    let has_alpha = decoder.has_alpha();
    let bands = expected.bands;
    let decoded = decoder.output_buffer_size().unwrap_or(0);
    if decoded == out.len() && has_alpha == (bands == 4) {
        return decoder.read_image(out).map_err(damaged);
    }
    let mut pixels = vec![0; decoded];
    decoder.read_image(&mut pixels).map_err(damaged)?;
    match (has_alpha, bands) {
        (false, 4) => {
            for (to, &[red, green, blue]) in out.as_chunks_mut::<4>().0.iter_mut().zip(pixels.as_chunks::<3>().0) {
                *to = [red, green, blue, 255];
            }
        }
        (true, 3) => {
            for (to, &[red, green, blue, _]) in out.as_chunks_mut::<3>().0.iter_mut().zip(pixels.as_chunks::<4>().0) {
                *to = [red, green, blue];
            }
        }
        _ => {
            for (to, from) in out.iter_mut().zip(pixels) {
                *to = from;
            }
        }
    }
    Ok(())
}

/// Holds every frame in the file to the block's size: the decoder allocates what they claim.
fn check_sizes(encoded: &[u8], expected: Expected) -> Result<(), Failure> {
    let mut rest = encoded.get(12..).unwrap_or_default();
    while let Some((header, body)) = rest.split_first_chunk::<8>() {
        let &[a, b, c, d, l0, l1, l2, l3] = header;
        let len = u32::from_le_bytes([l0, l1, l2, l3]) as usize;
        match (&[a, b, c, d], body) {
            (b"VP8 ", [_, _, _, _, _, _, w0, w1, h0, h1, ..]) => {
                let size = |low, high| u32::from(u16::from_le_bytes([low, high]) & 0x3fff);
                check_size((size(*w0, *w1), size(*h0, *h1)), expected)?;
            }
            (b"VP8L", [_, b0, b1, b2, b3, ..]) => {
                let bits = u32::from_le_bytes([*b0, *b1, *b2, *b3]);
                let size = |bits: u32| (bits & 0x3fff).saturating_add(1);
                check_size((size(bits), size(bits >> 14)), expected)?;
            }
            _ => {}
        }
        rest = body.get(len.saturating_add(len & 1)..).unwrap_or_default();
    }
    Ok(())
}

fn check_size((width, height): (u32, u32), expected: Expected) -> Result<(), Failure> {
    let rows = expected.needed_rows..=expected.most_rows;
    if width == expected.width && rows.contains(&height) {
        return Ok(());
    }
    let Expected { width: wanted, needed_rows, .. } = expected;
    Err(Failure::Damaged(format!("webp: expected an image of {wanted} × {needed_rows} pixels, got {width} × {height}")))
}

#[cfg(test)]
#[path = "webp_tests.rs"]
mod tests;
