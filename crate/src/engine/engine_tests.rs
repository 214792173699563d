//! The workspace over memory: what is computed, what is stored, what is served.

use std::cell::{Cell, RefCell};
use std::collections::HashMap;
use std::ops::Range;
use std::rc::Rc;

use bytes::Bytes;
use futures_util::future::{FutureExt, LocalBoxFuture};
use serde_json::{Value, json};

use super::*;
use crate::error::{Code, Error, Result};
use crate::source::{CountingSource, MemorySource, RangeReader, Urgency};
use crate::store::{MemoryStore, Row, Store, Table, Write};
use crate::tiff::write::{CogOptions, CogWriter, CrsCode, Georeference, MemorySpool};

pub(super) type Source = Rc<CountingSource<MemorySource>>;

/// Files by location, and a clock that ticks when it is looked at.
#[derive(Default)]
pub(super) struct TestHost {
    files: RefCell<HashMap<String, Source>>,
    pub(super) ticks: Cell<f64>,
}

impl Host for TestHost {
    fn open(&self, location: &str) -> LocalBoxFuture<'_, Result<Rc<dyn RangeReader>>> {
        let found = self.files.borrow().get(location).cloned();
        let missing = || Error::new(Code::SourceDetached, format!("{location} must be chosen again"));
        let reader = found.map(|source| Rc::new(Lent(source)) as Rc<dyn RangeReader>).ok_or_else(missing);
        async move { reader }.boxed_local()
    }

    fn now_ms(&self) -> f64 {
        self.ticks.set(self.ticks.get() + 1.0);
        self.ticks.get()
    }
}

struct Lent(Source);

impl RangeReader for Lent {
    fn location(&self) -> &str {
        self.0.location()
    }

    fn read_for(&self, range: Range<u64>, urgency: Urgency) -> LocalBoxFuture<'_, Result<Bytes>> {
        self.0.read_for(range, urgency)
    }

    fn identity(&self) -> crate::source::Identity {
        self.0.identity()
    }
}

impl TestHost {
    pub(super) fn put(&self, location: &str, bytes: Vec<u8>) -> Source {
        let source = Rc::new(CountingSource::new(MemorySource::new(location, bytes)));
        self.files.borrow_mut().insert(location.to_owned(), Rc::clone(&source));
        source
    }
}

/// 720 × 360 half degrees, 64 × 64 blocks: `offset` + 0.01 × column + row, a hole of nodata in the middle.
pub(super) fn world(offset: f64) -> Vec<u8> {
    world_with(offset, -1.0)
}

/// As [`world`], with another nodata value.
pub(super) fn world_with(offset: f64, nodata: f32) -> Vec<u8> {
    let options = CogOptions {
        block_size_px: 64,
        nodata: Some(nodata),
        georeference: Some(Georeference {
            geotransform: [-180.0, 0.5, 0.0, 90.0, 0.0, -0.5],
            crs: Some(CrsCode::Geographic(4326)),
        }),
        ..CogOptions::<f32>::new(720, 360)
    };
    let mut writer = CogWriter::new(options, |_| Ok(MemorySpool::default())).unwrap();
    for row in 0..360_u16 {
        let value = |column: u16| {
            let is_hole = (350..370).contains(&column) && (170..190).contains(&row);
            if is_hole { -1.0 } else { (offset + 0.01 * f64::from(column) + f64::from(row)) as f32 }
        };
        writer.push_rows(&(0..720).map(value).collect::<Vec<_>>()).unwrap();
    }
    let mut file = Vec::new();
    let mut keep = |bytes: &[u8]| {
        file.extend_from_slice(bytes);
        Ok(())
    };
    writer.finish(&mut keep).unwrap();
    file
}

pub(super) fn hexagons() -> GridInput {
    GridInput::Definition(json!({
        "type": "hexagon", "crs": "EPSG:6933", "cellSize": 50_000, "bounds": [-75, -40, -35, 10], "boundsCrs": "EPSG:4326",
    }))
}

