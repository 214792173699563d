//! LZMA2 in an xz stream: compression 34925.

use lzma_rust2::{Action, FilterConfig, Lzma2Stream, Status};

use crate::xz;

/// Fills `out` as far as the stream reaches and gives the number of bytes; what a longer one holds is left out.
///
/// The dictionary is no larger than `out`, whatever the stream asks for: what is wanted can't refer to more, and xz's
/// presets ask for 8 to 64 MiB. Checksums of decoded bytes are left unread: libtiff writes none.
pub fn decode(encoded: &[u8], out: &mut [u8]) -> Result<usize, String> {
    let mut rest = encoded;
    let check_bytes = xz::take_stream_header(&mut rest)?;
    let most_dictionary_bytes = u32::try_from(out.len()).unwrap_or(u32::MAX);
    let (mut blocks, mut written) = (0, 0);
    while written < out.len()
        && let Some(block) = xz::take_block_header(&mut rest)?
    {
        blocks += 1;
        if blocks > MOST_BLOCKS {
            return Err(format!("more than {MOST_BLOCKS} blocks"));
        }
        let mut stream = Lzma2Stream::new(block.dictionary_bytes.min(most_dictionary_bytes));
        let filters: Vec<FilterConfig> = block.delta_distance.map(FilterConfig::new_delta).into_iter().collect();
        stream.set_filters(&filters).map_err(|error| error.to_string())?;
        let out = out.get_mut(written..).unwrap_or_default();
        let (read, block_written) = decode_block(&mut stream, rest, out)?;
        written += block_written;
        rest = rest.get(read.next_multiple_of(4) + check_bytes..).unwrap_or_default();
    }
    Ok(written)
}

/// Each makes a dictionary anew; libtiff writes one.
const MOST_BLOCKS: usize = 64;

/// The bytes that a block was read of, and those that it filled.
fn decode_block(stream: &mut Lzma2Stream, encoded: &[u8], out: &mut [u8]) -> Result<(usize, usize), String> {
    let (mut read, mut written) = (0, 0);
    while written < out.len() {
        let (from, to) = (encoded.get(read..).unwrap_or_default(), out.get_mut(written..).unwrap_or_default());
        let step = stream.process(from, to, Action::Finish).map_err(|error| error.to_string())?;
        read += step.bytes_consumed;
        written += step.bytes_produced;
        if step.status == Status::StreamEnd {
            break;
        }
        if step.bytes_consumed == 0 && step.bytes_produced == 0 {
            return Err("a block goes on without end".to_owned());
        }
    }
    Ok((read, written))
}

#[cfg(test)]
#[path = "lzma_tests.rs"]
mod tests;
