use lerc::bitmask::BitMask;
use lerc::{Image, Precision, SampleData};

use super::*;

const SHAPE: Shape = Shape { width: 3, needed_rows: 2, most_rows: 2, bands: 1 };

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

#[test]
fn the_mask_makes_floats_nan_and_pixels_invalid() {
    let blob = blob(SampleData::F32(vec![1.0, 2.0, 3.0, 4.0, 5.0, 6.0]), lerc::DataType::Float, 1, vec![mask(&[1, 5])]);
    let mut samples = Samples::zeros(SampleType::F32, 6);
    let valid = decode(Wrapping::None, &blob, SHAPE, &mut samples).unwrap();
    assert_eq!(valid.unwrap(), [true, false, true, true, true, false]);
    let Samples::F32(values) = samples else { panic!() };
    assert!(values[1].is_nan() && values[5].is_nan());
    assert_eq!((values[0], values[2], values[3], values[4]), (1.0, 3.0, 4.0, 5.0));
}

#[test]
fn the_mask_of_integers_is_handed_out_too() {
    let blob = blob(SampleData::U16(vec![1, 2, 3, 4, 5, 6]), lerc::DataType::UShort, 1, vec![mask(&[0])]);
    let mut samples = Samples::zeros(SampleType::U16, 6);
    let valid = decode(Wrapping::None, &blob, SHAPE, &mut samples).unwrap();
    assert_eq!(valid.unwrap(), [false, true, true, true, true, true]);
    assert_eq!(samples, Samples::U16(vec![0, 2, 3, 4, 5, 6]));
}

#[test]
fn a_band_less_than_the_page_is_alpha_in_the_mask() {
    let blob = blob(SampleData::U8(vec![10, 20, 30, 40, 50, 60]), lerc::DataType::Byte, 1, vec![mask(&[2])]);
    let mut samples = Samples::zeros(SampleType::U8, 12);
    let shape = Shape { bands: 2, ..SHAPE };
    assert_eq!(decode(Wrapping::None, &blob, shape, &mut samples).unwrap(), None);
    assert_eq!(samples, Samples::U8(vec![10, 255, 20, 255, 0, 0, 40, 255, 50, 255, 60, 255]));
}

#[test]
fn what_is_not_the_blocks_shape_or_type_is_refused() {
    let blob = blob(SampleData::U8(vec![1; 6]), lerc::DataType::Byte, 1, vec![mask(&[])]);
    let mut bytes = Samples::zeros(SampleType::U8, 6);
    for shape in
        [Shape { width: 2, ..SHAPE }, Shape { most_rows: 1, needed_rows: 1, ..SHAPE }, Shape { bands: 3, ..SHAPE }]
    {
        let error = decode(Wrapping::None, &blob, shape, &mut bytes).unwrap_err();
        assert_eq!(error.code().as_str(), "format.block");
    }
    let mut words = Samples::zeros(SampleType::U16, 6);
    assert!(decode(Wrapping::None, &blob, SHAPE, &mut words).is_err());
    // All rows of a strip where the image ends earlier.
    let mut row = Samples::zeros(SampleType::U8, 3);
    let shape = Shape { needed_rows: 1, ..SHAPE };
    assert!(decode(Wrapping::None, &blob, shape, &mut row).is_ok());
    assert_eq!(row, Samples::U8(vec![1; 3]));
}

#[test]
fn a_small_blob_that_claims_a_huge_image_allocates_nothing() {
    let mut blob = blob(SampleData::U8(vec![1; 6]), lerc::DataType::Byte, 1, vec![mask(&[])]);
    // Rows and columns stand after magic, version and checksum.
    blob[14..18].copy_from_slice(&8192_i32.to_le_bytes());
    blob[18..22].copy_from_slice(&8192_i32.to_le_bytes());
    let mut samples = Samples::zeros(SampleType::U8, 6);
    assert!(decode(Wrapping::None, &blob, SHAPE, &mut samples).is_err());
}
