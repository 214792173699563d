//! The decoders in a wasm module of its own, one instance a thread.
//!
//! The host gives the module as bytes or, where code may not be compiled (edge), compiled. Bytes are kept in this module's
//! memory, which the threads of a `threads` build share: each compiles them when it first decodes, as nothing can be sent
//! to a thread that is busy computing.

use std::cell::RefCell;
use std::sync::OnceLock;

use js_sys::WebAssembly::{Instance, Memory, Module};
use js_sys::{Function, Object, Promise, Reflect, Uint8Array};
use wasm_bindgen::{JsCast, JsValue};
use wasm_bindgen_futures::JsFuture;

use super::{Decoded, sample_format, unsupported};
use crate::codec::block::corrupt;
use crate::codec::jpeg::Expected;
use crate::error::{Code, Error, Result};
use crate::num;
use crate::tiff::{Compression, SampleType};

/// What the module's `decode` gives where a block holds what is not decoded; of other numbers below 0 it is damaged.
const UNSUPPORTED: f64 = -2.0;

static BYTES: OnceLock<Vec<u8>> = OnceLock::new();

thread_local! {
    static LOADER: RefCell<Option<Function>> = const { RefCell::new(None) };
    static MODULE: RefCell<Option<Module>> = const { RefCell::new(None) };
    static DECODER: RefCell<Option<Decoder>> = const { RefCell::new(None) };
    /// Why the module is not there.
    static FAILURE: RefCell<String> = const { RefCell::new(String::new()) };
}

/// Sets what gives the module: `() => Promise<ArrayBuffer | Uint8Array | WebAssembly.Module>`.
pub fn set_loader(loader: Function) {
    LOADER.set(Some(loader));
}

/// Asks the host for the module, where it is not there. A failure is not kept: the next file asks again.
pub async fn load() {
    if is_there() {
        return;
    }
    let failure = match ask().await {
        Ok(()) => String::new(),
        Err(error) => text_of(&error),
    };
    FAILURE.set(failure);
}

/// See [`check_loaded`](super::check_loaded).
pub fn check_loaded(compression: Compression) -> Result<()> {
    if is_there() {
        return Ok(());
    }
    let failure = FAILURE.with_borrow(Clone::clone);
    let why = if failure.is_empty() { "it was not asked for".to_owned() } else { failure };
    Err(Error::new(
        Code::UnsupportedCompression,
        format!("blocks are compressed with {compression}, and the module that decodes it could not be loaded: {why}"),
    )
    .with_hint(
        "serve wasm/codecs/codecs.wasm beside the package's other files; on edge runtimes pass it as the option codecs",
    ))
}

/// Decodes a block into `out`, at most to its end.
pub fn decode(
    compression: Compression,
    encoded: &[u8],
    expected: Expected,
    sample_type: SampleType,
    out: &mut [u8],
) -> Result<Decoded> {
    DECODER.with_borrow_mut(|slot| {
        let decoder = match slot.take() {
            Some(decoder) => decoder,
            None => Decoder::new().map_err(|error| Error::new(Code::Bug, text_of(&error)))?,
        };
        // An instance that trapped is in no known state: it is not put back.
        match decoder.decode(compression, encoded, expected, sample_type, out) {
            Ok(outcome) => {
                *slot = Some(decoder);
                outcome
            }
            Err(trap) => Err(corrupt(format!("{compression}: the decoder gave up: {}", text_of(&trap)))),
        }
    })
}

fn is_there() -> bool {
    BYTES.get().is_some() || MODULE.with_borrow(Option::is_some)
}

async fn ask() -> std::result::Result<(), JsValue> {
    let loader = LOADER.with_borrow(Clone::clone).ok_or_else(|| JsValue::from_str("the host has none"))?;
    let promise: Promise = loader.call0(&JsValue::UNDEFINED)?.dyn_into()?;
    let loaded = JsFuture::from(promise).await?;
    match loaded.dyn_into::<Module>() {
        Ok(module) => MODULE.set(Some(module)),
        Err(bytes) => {
            // Two files may have asked at once.
            let _ = BYTES.set(Uint8Array::new(&bytes).to_vec());
        }
    }
    Ok(())
}

struct Decoder {
    memory: Memory,
    input: Function,
    output: Function,
    validity: Function,
    validity_len: Function,
    message: Function,
    message_len: Function,
    decode: Function,
}

