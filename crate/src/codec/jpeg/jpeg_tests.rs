use proptest::prelude::*;

use super::*;

/// 16 × 16 grey pixels, all 128 + 8: quantisation 1, one DC code of 2 bits, end of block.
fn tables() -> Vec<u8> {
    let mut tables = vec![0xff, 0xd8, 0xff, 0xdb, 0, 67, 0];
    tables.extend([1; 64]);
    // DC: sizes 0 and 7 in codes of 1 bit and 2 bits; AC: end of block in 1 bit.
    tables.extend([0xff, 0xc4, 0, 21, 0x00, 1, 1, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 7]);
    tables.extend([0xff, 0xc4, 0, 20, 0x10, 1, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0]);
    tables.extend([0xff, 0xd9]);
    tables
}

fn frame(marker: u8, precision: u8, width: u16, height: u16, components: &[(u8, u8)]) -> Vec<u8> {
    let mut segment = vec![0xff, marker, 0, 8 + 3 * components.len() as u8, precision];
    segment.extend(height.to_be_bytes());
    segment.extend(width.to_be_bytes());
    segment.push(components.len() as u8);
    for &(id, sampling) in components {
        segment.extend([id, sampling, 0]);
    }
    segment
}

fn stream(frame: &[u8], data: &[u8]) -> Vec<u8> {
    let mut stream = vec![0xff, 0xd8];
    stream.extend(frame);
    stream.extend([0xff, 0xda, 0, 8, 1, 1, 0, 0, 63, 0]);
    stream.extend(data);
    stream.extend([0xff, 0xd9]);
    stream
}

const GREY: Expected = Expected { width: 9, needed_rows: 8, most_rows: 8, bands: 1 };

fn decoded(stream: &[u8], expected: Expected) -> Result<Vec<u8>> {
    let mut out = vec![0; (expected.width * expected.needed_rows * u32::from(expected.bands)) as usize];
    decode(Some(&tables()), stream, expected, false, &mut out)?;
    Ok(out)
}

#[test]
fn two_blocks_by_shared_tables() {
    // 10 1000000 0: DC difference 64, end of block; 0 0: difference 0, end of block.
    let stream = stream(&frame(0xc0, 8, 9, 8, &[(1, 0x11)]), &[0b1010_0000, 0b0000_1111]);
    assert_eq!(decoded(&stream, GREY).unwrap(), [136; 72]);
}

#[test]
fn restarts_forget_the_prediction() {
    let mut frame = frame(0xc0, 8, 9, 8, &[(1, 0x11)]);
    frame.extend([0xff, 0xdd, 0, 4, 0, 1]);
    let stream = stream(&frame, &[0b1010_0000, 0b0011_1111, 0xff, 0xd0, 0b0011_1111]);
    let rows = decoded(&stream, GREY).unwrap();
    assert_eq!(rows[..9], [136, 136, 136, 136, 136, 136, 136, 136, 128]);
}

#[test]
fn what_is_not_read_says_so() {
    let lossless = stream(&frame(0xc3, 8, 9, 8, &[(1, 0x11)]), &[]);
    let arithmetic = stream(&frame(0xc9, 8, 9, 8, &[(1, 0x11)]), &[]);
    let twelve = stream(&frame(0xc1, 12, 9, 8, &[(1, 0x11)]), &[]);
    for (stream, word) in [(lossless, "lossless"), (arithmetic, "arithmetic"), (twelve, "12 bits")] {
        let error = decoded(&stream, GREY).unwrap_err();
        assert_eq!(error.code().as_str(), "unsupported.compression");
        assert!(error.message().contains(word), "{error}");
    }
}

#[test]
fn sizes_other_than_the_layouts_are_refused_before_anything_is_allocated() {
    for (width, height) in [(65_535, 65_535), (9, 7), (8, 8), (9, 9)] {
        let stream = stream(&frame(0xc0, 8, width, height, &[(1, 0x11)]), &[0xa0, 0x0f]);
        let error = decoded(&stream, GREY).unwrap_err();
        assert!(error.message().contains(&format!("got {width} × {height}")), "{error}");
    }
    let three = frame(0xc0, 8, 9, 8, &[(1, 0x11), (2, 0x11), (3, 0x11)]);
    assert!(decoded(&stream(&three, &[0xa0, 0x0f]), GREY).unwrap_err().message().contains("components"));
    for sampling in [0x00, 0x51, 0x15] {
        assert!(decoded(&stream(&frame(0xc0, 8, 9, 8, &[(1, sampling)]), &[0xa0, 0x0f]), GREY).is_err());
    }
}

#[test]
fn a_scan_that_ends_early_is_an_error() {
    let frame = frame(0xc0, 8, 9, 8, &[(1, 0x11)]);
    assert!(decoded(&stream(&frame, &[0b1010_0000]), GREY).is_err());
    assert!(decoded(&stream(&frame, &[]), GREY).is_err());
    assert!(decoded(&[0xff, 0xd8, 0xff, 0xd9], GREY).is_err());
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(256))]

    #[test]
    fn any_scan_ends_without_a_panic(data in prop::collection::vec(any::<u8>(), 0..200), marker in 0xc0_u8..0xc3) {
        let _ = decoded(&stream(&frame(marker, 8, 9, 8, &[(1, 0x22)]), &data), GREY);
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    /// Against another decoder, which upsamples and rounds a little differently.
    #[test]
    fn another_decoder_sees_the_same_greys(data in prop::collection::vec(0..0x7f_u8, 64..200)) {
        let whole = [&tables()[..tables().len() - 2], &stream(&frame(0xc0, 8, 9, 8, &[(1, 0x11)]), &data)[2..]].concat();
        let theirs = jpeg_decoder::Decoder::new(&whole[..]).decode();
        if let (Ok(ours), Ok(theirs)) = (decoded(&whole, GREY), theirs) {
            prop_assert!(ours.iter().zip(&theirs).all(|(&a, &b)| a.abs_diff(b) <= 1), "{:?} {:?}", ours, theirs);
        }
    }
}
