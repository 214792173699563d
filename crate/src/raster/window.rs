//! Samples of a window, several bands at once.

use std::borrow::Cow;

use futures_util::stream::{self, StreamExt};
use ndarray::ArrayView3;

use super::block::{BlockId, Window};
use super::block_range::BlockRange;
use super::dataset::Dataset;
use super::decoder::{Decoder, Target};
use super::mask::{MaskBlock, MaskDecoder};
use crate::codec::{Decoded, Sample, Samples};
use crate::error::{Code, Error, Result};
use crate::limits::Limits;
use crate::source::merge;
use crate::tiff::Planar;
use crate::{num, par};

/// Reads that are under way at once; the source may allow fewer.
const READS_AT_ONCE: usize = 6;

/// Samples of a window: bands, rows and columns, in this order, in one vector.
#[derive(Debug, Clone, PartialEq)]
pub struct WindowSamples {
    pub samples: Samples,
    /// Per sample whether mask, alpha or codec call it valid; `None` where they call all valid or were not asked.
    /// Nodata is not looked at.
    pub validity: Option<Vec<bool>>,
    pub bands: u16,
    /// Rows.
    pub height: u32,
    /// Columns.
    pub width: u32,
}

impl WindowSamples {
    /// The samples as (bands, rows, columns); `None` where they are of another type.
    #[must_use]
    pub fn array<T: Sample>(&self) -> Option<ArrayView3<'_, T>> {
        let shape = (usize::from(self.bands), self.height as usize, self.width as usize);
        ArrayView3::from_shape(shape, T::of(&self.samples)?).ok()
    }
}

/// One block to fetch and what it is for.
struct Job {
    id: BlockId,
    range: Option<BlockRange>,
    wanted: Wanted,
}

enum Wanted {
    /// Samples of these bands: (place in the result, band).
    Samples(Vec<(usize, u16)>),
    /// Validity of the bands at these places.
    Mask(MaskDecoder, Vec<usize>),
}

enum Part {
    Samples(Decoded),
    Mask(MaskBlock),
}

impl Dataset {
    /// The samples of a window of one level, as stored. Blocks are fetched once each, neighbours in one read; bands
    /// count from 0.
    ///
    /// Errors: `usage.window` where the window is empty or not within the level, `usage.band`, `usage.overview`;
    /// `limit.exceeded` where the result is too large; those of reading and decoding.
    pub async fn read_window(&self, level: usize, bands0: &[u16], window: Window) -> Result<WindowSamples> {
        self.read(level, bands0, window, false).await
    }

    /// As [`Dataset::read_window`], with the validity that masks and alpha bands give; their blocks are read along.
    /// `unsupported.complex` for complex samples.
    pub async fn read_masked_window(&self, level: usize, bands0: &[u16], window: Window) -> Result<WindowSamples> {
        self.check_real()?;
        self.read(level, bands0, window, true).await
    }