pub(super) fn asking(method: &[&str]) -> ResampleOptions {
    ResampleOptions { method: method.iter().map(|name| (*name).to_owned()).collect(), ..ResampleOptions::default() }
}

pub(super) const URL: &str = "https://example.org/world.tif";

pub(super) async fn workspace() -> (Workspace, Rc<TestHost>, Source) {
    let host = Rc::new(TestHost::default());
    let source = host.put(URL, world(0.0));
    let workspace = Workspace::open(Rc::new(MemoryStore::new()), host.clone(), Config::default()).await.unwrap();
    (workspace, host, source)
}

pub(super) async fn run(workspace: &Workspace, target: &str, options: &ResampleOptions) -> Result<ResultData> {
    let target = Target::Ref(target.to_owned());
    workspace.resample(&target, &hexagons(), options, &Cancellation::new(), &|_| {}).await
}

pub(super) fn bits(result: &ResultData) -> Vec<Vec<u64>> {
    let columns = |chunk: &ResultChunk| {
        let values = chunk.columns.iter().flat_map(|(_, values)| values).chain(&chunk.confidence);
        values.map(|value| value.to_bits()).collect()
    };
    result.chunks.iter().map(columns).collect()
}

#[test]
fn the_second_run_reads_nothing_and_equals_the_first() {
    pollster::block_on(async {
        let (workspace, _, source) = workspace().await;
        workspace.register(&Target::Ref(URL.to_owned()), RegisterOptions::default()).await.unwrap();
        let first = run(&workspace, "world.tif", &asking(&["average", "bilinear"])).await.unwrap();
        assert!(first.provenance.bytes > 0 && first.provenance.cache_hits == 0);
        assert_eq!(first.provenance.cache_misses, 2 * first.chunks.len() as u64);
        source.reset();
        let second = run(&workspace, "world.tif", &asking(&["average", "bilinear"])).await.unwrap();
        assert!(source.ranges().is_empty(), "{:?}", source.ranges());
        assert_eq!(bits(&second), bits(&first));
        let provenance = second.provenance;
        assert_eq!((provenance.bytes, provenance.blocks, provenance.ranges), (0, 0, 0));
        assert_eq!((provenance.cache_hits, provenance.cache_misses), (first.provenance.cache_misses, 0));
        assert_eq!((provenance.level, provenance.scale), (first.provenance.level, first.provenance.scale));
    });
}

#[test]
fn a_confidence_is_never_another_methods() {
    pollster::block_on(async {
        let (workspace, _, source) = workspace().await;
        let both = run(&workspace, URL, &asking(&["average", "bilinear"])).await.unwrap();
        source.reset();
        let area = run(&workspace, URL, &asking(&["average"])).await.unwrap();
        assert!(source.ranges().is_empty());
        assert_eq!(area.chunks[0].confidence, both.chunks[0].confidence);
        let point = run(&workspace, URL, &asking(&["bilinear"])).await.unwrap();
        assert!(point.provenance.blocks > 0, "bilinear's own confidence had not been computed");
        assert_ne!(point.chunks[0].confidence, both.chunks[0].confidence);
        let again = run(&workspace, URL, &asking(&["bilinear", "average"])).await.unwrap();
        assert_eq!(again.provenance.blocks, 0, "both are stored now, bilinear with its confidence");
    });
}

