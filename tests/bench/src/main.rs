//! One job a process, so that its CPU time and memory are the job's: `tests/bench/resample/run.py`
//! runs and times them.
//!
//! ```text
//! cogrid-bench open FILE
//! cogrid-bench decode FILE                    every block of the full resolution
//! cogrid-bench resample FILE GRID METHOD[,METHOD…]     GRID: a grid's JSON, or the path of one
//! ```

use std::process::ExitCode;
use std::rc::Rc;

use cogrid::grid::{Grid, GridDefinition};
use cogrid::raster::{BlockId, Dataset};
use cogrid::resample::{ChunkColumns, Method, Observer, Options, Plan, Progress, Request};
use cogrid::source::FileSource;
use cogrid::{Limits, Result, par};

fn main() -> ExitCode {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let words: Vec<&str> = arguments.iter().map(String::as_str).collect();
    let done = match words.as_slice() {
        ["--version"] => Ok(env!("CARGO_PKG_VERSION").to_owned()),
        ["open", file] => open(file).map(|dataset| dataset.level_count().to_string()),
        ["decode", file] => decode(file),
        ["resample", file, grid, methods] => resample(file, grid, methods),
        _ => {
            eprintln!("usage: cogrid-bench open FILE | decode FILE | resample FILE GRID METHODS");
            return ExitCode::from(2);
        }
    };
    match done {
        Ok(line) => {
            println!("{line}");
            ExitCode::SUCCESS
        }
        Err(error) => {
            eprintln!("error[{}]: {error}", error.code().as_str());
            ExitCode::FAILURE
        }
    }
}

fn open(file: &str) -> Result<Dataset> {
    pollster::block_on(Dataset::open(Rc::new(FileSource::open(file)?), Limits::default()))
}

/// Decodes a row of blocks at a time on all threads; samples decoded.
fn decode(file: &str) -> Result<String> {
    let dataset = open(file)?;
    let level = *dataset.level(0)?;
    let decoder = dataset.decoder(0, 0)?;
    let mut samples = 0;
    for row in 0..level.blocks_down {
        let ids: Vec<BlockId> = (0..level.blocks_across).map(|col| BlockId { col, row }).collect();
        let ranges = pollster::block_on(dataset.locate(0, 0, &ids))?;
        let mut encoded = Vec::with_capacity(ids.len());
        for (id, range) in ids.into_iter().zip(ranges) {
            if let Some(range) = range {
                encoded.push((id, pollster::block_on(dataset.source().read(range.own().clone()))?));
            }
        }
        for block in par::map(encoded, |(id, bytes)| decoder.decode(id, &bytes).map(|block| block.samples.len())) {
            samples += block?;
        }
    }
    Ok(format!("{samples} samples"))
}

/// Number of cells with a value and the sum of each column, which a peer's can be compared with.
fn resample(file: &str, grid: &str, methods: &str) -> Result<String> {
    let dataset = open(file)?;
    let read = std::fs::read_to_string(grid);
    let grid = Grid::new(&GridDefinition::from_json(read.as_deref().unwrap_or(grid))?)?;
    let methods = methods.split(',').map(Method::parse).collect::<Result<Vec<_>>>()?;
    let mut totals = Totals::default();
    let summary = pollster::block_on(async {
        let plan = Plan::new(&dataset, &grid, &Request::new(methods), &Options::default(), &mut |_| Ok(())).await?;
        plan.run(&dataset, &grid, &mut totals).await
    })?;
    Ok(format!("{} cells, {} with a value, sums {:?}", summary.cells, totals.valued, totals.sums))
}

#[derive(Default)]
struct Totals {
    valued: usize,
    sums: Vec<f64>,
}

impl Observer for Totals {
    fn chunk(&mut self, columns: ChunkColumns) -> Result<()> {
        let Some(columns) = columns.bands.first() else { return Ok(()) };
        self.sums.resize(columns.columns.len(), 0.0);
        for (sum, (_, column)) in self.sums.iter_mut().zip(&columns.columns) {
            *sum += column.iter().filter(|value| !value.is_nan()).sum::<f64>();
        }
        self.valued += columns.columns.first().map_or(0, |(_, column)| column.iter().filter(|v| !v.is_nan()).count());
        Ok(())
    }

    fn progress(&mut self, _progress: Progress) {}

    fn cancelled(&self) -> bool {
        false
    }
}
