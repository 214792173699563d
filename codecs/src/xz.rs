//! The xz container: what stands around LZMA2 data.

/// What a block's header says.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Block {
    /// Bytes to which matches may reach back, up to 4 GiB: a claim.
    pub dictionary_bytes: u32,
    /// Bytes between a byte and the one that was taken from it, where differences are stored.
    pub delta_distance: Option<u32>,
}

/// Takes the stream's header; gives the bytes of the checksum behind each block.
pub fn take_stream_header(input: &mut &[u8]) -> Result<usize, String> {
    let header = take(input, 12)?;
    let (magic, rest) = header.split_first_chunk::<6>().ok_or(ENDS_EARLY)?;
    let (flags, crc) = rest.split_first_chunk::<2>().ok_or(ENDS_EARLY)?;
    if magic != b"\xfd7zXZ\0" {
        return Err("expected an xz stream".to_owned());
    }
    check_crc(flags, crc)?;
    match *flags {
        [0, 0] => Ok(0),
        [0, check @ 1..=15] => Ok(4 << ((check - 1) / 3)),
        _ => Err(format!("expected no flags that are not known, got {flags:?}")),
    }
}

/// Takes a block's header; `None` where the index of blocks follows instead.
pub fn take_block_header(input: &mut &[u8]) -> Result<Option<Block>, String> {
    let words = match input.first() {
        None => return Err(ENDS_EARLY.to_owned()),
        Some(0) => return Ok(None),
        Some(&words) => usize::from(words),
    };
    // The size counts itself but not the checksum.
    let (header, crc) = (take(input, words * 4)?, take(input, 4)?);
    check_crc(header, crc)?;
    let (mut fields, flags) = (header.get(2..).unwrap_or_default(), header.get(1).copied().unwrap_or(0));
    for is_there in [flags & 0x40, flags & 0x80] {
        // The block's sizes: that of what is decoded is the page's.
        if is_there != 0 {
            take_number(&mut fields)?;
        }
    }
    let mut block = Block { dictionary_bytes: 0, delta_distance: None };
    for is_last in (0..=flags & 3).rev().map(|left| left == 0) {
        let id = take_number(&mut fields)?;
        let len = take_number(&mut fields)?;
        let properties = take(&mut fields, usize::try_from(len).unwrap_or(usize::MAX))?;
        match (id, is_last, properties) {
            (DELTA, false, &[distance]) if block.delta_distance.is_none() => {
                block.delta_distance = Some(u32::from(distance) + 1);
            }
            (LZMA2, true, &[40]) => block.dictionary_bytes = u32::MAX,
            (LZMA2, true, &[size @ 0..40]) => block.dictionary_bytes = (2 | u32::from(size) & 1) << (size / 2 + 11),
            _ => return Err(format!("expected lzma2, alone or after one delta, got filter {id:#x} of {properties:?}")),
        }
    }
    Ok(Some(block))
}

const DELTA: u64 = 0x03;
const LZMA2: u64 = 0x21;
const ENDS_EARLY: &str = "the stream ends early";

fn take<'a>(input: &mut &'a [u8], len: usize) -> Result<&'a [u8], String> {
    let (taken, rest) = input.split_at_checked(len).ok_or(ENDS_EARLY)?;
    *input = rest;
    Ok(taken)
}

/// Seven bits a byte, the lowest first, up to nine bytes.
fn take_number(input: &mut &[u8]) -> Result<u64, String> {
    let mut number = 0;
    for shift in (0..63).step_by(7) {
        let &[byte] = take(input, 1)? else { break };
        number |= u64::from(byte & 0x7f) << shift;
        if byte & 0x80 == 0 {
            return Ok(number);
        }
    }
    Err("a number is too long".to_owned())
}

fn check_crc(bytes: &[u8], expected: &[u8]) -> Result<(), String> {
    let crc = bytes.iter().fold(u32::MAX, |crc, &byte| {
        (0..8).fold(crc ^ u32::from(byte), |crc, _| (crc >> 1) ^ (0xedb8_8320 * (crc & 1)))
    });
    if (!crc).to_le_bytes() == expected { Ok(()) } else { Err("a header's checksum is wrong".to_owned()) }
}
