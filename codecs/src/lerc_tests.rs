use lerc::bitmask::BitMask;
use lerc::{Image, Precision, SampleData};

use super::*;

const EXPECTED: Expected = Expected { width: 3, needed_rows: 2, most_rows: 2, bands: 1, sample: Sample::U8 };

fn blob(data: SampleData, data_type: lerc::DataType, depth: u32, masks: Vec<BitMask>) -> Vec<u8> {
    let bands = masks.len() as u32;
    let image = Image { width: 3, height: 2, depth, bands, data_type, valid_masks: masks, data, no_data_value: None };
    lerc::encode(&image, Precision::Lossless).unwrap()
}

/// A mask of six pixels, invalid where `invalid` says.
fn mask(invalid: &[usize]) -> BitMask {
    let mut mask = BitMask::all_valid(6);
    invalid.iter().for_each(|&pixel| mask.set_invalid(pixel));
    mask
}

fn bytes_of_six() -> Vec<u8> {
    blob(SampleData::U8(vec![10, 20, 30, 40, 50, 60]), lerc::DataType::Byte, 1, vec![mask(&[])])
}

#[test]
fn the_mask_makes_floats_nan_and_pixels_invalid() {
    let blob = blob(SampleData::F32(vec![1.0, 2.0, 3.0, 4.0, 5.0, 6.0]), lerc::DataType::Float, 1, vec![mask(&[1, 5])]);
    let mut values = [0_f32; 6];
    let expected = Expected { sample: Sample::F32, ..EXPECTED };
    let valid = decode(&blob, expected, bytemuck::cast_slice_mut(&mut values)).unwrap();
    assert_eq!(valid.unwrap(), [true, false, true, true, true, false]);
    assert!(values[1].is_nan() && values[5].is_nan());
    assert_eq!((values[0], values[2], values[3], values[4]), (1.0, 3.0, 4.0, 5.0));
}

#[test]
fn the_mask_of_integers_is_handed_out_too() {
    let blob = blob(SampleData::U16(vec![1, 2, 3, 4, 5, 6]), lerc::DataType::UShort, 1, vec![mask(&[0])]);
    let mut values = [0_u16; 6];
    let expected = Expected { sample: Sample::U16, ..EXPECTED };
    let valid = decode(&blob, expected, bytemuck::cast_slice_mut(&mut values)).unwrap();
    assert_eq!(valid.unwrap(), [false, true, true, true, true, true]);
    assert_eq!(values, [0, 2, 3, 4, 5, 6]);
}

#[test]
fn samples_come_to_any_place_in_memory() {
    let blob = blob(SampleData::F64(vec![1.5, 2.5, 3.5, 4.5, 5.5, 6.5]), lerc::DataType::Double, 1, vec![mask(&[])]);
    let mut words = [0_u64; 7];
    let bytes: &mut [u8] = bytemuck::cast_slice_mut(&mut words);
    let expected = Expected { sample: Sample::F64, ..EXPECTED };
    assert_eq!(decode(&blob, expected, &mut bytes[1..49]).unwrap(), None);
    let values = bytes[1..49].as_chunks::<8>().0.iter().map(|value| f64::from_ne_bytes(*value));
    assert!(values.eq([1.5, 2.5, 3.5, 4.5, 5.5, 6.5]));
}

#[test]
fn a_band_less_than_the_page_is_alpha_in_the_mask() {
    let blob = blob(SampleData::U8(vec![10, 20, 30, 40, 50, 60]), lerc::DataType::Byte, 1, vec![mask(&[2])]);
    let mut values = [0; 12];
    assert_eq!(decode(&blob, Expected { bands: 2, ..EXPECTED }, &mut values).unwrap(), None);
    assert_eq!(values, [10, 255, 20, 255, 0, 0, 40, 255, 50, 255, 60, 255]);
}

#[test]
fn what_is_not_the_blocks_shape_or_type_is_refused() {
    let blob = bytes_of_six();
    for expected in [
        Expected { width: 2, ..EXPECTED },
        Expected { most_rows: 1, needed_rows: 1, ..EXPECTED },
        Expected { bands: 3, ..EXPECTED },
        Expected { sample: Sample::U16, ..EXPECTED },
    ] {
        assert!(decode(&blob, expected, &mut [0; 12]).is_err(), "{expected:?}");
    }
    // All rows of a strip where the image ends earlier.
    let mut row = [0; 3];
    assert_eq!(decode(&blob, Expected { needed_rows: 1, ..EXPECTED }, &mut row), Ok(None));
    assert_eq!(row, [10, 20, 30]);
}

#[test]
fn a_small_blob_that_claims_a_huge_image_allocates_nothing() {
    let mut blob = bytes_of_six();
    // Rows and columns stand after magic, version and checksum.
    blob[14..18].copy_from_slice(&8192_i32.to_le_bytes());
    blob[18..22].copy_from_slice(&8192_i32.to_le_bytes());
    assert!(decode(&blob, EXPECTED, &mut [0; 6]).is_err());
}
