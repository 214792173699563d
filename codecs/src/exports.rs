//! What the core calls in this module: it writes a block into [`input`], calls [`decode`], and reads [`output`] or
//! [`message`].
#![allow(unsafe_code, reason = "names for the core to call; no memory is touched through a raw pointer here")]

use std::cell::RefCell;

use crate::{Expected, Failure, Sample};

thread_local! {
    static INPUT: RefCell<Vec<u8>> = const { RefCell::new(Vec::new()) };
    static OUTPUT: RefCell<Vec<u8>> = const { RefCell::new(Vec::new()) };
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
    OUTPUT.with_borrow(|output| output.as_ptr())
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

/// Decodes the input of TIFF's `compression` to at most `out_len` bytes of samples of `sample_bytes` (1, 2 or 4: a float).
/// Gives the bytes of the output, -1 where the block is damaged, -2 where it holds what is not decoded.
#[unsafe(no_mangle)]
pub extern "C" fn decode(
    compression: u32,
    out_len: usize,
    width: u32,
    needed_rows: u32,
    most_rows: u32,
    bands: u32,
    sample_bytes: u32,
) -> f64 {
    let sample = match sample_bytes {
        1 => Sample::U8,
        2 => Sample::U16,
        _ => Sample::F32,
    };
    let expected = Expected { width, needed_rows, most_rows, bands, sample };
    let outcome = OUTPUT.with_borrow_mut(|output| {
        output.clear();
        output.resize(out_len, 0);
        INPUT.with_borrow(|input| crate::decode(compression as u16, input, expected, output))
    });
    let (status, text) = match outcome {
        Ok(written) => return written as f64,
        Err(Failure::Damaged(text)) => (-1.0, text),
        Err(Failure::Unsupported(text)) => (-2.0, text),
    };
    MESSAGE.set(text);
    status
}
