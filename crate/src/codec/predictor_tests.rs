use proptest::prelude::*;

use super::*;

/// Differences a row of little-endian samples as TIFF 6.0 section 14 says, one by one from the right.
fn difference(row: &mut [u8], sample_bytes: usize, bands: usize) {
    let samples = row.len() / sample_bytes;
    let value = |row: &[u8], index: usize| {
        (0..sample_bytes).fold(0_u64, |sum, byte| sum | u64::from(row[index * sample_bytes + byte]) << (8 * byte))
    };
    for index in (bands..samples).rev() {
        let difference = value(row, index).wrapping_sub(value(row, index - bands));
        for byte in 0..sample_bytes {
            row[index * sample_bytes + byte] = (difference >> (8 * byte)) as u8;
        }
    }
}

/// Adobe's technical note 3: bytes to planes from the most significant, then differenced.
fn difference_floats(row: &[u8], sample_bytes: usize, bands: usize) -> Vec<u8> {
    let samples = row.len() / sample_bytes;
    let mut planes = vec![0; row.len()];
    for index in 0..samples {
        for byte in 0..sample_bytes {
            planes[(sample_bytes - 1 - byte) * samples + index] = row[index * sample_bytes + byte];
        }
    }
    for index in (bands..planes.len()).rev() {
        planes[index] = planes[index].wrapping_sub(planes[index - bands]);
    }
    planes
}

/// (bytes of a sample, bands, pixels of a row, bytes of some rows in memory that samples may lie in)
fn rows() -> impl Strategy<Value = (usize, usize, usize, Vec<u64>)> {
    (prop::sample::select(vec![1_usize, 2, 4, 8]), 1..7_usize, 1..80_usize, 1..4_usize).prop_flat_map(
        |(sample_bytes, bands, pixels, rows)| {
            let words = (sample_bytes * bands * pixels * rows).div_ceil(8);
            (Just(sample_bytes), Just(bands), Just(pixels), prop::collection::vec(any::<u64>(), words))
        },
    )
}

#[test]
fn three_by_three() {
    let differences = [1, 1, 1, 10, 255, 1, 0, 128, 128];
    let mut bytes = [0xaa; 9];
    for (differences, row) in differences.chunks_exact(3).zip(bytes.chunks_exact_mut(3)) {
        sum_horizontal(differences, row, 1, 1);
    }
    assert_eq!(bytes, [1, 2, 3, 10, 9, 10, 0, 128, 0]);
    // 1.0 and 2.0: planes 3f 40 | 80 00 | 00 00 | 00 00.
    let mut floats = [0; 8];
    join_floating_point(&[0x3f, 0x01, 0x40, 0x80, 0, 0, 0, 0], &mut floats, 4, 1);
    assert_eq!(floats[..4], 1.0_f32.to_ne_bytes());
    assert_eq!(floats[4..], 2.0_f32.to_ne_bytes());
}

proptest! {
    #[test]
    fn horizontal_comes_back((sample_bytes, bands, pixels, mut words) in rows()) {
        let row_bytes = sample_bytes * bands * pixels;
        let bytes: &mut [u8] = bytemuck::cast_slice_mut(&mut words);
        let len = bytes.len() / row_bytes * row_bytes;
        let bytes = &mut bytes[..len];
        let original = bytes.to_vec();
        for row in bytes.chunks_exact_mut(row_bytes) {
            let mut differences = row.to_vec();
            difference(&mut differences, sample_bytes, bands);
            row.fill(0xaa);
            sum_horizontal(&differences, row, sample_bytes, bands);
        }
        prop_assert_eq!(&*bytes, original);
    }

    #[test]
    fn floating_point_comes_back((sample_bytes, bands, pixels, mut words) in rows()) {
        prop_assume!(sample_bytes > 1);
        let row_bytes = sample_bytes * bands * pixels;
        let bytes: &mut [u8] = bytemuck::cast_slice_mut(&mut words);
        let len = bytes.len() / row_bytes * row_bytes;
        let bytes = &mut bytes[..len];
        let original = bytes.to_vec();
        for row in bytes.chunks_exact_mut(row_bytes) {
            let planes = difference_floats(row, sample_bytes, bands);
            row.fill(0xaa);
            join_floating_point(&planes, row, sample_bytes, bands);
        }
        prop_assert_eq!(&*bytes, original);
    }
}
