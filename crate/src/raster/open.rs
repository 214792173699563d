//! Reads a file's directories: which pages it has and what they say.

use std::ops::Range;
use std::sync::Arc;

use super::level::Level;
use crate::error::{Code, Error, ErrorKind, Result};
use crate::limits::Limits;
use crate::num;
use crate::source::RangeReader;
use crate::tiff::{BlockIndex, DirectoryChain, FileBytes, Header, Ifd, Layout, PageKind, Step, Stop};

/// The first read, and the least that later reads of the header ask for.
pub(super) const HEADER_READ_BYTES: u64 = 32 << 10;
/// All that is read of directories and their values together.
const MAX_HEADER_BYTES: u64 = 256 << 20;

/// A page whose blocks can be read.
#[derive(Debug, Clone)]
pub(super) struct Page {
    /// 0 is the raster's own file, others stand beside it.
    pub file: usize,
    pub ifd: Ifd,
    pub layout: Arc<Layout>,
    pub index: BlockIndex,
}

/// The pages of a file, sorted out.
#[derive(Debug)]
pub(super) struct Pages {
    pub header: Header,
    /// Full resolution, then overviews from the most detailed.
    pub levels: Vec<Page>,
    pub masks: Vec<Page>,
    /// What was left out, and why, in words.
    pub warnings: Vec<String>,
}

/// Reads a file front to back on behalf of parsers that stop for more.
pub(super) struct HeaderReader<'a> {
    pub source: &'a dyn RangeReader,
    pub limits: &'a Limits,
    /// Number of the file that is read, see [`Page::file`].
    pub file: usize,
    pub bytes: FileBytes,
}

impl HeaderReader<'_> {
    /// Runs `parse` until it has all the bytes that it wants.
    pub async fn run<T>(&mut self, mut parse: impl FnMut(&FileBytes, &Limits) -> Step<T>) -> Result<T> {
        loop {
            match parse(&self.bytes, self.limits) {
                Ok(value) => return Ok(value),
                Err(Stop::Failed(error)) => return Err(error),
                Err(Stop::NeedMore(range)) => self.fetch(range).await?,
            }
        }
    }

    /// Adds at least `range`, or makes known that the file ends before its end.
    pub async fn fetch(&mut self, range: Range<u64>) -> Result<()> {
        let ahead = num::sum(range.start, HEADER_READ_BYTES)?;
        let end = range.end.max(ahead).min(self.bytes.len_bytes().unwrap_or(u64::MAX));
        let len = end.saturating_sub(range.start);
        Limits::check(
            "bytes of directories and their values",
            num::sum(self.bytes.held_bytes(), len)?,
            MAX_HEADER_BYTES,
        )?;
        let read = self.source.read(range.start..end).await?;
        let read_len = num::to_u64(read.len());
        if let Some(len_bytes) = self.source.identity().len_bytes {
            self.bytes.set_len_bytes(len_bytes);
        }
        if read_len < len {
            self.bytes.set_len_bytes(num::sum(range.start, read_len)?);
        }
        self.bytes.insert(range.start, read.to_vec());
        Ok(())
    }

    /// Follows the chain of directories. A file whose first page can't be read is an error; what is wrong with later
    /// ones costs only them.
    pub async fn pages(&mut self) -> Result<Pages> {
        let header = self.run(|bytes, _| Header::parse(bytes)).await?;
        let mut chain = DirectoryChain::new(header);
        let mut pages: Vec<(PageKind, Page)> = Vec::new();
        let mut warnings = Vec::new();
        let mut number = 0_u32;
        loop {
            let ifd = match self.run(|bytes, limits| chain.advance(bytes, limits)).await {
                Ok(Some(ifd)) => ifd,
                Ok(None) => break,
                Err(error) if pages.is_empty() || error.kind() == ErrorKind::Host => {
                    return Err(error.at(|at| at.ifd = Some(number)));
                }
                Err(error) => {
                    warnings.push(format!("directory {number} and those after it were left out: {error}"));
                    break;
                }
            };
            let page = self
                .run(|bytes, limits| {
                    let kind = PageKind::parse(&ifd, bytes, limits)?;
                    let layout = Layout::parse(&ifd, header.byte_order, bytes, limits)?;
                    Ok((kind, layout))
                })
                .await;
            match page {
                Ok((kind, layout)) => {
                    let index = BlockIndex::of(&ifd, layout.is_tiled);
                    pages.push((kind, Page { file: self.file, ifd, layout: Arc::new(layout), index }));
                }
                Err(error) if pages.is_empty() || error.kind() == ErrorKind::Host => {
                    return Err(error.at(|at| at.ifd = Some(number)));
                }
                Err(error) => warnings.push(format!("directory {number} was left out: {error}")),
            }
            number = number.saturating_add(1);
        }
        sort_out(header, pages, warnings)
    }
}

/// The first page is the image; overviews are reduced pages of the same bands and sample type.
fn sort_out(header: Header, pages: Vec<(PageKind, Page)>, warnings: Vec<String>) -> Result<Pages> {
    let mut pages = pages.into_iter();
    let Some((_, image)) = pages.next() else {
        return Err(Error::new(Code::FormatDirectory, "expected at least one directory, the file has none"));
    };
    let full = Arc::clone(&image.layout);
    let (mut overviews, mut masks) = (Vec::new(), Vec::new());
    for (kind, page) in pages {
        let layout = &page.layout;
        let is_smaller = layout.width <= full.width
            && layout.height <= full.height
            && (layout.width, layout.height) != (full.width, full.height);
        let is_alike = layout.bands == full.bands && layout.sample_type == full.sample_type;
        match kind {
            PageKind::Mask | PageKind::OverviewMask => masks.push(page),
            PageKind::Overview if is_smaller && is_alike => overviews.push(page),
            PageKind::Overview | PageKind::Image => {}
        }
    }
    overviews.sort_by_key(|page| std::cmp::Reverse((page.layout.width, page.layout.height)));
    let mut levels = vec![image];
    levels.append(&mut overviews);
    Ok(Pages { header, levels, masks, warnings })
}

impl Page {
    pub fn level(&self) -> Level {
        let layout = &self.layout;
        Level {
            width: layout.width,
            height: layout.height,
            block_width: layout.block_width,
            block_height: layout.block_height,
            blocks_across: layout.blocks_across(),
            blocks_down: layout.blocks_down(),
        }
    }
}

#[cfg(test)]
#[path = "open_tests.rs"]
mod tests;
