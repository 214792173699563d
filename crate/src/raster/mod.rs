//! Open files: levels, blocks, windows.
#![cfg_attr(
    not(test),
    deny(
        clippy::unwrap_used,
        clippy::expect_used,
        clippy::panic,
        clippy::indexing_slicing,
        clippy::arithmetic_side_effects,
        clippy::cast_possible_truncation
    )
)]

mod block;
mod block_range;
mod color_table;
mod dataset;
mod decoder;
mod framed;
mod geokey_projection;
mod georeference;
mod info;
mod level;
mod locate;
mod mask;
mod metadata;
#[expect(
    clippy::cast_possible_truncation,
    reason = "floats become whole numbers only within their range, f32 as GDAL rounds"
)]
mod nodata;
mod open;
mod rpc;
mod siblings;
#[cfg(test)]
pub(crate) mod test_support;
mod window;

pub use block::{Block, BlockId, Window};
pub use block_range::BlockRange;
pub use dataset::Dataset;
pub use decoder::Decoder;
pub use georeference::Gcp;
pub use info::{DatasetInfo, OverviewSize};
pub use level::{Level, overview_for};
pub use mask::{MaskBlock, MaskDecoder};
pub use nodata::{Nodata, NodataSample};
pub use rpc::RpcValue;
pub use window::WindowSamples;

pub use crate::codec::{Sample, Samples, with_real_samples, with_samples};
pub use crate::tiff::SampleType;
