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
        clippy::arithmetic_side_effects,
        clippy::cast_possible_truncation
    )
)]

mod block;
mod byte_order;
mod cmyk;
mod deflate;
mod fax;
mod half;
mod jpeg;
mod lerc;
#[expect(
    clippy::cast_possible_truncation,
    reason = "codes have 12 bits, literals 8; positions beyond 4 GiB are beyond any limit that a block is held to"
)]
mod lzw;
mod packbits;
mod packed;
mod predictor;
mod prefix_sum;
mod rare;
mod samples;
mod support;
mod widen;
mod ycbcr;
mod zstd;

pub use block::{decode_block, decode_rows, has_plain_rows};
pub use rare::prepare;
#[cfg(target_arch = "wasm32")]
pub use rare::set_loader;
pub(crate) use samples::with_type;
pub use samples::{Decoded, Sample, Samples, with_real_samples, with_samples};
pub use support::check_supported;
