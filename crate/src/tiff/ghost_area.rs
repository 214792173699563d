//! GDAL's hints between header and first directory.

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
