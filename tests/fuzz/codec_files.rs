//! Tiny files of each compression that GDAL, Pillow and tifffile wrote, see `tests/reference/make_codec_files.py`.

use serde_json::Value;

/// A file, and what GDAL reads of it.
pub struct Made {
    pub name: String,
    pub bytes: Vec<u8>,
    pub bands_sha256: Vec<String>,
}

/// All of them.
pub fn files() -> Vec<Made> {
    let made: Value = serde_json::from_str(include_str!("../reference/codec_files.json")).unwrap();
    let text = |value: &Value| value.as_str().unwrap().to_owned();
    made["files"]
        .as_array()
        .unwrap()
        .iter()
        .map(|made| Made {
            name: text(&made["name"]),
            bytes: from_base64(&text(&made["file"])),
            bands_sha256: made["sha256"].as_array().unwrap().iter().map(text).collect(),
        })
        .collect()
}

fn from_base64(text: &str) -> Vec<u8> {
    const DIGITS: &[u8] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    let mut bytes = Vec::new();
    let (mut buffer, mut held) = (0_u32, 0);
    for digit in text.bytes().filter_map(|byte| DIGITS.iter().position(|&digit| digit == byte)) {
        buffer = buffer << 6 | digit as u32;
        held += 6;
        if held >= 8 {
            held -= 8;
            bytes.push((buffer >> held) as u8);
        }
    }
    bytes
}
