//! Decoded blocks for pictures: a map that is moved asks for the same ones again and again.

use std::cell::RefCell;
use std::collections::{BTreeMap, HashMap};
use std::rc::Rc;

use futures_util::FutureExt;

use super::open::Opened;
use super::read::values;
use super::shared::Shared;
use crate::error::Result;
use crate::num;
use crate::raster::BlockId;

/// Fingerprint, level, band, column, row.
type Key = (String, usize, u16, u32, u32);

/// Values of a block, row-major, NaN where they are not valid.
#[derive(Debug, Clone)]
pub(super) struct BlockValues {
    pub values: Rc<[f32]>,
    pub width: u32,
}

/// Blocks up to a budget; the longest unused go first.
pub(super) struct BlockCache {
    blocks: Shared<Key, BlockValues>,
    budget_bytes: u64,
    usage: RefCell<Usage>,
}

#[derive(Default)]
struct Usage {
    /// By last use.
    order: BTreeMap<u64, Key>,
    /// Last use and bytes.
    kept: HashMap<Key, (u64, u64)>,
    held_bytes: u64,
    clock: u64,
}

impl BlockCache {
    pub fn new(budget_bytes: u64) -> Self {
        Self { blocks: Shared::default(), budget_bytes, usage: RefCell::default() }
    }

    /// The values of a block of one band: read and decoded once while it is kept.
    pub async fn get(&self, opened: &Opened, level: usize, band0: u16, id: BlockId) -> Result<BlockValues> {
        let key = key(opened, level, band0, id);
        let dataset = opened.dataset.clone();
        let read = async move {
            let window = dataset.level(level)?.block_window(id);
            let read = dataset.read_masked_window(level, &[band0], window).await?;
            let all = values(&read, 0..read.samples.len(), dataset.nodata(band0), (1.0, 0.0));
            Ok(BlockValues { values: all.into_iter().map(|value| value as f32).collect(), width: window.width() })
        };
        let block = self.blocks.get(key.clone(), || read.boxed_local()).await?;
        self.note(key, num::to_u64(block.values.len()).saturating_mul(4));
        Ok(block)
    }

    /// Reads what is not kept of these blocks, neighbours together.
    pub async fn fetch(&self, opened: &Opened, level: usize, band0: u16, ids: &[BlockId]) -> Result<()> {
        if opened.is_local {
            return Ok(());
        }
        let is_kept = |id: &BlockId| self.usage.borrow().kept.contains_key(&key(opened, level, band0, *id));
        let missing: Vec<BlockId> = ids.iter().copied().filter(|id| !is_kept(id)).collect();
        // What the cache of bytes would not keep is better read block by block.
        opened.dataset.fetch(level, band0, &missing, self.budget_bytes / 4).await
    }

    pub fn clear(&self) {
        self.blocks.clear();
        self.usage.take();
    }

    fn note(&self, key: Key, bytes: u64) {
        let mut usage = self.usage.borrow_mut();
        usage.clock = usage.clock.wrapping_add(1);
        let now = usage.clock;
        if let Some((before, bytes)) = usage.kept.insert(key.clone(), (now, bytes)) {
            usage.order.remove(&before);
            usage.held_bytes = usage.held_bytes.saturating_sub(bytes);
        }
        usage.order.insert(now, key);
        usage.held_bytes = usage.held_bytes.saturating_add(bytes);
        while usage.held_bytes > self.budget_bytes {
            let Some((_, oldest)) = usage.order.pop_first() else { break };
            let bytes = usage.kept.remove(&oldest).map_or(0, |(_, bytes)| bytes);
            usage.held_bytes = usage.held_bytes.saturating_sub(bytes);
            self.blocks.forget(&oldest);
        }
    }
}

fn key(opened: &Opened, level: usize, band0: u16, id: BlockId) -> Key {
    (opened.fingerprint.clone(), level, band0, id.col, id.row)
}
