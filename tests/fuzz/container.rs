//! The least TIFF around what a target is after.

use cogrid::tiff::ByteOrder;

/// A tag's values.
pub enum Values<'a> {
    Shorts(&'a [u16]),
    Longs(&'a [u32]),
    Doubles(&'a [f64]),
    Bytes(&'a [u8]),
    Text(&'a str),
}

/// A classic TIFF of one directory with `tags` (sorted by the caller) and one block of `block` bytes, to which
/// `offset_tag` and `count_tag` point.
pub fn tiff(order: ByteOrder, tags: &[(u16, Values<'_>)], offset_tag: u16, count_tag: u16, block: &[u8]) -> Vec<u8> {
    let mut fields: Vec<(u16, u16, u32, Vec<u8>)> = tags
        .iter()
        .map(|(tag, values)| {
            let (kind, count, bytes) = encode(order, values);
            (*tag, kind, count, bytes)
        })
        .collect();
    fields.push((offset_tag, LONG, 1, Vec::new()));
    fields.push((count_tag, LONG, 1, u32_bytes(order, block.len() as u32).to_vec()));
    fields.sort_by_key(|field| field.0);
    let directory_bytes = 2 + fields.len() * 12 + 4;
    let outside: usize = fields.iter().map(|field| if field.3.len() > 4 { field.3.len() } else { 0 }).sum();
    let block_at = (8 + directory_bytes + outside) as u32;

    let mut out = Vec::new();
    out.extend_from_slice(if order == ByteOrder::Little { b"II" } else { b"MM" });
    out.extend_from_slice(&u16_bytes(order, 42));
    out.extend_from_slice(&u32_bytes(order, 8));
    out.extend_from_slice(&u16_bytes(order, fields.len() as u16));
    let mut place = (8 + directory_bytes) as u32;
    let mut tail = Vec::new();
    for (tag, kind, count, bytes) in &fields {
        out.extend_from_slice(&u16_bytes(order, *tag));
        out.extend_from_slice(&u16_bytes(order, *kind));
        out.extend_from_slice(&u32_bytes(order, *count));
        if *tag == offset_tag {
            out.extend_from_slice(&u32_bytes(order, block_at));
        } else if bytes.len() > 4 {
            out.extend_from_slice(&u32_bytes(order, place));
            place += bytes.len() as u32;
            tail.extend_from_slice(bytes);
        } else {
            let mut inline = bytes.clone();
            inline.resize(4, 0);
            out.extend_from_slice(&inline);
        }
    }
    out.extend_from_slice(&u32_bytes(order, 0));
    out.extend_from_slice(&tail);
    out.extend_from_slice(block);
    out
}

fn encode(order: ByteOrder, values: &Values<'_>) -> (u16, u32, Vec<u8>) {
    match values {
        Values::Shorts(values) => {
            (3, values.len() as u32, values.iter().flat_map(|value| u16_bytes(order, *value)).collect())
        }
        Values::Longs(values) => {
            (LONG, values.len() as u32, values.iter().flat_map(|value| u32_bytes(order, *value)).collect())
        }
        Values::Doubles(values) => {
            let bytes =
                |value: &f64| if order == ByteOrder::Little { value.to_le_bytes() } else { value.to_be_bytes() };
            (12, values.len() as u32, values.iter().flat_map(bytes).collect())
        }
        Values::Bytes(values) => (7, values.len() as u32, values.to_vec()),
        Values::Text(text) => (2, text.len() as u32 + 1, text.bytes().chain([0]).collect()),
    }
}

fn u16_bytes(order: ByteOrder, value: u16) -> [u8; 2] {
    if order == ByteOrder::Little { value.to_le_bytes() } else { value.to_be_bytes() }
}

fn u32_bytes(order: ByteOrder, value: u32) -> [u8; 4] {
    if order == ByteOrder::Little { value.to_le_bytes() } else { value.to_be_bytes() }
}

const LONG: u16 = 4;
