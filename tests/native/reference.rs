//! Our numbers against those of GDAL's warper, of exactextract and of a brute-force twin, made by
//! `tests/reference/make_references.py`.

use std::collections::HashMap;
use std::path::{Path, PathBuf};

use cogrid::Result;
use cogrid::grid::{Grid, GridDefinition};
use cogrid::raster::Dataset;
use cogrid::resample::{ChunkColumns, Method, Observer, Options, Plan, Progress, Request, Weights};
use serde_json::{Value, json};

use crate::reference_raster::dataset;
use crate::reference_report::{Case, Reference, Report, Worst};

#[test]
fn values_agree_with_gdal_exactextract_and_brute_force() {
    let described = read("cases.json");
    let mut report = Report::default();
    for case in cases(&described) {
        for block_size_px in block_sizes(case) {
            if let Some(dataset) = dataset(raster_of(&described, case), block_size_px) {
                report.compare(case, &dataset);
            }
        }
    }
    report.print();
    assert!(report.failures.is_empty(), "\n{}\n", report.failures.join("\n"));
    if std::env::var_os("COGRID_WRITE").is_some() {
        report.write(&folder().join("../../docs/PARITY.md"), |name| {
            let case = cases(&described).iter().find(|case| case["name"] == name)?;
            Some((raster_of(&described, case), &case["grid"]))
        });
    }
}

/// A case that was taken out leaves no values behind, and nobody wrote into those that are there.
#[test]
fn values_are_those_of_the_cases() {
    let described = read("cases.json");
    let mut named: Vec<String> = cases(&described).iter().map(|case| format!("{}.json", text(case, "name"))).collect();
    let files = std::fs::read_dir(folder().join("values")).expect("values are there");
    let mut found: Vec<String> =
        files.map(|file| file.expect("a file").file_name().into_string().expect("a name")).collect();
    named.sort();
    found.sort();
    assert_eq!(named, found);
}

/// The scales that the engine reports, which the references are made with.
#[test]
#[ignore = "writes tests/reference/scales.json"]
fn write_scales() {
    let described = read("cases.json");
    let mut lines = Vec::new();
    for case in cases(&described) {
        let dataset = dataset(raster_of(&described, case), block_sizes(case)[0]).expect("all rasters are there");
        let scale = plan(&dataset, &grid_of(case), &["nearest"], Weights::None).scale;
        lines.push(format!("  {}: {}", case["name"], json!(scale)));
    }
    std::fs::write(folder().join("scales.json"), format!("{{\n{}\n}}\n", lines.join(",\n")))
        .expect("it can be written");
}

impl Report {
    fn compare(&mut self, case: &Value, dataset: &Dataset) {
        let name = text(case, "name");
        let expected = read(&format!("values/{name}.json"));
        let grid = grid_of(case);
        let weights = if case["weights"] == "area" { Weights::Area } else { Weights::None };
        let mut compared = Case::new(name);
        // Sums alone, all area methods, all point methods, and those whose confidence is a reference's.
        let areas = available(&expected["twin"]);
        let points = available(&expected["points"]);
        let requests = [vec!["average", "count", "sum"], areas, points, vec!["bilinear"]];
        for (position, methods) in requests.iter().enumerate() {
            let got = resample(dataset, &grid, methods, weights);
            for reference in Reference::ALL {
                let columns = &expected[reference.key()];
                for &method in methods.iter().filter(|&&method| columns.get(method).is_some()) {
                    let found = difference(columns, &got, method, method);
                    self.note(&mut compared, method, reference, found);
                }
                let confidence = match reference {
                    Reference::Twin if position < 2 => "confidence".to_owned(),
                    Reference::Points if position > 1 => format!("confidence of {}", methods[0]),
                    _ => continue,
                };
                let found = difference(columns, &got, "confidence", &confidence);
                self.note(&mut compared, &confidence, reference, found);
            }
        }
        self.cases.push(compared);
    }
}

/// Names of the reference's columns that are methods of ours.
fn available(columns: &Value) -> Vec<&str> {
    let names = columns.as_object().expect("columns are listed").keys().map(String::as_str);
    let mut methods: Vec<&str> = names.filter(|name| Method::parse(name).is_ok()).collect();
    // The first's confidence is the request's.
    methods.sort_by_key(|&name| (name != "average" && name != "nearest", name));
    methods
}

/// Column name → cell id → value.
type Columns = HashMap<String, HashMap<String, f64>>;

