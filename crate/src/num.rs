//! Conversions between file positions (`u64`), memory sizes (`usize`) and pixel counts, checked in one place.

use crate::error::{Code, Error, Result};

/// `value` as a memory size, or `limit.address_space` where this machine (wasm32) cannot address it.
pub fn to_usize(value: u64) -> Result<usize> {
    usize::try_from(value).map_err(|_| {
        Error::new(Code::LimitAddressSpace, format!("{value} bytes do not fit this machine's address space"))
    })
}

/// `value` as a file position. Lossless: `usize` has at most 64 bits on every supported target.
#[must_use]
pub const fn to_u64(value: usize) -> u64 {
    value as u64
}

/// `a × b` as a byte or sample count, or `limit.overflow`.
pub fn product(a: u64, b: u64) -> Result<u64> {
    a.checked_mul(b).ok_or_else(|| Error::new(Code::LimitOverflow, format!("{a} × {b} overflows 64 bits")))
}

/// `a + b` as a byte position, or `limit.overflow`.
pub fn sum(a: u64, b: u64) -> Result<u64> {
    a.checked_add(b).ok_or_else(|| Error::new(Code::LimitOverflow, format!("{a} + {b} overflows 64 bits")))
}