#[test]
fn a_changed_file_and_other_options_miss() {
    pollster::block_on(async {
        let (workspace, host, _) = workspace().await;
        let target = Target::Ref(URL.to_owned());
        let before = workspace.register(&target, RegisterOptions::default()).await.unwrap();
        let first = run(&workspace, URL, &asking(&["average"])).await.unwrap();
        let coarse = run(&workspace, URL, &ResampleOptions { overview: Overview::Level(1), ..asking(&["average"]) })
            .await
            .unwrap();
        assert_eq!(coarse.provenance.cache_hits, 0);

        host.put(URL, world(1000.0));
        let after = workspace.register(&target, RegisterOptions::default()).await.unwrap();
        assert_eq!(after.id, before.id);
        assert_ne!(after.fingerprint, before.fingerprint);
        let second = run(&workspace, URL, &asking(&["average"])).await.unwrap();
        assert_eq!(second.provenance.cache_hits, 0);
        let (a, b) = (first.chunks[0].columns[0].1[0], second.chunks[0].columns[0].1[0]);
        assert!((b - a - 1000.0).abs() < 1e-2, "{a} {b}");
        let stale: Vec<bool> = workspace.results().await.unwrap().iter().map(|result| result.stale).collect();
        assert_eq!(stale.iter().filter(|stale| **stale).count(), 2);
    });
}

#[test]
fn a_new_session_serves_what_the_last_one_stored_even_without_the_file() {
    pollster::block_on(async {
        let store = Rc::new(MemoryStore::new());
        let host = Rc::new(TestHost::default());
        let first_session = Workspace::open(store.clone(), host.clone(), Config::default()).await.unwrap();
        let bytes: Rc<dyn RangeReader> = Rc::new(MemorySource::new("dropped.tif", world(0.0)));
        let record = first_session.register(&Target::Reader(bytes), RegisterOptions::default()).await.unwrap();
        assert_eq!((record.location.as_str(), record.name.as_str()), ("file:dropped.tif", "dropped.tif"));
        let first = run(&first_session, &record.id, &asking(&["average"])).await.unwrap();

        let second_session = Workspace::open(store, host, Config::default()).await.unwrap();
        let second = run(&second_session, &record.id, &asking(&["average"])).await.unwrap();
        assert_eq!(bits(&second), bits(&first));
        assert_eq!(second.provenance.notes.len(), 1);
        let error = run(&second_session, &record.id, &asking(&["sum"])).await.unwrap_err();
        assert_eq!(error.code(), Code::SourceDetached);
        let again: Rc<dyn RangeReader> = Rc::new(MemorySource::new("dropped.tif", world(0.0)));
        second_session.attach(&record.id, again).await.unwrap();
        assert!(run(&second_session, &record.id, &asking(&["sum"])).await.is_ok());
    });
}

#[test]
fn a_stopped_run_goes_on_where_it_ended() {
    pollster::block_on(async {
        let (workspace, _, source) = workspace().await;
        let grid = GridInput::Definition(json!({
            "type": "square", "crs": "EPSG:4326", "cellSize": 0.5, "bounds": [-180, -90, 180, 90],
        }));
        let target = Target::Ref(URL.to_owned());
        let cancel = Cancellation::new();
        // Small enough that the run takes several batches.
        let stop = |progress: crate::resample::Progress| {
            if progress.done * 2 > progress.total && progress.bytes > 0 {
                cancel.cancel();
            }
        };
        let mut small = workspace;
        small.config.memory_limit_mb = 1.0;
        let options = asking(&["nearest"]);
        while small.explain(&target, &grid, &options).await.is_err() {
            small.config.memory_limit_mb += 0.25;
        }
        let error = small.resample(&target, &grid, &options, &cancel, &stop).await.unwrap_err();
        assert_eq!(error.code(), Code::Cancelled);
        let kept = small.results().await.unwrap();
        assert!(!kept.is_empty() && !kept[0].complete, "{kept:?}");
        source.reset();
        let rest = small.resample(&target, &grid, &options, &Cancellation::new(), &|_| {}).await.unwrap();
        assert!(rest.provenance.cache_hits > 0 && rest.provenance.cache_misses > 0);
        let fresh = ResampleOptions { no_cache: true, ..options };
        let whole = small.resample(&target, &grid, &fresh, &Cancellation::new(), &|_| {}).await.unwrap();
        assert_eq!(bits(&rest), bits(&whole));
        assert!(small.results().await.unwrap()[0].complete);
    });
}

