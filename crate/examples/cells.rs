//! `cargo run --example cells -- FILE.tif GRID.json METHOD`: values of a raster on a grid's cells, as CSV.
//!
//! The native build's numbers, for comparing other builds with; also the shortest complete use of the crate.

use std::io::{BufWriter, Write};
use std::rc::Rc;

use cogrid::error::Result;
use cogrid::grid::{Grid, GridDefinition};
use cogrid::limits::Limits;
use cogrid::raster::Dataset;
use cogrid::resample::{ChunkColumns, Method, Observer, Options, Progress, Request, run};
use cogrid::source::MemorySource;

type AnyError = Box<dyn std::error::Error>;

fn main() -> std::result::Result<(), AnyError> {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let [raster, grid, name] = arguments.as_slice() else {
        return Err("usage: cells FILE.tif GRID.json METHOD".into());
    };
    let source = MemorySource::new(raster.as_str(), std::fs::read(raster)?);
    let grid = Grid::new(&GridDefinition::from_json(&std::fs::read_to_string(grid)?)?)?;
    let method = Method::parse(name)?;

    let mut rows = Rows { grid: &grid, out: BufWriter::new(std::io::stdout().lock()), failure: None };
    writeln!(rows.out, "cell_id,{name},confidence")?;
    pollster::block_on(async {
        let dataset = Dataset::open(Rc::new(source), Limits::default()).await?;
        run(&dataset, &grid, &Request::new(vec![method]), &Options::default(), &mut rows).await
    })?;
    rows.out.flush()?;
    rows.failure.map_or(Ok(()), |failure| Err(failure.into()))
}

/// Writes a line a cell; a cell without a value has an empty field.
struct Rows<'a, W: Write> {
    grid: &'a Grid,
    out: W,
    failure: Option<std::io::Error>,
}

impl<W: Write> Observer for Rows<'_, W> {
    fn chunk(&mut self, part: ChunkColumns) -> Result<()> {
        let values = part.columns.first().map(|(_, values)| values.as_slice()).unwrap_or_default();
        for ((cell, value), confidence) in part.chunk.cells().zip(values).zip(&part.confidence) {
            let id = self.grid.cell_id(cell);
            let written = match value.is_nan() {
                true => writeln!(self.out, "{id},,{confidence}"),
                false => writeln!(self.out, "{id},{value},{confidence}"),
            };
            if let Err(failure) = written {
                self.failure = Some(failure);
            }
        }
        Ok(())
    }

    fn progress(&mut self, _: Progress) {}

    fn cancelled(&self) -> bool {
        self.failure.is_some()
    }
}
