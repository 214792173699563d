//! Unsigned integers of odd sizes: 1 to 31 bits, the high bit first, each row from a whole byte.

use super::samples::{Sample, Samples};
use crate::error::{Code, Error, Result};
use crate::num;
use crate::tiff::{ByteOrder, Layout};

/// Unpacks the rows of a decompressed block into its sample type.
pub fn unpack(layout: &Layout, raw: &[u8], sample_count: usize) -> Result<Samples> {
    let row_bytes = num::to_usize(layout.row_bytes()?)?.max(1);
    let row_samples =
        num::to_usize(num::product(u64::from(layout.block_width), u64::from(layout.block_bands()))?)?.max(1);
    let mut samples = Samples::zeros(layout.sample_type, sample_count);
    let bits = u32::from(layout.bits);
    // Three-byte integers stand in the file's byte order, as those of two and four do.
    if bits == 24 && layout.byte_order == ByteOrder::Little {
        if let Samples::U32(values) = &mut samples {
            for (value, &[low, middle, high]) in values.iter_mut().zip(raw.as_chunks::<3>().0) {
                *value = u32::from_le_bytes([low, middle, high, 0]);
            }
        }
        return Ok(samples);
    }
    match &mut samples {
        Samples::U8(values) => unpack_rows(values, raw, row_bytes, row_samples, bits, |value| value as u8),
        Samples::U16(values) => unpack_rows(values, raw, row_bytes, row_samples, bits, |value| value as u16),
        Samples::U32(values) => unpack_rows(values, raw, row_bytes, row_samples, bits, |value| value as u32),
        other => {
            let name = other.sample_type();
            return Err(Error::new(Code::Bug, format!("expected packed unsigned integers, got {name}")));
        }
    }
    Ok(samples)
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
