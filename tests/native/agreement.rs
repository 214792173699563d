//! Our numbers against those of GDAL's warper, of exactextract and of a brute-force twin, made by
//! `tests/reference/agreement/make_references.py`.

use std::collections::{BTreeMap, HashMap};
use std::path::{Path, PathBuf};

use cogrid::Result;
use cogrid::grid::{Grid, GridDefinition};
use cogrid::raster::Dataset;
use cogrid::resample::{ChunkColumns, Method, Observer, Options, Plan, Progress, Request};
use serde_json::{Value, json};

use crate::agreement_raster::dataset;

#[test]
fn values_agree_with_gdal_exactextract_and_brute_force() {
    let agreement = compare_all();
    for case in &agreement.cases {
        eprintln!("{case:?}");
    }
    for ((method, reference), worst) in &agreement.methods {
        eprintln!("{method:24} {:14} {:6} cells, largest difference {:.1e}", reference.name(), worst.cells, worst.by);
    }
    assert!(agreement.failures.is_empty(), "\n{}\n", agreement.failures.join("\n"));
    if std::env::var_os("COGRID_WRITE").is_some() {
        write_section(&agreement.tables(&read("cases.json")));
    }
}

/// The scales that the engine reports, which the references are made with.
#[test]
#[ignore = "writes tests/reference/agreement/scales.json"]
fn write_scales() {
    let described = read("cases.json");
    let mut scales = serde_json::Map::new();
    for case in described["cases"].as_array().expect("cases are listed") {
        let dataset = dataset(raster_of(&described, case)).expect("all rasters are there");
        let scale = plan(&dataset, &grid_of(case), &["nearest"]).scale;
        scales.insert(text(case, "name").to_owned(), json!(scale));
    }
    let lines: Vec<String> = scales.iter().map(|(name, scale)| format!("  \"{name}\": {scale}")).collect();
    std::fs::write(folder().join("scales.json"), format!("{{\n{}\n}}\n", lines.join(",\n")))
        .expect("it can be written");
}

/// Who else computed a value.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Reference {
    /// Its warper, point methods of squares.
    Gdal,
    /// The definition in f64, point methods at every grid's centres.
    Points,
    Exactextract,
    /// Every pixel intersected with the cell, in f64.
    Twin,
    /// exactextract along the true curves of edges.
    Curve,
}

impl Reference {
    const ALL: [Self; 5] = [Self::Gdal, Self::Points, Self::Exactextract, Self::Twin, Self::Curve];

    /// The key in the files of values.
    fn key(self) -> &'static str {
        match self {
            Self::Gdal => "gdal",
            Self::Points => "points",
            Self::Exactextract => "exactextract",
            Self::Twin => "twin",
            Self::Curve => "curve",
        }
    }

    fn name(self) -> &'static str {
        match self {
            Self::Gdal => "GDAL",
            Self::Points | Self::Twin => "brute force",
            Self::Exactextract => "exactextract",
            Self::Curve => "true curves",
        }
    }

    /// Relative. exactextract's fractions are `f32`; chords stay within 3e-4 pixel of the true curve and have its area;
    /// between two CRSs it is the digits of the projections that differ.
    fn tolerance(self, is_one_crs: bool) -> f64 {
        match self {
            Self::Points | Self::Twin if is_one_crs => 1e-9,
            Self::Gdal | Self::Exactextract | Self::Points | Self::Twin => 1e-6,
            Self::Curve => 1e-4,
        }
    }
}

/// The largest difference of some cells.
#[derive(Debug, Clone, Copy, Default)]
struct Worst {
    cells: usize,
    by: f64,
}

impl Worst {
    fn add(&mut self, other: Self) {
        self.cells += other.cells;
        self.by = self.by.max(other.by);
    }
}

#[derive(Debug)]
struct Case {
    name: String,
    /// Whether raster and grid have the same.
    is_one_crs: bool,
    worst: BTreeMap<Reference, Worst>,
}

#[derive(Default)]
struct Agreement {
    methods: BTreeMap<(String, Reference), Worst>,
    cases: Vec<Case>,
    failures: Vec<String>,
}

