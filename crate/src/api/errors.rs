//! Our errors as JavaScript's.

use js_sys::{Array, Reflect};
use wasm_bindgen::{JsCast, JsValue};

use crate::error::{Code, Error};

/// An `Error` named `CogridError` with `code`, `message` and what applies of `hint`, `url`, `range`, `status`,
/// `offset`, `tile`; one named `AbortError` for a cancelled call.
pub(super) fn to_js(error: &Error) -> JsValue {
    let js = js_sys::Error::new(error.message());
    js.set_name(if error.code() == Code::Cancelled { "AbortError" } else { "CogridError" });
    let js = JsValue::from(js);
    let set = |name: &str, value: JsValue| {
        // Setting a property of an object that was just made can't fail.
        let _ = Reflect::set(&js, &name.into(), &value);
    };
    let at = error.location();
    set("code", error.code().as_str().into());
    if let Some(hint) = error.hint() {
        set("hint", hint.into());
    }
    if let Some(source) = &at.source {
        set("url", source.into());
    }
    if let Some((start, end)) = at.range {
        set("range", [start, end].map(number).iter().collect::<Array>().into());
    }
    if let Some(status) = error.status() {
        set("status", status.into());
    }
    if let Some(offset) = at.offset {
        set("offset", number(offset));
    }
    if let Some((column, row)) = at.tile {
        set("tile", [column, row].map(JsValue::from).iter().collect::<Array>().into());
    }
    js
}

/// An error that JavaScript threw: one of ours with its parts, one that says `AbortError`, else `bug`.
pub(super) fn from_js(thrown: &JsValue) -> Error {
    let read = |name: &str| {
        let value = if thrown.is_object() { Reflect::get(thrown, &name.into()).ok() } else { None };
        value.filter(|value| !value.is_null() && !value.is_undefined())
    };
    let text = |name: &str| read(name).and_then(|value| value.as_string());
    let is_abort = text("name").is_some_and(|name| name == "AbortError");
    let code = if is_abort { Some(Code::Cancelled) } else { text("code").and_then(|code| Code::from_text(&code)) };
    let mut error = Error::new(code.unwrap_or(Code::Bug), text_of(thrown));
    if let Some(hint) = text("hint") {
        error = error.with_hint(hint);
    }
    if let Some(status) = read("status").and_then(|status| status.as_f64()) {
        error = error.with_status(status as u16);
    }
    let pair = |name: &str| {
        let pair = Array::from(&read(name)?);
        Some((pair.get(0).as_f64()?, pair.get(1).as_f64()?))
    };
    error.at(|at| {
        at.source = text("url");
        at.range = pair("range").map(|(start, end)| (start as u64, end as u64));
        at.offset = read("offset").and_then(|offset| offset.as_f64()).map(|offset| offset as u64);
        at.tile = pair("tile").map(|(column, row)| (column as u32, row as u32));
    })
}

/// `usage.option` for an argument that is not what it should be.
pub(super) fn argument(expected: &str, cause: impl std::fmt::Display) -> Error {
    Error::new(Code::UsageOption, format!("expected {expected}: {cause}"))
}

/// The text of anything that was thrown.
pub(super) fn text_of(thrown: &JsValue) -> String {
    match thrown.dyn_ref::<js_sys::Error>() {
        Some(error) => String::from(error.message()),
        None => thrown.as_string().unwrap_or_else(|| format!("{thrown:?}")),
    }
}

/// A file position as a number: exact to 2⁵³.
fn number(value: u64) -> JsValue {
    JsValue::from_f64(value as f64)
}
