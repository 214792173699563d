use std::ops::Range;
use std::rc::Rc;

use super::super::test_support::*;
use super::super::*;
use crate::Limits;
use crate::raster::{BlockId, Dataset};
use crate::source::MemorySource;
use crate::store::MemoryStore;

fn world_grids() -> [GridInput; 2] {
    [
        serde_json::json!({"type": "square", "crs": "EPSG:6933", "cellSize": 700_000, "bounds": [-170, -60, 170, 70], "boundsCrs": "EPSG:4326"}),
        serde_json::json!({"type": "hexagon", "crs": "EPSG:4326", "cellSize": 7, "bounds": [-180, -80, 180, 80]}),
    ]
    .map(GridInput::Definition)
}

/// The bytes of the blocks that hold no value of any of the bands.
async fn empty_ranges(bands: &[u32]) -> Vec<Range<u64>> {
    let source = Rc::new(MemorySource::new(URL, half()));
    let dataset = Dataset::open(source, Limits::default()).await.unwrap();
    let level = *dataset.level(0).unwrap();
    let is_empty = |id: &BlockId| {
        let window = level.block_window(*id);
        bands.iter().all(|&band| if band == 1 { window.left >= 300 } else { window.bottom <= 200 })
    };
    let blocks = (0..level.blocks_down).flat_map(|row| (0..level.blocks_across).map(move |col| BlockId { col, row }));
    let blocks: Vec<BlockId> = blocks.filter(is_empty).collect();
    dataset.locate(0, 0, &blocks).await.unwrap().iter().flatten().map(|range| range.own().clone()).collect()
}

#[test]
fn tiles_without_a_value_are_not_read_and_change_nothing() {
    pollster::block_on(async {
        let host = Rc::new(TestHost::default());
        let source = host.put(URL, half());
        // What is read is seen.
        let config = Config { block_memory_mb: 0.0, ..Config::default() };
        let workspace = Workspace::open(Rc::new(MemoryStore::new()), host, config).await.unwrap();
        let target = Target::Ref(URL.to_owned());
        workspace.register(&target, RegisterOptions::default()).await.unwrap();
        let cases: Vec<(GridInput, Vec<u32>)> = world_grids()
            .into_iter()
            .flat_map(|grid| [vec![1], vec![2], vec![1, 2]].map(|bands| (grid.clone(), bands)))
            .collect();
        let run = async |(grid, bands): &(GridInput, Vec<u32>)| {
            let methods = ["average", "count", "sum", "stdev", "median", "nearest", "cubic"];
            let options = ResampleOptions { band: Bands(bands.clone()), no_cache: true, ..asking(&methods) };
            source.reset();
            let result = workspace.resample(&target, grid, &options, &Cancellation::new(), &|_| {}).await.unwrap();
            let plan = workspace.explain(&target, grid, &options).await.unwrap().plan;
            assert_eq!((plan.blocks, plan.bytes), (result.provenance.blocks, result.provenance.bytes));
            (bits(&result), source.ranges())
        };
        let in_vain = |ranges: &[Range<u64>], empty: &[Range<u64>]| {
            let meets =
                |range: &Range<u64>| empty.iter().any(|empty| empty.start < range.end && range.start < empty.end);
            // The header comes with the first blocks.
            ranges.iter().filter(|range| range.start > 0).any(meets)
        };
        let mut before = Vec::new();
        for case in &cases {
            let (bits, ranges) = run(case).await;
            assert!(in_vain(&ranges, &empty_ranges(&case.1).await), "{:?}", case.1);
            before.push(bits);
        }
        let tiling = TileOptions { tile_size: Some(64) };
        workspace.tile(&target, &tiling, &Cancellation::new(), &|_| {}).await.unwrap();
        for (case, before) in cases.iter().zip(before) {
            let (bits, ranges) = run(case).await;
            assert_eq!(bits, before, "{:?}", case.1);
            assert!(!in_vain(&ranges, &empty_ranges(&case.1).await), "{:?}", case.1);
        }
    });
}