fn plan(dataset: &Dataset, grid: &Grid, methods: &[&str], weights: Weights) -> Plan {
    let methods = methods.iter().map(|method| Method::parse(method).expect("the method exists")).collect();
    let request = Request { weights, ..Request::new(methods) };
    pollster::block_on(Plan::new(dataset, grid, &request, &Options::default(), &mut |_| Ok(())))
        .expect("the request can be planned")
}

fn resample(dataset: &Dataset, grid: &Grid, methods: &[&str], weights: Weights) -> Columns {
    let mut collected = Collected { grid, columns: HashMap::new() };
    pollster::block_on(plan(dataset, grid, methods, weights).run(dataset, grid, &mut collected))
        .expect("the request runs");
    collected.columns
}

struct Collected<'a> {
    grid: &'a Grid,
    columns: Columns,
}

impl Observer for Collected<'_> {
    fn chunk(&mut self, columns: ChunkColumns) -> Result<()> {
        let ids: Vec<String> = columns.chunk.cells().map(|cell| self.grid.cell_id(cell)).collect();
        let band = &columns.bands[0];
        let named = band.columns.iter().map(|(method, values)| (method.name().into_owned(), values));
        for (name, values) in named.chain([("confidence".to_owned(), &band.confidence)]) {
            self.columns.entry(name).or_default().extend(ids.iter().cloned().zip(values.iter().copied()));
        }
        Ok(())
    }

    fn progress(&mut self, _progress: Progress) {}

    fn cancelled(&self) -> bool {
        false
    }
}

/// The largest difference of a column of ours from one of a reference, and where.
fn difference(columns: &Value, got: &Columns, ours: &str, theirs: &str) -> (Worst, String) {
    let ids = columns["ids"].as_array().expect("ids are listed");
    let values = columns[theirs].as_array().expect("values are listed");
    let ours = &got[ours];
    let magnitude = values.iter().filter_map(Value::as_f64).fold(0.0, |most: f64, value| most.max(value.abs()));
    let (mut worst, mut example) = (Worst::default(), String::new());
    for (id, value) in ids.iter().zip(values) {
        // The script says why this one is no reference.
        if value.is_string() {
            worst.left_out += 1;
            continue;
        }
        let id = id.as_str().expect("an id is a text");
        let (ours, theirs) = (ours.get(id).copied(), value.as_f64().unwrap_or(f64::NAN));
        let by = match ours {
            Some(ours) if ours.is_nan() && theirs.is_nan() => 0.0,
            Some(ours) if ours == theirs => 0.0,
            // A value next to zero may be what remains of pixels that are not.
            Some(ours) => (ours - theirs).abs() / theirs.abs().max(magnitude * 0.25),
            None => f64::INFINITY,
        };
        // One of the two has no value.
        let by = if by.is_nan() { f64::INFINITY } else { by };
        worst.cells += 1;
        if by > worst.by {
            worst.by = by;
            example = format!("{id}: {ours:?}, reference {theirs}");
        }
    }
    (worst, example)
}

fn cases(described: &Value) -> &Vec<Value> {
    described["cases"].as_array().expect("cases are listed")
}

fn raster_of<'a>(described: &'a Value, case: &Value) -> &'a Value {
    &described["rasters"][text(case, "raster")]
}

/// Sides of a made raster's blocks: large polygons are cut to them.
fn block_sizes(case: &Value) -> Vec<u32> {
    let sizes = case["blocks"].as_array().map(|sizes| sizes.iter().filter_map(Value::as_u64).map(|size| size as u32));
    sizes.map_or_else(|| vec![64], Iterator::collect)
}

fn grid_of(case: &Value) -> Grid {
    let mut definition = case["grid"].clone();
    if let Some(path) = definition["features"].as_str() {
        definition["features"] = read(path);
    }
    Grid::new(&GridDefinition::from_value(&definition).expect("the grid is defined")).expect("the grid is one")
}

fn text<'a>(value: &'a Value, name: &str) -> &'a str {
    value[name].as_str().unwrap_or_else(|| panic!("{name} is a text in {value}"))
}

fn folder() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../tests/reference")
}

fn read(path: &str) -> Value {
    let text = std::fs::read_to_string(folder().join(path)).unwrap_or_else(|error| panic!("{path}: {error}"));
    serde_json::from_str(&text).unwrap_or_else(|error| panic!("{path}: {error}"))
}
