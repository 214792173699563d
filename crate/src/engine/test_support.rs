//! A workspace over memory, and files of numbers that follow a formula.

use std::cell::{Cell, RefCell};
use std::collections::HashMap;
use std::rc::Rc;

use futures_util::future::{FutureExt, LocalBoxFuture};
use serde_json::json;

use super::{
    Cancellation, Config, GridInput, Host, Level, ResampleOptions, ResultChunk, ResultData, Target, Workspace,
};
use crate::error::{Code, Error, Result};
use crate::source::{CountingSource, MemorySource, RangeReader};
use crate::store::MemoryStore;
use crate::tiff::write::{CogOptions, CogWriter, CrsCode, Georeference, MemorySpool, Overviews, Predictor, Sample};

pub(super) type Source = Rc<CountingSource<MemorySource>>;

/// Files by location, and a clock that ticks when it is looked at.
#[derive(Default)]
pub(super) struct TestHost {
    files: RefCell<HashMap<String, Source>>,
    pub(super) ticks: Cell<f64>,
    /// Level and subsystem of every line of the debug log.
    pub(super) logged: RefCell<Vec<(Level, String)>>,
}

impl Host for TestHost {
    fn open(&self, location: &str) -> LocalBoxFuture<'_, Result<Rc<dyn RangeReader>>> {
        let found = self.files.borrow().get(location).cloned();
        let missing = || Error::new(Code::SourceDetached, format!("{location} must be chosen again"));
        let reader = found.map(|source| source as Rc<dyn RangeReader>).ok_or_else(missing);
        async move { reader }.boxed_local()
    }

    fn now_ms(&self) -> f64 {
        self.ticks.set(self.ticks.get() + 1.0);
        self.ticks.get()
    }

    fn log(&self, level: Level, subsystem: &str, _: &str) {
        self.logged.borrow_mut().push((level, subsystem.to_owned()));
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
    let options = CogOptions { nodata: Some(nodata), ..half_degrees() };
    cog(options, |row, column| {
        let is_hole = (350..370).contains(&column) && (170..190).contains(&row);
        [if is_hole { -1.0 } else { (offset + 0.01 * f64::from(column) + f64::from(row)) as f32 }]
    })
}

/// Two bands of the world, sample by sample together: the first without a value in the east, the second in the north.
/// Nothing but nodata is written as it is.
pub(super) fn half() -> Vec<u8> {
    let options = CogOptions {
        bands: 2,
        nodata: Some(-1_i16),
        // Blocks so large that no gap of them is read for the sake of one request less.
        deflate: None,
        predictor: Predictor::None,
        overviews: Overviews::None,
        ..half_degrees()
    };
    cog(options, |row, column| [if column >= 300 { -1 } else { row + column }, if row < 200 { -1 } else { row * 3 }])
}

/// The world in 720 × 360 pixels, blocks of 64 × 64.
fn half_degrees<T: Sample>() -> CogOptions<T> {
    let geotransform = [-180.0, 0.5, 0.0, 90.0, 0.0, -0.5];
    CogOptions {
        block_size_px: 64,
        georeference: Some(Georeference { geotransform, crs: Some(CrsCode::Geographic(4326)) }),
        ..CogOptions::new(720, 360)
    }
}

/// A file of the samples of each pixel, by row and column.
fn cog<T: Sample, const BANDS: usize>(options: CogOptions<T>, pixel: impl Fn(i16, i16) -> [T; BANDS]) -> Vec<u8> {
    let mut writer = CogWriter::new(options, |_| Ok(MemorySpool::default())).unwrap();
    for row in 0..360 {
        writer.push_rows(&(0..720).flat_map(|column| pixel(row, column)).collect::<Vec<T>>()).unwrap();
    }
    writer.finish_in_memory().unwrap()
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