    async fn read(&self, level: usize, bands0: &[u16], window: Window, is_masked: bool) -> Result<WindowSamples> {
        let size = self.level(level)?;
        if window.is_empty() || window.right > size.width || window.bottom > size.height {
            let Window { left, top, right, bottom } = window;
            return Err(Error::new(
                Code::UsageWindow,
                format!(
                    "expected a window within 0,0,{},{}, got {left},{top},{right},{bottom}",
                    size.width, size.height
                ),
            ));
        }
        let (width, height) = (window.width(), window.height());
        let plane = num::product(u64::from(width), u64::from(height))?;
        let count = num::product(plane, num::to_u64(bands0.len()))?;
        let bytes = num::product(count, num::to_u64(self.sample_type().decoded().bytes()))?;
        Limits::check("window", bytes, self.limits().max_window_bytes)?;

        let mut jobs = self.jobs(level, bands0, window).await?;
        let mut decoders = Vec::with_capacity(bands0.len());
        for &band0 in bands0 {
            decoders.push(self.decoder(level, band0)?);
        }
        if is_masked {
            jobs.extend(self.mask_jobs(level, bands0, window).await?);
        }
        let mut samples = Samples::zeros(self.sample_type(), num::to_usize(count)?);
        let mut out = Output {
            samples: &mut samples,
            validity: vec![None; bands0.len()],
            is_masked,
            decoders,
            window,
            plane: num::to_usize(plane)?,
        };

        let mut ranges = Vec::with_capacity(jobs.len());
        for job in &jobs {
            if job.range.is_none() {
                out.put_sparse(job).map_err(|error| self.located(error))?;
            }
            ranges.push(job.range.as_ref().map_or(0..0, BlockRange::read));
        }
        let reads = merge(&ranges, &self.source().merge_policy());
        let mut reads = stream::iter(reads)
            .map(|read| async move {
                let bytes = self.source().read(read.range.clone()).await;
                (read, bytes)
            })
            .buffer_unordered(READS_AT_ONCE);
        while let Some((read, bytes)) = reads.next().await {
            let bytes = bytes?;
            // A few blocks at a time: what is decoded and not yet copied is memory.
            for members in read.members.chunks(par::thread_count().saturating_mul(2).max(1)) {
                let mut parts: Vec<(&Job, Cow<'_, [u8]>)> = Vec::with_capacity(members.len());
                for (job, range) in members.iter().filter_map(|&index| jobs.get(index).zip(ranges.get(index))) {
                    let Some(place) = &job.range else { continue };
                    match self.encoded(job.id, place, read.part(&bytes, range)).await? {
                        Some(encoded) => parts.push((job, encoded)),
                        None => out.put_sparse(job).map_err(|error| self.located(error))?,
                    }
                }
                let parts = parts.iter().map(|(job, encoded)| (*job, encoded.as_ref())).collect();
                out.decode(parts).map_err(|error| self.located(error))?;
            }
        }
        let validity = out.validity();
        let bands = u16::try_from(bands0.len())
            .map_err(|_| Error::new(Code::UsageBand, format!("expected at most 65535 bands, got {}", bands0.len())))?;
        Ok(WindowSamples { samples, validity, bands, height, width })
    }

    /// The blocks of a window: one job a block where bands lie together, else one a block and band.
    async fn jobs(&self, level: usize, bands0: &[u16], window: Window) -> Result<Vec<Job>> {
        let ids: Vec<BlockId> = self.level(level)?.blocks_of(window).collect();
        let places: Vec<(usize, u16)> = bands0.iter().copied().enumerate().collect();
        for &band0 in bands0 {
            self.check_band(band0)?;
        }
        let groups: Vec<Vec<(usize, u16)>> = match self.planar() {
            Planar::Pixel => vec![places],
            Planar::Band => places.into_iter().map(|place| vec![place]).collect(),
        };
        let mut jobs = Vec::new();
        for bands in groups {
            let Some(&(_, band0)) = bands.first() else { continue };
            let ranges = self.locate(level, band0, &ids).await?;
            let job = |(&id, range)| Job { id, range, wanted: Wanted::Samples(bands.clone()) };
            jobs.extend(ids.iter().zip(ranges).map(job));
        }
        Ok(jobs)
    }

    /// The blocks that mask a window: those of a mask that several bands share once.
    async fn mask_jobs(&self, level: usize, bands0: &[u16], window: Window) -> Result<Vec<Job>> {
        let mut groups: Vec<(MaskDecoder, u16, Vec<usize>)> = Vec::new();
        for (place, &band0) in bands0.iter().enumerate() {
            let Some(decoder) = self.mask_decoder(level, band0)? else { continue };
            match groups.iter_mut().find(|(known, ..)| known.0.band0 == decoder.0.band0) {
                Some((.., places)) => places.push(place),
                None => groups.push((decoder, band0, vec![place])),
            }
        }
        let mut jobs = Vec::new();
        for (decoder, band0, places) in groups {
            let ids: Vec<BlockId> = decoder.level().blocks_of(window).collect();
            let ranges = self.locate_mask(level, band0, &ids).await?;
            let job = |(id, range)| Job { id, range, wanted: Wanted::Mask(decoder.clone(), places.clone()) };
            jobs.extend(ids.into_iter().zip(ranges).map(job));
        }
        Ok(jobs)
    }
}

struct Output<'a> {
    samples: &'a mut Samples,
    /// Per place.
    validity: Vec<Option<Vec<bool>>>,
    is_masked: bool,
    /// Per place.
    decoders: Vec<Decoder>,
    window: Window,
    plane: usize,
}

