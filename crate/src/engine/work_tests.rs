//! Tasks that are really done, over memory.

use std::collections::BTreeSet;
use std::rc::Rc;

use serde_json::{Value, json};

use super::caller::Waiting;
use super::test_support::{URL, asking, workspace, world};
use super::*;
use crate::error::Code;
use crate::queue::{TaskStatus, TaskType};
use crate::store::{MemoryStore, ProcessingStatus, Row, Store, Table, Write, tiles};

async fn register(workspace: &Workspace) -> String {
    workspace.register(&Target::Ref(URL.to_owned()), RegisterOptions::default()).await.unwrap().id
}

async fn add(workspace: &Workspace, task: Value) -> crate::queue::Task {
    workspace.enqueue(&serde_json::from_value(task).unwrap()).await.unwrap()
}

async fn work(workspace: &Workspace, worker: &str) -> TaskRun {
    let options = WorkerOptions { worker: worker.to_owned(), types: Vec::new() };
    workspace.run_task(&options, &Waiting::patiently(&Cancellation::new())).await.unwrap()
}

fn squares() -> Value {
    json!({"type": "square", "crs": "EPSG:4326", "cellSize": 2, "bounds": [-20, -20, 20, 20]})
}

#[test]
fn the_queue_does_each_kind_of_work_and_resampling_waits_for_tiling() {
    pollster::block_on(async {
        let (workspace, _, source) = workspace().await;
        let id = register(&workspace).await;
        let tiling =
            add(&workspace, json!({"type": "raster_tiling", "source": "world.tif", "parameters": {"tileSize": 128}}))
                .await;
        let resampling = add(
            &workspace,
            json!({"type": "resampling", "source": "world.tif", "grid": squares(), "priority": 9, "parameters": {"method": ["average"]}}),
        )
        .await;
        let validation = add(&workspace, json!({"type": "validation", "source": id, "priority": -1})).await;
        assert_eq!(resampling.waits_for.as_deref(), Some(tiling.id.as_str()));
        let mut done = Vec::new();
        while let Some(task) = work(&workspace, "w").await.task {
            assert_eq!((task.status, &task.error), (TaskStatus::Done, &None));
            done.push(task);
        }
        let order: Vec<&str> = done.iter().map(|task| task.id.as_str()).collect();
        assert_eq!(order, [&tiling.id, &resampling.id, &validation.id]);
        // 720 × 360 in blocks of 64: 12 × 6 blocks in tiles of 2 × 2.
        assert_eq!((done[0].result["tiles"].clone(), done[0].result["across"].clone()), (json!(18), json!(6)));
        assert_eq!(done[1].result["cells"], json!(400));
        assert_eq!(done[2].result["tiles"], json!(18));
        assert_eq!(workspace.source("world.tif").await.unwrap().processing_status, ProcessingStatus::Ready);
        source.reset();
        let grid = GridInput::Definition(squares());
        let target = Target::Ref(URL.to_owned());
        let served =
            workspace.resample(&target, &grid, &asking(&["average"]), &Cancellation::new(), &|_| {}).await.unwrap();
        assert_eq!((served.provenance.cache_misses, source.ranges().len()), (0, 0));
        let summary = workspace.queue_summary().await.unwrap();
        assert_eq!((summary.summary.len(), summary.failed.len(), summary.oldest_age_ms), (3, 0, None));
        assert_eq!(work(&workspace, "w").await.wait_ms, None);
    });
}

