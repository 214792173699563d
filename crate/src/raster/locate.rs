//! Where the bytes of blocks are.

use std::ops::Range;

use futures_util::future::{join_all, try_join_all};

use super::block::BlockId;
use super::block_range::BlockRange;
use super::dataset::Dataset;
use super::framed::Found;
use super::open::Page;
use super::siblings::OpenFile;
use crate::error::{Code, Error, Result};
use crate::limits::Limits;
use crate::num;
use crate::source::{StackedSource, merge};
use crate::tiff::{ArraySlices, Compression, Stop};

impl Dataset {
    /// Where the blocks' bytes are, in the order of `blocks`; `None` = sparse. `band0` counts from 0. Reads those
    /// slices of the block arrays that are not known yet.
    pub async fn locate(&self, level: usize, band0: u16, blocks: &[BlockId]) -> Result<Vec<Option<BlockRange>>> {
        self.check_band(band0)?;
        let page = self.page(level)?;
        self.locate_blocks(page, band0, blocks).await.map_err(|error| self.located(error))
    }

    /// Where the bytes of a mask's blocks are, as [`Dataset::locate`] for those of the band that it masks.
    pub async fn locate_mask(&self, level: usize, band0: u16, blocks: &[BlockId]) -> Result<Vec<Option<BlockRange>>> {
        match self.mask_of(level, band0)? {
            Some((page, band0)) => self.locate_blocks(page, band0, blocks).await.map_err(|error| self.located(error)),
            None => Ok(vec![None; blocks.len()]),
        }
    }

    /// Reads the bytes of blocks together, so that later reads find them in the source's cache; nothing where they are
    /// more than `most_bytes`.
    pub async fn fetch(&self, level: usize, band0: u16, blocks: &[BlockId], most_bytes: u64) -> Result<()> {
        let located = self.locate(level, band0, blocks).await?;
        let ranges: Vec<Range<u64>> = located.iter().flatten().map(BlockRange::read).collect();
        let reads = merge(&ranges, &self.source().merge_policy());
        let all =
            reads.iter().fold(0_u64, |sum, read| sum.saturating_add(read.range.end.saturating_sub(read.range.start)));
        if all <= most_bytes {
            try_join_all(reads.iter().map(|read| self.source().read(read.range.clone()))).await?;
        }
        Ok(())
    }

    pub(super) async fn locate_blocks(
        &self,
        page: &Page,
        band0: u16,
        blocks: &[BlockId],
    ) -> Result<Vec<Option<BlockRange>>> {
        let mut indices = Vec::with_capacity(blocks.len());
        for id in blocks {
            let index = page.layout.block_index(band0, id.col, id.row).ok_or_else(|| {
                Error::new(Code::Bug, "expected a block of the level, got one beyond it")
                    .at(|at| at.tile = Some((id.col, id.row)))
            })?;
            indices.push(index);
        }
        let file = self.file(page)?;
        let base = StackedSource::base(page.file);
        file.slices.borrow_mut().trim();
        let found = self.find_framed(page, &indices).await?;
        let counted = indices.iter().zip(&found).filter(|(_, found)| **found == Found::Counted);
        let counted: Vec<u64> = counted.map(|(&index, _)| index).collect();
        self.load(page, |slices| page.index.missing_slices(&counted, &file.bytes, slices)).await?;
        let slices = file.slices.borrow();
        let mut ranges = Vec::with_capacity(blocks.len());
        for ((&id, index), found) in blocks.iter().zip(indices).zip(found) {
            let range = match found {
                Found::Sparse => Ok(None),
                Found::Framed(range) => Ok(Some(range)),
                Found::Counted => match page.index.locate(index, &file.bytes, &slices) {
                    Ok(None) => Ok(None),
                    Ok(Some((offset, byte_count))) => self.block_range(page, id, offset, byte_count).map(|range| {
                        Some(BlockRange::counted(range.start.saturating_add(base)..range.end.saturating_add(base)))
                    }),
                    Err(Stop::Failed(error)) => Err(error),
                    Err(Stop::NeedMore(range)) => Err(Error::new(
                        Code::Bug,
                        format!("expected bytes {}–{} of the block arrays to be held", range.start, range.end),
                    )),
                },
            };
            ranges.push(range.map_err(|error| error.at(|at| at.tile = Some((id.col, id.row))))?);
        }
        Ok(ranges)
    }

    /// Reads the slices of a page's block arrays that `missing` asks for, until it asks for none.
    pub(super) async fn load(
        &self,
        page: &Page,
        missing: impl Fn(&ArraySlices) -> Result<Vec<Range<u64>>>,
    ) -> Result<()> {
        let file = self.file(page)?;
        let base = StackedSource::base(page.file);
        loop {
            let missing = missing(&file.slices.borrow())?;
            if missing.is_empty() {
                return Ok(());
            }
            let reads = merge(&missing, &self.source().merge_policy());
            let bytes = join_all(reads.iter().map(|read| {
                let Range { start, end } = read.range;
                self.source().read(start.saturating_add(base)..end.saturating_add(base))
            }))
            .await;
            let mut slices = file.slices.borrow_mut();
            for (read, bytes) in reads.iter().zip(bytes) {
                let bytes = bytes?;
                for slice in read.members.iter().filter_map(|&member| missing.get(member)) {
                    slices.insert(slice.start, read.part(&bytes, slice).to_vec());
                }
            }
        }
    }

    /// The bytes to read of a block: no more than it can need, no more than the file has.
    fn block_range(&self, page: &Page, id: BlockId, offset: u64, byte_count: Option<u64>) -> Result<Range<u64>> {
        let layout = &page.layout;
        let stored = layout.stored_bytes(id.row)?;
        let byte_count = match byte_count {
            Some(byte_count) => byte_count,
            None if layout.compression == Compression::NONE => stored,
            None => {
                return Err(Error::new(Code::FormatBlockIndex, "expected the byte count of a compressed block")
                    .with_hint("the file's block arrays are cut short: write it again"));
            }
        };
        let len = byte_count.min(most_encoded_bytes(stored));
        Limits::check("encoded block", len, self.limits().max_encoded_block_bytes)?;
        let file = self.file_len_bytes(page)?;
        if offset >= file {
            return Err(Error::new(
                Code::FormatTruncated,
                format!("expected a block at offset {offset}, the file ends at {file}"),
            )
            .with_hint("the file is cut short or damaged: fetch or write it again"));
        }
        Ok(offset..num::sum(offset, len)?.min(file))
    }

    /// Where a page's file ends, as far as that is known.
    pub(super) fn file_len_bytes(&self, page: &Page) -> Result<u64> {
        let file = self.file(page)?;
        let own = if page.file == 0 { self.source().identity().len_bytes } else { file.len_bytes };
        Ok(own.or(file.bytes.len_bytes()).unwrap_or(u64::MAX))
    }

    pub(super) fn file(&self, page: &Page) -> Result<&OpenFile> {
        self.files().get(page.file).ok_or_else(|| Error::new(Code::Bug, "a page is of a file that is not open"))
    }
}

/// No scheme makes a block much longer than its samples; a count beyond that is a lie or padding.
pub(super) const fn most_encoded_bytes(stored_bytes: u64) -> u64 {
    stored_bytes.saturating_mul(2).saturating_add(64 << 10)
}
