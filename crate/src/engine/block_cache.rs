//! Decoded blocks for pictures: a map that is moved asks for the same ones again and again.

use std::rc::Rc;

use super::open::Opened;
use super::read::values;
use super::shared::Shared;
use crate::error::Result;
use crate::raster::BlockId;

type Key = (String, usize, u16, u32, u32);

/// Values of a block, row-major, NaN where they are not valid.
#[derive(Debug, Clone)]
pub(super) struct BlockValues {
    pub values: Rc<[f32]>,
    pub width: u32,
}

#[derive(Debug, Default)]
pub(super) struct BlockCache(Shared<Key, BlockValues>);

impl BlockCache {
    /// The values of a block of one band: read once while it is kept.
    pub async fn get(&self, opened: &Opened, level: usize, band0: u16, id: BlockId) -> Result<BlockValues> {
        // Pictures need a neighbourhood: forgetting everything now and then is as good as forgetting the oldest.
        if self.0.len() > MAX_BLOCKS {
            self.0.clear();
        }
        let key = (opened.fingerprint.clone(), level, band0, id.col, id.row);
        let read = async {
            let dataset = &opened.dataset;
            let window = dataset.level(level)?.block_window(id);
            let read = dataset.read_masked_window(level, &[band0], window).await?;
            let all = values(&read, 0..read.samples.len(), dataset.nodata(band0), (1.0, 0.0));
            Ok(BlockValues { values: all.into_iter().map(|value| value as f32).collect(), width: window.width() })
        };
        self.0.get(key, read).await
    }

    pub fn clear(&self) {
        self.0.clear();
    }
}

/// About 100 MB of blocks of 512 × 512.
const MAX_BLOCKS: usize = 96;