impl Output<'_> {
    /// Decodes blocks side by side and puts them in their places: at once where their rows come as they are wanted.
    fn decode(&mut self, parts: Vec<(&Job, &[u8])>) -> Result<()> {
        let (plain, others): (Vec<_>, Vec<_>) = parts.into_iter().partition(|(job, _)| self.has_plain_rows(job));
        self.decode_plain(plain)?;
        let out = &*self;
        for (job, part) in par::map(others, |(job, encoded)| (job, out.decode_one(job, encoded))) {
            self.put(job, &part?)?;
        }
        Ok(())
    }

    fn has_plain_rows(&self, job: &Job) -> bool {
        match &job.wanted {
            Wanted::Samples(bands) => {
                bands.len() == 1 && self.decoder(bands).is_ok_and(|decoder| decoder.has_plain_rows())
            }
            Wanted::Mask(..) => false,
        }
    }

    fn decode_plain(&mut self, parts: Vec<(&Job, &[u8])>) -> Result<()> {
        let mut jobs = Vec::with_capacity(parts.len());
        let mut blocks = Vec::with_capacity(parts.len());
        for (job, encoded) in parts {
            let Wanted::Samples(bands) = &job.wanted else { continue };
            let decoder = self.decoder(bands)?;
            let part = decoder.window(job.id)?.intersection(self.window);
            let place = bands.first().map_or(0, |&(place, _)| place);
            let target = self.target(part, place);
            let sample_bytes = decoder.sample_bytes();
            blocks.push(BlockRows {
                start: target.first_sample.saturating_mul(sample_bytes),
                step: target.row_samples.saturating_mul(sample_bytes),
                len: (part.width() as usize).saturating_mul(sample_bytes),
                count: part.height() as usize,
            });
            jobs.push((place, job.id, encoded, part));
        }
        let rows = cut(self.samples.as_bytes_mut(), blocks)?;
        let jobs = jobs.into_iter().zip(rows).collect();
        let decoders = &self.decoders;
        let done = par::map(jobs, |((place, id, encoded, part), rows)| {
            decoder_at(decoders, place)?.decode_rows(id, encoded, part, rows)
        });
        done.into_iter().collect()
    }

    fn decode_one(&self, job: &Job, encoded: &[u8]) -> Result<Part> {
        match &job.wanted {
            Wanted::Samples(bands) => self.decoder(bands)?.decode_stored(job.id, encoded).map(Part::Samples),
            Wanted::Mask(decoder, _) => decoder.decode(job.id, Some(encoded)).map(Part::Mask),
        }
    }

    fn put(&mut self, job: &Job, part: &Part) -> Result<()> {
        match (&job.wanted, part) {
            (Wanted::Samples(bands), Part::Samples(stored)) => {
                for &(place, band0) in bands {
                    self.copy(stored, job.id, place, band0)?;
                }
            }
            (Wanted::Mask(_, places), Part::Mask(mask)) => self.mask(places, mask),
            _ => return Err(Error::new(Code::Bug, "a block came out as what it is not for")),
        }
        Ok(())
    }

    fn copy(&mut self, stored: &Decoded, id: BlockId, place: usize, band0: u16) -> Result<()> {
        let Some(decoder) = self.decoders.get(place) else { return Ok(()) };
        let part = decoder.window(id)?.intersection(self.window);
        let target = self.target(part, place);
        decoder.copy(&stored.samples, id, band0, part, self.samples, target)?;
        if self.is_masked {
            let mut validity = None;
            decoder.apply_validity(stored, id, part, &mut validity);
            self.mask(&[place], &MaskBlock { window: part, validity });
        }
        Ok(())
    }

    fn put_sparse(&mut self, job: &Job) -> Result<()> {
        match &job.wanted {
            Wanted::Samples(bands) => {
                for &(place, _) in bands {
                    let Some(decoder) = self.decoders.get(place) else { continue };
                    let part = decoder.window(job.id)?.intersection(self.window);
                    let target = self.target(part, place);
                    decoder.fill_sparse(part, self.samples, target);
                    if self.is_masked && decoder.alpha0.is_some() {
                        // The alpha that is left out with them is 0.
                        self.mask(&[place], &MaskBlock::invalid(part));
                    }
                }
            }
            Wanted::Mask(decoder, places) => {
                let mask = decoder.decode(job.id, None)?;
                self.mask(places, &mask);
            }
        }
        Ok(())
    }

    fn mask(&mut self, places: &[usize], mask: &MaskBlock) {
        for &place in places {
            if let Some(validity) = self.validity.get_mut(place) {
                mask.apply(self.window, validity);
            }
        }
    }

    /// The validity of all bands, one after another.
    fn validity(&mut self) -> Option<Vec<bool>> {
        if self.validity.iter().all(Option::is_none) {
            return None;
        }
        let plane = self.plane;
        Some(self.validity.drain(..).flat_map(|validity| validity.unwrap_or_else(|| vec![true; plane])).collect())
    }

    fn decoder(&self, bands: &[(usize, u16)]) -> Result<&Decoder> {
        decoder_at(&self.decoders, bands.first().map_or(0, |&(place, _)| place))
    }

    fn target(&self, part: Window, place: usize) -> Target {
        let row_samples = self.window.width() as usize;
        let row = part.top.saturating_sub(self.window.top) as usize;
        let column = part.left.saturating_sub(self.window.left) as usize;
        let first_sample =
            place.saturating_mul(self.plane).saturating_add(row.saturating_mul(row_samples)).saturating_add(column);
        Target { first_sample, row_samples }
    }
}

