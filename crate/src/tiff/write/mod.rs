//! Cloud-Optimized GeoTIFFs, written in one pass over the rows.
//!
//! The file has GDAL's COG layout: directories first, then the blocks of the smallest overview up to those of the full
//! resolution, each block between a leader (its size) and a trailer (its last four bytes again), announced in the
//! structural metadata after the header. The same rows always give the same bytes.

mod directory;
mod encode;
mod options;
mod reduce;
mod sample;
mod spool;
mod text;
mod writer;

pub use options::{BandText, CogOptions, CrsCode, Deflate, Georeference, Overviews, Predictor};
pub use sample::Sample;
pub use spool::{MemorySpool, Spool};
pub use writer::CogWriter;
