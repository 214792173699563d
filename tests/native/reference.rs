//! Our numbers against those of GDAL's warper and of exactextract, made by `tests/reference/make_references.py`.

use std::collections::HashMap;
use std::path::{Path, PathBuf};
use std::rc::Rc;

use cogrid::grid::{Grid, GridDefinition};
use cogrid::raster::Dataset;
use cogrid::resample::{ChunkColumns, Method, Observer, Options, Plan, Progress, Request, Weights};
use cogrid::source::MemorySource;
use cogrid::tiff::write::{CogOptions, CogWriter, CrsCode, Georeference, MemorySpool, Overviews, Sample};
use cogrid::{Limits, Result};
use serde_json::{Value, json};

#[test]
fn values_agree_with_gdal_and_exactextract() {
    let described = read("cases.json");
    let mut failures = Vec::new();
    for case in described["cases"].as_array().expect("cases are listed") {
        let name = case["name"].as_str().expect("a case has a name");
        let expected = read(&format!("values/{name}.json"));
        let got = resample(case, &described["rasters"]);
        for method in case["methods"].as_array().expect("methods are listed") {
            let method = method.as_str().expect("a method is a text");
            failures
                .extend(disagreement(&expected, &got, method, method, TOLERANCE).map(|what| format!("{name}: {what}")));
        }
        if expected.get("curve").is_some() {
            let what = disagreement(&expected, &got, "average", "curve", CURVE_TOLERANCE);
            failures.extend(what.map(|what| format!("{name}: true curve: {what}")));
        }
    }
    assert!(failures.is_empty(), "\n{}\n", failures.join("\n"));
}

/// The scales that the engine reports, which the references are made with.
#[test]
#[ignore = "writes tests/reference/scales.json"]
fn write_scales() {
    let described = read("cases.json");
    let scales: serde_json::Map<String, Value> = described["cases"]
        .as_array()
        .expect("cases are listed")
        .iter()
        .map(|case| {
            (
                case["name"].as_str().expect("a case has a name").to_owned(),
                json!(resample(case, &described["rasters"]).scale),
            )
        })
        .collect();
    let text = serde_json::to_string_pretty(&scales).expect("numbers are JSON") + "\n";
    std::fs::write(folder().join("scales.json"), text).expect("the folder can be written");
}

struct Got {
    scale: (f64, f64),
    /// Column name → cell id → value.
    columns: HashMap<String, HashMap<String, f64>>,
}

/// Resamples a case's raster, all its methods in one request.
fn resample(case: &Value, rasters: &Value) -> Got {
    let dataset = dataset(&rasters[case["raster"].as_str().expect("a case names a raster")]);
    let grid =
        Grid::new(&GridDefinition::from_value(&case["grid"]).expect("the grid is defined")).expect("the grid is one");
    let methods: Vec<Method> = case["methods"]
        .as_array()
        .expect("methods are listed")
        .iter()
        .map(|method| Method::parse(method.as_str().unwrap_or_default()).expect("the method exists"))
        .collect();
    let mut collected = Collected { grid: &grid, columns: HashMap::new() };
    let weights = if case["weights"] == "area" { Weights::Area } else { Weights::None };
    let request = Request { weights, ..Request::new(methods) };
    let plan = pollster::block_on(Plan::new(&dataset, &grid, &request, &Options::default(), &mut |_| Ok(())))
        .expect("the request can be planned");
    let scale = plan.scale;
    pollster::block_on(plan.run(&dataset, &grid, &mut collected)).expect("the request runs");
    Got { scale, columns: collected.columns }
}

struct Collected<'a> {
    grid: &'a Grid,
    columns: HashMap<String, HashMap<String, f64>>,
}

impl Observer for Collected<'_> {
    fn chunk(&mut self, columns: ChunkColumns) -> Result<()> {
        for (method, values) in &columns.bands[0].columns {
            let column = self.columns.entry(method.name().into_owned()).or_default();
            column.extend(columns.chunk.cells().map(|cell| self.grid.cell_id(cell)).zip(values.iter().copied()));
        }
        Ok(())
    }

    fn progress(&mut self, _progress: Progress) {}

    fn cancelled(&self) -> bool {
        false
    }
}

