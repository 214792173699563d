use std::cell::Cell as StdCell;
use std::ops::Range;
use std::rc::Rc;

use super::super::method::Method;
use super::super::request::LevelChoice;
use super::super::test_support::{NODATA, Raster, assert_near, grid};
use super::*;
use crate::limits::Limits;
use crate::raster::BlockRange;
use crate::source::{CountingSource, Identity, MemorySource, MergePolicy};
use crate::tiff::write::{CogOptions, CogWriter, CrsCode, Deflate, Georeference, MemorySpool, Overviews, Predictor};

const METHODS: [Method; 9] = [
    Method::Average,
    Method::Stdev,
    Method::Max,
    Method::Nearest,
    Method::Cubic,
    Method::Bilinear,
    Method::Mode,
    Method::Median,
    Method::Variety,
];

/// 190 × 141 pixels of 0.1°, blocks of 32 × 32, with the same samples in memory and as a COG.
fn sample() -> (Raster, Vec<u8>) {
    let raster = Raster::noisy(5, "EPSG:4326", [4.0, 0.1, 0.0, 60.0, 0.0, -0.1], (190, 141), (32, 32));
    let options = CogOptions {
        block_size_px: 32,
        nodata: Some(NODATA),
        deflate: Some(Deflate { level: 1 }),
        predictor: Predictor::FloatingPoint,
        overviews: Overviews::Average,
        georeference: Some(Georeference { geotransform: raster.geotransform.0, crs: Some(CrsCode::Geographic(4326)) }),
        ..CogOptions::<f64>::new(190, 141)
    };
    let mut writer = CogWriter::new(options, |_| Ok(MemorySpool::default())).expect("options");
    writer.push_rows(&raster.values).expect("rows");
    let bytes = writer.finish_in_memory().expect("a file");
    (raster, bytes)
}

fn open<R: RangeReader + 'static>(source: Rc<R>) -> Dataset {
    pollster::block_on(Dataset::open(source, Limits::default())).expect("a COG")
}

