//! The first bytes of a TIFF.

use super::file_bytes::{FileBytes, Step};
use crate::error::{Code, Error};

/// Order of the bytes of a number.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ByteOrder {
    Little,
    Big,
}

/// Byte order, flavour and first directory of a file.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Header {
    pub byte_order: ByteOrder,
    /// 64-bit positions (BigTIFF).
    pub is_big: bool,
    /// Position of the first directory.
    pub first_ifd: u64,
}

impl Header {
    /// Reads the 8 (BigTIFF: 16) bytes at the front. `format.not_tiff` where they are something else.
    pub fn parse(bytes: &FileBytes) -> Step<Self> {
        let start = bytes.get(0, 8)?;
        let byte_order = match start {
            [b'I', b'I', ..] => ByteOrder::Little,
            [b'M', b'M', ..] => ByteOrder::Big,
            _ => return Err(not_tiff(start).into()),
        };
        match byte_order.u16_at(start, 2) {
            Some(42) => {
                let first_ifd = byte_order.u32_at(start, 4).map_or(0, u64::from);
                Ok(Self { byte_order, is_big: false, first_ifd })
            }
            Some(43) => {
                let start = bytes.get(0, 16)?;
                if byte_order.u16_at(start, 4) != Some(8) {
                    return Err(Error::new(Code::FormatHeader, "expected 8-byte offsets in a BigTIFF")
                        .at(|at| at.offset = Some(4))
                        .into());
                }
                let first_ifd = byte_order.u64_at(start, 8).unwrap_or(0);
                Ok(Self { byte_order, is_big: true, first_ifd })
            }
            _ => Err(not_tiff(start).into()),
        }
    }

    /// Bytes of the header: what follows is the ghost area, if any.
    #[must_use]
    pub const fn len_bytes(&self) -> u64 {
        if self.is_big { 16 } else { 8 }
    }
}

impl ByteOrder {
    /// The order of the machine that runs this.
    pub const NATIVE: Self = if cfg!(target_endian = "big") { Self::Big } else { Self::Little };

    /// The number in `N` bytes at `position`, `None` where there are not that many.
    #[must_use]
    pub fn u16_at(self, bytes: &[u8], position: usize) -> Option<u16> {
        let raw = array_at(bytes, position)?;
        Some(if self == Self::Little { u16::from_le_bytes(raw) } else { u16::from_be_bytes(raw) })
    }

    #[must_use]
    pub fn u32_at(self, bytes: &[u8], position: usize) -> Option<u32> {
        let raw = array_at(bytes, position)?;
        Some(if self == Self::Little { u32::from_le_bytes(raw) } else { u32::from_be_bytes(raw) })
    }

    #[must_use]
    pub fn u64_at(self, bytes: &[u8], position: usize) -> Option<u64> {
        let raw = array_at(bytes, position)?;
        Some(if self == Self::Little { u64::from_le_bytes(raw) } else { u64::from_be_bytes(raw) })
    }
}

fn array_at<const N: usize>(bytes: &[u8], position: usize) -> Option<[u8; N]> {
    bytes.get(position..position.checked_add(N)?)?.try_into().ok()
}

fn not_tiff(start: &[u8]) -> Error {
    let shown: String =
        start.iter().take(4).map(|&byte| if byte.is_ascii_graphic() { char::from(byte) } else { '.' }).collect();
    Error::new(Code::FormatNotTiff, format!("expected a TIFF (II or MM, then 42 or 43), got {shown:?}"))
        .at(|at| at.offset = Some(0))
        .with_hint("check that the address is that of the raster itself, not of a page about it")
}

#[cfg(test)]
#[path = "header_tests.rs"]
mod tests;
