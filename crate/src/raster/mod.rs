//! Open files: levels, blocks, windows.

mod block;
mod dataset;
mod decoder;
mod info;
mod level;
mod nodata;
mod window;

pub use block::{Block, BlockId, Window};
pub use dataset::Dataset;
pub use decoder::Decoder;
pub use info::{DatasetInfo, OverviewSize};
pub use level::{Level, overview_for};
pub use nodata::{Nodata, NodataSample};
pub use window::WindowSamples;

pub use crate::codec::{Sample, Samples};
pub use crate::tiff::SampleType;
