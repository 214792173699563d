//! PackBits: runs and literals, byte-wise.

use super::block::corrupt;
use crate::error::Result;

/// Fills `out` as far as the block reaches and gives the number of bytes; what follows is left out.
pub fn decode(encoded: &[u8], out: &mut [u8]) -> Result<usize> {
    let expected = out.len();
    let mut rest = encoded;
    let mut out = out;
    while !out.is_empty() {
        let Some((&control, after)) = rest.split_first() else { break };
        rest = after;
        let control = control as i8;
        if control == i8::MIN {
            continue;
        }
        let len = usize::from(control.unsigned_abs()).saturating_add(1).min(out.len());
        let (run, remaining) = out.split_at_mut(len);
        if control >= 0 {
            let Some((literal, after)) = rest.split_at_checked(len) else {
                return Err(corrupt("packbits: a literal runs beyond the block's end"));
            };
            run.copy_from_slice(literal);
            rest = after;
        } else {
            let Some((&value, after)) = rest.split_first() else {
                return Err(corrupt("packbits: a run lacks its byte"));
            };
            run.fill(value);
            rest = after;
        }
        out = remaining;
    }
    Ok(expected.saturating_sub(out.len()))
}

#[cfg(test)]
#[path = "packbits_tests.rs"]
mod tests;
