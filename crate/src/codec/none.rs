//! No compression.

/// Copies what there is of the block, at most `out`'s length; gives the number of bytes.
pub fn decode(encoded: &[u8], out: &mut [u8]) -> usize {
    let len = encoded.len().min(out.len());
    if let (Some(from), Some(to)) = (encoded.get(..len), out.get_mut(..len)) {
        to.copy_from_slice(from);
    }
    len
}