fn decoder_at(decoders: &[Decoder], place: usize) -> Result<&Decoder> {
    decoders.get(place).ok_or_else(|| Error::new(Code::Bug, "a block is read for no band"))
}

/// Where the rows of a block lie in the bytes of a window.
#[derive(Debug, Clone, Copy)]
struct BlockRows {
    /// The first row's first byte.
    start: usize,
    /// From there to the next row's.
    step: usize,
    /// Bytes of a row.
    len: usize,
    /// Rows.
    count: usize,
}

/// The rows of each block, in order; none may overlap.
#[inline(never)]
fn cut(bytes: &mut [u8], mut blocks: Vec<BlockRows>) -> Result<Vec<Vec<&mut [u8]>>> {
    let mut given: Vec<Vec<&mut [u8]>> = blocks.iter().map(|block| Vec::with_capacity(block.count)).collect();
    let (mut rest, mut position) = (bytes, 0_usize);
    // There are few blocks: to look for the next one takes less than to sort all rows.
    while let Some((block, rows)) =
        blocks.iter_mut().zip(&mut given).filter(|(block, _)| block.count > 0).min_by_key(|(block, _)| block.start)
    {
        let apart = || Error::new(Code::Bug, "expected blocks that lie apart and within the window");
        let skipped = block.start.checked_sub(position).ok_or_else(apart)?;
        let (_, from) = rest.split_at_mut_checked(skipped).ok_or_else(apart)?;
        let (row, after) = from.split_at_mut_checked(block.len).ok_or_else(apart)?;
        rows.push(row);
        (rest, position) = (after, block.start.saturating_add(block.len));
        block.start = block.start.saturating_add(block.step);
        block.count = block.count.saturating_sub(1);
    }
    Ok(given)
}
