use super::*;

/// The bytes 0 to 9 as one raw block in a frame of known size.
const RAW: [u8; 19] = [0x28, 0xb5, 0x2f, 0xfd, 0x20, 10, 0x51, 0, 0, 0, 1, 2, 3, 4, 5, 6, 7, 8, 9];
/// 100 times 7: one block that repeats a byte.
const REPEATED: [u8; 10] = [0x28, 0xb5, 0x2f, 0xfd, 0x20, 100, 0x23, 0x03, 0, 7];

fn decode(encoded: &[u8], most: usize) -> Result<Vec<u8>> {
    with_decoded(encoded, most, <[u8]>::to_vec)
}

#[test]
fn frames_one_after_another() {
    let stream = [&RAW[..], &REPEATED].concat();
    let out = decode(&stream, 110).unwrap();
    assert_eq!(out[..10], [0, 1, 2, 3, 4, 5, 6, 7, 8, 9]);
    assert_eq!(out[10..], [7; 100]);
}

#[test]
fn what_is_no_frame_behind_them_is_left_alone() {
    let skipped = [&[0x5f, 0x2a, 0x4d, 0x18, 2, 0, 0, 0, 9, 9][..], &RAW].concat();
    // With a checksum, a dictionary's number and a window: 4 + 1 + 1 + 1 + (3 + 1) + 4 bytes.
    let all = [0x28, 0xb5, 0x2f, 0xfd, 0x05, 0, 0, 0x23, 0x03, 0, 7, 1, 2, 3, 4];
    for frame in [&RAW[..], &REPEATED, &skipped, &all] {
        for rest in [&b""[..], b"r", b"rest", &RAW[..4]] {
            let stream = [frame, rest].concat();
            let cut = if rest == &RAW[..4] { stream.len() } else { frame.len() };
            assert_eq!(frames_len(&stream), cut, "{frame:?} {rest:?}");
        }
    }
    for frame in [&RAW[..], &REPEATED, &all] {
        for len in 0..frame.len() {
            assert_eq!(frames_len(&frame[..len]), len, "{frame:?} cut to {len}");
        }
    }
    assert_eq!(decode(&[&REPEATED[..], b"rest"].concat(), 100).unwrap(), [7; 100]);
    assert_eq!(frames_len(b"no frame"), 8);
}

#[test]
fn more_than_the_block_holds_is_refused() {
    assert_eq!(decode(&REPEATED, 99).unwrap_err().code().as_str(), "format.block");
    assert_eq!(decode(&REPEATED, 200).unwrap().len(), 100);
}

#[test]
fn a_claim_of_terabytes_is_refused_before_anything_is_allocated() {
    // A single segment of 2⁴⁰ bytes.
    let bomb = [0x28, 0xb5, 0x2f, 0xfd, 0xe0, 0, 0, 0, 0, 0, 1, 0, 0, 0x03, 0, 0, 7];
    assert_eq!(decode(&bomb, 64).unwrap_err().code().as_str(), "format.block");
}

#[test]
fn what_is_cut_short_is_an_error() {
    for len in 1..RAW.len() {
        assert!(decode(&RAW[..len], 10).is_err(), "{len} bytes");
    }
}
