use proptest::prelude::*;
use weezl::BitOrder;

use super::*;

fn decoded(encoded: &[u8], len: usize) -> Vec<u8> {
    let mut out = vec![0xaa; len];
    let written = decode(encoded, &mut out).unwrap();
    out.truncate(written);
    out
}

/// Codes of the given widths, high bits first.
fn pack(codes: &[(u32, u32)]) -> Vec<u8> {
    let bits: Vec<bool> =
        codes.iter().flat_map(|&(code, width)| (0..width).rev().map(move |bit| code >> bit & 1 == 1)).collect();
    bits.chunks(8)
        .map(|byte| byte.iter().enumerate().fold(0, |sum, (bit, &set)| sum | u8::from(set) << (7 - bit)))
        .collect()
}

#[test]
fn the_example_of_tiff_6() {
    // TIFF 6.0, section 13: 7 7 7 8 8 7 7 6 6 becomes clear 7 258 8 8 258 6 6 end.
    let codes = [256, 7, 258, 8, 8, 258, 6, 6, 257].map(|code| (code, 9));
    assert_eq!(decoded(&pack(&codes), 9), [7, 7, 7, 8, 8, 7, 7, 6, 6]);
}

#[test]
fn a_code_may_name_the_string_that_it_completes() {
    let codes = [256, 1, 258, 259, 260].map(|code| (code, 9));
    assert_eq!(decoded(&pack(&codes), 10), [1; 10]);
}

#[test]
fn codes_of_no_string_are_refused() {
    for codes in [[256, 300, 1], [256, 258, 1], [256, 1, 259]] {
        let mut out = [0; 4];
        let codes = codes.map(|code| (code, 9));
        assert_eq!(decode(&pack(&codes), &mut out).unwrap_err().code().as_str(), "format.block");
    }
}

#[test]
fn a_short_stream_gives_what_it_has() {
    assert!(decoded(&[], 4).is_empty());
    assert_eq!(decoded(&pack(&[(256, 9), (9, 9), (257, 9)]), 4), [9]);
    assert_eq!(decoded(&pack(&[(256, 9), (9, 9), (258, 9), (9, 9)]), 2), [9, 9]);
}

/// Bytes with runs and repeats, so that the table fills and is cleared.
fn texture() -> impl Strategy<Value = Vec<u8>> {
    let piece = prop_oneof![
        prop::collection::vec(any::<u8>(), 1..400),
        (any::<u8>(), 1..5000_usize).prop_map(|(byte, len)| vec![byte; len]),
        (prop::collection::vec(0..4_u8, 1..20), 1..300_usize).prop_map(|(piece, times)| piece.repeat(times)),
    ];
    prop::collection::vec(piece, 0..8).prop_map(|pieces| pieces.concat())
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn what_another_encoder_writes_comes_back(bytes in texture()) {
        let encoded = weezl::encode::Encoder::with_tiff_size_switch(BitOrder::Msb, 8).encode(&bytes).unwrap();
        prop_assert_eq!(decoded(&encoded, bytes.len()), bytes);
    }

    #[test]
    fn the_old_order_of_bits_comes_back(bytes in texture()) {
        let encoded = weezl::encode::Encoder::new(BitOrder::Lsb, 8).encode(&bytes).unwrap();
        prop_assert_eq!(decoded(&encoded, bytes.len()), bytes);
    }

    #[test]
    fn any_bytes_end_without_a_panic(encoded in prop::collection::vec(any::<u8>(), 0..2000), len in 0..4000_usize) {
        let mut out = vec![0; len];
        let _ = decode(&encoded, &mut out);
    }
}
