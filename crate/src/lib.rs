//! Values of Cloud-Optimized GeoTIFFs on an analysis grid.
//!
//! Bytes flow one way: `source` → `tiff` → `codec` → `raster` → `resample` → `engine` → `api`.
//! A module imports only from modules listed before it; `docs/ARCHITECTURE.md` has the table.

pub mod digest;
pub mod error;
mod lanes;
pub mod limits;
pub mod num;
pub mod par;
mod zstd;

#[cfg(target_arch = "wasm32")]
pub mod api;
pub mod codec;
pub mod engine;
pub mod geo;
pub mod grid;
pub mod queue;
pub mod raster;
pub mod render;
pub mod resample;
pub mod source;
pub mod store;
pub mod tiff;

pub use error::{Error, ErrorKind, Location, Result};
pub use limits::Limits;
