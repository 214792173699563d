//! Samples of a window, several bands at once.

use std::ops::Range;

use futures_util::stream::{self, StreamExt};
use ndarray::ArrayView3;

use super::block::{BlockId, Window};
use super::dataset::Dataset;
use super::decoder::{Decoder, Target};
use crate::codec::{Sample, Samples};
use crate::error::{Code, Error, Result};
use crate::limits::Limits;
use crate::source::{MergePolicy, merge};
use crate::tiff::Planar;
use crate::{num, par};

/// Reads that are under way at once; the source may allow fewer.
const READS_AT_ONCE: usize = 6;

/// Samples of a window: bands, rows and columns, in this order, in one vector.
#[derive(Debug, Clone, PartialEq)]
pub struct WindowSamples {
    pub samples: Samples,
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

/// One block to fetch and the bands wanted of it: (place in the result, band).
struct Job {
    id: BlockId,
    range: Option<Range<u64>>,
    bands: Vec<(usize, u16)>,
}

impl Dataset {
    /// The samples of a window of one level. Blocks are fetched once each, neighbours in one read; bands count from 0.
    ///
    /// Errors: `usage.window` where the window is empty or not within the level, `usage.band`, `usage.overview`;
    /// `limit.exceeded` where the result is too large; those of reading and decoding.
    pub async fn read_window(&self, level: usize, bands0: &[u16], window: Window) -> Result<WindowSamples> {
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

        let jobs = self.jobs(level, bands0, window).await?;
        let decoder = self.decoder(level, bands0.first().copied().unwrap_or(0))?;
        let mut samples = Samples::zeros(self.sample_type(), num::to_usize(count)?);
        let mut out = Output { samples: &mut samples, window, plane: num::to_usize(plane)? };

        let mut ranges = Vec::with_capacity(jobs.len());
        for job in &jobs {
            match &job.range {
                Some(range) => ranges.push(range.clone()),
                None => {
                    out.fill_sparse(self, level, job)?;
                    ranges.push(0..0);
                }
            }
        }
        let reads = merge(&ranges, &MergePolicy::default());
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
                let parts: Vec<(&Job, &[u8])> = members
                    .iter()
                    .filter_map(|&index| jobs.get(index).zip(ranges.get(index)))
                    .map(|(job, range)| (job, read.part(&bytes, range)))
                    .collect();
                let decoded = par::map(parts, |(job, encoded)| (job, decoder.decode_stored(job.id, encoded)));
                for (job, stored) in decoded {
                    let stored = stored.map_err(|error| self.located(error))?;
                    for &(place, band0) in &job.bands {
                        out.copy(&decoder, &stored, job.id, place, band0)?;
                    }
                }
            }
        }
        let bands = u16::try_from(bands0.len())
            .map_err(|_| Error::new(Code::UsageBand, format!("expected at most 65535 bands, got {}", bands0.len())))?;
        Ok(WindowSamples { samples, bands, height, width })
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
            jobs.extend(ids.iter().zip(ranges).map(|(&id, range)| Job { id, range, bands: bands.clone() }));
        }
        Ok(jobs)
    }
}

struct Output<'a> {
    samples: &'a mut Samples,
    window: Window,
    plane: usize,
}

impl Output<'_> {
    fn copy(&mut self, decoder: &Decoder, stored: &Samples, id: BlockId, place: usize, band0: u16) -> Result<()> {
        let part = decoder.window(id)?.intersection(self.window);
        let target = self.target(part, place);
        decoder.copy(stored, id, band0, part, self.samples, target)
    }

    fn fill_sparse(&mut self, dataset: &Dataset, level: usize, job: &Job) -> Result<()> {
        for &(place, band0) in &job.bands {
            let decoder = dataset.decoder(level, band0)?;
            let part = decoder.window(job.id)?.intersection(self.window);
            let target = self.target(part, place);
            decoder.fill_sparse(part, self.samples, target);
        }
        Ok(())
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
