//! Zstandard frames (RFC 8878) into memory that is there.
//!
//! Our own decoder: a block's size is known before, so what a general one has for streams, windows, dictionaries and
//! growing output is not needed. Wasm engines optimise whole functions, and the larger one is the sooner: what has loops
//! is kept out of its callers, and what runs once a block is in several functions.
#![cfg_attr(
    not(test),
    deny(
        clippy::unwrap_used,
        clippy::expect_used,
        clippy::panic,
        clippy::indexing_slicing,
        clippy::arithmetic_side_effects,
        clippy::cast_possible_truncation
    )
)]

#[expect(clippy::cast_possible_truncation, reason = "what is masked afterwards, or below 64")]
mod bits;
#[expect(clippy::cast_possible_truncation, reason = "the low half is what is wanted")]
mod checksum;
#[expect(clippy::cast_possible_truncation, reason = "places are below 16")]
mod copies;
mod fse;
mod huffman;
#[expect(clippy::cast_possible_truncation, reason = "lengths have at most 20 bits")]
mod literals;
#[expect(clippy::cast_possible_truncation, reason = "what is masked afterwards")]
mod sequences;
#[expect(clippy::cast_possible_truncation, reason = "fields of a word are taken apart")]
mod steps;

use std::cell::RefCell;

use self::literals::LiteralsDecoder;
use self::sequences::Sequences;

/// The most that a block holds, packed or not.
const MOST_BLOCK_BYTES: usize = 128 << 10;
const FRAME: u32 = 0xfd2f_b528;

thread_local! {
    /// Tables that would be allocated anew for each block.
    static DECODER: RefCell<Decoder> = RefCell::default();
}

/// Fills `out` with what the frames hold and gives the number of bytes; what is no frame behind them is left alone, as
/// libtiff does. Frames that hold more than `out` are an error; what `out` holds after an error is undefined.
pub fn decode(encoded: &[u8], out: &mut [u8]) -> Result<usize, Damage> {
    DECODER.with_borrow_mut(|decoder| {
        let mut written = 0_usize;
        let mut rest = encoded;
        while let Some(start) = Start::of(rest) {
            let room = out.get_mut(written..).unwrap_or_default();
            let (after, len) = match start {
                Start::Skippable => (skipped(rest)?, 0),
                Start::Frame => decoder.frame(rest, room)?,
            };
            (rest, written) = (after, written.saturating_add(len));
        }
        if rest.len() == encoded.len() { Err(Damage::Magic) } else { Ok(written) }
    })
}

/// What is wrong with a frame.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum Damage {
    #[error("it doesn't start as a frame does")]
    Magic,
    #[error("the frame ends early")]
    Short,
    #[error("the frame's header is damaged")]
    Header,
    #[error("the frame needs a dictionary")]
    Dictionary,
    #[error("a block is of no known kind or too long")]
    Block,
    #[error("a table of codes is damaged")]
    Table,
    #[error("a stream of codes doesn't end with its bits")]
    Stream,
    #[error("there are fewer literals than the sequences want")]
    Literals,
    #[error("a match starts before its frame")]
    Offset,
    #[error("there is more than was expected")]
    TooLong,
    #[error("the frame holds another number of bytes than it says")]
    Length,
    #[error("the checksum differs")]
    Checksum,
}

enum Start {
    Frame,
    /// What others keep in a stream.
    Skippable,
}

impl Start {
    /// What starts here; `None` where no frame does.
    fn of(bytes: &[u8]) -> Option<Self> {
        match u32::from_le_bytes(*bytes.first_chunk()?) {
            FRAME => Some(Self::Frame),
            0x184d_2a50..=0x184d_2a5f => Some(Self::Skippable),
            _ => None,
        }
    }
}

fn skipped(frame: &[u8]) -> Result<&[u8], Damage> {
    let (len, rest) = frame.get(4..).and_then(<[u8]>::split_first_chunk).ok_or(Damage::Short)?;
    rest.get(usize::try_from(u32::from_le_bytes(*len)).map_err(|_| Damage::Short)?..).ok_or(Damage::Short)
}

