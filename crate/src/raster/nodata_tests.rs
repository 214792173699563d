use super::*;

#[test]
fn text_is_read_in_the_files_type() {
    assert_eq!(Nodata::parse("-9999", SampleType::U8), Nodata::None);
    assert_eq!(Nodata::parse("255", SampleType::U8), Nodata::UInt(255));
    assert_eq!(Nodata::parse("256", SampleType::U8), Nodata::None);
    assert_eq!(Nodata::parse("-9999", SampleType::I16), Nodata::Int(-9999));
    assert_eq!(Nodata::parse("0.0", SampleType::U8), Nodata::UInt(0));
    assert_eq!(Nodata::parse("0.5", SampleType::U8), Nodata::None);
    assert_eq!(Nodata::parse(" nan ", SampleType::F32), Nodata::Nan);
    assert_eq!(Nodata::parse("nan", SampleType::I32), Nodata::None);
    assert_eq!(Nodata::parse("18446744073709551615", SampleType::U64), Nodata::UInt(u64::MAX));
    assert_eq!(Nodata::parse("-9223372036854775808", SampleType::I64), Nodata::Int(i64::MIN));
    assert_eq!(Nodata::parse("", SampleType::F64), Nodata::None);
}

#[test]
fn float32_compares_after_rounding_to_float32() {
    let nodata = Nodata::parse("-3.39999999999999996e+38", SampleType::F32);
    assert_eq!(nodata, Nodata::Float(f64::from(-3.4e38_f32)));
    assert!(!nodata.is_valid(-3.4e38_f32));
    let above = Nodata::parse("3.40282346638529011e+38", SampleType::F32);
    assert!(!above.is_valid(f32::MAX));
    assert!(above.is_valid(f32::INFINITY));
    assert!(!Nodata::parse("1e20", SampleType::F32).is_valid(1e20_f32));
}

#[test]
fn nan_is_never_valid_and_integers_compare_exactly() {
    assert!(!Nodata::None.is_valid(f64::NAN));
    assert!(!Nodata::Float(1.0).is_valid(f32::NAN));
    assert!(Nodata::Nan.is_valid(1.0_f32));
    assert!(Nodata::UInt(u64::MAX).is_valid(u64::MAX - 1));
    assert!(!Nodata::UInt(u64::MAX).is_valid(u64::MAX));
}

#[test]
fn sparse_samples_are_nodata_or_zero() {
    assert_eq!(Nodata::UInt(7).samples(SampleType::U8, 2), Samples::U8(vec![7, 7]));
    assert_eq!(Nodata::None.samples(SampleType::I32, 1), Samples::I32(vec![0]));
    assert!(matches!(Nodata::Nan.samples(SampleType::F16, 1), Samples::F32(values) if values[0].is_nan()));
}
