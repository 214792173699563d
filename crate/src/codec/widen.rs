//! Samples that are handed out as a wider type: short floats and complex integers.

use super::half;
use super::samples::Samples;
use crate::error::{Code, Error, Result};
use crate::tiff::SampleType;

/// The samples in `raw`, which are in the machine's byte order, as the type that `sample_type` decodes to.
pub fn widen(sample_type: SampleType, raw: &[u8]) -> Result<Samples> {
    Ok(match sample_type {
        SampleType::F16 => {
            let halves = raw.as_chunks::<2>().0.iter().map(|&half| half::to_f32(u16::from_ne_bytes(half)));
            Samples::F32(halves.collect())
        }
        SampleType::F24 => {
            let (chunks, _) = raw.as_chunks::<3>();
            Samples::F32(chunks.iter().map(|&bytes| f32_of_24_bits(three_bytes(bytes))).collect())
        }
        SampleType::CI16 => {
            let part = |[a, b]: [u8; 2]| f32::from(i16::from_ne_bytes([a, b]));
            let (chunks, _) = raw.as_chunks::<4>();
            Samples::CF32(chunks.iter().map(|&[a, b, c, d]| [part([a, b]), part([c, d])]).collect())
        }
        SampleType::CI32 => {
            let (parts, _) = raw.as_chunks::<4>();
            let (pairs, _) = parts.as_chunks::<2>();
            let part = |bytes| f64::from(i32::from_ne_bytes(bytes));
            Samples::CF64(pairs.iter().map(|&[re, im]| [part(re), part(im)]).collect())
        }
        other => return Err(Error::new(Code::Bug, format!("expected samples to widen, got {other}"))),
    })
}

/// The number of three bytes in the machine's order.
fn three_bytes([a, b, c]: [u8; 3]) -> u32 {
    if cfg!(target_endian = "big") { u32::from_be_bytes([0, a, b, c]) } else { u32::from_le_bytes([a, b, c, 0]) }
}

/// The `f32` of the same value as a float of 1 + 7 + 16 bits; NaNs keep their payload.
fn f32_of_24_bits(bits: u32) -> f32 {
    let sign = (bits & 0x80_0000) << 8;
    let exponent = (bits >> 16) & 0x7f;
    let mantissa = bits & 0xffff;
    let magnitude = match exponent {
        // Zero and subnormals: mantissa × 2⁻⁷⁸, exact in f32.
        0 => (mantissa as f32 * f32::from_bits(0x1880_0000)).to_bits(),
        0x7f => 0x7f80_0000 | (mantissa << 7),
        _ => (exponent.saturating_add(64) << 23) | (mantissa << 7),
    };
    f32::from_bits(sign | magnitude)
}

#[cfg(test)]
#[path = "widen_tests.rs"]
mod tests;
