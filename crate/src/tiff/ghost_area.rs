//! GDAL's hints between header and first directory: shown, not followed.
//!
//! The block arrays say the same and are right where the hints have become wrong. A mask that follows its block is fetched
//! in one read with it because it lies beside it. The length before a block would spare the array of byte counts (a slice
//! of 16 KiB for 2048 blocks), but is only known once the block is read, so reads would have to guess where they end and
//! take the mask along where nobody wants it. The bytes repeated behind a block only tell that a writer moved it, and then
//! the arrays lead to where it is now.

use std::collections::BTreeMap;

use super::file_bytes::FileBytes;
use super::header::Header;

/// The `KEY=VALUE` lines of GDAL's structural metadata, `None` where the file has none, or says that it was edited by
/// a writer that didn't know of them. Only bytes that are held already are looked at.
#[must_use]
pub fn parse_ghost_area(header: &Header, bytes: &FileBytes) -> Option<BTreeMap<String, String>> {
    const START: &[u8] = b"GDAL_STRUCTURAL_METADATA_SIZE=";
    const START_LEN: u64 = 30;
    const DIGITS: u64 = 6;
    // The line ends in " bytes\n": 43 bytes in all.
    const LINE_LEN: u64 = 43;
    let offset = header.len_bytes();
    if bytes.peek(offset, START_LEN)? != START {
        return None;
    }
    let digits = std::str::from_utf8(bytes.peek(offset.checked_add(START_LEN)?, DIGITS)?).ok()?;
    let len: u64 = digits.parse().ok()?;
    let text = bytes.peek(offset.checked_add(LINE_LEN)?, len)?;
    let text = String::from_utf8_lossy(text);
    let hints: BTreeMap<String, String> = text
        .lines()
        .filter_map(|line| line.split_once('='))
        .map(|(key, value)| (key.trim().to_owned(), value.trim().to_owned()))
        .collect();
    let is_broken = hints.get("KNOWN_INCOMPATIBLE_EDITION").is_some_and(|value| value.starts_with("YES"));
    (!is_broken && !hints.is_empty()).then_some(hints)
}
