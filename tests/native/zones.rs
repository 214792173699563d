//! Zones against exactextract: `tests/reference/zones.json` is made by `tests/reference/zones.py`.

use std::path::Path;
use std::rc::Rc;

use cogrid::grid::{Grid, GridDefinition};
use cogrid::raster::Dataset;
use cogrid::resample::{ChunkColumns, Method, Observer, Options, Plan, Progress, Request};
use cogrid::source::MemorySource;
use cogrid::tiff::write::{CogOptions, CogWriter, CrsCode, Georeference, MemorySpool, Overviews};
use cogrid::{Limits, Result};
use serde_json::{Value, json};

const METHODS: [&str; 6] = ["count", "sum", "average", "min", "max", "stdev"];

#[test]
fn zones_agree_with_exactextract() {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../tests/reference/zones.json");
    let text = std::fs::read_to_string(path).expect("the references are there");
    let features: Value = serde_json::from_str(&text).expect("they are JSON");
    let grid = Grid::new(&GridDefinition::from_value(&json!({"type": "zones", "features": features})).expect("zones"));
    let grid = grid.expect("valid zones");
    // Blocks of several shapes: large polygons are cut to them.
    for (west, block) in [(-180, 64), (0, 16), (-180, 256)] {
        let dataset = dataset(west, block);
        let methods = METHODS.map(|name| Method::parse(name).expect("a method")).to_vec();
        let mut found = Found::default();
        pollster::block_on(async {
            let plan = Plan::new(&dataset, &grid, &Request::new(methods), &Options::default(), &mut |_| Ok(())).await;
            plan.expect("a plan").run(&dataset, &grid, &mut found).await.expect("a run")
        });
        for (zone, feature) in features["features"].as_array().expect("features").iter().enumerate() {
            for (method, name) in METHODS.iter().enumerate() {
                let (ours, theirs) =
                    (found.columns[method][zone], feature["properties"][name].as_f64().expect("a number"));
                // exactextract's fractions are f32: of a speck it knows the size to that only.
                let difference = (ours - theirs).abs() / theirs.abs().max(1e-9);
                assert!(difference < 1e-6, "{} {name}: {ours}, exactextract {theirs}", feature["id"]);
            }
        }
        let slivers = ["sliver", "speck"].map(|id| grid.parse_cell_id(id).expect("a zone").column as usize);
        let near_one = slivers.iter().all(|&zone| found.confidence[zone] > 0.85 && found.confidence[zone] <= 1.0);
        assert!(near_one, "{:?}", slivers.map(|zone| found.confidence[zone]));
    }
}

#[derive(Default)]
struct Found {
    columns: Vec<Vec<f64>>,
    confidence: Vec<f64>,
}

impl Observer for Found {
    fn chunk(&mut self, chunk: ChunkColumns) -> Result<()> {
        for band in chunk.bands {
            self.columns.resize(band.columns.len(), Vec::new());
            for (column, (_, values)) in self.columns.iter_mut().zip(band.columns) {
                column.extend(values);
            }
            self.confidence.extend(band.confidence);
        }
        Ok(())
    }

    fn progress(&mut self, _progress: Progress) {}

    fn cancelled(&self) -> bool {
        false
    }
}

/// The raster of zones.py, from a west on.
fn dataset(west: i32, block_size_px: u32) -> Dataset {
    let georeference = Georeference {
        geotransform: [f64::from(west), 1.0, 0.0, 90.0, 0.0, -1.0],
        crs: Some(CrsCode::Geographic(4326)),
    };
    let options = CogOptions {
        block_size_px,
        nodata: Some(-1_i32),
        georeference: Some(georeference),
        overviews: Overviews::None,
        ..CogOptions::new(360, 180)
    };
    let mut writer = CogWriter::new(options, |_| Ok(MemorySpool::default())).expect("the options are sound");
    for row in 0..180_i64 {
        let sample = |column: i64| {
            let column = (column + if west == 0 { 180 } else { 0 }) % 360;
            let value = (3 * column * column + 5 * row * row + 7 * column * row + 13 * column + 17 * row) % 1009;
            if (31 * column + 17 * row) % 11 == 0 { -1 } else { value as i32 }
        };
        writer.push_rows(&(0..360).map(sample).collect::<Vec<_>>()).expect("rows fit");
    }
    let mut file = Vec::new();
    let mut keep = |bytes: &[u8]| {
        file.extend_from_slice(bytes);
        Ok(())
    };
    writer.finish(&mut keep).expect("all rows are there");
    pollster::block_on(Dataset::open(Rc::new(MemorySource::new("zones.tif", file)), Limits::default())).expect("a file")
}
