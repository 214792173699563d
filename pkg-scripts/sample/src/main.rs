//! Writes sample rasters:
//!
//! ```text
//! cogrid-sample raster SPEC.json OUT.tif   pixels of SPEC's raw file (see `spec`)
//! cogrid-sample large OUT.tif              a made-up species richness map, 21600 × 10800
//! cogrid-sample large OUT.tif WIDTH        the same planet at another size, WIDTH × WIDTH/2
//! ```

mod continents;
mod file_spool;
mod noise;
mod output;
mod spec;

use std::path::Path;
use std::process::ExitCode;

type AnyError = Box<dyn std::error::Error>;

fn main() -> ExitCode {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let words: Vec<&str> = arguments.iter().map(String::as_str).collect();
    let done = match words.as_slice() {
        ["raster", spec, out] => spec::write(Path::new(spec), Path::new(out)),
        ["large", out] => continents::write(Path::new(out), 21_600),
        ["large", out, width] => {
            width.parse().map_err(AnyError::from).and_then(|width| continents::write(Path::new(out), width))
        }
        _ => {
            eprintln!("usage: cogrid-sample raster SPEC.json OUT.tif | large OUT.tif [WIDTH]");
            return ExitCode::from(2);
        }
    };
    match done {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("error: {error}");
            ExitCode::FAILURE
        }
    }
}