/// At most eight bytes as a number, the lowest first.
fn number(bytes: &[u8]) -> u64 {
    bytes.iter().rev().fold(0, |number, &byte| number << 8 | u64::from(byte))
}

#[derive(Default)]
struct Decoder {
    literals: LiteralsDecoder,
    sequences: Sequences,
}

/// A frame's header (RFC 8878, section 3.1.1.1).
struct Header<'a> {
    content_len: Option<u64>,
    has_checksum: bool,
    blocks: &'a [u8],
}

impl<'a> Header<'a> {
    fn read(frame: &'a [u8]) -> Result<Self, Damage> {
        let (&descriptor, rest) = frame.get(4..).and_then(<[u8]>::split_first).ok_or(Damage::Short)?;
        let is_single_segment = descriptor & 0x20 != 0;
        if descriptor & 8 != 0 {
            return Err(Damage::Header);
        }
        let (_window, rest) = rest.split_at_checked(usize::from(!is_single_segment)).ok_or(Damage::Short)?;
        let dictionary_len = [0, 1, 2, 4].get(usize::from(descriptor & 3)).copied().unwrap_or(0);
        let (dictionary, rest) = rest.split_at_checked(dictionary_len).ok_or(Damage::Short)?;
        if dictionary.iter().any(|&byte| byte != 0) {
            return Err(Damage::Dictionary);
        }
        let len = match descriptor >> 6 {
            0 => usize::from(is_single_segment),
            exponent => 1 << exponent,
        };
        let (content_len, blocks) = rest.split_at_checked(len).ok_or(Damage::Short)?;
        let content_len = match len {
            0 => None,
            2 => Some(number(content_len).saturating_add(256)),
            _ => Some(number(content_len)),
        };
        Ok(Self { content_len, has_checksum: descriptor & 4 != 0, blocks })
    }
}

impl Decoder {
    /// Fills the front of `out` with what the first frame holds; gives what follows the frame, and the number of bytes.
    fn frame<'a>(&mut self, frame: &'a [u8], out: &mut [u8]) -> Result<(&'a [u8], usize), Damage> {
        let Header { content_len, has_checksum, blocks: mut rest } = Header::read(frame)?;
        if content_len.is_some_and(|len| len > out.len() as u64) {
            return Err(Damage::TooLong);
        }
        self.literals.reset();
        self.sequences.reset();
        let mut written = 0_usize;
        loop {
            let (&[low, middle, high], after) = rest.split_first_chunk().ok_or(Damage::Short)?;
            let header = u32::from_le_bytes([low, middle, high, 0]);
            let len = (header >> 3) as usize;
            if len > MOST_BLOCK_BYTES {
                return Err(Damage::Block);
            }
            let stored_len = if header >> 1 & 3 == 1 { 1 } else { len };
            let (block, after) = after.split_at_checked(stored_len).ok_or(Damage::Short)?;
            rest = after;
            let end = written.saturating_add(MOST_BLOCK_BYTES).min(out.len());
            let out = out.get_mut(..end).unwrap_or_default();
            match header >> 1 & 3 {
                kind @ 0..2 => {
                    let end = written.saturating_add(len);
                    let to = out.get_mut(written..end).ok_or(Damage::TooLong)?;
                    match *block {
                        [byte] if kind == 1 => to.fill(byte),
                        _ => to.copy_from_slice(block),
                    }
                    written = end;
                }
                2 => {
                    let (literals, section) = self.literals.read(block)?;
                    written = self.sequences.execute(section, literals, out, written)?;
                }
                _ => return Err(Damage::Block),
            }
            if header & 1 == 1 {
                break;
            }
        }
        if content_len.is_some_and(|len| len != written as u64) {
            return Err(Damage::Length);
        }
        if has_checksum {
            let (sum, after) = rest.split_first_chunk().ok_or(Damage::Short)?;
            rest = after;
            if u32::from_le_bytes(*sum) != checksum::checksum(out.get(..written).unwrap_or_default()) {
                return Err(Damage::Checksum);
            }
        }
        Ok((rest, written))
    }
}

#[cfg(test)]
#[path = "zstd_tests.rs"]
mod tests;
