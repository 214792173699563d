//! What is good and what is bad about a file for reading it in parts, and how to mend it.

use std::rc::Rc;

use serde::Serialize;

use super::workspace::{Target, Workspace};
use crate::error::{Error, Result};
use crate::limits::Limits;
use crate::raster::{BlockId, Dataset, DatasetInfo, Window};
use crate::source::{CountingSource, RangeReader};

/// Findings about a file, in the order in which they were made.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Diagnosis {
    pub checks: Vec<Check>,
    /// What the file says of itself, where it opens.
    pub info: Option<DatasetInfo>,
}

/// One finding.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Check {
    /// `format`, `header`, `tiles`, `overviews`, `compression`, `crs`, `georeference`, `nodata`, `pixels`.
    pub name: &'static str,
    pub status: CheckStatus,
    pub message: String,
    /// The command or the setting that mends it.
    pub fix: Option<String>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum CheckStatus {
    Ok,
    /// It works, but costs time or means less than it could.
    Warning,
    /// Something that users want does not work.
    Problem,
}

impl Workspace {
    /// Opens the file anew and looks at how it is laid out. What is wrong with it is a finding, not an error.
    pub async fn diagnose(&self, target: &Target) -> Result<Diagnosis> {
        let reader = self.fresh_reader(target).await?;
        let location = reader.location().to_owned();
        Ok(examine(Rc::new(CountingSource::new(reader)), &location).await)
    }
}

async fn examine<R: RangeReader + 'static>(source: Rc<CountingSource<R>>, location: &str) -> Diagnosis {
    let reader: Rc<dyn RangeReader> = Rc::clone(&source) as Rc<dyn RangeReader>;
    let dataset = match Dataset::open(reader, Limits::default()).await {
        Ok(dataset) => dataset,
        Err(error) => {
            return Diagnosis { checks: vec![failed("format", &error)], info: None };
        }
    };
    let file = File::new(location);
    let ranges = source.ranges();
    let opening = (ranges.len(), ranges.iter().map(|range| range.end - range.start).sum::<u64>());
    let mut checks = vec![format(&dataset, &file), header(&dataset, opening, &file)];
    checks.extend([tiles(&dataset, &file), overviews(&dataset, &file), compression(&dataset, &file)]);
    checks.extend([crs(&dataset, &file), georeference(&dataset, &file), nodata(&dataset), pixels(&dataset).await]);
    Diagnosis { checks, info: Some(dataset.info().clone()) }
}

fn format(dataset: &Dataset, file: &File) -> Check {
    if let Some(warning) = dataset.warnings().first() {
        return warning_of("format", warning.clone(), file.translate());
    }
    let claims_cog = dataset.info().layout.as_ref().is_some_and(|layout| layout.contains_key("LAYOUT"));
    ok("format", if claims_cog { "a GeoTIFF that says it is laid out as a COG" } else { "a GeoTIFF" })
}

fn header(dataset: &Dataset, (requests, bytes): (usize, u64), file: &File) -> Check {
    let first = dataset.directory_offsets().first().copied().unwrap_or_default();
    if requests <= 1 {
        return ok("header", format!("opens with one request of {} KiB", bytes.div_ceil(1024)));
    }
    let message = format!(
        "opens with {requests} requests of {} KiB in all: directories are not at the front (the first is at byte {first})",
        bytes.div_ceil(1024)
    );
    warning_of("header", message, file.translate())
}

fn tiles(dataset: &Dataset, file: &File) -> Check {
    let info = dataset.info();
    let (width, height) = (info.tile_width, info.tile_height);
    let pixels = u64::from(width) * u64::from(height);
    if dataset.is_tiled() && pixels <= MAX_BLOCK_PIXELS {
        return ok("tiles", format!("tiles of {width} × {height} pixels"));
    }
    let is_small = u64::from(info.width) * u64::from(info.height) <= SMALL_PIXELS;
    let kind = if dataset.is_tiled() { "tiles" } else { "strips" };
    let message = format!("{kind} of {width} × {height} pixels: a small window reads far more than it needs");
    if is_small {
        ok("tiles", format!("{kind} of {width} × {height} pixels, in a small file"))
    } else {
        problem("tiles", message, file.translate())
    }
}

fn overviews(dataset: &Dataset, file: &File) -> Check {
    let info = dataset.info();
    let last = dataset.levels().last().map_or(0, |level| level.width.max(level.height));
    let count = info.overviews.len();
    if last <= MAX_LAST_LEVEL_PX {
        return ok(
            "overviews",
            if count == 0 { "small enough to need none".to_owned() } else { format!("{count} overviews") },
        );
    }
    let message = if count == 0 {
        format!("none: a picture of the whole reads all of its {} × {} pixels", info.width, info.height)
    } else {
        format!("{count} overviews, but the coarsest still has {last} pixels along a side")
    };
    let mut factors = String::new();
    let mut factor: u32 = 2;
    while info.width.max(info.height) / factor > MAX_LAST_LEVEL_PX / 4 {
        factors.push_str(&format!(" {factor}"));
        factor = factor.saturating_mul(2);
    }
    problem(
        "overviews",
        message,
        format!("{} (or in place: gdaladdo -r average {}{factors})", file.translate(), file.name),
    )
}

