//! A result on squares as a raster of its own.

use super::resampling::ResultChunk;
use crate::error::{Code, Error, Result};
use crate::grid::{Cell, Grid, Rings};
use crate::num;
use crate::tiff::write::{BandText, CogOptions, CogWriter, CrsCode, Georeference, MemorySpool, Overviews};

/// What is said of cells that are no pixels.
#[must_use]
pub fn not_square() -> Error {
    Error::new(Code::UsageOutput, "expected a grid of squares for a GeoTIFF")
        .with_hint("write .parquet or .geojson: they hold cells of any shape")
}

/// A Cloud-Optimized GeoTIFF of a square grid's cells: a pixel a cell, a float64 band a method and one of the confidence
/// (of the first method); NaN, its nodata value, where there is no value or no cell.
///
/// `usage.output` for another grid and for a CRS without an EPSG code, `limit.exceeded` where the raster around the cells
/// is larger than `memory_limit_bytes`.
pub fn cog(grid: &Grid, chunks: &[ResultChunk], memory_limit_bytes: u64) -> Result<Vec<u8>> {
    if !grid.is_square() {
        return Err(not_square());
    }
    let crs = crs_code(grid)?;
    let Some(frame) = Frame::around(chunks) else {
        return Err(Error::new(Code::UsageOutput, "expected at least one cell for a GeoTIFF, got none"));
    };
    let (width, height) = (frame.width()?, frame.height()?);
    let names = chunks.first().map_or_else(Vec::new, names_of);
    let bands = names.len().saturating_add(1);
    let samples = num::product(num::product(width.into(), height.into())?, num::to_u64(bands))?;
    let bytes = num::product(samples, 8)?;
    if bytes > memory_limit_bytes {
        let message = format!("the raster around the cells takes {bytes} bytes, {memory_limit_bytes} allowed");
        return Err(Error::new(Code::LimitExceeded, message).with_hint(
            "raise the memory limit, or write smaller bounds: those that cross the antimeridian go around",
        ));
    }
    let mut raster = vec![f64::NAN; num::to_usize(samples)?];
    let row_samples = num::to_usize(u64::from(width))?.saturating_mul(bands);
    for chunk in chunks {
        let columns = chunk.columns.iter().map(|(_, values)| values).chain([&chunk.confidence]);
        for (band, values) in columns.enumerate() {
            for (cell, value) in chunk.chunk.cells().zip(values) {
                let at = frame.position(cell).and_then(|(column, row)| {
                    row.checked_mul(row_samples)?.checked_add(column.checked_mul(bands)?)?.checked_add(band)
                });
                if let Some(sample) = at.and_then(|at| raster.get_mut(at)) {
                    *sample = *value;
                }
            }
        }
    }
    let text = |name: &str| BandText { description: Some(name.to_owned()), units: None };
    let (size, _) = grid.cell_spacing().ok_or_else(not_square)?;
    let (left, top) = frame.corner(grid);
    let options = CogOptions {
        bands: u16::try_from(bands)
            .map_err(|_| Error::new(Code::UsageOutput, format!("{bands} bands are too many")))?,
        nodata: Some(f64::NAN),
        georeference: Some(Georeference { geotransform: [left, size, 0.0, top, 0.0, -size], crs: Some(crs) }),
        band_texts: names.into_iter().chain(["confidence"]).map(text).collect(),
        overviews: Overviews::Average,
        ..CogOptions::new(width, height)
    };
    let mut writer = CogWriter::new(options, |_| Ok(MemorySpool::default()))?;
    writer.push_rows(&raster)?;
    drop(raster);
    writer.finish_in_memory()
}

/// The rows and columns that cells take.
struct Frame {
    rows: (i64, i64),
    columns: (i64, i64),
}

impl Frame {
    fn around(chunks: &[ResultChunk]) -> Option<Self> {
        let mut frame = Self { rows: (i64::MAX, i64::MIN), columns: (i64::MAX, i64::MIN) };
        for run in chunks.iter().flat_map(|chunk| &chunk.chunk.runs).filter(|run| run.count > 0) {
            let last = run.start.saturating_add(i64::from(run.count) - 1);
            frame.rows = (frame.rows.0.min(run.row), frame.rows.1.max(run.row));
            frame.columns = (frame.columns.0.min(run.start), frame.columns.1.max(last));
        }
        (frame.rows.0 <= frame.rows.1).then_some(frame)
    }

    fn width(&self) -> Result<u32> {
        side(self.columns)
    }

    fn height(&self) -> Result<u32> {
        side(self.rows)
    }

    /// Column and row of a cell's pixel: rows count from the north, where lattice rows count northwards.
    fn position(&self, cell: Cell) -> Option<(usize, usize)> {
        let column = usize::try_from(cell.column.checked_sub(self.columns.0)?).ok()?;
        Some((column, usize::try_from(self.rows.1.checked_sub(cell.row)?).ok()?))
    }

    /// The upper left corner, in the grid's CRS.
    fn corner(&self, grid: &Grid) -> (f64, f64) {
        let mut rings = Rings::default();
        grid.outline(Cell { row: self.rows.1, column: self.columns.0 }, &mut rings);
        rings
            .vertices
            .into_iter()
            .fold((f64::INFINITY, f64::NEG_INFINITY), |(left, top), (x, y)| (left.min(x), top.max(y)))
    }
}

fn side((first, last): (i64, i64)) -> Result<u32> {
    let count = last.abs_diff(first).saturating_add(1);
    u32::try_from(count).map_err(|_| Error::new(Code::LimitOverflow, format!("{count} pixels a side are too many")))
}

fn names_of(chunk: &ResultChunk) -> Vec<&str> {
    chunk.columns.iter().map(|(name, _)| name.as_str()).collect()
}

fn crs_code(grid: &Grid) -> Result<CrsCode> {
    let name = grid.crs().name();
    let code = name.strip_prefix("EPSG:").and_then(|code| code.parse::<u16>().ok());
    match code {
        Some(code) if grid.crs().is_geographic() => Ok(CrsCode::Geographic(code)),
        Some(code) => Ok(CrsCode::Projected(code)),
        None => Err(Error::new(Code::UsageOutput, format!("expected a grid in a CRS with an EPSG code, got {name}"))
            .with_hint("write .parquet or .geojson, or use a grid in another CRS")),
    }
}

#[cfg(test)]
#[path = "cog_tests.rs"]
mod tests;