fn compare_all() -> Agreement {
    let described = read("cases.json");
    let mut agreement = Agreement::default();
    for case in described["cases"].as_array().expect("cases are listed") {
        if let Some(dataset) = dataset(raster_of(&described, case)) {
            agreement.compare(case, &dataset);
        }
    }
    agreement
}

impl Agreement {
    fn compare(&mut self, case: &Value, dataset: &Dataset) {
        let name = text(case, "name");
        let expected = read(&format!("values/{name}.json"));
        let grid = grid_of(case);
        let is_one_crs = dataset.crs().is_ok_and(|crs| crs == *grid.crs());
        let mut compared = Case { name: name.to_owned(), is_one_crs, worst: BTreeMap::new() };
        // Sums alone, all area methods, all point methods, and those whose confidence is a reference's.
        let areas = available(&expected["twin"]);
        let points = available(&expected["points"]);
        let requests = [vec!["average", "count", "sum"], areas, points, vec!["bilinear"]];
        for (position, methods) in requests.iter().enumerate() {
            let got = resample(dataset, &grid, methods);
            for reference in Reference::ALL {
                let columns = &expected[reference.key()];
                for &method in methods.iter().filter(|&&method| columns.get(method).is_some()) {
                    let found = difference(columns, &got, method, method, reference);
                    self.note(&mut compared, method, reference, found);
                }
                let confidence = match reference {
                    Reference::Twin if position < 2 => "confidence".to_owned(),
                    Reference::Points if position > 1 => format!("confidence of {}", methods[0]),
                    _ => continue,
                };
                let found = difference(columns, &got, "confidence", &confidence, reference);
                self.note(&mut compared, &confidence, reference, found);
            }
        }
        self.cases.push(compared);
    }

    fn note(&mut self, case: &mut Case, method: &str, reference: Reference, (worst, example): (Worst, String)) {
        self.methods.entry((method.to_owned(), reference)).or_default().add(worst);
        case.worst.entry(reference).or_default().add(worst);
        if worst.by > reference.tolerance(case.is_one_crs) {
            let (name, by) = (&case.name, worst.by);
            self.failures.push(format!("{name}: {method} differs from {} by {by:.1e}: {example}", reference.name()));
        }
    }

    fn tables(&self, described: &Value) -> String {
        let mut lines = vec![
            "Largest relative difference of our values from those of others, over all cells compared. Zero is written where every bit is equal.".to_owned(),
            String::new(),
            "| method | cells | GDAL | exactextract | brute force in f64 |".to_owned(),
            "|---|---|---|---|---|".to_owned(),
        ];
        let mut methods: Vec<&String> = self.methods.keys().map(|(method, _)| method).collect();
        methods.dedup();
        let position = |method: &str| Method::ALL.iter().position(|known| known.name() == method).unwrap_or(usize::MAX);
        methods.sort_by_key(|method| position(method));
        for method in methods {
            let of = |reference| self.methods.get(&(method.clone(), reference)).copied();
            let brute = of(Reference::Twin).or(of(Reference::Points));
            let cells = brute.map_or(0, |worst| worst.cells);
            let columns = [of(Reference::Gdal), of(Reference::Exactextract), brute].map(shown);
            lines.push(format!("| `{method}` | {cells} | {} |", columns.join(" | ")));
        }
        lines.extend([
            String::new(),
            "The same by case; `true curves`: exactextract with 256 chords an edge, which shows what our chords cost."
                .to_owned(),
            String::new(),
            "| case | raster | grid | GDAL | exactextract | brute force | true curves |".to_owned(),
            "|---|---|---|---|---|---|---|".to_owned(),
        ]);
        let all = described["cases"].as_array().expect("cases are listed");
        for case in &self.cases {
            let Some(definition) = all.iter().find(|other| other["name"] == case.name.as_str()) else { continue };
            let raster = raster_of(described, definition);
            let of = |reference| case.worst.get(&reference).copied();
            let mut brute = of(Reference::Twin).unwrap_or_default();
            brute.add(of(Reference::Points).unwrap_or_default());
            let columns =
                [of(Reference::Gdal), of(Reference::Exactextract), Some(brute), of(Reference::Curve)].map(shown);
            let from = raster["file"].as_str().and_then(|file| file.rsplit('/').next()).unwrap_or("by formula");
            let grid = &definition["grid"];
            let crs = grid["crs"].as_str().unwrap_or("EPSG:4326");
            lines.push(format!(
                "| {} | {from}, {} | {} in {crs} | {} |",
                case.name,
                text(raster, "crs"),
                text(grid, "type"),
                columns.join(" | ")
            ));
        }
        lines.join("\n") + "\n"
    }
}