/// A store that is full, and one that is broken.
struct Failing(Code);

impl Store for Failing {
    fn kind(&self) -> &'static str {
        "failing"
    }

    fn get(&self, _: Table, _: Vec<String>) -> LocalBoxFuture<'_, Result<Vec<Option<Row>>>> {
        async { Err(Error::new(self.0, "get")) }.boxed_local()
    }

    fn list(&self, table: Table, _: Option<(&'static str, String)>) -> LocalBoxFuture<'_, Result<Vec<Row>>> {
        let noted =
            |migration: &crate::store::Migration| Row::from_record(&json!({"id": migration.version.to_string()}));
        let rows = if table == Table::Migrations {
            crate::store::MIGRATIONS.iter().map(noted).collect()
        } else {
            Ok(Vec::new())
        };
        async move { rows }.boxed_local()
    }

    fn scan(
        &self,
        _: Table,
        _: &'static str,
        _: std::ops::Range<String>,
        _: u32,
    ) -> LocalBoxFuture<'_, Result<Vec<Row>>> {
        async { Err(Error::new(self.0, "scan")) }.boxed_local()
    }

    fn write(&self, _: Vec<Write>) -> LocalBoxFuture<'_, Result<()>> {
        async { Err(Error::new(self.0, "no space is left")) }.boxed_local()
    }

    fn close(&self) {}
}

#[test]
fn a_store_that_fails_costs_a_warning_and_no_result() {
    pollster::block_on(async {
        let (healthy, host, _) = workspace().await;
        let wanted = run(&healthy, URL, &asking(&["average"])).await.unwrap();
        let full = Workspace::open(Rc::new(Failing(Code::StoreQuota)), host, Config::default()).await.unwrap();
        let got = run(&full, URL, &asking(&["average"])).await.unwrap();
        assert_eq!(bits(&got), bits(&wanted));
        // Looking up, storing, counting.
        assert_eq!(full.take_warnings().len(), 3);
        assert!(full.take_warnings().is_empty());
    });
}

#[test]
fn names_are_unique_and_near_ones_are_offered() {
    pollster::block_on(async {
        let (workspace, host, _) = workspace().await;
        host.put("https://example.org/other.tif", world(5.0));
        let named = |name: &str| RegisterOptions { name: Some(name.to_owned()), ..RegisterOptions::default() };
        let target = Target::Ref(URL.to_owned());
        let first = workspace.register(&target, named("plants")).await.unwrap();
        assert_eq!(workspace.register(&target, named("plants")).await.unwrap().id, first.id);
        let other = Target::Ref("https://example.org/other.tif".to_owned());
        let taken = workspace.register(&other, named("plants")).await.unwrap_err();
        assert_eq!(taken.code(), Code::UsageNameTaken);
        let unknown = workspace.source("plamts").await.unwrap_err();
        assert_eq!(unknown.code(), Code::UsageUnknownSource);
        assert!(unknown.hint().unwrap().contains("did you mean \"plants\"?"));
        workspace.remove_source("plants").await.unwrap();
        assert!(workspace.sources().await.unwrap().is_empty());
    });
}

#[test]
fn a_removed_source_takes_its_results_along() {
    pollster::block_on(async {
        let (workspace, _, _) = workspace().await;
        workspace.register(&Target::Ref(URL.to_owned()), RegisterOptions::default()).await.unwrap();
        run(&workspace, "world.tif", &asking(&["average"])).await.unwrap();
        let results = workspace.results().await.unwrap();
        assert_eq!((results.len(), results[0].source.as_str(), results[0].complete), (1, "world.tif", true));
        workspace.remove_source("world.tif").await.unwrap();
        assert!(workspace.results().await.unwrap().is_empty());
        assert_eq!(workspace.remove_result("r_gone").await.unwrap_err().code(), Code::UsageUnknownResult);
    });
}

