//! The rasters of `tests/reference/agreement/cases.json`.

use std::path::Path;
use std::rc::Rc;

use cogrid::Limits;
use cogrid::raster::Dataset;
use cogrid::source::{FileSource, MemorySource};
use cogrid::tiff::write::{CogOptions, CogWriter, CrsCode, Georeference, MemorySpool, Overviews, Sample};
use serde_json::Value;

use crate::shared_data;

/// A described raster; `None` where it is a file that is not there.
pub fn dataset(raster: &Value) -> Option<Dataset> {
    if let Some(file) = raster["file"].as_str() {
        let folder = match raster["from"].as_str() {
            Some("shared") => shared_data::root()?,
            _ => Path::new(env!("CARGO_MANIFEST_DIR")).join("../dist/app/samples"),
        };
        let path = folder.join(file);
        if !path.is_file() {
            eprintln!("skipped: there is no {}", path.display());
            return None;
        }
        let source = Rc::new(FileSource::open(&path).expect("the file can be opened"));
        return Some(pollster::block_on(Dataset::open(source, Limits::default())).expect("the file is readable"));
    }
    let source = Rc::new(MemorySource::new("reference.tif", made(raster)));
    Some(pollster::block_on(Dataset::open(source, Limits::default())).expect("our own file is readable"))
}

/// A raster by formula, written by the crate.
fn made(raster: &Value) -> Vec<u8> {
    let factor = raster["factor"].as_f64().expect("a raster has a factor");
    let nodata = match &raster["nodata"] {
        Value::String(_) => Some(f64::NAN),
        other => other.as_f64(),
    };
    match raster["dtype"].as_str().expect("a raster has a type") {
        "int32" => cog(raster, nodata.map(|v| v as i32), |v| v as i32),
        "uint16" => cog(raster, nodata.map(|v| v as u16), |v| v as u16),
        "float32" => cog(raster, nodata.map(|v| v as f32), |v| (v as f64 * factor) as f32),
        "float64" => cog(raster, nodata, |v| v as f64 * factor),
        other => panic!("no such type in cases.json: {other}"),
    }
}

fn cog<T: Sample>(raster: &Value, nodata: Option<T>, sample: impl Fn(i64) -> T) -> Vec<u8> {
    let number = |name: &str| raster[name].as_i64().expect("a raster has its numbers");
    let (width, height, modulus) = (number("width"), number("height"), raster["modulus"].as_i64().unwrap_or(1009));
    let code = raster["crs"].as_str().and_then(|crs| crs.strip_prefix("EPSG:")?.parse().ok());
    let epsg: u16 = code.expect("a made raster's CRS has an EPSG code");
    let geotransform = std::array::from_fn(|k| raster["geotransform"][k].as_f64().expect("six numbers"));
    let crs = if epsg == 4326 { CrsCode::Geographic(epsg) } else { CrsCode::Projected(epsg) };
    let has_holes = raster["holes"].as_bool().expect("a raster says whether it has holes");
    let options = CogOptions {
        block_size_px: 64,
        nodata,
        georeference: Some(Georeference { geotransform, crs: Some(crs) }),
        overviews: Overviews::None,
        ..CogOptions::new(width as u32, height as u32)
    };
    let mut writer = CogWriter::new(options, |_| Ok(MemorySpool::default())).expect("the options are sound");
    for row in 0..height {
        let samples: Vec<T> = (0..width)
            .map(|column| {
                let away = (column - width / 3).pow(2) + (row - height / 2).pow(2);
                match nodata {
                    Some(nodata) if has_holes && ((31 * column + 17 * row) % 11 == 0 || away < 400) => nodata,
                    _ => sample(formula(column, row) % modulus),
                }
            })
            .collect();
        writer.push_rows(&samples).expect("rows fit");
    }
    let mut file = Vec::new();
    writer
        .finish(&mut |bytes| {
            file.extend_from_slice(bytes);
            Ok(())
        })
        .expect("all rows are there");
    file
}

/// As in make_references.py.
fn formula(column: i64, row: i64) -> i64 {
    3 * column * column + 5 * row * row + 7 * column * row + 13 * column + 17 * row
}
