use std::ops::Range;
use std::rc::Rc;

use super::super::executor::run;
use super::super::method::Method;
use super::super::plan::Plan;
use super::super::request::{ChunkColumns, Observer, Options, Progress, Request};
use super::super::test_support::{NODATA, Raster, assert_near, grid};
use crate::error::Result;
use crate::grid::Grid;
use crate::limits::Limits;
use crate::raster::test_support::{TinyPage, TinyTiff, Value};
use crate::raster::{BlockRange, Dataset, Window};
use crate::source::{CountingSource, MemorySource, MergePolicy};
use crate::tiff::tags;

const METHODS: [Method; 5] = [Method::Average, Method::Stdev, Method::Max, Method::Nearest, Method::Cubic];
const SIZE: (u32, u32) = (190, 141);
/// Columns and rows of the image's blocks, and of the mask's.
const BLOCK: u32 = 32;
const MASK_BLOCK: u32 = 48;

#[derive(Default)]
struct Collector(Vec<ChunkColumns>);

impl Observer for Collector {
    fn chunk(&mut self, columns: ChunkColumns) -> Result<()> {
        self.0.push(columns);
        Ok(())
    }

    fn progress(&mut self, _: Progress) {}

    fn cancelled(&self) -> bool {
        false
    }
}

fn placed(page: TinyPage) -> TinyPage {
    page.with(tags::MODEL_PIXEL_SCALE, Value::Double(vec![0.1, 0.1, 0.0]))
        .with(tags::MODEL_TIEPOINT, Value::Double(vec![0.0, 0.0, 0.0, 4.0, 60.0, 0.0]))
        .with(tags::GEO_KEY_DIRECTORY, Value::Short(vec![1, 1, 0, 3, 1024, 0, 1, 2, 1025, 0, 1, 1, 2048, 0, 1, 4326]))
}

/// A raster of bytes of which a tenth is masked, in memory and as tiles of `samples` (of the pixels at an index).
fn tiles(side: u32, bands: usize, of: impl Fn(usize) -> Vec<u8>) -> Vec<Vec<u8>> {
    let mut blocks = Vec::new();
    for top in (0..SIZE.1).step_by(side as usize) {
        for left in (0..SIZE.0).step_by(side as usize) {
            let mut block = Vec::new();
            for row in top..top + side {
                for column in left..left + side {
                    if row < SIZE.1 && column < SIZE.0 {
                        block.extend(of((row * SIZE.0 + column) as usize));
                    } else {
                        block.extend(vec![0; bands]);
                    }
                }
            }
            blocks.push(block);
        }
    }
    blocks
}

/// The same numbers three times: in memory with nodata, in a file with a mask whose blocks are cut otherwise than the
/// image's, in a file with alpha.
fn sample() -> (Raster, Vec<u8>, Vec<u8>) {
    let mut raster = Raster::noisy(11, "EPSG:4326", [4.0, 0.1, 0.0, 60.0, 0.0, -0.1], SIZE, (BLOCK, BLOCK));
    for value in &mut raster.values {
        if *value != NODATA {
            *value = value.abs().floor();
        }
    }
    let values = &raster.values;
    let is_valid = |at: usize| u8::from(values[at] != NODATA);
    let byte = |at: usize| if values[at] == NODATA { 77 } else { values[at] as u8 };
    let image = placed(TinyPage::tiles(SIZE, (BLOCK, BLOCK), &[8], tiles(BLOCK, 1, |at| vec![byte(at)])));
    let mask =
        TinyPage::tiles(SIZE, (MASK_BLOCK, MASK_BLOCK), &[8], tiles(MASK_BLOCK, 1, |at| vec![is_valid(at) * 255]));
    let masked = TinyTiff::new(vec![image, mask.subfile(4)]).bytes();
    let both = tiles(BLOCK, 2, |at| vec![byte(at), is_valid(at) * 9]);
    let alpha =
        placed(TinyPage::tiles(SIZE, (BLOCK, BLOCK), &[8, 8], both)).with(tags::EXTRA_SAMPLES, Value::Short(vec![2]));
    (raster, masked, TinyTiff::new(vec![alpha]).bytes())
}

