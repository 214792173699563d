//! Integers of odd sizes: 1 to 31 bits, the high bit first, each row from a whole byte. Signed ones are in two's
//! complement of their own size. Three-byte integers are no exception, whatever the file's byte order: GDAL writes and
//! reads them so.

use super::samples::{Sample, Samples};
use crate::error::{Code, Error, Result};
use crate::num;
use crate::tiff::Layout;

/// Unpacks the rows of a decompressed block into its sample type.
#[expect(clippy::cast_possible_truncation, reason = "a type has at least the bits of the samples that go into it")]
pub fn unpack(layout: &Layout, raw: &[u8], sample_count: usize) -> Result<Samples> {
    let row_bytes = num::to_usize(layout.row_bytes()?)?.max(1);
    let row_samples =
        num::to_usize(num::product(u64::from(layout.block_width), u64::from(layout.block_bands()))?)?.max(1);
    let mut samples = Samples::zeros(layout.sample_type, sample_count);
    let bits = u32::from(layout.bits);
    match &mut samples {
        Samples::U8(values) => unpack_rows(values, raw, row_bytes, row_samples, bits, |value| value as u8),
        Samples::U16(values) => unpack_rows(values, raw, row_bytes, row_samples, bits, |value| value as u16),
        Samples::U32(values) => unpack_rows(values, raw, row_bytes, row_samples, bits, |value| value as u32),
        Samples::I8(values) => {
            unpack_rows(values, raw, row_bytes, row_samples, bits, |value| signed(value, bits) as i8);
        }
        Samples::I16(values) => {
            unpack_rows(values, raw, row_bytes, row_samples, bits, |value| signed(value, bits) as i16);
        }
        Samples::I32(values) => {
            unpack_rows(values, raw, row_bytes, row_samples, bits, |value| signed(value, bits) as i32);
        }
        other => return Err(unexpected(other)),
    }
    Ok(samples)
}

/// The lower `bits` of `value` as a number in two's complement.
fn signed(value: u64, bits: u32) -> i64 {
    let unused = 64_u32.saturating_sub(bits);
    (value.wrapping_shl(unused) as i64).wrapping_shr(unused)
}

fn unexpected(samples: &Samples) -> Error {
    Error::new(Code::Bug, format!("expected packed integers, got {}", samples.sample_type()))
}

fn unpack_rows<T: Sample>(
    values: &mut [T],
    raw: &[u8],
    row_bytes: usize,
    row_samples: usize,
    bits: u32,
    narrow: impl Fn(u64) -> T,
) {
    for (row, bytes) in values.chunks_mut(row_samples).zip(raw.chunks(row_bytes)) {
        let mut bytes = bytes.iter();
        let (mut buffer, mut held) = (0_u64, 0_u32);
        for value in row {
            while held < bits {
                buffer = (buffer << 8) | u64::from(bytes.next().copied().unwrap_or(0));
                held = held.saturating_add(8);
            }
            held = held.saturating_sub(bits);
            *value = narrow((buffer >> held) & (1_u64 << bits).saturating_sub(1));
        }
    }
}

#[cfg(test)]
#[path = "packed_tests.rs"]
mod tests;
