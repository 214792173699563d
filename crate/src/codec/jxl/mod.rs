//! JPEG XL: compression 50002, and 52546 of DNG 1.7. The decoder is large: in wasm it is a module of its own.

#[cfg(not(target_arch = "wasm32"))]
#[path = "linked.rs"]
mod decoder;
#[cfg(target_arch = "wasm32")]
#[path = "module.rs"]
mod decoder;

#[cfg(target_arch = "wasm32")]
pub use self::decoder::set_loader;
pub use self::decoder::{check_loaded, decode};
use crate::tiff::Compression;

/// Loads what blocks of this compression need before any can be decoded, where that is not there yet. What goes wrong is
/// told by [`check_supported`](super::check_supported).
pub async fn prepare(compression: Compression) {
    if matches!(compression, Compression::JXL | Compression::JXL_DNG) {
        decoder::load().await;
    }
}