#[test]
fn tiles_say_where_their_bytes_are_and_what_is_in_them() {
    pollster::block_on(async {
        let (workspace, host, _) = workspace().await;
        let id = register(&workspace).await;
        let target = Target::Ref("world.tif".to_owned());
        let options = TileOptions { tile_size: Some(200) };
        let tiling = workspace.tile(&target, &options, &Cancellation::new(), &|_| {}).await.unwrap();
        assert_eq!((tiling.tiles, tiling.across, tiling.down, tiling.tile_width, tiling.kept), (8, 4, 2, 192, 0));
        let all = tiles::list(workspace.store.as_ref(), &id).await.unwrap();
        assert_eq!(all.len(), 8);
        let valid: f64 =
            all.iter().map(|tile| tile.tile_stats.as_ref().unwrap()["valid_count"].as_f64().unwrap()).sum();
        assert_eq!(valid, f64::from(720 * 360 - 400));
        let first = all.iter().find(|tile| tile.tile_col == 0 && tile.tile_row == 0).unwrap();
        assert_eq!((first.window, first.bounds), ([0, 0, 192, 192], Some([-180.0, -6.0, -84.0, 90.0])));
        let stats = first.tile_stats.as_ref().unwrap();
        assert_eq!((stats["min"].clone(), stats["valid_count"].clone()), (json!(0.0), json!(192 * 192)));
        assert_eq!(first.file_byte_ranges.len(), 9);
        assert_eq!(first.file_byte_offset, first.file_byte_ranges[0].0);
        assert_eq!(first.file_byte_length, first.file_byte_ranges.iter().map(|(start, end)| end - start).sum::<u64>());
        // Merged, they are the statistics of the band.
        let whole = workspace.statistics(&target, &StatisticsOptions::default()).await.unwrap();
        let most =
            all.iter().filter_map(|tile| tile.tile_stats.as_ref().unwrap()["max"].as_f64()).fold(f64::MIN, f64::max);
        assert_eq!(whole.max, Some(most));

        let again = workspace.tile(&target, &options, &Cancellation::new(), &|_| {}).await.unwrap();
        assert_eq!(again.kept, 8);
        let other = TileOptions { tile_size: Some(1000) };
        workspace.tile(&target, &other, &Cancellation::new(), &|_| {}).await.unwrap();
        assert_eq!(tiles::list(workspace.store.as_ref(), &id).await.unwrap().len(), 1);
        host.put(URL, world(9.0));
        workspace.opened.forget(&URL.to_owned());
        workspace.open_subject(&workspace.subject(&target).await.unwrap()).await.unwrap();
        assert_eq!(workspace.source("world.tif").await.unwrap().processing_status, ProcessingStatus::Stale);
        workspace.remove_source("world.tif").await.unwrap();
        assert!(tiles::list(workspace.store.as_ref(), &id).await.unwrap().is_empty());
    });
}

#[test]
fn a_validation_finds_another_file_and_other_statistics() {
    pollster::block_on(async {
        let (workspace, host, _) = workspace().await;
        let id = register(&workspace).await;
        let target = Target::Ref("world.tif".to_owned());
        workspace.tile(&target, &TileOptions::default(), &Cancellation::new(), &|_| {}).await.unwrap();
        let validate = async || workspace.validate(&target, &ValidationOptions {}, &Cancellation::new(), &|_| {}).await;
        assert_eq!(validate().await.unwrap().tiles, 1);
        let mut tile = tiles::list(workspace.store.as_ref(), &id).await.unwrap().remove(0);
        tile.tile_stats.as_mut().unwrap()["mean"] = json!(1.0);
        tiles::put(workspace.store.as_ref(), &[tile]).await.unwrap();
        assert_eq!(validate().await.unwrap_err().code(), Code::ValidationStatistics);
        assert_eq!(workspace.source("world.tif").await.unwrap().processing_status, ProcessingStatus::Failed);
        host.put(URL, world(9.0));
        assert_eq!(validate().await.unwrap_err().code(), Code::SourceChanged);
        assert_eq!(workspace.source("world.tif").await.unwrap().processing_status, ProcessingStatus::Stale);
        let mut damaged = world(0.0);
        let middle = damaged.len() / 2;
        damaged[middle..middle + 4000].fill(0xff);
        host.put(URL, damaged);
        workspace.register(&Target::Ref(URL.to_owned()), RegisterOptions::default()).await.unwrap();
        let error = validate().await.unwrap_err();
        assert_eq!(error.kind(), crate::ErrorKind::Format, "{error}");
        assert!(error.location().tile.is_some(), "{error}");
    });
}

#[test]
fn failures_stay_visible_and_are_retried_on_demand() {
    pollster::block_on(async {
        let (workspace, host, _) = workspace().await;
        register(&workspace).await;
        let gone = "https://example.org/gone.tif";
        let tiling = add(&workspace, json!({"type": "raster_tiling", "source": gone})).await;
        let task =
            json!({"type": "resampling", "source": gone, "grid": squares(), "parameters": {"method": "average"}});
        let waiting = add(&workspace, task).await;
        let failed = work(&workspace, "w").await.task.unwrap();
        assert_eq!(
            (failed.status, failed.error.as_ref().unwrap().code.as_str()),
            (TaskStatus::Failed, "source.detached")
        );
        let summary = workspace.queue_summary().await.unwrap();
        let codes: Vec<&str> = summary.failed.iter().map(|task| task.error.as_ref().unwrap().code.as_str()).collect();
        assert_eq!(codes, ["source.detached", "queue.dependency_failed"]);
        assert_eq!(work(&workspace, "w").await.task, None);
        host.put(gone, world(0.0));
        let retried = workspace.retry_tasks(std::slice::from_ref(&waiting.id)).await.unwrap();
        assert_eq!(retried.len(), 2, "the one that it waits for comes along");
        assert_eq!(workspace.task(&waiting.id).await.unwrap().waits_for, Some(tiling.id));
        for _ in 0..2 {
            assert_eq!(work(&workspace, "w").await.task.unwrap().status, TaskStatus::Done);
        }
        let done = workspace.retry_tasks(&[waiting.id]).await.unwrap_err();
        assert_eq!(done.code(), Code::UsageTask);
        assert!(workspace.retry_tasks(&[]).await.unwrap().is_empty());
        assert_eq!(workspace.cancel_tasks(&["t_no".to_owned()]).await.unwrap_err().code(), Code::UsageUnknownTask);
    });
}

