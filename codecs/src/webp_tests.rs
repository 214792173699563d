use super::*;
use crate::Sample;

const EXPECTED: Expected = Expected { width: 2, needed_rows: 1, most_rows: 1, bands: 3, sample: Sample::U8 };

/// A lossless image that claims `width` × `height` pixels.
fn claim(width: u32, height: u32) -> Vec<u8> {
    let bits = (width - 1) | (height - 1) << 14;
    let mut file = b"RIFF\x12\0\0\0WEBPVP8L\x06\0\0\0\x2f".to_vec();
    file.extend(bits.to_le_bytes());
    file.extend([0, 0]);
    file
}

#[test]
fn another_size_is_refused_before_anything_is_decoded() {
    let mut out = [0; 6];
    for (width, height) in [(16_384, 16_384), (2, 2), (1, 1)] {
        let Err(Failure::Damaged(text)) = decode(&claim(width, height), EXPECTED, &mut out) else {
            panic!("{width} × {height} is decoded")
        };
        assert!(text.contains(&format!("got {width} × {height}")), "{text}");
    }
}

#[test]
fn damage_is_an_error() {
    let mut out = [0; 6];
    assert!(decode(&claim(2, 1), EXPECTED, &mut out).is_err());
    assert!(decode(b"RIFF", EXPECTED, &mut out).is_err());
    assert!(decode(&[], EXPECTED, &mut out).is_err());
}