#[test]
fn grids_are_the_same_by_rule_and_name() {
    pollster::block_on(async {
        let (workspace, _, _) = workspace().await;
        let rule = json!({"type": "square", "crs": "EPSG:6933", "cellSize": 5000, "bounds": [0, 0, 50_000, 50_000]});
        let unnamed = workspace.add_grid(&rule, None).await.unwrap();
        assert_eq!(workspace.add_grid(&rule, None).await.unwrap().id, unnamed.id);
        let named = workspace.add_grid(&rule, Some("fine".to_owned())).await.unwrap();
        assert_ne!(named.id, unnamed.id);
        let mut other: Value = rule.clone();
        other["cellSize"] = json!(10_000);
        let taken = workspace.add_grid(&other, Some("fine".to_owned())).await.unwrap_err();
        assert_eq!(taken.code(), Code::UsageNameTaken);
        assert_eq!(workspace.grid("fime").await.unwrap_err().code(), Code::UsageUnknownGrid);
        workspace.remove_grid("fine").await.unwrap();
        assert_eq!(workspace.grids().await.unwrap().len(), 1);
    });
}

#[test]
fn statistics_points_and_windows_agree_with_the_formula() {
    pollster::block_on(async {
        let (workspace, _, _) = workspace().await;
        let target = Target::Ref(URL.to_owned());
        let statistics = workspace.statistics(&target, &StatisticsOptions::default()).await.unwrap();
        assert_eq!(statistics.count, 720 * 360 - 400);
        assert_eq!(statistics.min, Some(0.0));
        // The hole lies around the centre, where the value is the mean.
        assert!((statistics.mean.unwrap() - (359.0 / 2.0 + 0.01 * 719.0 / 2.0)).abs() < 1e-4);
        let here = workspace.point(&target, -59.9, 9.9, &PointOptions::default()).await.unwrap();
        assert_eq!((here.values, here.band_names), (vec![Some(f64::from(162.4_f32))], vec!["b1".to_owned()]));
        let hole = workspace.point(&target, 0.1, 0.1, &PointOptions::default()).await.unwrap();
        assert_eq!(hole.values, [None]);
        // A place is the same a turn further on.
        let wrapped = workspace.point(&target, 300.1, 9.9, &PointOptions::default()).await.unwrap();
        assert_eq!(wrapped.values, [Some(f64::from(162.4_f32))]);
        let outside = workspace.point(&target, 0.0, 91.0, &PointOptions::default()).await.unwrap_err();
        assert_eq!(outside.code(), Code::UsageOutside);
        let options = ReadOptions { band: Some(1), window: Some([10, 20, 12, 21]), ..ReadOptions::default() };
        let reading = workspace.read(&target, &options).await.unwrap();
        assert_eq!((reading.dtype, reading.shape), ("float32", vec![1, 2]));
        assert_eq!(reading.samples, crate::raster::Samples::F32(vec![20.1, 20.11]));
    });
}

#[test]
fn a_map_tile_shows_the_raster_where_it_is() {
    pollster::block_on(async {
        let (workspace, _, source) = workspace().await;
        let target = Target::Ref(URL.to_owned());
        let options = MapTileOptions {
            size: 64,
            min: Some(0.0),
            max: Some(360.0),
            colormap: Some("greys".to_owned()),
            ..MapTileOptions::default()
        };
        let tile = workspace.map_tile(&target, 0, 0, 0, &options).await.unwrap();
        assert_eq!(tile.rgba.len(), 64 * 64 * 4);
        let grey = |row: usize, column: usize| tile.rgba[(row * 64 + column) * 4];
        // North is small and dark, south bright, the equator between.
        assert!(grey(0, 3) < 20 && grey(63, 3) > 235);
        assert!((i32::from(grey(32, 3)) - 128).abs() < 4, "{}", grey(32, 3));
        assert!(tile.rgba.iter().skip(3).step_by(4).all(|alpha| *alpha == 255 || *alpha == 0));
        source.reset();
        workspace.map_tile(&target, 0, 0, 0, &options).await.unwrap();
        assert!(source.ranges().is_empty(), "blocks of a picture are kept");
        let wrong = workspace.map_tile(&target, 1, 2, 0, &options).await.unwrap_err();
        assert_eq!(wrong.code(), Code::UsageOption);
    });
}

