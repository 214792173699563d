//! Raw samples, and samples as values.

use serde::Deserialize;

use super::question::band0;
use super::workspace::{Target, Workspace};
use crate::codec::with_real_samples;
use crate::error::{Code, Error, Result};
use crate::num;
use crate::raster::{Dataset, DatasetInfo, Nodata, NodataSample, SampleType, Samples, Window, WindowSamples};

/// What is read.
#[derive(Debug, Clone, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct ReadOptions {
    /// 1-based; all bands where it is absent.
    pub band: Option<u32>,
    /// `[left, top, right, bottom]` in pixels of the level; all where it is absent.
    pub window: Option<[u32; 4]>,
    /// 0 is full resolution.
    pub overview: u32,
    /// Applies the file's scale and offset; samples become `float64`, NaN where they are not valid.
    pub unscale: bool,
    /// Bytes of the memory that the caller has for the samples, where it has some.
    #[serde(skip)]
    pub room_bytes: Option<u64>,
}

/// Samples of a window, row-major.
#[derive(Debug, Clone, PartialEq)]
pub struct Reading {
    /// NumPy's name of the samples' type.
    pub dtype: &'static str,
    /// (rows, columns) of one band, else (bands, rows, columns).
    pub shape: Vec<u32>,
    pub samples: Samples,
}

impl Workspace {
    /// What the file says of itself.
    pub async fn info(&self, target: &Target) -> Result<DatasetInfo> {
        let subject = self.subject(target).await?;
        Ok(self.open_subject(&subject).await?.dataset.info().clone())
    }

    /// Samples of a window, in the file's own type. `usage.band`, `usage.overview`, `usage.window`, `limit.exceeded`;
    /// `usage.option` where they take more than the room there is, before any of them is read.
    pub async fn read(&self, target: &Target, options: &ReadOptions) -> Result<Reading> {
        let subject = self.subject(target).await?;
        let dataset = self.open_subject(&subject).await?.dataset;
        self.watch(&subject.location, read(&dataset, options).await)
    }
}

async fn read(dataset: &Dataset, options: &ReadOptions) -> Result<Reading> {
    let level = options.overview as usize;
    let size = dataset.level(level)?;
    let [left, top, right, bottom] = options.window.unwrap_or([0, 0, size.width, size.height]);
    let bands0: Vec<u16> = match options.band {
        Some(band) => vec![band0(band)?],
        None => (0..dataset.band_count()).collect(),
    };
    let window = Window { left, top, right, bottom };
    let sample_type = if options.unscale { SampleType::F64 } else { dataset.sample_type().decoded() };
    if let Some(room_bytes) = options.room_bytes {
        let pixels = num::product(window.width().into(), window.height().into())?;
        let samples = num::product(pixels, num::to_u64(bands0.len()))?;
        check_room(num::product(samples, num::to_u64(sample_type.bytes()))?, room_bytes)?;
    }
    let window = if options.unscale {
        dataset.read_masked_window(level, &bands0, window).await?
    } else {
        dataset.read_window(level, &bands0, window).await?
    };
    let mut shape = vec![window.height, window.width];
    if options.band.is_none() {
        shape.insert(0, u32::from(window.bands));
    }
    let samples = if options.unscale {
        let plane = window.samples.len() / bands0.len().max(1);
        let mut all = Vec::with_capacity(window.samples.len());
        for (place, &band0) in bands0.iter().enumerate() {
            let start = place * plane;
            all.extend(values(&window, start..start + plane, dataset.nodata(band0), dataset.unscale(band0)));
        }
        Samples::F64(all)
    } else {
        window.samples
    };
    Ok(Reading { dtype: samples.sample_type().numpy_name(), shape, samples })
}

fn check_room(bytes: u64, room_bytes: u64) -> Result<()> {
    if bytes <= room_bytes {
        return Ok(());
    }
    let message = format!("expected at least {bytes} bytes of memory in `into`, got {room_bytes}");
    Err(Error::new(Code::UsageOption, message).with_hint("it takes bands × rows × columns × the bytes of a sample"))
}

/// Samples as values: scale and offset applied, NaN where they are not valid.
pub(super) fn values(
    window: &WindowSamples,
    part: std::ops::Range<usize>,
    nodata: Nodata,
    (scale, offset): (f64, f64),
) -> Vec<f64> {
    fn convert<T: NodataSample>(samples: &[T], nodata: Nodata, scale: f64, offset: f64) -> Vec<f64> {
        let value = |sample: &T| {
            if nodata.is_valid(*sample) { sample.to_f64() * scale + offset } else { f64::NAN }
        };
        samples.iter().map(value).collect()
    }
    let mut values = with_real_samples!(
        &window.samples,
        samples => convert(samples.get(part.clone()).unwrap_or_default(), nodata, scale, offset),
        else vec![f64::NAN; part.len()]
    );
    if let Some(validity) = &window.validity {
        for (value, &is_valid) in values.iter_mut().zip(validity.get(part).unwrap_or_default()) {
            if !is_valid {
                *value = f64::NAN;
            }
        }
    }
    values
}

#[cfg(test)]
#[path = "read_tests.rs"]
mod tests;
