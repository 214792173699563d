//! The bytes of a batch as blocks of samples.

use std::borrow::Cow;
use std::sync::Arc;

use super::executor::{Arrived, Breath};
use super::masks::HeldMasks;
use super::plan::Work;
use super::recipe::Band;
use super::samples::BlockPixels;
use crate::error::{Error, Result};
use crate::par;
use crate::raster::{Block, BlockId, Dataset, Decoder};

/// Bytes of a block; `None` where it is sparse.
type Encoded<'a> = Option<Cow<'a, [u8]>>;

/// Decodes batches in their order.
pub(super) struct Decoding {
    /// One for each wanted band.
    decoders: Vec<Decoder>,
    masks: Vec<HeldMasks>,
    location: String,
}

impl Decoding {
    pub fn new(dataset: &Dataset, level: usize, bands: &[Band]) -> Result<Self> {
        Ok(Self {
            decoders: bands.iter().map(|band| dataset.decoder(level, band.band0)).collect::<Result<_>>()?,
            masks: bands.iter().map(|_| HeldMasks::default()).collect(),
            location: dataset.source().location().to_owned(),
        })
    }

    /// The blocks of batch `index`, in its order, each with its wanted bands, NaN where they are masked. Blocks of masks
    /// that came along are held until no later batch needs them.
    pub async fn blocks(
        &mut self,
        dataset: &Dataset,
        work: &Work,
        index: usize,
        arrived: &Arrived,
        breath: &mut Breath<'_, '_>,
    ) -> Result<Vec<Vec<BlockPixels>>> {
        let blocks = work.batches.get(index).map_or(0..0, |batch| batch.blocks.clone());
        let ids = work.blocks.get(blocks).unwrap_or_default();
        let locations = work.locations(index);
        let mut read: Vec<Option<&[u8]>> = vec![None; locations.len()];
        for (merged, bytes) in arrived.reads.iter().zip(&arrived.bytes) {
            for &member in &merged.members {
                if let (Some(slot), Some(location)) = (read.get_mut(member), locations.get(member)) {
                    *slot = Some(merged.part(bytes, &location.read()));
                }
            }
        }
        let mut encoded = Vec::with_capacity(read.len());
        for ((id, location), read) in work.located(index).zip(&locations).zip(read) {
            encoded.push(match read {
                Some(read) => dataset.encoded(id, location, read).await?,
                None => None,
            });
        }
        let mut masks = encoded.split_off(ids.len() * work.streams).into_iter();
        for (plan, held) in work.masks.iter().zip(&mut self.masks) {
            let Some(plan) = plan else { continue };
            let jobs = plan.fresh(index).iter().map(|&(id, _)| id).zip(masks.by_ref()).collect();
            for (id, mask) in par::map(jobs, |(id, encoded)| (id, plan.decode(id, encoded.as_deref()))) {
                held.insert(id, mask.map_err(|error| located(error, id, &self.location))?);
            }
        }
        let jobs: Vec<(BlockId, &[Encoded<'_>])> =
            ids.iter().copied().zip(encoded.chunks(work.streams.max(1))).collect();
        let mut blocks = Vec::with_capacity(ids.len());
        for jobs in jobs.chunks(par::thread_count().max(1) * BLOCKS_AT_ONCE) {
            let this = &*self;
            let decoded = par::map(jobs.to_vec(), |(id, encoded)| this.bands(work, id, encoded));
            for (bands, (id, _)) in decoded.into_iter().zip(jobs) {
                blocks.push(bands.map_err(|error| located(error, *id, &self.location))?);
            }
            breath.take().await?;
        }
        for (plan, held) in work.masks.iter().zip(&mut self.masks) {
            if let Some(plan) = plan {
                held.trim(plan, index);
            }
        }
        Ok(blocks)
    }

    /// The wanted bands of a block. Those that lie together in one are decoded once.
    fn bands(&self, work: &Work, id: BlockId, encoded: &[Encoded<'_>]) -> Result<Vec<BlockPixels>> {
        let blocks: Vec<Block> = match (encoded, self.decoders.as_slice()) {
            ([Some(encoded)], decoders) => Decoder::decode_together(decoders, id, encoded)?,
            ([None], decoders) => decoders.iter().map(|decoder| decoder.sparse(id)).collect::<Result<_>>()?,
            (encoded, decoders) => {
                let decode = |(decoder, encoded): (&Decoder, &Encoded<'_>)| match encoded {
                    Some(encoded) => decoder.decode(id, encoded),
                    None => decoder.sparse(id),
                };
                decoders.iter().zip(encoded).map(decode).collect::<Result<_>>()?
            }
        };
        let window = work.level.block_window(id);
        let areas = work.recipe.areas.as_ref().map(|areas| Arc::new(areas.of(window)));
        let pixels = blocks.into_iter().enumerate().filter_map(|(place, block)| {
            let (band, held, plan) = (work.bands.get(place)?, self.masks.get(place)?, work.masks.get(place)?);
            let block = held.apply(plan.as_ref(), block, window, band.nodata);
            Some(work.recipe.pixels(block, band.nodata, areas.clone()))
        });
        Ok(pixels.collect())
    }
}

fn located(error: Error, id: BlockId, location: &str) -> Error {
    error.at(|at| {
        at.source.get_or_insert_with(|| location.to_owned());
        at.tile.get_or_insert((id.col, id.row));
    })
}

/// Blocks that a thread decodes before the host is heard: some milliseconds of work.
const BLOCKS_AT_ONCE: usize = 2;

#[cfg(test)]
#[path = "decoding_tests.rs"]
mod tests;