/// Squares of 11 km, about a pixel: several chunks.
fn squares() -> Grid {
    grid(r#"{"type":"square","crs":"EPSG:6933","cellSize":11000,"bounds":[2,44,24,61],"boundsCrs":"EPSG:4326"}"#)
}

fn hexagons() -> Grid {
    grid(r#"{"type":"hexagon","crs":"EPSG:3035","cellSize":14000,"bounds":[2,44,24,61],"boundsCrs":"EPSG:4326"}"#)
}

#[derive(Default)]
struct Collector {
    chunks: Vec<ChunkColumns>,
    progress: Vec<Progress>,
    /// Blocks after which it cancels.
    cancel_at: Option<u64>,
}

impl Observer for Collector {
    fn chunk(&mut self, columns: ChunkColumns) -> Result<()> {
        self.chunks.push(columns);
        Ok(())
    }

    fn progress(&mut self, progress: Progress) {
        self.progress.push(progress);
    }

    fn cancelled(&self) -> bool {
        self.cancel_at.is_some_and(|at| {
            self.progress.last().is_some_and(|progress| progress.phase == Phase::Resample && progress.done >= at)
        })
    }
}

impl Collector {
    /// Every number's bits, in order.
    fn bits(&self) -> Vec<u64> {
        let numbers = self.chunks.iter().flat_map(|chunk| {
            let of = |band: &BandColumns| {
                band.columns.iter().flat_map(|(_, column)| column).chain(&band.confidence).copied().collect::<Vec<_>>()
            };
            chunk.bands.iter().flat_map(of).collect::<Vec<_>>()
        });
        numbers.map(f64::to_bits).collect()
    }
}

fn resample(dataset: &Dataset, grid: &Grid, options: &Options) -> (Collector, Summary) {
    let mut collector = Collector::default();
    let request = Request::new(METHODS.to_vec());
    let summary = pollster::block_on(run(dataset, grid, &request, options, &mut collector)).expect("a run");
    (collector, summary)
}

fn dataset() -> Dataset {
    open(Rc::new(MemorySource::new("sample", sample().1)))
}

/// The least memory that a run needs, so that its blocks come in many batches.
fn tight(dataset: &Dataset, grid: &Grid) -> Options {
    let request = Request::new(METHODS.to_vec());
    let mut limit = 1 << 30;
    loop {
        let options = Options { memory_limit_bytes: limit / 2, ..Options::default() };
        if pollster::block_on(Plan::new(dataset, grid, &request, &options, &mut |_| Ok(()))).is_err() {
            return Options { memory_limit_bytes: limit, ..Options::default() };
        }
        limit /= 2;
    }
}

#[test]
fn a_file_gives_what_its_samples_in_memory_give() {
    let (raster, bytes) = sample();
    let dataset = open(Rc::new(MemorySource::new("sample", bytes)));
    for grid in [squares(), hexagons()] {
        let (collector, summary) = resample(&dataset, &grid, &Options::default());
        assert!(grid.chunk_count() > 1);
        assert_eq!(summary.cells, grid.cell_count());
        let expected = raster.resample(&grid, &METHODS, false);
        let mut expected = expected.iter();
        for (index, chunk) in collector.chunks.iter().enumerate() {
            assert_eq!(chunk.chunk.index, index as u64);
            for (at, cell) in chunk.chunk.cells().enumerate() {
                let expected = expected.next().expect("as many cells");
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

#[test]
fn threads_budgets_and_merging_change_no_bit() {
    let dataset = dataset();
    for grid in [squares(), hexagons()] {
        let expected = resample(&dataset, &grid, &Options::default()).0.bits();
        let tight = tight(&dataset, &grid);
        let apart = MergePolicy { merge_gap_bytes: 0, max_range_bytes: 1 };
        for options in [tight.clone(), Options { merge: apart, ..tight }] {
            assert_eq!(resample(&dataset, &grid, &options).0.bits(), expected);
        }
        let bytes = sample().1;
        for threads in [1, 2, 4] {
            let pool = rayon::ThreadPoolBuilder::new().num_threads(threads).build().expect("threads");
            let bits = pool.install(|| {
                let dataset = open(Rc::new(MemorySource::new("sample", bytes.clone())));
                resample(&dataset, &grid, &Options::default()).0.bits()
            });
            assert_eq!(bits, expected, "{threads} threads");
        }
    }
}

#[test]
fn a_range_of_chunks_is_that_part_of_the_whole() {
    let dataset = dataset();
    let grid = squares();
    let whole = resample(&dataset, &grid, &Options::default()).0;
    for chunks in [1..3, 2..99, 0..0] {
        let end = (chunks.end as usize).min(whole.chunks.len());
        let options = Options { chunks: Some(chunks.clone()), ..Options::default() };
        let part = resample(&dataset, &grid, &options).0;
        let expected = Collector { chunks: whole.chunks[chunks.start as usize..end].to_vec(), ..Collector::default() };
        assert_eq!(part.chunks.len(), expected.chunks.len());
        assert_eq!(part.bits(), expected.bits());
    }
}

#[test]
fn every_block_is_read_once_whatever_the_budget() {
    let source = Rc::new(CountingSource::new(MemorySource::new("sample", sample().1)));
    let dataset = open(source.clone());
    for grid in [squares(), hexagons()] {
        for options in [Options::default(), tight(&dataset, &grid)] {
            let request = Request::new(METHODS.to_vec());
            let plan =
                pollster::block_on(Plan::new(&dataset, &grid, &request, &options, &mut |_| Ok(()))).expect("a plan");
            source.reset();
            let locations: Vec<Range<u64>> = plan.work.locations.iter().map(BlockRange::read).collect();
            let (blocks, ranges, bytes) = (plan.blocks, plan.ranges, plan.bytes);
            let mut collector = Collector::default();
            pollster::block_on(plan.run(&dataset, &grid, &mut collector)).expect("a run");
            // All 6 × 5 blocks lie under the grid.
            assert_eq!(blocks, 30);
            let read = source.ranges();
            assert_eq!(read.len() as u64, ranges);
            assert_eq!(read.iter().map(|range| range.end - range.start).sum::<u64>(), bytes);
            for location in &locations {
                let holders = read.iter().filter(|range| range.start < location.end && range.end > location.start);
                assert_eq!(holders.count(), 1, "{location:?}");
            }
            assert_eq!(collector.progress.last().map(|progress| (progress.done, progress.bytes)), Some((30, bytes)));
        }
    }
}

#[test]
fn progress_is_monotonic_and_ends_with_all() {
    let dataset = dataset();
    let grid = squares();
    let (collector, _) = resample(&dataset, &grid, &tight(&dataset, &grid));
    for phase in [Phase::Plan, Phase::Resample] {
        let steps: Vec<_> = collector.progress.iter().filter(|progress| progress.phase == phase).collect();
        assert!(steps.windows(2).all(|pair| pair[0].done <= pair[1].done && pair[0].bytes <= pair[1].bytes));
        assert!(steps.last().is_some_and(|last| last.done == last.total));
    }
}

#[test]
fn cancelling_ends_a_run_between_batches() {
    let dataset = dataset();
    let grid = squares();
    let options = tight(&dataset, &grid);
    let mut collector = Collector { cancel_at: Some(1), ..Collector::default() };
    let request = Request::new(METHODS.to_vec());
    let error = pollster::block_on(run(&dataset, &grid, &request, &options, &mut collector)).expect_err("cancelled");
    assert_eq!(error.code(), Code::Cancelled);
    assert!(collector.progress.last().is_some_and(|progress| progress.done < progress.total));
}

#[test]
fn a_grid_beside_the_raster_has_no_values_and_says_so() {
    let dataset = dataset();
    let grid = grid(r#"{"type":"square","crs":"EPSG:4326","cellSize":1,"bounds":[100,0,110,10]}"#);
    let (collector, summary) = resample(&dataset, &grid, &Options::default());
    assert_eq!((summary.blocks, summary.bytes, summary.cells), (0, 0, 100));
    assert_eq!(summary.notes.len(), 1);
    let chunk = &collector.chunks[0].bands[0];
    assert!(chunk.columns.iter().all(|(_, column)| column.len() == 100 && column.iter().all(|value| value.is_nan())));
    assert_eq!(chunk.confidence, [0.0; 100]);
}

#[test]
fn too_little_memory_is_said_before_anything_is_read() {
    let source = Rc::new(CountingSource::new(MemorySource::new("sample", sample().1)));
    let dataset = open(source.clone());
    source.reset();
    let options = Options { memory_limit_bytes: 1000, ..Options::default() };
    let request = Request::new(vec![Method::Average]);
    let mut collector = Collector::default();
    let error = pollster::block_on(run(&dataset, &squares(), &request, &options, &mut collector)).expect_err("a limit");
    assert_eq!(error.code(), Code::LimitExceeded);
    assert!(error.hint().is_some());
    let blocks: Vec<_> = source.ranges();
    assert!(blocks.len() <= 2, "{blocks:?}");
}

#[test]
fn an_overview_is_read_when_asked_for() {
    let dataset = dataset();
    assert!(dataset.level_count() > 2);
    let grid = grid(r#"{"type":"square","crs":"EPSG:4326","cellSize":0.45,"bounds":[5,48,22,59]}"#);
    let mut request = Request::new(vec![Method::Average]);
    let mut levels = Vec::new();
    for level in [LevelChoice::Full, LevelChoice::Auto, LevelChoice::Level(1)] {
        request.level = level;
        let mut collector = Collector::default();
        let summary =
            pollster::block_on(run(&dataset, &grid, &request, &Options::default(), &mut collector)).expect("a run");
        levels.push((summary.level, summary.scale.0));
    }
    assert_eq!(levels[0].0, 0);
    assert!((levels[0].1 - 4.5).abs() < 1e-9);
    assert_eq!(levels[1].0, 2);
    assert_eq!(levels[2].0, 1);
    assert!((levels[2].1 - 2.25).abs() < 0.02);
}

#[test]
fn wrong_requests_are_refused() {
    let dataset = dataset();
    let code = |request: Request| {
        let (grid, options, mut collector) = (squares(), Options::default(), Collector::default());
        let run = run(&dataset, &grid, &request, &options, &mut collector);
        pollster::block_on(run).expect_err("a refusal").code().as_str()
    };
    assert_eq!(code(Request::new(Vec::new())), "usage.method");
    assert_eq!(code(Request { bands0: vec![1], ..Request::new(vec![Method::Sum]) }), "usage.band");
    assert_eq!(code(Request { level: LevelChoice::Level(9), ..Request::new(vec![Method::Sum]) }), "usage.overview");
}

/// Answers in an order of its own: each read waits some polls first.
struct Shuffled {
    inner: MemorySource,
    reads: StdCell<u64>,
}

impl RangeReader for Shuffled {
    fn location(&self) -> &str {
        "shuffled"
    }

    fn read_for(&self, range: Range<u64>, _: Urgency) -> LocalBoxFuture<'_, Result<Bytes>> {
        let read = self.reads.get();
        self.reads.set(read + 1);
        Box::pin(async move {
            let mut polls = (read * 7919) % 13;
            poll_fn(|context| {
                if polls == 0 {
                    return Poll::Ready(());
                }
                polls -= 1;
                context.waker().wake_by_ref();
                Poll::Pending
            })
            .await;
            self.inner.read(range).await
        })
    }

    fn identity(&self) -> Identity {
        self.inner.identity()
    }
}

#[test]
fn the_order_of_arrival_changes_no_bit() {
    let grid = hexagons();
    let expected = resample(&dataset(), &grid, &Options::default()).0.bits();
    let shuffled = Shuffled { inner: MemorySource::new("sample", sample().1), reads: StdCell::new(0) };
    let dataset = open(Rc::new(shuffled));
    let apart = MergePolicy { merge_gap_bytes: 0, max_range_bytes: 1 };
    let options = Options { merge: apart, ..tight(&dataset, &grid) };
    assert_eq!(resample(&dataset, &grid, &options).0.bits(), expected);
}

#[test]
fn a_plan_serializes_to_what_explain_shows() {
    let dataset = dataset();
    let request = Request::new(vec![Method::Average]);
    let plan = pollster::block_on(Plan::new(&dataset, &squares(), &request, &Options::default(), &mut |_| Ok(())))
        .expect("a plan");
    let json = serde_json::to_value(&plan).expect("JSON");
    let names: Vec<&str> = json.as_object().expect("an object").keys().map(String::as_str).collect();
    assert_eq!(names.len(), 9, "{names:?}");
    assert!(json["peakBytes"].as_u64().is_some_and(|bytes| bytes > 0));
    assert_eq!(json["blocks"], 30);
}

/// Three bands, sample by sample together, of the same georeference as [`sample`].
fn three_bands() -> (Vec<Vec<f64>>, Vec<u8>) {
    let bands: Vec<Vec<f64>> = (1..4)
        .map(|seed| Raster::noisy(seed, "EPSG:4326", [4.0, 0.1, 0.0, 60.0, 0.0, -0.1], (190, 141), (32, 32)).values)
        .collect();
    let options = CogOptions {
        bands: 3,
        block_size_px: 32,
        nodata: Some(NODATA),
        overviews: Overviews::None,
        georeference: Some(Georeference {
            geotransform: [4.0, 0.1, 0.0, 60.0, 0.0, -0.1],
            crs: Some(CrsCode::Geographic(4326)),
        }),
        ..CogOptions::<f64>::new(190, 141)
    };
    let mut writer = CogWriter::new(options, |_| Ok(MemorySpool::default())).expect("options");
    let together: Vec<f64> = (0..190 * 141).flat_map(|pixel| bands.iter().map(move |band| band[pixel])).collect();
    writer.push_rows(&together).expect("rows");
    let bytes = writer.finish_in_memory().expect("a file");
    (bands, bytes)
}

#[test]
fn bands_of_one_request_are_those_of_many_and_their_blocks_are_read_once() {
    let (_, bytes) = three_bands();
    let source = Rc::new(CountingSource::new(MemorySource::new("bands", bytes)));
    let dataset = open(source.clone());
    let median = Method::parse("quantile(0.4)").expect("a method");
    let run_of = |bands0: Vec<u16>| {
        let request = Request {
            bands0,
            weights: crate::resample::Weights::Area,
            ..Request::new([METHODS.as_slice(), &[median]].concat())
        };
        let mut collector = Collector::default();
        source.reset();
        let summary = pollster::block_on(run(&dataset, &hexagons(), &request, &Options::default(), &mut collector));
        let read: u64 = source.ranges().iter().map(|range| range.end - range.start).sum();
        assert_eq!(summary.expect("a run").bytes, read);
        (collector, read)
    };
    let (together, read) = run_of(vec![2, 0]);
    for (place, band0) in [(0, 2), (1, 0)] {
        let (alone, alone_read) = run_of(vec![band0]);
        assert_eq!(read, alone_read);
        for (both, one) in together.chunks.iter().zip(&alone.chunks) {
            assert_eq!(both.bands.len(), 2);
            let bits = |band: &BandColumns| -> Vec<u64> {
                let columns = band.columns.iter().flat_map(|(_, column)| column);
                columns.chain(&band.confidence).map(|number| number.to_bits()).collect()
            };
            assert_eq!(bits(&both.bands[place]), bits(&one.bands[0]), "band {band0}");
        }
    }
    let wrong = Request { bands0: Vec::new(), ..Request::new(vec![Method::Sum]) };
    let refused = pollster::block_on(Plan::new(&dataset, &hexagons(), &wrong, &Options::default(), &mut |_| Ok(())));
    assert_eq!(refused.expect_err("no band").code(), Code::UsageBand);
}

/// Counts what is done after a wish to stop.
#[derive(Default)]
struct Stopping {
    is_stopped: StdCell<bool>,
    pauses: usize,
    /// Pauses after which it wants to stop.
    stop_after: usize,
    chunks_after: usize,
    progress_after: usize,
}

impl Observer for Stopping {
    fn chunk(&mut self, _columns: ChunkColumns) -> Result<()> {
        self.chunks_after += usize::from(self.is_stopped.get());
        Ok(())
    }

    fn progress(&mut self, _progress: Progress) {
        self.progress_after += usize::from(self.is_stopped.get());
    }

    fn cancelled(&self) -> bool {
        self.is_stopped.get()
    }

    fn pause(&mut self) -> LocalBoxFuture<'_, ()> {
        self.pauses += 1;
        self.is_stopped.set(self.pauses >= self.stop_after);
        Box::pin(std::future::ready(()))
    }
}

#[test]
fn a_wish_to_stop_is_heard_at_the_next_pause_wherever_it_comes() {
    let source = Rc::new(CountingSource::new(MemorySource::new("sample", sample().1)));
    let dataset = open(source.clone());
    let grid = squares();
    let request = Request::new(METHODS.to_vec());
    let mut all = Stopping { stop_after: usize::MAX, ..Stopping::default() };
    pollster::block_on(run(&dataset, &grid, &request, &Options::default(), &mut all)).expect("a run");
    // Planning, each handful of blocks, each handful of parts and each chunk have their own.
    assert!(all.pauses > 8, "{}", all.pauses);
    for stop_after in 1..=all.pauses {
        let mut stopping = Stopping { stop_after, ..Stopping::default() };
        let outcome = pollster::block_on(run(&dataset, &grid, &request, &Options::default(), &mut stopping));
        assert_eq!(outcome.expect_err("stopped").code(), Code::Cancelled, "after {stop_after} pauses");
        assert_eq!((stopping.pauses, stopping.chunks_after, stopping.progress_after), (stop_after, 0, 0));
    }
}
