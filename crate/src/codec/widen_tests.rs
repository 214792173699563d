use super::*;

#[test]
fn floats_of_three_bytes() {
    let value = |bits: u32| {
        let bytes = bits.to_ne_bytes();
        let three = if cfg!(target_endian = "big") { &bytes[1..] } else { &bytes[..3] };
        widen(SampleType::F24, three).unwrap().to_f64(0).unwrap()
    };
    assert_eq!(value(0x3f_0000), 1.0);
    assert_eq!(value(0xc0_8000), -3.0);
    assert_eq!(value(0x00_0000), 0.0);
    assert!(value(0x80_0000) == 0.0 && value(0x80_0000).is_sign_negative());
    assert_eq!(value(0x7e_ffff), (2.0 - 2_f64.powi(-16)) * 2_f64.powi(63));
    assert_eq!(value(0x01_0000), 2_f64.powi(-62));
    assert_eq!(value(0x00_0001), 2_f64.powi(-78));
    assert_eq!(value(0x00_8000), 2_f64.powi(-63));
    assert_eq!(value(0x7f_0000), f64::INFINITY);
    assert!(value(0x7f_0001).is_nan());
}

#[test]
fn complex_integers_become_complex_floats() {
    let short: Vec<u8> = [1_i16, -2, i16::MIN, 32_767].iter().flat_map(|part| part.to_ne_bytes()).collect();
    assert_eq!(widen(SampleType::CI16, &short).unwrap(), Samples::CF32(vec![[1.0, -2.0], [-32_768.0, 32_767.0]]));
    let long: Vec<u8> = [i32::MIN, i32::MAX].iter().flat_map(|part| part.to_ne_bytes()).collect();
    assert_eq!(widen(SampleType::CI32, &long).unwrap(), Samples::CF64(vec![[-2_147_483_648.0, 2_147_483_647.0]]));
    assert_eq!(widen(SampleType::U8, &long).unwrap_err().code(), Code::Bug);
}