/// What differs most, where something differs more than `tolerance`.
fn disagreement(expected: &Value, got: &Got, method: &str, column: &str, tolerance: f64) -> Option<String> {
    let ids = expected["ids"].as_array().expect("ids are listed");
    let values = expected[column].as_array().expect("values are listed");
    let magnitude = values.iter().filter_map(Value::as_f64).fold(0.0, |most: f64, value| most.max(value.abs()));
    // GDAL gives nothing where the pixel under the centre is invalid; we do as long as another under the kernel is valid.
    let centres = expected["nearest"].as_array().filter(|_| is_kernel(method));
    let (mut wrong, mut worst, mut example) = (0, 0.0, String::new());
    for (position, (id, value)) in ids.iter().zip(values).enumerate() {
        if centres.is_some_and(|centres| centres[position].is_null()) {
            continue;
        }
        let id = id.as_str().expect("an id is a text");
        let ours = got.columns[method].get(id).copied();
        let theirs = value.as_f64().unwrap_or(f64::NAN);
        let difference = match ours {
            Some(ours) if ours == theirs || (ours.is_nan() && theirs.is_nan()) => 0.0,
            // A value next to zero may be what remains of pixels that are not.
            Some(ours) => (ours - theirs).abs() / theirs.abs().max(magnitude * 0.25),
            None => f64::INFINITY,
        };
        // One of the two has no value.
        let difference = if difference.is_nan() { f64::INFINITY } else { difference };
        if difference > tolerance {
            wrong += 1;
        }
        if difference > worst {
            worst = difference;
            example = format!("{id}: {ours:?}, reference {theirs}");
        }
    }
    eprintln!(
        "{:32} {column:12} {:4} cells, largest relative difference {worst:.1e}",
        expected["case"].as_str()?,
        ids.len()
    );
    (wrong > 0).then(|| format!("{column}: {wrong} of {} cells differ, by {worst:.1e} at {example}", ids.len()))
}

fn is_kernel(method: &str) -> bool {
    matches!(method, "bilinear" | "cubic" | "cubicspline" | "lanczos")
}

/// The raster of a description, written and read by the crate.
fn dataset(raster: &Value) -> Dataset {
    let factor = raster["factor"].as_f64().expect("a raster has a factor");
    let nodata = match &raster["nodata"] {
        Value::String(_) => Some(f64::NAN),
        other => other.as_f64(),
    };
    let bytes = match raster["dtype"].as_str().expect("a raster has a type") {
        "int32" => cog(raster, nodata.map(|v| v as i32), |v| v as i32),
        "uint16" => cog(raster, nodata.map(|v| v as u16), |v| v as u16),
        "float32" => cog(raster, nodata.map(|v| v as f32), |v| (v as f64 * factor) as f32),
        "float64" => cog(raster, nodata, |v| v as f64 * factor),
        other => panic!("no such type in cases.json: {other}"),
    };
    let source = Rc::new(MemorySource::new("reference.tif", bytes));
    pollster::block_on(Dataset::open(source, Limits::default())).expect("our own file is readable")
}

fn cog<T: Sample>(raster: &Value, nodata: Option<T>, sample: impl Fn(i64) -> T) -> Vec<u8> {
    let number = |name: &str| raster[name].as_i64().expect("a raster has its numbers");
    let (width, height, epsg) = (number("width"), number("height"), number("epsg") as u16);
    let geotransform = std::array::from_fn(|k| raster["geotransform"][k].as_f64().expect("six numbers"));
    let crs = if epsg == 4326 { CrsCode::Geographic(epsg) } else { CrsCode::Projected(epsg) };
    let modulo = raster["modulo"].as_i64().unwrap_or(1009);
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
                    _ => sample(formula(column, row) % modulo),
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
    (3 * column * column + 5 * row * row + 7 * column * row + 13 * column + 17 * row) % 1009
}

fn folder() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../tests/reference")
}

fn read(path: &str) -> Value {
    let text = std::fs::read_to_string(folder().join(path)).unwrap_or_else(|error| panic!("{path}: {error}"));
    serde_json::from_str(&text).unwrap_or_else(|error| panic!("{path}: {error}"))
}

/// Relative. exactextract's fractions are `f32`.
const TOLERANCE: f64 = 1e-6;
/// What chords may cost beside the true curve: they stay within 3e-4 pixel of it and have its area.
const CURVE_TOLERANCE: f64 = 1e-4;
