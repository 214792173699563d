//! An open file.

use std::ops::Range;
use std::rc::Rc;

use super::block::{Block, BlockId, Window};
use super::decoder::Decoder;
use super::info::DatasetInfo;
use super::level::Level;
use super::nodata::Nodata;
use super::window::WindowSamples;
use crate::error::Result;
use crate::geo::{Crs, GeoTransform};
use crate::limits::Limits;
use crate::source::RangeReader;
use crate::tiff::SampleType;

/// An open raster. Cheap to clone: clones share one file.
#[derive(Debug, Clone)]
pub struct Dataset {}

impl Dataset {
    /// Opens the raster that `source` holds: one read of 32 KiB where the directories lie at the front.
    pub async fn open(_source: Rc<dyn RangeReader>, _limits: Limits) -> Result<Self> {
        todo!()
    }

    #[must_use]
    pub fn info(&self) -> &DatasetInfo {
        todo!()
    }

    #[must_use]
    pub fn source(&self) -> &Rc<dyn RangeReader> {
        todo!()
    }

    /// Type of the stored samples, the same in all bands.
    #[must_use]
    pub fn sample_type(&self) -> SampleType {
        todo!()
    }

    #[must_use]
    pub fn band_count(&self) -> u16 {
        todo!()
    }

    /// Full resolution and overviews: at least 1.
    #[must_use]
    pub fn level_count(&self) -> usize {
        todo!()
    }

    /// All levels, full resolution first.
    #[must_use]
    pub fn levels(&self) -> &[Level] {
        todo!()
    }

    /// Level `index`; `usage.overview` where the file has fewer.
    pub fn level(&self, _index: usize) -> Result<&Level> {
        todo!()
    }

    /// Where the blocks' bytes are, in the order of `blocks`; `None` = sparse. `band0` counts from 0.
    pub async fn locate(&self, _level: usize, _band0: u16, _blocks: &[BlockId]) -> Result<Vec<Option<Range<u64>>>> {
        todo!()
    }

    /// What turns encoded blocks of one band into samples, on any thread.
    pub fn decoder(&self, _level: usize, _band0: u16) -> Result<Decoder> {
        todo!()
    }

    /// The samples of a block that the file leaves out: nodata, or 0.
    pub fn sparse_block(&self, _level: usize, _band0: u16, _id: BlockId) -> Result<Block> {
        todo!()
    }

    #[must_use]
    pub fn nodata(&self, _band0: u16) -> Nodata {
        todo!()
    }

    /// (scale, offset) of `unscale`: value = stored × scale + offset. (1, 0) where the file says nothing.
    #[must_use]
    pub fn unscale(&self, _band0: u16) -> (f64, f64) {
        todo!()
    }

    /// The samples of a window of one level. Blocks are fetched once each, neighbours in one read.
    pub async fn read_window(&self, _level: usize, _bands0: &[u16], _window: Window) -> Result<WindowSamples> {
        todo!()
    }

    /// The CRS; `crs.missing` or `crs.unknown` says what the file has instead.
    pub fn crs(&self) -> Result<Crs> {
        todo!()
    }

    /// The geotransform of a level: the full extent over the level's own size. `geo.geotransform` where the file has
    /// none.
    pub fn level_geotransform(&self, _level: usize) -> Result<GeoTransform> {
        todo!()
    }
}
