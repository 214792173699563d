//! The edge to JavaScript: converts arguments, calls the engine, converts answers. wasm32 only.

mod call;
mod codecs;
#[cfg(feature = "conformance")]
mod conformance;
mod convert;
mod engine;
mod errors;
mod helpers;
mod host;
mod panic;
mod sources;

pub use engine::Engine;
#[cfg(target_feature = "atomics")]
pub use wasm_bindgen_rayon::init_thread_pool;
