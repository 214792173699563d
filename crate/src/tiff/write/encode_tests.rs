use super::*;

fn plain<T: Sample>(width: u32, predictor: Predictor) -> CogOptions<T> {
    CogOptions { block_size_px: 16, deflate: None, predictor, ..CogOptions::new(width, 1) }
}

#[test]
fn edges_repeat_the_last_pixel_and_row() {
    let block = encode_block(&plain::<u8>(3, Predictor::None), &[7, 8, 9, 1, 2, 3], 3, 0).unwrap();
    assert_eq!(block.len(), 256);
    assert_eq!(block[..16], [7, 8, 9, 9, 9, 9, 9, 9, 9, 9, 9, 9, 9, 9, 9, 9]);
    assert_eq!(block[240..243], [1, 2, 3]);
}

#[test]
fn horizontal_differences_wrap() {
    let block = encode_block(&plain::<u16>(3, Predictor::Horizontal), &[1, 0, 0x0203], 3, 0).unwrap();
    assert_eq!(block[..8], [1, 0, 0xFF, 0xFF, 3, 2, 0, 0]);
}

#[test]
fn floating_point_planes_start_with_the_exponent() {
    let block = encode_block(&plain::<f32>(2, Predictor::FloatingPoint), &[1.0, -2.0], 2, 0).unwrap();
    // 1.0 = 3F800000, −2.0 = C0000000; the first plane is 3F C0 C0 …, differenced.
    assert_eq!(block[..3], [0x3F, 0xC0 - 0x3F, 0]);
    assert_eq!(block[16..18], [0x80u8.wrapping_sub(0xC0), 0x80]);
}

#[test]
fn sparse_files_leave_out_empty_blocks() {
    let options = CogOptions { nodata: Some(-1i32), is_sparse: true, ..plain(16, Predictor::None) };
    assert!(encode_block(&options, &[-1; 16], 16, 0).unwrap().is_empty());
    assert!(!encode_block(&options, &[0; 16], 16, 0).unwrap().is_empty());
}
