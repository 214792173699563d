use super::*;

#[test]
fn three_tables() {
    let directory = [1, 1, 0, 5, 1024, 0, 1, 1, 1025, 0, 1, 2, 3072, 0, 1, 32767, 1026, 34737, 4, 1, 2057, 34736, 1, 1];
    let keys = GeoKeys::parse(&directory, &[0.5, 6_378_137.0], "xabc|yz");
    assert_eq!(keys.short(GeoKeys::MODEL_TYPE), Some(1));
    assert!(keys.is_pixel_point());
    assert_eq!(keys.short(GeoKeys::PROJECTED_TYPE), Some(GeoKeys::USER_DEFINED));
    assert_eq!(keys.code(GeoKeys::PROJECTED_TYPE), None);
    assert_eq!(keys.ascii(GeoKeys::CITATION), Some("abc"));
    assert_eq!(keys.double(GeoKeys::GEOG_SEMI_MAJOR_AXIS), Some(6_378_137.0));
}

#[test]
fn entries_that_point_nowhere_are_left_out() {
    let directory = [1, 1, 0, 99, 1024, 0, 1, 2, 2057, 34736, 3, 65535, 1026, 34737, 9, 7, 7, 7];
    let keys = GeoKeys::parse(&directory, &[1.0], "");
    assert_eq!(keys.short(GeoKeys::MODEL_TYPE), Some(2));
    assert_eq!(keys.double(GeoKeys::GEOG_SEMI_MAJOR_AXIS), None);
    assert_eq!(keys.ascii(GeoKeys::CITATION), Some(""));
    assert!(GeoKeys::parse(&[], &[], "").is_empty());
}
