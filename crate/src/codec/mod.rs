//! Encoded blocks to samples.

mod samples;

pub(crate) use samples::with_type;
pub use samples::{Sample, Samples, with_samples};