impl Decoder {
    fn new() -> std::result::Result<Self, JsValue> {
        let module = match MODULE.with_borrow(Clone::clone) {
            Some(module) => module,
            None => {
                let bytes = BYTES.get().ok_or_else(|| JsValue::from_str("the codecs module is not there"))?;
                let module = Module::new(&Uint8Array::from(&bytes[..]))?;
                MODULE.set(Some(module.clone()));
                module
            }
        };
        let exports = Instance::new(&module, &Object::new())?.exports();
        let function = |name: &str| Reflect::get(&exports, &name.into())?.dyn_into::<Function>();
        Ok(Self {
            memory: Reflect::get(&exports, &"memory".into())?.dyn_into()?,
            input: function("input")?,
            output: function("output")?,
            validity: function("validity")?,
            validity_len: function("validity_len")?,
            message: function("message")?,
            message_len: function("message_len")?,
            decode: function("decode")?,
        })
    }

    /// The outer error is a trap.
    #[expect(clippy::cast_possible_truncation, reason = "a cast of a float saturates")]
    fn decode(
        &self,
        compression: Compression,
        encoded: &[u8],
        expected: Expected,
        sample_type: SampleType,
        out: &mut [u8],
    ) -> std::result::Result<Result<Decoded>, JsValue> {
        let number = |value: u64| JsValue::from_f64(value as f64);
        let len = |bytes: &[u8]| number(num::to_u64(bytes.len()));
        let at = self.input.call1(&JsValue::UNDEFINED, &len(encoded))?;
        self.view(&at, encoded.len())?.copy_from(encoded);
        let Expected { width, needed_rows, most_rows, bands } = expected;
        let arguments = js_sys::Array::of2(&number(compression.0.into()), &len(out));
        for value in [width, needed_rows, most_rows, u32::from(bands)] {
            arguments.push(&number(value.into()));
        }
        arguments.push(&number(sample_format(sample_type).into()));
        arguments.push(&number(num::to_u64(sample_type.bytes())));
        let status = self.decode.apply(&JsValue::UNDEFINED, &arguments)?;
        let status = status.as_f64().ok_or_else(|| JsValue::from_str("expected a number of bytes"))?;
        if status >= 0.0 {
            let written = out.len().min(status as usize);
            let at = self.output.call0(&JsValue::UNDEFINED)?;
            if let Some(out) = out.get_mut(..written) {
                self.view(&at, written)?.copy_to(out);
            }
            let validity = self.bytes(&self.validity, &self.validity_len)?;
            let validity = (!validity.is_empty()).then(|| validity.into_iter().map(|flag| flag != 0).collect());
            return Ok(Ok(Decoded { bytes: written, validity }));
        }
        let text = String::from_utf8_lossy(&self.bytes(&self.message, &self.message_len)?).into_owned();
        Ok(Err(if status == UNSUPPORTED { unsupported(text) } else { corrupt(text) }))
    }

    /// What the module keeps at a place of a length.
    #[expect(clippy::cast_possible_truncation, reason = "a cast of a float saturates")]
    fn bytes(&self, at: &Function, len: &Function) -> std::result::Result<Vec<u8>, JsValue> {
        let len = len.call0(&JsValue::UNDEFINED)?.as_f64().unwrap_or(0.0) as usize;
        Ok(self.view(&at.call0(&JsValue::UNDEFINED)?, len)?.to_vec())
    }

    /// `len` bytes of the module's memory, which may have grown since.
    #[expect(clippy::cast_possible_truncation, reason = "a cast of a float saturates")]
    fn view(&self, at: &JsValue, len: usize) -> std::result::Result<Uint8Array, JsValue> {
        let at = at.as_f64().ok_or_else(|| JsValue::from_str("expected a position in memory"))? as u32;
        let len = u32::try_from(len).map_err(|_| JsValue::from_str("a block is too long"))?;
        let buffer = self.memory.buffer();
        Ok(Uint8Array::new_with_byte_offset_and_length(&buffer, at, len))
    }
}

fn text_of(value: &JsValue) -> String {
    let message = Reflect::get(value, &"message".into()).ok().and_then(|message| message.as_string());
    message.or_else(|| value.as_string()).unwrap_or_else(|| "no reason given".to_owned())
}
