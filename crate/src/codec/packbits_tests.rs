use super::*;

#[test]
fn the_example_of_tiff_6() {
    // Apple's technical note 1023.
    let encoded = [0xfe, 0xaa, 0x02, 0x80, 0x00, 0x2a, 0xfd, 0xaa, 0x03, 0x80, 0x00, 0x2a, 0x22, 0xf7, 0xaa];
    let mut out = [0; 24];
    assert_eq!(decode(&encoded, &mut out).unwrap(), 24);
    let expected = [
        0xaa, 0xaa, 0xaa, 0x80, 0x00, 0x2a, 0xaa, 0xaa, 0xaa, 0xaa, 0x80, 0x00, 0x2a, 0x22, 0xaa, 0xaa, 0xaa, 0xaa,
        0xaa, 0xaa, 0xaa, 0xaa, 0xaa, 0xaa,
    ];
    assert_eq!(out, expected);
}

#[test]
fn runs_are_cut_at_the_end_and_no_ops_passed_over() {
    let mut out = [0; 3];
    assert_eq!(decode(&[0x80, 0x81, 7], &mut out).unwrap(), 3);
    assert_eq!(out, [7; 3]);
    assert_eq!(decode(&[0, 9], &mut out).unwrap(), 1);
    assert!(decode(&[2, 9], &mut out).is_err());
    assert!(decode(&[0xff], &mut out).is_err());
}
