//! A panic is our fault: it becomes words before the instance traps.

use std::sync::Once;

use wasm_bindgen::prelude::*;

#[wasm_bindgen]
extern "C" {
    #[wasm_bindgen(js_namespace = console, js_name = error)]
    fn console_error(text: &str);
}

/// Prints where and why this instance is about to trap. The trap itself is a `WebAssembly.RuntimeError` in JavaScript,
/// which has no message of ours; the instance must not be used again.
pub(super) fn install_hook() {
    static ONCE: Once = Once::new();
    ONCE.call_once(|| {
        std::panic::set_hook(Box::new(|info| {
            console_error(&format!("cogrid: bug: {info}; please report it with the steps that led here"));
        }));
    });
}
