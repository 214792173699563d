//! Decoders that are too large for what a page loads before it can read a file.
//!
//! Natively the core links them. In wasm they are a module of their own without JavaScript glue: the core asks the host
//! for it when a file first needs it, hands blocks over through its memory, and throws the instance away when it traps.

#[cfg(target_arch = "wasm32")]
mod exports;
pub mod jxl;