#[test]
fn outlines_are_in_degrees_and_keep_their_shape() {
    pollster::block_on(async {
        let (workspace, _, _) = workspace().await;
        let grid = GridInput::Definition(json!({
            "type": "hexagon", "crs": "EPSG:6933", "cellSize": 100_000, "bounds": [170, -10, -170, 10], "boundsCrs": "EPSG:4326",
        }));
        let target = Target::Ref(URL.to_owned());
        let result =
            workspace.resample(&target, &grid, &asking(&["average"]), &Cancellation::new(), &|_| {}).await.unwrap();
        let mut cells = 0;
        for chunk in &result.chunks {
            let outlines = chunk.outlines.as_ref().unwrap();
            assert_eq!(outlines.vertices.len(), chunk.chunk.cell_count() * 6);
            for cell in outlines.vertices.chunks(6) {
                let longitudes: Vec<f64> = cell.iter().map(|corner| corner.0).collect();
                let width = longitudes.iter().fold(f64::MIN, |a, b| a.max(*b))
                    - longitudes.iter().fold(f64::MAX, |a, b| a.min(*b));
                assert!(width < 3.0, "{cell:?}");
                cells += 1;
            }
        }
        assert_eq!(cells, result.grid.cell_count());
    });
}

#[test]
fn zones_are_stored_once_and_their_results_found_by_a_digest() {
    pollster::block_on(async {
        let (workspace, _, source) = workspace().await;
        let square = |west: f64| json!({"type":"Polygon","coordinates":[[[west,0],[west+8.0,0],[west+8.0,8],[west,8],[west,0]]]});
        let feature =
            |id: &str, west: f64| json!({"type":"Feature","id":id,"properties":{"name":id},"geometry":square(west)});
        let features = json!({"type":"FeatureCollection","features":[feature("west", -60.0), feature("seam", 176.0)]});
        let definition = json!({"type":"zones","features":features});
        let target = Target::Ref(URL.to_owned());
        let (options, never) = (asking(&["average", "count"]), Cancellation::new());
        let stored = workspace.add_grid(&definition, Some("mine".to_owned())).await.unwrap();
        assert_eq!((stored.cells, stored.definition["features"]["features"][1]["id"].as_str()), (2, Some("seam")));
        let first =
            workspace.resample(&target, &GridInput::Definition(definition), &options, &never, &|_| {}).await.unwrap();
        let (_, counts) = &first.chunks[0].columns[1];
        assert_eq!(counts, &[256.0, 256.0]);
        let outlines = first.chunks[0].outlines.as_ref().unwrap();
        assert_eq!((outlines.vertices[4], outlines.ring_ends.as_slice()), ((176.0, 0.0), [4, 8].as_slice()));
        let listed = workspace.results().await.unwrap();
        assert_eq!((listed.len(), listed[0].grid.as_deref()), (1, Some("mine")));
        assert!(listed[0].definition.get("features").is_none() && listed[0].definition.get("digest").is_some());
        source.reset();
        let summary = GridInput::Definition(listed[0].definition.clone());
        let again = workspace.resample(&target, &summary, &options, &never, &|_| {}).await.unwrap();
        assert!(source.ranges().is_empty());
        assert_eq!(bits(&again), bits(&first));
        workspace.remove_grid("mine").await.unwrap();
        let lost = workspace.resample(&target, &summary, &options, &never, &|_| {}).await.unwrap_err();
        assert_eq!(lost.code(), Code::UsageUnknownGrid);
    });
}

