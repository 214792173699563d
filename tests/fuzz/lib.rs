//! What the fuzz targets run and start from, shared with the smoke test of `npm test`.

pub mod container;
pub mod seeds;
pub mod targets;
