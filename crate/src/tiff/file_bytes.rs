//! The parts of a file that have been read so far.

use std::ops::Range;

use crate::error::{Code, Error};
use crate::num;

/// Why a parser stopped.
#[derive(Debug)]
pub enum Stop {
    /// These bytes are not there yet; add them and ask again.
    NeedMore(Range<u64>),
    Failed(Error),
}

/// What a parser gives: a value, or why it stopped.
pub type Step<T> = std::result::Result<T, Stop>;

impl From<Error> for Stop {
    fn from(error: Error) -> Self {
        Self::Failed(error)
    }
}

/// Segments of one file, by position.
#[derive(Debug, Clone, Default)]
pub struct FileBytes {
    segments: Vec<(u64, Vec<u8>)>,
    len_bytes: Option<u64>,
}

impl FileBytes {
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// Adds what was read at `offset`.
    pub fn insert(&mut self, offset: u64, bytes: Vec<u8>) {
        self.segments.push((offset, bytes));
    }

    /// Makes known how long the file is: ranges beyond become errors rather than wishes.
    pub fn set_len_bytes(&mut self, len_bytes: u64) {
        self.len_bytes = Some(len_bytes);
    }

    #[must_use]
    pub fn len_bytes(&self) -> Option<u64> {
        self.len_bytes
    }

    /// Bytes held.
    #[must_use]
    pub fn held_bytes(&self) -> u64 {
        self.segments.iter().fold(0_u64, |sum, (_, bytes)| sum.saturating_add(num::to_u64(bytes.len())))
    }

    /// `len` bytes at `offset`, from one segment.
    pub fn get(&self, offset: u64, len: u64) -> Step<&[u8]> {
        let end = num::sum(offset, len)?;
        if let Some(bytes) = self.peek(offset, len) {
            return Ok(bytes);
        }
        match self.len_bytes {
            Some(file) if end > file => Err(Stop::Failed(
                Error::new(
                    Code::FormatTruncated,
                    format!("expected {len} bytes at offset {offset}, the file ends at {file}"),
                )
                .at(|at| at.offset = Some(offset))
                .with_hint("the file is cut short or its pointers are wrong: fetch or write it again"),
            )),
            _ => Err(Stop::NeedMore(offset..end)),
        }
    }

    /// `len` bytes at `offset` where they are held.
    #[must_use]
    pub fn peek(&self, offset: u64, len: u64) -> Option<&[u8]> {
        self.segments.iter().find_map(|(start, bytes)| {
            let from = usize::try_from(offset.checked_sub(*start)?).ok()?;
            let to = from.checked_add(usize::try_from(len).ok()?)?;
            bytes.get(from..to)
        })
    }
}
