//! LZMA2 in an xz stream: compression 34925.

use lzma_rust2::{Action, Status, XzStream};

/// What a decoder may take: xz's strongest preset asks for 65 MiB. A dictionary beyond it is refused before it is made.
const MOST_MEMORY_KIB: u32 = 80 << 10;

/// Fills `out` as far as the stream reaches and gives the number of bytes; what a longer one holds is left out.
pub fn decode(encoded: &[u8], out: &mut [u8]) -> Result<usize, String> {
    let mut stream = XzStream::new_mem_limit(false, MOST_MEMORY_KIB);
    let (mut read, mut written) = (0_usize, 0_usize);
    while written < out.len() {
        let (from, to) = (encoded.get(read..).unwrap_or_default(), out.get_mut(written..).unwrap_or_default());
        let step = stream.process(from, to, Action::Finish).map_err(|error| error.to_string())?;
        read = read.saturating_add(step.bytes_consumed);
        written = written.saturating_add(step.bytes_produced);
        if step.status == Status::StreamEnd || (step.bytes_consumed == 0 && step.bytes_produced == 0) {
            break;
        }
    }
    Ok(written)
}

#[cfg(test)]
#[path = "lzma_tests.rs"]
mod tests;
