//! Bytes that JavaScript gives.

use js_sys::{ArrayBuffer, Uint8Array};
use wasm_bindgen::{JsCast, JsValue};

/// Why there are no bytes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum NoBytes {
    #[error("expected an ArrayBuffer or a typed array")]
    Other,
    #[error("the memory was moved away: give memory that nobody else gets")]
    Moved,
}

/// A copy of the bytes of an `ArrayBuffer` or a view of one.
pub fn copied(value: &JsValue) -> Result<Vec<u8>, NoBytes> {
    Ok(view(value)?.map_or_else(Vec::new, |view| view.to_vec()))
}

/// As [`copied`], of memory that nobody else wants: it is freed at once.
pub fn taken(value: &JsValue) -> Result<Vec<u8>, NoBytes> {
    let Some(view) = view(value)? else { return Ok(Vec::new()) };
    let bytes = view.to_vec();
    free(&view);
    Ok(bytes)
}

/// Frees the memory of `view`, which nobody else wants; of a part of a buffer nothing. A garbage collector would do it
/// only when much has come together, and look at everything that lives whenever it does.
pub fn free(view: &Uint8Array) {
    let buffer = view.buffer();
    if view.byte_length() == buffer.byte_length() {
        // Old hosts lack `transfer`, and shared memory can't go: then it is left to the collector.
        let _ = buffer.transfer_with_length(0);
    }
}

/// `None` where there are no bytes: what is left of moved memory must not be looked at.
fn view(value: &JsValue) -> Result<Option<Uint8Array>, NoBytes> {
    let (buffer, start, len) = if value.has_type::<ArrayBuffer>() {
        let buffer: ArrayBuffer = value.clone().unchecked_into();
        let len = buffer.byte_length();
        (buffer, 0, len)
    } else if ArrayBuffer::is_view(value) {
        // All views have these three.
        let view = value.unchecked_ref::<Uint8Array>();
        (view.buffer(), view.byte_offset(), view.byte_length())
    } else {
        return Err(NoBytes::Other);
    };
    if buffer.detached() {
        return Err(NoBytes::Moved);
    }
    Ok((len > 0).then(|| Uint8Array::new_with_byte_offset_and_length(&buffer, start, len)))
}
