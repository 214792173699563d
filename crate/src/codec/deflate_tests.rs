use proptest::prelude::*;

use super::*;

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn what_another_encoder_writes_comes_back(bytes in prop::collection::vec(0..7_u8, 0..20_000)) {
        let encoded = fdeflate::compress_to_vec(&bytes);
        let mut out = vec![0; bytes.len()];
        prop_assert_eq!(decode(&encoded, &mut out).unwrap(), bytes.len());
        prop_assert_eq!(out, bytes);
    }

    #[test]
    fn any_bytes_end_without_a_panic(encoded in prop::collection::vec(any::<u8>(), 0..500), len in 0..2000_usize) {
        let mut out = vec![0; len];
        let _ = decode(&encoded, &mut out);
    }
}

#[test]
fn a_longer_stream_is_cut_and_a_damaged_one_refused() {
    let mut encoded = fdeflate::compress_to_vec(&[1, 2, 3, 4]);
    let mut out = [0; 2];
    assert_eq!(decode(&encoded, &mut out).unwrap(), 2);
    assert_eq!(out, [1, 2]);
    let mut whole = [0; 4];
    let last = encoded.len() - 1;
    encoded[last] ^= 1;
    assert!(decode(&encoded, &mut whole).unwrap_err().message().contains("checksum"));
    assert!(decode(b"hello", &mut whole).unwrap_err().message().contains("zlib"));
}
