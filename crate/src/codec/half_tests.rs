use super::*;

#[test]
fn halves_of_every_class() {
    for (half, value) in [
        (0x0000, 0.0_f32),
        (0x0001, 5.960_464_5e-8),
        (0x03ff, 6.097_555e-5),
        (0x0400, 6.103_515_6e-5),
        (0x3c00, 1.0),
        (0xc000, -2.0),
        (0x7bff, 65504.0),
        (0x7c00, f32::INFINITY),
        (0xfc00, f32::NEG_INFINITY),
        (0x3555, 0.333_251_95),
    ] {
        assert_eq!(to_f32(half), value, "{half:#06x}");
    }
    assert!(to_f32(0x8000).is_sign_negative());
    assert!(to_f32(0x7e00).is_nan());
    assert_eq!(to_f32(0x7e01).to_bits(), 0x7fc0_2000);
}
