//! Overviews and masks in files beside the raster: `.ovr`, `.msk` and `.msk.ovr`.

use std::cell::{Cell, RefCell};
use std::rc::Rc;

use super::open::{HEADER_READ_BYTES, HeaderReader, Page, Pages};
use crate::error::Result;
use crate::limits::Limits;
use crate::source::RangeReader;
use crate::tiff::{ArraySlices, FileBytes, Framing};

/// What is held of one file.
#[derive(Debug)]
pub(super) struct OpenFile {
    pub bytes: FileBytes,
    pub slices: RefCell<ArraySlices>,
    pub len_bytes: Option<u64>,
    /// What the file says of its blocks' frames, until it turns out not to be true.
    pub framing: Cell<Option<Framing>>,
}

/// The files beside a raster that add to it, numbered from 1.
#[derive(Default)]
pub(super) struct Siblings {
    pub files: Vec<OpenFile>,
    pub sources: Vec<Rc<dyn RangeReader>>,
}

impl OpenFile {
    pub fn new(bytes: FileBytes, len_bytes: Option<u64>) -> Self {
        Self { bytes, slices: RefCell::default(), len_bytes, framing: Cell::default() }
    }
}

impl Siblings {
    /// Adds to `pages` what stands beside: overviews where the raster has none of its own, and masks likewise (GDAL's
    /// rule). What is wrong with such a file is a warning: the raster is whole without it.
    pub async fn find(source: &dyn RangeReader, pages: &mut Pages, limits: &Limits) -> Self {
        let mut found = Self::default();
        if pages.levels.len() == 1
            && let Some(beside) = found.open(source, ".ovr", pages, limits).await
        {
            let Pages { levels, masks, .. } = beside;
            let full = pages.levels.first().map(|page| page.layout.clone());
            let fits = |page: &Page| {
                full.as_ref().is_some_and(|full| {
                    let layout = &page.layout;
                    let is_smaller = layout.width <= full.width && layout.height <= full.height;
                    is_smaller && layout.bands == full.bands && layout.sample_type == full.sample_type
                })
            };
            pages.levels.extend(levels.into_iter().filter(fits));
            pages.masks.extend(masks);
        }
        if pages.masks.is_empty()
            && let Some(beside) = found.open(source, ".msk", pages, limits).await
        {
            let masks = [beside.levels, beside.masks].concat();
            // A mask without overviews of its own may have them beside it in turn.
            let overviews = match found.sources.last().cloned() {
                Some(mask) if masks.len() == 1 => found.open(mask.as_ref(), ".ovr", pages, limits).await,
                _ => None,
            };
            pages.masks.extend(masks);
            if let Some(overviews) = overviews {
                pages.masks.extend([overviews.levels, overviews.masks].concat());
            }
        }
        found
    }

    async fn open(
        &mut self,
        source: &dyn RangeReader,
        suffix: &str,
        pages: &mut Pages,
        limits: &Limits,
    ) -> Option<Pages> {
        match self.try_open(source, suffix, limits).await {
            Ok(beside) => beside,
            Err(error) => {
                pages.warnings.push(format!("the {suffix} file beside the raster was left out: {error}"));
                None
            }
        }
    }

    async fn try_open(&mut self, source: &dyn RangeReader, suffix: &str, limits: &Limits) -> Result<Option<Pages>> {
        let Some(sibling) = source.sibling(suffix).await? else { return Ok(None) };
        let number = self.files.len().saturating_add(1);
        let mut reader = HeaderReader { source: sibling.as_ref(), limits, file: number, bytes: FileBytes::new() };
        reader.fetch(0..HEADER_READ_BYTES).await?;
        let beside = reader.pages().await?;
        let bytes = std::mem::take(&mut reader.bytes);
        drop(reader);
        let len_bytes = sibling.identity().len_bytes.or(bytes.len_bytes());
        self.files.push(OpenFile::new(bytes, len_bytes));
        self.sources.push(sibling);
        Ok(Some(beside))
    }
}

#[cfg(test)]
#[path = "siblings_tests.rs"]
mod tests;