fn compression(dataset: &Dataset, file: &File) -> Check {
    let info = dataset.info();
    match dataset.decoder(0, 0) {
        Err(error) => failed("compression", &error),
        Ok(_) if info.compression == "none" => {
            warning_of("compression", "none: reads are several times longer than they need be", file.translate())
        }
        Ok(_) => {
            let predictor = if info.predictor > 1 { format!(", predictor {}", info.predictor) } else { String::new() };
            ok("compression", format!("{}{predictor}", info.compression))
        }
    }
}

fn crs(dataset: &Dataset, file: &File) -> Check {
    match dataset.crs() {
        Ok(crs) => ok("crs", crs.name()),
        Err(error) => {
            let fix = format!("gdal_edit.py -a_srs EPSG:4326 {} (with the code of its CRS)", file.name);
            problem("crs", error.message(), fix)
        }
    }
}

fn georeference(dataset: &Dataset, file: &File) -> Check {
    match dataset.level_geotransform(0) {
        Ok(geotransform) => {
            let (width, height) = geotransform.pixel_size();
            ok("georeference", format!("pixels of {width} × {height} in units of the CRS"))
        }
        Err(error) if error.code() == crate::error::Code::GeoGcpsUnsupported => {
            let fix = format!("gdalwarp -of COG {} {}", file.name, file.mended);
            problem("georeference", error.message(), fix)
        }
        Err(error) => {
            let fix = format!("gdal_edit.py -a_ullr WEST NORTH EAST SOUTH {}", file.name);
            problem("georeference", error.message(), fix)
        }
    }
}

fn nodata(dataset: &Dataset) -> Check {
    let info = dataset.info();
    let text = serde_json::to_value(info).ok().and_then(|info| info.get("nodata").cloned()).unwrap_or_default();
    if !text.is_null() {
        return ok("nodata", text.to_string().replace('"', ""));
    }
    ok("nodata", if info.masks > 0 { "a mask" } else { "none: every pixel counts" })
}

/// Reads and decodes a pixel in the middle of the coarsest level.
async fn pixels(dataset: &Dataset) -> Check {
    let level_index = dataset.level_count().saturating_sub(1);
    let outcome = async {
        let level = *dataset.level(level_index)?;
        let id = BlockId { col: level.blocks_across / 2, row: level.blocks_down / 2 };
        let Window { left, top, .. } = level.block_window(id);
        dataset.read_window(level_index, &[0], Window { left, top, right: left + 1, bottom: top + 1 }).await?;
        Ok::<_, Error>(id)
    };
    match outcome.await {
        Ok(id) => ok("pixels", format!("block column {} row {} of level {level_index} decodes", id.col, id.row)),
        Err(error) => failed("pixels", &error),
    }
}

/// Names for commands.
struct File {
    name: String,
    mended: String,
}

impl File {
    fn new(location: &str) -> Self {
        let path = location.split(['?', '#']).next().unwrap_or(location);
        let name = path.rsplit(['/', '\\', ':']).next().filter(|name| !name.is_empty()).unwrap_or("file.tif");
        // What a shell would take apart is quoted.
        let quoted = |name: String| {
            let is_plain = name.chars().all(|char| char.is_alphanumeric() || "._-".contains(char));
            if is_plain { name } else { format!("'{}'", name.replace('\'', "'\\''")) }
        };
        let stem = name.rsplit_once('.').map_or(name, |(stem, _)| stem);
        Self { name: quoted(name.to_owned()), mended: quoted(format!("{stem}_cog.tif")) }
    }

    /// The command that writes it anew with everything that is wanted.
    fn translate(&self) -> String {
        format!("gdal_translate -of COG -co COMPRESS=DEFLATE -co PREDICTOR=YES {} {}", self.name, self.mended)
    }
}

fn ok(name: &'static str, message: impl Into<String>) -> Check {
    Check { name, status: CheckStatus::Ok, message: message.into(), fix: None }
}

fn warning_of(name: &'static str, message: impl Into<String>, fix: String) -> Check {
    Check { name, status: CheckStatus::Warning, message: message.into(), fix: Some(fix) }
}

fn problem(name: &'static str, message: impl Into<String>, fix: String) -> Check {
    Check { name, status: CheckStatus::Problem, message: message.into(), fix: Some(fix) }
}

fn failed(name: &'static str, error: &Error) -> Check {
    let message = format!("{}: {}", error.code().as_str(), error.message());
    Check { name, status: CheckStatus::Problem, message, fix: error.hint().map(str::to_owned) }
}

/// A block of more than 2048 × 2048 pixels is read whole for a corner of it.
const MAX_BLOCK_PIXELS: u64 = 2048 * 2048;
/// A file so small comes with one or two requests however it is laid out.
const SMALL_PIXELS: u64 = 512 * 512;
/// A coarsest level up to this is quickly read for a picture of the whole.
const MAX_LAST_LEVEL_PX: u32 = 2048;

#[cfg(test)]
#[path = "diagnosis_tests.rs"]
mod tests;