#[test]
fn a_cancelled_task_takes_those_that_wait_for_it_along() {
    pollster::block_on(async {
        let (workspace, _, _) = workspace().await;
        register(&workspace).await;
        let first = add(&workspace, json!({"type": "raster_tiling", "source": URL})).await;
        let second = add(&workspace, json!({"type": "validation", "source": URL, "dependsOn": [first.id]})).await;
        workspace.cancel_tasks(std::slice::from_ref(&first.id)).await.unwrap();
        assert_eq!(workspace.task(&second.id).await.unwrap().status, TaskStatus::Cancelled);
        assert_eq!(work(&workspace, "w").await.task, None);
        let retried = workspace.retry_tasks(std::slice::from_ref(&second.id)).await.unwrap();
        assert_eq!(retried.len(), 2);
        let third = json!({"type": "validation", "source": URL, "dependsOn": [first.id]});
        assert_eq!(add(&workspace, third).await.waits_for, Some(first.id));
    });
}

#[test]
fn a_worker_that_is_stopped_gives_its_task_back() {
    pollster::block_on(async {
        let (workspace, _, _) = workspace().await;
        register(&workspace).await;
        let task =
            add(&workspace, json!({"type": "raster_tiling", "source": URL, "parameters": {"tileSize": 64}})).await;
        let cancel = Cancellation::new();
        let options = WorkerOptions { worker: "w".to_owned(), types: vec![TaskType::RasterTiling] };
        let impatient = Waiting { cancel: &cancel, on_progress: &|_| cancel.cancel(), helpers: None };
        let error = workspace.run_task(&options, &impatient).await.unwrap_err();
        assert_eq!(error.code(), Code::Cancelled);
        let stored = workspace.task(&task.id).await.unwrap();
        assert_eq!((stored.status, stored.retry_count, stored.lost_count), (TaskStatus::Pending, 0, 0));
        assert_eq!(workspace.source("world.tif").await.unwrap().processing_status, ProcessingStatus::Registered);
        // A worker that asks for other work gets none.
        let others = WorkerOptions { worker: "v".to_owned(), types: vec![TaskType::Validation] };
        assert_eq!(workspace.run_task(&others, &Waiting::patiently(&Cancellation::new())).await.unwrap().task, None);
        let done = work(&workspace, "v").await.task.unwrap();
        assert_eq!(done.status, TaskStatus::Done);
        // The run that was stopped had not stored its first tiles yet.
        assert_eq!((done.result["tiles"].clone(), done.result["kept"].clone()), (json!(72), json!(0)));
    });
}

#[test]
fn the_tasks_of_a_dead_worker_are_freed_when_it_is_known() {
    pollster::block_on(async {
        let (workspace, _, _) = workspace().await;
        register(&workspace).await;
        let task = add(&workspace, json!({"type": "validation", "source": URL})).await;
        let claimed = task.claimed("dead", &crate::queue::Policy::default(), 0);
        assert!(workspace.swap(&task, &claimed).await.unwrap());
        assert_eq!(workspace.queue_workers().await.unwrap(), ["dead"]);
        assert_eq!(workspace.release_workers(&["other".to_owned()]).await.unwrap(), 0);
        assert_eq!(workspace.release_workers(&["dead".to_owned()]).await.unwrap(), 1);
        let stored = workspace.task(&task.id).await.unwrap();
        assert_eq!((stored.status, stored.lost_count), (TaskStatus::Pending, 1));
        // What the dead one still says is not heard.
        let outcome = crate::queue::Outcome::Done(Value::Null);
        assert_eq!(workspace.end_run(&claimed, &outcome).await.unwrap(), None);
    });
}