#[test]
fn explaining_says_what_a_run_will_read() {
    pollster::block_on(async {
        let (workspace, _, _) = workspace().await;
        let target = Target::Ref(URL.to_owned());
        let options = asking(&["average"]);
        let before = workspace.explain(&target, &hexagons(), &options).await.unwrap();
        let run = run(&workspace, URL, &options).await.unwrap();
        assert_eq!((before.plan.bytes, before.plan.blocks), (run.provenance.bytes, run.provenance.blocks));
        assert_eq!(before.stored_chunks, 0);
        let after = workspace.explain(&target, &hexagons(), &options).await.unwrap();
        assert_eq!(after.stored_chunks, run.chunks.len() as u64);
    });
}

/// Two bands, sample by sample together.
fn pairs() -> Vec<u8> {
    let options = CogOptions {
        bands: 2,
        block_size_px: 64,
        georeference: Some(Georeference {
            geotransform: [-180.0, 0.5, 0.0, 90.0, 0.0, -0.5],
            crs: Some(CrsCode::Geographic(4326)),
        }),
        ..CogOptions::<i16>::new(720, 360)
    };
    let mut writer = CogWriter::new(options, |_| Ok(MemorySpool::default())).unwrap();
    for row in 0..360 {
        writer.push_rows(&(0..720).flat_map(|column| [row + column, row - column]).collect::<Vec<i16>>()).unwrap();
    }
    let mut file = Vec::new();
    let mut keep = |bytes: &[u8]| {
        file.extend_from_slice(bytes);
        Ok(())
    };
    writer.finish(&mut keep).unwrap();
    file
}

#[test]
fn several_bands_are_read_once_and_kept_each_on_its_own() {
    pollster::block_on(async {
        let (workspace, host, _) = workspace().await;
        let source = host.put("https://example.org/pairs.tif", pairs());
        let target = "https://example.org/pairs.tif";
        let one = |band: u32| ResampleOptions {
            band: Bands(vec![band]),
            no_cache: true,
            ..asking(&["average", "quantile(0.5)"])
        };
        let (first, second) =
            (run(&workspace, target, &one(1)).await.unwrap(), run(&workspace, target, &one(2)).await.unwrap());
        source.reset();
        let both = ResampleOptions { band: Bands(vec![2, 1, 2]), no_cache: false, ..one(1) };
        let fresh = run(&workspace, target, &both).await.unwrap();
        let names =
            ["b2_average", "b2_quantile(0.5)", "b2_confidence", "b1_average", "b1_quantile(0.5)", "b1_confidence"];
        assert_eq!(fresh.provenance.columns, names);
        assert_eq!(fresh.provenance.bytes, first.provenance.bytes);
        assert_eq!((fresh.provenance.cache_hits, fresh.provenance.cache_misses), (0, 4 * fresh.chunks.len() as u64));
        for ((both, one), two) in fresh.chunks.iter().zip(&first.chunks).zip(&second.chunks) {
            let of = |name: &str| &both.columns.iter().find(|column| column.0 == name).expect("a column").1;
            assert_eq!(of("b1_average"), &one.columns[0].1);
            assert_eq!(of("b2_quantile(0.5)"), &two.columns[1].1);
            assert_eq!((of("b1_confidence"), of("b2_confidence")), (&one.confidence, &two.confidence));
            assert_eq!(both.confidence, two.confidence);
        }
        // Each band's result is there for itself.
        source.reset();
        let again = run(&workspace, target, &both).await.unwrap();
        let alone = run(&workspace, target, &ResampleOptions { no_cache: false, ..one(1) }).await.unwrap();
        assert_eq!((bits(&again), again.provenance.bytes), (bits(&fresh), 0));
        assert_eq!((bits(&alone), alone.provenance.bytes), (bits(&first), 0));
        let none = ResampleOptions { band: Bands(Vec::new()), ..one(1) };
        assert_eq!(run(&workspace, target, &none).await.unwrap_err().code(), Code::UsageBand);
    });
}
