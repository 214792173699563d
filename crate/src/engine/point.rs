//! Values at a place.

use serde::{Deserialize, Serialize};

use super::question::band0;
use super::read::values;
use super::workspace::{Target, Workspace};
use crate::error::{Code, Error, Result};
use crate::geo::Crs;
use crate::raster::{Dataset, Window};
use crate::resample::PixelMap;

/// Options of `point`.
#[derive(Debug, Clone, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct PointOptions {
    /// 1-based; all bands where it is absent.
    pub band: Option<u32>,
    /// CRS of the coordinates; longitude and latitude where it is absent.
    pub crs: Option<String>,
    /// Applies the file's scale and offset.
    pub unscale: bool,
}

/// Values of the pixel that holds a place.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct PointValues {
    /// `None` where the pixel is not valid.
    pub values: Vec<Option<f64>>,
    /// `b1`, `b2`, …
    pub band_names: Vec<String>,
}

impl Workspace {
    /// The values of the pixel that holds the place; `usage.outside` where the raster has none there.
    pub async fn point(&self, target: &Target, x: f64, y: f64, options: &PointOptions) -> Result<PointValues> {
        let subject = self.subject(target).await?;
        let dataset = self.open_subject(&subject).await?.dataset;
        self.watch(&subject.location, point(&dataset, x, y, options).await)
    }
}

async fn point(dataset: &Dataset, x: f64, y: f64, options: &PointOptions) -> Result<PointValues> {
    let crs = Crs::parse(options.crs.as_deref().unwrap_or("EPSG:4326"))?;
    let size = dataset.level(0)?;
    let size = (size.width, size.height);
    let map = PixelMap::new(&crs, &dataset.crs()?, &dataset.level_geotransform(0)?, size)?;
    let mut place = [(x, y)];
    map.map(&mut place);
    let [(u, v)] = place;
    let u = u + map.first_turn(u);
    let inside = (0.0..f64::from(size.0)).contains(&u) && (0.0..f64::from(size.1)).contains(&v);
    if !inside {
        return Err(Error::new(Code::UsageOutside, format!("the place {x}, {y} ({crs}) is outside the raster"))
            .with_hint("give longitude before latitude, or name the CRS of the coordinates"));
    }
    let (column, row) = (u as u32, v as u32);
    let bands0: Vec<u16> = match options.band {
        Some(band) => vec![band0(band)?],
        None => (0..dataset.band_count()).collect(),
    };
    let window = Window { left: column, top: row, right: column + 1, bottom: row + 1 };
    let found = dataset.read_masked_window(0, &bands0, window).await?;
    let value = |(place, band0): (usize, &u16)| {
        let unscale = if options.unscale { dataset.unscale(*band0) } else { (1.0, 0.0) };
        let value = values(&found, place..place + 1, dataset.nodata(*band0), unscale);
        value.first().copied().filter(|value| !value.is_nan())
    };
    Ok(PointValues {
        values: bands0.iter().enumerate().map(value).collect(),
        band_names: bands0.iter().map(|band0| format!("b{}", u32::from(*band0) + 1)).collect(),
    })
}
