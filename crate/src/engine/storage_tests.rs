use std::rc::Rc;

use proptest::prelude::*;
use serde_json::json;

use super::*;
use crate::engine::test_support::{TestHost, URL, asking, bits, run, workspace, world, world_with};
use crate::engine::{Cancellation, Config, GridInput, Overview, RegisterOptions, ResampleOptions, Target};
use crate::store::MemoryStore;

fn squares(cell_size: f64) -> GridInput {
    GridInput::Definition(json!({
        "type": "square", "crs": "EPSG:4326", "cellSize": cell_size, "bounds": [-20, -20, 20, 20],
    }))
}

async fn ask(workspace: &Workspace, grid: &GridInput, options: &ResampleOptions) -> crate::engine::ResultData {
    let target = Target::Ref(URL.to_owned());
    workspace.resample(&target, grid, options, &Cancellation::new(), &|_| {}).await.unwrap()
}

const DAY: f64 = 86_400_000.0;

proptest! {
    #![proptest_config(ProptestConfig::with_cases(12))]

    /// Whatever was asked before, of whichever version of the file: an answer is what a fresh computation gives.
    #[test]
    fn the_cache_never_serves_a_wrong_answer(
        steps in prop::collection::vec((0_usize..4, 0_usize..3, 0_usize..3, any::<bool>(), 0_usize..4), 2..8),
    ) {
        let files = [world(0.0), world(7.0), world_with(0.0, -2.0), world_with(0.0, 100.0)];
        pollster::block_on(async {
            let (workspace, host, _) = workspace().await;
            let target = Target::Ref(URL.to_owned());
            for (file, grid, overview, unscale, methods) in steps {
                host.put(URL, files[file].clone());
                workspace.register(&target, RegisterOptions::default()).await.unwrap();
                let methods: &[&str] = [&["average"][..], &["nearest"], &["average", "max"], &["bilinear", "average"]][methods];
                let overview = [Overview::None, Overview::Auto, Overview::Level(1)][overview];
                let options = ResampleOptions { overview, unscale, ..asking(methods) };
                let grid = squares([1.5, 2.0, 4.0][grid]);
                let got = ask(&workspace, &grid, &options).await;
                let fresh = ask(&workspace, &grid, &ResampleOptions { no_cache: true, ..options.clone() }).await;
                assert_eq!(bits(&got), bits(&fresh), "{options:?}");
                let again = ask(&workspace, &grid, &options).await;
                assert_eq!((again.provenance.bytes, again.provenance.cache_misses), (0, 0), "{options:?}");
                assert_eq!(bits(&again), bits(&fresh));
            }
        });
    }
}

#[test]
fn hits_misses_and_bytes_are_counted_by_source() {
    pollster::block_on(async {
        let (workspace, _, _) = workspace().await;
        workspace.register(&Target::Ref(URL.to_owned()), RegisterOptions::default()).await.unwrap();
        let first = run(&workspace, "world.tif", &asking(&["average", "max"])).await.unwrap();
        run(&workspace, "world.tif", &asking(&["average"])).await.unwrap();
        let stats = workspace.cache_stats().await.unwrap();
        let chunks = first.chunks.len() as u64;
        let cells = first.provenance.cells;
        assert_eq!(stats.len(), 1);
        assert_eq!((stats[0].source.as_str(), stats[0].hits, stats[0].misses), ("world.tif", chunks, 2 * chunks));
        // Values of both methods, the confidence of each.
        assert_eq!((stats[0].rows, stats[0].bytes, stats[0].bytes_served), (2 * chunks, cells * 32, cells * 16));
        assert_eq!(stats[0].stale_rows, 0);
    });
}

#[test]
fn results_that_are_too_old_are_computed_again() {
    pollster::block_on(async {
        let (workspace, host, _) = workspace().await;
        run(&workspace, URL, &asking(&["average"])).await.unwrap();
        host.ticks.set(29.9 * DAY);
        assert_eq!(run(&workspace, URL, &asking(&["average"])).await.unwrap().provenance.cache_misses, 0);
        host.ticks.set(30.1 * DAY);
        assert!(workspace.cache_stats().await.unwrap()[0].stale_rows > 0);
        let again = run(&workspace, URL, &asking(&["average"])).await.unwrap();
        assert_eq!(again.provenance.cache_hits, 0);
        // What was made anew is served again.
        assert_eq!(run(&workspace, URL, &asking(&["average"])).await.unwrap().provenance.cache_misses, 0);
    });
}

#[test]
fn cleaning_takes_what_is_old_and_little_used() {
    pollster::block_on(async {
        let (workspace, host, _) = workspace().await;
        let (fine, coarse, late) = (squares(1.5), squares(2.0), squares(4.0));
        ask(&workspace, &fine, &asking(&["average"])).await;
        for _ in 0..3 {
            ask(&workspace, &coarse, &asking(&["average"])).await;
        }
        host.ticks.set(10.0 * DAY);
        ask(&workspace, &late, &asking(&["average"])).await;
        let options = CleanupOptions { days_old: Some(5.0), min_access: Some(2) };
        let cleanup = workspace.clean_cache(&options).await.unwrap();
        assert_eq!(cleanup.rows, 1, "the fine one was never used again");
        assert!(cleanup.bytes > 0);
        assert_eq!(ask(&workspace, &coarse, &asking(&["average"])).await.provenance.cache_misses, 0);
        assert_eq!(ask(&workspace, &late, &asking(&["average"])).await.provenance.cache_misses, 0);
        assert!(ask(&workspace, &fine, &asking(&["average"])).await.provenance.cache_misses > 0);
        let all = CleanupOptions { days_old: Some(0.0), min_access: Some(1000) };
        assert_eq!(workspace.clean_cache(&all).await.unwrap().rows, 3);
    });
}

#[test]
fn the_least_recently_used_make_room() {
    pollster::block_on(async {
        let host = Rc::new(TestHost::default());
        host.put(URL, world(0.0));
        // 4 and 4.5: 100 cells of 16 bytes each; 1.5: 784. Room for two of them with something to spare.
        let config = Config { cache_limit_mb: 15_720.0 / 1_048_576.0, ..Config::default() };
        let workspace = Workspace::open(Rc::new(MemoryStore::new()), host, config).await.unwrap();
        let (first, second, third) = (squares(4.0), squares(4.5), squares(1.5));
        for grid in [&first, &second, &first, &third] {
            ask(&workspace, grid, &asking(&["average"])).await;
        }
        let held: u64 = workspace.cache_stats().await.unwrap().iter().map(|stats| stats.bytes).sum();
        assert!(held <= 15_720, "{held}");
        assert_eq!(ask(&workspace, &first, &asking(&["average"])).await.provenance.cache_misses, 0);
        assert_eq!(ask(&workspace, &third, &asking(&["average"])).await.provenance.cache_misses, 0);
        assert!(ask(&workspace, &second, &asking(&["average"])).await.provenance.cache_misses > 0);
        assert!(workspace.take_warnings().is_empty());
        // One that is larger than all of the budget is given, and not kept.
        let large = ask(&workspace, &squares(0.5), &asking(&["average"])).await;
        assert!(!large.provenance.is_kept);
        assert_eq!(workspace.take_warnings().len(), 1);
    });
}
