use std::rc::Rc;

use futures_util::future::{FutureExt, LocalBoxFuture};
use serde_json::json;

use super::super::test_support::*;
use super::super::*;
use crate::error::{Code, Error, Result};
use crate::raster::test_support::{TinyPage, TinyTiff, Value};
use crate::source::{MemorySource, RangeReader};
use crate::store::{MemoryStore, Row, SourceKind, Store, Table, Write};
use crate::tiff::tags;
use crate::tiff::write::{CogOptions, CogWriter, CrsCode, Georeference, MemorySpool};

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
fn explaining_says_what_a_run_will_read() {
    pollster::block_on(async {
        let (workspace, _, source) = workspace().await;
        let target = Target::Ref(URL.to_owned());
        let options = asking(&["average"]);
        let before = workspace.explain(&target, &hexagons(), &options).await.unwrap();
        source.reset();
        let run = run(&workspace, URL, &options).await.unwrap();
        let read: u64 = source.ranges().iter().map(|range| range.end - range.start).sum();
        assert_eq!((run.provenance.bytes, run.provenance.blocks), (read, before.plan.blocks));
        // Some of the planned bytes had come with the header.
        assert!((1..=32 << 10).contains(&(before.plan.bytes - read)), "{} planned, {read} read", before.plan.bytes);
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
    writer.finish_in_memory().unwrap()
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

const CLASSES: &str = "https://example.org/classes.tif";

/// 4 × 4 degrees of classes with a palette.
fn classes() -> Vec<u8> {
    let page = TinyPage::strips((4, 4), 4, &[8], vec![(0..16).collect()])
        .with(tags::PHOTOMETRIC_INTERPRETATION, Value::Short(vec![3]))
        .with(tags::COLOR_MAP, Value::Short(vec![0; 768]))
        .with(tags::MODEL_PIXEL_SCALE, Value::Double(vec![1.0, 1.0, 0.0]))
        .with(tags::MODEL_TIEPOINT, Value::Double(vec![0.0, 0.0, 0.0, 0.0, 4.0, 0.0]))
        .with(tags::GEO_KEY_DIRECTORY, Value::Short(vec![1, 1, 0, 2, 1024, 0, 1, 2, 2048, 0, 1, 4326]));
    TinyTiff::new(vec![page]).bytes()
}

#[test]
fn a_palette_makes_nearest_the_method_registered_or_not() {
    pollster::block_on(async {
        let (workspace, host, _) = workspace().await;
        host.put(CLASSES, classes());
        let grid =
            GridInput::Definition(json!({"type": "square", "crs": "EPSG:4326", "cellSize": 2, "bounds": [0, 0, 4, 4]}));
        let default_of = async |location: &str| {
            let target = Target::Ref(location.to_owned());
            let result = workspace.resample(&target, &grid, &asking(&[]), &Cancellation::new(), &|_| {}).await.unwrap();
            result.chunks[0].columns[0].0.clone()
        };
        assert_eq!(default_of(CLASSES).await, "nearest");
        assert_eq!(default_of(URL).await, "bilinear");
        let target = Target::Ref(CLASSES.to_owned());
        let options = RegisterOptions { kind: Some(SourceKind::Continuous), ..RegisterOptions::default() };
        workspace.register(&target, options).await.unwrap();
        assert_eq!(default_of(CLASSES).await, "bilinear");
    });
}