#[test]
fn features_are_joined_by_cell() {
    pollster::block_on(async {
        let (workspace, host, _) = workspace().await;
        register(&workspace).await;
        let other = "https://example.org/other.tif";
        host.put(other, world(50.0));
        let named = RegisterOptions { name: Some("other".to_owned()), ..RegisterOptions::default() };
        workspace.register(&Target::Ref(other.to_owned()), named).await.unwrap();
        let grid = GridInput::Definition(squares());
        let add = async |target: &str, methods: &[&str], feature: FeatureOptions| {
            let target = Target::Ref(target.to_owned());
            workspace
                .add_features(&target, &grid, &asking(methods), &feature, &Waiting::patiently(&Cancellation::new()))
                .await
                .unwrap()
        };
        let climate = |name: &str| FeatureOptions {
            feature_type: Some("climate".to_owned()),
            feature_name: Some(name.to_owned()),
            metadata: json!({"year": 2020}),
        };
        let summary = add(URL, &["average"], climate("rain")).await;
        assert_eq!((summary.len(), summary[0].cells, summary[0].complete), (1, 400, true));
        add("other", &["min", "max"], FeatureOptions::default()).await;
        let table = workspace.feature_table(&grid, &FeatureFilter::default()).await.unwrap();
        assert_eq!(table.names, ["other_max", "other_min", "rain"]);
        let target = Target::Ref(URL.to_owned());
        let wanted =
            workspace.resample(&target, &grid, &asking(&["average"]), &Cancellation::new(), &|_| {}).await.unwrap();
        let same = |a: &[f64], b: &[f64]| a.iter().map(|v| v.to_bits()).eq(b.iter().map(|v| v.to_bits()));
        assert!(same(&table.chunks[0].1[2], &wanted.chunks[0].columns[0].1));
        let filter =
            FeatureFilter { feature_type: None, feature_names: Some(vec!["rain".to_owned(), "other_min".to_owned()]) };
        let table = workspace.feature_table(&grid, &filter).await.unwrap();
        assert_eq!(table.names, ["rain", "other_min"]);
        let unknown = FeatureFilter { feature_names: Some(vec!["snow".to_owned()]), ..filter };
        assert_eq!(workspace.feature_table(&grid, &unknown).await.unwrap_err().code(), Code::UsageUnknownFeature);
        // The same name again is the same feature.
        add("other", &["average"], climate("rain")).await;
        assert_eq!(workspace.features().await.unwrap().len(), 3);
        workspace.remove_feature(&summary[0].id).await.unwrap();
        assert_eq!(workspace.features().await.unwrap().len(), 2);
        assert_eq!(workspace.remove_feature(&summary[0].id).await.unwrap_err().code(), Code::UsageUnknownFeature);
    });
}

#[test]
fn a_row_that_is_damaged_is_said_so() {
    pollster::block_on(async {
        let (workspace, _, _) = workspace().await;
        let row = Row::from_record(&json!({"id": "t_1", "turn": "ready:0:x:t_1", "status": "pending"})).unwrap();
        let store: &Rc<dyn Store> = &workspace.store;
        store.write(vec![Write::Put(Table::ProcessingQueue, row)]).await.unwrap();
        assert_eq!(workspace.task("t_1").await.unwrap_err().code(), Code::StoreCorrupt);
    });
}

#[test]
fn every_subsystem_tells_what_it_does_at_its_own_level() {
    let logged = |log: &str| {
        pollster::block_on(async {
            let (_, host, _) = workspace().await;
            let config = Config { log: log.to_owned(), ..Config::default() };
            let workspace = Workspace::open(Rc::new(MemoryStore::new()), host.clone(), config).await.unwrap();
            register(&workspace).await;
            add(&workspace, json!({"type": "raster_tiling", "source": URL})).await;
            add(&workspace, json!({"type": "resampling", "source": URL, "grid": squares()})).await;
            work(&workspace, "w").await;
            work(&workspace, "w").await;
            host.logged.take()
        })
    };
    let subsystems = |lines: &[(Level, String)]| -> BTreeSet<String> {
        lines.iter().map(|(_, subsystem)| subsystem.clone()).collect()
    };
    assert_eq!(subsystems(&logged("debug")), SUBSYSTEMS.iter().map(|name| (*name).to_owned()).collect());
    let some = logged("info,cache=debug,queue=off");
    assert!(subsystems(&some).contains("cache") && !subsystems(&some).contains("queue"));
    assert!(some.iter().all(|(level, subsystem)| *level <= Level::Info || subsystem == "cache"));
    assert_eq!(logged(""), []);
}
