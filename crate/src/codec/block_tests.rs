use super::*;
use crate::tiff::{Coding, Planar, SampleType};

fn layout(sample_type: SampleType, byte_order: ByteOrder) -> Layout {
    Layout {
        width: 2,
        height: 3,
        block_width: 2,
        block_height: 2,
        is_tiled: true,
        bands: 1,
        planar: Planar::Pixel,
        bits: 8 * sample_type.bytes() as u16,
        sample_type,
        compression: Compression::NONE,
        coding: Coding::default(),
        predictor: 1,
        photometric: 1,
        alpha0: None,
        is_bit_reversed: false,
        byte_order,
    }
}

#[test]
fn both_byte_orders() {
    let limits = Limits::default();
    let little = layout(SampleType::I16, ByteOrder::Little);
    let big = layout(SampleType::I16, ByteOrder::Big);
    let expected = Samples::I16(vec![1, -2, 256, 4]);
    assert_eq!(decode_block(&little, 0, &[1, 0, 0xfe, 0xff, 0, 1, 4, 0], &limits).unwrap().samples, expected);
    assert_eq!(decode_block(&big, 0, &[0, 1, 0xff, 0xfe, 1, 0, 0, 4], &limits).unwrap().samples, expected);
}

#[test]
fn missing_padding_is_forgiven_missing_rows_are_not() {
    let limits = Limits::default();
    let layout = layout(SampleType::U8, ByteOrder::Little);
    assert_eq!(decode_block(&layout, 1, &[7, 8], &limits).unwrap().samples, Samples::U8(vec![7, 8, 0, 0]));
    assert_eq!(decode_block(&layout, 0, &[7, 8], &limits).unwrap_err().code(), Code::FormatBlock);
    let strips = Layout { is_tiled: false, ..layout };
    assert_eq!(decode_block(&strips, 1, &[7, 8], &limits).unwrap().samples, Samples::U8(vec![7, 8]));
}

#[test]
fn halves_become_floats_and_bits_may_be_reversed() {
    let limits = Limits::default();
    let halves = layout(SampleType::F16, ByteOrder::Big);
    let samples = decode_block(&halves, 0, &[0x3c, 0, 0xc0, 0, 0, 0, 0x7c, 0], &limits).unwrap();
    assert_eq!(samples.samples, Samples::F32(vec![1.0, -2.0, 0.0, f32::INFINITY]));
    let reversed = Layout { is_bit_reversed: true, ..layout(SampleType::U8, ByteOrder::Little) };
    assert_eq!(decode_block(&reversed, 0, &[1, 2, 4, 8], &limits).unwrap().samples, Samples::U8(vec![128, 64, 32, 16]));
}

#[test]
fn what_is_not_read_is_named() {
    let limits = Limits::default();
    let layout = layout(SampleType::U8, ByteOrder::Little);
    let old_jpeg = Layout { compression: Compression(6), ..layout.clone() };
    let error = decode_block(&old_jpeg, 0, &[], &limits).unwrap_err();
    assert_eq!(error.code(), Code::UnsupportedCompression);
    assert!(error.message().contains("old-jpeg") && error.message().contains("deflate"), "{error}");
    for (compression, bands) in [(Compression::WEBP, 1), (Compression::JPEG, 5)] {
        let layout = Layout { compression, bands, ..layout.clone() };
        assert_eq!(check_supported(&layout).unwrap_err().code(), Code::UnsupportedCompression);
    }
    let twelve_bits =
        Layout { compression: Compression::JPEG, bits: 12, ..self::layout(SampleType::U16, ByteOrder::Big) };
    assert_eq!(check_supported(&twelve_bits).unwrap_err().code(), Code::UnsupportedCompression);
    let lzw = Layout { compression: Compression::LZW, predictor: 3, ..layout.clone() };
    assert_eq!(check_supported(&lzw).unwrap_err().code(), Code::UnsupportedPredictor);
    assert!(check_supported(&Layout { compression: Compression::NONE, predictor: 3, ..layout }).is_ok());
}

#[test]
fn a_few_bytes_that_claim_a_huge_block_cost_nothing() {
    let huge = Layout {
        width: 16_000,
        height: 16_000,
        block_width: 16_000,
        block_height: 16_000,
        compression: Compression::DEFLATE,
        ..layout(SampleType::U8, ByteOrder::Little)
    };
    assert_eq!(decode_block(&huge, 0, &[0x78, 0x9c, 1, 2], &Limits::default()).unwrap_err().code(), Code::FormatBlock);
    let limits = Limits { max_decoded_block_bytes: 1 << 20, ..Limits::default() };
    assert_eq!(decode_block(&huge, 0, &[0; 1 << 20], &limits).unwrap_err().code(), Code::LimitExceeded);
}

#[test]
fn numbers_of_three_bytes_and_of_two_parts_turn_with_the_byte_order() {
    let limits = Limits::default();
    let short = layout(SampleType::F24, ByteOrder::Big);
    let samples = decode_block(&short, 0, &[0x3f, 0, 0, 0xc0, 0x80, 0, 0, 0, 0, 0x7f, 0, 0], &limits).unwrap();
    assert_eq!(samples.samples, Samples::F32(vec![1.0, -3.0, 0.0, f32::INFINITY]));
    let complex = Layout { block_height: 1, ..layout(SampleType::CI16, ByteOrder::Big) };
    let samples = decode_block(&complex, 0, &[0, 1, 0xff, 0xfe, 0, 3, 0, 4], &limits).unwrap();
    assert_eq!(samples.samples, Samples::CF32(vec![[1.0, -2.0], [3.0, 4.0]]));
    let differenced = Layout { predictor: 2, compression: Compression::LZW, ..short };
    assert_eq!(check_supported(&differenced).unwrap_err().code(), Code::UnsupportedPredictor);
}

#[test]
fn memory_for_a_large_block_is_given_back_whatever_the_block_holds() {
    let large = Layout {
        compression: Compression::ZSTD,
        width: 4096,
        height: 4096,
        block_width: 4096,
        block_height: 4096,
        ..layout(SampleType::U8, ByteOrder::Little)
    };
    let error = decode_block(&large, 0, &[7; 1024], &Limits::default()).unwrap_err();
    assert!(error.message().contains("zstd"), "{error}");
    assert_eq!(DECOMPRESSED.with_borrow(Vec::capacity), 0);
}
