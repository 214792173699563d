//! Half floats.

/// The `f32` of the same value; NaNs keep their payload.
pub fn to_f32(half: u16) -> f32 {
    let sign = u32::from(half & 0x8000) << 16;
    let exponent = u32::from((half >> 10) & 0x1f);
    let mantissa = u32::from(half & 0x3ff);
    let bits = match exponent {
        0 => {
            // Zero and subnormals: mantissa × 2⁻²⁴, exact in f32.
            let magnitude = mantissa as f32 * f32::from_bits(0x3380_0000);
            magnitude.to_bits()
        }
        0x1f => 0x7f80_0000 | (mantissa << 13),
        _ => (exponent.saturating_add(112) << 23) | (mantissa << 13),
    };
    f32::from_bits(sign | bits)
}

#[cfg(test)]
#[path = "half_tests.rs"]
mod tests;
