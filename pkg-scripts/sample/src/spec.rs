//! A raster described by JSON, its pixels in a raw file.

use std::fs;
use std::path::{Path, PathBuf};

use cogrid::tiff::write::{BandText, CogOptions, CogWriter, CrsCode, Georeference, Overviews, Sample};
use serde::Deserialize;

use crate::AnyError;
use crate::file_spool::FileSpool;
use crate::output::finish;

/// What the raw file holds: rows of little-endian samples, top to bottom.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
struct Spec {
    /// Beside the description unless absolute.
    data: PathBuf,
    dtype: Dtype,
    width: u32,
    height: u32,
    geotransform: [f64; 6],
    /// EPSG code of a geographic CRS.
    geographic: Option<u16>,
    /// EPSG code of a projected CRS.
    projected: Option<u16>,
    nodata: Option<f64>,
    block_size: u32,
    description: Option<String>,
    units: Option<String>,
    /// Overviews pick a pixel instead of averaging: for categories.
    #[serde(default)]
    is_categorical: bool,
}

#[derive(Deserialize)]
#[serde(rename_all = "lowercase")]
enum Dtype {
    Uint8,
    Uint16,
    Int16,
    Int32,
    Float32,
    Float64,
}

/// Writes the raster that the JSON file `spec` describes to `out`.
pub fn write(spec: &Path, out: &Path) -> Result<(), AnyError> {
    let parsed: Spec = serde_json::from_slice(&fs::read(spec)?)?;
    let raw = fs::read(spec.parent().unwrap_or(Path::new(".")).join(&parsed.data))?;
    match parsed.dtype {
        Dtype::Uint8 => write_as(&parsed, &raw, out, u8::from_le_bytes, |v| v as u8),
        Dtype::Uint16 => write_as(&parsed, &raw, out, u16::from_le_bytes, |v| v as u16),
        Dtype::Int16 => write_as(&parsed, &raw, out, i16::from_le_bytes, |v| v as i16),
        Dtype::Int32 => write_as(&parsed, &raw, out, i32::from_le_bytes, |v| v as i32),
        Dtype::Float32 => write_as(&parsed, &raw, out, f32::from_le_bytes, |v| v as f32),
        Dtype::Float64 => write_as(&parsed, &raw, out, f64::from_le_bytes, |v| v),
    }
}

fn write_as<T: Sample, const N: usize>(
    spec: &Spec,
    raw: &[u8],
    out: &Path,
    decode: fn([u8; N]) -> T,
    nodata: fn(f64) -> T,
) -> Result<(), AnyError> {
    let expected = u64::from(spec.width) * u64::from(spec.height) * N as u64;
    if raw.len() as u64 != expected {
        return Err(format!("{}: expected {expected} bytes, got {}", spec.data.display(), raw.len()).into());
    }
    let crs = spec.projected.map(CrsCode::Projected).or(spec.geographic.map(CrsCode::Geographic));
    let options = CogOptions {
        block_size_px: spec.block_size,
        nodata: spec.nodata.map(nodata),
        georeference: Some(Georeference { geotransform: spec.geotransform, crs }),
        band_texts: vec![BandText { description: spec.description.clone(), units: spec.units.clone() }],
        overviews: if spec.is_categorical { Overviews::Nearest } else { Overviews::Average },
        ..CogOptions::new(spec.width, spec.height)
    };
    let mut writer = CogWriter::new(options, |level| FileSpool::beside(out, level))?;
    let samples: Vec<T> = raw.chunks_exact(N).filter_map(|bytes| bytes.try_into().ok().map(decode)).collect();
    writer.push_rows(&samples)?;
    finish(writer, out)
}
