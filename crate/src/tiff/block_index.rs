//! Where blocks are: `TileOffsets` and `TileByteCounts` (or those of strips), read in slices on demand.

use std::collections::BTreeMap;
use std::ops::Range;

use super::field::{Field, FieldType};
use super::file_bytes::{FileBytes, Step, Stop};
use super::ifd::Ifd;
use super::tags;
use crate::error::{Code, Error, Result};
use crate::num;

/// Bytes of a slice: 2048 offsets of 8 bytes.
const SLICE_BYTES: u64 = 16 << 10;
/// Slices are forgotten beyond this.
const MAX_HELD_BYTES: u64 = 64 << 20;

/// The two block arrays of one page.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct BlockIndex {
    offsets: Option<Field>,
    byte_counts: Option<Field>,
}

/// Slices of block arrays that have been read, by position in the file.
#[derive(Debug, Clone, Default)]
pub struct ArraySlices {
    slices: BTreeMap<u64, Vec<u8>>,
    held_bytes: u64,
}

impl BlockIndex {
    /// The arrays of a page. A page without them opens; its blocks can't be located.
    #[must_use]
    pub fn of(ifd: &Ifd, is_tiled: bool) -> Self {
        // libtiff takes the other kind's array where a file names its tiles' offsets as strips'.
        let pair = |tile, strip| {
            let (first, second) = if is_tiled { (tile, strip) } else { (strip, tile) };
            ifd.field(first).or_else(|| ifd.field(second)).copied()
        };
        Self {
            offsets: pair(tags::TILE_OFFSETS, tags::STRIP_OFFSETS),
            byte_counts: pair(tags::TILE_BYTE_COUNTS, tags::STRIP_BYTE_COUNTS),
        }
    }

    /// Offset and byte count of block `index`; `None` for a sparse one (either is 0). The byte count is `None` where
    /// the file has none for this block.
    pub fn locate(&self, index: u64, bytes: &FileBytes, slices: &ArraySlices) -> Step<Option<(u64, Option<u64>)>> {
        let Some(offset) = self.offset(index, bytes, slices)? else { return Ok(None) };
        let byte_count = match self.byte_counts {
            Some(field) => entry(&field, index, bytes, slices)?,
            None => None,
        };
        Ok((byte_count != Some(0)).then_some((offset, byte_count)))
    }

    /// Offset of block `index`; `None` where it is 0: the block is sparse.
    pub fn offset(&self, index: u64, bytes: &FileBytes, slices: &ArraySlices) -> Step<Option<u64>> {
        let offset = match self.offsets {
            Some(field) => entry(&field, index, bytes, slices)?,
            None => None,
        };
        let Some(offset) = offset else {
            return Err(Stop::Failed(
                Error::new(Code::FormatBlockIndex, format!("expected an entry for block {index} in the block offsets"))
                    .with_hint("the file's block arrays are cut short: write it again"),
            ));
        };
        Ok((offset != 0).then_some(offset))
    }

    /// Whether the byte count of block `index` is among `bytes`.
    #[must_use]
    pub fn holds_byte_count(&self, index: u64, bytes: &FileBytes) -> bool {
        let range = self.byte_counts.and_then(|field| entry_range(&field, index).ok().flatten());
        range.is_some_and(|range| bytes.peek(range.start, range.end.saturating_sub(range.start)).is_some())
    }

    /// The slices of both arrays that locating `indices` needs and that are not held, each once, by position.
    pub fn missing_slices(&self, indices: &[u64], bytes: &FileBytes, slices: &ArraySlices) -> Result<Vec<Range<u64>>> {
        missing(&[self.offsets, self.byte_counts], indices, bytes, slices)
    }

    /// [`BlockIndex::missing_slices`] of the offsets alone.
    pub fn missing_offsets(&self, indices: &[u64], bytes: &FileBytes, slices: &ArraySlices) -> Result<Vec<Range<u64>>> {
        missing(&[self.offsets], indices, bytes, slices)
    }
}

impl ArraySlices {
    /// Keeps a slice that [`BlockIndex::missing_slices`] asked for.
    pub fn insert(&mut self, start: u64, bytes: Vec<u8>) {
        self.held_bytes = self.held_bytes.saturating_add(num::to_u64(bytes.len()));
        self.slices.insert(start, bytes);
    }

    /// Forgets all slices where they have grown beyond 64 MiB.
    pub fn trim(&mut self) {
        if self.held_bytes > MAX_HELD_BYTES {
            *self = Self::default();
        }
    }
}

fn missing(
    fields: &[Option<Field>],
    indices: &[u64],
    bytes: &FileBytes,
    slices: &ArraySlices,
) -> Result<Vec<Range<u64>>> {
    let mut wanted = BTreeMap::new();
    for field in fields.iter().flatten() {
        for &index in indices {
            let Some(range) = entry_range(field, index)? else { continue };
            if bytes.peek(range.start, range.end.saturating_sub(range.start)).is_some() {
                continue;
            }
            let slice = slice_of(field, &range)?;
            if !slices.slices.contains_key(&slice.start) {
                wanted.insert(slice.start, slice.end);
            }
        }
    }
    Ok(wanted.into_iter().map(|(start, end)| start..end).collect())
}

fn entry(field: &Field, index: u64, bytes: &FileBytes, slices: &ArraySlices) -> Step<Option<u64>> {
    let Some(range) = entry_range(field, index)? else { return Ok(None) };
    let len = range.end.saturating_sub(range.start);
    if let Some(value) = bytes.peek(range.start, len) {
        return Ok(Some(field.uint_in(value)?));
    }
    let slice = slice_of(field, &range)?;
    let Some(held) = slices.slices.get(&slice.start) else {
        return Err(Stop::NeedMore(slice));
    };
    let from = num::to_usize(range.start.saturating_sub(slice.start))?;
    let to = from.saturating_add(num::to_usize(len)?);
    match held.get(from..to) {
        Some(value) => Ok(Some(field.uint_in(value)?)),
        None => Err(Stop::Failed(
            Error::new(Code::FormatTruncated, "the block arrays run beyond the end of the file").at(|at| {
                at.tag = Some(field.tag);
                at.offset = Some(range.start);
            }),
        )),
    }
}

/// Bytes of entry `index`, `None` beyond the array's end.
fn entry_range(field: &Field, index: u64) -> Result<Option<Range<u64>>> {
    if index >= field.count {
        return Ok(None);
    }
    let size = match field.field_type {
        FieldType::Short | FieldType::Long | FieldType::Long8 | FieldType::Ifd | FieldType::Ifd8 => {
            field.field_type.bytes().unwrap_or(8)
        }
        other => {
            return Err(Error::new(
                Code::FormatTagType,
                format!("expected block positions as integers, got {other:?}"),
            )
            .at(|at| at.tag = Some(field.tag)));
        }
    };
    let start = num::sum(field.offset, num::product(index, size)?)?;
    Ok(Some(start..num::sum(start, size)?))
}

/// The slice of the array that holds the entry at `range`: aligned to the array's start, so that entries never
/// straddle two slices.
fn slice_of(field: &Field, range: &Range<u64>) -> Result<Range<u64>> {
    let size = field.field_type.bytes().unwrap_or(8);
    let array_end = num::sum(field.offset, num::product(field.count, size)?)?;
    let number = range.start.saturating_sub(field.offset).checked_div(SLICE_BYTES).unwrap_or(0);
    let start = num::sum(field.offset, num::product(number, SLICE_BYTES)?)?;
    Ok(start..num::sum(start, SLICE_BYTES)?.min(array_end))
}

#[cfg(test)]
#[path = "block_index_tests.rs"]
mod tests;