/// A difference as a power of ten that bounds it, so that rounding elsewhere does not change the page.
fn shown(worst: Option<Worst>) -> String {
    match worst {
        None => "".to_owned(),
        Some(Worst { cells: 0, .. }) => "".to_owned(),
        Some(Worst { by: 0.0, .. }) => "0".to_owned(),
        Some(Worst { by, .. }) => format!("< 1e{}", by.log10().floor() as i32 + 1),
    }
}

/// Puts the tables into their section of `docs/PARITY.md`.
fn write_section(tables: &str) {
    let path = folder().join("../../../docs/PARITY.md");
    let before = std::fs::read_to_string(&path).unwrap_or_else(|_| "# Parity\n".to_owned());
    let (head, tail) = match (before.find(START), before.find(END)) {
        (Some(from), Some(to)) => (before[..from].to_owned(), before[to + END.len()..].to_owned()),
        _ => (format!("{}\n\n", before.trim_end()), "\n".to_owned()),
    };
    std::fs::write(&path, format!("{head}{START}\n\n## Values\n\n{tables}\n{END}{tail}")).expect("docs can be written");
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

fn plan(dataset: &Dataset, grid: &Grid, methods: &[&str]) -> Plan {
    let methods = methods.iter().map(|method| Method::parse(method).expect("the method exists")).collect();
    pollster::block_on(Plan::new(dataset, grid, &Request::new(methods), &Options::default(), &mut |_| Ok(())))
        .expect("the request can be planned")
}

fn resample(dataset: &Dataset, grid: &Grid, methods: &[&str]) -> Columns {
    let mut collected = Collected { grid, columns: HashMap::new() };
    pollster::block_on(plan(dataset, grid, methods).run(dataset, grid, &mut collected)).expect("the request runs");
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
fn difference(columns: &Value, got: &Columns, ours: &str, theirs: &str, reference: Reference) -> (Worst, String) {
    let ids = columns["ids"].as_array().expect("ids are listed");
    let values = columns[theirs].as_array().expect("values are listed");
    let ours = &got[ours];
    let magnitude = values.iter().filter_map(Value::as_f64).fold(0.0, |most: f64, value| most.max(value.abs()));
    // GDAL gives nothing where the pixel under the centre is invalid; we do as long as another under the kernel is valid.
    let is_kernel = reference == Reference::Gdal && theirs != "nearest";
    let centres = columns["nearest"].as_array().filter(|_| is_kernel);
    let (mut worst, mut example) = (Worst::default(), String::new());
    for (position, (id, value)) in ids.iter().zip(values).enumerate() {
        // Two values share a cell evenly: rounding decides.
        if value == "tied" || centres.is_some_and(|centres| centres[position].is_null()) {
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

fn raster_of<'a>(described: &'a Value, case: &Value) -> &'a Value {
    &described["rasters"][text(case, "raster")]
}

fn grid_of(case: &Value) -> Grid {
    Grid::new(&GridDefinition::from_value(&case["grid"]).expect("the grid is defined")).expect("the grid is one")
}

fn text<'a>(value: &'a Value, name: &str) -> &'a str {
    value[name].as_str().unwrap_or_else(|| panic!("{name} is a text in {value}"))
}

fn folder() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../tests/reference/agreement")
}

fn read(path: &str) -> Value {
    let text = std::fs::read_to_string(folder().join(path)).unwrap_or_else(|error| panic!("{path}: {error}"));
    serde_json::from_str(&text).unwrap_or_else(|error| panic!("{path}: {error}"))
}

const START: &str = "<!-- references: made by tests/native/agreement.rs -->";
const END: &str = "<!-- end of the references -->";
