use super::*;

#[test]
fn what_is_no_xz_stream_is_an_error() {
    let mut out = [0; 8];
    assert!(decode(b"not an xz stream", &mut out).is_err());
    assert!(decode(&[], &mut out).is_err());
}

#[test]
fn a_dictionary_of_gigabytes_is_refused() {
    // Stream header with no check, then a block header whose LZMA2 filter asks for a dictionary of 4 GiB - 1.
    let mut stream = vec![0xfd, b'7', b'z', b'X', b'Z', 0, 0, 0, 0xff, 0x12, 0xd9, 0x41];
    stream.extend([2, 0, 0x21, 1, 40, 0, 0, 0]);
    let crc = stream[12..]
        .iter()
        .fold(u32::MAX, |crc, &byte| (0..8).fold(crc ^ u32::from(byte), |crc, _| crc >> 1 ^ (0xedb8_8320 * (crc & 1))));
    stream.extend((!crc).to_le_bytes());
    stream.extend([0xe0, 0, 0, 0, 0, 0]);
    let error = decode(&stream, &mut [0; 8]).unwrap_err();
    assert!(error.contains("memory"), "{error}");
}
