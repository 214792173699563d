//! GDAL's hints between header and first directory.
//!
//! Three of them spare reads: blocks lie in the order of their numbers (a mask's each behind its image's), each behind
//! its length and before its last four bytes again. So where the next block starts tells where to stop reading, the
//! length tells what of it is the block, and the repeated bytes prove that both are still true. The array of byte counts
//! is then not needed.

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

/// That every block stands in a frame: [`LEADER_BYTES`] with its length before it, [`TRAILER_BYTES`] with its last bytes
/// behind it, the next block's frame following.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Framing {
    /// The block of a mask follows that of its image.
    pub has_masks_between: bool,
}

/// Size of the length before a block.
pub const LEADER_BYTES: u64 = 4;
/// How many of a block's last bytes stand behind it again.
pub const TRAILER_BYTES: u64 = 4;

impl Framing {
    /// What the hints of a ghost area promise, `None` where blocks have no frames or are in no known order.
    #[must_use]
    pub fn of(hints: &BTreeMap<String, String>) -> Option<Self> {
        let says = |key: &str, value: &str| hints.get(key).is_some_and(|said| said == value);
        let is_framed = says("BLOCK_ORDER", "ROW_MAJOR")
            && says("BLOCK_LEADER", "SIZE_AS_UINT4")
            && says("BLOCK_TRAILER", "LAST_4_BYTES_REPEATED");
        is_framed.then(|| Self { has_masks_between: says("MASK_INTERLEAVED_WITH_IMAGERY", "YES") })
    }

    /// The block in `frame`, which starts with its leader and may go on behind its trailer; `None` where they contradict
    /// the bytes between them, or can't tell.
    #[must_use]
    pub fn block(frame: &[u8]) -> Option<&[u8]> {
        let (leader, rest) = frame.split_first_chunk::<4>()?;
        let (block, rest) = rest.split_at_checked(usize::try_from(u32::from_le_bytes(*leader)).ok()?)?;
        let trailer = rest.first_chunk::<4>()?;
        (block.last_chunk::<4>()? == trailer).then_some(block)
    }
}

#[cfg(test)]
#[path = "ghost_area_tests.rs"]
mod tests;
