//! Peak memory of large requests and of bombs, by an allocator that counts: below the limit, and no more than the plan says.

#![expect(unsafe_code, reason = "an allocator is unsafe by its trait; this one counts and hands on")]

mod bombs;
#[expect(dead_code, reason = "some kinds of values are only fuzzed")]
#[path = "../fuzz/container.rs"]
mod container;
mod made_up;

use std::alloc::{GlobalAlloc, Layout, System};
use std::rc::Rc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Mutex, MutexGuard};

use cogrid::grid::{Grid, GridDefinition};
use cogrid::raster::Dataset;
use cogrid::resample::{ChunkColumns, Method, Observer, Options, Plan, Progress, Request, Weights};
use cogrid::{Limits, Result};
use made_up::MadeUp;

#[global_allocator]
static ALLOCATOR: Counting = Counting { now: AtomicUsize::new(0), peak: AtomicUsize::new(0) };

/// One run at a time: the counters are the process's.
static RUNNING: Mutex<()> = Mutex::new(());

struct Counting {
    now: AtomicUsize,
    peak: AtomicUsize,
}

impl Counting {
    fn add(&self, bytes: usize) {
        let now = self.now.fetch_add(bytes, Ordering::Relaxed) + bytes;
        self.peak.fetch_max(now, Ordering::Relaxed);
    }

    /// Forgets the peak; gives what is in use.
    fn restart(&self) -> usize {
        let now = self.now.load(Ordering::Relaxed);
        self.peak.store(now, Ordering::Relaxed);
        now
    }
}

// SAFETY: every call goes to the system's allocator as it came.
unsafe impl GlobalAlloc for Counting {
    unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
        self.add(layout.size());
        unsafe { System.alloc(layout) }
    }

    unsafe fn alloc_zeroed(&self, layout: Layout) -> *mut u8 {
        self.add(layout.size());
        unsafe { System.alloc_zeroed(layout) }
    }

    unsafe fn dealloc(&self, pointer: *mut u8, layout: Layout) {
        self.now.fetch_sub(layout.size(), Ordering::Relaxed);
        unsafe { System.dealloc(pointer, layout) }
    }
}

/// Takes chunks and lets them go.
#[derive(Default)]
struct Counter {
    cells: u64,
    valued: u64,
}

impl Observer for Counter {
    fn chunk(&mut self, columns: ChunkColumns) -> Result<()> {
        self.cells += columns.chunk.cell_count() as u64;
        self.valued += columns.bands[0].confidence.iter().filter(|&&confidence| confidence > 0.0).count() as u64;
        Ok(())
    }

    fn progress(&mut self, _progress: Progress) {}

    fn cancelled(&self) -> bool {
        false
    }
}

const MIB: u64 = 1 << 20;

fn alone() -> MutexGuard<'static, ()> {
    RUNNING.lock().unwrap_or_else(|poisoned| poisoned.into_inner())
}

fn open(raster: MadeUp) -> Dataset {
    pollster::block_on(Dataset::open(Rc::new(raster), Limits::default())).expect("a made-up file is readable")
}

fn grid(json: &str) -> Grid {
    Grid::new(&GridDefinition::from_json(json).expect("a definition")).expect("a grid")
}

/// Runs a request under a limit; planning and running together must stay below what the plan says, and that below the
/// limit.
#[track_caller]
fn run(dataset: &Dataset, grid: &Grid, request: &Request, limit_mib: u64) -> Counter {
    let options = Options { memory_limit_bytes: limit_mib * MIB, ..Options::default() };
    let before = ALLOCATOR.restart();
    let mut counter = Counter::default();
    let plan = pollster::block_on(Plan::new(dataset, grid, request, &options, &mut |_| Ok(()))).expect("a plan");
    let planned = plan.peak_bytes;
    pollster::block_on(plan.run(dataset, grid, &mut counter)).expect("a run");
    let measured = (ALLOCATOR.peak.load(Ordering::Relaxed) - before) as u64;
    let methods: Vec<_> = request.methods.iter().map(|method| method.name()).collect();
    eprintln!(
        "{:>9} cells, {}: {} MiB measured, {} MiB planned, {limit_mib} MiB allowed",
        counter.cells,
        methods.join(" "),
        measured / MIB,
        planned / MIB
    );
    assert!(measured <= planned, "{measured} bytes measured, {planned} planned");
    assert!(planned <= limit_mib * MIB, "{planned} bytes planned");
    counter
}

#[test]
fn ten_million_cells_of_a_large_raster() {
    let _alone = alone();
    let dataset = open(MadeUp::world(21_600, 10_800));
    let grid =
        grid(r#"{"type":"square","crs":"EPSG:6933","cellSize":7100,"bounds":[-17367530,-7314540,17367530,7314540]}"#);
    assert!(grid.cell_count() > 10_000_000);
    let counter = run(&dataset, &grid, &Request::new(vec![Method::Average]), 160);
    assert_eq!(counter.cells, grid.cell_count());
    // The grid leaves out what lies beyond 85° and takes in all else.
    assert_eq!(counter.valued, counter.cells);
}

#[test]
fn hexagons_of_a_large_raster() {
    let _alone = alone();
    let dataset = open(MadeUp::world(21_600, 10_800));
    let grid =
        grid(r#"{"type":"hexagon","crs":"EPSG:6933","cellSize":25000,"bounds":[-17367530,-7314540,17367530,7314540]}"#);
    let methods = vec![Method::Average, Method::Stdev, Method::Max];
    run(&dataset, &grid, &Request::new(methods), 160);
}

#[test]
fn lists_of_values_are_counted() {
    let _alone = alone();
    let dataset = open(MadeUp::world(4_320, 2_160));
    let json =
        r#"{"type":"hexagon","crs":"EPSG:6933","cellSize":300000,"bounds":[-17367530,-7314540,17367530,7314540]}"#;
    let request = Request { weights: Weights::Area, ..Request::new(vec![Method::Median, Method::Mode]) };
    run(&dataset, &grid(json), &request, 400);
}

#[test]
fn a_sparse_raster_of_ten_gigapixels() {
    let _alone = alone();
    let dataset = open(MadeUp::sparse(100_000, 100_000));
    let grid = grid(r#"{"type":"square","crs":"EPSG:3857","cellSize":100,"bounds":[0,0,100000,100000]}"#);
    assert_eq!(grid.cell_count(), 1_000_000);
    let counter = run(&dataset, &grid, &Request::new(vec![Method::Average, Method::Bilinear]), 160);
    assert!(counter.valued > 0 && counter.valued < counter.cells / 8, "{} valued", counter.valued);
}

#[test]
fn what_can_t_fit_is_refused_before_it_starts() {
    let _alone = alone();
    let dataset = open(MadeUp::world(21_600, 10_800));
    // One cell over everything: its list may hold every pixel.
    let grid = grid(r#"{"type":"square","crs":"EPSG:4326","cellSize":90,"bounds":[-180,-90,180,90]}"#);
    let options = Options { memory_limit_bytes: 512 * MIB, ..Options::default() };
    let before = ALLOCATOR.restart();
    let request = Request::new(vec![Method::Median]);
    let plan = pollster::block_on(Plan::new(&dataset, &grid, &request, &options, &mut |_| Ok(())));
    let error = plan.expect_err("too much");
    assert_eq!(error.code().as_str(), "limit.exceeded");
    assert!(error.hint().is_some(), "{error}");
    assert!((ALLOCATOR.peak.load(Ordering::Relaxed) - before) as u64 <= 16 * MIB);
}
