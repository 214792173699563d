use super::*;

#[test]
fn means_round_half_up_on_both_sides_of_zero() {
    assert_eq!(i32::mean(&[(1, 1), (2, 1)]), 2);
    assert_eq!(i32::mean(&[(-1, 1), (-2, 1)]), -1);
    assert_eq!(u8::mean(&[(255, 1), (255, 1), (254, 1), (255, 1)]), 255);
    assert_eq!(i64::mean(&[(i64::MAX, 7), (i64::MAX, 9)]), i64::MAX);
    assert_eq!(u64::mean(&[(u64::MAX, 1), (u64::MAX - 1, 3)]), u64::MAX - 1);
    assert_eq!(f32::mean(&[(1.0, 1), (2.0, 3)]), 1.75);
}

#[test]
fn weights_count() {
    // [1, 2, 1] onto two pixels, as GDAL's own test of average.
    assert_eq!(f64::mean(&[(1.0, 2), (2.0, 1)]), 4.0 / 3.0);
    assert_eq!(i32::mean(&[(i32::MAX, 1 << 40), (i32::MAX, 1 << 40)]), i32::MAX);
}

#[test]
fn nodata_is_compared_as_gdal_does() {
    assert!(f32::NAN.is_same(f32::NAN));
    assert!(!f32::NAN.is_same(0.0));
    assert_eq!((-9999.0f32).text(), "-9999");
    assert_eq!((-1i32).text(), "-1");
    assert_eq!(u8::MAX.neighbor(), 254);
}
