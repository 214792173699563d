//! What the core calls in this module: it writes a block into [`input`], calls [`decode`], and reads [`output`] and
//! [`validity`], or [`message`].
#![allow(unsafe_code, reason = "names for the core to call; no memory is touched through a raw pointer here")]

use std::cell::RefCell;

use crate::{Decoded, Expected, Failure, Sample};

thread_local! {
    static INPUT: RefCell<Vec<u8>> = const { RefCell::new(Vec::new()) };
    /// Words: samples of any type may lie there.
    static OUTPUT: RefCell<Vec<u64>> = const { RefCell::new(Vec::new()) };
    static VALIDITY: RefCell<Vec<bool>> = const { RefCell::new(Vec::new()) };
    static MESSAGE: RefCell<String> = const { RefCell::new(String::new()) };
}

/// Where the core writes `len` bytes.
#[unsafe(no_mangle)]
pub extern "C" fn input(len: usize) -> *mut u8 {
    INPUT.with_borrow_mut(|input| {
        input.clear();
        input.resize(len, 0);
        input.as_mut_ptr()
    })
}

/// Where the core reads the decoded bytes.
#[unsafe(no_mangle)]
pub extern "C" fn output() -> *const u8 {
    OUTPUT.with_borrow(|output| output.as_ptr().cast())
}

/// Where the core reads whether each pixel is valid: 1 or 0.
#[unsafe(no_mangle)]
pub extern "C" fn validity() -> *const u8 {
    VALIDITY.with_borrow(|validity| validity.as_ptr().cast())
}

/// Pixels of which it is known; 0 where all are valid.
#[unsafe(no_mangle)]
pub extern "C" fn validity_len() -> usize {
    VALIDITY.with_borrow(Vec::len)
}

/// Where the core reads what went wrong, in UTF-8.
#[unsafe(no_mangle)]
pub extern "C" fn message() -> *const u8 {
    MESSAGE.with_borrow(|message| message.as_ptr())
}

/// Bytes of the message.
#[unsafe(no_mangle)]
pub extern "C" fn message_len() -> usize {
    MESSAGE.with_borrow(String::len)
}

/// Decodes the input of TIFF's `compression` to at most `out_len` bytes of samples of TIFF's `sample_format`, each of
/// `sample_bytes`. Gives the bytes of the output, -1 where the block is damaged, -2 where it holds what is not decoded.
#[unsafe(no_mangle)]
pub extern "C" fn decode(
    compression: u32,
    out_len: usize,
    width: u32,
    needed_rows: u32,
    most_rows: u32,
    bands: u32,
    sample_format: u32,
    sample_bytes: u32,
) -> f64 {
    VALIDITY.take();
    let outcome = match Sample::new(sample_format, sample_bytes) {
        Some(sample) => {
            decode_input(compression as u16, out_len, Expected { width, needed_rows, most_rows, bands, sample })
        }
        None => Err(Failure::Unsupported(format!("samples of format {sample_format} and {sample_bytes} bytes"))),
    };
    let (status, text) = match outcome {
        Ok(decoded) => {
            VALIDITY.set(decoded.validity.unwrap_or_default());
            return decoded.bytes as f64;
        }
        Err(Failure::Damaged(text)) => (-1.0, text),
        Err(Failure::Unsupported(text)) => (-2.0, text),
    };
    MESSAGE.set(text);
    status
}

fn decode_input(compression: u16, out_len: usize, expected: Expected) -> Result<Decoded, Failure> {
    OUTPUT.with_borrow_mut(|output| {
        output.clear();
        output.resize(out_len.div_ceil(size_of::<u64>()), 0);
        let out = bytemuck::cast_slice_mut(output).get_mut(..out_len).unwrap_or_default();
        INPUT.with_borrow(|input| crate::decode(compression, input, expected, out))
    })
}
