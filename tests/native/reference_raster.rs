//! The rasters of `tests/reference/cases.json`.

use std::path::Path;
use std::rc::Rc;

use cogrid::Limits;
use cogrid::raster::Dataset;
use cogrid::source::{FileSource, MemorySource};
use cogrid::tiff::write::{CogOptions, CogWriter, CrsCode, Georeference, MemorySpool, Overviews, Sample};
use serde_json::Value;

use crate::masked_tiff::{self, MaskedPage};
use crate::shared_data;

/// A described raster, in blocks of this size where it is made; `None` where it is a file that is not there.
pub fn dataset(raster: &Value, block_size_px: u32) -> Option<Dataset> {
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
    let source = Rc::new(MemorySource::new("reference.tif", made(raster, block_size_px)));
    Some(pollster::block_on(Dataset::open(source, Limits::default())).expect("our own file is readable"))
}

/// A raster by formula, written by the crate.
fn made(raster: &Value, block_size_px: u32) -> Vec<u8> {
    let raster = Made::new(raster);
    let nodata = match &raster.described["nodata"] {
        Value::String(_) => Some(f64::NAN),
        other => other.as_f64(),
    };
    let factor = raster.factor;
    if let Some(validity) = raster.described["validity"].as_str() {
        return raster.masked(validity, |v| (v as f64 * factor) as f32);
    }
    match raster.described["dtype"].as_str().expect("a raster has a type") {
        "int32" => raster.cog(block_size_px, nodata.map(|v| v as i32), |v| v as i32),
        "uint16" => raster.cog(block_size_px, nodata.map(|v| v as u16), |v| v as u16),
        "float32" => raster.cog(block_size_px, nodata.map(|v| v as f32), |v| (v as f64 * factor) as f32),
        "float64" => raster.cog(block_size_px, nodata, |v| v as f64 * factor),
        other => panic!("no such type in cases.json: {other}"),
    }
}

struct Made<'a> {
    described: &'a Value,
    width: i64,
    height: i64,
    factor: f64,
    modulus: i64,
    has_holes: bool,
    epsg: u16,
    geotransform: [f64; 6],
}

impl<'a> Made<'a> {
    fn new(described: &'a Value) -> Self {
        let number = |name: &str| described[name].as_i64().expect("a raster has its numbers");
        let code = described["crs"].as_str().and_then(|crs| crs.strip_prefix("EPSG:")?.parse().ok());
        Self {
            described,
            width: number("width"),
            height: number("height"),
            factor: described["factor"].as_f64().expect("a raster has a factor"),
            modulus: described["modulus"].as_i64().unwrap_or(1009),
            has_holes: described["holes"].as_bool().expect("a raster says whether it has holes"),
            epsg: code.expect("a made raster's CRS has an EPSG code"),
            geotransform: std::array::from_fn(|k| described["geotransform"][k].as_f64().expect("six numbers")),
        }
    }

    /// As in make_references.py.
    fn formula(&self, column: i64, row: i64) -> i64 {
        (3 * column * column + 5 * row * row + 7 * column * row + 13 * column + 17 * row) % self.modulus
    }

    fn is_hole(&self, column: i64, row: i64) -> bool {
        let away = (column - self.width / 3).pow(2) + (row - self.height / 2).pow(2);
        self.has_holes && ((31 * column + 17 * row) % 11 == 0 || away < 400)
    }

    fn cog<T: Sample>(&self, block_size_px: u32, nodata: Option<T>, sample: impl Fn(i64) -> T) -> Vec<u8> {
        let crs = if self.epsg == 4326 { CrsCode::Geographic(self.epsg) } else { CrsCode::Projected(self.epsg) };
        let options = CogOptions {
            block_size_px,
            nodata,
            georeference: Some(Georeference { geotransform: self.geotransform, crs: Some(crs) }),
            overviews: Overviews::None,
            ..CogOptions::new(self.width as u32, self.height as u32)
        };
        let mut writer = CogWriter::new(options, |_| Ok(MemorySpool::default())).expect("the options are sound");
        for row in 0..self.height {
            let of = |column| match nodata {
                Some(nodata) if self.is_hole(column, row) => nodata,
                _ => sample(self.formula(column, row)),
            };
            writer.push_rows(&(0..self.width).map(of).collect::<Vec<T>>()).expect("rows fit");
        }
        writer.finish_in_memory().expect("all rows are there")
    }

    /// A file whose holes are those of a mask or of an alpha band, which the crate does not write. Samples under holes
    /// are values as any other.
    fn masked(&self, validity: &str, sample: impl Fn(i64) -> f32) -> Vec<u8> {
        let places = || (0..self.height).flat_map(|row| (0..self.width).map(move |column| (column, row)));
        let sample = |(column, row): (i64, i64)| sample(self.formula(column, row));
        let is_valid = |(column, row): (i64, i64)| !self.is_hole(column, row);
        let page = |format: u16, bits: u16, samples: Vec<u8>| MaskedPage {
            width: self.width as u32,
            height: self.height as u32,
            format,
            bits,
            samples,
        };
        let place = (self.geotransform, self.epsg);
        match validity {
            "mask" => {
                let image = page(3, 32, places().flat_map(|at| sample(at).to_le_bytes()).collect());
                let mask = page(1, 8, places().map(|at| if is_valid(at) { 255 } else { 0 }).collect());
                masked_tiff::with_mask(&image, &mask, place)
            }
            "alpha" => {
                let pixel = |at| [sample(at), if is_valid(at) { 1.0 } else { 0.0 }];
                let image = places().flat_map(|at| pixel(at).map(f32::to_le_bytes)).flatten().collect();
                masked_tiff::with_alpha(&page(3, 32, image), place)
            }
            other => panic!("no such validity in cases.json: {other}"),
        }
    }
}
