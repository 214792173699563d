//! Where the module of rare compressions comes from.

use wasm_bindgen::prelude::*;

use crate::codec;

/// Sets what is called when a file first needs the module: `() => Promise<ArrayBuffer | Uint8Array | WebAssembly.Module>`.
#[wasm_bindgen(js_name = setCodecs)]
pub fn set_codecs(loader: js_sys::Function) {
    codec::set_loader(loader);
}
