//! Blocks that are found and read without their byte counts, by the frames in which GDAL's COGs put them.

use std::borrow::Cow;
use std::num::NonZeroU32;

use super::block::BlockId;
use super::block_range::BlockRange;
use super::dataset::Dataset;
use super::locate::most_encoded_bytes;
use super::open::Page;
use crate::error::{Code, Error, Result};
use crate::num;
use crate::tiff::{ArraySlices, Framing, LEADER_BYTES, Planar, TRAILER_BYTES};

/// What is known of a block before byte counts are looked at.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Found {
    Sparse,
    Framed(BlockRange),
    /// Its byte count is to be asked: it is held anyway, there are no frames, or they can't be told.
    Counted,
}

/// The pages whose blocks take turns in the file, and which of them is looked at.
struct Turns<'a> {
    /// An image, and its mask where that lies between.
    pages: Vec<&'a Page>,
    at: usize,
    /// Of the page that is looked at, from 1.
    number: NonZeroU32,
}

impl Dataset {
    /// The encoded bytes of block `id` from what was `read` of its range; `None` where it turns out to be sparse. Where
    /// leader or trailer are no longer true, the block arrays decide, from then on for the whole file: a writer that
    /// knows nothing of frames was there.
    pub async fn encoded<'a>(&self, id: BlockId, range: &BlockRange, read: &'a [u8]) -> Result<Option<Cow<'a, [u8]>>> {
        let Some(number) = range.framed_in() else { return Ok(Some(Cow::Borrowed(read))) };
        if let Some(block) = Framing::block(read) {
            return Ok(Some(Cow::Borrowed(block)));
        }
        let page = self.numbered(number)?;
        self.file(page)?.framing.set(None);
        let found = self.locate_blocks(page, 0, &[id]).await.map_err(|error| self.located(error))?;
        let Some(counted) = found.into_iter().next().flatten() else { return Ok(None) };
        let (own, held) = (counted.own(), range.read());
        let inside = own.start.checked_sub(held.start).zip(own.end.checked_sub(held.start));
        if let Some((start, end)) = inside
            && let Some(block) = read.get(num::to_usize(start)?..num::to_usize(end)?)
        {
            return Ok(Some(Cow::Borrowed(block)));
        }
        Ok(Some(Cow::Owned(self.source().read(own.clone()).await?.to_vec())))
    }

    /// What the offsets alone tell of the blocks `indices` of a page, in their order. Reads slices of offsets that are
    /// not held.
    pub(super) async fn find_framed(&self, page: &Page, indices: &[u64]) -> Result<Vec<Found>> {
        let file = self.file(page)?;
        let mut found = vec![Found::Counted; indices.len()];
        let Some(turns) = file.framing.get().and_then(|framing| self.turns(page, framing)) else { return Ok(found) };
        let open = found.iter_mut().zip(indices.iter().copied());
        let open: Vec<(&mut Found, u64)> =
            open.filter(|&(_, index)| !page.index.holds_byte_count(index, &file.bytes)).collect();
        let needed: Vec<u64> = open.iter().flat_map(|&(_, index)| [index, index.saturating_add(1)]).collect();
        self.load(page, |slices| {
            let mut missing = Vec::new();
            for page in &turns.pages {
                missing.extend(page.index.missing_offsets(&needed, &file.bytes, slices)?);
            }
            Ok(missing)
        })
        .await?;
        let slices = file.slices.borrow();
        for (found, index) in open {
            *found = self.find_in(&turns, page, index, &slices)?;
        }
        Ok(found)
    }

    fn find_in(&self, turns: &Turns<'_>, page: &Page, index: u64, slices: &ArraySlices) -> Result<Found> {
        let file = self.file(page)?;
        let Ok(offset) = page.index.offset(index, &file.bytes, slices) else { return Ok(Found::Counted) };
        let Some(offset) = offset else { return Ok(Found::Sparse) };
        let next = turns.next(index, |page, index| page.index.offset(index, &file.bytes, slices).ok());
        let end = next.and_then(|next| next.checked_sub(LEADER_BYTES)?.checked_sub(TRAILER_BYTES));
        let Some(len) = end.and_then(|end| end.checked_sub(offset)) else { return Ok(Found::Counted) };
        // What is no frame would be read in vain, so that is done only within what a block can need.
        let most = most_encoded_bytes(page.layout.stored_bytes(0)?).min(self.limits().max_encoded_block_bytes);
        let end = offset.saturating_add(len);
        let is_within = end.saturating_add(TRAILER_BYTES) <= self.file_len_bytes(page)?;
        if len == 0 || len > most || offset < LEADER_BYTES || !is_within {
            return Ok(Found::Counted);
        }
        Ok(Found::Framed(BlockRange::framed(offset..end, turns.number)))
    }

    /// `None` where the order of the page's blocks can't be told.
    fn turns(&self, page: &Page, framing: Framing) -> Option<Turns<'_>> {
        let (place, page) = self.pages().enumerate().find(|(_, one)| std::ptr::eq(*one, page))?;
        let number = NonZeroU32::new(u32::try_from(place).ok()?.checked_add(1)?)?;
        let has_one_plane = |page: &Page| page.layout.planar == Planar::Pixel || page.layout.bands == 1;
        let image = self.pages().find(|image| self.mask_page(image).is_some_and(|mask| std::ptr::eq(mask, page)));
        let pages = match (framing.has_masks_between, image, self.mask_page(page)) {
            (false, ..) | (true, None, None) => vec![page],
            (true, Some(image), _) => vec![image, page],
            (true, None, Some(mask)) => vec![page, mask],
        };
        let size = |page: &Page| (page.layout.blocks_across(), page.layout.blocks_down());
        let are_alike = |other: &&Page| has_one_plane(other) && other.file == page.file && size(other) == size(page);
        let at = pages.iter().position(|one| std::ptr::eq(*one, page))?;
        pages.iter().all(are_alike).then_some(Turns { pages, at, number })
    }

    fn numbered(&self, number: NonZeroU32) -> Result<&Page> {
        let place = num::to_usize(u64::from(number.get()).saturating_sub(1))?;
        self.pages().nth(place).ok_or_else(|| Error::new(Code::Bug, "a block is of a page that the file doesn't have"))
    }
}

impl Turns<'_> {
    /// Where the block starts that follows block `index`, by the offsets of pages' blocks (of those that are left out,
    /// nothing); `None` where none is near or it is not known.
    fn next(&self, index: u64, offset: impl Fn(&Page, u64) -> Option<Option<u64>>) -> Option<u64> {
        let later = index.checked_add(1)?;
        let beside = self.pages.iter().skip(self.at.saturating_add(1)).map(|&page| (page, index));
        // Up to a multiple, which is in the same slice whatever an entry's size.
        let behind = (later..=later | NEAR_MASK).flat_map(|index| self.pages.iter().map(move |&page| (page, index)));
        for (page, index) in beside.chain(behind) {
            if let Some(offset) = offset(page, index)? {
                return Some(offset);
            }
        }
        None
    }
}

/// So many entries, less one, are looked through for the next block that is not left out.
const NEAR_MASK: u64 = 63;

#[cfg(test)]
#[path = "framed_tests.rs"]
mod tests;
