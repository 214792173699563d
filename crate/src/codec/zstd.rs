//! Zstandard: compression 50000, and 34926 of early writers.

use std::cell::RefCell;

use zrip_decode::context::DecompressContext;

use super::block::corrupt;
use crate::error::Result;

thread_local! {
    /// Tables that would be allocated anew for each block.
    static CONTEXT: RefCell<DecompressContext> = RefCell::new(DecompressContext::new());
}

/// What `take` makes of the bytes that the frames hold; what is no frame behind them is left alone, as libtiff does.
/// Frames that hold more than `most` are an error: their size is checked before anything is allocated for it.
pub fn with_decoded<R>(encoded: &[u8], most: usize, take: impl FnOnce(&[u8]) -> R) -> Result<R> {
    CONTEXT.with_borrow_mut(|context| {
        let encoded = encoded.get(..frames_len(encoded)).unwrap_or(encoded);
        let bytes = context.decompress_with_limit(encoded, most).map_err(|error| corrupt(format!("zstd: {error}")))?;
        Ok(take(&bytes))
    })
}

/// Length of the frames at the front of `encoded`; all of it where they are cut short.
fn frames_len(encoded: &[u8]) -> usize {
    let mut rest = encoded;
    while let Some(is_skippable) = is_frame(rest) {
        let after = if is_skippable { after_skippable(rest) } else { after_frame(rest) };
        let Some(after) = after else { return encoded.len() };
        rest = after;
    }
    match encoded.len().checked_sub(rest.len()) {
        Some(len) if len > 0 => len,
        // What doesn't start as a frame does is for the decoder to name.
        _ => encoded.len(),
    }
}

/// Whether the frame that starts here is one to skip; `None` where none starts.
fn is_frame(bytes: &[u8]) -> Option<bool> {
    match u32::from_le_bytes(*bytes.first_chunk()?) {
        0xfd2f_b528 => Some(false),
        0x184d_2a50..=0x184d_2a5f => Some(true),
        _ => None,
    }
}

fn after_skippable(frame: &[u8]) -> Option<&[u8]> {
    let (len, rest) = frame.get(4..)?.split_first_chunk()?;
    rest.get(usize::try_from(u32::from_le_bytes(*len)).ok()?..)
}

/// RFC 8878, section 3.1.1: a header of a length that its first byte tells, blocks up to the one that says it is the last,
/// maybe a checksum.
fn after_frame(frame: &[u8]) -> Option<&[u8]> {
    let (&descriptor, rest) = frame.get(4..)?.split_first()?;
    let is_single_segment = descriptor & 0x20 != 0;
    let dictionary_id = [0, 1, 2, 4].get(usize::from(descriptor & 3)).copied()?;
    let content_size = match descriptor >> 6 {
        0 => usize::from(is_single_segment),
        exponent => 1 << exponent,
    };
    let window = usize::from(!is_single_segment);
    let mut rest = rest.get([dictionary_id, content_size, window].into_iter().sum::<usize>()..)?;
    loop {
        let (&[low, middle, high], after) = rest.split_first_chunk()?;
        let header = u32::from_le_bytes([low, middle, high, 0]);
        let is_repeated = header >> 1 & 3 == 1;
        let len = if is_repeated { 1 } else { usize::try_from(header >> 3).ok()? };
        rest = after.get(len..)?;
        if header & 1 == 1 {
            break;
        }
    }
    rest.get(if descriptor & 4 == 0 { 0 } else { 4 }..)
}

#[cfg(test)]
#[path = "zstd_tests.rs"]
mod tests;