fn squares() -> Grid {
    grid(r#"{"type":"square","crs":"EPSG:6933","cellSize":11000,"bounds":[2,44,24,61],"boundsCrs":"EPSG:4326"}"#)
}

fn open(bytes: Vec<u8>) -> (Rc<CountingSource<MemorySource>>, Dataset) {
    let source = Rc::new(CountingSource::new(MemorySource::new("masked", bytes)));
    let dataset = pollster::block_on(Dataset::open(source.clone(), Limits::default())).unwrap();
    (source, dataset)
}

fn resample(dataset: &Dataset, options: &Options) -> Vec<ChunkColumns> {
    let (grid, request) = (squares(), Request::new(METHODS.to_vec()));
    let mut collector = Collector::default();
    pollster::block_on(run(dataset, &grid, &request, options, &mut collector)).unwrap();
    collector.0
}

/// The least memory that a run needs.
fn tight(dataset: &Dataset) -> Options {
    let (grid, request) = (squares(), Request::new(METHODS.to_vec()));
    let mut limit = 1 << 30;
    loop {
        let options = Options { memory_limit_bytes: limit / 2, ..Options::default() };
        if pollster::block_on(Plan::new(dataset, &grid, &request, &options, &mut |_| Ok(()))).is_err() {
            return Options { memory_limit_bytes: limit, ..Options::default() };
        }
        limit /= 2;
    }
}

#[test]
fn masked_pixels_are_as_nodata() {
    let (raster, masked, alpha) = sample();
    let expected = raster.resample(&squares(), &METHODS, false);
    for file in [masked, alpha] {
        let (_, dataset) = open(file);
        for options in [Options::default(), tight(&dataset)] {
            let mut expected = expected.iter();
            for chunk in resample(&dataset, &options) {
                for (at, cell) in chunk.chunk.cells().enumerate() {
                    let expected = expected.next().unwrap();
                    assert_eq!(cell, expected.cell);
                    for ((method, column), &value) in chunk.bands[0].columns.iter().zip(&expected.values) {
                        assert_near(column[at], value, 1e-12, &method.name());
                    }
                    assert_near(chunk.bands[0].confidence[at], expected.confidence, 1e-12, "confidence");
                }
            }
            assert!(expected.next().is_none());
        }
    }
}

#[test]
fn blocks_of_the_mask_are_read_once_with_those_of_the_image() {
    let (_, masked, _) = sample();
    let (source, dataset) = open(masked);
    let decoder = dataset.mask_decoder(0, 0).unwrap().unwrap();
    let all = Window { left: 0, top: 0, right: SIZE.0, bottom: SIZE.1 };
    let ids: Vec<_> = decoder.level().blocks_of(all).collect();
    assert_eq!(ids.len(), 4 * 3);
    let located = pollster::block_on(dataset.locate_mask(0, 0, &ids)).unwrap();
    let locations: Vec<Range<u64>> = located.iter().flatten().map(BlockRange::read).collect();
    assert_eq!(locations.len(), 12);
    // Gaps that are fetched rather than skipped may hold other blocks: none here.
    let merge = MergePolicy { merge_gap_bytes: 0, ..MergePolicy::default() };
    for options in [Options::default(), tight(&dataset)] {
        let options = Options { merge, ..options };
        let (grid, request) = (squares(), Request::new(METHODS.to_vec()));
        let plan = pollster::block_on(Plan::new(&dataset, &grid, &request, &options, &mut |_| Ok(()))).unwrap();
        source.reset();
        pollster::block_on(plan.run(&dataset, &grid, &mut Collector::default())).unwrap();
        let read = source.ranges();
        // The first 32 KiB are held since the file was opened.
        let beyond = locations.iter().filter(|location| location.start >= 32 << 10);
        assert!(beyond.clone().count() >= 10);
        for location in beyond {
            let holders = read.iter().filter(|range| range.start <= location.start && range.end >= location.end);
            assert_eq!(holders.count(), 1, "{location:?}");
        }
    }
}
