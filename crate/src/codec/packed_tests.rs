use super::*;
use crate::tiff::{ByteOrder, Coding, Compression, Planar, SampleType};

fn layout(bits: u16, sample_type: SampleType, byte_order: ByteOrder) -> Layout {
    Layout {
        width: 3,
        height: 2,
        block_width: 3,
        block_height: 2,
        is_tiled: false,
        bands: 1,
        planar: Planar::Pixel,
        bits,
        sample_type,
        compression: Compression::NONE,
        coding: Coding::default(),
        predictor: 1,
        alpha0: None,
        photometric: 1,
        is_bit_reversed: false,
        byte_order,
    }
}

#[test]
fn rows_start_at_whole_bytes() {
    let one = layout(1, SampleType::U8, ByteOrder::Little);
    assert_eq!(unpack(&one, &[0b1010_0000, 0b0110_0000], 6).unwrap(), Samples::U8(vec![1, 0, 1, 0, 1, 1]));
    let twelve = layout(12, SampleType::U16, ByteOrder::Little);
    let raw = [0x12, 0x34, 0x56, 0x78, 0x90, 0xab, 0xcd, 0xef, 0x01, 0x20];
    assert_eq!(unpack(&twelve, &raw, 6).unwrap(), Samples::U16(vec![0x123, 0x456, 0x789, 0xabc, 0xdef, 0x012]));
}

#[test]
fn three_bytes_stand_high_byte_first() {
    let raw = [1, 0, 0, 2, 0, 0, 3, 0, 0, 4, 0, 0, 5, 0, 0, 6, 0, 0];
    for order in [ByteOrder::Little, ByteOrder::Big] {
        let samples = unpack(&layout(24, SampleType::U32, order), &raw, 6).unwrap();
        assert_eq!(samples.to_f64(1), Some(131_072.0));
    }
}

#[test]
fn signed_numbers_of_odd_sizes_keep_their_sign() {
    let four = layout(4, SampleType::I8, ByteOrder::Little);
    let raw = [0x7f, 0x80, 0x10, 0x00];
    assert_eq!(unpack(&four, &raw, 6).unwrap(), Samples::I8(vec![7, -1, -8, 1, 0, 0]));
    let big = unpack(&layout(24, SampleType::I32, ByteOrder::Big), &[0xff, 0xff, 0xfe], 1).unwrap();
    assert_eq!(big.to_f64(0), Some(-2.0));
}
