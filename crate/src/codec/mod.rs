//! Encoded blocks to samples: one file a compression, predictors, packed samples.
//!
//! A block is decompressed into memory that all blocks share and goes from there row by row, mended, to where its
//! samples are wanted; nothing is copied sample by sample unless samples are packed. A block never decodes to more than
//! its layout says.
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
mod byte_order;
mod deflate;
mod fax;
mod half;
mod jpeg;
mod jxl;
mod lerc;
mod lzma;
mod lzw;
mod packbits;
mod packed;
mod predictor;
mod samples;
mod webp;
mod widen;
mod zstd;

pub use block::{check_supported, decode_block, decode_rows, has_plain_rows};
pub use jxl::prepare;
#[cfg(target_arch = "wasm32")]
pub use jxl::set_loader;
pub(crate) use samples::with_type;
pub use samples::{Decoded, Sample, Samples, with_real_samples, with_samples};
