use super::*;

/// Left: what C's `printf("%.17g")` prints.
#[test]
fn numbers_read_like_printf() {
    for (text, value) in [
        ("-9999", -9999.0),
        ("0", 0.0),
        ("0.10000000000000001", 0.1),
        ("-3.4028234663852886e+38", f64::from(f32::MIN)),
        ("1e+20", 1e20),
        ("12345678901234568", 12345678901234567.0),
        ("0.0001", 0.0001),
        ("1.0000000000000001e-05", 0.00001),
        ("1.7976931348623157e+308", f64::MAX),
        ("nan", f64::NAN),
        ("-inf", f64::NEG_INFINITY),
    ] {
        assert_eq!(seventeen_digits(value), text);
    }
}

#[test]
fn metadata_is_escaped_and_absent_without_texts() {
    assert_eq!(gdal_metadata(&[BandText::default()]), None);
    let text = BandText { description: Some("a < b & c".into()), units: Some("mm".into()) };
    assert_eq!(
        gdal_metadata(&[BandText::default(), text]).unwrap(),
        "<GDALMetadata>\n  <Item name=\"DESCRIPTION\" sample=\"1\" role=\"description\">a &lt; b &amp; c</Item>\n  \
         <Item name=\"UNITTYPE\" sample=\"1\" role=\"unittype\">mm</Item>\n</GDALMetadata>\n"
    );
}
