//! Resamples a local raster and prints what it took: `resample FILE GRID_JSON METHODS [MEMORY_MIB]`. With `CELLS=FILE`
//! in the environment it also writes each cell's id and values.

use std::cell::Cell;
use std::fmt::Write as _;
use std::rc::Rc;
use std::time::{Duration, Instant};

use cogrid::grid::{Grid, GridDefinition};
use cogrid::raster::Dataset;
use cogrid::resample::{ChunkColumns, Method, Observer, Options, Plan, Progress, Request, Watch};
use cogrid::source::FileSource;
use cogrid::{Limits, Result};

fn main() {
    let arguments: Vec<String> = std::env::args().collect();
    if let Err(error) = run(&arguments) {
        eprintln!("error[{}]: {error}", error.code().as_str());
        std::process::exit(1);
    }
}

fn run(arguments: &[String]) -> Result<()> {
    let [_, file, grid, methods, rest @ ..] = arguments else {
        eprintln!("usage: resample FILE GRID_JSON METHODS [MEMORY_MIB]");
        std::process::exit(2);
    };
    let grid = Grid::new(&GridDefinition::from_json(grid)?)?;
    let methods = methods.split(',').map(Method::parse).collect::<Result<Vec<_>>>()?;
    let mut options = Options::default();
    if let Some(mib) = rest.first().and_then(|text| text.parse::<u64>().ok()) {
        options.memory_limit_bytes = mib << 20;
    }
    let start = Instant::now();
    let source = Rc::new(FileSource::open(file)?);
    let dataset = pollster::block_on(Dataset::open(source, Limits::default()))?;
    let opened = start.elapsed();
    let text = std::env::var("CELLS").is_ok().then(String::new);
    let looks = Looks { last: Cell::new(Instant::now()), longest: Cell::default() };
    let mut listing = Listing { grid: &grid, text, sums: Vec::new(), looks: &looks };
    let mut watch = Watching(&looks);
    let plan = pollster::block_on(Plan::watched(&dataset, &grid, &Request::new(methods), &options, &mut watch))?;
    let planned = start.elapsed();
    let longest = looks.longest.take();
    let explained = serde_json::to_string(&plan).unwrap_or_default();
    pollster::block_on(plan.run(&dataset, &grid, &mut listing))?;
    println!("{explained}");
    println!("open {opened:?}, plan {:?}, run {:?}", planned - opened, start.elapsed() - planned);
    println!("longest time without a look at the wish to stop: plan {longest:?}, run {:?}", looks.longest.get());
    println!("sums of columns {:?}", listing.sums);
    if let (Ok(path), Some(text)) = (std::env::var("CELLS"), listing.text) {
        std::fs::write(&path, text).unwrap_or_else(|error| eprintln!("{path}: {error}"));
    }
    Ok(())
}

struct Listing<'a> {
    grid: &'a Grid,
    text: Option<String>,
    sums: Vec<f64>,
    looks: &'a Looks,
}

/// When it was last asked whether the run should end.
struct Looks {
    last: Cell<Instant>,
    longest: Cell<Duration>,
}

impl Looks {
    fn look(&self) {
        let last = self.last.replace(Instant::now());
        self.longest.set(self.longest.get().max(last.elapsed()));
    }
}

struct Watching<'a>(&'a Looks);

impl Watch for Watching<'_> {
    fn progress(&mut self, _progress: Progress) -> Result<()> {
        self.0.look();
        Ok(())
    }
}

impl Observer for Listing<'_> {
    fn chunk(&mut self, columns: ChunkColumns) -> Result<()> {
        let chunk = &columns.chunk;
        let Some(columns) = columns.bands.first() else { return Ok(()) };
        self.sums.resize(columns.columns.len(), 0.0);
        for (sum, (_, column)) in self.sums.iter_mut().zip(&columns.columns) {
            *sum += column.iter().filter(|value| !value.is_nan()).sum::<f64>();
        }
        let Some(text) = &mut self.text else { return Ok(()) };
        for (index, cell) in chunk.cells().enumerate() {
            let _ = write!(text, "{}", self.grid.cell_id(cell));
            let columns = columns.columns.iter().map(|(_, column)| column).chain([&columns.confidence]);
            for value in columns.filter_map(|column| column.get(index)) {
                let _ = write!(text, ",{value:?}");
            }
            text.push('\n');
        }
        Ok(())
    }

    fn progress(&mut self, _progress: Progress) {}

    fn cancelled(&self) -> bool {
        self.looks.look();
        false
    }
}
