//! Open files: levels, blocks, windows.
#![cfg_attr(
    not(test),
    deny(
        clippy::unwrap_used,
        clippy::expect_used,
        clippy::panic,
        clippy::indexing_slicing,
        clippy::arithmetic_side_effects
    )
)]

mod block;
mod dataset;
mod decoder;
mod geokey_projection;
mod georeference;
mod info;
mod level;
mod mask;
mod metadata;
mod nodata;
mod open;
#[cfg(test)]
pub(crate) mod test_support;
mod window;

pub use block::{Block, BlockId, Window};
pub use dataset::Dataset;
pub use decoder::Decoder;
pub use info::{DatasetInfo, OverviewSize};
pub use level::{Level, overview_for};
pub use mask::{MaskBlock, MaskDecoder};
pub use nodata::{Nodata, NodataSample};
pub use window::WindowSamples;

pub use crate::codec::{Sample, Samples, with_samples};
pub use crate::tiff::SampleType;
