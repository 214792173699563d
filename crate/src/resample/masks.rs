//! The blocks of a mask in a run: each is read with the first batch that needs it and kept to the last.

use std::collections::BTreeMap;

use super::batches::Batch;
use crate::error::Result;
use crate::raster::{Block, BlockId, BlockRange, Dataset, Level, MaskBlock, MaskDecoder, Nodata, SampleType, Window};

/// Which blocks of the mask each batch reads.
#[derive(Debug, Clone)]
pub(super) struct MaskPlan {
    decoder: MaskDecoder,
    /// Per batch: blocks that it is the first to need, and where their bytes are; empty where sparse.
    fresh: Vec<Vec<(BlockId, BlockRange)>>,
    /// Per block the last batch that needs it.
    last: BTreeMap<BlockId, usize>,
}

/// Blocks of the mask that are held.
#[derive(Debug, Default)]
pub(super) struct HeldMasks(BTreeMap<BlockId, MaskBlock>);

impl MaskPlan {
    /// The plan for `batches` of `blocks`; `None` where the band has no blocks that mask it.
    pub async fn new(
        dataset: &Dataset,
        (level_index, band0): (usize, u16),
        blocks: &[BlockId],
        batches: &[Batch],
    ) -> Result<Option<Self>> {
        let Some(decoder) = dataset.mask_decoder(level_index, band0)? else { return Ok(None) };
        let level = dataset.level(level_index)?;
        let (mut first, mut last) = (BTreeMap::new(), BTreeMap::new());
        for (index, batch) in batches.iter().enumerate() {
            for &id in blocks.get(batch.blocks.clone()).unwrap_or_default() {
                for mask in decoder.level().blocks_of(level.block_window(id)) {
                    first.entry(mask).or_insert(index);
                    last.insert(mask, index);
                }
            }
        }
        let ids: Vec<BlockId> = first.keys().copied().collect();
        let locations = dataset.locate_mask(level_index, band0, &ids).await?;
        let mut fresh = vec![Vec::new(); batches.len()];
        for ((id, batch), location) in first.into_iter().zip(locations) {
            if let Some(blocks) = fresh.get_mut(batch) {
                blocks.push((id, location.unwrap_or_default()));
            }
        }
        Ok(Some(Self { decoder, fresh, last }))
    }

    /// The blocks that batch `index` reads, and where their bytes are.
    pub fn fresh(&self, index: usize) -> &[(BlockId, BlockRange)] {
        self.fresh.get(index).map_or(&[], Vec::as_slice)
    }

    /// The mask of block `id`, which is sparse without bytes.
    pub fn decode(&self, id: BlockId, encoded: Option<&[u8]>) -> Result<MaskBlock> {
        self.decoder.decode(id, encoded)
    }
}

impl HeldMasks {
    pub fn insert(&mut self, id: BlockId, mask: MaskBlock) {
        self.0.insert(id, mask);
    }

    /// Forgets what no batch after `index` needs.
    pub fn trim(&mut self, plan: &MaskPlan, index: usize) {
        self.0.retain(|id, _| plan.last.get(id).is_some_and(|&last| last > index));
    }

    /// `block`, which lies at `window`, as folds take it: NaN where mask, alpha or codec call a pixel invalid.
    pub fn apply(&self, plan: Option<&MaskPlan>, mut block: Block, window: Window, nodata: Nodata) -> Block {
        if let Some(plan) = plan {
            for id in plan.decoder.level().blocks_of(window) {
                if let Some(mask) = self.0.get(&id) {
                    mask.apply(window, &mut block.validity);
                }
            }
        }
        block.nan_filled(nodata)
    }
}

/// Bytes of a sample whose band may be masked: as a float that can be NaN, and its validity.
pub(super) fn masked_sample_bytes(sample_type: SampleType) -> usize {
    1 + if sample_type.bytes() <= 2 || sample_type.decoded() == SampleType::F32 {
        size_of::<f32>()
    } else {
        size_of::<f64>()
    }
}

/// The most that blocks of the mask take which outlive the batch that read them: two rows of blocks.
pub(super) fn held_bytes(decoder: &MaskDecoder, level: &Level) -> u64 {
    let mask = decoder.level();
    if (mask.block_width, mask.block_height) == (level.block_width, level.block_height) {
        return 0;
    }
    2 * u64::from(mask.width) * u64::from(mask.block_height.min(mask.height))
}

#[cfg(test)]
#[path = "masks_tests.rs"]
mod tests;
